"""Estimators beside what is known exactly, over several seeds; `tools/figures.py` calls them by name.

    python tools/figures.py likelihood     figures/likelihood.{json,md}: log Z from both sides, likelihood of digits
    python tools/figures.py entropy        figures/entropy.{json,md}: the entropy estimate on known densities
    python tools/figures.py collapse       figures/collapse.{json,md}: what weights of image chains are worth
    python tools/figures.py ablation       figures/ablation.{json,md}: what each part adds, tools/ablation.py
"""
from pathlib import Path
from statistics import median
from ablation import ABLATION, ablation, ablation_text
from verdicts import table

root = Path(__file__).resolve().parent.parent

def seeded(s):
    import torch
    return torch.Generator().manual_seed(s)

def span(values, form='{:+.3f}'):
    "Median and range of the seeds"
    v = sorted(values)
    return f'{form} ({form} to {form})'.format(median(v), v[0], v[-1])

# ---- log Z and likelihood ----

ENOUGH = .1 # nats; what both ends must reach
LIKELIHOOD = dict(dims=[1, 4, 16, 64], levels=500, walkers=100, many_levels=1000, ring_levels=300, ring_walkers=400,
    training_steps=40, digits_levels=150, digits_walkers=24, temperatures=[1., .01, 5e-5])

def ends(bracket, truth=0.):
    "A bracket as plain numbers, beside the truth"
    b = bracket
    return dict(low=b.low.value-truth, high=b.high.value-truth, low_error=b.low.error, high_error=b.high.error,
        low_ess=b.low.ess, high_ess=b.high.ess, gap=b.gap, exact=b.exact)

def known_log_z(seed, s):
    "{label: the two ends minus the exact log Z}: Gaussians of growing dimension, eight Gaussians in a box"
    import torch
    from cdebm.energies import Gaussian, GaussianMixture
    from cdebm.grid import Grid
    from cdebm.likelihood import Box, bracket_log_z
    from cdebm.samplers import MALA
    out,ring,box = {},GaussianMixture.ring(),Box((2,), -4., 4.)
    runs = [(d, s['levels']) for d in s['dims']] + [(s['dims'][-1], s['many_levels'])]
    for d,levels in runs:
        model = Gaussian(.5*torch.ones(d), torch.logspace(-1, 0, d) if d>1 else torch.tensor([.1]))
        b = bracket_log_z(model, Gaussian(dim=d), MALA(.1), levels, s['walkers'], generator=seeded(seed))
        out[f'Gaussian, d = {d}, {levels} levels'] = ends(b, model.log_z.item())
    truth = Grid(-4, 4, 400, dim=2, closed=True).log_z(ring).item()
    b = bracket_log_z(ring, box, MALA(.05), s['ring_levels'], s['ring_walkers'], generator=seeded(seed))
    return out | {f"eight Gaussians, {s['ring_levels']} levels": ends(b, truth)}

def independent_pixels(train, test):
    "Nats per dimension of test digits under a density that is flat within each of 17 grey levels of each pixel"
    import torch
    from cdebm.data import quantise
    def level(x): return (16*quantise(x, 17).flatten(1)).round().long()
    one_hot = torch.nn.functional.one_hot(level(train), 17).double()
    log_p = ((one_hot.sum(0)+1)/(len(train)+17)*17).log()
    return log_p.gather(1, level(test).T).mean().item()

def digits_likelihood(seed, s):
    "{label: log-likelihood of test digits, both ends} of the `digits` recipe's network at some temperatures"
    import torch
    from cdebm.data import dequantise, quantise
    from cdebm.likelihood import Box, bracket_log_z, log_likelihood
    from cdebm.recipes import averaged, preset
    from cdebm.samplers import MALA
    torch.set_num_threads(1)
    recipe = preset('digits', {'training.steps': s['training_steps']}, seed=seed)
    learner = recipe.learner().fit(s['training_steps'])
    energy,test = averaged(learner).eval(),recipe.data_set('test').x
    x = dequantise(quantise(test, 17), 17, generator=seeded(seed+1))
    out = {'independent pixels, exact': dict(per_dim=independent_pixels(learner.data.x, test))}
    for T in s['temperatures']:
        model = Cooled(energy, T)
        b = bracket_log_z(model, Box((1, 8, 8)), MALA(.01), s['digits_levels'], s['digits_walkers'],
            generator=seeded(seed+2))
        found = log_likelihood(model, x, b)
        out[f'T = {T:g}'] = ends(b) | dict(nats=[found.low, found.high], error=found.error, per_dim=found.per_dim)
    return out

class Cooled:
    "E/T, for what calls an energy"
    def __init__(self, energy, temperature): self.energy,self.temperature = energy,temperature
    def __call__(self, x): return self.energy(x)/self.temperature

def likelihood(seed):
    "One seed of all"
    return dict(known=known_log_z(seed, LIKELIHOOD), digits=digits_likelihood(seed, LIKELIHOOD))

def likelihood_text(d):
    "The tables, as Markdown, from the file"
    known,digits = ([r[k] for r in d['results']] for k in ('known','digits'))
    def reached(k): return all(max(abs(r[k]['low']), abs(r[k]['high']))<=ENOUGH for r in known)
    def both(k): return [span(r[k][e] for r in known) for e in ('low','high','gap')]
    def ess(k): return f"{median(r[k]['low_ess'] for r in known):.0f} / {median(r[k]['high_ess'] for r in known):.0f}"
    rows = [[k, *both(k), ess(k), 'reached' if reached(k) else 'not reached'] for k in known[0]]
    head = ['model', 'from below', 'from above', 'gap', 'effective walkers, up / down',
        f'both within {ENOUGH:g} nats, every seed']
    def per_dim(k, i): return span((r[k]['per_dim'][i] for r in digits), '{:.3f}')
    levels = [[k, per_dim(k, 0), per_dim(k, 1), span((r[k]['gap'] for r in digits), '{:.2f}')]
        for k in digits[0] if k.startswith('T')]
    flat = span((r['independent pixels, exact']['per_dim'] for r in digits), '{:.3f}')
    n,steps = d['seeds'],d['settings']['training_steps']
    return '\n\n'.join([
        f'**log Z minus the exact one**, nats: median over {n} seeds, in brackets the smallest and largest.',
        table(head, rows),
        f'**Digits** of 8 by 8 pixels, the network of the recipe `digits` after {steps} steps: log-likelihood of '
        'test digits, dequantised from 17 levels, in nats per dimension. The model is the density of exp(-E/T) '
        '**on the box** from 0 to 1 in 64 dimensions; the recipe trains with chains at T = 5e-05, clamped to it. '
        f'The uniform density has 0, independent pixels (counted, exact) {flat}. No exact samples: the way down '
        'starts in walkers that came up, so the upper end of log Z, the lower of the likelihood, is not proved.',
        table(['temperature', 'at least', 'at most', 'gap of log Z, nats'], levels)]) + '\n'

# ---- entropy ----

ENTROPY = dict(dims=[1, 2, 4, 16, 64], banks=[100, 1000, 10_000], neighbours=[1, 3, 10], queries=500, jitter=.1)

def entropy(seed):
    "One seed of the experiment `entropy`: a row for every density, dimension and bank"
    from tempfile import TemporaryDirectory
    from cdebm.runs import run
    with TemporaryDirectory() as there:
        r = run('entropy', dict(ENTROPY, seeds=[seed]), runs=there, quiet=True)
        if not r.ok: raise RuntimeError(r.error)
        return r.metrics['rows']

def entropy_text(d):
    "The table, as Markdown, from the file"
    kinds = [k for k in d['results'][0][0] if k not in ('density','d','M','seed')]
    rows = [[rs[0]['density'], rs[0]['d'], f"{rs[0]['M']:,}", *(span([r[k] for r in rs], '{:+.2f}') for k in kinds)]
        for rs in zip(*d['results'])]
    return '\n\n'.join([
        f"**Estimated minus exact entropy**, nats: median over {d['seeds']} seeds, in brackets the smallest and "
        'largest. k-th nearest of M samples, with the factor d; `no d` leaves it out, as the loss of the paper does; '
        '`copies` has k = 1 and transformed copies of the samples themselves in the bank. The notebook is the '
        'experiment `entropy`.', table(['density', 'd', 'M', *kinds], rows)]) + '\n'

# ---- weights on images ----

COLLAPSE = dict(sides=[2, 4, 8], temperatures=[1., .1, .01], chains=512, updates=200, mcmc_steps=5, noise_std=.05,
    width=64, lr=1e-3)

def small_digits(side):
    "Digits of `side` pixels, each the mean of those of a square"
    from torch.nn.functional import avg_pool2d
    from cdebm.data import TensorData, digits
    return TensorData(avg_pool2d(digits('train').x, 8//side))

def collapse_run(side, T, seed, s):
    "Weighted chains that are never resampled on digits of `side` pixels: ESS over N after each update"
    import torch
    from torch import nn
    from cdebm.buffer import uniform_noise
    from cdebm.losses import Weights
    from cdebm.models import MLPEnergy
    from cdebm.samplers import MALA
    from cdebm.training import Learner, Settings
    from cdebm.weighted import WeightedChains
    torch.set_num_threads(1)
    net = nn.Sequential(nn.Flatten(), MLPEnergy(side**2, s['width'], generator=seeded(seed)))
    chains = WeightedChains(uniform_noise((1,side,side)), s['chains'], 0., T, generator=seeded(seed+100))
    sampler = MALA(s['noise_std']**2/(2*T), T, clamp=(0.,1.))
    settings = Settings(sampler, s['mcmc_steps'], s['chains'], weights=Weights(opt=0, entropy=0, reg=0))
    learner = Learner(net, small_digits(side), chains, settings, s['lr'], generator=seeded(seed+200))
    learner.fit(s['updates'])
    return learner.history['ess'].tolist()

def collapse(seed):
    "One seed: {d, T: ESS over N}"
    s = COLLAPSE
    return {f'{side**2}, {T:g}': collapse_run(side, T, seed, s) for side in s['sides'] for T in s['temperatures']}

def collapse_text(d):
    "Table, as Markdown, from the file"
    def below(ess, limit): return next((str(i) for i,e in enumerate(ess, 1) if e<limit), 'never')
    rows = []
    for k in d['results'][0]:
        runs = [r[k] for r in d['results']]
        rows.append([*k.split(', '), *(', '.join(below(e, limit) for e in runs) for limit in (.5, .01)),
            ', '.join(f'{e[-1]:.2g}' for e in runs)])
    s = d['settings']
    return '\n\n'.join([
        f"**What the weights of image chains are worth.** Digits shrunk to so many pixels, {s['chains']} chains that "
        f"carry weights and are never resampled, {s['mcmc_steps']} MALA steps an update (proposals of noise "
        f"{s['noise_std']:g}, whatever the temperature), a small network, {s['updates']} updates: effective size "
        f"of the sample over the number of chains, seed by seed, {d['seeds']} seeds.",
        table(['dimensions', 'temperature', 'update at which it falls below ½', 'below .01',
            f"after {s['updates']} updates"], rows)]) + '\n'

STUDIES = dict(likelihood=(likelihood, likelihood_text, LIKELIHOOD), entropy=(entropy, entropy_text, ENTROPY),
    collapse=(collapse, collapse_text, COLLAPSE), ablation=(ablation, ablation_text, ABLATION))

def write_study(name, folder, workers, seeds):
    "Measure a study in parallel; the JSON file and its tables"
    import json, torch
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    from cdebm.basics import write_whole
    f,text,settings = STUDIES[name]
    seeds = seeds or settings.get('seeds', 5)
    with ProcessPoolExecutor(workers, mp_context=get_context('spawn')) as pool:
        results = []
        for seed,r in enumerate(pool.map(f, range(seeds))):
            results.append(r)
            print(f'{name}, seed {seed} measured', flush=True)
    d = dict(command=f'python tools/figures.py {name}', torch=torch.__version__, seeds=seeds, settings=settings,
        results=results)
    d = json.loads(json.dumps(d))
    write_whole(folder/f'{name}.json', json.dumps(d, indent=1).encode())
    write_whole(folder/f'{name}.md', text(d))
    print(text(d), flush=True)
