"""Langevin chains by several libraries, each in a process of its own: the contenders of `peers.py sampling`.

All of them run the same network with the same weights, from the same start, by the same law: x - λ∇E(x) + σξ, clamped
to [0, 1] where x is an image. A plain loop in PyTorch is what the others are measured by.
"""
import math
from crew import timed

WORKS = {
    'MLP 2-128-128-1, 256 chains': dict(net='mlp', batch=256, steps=100, step=.01, sd=math.sqrt(.02)),
    'MLP 2-128-128-1, 10,000 chains': dict(net='mlp', batch=10_000, steps=10, step=.01, sd=math.sqrt(.02),
        all=True),
    'ConvEnergy 28x28, 64 chains': dict(net='conv', size=28, channels=1, batch=64, steps=8, step=10., sd=.005,
        all=True),
    'ConvEnergy 32x32 colour, 32 chains': dict(net='conv', size=32, channels=3, batch=32, steps=6, step=10., sd=.005),
    'residual 32x32 colour, 16 chains': dict(net='residual', size=32, channels=3, batch=16, steps=4, step=10.,
        sd=.005)}
TORCH = ('plain PyTorch', 'cdebm', 'cdebm, speed.auto', 'torchebm', 'ebmkit')
NAMES = (*TORCH, 'JAX, lax.scan', 'JAX, blackjax')

def network(w:dict):
    "The network of a work, with weights from seed 0"
    import torch
    from cdebm.models import ConvEnergy, MLPEnergy, ResidualEnergy
    g = torch.Generator().manual_seed(0)
    if w['net']=='mlp': return MLPEnergy(2, 128, 2, generator=g)
    if w['net']=='conv': return ConvEnergy(w['channels'], w['size'], 16, generator=g)
    return ResidualEnergy(w['channels'], w['size'], 8, generator=g)

def start(w:dict):
    "Where all chains start, on the CPU"
    import torch
    g = torch.Generator().manual_seed(1)
    if w['net']=='mlp': return 8*torch.rand(w['batch'], 2, generator=g)-4
    return torch.rand(w['batch'], w['channels'], w['size'], w['size'], generator=g)

def box(w): return None if w['net']=='mlp' else (0., 1.)

def bare(net):
    "The network without looking at its input, parameters that rest"
    from torch import nn
    net.requires_grad_(False)
    if not hasattr(net, 'net'): return net
    class Bare(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net.net
        def forward(self, x): return self.net(x).squeeze(-1)
    return Bare()

# -- PyTorch: each gives run(x, sd, seed) -> x --

def plain(w, x0):
    import torch
    net,where = bare(network(w)),box(w)
    def run(x, sd, seed):
        g = torch.Generator().manual_seed(seed)
        for _ in range(w['steps']):
            x = x.detach().requires_grad_()
            slope, = torch.autograd.grad(net(x).sum(), x)
            x = x.detach() - w['step']*slope + sd*torch.randn(x.shape, generator=g)
            if where: x = x.clamp(*where)
        return x
    return run

def ours(w, x0):
    import torch
    from cdebm.samplers import Langevin, sample
    net = network(w)
    def run(x, sd, seed):
        g = torch.Generator().manual_seed(seed)
        return sample(net, x, Langevin.from_noise(w['step'], sd, clamp=box(w)), w['steps'], generator=g).x
    return run

def chosen(w, x0):
    "What `speed.auto` takes, measured here first"
    import torch
    from cdebm.parts import Speed
    from cdebm.samplers import Langevin, sample
    from cdebm.scale import numerics
    net = network(w)
    speed,words = Speed(auto=True).settled(net, x0)
    quick = speed.stand_in(net)
    def run(x, sd, seed):
        g = torch.Generator().manual_seed(seed)
        law = Langevin.from_noise(w['step'], sd, clamp=box(w))
        with numerics(x.device, speed.precision):
            return sample(net, x, law, w['steps'], generator=g, stand_in=quick).x
    run.words = words
    return run

def by_torchebm(w, x0):
    import torch
    from torchebm.core import BaseModel
    from torchebm.samplers import LangevinDynamics
    net = bare(network(w))
    class Wrapped(BaseModel):
        def __init__(self):
            super().__init__()
            self.net = net
        def forward(self, x): return self.net(x)
    model = Wrapped()
    def run(x, sd, seed):
        scale = max(sd, 1e-12)/math.sqrt(2*w['step'])
        chains = LangevinDynamics(model, step_size=w['step'], noise_scale=scale, clamp=box(w))
        return chains.sample(x=x, n_steps=w['steps'], generator=torch.Generator().manual_seed(seed))
    return run

def by_ebmkit(w, x0):
    import ebm, torch
    net = bare(network(w))
    def run(x, sd, seed):
        torch.manual_seed(seed)     # its samplers take no generator
        chains = ebm.LangevinDynamics(w['step'], w['steps'], noise_scale=sd, clamp=box(w))
        return chains.sample(net, x)
    return run

# -- JAX --

def jax_energy(w):
    "x -> energies, of the same weights"
    import jax, jax.numpy as jnp, numpy as np
    from jax import lax
    held = {k: jnp.asarray(v.numpy()) for k,v in network(w).state_dict().items() if v is not None}
    if w['net']=='mlp':
        def energy(x):
            for i in (0, 2): x = jax.nn.silu(x@held[f'net.{i}.weight'].T + held[f'net.{i}.bias'])
            return (x@held['net.4.weight'].T + held['net.4.bias'])[:,0]
        return energy
    if w['net']!='conv': raise ImportError('this network is written in PyTorch alone')
    def conv(h, name):
        h = lax.conv_general_dilated(h, held[f'{name}.weight'], (1, 1), 'SAME',
            dimension_numbers=('NCHW', 'OIHW', 'NCHW'))
        return h + held[f'{name}.bias'][:,None,None]
    def halved(h):
        rows = np.minimum(2, h.shape[2] - 2*np.arange(-(-h.shape[2]//2)))     # an odd side ends in half a window
        summed = lax.reduce_window(h, 0., lax.add, (1, 1, 2, 2), (1, 1, 2, 2), 'SAME')
        return summed/jnp.asarray(np.outer(rows, rows), h.dtype)
    parts = sorted({int(k.split('.')[1]) for k in held if k.startswith('body.')})
    def energy(x):
        h = conv(x, 'stem')
        for i in parts:
            if f'body.{i}.conv.weight' in held: h = conv(halved(h), f'body.{i}.conv')
            else: h = h + conv(jax.nn.silu(conv(jax.nn.silu(h), f'body.{i}.conv1')), f'body.{i}.conv2')
        return (jax.nn.silu(h).mean((2, 3))@held['head.weight'].T + held['head.bias'])[:,0]
    return energy

def by_scan(w, x0):
    "One compiled loop"
    import jax, jax.numpy as jnp, numpy as np, torch
    slope,where = jax.grad(lambda x: jax_energy(w)(x).sum()),box(w)
    @jax.jit
    def chains(x, sd, key):
        def step(x, k):
            x = x - w['step']*slope(x) + sd*jax.random.normal(k, x.shape)
            return (jnp.clip(x, *where) if where else x),None
        return jax.lax.scan(step, x, jax.random.split(key, w['steps']))[0]
    def run(x, sd, seed): return torch.tensor(np.asarray(chains(x.numpy(), sd, jax.random.PRNGKey(seed))))
    return run

def by_blackjax(w, x0):
    "Its stochastic gradient Langevin kernel, the whole batch as one place"
    import blackjax, jax, jax.numpy as jnp, numpy as np, torch
    if w['net']!='mlp': raise ImportError('on images the gradient is all there is to it, and lax.scan takes the same')
    up,where = jax.grad(lambda x, _: -jax_energy(w)(x).sum()),box(w)
    kernel = blackjax.sgld(up)
    @jax.jit
    def chains(x, sd, key):
        def step(x, k):
            x = kernel.step(k, x, None, w['step'], sd**2/(2*w['step']))
            return (jnp.clip(x, *where) if where else x),None
        return jax.lax.scan(step, x, jax.random.split(key, w['steps']))[0]
    def run(x, sd, seed): return torch.tensor(np.asarray(chains(x.numpy(), sd, jax.random.PRNGKey(seed))))
    return run

MAKERS = dict(zip(NAMES, (plain, ours, chosen, by_torchebm, by_ebmkit, by_scan, by_blackjax)))
PACKAGES = {'torchebm': 'torchebm', 'ebmkit': 'ebmkit', 'JAX, lax.scan': 'jax', 'JAX, blackjax': 'blackjax'}

def make(task):
    from importlib.metadata import version
    import torch
    w = WORKS[task['work']]
    x0 = start(w)
    run = MAKERS[task['name']](w, x0)
    judge = bare(network(w))
    run(x0, w['sd'], 0)     # compiled, warm
    def ends(path):
        "Without noise, to a file: they must be the same for all"
        torch.save(run(x0, 0., 0).detach(), path)
    def moments(repeats):
        "Of each chain with noise: its energy, and how far it went, squared, a coordinate"
        x = [run(x0, w['sd'], 1+i).detach() for i in range(repeats)]
        far = torch.cat([(v-x0).flatten(1).square().mean(1) for v in x])
        with torch.no_grad(): e = torch.cat([judge(v) for v in x])
        return [[v.mean().item(), (v.std()/math.sqrt(len(v))).item()] for v in (e, far)]
    package = PACKAGES.get(task['name'])
    return dict(version=version(package) if package else None, ends=ends, moments=moments,
        words=lambda: getattr(run, 'words', ''), run=lambda seed=9: timed(lambda: run(x0, w['sd'], seed)))
