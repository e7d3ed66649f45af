"""One small training by other libraries and by this one, each in its own way: figures/elsewhere.json

    python -m venv --system-site-packages peers && peers/bin/pip install --no-deps torchebm==0.8.9 ebmkit==0.16.0
    peers/bin/python benchmarks/elsewhere.py                 in an environment that has PyTorch and this library, too
    peers/bin/python benchmarks/elsewhere.py --updates 20    a short one on the screen, writes nothing

The same network from the same weights, the same data, contrastive divergence with stored chains by each library's own
loss, buffer and Langevin sampler, Adam. Distances from the truth are integrals on a grid.
"""
import argparse, datetime, json, os, sys, time
from pathlib import Path
for v in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ.setdefault(v, '1')
root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
import torch
from torch import nn
from cdebm.basics import write_whole

S = dict(updates=400, batch=256, steps=10, step=.02, seeds=3, lr=2e-3, stored=10_000, restart=.05)

def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(2,64), nn.SiLU(), nn.Linear(64,64), nn.SiLU(), nn.Linear(64,1), nn.Flatten(0))

def uniform(shape): return 8*torch.rand(shape)-4

def by_torchebm(net):
    "Its loss of a batch"
    from torchebm.core import BaseModel
    from torchebm.losses import ContrastiveDivergence
    from torchebm.samplers import LangevinDynamics
    class Energy(BaseModel):
        def __init__(self):
            super().__init__()
            self.net = net
        def forward(self, x): return self.net(x)
    energy = Energy()
    return ContrastiveDivergence(energy, LangevinDynamics(energy, step_size=S['step']), k_steps=S['steps'],
        persistent=True, buffer_size=S['stored'], new_sample_ratio=S['restart'])

def first_of(loss): return lambda x: loss(x)[0]

def by_ebmkit(net):
    import ebm
    buffer = ebm.ReplayBuffer(S['stored'], (2,), S['restart'], uniform)
    loss = ebm.ContrastiveDivergence(ebm.LangevinDynamics(S['step'], S['steps']), buffer)
    return lambda x: loss(net, x).loss

def by_cdebm(net, **weights):
    from cdebm.buffer import ReplayBuffer, uniform_noise
    from cdebm.losses import Weights, improved_cd
    from cdebm.samplers import Langevin, sample
    buffer,w = ReplayBuffer(uniform_noise((2,), -4., 4.), S['stored'], S['restart']),Weights(reg=0, **weights)
    def loss(x):
        drawn = sample(net, buffer.start(len(x)).x, Langevin(S['step']), S['steps'], differentiable_tail=int(w.kl)).x
        bank = buffer.bank() if w.kl else None
        buffer.add(drawn)
        return improved_cd(net, x, drawn, bank, w).total
    return loss

WAYS = {'torchebm 0.8.9': lambda net: first_of(by_torchebm(net)), 'ebmkit 0.16.0': by_ebmkit,
    'cdebm, plain CD': lambda net: by_cdebm(net, opt=0, entropy=0), 'cdebm, improved CD': by_cdebm}

def trained(way, seed):
    "Distance from the truth, and seconds"
    from cdebm.densities import density
    from cdebm.grid import Grid
    net,data,truth = network(seed),density('eight_gaussians', sd=.3),Grid(-4, 4, 100, closed=True)
    before,loss = truth.kl(data, net).item(),WAYS[way](net)
    optimiser,t0 = torch.optim.Adam(net.parameters(), S['lr']),time.perf_counter()
    for _ in range(S['updates']):
        total = loss(data.sample(S['batch']))
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
    return before,dict(kl=truth.kl(data, net).item(), seconds=round(time.perf_counter()-t0, 2))

def main(updates):
    S['updates'] = updates or S['updates']
    results = {k: [] for k in WAYS}
    for seed in range(S['seeds']):
        for k in WAYS:
            before,r = trained(k, seed)
            results[k].append(r)
            print(f"{k}, seed {seed}: KL {r['kl']:.3f} nats after {r['seconds']:.1f} s", flush=True)
    found = dict(when=f'{datetime.date.today():%B %Y}', settings=S, before=before, results=results)
    if not updates: write_whole(root/'figures'/'elsewhere.json', json.dumps(found, indent=1)+'\n')

if __name__=='__main__':
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('--updates', type=int)
    main(ap.parse_args().updates)
