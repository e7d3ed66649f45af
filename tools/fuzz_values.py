"""Right arguments for every parameter of the library, and odd ones for every kind of parameter; for `tools/fuzz.py`.

All of them are made anew for each call, from `rng` and the generator `g`, which `start` seeds.
"""
import contextlib, importlib, math, random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
import numpy as np, torch

class _Lazy:
    "`lib.samplers.Langevin(.01)`: a room of the library, imported when it is wanted"
    def __getattr__(self, room): return importlib.import_module(f'cdebm.{room}')

lib,rng,g,folder = _Lazy(),random.Random(),torch.Generator(),Path('.')

def start(seed, where):
    "What is made from here on depends on `seed`; files go to the folder `where`"
    global folder
    folder = Path(where)
    rng.seed(seed)
    g.manual_seed(rng.randrange(2**31))

# ------------------------------------------------------ parts that fit together: points of the plane, 8 x 8 images

def one_of(*vs): return rng.choice(vs)
def randn(*s): return torch.randn(s, generator=g)
def rand(*s): return torch.rand(s, generator=g)
def ints(high, *s): return torch.randint(high, s, generator=g)
def images(n=4, c=1): return rand(n, c, 8, 8)
def bowl(x, *y): return x.flatten(1).square().sum(1)
def labelled_bowl(x, y=0): return x.flatten(1).square().sum(1) + y
def mlp(): return lib.models.MLPEnergy(2, 8, 1, confine=.1, generator=g)
def gaussian(): return lib.energies.Gaussian(0., 1., dim=2)
def energy(): return one_of(bowl, gaussian(), mlp())
def attached(): return randn(4, 2)*torch.ones((), requires_grad=True)
def chains(): return lib.buffer.Chains(randn(4, 2))
def line(): return torch.linspace(-2, 2, 6).double()
def line_net(): return lib.models.MLPEnergy(1, 4, 1, generator=g).double()
def rows_file():
    "A table of two columns"
    np.save(folder/'rows.npy', np.arange(60.).reshape(30, 2)**2)
    return folder/'rows.npy'

def line_step(): return lib.laboratory.langevin(line(), randn(6).double(), .1)
def probabilities(): return rand(6).double().softmax(0)
def grid(): return lib.grid.Grid(-4., 4., 20, 2)
def factors(): return lib.shapes.Shapes(8).factors(3, g)
def data(): return lib.data.TensorData(randn(20, 2))
def labelled(): return lib.data.TensorData(images(6), [0, 1, 2]*2, labelled=True)
def langevin(): return lib.samplers.Langevin(.01)
def sampler(): return one_of(langevin(), lib.samplers.MALA(.01), lib.samplers.annealed(langevin(), 3))
def mala(): return lib.samplers.MALA(.01)
def ladder(): return lib.tempering.ParallelTempering(mala(), (1., 2., 4.))
def bracket(): return lib.likelihood.bracket_log_z(gaussian(), gaussian(), mala(), 3, 5, generator=g)
def settings(): return lib.training.Settings(langevin(), mcmc_steps=2, batch_size=4)
def weights(): return lib.losses.Weights()
def settings_without_chains():
    return lib.training.Settings(langevin(), 2, 4, lib.losses.Weights(opt=0, entropy=0, reg=0))
def terms(): return lib.losses.improved_cd(mlp(), randn(4, 2), attached())

def buffer():
    b = lib.buffer.ReplayBuffer(lib.buffer.uniform_noise(2, -2., 2.), 2000)
    b.add(randn(1200, 2))
    return b

def learner(*callbacks, steps=2):
    l = lib.training.Learner(mlp(), data(), buffer(), settings(), generator=g, callbacks=callbacks)
    return l.fit(steps) if steps else l

def trained(callback):
    "A callback after a short training"
    learner(callback)
    return callback

def rows(): return learner().history.rows
def record(): return trained(lib.gradients.GradientNorms(1)).record
def ema(): return trained(lib.callbacks.EMA(.9))
def cosine(o): return torch.optim.lr_scheduler.CosineAnnealingLR(o, 9)
def schedule(): return trained(lib.callbacks.Schedule(cosine))
def track(): return trained(lib.callbacks.Track(1, gap=lambda l: 1.))
def film(): return trained(lib.logs.SampleGrid(folder/'film', 1, 4))
def monitor(): return trained(lib.health.HealthMonitor(every=1, say=str))
def speed(): return trained(lib.logs.Throughput(1))
def ring(): return lib.recipes.preset('ring', {'model.width': 8, 'training.batch_size': 4})

def frames(): return lib.generation.Frames(rand(3, 2, 1, 8, 8), randn(3, 2), (0, 1, 2))
def protocol(): return lib.generation.Protocol('noise', 8, 'test', 'a judge', 0)
def figures(): return lib.generation.Figures(1., 1., .1, .5, .5, 1., .1, .1, None, None)
def rated(): return lib.generation.Quality(protocol(), 8, figures(), figures(), figures())
def few_rows(n=12): return np.random.default_rng(rng.randrange(2**31)).normal(size=(n, 3))
def estimator():
    "A fitted one, whose log Z is known"
    brief = dict(width=4, steps=2, batch_size=8, mcmc_steps=1, random_state=0)
    fitted = lib.estimator.EnergyEstimator(**brief).fit(few_rows())
    fitted.estimate_log_z(3, 4, 0)
    return fitted
def estimator_file():
    estimator().save(folder/'e.safetensors')
    return folder/'e.safetensors'

def paths(): return lib.mixing.Mixing(ints(3, 4, 2), images(2))
def detected(): return lib.ood.ood_table(dict(energy=bowl), images(), dict(other=images()), images(), n_boot=9,
    generator=g)

def _file(name, write):
    path = folder/name
    if not path.exists(): write(path)
    return path

def checkpoint(): return _file('whole.pt', lambda p: learner().save(p))
def recipe_checkpoint(): return _file('ring.pt', lambda p: ring().learner().fit(1).save(p))
def packed():
    said = dict(about='a ring', source='a formula', licence='none')
    if not (folder/'packed.json').exists(): lib.zoo.pack(recipe_checkpoint(), 'packed', folder, 5, **said)
    return folder/'packed.json'
def card(): return lib.zoo.load(packed()).card
def table(): return _file('t.csv', lambda p: p.write_text('1,2\n3,4\n'))
def parquet():
    import pyarrow, pyarrow.parquet
    cells = pyarrow.table(dict(image=[dict(bytes=picture().read_bytes(), path=None)]*3, label=[0, 1, 2]))
    return _file('p.parquet', lambda p: pyarrow.parquet.write_table(cells, p))
def picture():
    from PIL import Image
    return _file('p.png', lambda p: Image.new('L', (8, 8), 100).save(p))

def chapter(): return lib.course.chapters()['01_energy']
def crowd(): return lib.weighted.WeightedChains(gaussian(), 4, generator=g)

def lived():
    "A recorder that knows every slot of a buffer, after a batch"
    l = lib.lives.Lives(2000).follow(buffer())
    x = l.buffer.start(4, g).x
    l.buffer.add(x, generator=g)
    l.note(x, x, rand(4), 0)
    return l

def watched(): return learner().add(lib.health.HealthMonitor())

# name of a parameter -> a right value; `Class.method.name` goes before `Class.name` or `function.name`, then `name`.
# What is not here has its default, or a value for its kind
RIGHT = {
    # numbers and names
    'check_number.v': lambda: one_of(1, 2.5), 'check_number.high': lambda: 9, 'check_choice.v': lambda: 'a',
    'choices': lambda: ['a', 'b'], 'known': lambda: ['a', 'b'], 'write_whole.path': lambda: folder/'w.txt',
    'write': lambda: one_of(b'x', 'x', lambda f: f.write(b'y')),
    'check_state.d': lambda: dict(a=1), 'as_path.v': lambda: folder/'a', 'as_device.v': lambda: 'cpu',
        'name': lambda: 'thing',
    # tensors
    'e': lambda: randn(4), 'as_numbers.v': lambda: [1., 2.], 'as_numbers.want': lambda: 'numbers',
        'check_callable.f': lambda: bowl, 'check_kind.v': dict, 'check_kind.has': lambda: ['keys'],
    'as_list.v': lambda: (1, 2), 'check_shape.v': lambda: (2, 3), 'ax': lambda: None,
    'draw.f': lambda: torch.rand, 'shape': lambda: (2, 3), 'like': lambda: one_of(randn(2), 'cpu'),
        'draw_integers.high': lambda: 5,
    'device': lambda: 'cpu', 'draw_categorical.p': lambda: rand(3), 'need': lambda: 100., 'x': lambda: randn(4, 2),
        'n': lambda: 3,
    'generator': lambda: g,
    # pictures
    'reaches.start': lambda: 'cd', 'path.product': lambda: .5, 'products': lambda: [.5, 1.9],
    'opt_force.product': lambda: one_of(.5, 2.), 'draw_pushes.x': lambda: torch.linspace(-1, 1, 9),
    'draw_pushes.p': lambda: rand(9).softmax(0), 'draw_pushes.e': lambda: rand(9), 'axs': lambda: None,
    'loss_slope.theta': lambda: 1., 'w_opt': lambda: 1., 'w_entropy': lambda: .3, 'rests': lambda: {1: .5, 4: .6},
    'draw_bias.right': lambda: .7,
    # the course
    'grade.name': lambda: 'energy.log_z', 'answer': lambda: one_of(None, -2.77, bowl), 'Grade.right': lambda: True,
    'words': lambda: 'right', 'wants': lambda: 'a number', 'check': lambda: bowl, 'here': lambda: ('a.ipynb',),
    'stored_figures.name': lambda: 'laboratory', 'mine': lambda: [1., 2.], 'theirs': lambda: [1., 2., 4.],
    'chapter.name': lambda: '01_energy',
    'student_copy.notebook': chapter, 'copy_course.to': lambda: folder/f'mine{rng.random()}',
    # an energy
    'energy': energy, 'refuse_border.e': lambda: grid().energies(gaussian()), 'log_p': lambda: -rand(5, 5),
        'log_q': lambda: -rand(5, 5),
    'log_cell': lambda: -1., 'mass_levels.p': lambda: rand(5, 5), 'Grid.n': lambda: 20, 'Grid.dim': lambda: 2,
        'Grid.low': lambda: [-4., -3.],
    'Grid.high': lambda: 4., 'Grid.sample.n': lambda: 3, 'p': gaussian, 'q': gaussian, 'Grid.energy': gaussian,
        'expectation.f': lambda: lambda x: x,
    'Gaussian.mean': lambda: one_of(0., randn(2)), 'Gaussian.cov': lambda: one_of(1., [1., 2.]),
        'Gaussian.dim': lambda: 2,
    'means': lambda: randn(3, 2), 'GaussianMixture.sd': lambda: one_of(1., [1., 2., 3.]),
        'GaussianMixture.ring.sd': lambda: .2,
        'energies': lambda: [gaussian(), gaussian()],
    'Wrapped.f': lambda: bowl, 'as_energy.f': lambda: bowl, 'DoubleWell.x': lambda: randn(4, 1),
        'x0': lambda: randn(4), 'Scaled.w': lambda: 2.,
    'Given.y': lambda: 1, 'Given.energy': lambda: labelled_bowl, 'given.energy': lambda: labelled_bowl,
        'given.y': lambda: one_of(None, 1),
    # data
    'path': lambda: randn(4, 2), 'paths': lambda: [randn(4, 2)], 'density.name': lambda: 'two_moons',
        'spacing': lambda: .5,
    'TensorData.y': lambda: one_of(None, [0, 1, 0, 1]), 'i': lambda: 1, 'read_picture.source': picture,
        'images.name': parquet,
    'read_examples.path': table, 'read_table.path': table, 'check_drawn.n': lambda: 4,
        'read_examples.shape': lambda: (2,), 'px': lambda: randn(3), 'py': lambda: randn(3),
    'signed_distance.shape': lambda: ints(4, 3), 'coverage.f': factors, 'render.f': factors, 'hue': lambda: rand(3),
        'pixels': lambda: 8,
    'Shapes.hue': lambda: (0., .5), 'Shapes.shape': lambda: 'disc',
    **{f'{k}.x': images for k in ('check_images', 'dequantise', 'quantise', 'show_images', 'inverted', 'rotated',
        'noise_like', 'shuffled',
        'interpolated', 'ConvEnergy', 'Judge', 'to_uint8')},
    # networks
    'module': mlp, 'd_in': lambda: 2, 'd_out': lambda: 4, 'width': lambda: 4, 'depth': lambda: 2,
        'channels': lambda: 1, 'size': lambda: 8,
    'Halve.x': lambda: images(2, 2), 'Downsample.x': lambda: images(2, 2), 'PreActBlock.x': lambda: images(2, 4),
    'DerivedConv.x': lambda: images(2, 2), 'StandardConv.x': lambda: images(2, 2), 'SpectralConv.x': lambda: images(2,
        2),
    'w': lambda: randn(3, 2, 3, 3), 'start': lambda: randn(3), 'SelfAttention.channels': lambda: 4,
        'SelfAttention.x': lambda: images(2, 4),
    'ClassGain.channels': lambda: 4, 'ClassGain.h': lambda: images(2, 4), 'ClassGain.y': lambda: ints(3, 2),
        'ClassGain.classes': lambda: 3,
    'ResidualBlock.channels': lambda: 4, 'ResidualBlock.x': lambda: images(2, 4), 'plan': lambda: '1: 2> 4>',
        'norm': lambda: 'instance',
    'ScaleNet.attention': lambda: False, 'ScaleNet.pool': lambda: 'mean', 'ScaleNet.skip': lambda: True,
        'ScaleNet.classes': lambda: None,
    'ScaleNet.x': lambda: images(2), 'ResidualEnergy.x': lambda: rand(2, 3, 16, 16),
        'ResidualEnergy.size': lambda: 16, 'ResidualEnergy.width': lambda: 2,
    # chains
    'sampler': sampler, 'annealed.sampler': langevin, 'halved.sampler': langevin, 'left_out_terms.sampler': langevin,
    'Compose.parts': lambda: (lib.samplers.UniformJump(), lib.samplers.MALA(.01)), 'step_settings.i': lambda: 0,
        'n_steps': lambda: 3,
    'step_size': lambda: .01, 'noise_std': lambda: .1, 'v': lambda: ints(256, 3, 4).byte(),
        't': lambda: torch.arange(1, 5), 'capacity': lambda: 20,
    'born': lambda: torch.zeros(9).long(), 'policy': lambda: 'reservoir', 'noise': lambda: lib.buffer.uniform_noise(2),
    'uniform_noise.shape': lambda: one_of(2, (1, 8, 8)), 'Store.i': lambda: torch.tensor([0, 1]),
        'Store.d': lambda: buffer().state_dict(),
    'ReplayBuffer.min_size': lambda: 5, 'change.x': lambda: images(4, 3), 'change.c': lambda: lib.augment.no_changes(4),
    'Augment.x': lambda: images(4, 3),
    # what a step tells, and chains that carry weights
    'move': lambda: langevin().move(gaussian(), randn(4, 2), g), 'watched_step.sampler': langevin,
        'log_weights': lambda: randn(5), 'turned': lambda: rand(4)>.5, 'WeightedChains.base': gaussian,
        'WeightedChains.n': lambda: 4, 'chain_factors.rule': lambda: 'gate', 'copied.net': mlp,
        'WeightedChains.start.n': lambda: 3, 'log_weight': lambda: randn(4),
    **{f'{k}.energy': gaussian for k in ('WeightedChains', 'carry', 'overshot', 'log_weight', 'watched_step')},
        'WeightedChains.d': lambda: crowd().state_dict(), 'carry.chains': lambda: crowd(), 'carry.sampler': mala,
        'Lives.d': lambda: lived().state_dict(), 'Lives.life.slot': lambda: 0, 'Lives.note.start': lambda: randn(4, 2),
        'Lives.note.energies': lambda: randn(4), 'Lives.buffer': buffer,
        'LogZ.chains': lambda: crowd(), 'base_log_prob.base': gaussian,
        'diverged_at.monitor': lambda: monitor(), 'await_divergence.learner': lambda: watched(),
        'bracket_log_z.levels': lambda: 3, 'bracket_log_z.n': lambda: 4, 'bracket_log_z.settle': lambda: 2,
    # loss
    'x_pos': lambda: randn(4, 2), 'x_neg': attached, 'bank': lambda: randn(7, 2), 'improved_cd.energy': mlp,
        'terms': terms, 
    'nearest.bank': lambda: randn(7, 2), 'norms.grads': lambda: [randn(2), randn(3)],
        'gram.grads': lambda: dict(cd=[randn(2)], opt=[randn(2)]),
    'GradientRecord.steps': lambda: torch.tensor([0, 20]), 'GradientRecord.names': lambda: ['a.weight'],
        'GradientRecord.sizes': lambda: [3],
    'GradientRecord.gram': lambda: torch.eye(4).expand(2, 1, 4, 4), 'term': lambda: 'cd',
        'GradientRecord.a': lambda: 'cd',
    'GradientRecord.b': lambda: 'opt', 'weights': weights, 'Product.weights': lambda: [1., 2.],
        'MixtureOf.weights': lambda: [1., 2.],
    'GaussianMixture.weights': lambda: [1., 2., 3.], 'record': record, 'unchanged.energy': mlp, 'buffer': buffer,
        'newest': lambda: 4,
    'neg': chains, 'read_recipe.path': lambda: _file('r.json', lambda p: p.write_text(ring().to_json())),
        'GradientNorms.step': lambda: 0, 'GradientNorms.energy': lambda: torch.nn.Linear(2, 1),
    'GradientNorms.grads': lambda: dict(cd=[randn(1, 2), randn(1)]),
        'GradientNorms.d': lambda: trained(lib.gradients.GradientNorms(1)).state_dict(),
    # training
    'numerics.device': lambda: torch.device('cpu'), 'StandIn.energy': mlp, 'tensors': lambda: [randn(2)],
        'text': lambda: 'a', 'value': lambda: 1,
    'checksum.d': lambda: dict(a=randn(2), b=[1, 'x']), 'read_checkpoint.path': checkpoint,
        'state': lambda: torch.Generator().get_state(),
    'callbacks': lambda: [lib.callbacks.Progress()], 'restore.d': lambda: learner().state_dict(),
        'load_checkpoint.path': checkpoint,
    'save_checkpoint.path': lambda: folder/'s.pt', 'beside.path': lambda: Path('run.pt'),
        'beside.what': lambda: one_of('best', 5),
    'remove_torn.path': lambda: folder/'torn.pt', 'Checkpoint.path': lambda: folder/'c.pt',
        'Checkpoint.d': lambda: dict(lowest=1., steps=[1]),
    'Settings.sampler': sampler, 'Settings.batch_size': lambda: 4, 'Settings.mcmc_steps': lambda: 2,
        'Settings.bank_size': lambda: 5, 'data': data,
    'positives.like': lambda: randn(1), 'run_chains.start': chains, 'settings': settings, 'training_step.energy': mlp,
    'History.rows': lambda: [dict(step=1, gap=.5)], 'row': lambda: dict(step=2, gap=.1), 'History.name': lambda: 'gap',
    'to_csv.path': lambda: folder/'h.csv', 'facts.step': lambda: learner().last, 'grad_norm': lambda: torch.ones(()),
        'box': lambda: (0., 1.),
    'Learner.energy': mlp, 'Learner.callback': lambda: lib.callbacks.Progress(), 'event': lambda: 'hello',
        'Learner.d': lambda: learner().state_dict(),
    'Learner.load.path': checkpoint, 'Learner.save.path': lambda: folder/'l.pt', 'reason': lambda: 'enough',
        'make': lambda: cosine,
    'Track.functions': lambda: dict(gap=lambda l: 1.), 'Track.name': lambda: 'gap', 'EMA.d': lambda: ema().state_dict(),
    'Schedule.d': lambda: schedule().state_dict(), 'Track.d': lambda: dict(steps=[1], values=dict(gap=[1.])),
        'learner': learner,
    # watching
    'rows': rows, 'k': lambda: 'gap', 'limits': lambda: lib.health.Limits(),
        'exc': lambda: lib.checks.NonFiniteError('x is not finite'),
    'drift': lambda: 1., 'halvings.noise': lambda: .1, 'sd': lambda: .5, 'halvings.d': lambda: 2,
        'remedies': lambda: ['new noise'],
    'Event.d': lambda: dict(step=1, kind='warning', cause='x', rows=[]), 'HealthMonitor.say': lambda: str,
        'HealthMonitor.d': lambda: monitor().state_dict(),
    'most': lambda: 5, 'entry': lambda: 1, 'gone': lambda: lambda e: e==1, 'folder': lambda: folder/'logs',
        'count_flops.f': lambda: lambda: randn(2, 3)@randn(3, 2),
    'peak_memory.device': lambda: torch.device('cpu'), 'SampleGrid.step': lambda: 1,
        'SampleGrid.folder': lambda: None, 'SampleGrid.k': lambda: 2,
    # measuring
    'chains': lambda: randn(12, 3, 2), 'autocorrelation.n_lags': lambda: 3,
        'info': lambda: lib.samplers.StepInfo(*rand(4, 4)), 'modes': lambda: randn(3, 2),
    'radius': lambda: 1., 'grid': grid, 'n_cells': lambda: 5, 'cell_distances.energy': gaussian,
        'reference': lambda: randn(6, 2),
    'in_scores': lambda: randn(5), 'out_scores': lambda: randn(5), 'frechet_distance.a': lambda: randn(6, 2),
        'frechet_distance.b': lambda: randn(6, 2),
    'Judge.shape': lambda: (1, 8, 8), 'Judge.d': lambda: 4, 'classes': lambda: 3, 'train_judge.data': labelled,
        'train_judge.steps': lambda: 2,
    # likelihood
    'Box.shape': lambda: (2,), 'base': gaussian, 'betas': lambda: torch.linspace(0, 1, 4), 'log_w': lambda: randn(5),
        'nudged.sampler': mala,
    **{f'{k}.energy': gaussian for k in ('anneal', 'tuned_steps', 'bracket_log_z', 'log_likelihood')},
        'anneal.sampler': mala, 'tuned_steps.sampler': mala, 'log_z': bracket,
    # the line
    'landscape.energy': line_net, 'landscape.x': line, 'langevin.x': line, 'slope': lambda: randn(6).double(),
    'turned_round.energy': line_net, 'turned_round.x': line, 'rule_loss.energy': line_net, 'rule_loss.x': line,
    'proposal': line_step, 'tested.log_p': lambda: -rand(6).double(), 'after_steps.q': probabilities, 'T': line_step,
    'p_data': probabilities, 'cd_objective.q': probabilities, 'cd_objective.e': lambda: randn(6).double(),
    # sources
    **{f'{k}.source': rows_file for k in ('is_array', 'fingerprint', 'find_source', 'own_data')},
    'check_input.shape': lambda: (2,), 'check_input.model': mlp, 'check_sampler.sampler': mala,
    'StridedEnergy.size': lambda: 8, 'StridedEnergy.x': images, 'MultiScale.x': images, 'measured_ways.energy': mlp,
        'read_array.path': rows_file, 'split_names.name': parquet, 'settled.r': lambda: lib.recipes.Recipe(),
    'SampleSheet.d': lambda: dict(rows=[], last=[], every=1, seen=0),
    'TableData.x': lambda: randn(12, 2), 'TableData.train': lambda: randn(12, 2), 'found': lambda: None,
    'ways': lambda: [lib.scale.Way('fp32', False, .1, 0.)],
    'standard.rows': lambda: randn(5, 2), 'raw.x': lambda: randn(5, 2),
    'smoothed.x': line, 'smoothed.q': probabilities, 'third_term.log_q': lambda: randn(6).double(),
    'built.make': lambda: lambda: torch.nn.Linear(2, 1), 'layer': lambda: torch.nn.Linear(2, 1),
        'matmul_by.library': lambda: 'onednn', 'picture_hash.name': parquet,
        'chain_slope.net': lambda: torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1)),
    'laws': lambda: lib.laboratory.after_steps(probabilities(), line_step(), 3),
    'third_term.e': lambda: randn(6).double(),
    'rule': lambda: one_of(*lib.laboratory.RULES.values()), 'networks': lambda: [line_net(), line_net()],
    'train_exact.x': line, 'train_exact.steps': lambda: 2, 'train_exact.n_steps': lambda: 3,
    # tempering
    'adapted.sampler': mala, 'adapted.energy': gaussian, 'hottest': lambda: 4., 'temperatures': lambda: (1., 2., 4.),
        'ladder': ladder, 'swap_rates.x': lambda: randn(4, 3, 2), 'swap_rates.energy': gaussian,
    **{f'{k}.sampler': mala for k in ('TemperedTransitions', 'ParallelTempering')},
        'ParallelTempering.step.x': lambda: randn(4, 3, 2), 'ParallelTempering.energy': gaussian,
    'Control.energy': mlp, 'Control.settings': settings_without_chains,
    'ResidualEnergy.classes': lambda: None, 'ResidualBlock.classes': lambda: None,
    # uses of an energy
    'generate.start': lambda: lib.buffer.uniform_noise(2), 'generate.n': lambda: 3, 'generate.n_steps': lambda: 2,
        'generate.sampler': langevin, 'frames': frames, 'samples': lambda: randn(9, 2), 'precision_recall.data':
        lambda: randn(9, 2), 'kernel_mmd.a': lambda: randn(20, 2), 'kernel_mmd.b': lambda: randn(30, 2),
        'copies.train': lambda: randn(5, 2), 'copies.test': lambda: randn(5, 2),
    **{f'quality.{k}': lambda: images(8) for k in ('samples', 'train', 'test')}, 'judge': lambda: lib.judge.Judge(
        (1, 8, 8), 3, 4, 4, g), 'protocol': protocol, 'Protocol.count': lambda: 8,
    'energy_scores.train': lambda: randn(5, 2), 'energy_scores.energy': gaussian, 'baseline_scores.train': images,
        'out_sets.x': images, 'held_out_class.train': labelled, 'held_out_class.test': labelled,
        'held_out_class.k': lambda: 1, 'scores': lambda: dict(energy=bowl), 'inside': images,
        'outs': lambda: dict(other=images()), 'ood_table.train': images, 'show_scores.table': detected,
        'show_scores.score': lambda: 'energy', 'OODTable.score': lambda: 'energy', 'OODTable.out': lambda: 'other',
    # estimator
    'X': few_rows, 'est': estimator, 'save_estimator.path': lambda: folder/'e.safetensors',
        'load_estimator.path': estimator_file, 'EnergyEstimator.load.path': estimator_file,
        'EnergyEstimator.save.path': lambda: folder/'e.safetensors', 'Blurred.x': lambda: randn(9, 2),
        **{f'EnergyEstimator.estimate_log_z.{k}': lambda: 4 for k in ('levels', 'walkers')},
        'EnergyEstimator.sample.mcmc_steps': lambda: 2,
    # composition
    'attributed_shapes.n': lambda: 3, 'attributed_shapes.values': lambda: None, 'OneAttribute.x': images,
        'values': lambda: dict(a=[0, 1, 1, 0], b=[0, 0, 1, 1]), 'combination': lambda: dict(a=1, b=0),
        'compose.energy': lambda: labelled_bowl, 'compose.wanted': lambda: [0, 1], 'fitted.sampler': langevin,
        'staged.start': lambda: randn(4, 2), 'staged.sampler': langevin, 'judged.x': images,
        'judged.wanted': lambda: dict(a=[0, 1, 2, 0], b=1), 'judges': lambda: two_judges(),
        'label_loss.energy': lambda: labelled_bowl, 'label_loss.x': lambda: randn(4, 2),
        'label_loss.labels': lambda: torch.zeros(4, 2).long(),
        'label_loss.right': lambda: [0, 1, 1, 0], 'teach_labels.data': lambda: one_attribute(),
        'teach_labels.n_steps': lambda: 2, 'teach_labels.energy': lambda: labelled_net(),
        'JointStep.step': lambda: lib.training.training_step,
        'JointStep.__call__.energy': lambda: labelled_net(), 'JointStep.__call__.data': lambda: one_attribute(),
        'JointStep.__call__.buffer': lambda: labelled_places(), 'JointStep.__call__.settings': lambda: one_step(),
        'LabelsFirst.n_steps': lambda: 2, 'LabelsFirst.before_fit.learner': lambda: labelled_learner(),
        'one_or_each.v': lambda: [0, 1, 2], 'one_or_each.n': lambda: 3, 'one_or_each.m': lambda: 3,
        'whole_numbers.v': lambda: [0, 1, 2], 'whole_numbers.m': lambda: 3,
        'shapes_by_attribute.split': lambda: 'test', 'shapes_by_attribute.pixels': lambda: 8,
        'through_few.energy': mlp, 'through_few.x': lambda: randn(4, 2),
        'through_few.near': lambda: randn(4, 3, 2), 'through_few.log_weights': lambda: rand(4, 3),
        'through_few.share': lambda: rand(4), 'systematic.n': lambda: 3,
        'teach_labels.batch_size': lambda: 2, 'teach_labels.context': lambda: contextlib.nullcontext,
        'first_parameter.energy': mlp,
    # mixing
    'RandomAffine.x': images, 'sure_classes.x': images, 'show_paths.m': paths, 'mixing.start': images,
        'mixing.energy': lambda: bowl,
        'mixing.rounds': lambda: 2, 'mixing.n_steps': lambda: 2,
    # recipes
    'key': lambda: 'sampler.step_size', 'checked.t': lambda: float, 'checked.v': lambda: 1.,
        'parsed.t': lambda: float, 'parsed.text': lambda: '0.1',
    'whole_number.text': lambda: '12', 'cls': lambda: lib.recipes.Data, 'jsonable.v': lambda: [1, 'a'],
        'parse.text': lambda: '0.1',
    'changes': lambda: {'loss.opt': 0.}, 'other': ring, 'from_json.text': lambda: ring().to_json(),
        'from_dict.d': lambda: dict(seed=3),
    'preset.name': lambda: 'ring', **{f'load_{k}.path': recipe_checkpoint for k in ('recipe', 'learner', 'energy',
        'buffer')},
    # the zoo
    'find.checkpoint': lambda: one_of('ring', recipe_checkpoint(), packed()), 'load.checkpoint': lambda:
        one_of('ring', recipe_checkpoint(), packed()), 'pack.checkpoint': recipe_checkpoint, 'pack.name':
        lambda: 'mine', 
        'pack.folder': lambda: folder/'zoo', 'pack.n_chains': lambda: 5, 'pack.said': lambda: dict(about='a ring',
        source='a formula', licence='none'), 'size.name': lambda: 'ring', **{f'Card.{f}': (lambda f=f: getattr(card(),
        f)) for f in ('name', 'about', 'source', 'licence', 'recipe', 'steps', 'parameters', 'rounding', 'spread',
        'sha256')}, 'Card.from_json.text': lambda: card().to_json(),
    **{f'Trained.{f}': (lambda f=f: getattr(lib.zoo.load(packed()), f)) for f in ('name', 'recipe', 'energy',
        'chains')},
    'Model.shape': lambda: (2,), 'Sampler.box': lambda: (-4., 4.), 'Data.build.split': lambda: 'train',
}

def two_judges(): return {k: lib.judge.Judge((1, 8, 8), 3, 4, 4, g) for k in 'ab'}
def labelled_net(): return lib.models.StridedEnergy(1, 8, 2, one_attribute().classes)
def labelled_learner():
    return lib.training.Learner(labelled_net(), one_attribute(), labelled_places(), one_step())
def labelled_places(): return lib.buffer.ReplayBuffer(lib.buffer.uniform_noise((1, 8, 8)), 1000, n_classes=3)
def one_step(): return lib.training.Settings(lib.samplers.Langevin(.1), 1, 2)
def one_attribute(): return lib.attributes.OneAttribute(images(), dict(a=[0, 1, 1, 0]))
def said(): return lib.composition.judged(two_judges(), images(), dict(a=1))

def terms_and_params():
    net = mlp()
    return dict(terms=lib.losses.improved_cd(net, randn(4, 2), lib.samplers.sample(net, randn(4, 2), langevin(), 2,
        1).x), params=[*net.parameters()])

# function -> right values that must fit each other
TOGETHER = dict(term_gradients=terms_and_params)

# class -> an instance whose methods are called, where the constructor's own arguments are not enough
INSTANCES = dict(Mixing=paths, EnergyEstimator=estimator, OneAttribute=one_attribute, Verdict=said, Quality=rated,
    OODTable=detected, EMA=ema, Schedule=schedule, Track=track, SampleGrid=film, HealthMonitor=monitor,
    Throughput=speed, Lives=lived,
    Learner=learner, Control=lambda: lib.controls.EnergyDiscrepancy(),
    GradientNorms=lambda: trained(lib.gradients.GradientNorms(1)), Energy=gaussian, ReplayBuffer=buffer, Store=buffer,
        Recipe=ring,
    GradientRecord=record, Event=lambda: lib.health.Event(1, 'warning', 'x'),
        Checkpoint=lambda: lib.checkpoints.Checkpoint(folder/'c.pt'),
    DerivedConv=lambda: lib.models.StandardConv(2, 2),
    MultiScale=lambda: lib.models.MultiScale(lib.models.StridedEnergy(1, 8, 2)))

# kind of a parameter, told by its annotation -> a right value
PLAIN = dict(thing=object, int=lambda: 3, float=lambda: .5, bool=lambda: rng.random()<.5, str=lambda: 'a',
    Tensor=lambda: randn(4, 2), Path=lambda: folder/'a')

# ---------------------------------------------------------------- odd ones

def _nested(): return torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
def _holed(*s): return np.ma.masked_array(np.zeros(s), np.eye(*s, dtype=bool))
def _without_values(): return torch.empty(4, 2, device='meta')

TENSORS = (
    lambda: torch.tensor(1.), lambda: randn(0, 2), lambda: randn(5), lambda: randn(5, 3), lambda: randn(5, 2, 1),
        lambda: randn(1, 2), lambda: randn(7, 2),
    lambda: randn(4, 0), lambda: torch.zeros(0), lambda: images(), lambda: images(2, 3), lambda: images()*255,
        lambda: images() - 1, lambda: images(0),
    lambda: randn(4, 2).double(), lambda: randn(4, 2).half(), lambda: randn(4, 2).bfloat16(), lambda: ints(9, 4, 2),
        lambda: ints(9, 4, 2).byte(),
    lambda: randn(4, 2)>0, lambda: torch.zeros(4, 2, dtype=torch.complex64), lambda: randn(4, 2).to_sparse(),
        lambda: randn(4, 2).to_sparse_csr(),
    _without_values, _nested, lambda: torch.quantize_per_tensor(randn(4, 2), .1, 0, torch.qint8),
    lambda: torch.full((4, 2), math.nan), lambda: torch.full((4, 2), math.inf), lambda: torch.full((4, 2), -math.inf),
        lambda: torch.full((4, 2), 1e30),
    lambda: randn(4, 2).requires_grad_(), lambda: randn(2, 4).T, lambda: randn(2).expand(4, 2), lambda: torch.zeros(4,
        2), lambda: ints(3, 4),
    lambda: torch.tensor([-1, 0, 5, 2**40]), lambda: randn(4, 2).numpy(), lambda: _holed(4, 2), lambda: np.zeros((4,
        2), '>f4'), lambda: np.zeros((4, 2))[:, ::-1],
    lambda: np.zeros((4, 2), complex), lambda: np.array([['a', 'b']]), lambda: np.array([[1, None]], object),
        lambda: [[0., 1.], [2., 3.]], lambda: [[1.], [2., 3.]])
NUMBERS = (
    lambda: 0, lambda: -1, lambda: 1, lambda: 2, lambda: .5, lambda: -.5, lambda: 1.5, lambda: 1e-300, lambda: 1e300,
        lambda: math.nan, lambda: math.inf,
    lambda: -math.inf, lambda: True, lambda: 10**12, lambda: 2**63, lambda: 10**400, lambda: -10**400,
        lambda: np.float32(2), lambda: np.int64(3),
    lambda: np.float64('nan'), lambda: torch.tensor(2.), lambda: torch.tensor(3), lambda: 1+2j, lambda: Fraction(1,
        2), lambda: Decimal('1.5'), lambda: '3',
    lambda: [1], lambda: (1, 2), lambda: np.array([1.]), lambda: np.ma.masked)
TEXTS = (lambda: '', lambda: 'a', lambda: 'none', lambda: 'x'*5000, lambda: '\0', lambda: '\ud800', lambda: 'λ',
    lambda: b'a', lambda: '../..', lambda: '{}', lambda: '[1,2')
THINGS = (
    lambda: None, lambda: object(), lambda: [], lambda: {}, lambda: (), lambda: set(), lambda: [None], lambda: ['a',
        1], lambda: dict(a=1), lambda: {1: 2},
    lambda: (x for x in [1]), lambda: int, lambda: torch.nn.Linear, lambda: torch, lambda: range(3),
        lambda: np.random.default_rng(0), lambda: torch.float16,
    lambda: torch.device('meta'), lambda: NotImplemented, lambda: Path('none'), lambda: [math.nan], lambda: (0., 1.,
        2.), lambda: (1., 0.), lambda: memoryview(b'ab'))
CALLABLES = (
    lambda: lambda *a, **k: None, lambda: lambda *a, **k: 1., lambda: lambda *a, **k: 'a', lambda: lambda x, *a,
        **k: x, lambda: lambda x, *a, **k: torch.zeros(3),
    lambda: lambda x, *a, **k: x.sum(), lambda: lambda *a, **k: randn(3, 5), lambda: lambda *a, **k: torch.full((4,),
        math.nan), lambda: lambda *a, **k: [1.],
    lambda: torch.nn.Linear(5, 1), lambda: torch.nn.Linear(2, 1), lambda: torch.nn.Conv2d(1, 1, 3),
        lambda: torch.nn.Identity(), lambda: torch.nn.LazyLinear(1),
    lambda: torch.nn.Linear(2, 1, device='meta'), lambda: torch.nn.Embedding(3, 2), lambda: lib.models.ConvEnergy(),
        lambda: lib.models.MLPEnergy(3, 4, 1),
    lambda: mlp().double(), lambda: lib.energies.Gaussian(0., 1., dim=3), lambda: print, lambda: lambda x, *a,
        **k: x.detach().flatten(1).sum(1))
PATHS = (lambda: folder, lambda: folder/'none'/'there.pt', lambda: _file('empty', lambda p: p.touch()),
    lambda: _file('bytes', lambda p: p.write_bytes(bytes(range(256)))),
    lambda: str(folder/'a.pt'), checkpoint, picture, table, lambda: _file('j.json', lambda p: p.write_text('[1')))
ODD = dict(Tensor=TENSORS, int=NUMBERS, float=NUMBERS, bool=NUMBERS+THINGS, str=TEXTS+THINGS, Path=PATHS+TEXTS,
    Callable=CALLABLES+THINGS, thing=THINGS)
ANY = (*TENSORS, *NUMBERS, *TEXTS, *THINGS, *CALLABLES)
