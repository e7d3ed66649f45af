"""What was tried to make chains quicker, and what came of it: figures/tried.json and .md

    python benchmarks/tried.py

Every way computes what the library's chains ask for, in one process, in turn; a ratio is the median over the rounds of
its time to the library's as it is. One thread and processor time, but where threads are what was tried. Ways that need
a C++ compiler are left out where there is none.
"""
import json, os, statistics, subprocess, sys, time
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parent))
from crew import machine, root, table

def turns(ways:dict, rounds=9, clock=time.process_time) -> dict: # name -> ratio to the first, milliseconds
    "Each in turn, each long enough for the clock"
    def once(f):
        start = clock()
        f()
        return clock()-start
    ways = {n: f for n,f in ways.items() if works(n, f)}
    often = {n: max(1, round(.02/max(1e-6, once(f)))) for n,f in ways.items()}
    took = {n: [] for n in ways}
    for _ in range(rounds):
        for n,f in ways.items(): took[n].append(once(lambda f=f, k=often[n]: [f() for _ in range(k)])/often[n])
    base = next(iter(took.values()))
    return {n: dict(ratio=statistics.median(a/b for a,b in zip(v, base)), ms=1e3*statistics.median(v))
        for n,v in took.items()}

def works(name, f) -> bool:
    "Warm, or said why not"
    try: return f() is not None or True
    except Exception as e:
        print(f'{name}: left out, {type(e).__name__}: {str(e)[:100]}', flush=True)
        return False

# -- points --

def layers(net): return [(m.weight, m.bias) for m in net.net if hasattr(m, 'weight')]

def by_onednn(net, x):
    "The gradient by the products that `speed.auto` may choose"
    from cdebm.energies import energy_and_grad
    from cdebm.modules import matmul_by
    with matmul_by('onednn'): return energy_and_grad(net, x)

def some_steps(net, x, k=10, step=.01):
    "K steps of Langevin in one function, for a compiler"
    import torch
    from torch.nn import functional as F
    (w1,b1),(w2,b2),(w3,_) = layers(net)
    def run(x, noise):
        for i in range(k):
            z1 = F.linear(x, w1, b1)
            z2 = F.linear(F.silu(z1), w2, b2)
            s1,s2 = torch.sigmoid(z1),torch.sigmoid(z2)
            g = (w3*(s2*(1+z2*(1-s2))))@w2*(s1*(1+z1*(1-s1)))
            x = x - step*(g@w1) + noise[i]
        return x
    quick = torch.compile(run, dynamic=False)
    return lambda: quick(x, torch.randn(k, *x.shape))

def products(n:int) -> dict:
    "One layer of 128 numbers, `n` rows, by two libraries"
    import torch
    x,w,b = torch.randn(n, 128),torch.randn(128, 128),torch.randn(128)
    ways = {'one product': lambda: torch.nn.functional.linear(x, w, b),
        'one product by oneDNN': lambda: torch.ops.mkldnn._linear_pointwise(x, w, b, 'none', [], '')}
    return {f'{k}, {n:,} rows of 128': v for k,v in turns(ways).items()}

def points(n:int) -> dict:
    "2-128-128-1, `n` chains: a gradient, and ten steps"
    import torch
    from cdebm.energies import energy_and_grad
    from cdebm.modules import taped
    from cdebm.samplers import Langevin, sample
    from cdebm.scale import StandIn
    from langevin import bare, network
    w = dict(net='mlp')
    net,x = network(w).requires_grad_(False),8*torch.rand(n, 2)-4
    graph,quick = bare(network(w)),StandIn(net, compile='default')
    def parts(size):
        for p in x.split(size): energy_and_grad(net, p)
    with torch.no_grad(), taped(): gradient = turns({'the tape': lambda: energy_and_grad(net, x),
        "autograd's graph": lambda: energy_and_grad(graph, x),
        'torch.compile': lambda: energy_and_grad(quick, x),
        "oneDNN's products": lambda: by_onednn(net, x),
        'in parts of 128 chains' if n<1000 else 'in parts of 1,000 chains': lambda: parts(128 if n<1000 else 1000)})
    law = Langevin(.01)
    steps = turns({'sample, ten steps': lambda: sample(net, x, law, 10),
        'ten steps compiled as one': some_steps(net, x)})
    return {f'{k}, {n:,} chains': v for k,v in (gradient | steps).items()}

# -- images --

def images() -> dict:
    "A gradient of the small convolution, by layout, precision and compiler"
    import torch
    from cdebm.energies import energy_and_grad
    from cdebm.scale import StandIn
    from langevin import WORKS, network, start
    w = WORKS['ConvEnergy 28x28, 64 chains']
    x,plain,last = start(w),network(w),network(w).to(memory_format=torch.channels_last)
    nets = {'float32': plain, 'float32, channels last': last,
        'float32, torch.compile': StandIn(plain, compile='default'), 'bfloat16': StandIn(plain, torch.bfloat16),
        'bfloat16, channels last': StandIn(last, torch.bfloat16),
        'bfloat16, channels last, torch.compile': StandIn(last, torch.bfloat16, 'default')}
    return turns({f'{k}, 28x28': lambda f=f: energy_and_grad(f, x) for k,f in nets.items()}, 5)

def threads() -> dict:
    "Two threads where a core is idle, and where it is not: the clock counts"
    import torch
    from cdebm.energies import energy_and_grad
    from langevin import WORKS, network, start
    w = WORKS['MLP 2-128-128-1, 256 chains']
    if len(os.sched_getaffinity(0))<2: return {}
    net,x,found = network(w),start(w),{}
    for word in ('idle', 'busy'):
        busy = subprocess.Popen([sys.executable, '-c', 'while True: pass']) if word=='busy' else None
        for n in (1, 2):
            torch.set_num_threads(n)
            found |= turns({f'threads: {n}, the other core {word}; 256 chains': lambda: energy_and_grad(net, x)}, 5,
                time.perf_counter)
        if busy: busy.kill()
    torch.set_num_threads(1)
    one = next(iter(found.values()))['ms']
    return {k: v | dict(ratio=v['ms']/one) for k,v in found.items()}

def said(found) -> str: # Markdown
    rows = [[k, f"{v['ratio']:.2f}", f"{v['ms']:.3g}"] for part in found.values() for k,v in part.items()]
    return table(['', 'ratio', 'ms'], rows)

def page(kept) -> str: # Markdown
    "A table for each processor"
    parts = ['# What was tried', 'Ratios are to the first line of each kind. `python benchmarks/tried.py`']
    for d in kept.values():
        m = d['machine']
        parts += [f"{m['processor']}, {m['capability']}, load {m['load']}; torch {m['torch']}:", said(d['found'])]
    return '\n\n'.join(parts)+'\n'

def main():
    import torch
    torch.set_num_threads(1)
    from cdebm.basics import write_whole
    torch.manual_seed(0)
    found = dict(products=products(256) | products(10_000), points=points(256) | points(10_000), images=images(),
        threads=threads())
    m,path = machine(),root/'figures'/'tried.json'
    kept = json.loads(path.read_text()) if path.exists() else {}
    kept[f"{m['processor']} {m['capability']}"] = dict(machine=m, found=found)     # others stay as they stand
    write_whole(path, json.dumps(kept, indent=1))
    write_whole(path.with_suffix('.md'), page(kept))
    print(said(found))

if __name__=='__main__': main()
