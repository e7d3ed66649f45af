"""Speed beside other libraries, beside the straightforward, and against what the machine can do, in one run.

    python benchmarks/peers.py              every table; each is stored when it is done
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
    moments = {n: w.ask('moments', repeats=4) for n,w in workers.items()}
    exact,law,found = ends['plain PyTorch'],moments['plain PyTorch'],{}
    for n in workers:
        off = ((ends[n]-exact).norm()/exact.norm()).item()
        z = max(abs(a-b)/math.hypot(s, t) for (a,s),(b,t) in zip(moments[n], law))
        found[n] = dict(off=off, z=z, agrees=off<(2e-2 if 'auto' in n else 1e-4) and z<sure)
    return found

def sampling(a) -> dict:
    "Langevin chains: every work, every library, on one thread and on all"
    from langevin import NAMES, WORKS, make
    found = {}
    cores = os.cpu_count()
    for work in list(WORKS)[:1] if a.quick else WORKS:     # those marked `all` on every core, too
        for threads in (1,) if a.quick or cores==1 or not WORKS[work].get('all') else (1, cores):
            workers,missing = crew(make, NAMES, work=work, threads=threads)
            same = agreed(workers)
            went = {n: w for n,w in workers.items() if same[n]['agrees']}     # no time without agreement
            rows = beside(in_turn(went, a.rounds), 'plain PyTorch', 'cpu' if threads==1 else 'wall')
            for n,w in workers.items():
                more = same[n] | dict(version=w.version, peak=w.ask('peak'))
                if words := w.ask('words'): more['words'] = words
                rows[n] = rows.get(n, {}) | more
                w.close()
            found[f'{work}; {threads} thread{"s"*(threads>1)}'] = dict(steps=WORKS[work]['steps'], rows=rows,
                missing=missing)
            print(f'{work}, {threads} threads: done', flush=True)
    return found

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

TABLES = dict(sampling=('Langevin chains', sampling, said_sampling))

def page(d:dict) -> str: # Markdown
    "All tables that are there"
    parts = ['# Speed', '`make bench-peers` writes this page; what is measured how: `benchmarks/peers.py`.']
    for k,(title,_,said) in TABLES.items():
        if k not in d: continue
        m = d[k]['machine']
        parts += [f'## {title}', f"{m['processor']}, {m['cores']} cores, {m['capability']}, load {m['load']}; "
            f"Python {m['python']}, torch {m['torch']}.", said(d[k]['found'])]
    return '\n\n'.join(parts)+'\n'

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('tables', nargs='*', help=f"among {', '.join(TABLES)}; all if none is given")
    ap.add_argument('--quick', action='store_true', help='in small; shown, not stored')
    ap.add_argument('--rounds', type=int, help='measurements of each, 3 in small, else 9')
    a = ap.parse_args()
    if wrong := set(a.tables)-set(TABLES): ap.error(f"{', '.join(wrong)}: tables are {', '.join(TABLES)}")
    a.rounds = a.rounds or (3 if a.quick else 9)
    from cdebm.basics import write_whole
    path = root/'figures'/'peers.json'
    for k in a.tables or TABLES:
        title,measure,said = TABLES[k]
        print(f'## {title}', flush=True)
        new = dict(machine=machine(), found=measure(a))
        if a.quick:
            print(said(new['found']), flush=True)
            continue
        d = (json.loads(path.read_text()) if path.exists() else {}) | {k: new}
        write_whole(path, json.dumps({k: d[k] for k in TABLES if k in d}, indent=1))
        write_whole(path.with_suffix('.md'), page(d))

if __name__=='__main__': main()
