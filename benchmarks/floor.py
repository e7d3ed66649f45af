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

def row(work:str) -> dict:
    "One work: a gradient and a whole step of ours, its multiply-adds and the bytes that pass"
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from cdebm.energies import energy_and_grad
    from cdebm.samplers import Langevin, sample
    from langevin import WORKS, box, network, start
    w = WORKS[work]
    net,x = network(w),start(w)
    with FlopCounterMode(display=False) as counter: energy_and_grad(net, x)
    law,n = Langevin.from_noise(w['step'], w['sd'], clamp=box(w)),w['steps']
    g = torch.Generator().manual_seed(0)
    slope,step = best(lambda: energy_and_grad(net, x), 3),best(lambda: sample(net, x, law, n, generator=g), 3)/n
    held = sum(p.numel() for p in net.parameters())
    return dict(multiply_adds=counter.get_total_flops()/2, parameters=held, gradient=slope, step=step)

def make(task): return dict(rates=rates, row=row)
