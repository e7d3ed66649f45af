"""The figures over several seeds, measured anew and written with their spread to figures/*.json.

    python tools/figures.py                            all of them
    python tools/figures.py regime --workers 4         one of them: regime, ring, digits, mnist, cifar10, recorded
    python tools/figures.py ring --labels 'opt only'   some of its rows; the others stay as they stand in the file
    python tools/figures.py answer                     figures/kl_term.md from the files that are there, no training
    python tools/figures.py likelihood                 figures/likelihood.{json,md}, see tools/studies.py; also entropy

Every run is one process on one thread, of images on two; all together take two good hours of one core. In a file,
`settings` holds the preset, its values and by label what was changed in it; `results[label][seed]` is what came out,
e.g. `['kl']`. The README reads them. Beside its JSON file regime writes the landscapes and chains of some runs of
seed 0, mnist and cifar10 a picture of their chains. Those two need the images (the hub, or a folder that $CDEBM_DATA
names) and are left out where there are none. recorded is tools/record.py, the runs that the gradient explorer ships,
with a summary of them; `--summary` reads the runs that are there and trains none. answer, which comes last, says in a
sentence and a table whether the KL term helps; front page, tour and others show it.
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
DIGITS = {'improved CD': paper, 'opt only': opt_only, 'CD': plain}
IMAGES = {'improved CD': paper, 'CD': plain}
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
    digits=(digits_run, 'digits', DIGITS, 3),
    mnist=(images_run, 'mnist-small', IMAGES, 3),
    cifar10=(images_run, 'cifar10-small', IMAGES, 3))

def settings(name):
    "What is run, as it stands in the file"
    _,base,changes,_ = FIGURES[name]
    return dict(preset=base, recipe=preset(base).flat(), changes=changes)

def measure(name, workers, seeds, labels=None):
    "Run a figure's jobs in parallel and gather {label: [result of each seed]}"
    from tqdm import tqdm
    run,base,changes,_ = FIGURES[name]
    changes = {k: c for k,c in changes.items() if labels is None or k in labels}
    out = {k: [None]*seeds for k in changes}
    if run is images_run: workers = max(1, workers//2)
    with ProcessPoolExecutor(workers, mp_context=get_context('spawn')) as pool:
        futures = {pool.submit(run, preset(base, c, seed=s)): (k,s) for k,c in changes.items() for s in range(seeds)}
        for f in tqdm(as_completed(futures), total=len(futures), desc=name):
            k,s = futures[f]
            out[k][s] = f.result()
    return out

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
        if name=='digits':
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
    same = all(old[k]==now[k] for k in ('preset','recipe')) and old['changes'].items() <= now['changes'].items()
    if not same: raise ValueError(f'{path} was measured with other settings: measure it whole')
    return d['results']

def write_figure(name, a):
    "Measure one figure, or some of its rows, and write it"
    import torch
    from cdebm.basics import write_whole
    run,_,changes,seeds = FIGURES[name]
    path,seeds = a.out/f'{name}.json',a.seeds or seeds
    old = stored(path, name) if a.labels else {}
    results = measure(name, a.workers, seeds, a.labels)
    if run is images_run: show_chains(results, a.out/f'{name}.jpg')
    keep_pictures(name, results, a.out/f'{name}.npz')
    for rows in results.values():
        for r in rows: r.pop('picture', None)
    results = {k: (old|results)[k] for k in changes if k in old|results}
    command = f'python tools/figures.py {name}'
    d = dict(command=command, torch=torch.__version__, seeds=seeds, settings=settings(name), results=results)
    write_whole(path, json.dumps(d, indent=1).encode())
    print(*lines(name, results), sep='\n', flush=True)

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

def write_answer(folder):
    from cdebm.basics import write_whole
    text = answer(folder)
    write_whole(folder/'kl_term.md', text)
    print(text, flush=True)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sys.path.insert(0, str(root/'tools'))
    from studies import STUDIES, write_study
    names = [*FIGURES, *STUDIES, 'recorded', 'answer']
    ap.add_argument('names', nargs='*', metavar='NAME', help=f"among {', '.join(names)}; all if none is given")
    ap.add_argument('--workers', type=int, default=min(4, os.cpu_count() or 1), help='processes, one core each')
    ap.add_argument('--seeds', type=int, help='instead of 5 (digits, mnist, cifar10, recorded: 3)')
    ap.add_argument('--labels', nargs='+', metavar='LABEL', help='measure these rows of one figure, keep the others')
    ap.add_argument('--summary', action='store_true', help='recorded: read the runs that are there, train none')
    ap.add_argument('--out', type=Path, default=root/'figures', help='folder; the default has the committed files')
    a = ap.parse_args()
    def refuse(asked, known, what):
        if lost := ', '.join(set(asked)-set(known)): ap.error(f"unknown {what} {lost}; there are {', '.join(known)}")
    refuse(a.names, names, 'figure')
    if a.labels:
        if len(a.names)!=1 or a.names[0] not in FIGURES: ap.error('--labels needs the name of one figure that has rows')
        refuse(a.labels, FIGURES[a.names[0]][2], 'row')
    for name in a.names or names:
        if name in STUDIES:
            write_study(name, a.out, a.workers, a.seeds)
            continue
        if name in ('recorded','answer'):
            write_recorded(a) if name=='recorded' else write_answer(a.out)
            continue
        try: FIGURES[name][0] is images_run and preset(FIGURES[name][1]).data_set('test')
        except (OSError, ImportError) as e:
            print(f'{name} left out: {e}')
            continue
        write_figure(name, a)

if __name__=='__main__': main()
