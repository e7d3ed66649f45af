"""How time and memory grow: one quantity at a time, the exponents fitted, beside those expected.

    python benchmarks/growth.py          figures/growth.json, .md and .png

Seconds are of the processor, one thread, the best of three; memory is what the peak of a process of its own rises by.
"""
import sys, time
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parent))
from crew import Worker, machine, peak, root, table

SERIES = {     # name -> values, expected exponents of time and memory
    'steps K': ((10, 20, 40, 80), 1, 0),
    'batch': ((64, 128, 256, 512), 1, 1),
    'chains in the plane': ((2000, 4000, 8000, 16_000), 1, 1),
    'side of an image': ((8, 16, 32), 2, 2),
    'bank M': ((1000, 2000, 4000, 8000), 1, 1),
    'dimensions D of neighbours': ((256, 512, 1024, 2048), 1, 0),
    'stored samples': ((10_000, 20_000, 40_000, 80_000), 0, 1),
    'processes at once': ((1, 2, 4, 8), 0, 1)}     # of time: until there are as many as cores, then 1

def job(series:str, v:int):
    "Set up, and what is measured"
    import torch
    from cdebm.buffer import ReplayBuffer, uniform_noise
    from cdebm.losses import nearest
    from cdebm.models import ConvEnergy, MLPEnergy
    from cdebm.samplers import Langevin, sample
    g = torch.Generator().manual_seed(0)
    size,n,k = (v if series==s else d for s,d in (('side of an image', 16), ('batch', 64), ('steps K', 10)))
    if series=='chains in the plane':
        net,x = MLPEnergy(generator=g),torch.randn(v, 2, generator=g)
        return lambda: sample(net, x, Langevin(.01), 10, generator=g)
    if series in ('steps K', 'batch', 'side of an image', 'processes at once'):
        net,x = ConvEnergy(1, size, 8, widest=1, generator=g),torch.rand(n, 1, size, size, generator=g)
        sample(net, x[:1], Langevin(.1, clamp=(0., 1.)), 1, generator=g)
        return lambda: sample(net, x, Langevin(.1, clamp=(0., 1.)), k, generator=g)
    if series=='stored samples':
        def filled():
            b = ReplayBuffer(uniform_noise((3, 8, 8)), v, policy='fifo')
            b.add(torch.rand(v, 3, 8, 8, generator=g), None, g)
            return b
        held = []
        def cycle():
            if not held: held.append(filled())
            for _ in range(20): held[0].add(held[0].start(128, g).x, None, g)
        return cycle
    m,d = (v, 256) if series=='bank M' else (1000, v)
    x,bank = torch.rand(128, d, generator=g),torch.rand(m, d, generator=g)
    return lambda: nearest(x, bank)

def make(task):
    "A point of a series"
    run = job(task['series'], task['value'])
    def measured():
        before = peak()
        run()
        grown = peak()-before
        def once():
            start = time.process_time()
            run()
            return time.process_time()-start
        return dict(seconds=min(once() for _ in range(3)), mib=grown)
    return dict(measured=measured)

def at_once(n:int) -> dict: # seconds by the clock, MiB of all
    "As many processes that sample, on all cores"
    workers = [Worker(make, dict(series='processes at once', value=n, threads=1, pinned=False)) for _ in range(n)]
    for w in workers: w.begin()
    start = time.perf_counter()
    for w in workers: w.pipe.send(dict(do='measured'))
    mib = sum(w.pipe.recv()['found']['mib'] for w in workers)
    took = time.perf_counter()-start
    for w in workers: w.close()
    return dict(seconds=took, mib=mib, value=n)

def exponent(values, found) -> float:
    "Slope of the logarithms, by least squares"
    import numpy as np
    return float(np.polyfit(np.log(values), np.log(np.maximum(found, 1e-9)), 1)[0])

def measure() -> dict:
    import torch
    torch.set_num_threads(1)
    out = {}
    for name,(values,time_,memory) in SERIES.items():
        rows = []
        for v in values:
            if name=='processes at once':
                rows.append(at_once(v))
                continue
            w = Worker(make, dict(series=name, value=v, threads=1)).begin()
            rows.append(w.ask('measured') | dict(value=v))
            w.close()
        seconds,mib = ([r[k] for r in rows] for k in ('seconds', 'mib'))
        out[name] = dict(rows=rows, time=exponent(values, seconds), memory=exponent(values, mib),
            expected=dict(time=time_, memory=memory))
        print(name, rows, flush=True)
    return out

def said(d:dict) -> str: # Markdown
    rows = [[k, ', '.join(f"{r['value']:,}" for r in s['rows']),
        ', '.join(f"{1e3*r['seconds']:.3g}" for r in s['rows']),
        f"{s['time']:.2f} ({s['expected']['time']})", ', '.join(f"{r['mib']:.1f}" for r in s['rows']),
        f"{s['memory']:.2f} ({s['expected']['memory']})"] for k,s in d['found'].items()]
    m = d['machine']
    head = ['', 'values', 'ms', 'exponent (expected)', 'MiB', 'exponent (expected)']
    about = f"{m['processor']}, one thread, load {m['load']}; torch {m['torch']}. `python benchmarks/growth.py`"
    return '\n\n'.join(['# How cost grows', about, table(head, rows)])+'\n'

def short(v:float) -> str: return f'{v/1000:.3g}k' if v>=1000 else f'{v:.3g}'

def panel(ax, name, s):
    "Time and memory of a series, ticks at what was measured"
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator
    x = [r['value'] for r in s['rows']]
    ax.loglog(x, [1e3*r['seconds'] for r in s['rows']], 'o-', color='#d55e00', label='ms')
    ax.loglog(x, [max(r['mib'], .1) for r in s['rows']], 's--', color='#0072b2', label='MiB')
    ax.set_title(f"{name}\ntime ^ {s['time']:.2f}, memory ^ {s['memory']:.2f}", fontsize=9)
    ax.set_xticks(x, [short(v) for v in x])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: short(v)))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.tick_params(labelsize=8)

def draw(d:dict, path):
    from matplotlib.figure import Figure
    fig = Figure(figsize=(10.5, 5.2), dpi=80, layout='constrained')
    for ax,(k,s) in zip(fig.subplots(2, 4).flat, d['found'].items()): panel(ax, k, s)
    fig.axes[0].legend(fontsize=8)
    fig.savefig(path)

def main():
    import json
    import cdebm.buffer, cdebm.losses, cdebm.samplers     # noqa: F401  before the forks
    from cdebm.basics import write_whole
    d,path = dict(machine=machine(), found=measure()),root/'figures'/'growth.json'
    write_whole(path, json.dumps(d, indent=1))
    write_whole(path.with_suffix('.md'), said(d))
    draw(d, path.with_suffix('.png'))
    print(said(d))

if __name__=='__main__': main()
