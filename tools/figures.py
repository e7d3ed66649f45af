"""The figures over several seeds, measured anew and written with their spread to figures/*.json.

    python tools/figures.py                      all of them
    python tools/figures.py regime --workers 4   one of them: regime, ring, digits

Every run is one process on one thread; all together take a good hour of one core. In a file,
`settings[label]` is what was run and `results[label][seed]` what came out, e.g. `['kl']`. The README reads them.
"""
import argparse, json, os, time
for v in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ[v] = '1'
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from statistics import median

root = Path(__file__).resolve().parent.parent

def seeded(s):
    import torch
    return torch.Generator().manual_seed(s)

# ---- eight Gaussians on a ring ----

task = dict(sd=.15, width=128, depth=2, batch_size=256, capacity=10_000, restart=.05)
plain,paper,opt_only,exact = dict(opt=0., entropy=0.), dict(opt=1., entropy=.3), dict(opt=1., entropy=0.), dict(opt=-1., entropy=-.3)
langevin = lambda lam: dict(kind='Langevin', step_size=lam)
mala = lambda lam: dict(kind='MALA', step_size=lam)
jumps = lambda part: dict(part, jumps=True)   # a uniform jump before every step
regime = dict(task, sampler=langevin(.05), mcmc_steps=40, steps=1500, lr=2e-3, betas=(0., .9), clip=.5, policy='reservoir', ema=.99,
    decay=False)
tuned = dict(task, sampler=jumps(mala(.02)), mcmc_steps=5, steps=2500, lr=5e-3, betas=(.9, .99), clip=10., policy='fifo', ema=.998,
    decay=True)

REGIME = {
    'plain CD': dict(regime, **plain),
    'improved CD': dict(regime, **paper),
    'opt only': dict(regime, **opt_only),
    'exact sign': dict(regime, **exact),
    'CD + reg .01': dict(regime, **plain, reg=.01),
    'CD + reg .1': dict(regime, **plain, reg=.1),
    'CD + reg .3': dict(regime, **plain, reg=.3),
}
RING = {
    'improved CD': dict(tuned, **paper),
    'CD': dict(tuned, **plain),
    'CD + reg .001': dict(tuned, **plain, reg=.001),
    'CD + reg .01': dict(tuned, **plain, reg=.01),
    'CD + reg .1': dict(tuned, **plain, reg=.1),
    'exact sign': dict(tuned, **exact),
    'improved CD, no jumps': dict(tuned, **paper, sampler=mala(.02)),
    'CD, no jumps': dict(tuned, **plain, sampler=mala(.02)),
    'improved CD + reg .01, no jumps': dict(tuned, **paper, reg=.01, sampler=mala(.02)),
    'CD + reg .01, no jumps': dict(tuned, **plain, reg=.01, sampler=mala(.02)),
    'improved CD, Langevin for MALA': dict(tuned, **paper, sampler=jumps(langevin(.01))),
    'improved CD, no learning-rate decay': dict(tuned, **paper, decay=False),
    'improved CD, reservoir': dict(tuned, **paper, policy='reservoir'),
}

def ring_learner(seed, callbacks, sampler, mcmc_steps, lr, betas, clip, policy, capacity, restart, sd, width, depth, batch_size,
        opt, entropy, reg=0.):
    "A learner for the ring, all randomness from `seed`"
    from cdebm.buffer import ReplayBuffer, uniform_noise
    from cdebm.data import density
    from cdebm.losses import Weights
    from cdebm.models import MLPEnergy
    from cdebm.samplers import Compose, Langevin, MALA, UniformJump
    from cdebm.training import Learner
    step = dict(Langevin=Langevin, MALA=MALA)[sampler['kind']](sampler['step_size'])
    if sampler.get('jumps'): step = Compose((UniformJump(-4., 4.), step))
    net,buffer = MLPEnergy(2, width, depth, generator=seeded(seed)),ReplayBuffer(uniform_noise((2,), -4., 4.), capacity, restart, policy)
    return Learner(net, density('eight_gaussians', sd=sd), step, buffer, mcmc_steps, batch_size,
        Weights(opt=opt, entropy=entropy, reg=reg), lr, betas, clip, generator=seeded(seed+1000), callbacks=callbacks)

def ring_run(seed, steps, ema, decay, **kw):
    "Train one seed; KL(data‖model) of the averaged weights, largest energy gap, and what the health monitor saw"
    import torch
    from torch.optim.lr_scheduler import CosineAnnealingLR
    from cdebm.energies import Grid
    from cdebm.training import EMA, HealthMonitor, Schedule
    torch.set_num_threads(1)
    avg,monitor = EMA(ema),HealthMonitor(max_gap=1e3)
    l = ring_learner(seed, [avg, monitor, *([Schedule(lambda o: CosineAnnealingLR(o, steps))] if decay else [])], **kw)
    start = time.process_time()
    for _ in l.steps(steps): pass
    grid = Grid(-4, 4, 200, dim=2, closed=True)
    kl = lambda e: None if monitor.report else grid.kl(l.data, e).item()
    return dict(kl=kl(avg.energy), kl_last=kl(l.energy), largest_gap=float(abs(l.history['gap']).max()), steps=len(l.history),
        cpu_seconds=time.process_time()-start, report=monitor.report)

# ---- handwritten digits ----

images = dict(reg=.1, steps=600, width=16, step_size=1., noise_std=.01, mcmc_steps=25, batch_size=64, lr=1e-3, clip=.5,
    policy='reservoir', capacity=10_000, restart=.05, ema=.99)
DIGITS = {'improved CD': dict(images, **paper), 'CD': dict(images, **plain)}

def digits_learner(seed, callbacks, opt, entropy, reg, width, step_size, noise_std, mcmc_steps, batch_size, lr, clip, policy, capacity,
        restart):
    "A learner for handwritten digits, all randomness from `seed`"
    from cdebm.buffer import ReplayBuffer, uniform_noise
    from cdebm.data import digits
    from cdebm.losses import Weights
    from cdebm.models import ConvEnergy
    from cdebm.samplers import Langevin
    from cdebm.training import Learner
    net,buffer = ConvEnergy(1, 8, width, generator=seeded(seed)),ReplayBuffer(uniform_noise((1,8,8)), capacity, restart, policy)
    return Learner(net, digits('train'), Langevin.from_noise(step_size, noise_std, clamp=(0., 1.)), buffer, mcmc_steps, batch_size,
        Weights(opt=opt, entropy=entropy, reg=reg), lr, clip=clip, generator=seeded(seed+1000), callbacks=callbacks)

def digits_run(seed, steps, ema, **kw):
    "Train one seed; AUROC against corrupted test digits, classes among 500 samples, distances to the training digits"
    import torch
    from sklearn.svm import SVC
    from cdebm.data import corruptions, dequantise, digits, quantise
    from cdebm.diagnostics import auroc, nearest_distance
    from cdebm.samplers import sample
    from cdebm.training import EMA, HealthMonitor
    torch.set_num_threads(1)
    avg,monitor = EMA(ema),HealthMonitor(max_gap=100)
    l,test = digits_learner(seed, [avg, monitor], **kw),digits('test')
    train = l.data
    start = time.process_time()
    for _ in l.steps(steps): pass
    seconds,energy = time.process_time()-start,avg.energy
    level = lambda x, s: dequantise(quantise(x, 17), 17, generator=seeded(s))
    e = lambda x: energy(x).detach()
    scores = {k: auroc(-e(level(test.x, 1)), -e(level(f(test.x, seeded(2)), 3))) for k,f in corruptions.items()}
    x = sample(energy, torch.rand(500,1,8,8, generator=seeded(4)), l.sampler, 200, generator=seeded(5)).x
    classifier = SVC().fit(train.x.flatten(1).numpy(), train.y.numpy())
    classes = torch.bincount(torch.from_numpy(classifier.predict(x.flatten(1).numpy())), minlength=10).tolist()
    near = lambda x: [q.item() for q in nearest_distance(x, train.x).quantile(torch.tensor([0., .05, .5]))]
    accuracy = classifier.score(test.x.flatten(1).numpy(), test.y.numpy())
    return dict(auroc=scores, classes=classes, classes_seen=sum(c>0 for c in classes), classifier_accuracy=accuracy,
        nearest_test=near(test.x), nearest_generated=near(x), largest_gap=float(abs(l.history['gap']).max()), cpu_seconds=seconds,
        report=monitor.report)

# ---- running them ----

# function, settings by label, seeds
FIGURES = dict(regime=(ring_run, REGIME, 5), ring=(ring_run, RING, 5), digits=(digits_run, DIGITS, 3))

def measure(name, workers, seeds):
    "Run a figure's jobs in parallel and gather {label: [result of each seed]}"
    from tqdm import tqdm
    run,settings,_ = FIGURES[name]
    out = {k: [None]*seeds for k in settings}
    with ProcessPoolExecutor(workers, mp_context=get_context('spawn')) as pool:
        futures = {pool.submit(run, s, **c): (k,s) for k,c in settings.items() for s in range(seeds)}
        for f in tqdm(as_completed(futures), total=len(futures), desc=name):
            k,s = futures[f]
            out[k][s] = f.result()
    return out

def spread(rows, key, of=lambda r, k: r[k]):
    "Median, smallest and largest over the seeds that have a value"
    v = sorted(of(r, key) for r in rows if of(r, key) is not None)
    return f'{median(v):.3f} [{v[0]:.3f}, {v[-1]:.3f}]' if v else 'none'

def lines(name, results):
    "The figure in words"
    for k,rows in results.items():
        lost,cpu = sum(bool(r['report']) for r in rows),max(r['cpu_seconds'] for r in rows)
        if name=='digits':
            aurocs = [f"{c} {spread(rows, c, lambda r, c: r['auroc'][c])}" for c in rows[0]['auroc']]
            what = f"{', '.join(aurocs)}, classes {[r['classes_seen'] for r in rows]}"
        else: what = f"KL {spread(rows, 'kl')}, last weights {spread(rows, 'kl_last')}"
        yield f'{k}: {what}; diverged {lost} of {len(rows)}, at most {cpu:.0f} s of one core'

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('names', nargs='*', metavar='NAME', help=f"among {', '.join(FIGURES)}; all if none is given")
    ap.add_argument('--workers', type=int, default=min(4, os.cpu_count() or 1), help='processes, one core each')
    ap.add_argument('--seeds', type=int, help='instead of 5 (digits: 3)')
    ap.add_argument('--out', type=Path, default=root/'figures', help='folder of the JSON files; the default replaces the committed ones')
    a = ap.parse_args()
    if unknown := set(a.names)-set(FIGURES): ap.error(f"unknown figure {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    import torch
    from cdebm.training import write_whole
    for name in a.names or FIGURES:
        _,settings,seeds = FIGURES[name]
        seeds = a.seeds or seeds
        results = measure(name, a.workers, seeds)
        d = dict(command=f'python tools/figures.py {name}', torch=torch.__version__, seeds=seeds, settings=settings, results=results)
        write_whole(a.out/f'{name}.json', json.dumps(d, indent=1).encode())
        print(*lines(name, results), sep='\n', flush=True)

if __name__=='__main__': main()
