"The house itself: which way imports go, how long and how wide things are, what is said, seeds, and a bare library"
import ast, importlib, inspect, json, random
from functools import cache
import numpy as np, pytest, torch
from cdebm import augment, buffer, checkpoints, checks, controls, data, densities, energies, generation, gradients
from cdebm import grid, judge, likelihood, losses, models, modules, ood, samplers, shapes, tempering, training
from cdebm import attributes, composition, estimator, mixing, weighted, zoo
from cdebm.explorer import chains, compose, draw, painted
from cdebm.recipes import Model, preset
from cdebm.runs import uses
from helpers import bits, extra_packages, learner, python, root, seeded, tool

house = tool('tools/house.py')
rooms = house.rooms(root)
numbers = {f'cdebm.{m}': house.number(p) for m,p in rooms.items()}

# -- which way imports go --

def home(module, name):
    "The room that `from module import name` reaches, None for what is no room's"
    if f'{module}.{name}' in numbers: return f'{module}.{name}'
    if module in numbers or module=='cdebm': return module if module in numbers else None
    package = importlib.import_module(module)
    lazy = getattr(package, '_homes', {})
    return f'{module}.{lazy[name]}' if name in lazy else getattr(getattr(package, name), '__module__', None)

def imported(text):
    "Rooms that a cell imports, wherever in it: statements, and calls of `import_module`"
    out = []
    for n in ast.walk(ast.parse(house.python(text))):
        if isinstance(n, ast.Import): out += [a.name for a in n.names]
        elif isinstance(n, ast.ImportFrom) and (n.module or '').split('.')[0]=='cdebm':
            out += [home(n.module, a.name) for a in n.names]
        elif isinstance(n, ast.Call) and ast.unparse(n.func).endswith('import_module'):
            out += [a.value for a in n.args if isinstance(a, ast.Constant)]
    return [m for m in dict.fromkeys(out) if m in numbers]

shows_views = {'samplers','gradients'}     # their last cells show what the room did

@pytest.mark.parametrize('module', rooms)
def test_imports_go_down(module):
    "A room, its lessons too, imports only rooms with a lower number; a lesson its own"
    mine,code = numbers[f'cdebm.{module}'],house.cells(rooms[module])
    last = max(i for i,t in enumerate(code) if house.exported(t))
    found = [(i, m) for i,t in enumerate(code) for m in imported(t) if numbers[m]>=mine+(not house.exported(t))]
    allowed = [(i, m) for i,m in found if i>last and module in shows_views and m.startswith('cdebm.explorer')]
    kind = ['exported' if house.exported(t) else 'a lesson' for t in code]
    up = [f'code cell {i} ({kind[i]}): {m}' for i,m in found if (i, m) not in allowed]
    assert not up, f'{rooms[module].name} imports upward or itself: {up}'

a_cell = """
%matplotlib inline
from cdebm import losses, __version__
import cdebm.grid as g
def f():
    from cdebm.explorer import ChainExplorer
"""

def test_imports_are_seen(): assert imported(a_cell)==['cdebm.losses','cdebm.grid','cdebm.explorer.chains']

# -- how long, how wide, what is said --

records = json.loads((root/'tests'/'house.json').read_text('utf-8'))

@cache
def standing(): return house.standing(root)

@pytest.mark.parametrize('kind', records)
def test_records_only_fall(kind):
    "No length and no count of silences passes its record"
    if kind not in standing(): pytest.skip('needs tools/jslengths.py')
    value,names = standing()[kind]
    assert value<=records[kind], f"{kind}: {value}, its record is {records[kind]}; because of {', '.join(names)}"

def test_every_measure_has_a_record(): assert standing().keys() <= records.keys(), 'python tools/house.py --record'

def test_records(tmp_path):
    "Lowered where something is beaten, not below the aim, and never raised"
    path = tmp_path/'house.json'
    path.write_text(json.dumps({'longest class': 130, 'longest function': 30, 'longest module': 460}))
    now = {'longest class': (100, []), 'longest function': (31, []), 'longest module': (455, []), 'new': (7, [])}
    assert house.beaten(now, json.loads(path.read_text()))==['longest class','longest module']
    house.record(now, path)
    lowered = {'longest class': 120, 'longest function': 30, 'longest module': 455, 'new': 7}
    assert json.loads(path.read_text())==lowered and house.beaten(now, lowered)==[]

def scripts():
    own = [p for d in ('tests','tools','benchmarks','docs') for p in (root/d).rglob('*')]
    own = [p for p in own if p.suffix in ('.py','.js','.mjs')]
    return sorted([root/'setup.py', *own, *(root/'cdebm').rglob('*.js')])

@pytest.mark.parametrize('path', scripts(), ids=lambda p: p.relative_to(root).as_posix())
def test_columns_of_scripts(path):
    assert house.wide(path.read_text('utf-8'))==[], f'lines of more than {house.WIDTH} columns'

@pytest.mark.parametrize('path', sorted((root/'nbs').rglob('*.ipynb')), ids=lambda p: p.stem)
def test_columns_of_notebooks(path):
    wide = [(i, n) for i,t in enumerate(house.cells(path)) for n in house.wide(t)]
    assert wide==[], f'code cells and their lines of more than {house.WIDTH} columns'

module = '''
from typing import NamedTuple
__all__ = ['mean', 'as_mean', 'Pair']
def mean(
    x:Tensor, # points `[B]`
    weights:Tensor|None=None, # as many, at least 0
) -> Tensor: # a number
    "The mean; raises ValueError where `x` is empty"
    if not len(x): raise ValueError('x must hold a point; got none')
def as_mean(x:Tensor, weights) -> Tensor: # of `mean`
    check_batch(x)
    if weights is None: raise ValueError('weights must be given')
class Pair(NamedTuple):
    a: int # the first
    b: int
    def swapped(self): return Pair(self.b, self.a)
'''

def test_silences_are_heard():
    "Of two functions and a record: what has no docstring, no comment, no shape, and refuses without a word"
    assert house.silences({'m': module})=={
        'public names without a docstring': ['m.as_mean','m.Pair','m.Pair.swapped'],
        'parameters without a word': ['m.Pair(b)'],
        'tensors without a shape': ['m.as_mean'],
        'refusals that no docstring tells': ['m.as_mean']}

def test_table():
    "The table has every room, and marks what is missed"
    found = house.measure(root)
    text = house.report(found, {}, json.loads((root/'tools'/'house.json').read_text('utf-8')))
    assert all(f"| {r['number']:02} {m} |" in text for m,r in found.items())
    assert house.shown('module', [100, 200, 451])=='100 / 200 / **451**' and house.shown(house.READ, 1.5)=='**1.5**'
    assert house.code_lines('# a\nx = """b\n\nc"""\n\ny = 1  # d\n')==4 and house.p90(range(1, 11))==9
    assert house.words('Two words, $a+b$ and `code`\n```\nnone\n```')==4

# -- the library alone --

alone = """
import importlib
for m in {modules!r}: importlib.import_module(m)
import torch
from cdebm.data import digits
from cdebm.diagnostics import ess
from cdebm.recipes import preset
from cdebm.samplers import sample
changes = {{'model.width': 16, 'training.batch_size': 32, 'sampler.mcmc_steps': 5, 'training.device': 'cpu'}}
g = torch.Generator().manual_seed(0)
learner = preset('ring', changes).learner().fit(20)
x = sample(learner.energy, torch.zeros(8, 2), learner.sampler, 20, every=1, generator=g)
assert x.x.isfinite().all() and len(digits())>100 and ess(torch.randn(20, 4, 2)).isfinite().all()
print(len(learner.history))
"""

def test_without_any_extra(tmp_path):
    "Every module but the views imports, and the ring is learned, where no package of any extra can be imported"
    blocked = extra_packages()
    assert {'IPython','ipywidgets','papermill','kornia','datasets','accelerate','distributed','pytest'} <= blocked
    names = [m for m in numbers if not m.startswith('cdebm.explorer')]
    res = python(alone.format(modules=names), blocked=blocked)
    assert res.returncode==0 and res.stdout.split()==['20'], res.stderr

# -- one seed, and no other stream --

z,pictures = torch.full((5, 2), .5),torch.full((5, 3, 8, 8), .5)
def net(seed=0): return models.MLPEnergy(2, 8, 1, generator=seeded(seed))
def filled(**kw):
    b = buffer.ReplayBuffer(buffer.uniform_noise(2), 50, .3, **kw)
    b.add(z.repeat(12, 1), generator=seeded())
    return b
settings = training.Settings(samplers.Langevin(.1), mcmc_steps=3, batch_size=8)
def one_step(g): return training.training_step(net(), energies.GaussianMixture.ring(), filled(), settings, g)
def left_out(g):
    b = many()
    return gradients.left_out_terms(net(), b.read(torch.arange(4)), settings.sampler, b, 4, 20, g)
def many():
    "A buffer with enough for a bank"
    b = buffer.ReplayBuffer(buffer.uniform_noise(2), 2000)
    for i in range(2): b.add(torch.rand(1200, 2, generator=seeded(i)), generator=seeded(i))
    return b
def steps_of(make): return lambda g: make().step(energies.Gaussian(dim=2), z, g)
def draws_of(make): return lambda g: make().sample(7, g)
def parameters(module): return list(module.parameters())

starts = chains.Starts('buffer', -4., 4., torch.rand(20, 2, generator=seeded()), torch.rand(9, 2, generator=seeded(1)))
def walk(): return chains.Walk(energies.Gaussian(dim=2), samplers.MALA(.1), starts, .3, 'perturb', .5)

kept = {}
@pytest.fixture(scope='module', autouse=True)
def checkpoint(tmp_path_factory):
    "Of a ring, for what starts from a file"
    kept['checkpoint'] = tmp_path_factory.mktemp('seeds')/'ring.pt'
    small = {'model.width': 8, 'training.batch_size': 32, 'sampler.mcmc_steps': 2, 'training.device': 'cpu'}
    preset('ring', small).learner().fit(2).save(kept['checkpoint'])

def drawn_within(g):
    with modules.own_stream(g): return torch.rand(3)

def crowd(g): return weighted.WeightedChains(energies.Gaussian(dim=2), 9, threshold=1., generator=g)

def carried(g):
    "Weighted chains after a step, which resamples them"
    c = crowd(seeded(1))
    weighted.carry(c, energies.Gaussian(2., dim=2), samplers.MALA(.1), 1, g)
    return c

def put_back(g):
    c = crowd(seeded(1))
    c.log_weight += torch.arange(9.)
    c.put_back(c.x.clone(), energies.Gaussian(dim=2), g)
    return c.x

def resampled(g):
    c = crowd(seeded(1))
    c.resample(energies.Gaussian(2., dim=2), g)
    return c.x

def recorded(g):
    "Frames of chains on a quadratic of pictures"
    def quadratic(x): return (x - .5).flatten(1).square().sum(1)
    rule = samplers.Langevin(.01, clamp=(0.,1.))
    film = compose.composed_recording([quadratic], torch.full((2,1,8,8), .5), rule, 4, 2, generator=g)
    return torch.frombuffer(bytearray(film.frame_energies), dtype=torch.float32)

CALLS = {     # every public function, class and method that takes a generator, with a call of it
    'checks.check_generator': lambda g: checks.check_generator(g) is g,
    'checks.draw': lambda g: checks.draw(torch.randn, (3,), z, g),
    'checks.draw_categorical': lambda g: checks.draw_categorical(z[0], 9, g),
    'checks.draw_integers': lambda g: checks.draw_integers(9, (3,), 'cpu', g),
    'grid.Grid.sample': lambda g: grid.Grid(n=30).sample(energies.Gaussian(dim=2), 7, g),
    'energies.Gaussian.sample': draws_of(lambda: energies.Gaussian(dim=2)),
    'energies.GaussianMixture.sample': draws_of(lambda: energies.GaussianMixture.ring()),
    'energies.MixtureOf.sample': draws_of(lambda: energies.Gaussian(dim=2) | energies.Gaussian(1., dim=2)),
    'densities.Checkerboard.sample': draws_of(lambda: densities.density('checkerboard')),
    'densities.Pinwheel.sample': draws_of(lambda: densities.density('pinwheel')),
    'densities.TwoStep.sample': draws_of(lambda: densities.density('banana')),
    'data.dequantise': lambda g: data.dequantise(z, 3, g),
    'data.TensorData.sample': lambda g: data.TensorData(pictures, levels=3).sample(4, g),
    'data.noise_like': lambda g: data.noise_like(pictures, g),
    'data.shuffled': lambda g: data.shuffled(torch.arange(64.).view(1, 1, 8, 8)/63, g),
    'data.interpolated': lambda g: data.interpolated(torch.arange(5.)[:,None,None,None]*pictures/5, g),
    'shapes.Shapes.factors': lambda g: shapes.Shapes().factors(3, g),
    'shapes.Shapes.sample': lambda g: shapes.Shapes(pixels=8).sample(3, g),
    'modules.initialise': lambda g: parameters(modules.initialise(net(), g)),
    'modules.own_stream.__init__': lambda g: drawn_within(g),
    'models.MLPEnergy.__init__': lambda g: parameters(models.MLPEnergy(generator=g)),
    'models.ConvEnergy.__init__': lambda g: parameters(models.ConvEnergy(generator=g)),
    'models.StridedEnergy.__init__': lambda g: parameters(models.StridedEnergy(width=4, generator=g)),
    'models.ResidualEnergy.__init__': lambda g: parameters(models.ResidualEnergy(width=4, generator=g)),
    'samplers.Langevin.step': steps_of(lambda: samplers.Langevin(.1)),
    'samplers.GradientDescent.step': steps_of(lambda: samplers.GradientDescent(.1)),
    'samplers.MALA.step': steps_of(lambda: samplers.MALA(.1)),
    'samplers.HMC.step': steps_of(lambda: samplers.HMC(.1)),
    'samplers.UniformJump.step': steps_of(lambda: samplers.UniformJump()),
    'samplers.Compose.step': steps_of(lambda: samplers.Compose((samplers.MALA(.1), samplers.UniformJump()))),
    'samplers.watched_step': lambda g: samplers.watched_step(samplers.Langevin(.1), energies.Gaussian(dim=2), z, g).x,
    'samplers.Langevin.move': lambda g: samplers.Langevin(.1).move(energies.Gaussian(dim=2), z, g).x,
    'samplers.GradientDescent.move': lambda g: samplers.GradientDescent(.1).move(energies.Gaussian(dim=2), z, g).x,
    'weighted.systematic': lambda g: weighted.systematic(z[:,0], g),
    'weighted.WeightedChains.__init__': lambda g: crowd(g).x,
    'weighted.WeightedChains.start': lambda g: crowd(seeded(1)).start(3, g).x,
    'weighted.WeightedChains.put_back': put_back,
    'weighted.WeightedChains.resample': resampled,
    'weighted.WeightedChains.bank': lambda g: crowd(seeded(1)).bank(5, g),
    'weighted.carry': lambda g: carried(g).x,
    'weighted.LogZ.__init__': lambda g: weighted.LogZ(crowd(g), g).chains.x,
    'samplers.sample': lambda g: samplers.sample(energies.Gaussian(dim=2), z, samplers.Langevin(.1), 3, generator=g).x,
    'buffer.uniform_noise.__call__': lambda g: buffer.uniform_noise(2)(3, g),
    'buffer.from_uint8': lambda g: buffer.from_uint8(torch.zeros(3, 2, dtype=torch.uint8), g),
    'buffer.fifo_slots': lambda g: buffer.fifo_slots(torch.arange(1, 10), 4, g),
    'buffer.reservoir_slots': lambda g: buffer.reservoir_slots(torch.arange(1, 10), 4, g),
    'buffer.take_slots': lambda g: buffer.take_slots(torch.zeros(4).long(), torch.arange(1, 10), 'reservoir', g),
    'buffer.Store.add': lambda g: [(b := filled(policy='reservoir')).add(z, generator=g), b.x],
    'buffer.Store.read': lambda g: filled(dtype='uint8').read(torch.arange(3), g).x,
    'buffer.ReplayBuffer.start': lambda g: filled().start(9, g),
    'buffer.ReplayBuffer.bank': lambda g: filled().bank(9, g, min_size=10),
    'augment.Augment.draw': lambda g: augment.Augment().draw(3, 'cpu', g),
    'augment.RandomAffine.__call__': lambda g: augment.RandomAffine()(pictures, g),
    'augment.Augment.__call__': lambda g: augment.augmentations['cifar10'](pictures, g),
    'gradients.earlier_bank': lambda g: gradients.earlier_bank(many(), 100, 20, g),
    'gradients.left_out_terms': left_out,
    'checkpoints.set_state': lambda g: [checkpoints.set_state(g, seeded(5).get_state()), torch.rand(3, generator=g)],
    'training.positives': lambda g: training.positives(energies.GaussianMixture.ring(), 4, z, generator=g),
    'training.run_chains': lambda g: training.run_chains(net(), buffer.Chains(z, None), settings, g),
    'training.training_step': lambda g: [one_step(g).neg.x, one_step(g).terms.total],
    'training.Learner.__init__': lambda g: bits(learner(generator=g).fit(2)),
    'judge.Judge.__init__': lambda g: parameters(judge.Judge((1, 8, 8), 2, 4, 8, g)),
    'judge.train_judge': lambda g: parameters(judge.train_judge(labelled(), 2, 4, width=4, generator=g)),
    'likelihood.Box.sample': draws_of(lambda: likelihood.Box((2,))),
    'likelihood.anneal': lambda g: likelihood.anneal(*ends, torch.linspace(0, 1, 4), z, generator=g),
    'likelihood.tuned_steps': lambda g: step_sizes(likelihood.tuned_steps(*ends, torch.linspace(0, 1, 4), 9, 2, g)),
    'likelihood.log_mean_weight': lambda g: likelihood.log_mean_weight(torch.arange(5.), g),
    'likelihood.bracket_log_z': lambda g: likelihood.bracket_log_z(*ends, 5, 9, generator=g)[:2],
    'tempering.adapted': lambda g: tempering.adapted(ends[0], z, ends[2], 5, generator=g).step_sizes,
    'tempering.TemperedTransitions.step': steps_of(lambda: tempering.TemperedTransitions(ends[2], (1., 2.))),
    'tempering.ParallelTempering.step': lambda g: stacked().step(ends[0], stacked().start(z), g),
    'controls.twice_noised': lambda g: controls.twice_noised(z, .5, 3, g),
    'controls.EnergyDiscrepancy.contrast': lambda g: controls.EnergyDiscrepancy().contrast(ends[0], z, g),
    'controls.through_few': lambda g: few_of(g),
    'controls.energy_discrepancy': lambda g: controls.energy_discrepancy(ends[0], z, generator=g),
    'controls.DenoisingScoreMatching.contrast': lambda g: controls.DenoisingScoreMatching().contrast(ends[0], z, g),
    'controls.denoising_score_matching': lambda g: controls.denoising_score_matching(ends[0], z, generator=g),
    'controls.Control.__call__': lambda g: without_chains(controls.EnergyDiscrepancy(), g),
    'generation.generate': lambda g: generated(g).x,
    'generation.kernel_mmd': lambda g: generation.kernel_mmd(points(0), points(1), blocks=2, generator=g),
    'ood.detection': lambda g: ood.detection([0., 1., 2.], [1., 3.], 20, generator=g).auroc[:],
    'ood.energy_scores': lambda g: later(g)(points(0)),
    'ood.out_sets': lambda g: ood.out_sets(grey(), ['shuffled'], generator=g)[0],
    'ood.ood_table': lambda g: one_table(g).detections['pixel mean', 'light'].fpr95[:],
    'mixing.mixing': lambda g: mixing.mixing(pixel_bowl, grey(), ends[2], two_logits, 2, 2, generator=g).x,
    'zoo.Trained.sample': lambda g: zoo.load('ring').sample(5, 2, generator=g).x,
    'zoo.pack': lambda g: drawn_for_keeps(g),
    'estimator.Blurred.sample': draws_of(lambda: estimator.Blurred(z, .5)),
    'explorer.compose.composed_recording': recorded,
    'attributes.attributed_shapes': lambda g: attributes.attributed_shapes(3, 8, generator=g)[0],
    'attributes.OneAttribute.sample': lambda g: one_attribute().sample(4, g),
    'attributes.OneAttribute.asked': lambda g: one_attribute().asked(4, g)[0],
    'attributes.JointStep.__call__': lambda g: joint_step(g),
    'attributes.teach_labels': lambda g: attributes.teach_labels(Labelled(), one_attribute(), 2, 4, generator=g),
    'composition.staged': lambda g: composition.staged(ends[:2], z, samplers.Langevin(.1), 3, generator=g)[-1].x,
    'parts.Model.build': lambda g: parameters(Model('mlp', width=8).build((2,), g)),
    'explorer.chains.turned': lambda g: chains.turned(z, 0., g),
    'runs.uses.sample_checkpoint': lambda g: uses.sample_checkpoint(kept['checkpoint'], 5, 2, generator=g)[0],
    'runs.uses.held_out_scores': lambda g: uses.held_out_scores(ends[1], densities.density('eight_gaussians'), g),
    'runs.uses.score_examples': lambda g: uses.score_examples(kept['checkpoint'], z, g)['test_scores'],
    'explorer.chains.Starts.noise': lambda g: starts.noise(4, g),
    'explorer.chains.Starts.sample': lambda g: starts.sample(4, g),
    'explorer.chains.Starts.again': lambda g: starts.again(4, g),
    'explorer.chains.Walk.moved': lambda g: walk().moved(z, g),
    'explorer.chains.Walk.jumps': lambda g: walk().jumps(z, g),
    'explorer.chains.Walk.step': lambda g: walk().step(z, g),
    'explorer.chains.Walk.steps': lambda g: walk().steps(z, 3, g),
    'explorer.chains.Walk.begin': lambda g: walk().begin(4, g),
    'explorer.chains.Walk.aged': lambda g: walk().aged(z, g),
    'explorer.chains.Walk.path': lambda g: walk().path(2, 4, g),
    'explorer.painted.Painted.sample': draws_of(lambda: painted.Painted(painted.painting('ring').double())),
    'explorer.draw.Paper.sample': draws_of(lambda: draw.Paper(draw.DrawData('ring', width=8))),
}
def few_of(g):
    "The gradient through one drawn point of three"
    n,near = net(),controls.twice_noised(z, .5, 3, seeded())
    controls.through_few(n, z, near, near[...,0], 1, 1., g).backward()
    return [p.grad for p in n.parameters() if p.grad is not None]
def without_chains(control, g):
    s = training.Settings(batch_size=4, weights=losses.Weights(opt=0, entropy=0, reg=0))
    step = control(net(), energies.GaussianMixture.ring(), filled(), s, g)
    return [step.pos.x, step.neg.x, step.terms.total]
def drawn_for_keeps(g):
    "Chains that a packed model keeps"
    folder = kept['checkpoint'].parent/'packed'
    zoo.pack(kept['checkpoint'], 'ring', folder, 5, generator=g, about='ring', source='a formula', licence='none')
    return zoo.load(folder/'ring.json').chains.x
ends = energies.Gaussian(1., dim=2),energies.Gaussian(dim=2),samplers.MALA(.1)
def points(s): return torch.randn(20, 2, generator=seeded(s))
def grey(): return torch.rand(5, 1, 4, 4, generator=seeded())
def generated(g):
    return generation.generate(ends[1], buffer.uniform_noise(2), ends[2], 5, n_steps=3, progress=False, generator=g)
def two_logits(x): return x.flatten(1)[:,:2]
def pixel_bowl(x): return x.square().flatten(1).sum(1)
def later(g): return ood.energy_scores(ends[1], points(1), samplers.Langevin(.1), 3, g)['energy after 3 steps']
def one_table(g):
    return ood.ood_table(dict(first=lambda x: x[:,0,0,0]), grey(), dict(light=grey()), grey(), n_boot=20, generator=g)
def stacked(): return tempering.ParallelTempering(ends[2], (1., 2.))
def step_sizes(found): return [s.step_size for s in found]
def one_attribute(): return attributes.OneAttribute(pictures, dict(a=[0, 1, 0, 1, 1]))
def joint_step(g):
    like = buffer.uniform_noise(pictures.shape[1:])
    places = buffer.ReplayBuffer(like, 1000, n_classes=one_attribute().classes)
    s = training.Settings(samplers.Langevin(.1), 2, 4)
    step = attributes.JointStep(training.training_step, batch_size=3)(Labelled(), one_attribute(), places, s, g)
    return [step.pos.x, step.neg.x, step.terms.total]
class Labelled(torch.nn.Module):
    "An energy of images that depends on labels"
    def __init__(self):
        super().__init__()
        self.by_label = torch.nn.Parameter(torch.arange(3.))
    def forward(self, x, y): return self.by_label[y]*x.flatten(1).mean(1)
def labelled(): return data.TensorData(pictures[:,:1], torch.arange(5) % 2, labelled=True)

draws_nothing = {'checks.check_generator','buffer.fifo_slots',
    'samplers.GradientDescent.step','samplers.GradientDescent.move'}

def takers():
    "Public functions and methods of the library with a parameter `generator`"
    for m in rooms:
        module = importlib.import_module(f'cdebm.{m}')
        for name in module.__all__:
            o = getattr(module, name)
            methods = {f'.{k}': f for k,f in vars(o).items()} if inspect.isclass(o) else {'': o}
            for k,f in methods.items():
                f = getattr(f, '__func__', f)     # of a class method
                if k.startswith('._') and k not in ('.__init__','.__call__'): continue
                if inspect.isfunction(f) and 'generator' in inspect.signature(f).parameters: yield f'{m}.{name}{k}'

def test_the_table_is_whole():
    there = set(takers())
    assert there <= CALLS.keys(), 'takes a generator, and has no call in the table'
    assert CALLS.keys() <= there, 'has a call in the table, and takes no generator'

def streams(): return torch.get_rng_state().tolist(),np.random.get_state()[1].tolist(),random.getstate()

def flat(o):
    "Tensors and numbers of whatever a call gives back"
    if isinstance(o, torch.Tensor): return [o.detach()]
    if isinstance(o, dict): o = list(o.values())
    if isinstance(o, (list,tuple)): return [v for part in o for v in flat(part)]
    return [] if o is None else [torch.tensor(o)]

@pytest.mark.parametrize('name', CALLS)
def test_one_seed(name):
    "The same twice from one seed, which is drawn from; the global streams stay where they are"
    a,b,before = seeded(3),seeded(3),streams()
    first = flat(CALLS[name](a))
    moved = streams()!=before
    assert not moved, 'a global stream was drawn from'
    torch.rand(1)     # another seed of the global stream
    assert all(map(torch.equal, first, flat(CALLS[name](b)))) and torch.equal(a.get_state(), b.get_state())
    assert torch.equal(a.get_state(), seeded(3).get_state())==(name in draws_nothing)
