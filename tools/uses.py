"""What trained pictures are good for, over seeds: figures/uses_NAME.json and .md

    python tools/uses.py mnist                             train what is missing, measure what is new
    python tools/uses.py mnist --rows preset --seeds 0     some rows, some seeds
    python tools/uses.py mnist --summary                   the page from the figures that are there, no training

Each row is a loss, trained by the recipe of the name for the same number of updates (a quarter of an hour of one quiet
core for MNIST), in runs/uses/NAME; an interrupted training goes on when it is called again. Measured are: 1,000 stored
chains and new chains from noise (Fréchet distance and the sureness of a classifier that is trained here, coverage,
copies), how well the energy tells ten kinds of strangers from test pictures, and how often chains change their class,
with moves between rounds of steps and without. Needs the images: the hub, or the folder $CDEBM_DATA.
"""
import argparse, json, os
for v in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ.setdefault(v, '1')
from functools import cache
from pathlib import Path
from statistics import mean, median
import torch
from cdebm.augment import augmentations
from cdebm.basics import write_whole
from cdebm.generation import Protocol, generate, quality
from cdebm.judge import Judge, train_judge
from cdebm.mixing import mixing
from cdebm.ood import energy_scores, ood_table, out_sets
from cdebm.recipes import load_buffer, load_energy, load_recipe, preset
from cdebm.runs import train
from cdebm.runs.jobs import TrainingStopped
from verdicts import table

root = Path(__file__).resolve().parent.parent

plain = {'loss.opt': 0., 'loss.entropy': 0.}
ROWS = {
    'preset': {},     # improved CD with the regulariser of .1
    'long, rate falls to zero': {'optimiser.schedule': 'cosine', 'buffer.restart': .05, 'training.steps': 6000},
    'plain CD': plain | {'loss.reg': 0.},
    'CD + reg .1': plain,
    'CD + reg .01': plain | {'loss.reg': .01},
    'improved CD': {'loss.reg': 0.},
    'gate': {'loss.rule': 'gate', 'loss.entropy': 0.}}
# recipe, moves between rounds, outside sets
STUDIES = dict(
    mnist=('mnist-laptop', 'digits', ['noise', 'inverted', 'shuffled', 'fashion', 'digits', 'cifar10', 'rotated',
        'interpolated', 'constant', 'black']),
    cifar10=('cifar10-laptop', 'cifar10', ['noise', 'inverted', 'shuffled', 'interpolated', 'constant', 'black',
        'fashion', 'mnist']))
EASY = 'fashion','inverted','shuffled','noise','cifar10','digits'     # which an aim speaks of
NEW,NEW_STEPS = 500,1000     # chains from noise, and their steps
ROUNDS,ROUND_STEPS,MIXING = 20,30,300     # of chains that shall change their class

def seeded(s): return torch.Generator().manual_seed(s)
def some(data, n, s): return torch.randperm(len(data), generator=seeded(s))[:n]

# ---- training ----

def run_of(folder):
    "The checkpoint that a training in `folder` got to, None where there is none"
    found = sorted(folder.glob('train/*/checkpoint.pt'), key=lambda p: p.stat().st_mtime)
    return found[-1] if found else None

def trained(recipe, folder):
    "A run that is trained to its end, from where it stopped"
    path = run_of(folder)
    if path is None or torch.load(path, map_location='cpu', weights_only=True)['step']<recipe.training.steps:
        train(recipe, folder, path)
    return run_of(folder)

# ---- measuring ----

class Witness:
    "Data of a recipe, and a classifier of them"
    def __init__(self, recipe, folder, steps=1200):
        self.name,self.train,self.test = recipe.data.name,*(recipe.data.build(k, True) for k in ('train', 'test'))
        self.levels,self.steps = self.train.levels,steps
        self.seen,self.unseen = self.train[some(self.train, 10_000, 1)],self.test[some(self.test, 1000, 2)]
        self.judge = self.classifier(folder/f'judge-{steps}.pt')
        p = torch.cat([self.judge(v).argmax(1) for v in self.test[range(len(self.test))].split(500)])
        self.right = (p==self.test.y).double().mean().item()

    def classifier(self, path):
        "The judge, from its file where there is one"
        if not path.exists():
            judge = train_judge(self.train, self.steps, width=16, generator=seeded(3))
            write_whole(path, lambda f: torch.save(judge.state_dict(), f))
        judge = Judge(self.train.kept.shape[1:], int(self.train.y.max()) + 1, 16)
        judge.load_state_dict(torch.load(path, weights_only=True))
        return judge.eval().requires_grad_(False)

    def looks(self, made):
        "Figures of pictures, and of as many test pictures"
        about = Protocol(str(made), len(made), f'{self.name} test', f'judge, {self.steps} updates', 0)
        q = quality(made.x, self.seen[:5000], self.unseen[:len(made)], self.judge, about, self.levels)
        return dict(protocol=str(about), samples=q.samples._asdict(), test=q.test._asdict(), noise=q.noise._asdict())

@cache
def witness(name):
    "One for a study"
    return Witness(preset(STUDIES[name][0]), folder_of(name))

def folder_of(name):
    path = root/'runs'/'uses'/name
    path.mkdir(parents=True, exist_ok=True)
    return path

def pictures(path, w):
    "How stored and new chains look"
    r,energy,buffer = load_recipe(path),load_energy(path),load_buffer(path)
    sampler,quiet = r.sampler.build(r.box),dict(progress=False, generator=seeded(10 + r.seed))
    stored = generate(energy, buffer, sampler, 1000, n_steps=0, **quiet)
    new = generate(energy, buffer.noise, sampler, NEW, n_steps=NEW_STEPS, **quiet)
    return dict(stored=w.looks(stored), new=w.looks(new))

def strangers(path, w, names):
    "AUROC, with its interval, of the energy and of baselines against each outside set"
    r,energy = load_recipe(path),load_energy(path)
    sets,skipped = out_sets(w.unseen, names, 900, seeded(20 + r.seed))
    scores = energy_scores(energy, w.seen[:5000], generator=seeded(30 + r.seed))
    t = ood_table(scores, w.unseen, sets, w.seen, w.levels, 400, generator=seeded(40 + r.seed))
    cells = {k: {o: list(t.detections[k, o].auroc) for o in t.outs} for k in t.scores}
    return dict(auroc=cells, baselines=list(t.baselines), verdict=t.verdict(), skipped=skipped)

def paths(path, w, move):
    "How often the same chains change their class, in three ways"
    r,energy = load_recipe(path),load_energy(path)
    sampler = r.sampler.build(r.box)
    start = generate(energy, load_buffer(path), sampler, MIXING, n_steps=0, progress=False,
        generator=seeded(50 + r.seed)).x
    ways = {'steps alone': (ROUND_STEPS, None), 'moves, then steps': (ROUND_STEPS, augmentations[move]),
        'moves alone': (0, augmentations[move])}
    def way(n, a): return mixing(energy, start, sampler, w.judge, ROUNDS, n, a, generator=seeded(60 + r.seed))
    made = {k: way(*v) for k,v in ways.items()}
    return {k: {f: getattr(m, f) for f in ('rate','error','valid','crossed')} for k,m in made.items()}

def measured(name, path):
    "All figures of a trained run"
    _,move,outs = STUDIES[name]
    w = witness(name)
    r = load_recipe(path)
    record = json.loads((path.parent/'run.json').read_text())
    return dict(recipe=r.flat(), judge_right=w.right, seconds=record.get('seconds'), **pictures(path, w),
        ood=strangers(path, w, outs), mixing=paths(path, w, move))

# ---- the page ----

def spread(rows, of, digits=2):
    "Median over the seeds, and all of them"
    v = [of(r) for r in rows]
    return f'{median(v):.{digits}f}' + (f" ({', '.join(f'{x:.{digits}f}' for x in v)})" if len(v)>1 else ' (one seed)')

def first(results): return next(iter(results.values()))[0]

def of_pictures(results):
    "Stored and new chains, a row a loss"
    def ratio(r): return r['stored']['samples']['frechet']/r['stored']['test']['frechet']
    def sure(k): return lambda r: r[k]['samples']['sure']
    def smallest(r): return min(r['stored']['samples']['classes'])
    def largest(r): return max(r['stored']['samples']['classes'])
    lines = [[k, spread(rows, sure('stored')), spread(rows, ratio), spread(rows, smallest), spread(rows, largest),
        spread(rows, lambda r: r['stored']['samples']['copies'], 3), spread(rows, sure('new')),
        spread(rows, lambda r: r['new']['samples']['frechet']/r['new']['test']['frechet'])]
        for k,rows in results.items()]
    one = first(results)
    test = one['stored']['test']
    lines.append(['test pictures', f"{test['sure']:.2f}", '1', f"{min(test['classes']):.2f}",
        f"{max(test['classes']):.2f}", f"{test['copies']:.3f}", f"{one['new']['test']['sure']:.2f}", '1'])
    head = ['loss', 'stored: sure of', 'Fréchet distance over that of test pictures', 'smallest class', 'largest class',
        'copies', f'new, {NEW_STEPS:,} steps: sure of', 'Fréchet distance over that of test pictures']
    said = f"The judge is right on {one['judge_right']:.2%} of test pictures. " + \
        one['stored']['protocol'].replace('\n', '; ') + '; new: ' + one['new']['protocol'].split('\n')[0] + '.'
    return f'{table(head, lines)}\n\n{said}'

def of_strangers(results):
    "AUROC against each outside set, losses first, then what needs no model"
    one = first(results)['ood']
    outs = list(one['auroc']['energy'])
    def cells(rows, score):
        def at(o): return lambda r: r['ood']['auroc'][score][o][0]
        every = [at(o) for o in outs] + [lambda r: mean(r['ood']['auroc'][score][o][0] for o in outs)]
        return [f'{median(map(f, rows)):.3f}' + (f' ({min(map(f, rows)):.3f}–{max(map(f, rows)):.3f})'
            if len(rows)>1 else '') for f in every]
    lines = [[f'{k}: {s}', *cells(rows, s)] for k,rows in results.items() for s in ('energy','typicality')]
    lines += [[f'({b})', *cells(next(iter(results.values()))[:1], b)] for b in one['baselines']]
    return table(['score', *outs, 'mean'], lines)

def of_mixing(results):
    "How often chains change their class"
    def of(kind, key): return lambda r: r['mixing'][kind][key]
    kinds = list(first(results)['mixing'])
    lines = [[k, kind, spread(rows, of(kind, 'rate'), 3), spread(rows, of(kind, 'valid'))]
        for k,rows in results.items() for kind in kinds]
    made = table(['loss', 'between two looks', 'changes of class a round', 'share the judge is sure of'], lines)
    return f'{made}\n\n{caution(results)}'

def caution(results):
    "What the rates do not say"
    def middle(kind, key): return median(r['mixing'][kind][key] for rows in results.values() for r in rows)
    alone,moved = middle('moves alone', 'rate'),middle('moves, then steps', 'rate')
    valid = [middle(k, 'valid') for k in ('moves, then steps', 'steps alone')]
    return (f'With moves alone, which no step repairs, the judge sees {alone:.3f} changes a round; with steps after '
        f'them {moved:.3f}. Up to so much of the second number is what a move does to a picture, and no step of the '
        f'chain. It is sure of {valid[0]:.0%} of the moved chains and of {valid[1]:.0%} of those that only take steps.')

PAPER_INTERPOLATED = .65 # AUROC of CIFAR-10 against means of two of its pictures (Du et al. 2021)

def said_aims(wanted): return '\n'.join(f"* {k}: **{'reached' if v else 'not reached'}**" for k,v in wanted.items())

def aims(name, results):
    "What was wanted, and what came out, for the preset"
    rows = results.get('preset')
    if not rows: return ''
    if name=='cifar10':
        found = [r['ood']['auroc']['energy']['interpolated'][0] for r in rows]
        return said_aims({f'AUROC against interpolated pictures at least the {PAPER_INTERPOLATED} of the paper':
            min(found)>=PAPER_INTERPOLATED})
    return said_aims(wanted_of_mnist(rows))

def wanted_of_mnist(rows):
    "{aim: is it held in every seed?}"
    def every(f): return all(f(r) for r in rows)
    easy = [o for o in EASY if o in rows[0]['ood']['auroc']['energy']]
    def even(r): return .05<=min(c := r['stored']['samples']['classes']) and max(c)<=.16
    def ahead(r):
        a,b = r['ood']['auroc'],r['ood']['baselines']
        def m(k): return mean(v[0] for v in a[k].values())
        return m('energy')>max(map(m, b))
    def times(r):
        moved,alone = (r['mixing'][k]['rate'] for k in ('moves, then steps', 'steps alone'))
        return moved>0 and moved>=3*alone
    return {
        'sure of at least 90 % of stored chains': every(lambda r: r['stored']['samples']['sure']>=.9),
        'their Fréchet distance at most 1.5 × that of test pictures':
            every(lambda r: r['stored']['samples']['frechet']<=1.5*r['stored']['test']['frechet']),
        'every class between 5 and 16 %': every(even),
        f'sure of at least 75 % of new chains after {NEW_STEPS:,} steps':
            every(lambda r: r['new']['samples']['sure']>=.75),
        f"AUROC at least .99 against {', '.join(easy)}":
            every(lambda r: min(r['ood']['auroc']['energy'][o][0] for o in easy)>=.99),
        'ahead of the best trivial baseline on the mean over all sets': every(ahead),
        'moves raise the rate at which chains change their class three times (but see below its table)': every(times)}

def against(results):
    "Is the preset ahead of the other losses of the same budget? Medians over the seeds of each"
    mine = results.get('preset')
    if not mine or len(results)<2: return ''
    def sure(r): return r['stored']['samples']['sure']
    def distance(r): return r['stored']['samples']['frechet']/r['stored']['test']['frechet']
    def strangers(r): return mean(v[0] for v in r['ood']['auroc']['energy'].values())
    figures = {'sure of': sure, 'Fréchet': distance, 'AUROC': strangers}
    def said(rows): return ', '.join(f'{k} {median(map(f, rows)):.3g}' for k,f in figures.items())
    def ahead(rows): return [k for k,f in figures.items()
        if (median(map(f, mine)) - median(map(f, rows)))*(-1 if k=='Fréchet' else 1)>0]
    same = {k: rows for k,rows in results.items() if k!='preset'
        and rows[0]['recipe']['training.steps']==mine[0]['recipe']['training.steps']}
    lines = [f"* {k}: {said(rows)}; the preset is ahead in {len(w := ahead(rows))} of 3"
        + (f" ({', '.join(w)})" if w else '') + '.' for k,rows in same.items()]
    return '\n'.join([f'The preset beside other losses, as many updates; stored chains, mean AUROC of the energy; '
        f'medians of the seeds. Preset: {said(mine)}.\n', *lines])

def page(name, results, lost):
    "Everything in tables"
    if not results: return f'All trainings were lost: {lost}\n'
    gone = ''.join(f' Lost: {k}, {n}.' for k,n in lost.items())
    seeds = {k: len(v) for k,v in results.items()}
    steps = first(results)['recipe']['training.steps']
    about = (f"`{STUDIES[name][0]}`, {steps:,} updates; written by `python tools/uses.py {name}`. Seeds: "
        f"{', '.join(f'{k} {n}' for k,n in seeds.items())}. `preset` is improved CD with a regulariser of .1. "
        f'Medians over the seeds, and each of them in brackets.{gone}')
    held = f'Aims, held by every seed of the preset:\n\n{aims(name, results)}'
    parts = about,held,of_pictures(results),against(results),of_strangers(results),of_mixing(results)
    return '\n\n'.join(filter(None, parts))+'\n'

# ---- all of it ----

def read(name):
    path = root/'figures'/f'uses_{name}.json'
    return json.loads(path.read_text()) if path.exists() else {}

def ordered(found):
    "{row: results of its seeds that were not lost}, in the order of `ROWS`; {row: how many were}"
    rows = {k: [found[k][s] for s in sorted(found[k])] for k in ROWS if k in found}
    lost = {k: n for k,v in rows.items() if (n := sum('lost' in r for r in v))}
    return {k: whole for k,v in rows.items() if (whole := [r for r in v if 'lost' not in r])},lost

def keep(name, found):
    out = root/'figures'
    write_whole(out/f'uses_{name}.json', lambda f: f.write(json.dumps(found, indent=1).encode()))
    write_whole(out/f'uses_{name}.md', lambda f: f.write(page(name, *ordered(found)).encode()))

def add(name, row, seed, steps):
    "Train and measure one"
    changes = ROWS[row] | ({'training.steps': steps} if steps else {})
    recipe = preset(STUDIES[name][0], changes, seed=seed)
    try: result = measured(name, trained(recipe, folder_of(name)/f'{row}-{seed}'))
    except TrainingStopped as e: result = dict(recipe=recipe.flat(), lost=str(e))
    found = read(name)     # another process may have written meanwhile
    found.setdefault(row, {})[str(seed)] = result
    keep(name, found)
    print(f'{row}, seed {seed}: {in_short(result)}', flush=True)

def in_short(result):
    "A line on the screen"
    if 'lost' in result: return f"lost: {result['lost']}"
    sure = (result[k]['samples']['sure'] for k in ('stored', 'new'))
    return 'sure of {:.3f} stored, {:.3f} new; '.format(*sure) + result['ood']['verdict']

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('name', choices=list(STUDIES))
    p.add_argument('--rows', nargs='+', default=list(ROWS), choices=list(ROWS), metavar='ROW')
    p.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2], metavar='SEED')
    p.add_argument('--steps', type=int, help='updates, in place of the recipe\'s')
    p.add_argument('--again', action='store_true', help='measure what was measured')
    p.add_argument('--summary', action='store_true', help='write the page, train nothing')
    a = p.parse_args()
    if a.summary: return keep(a.name, read(a.name))
    torch.set_num_threads(1)
    for seed in a.seeds:
        for row in a.rows:
            if a.again or str(seed) not in read(a.name).get(row, {}): add(a.name, row, seed, a.steps)

if __name__=='__main__': main()
