"""The figures over several seeds, measured anew and written with their spread to figures/*.json.

    python tools/figures.py                            all of them
    python tools/figures.py regime --workers 4         one of them: regime, ring, rules, …
    python tools/figures.py ring --labels 'opt only'   some of its rows; the others stay as they stand in the file
    python tools/figures.py answer                     figures/kl_term.md from the files that are there, no training
    python tools/figures.py laboratory                 every rule of the exact world, figures/laboratory.json and .md
    python tools/figures.py likelihood                 figures/likelihood.{json,md}, tools/studies.py; entropy, collapse
    python tools/figures.py tables                     anomalies in eight tables, see tools/tables.py
    python tools/figures.py composition                attributes combined, tools/composition.py
    python tools/figures.py kl_gradient                its five figures, kl_gradient_ring and so on, and kl_gradient.md

Every run is one process on one thread, of images on two; all together take two good hours of one core. In a file,
`settings` holds the preset, its values and by label what was changed in it; `results[label][seed]` is what came out,
e.g. `['kl']`. The README reads them. Beside its JSON file regime writes the landscapes and chains of some runs of
seed 0, mnist and cifar10 a picture of their chains. Those two and stability-mnist need the images (the hub, or a
folder that $CDEBM_DATA names) and are left out where there are none. recorded is tools/record.py, the runs that the
gradient explorer ships, with a summary of them; `--summary` reads the runs that are there and trains none. answer,
which comes last, says in a sentence and a table whether the KL term helps; front page, tour and others show it.
laboratory trains in one process, all seeds at once, for some ten minutes, and says of each row of its table whether two
aims are reached. kl_gradient is the size of the KL term's gradient over training, on five sets of data; `--summary`
writes its table from what is there.
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
    'opt only': opt_only,
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
# which rule for which sampler: coarse Langevin steps of several sizes, without a test and without jumps
PLANE = ('eight_gaussians', 'grid_25', 'two_spirals')
STEPS = (.01, .02, .05, .1)
gate = {'loss.rule': 'gate', 'loss.entropy': 0.}
kernel = {'loss.entropy': 1., 'loss.bandwidth': .1, 'loss.bank_size': 2000} # entropy in nats
signed = {'loss.rule': 'signed'} | kernel
by_rule = {'plain CD': plain, 'improved CD': paper, 'gate': gate}
by_sign = {'signed, kernel': signed, 'signed, neighbours': {'loss.rule': 'signed', 'loss.entropy': 2.}}
small = {'sampler.mcmc_steps': 20, 'model.width': 64} # 300 runs
def of(density): return {'data.name': density, 'data.sd': None}
def rows(density, rules, more=''):
    return {f'{density}, {step:g}: {k}{more}': small | of(density) | {'sampler.step_size': step} | c
        for step in STEPS for k,c in rules.items()}
def with_jumps(changes): return {k: c | {'sampler.jumps': True} for k,c in changes.items()}

RULES = {k: v for density in PLANE for k,v in rows(density, by_rule).items()}
RULES |= rows('eight_gaussians', by_sign)
RULES |= with_jumps(rows('eight_gaussians', by_rule | {'signed, kernel': signed}, ', jumps'))

# chains that never cross on their own, with weights and without. What a share of a mode is worth is known as well as so
# many chains can tell, so there are many and each takes one step; settings chosen on a seed that is not shown
crowd = {'training.steps': 1000, 'training.batch_size': 8192, 'buffer.capacity': 8192, 'sampler.mcmc_steps': 1,
    'sampler.clamp': True, 'optimiser.ema': .99} | plain
OWN = 2048     # chains that log Z is estimated with and that train nothing
weighted,unadjusted = {'buffer.weighted': True},no_jumps | {'sampler.kind': 'Langevin', 'sampler.clamp': False}
WEIGHTS = {f'{density}: {k}': of(density) | crowd | no_jumps | c for density in ('eight_gaussians', 'grid_25')
    for k,c in {'MALA, weighted': weighted, 'MALA': {}}.items()}
WEIGHTS |= {f'eight_gaussians: {k}, weighted': of('eight_gaussians') | crowd | weighted | c for k,c in {
    'HMC': no_jumps | {'sampler.kind': 'HMC', 'sampler.step_size': .1},
    'Langevin': unadjusted,
    'MALA and jumps': {},
    'Langevin and gate': unadjusted | gate | {'loss.opt': 1.}}.items()}

# training without chains, beside the same with them
no_terms = {'loss.opt': 0., 'loss.entropy': 0., 'loss.reg': 0.}
two_noises = {'loss.objective': 'energy_discrepancy', 'loss.noise_std': .5, 'loss.noise_points': 4}
one_noise = {'loss.objective': 'denoising', 'loss.noise_std': .1}
CONTROLS = {f'{density}: {k}': of(density) | no_terms | c for density in PLANE
    for k,c in {'energy discrepancy': two_noises, 'denoising': one_noise, 'CD': {}}.items()}

# which network for which rule, without a regulariser: the settings of the paper, in the small
ARCHITECTURES = {
    'no norm': {'model.norm': 'none'},
    'instance norm': {'model.norm': 'instance'},
    'self-attention': {'model.norm': 'instance', 'model.attention': True},
    'spectral norm': {'model.norm': 'spectral'}}
brief = {'model.width': 4, 'sampler.step_size': 100., 'loss.reg': 0., 'optimiser.lr': 1e-3, 'optimiser.ema': None,
    'training.steps': 120, 'training.max_gap': 1e3, 'training.max_energy': None, 'training.tries': 0}
by_gate = {'plain CD': plain, 'improved CD': paper, 'gated': gate}
def crossed(common): return {f'{a}: {k}': common | net | rule for a,net in ARCHITECTURES.items()
    for k,rule in by_gate.items()}

on_digits = brief | {'data.name': 'digits'}
ONE_FACTOR = {     # changed in plain CD with instance norm on digits
    'reservoir': {'buffer.policy': 'reservoir'},
    'all chains from noise': {'buffer.restart': 1.},
    'noise .05': {'sampler.noise_std': .05},
    'step 10': {'sampler.step_size': 10.}}
one_of = on_digits | ARCHITECTURES['instance norm'] | plain
STABILITY = crossed(on_digits) | {f'instance norm, {k}: plain CD': one_of | c for k,c in ONE_FACTOR.items()}
STABILITY |= {f'instance norm, 400 updates: {k}': on_digits | ARCHITECTURES['instance norm'] | rule |
    {'training.steps': 400} for k,rule in by_gate.items()}
STABILITY_MNIST = crossed(brief | {'data.size': 16, 'training.steps': 40})
DIGITS = {'improved CD': paper, 'opt only': opt_only, 'CD': plain}
IMAGES = {'improved CD': paper, 'CD': plain}
# how large the KL term's gradient is over training: preset, rows, updates, seeds; the presets are longer
KL_GRADIENT = dict(
    ring=('ring', IMAGES, 500, 5),
    ring_coarse=('ring-coarse', IMAGES, 300, 5),
    digits=('digits', IMAGES, 160, 3),
    mnist=('mnist-small', IMAGES, 130, 3),
    cifar10=('cifar10-small', IMAGES, 90, 3))
SHOWN = {'regime': ('plain CD', 'CD + reg .1', 'improved CD')}     # whose landscape and chains are kept, of seed 0

# ---- one run of one seed ----

def seeded(s):
    import torch
    return torch.Generator().manual_seed(s)

def trained(recipe, callbacks=()):
    "Train a recipe on one thread, left as it is where it is lost; learner, what the monitor saw, seconds of one core"
    import torch
    from cdebm.health import HealthMonitor
    torch.set_num_threads(1)
    l = recipe.learner(callbacks)
    monitor = next(c for c in l.callbacks if isinstance(c, HealthMonitor))
    monitor.restore = False
    start = time.process_time()
    for _ in l.steps(recipe.training.steps): pass
    return l,monitor.report,time.process_time()-start

def ring_run(recipe):
    "KL(data‖model) of the averaged weights and of the last, largest energy gap, what the monitor saw; and a picture"
    from cdebm.grid import Grid
    from cdebm.recipes import averaged
    l,report,seconds = trained(recipe)
    grid = Grid(*recipe.box, 200, dim=2, closed=True)
    def kl(e): return None if report else grid.kl(l.data, e).item()
    energy = averaged(l)
    return dict(kl=kl(energy), kl_last=kl(l.energy), largest_gap=float(abs(l.history['gap']).max()),
        steps=len(l.history), cpu_seconds=seconds, report=report, picture=landscape(l.energy if report else energy, l))

def rules_run(recipe):
    "As ring_run, and the share of chains that overshot, over the second half"
    from cdebm.grid import Grid
    from cdebm.recipes import averaged
    l,report,seconds = trained(recipe)
    grid = Grid(*recipe.box, 200, dim=2, closed=True)
    def kl(e): return None if report else grid.kl(l.data, e).item()
    rows = l.history.rows[len(l.history)//2:]
    turned = sum(r['turned'] for r in rows)/len(rows) if 'turned' in rows[-1] else None
    return dict(kl=kl(averaged(l)), kl_last=kl(l.energy), largest_gap=float(abs(l.history['gap']).max()),
        steps=len(l.history), turned=turned, cpu_seconds=seconds, report=report)

def weights_run(recipe):
    """KL(data‖model) of chains that don't cross, effective sample size, resamplings, and the error of log Z: by the
    chains that train, and by others of their own"""
    from cdebm.grid import Grid
    from cdebm.buffer import uniform_noise
    from cdebm.recipes import averaged
    from cdebm.weighted import LogZ, WeightedChains
    weighted,noise = recipe.buffer.weighted,uniform_noise(2, *recipe.box)
    own = LogZ(WeightedChains(noise, OWN, generator=seeded(recipe.seed+50)), seeded(recipe.seed+60))
    l,report,seconds = trained(recipe, [own] if weighted else [])
    out = dict(cpu_seconds=seconds, report=report, kl=None)
    if report: return out
    grid = Grid(*recipe.box, 200, dim=2, closed=True)
    out |= dict(kl=grid.kl(l.data, averaged(l)).item(), kl_last=grid.kl(l.data, l.energy).item())
    if not weighted: return out
    truth = grid.log_z(l.energy).item()
    return out | dict(log_z=truth, log_z_error=l.buffer.log_z_estimate()-truth, log_z_error_own=own.values[-1]-truth,
        resampled=l.buffer.resampled, ess=l.history['ess'][::10].tolist())

def read_once():
    "Images are read once a process, not once a run"
    from functools import cache
    from cdebm import images
    if not hasattr(images.images, 'cache_info'): images.images = cache(images.images)

def finite(v):
    "`v` as JSON can hold it"
    import math
    return v if math.isfinite(v) else None

def stability_run(recipe):
    "The gap over training, at most 60 numbers, of a run that is left alone until it diverges; when, and how it ends"
    import torch
    from cdebm.health import await_divergence, diverged_at
    torch.set_num_threads(1)
    read_once()
    l = recipe.learner()
    monitor = await_divergence(l)
    start = time.process_time()
    for _ in l.steps(recipe.training.steps): pass
    seconds,h,n = time.process_time()-start,l.history,len(l.history)
    kept,late = sorted({round(i*(n-1)/59) for i in range(60)}),abs(h['gap'])[-max(1, n//5):]
    turned = finite(h['turned'].mean()) if 'turned' in h.columns else None
    return dict(diverged_at=diverged_at(monitor), late_gap=finite(median(late)),
        largest_gap=finite(abs(h['gap']).max()), saturation=finite(h['saturation'][-1]), turned=turned,
        history={k: [finite(h[k].tolist()[i]) for i in kept] for k in ('step','gap')}, steps=n, cpu_seconds=seconds,
        report=monitor.report)

def landscape(energy, learner):
    "Energies above the lowest on 100 x 100 cells of the box, and the last chains"
    import numpy as np
    from cdebm.grid import Grid
    e = Grid(-4, 4, 100, dim=2, closed=True).energies(energy)
    above = (e-e.min()).clamp(max=100.).numpy().astype(np.float16)
    return dict(energy=above, chains=learner.last.neg.x.clamp(-1e4, 1e4).numpy().astype(np.float16))

def digits_run(recipe):
    """AUROC against corrupted test digits, classes among 500 samples, distances to the training digits, and the size of
    the KL term's gradient over CD's"""
    import torch
    from sklearn.svm import SVC
    from cdebm.diagnostics import nearest_distance
    from cdebm.gradients import GradientNorms
    from cdebm.recipes import averaged
    from cdebm.samplers import sample
    norms = GradientNorms(every=10, left_out=True)
    l,report,seconds = trained(recipe, [norms])
    train,test,energy = l.data,recipe.data_set('test'),averaged(l)
    x = sample(energy, torch.rand(500,1,8,8, generator=seeded(4)), l.sampler, 200, generator=seeded(5)).x
    classifier = SVC().fit(train.x.flatten(1).numpy(), train.y.numpy())
    classes = torch.bincount(torch.from_numpy(classifier.predict(x.flatten(1).numpy())), minlength=10).tolist()
    def near(x): return [q.item() for q in nearest_distance(x, train.x).quantile(torch.tensor([0., .05, .5]))]
    accuracy = classifier.score(test.x.flatten(1).numpy(), test.y.numpy())
    return dict(auroc=digit_scores(energy, test), classes=classes, classifier_accuracy=accuracy,
        nearest_test=near(test.x), nearest_generated=near(x), **ratios(norms.record, d=64),
        largest_gap=float(abs(l.history['gap']).max()), cpu_seconds=seconds, report=report)

def digit_scores(energy, test):
    "AUROC of test digits against each way to spoil them"
    from cdebm.data import corruptions, dequantise, quantise
    from cdebm.diagnostics import auroc
    def level(x, s): return dequantise(quantise(x, 17), 17, generator=seeded(s))
    def energies(x): return energy(x).detach()
    whole = energies(level(test.x, 1))
    return {k: auroc(-whole, -energies(level(f(test.x, seeded(2)), 3))) for k,f in corruptions.items()}

def ratios(record, d):
    """Gradient of opt + w·entropy over that of CD, medians over the second half: w = .3, the default; .1, as the code
    of the paper logs it; d, as the estimate of an entropy in d dimensions has it"""
    from cdebm.losses import Weights
    def late(w): return record.reweighted(Weights(entropy=w)).ratio()[len(record)//2:].nanmedian().item()
    return dict(ratio=late(.3), ratio_logged=late(.1), ratio_d=late(float(d)))

def gradients_run(recipe):
    "The size of the KL term's gradient over that of CD at some thirty updates, by `over_training`"
    from math import prod
    from cdebm.gradients import GradientNorms
    norms = GradientNorms(every=max(1, recipe.training.steps//30), left_out=True)
    l,report,seconds = trained(recipe, [norms])
    curves = over_training(norms.record, prod(recipe.data.shape))
    return curves | dict(steps=len(l.history), cpu_seconds=seconds, report=report)

def over_training(record, d):
    """KL gradient over CD gradient, update by update, with the entropy's weights of `ratios`: `mean` over tensors as in
    the paper's figure, of the `whole`; the `cosine` of both; `late`, medians over the second half of the records,
    where the bank is full enough for an entropy; norms of cd, mean over tensors"""
    from cdebm.losses import Weights
    seen = {k: record.reweighted(Weights(entropy=w)) for k,w in (('.1', .1), ('.3', .3), ('d', float(d)))}
    on = record.of('entropy')>0
    on[:len(record)//2] = False
    curves = dict(
        mean={k: r.ratio() for k,r in seen.items()}, whole={k: r.ratio('whole') for k,r in seen.items()},
        cosine={k: r.cosine('cd', 'kl') for k,r in seen.items()})
    def late(v): return four_digits(v[on].nanmedian()) if on.any() else None
    return dict(d=d, at=record.steps.tolist(), cd=four_digits(record.mean('cd')),
        entropy_from=next((n for n,v in zip(record.steps.tolist(), record.of('entropy')) if v>0), None),
        late={how: {k: late(v) for k,v in by.items()} for how,by in curves.items()},
        **{how: {k: four_digits(v) for k,v in by.items()} for how,by in curves.items()})

def four_digits(v):
    "A tensor as numbers of four digits; None for what is not finite"
    if v.ndim: return [four_digits(o) for o in v]
    return float(f'{v.item():.4g}') if v.isfinite() else None

def images_run(recipe):
    "Are all terms finite, do the chains move, how long takes a step on two threads; and the last chains, as bytes"
    import math
    import torch
    from cdebm.buffer import to_uint8
    from cdebm.data import noise_like
    from cdebm.diagnostics import auroc
    from cdebm.health import HealthMonitor
    from cdebm.logs import Throughput
    from cdebm.recipes import averaged
    torch.set_num_threads(2)
    n = recipe.training.steps
    meter = Throughput(every=n)
    l = recipe.learner([meter])
    for _ in l.steps(n): pass
    health = next(c for c in l.callbacks if isinstance(c, HealthMonitor))
    test,energy = recipe.data_set('test'),averaged(l)
    x = test.sample(300, seeded(1))
    with torch.no_grad(): score = auroc(-energy(x), -energy(noise_like(x, seeded(2))))
    rows = l.history.rows
    def tail(k): return median(r[k] for r in rows[-max(1, n//5):])
    finite = all(math.isfinite(v) for r in rows for v in r.values())
    return dict(finite=finite, steps=len(rows), put_back=health.tried, report=health.report,
        seconds_per_step=meter.facts.get('seconds'), largest_gap=max(abs(r['gap']) for r in rows), auroc_noise=score,
        **{k: tail(k) for k in ('gap','opt','reg','drift','saturation')}, picture=to_uint8(l.last.neg.x[:16]).numpy())

def show_chains(results, path):
    "A row for every run: its last chains"
    import torch
    from matplotlib.figure import Figure
    from cdebm.basics import write_whole
    from cdebm.data import show_images
    rows = [(f'{k}, seed {s}', r['picture']) for k,rs in results.items() for s,r in enumerate(rs)]
    fig = Figure(figsize=(10, .62*len(rows)), dpi=90, layout='constrained')
    for ax,(label,x) in zip(fig.subplots(len(rows), 1), rows):
        show_images(torch.from_numpy(x)/255, n_cols=16, ax=ax)
        ax.text(-.01, .5, label, ha='right', va='center', transform=ax.transAxes, fontsize=9)
    write_whole(path, lambda f: fig.savefig(f, format='jpg', pil_kwargs=dict(quality=75)))     # noise swells PNG files

def keep_pictures(name, results, path):
    "Landscapes and chains of the runs that are `SHOWN`, as arrays 'label/energy' and 'label/chains'"
    import numpy as np
    from cdebm.basics import write_whole
    kept = dict(np.load(path)) if path.exists() else {}
    for k in SHOWN.get(name, ()):
        if k in results: kept |= {f'{k}/{part}': v for part,v in results[k][0]['picture'].items()}
    if kept: write_whole(path, lambda f: np.savez_compressed(f, **kept))

# ---- running them ----

# function, preset, changes by label, seeds
FIGURES = dict(
    regime=(ring_run, 'ring-coarse', REGIME, 5),
    ring=(ring_run, 'ring', RING, 5),
    rules=(rules_run, 'ring-coarse', RULES, 5),
    weights=(weights_run, 'ring', WEIGHTS, 5),
    controls=(ring_run, 'ring', CONTROLS, 5),
    stability=(stability_run, 'mnist-small', STABILITY, 3),
    digits=(digits_run, 'digits', DIGITS, 3),
    mnist=(images_run, 'mnist-small', IMAGES, 3),
    **{'stability-mnist': (stability_run, 'mnist-small', STABILITY_MNIST, 3)},
    cifar10=(images_run, 'cifar10-small', IMAGES, 3))
def of_gradients(base, changes, steps, seeds):
    return gradients_run,base,{k: c | {'training.steps': steps} for k,c in changes.items()},seeds

FIGURES |= {f'kl_gradient_{k}': of_gradients(*v) for k,v in KL_GRADIENT.items()}
TOGETHER = dict(kl_gradient=[f'kl_gradient_{k}' for k in KL_GRADIENT])     # figures that one name stands for

def settings(name):
    "What is run, as it stands in the file"
    _,base,changes,_ = FIGURES[name]
    return dict(preset=base, recipe=preset(base).flat(), changes=changes)

def measure(name, workers, seeds, labels):
    "Run a figure's jobs in parallel; {label: [result of each seed]}, as far as it is whole, after every label"
    from tqdm import tqdm
    run,base,changes,_ = FIGURES[name]
    out = {k: [None]*seeds for k in changes if k in labels}
    if run is images_run: workers = max(1, workers//2)
    with ProcessPoolExecutor(workers, mp_context=get_context('spawn')) as pool:
        futures = {pool.submit(run, preset(base, changes[k], seed=s)): (k,s) for k in out for s in range(seeds)}
        for f in tqdm(as_completed(futures), total=len(futures), desc=name):
            k,s = futures[f]
            out[k][s] = f.result()
            if None not in out[k]: yield {k: v for k,v in out.items() if None not in v}

def check_images(name):
    "Raises `OSError` or `ImportError` where the images of a figure are not at hand"
    _,base,changes,_ = FIGURES[name]
    r = preset(base, next(iter(changes.values())))
    if r.data.is_image: r.data_set('test')

def spread(rows, key, of=lambda r, k: r.get(k)):
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
            back = sum(r['put_back'] for r in rows)
            yield f"{k}: {what}; diverged {lost} of {len(rows)}, put back {back} times, at most {seconds:.2f} s a step"
            continue
        cpu = max(r['cpu_seconds'] for r in rows)
        if FIGURES[name][0] is gradients_run:
            size = ', '.join(f"{w} {spread(rows, w, lambda r, w: r['late']['mean'][w])}" for w in ('.1','.3','d'))
            angle = spread(rows, '.3', lambda r, w: r['late']['cosine'][w])
            yield f'{k}: |KL| / |CD| by weight of the entropy {size}, cosine {angle}; at most {cpu:.0f} s of one core'
            continue
        if FIGURES[name][0] is stability_run: what = f"|gap| at the end {spread(rows, 'late_gap')}"
        elif name=='digits':
            aurocs = [f"{c} {spread(rows, c, lambda r, c: r['auroc'][c])}" for c in rows[0]['auroc']]
            size = f"|KL| / |CD| {spread(rows, 'ratio')}, with entropy times d {spread(rows, 'ratio_d')}"
            what = f"{', '.join(aurocs)}, {size}"
        else: what = f"KL {spread(rows, 'kl')}, last weights {spread(rows, 'kl_last')}"
        yield f'{k}: {what}; diverged {lost} of {len(rows)}, at most {cpu:.0f} s of one core'

def recorded(folder, workers, seeds, anew=True):
    "Record the gradient explorer's runs anew into `folder`; what they say, as {label: [result of each seed]}"
    from cdebm.explorer.recordings import RecordedRun
    options = ['--workers', str(workers), '--seeds', str(seeds), '--out', folder]
    if anew: subprocess.run([sys.executable, root/'tools'/'record.py', *options], check=True)
    out = {}
    for r in sorted((RecordedRun.load(p) for p in folder.glob('*.npz')), key=lambda r: r.seed):
        if r.seed>=seeds: continue
        gap,kl = abs(r.history['gap']).max(),r.snapshots.kl[-1]
        d = dict(seed=r.seed, steps=int(r.history['step'][-1]), largest_gap=float(gap), kl_last=float(kl))
        out.setdefault(r.label, []).append(d | ratios(r.record, d=2) | dict(ended=r.ended))
    return out

def write_recorded(a):
    "The runs, and figures/recorded.json"
    import torch
    from cdebm.basics import write_whole
    shipped,seeds = a.out==root/'figures',a.seeds or 3
    folder = root/'cdebm'/'explorer'/'recorded' if shipped else a.out/'recorded'
    results = recorded(folder, a.workers, seeds, not a.summary)
    d = dict(command='python tools/figures.py recorded', torch=torch.__version__, seeds=seeds, results=results)
    write_whole(a.out/'recorded.json', json.dumps(d, indent=1).encode())
    for k,rows in results.items():
        gaps,kls = (', '.join(f'{r[c]:.3g}' for r in rows) for c in ('largest_gap','kl_last'))
        ratio = f"|KL| / |CD| in the second half {spread(rows, 'ratio')}"
        print(f'{k}: largest |gap| {gaps}; last KL {kls}; {ratio}', flush=True)

def stored(path, name):
    "The rows of a file that was measured with the settings of today; labels may have come since"
    d,now = json.loads(path.read_text()),json.loads(json.dumps(settings(name)))
    old = d['settings']
    recipe = preset('').flat() | old['recipe'] # a file may be older than a key
    same = old['preset']==now['preset'] and recipe==now['recipe'] and old['changes'].items() <= now['changes'].items()
    if not same: raise ValueError(f'{path} was measured with other settings: measure it whole')
    return d['results']

def write_figure(name, a):
    "Measure one figure, or some of its rows, and write it"
    import torch
    from cdebm.basics import write_whole
    run,_,changes,seeds = FIGURES[name]
    path,seeds = a.out/f'{name}.json',a.seeds or seeds
    old = stored(path, name) if (a.labels or a.missing) and path.exists() else {}
    labels = a.labels or [k for k in changes if not (a.missing and k in old)]
    command = f'python tools/figures.py {name}'
    for results in measure(name, a.workers, seeds, labels):
        if run is images_run and len(results)==len(labels): show_chains(results, a.out/f'{name}.jpg')
        keep_pictures(name, results, a.out/f'{name}.npz')
        bare = {k: [{c: v for c,v in r.items() if c!='picture'} for r in rows] for k,rows in results.items()}
        known = {k: (old|bare)[k] for k in changes if k in old|bare}
        d = dict(command=command, torch=torch.__version__, seeds=seeds, settings=settings(name), results=known)
        write_whole(path, json.dumps(d, indent=1).encode())
    print(*lines(name, known if labels else old), sep='\n', flush=True)

# ---- one answer ----

def resting_place(opt, entropy, low=.01, high=12.):
    """θ at which the loss with these weights comes to rest in the model θx²/2 on data of variance 2 (so .5 is right),
    chains of one step of .1 from the data, everything in closed form"""
    from scipy.optimize import brentq
    def slope(theta, s2=2., step=.1):
        a = 1-step*theta
        v,dv = a**2*s2 + 2*step,-2*step*a*s2     # variance of the samples, and its derivative
        return (s2-v)/2 + opt*theta/2*dv - entropy*dv/(2*v)
    return brentq(slope, low, high)

def short(rows, of=lambda r: r['kl'], digits=2):
    "Median and range over the seeds, or how many were lost"
    v = sorted(of(r) for r in rows if not r['report'])
    if len(v)<len(rows): return f'**lost**, {len(rows)-len(v)} of {len(rows)} seeds'
    return '{:.{n}g} ({:.{n}g} to {:.{n}g})'.format(median(v), v[0], v[-1], n=digits)

def answer(folder):
    "Does the KL term help? A sentence and a table, as Markdown"
    regime,ring,digits = (json.loads((folder/f'{k}.json').read_text())['results'] for k in ('regime','ring','digits'))
    times = [a['kl']/b['kl'] for a,b in zip(regime['CD + reg .1'], regime['improved CD'])]
    middle = [median(r['kl'] for r in regime[k]) for k in ('CD + reg .1','improved CD')]
    full,default = resting_place(1, 1),resting_place(1, .3)
    sentence = [
        '**Does the KL term help?** With a sampler too coarse it rescues training (so does a regulariser of .1,',
        f'about three times less accurate: {middle[0]/middle[1]:.1f} times in the medians,',
        f'{min(times):.1f} to {max(times):.1f} times seed by seed); with a sampler that fits the difference is small;',
        'on digits there is none that matters. Opt only equals improved CD. And the term is biased: where all is known',
        f'in closed form, data of variance 2 and so θ = .5, the loss rests at θ = {full:.3f} with an entropy weight',
        f'of 1 and at θ ≈ {default:.2f} with the default weights, a model of variance {1/default:.2f}.']
    def row(name, *cells): return f"| {name} | {' | '.join(cells)} |"
    def rest(*weights): return f'{1/resting_place(*weights):.2f} (θ {resting_place(*weights):.3f})'
    kls = ('CD + reg .1','improved CD','opt only')
    def mixed(k): return short(digits[k], lambda r: r['auroc']['interpolated'], 3)
    table = [
        row('', 'plain CD', 'CD + reg .1', 'improved CD (opt 1, entropy .3)', 'opt only'),
        '|---'*5+'|',
        row('eight Gaussians, coarse sampler: KL in nats', *(short(regime[k]) for k in ('plain CD',*kls))),
        row('eight Gaussians, sampler that fits: KL in nats', *(short(ring[k]) for k in ('CD',*kls))),
        row('digits, reg .1 in all: AUROC against mixed pairs', '', *map(mixed, ('CD','improved CD','opt only'))),
        row('variance of a Gaussian, truth 2, closed form', rest(0, 0), '', rest(1, .3), rest(1, 0))]
    notes = [
        'Medians over five seeds (digits: three), in brackets the smallest and largest. KL(data‖model) is of averaged',
        'weights, lower is better; the AUROC tells test digits from averages of two of them, higher is better.']
    return '\n\n'.join([' '.join(sentence), '\n'.join(table), ' '.join(notes)]) + '\n'

def write_kl_gradient(folder):
    from kl_gradient import write
    print(write(folder), flush=True)

def write_tables(a):
    from tables import write
    write(a.out, a.seeds or 5)

def write_composed(a):
    from composition import write_composition
    write_composition(a.out, a.seeds or 3, summary=a.summary)

def write_answer(folder):
    from cdebm.basics import write_whole
    text = answer(folder)
    write_whole(folder/'kl_term.md', text)
    print(text, flush=True)

# ---- the exact world ----

# lost: a KL beyond so many nats, or none, is counted as lost. The data, three Gaussians: (weight, mean, sd).
# doubled: a signed rule that weighs steps that turn round by 2, found when the others had been measured, and so tried
# beside them on fresh seeds, at step sizes where drifts do turn round. bandwidths: of the kernels that log q is
# estimated with; the data's modes have standard deviations of .3 to .5
LABORATORY = dict(modes=((.4, -2., .4), (.35, .3, .3), (.25, 2.2, .5)), cells=200, box=4., width=32, depth=2,
    step_sizes=(.01, .02, .03, .05, .1, .2), last=(1, 10), n_steps=10, steps=600, lr=3e-3, lost=10., doubled=(-1., 2.),
    fresh=(.03, .05, .1, .2), bandwidths=(.05, .1, .2, .3))

def exact_world(s):
    "Cells of the line and probabilities of the data in them"
    import torch
    from cdebm.energies import GaussianMixture
    from cdebm.grid import Grid
    w,m,sd = torch.tensor(s['modes'], dtype=torch.float64).T
    line = Grid(-s['box'], s['box'], s['cells'], dim=1, closed=True)
    return line.axes[0],(line.log_density(GaussianMixture(m[:,None], sd, weights=w))+line.log_cell).exp()

def laboratory_run(rule, last, step_size, seeds, s=LABORATORY):
    "KL(data‖model) of each seed after the last update, and the largest in the last hundred; None where there is none"
    import math
    from cdebm.laboratory import train_exact
    from cdebm.models import MLPEnergy
    x,p = exact_world(s)
    networks = [MLPEnergy(1, s['width'], s['depth'], generator=seeded(i)).double() for i in seeds]
    kls = train_exact(networks, rule, p, x, step_size, s['n_steps'], last, s['steps'], s['lr'])
    def listed(v): return [k if math.isfinite(k) else None for k in v.tolist()]
    return dict(kl=listed(kls[-1]), worst=listed(kls[-100:].amax(0)))

def laboratory_results(rules, seeds, step_sizes):
    "What came out, as {last: {step size: {rule: run}}}; plain CD differentiates no step, so it is trained once"
    import torch
    from tqdm import tqdm
    torch.set_num_threads(1)
    out = {str(n): {str(l): {} for l in step_sizes} for n in LABORATORY['last']}
    for n,rows in out.items():
        for l,row in tqdm(rows.items(), desc=f'laboratory, last {n}'):
            done = next(iter(out.values()))[l].get('plain CD')
            for k,rule in rules.items():
                row[k] = done if k=='plain CD' and done else laboratory_run(rule, int(n), float(l), seeds)
    return out

FIXED = ('plain CD','exact sign','improved CD')     # one weight for all chains
COMPARED = ('exact sign','improved CD','signed rule')     # trained from fresh seeds beside `doubled`

def is_lost(kl): return kl is None or kl>LABORATORY['lost']

def median_kl(run): return median(float('inf') if is_lost(k) else k for k in run['kl'])

def pairs(row, a, b):
    "KL by seed of rule `a` where rule `b` is not lost, beside that of `b`"
    return [(k, o) for k,o in zip(row[a]['kl'], row[b]['kl']) if not is_lost(o)]

def as_good(row, a, b, factor=float('inf')):
    "Is `a`, seed by seed, finite and at most `factor` times `b`, wherever `b` is finite?"
    return all(not is_lost(k) and k<=factor*o for k,o in pairs(row, a, b))

def equal(row, a, b): return all(not is_lost(k) and abs(k-o)<=.01*o for k,o in pairs(row, a, b))

def near_best_fixed(row, a):
    return median_kl(row[a])<=2*min(median_kl(row[k]) for k in FIXED if k in row)<float('inf')

def signed_aims(rule, letter):
    "Code: what is wanted of every row, a test of a row, the rule that must be finite for it to say something"
    where = 'seed by seed, wherever that is finite'
    return {
        f'{letter}1': (f'{rule} equals the exact sign within 1 %, {where}', lambda r: equal(r, rule, 'exact sign'),
            'exact sign'),
        f'{letter}2': (f"{rule} is finite, seed by seed, wherever the paper's sign is",
            lambda r: as_good(r, rule, 'improved CD'), 'improved CD'),
        f'{letter}3': (f'the median of {rule} is within 2 times that of the best fixed rule',
            lambda r: near_best_fixed(r, rule), 'improved CD')}

AIMS = signed_aims('signed rule', 'S') | {
    'G1': ("gated is finite, seed by seed, wherever the paper's sign is", lambda r: as_good(r, 'gated', 'improved CD'),
        'improved CD'),
    'G2': ('gated is at most 1.1 times plain CD, seed by seed, wherever that is finite',
        lambda r: as_good(r, 'gated', 'plain CD', 1.1), 'plain CD'),
    'G3': ("the median of gated is at most that of the paper's sign",
        lambda r: median_kl(r['gated'])<=median_kl(r['improved CD']), 'improved CD')}
FRESH_AIMS = signed_aims('signed rule', 'S') | signed_aims('doubled', 'D')

def kernels():
    "{name: the signed rule with log q by a kernel}"
    from cdebm.laboratory import Rule
    return {f'kernel, {h:g}': Rule(-1., 1., bandwidth=h) for h in LABORATORY['bandwidths']}

def no_worse(row, rule):
    "Is the median at most that of plain CD where plain CD is finite in every seed, and that of the gate elsewhere?"
    other = 'gated' if any(map(is_lost, row['plain CD']['kl'])) else 'plain CD'
    return median_kl(row[rule])<=median_kl(row[other])<float('inf')

def kernel_aims():
    words = 'the median of the signed rule, {}, is at most that of plain CD where that is finite, of the gate elsewhere'
    return {f'K{h:g}': (words.format(k), lambda r, k=k: no_worse(r, k), 'gated')
        for h,k in zip(LABORATORY['bandwidths'], kernels())}

def beside_kernels(d):
    "Rows of the estimated rule beside those that it is held against"
    shown = ('plain CD', 'gated', 'signed rule')
    return {n: {l: {k: row[k] for k in shown} | d['estimated'][n][l] for l,row in rows.items()}
        for n,rows in d['results'].items()}

def table_row(*cells): return f"| {' | '.join(map(str, cells))} |"

def kl_cell(run):
    "Median, then all seeds from the lowest to the highest"
    def shown(k): return 'lost' if is_lost(k) else f'{k:.2g}'
    seeds = [shown(k) for k in sorted(run['kl'], key=lambda k: float('inf') if is_lost(k) else k)]
    if set(seeds)=={'lost'}: return f'**lost**, all {len(seeds)}'
    return f"**{shown(median_kl(run))}** ({' '.join(seeds)})"

def aim_line(code, aim, rows):
    "An aim, and whether it is reached"
    text,test,against = aim
    said = [row for *_,row in rows if any(not is_lost(k) for k in row[against]['kl'])]
    missed = sum(not test(row) for row in said)
    count = f'all {len(said)}' if not missed else f'{len(said)-missed} of {len(said)}'
    idle = f'; in the other {len(rows)-len(said)} it says nothing' if len(said)<len(rows) else ''
    return f"- **{code}**: {text}: {'**not reached**' if missed else 'reached'}, holds in {count} rows{idle}."

def kl_table(results, aims):
    "KL by rule and the aims that a row misses; below it, what became of each aim"
    rows = [(n, l, row) for n,by_step in results.items() for l,row in by_step.items()]
    rules = list(rows[0][2])
    table = [table_row('n', 'λ', *rules, 'aims missed'), '|---'*(3+len(rules))+'|']
    for n,l,row in rows:
        missed = [k for k,(_,test,_) in aims.items() if not test(row)]
        table.append(table_row(n, l, *(kl_cell(row[k]) for k in rules), ', '.join(missed) or 'none'))
    return '\n'.join(table) + '\n\nAims, for every row:\n\n' + '\n'.join(aim_line(k, a, rows) for k,a in aims.items())

def laboratory_text(d):
    "The tables of the exact world as Markdown"
    about = [f"KL(data‖model) in nats after {d['settings']['steps']} updates by exact gradients, K =",
        f"{d['settings']['n_steps']} Langevin steps from the data, the last n of them differentiated: median over",
        f"{d['seeds']} seeds, in brackets all of them. A KL beyond {d['settings']['lost']:g} nats counts as lost;",
        f"a model flat on the line has {d['flat']:.2f}. All took {d['cpu_seconds']/60:.0f} minutes of one core."]
    lead = ['**A lead.** When this had been measured, a signed rule with a weight of 2 instead of 1 for steps that',
        'turn round ("doubled") was seen to hold where the signed rule is lost. So both and the two fixed signs were',
        'trained again, from as many seeds that had not been looked at:']
    estimates = ['**With an estimate.** The signed rule needs log q of the chains. Here it is what a Gaussian kernel',
        'of so many units of the line sees, over a bank without end: the bias of an estimate, and none of its noise.',
        '(The nearest neighbour has no such row: on a line its score has no mean.)']
    tables = {' '.join(about): kl_table(d['results'], AIMS), ' '.join(lead): kl_table(d['fresh'], FRESH_AIMS),
        ' '.join(estimates): kl_table(beside_kernels(d), kernel_aims())}
    return '\n\n'.join(part for pair in tables.items() for part in pair) + '\n'

def write_laboratory(a):
    "Train, unless a summary is asked for, and write figures/laboratory.json; and its tables"
    from cdebm.basics import write_whole
    path = a.out/'laboratory.json'
    if not a.summary: write_whole(path, json.dumps(laboratory_measured(a.seeds or 5), indent=1).encode())
    text = laboratory_text(json.loads(path.read_text()))
    write_whole(a.out/'laboratory.md', text)
    print(text, flush=True)

def laboratory_measured(n):
    "All that stands in the file, of `n` seeds and `n` fresh ones"
    import torch
    from cdebm.laboratory import RULES, Rule
    start = time.process_time()
    _,p = exact_world(LABORATORY)
    results = laboratory_results(RULES, range(n), LABORATORY['step_sizes'])
    rules = {k: RULES[k] for k in COMPARED} | dict(doubled=Rule(*LABORATORY['doubled']))
    fresh = laboratory_results(rules, range(n, 2*n), LABORATORY['fresh'])
    estimated = laboratory_results(kernels(), range(n), LABORATORY['step_sizes'])
    return dict(command='python tools/figures.py laboratory', torch=torch.__version__, seeds=n, settings=LABORATORY,
        flat=(p*(p*len(p)).log()).sum().item(), cpu_seconds=time.process_time()-start, results=results, fresh=fresh,
        estimated=estimated)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sys.path.insert(0, str(root/'tools'))
    from studies import STUDIES, write_study
    extra = dict(recorded=write_recorded, answer=lambda a: write_answer(a.out), laboratory=write_laboratory)
    extra['composition'] = write_composed
    for k in STUDIES: extra[k] = lambda a, k=k: write_study(k, a.out, a.workers, a.seeds)
    extra |= dict(kl_gradient=lambda a: write_kl_gradient(a.out), tables=write_tables)
    names = [*FIGURES, *extra]
    ap.add_argument('names', nargs='*', metavar='NAME', help=f"among {', '.join(names)}; all if none is given")
    ap.add_argument('--workers', type=int, default=min(4, os.cpu_count() or 1), help='processes, one core each')
    ap.add_argument('--seeds', type=int, help='instead of 5 (of images, and recorded: 3)')
    ap.add_argument('--labels', nargs='+', metavar='LABEL', help='measure these rows of one figure, keep the others')
    ap.add_argument('--missing', action='store_true', help='only rows that the file has not yet')
    ap.add_argument('--summary', action='store_true', help='recorded, laboratory, kl_gradient, composition: train none')
    ap.add_argument('--out', type=Path, default=root/'figures', help='folder; the default has the committed files')
    a = ap.parse_args()
    def refuse(asked, known, what):
        if lost := ', '.join(set(asked)-set(known)): ap.error(f"unknown {what} {lost}; there are {', '.join(known)}")
    refuse(a.names, names, 'figure')
    if a.labels:
        if len(a.names)!=1 or a.names[0] not in FIGURES: ap.error('--labels needs the name of one figure that has rows')
        refuse(a.labels, FIGURES[a.names[0]][2], 'row')
    def parts(name): return [*([] if a.summary else TOGETHER.get(name, [])), name]
    asked = [p for n in a.names or names for p in parts(n)]
    for name in dict.fromkeys(asked):
        if name in extra:
            extra[name](a)
            continue
        try: check_images(name)
        except (OSError, ImportError) as e:
            print(f'{name} left out: {e}')
            continue
        write_figure(name, a)

if __name__=='__main__': main()
