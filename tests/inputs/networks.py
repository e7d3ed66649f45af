"Networks of other people: names, wrappers, copies, threads, attributes called as ours, sizes, tensors of other kinds"
import copy
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
import torch, warnings
from torch import nn
from torch.nn.utils import parametrizations
from torch.optim.swa_utils import AveragedModel
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.callbacks import EMA
from cdebm.checks import as_device, check_batch, check_finite, check_plain, draw, energies_of
from cdebm.energies import (DoubleWell, Energy, Gaussian, GaussianMixture, Negation, Product, as_energy,
    energy_and_grad, given, scale_energies)
from cdebm.grid import Grid
from cdebm.losses import Weights, cd, entropy, nearest, regulariser
from cdebm.models import ConvEnergy, MLPEnergy, ResidualEnergy, StandardConv, frozen, standardise
from cdebm.modules import copied, initialise, n_params
from cdebm.samplers import Langevin, sample
from cdebm.scale import StandIn
from inputs import Case
from inputs.training import gen, learner, store

V,T,M = ValueError,TypeError,MemoryError
cases = []
points = torch.linspace(-1, 1, 8).view(4, 2)
pixels = torch.rand(4, 1, 8, 8, generator=gen())
def small(classes=None, scales=None, size=8, seed=0):
    return ResidualEnergy(1, size, 4, scales=scales, classes=classes, generator=gen(seed))
@cache
def three(): return small(None, 3, 32)
large = torch.rand(2, 1, 32, 32, generator=gen())

# -- 11: two names --
two = 'a module with two names, in a copy'
class TwoNames(Energy):
    "A convolution called a and b, and a layer called c and d"
    def __init__(self):
        super().__init__()
        self.a = self.b = StandardConv(1, 1)
        self.c = self.d = nn.Conv2d(1, 1, 1)
        with torch.no_grad():
            for p in self.parameters(): p.copy_(torch.randn(p.shape, generator=gen()))
    def forward(self, x): return self.d(self.b(self.c(self.a(x)))).flatten(1).sum(1)
class InAList(Energy):
    "The same convolution at both places of a list"
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([StandardConv(1, 1)]*2)
    def forward(self, x):
        for c in self.convs: x = c(x)
        return x.flatten(1).sum(1)
class Within(Energy):
    "A part that holds a convolution, with two names"
    def __init__(self):
        super().__init__()
        self.first = self.last = nn.Sequential(StandardConv(1, 1), nn.SiLU())
    def forward(self, x): return self.last(self.first(x)).flatten(1).sum(1)
class Tied(Energy):
    "Two convolutions with one weight"
    def __init__(self):
        super().__init__()
        self.a,self.b = StandardConv(1, 1),StandardConv(1, 1)
        self.b.weight = self.a.weight
    def forward(self, x): return self.b(self.a(x)).flatten(1).sum(1)
class Moving(Energy):
    "A buffer that is put in the place of another, as a running mean is"
    def __init__(self):
        super().__init__()
        self.conv = StandardConv(1, 1)
        self.register_buffer('shift', torch.zeros(()))
    def forward(self, x): return self.conv(x).flatten(1).sum(1) + self.shift
    def move(self): self.shift = self.shift + 3.
def moved(net):
    "Other weights, and other buffers"
    with torch.no_grad():
        for p in net.parameters(): p.add_(torch.randn(p.shape, generator=gen(1)))
    if hasattr(net, 'move'): net.move()
    return net
def by_stand_in(net):
    s = StandIn(net)
    moved(net)
    s.refresh()
    return s
def by_frozen(net): return frozen(moved(net))
def by_average(net):
    "An average that keeps nothing of the past"
    l = learner(net, data=Pictures(), buffer=pictures())
    a = EMA(0.)
    a.setup(l)
    moved(net)
    a.after_step(l)
    return a.energy
class Pictures:
    def sample(self, n, generator=None): return torch.rand(n, 1, 8, 8, generator=generator)
def pictures():
    return ReplayBuffer(uniform_noise((1, 8, 8)), 100)
def difference(make, way):
    "A function: how far a copy is from its network, after the weights changed"
    def measure():
        net = make()
        twin = way(net)
        with torch.no_grad(): return (twin(pixels)-net(pixels)).abs().max().item()
    return measure
makes = {'two names': TwoNames, 'a list': InAList, 'a part': Within, 'one weight': Tied}
ways = {'a stand-in': by_stand_in, 'a frozen copy': by_frozen, 'an average': by_average}
cases += [Case(two, f'{n}, {w}', difference(m, f), lambda d: d<1e-5) for n,m in makes.items() for w,f in ways.items()]
cases += [Case(two, f'a buffer put in the place of another, {w}', difference(Moving, ways[w]), lambda d: d<1e-5)
    for w in ('a stand-in','a frozen copy')]

# -- copies --
uncopied = 'a layer that cannot be copied'
def older(f):
    "A layer of an older kind, which PyTorch warns of"
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return nn.Sequential(f(nn.Linear(2, 1)), nn.Flatten(0))
def old_norm():
    net = older(torch.nn.utils.weight_norm)
    net(points)     # the weight is a result now
    return net
def lazy(): return nn.Sequential(nn.LazyLinear(1), nn.Flatten(0))
def without_numbers(): return nn.Sequential(nn.Linear(2, 1, device='meta'), nn.Flatten(0))
def modern(): return nn.Sequential(parametrizations.weight_norm(nn.Linear(2, 1)), nn.Flatten(0))
def spectral(): return nn.Sequential(parametrizations.spectral_norm(nn.Linear(2, 1)), nn.Flatten(0)).eval()
def kept(net): return lambda: learner(net(), callbacks=[EMA()]).fit(1).step
by_hook = "energy cannot be copied: Linear '0' has a weight made by a hook: use torch.nn.utils.parametrizations"
cases += [
    Case(uncopied, 'weight_norm of old, averaged', kept(old_norm), error=V, says=by_hook),
    Case(uncopied, 'weight_norm of old, a stand-in', lambda: StandIn(old_norm()), error=V, says=by_hook),
    Case(uncopied, 'weight_norm of old, copied', lambda: copied('net', old_norm()), error=V, says='net cannot be'),
    Case(uncopied, 'lazy, averaged', kept(lazy), error=V, says="LazyLinear '0': pass one batch through it first"),
    Case(uncopied, 'lazy, a stand-in', lambda: StandIn(lazy()), error=V, says="LazyLinear '0' is lazy"),
    Case(uncopied, 'lazy, initialised', lambda: initialise(lazy(), gen()), error=V, says="LazyLinear '0' is lazy"),
    Case(uncopied, 'without numbers, initialised', lambda: initialise(without_numbers(), gen()), error=V,
        says="Linear '0' lies on the device meta, without numbers: use to_empty first"),
    Case(uncopied, 'weight_norm of today', kept(modern), lambda n: n==1),
    Case(uncopied, 'spectral_norm of today', kept(spectral), lambda n: n==1),
    Case(uncopied, 'no module', lambda: StandIn(print), error=T, says='energy must be an nn.Module; got builtin_f'),
]

# -- 12: threads --
threads = 'networks seeded in several threads'
def together(make, n=12):
    "A function: how many of `n` networks of one seed that threads make differ from the first"
    def build():
        with ThreadPoolExecutor(4) as pool: nets = list(pool.map(lambda i: make(gen()), range(n)))
        first = nets[0].state_dict()
        return sum(any(not torch.equal(v, first[k]) for k,v in m.state_dict().items()) for m in nets)
    return build
def unmoved(make):
    "A function: does PyTorch's own stream stay where it was?"
    def build():
        was = torch.get_rng_state()
        make(gen())
        return torch.equal(was, torch.get_rng_state())
    return build
seeded = {'MLPEnergy': lambda g: MLPEnergy(2, 16, generator=g),
    'ConvEnergy': lambda g: ConvEnergy(1, 8, 4, generator=g),
    'ResidualEnergy': lambda g: ResidualEnergy(1, 8, 4, generator=g),
    'spectral': lambda g: ResidualEnergy(1, 8, 4, norm='spectral', generator=g),
    "a network of PyTorch's": lambda g: initialise(nn.Sequential(nn.Linear(2, 9), nn.Linear(9, 1)), g)}
cases += [Case(threads, f'{k}, 12 from 4 threads', together(f), lambda n: n==0) for k,f in seeded.items()]
cases += [Case(threads, f"{k}, PyTorch's own stream", unmoved(f), bool) for k,f in seeded.items() if k[0]!='a']
cases += [Case(threads, 'a seed instead of a generator', lambda: MLPEnergy(generator=3), error=T,
    says='generator must be a torch.Generator or None; got 3')]

# -- 16: attributes called scales --
called = "a network's own attribute called scales"
class Own(nn.Module):
    "An energy of points; subclasses have something called scales"
    def __init__(self, **kw):
        super().__init__()
        self.w = nn.Parameter(torch.ones(()))
        for k,v in kw.items(): setattr(self, k, v)
    def forward(self, x): return self.w*x.square().sum(1)
class Sizes(Own):
    def scales(self, x): return x.abs().amax(1, keepdim=True)
class Names(Own):
    def scales(self, x): return ['a','b']
class Nothing(Own):
    def scales(self): return 3
class Needy(Own):
    def scales(self, x, factor, more): return x
class Property(Own):
    @property
    def scales(self): raise RuntimeError('not now')
class Meant(Own):
    "Two scales that sum up to the energy"
    def scales(self, x): return self.w*x.square()
class Flat(Own):
    def scales(self, x): return self(x)
def apart(net): return lambda: scale_energies(net(), points).tolist()
whole = points.square().sum(1, keepdim=True).tolist()
other_name = 'a method that means something else needs another name'
cases += [
    Case(called, 'a method of sizes', apart(Sizes), error=V, says='energy.scales must return [4, H] that sum up to the '
        'energy; got other numbers: '+other_name),
    Case(called, 'a method of names', apart(Names), error=V, says='got something else: '+other_name),
    Case(called, 'a method without the axis', apart(Flat), error=V, says='energy.scales must return [4, H]'),
    Case(called, 'a method without arguments', apart(Nothing), lambda e: e==whole),
    Case(called, 'a method that wants more', apart(Needy), lambda e: e==whole),
    Case(called, 'a property that raises', apart(Property), lambda e: e==whole),
    Case(called, 'a ModuleList', apart(lambda: Own(scales=nn.ModuleList([nn.Linear(2, 1)]))), lambda e: e==whole),
    Case(called, 'a module', apart(lambda: Own(scales=nn.Linear(2, 2))), lambda e: e==whole),
    Case(called, 'a tensor', apart(lambda: Own(scales=torch.ones(3))), lambda e: e==whole),
    Case(called, 'a number', apart(lambda: Own(scales=3)), lambda e: e==whole),
    Case(called, 'a parameter', apart(lambda: Own(scales=nn.Parameter(torch.ones(3)))), lambda e: e==whole),
    Case(called, 'what is meant by it', apart(Meant), lambda e: e==points.square().tolist()),
    Case(called, 'a method of sizes, learnt with', lambda: learner(Sizes()).fit(1), error=V, says=other_name),
    Case(called, 'a ModuleList, learnt with', lambda: learner(Own(scales=nn.ModuleList())).fit(1).step, lambda n: n==1),
]

# -- 17: wrappers --
wrapped = 'wrappers around a network of several scales'
class Twice(nn.Module):
    "A wrapper that gives another energy"
    def __init__(self, net):
        super().__init__()
        self.net = net
    def forward(self, x): return 2*self.net(x)
class Shifted(Twice):
    "A wrapper that hands on other points"
    def forward(self, x): return self.net(1-x)
class Delegate(Twice):
    def forward(self, x): return self.net(x)
class ByHand(Twice):
    "One that says what its scales are"
    def scales(self, x): return 2*self.net.scales(x)
class Plain:
    "A callable that is no module"
    def __init__(self, net): self.net = net
    def __call__(self, x): return self.net(x)
    def method(self, x): return self.net(x)
def within(wrap):
    "A function: how far the scales of a wrapped network are from its own"
    def measure():
        net = three()
        with torch.no_grad(): return (scale_energies(wrap(net), large)-net.scales(large)).abs().max().item()
    return measure
def same(d): return d<1e-5
lost = 'energy holds a ResidualEnergy of 3 scales and gives something else: give it a method scales(x)'
def ema_of(net):
    a = EMA()
    a.setup(type('L', (), dict(energy=net)))
    return a.energy
wraps = {'nn.Sequential': nn.Sequential, 'nn.Sequential within another': lambda n: nn.Sequential(nn.Sequential(n)),
    'DataParallel': nn.DataParallel, 'AveragedModel': AveragedModel, 'an average': ema_of, 'a deep copy': copy.deepcopy,
    'a module that hands on': Delegate, 'a callable': Plain, 'a method': lambda n: Plain(n).method,
    'a function': lambda n: lambda x: n(x), 'a partial': lambda n: partial(n), 'as_energy': as_energy,
    'frozen': frozen, 'a product of one': lambda n: Product([n]),
    'as_energy of a wrapper': lambda n: as_energy(nn.Sequential(n))}
cases += [Case(wrapped, k, within(f), same) for k,f in wraps.items()]
def terms_of(wrap):
    "cd and reg of a wrapped network over those of the network itself"
    def ratio():
        net,other = three(),large.flip(0)*.5
        return [(f(wrap(net), large, other)/f(net, large, other)).item() for f in (cd, regulariser)]
    return ratio
def ones(r): return all(abs(v-1)<1e-4 for v in r)
cases += [Case(wrapped, f'terms of the loss, {k}', terms_of(wraps[k]), ones)
    for k in ('nn.Sequential','DataParallel','AveragedModel','a function')]
cases += [
    Case(wrapped, 'twice the energy', within(Twice), error=V, says=lost),
    Case(wrapped, 'other points', within(Shifted), error=V, says=lost),
    Case(wrapped, 'twice the energy, in a function', within(lambda n: lambda x: 2*n(x)), error=V, says=lost),
    Case(wrapped, 'twice the energy, with scales', lambda: scale_energies(ByHand(three()), large).shape,
        lambda s: s==(2,3)),
    Case(wrapped, 'one scale, twice the energy', lambda: scale_energies(Twice(small()), pixels).shape,
        lambda s: s==(4,1)),
    Case(wrapped, 'a negation', within(lambda n: Negation(Negation(n))), same),
]

# -- labels of a network --
labels = 'labels outside 0 ... C - 1'
def asked(*y, classes=3): return lambda: small(classes)(pixels, *y).tolist()
want = 'y must be whole numbers from 0 to 2, shape [4]; got'
cases += [
    Case(labels, '3 for a network', asked(torch.tensor([0,1,2,3])), error=V, says=want+' 0 to 3'),
    Case(labels, '-1 for a network', asked(torch.tensor([0,1,2,-1])), error=V, says=want+' -1 to 2'),
    Case(labels, 'floats for a network', asked(torch.zeros(4)), error=T, says=want+' torch.float32'),
    Case(labels, 'truths for a network', asked(torch.zeros(4, dtype=torch.bool)), error=T, says=want+' torch.bool'),
    Case(labels, 'none for a network', asked(), error=T, says=want+' NoneType'),
    Case(labels, 'too few for a network', asked(torch.zeros(3).long()), error=V, says=want+' shape [3]'),
    Case(labels, 'no classes, a network', asked(torch.zeros(4).long(), classes=None), error=V, says='y must be None'),
    Case(labels, 'one label 3, given', lambda: given(small(3), 3)(pixels), error=V, says=want+' 3 to 3'),
    Case(labels, 'one label 2, given', lambda: given(small(3), 2)(pixels).shape, lambda s: s==(4,)),
    Case(labels, 'text, given', lambda: given(small(3), 'a'), error=T, says='y must be'),
]

# -- tensors of other kinds --
none = 'no plain real numbers'
def net_of(x): return lambda: MLPEnergy(2, 8, generator=gen())(x)
odd = {'sparse': points.to_sparse(), 'complex': points+0j, 'whole numbers': points.long(), 'truths': points>0}
kinds = {'sparse': 'a sparse tensor', 'complex': 'complex64', 'whole numbers': 'torch.int64', 'truths': 'torch.bool'}
doors = {
    'a network': lambda x: MLPEnergy(2, 8, generator=gen())(x), 'a Gaussian': lambda x: Gaussian(dim=2)(x),
    'a mixture': lambda x: GaussianMixture.ring()(x), 'a chain': lambda x: sample(Gaussian(dim=2), x, Langevin(), 1),
    'cd': lambda x: cd(Gaussian(dim=2), x, points), 'a gradient': lambda x: energy_and_grad(Gaussian(dim=2), x),
    'a buffer': lambda x: store().add(x)}
cases += [Case(none, f'{k}, {d}', partial(f, x), error=T, says=kinds[k])
    for k,x in odd.items() for d,f in doors.items()]
nowhere = points.to('meta')
cases += [
    Case(none, 'points on no device, a network', net_of(nowhere), error=V, says='x must lie where the model is'),
    Case(none, 'points on no device', lambda: check_finite('x', nowhere), error=T, says='x must be ... a meta'),
    Case(none, 'points on no device, stored', lambda: store().add(nowhere), error=T, says='x must be ... a meta'),
    Case(none, 'quantised points', lambda: check_plain('x', torch.quantize_per_tensor(points, .1, 0, torch.qint8)),
        error=T, says='x must be a tensor of plain numbers; got a quantised tensor'),
    Case(none, 'points in lists', lambda: check_batch('x', points.tolist()), error=T, says='x must be ... got list'),
    Case(none, 'doubles for a network', net_of(points.double()), error=T,
        says='x must have the dtype of the model, torch.float32; got torch.float64'),
    Case(none, 'complex weights', lambda: standardise(torch.ones(1, 1, 3, 3)+0j), error=T, says='w must be'),
    Case(none, 'a device that is none', lambda: as_device('device', 'gpu'), error=V,
        says="device must be a device, e.g. 'cpu'"),
    Case(none, 'draws like text', lambda: draw(torch.rand, (2,), 'gpu'), error=T, says='like must be a tensor'),
    Case(none, 'a complex bank', lambda: entropy(points.clone().requires_grad_()*1., points+0j), error=T, says='bank'),
    Case(none, 'an empty bank', lambda: nearest(points, points[:0]), error=V, says='bank must hold at least one'),
]

# -- networks and points --
unfit = 'a network that does not fit the points'
def energy_of(f, x=points): return lambda: energies_of(f, x)
cases += [
    Case(unfit, 'points for images', lambda: small()(points), error=V,
        says='x must have shape [B, 1, 8, 8]; got [4, 2]'),
    Case(unfit, 'images of another size', lambda: small()(large), error=V, says='x must have shape [B, 1, 8, 8]'),
    Case(unfit, 'images without channels', lambda: ConvEnergy(1, 8, 4)(pixels[:,0]), error=V, says='x must have shape'),
    Case(unfit, 'three coordinates', net_of(torch.zeros(4, 3)), error=V, says='x must have shape [B, 2]; got [4, 3]'),
    Case(unfit, 'a number', net_of(torch.tensor(0.)), error=V, says='x must have shape'),
    Case(unfit, 'a linear layer', energy_of(nn.Linear(3, 1)), error=V, says='energy does not take x of shape [4, 2]'),
    Case(unfit, 'an embedding', energy_of(nn.Embedding(3, 2)), error=V, says='energy does not take x of shape [4, 2]'),
    Case(unfit, 'an index beyond', energy_of(lambda x: x[:,7]), error=V, says='energy does not take x of shape [4, 2]'),
    Case(unfit, 'energies [B, 1] of a function', energy_of(lambda x: x[:,:1]), error=V,
        says='energy must return one number a point, shape [4]; got [4, 1]'),
    Case(unfit, 'a list of energies', energy_of(lambda x: x.sum(1).tolist()), error=T,
        says='energy must return a tensor of shape [4]; got list'),
    Case(unfit, 'energies in a chain', lambda: sample(nn.Linear(3, 1), points, Langevin(), 1), error=V,
        says='energy does not take x of shape [4, 2]'),
    Case(unfit, 'products of other spaces', lambda: Gaussian(dim=2) & DoubleWell(dim=3), error=V,
        says='energies must live in the same space; got dimensions [2, 3]'),
    Case(unfit, 'an error of its own', energy_of(lambda x: {}['mine']), error=KeyError, says='mine'),
]

# -- huge sizes --
huge = 'sizes that no memory holds'
big = 10**9
cases += [
    Case(huge, 'width', lambda: MLPEnergy(width=big), error=M,
        says='a network of d_in=2, width=1000000000, depth=2: this takes ... GB'),
    Case(huge, 'coordinates', lambda: MLPEnergy(big, width=10**6), error=M, says='d_in=1000000000'),
    Case(huge, 'width of a convolution', lambda: ConvEnergy(width=big), error=M, says='width=1000000000'),
    Case(huge, "width of the paper's", lambda: ResidualEnergy(width=10**8), error=M, says='width=100000000'),
    Case(huge, 'classes', lambda: ResidualEnergy(classes=big), error=M, says='classes=1000000000'),
    Case(huge, 'width beyond a billion', lambda: MLPEnergy(width=10**12), error=V, says='width must be ... <= 1'),
    Case(huge, 'depth', lambda: MLPEnergy(depth=10**4), error=V, says='depth must be an integer >= 1 and <= 1000'),
    Case(huge, 'blocks', lambda: ConvEnergy(blocks=10**4), error=V, says='blocks must be an integer >= 1 and <= 1000'),
    Case(huge, 'cells of a grid', lambda: Grid(n=big), error=M, says='n=1000000000 cells an axis: this takes'),
    Case(huge, 'cells of a grid in the plane', lambda: Grid(n=10**6, dim=2), error=M, says='n=1000000'),
    Case(huge, 'draws of a Gaussian', lambda: Gaussian(dim=2).sample(10**12), error=M, says='n=1000000000000'),
    Case(huge, 'a sensible one', lambda: n_params(MLPEnergy(width=1000, generator=gen())), lambda n: n==1005001),
]

# -- settings --
settings = 'settings that no network has'
cases += [
    Case(settings, 'an unknown activation', lambda: MLPEnergy(act='relu'), error=V, says='act must be one of silu'),
    Case(settings, 'width 0', lambda: MLPEnergy(width=0), error=V, says='width must be an integer >= 1'),
    Case(settings, 'width 8.5', lambda: MLPEnergy(width=8.5), error=T, says='width must be an integer'),
    Case(settings, 'an unknown norm', lambda: ResidualEnergy(norm='batch'), error=V, says='norm must be one of'),
    Case(settings, 'three scales of 34 pixels', lambda: ResidualEnergy(size=34), error=V,
        says='size must be divisible by 4 for 3 scales; got 34'),
    Case(settings, 'attention of 8 pixels', lambda: ResidualEnergy(size=8, attention=True)(torch.zeros(2, 3, 8, 8)),
        value=lambda e: e.shape==(2,)),
    Case(settings, 'a layer without rules', lambda: initialise(Own(), gen()), error=T,
        says='module must have reset_parameters in each part that holds parameters; got none for w'),
    Case(settings, 'weights NaN', lambda: Weights(reg=float('nan')), error=V, says='weight reg must be a finite'),
    Case(settings, 'weights text', lambda: Weights(cd='1'), error=T, says="weight cd must be a finite number; got '1'"),
]
