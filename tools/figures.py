"""The figures over several seeds, measured anew and written with their spread to figures/*.json.

    python tools/figures.py                      all of them
    python tools/figures.py regime --workers 4   one of them: regime, ring, digits

Every run is one process on one thread. The README and the notebooks read the JSON files.
"""
import argparse, json, os, sys, time
for v in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ[v] = '1'
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from statistics import median

root = Path(__file__).resolve().parent.parent

def seeded(s):
    import torch
    return torch.Generator().manual_seed(s)

# ---- eight Gaussians on a ring: radius 2, sd .15; MLP 2-128-128-1 ----

plain,paper,opt_only,exact = dict(opt=0., entropy=0.), dict(opt=1., entropy=.3), dict(opt=1., entropy=0.), dict(opt=-1., entropy=-.3)
langevin = lambda lam: dict(kind='Langevin', step_size=lam)
jumps = dict(kind='jumps', step_size=.02)   # uniform jumps and MALA in turn
regime = dict(sampler=langevin(.05), mcmc_steps=40, steps=1500, lr=2e-3, betas=(0., .9), clip=.5, policy='reservoir', capacity=10_000, restart=.05, ema=.99, cosine=False)
tuned = dict(sampler=jumps, mcmc_steps=5, steps=2500, lr=5e-3, betas=(.9, .99), clip=10., policy='fifo', capacity=10_000, restart=.05, ema=.998, cosine=True)

REGIME = {'plain CD': plain, 'improved CD': paper, 'opt only': opt_only, 'exact sign': exact}
RING = {
    'tuned, improved CD': dict(tuned, **paper),
    'tuned, CD': dict(tuned, **plain),
    'tuned, CD + reg .001': dict(tuned, **plain, reg=1e-3),
    'tuned, CD + reg .01': dict(tuned, **plain, reg=1e-2),
    'tuned, exact sign': dict(tuned, **exact),
    'no jumps, improved CD': dict(tuned, sampler=dict(kind='MALA', step_size=.02), **paper),
    'no jumps, CD': dict(tuned, sampler=dict(kind='MALA', step_size=.02), **plain),
    'no jumps, CD + reg .01': dict(tuned, sampler=dict(kind='MALA', step_size=.02), **plain, reg=1e-2),
    'regime+decay, improved CD': dict(regime, **paper, cosine=True),
    'regime step .02, improved CD': dict(regime, sampler=langevin(.02), **paper),
    'regime step .02, CD': dict(regime, sampler=langevin(.02), **plain),
    'regime step .02, CD + reg .01': dict(regime, sampler=langevin(.02), **plain, reg=.01),
    'regime, CD + reg .01': dict(regime, **plain, reg=.01),
    'regime, CD + reg .1': dict(regime, **plain, reg=.1),
}

def ring_learner(seed, callbacks, sampler, mcmc_steps, lr, betas, clip, policy, capacity, restart, opt, entropy, reg=0., **_):
    "A learner for the ring, all randomness from `seed`"
    from cdebm.buffer import ReplayBuffer, uniform_noise
    from cdebm.data import density
    from cdebm.losses import Weights
    from cdebm.models import MLPEnergy
    from cdebm.samplers import Compose, Langevin, MALA, UniformJump
    from cdebm.training import Learner
    step = dict(Langevin=lambda s: Langevin(s), MALA=lambda s: MALA(s), jumps=lambda s: Compose((UniformJump(-4., 4.), MALA(s))))[sampler['kind']](sampler['step_size'])
    return Learner(MLPEnergy(d_in=2, width=128, depth=2, generator=seeded(seed)), density('eight_gaussians'), step,
        ReplayBuffer(uniform_noise((2,), -4., 4.), capacity, restart, policy), mcmc_steps, 256, Weights(opt=opt, entropy=entropy, reg=reg), lr, betas, clip,
        generator=seeded(seed+1000), callbacks=callbacks)

def ring_run(seed, steps, ema, cosine, **kw):
    "Train one seed; KL(data‖model) of the averaged weights, largest energy gap, and what the health monitor saw"
    import torch
    from torch.optim.lr_scheduler import CosineAnnealingLR
    from cdebm.energies import Grid
    from cdebm.training import EMA, HealthMonitor, Schedule
    torch.set_num_threads(1)
    avg,monitor = EMA(ema),HealthMonitor(max_gap=1e3)
    l = ring_learner(seed, [avg, monitor, *([Schedule(lambda o: CosineAnnealingLR(o, steps))] if cosine else [])], **kw)
    start = time.process_time()
    for _ in l.steps(steps): pass
    grid = Grid(-4, 4, 200, dim=2, closed=True)
    kl = lambda e: None if monitor.report else grid.kl(l.data, e).item()
    return dict(kl=kl(avg.energy), kl_last=kl(l.energy), largest_gap=float(abs(l.history['gap']).max()), steps=len(l.history), cpu_seconds=time.process_time()-start, report=monitor.report)

# ---- running them ----

def jobs(name, seeds):
    "Every (label, seed, function, settings) of a figure"
    if name=='regime': return [(k, s, ring_run, dict(regime, **w)) for k,w in REGIME.items() for s in range(seeds)]
    if name=='ring': return [(k, s, ring_run, c) for k,c in RING.items() for s in range(seeds)]
    raise ValueError(name)

def measure(name, seeds, workers):
    "Run a figure's jobs in parallel and gather {label: [result of each seed]}"
    from tqdm import tqdm
    todo,out = jobs(name, seeds),{}
    with ProcessPoolExecutor(workers, mp_context=get_context('spawn')) as pool:
        futures = {pool.submit(f, s, **c): (k,s) for k,s,f,c in todo}
        for f in tqdm(as_completed(futures), total=len(todo), desc=name): out[futures[f]] = f.result()
    return {k: [out[k,s] for s in range(seeds)] for k in dict.fromkeys(k for k,_,_,_ in todo)}

def spread(rows, key):
    v = sorted(r[key] for r in rows if r[key] is not None)
    return f'median {median(v):.3f} ({v[0]:.3f} to {v[-1]:.3f}, {len(v)} of {len(rows)} seeds)' if v else 'none'

if __name__=='__main__':
    ap = argparse.ArgumentParser()
    ap.add_argument('name'); ap.add_argument('--workers', type=int, default=2); ap.add_argument('--seeds', type=int, default=5)
    a = ap.parse_args()
    r = measure(a.name, a.seeds, a.workers)
    for k,rows in r.items(): print(f'{k:14s} {spread(rows,"kl")} last {spread(rows,"kl_last")} gap', [f"{x['largest_gap']:.3g}" for x in rows], [round(x['cpu_seconds']) for x in rows], [x['report'][:60] for x in rows])
    Path(f'/work/scratch/exp/{a.name}.json').write_text(json.dumps(r))
