"""Speed beside other libraries, beside the straightforward, and against what the machine can do, in one run.

    python benchmarks/peers.py              every table; stored row by row
    python benchmarks/peers.py sampling     one of them; the others stay as they stand in the file
    python benchmarks/peers.py --quick      the same in small, in two minutes; shown, not stored

Writes figures/peers.json and figures/peers.md. Other libraries are needed for their own rows alone: benchmarks/
requirements-peers.txt, which `make bench-peers` puts in an environment of their own. Each contender is a process; they
are asked in turn, and a ratio is the median over the rounds of the ratio within a round. One thread: its process is
kept to one core, and processor time counts. All threads: the clock.
"""
import argparse, json, math, os, sys, tempfile
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parent))
from crew import beside, crew, in_turn, machine, root, table

def agreed(workers:dict, sure:float=4.5) -> dict: # name -> what was found
    "Do all end where the plain loop ends, without noise to rounding and with noise in law?"
    import torch
    with tempfile.TemporaryDirectory() as d:
        for n,w in workers.items(): w.ask('ends', path=f'{d}/{list(workers).index(n)}')
        ends = {n: torch.load(f'{d}/{i}') for i,n in enumerate(workers)}
    moments = {n: w.ask('moments', repeats=3) for n,w in workers.items()}
    exact,law,found = ends['plain PyTorch'],moments['plain PyTorch'],{}
    for n in workers:
        off = ((ends[n]-exact).norm()/exact.norm()).item()
        z = max(abs(a-b)/math.hypot(s, t) for (a,s),(b,t) in zip(moments[n], law))
        found[n] = dict(off=off, z=z, agrees=off<(2e-2 if 'auto' in n else 1e-4) and z<sure)
    return found

def sampling(a): # yields dicts
    "Langevin chains: every work, every library, on one thread and on all"
    from langevin import NAMES, WORKS, make
    found = {}
    cores = os.cpu_count()
    jobs = [(w, 1) for w in WORKS] + [(w, cores) for w in WORKS if cores>1 and WORKS[w].get('all')]
    for work,threads in jobs[:1] if a.quick else jobs:
        workers,missing = crew(make, NAMES, work=work, threads=threads)
        same = agreed(workers)
        went = {n: w for n,w in workers.items() if same[n]['agrees']}     # no time without agreement
        rows = beside(in_turn(went, a.rounds), 'plain PyTorch', 'cpu' if threads==1 else 'wall')
        for n,w in workers.items():
            more = same[n] | dict(version=w.version, peak=w.ask('peak'))
            if words := w.ask('words'): more['words'] = words
            rows[n] = rows.get(n, {}) | more
            w.close()
        name = f'{work}; {threads} thread{"s"*(threads>1)}'
        found[name] = dict(steps=WORKS[work]['steps'], rows=rows, missing=missing)
        yield found

def said_sampling(found) -> str: # Markdown
    "Ratios to the plain loop; ms a step; memory"
    from langevin import NAMES
    def cell(d, n):
        r = d['rows'].get(n)
        if r is None: return '–'
        if not r['agrees']: return f"does not agree ({r['off']:.1g}, {r['z']:.1f})"
        return f"{r['ratio']:.2f} ({1e3*r['seconds']/d['steps']:.3g} ms)"
    rows = [[k, *(cell(d, n) for n in NAMES)] for k,d in found.items()]
    memory = [[k, *(f"{d['rows'][n]['peak']:.0f}" if n in d['rows'] else '–' for n in NAMES)] for k,d in found.items()]
    words = [f"- {k}: {d['rows'][n]['words']}" for k,d in found.items() for n in d['rows'] if 'words' in d['rows'][n]]
    return '\n\n'.join(['Time of a step, the plain loop 1 (ms of a step)', table(['', *NAMES], rows),
        'Peak memory of the whole process, MiB', table(['', *NAMES], memory), '\n'.join(words)])

# -- a training step --

def training(a): # yields a dict
    "A step with all terms, one without the KL term, and two parts by themselves, each with the peak of its process"
    import steps
    def of(names, make, reference):
        workers,missing = crew(make, names, threads=1)
        rows = beside(in_turn(workers, a.rounds), reference, 'cpu')
        for n,w in workers.items(): rows[n]['peak'] = w.ask('peak')
        if 'neighbours' in reference: check_same([w.ask('distances') for w in list(workers.values())[:2]])
        for w in workers.values(): w.close()
        return dict(rows=rows, missing=missing, reference=reference)
    found = {'all terms, augmentation': of(steps.FULL, steps.make, steps.FULL[0])}
    found['persistent CD and a regulariser'] = of(steps.PLAIN, steps.make, steps.PLAIN[0])
    for two in (steps.PARTS[:2], steps.PARTS[2:]): found[two[0].split(',')[0]] = of(two, steps.make_part, two[0])
    yield dict(work=steps.WORK, tables=found)

def check_same(both):
    "Neighbours are the same neighbours"
    if max(abs(p-q) for p,q in zip(*both))>1e-4: raise RuntimeError('the distances to neighbours differ')

def said_training(found) -> str:
    w = found['work']
    what = (f"ConvEnergy of {w['width']} channels, {w['channels']}x{w['size']}x{w['size']}, batch {w['batch']}, "
        f"K = {w['steps']}, bank {w['bank']:,}, {w['stored']:,} stored; one thread, processor time, the first row 1")
    rows = [[f'**{k}**: {n}', f"{1e3*r['seconds']:.4g}", f"{r['ratio']:.3f}", f"{1/r['ratio']:.3g}",
        f"{r['peak']:.0f}"] for k,d in found['tables'].items() for n,r in d['rows'].items()]
    missing = [f'- {n}: {why}' for d in found['tables'].values() for n,why in d['missing'].items()]
    return '\n\n'.join([what, table(['', 'ms', 'ratio', 'times as quick', 'peak MiB'], rows), *missing])

# -- time to quality --

def quality(a): # yields dicts
    "Every method on eight and 25 Gaussians, several seeds, one process each"
    import quality as q
    methods = {n: m for n,m in q.METHODS.items() if a.only in n}
    found = dict(updates=q.UPDATES, levels=q.LEVELS, methods=methods, runs={}, missing={})
    for data in ('eight_gaussians',) if a.quick else ('eight_gaussians', 'grid_25'):
        for seed in range(1 if a.quick else a.seeds):
            for n in methods:
                workers,missing = crew(q.make, [n], threads=1)
                found['missing'] |= missing
                for w in workers.values():
                    curve = w.ask('run', data=data, seed=seed, updates=40 if a.quick else None)
                    found['runs'].setdefault(f'{data}: {n}', []).append(curve)
                    w.close()
                yield found

def reached(curve:list, level:float) -> float|None: # seconds, from which on it stays
    "When the KL came under a level; None where it did not, or not to stay"
    under = [s for i,(_,s,kl) in enumerate(curve) if all(k is not None and k<=level for *_,k in curve[i:])]
    return under[0] if under else None

def said_quality(found) -> str:
    "Median seconds to each level over those that came there, and how many did"
    import statistics
    def cell(runs, level):
        at = [t for c in runs if (t := reached(c, level)) is not None]
        return f'{statistics.median(at):.1f} s ({len(at)} of {len(runs)})' if at else f'– (0 of {len(runs)})'
    def last(c): return 'diverged' if c[-1][2] is None else f'{c[-1][2]:.3g}'
    rows = [[k, *(cell(runs, v) for v in found['levels']), ', '.join(map(last, runs))]
        for k,runs in found['runs'].items()]
    return '\n\n'.join(['Processor seconds until KL(data||model) stays under a level, one thread; the KL at the '
        'end, each seed; what each method is: `benchmarks/quality.py`',
        table(['', *(f'{v} nats' for v in found['levels']), 'at the end'], rows)])

def draw_quality(found, path):
    "KL over seconds, a line a seed; lines end where a training diverged"
    from quality import METHODS
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter
    looks = ['#d55e00', '#d55e00', '#cc79a7', '#882255', '#0072b2', '#009e73', '#56b4e9', '#e69f00']
    names = sorted({k.split(': ')[0] for k in found['runs']})
    fig = Figure(figsize=(10, 4.2), dpi=80, layout='constrained')
    for ax,data in zip(fig.subplots(1, len(names), sharey=True, squeeze=False)[0], names):
        for m in found['methods']:
            i,color = list(METHODS).index(m),looks[list(METHODS).index(m)]
            for j,c in enumerate(found['runs'].get(f'{data}: {m}', [])):
                seen = [(t, min(kl, 10)) for _,t,kl in c if kl is not None]
                ax.loglog(*zip(*seen), color=color, ls='-' if i!=1 else ':', lw=1.2, label=m if not j else None)
        for v in found['levels']: ax.axhline(v, color='.85', lw=.7, zorder=0)
        ax.set_title(data.replace('_', ' '))
        ax.set_xlabel('processor seconds')
        ax.yaxis.set_major_locator(LogLocator())
        ax.yaxis.set_minor_formatter(NullFormatter())
    fig.axes[0].set_ylabel('KL(data || model), nats; above 10 drawn at 10')
    fig.axes[-1].legend(fontsize=8, loc='lower left')
    fig.savefig(path)

# -- the floor --

def floor(a): # yields dicts
    "Multiply-adds of a step beside the machine's rate, in one process"
    import floor as f
    from langevin import WORKS
    workers,_ = crew(f.make, ['floor'], threads=1)
    w = workers['floor']
    found = dict(rates=w.ask('rates'), rows={})
    for work in list(WORKS)[:1 if a.quick else 4]:
        found['rows'][work] = w.ask('row', work=work)
        yield found
    w.close()

def said_floor(found) -> str:
    top = max(found['rates'].values())
    rates = ', '.join(f'{k} {v:.0f}' for k,v in found['rates'].items())
    def cells(r):
        least = r['multiply_adds']/top/1e9
        return [f"{r['multiply_adds']/1e6:.0f}", f"{r['bytes']/1e6:.0f}",
            *(f'{1e3*v:.3g}' for v in (least, r['gradient'], r['step'])), f"{least/r['step']:.0%}",
            *(f'{v:.0%}' for v in r['shares'].values())]
    kinds = list(next(iter(found['rows'].values()))['shares'])
    head = ['', 'million multiply-adds', 'MB read and written', 'floor ms', 'gradient ms', 'step ms', 'floor/step',
        *kinds]
    return '\n\n'.join([f'Billion multiply-adds a second, one thread: {rates}; the floor is at the best of them. '
        'The last columns are shares of a step under the profiler: products of matrices and convolutions, activations, '
        'other operations, and what lies between operations (Python, the calls).',
        table(head, [[k, *cells(r)] for k,r in found['rows'].items()])])

TABLES = dict(sampling=('Langevin chains', sampling, said_sampling),
    step=('One training step', training, said_training),
    quality=('Time to quality', quality, said_quality),
    floor=('The floor', floor, said_floor))

def kept(d:dict, k:str, new:dict) -> dict:
    "All tables with a new one, which replaces that of the same processor; the first processor's comes first"
    def named(one): return f"{one['machine']['processor']} {one['machine']['capability']}"
    there,mine = named(d.get(k, new)),named(new)
    d = d | {k if there==mine else f'{k}, {mine}': new}
    return {key: d[key] for k in TABLES for key in sorted(d) if key.partition(', ')[0]==k}

def page(d:dict) -> str: # Markdown
    "All tables that are there"
    parts = ['# Speed', '`make bench-peers` writes this page; what is measured how: `benchmarks/peers.py`.']
    for key in d:
        (title,_,said),m = TABLES[key.partition(', ')[0]],d[key]['machine']
        elsewhere = ', on another processor' if ', ' in key else ''
        parts += [f'## {title}{elsewhere}', f"{m['processor']}, {m['cores']} cores, {m['capability']}, load "
            f"{m['load']}; Python {m['python']}, torch {m['torch']}.", said(d[key]['found'])]
    return '\n\n'.join(parts)+'\n'

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('tables', nargs='*', help=f"among {', '.join(TABLES)}; all if none is given")
    ap.add_argument('--quick', action='store_true', help='in small; shown, not stored')
    ap.add_argument('--rounds', type=int, help='measurements of each, 3 in small, else 9')
    ap.add_argument('--only', default='', metavar='WORD', help='time to quality: methods that have it in their name')
    ap.add_argument('--seeds', type=int, default=3, help='of each training')
    a = ap.parse_args()
    if wrong := set(a.tables)-set(TABLES): ap.error(f"{', '.join(wrong)}: tables are {', '.join(TABLES)}")
    a.rounds = a.rounds or (3 if a.quick else 9)
    import cdebm.parts, cdebm.samplers, cdebm.scale     # noqa: F401  before the forks
    from cdebm.basics import write_whole
    path = root/'figures'/'peers.json'
    for k in a.tables or TABLES:
        title,measure,said = TABLES[k]
        print(f'## {title}', flush=True)
        for found in measure(a):     # more each time: what is done is stored
            new = dict(machine=machine(), found=found)
            if a.quick: continue
            d = kept(json.loads(path.read_text()) if path.exists() else {}, k, new)
            write_whole(path, json.dumps(d, indent=1))
            write_whole(path.with_suffix('.md'), page(d))
            if k=='quality': draw_quality(d[k]['found'], path.with_name('quality.png'))
        print(said(found), flush=True)

if __name__=='__main__': main()
