"""What each part of the method adds to generation, each with each: figures/ablation.json and .md

    python tools/figures.py ablation          all of it, half an hour of one core; goes on where it was broken off
    python tools/ablation.py --updates 20     a short one on the screen, writes nothing

KL term (none, the paper's, taken of overshooting chains only) × augmentation of stored chains × one or two scales, all
else equal, on MNIST of 16 pixels, a small strided network. A classifier of the same pictures judges stored chains and
new ones from noise. What is measured is kept in runs/ablation until the settings change. Needs MNIST: the hub, or the
folder $CDEBM_DATA.
"""
import argparse, hashlib, json
from functools import cache
from itertools import product
from pathlib import Path
from statistics import median
from verdicts import table

root = Path(__file__).resolve().parent.parent

ABLATION = dict(seeds=3, preset='mnist-laptop', updates=500, pictures=500, new_steps=300, judge_steps=600,
    changes={'data.size': 16, 'model.width': 16, 'optimiser.ema': .99, 'training.tries': 0, 'speed.auto': False},
    factors={
        'KL term': {
            'none': {'loss.opt': 0., 'loss.entropy': 0.},
            'paper': {},
            'gate': {'loss.rule': 'gate', 'loss.entropy': 0.}},
        'augmentation': {'no': {}, 'yes': {'buffer.augment': 'digits'}},
        'scales': {'1': {}, '2': {'model.scales': 2}}})

def seeded(s):
    import torch
    return torch.Generator().manual_seed(s)

def cells(s):
    "{label: changes} of every combination of the levels of the factors"
    out = {}
    for levels in product(*(f.items() for f in s['factors'].values())):
        names,changes = zip(*levels)
        out[', '.join(names)] = s['changes'] | {k: v for c in changes for k,v in c.items()}
    return out

@cache
def witness(steps, preset_name, size):
    "Training and test pictures, and a classifier of them with its share of right answers"
    import torch
    from cdebm.judge import train_judge
    from cdebm.recipes import preset
    train,test = (preset(preset_name, {'data.size': size}).data.build(k, True) for k in ('train', 'test'))
    def some(data, n, seed): return data[torch.randperm(len(data), generator=seeded(seed))[:n]]
    judge = train_judge(train, steps, width=16, generator=seeded(3))
    x,y = test[range(2000)],test.y[:2000]
    right = sum((judge(v).argmax(1)==k).sum().item() for v,k in zip(x.split(500), y.split(500)))/len(x)
    return some(train, 5000, 1),some(test, 500, 2),judge,right,train.levels

def looks(made, s, seed):
    "Fréchet distance over that of test pictures, share the judge is sure of, smallest class"
    from cdebm.generation import Protocol, quality
    seen,unseen,judge,right,levels = witness(s['judge_steps'], s['preset'], s['changes']['data.size'])
    about = Protocol(str(made), len(made), 'mnist test, 16 pixels', f"judge, {s['judge_steps']} updates", seed)
    q = quality(made.x, seen, unseen, judge, about, levels)
    return dict(ratio=q.samples.frechet/q.test.frechet, sure=q.samples.sure, smallest=min(q.samples.classes),
        sure_test=q.test.sure, judge_right=right)

def one(changes, seed, s):
    "Train a combination, and look at stored and at new chains; what the monitor saw where it is lost"
    import torch
    from cdebm.generation import generate
    from cdebm.health import HealthMonitor
    from cdebm.recipes import averaged, preset
    torch.set_num_threads(1)
    recipe = preset(s['preset'], changes, seed=seed)
    learner = recipe.learner()
    monitor = next(c for c in learner.callbacks if isinstance(c, HealthMonitor))
    monitor.restore = False
    for _ in learner.steps(s['updates']): pass
    if monitor.report: return dict(report=monitor.report)
    energy,sampler = averaged(learner),recipe.sampler.build(recipe.box)
    def chains(start, n):
        return generate(energy, start, sampler, s['pictures'], n_steps=n, progress=False, generator=seeded(10+seed))
    return dict(report=None, stored=looks(chains(learner.buffer, 0), s, seed),
        new=looks(chains(learner.buffer.noise, s['new_steps']), s, seed))

def kept(label, changes, seed, s, folder):
    "What was measured of a combination before with the same settings, or what is measured now"
    from cdebm.basics import write_whole
    known = hashlib.sha256(json.dumps([s, changes], sort_keys=True).encode()).hexdigest()[:12]
    path = folder/f'{known}-{seed}.json'
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(one(changes, seed, s)).encode())
        print(f'{label}, seed {seed} measured', flush=True)
    return json.loads(path.read_text())

def ablation(seed, s=ABLATION, folder=root/'runs'/'ablation'):
    "One seed of every combination"
    return {k: kept(k, c, seed, s, folder) for k,c in cells(s).items()}

# ---- the page ----

def cell(results, k, which, what, digits=2):
    "Median over the seeds that were not lost, and all of them"
    v = [r[k][which][what] for r in results if not r[k]['report']]
    lost = len(results)-len(v)
    said = f"{median(v):.{digits}f} ({', '.join(f'{x:.{digits}f}' for x in v)})" if v else '–'
    return said + (f', **lost** {lost} of {len(results)}' if lost else '')

def effect(results, s, factor, level, base, which):
    """Factor by which the Fréchet distance changes from level `base` to `level`, all else equal: median over pairs of
    runs of a seed, how many of them got better, how many there are"""
    at = list(s['factors']).index(factor)
    ratios = []
    for k in cells(s):
        names = k.split(', ')
        if names[at]!=level: continue
        other = ', '.join([*names[:at], base, *names[at+1:]])
        ratios += [r[k][which]['ratio']/r[other][which]['ratio'] for r in results
            if not (r[k]['report'] or r[other]['report'])]
    return (median(ratios),sum(x<1 for x in ratios),len(ratios)) if ratios else None

def effects(results, s):
    "A line for each level beside the first of its factor"
    def said(e): return '–' if e is None else '× {:.2f}, better in {} of {}'.format(*e)
    lines = []
    for f,levels in s['factors'].items():
        base,*others = levels
        lines += [[f'{f}: {o} for {base}', *(said(effect(results, s, f, o, base, w)) for w in ('stored','new'))]
            for o in others]
    return lines

def ablation_text(d):
    "The tables, as Markdown, from the file"
    results,s = d['results'],d['settings']
    known = next(r for seed in results for r in seed.values() if not r['report'])
    rows = [[*k.split(', '), *(cell(results, k, w, what) for w in ('stored','new') for what in ('ratio','sure'))]
        for k in results[0]]
    head = [*s['factors'], 'stored: Fréchet distance over that of test pictures', 'sure of', 'new: Fréchet distance',
        'sure of']
    return '\n\n'.join([
        f"MNIST of {s['changes']['data.size']} pixels, {s['updates']} updates; seeds: {d['seeds']}. Median, and each "
        f"seed in brackets. {s['pictures']} stored chains as they are, as many new ones after {s['new_steps']} steps "
        f"from noise. The judge is right on {known['stored']['judge_right']:.1%} of test pictures and sure (p > .9) of "
        f"{known['stored']['sure_test']:.2f} of them. All with the regulariser of the preset (.1).",
        table(head, rows),
        'What one change does to the Fréchet distance, all else equal; below 1 is better.',
        table(['change', 'stored chains', 'new chains'], effects(results, s))]) + '\n'

if __name__=='__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--updates', type=int, default=20)
    p.add_argument('--seed', type=int, default=0)
    a = p.parse_args()
    short = ABLATION | dict(updates=a.updates, pictures=100, new_steps=20, judge_steps=100)
    results = [{k: one(c, a.seed, short) for k,c in cells(short).items()}]
    print(ablation_text(dict(seeds=1, settings=short, results=results)))
