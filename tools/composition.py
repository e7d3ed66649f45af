"""Attributes combined that were never seen together: figures/composition.json, .md and .jpg

    python tools/figures.py composition --seeds 3      trains what is missing, then measures and writes
    python tools/composition.py --updates 500 --train  trains seed 0 so far and no further; a checkpoint a seed is kept
    python tools/composition.py --summary              table and picture from what is there, trains nothing

For each seed one conditional network learns the energies of all attributes, with images that show one label each and
the term of the loss that tells labels apart. For comparison: the same without that term, and a network whose label is
the whole combination. No training image has the combinations that are held out. Checkpoints lie in runs/composition; a
run that was broken off goes on where it was.
"""
import argparse, json, os, time
for v in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ.setdefault(v, '1')
from pathlib import Path

root = Path(__file__).resolve().parent.parent

COMPOSITION = dict(images=20_000, pixels=16, levels=16, none=.2,
    held_out={'three never seen': dict(position=1, hue=1, size=1), 'pair never seen': dict(position=0, hue=0)},
    label=1., asked=448, taught=400,
    width=32, step_size=10., noise_std=.005, mcmc_steps=8, batch_size=64, capacity=1000, restart=.01, reg=.1, lr=1e-3,
    ema=.995, updates=2500,
    order=('position', 'hue', 'size', 'shape'), composed=128, n_steps=150, hotter=0., prior=0.,
    judge_images=20_000, judge_steps=300, judge_width=12)
AIMS = {1: .9, 2: .8, 3: .65, 4: .5}     # right in all attributes at once, by how many there are
KINDS = {'attributes': 'composed', 'unasked': 'without the label term', 'combination': 'one label for all'}

def seeded(s):
    import torch
    return torch.Generator().manual_seed(s)

# ---- data, networks, judges ----

def images_of(s, seed, n=None):
    "Images without the combinations that are held out, and their values"
    from cdebm.attributes import attributed_shapes
    x,values = attributed_shapes(n or s['images'], s['pixels'], generator=seeded(seed))
    keep = ~held(s, values)
    return x[keep],{k: v[keep] for k,v in values.items()}

def held(s, values):
    "Which have a combination that is held out"
    import torch
    from cdebm.composition import combined
    return torch.stack([combined(values, c) for c in s['held_out'].values()]).any(0)

def whole(values):
    "The number of the combination of all attributes"
    from cdebm.attributes import ATTRIBUTES
    i = 0
    for k,m in ATTRIBUTES.items(): i = i*m + values[k]
    return i

def data_of(s, seed, kind):
    "Images with one label each: of one attribute, or of the whole combination"
    import math
    from cdebm.attributes import ATTRIBUTES, OneAttribute
    x,values = images_of(s, 5000 + seed)
    if kind!='combination': return OneAttribute(x, values, s['levels'], s['none'])
    counts = dict(combination=math.prod(ATTRIBUTES.values()))     # those that are held out have a label, too
    return OneAttribute(x, dict(combination=whole(values)), s['levels'], 0., counts)

def learner_of(s, seed, kind='attributes'):
    "A learner of the energies of all labels; asked about as many of them a step, whatever they are"
    import torch
    from cdebm.buffer import ReplayBuffer, uniform_noise
    from cdebm.callbacks import EMA
    from cdebm.losses import Weights
    from cdebm.attributes import JointStep
    from cdebm.models import StridedEnergy
    from cdebm.scale import StandIn
    from cdebm.training import Learner, Settings, training_step
    data = data_of(s, seed, kind)
    net = StridedEnergy(3, s['pixels'], s['width'], data.classes, generator=seeded(seed))
    net.to(memory_format=torch.channels_last)
    noise = uniform_noise((3, s['pixels'], s['pixels']))
    buffer = ReplayBuffer(noise, s['capacity'], s['restart'], 'fifo', 'uint8', data.classes)
    settings = Settings(sampler_of(s), s['mcmc_steps'], s['batch_size'], Weights(reg=s['reg']), precision='bf16')
    asked = max(1, s['asked']//sum(data.counts.values()))
    objective = training_step if kind=='unasked' else JointStep(training_step, s['label'], asked)
    return Learner(net, data, buffer, settings, s['lr'], (0., .999), seeded(1000 + seed), [EMA(s['ema'])],
        stand_in=StandIn(net, torch.bfloat16), objective=objective)

def teach(s, learner, seed):
    "The labels first, from as many questions a step as later"
    from cdebm.attributes import teach_labels
    from cdebm.scale import numerics
    n = learner.objective.batch_size
    losses = teach_labels(learner.energy, learner.data, s['taught'], n, generator=seeded(2000 + seed),
        context=lambda: numerics(learner.device, 'bf16'))
    print(f"labels taught: {losses[0]:.2f} to {sum(losses[-20:])/20:.3f} nats", flush=True)

class Cooling:
    "The learning rate falls to a twentieth over the second half of `updates`; it depends on the step alone"
    def __init__(self, lr, updates): self.lr,self.updates = lr,updates
    def after_step(self, learner):
        share = min(1., max(.05, 2*(1 - learner.step/self.updates)))
        for group in learner.optimizer.param_groups: group['lr'] = self.lr*share

def sampler_of(s):
    from cdebm.samplers import Langevin
    return Langevin.from_noise(s['step_size'], s['noise_std'], clamp=(0., 1.))

def trained(s, seed, folder, kind='attributes'):
    "A learner after so many updates; goes on from the checkpoint that is there"
    import torch
    from cdebm.checkpoints import Checkpoint
    torch.set_num_threads(1)
    path,l = folder/f'{kind}-{seed}.pt',learner_of(s, seed, kind)
    if path.exists(): l.load(path)
    elif kind!='unasked': teach(s, l, seed)
    l.add(Cooling(s['lr'], s['updates']))
    l.add(Checkpoint(path, 50))
    start = time.process_time()
    for row in l.steps(max(0, s['updates'] - l.step)):
        if row['step']%50==0:
            each = (time.process_time()-start)/50
            start = time.process_time()
            print(f"{kind} {seed}: {row['step']} gap {row['gap']:.2f}, {each:.3f} s of one core an update", flush=True)
    return l

def judges_of(s):
    "A judge for each attribute, and the share of new images on which it is right, also of those held out elsewhere"
    from cdebm.attributes import ATTRIBUTES, attributed_shapes
    from cdebm.composition import judged
    from cdebm.data import TensorData, dequantise, quantise
    from cdebm.judge import train_judge
    def noised(x, seed): return dequantise(quantise(x, s['levels']), s['levels'], generator=seeded(seed))
    x,values = attributed_shapes(s['judge_images'], s['pixels'], generator=seeded(71))
    x = noised(x, 72)
    judges = {k: train_judge(TensorData(x, values[k], labelled=True), s['judge_steps'], width=s['judge_width'],
        generator=seeded(73)) for k in ATTRIBUTES}
    x,values = attributed_shapes(2000, s['pixels'], generator=seeded(74))
    return judges,judged(judges, noised(x, 75), values).each()

# ---- what is measured ----

def wanted_values(s, n, seed, fixed=None):
    "Values to be composed, drawn evenly from those that were seen together, or with those that are `fixed`"
    import torch
    from cdebm.attributes import ATTRIBUTES
    g = seeded(seed)
    values = {k: torch.randint(m, (20*n + 20,), generator=g) for k,m in ATTRIBUTES.items()}
    if fixed: return {k: torch.full((n,), fixed[k]) if k in fixed else v[:n] for k,v in values.items()}
    keep = (~held(s, values)).nonzero()[:n,0]
    return {k: v[keep] for k,v in values.items()}

def noise_of(s, n, seed):
    from cdebm.buffer import uniform_noise
    return uniform_noise((3, s['pixels'], s['pixels']))(n, seeded(seed))

def combination(s, energy, data, wanted, names):
    "The energy of the attributes `names`"
    from cdebm.composition import compose
    labels = [data.label(k, wanted[k]) for k in names]
    return compose(energy, labels, none=data.label(), prior=s['prior']*(len(labels) - 1))

def composed(s, energy, data, wanted, seed):
    "Images after each stage, one more attribute a stage"
    from cdebm.composition import staged
    n = len(wanted['shape'])
    stages = [combination(s, energy, data, wanted, s['order'][:i+1]) for i in range(len(s['order']))]
    done = staged(stages, noise_of(s, n, seed), sampler_of(s), s['n_steps'], hotter=s['hotter'], generator=seeded(seed))
    return [g.x for g in done]

def by_one_label(s, energy, data, wanted, seed):
    "Images of a single energy whose label is the whole combination, with as many steps"
    from cdebm.composition import compose, staged
    e,n = compose(energy, [data.label('combination', whole(wanted))]),len(wanted['shape'])
    n_steps = s['n_steps']*len(s['order'])
    return staged([e], noise_of(s, n, seed), sampler_of(s), n_steps, generator=seeded(seed))[-1].x

def shares(s, judges, stages, wanted):
    "Right in all attributes so far, and in each, by stage; and how the first energy alone does in all of them"
    from cdebm.composition import judged
    out = {}
    for i,x in enumerate(stages, 1):
        v = judged(judges, x, {k: wanted[k] for k in s['order'][:i]})
        out[str(i)] = dict(together=v.together(), chance=v.chance, each=v.each())
        first = judged(judges, stages[0], {k: wanted[k] for k in s['order'][:i]})
        out[str(i)]['first_alone'] = first.together()
    return out

def energy_of(learner):
    from cdebm.recipes import averaged
    return averaged(learner).eval().requires_grad_(False)

def asks(s):
    "{which combinations: what is fixed in them}"
    return dict(seen=None) | s['held_out']

def of_parts(s, judges, learner, seed):
    "What the energies of single attributes compose, stage by stage, and pictures of it"
    import torch
    energy,out,pictures = energy_of(learner),{},{}
    for name,fixed in asks(s).items():
        wanted = wanted_values(s, s['composed']//(2 if fixed else 1), 9000 + seed, fixed)
        stages = composed(s, energy, learner.data, wanted, 9100 + seed)
        out[name] = shares(s, judges, stages, wanted)
        pictures[name] = torch.stack([x[:12] for x in stages])
    return out,pictures

def of_one_label(s, judges, learner, seed):
    "What a single label of everything gives, judged by the first attribute, the first two, ..."
    from cdebm.composition import judged
    energy,out = energy_of(learner),{}
    for name,fixed in asks(s).items():
        wanted = wanted_values(s, s['composed']//(2 if fixed else 1), 9000 + seed, fixed)
        x = by_one_label(s, energy, learner.data, wanted, 9200 + seed)
        out[name] = {str(i): dict(together=judged(judges, x, {k: wanted[k] for k in s['order'][:i]}).together())
            for i in range(1, 5)}
    return out

def measured(s, seed, folder, judges, kinds=tuple(KINDS)):
    "What came out of one seed, by kind of training; pictures beside it"
    start,out = time.process_time(),{}
    for kind in kinds:
        l = trained(s, seed, folder, kind)
        if kind=='combination': found = of_one_label(s, judges, l, seed)
        else: found,pictures = of_parts(s, judges, l, seed)
        if kind=='attributes': shown = pictures
        out[kind] = found | dict(updates=l.step, gap=l.history['gap'][-100:].mean().item())
    return out | dict(cpu_seconds=time.process_time()-start),shown

# ---- what is written ----

def table_row(*cells): return f"| {' | '.join(map(str, cells))} |"

def seeds_cell(values): return ', '.join('–' if v is None else f'{v:.2f}' for v in values)

def aim_reached(d, n, which):
    "In words: is the aim for `n` attributes reached in every seed?"
    each = [r['attributes'][which][str(n)]['together'] for r in d['results'].values()]
    return f'{AIMS[n]:g}: ' + ('reached' if min(each)>=AIMS[n] else f'**not reached**, least {min(each):.2f}')

def of_combinations(d, which):
    "Right in all attributes at once: a row for each number of them, kinds of training beside each other"
    order,runs = d['settings']['order'],[*d['results'].values()]
    kinds = [k for k in KINDS if k in runs[0]]
    head = ['attributes', 'chance', *(KINDS[k] for k in kinds), 'first energy alone', 'aim']
    rows = [table_row(*head), '|---'*len(head) + '|']
    for n in AIMS:
        one = runs[0]['attributes'][which][str(n)]
        cells = [seeds_cell([r[k][which][str(n)]['together'] for r in runs]) for k in kinds]
        cells.append(seeds_cell([r['attributes'][which][str(n)]['first_alone'] for r in runs]))
        rows.append(table_row(' + '.join(order[:n]), f"{one['chance']:.3g}", *cells, aim_reached(d, n, which)))
    return '\n'.join(rows)

def of_each(d):
    "Each attribute by itself, by how many are combined"
    runs = [*d['results'].values()]
    each = [table_row('attribute', 'judge on real images', *(f'{n} combined' for n in AIMS)), '|---'*6 + '|']
    for k in d['settings']['order']:
        cells = [seeds_cell([r['attributes']['seen'][str(n)]['each'].get(k) for r in runs]) for n in AIMS]
        each.append(table_row(k, f"{d['judges'][k]:.3f}", *cells))
    return '\n'.join(each)

def composition_text(d):
    "Tables and verdicts, as Markdown"
    s,runs = d['settings'],[*d['results'].values()]
    gaps = '; '.join(f"{KINDS[k]} {seeds_cell([r[k]['gap'] for r in runs])}" for k in KINDS if k in runs[0])
    one = ['*One label for all*: a network whose label is the whole combination, with the label term, as many steps.']
    if 'combination' not in runs[0]: one = []
    about = ['Share of composed images on which the judges are right in all attributes at once, seed by seed.',
        f"Images of {s['pixels']} × {s['pixels']} pixels; one conditional network a seed and kind, {s['updates']:,}",
        f"updates, K = {s['mcmc_steps']}; composed in stages of {s['n_steps']} steps,",
        f"{s['composed']} chains (half as many of what was never seen).",
        '*Composed*: energies of single attributes, trained with the term that',
        'tells labels apart (`JointStep`). *Without the label term*: the same by contrastive divergence alone.',
        *one,
        f"*First energy alone* is conditional on {s['order'][0]} only: how far a judge's answer is due to what that",
        f'energy draws anyway. Energy gaps at the end: {gaps}.']
    parts = [' '.join(about)]
    for which,fixed in asks(s).items():
        what = '' if fixed is None else ': ' + ', '.join(f'{k} {v}' for k,v in fixed.items())
        title = 'Combinations seen in training' if fixed is None else f'{which.capitalize()} together{what}'
        parts += [f'### {title}', of_combinations(d, which)]
    parts += [f"### Each attribute by itself, of images that combine {' + '.join(s['order'])}", of_each(d)]
    return '\n\n'.join(parts) + '\n'

def show(pictures, path, s):
    "A row a stage of the first seed, above of combinations seen, below of those held out"
    from matplotlib.figure import Figure
    from cdebm.basics import write_whole
    from cdebm.data import show_images
    fig = Figure(figsize=(9, 3.2*len(pictures)), dpi=90, layout='constrained')
    for ax,(name,x) in zip(fig.subplots(len(pictures), 1), pictures.items()):
        said = 'combinations seen in training' if name=='seen' else name
        title = f"{said}: {', then '.join(s['order'])}"
        show_images(x.flatten(0, 1), x.shape[1], ax=ax).set_title(title, loc='left', size=9)
    write_whole(path, lambda f: fig.savefig(f, format='jpg', pil_kwargs=dict(quality=80)))

def write_composition(folder, seeds=3, runs=None, summary=False, kinds=tuple(KINDS), s=COMPOSITION):
    "Train what is missing, measure, and write after every seed"
    import torch
    from cdebm.basics import write_whole
    path,runs = folder/'composition.json',Path(runs or root/'runs'/'composition')
    if summary: d = json.loads(path.read_text())
    else:
        runs.mkdir(parents=True, exist_ok=True)
        judges,accuracy = judges_of(s)
        print('judges on real images:', accuracy, flush=True)
        d = dict(command='python tools/figures.py composition', torch=torch.__version__, settings=s, aims=AIMS,
            judges=accuracy, results={})
        for seed in range(seeds):
            d['results'][str(seed)],pictures = measured(s, seed, runs, judges, kinds)
            if seed==0: show(pictures, folder/'composition.jpg', s)
            write_whole(path, json.dumps(d, indent=1).encode())
            d = json.loads(json.dumps(d))
    text = composition_text(d)
    write_whole(folder/'composition.md', text)
    print(text, flush=True)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--seeds', type=int, default=3)
    ap.add_argument('--seed', type=int, default=0, help='which one --train trains')
    ap.add_argument('--updates', type=int, default=COMPOSITION['updates'])
    ap.add_argument('--train', action='store_true', help='train only')
    ap.add_argument('--kind', default='attributes', choices=list(KINDS), help='what --train trains')
    ap.add_argument('--summary', action='store_true', help='train and measure nothing')
    ap.add_argument('--kinds', nargs='+', default=list(KINDS), choices=list(KINDS), help='what is measured')
    ap.add_argument('--runs', type=Path, default=root/'runs'/'composition', help='folder of the checkpoints')
    ap.add_argument('--out', type=Path, default=root/'figures')
    a = ap.parse_args()
    s = COMPOSITION | dict(updates=a.updates)
    if a.train:
        a.runs.mkdir(parents=True, exist_ok=True)
        trained(s, a.seed, a.runs, a.kind)
    else: write_composition(a.out, a.seeds, a.runs, a.summary, a.kinds, s)

if __name__=='__main__': main()
