"Trainings that would go wrong: settings, labels, averages, checkpoints, disks, and what the monitor has to see"
import errno, json, random
from dataclasses import FrozenInstanceError, replace
from unittest.mock import patch
import numpy as np, torch
from torch import nn
from torch.distributions import Normal
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.optim.lr_scheduler import CosineAnnealingLR, ReduceLROnPlateau
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.callbacks import EMA, Schedule, Track
from cdebm.checkpoints import Checkpoint, checksum, read_checkpoint
from cdebm.checks import NonFiniteError
from cdebm.data import TensorData
from cdebm.energies import Energy, GaussianMixture
from cdebm.explorer.recordings import RecordedRun
from cdebm.gradients import GradientNorms, GradientRecord
from cdebm.health import HealthMonitor, Limits, all_alike, halvings, is_flat, strains
from cdebm.judge import Judge
from cdebm.losses import Weights
from cdebm.models import MLPEnergy
from cdebm.modules import n_params
from cdebm.samplers import MALA, Compose, Langevin, UniformJump, sample
from cdebm.training import History, Learner, Settings, positives
from inputs import Case

V,T,F_,M,R = ValueError,TypeError,FloatingPointError,MemoryError,RuntimeError
cases = []
ring = GaussianMixture.ring()
plain_cd = Weights(opt=0., entropy=0.)
def gen(seed=0): return torch.Generator().manual_seed(seed)
def network(seed=0, width=8): return MLPEnergy(2, width, 1, generator=gen(seed))
def store(low=-4., high=4., capacity=1000, **kw): return ReplayBuffer(uniform_noise(2, low, high), capacity, **kw)
def learner(energy=None, data=ring, buffer=None, callbacks=(), seed=0, **kw):
    "A small one, of plain contrastive divergence unless `weights` are given"
    small = dict(sampler=Langevin(.01), mcmc_steps=2, batch_size=8, weights=plain_cd) | kw
    parts = network(seed) if energy is None else energy,data,store() if buffer is None else buffer
    return Learner(*parts, Settings(**small), generator=gen(seed), callbacks=callbacks)
def silent(text): pass

# -- 8: entropy --
idle = 'an entropy that would never act'
with_entropy = Weights(opt=0.)
def fitted(n, **kw): return lambda: learner(weights=with_entropy, **kw).fit(n)
def weigh_later():
    l = learner(buffer=store(capacity=20))
    l.weights = with_entropy
room = 'buffer must have room for 1,000 samples or more ... got capacity'
cases += [
    Case(idle, 'capacity 999', fitted(0, buffer=store(capacity=999)), error=V, says=room+' 999'),
    Case(idle, 'capacity 1', fitted(0, buffer=store(capacity=1)), error=V, says=room+' 1 '),
    Case(idle, 'the exact sign', lambda: learner(weights=with_entropy.exact_gradient(), buffer=store(capacity=20)),
        error=V, says=room),
    Case(idle, 'weights set later', weigh_later, error=V, says=room+' 20 (or set the weight of entropy to 0)'),
    Case(idle, 'capacity 1,000', fitted(0), lambda l: l.buffer.capacity==1000),
    Case(idle, 'capacity 20 without entropy', lambda: learner(buffer=store(capacity=20)).fit(2), lambda l: l.step==2),
    Case(idle, '20 steps of 8', fitted(20),
        warns='the entropy term was never active: the buffer holds 160 samples, and it waits for 1,000'),
    Case(idle, '3 steps', fitted(3), lambda l: not l.entropy_active and l.history['entropy'].tolist()==[0]*3),
    Case(idle, '20 steps of 64', fitted(20, batch_size=64),
        lambda l: l.entropy_active and (l.history['entropy']!=0).tolist()==[False]*16+[True]*4),
]

# -- 9: labels --
labels = 'labels outside 0 ... C - 1'
class Conditional(nn.Module):
    "E(x, y) of three classes"
    def __init__(self):
        super().__init__()
        self.rows = nn.Parameter(torch.randn(3, 2, generator=gen()))
    def forward(self, x, y): return (x-self.rows[y]).square().sum(1)
class Labelled:
    "Points with these labels, over and over"
    def __init__(self, y): self.y = y
    def sample(self, n, generator=None):
        many = isinstance(self.y, torch.Tensor) and self.y.ndim==1
        return torch.zeros(n, 2),self.y.repeat(n)[:n] if many else self.y
def batch(y, k=3): return lambda: positives(Labelled(y), 4, torch.empty(0), k, gen()).y.tolist()
def put(*y, k=3): return lambda: store(n_classes=k).add(torch.zeros(3, 2), *y)
def taught(y):
    return lambda: learner(Conditional(), Labelled(torch.tensor(y)), store(n_classes=3)).fit(2).step
def kept_labels(y):
    "A state of a buffer with three labels, of which the first was changed"
    b = store(n_classes=3)
    b.add(torch.zeros(3, 2), torch.arange(3), gen())
    d = b.state_dict()
    d['y'][0] = y
    store(n_classes=3).load_state_dict(d)
in_data = 'labels of data must lie in 0..2, as buffer has n_classes=3; got'
cases += [
    Case(labels, '1 to 3 of a batch', batch(torch.tensor([1,2,3])), error=V, says=in_data+' 1 to 3'),
    Case(labels, '-1 of a batch', batch(torch.tensor([-1,2])), error=V, says=in_data+' -1 to 2'),
    Case(labels, '1 to 3 in training', taught([1,2,3]), error=V, says=in_data+' 1 to 3'),
    Case(labels, '0 to 2 in training', taught([0,1,2]), lambda n: n==2),
    Case(labels, 'halves of a batch', batch(torch.tensor([.5])), error=T, says='labels of data must be whole numbers'),
    Case(labels, 'truths of a batch', batch(torch.tensor([True])), error=T, says='labels of data must be whole'),
    Case(labels, 'one-hot in a batch', batch(torch.eye(4).long()), error=V, says='labels of data must ... shape [4]'),
    Case(labels, 'too few in a batch', lambda: positives(Labelled([0]), 4, torch.empty(0), 3), error=T,
        says='labels of data must be whole numbers of shape [4]; got list'),
    Case(labels, 'none of a batch', lambda: positives(ring, 4, torch.empty(0), 3), error=T,
        says='data.sample must return (examples, labels), since buffer has classes; got no labels'),
    Case(labels, 'nobody asked for', batch(torch.zeros(4).long(), None), error=T,
        says='data.sample must return examples alone, since buffer has no classes'),
    Case(labels, '3 stored', put(torch.tensor([0,1,3])), error=V, says='y must lie in 0..2 (n_classes=3); got 0 to 3'),
    Case(labels, '-1 stored', put(torch.tensor([0,-1,2])), error=V, says='y must lie in 0..2'),
    Case(labels, 'floats stored', put(torch.zeros(3)), error=T, says='y must be an integer tensor of shape [3]'),
    Case(labels, 'too few stored', put(torch.zeros(2).long()), error=V, says='y must be ... shape [3]; got shape [2]'),
    Case(labels, 'none stored', put(), error=V, says='y is missing, but this buffer keeps labels'),
    Case(labels, 'stored, nobody asked for', put(torch.zeros(3).long(), k=None), error=V,
        says='y was given, but this buffer keeps no labels'),
    Case(labels, 'of a saved buffer', lambda: kept_labels(7), error=V, says='y must lie in 0..2'),
]

# -- 10: averages --
averages = 'an average that a checkpoint does not know'
def weights_of(m): return [p.tolist() for p in m.parameters()]
def average_of(saved:list, loading:list):
    "A function of a folder: loaded weights, averages that were saved and those after the file was loaded"
    def load(root):
        a,b = ([EMA(d) for d in v] for v in (saved, loading))
        l = learner(callbacks=a).fit(3)
        l.save(root/'a.pt')
        new = learner(seed=1, callbacks=b).fit(2).load(root/'a.pt')
        return weights_of(new.energy),*([weights_of(e.energy) for e in v] for v in (a, b))
    return load
other_decay = 'a.pt ... does not fit this learner: decay of the average must be'
def before(): return EMA().energy
cases += [
    Case(averages, 'none in the file', average_of([], [.9]), lambda r: r[2]==[r[0]]),
    Case(averages, 'one in the file', average_of([.9], [.9]), lambda r: r[2]==r[1]!=[r[0]]),
    Case(averages, 'one of two in the file', average_of([.9], [.9,.99]), lambda r: r[2]==[*r[1],r[0]]),
    Case(averages, 'two', average_of([.9,.5], [.9,.5]), lambda r: r[2]==r[1]),
    Case(averages, 'one too many in the file', average_of([.9,.5], [.9]), lambda r: r[2]==r[1][:1]),
    Case(averages, 'two exchanged', average_of([.9,.5], [.5,.9]), error=V, says=other_decay+' 0.9'),
    Case(averages, 'another decay', average_of([.9], [.99]), error=V, says=other_decay+' 0.9 ... got 0.99'),
    Case(averages, 'before there is a network', before, error=V, says='there is no average yet'),
    Case(averages, 'decay 1.5', lambda: EMA(1.5), error=V, says='decay must be'),
]

# -- a refused load --
refused = 'a load that is refused changes nothing'
def loaded(change):
    "A function: is the learner what it was after it refused a state, and what did it say?"
    def load():
        d = learner(callbacks=[EMA()]).fit(3).state_dict()
        l = learner(seed=1, callbacks=[EMA()]).fit(2)
        was = checksum(l.state_dict())
        try: l.load_state_dict(d | change(d))
        except Exception as e: return checksum(l.state_dict())==was,f'{type(e).__name__}: {e}'
        return 'it was loaded'
    return load
def wide(d): return learner(network(width=9)).fit(3).state_dict()
def other_buffer(d): return dict(buffer=d['buffer'] | dict(capacity=7))
def no_moments(d): return dict(optimizer=dict(state={}, param_groups=[]))
def mistaken(words): return lambda r: r[0] is True and words in r[1]
changes = {
    'another network': (wide, 'size mismatch'), 'another buffer': (other_buffer, 'capacity of the saved state'),
    'another optimiser': (no_moments, 'parameter group'),
    'averages a number': (lambda d: dict(callbacks=3), 'TypeError'),
    'an average of another network': (lambda d: dict(callbacks=dict(EMA=dict(n_averaged=3))), 'n_averaged'),
    'a generator that is none': (lambda d: dict(generator=torch.zeros(3)), 'Error'),
    'history a number': (lambda d: dict(history=3), 'history must be a list of rows; got int'),
    'rows that are lists': (lambda d: dict(history=[[1.]]), 'history must hold rows of numbers'),
    'markup as a column': (lambda d: dict(history=[{'<img src=x>': 1.}]), 'history must hold numbers under names'),
    'text in a row': (lambda d: dict(history=[dict(gap='<b>')]), 'history must hold numbers under names'),
    'a tensor in a row': (lambda d: dict(history=[dict(gap=torch.ones(2))]), 'history must hold numbers'),
    'step text': (lambda d: dict(step='3'), 'step must be an integer >= 0'),
    'step -1': (lambda d: dict(step=-1), 'step must be an integer >= 0; got -1')}
cases += [Case(refused, name, loaded(f), mistaken(words)) for name,(f,words) in changes.items()]
cases += [
    Case(refused, 'a part missing', lambda: learner().load_state_dict(dict(step=3)), error=V,
        says='not a state of a Learner: it lacks buffer'),
    Case(refused, 'NaN in the history', loaded(lambda d: dict(history=[dict(gap=float('nan'))])),
        lambda r: r=='it was loaded'),
]

# -- checkpoints --
damaged = 'a checkpoint that is not what was written'
def rewritten(change, door=read_checkpoint):
    "A function of a folder: a checkpoint in which something was changed, its checksum left"
    def load(root):
        learner(callbacks=[EMA()]).fit(2).save(root/'c.pt')
        d = torch.load(root/'c.pt', weights_only=True)
        change(d)
        torch.save(d, root/'c.pt')
        return door(root/'c.pt')
    return load
def flipped(path):
    "A function that flips the last bit of a tensor's first number"
    def flip(d):
        for k in path: d = d[k]
        d.view(-1).view(torch.uint8)[0] ^= 1
    return flip
def bit_on_disk(root):
    "One bit of a weight flipped in the file itself"
    l = learner().fit(2)
    l.save(root/'c.pt')
    data,w = (root/'c.pt').read_bytes(),l.energy.net[0].weight.detach().numpy().tobytes()
    at = data.index(w)
    (root/'c.pt').write_bytes(data[:at] + bytes([data[at]^1]) + data[at+1:])
    return read_checkpoint(root/'c.pt')
tensors = {'weight': ('energy', 'net.0.weight'), 'moment': ('optimizer', 'state', 0, 'exp_avg_sq'),
    'stored sample': ('buffer', 'x'), 'generator': ('generator',),
    'average': ('callbacks', 'EMA', 'module.net.0.weight')}
cases += [Case(damaged, f'a bit of a {k}', rewritten(flipped(p)), error=V, says='c.pt is damaged: what it holds is')
    for k,p in tensors.items()]
changed = dict(step=3, history=[], recipe='x', version='9', others=[{}])
cases += [Case(damaged, f'{k} changed', rewritten(lambda d, k=k, v=v: d.update({k: v})), error=V,
    says='c.pt is damaged') for k,v in changed.items()]
cases += [
    Case(damaged, 'a bit in the file', bit_on_disk, error=V, says='c.pt is damaged'),
    Case(damaged, 'one part more', rewritten(lambda d: d.update(more=1)), error=V, says='c.pt is damaged'),
    Case(damaged, 'checksum a number', rewritten(lambda d: d.update(checksum=3)), error=V, says='c.pt is damaged'),
    Case(damaged, 'checksum a tensor', rewritten(lambda d: d.update(checksum=torch.ones(2))), error=V, says='damaged'),
    Case(damaged, 'names that are pairs', rewritten(lambda d: d.update({(1, 2): 3})), error=V,
        says='c.pt is not a checkpoint: its parts have names; got (1, 2)'),
    Case(damaged, 'names that are numbers', rewritten(lambda d: d.update({7: 3})), error=V, says='have names; got 7'),
    Case(damaged, 'pairs within', rewritten(lambda d: d.update(energy={(1, 2): 3})), error=V, says='c.pt is damaged'),
    Case(damaged, 'a sparse tensor', rewritten(lambda d: d.update(energy=torch.eye(2).to_sparse())), error=V,
        says='c.pt is damaged'),
    Case(damaged, 'others a number', rewritten(lambda d: (d.update(others=3), d.pop('checksum')), learner().load),
        error=V, says='c.pt is not a checkpoint: others must be a list; got int'),
    Case(damaged, 'of an older version', rewritten(lambda d: d.pop('checksum')), lambda d: d['step']==2),
    Case(damaged, 'whole', rewritten(lambda d: None), lambda d: d['step']==2 and 'checksum' not in d),
]

# -- disks --
disk = 'a full disk'
full_zip = R('[enforce fail at inline_container.cc:664] . unexpected pos 64 vs 0')
full = OSError(errno.ENOSPC, 'No space left on device')
def kept_on(error, times=1, at='torch.save', n=5):
    "A function of a folder: a run whose second write fails, and those after it up to `times`, and what files are left"
    def run(root):
        real,calls = torch.save if at=='torch.save' else __import__('os').replace,[]
        def write(*args, **kw):
            calls.append(1)
            if 1<len(calls)<2+times: raise error
            return real(*args, **kw)
        with patch(at, write): l = learner(callbacks=[Checkpoint(root/'c.pt', every=2)]).fit(n)
        return l.step,read_checkpoint(root/'c.pt')['step'],[p.name for p in root.iterdir()]
    return run
def to_the_end(error):
    "A function of a folder: what is left where the last write fails, and what is raised"
    def run(root):
        try: kept_on(error, times=9, n=2)(root)
        except type(error): return read_checkpoint(root/'c.pt')['step'],len([*root.iterdir()])
    return run
def failing_at_the_end(root):
    with patch('torch.save', side_effect=full): learner(callbacks=[Checkpoint(root/'c.pt')]).fit(1)
cases += [
    Case(disk, "PyTorch's word for it", kept_on(full_zip), warns='no checkpoint at step 4: [enforce fail'),
    Case(disk, 'the run goes on', kept_on(full), lambda r: r==(5, 5, ['c.pt']), warns='no checkpoint at step 4: '
        '[Errno 28] No space left'),
    Case(disk, 'no leave to replace', kept_on(PermissionError(13, 'Permission denied'), at='os.replace'),
        lambda r: r==(5, 5, ['c.pt']), warns='no checkpoint at step 4: [Errno 13]'),
    Case(disk, 'at the end of a fit', failing_at_the_end, error=OSError, says='No space left'),
    Case(disk, 'the last good file stays', lambda root: (kept_on(full)(root), read_checkpoint(root/'c.pt'))[1]['step'],
        lambda n: n==5, warns='no checkpoint at step 4'),
]

# -- 18: boxes --
boxes = "data outside the chains' box"
wide_data = TensorData(torch.linspace(-1, 1, 200, dtype=torch.float64).view(100, 2))
lone = TensorData(torch.cat([torch.full((999, 2), .5), torch.full((1, 2), 3.)]))
unit = dict(buffer=store(-1., 1.))
def clamped(low, high): return Langevin(.01, clamp=(low, high))
def first(data=wide_data, n=1, **kw): return lambda: learner(data=data, **kw).fit(n).step
lie = 'data lie in [-0.9 ... ], but '
def twice():
    l = learner(data=wide_data, sampler=clamped(0., 1.)).fit(2)
    return l.fit(2).step
cases += [
    Case(boxes, 'a clamp', first(sampler=clamped(0., 1.)), warns='data lie in [- ... ], but chains are kept in [0, 1]'),
    Case(boxes, 'a clamp, two fits', twice, lambda n: n==4, warns='chains are kept in [0, 1]: is one of them in other'),
    Case(boxes, 'a clamp in a composition', first(sampler=Compose((MALA(.01), clamped(0., 1.)))),
        warns='chains are kept in [0, 1]'),
    Case(boxes, 'jumps', first(sampler=Compose((UniformJump(2., 3.), MALA(.01)))), warns='jumps are made in [2, 3]'),
    Case(boxes, 'noise', first(buffer=store(0., 1.)), warns='but chains start in [0, 1]'),
    Case(boxes, 'noise beside them', first(buffer=store(5., 6.)), warns='but chains start in [5, 6]'),
    Case(boxes, 'a clamp around them', first(sampler=clamped(-1., 1.)), lambda n: n==1),
    Case(boxes, 'noise around them', first(**unit), lambda n: n==1),
    Case(boxes, 'at the edges', first(TensorData(torch.eye(2)), sampler=clamped(0., 1.), n=3), lambda n: n==3),
    Case(boxes, 'one of a thousand', first(lone, sampler=clamped(0., 1.), batch_size=1000), lambda n: n==1),
    Case(boxes, 'no clamp', first(), lambda n: n==1),
]

# -- 20: settings changed later --
later = 'settings changed after they were made'
def setting(**kw):
    def change():
        l = learner()
        for k,v in kw.items(): setattr(l, k, v)
        return l
    return change
wrong = dict(clip=-1, graph_samples=999, batch_size=0, mcmc_steps=0, bank_size=1.5, differentiable_tail=99,
    neighbours='later', precision='fp8', sampler=Langevin, weights=3, settings={})
cases += [Case(later, f'{k} {getattr(v, "__name__", v)!r}', setting(**{k: v}),
    error=T if k in ('bank_size','sampler','weights','settings') else V, says=f'{k} must be') for k,v in wrong.items()]
cases += [
    Case(later, 'clip NaN', setting(clip=float('nan')), error=V, says='clip must be a positive ... got nan'),
    Case(later, 'clip 1e500', setting(clip=float('inf')), lambda l: l.fit(1).step==1),
    Case(later, 'mcmc_steps ten billion', setting(mcmc_steps=10**10), error=V, says='mcmc_steps must be ... 10000000'),
    Case(later, 'fewer steps than the tail', lambda: replace(Settings(differentiable_tail=3), mcmc_steps=2), error=V,
        says='differentiable_tail must be an integer >= 1 and <= 2'),
    Case(later, 'a smaller batch than graph_samples', lambda: replace(Settings(graph_samples=8), batch_size=4),
        error=V, says='graph_samples must be an integer >= 1 and <= 4'),
    Case(later, 'a frozen sampler', lambda: setattr(Langevin(), 'step_size', -1), error=FrozenInstanceError,
        says='step_size'),
    Case(later, 'frozen settings', lambda: setattr(Settings(), 'clip', -1), error=FrozenInstanceError, says='clip'),
    Case(later, 'frozen weights', lambda: setattr(Weights(), 'reg', 'x'), error=FrozenInstanceError, says='reg'),
    Case(later, 'a good one', setting(mcmc_steps=3, batch_size=4), lambda l: len(l.fit(1).last.pos.x)==4),
    Case(later, 'a wrong one leaves the old', lambda: (l := learner(), [refuse(l) for _ in range(2)], l.clip)[2],
        lambda clip: clip==.5),
]
def refuse(l):
    try: l.clip = -1
    except V: return True

# -- fused attention, compiled networks --
fused = 'a layer without a second derivative'
class Attending(nn.Module):
    "An energy of points by attention between their coordinates"
    def __init__(self, backend=None):
        super().__init__()
        self.qkv = nn.Linear(1, 24)
        self.backend = backend
        for p in self.parameters(): nn.init.normal_(p, generator=gen())
    def forward(self, x):
        q,k,v = self.qkv(x[...,None]).view(len(x), 2, 3, 8).permute(2, 0, 1, 3)[:,:,None]
        if self.backend is None: return F.scaled_dot_product_attention(q, k, v).flatten(1).square().sum(1)
        with sdpa_kernel(self.backend): return F.scaled_dot_product_attention(q, k, v).flatten(1).square().sum(1)
def attended(n=1, **kw): return lambda: learner(Attending(kw.pop('backend', None)), **kw).fit(n).step
math_kernel = dict(backend=SDPBackend.MATH)
compiled = 'a compiled network'
def by_compile(**kw): return lambda: learner(torch.compile(network()), **kw)
def in_place():
    net = network()
    net.compile()
    return learner(net, weights=Weights(entropy=0.))
def within(): return learner(nn.Sequential(torch.compile(network())), weights=Weights(entropy=0.))
mend = 'energy is or holds a compiled network ... stand_in=StandIn(energy, compile=...)'
cases += [
    Case(fused, 'attention and the KL term', attended(weights=Weights(entropy=0.)), error=R,
        says='a layer of energy has no second derivative ... sdpa_kernel(SDPBackend.MATH)'),
    Case(fused, 'attention without the KL term', attended(), lambda n: n==1),
    Case(fused, 'attention by the math kernel', attended(weights=Weights(entropy=0.), **math_kernel), lambda n: n==1),
    Case(compiled, 'with the KL term', by_compile(weights=Weights(entropy=0.)), error=T, says=mend),
    Case(compiled, 'within another', within, error=T, says=mend),
    Case(compiled, 'in place', in_place, error=T, says=mend),
    Case(compiled, 'without the KL term', by_compile(), lambda l: n_params(l.energy)==33),
]

# -- schedulers --
plateau = 'a scheduler that cannot be driven'
def driven(make): return lambda: learner(callbacks=[Schedule(make)]).fit(2)
cases += [
    Case(plateau, 'of a plateau', driven(ReduceLROnPlateau), error=T, says="make must give a scheduler that needs no "
        "metric, e.g. CosineAnnealingLR; got a plateau's"),
    Case(plateau, 'a number', lambda: Schedule(3), error=T, says='make must be a function from an optimizer'),
    Case(plateau, 'a scheduler', lambda: Schedule(CosineAnnealingLR(learner().optimizer, 9)), error=T,
        says='make must be a function from an optimizer to a scheduler'),
    Case(plateau, 'none made', driven(lambda o: None), error=T, says='make must give a scheduler'),
    Case(plateau, 'a function made', driven(lambda o: print), error=T, says='make must give a scheduler'),
    Case(plateau, 'of a cosine', driven(lambda o: CosineAnnealingLR(o, 2)),
        lambda l: abs(l.optimizer.param_groups[0]['lr'])<1e-12),
]

# -- others' sample --
sampled = "other people's sample"
class Drawing:
    def __init__(self, f): self.f = f
    def sample(self, n, generator=None): return self.f(n)
def taught_by(data): return lambda: learner(data=data).fit(1)
cases += [
    Case(sampled, 'a distribution, learnt from', taught_by(Normal(0., 1.)), error=T, says='got Normal, whose sample'),
    Case(sampled, 'the module random to learn from', taught_by(random), error=T, says='got module, whose sample'),
    Case(sampled, 'batches of NumPy', taught_by(Drawing(lambda n: np.zeros((n, 2)))), error=T,
        says='data.sample ... array'),
    Case(sampled, 'lists', taught_by(Drawing(lambda n: [[0., 0.]]*n)), error=T, says='data.sample ... list'),
    Case(sampled, 'one example too few', taught_by(Drawing(lambda n: torch.zeros(n-1, 2))), error=V,
        says='data.sample must return a ... tensor of shape [n=8, ...]; got shape [7, 2]'),
    Case(sampled, 'NaN', taught_by(Drawing(lambda n: torch.full((n, 2), torch.nan))), error=NonFiniteError,
        says='a batch of data is not finite'),
    Case(sampled, 'doubles', lambda: learner(data=Drawing(lambda n: torch.zeros(n, 2, dtype=torch.float64))).fit(1)
        .last.pos.x.dtype, lambda t: t==torch.float32),
]

# -- networks and points --
unfit = 'a network that does not fit the points'
class Shaped(nn.Module):
    "An energy that returns another shape"
    def __init__(self, f):
        super().__init__()
        self.w,self.f = nn.Parameter(torch.ones(())),f
    def forward(self, x): return self.f(self.w*x)
def shaped(f): return lambda: learner(Shaped(f)).fit(1)
cases += [
    Case(unfit, 'of three coordinates', lambda: learner(MLPEnergy(3, 8)).fit(1), error=V,
        says='x must have shape [B, 3]; got [8, 2]'),
    Case(unfit, 'a linear layer of three', lambda: learner(nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))).fit(1),
        error=V, says='energy does not take x of shape [8, 2] and torch.float32'),
    Case(unfit, 'a convolution', lambda: learner(nn.Conv2d(1, 1, 3)).fit(1), error=V,
        says='energy does not take x of shape [8, 2]'),
    Case(unfit, 'energies [B, 1]', shaped(lambda x: x.sum(1, keepdim=True)), error=V,
        says='energy must return one number a point, shape [8]; got [8, 1]'),
    Case(unfit, 'one energy for all', shaped(lambda x: x.sum()), error=V, says='energy must return ... got []'),
    Case(unfit, 'a pair', shaped(lambda x: (x, x)), error=T, says='energy must return a tensor ... got tuple'),
    Case(unfit, 'noise of three coordinates', lambda: learner(buffer=ReplayBuffer(uniform_noise(3))).fit(1), error=V,
        says='data and buffer must hold examples of one shape; got [2] and [3]'),
    Case(unfit, 'no parameters', lambda: learner(nn.Identity()), error=V, says='energy must have parameters to train'),
    Case(unfit, 'a function', lambda: learner(lambda x: x.sum(1)), error=T, says='energy must be an nn.Module'),
    Case(unfit, 'frozen', lambda: learner(network().requires_grad_(False)), error=V,
        says='energy must have parameters to train'),
    Case(unfit, 'lazy', lambda: learner(nn.Sequential(nn.LazyLinear(1), nn.Flatten(0))), error=V,
        says="energy has a lazy layer, LazyLinear '0': pass one batch through it first"),
    Case(unfit, 'on no device', lambda: learner(nn.Linear(2, 1, device='meta')), error=V,
        says='buffer must lie on meta, where energy is'),
]

# -- health --
seen = 'trouble that the monitor has to see'
class Flat(Energy):
    "All points alike, far up"
    def __init__(self, height=0.):
        super().__init__()
        self.w,self.height = nn.Parameter(torch.zeros(2)),height
    def forward(self, x): return x@self.w + self.height
def watched(n, limits=None, data=ring, energy=None, **kw):
    "A function: a run of `n` steps under a monitor that stops at the first trouble, and what it says"
    def run():
        m = HealthMonitor(every=1, say=silent, **(limits or {}))
        l = learner(energy, data, callbacks=[m], **kw)
        with patch('builtins.print'): l.fit(n)
        return m.report or m.words(),l.step
    return run
class Steep(Energy):
    "Walls that no proposal of a large step gets over"
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(()))
    def forward(self, x): return self.w*x.square().sum(1)
class Alike:
    "The same point again and again, from the second batch on"
    calls = 0
    def sample(self, n, generator=None):
        self.calls += 1
        return ring.sample(n, gen()) if self.calls==1 else torch.zeros(n, 2)
def has(*words): return lambda r: all(w in r[0] for w in words)
def row(**kw):
    return dict(e_pos=0., e_neg=0., gap=0., saturation=0., grad_norm=1., drift=1., acceptance=1.) | kw
def strained(rows, **limits): return lambda: {s.kind: s.text for s in strains(rows, Limits(**limits)) if s.share>1}
def kinds(*names): return lambda found: set(found)==set(names)
wild = dict(sampler=Langevin(1e4), mcmc_steps=5, batch_size=32)
def healed():
    "A run with a step far too long: the step that it goes on with, and how far chains are from the data"
    m = HealthMonitor(max_gap=50., every=1, tries=5, remedies='half the step', say=silent)
    l = learner(callbacks=[m], **wild)
    with patch('builtins.print'): l.fit(10)
    return l.step,l.sampler.step_size,l.last.neg.x.std().item(),m.words()
cases += [
    Case(seen, 'frozen chains', watched(40, energy=Steep(), sampler=MALA(1e4)), has('the chains are frozen')),
    Case(seen, 'weights all zero', watched(5, energy=Flat()), has('energies cannot be told apart in float32')),
    Case(seen, 'energies beyond rounding', watched(5, energy=Flat(1e10)), has('cannot be told apart', '1e+10')),
    Case(seen, 'data all the same', watched(5, data=Alike()), has('examples in the last batch of data are the same')),
    Case(seen, 'all is well', watched(5), lambda r: r==('', 5)),
    Case(seen, 'a step halved until it fits', healed,
        lambda r: r[0]==10 and r[1]<100 and r[2]<10 and 'half the step' in r[3]),
    Case(seen, 'a step that cannot be healed', watched(3, dict(tries=2), energy=Steep(), **wild),
        lambda r: r[0].startswith('stopped at step 0: loss term cd') and r[1]==0),
    Case(seen, 'no acceptance in 20 rows', strained([row(acceptance=0.)]*20), kinds('acceptance')),
    Case(seen, 'no acceptance in 19', strained([row(acceptance=0.)]*19), lambda f: f=={}),
    Case(seen, 'one acceptance in 20', strained([row(acceptance=.01)]+[row(acceptance=0.)]*19), lambda f: f=={}),
    Case(seen, 'a gap', strained([row(gap=-2e3)]), kinds('gap')),
    Case(seen, 'a surge of the gradient', strained([row()]*30 + [row(grad_norm=200.)]), kinds('gradient')),
    Case(seen, 'a surge of the drift', strained([row()]*30 + [row(drift=200.)]), kinds('drift')),
    Case(seen, 'chains at the edges', strained([row(saturation=.9)]), kinds('saturation')),
    Case(seen, 'a mean energy', strained([row(e_pos=-1e6, e_neg=-1e6)], max_energy=1e5), kinds('energy')),
    Case(seen, 'energies apart', lambda: is_flat(1e6+torch.arange(9.)), lambda v: not v),
    Case(seen, 'energies apart by a rounding', lambda: is_flat(1e10+torch.arange(9.)), bool),
    Case(seen, 'one example is not alike', lambda: all_alike(torch.zeros(1, 2)), lambda v: not v),
    Case(seen, 'halvings of 1e4 to the scale of 1', lambda: halvings(1e4, 0., 1., 1), lambda n: n==14),
    Case(seen, 'halvings of an infinite drift', lambda: halvings(float('inf'), 0., 1., 1), lambda n: n==10),
    Case(seen, 'halvings where data have no spread', lambda: halvings(9., 1., 0., 1), lambda n: n==1),
    Case(seen, 'NaN in the data', watched(3, data=Drawing(lambda n: torch.full((n, 2), torch.nan))),
        has('a batch of data is not finite')),
    Case(seen, 'a limit -1', lambda: HealthMonitor(max_gap=-1), error=V, says='max_gap must be a positive'),
    Case(seen, 'tries without a remedy', lambda: HealthMonitor(tries=1, remedies=()), error=V, says='tries needs'),
    Case(seen, 'an unknown remedy', lambda: HealthMonitor(remedies='halve the step'), error=V,
        says="remedies must be one of ... did you mean 'half the step'?"),
]

# -- 7: memory --
shared = 'memory shared with the caller'
def record(**kw):
    parts = dict(steps=torch.arange(2), names=['a'], sizes=[3], gram=torch.ones(2, 1, 4, 4)) | kw
    return GradientRecord(**parts)
def changed_later(make, read, *mine):
    "A function: what is read before and after the caller changes what he gave"
    def call():
        held = make()
        was = read(held)
        for m in mine:
            if isinstance(m, list): m.append(9)
            elif isinstance(m, dict): m.update(gap=9.)
            else: m += 9
        return was==read(held)
    return call
g,s,n,row_,point = torch.ones(2, 1, 4, 4),torch.arange(2),['a'],dict(gap=1.),torch.zeros(3, 2)
array = np.zeros(2)
def tracked():
    t = Track(every=1, v=lambda l: [array, point])
    learner(callbacks=[t]).fit(1)
    return t
def appended():
    h = History()
    h.append(row_)
    return h
def filled():
    b = store()
    b.add(point, generator=gen())
    return b
def yielded():
    l = learner()
    for r in l.steps(2): r['gap'] = 'mine'
    return l.history['gap'].dtype
cases += [
    Case(shared, 'gram of a record', changed_later(lambda: record(gram=g), lambda r: r.gram.sum().item(), g), bool),
    Case(shared, 'steps of a record', changed_later(lambda: record(steps=s), lambda r: r.steps.tolist(), s), bool),
    Case(shared, 'names of a record', changed_later(lambda: record(names=n), lambda r: list(r.names), n), bool),
    Case(shared, 'rows of a history', changed_later(lambda: History([row_]), lambda h: h['gap'].tolist(), row_), bool),
    Case(shared, 'a row appended', changed_later(appended, lambda h: h['gap'].tolist(), row_), bool),
    Case(shared, 'a row of a step', yielded, lambda t: t==np.float64),
    Case(shared, 'what a function returned', changed_later(tracked,
        lambda t: [v.sum().item() for v in t['v'][0]], array, point), bool),
    Case(shared, 'the list that is handed out', lambda: (t := tracked(), t['v'].clear(), len(t['v']))[2], bool),
    Case(shared, 'samples that are stored', changed_later(filled, lambda b: b.x.sum().item(), point), bool),
]

# -- recorded runs --
files = 'a recorded run that somebody changed'
def a_run():
    "A record of two steps and two tensors, with a history"
    l = learner(callbacks=[GradientNorms(1)]).fit(2)
    return RecordedRun('plain CD', 0, l.callbacks[0].record, None, {k: l.history[k] for k in ('step','gap')})
whole_run = a_run().arrays()
def reread(meta=None, **arrays):
    "A function of a folder: a file in which something is other than it was written"
    def load(root):
        d = {**whole_run, **arrays}
        d['meta'] = np.array(json.dumps(json.loads(str(d['meta'])) | (meta or {})))
        np.savez(root/'r.npz', **d)
        return RecordedRun.load(root/'r.npz')
    return load
gram = whole_run['gram']
no_run = 'r.npz is not a recorded run ... '
odd_runs = {
    'steps NaN': (dict(steps=np.array([0., np.nan])), 'steps must hold whole numbers; got float64'),
    'steps text': (dict(steps=np.array(['0','1'])), 'steps must hold whole numbers'),
    'steps that fall': (dict(steps=np.array([1,0], 'i4')), 'steps must hold steps that grow'),
    'steps below 0': (dict(steps=np.array([-2,-1], 'i4')), 'steps must be whole numbers >= 0'),
    'complex numbers': (dict(gram=gram.astype('c8')), 'gram must hold real numbers; got complex64'),
    'NaN': (dict(gram=gram*np.float32(np.nan)), 'gram of cd must be finite'),
    'another shape': (dict(gram=gram[:1]), 'gram must have shape'),
    'a history of text': (dict(history=whole_run['history'].astype('U')), 'history must hold real numbers'),
    'a history of another length': (dict(history=whole_run['history'][:1]), 'history must have shape')}
cases += [Case(files, k, reread(**d), error=V, says=no_run+w) for k,(d,w) in odd_runs.items()]
P = len(json.loads(str(whole_run['meta']))['sizes'])
odd_notes = {
    'sizes below 0': (dict(sizes=[-1]*P), 'sizes must be an integer >= 0; got -1'),
    'sizes text': (dict(sizes=['3']*P), "sizes must be an integer >= 0; got '3'"),
    'sizes NaN': (dict(sizes=[float('nan')]*P), 'sizes must be an integer'),
    'too few sizes': (dict(sizes=[1]), 'there must be 4 sizes'),
    'names numbers': (dict(names=list(range(P))), 'names must be a list of text'),
    'weights text': (dict(weights=dict(cd='x')), 'weight cd must be'),
    'weights NaN': (dict(weights=dict(cd=float('nan'))), 'weight cd must be'),
    'unknown weights': (dict(weights=dict(x=1.)), 'x')}
cases += [Case(files, k, reread(d), error=V, says=no_run+w) for k,(d,w) in odd_notes.items()]
cases += [Case(files, 'as it was written', reread(), lambda r: r.name=='plain CD, seed 0' and len(r.record)==2)]

# -- huge sizes --
huge = 'sizes that no memory holds'
big = 10**12
cases += [
    Case(huge, 'batch_size', lambda: learner(batch_size=big), error=M, says='batch_size=1000000000000 samples: this'),
    Case(huge, 'bank_size', lambda: learner(bank_size=big), error=M, says='bank_size=1000000000000 samples'),
    Case(huge, 'batch_size, set later', setting(batch_size=big), error=M, says='batch_size=1000000000000 samples'),
    Case(huge, 'distances of a batch to a bank', lambda: learner(weights=Weights(), batch_size=10**6, bank_size=10**7),
        error=M, says='batch_size=1000000 distances to each of bank_size=10000000: this takes 40,000 GB'),
    Case(huge, 'chains of a buffer', lambda: store().start(big), error=M, says='n=1000000000000 tensors of shape [2]'),
    Case(huge, 'a bank of a buffer', lambda: filled().bank(big, min_size=1), error=M, says='m=1000000000000'),
    Case(huge, 'capacity', lambda: store(capacity=big), error=M, says='capacity=1000000000000 samples of shape [2]'),
    Case(huge, 'a trajectory', lambda: sample(ring, torch.zeros(1000, 2), Langevin(), 10**9, every=1), error=M,
        says='every=1 of n_steps=1000000000, 1000000001 states of [1000, 2]'),
    Case(huge, 'steps of a chain', lambda: sample(ring, torch.zeros(1, 2), Langevin(), 10**10), error=V,
        says='n_steps must be an integer >= 0 and <= 1000000000'),
]

# -- streams --
streams = 'random numbers of others'
def untouched(make):
    "A function: did PyTorch's own stream stay where it was?"
    def call():
        was = torch.get_rng_state()
        make()
        return torch.equal(was, torch.get_rng_state())
    return call
cases += [
    Case(streams, 'a judge', untouched(lambda: Judge((1, 8, 8), 3, 4, generator=gen())), bool),
    Case(streams, 'a learner', untouched(lambda: learner().fit(2)), bool),
    Case(streams, 'a network', untouched(network), bool),
    Case(streams, 'a seed for a generator', lambda: Learner(network(), ring, store(), generator=3), error=T,
        says='generator must be a torch.Generator or None; got 3'),
]
