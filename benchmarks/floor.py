"""What a step must cost on this machine: its multiply-adds at the rate at which the machine multiplies.

The contender of `peers.py floor`. Rates are the best of several runs, in the same process as the steps: of a large
product of matrices, and of the kinds of layers that the networks are made of. Multiply-adds are counted by PyTorch.
"""
import time

def best(f, n=5) -> float: # seconds of the processor
    "Of `n` runs, each long enough for the clock"
    f()
    start = time.process_time()
    f()
    more = max(1, round(.02/max(1e-6, time.process_time()-start)))
    def once():
        start = time.process_time()
        for _ in range(more): f()
        return (time.process_time()-start)/more
    return min(once() for _ in range(n))

def rates() -> dict: # multiply-adds a second, in billions
    "What the machine does at best"
    import torch
    from torch.nn import functional as F
    r = torch.randn
    a,h,w,x,k = r(1024, 1024), r(256, 128), r(128, 128), r(64, 16, 28, 28), r(16, 16, 3, 3)
    return {'matrices, 1024 cubed': 1024**3/best(lambda: a@a)/1e9,
        'linear, 256x128x128': 256*128*128/best(lambda: F.linear(h, w))/1e9,
        'convolution, 64x16x28x28': 64*28*28*16*16*9/best(lambda: F.conv2d(x, k, padding=1))/1e9}

KINDS = dict(products=('mm', 'addmm', 'conv', 'baddbmm'), activations=('silu', 'gelu', 'softplus', 'tanh', 'sigmoid'))

def kind_of(op:str) -> str:
    return next((k for k,names in KINDS.items() if any(n in op for n in names)), 'other operations')

def shares(f) -> dict: # of the time of `f`
    "By kinds of operations; the rest is Python and what calls them"
    from torch.profiler import ProfilerActivity, profile
    f()
    start = time.perf_counter()
    with profile(activities=[ProfilerActivity.CPU]) as p: f()
    whole,found = time.perf_counter()-start,dict.fromkeys([*KINDS, 'other operations'], 0.)
    for e in p.key_averages(): found[kind_of(e.key)] += 1e-6*e.self_cpu_time_total
    total = max(whole, sum(found.values()))
    return {k: v/total for k,v in found.items()} | dict(between=1-sum(found.values())/total)

def passed(f) -> int: # bytes
    "What operations read and write, each tensor counted each time"
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves
    class Seen(TorchDispatchMode):
        bytes = 0
        def __torch_dispatch__(self, op, types, args=(), kwargs=None):
            out = op(*args, **(kwargs or {}))
            if not op.is_view: self.bytes += sum(v.nbytes for v in tree_leaves((args, kwargs, out))
                if isinstance(v, torch.Tensor))
            return out
    with Seen() as seen: f()
    return seen.bytes

def row(work:str) -> dict:
    "One work: a gradient and a whole step of ours, its multiply-adds and the bytes that pass"
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from cdebm.energies import energy_and_grad
    from cdebm.modules import taped
    from cdebm.samplers import Langevin, sample
    from langevin import WORKS, box, network, start
    w = WORKS[work]
    net,x = network(w),start(w)
    with FlopCounterMode(display=False) as counter, torch.no_grad(): net(x)     # the way back in x takes as many
    law,n = Langevin.from_noise(w['step'], w['sd'], clamp=box(w)),w['steps']
    g = torch.Generator().manual_seed(0)
    def steps(): sample(net, x, law, n, generator=g)
    with taped(): slope = best(lambda: energy_and_grad(net, x), 3)
    return dict(multiply_adds=counter.get_total_flops(), bytes=passed(lambda: energy_and_grad(net, x)), gradient=slope,
        step=best(steps, 3)/n, shares=shares(steps))

def make(task): return dict(rates=rates, row=row)
