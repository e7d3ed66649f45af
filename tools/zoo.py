"""The models of the zoo: trained by their recipes, measured, packed into cdebm/shipped/zoo.

    python tools/zoo.py                    all of them, which takes hours: see --list
    python tools/zoo.py ring digits        these
    python tools/zoo.py mnist --from RUN   pack a run of `cdebm train` that is there, at whatever step it is
    python tools/zoo.py --list             what there is to train, and how long it took

Runs are kept in runs/zoo. Training saves checkpoints on the way; interrupted, the same line goes on from the last one,
and a run that is done is only measured and packed. Remove its folder to train it anew.
"""
import argparse, os, time
os.environ.setdefault('OMP_NUM_THREADS', '2')
from dataclasses import replace
from pathlib import Path
import torch
from cdebm.basics import write_whole
from cdebm.checkpoints import read_checkpoint
from cdebm.generation import Protocol, quality
from cdebm.grid import Grid
from cdebm.judge import train_judge
from cdebm.recipes import load_buffer, load_recipe, preset
from cdebm.runs.jobs import resume_point, train
from cdebm.runs.records import Run
from cdebm.runs.uses import held_out_scores
from cdebm.zoo import FOLDER, cards, find, load, pack

root = Path(__file__).resolve().parent.parent
DRAWN = 'none needed: this package draws the data'
MNIST = dict(source='MNIST of Y. LeCun, C. Cortes and C. J. C. Burges, as ylecun/mnist on the Hugging Face hub',
    licence='CC BY-SA 3.0 (Y. LeCun, C. Cortes); the copy on the hub says MIT')
LONG = {'optimiser.schedule': 'cosine', 'buffer.restart': .05, 'training.steps': 6000} # new chains are surer with it
MODELS = { # name -> preset, what is changed in it, what the card says, chains that are kept
    'ring': dict(preset='ring', about='eight Gaussians on a ring, in the plane', source='a formula', licence=DRAWN,
        chains=256),
    'digits': dict(preset='digits', about="scikit-learn's handwritten digits, 8 x 8", licence='CC BY 4.0', chains=100,
        source='Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI repository, 1998; test part'),
    'shapes': dict(preset='shapes-laptop', about='drawn shapes in colour, 32 x 32', source='cdebm.shapes',
        licence=DRAWN, chains=64),
    'shapes-by-attribute': dict(preset='shapes-by-attribute', changes={'optimiser.schedule': 'cosine'}, chains=64,
        about='drawn shapes with labels of one attribute each, 16 x 16', source='cdebm.attributes', licence=DRAWN),
    'mnist': dict(preset='mnist-laptop', changes=LONG, about='MNIST, 28 x 28', chains=100, **MNIST),
    'mnist-conditional': dict(preset='mnist-laptop-conditional', changes=LONG, about='MNIST with labels, 28 x 28',
        chains=150, **MNIST),
    'cifar10': dict(preset='cifar10-laptop', about='CIFAR-10, 32 x 32, in the small', chains=64,
        source='CIFAR-10 of A. Krizhevsky, V. Nair and G. Hinton, 2009, as uoft-cs/cifar10 on the Hugging Face hub',
        licence='none stated by its makers; they ask that their report of 2009 be cited'),
}

def seeded(s): return torch.Generator().manual_seed(s)

def recipe_of(name):
    "What a model is trained by"
    return preset(MODELS[name]['preset'], MODELS[name].get('changes'))

# ---------------------------------------------------------------- a run

def trained_by(recipe, runs) -> list:
    "Runs of `recipe`, whatever speed was chosen for it, with the steps they have made; the furthest last"
    found = []
    for folder in sorted((runs/'train').glob('*/checkpoint.pt')):
        if load_recipe(folder).replace(speed=recipe.speed)==recipe:
            found.append((read_checkpoint(folder)['step'], folder.parent))
    return sorted(found)

def seconds_of(run) -> float|None:
    "How long a run took, with those that it went on from"
    run = Run(run)
    before = run.params.get('resume')
    earlier = seconds_of(Path(before).parent) if before else 0
    return None if None in (earlier, run.seconds) else earlier + run.seconds

def run_of(recipe, runs) -> Path:
    "The folder of a run that is done: what is there, or went on, or was begun"
    there = trained_by(recipe, runs)
    if there and there[-1][0]>=recipe.training.steps: return there[-1][1]
    if not there: return train(recipe, runs)
    on,start = resume_point(there[-1][1])
    print(f'going on from step {there[-1][0]:,} of {recipe.training.steps:,}')
    return train(on, runs, start, dict(resume=str(start.resolve())))

# ---------------------------------------------------------------- how good it is

COUNT,JUDGE_STEPS,REFERENCES = 400,400,5000 # samples of each kind, updates of the judge, training examples at most
STEPS = dict(stored=80, noise=240) # of stored chains that go on, of new chains from noise

def in_the_plane(t):
    kl = Grid(*t.recipe.box, 200, dim=2, closed=True).kl(t.recipe.data_set('test'), t.energy).item()
    return dict(kl=kl),"KL divergence of the model from the data's density, nats, summed on a grid of 200 x 200"

def data_of(recipe, split):
    "With labels where there are some"
    try: return recipe.data.build(split, True)
    except ValueError: return recipe.data.build(split)

def some(data, n, seed):
    "`n` different examples"
    if not hasattr(data, '__len__'): return data.sample(n, seeded(seed))
    return data[torch.randperm(len(data), generator=seeded(seed))[:n]]

def judge_of(recipe, data):
    "A classifier where there are labels, and what it is called; else pixels"
    if getattr(data, 'y', None) is None or not data.labelled: return (lambda x: x.flatten(1)),'pixels'
    return train_judge(data, JUDGE_STEPS, generator=seeded(3)),f'a judge of {recipe.data.name}, {JUDGE_STEPS} updates'

def of_images(t, buffer):
    "Stored chains of the run, and new ones, beside held-out examples"
    train_data,test_data = data_of(t.recipe, 'train'),data_of(t.recipe, 'test')
    judge,features = judge_of(t.recipe, train_data)
    seen,unseen = some(train_data, REFERENCES, 1),some(test_data, COUNT, 2)
    figures,ways = {},dict(stored=(replace(t, chains=buffer), 'buffer'), noise=(t, 'noise'))
    for k,(model,start) in ways.items():
        g = model.sample(min(COUNT, len(buffer)), STEPS[k], start, seeded(1000))
        protocol = Protocol(str(g), len(g), f'{t.recipe.data.name} test', features, 0)
        q = quality(g.x, seen, unseen, judge, protocol, t.card.levels)
        for f in ('frechet', 'sure', 'recall', 'copies'):
            if (v := getattr(q.samples, f)) is not None: figures[f'{f}_{k}'] = v
            if (v := getattr(q.test, f)) is not None: figures[f'{f}_test'] = v
    words = (f'{COUNT} stored chains of the run ({STEPS["stored"]} steps more), {COUNT} from noise ({STEPS["noise"]} '
        f'steps) and held-out examples, in half precision; features: {features}; beside {len(seen)} training examples')
    return dict(sorted(figures.items(), key=lambda kv: ('frechet', 'sure', 'recall', 'copies').index(
        kv[0].partition('_')[0]))),words

def of_attributes(t):
    "Images composed of one to four attributes, in stages: how many have all that was wanted"
    from composition import COMPOSITION, composed, judges_of, shares, wanted_values
    s = COMPOSITION | dict(levels=t.card.levels)     # its sampler is that of the recipe
    assert t.recipe.sampler.step_size==s['step_size'] and t.recipe.sampler.noise_std==s['noise_std']
    wanted = wanted_values(s, s['composed'], 9000)
    stages = composed(s, t.energy, t.recipe.data_set('test'), wanted, 9100)
    found = {f'right_{k}': v['together'] for k,v in shares(s, judges_of(s)[0], stages, wanted).items()}
    return found,(f"right_N: share of {s['composed']} images composed of the first N of {', '.join(s['order'])}, in "
        f"stages of {s['n_steps']} steps, that have all of these by judges ({s['judge_steps']} updates)")

# ---------------------------------------------------------------- a model of it

def packed(name, run, folder):
    "Pack a run, measure what was packed, and write that down"
    said = dict(MODELS[name])
    chains,_,_ = (said.pop(k, None) for k in ('chains', 'preset', 'changes'))
    whole = load(run)
    test = whole.recipe.data_set('test')
    scores = held_out_scores(whole.energy, test, seeded(0))
    more = dict(seconds=seconds_of(find(run).parent), levels=getattr(test, 'levels', None))
    card = pack(run, name, folder, chains, scores, **said, **more)
    t = load(folder/f'{name}.json')
    figures,protocol = of_images(t, load_buffer(find(run))) if card.recipe.data.is_image else in_the_plane(t)
    if t.recipe.loss.label:
        more,words = of_attributes(t)
        figures,protocol = more | figures,f'{words}; {protocol}'
    card = replace(card, figures=figures, protocol=protocol)
    write_whole(folder/f'{name}.json', card.to_json())
    return card

def told(seconds): return 'not known' if seconds is None else f'{seconds/60:,.0f} min'

def show_list():
    "What there is, and how long it took"
    there = cards()
    for k,m in MODELS.items():
        took = f'trained in {told(there[k].seconds)}' if k in there else 'not in the package yet'
        print(f'{k:<18} {m["preset"]:<26} {recipe_of(k).training.steps:>6,} steps  {took}')

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('names', nargs='*', metavar='NAME')
    p.add_argument('--from', dest='run', type=Path, help='a run to pack, or its checkpoint, instead of training')
    p.add_argument('--runs', type=Path, default=root/'runs'/'zoo', help='where runs are kept')
    p.add_argument('--to', type=Path, default=FOLDER, help='where models are written')
    p.add_argument('--list', action='store_true', help='what there is to train')
    a = p.parse_args()
    if wrong := set(a.names)-MODELS.keys(): p.error(f"{', '.join(wrong)}: there are {', '.join(MODELS)}")
    if a.run and len(a.names)!=1: p.error('--from packs one run: give it one name')
    show_list()
    if a.list: return
    for name in a.names or MODELS:
        start = time.time()
        print(f'\n{name}: {recipe_of(name)}', flush=True)
        run = a.run or run_of(recipe_of(name), a.runs)
        card = packed(name, run, a.to)
        size = sum((a.to/f'{name}.{k}').stat().st_size for k in ('json', 'safetensors'))
        print(f'{name}: {size:,} bytes, trained in {told(card.seconds)}, here {time.time()-start:,.0f} s')
        print(card.figures)

if __name__=='__main__': main()
