"Wrong calls are refused by an error that names argument, what came and what is wanted: one row a call, room by room"
import math, re
import helpers, pytest, torch
from torch import nn
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.densities import density
from cdebm.data import TensorData, dequantise, digits, interpolated, noise_like, quantise, show_images
from cdebm.shapes import Factors, Shapes, render
from cdebm.diagnostics import acceptance, auroc, autocorrelation, ess, mode_shares, nearest_distance, rhat
from cdebm.checks import NonFiniteError
from cdebm.grid import Grid, show_points
from cdebm.energies import Gaussian, GaussianMixture, MixtureOf, Negation, Product
from cdebm.energies import as_energy, energy_and_grad, given, score
from cdebm.gradients import GradientNorms, term_gradients
from cdebm.losses import Weights, cd, entropy, improved_cd
from cdebm.models import ConvEnergy, MLPEnergy
from cdebm.modules import initialise, n_params
from cdebm.samplers import HMC, MALA, Compose, Langevin, sample
from cdebm.health import HealthMonitor
from cdebm.training import Learner, Settings
from cdebm.callbacks import EMA, Track

z = torch.zeros(4, 2)
nan = torch.tensor([[0., math.nan]])
images = torch.full((2,1,8,8), .5)
E = Gaussian(0., 1., dim=2)
def attached(): return z*torch.ones((), requires_grad=True) + 1   # samples with a graph
def terms(): return improved_cd(MLPEnergy(2, 8, 1), z, attached())
def buffer(**kw): return ReplayBuffer(**{'noise': uniform_noise(2), **kw})
def learner(**kw): return helpers.learner(**dict(mcmc_steps=2, batch_size=4) | kw)
class NaNData:
    def sample(self, n, generator=None): return torch.full((n,2), math.nan)

V,T,N = ValueError,TypeError,NonFiniteError
# id, wrong call, the error, what its message says, with ... for words left out
energies = [
    ('points in a list', lambda: energy_and_grad(E, [1., 2.]), T, 'x must be a floating-point tensor ... got list'),
    ('points of integers', lambda: score(E, z.long()), T, 'x must be a floating-point tensor ... got torch.int64'),
    ('points of another dimension', lambda: score(E, torch.zeros(4, 3)), V, 'x must have shape [B, 2] ... got [4, 3]'),
    ('one energy for a batch', lambda: energy_and_grad(lambda x: x.sum(), z),
        V, 'energy must return one number a point, shape [4] ... got []'),
    ('a number for an energy', lambda: energy_and_grad(3, z), T, 'energy must be callable ... got 3'),
    ('an energy that is a number', lambda: energy_and_grad(lambda x: 1., z),
        T, 'energy must return a tensor of shape [4] ... got float'),
    ('an energy without gradient', lambda: score(lambda x: x.detach().sum(1), z),
        V, 'energy has no gradient with respect to x'),
    ('and with a number', lambda: E & 3, T, 'energy must be callable ... got 3'),
    ('or with a number', lambda: E | 3, T, 'energy must be callable ... got 3'),
    ('and of two dimensions', lambda: E & Gaussian(0., 1., dim=3),
        V, 'energies ... same space ... got dimensions [2, 3]'),
    ('weight NaN', lambda: E*math.nan, V, 'w must be a positive finite number ... got nan'),
    ('log_prob without log_z', lambda: as_energy(lambda x: x.sum(1)).log_prob(z), V, 'log_z of Wrapped is not known'),
    ('weights too few', lambda: MixtureOf([E, E], weights=[1.]),
        V, 'weights must be one number or 2 ... got shape [1]'),
    ('an empty product', lambda: Product([]), V, 'energies must hold at least one'),
    ('a product of one, bare', lambda: Product(E), T, 'energies must be a list of energies ... got Gaussian'),
    ('a mixture of one, bare', lambda: MixtureOf(E), T, 'energies must be a list of energies ... got Gaussian'),
    ('a mixture weighted in words', lambda: MixtureOf([E, E], weights='equal'),
        T, "weights must be a number, array or tensor ... got 'equal'"),
    ('a negative NOT', lambda: Negation(E, -1.), V, 'alpha must be a positive finite number ... got -1'),
    ('a negative variance', lambda: Gaussian(0., -1.), V, 'cov must be symmetric and positive definite ... got'),
    ('a mean in words', lambda: Gaussian('a'), T, "mean must be a number, array or tensor ... got 'a'"),
    ('no means', lambda: GaussianMixture(None), T, 'means must be a number, array or tensor ... got None'),
    ('a seed for a generator', lambda: E.sample(3, 0), T, 'generator must be a torch.Generator or None ... got 0'),
    ('a label in words', lambda: given(E, 'cat'), T, "y must be a number, array or tensor ... got 'cat'"),
    ('a mean NaN', lambda: Gaussian(math.nan), N, 'mean is not finite'),
    ('means of one axis', lambda: GaussianMixture(torch.zeros(3)), V, 'means must have shape [K, d] ... got [3]'),
    ('sd zero', lambda: GaussianMixture(z, sd=0.), V, 'sd must be positive ... got 0'),
    ('no Gaussians on a ring', lambda: GaussianMixture.ring(n=0), V, 'n must be an integer >= 1 ... got 0'),
    ('a grid in 3-D', lambda: Grid(dim=3), V, 'dim must be 1 or 2 ... got 3'),
    ('a grid upside down', lambda: Grid(low=1., high=0.), V, 'low must be below high ... got 1.0 and 0.0'),
    ('a grid from nowhere', lambda: Grid(low='left'), T, "low must be a number, array or tensor ... got 'left'"),
    ('a number on a grid', lambda: Grid(n=10).log_z(3), T, 'energy must be callable ... got 3'),
    ('the mean of a number', lambda: Grid(n=50).expectation(E, 3), T, 'f must be callable ... got 3'),
    ('an energy without floor', lambda: Grid(n=20).log_z(lambda x: x.sum(1)),
        V, 'lowest energy ... on its border: enlarge the grid'),
    ('NaN on a grid', lambda: Grid(n=10).log_z(lambda x: x.sum(1)*math.nan), N, 'energy on the grid is not finite'),
    ('an unknown kind of points', lambda: show_points(z, kind='fake'),
        V, "kind must be one of real, generated, chain ... got 'fake'"),
]
data = [
    ('an unknown density', lambda: density('two_suns'), V, "name must be one of ... two_moons ... got 'two_suns'"),
    ('a density without noise', lambda: density('two_moons', sd=0), V, 'sd must be a positive finite number ... got 0'),
    ('no samples', lambda: density('checkerboard').sample(0), V, 'n must be an integer >= 1 ... got 0'),
    ('half a sample', lambda: density('pinwheel').sample(2.5), T, 'n must be an integer >= 1 ... got 2.5'),
    ('a seed for a generator', lambda: density('checkerboard').sample(3, 0),
        T, 'generator must be a torch.Generator or None ... got 0'),
    ('nothing for data', lambda: TensorData(None), T, 'x must be an array or tensor ... got None'),
    ('words for data', lambda: TensorData('hello'), T, "x must be an array or tensor ... got 'hello'"),
    ('data of integers', lambda: TensorData(z.long()), T, 'x must hold floating-point numbers ... got torch.int64'),
    ('data with NaN', lambda: TensorData(nan), N, 'x is not finite: 1 of 2 values ... [0, 1]'),
    ('no data', lambda: TensorData(z[:0]), V, 'x must be examples [N, ...] ... got shape (0, 2)'),
    ('pixels to 255', lambda: TensorData(images*255), V, 'x must lie in [0, 1] ... got values from'),
    ('a list to dequantise', lambda: dequantise([0., 1.]), T, 'x must be a floating-point tensor ... got list'),
    ('a list to quantise', lambda: quantise([0., 1.]), T, 'x must be a floating-point tensor ... got list'),
    ('NaN to quantise', lambda: quantise(nan), N, 'x is not finite'),
    ('NaN to dequantise', lambda: dequantise(nan), N, 'x is not finite'),
    ('a list to show', lambda: show_images([0., 1.]), T, 'x must be a floating-point tensor ... got list'),
    ('labels in words', lambda: TensorData(z, 'abcd'), T, "y must be an array or tensor ... got 'abcd'"),
    ('labels for other data', lambda: TensorData(z, torch.zeros(3).long()),
        V, 'y must be whole numbers of shape (4,) ... got ... (3,)'),
    ('labelled without labels', lambda: TensorData(z, labelled=True), V, 'labelled=True needs labels y ... got y=None'),
    ('pixels off their levels', lambda: TensorData(images*.9, levels=17),
        V, 'levels=17 wants x at 0, 1/16 ... got values off by'),
    ('an unknown split', lambda: digits('validation'), V, "split must be one of train, test ... got 'validation'"),
    ('an unknown shape', lambda: Shapes(shape='hexagon'), V, "shape must be one of disc ... got 'hexagon'"),
    ('a shape larger than its image', lambda: Shapes(size=32), V, 'size ... in (0, 1] ... got 32'),
    ('hues from high to low', lambda: Shapes(hue=(1., 0.)),
        V, 'hue must be (low, high) with low <= high ... got (1.0, 0.0)'),
    ('shape number 7', lambda: render(Factors(shape=7)), V, 'shape must be 0 to 3 ... got [7]'),
    ('points for images', lambda: noise_like(z), V, 'x must be images [B, C, H, W] ... got shape (4, 2)'),
    ('one image to interpolate', lambda: interpolated(images[:1]), V, 'x must hold at least 2 images ... got 1'),
]
models = [
    ('no inputs', lambda: MLPEnergy(d_in=0), V, 'd_in must be an integer >= 1 ... got 0'),
    ('half a unit', lambda: MLPEnergy(width=1.5), T, 'width must be an integer >= 1 ... got 1.5'),
    ('a kinked activation', lambda: MLPEnergy(act='relu'), V, "act must be one of silu ... got 'relu'"),
    ('points of another width', lambda: MLPEnergy(2)(torch.zeros(4, 3)), V, 'x must have shape [B, 2] ... got [4, 3]'),
    ('points in double precision', lambda: MLPEnergy(2)(z.double()),
        T, 'x must have the dtype of the model, torch.float32 ... got torch.float64'),
    ('tiny images', lambda: ConvEnergy(size=3), V, 'size must be an integer >= 4 ... got 3'),
    ('colour to a grey network', lambda: ConvEnergy()(torch.zeros(1, 3, 8, 8)),
        V, 'x must have shape [B, 1, 8, 8] ... got [1, 3, 8, 8]'),
    ('a number to initialise', lambda: initialise(3), T, 'module must be an nn.Module ... got int'),
    ('a seed to initialise from', lambda: initialise(nn.Linear(2, 1), 0),
        T, 'generator must be a torch.Generator or None ... got 0'),
    ('the parameters of a number', lambda: n_params(3), T, 'module must be an nn.Module ... got int'),
    ('a part that cannot be drawn anew', lambda: initialise(nn.ParameterList([z])),
        T, 'module must have reset_parameters ... got none'),
]
samplers = [
    ('a step backwards', lambda: Langevin(-.1), V, 'step_size must be a positive finite number ... got -0.1'),
    ('a step in words', lambda: Langevin('small'), T, "step_size must be a positive finite number ... got 'small'"),
    ('below absolute zero', lambda: Langevin(temperature=-1), V, 'temperature must be a finite number >= 0 ... got -1'),
    ('a box inside out', lambda: Langevin(clamp=(1, 0)),
        V, 'clamp must be a pair (low, high) with low < high ... got (1, 0)'),
    ('negative noise', lambda: Langevin.from_noise(.1, -1), V, 'noise_std must be a finite number >= 0 ... got -1'),
    ('a Metropolis test at zero', lambda: MALA(temperature=0),
        V, 'temperature must be a positive finite number ... got 0'),
    ('no leapfrog', lambda: HMC(n_leapfrog=0), V, 'n_leapfrog must be an integer >= 1 ... got 0'),
    ('a class of samplers', lambda: sample(E, z, Langevin, 3), T, 'sampler must be an instance, e.g. Langevin()'),
    ('a schedule of nothing', lambda: sample(E, z, lambda i: None, 3), T, 'sampler(i) must have a `step` ... got None'),
    ('a box of one number', lambda: Langevin(clamp=1.), T, 'clamp must be a pair ... got 1.0'),
    ('nothing composed', lambda: Compose(()), T, 'parts must be samplers ... got ()'),
    ('steps below zero', lambda: sample(E, z, Langevin(), -1), V, 'n_steps must be an integer >= 0 ... got -1'),
    ('a tail longer than the chain', lambda: sample(E, z, Langevin(), 3, differentiable_tail=5),
        V, 'differentiable_tail must be ... <= 3 ... got 5'),
    ('a sampler by name', lambda: sample(E, z, 'langevin', 3), T, 'sampler must have a `step` ... got \'langevin\''),
    ('chains that start at NaN', lambda: sample(E, nan, Langevin(), 0), N, 'chains ... not finite'),
    ('chains that blow up', lambda: sample(lambda x: x.pow(4).sum(1), z+3, Langevin(10.), 30),
        N, 'chains after 30 steps is not finite'),
    ('an energy of the wrong shape', lambda: sample(lambda x: x, z, Langevin(), 3),
        V, 'energy must return one number a point ... got [4, 2]'),
]
buffers = [
    ('noise in an empty box', lambda: uniform_noise(2, 1., 0.), V, 'high must be a finite number > 1.0 ... got 0.0'),
    ('noise of no shape', lambda: uniform_noise((0, 2)), V, 'shape must be an integer >= 1 ... got 0'),
    ('no noise', lambda: buffer(noise=3), T, 'noise must be a callable ... got int'),
    ('no room', lambda: buffer(capacity=0), V, 'capacity must be an integer >= 1 ... got 0'),
    ('restarts beyond one', lambda: buffer(restart=1.5),
        V, 'restart must be a finite number >= 0 and <= 1 ... got 1.5'),
    ('an unknown policy', lambda: buffer(policy='lifo'), V, "policy must be one of reservoir, fifo ... got 'lifo'"),
    ('an unknown storage', lambda: buffer(dtype='int8'), V, "dtype must be one of float32, uint8 ... got 'int8'"),
    ('an augmentation that is none', lambda: buffer(augment=3), T, 'augment must be a callable ... got int'),
    ('samples of another shape', lambda: buffer().add(torch.zeros(4, 3)),
        V, 'x must be a tensor of shape [n, 2] ... got [4, 3]'),
    ('samples that are NaN', lambda: buffer().add(nan), N, 'x is not finite'),
    ('bytes beyond the interval', lambda: buffer(dtype='uint8').add(z - 1),
        V, 'x must lie in [0, 1] ... got values from -1 to -1'),
    ('labels missing', lambda: buffer(n_classes=3).add(z), V, 'y is missing'),
    ('labels unwanted', lambda: buffer().add(z, torch.zeros(4).long()), V, 'y was given ... keeps no labels'),
    ('a label too high', lambda: buffer(n_classes=3).add(z, torch.full((4,), 3)), V, 'y must lie in 0..2 ... got 3'),
    ('labels that are not whole', lambda: buffer(n_classes=3).add(z, torch.zeros(4)),
        T, 'y must be an integer tensor ... got dtype torch.float32'),
    ('no chains', lambda: buffer().start(0), V, 'n must be an integer >= 1 ... got 0'),
    ('a state of another size', lambda: buffer().load_state_dict(buffer(capacity=5).state_dict()),
        V, 'capacity of the saved state must be 10000 ... got 5'),
]
losses = [
    ('no samples', lambda: cd(E, z[:0], z), V, 'x_pos must hold at least one sample'),
    ('an empty bank', lambda: entropy(attached(), z[:0]), V, 'bank must hold at least one sample'),
    ('weights that are a number', lambda: improved_cd(E, z, attached(), weights=3),
        T, 'weights must be Weights(...) ... got 3'),
    ('a NaN in the data', lambda: cd(E, nan, z), N, 'loss term cd: the energy of x_pos is not finite'),
    ('samples without a graph', lambda: improved_cd(E, z, z), V, 'x_neg carries no graph ... differentiable_tail=1'),
    ('samples of another shape', lambda: improved_cd(E, z, torch.zeros(4, 3)),
        V, 'x_pos and x_neg must hold samples of one shape ... got [2] and [3]'),
    ('data of integers', lambda: improved_cd(E, z.long(), z),
        T, 'x_pos must be a floating-point tensor ... got torch.int64'),
    ('data with NaN', lambda: improved_cd(E, nan, attached()), N, 'loss term cd: the energy of x_pos is not finite'),
    ('a bank of NaN', lambda: improved_cd(E, z, attached(), z*math.nan), N, 'loss term entropy: bank is not finite'),
    ('a bank of another shape', lambda: entropy(attached(), torch.zeros(4, 3)),
        V, 'bank must hold samples of shape (2,) ... got (3,)'),
    ('no bank', lambda: entropy(attached(), None), T, 'bank must be a floating-point tensor ... got NoneType'),
    ('an energy that is a vector', lambda: cd(lambda x: x, z, z),
        V, 'energy must return one number a point, shape [4] ... got [4, 2]'),
    ('a weight in words', lambda: Weights(entropy='much'), T, "weight entropy must be a finite number ... got 'much'"),
]
gradients = [
    ('an unknown term', lambda: term_gradients(terms(), MLPEnergy().parameters(), names=('cd', 'kl')),
        V, "names must be a list of terms among cd, opt, entropy, reg ... got ['cd', 'kl']"),
    ('recording never', lambda: GradientNorms(every=0), V, 'every must be an integer >= 1 ... got 0'),
    ('a record before training', lambda: GradientNorms().record, V, 'nothing is recorded yet'),
]
training = [
    ('a KL term without a tail', lambda: learner(differentiable_tail=0),
        V, 'differentiable_tail must be ... >= 1 ... got 0'),
    ('a buffer with labels', lambda: learner(buffer=buffer(n_classes=3)).fit(1), T,
        'data.sample must return (examples, labels), since buffer has classes; got no labels'),
    ('settings in a dict', lambda: Learner(MLPEnergy(2, 8, 1), E, buffer(), dict(clip=1.)), T,
        'settings must be Settings(...) ... got dict'),
    ('a sampler for settings', lambda: Learner(MLPEnergy(2, 8, 1), E, buffer(), Langevin()), T,
        'settings must be Settings(...) ... got Langevin'),
    ('a class of samplers for training', lambda: Settings(Langevin), T,
        'sampler must be settings ... got the class Langevin'),
    ('neighbours beside', lambda: Settings(neighbours='beside'), V,
        "neighbours must be one of before, after; got 'beside'"),
    ('more graphs than chains', lambda: Settings(batch_size=4, graph_samples=5), V,
        'graph_samples must be ... <= 4; got 5'),
    ('a clip of zero, later', lambda: setattr(learner(), 'clip', 0), V,
        'clip must be a positive finite number ... got 0'),
    ('a late class among the callbacks', lambda: learner().add(EMA), T,
        'callbacks must be an instance ... got the class EMA'),
    ('data of another shape', lambda: learner(data=Gaussian(dim=3)).fit(1), V,
        'data and buffer must hold examples of one shape; got [3] and [2]'),
    ('an energy with nothing to train', lambda: learner(energy=E), V, 'energy must have parameters to train'),
    ('a list for a buffer', lambda: learner(buffer=[]), T, 'buffer must be a ReplayBuffer ... got list'),
    ('a seed for a generator', lambda: learner(generator=3), T, 'generator must be a torch.Generator ... got 3'),
    ('a class among the callbacks', lambda: learner(callbacks=[EMA]),
        T, 'callbacks must be an instance ... got the class EMA'),
    ('the state of something else', lambda: learner().load_state_dict({}), V, 'not a state of a Learner'),
    ('an energy without parameters', lambda: learner(energy=lambda x: x.sum(1)),
        T, 'energy must be an nn.Module ... got function'),
    ('a tensor as data', lambda: learner(data=z),
        T, 'data must be an object with sample ... got Tensor ... TensorData'),
    ('empty batches', lambda: learner(batch_size=0), V, 'batch_size must be an integer >= 1 ... got 0'),
    ('chains of no steps', lambda: learner(mcmc_steps=0), V, 'mcmc_steps must be an integer >= 1 ... got 0'),
    ('a tail longer than the chain', lambda: learner(differentiable_tail=5),
        V, 'differentiable_tail must be ... <= 2 ... got 5'),
    ('learning backwards', lambda: learner(lr=-1), V, 'lr must be a positive finite number ... got -1'),
    ('a clip of zero', lambda: learner(clip=0), V, 'clip must be a positive finite number ... got 0'),
    ('steps below zero', lambda: learner().fit(-1), V, 'n must be an integer >= 0 ... got -1'),
    ('data with NaN', lambda: learner(data=NaNData()).fit(1), N, 'a batch of data is not finite'),
    ('no checkpoint', lambda: learner().load('nowhere/x.pt'), FileNotFoundError, 'no checkpoint at nowhere/x.pt'),
    ('an unknown column', lambda: learner().fit(1).history['gapp'], KeyError, "no column 'gapp' ... 'gap'"),
    ('an average beyond one', lambda: EMA(2), V, 'decay must be a finite number >= 0 and <= 1 ... got 2'),
    ('an average of nothing', lambda: EMA().energy, V, 'there is no average yet'),
    ('nothing to track', lambda: Track(), T, 'Track needs functions of the learner'),
    ('a health limit of zero', lambda: HealthMonitor(max_gap=0),
        V, 'max_gap must be a positive finite number ... got 0'),
]
diagnostics = [
    ('three states', lambda: ess(torch.randn(3, 4, 2)),
        V, 'chains must have shape [T, B, ...] with T >= 4 ... got [3, 4, 2]'),
    ('R-hat of one chain', lambda: rhat(torch.randn(9, 1, 2)),
        V, 'chains must have shape [T, B, ...] ... B >= 2 ... got [9, 1, 2]'),
    ('chains with NaN', lambda: ess(torch.full((9,4,2), math.nan)), N, 'chains is not finite'),
    ('lags beyond the chain', lambda: autocorrelation(torch.randn(9, 4, 2), 9), V, 'n_lags must be ... <= 8 ... got 9'),
    ('acceptance of a number', lambda: acceptance(.5), T, 'info must be a StepInfo or Samples ... got float'),
    ('modes of another dimension', lambda: mode_shares(z, torch.zeros(3, 3), 1.),
        V, 'x must have shape [B, 3] ... got [4, 2]'),
    ('modes of no size', lambda: mode_shares(z, z, 0), V, 'radius must be a positive finite number ... got 0'),
    ('neighbours of another shape', lambda: nearest_distance(z, torch.zeros(4, 3)),
        V, 'reference must have shape [N, 2] with N > 0 ... got [4, 3]'),
    ('scores that are NaN', lambda: auroc([math.nan], [0.]), N, 'in_scores is not finite'),
    ('scores that are none', lambda: auroc(None, [0.]),
        T, 'in_scores must be an array or tensor of numbers ... got None'),
    ('scores in words', lambda: auroc([0.], 'a'), T, "out_scores must be an array or tensor of numbers ... got 'a'"),
    ('no scores', lambda: auroc([0.], []), V, 'out_scores must be one score per example ... got [0]'),
]

rooms = dict(energies=energies, data=data, models=models, samplers=samplers, buffer=buffers, losses=losses,
    gradients=gradients, training=training, diagnostics=diagnostics)
rows = [pytest.param(*r[1:], id=f'{room}: {r[0]}') for room,rs in rooms.items() for r in rs]

@pytest.mark.parametrize('call,error,words', rows)
def test_bad_input(call, error, words):
    with pytest.raises(error) as e: call()
    assert re.search('.*'.join(map(re.escape, words.split(' ... '))), str(e.value)), str(e.value)
