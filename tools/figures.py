"""The figures over several seeds, measured anew and written with their spread to figures/*.json.

    python tools/figures.py                      all of them
    python tools/figures.py regime --workers 4   one of them: regime, ring, digits, mnist, cifar10, recorded

Every run is one process on one thread, of images on two; all together take two good hours of one core. In a file, `settings` holds the
preset, its values and by label what was changed in it; `results[label][seed]` is what came out, e.g. `['kl']`. The README reads them.
mnist and cifar10 need the images (the hub, or a folder that $CDEBM_DATA names) and are left out where there are none; beside the JSON file
they write a picture of their chains. recorded is tools/record.py, the runs that the gradient explorer ships, with a summary of them.
"""
import argparse, json, os, subprocess, sys, time
for v in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ[v] = '1'
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from cdebm.recipes import preset

root = Path(__file__).resolve().parent.parent

# ---- what is run: changes of a preset by label ----

plain,paper = {'loss.opt': 0., 'loss.entropy': 0.},{}
opt_only,exact = {'loss.entropy': 0.},{'loss.opt': -1., 'loss.entropy': -.3}
no_jumps,coarse = {'sampler.jumps': False},{'sampler.kind': 'Langevin', 'sampler.step_size': .01}
def reg(w): return {'loss.reg': w}

REGIME = {
    'plain CD': plain,
    'improved CD': paper,
    'opt only': opt_only,
    'exact sign': exact,
    'CD + reg .01': plain | reg(.01),
    'CD + reg .1': plain | reg(.1),
    'CD + reg .3': plain | reg(.3),
}
RING = {
    'improved CD': paper,
    'CD': plain,
    'CD + reg .001': plain | reg(.001),
    'CD + reg .01': plain | reg(.01),
    'CD + reg .1': plain | reg(.1),
    'exact sign': exact,
    'improved CD, no jumps': paper | no_jumps,
    'CD, no jumps': plain | no_jumps,
    'improved CD + reg .01, no jumps': paper | reg(.01) | no_jumps,
    'CD + reg .01, no jumps': plain | reg(.01) | no_jumps,
    'improved CD, Langevin for MALA': paper | coarse,
    'improved CD, no learning-rate decay': {'optimiser.schedule': 'constant'},
    'improved CD, reservoir': {'buffer.policy': 'reservoir'},
}
DIGITS = {'improved CD': paper, 'CD': plain}
IMAGES = {'improved CD': paper, 'CD': plain}

# ---- one run of one seed ----

def trained(recipe):
    "Train a recipe on one thread; its learner, what the health monitor saw, seconds of one core"
    import torch
    from cdebm.health import HealthMonitor
    torch.set_num_threads(1)
    l = recipe.learner()
    start = time.process_time()
    for _ in l.steps(recipe.training.steps): pass
    return l, next(c.report for c in l.callbacks if isinstance(c, HealthMonitor)), time.process_time()-start

def ring_run(recipe):
    "KL(data‖model) of the averaged weights and of the last, largest energy gap, and what the health monitor saw"
    from cdebm.grid import Grid
    from cdebm.recipes import averaged
    l,report,seconds = trained(recipe)
    grid = Grid(*recipe.box, 200, dim=2, closed=True)
    kl = lambda e: None if report else grid.kl(l.data, e).item()
    return dict(kl=kl(averaged(l)), kl_last=kl(l.energy), largest_gap=float(abs(l.history['gap']).max()), steps=len(l.history),
        cpu_seconds=seconds, report=report)

def digits_run(recipe):
    "AUROC against corrupted test digits, classes among 500 samples, distances to the training digits"
    import torch
    from sklearn.svm import SVC
    from cdebm.data import corruptions, dequantise, quantise
    from cdebm.diagnostics import auroc, nearest_distance
    from cdebm.recipes import averaged
    from cdebm.samplers import sample
    l,report,seconds = trained(recipe)
    train,test,energy = l.data,recipe.data_set('test'),averaged(l)
    seeded = lambda s: torch.Generator().manual_seed(s)
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
        report=report)

def images_run(recipe):
    "Are all terms finite, do the chains move, how long takes a step on two threads; and the chains at five moments, as bytes"
    import math
    import torch
    from cdebm.buffer import to_uint8
    from cdebm.data import noise_like
    from cdebm.diagnostics import auroc
    from cdebm.health import HealthMonitor
    from cdebm.logs import Throughput
    from cdebm.recipes import averaged
    torch.set_num_threads(2)
    n,pictures,meter = recipe.training.steps,{},Throughput(every=recipe.training.steps)
    l = recipe.learner([meter])
    for row in l.steps(n):
        if row['step']==1 or row['step']%max(1, n//4)==0: pictures[row['step']] = to_uint8(l.last.neg.x[:8]).numpy()
    health = next(c for c in l.callbacks if isinstance(c, HealthMonitor))
    test,energy,seeded = recipe.data_set('test'),averaged(l),lambda s: torch.Generator().manual_seed(s)
    x = test.sample(300, seeded(1))
    with torch.no_grad(): score = auroc(-energy(x), -energy(noise_like(x, seeded(2))))
    rows = l.history.rows
    tail = lambda k: median(r[k] for r in rows[-max(1, n//5):])
    finite = all(math.isfinite(v) for r in rows for v in r.values())
    return dict(finite=finite, steps=len(rows), put_back=health.tried, report=health.report, seconds_per_step=meter.facts.get('seconds'),
        largest_gap=max(abs(r['gap']) for r in rows), auroc_noise=score,
        **{k: tail(k) for k in ('gap','opt','reg','drift','saturation')}, pictures=sorted(pictures.items()))

def show_chains(results, path):
    "A row for every run, a column for every moment"
    import torch
    from matplotlib.figure import Figure
    from cdebm.basics import write_whole
    from cdebm.data import show_images
    rows = [(f'{k}, seed {s}', r['pictures']) for k,rs in results.items() for s,r in enumerate(rs)]
    moments = max(len(p) for _,p in rows)
    fig = Figure(figsize=(2.2*moments, 1.45*len(rows)), dpi=60, layout='constrained')
    axs = fig.subplots(len(rows), moments, squeeze=False)
    for ax in axs.flat: ax.set_axis_off()
    for (label,pictures),row in zip(rows, axs):
        for (step,x),ax in zip(pictures, row):
            show_images(torch.from_numpy(x)/255, n_cols=4, ax=ax, title=f'step {step}')
            if ax is row[0]: ax.set_title(f'{label}\nstep {step}', fontsize=9)
    write_whole(path, lambda f: fig.savefig(f, format='jpg', pil_kwargs=dict(quality=65)))   # noise makes large PNG files

# ---- running them ----

# function, preset, changes by label, seeds
FIGURES = dict(regime=(ring_run, 'ring-coarse', REGIME, 5), ring=(ring_run, 'ring', RING, 5), digits=(digits_run, 'digits', DIGITS, 3),
    mnist=(images_run, 'mnist-small', IMAGES, 3), cifar10=(images_run, 'cifar10-small', IMAGES, 3))

def settings(name):
    "What is run, as it stands in the file"
    _,base,changes,_ = FIGURES[name]
    return dict(preset=base, recipe=preset(base).flat(), changes=changes)

def measure(name, workers, seeds):
    "Run a figure's jobs in parallel and gather {label: [result of each seed]}"
    from tqdm import tqdm
    run,base,changes,_ = FIGURES[name]
    out = {k: [None]*seeds for k in changes}
    if run is images_run: workers = max(1, workers//2)
    with ProcessPoolExecutor(workers, mp_context=get_context('spawn')) as pool:
        futures = {pool.submit(run, preset(base, c, seed=s)): (k,s) for k,c in changes.items() for s in range(seeds)}
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
        lost = sum(bool(r['report']) for r in rows)
        if FIGURES[name][0] is images_run:
            seconds,gap = max(r['seconds_per_step'] or 0 for r in rows),spread(rows, 'gap')
            what = f"gap {gap}, drift {spread(rows, 'drift')}, AUROC against noise {spread(rows, 'auroc_noise')}"
            put_back = sum(r['put_back'] for r in rows)
            yield f"{k}: {what}; diverged {lost} of {len(rows)}, put back {put_back} times, at most {seconds:.2f} s a step"
            continue
        cpu = max(r['cpu_seconds'] for r in rows)
        if name=='digits':
            aurocs = [f"{c} {spread(rows, c, lambda r, c: r['auroc'][c])}" for c in rows[0]['auroc']]
            what = f"{', '.join(aurocs)}, classes {[r['classes_seen'] for r in rows]}"
        else: what = f"KL {spread(rows, 'kl')}, last weights {spread(rows, 'kl_last')}"
        yield f'{k}: {what}; diverged {lost} of {len(rows)}, at most {cpu:.0f} s of one core'

def recorded(folder, workers, seeds):
    "Record the gradient explorer's runs anew into `folder`; what they say, as {label: [result of each seed]}"
    from cdebm.explorer.gradients import RecordedRun
    record = [sys.executable, root/'tools'/'record.py', '--workers', str(workers), '--seeds', str(seeds), '--out', folder]
    subprocess.run(record, check=True)
    out = {}
    for r in sorted((RecordedRun.load(p) for p in folder.glob('*.npz')), key=lambda r: r.seed):
        if r.seed>=seeds: continue
        late = r.record.reweighted(type(r.record.weights)()).ratio()[len(r.record)//2:]     # the paper's weights, in both
        gap,kl = abs(r.history['gap']).max(),r.snapshots.kl[-1]
        d = dict(seed=r.seed, steps=int(r.history['step'][-1]), largest_gap=float(gap), kl_last=float(kl))
        out.setdefault(r.label, []).append(d | dict(ratio=late.median().item(), ended=r.ended))
    return out

def write_recorded(a):
    "The runs, and figures/recorded.json"
    import torch
    from cdebm.basics import write_whole
    shipped,seeds = a.out==root/'figures',a.seeds or 3
    results = recorded(root/'cdebm'/'explorer'/'recorded' if shipped else a.out/'recorded', a.workers, seeds)
    d = dict(command='python tools/figures.py recorded', torch=torch.__version__, seeds=seeds, results=results)
    write_whole(a.out/'recorded.json', json.dumps(d, indent=1).encode())
    for k,rows in results.items():
        gaps,kls = (', '.join(f'{r[c]:.3g}' for r in rows) for c in ('largest_gap','kl_last'))
        print(f"{k}: largest |gap| {gaps}; last KL {kls}; |KL| / |CD| in the second half {spread(rows, 'ratio')}", flush=True)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*FIGURES, 'recorded']
    ap.add_argument('names', nargs='*', metavar='NAME', help=f"among {', '.join(names)}; all if none is given")
    ap.add_argument('--workers', type=int, default=min(4, os.cpu_count() or 1), help='processes, one core each')
    ap.add_argument('--seeds', type=int, help='instead of 5 (digits, mnist, cifar10, recorded: 3)')
    ap.add_argument('--out', type=Path, default=root/'figures', help='folder of the JSON files; the default replaces the committed ones')
    a = ap.parse_args()
    if unknown := set(a.names)-set(names): ap.error(f"unknown figure {', '.join(unknown)}; there are {', '.join(names)}")
    import torch
    from cdebm.basics import write_whole
    for name in a.names or names:
        if name=='recorded':
            write_recorded(a)
            continue
        seeds = a.seeds or FIGURES[name][-1]
        try: FIGURES[name][0] is images_run and preset(FIGURES[name][1]).data_set('test')
        except (OSError, ImportError) as e:
            print(f'{name} left out: {e}')
            continue
        results = measure(name, a.workers, seeds)
        if FIGURES[name][0] is images_run: show_chains(results, a.out/f'{name}.jpg')
        for rows in results.values():
            for r in rows: r.pop('pictures', None)
        d = dict(command=f'python tools/figures.py {name}', torch=torch.__version__, seeds=seeds, settings=settings(name), results=results)
        write_whole(a.out/f'{name}.json', json.dumps(d, indent=1).encode())
        print(*lines(name, results), sep='\n', flush=True)

if __name__=='__main__': main()
