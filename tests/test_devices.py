"""On an accelerator everything of a training step lies there, and little waits for it.

PyTorch's `meta` device stands for one: it computes shapes only, and refuses to mix devices as CUDA does."""
from collections import Counter
import contextlib, operator
import pytest, torch
from torch.overrides import TorchFunctionMode
from cdebm import checks
from cdebm.gradients import GradientNorms
from cdebm.health import HealthMonitor
from cdebm.logs import Throughput
from cdebm.recipes import preset

pytestmark = pytest.mark.filterwarnings('ignore:data lie in')     # there, a half lies everywhere

@pytest.fixture(autouse=True)
def without_numbers(monkeypatch):
    "Here tensors have shapes and no values, which data are refused for elsewhere"
    odd = checks._oddity_of_tensor
    monkeypatch.setattr(checks, '_oddity_of_tensor', lambda t: '' if t.is_meta else odd(t))

class Generator(torch.Generator):
    "A generator that says it lives on `device`"
    def __new__(cls, device='cpu'):
        g = super().__new__(cls)
        g.home = torch.device(device)
        return g
    def __init__(self, device='cpu'): pass
    @property
    def device(self): return self.home

class Accelerator(TorchFunctionMode):
    "Answers what a tensor without numbers cannot, counts who asks, and holds generators to their device"
    drawn = {'rand','randn','randint','randperm','multinomial','bernoulli','bernoulli_','normal_','uniform_',
        'rand_like','randn_like'}
    asked = {'item': .5, '__bool__': True, '__float__': .5, '__int__': 1, '__index__': 1}

    def __init__(self):
        super().__init__()
        self.waits = Counter()

    def __torch_function__(self, f, types, args=(), kwargs=None):
        kwargs,name = dict(kwargs or {}),getattr(f, '__name__', '')
        on = len(args)>0 and isinstance(args[0], torch.Tensor) and args[0].device.type=='meta'
        if (g := kwargs.get('generator')) is not None and name in self.drawn:
            out = f(*args, **{k: v for k,v in kwargs.items() if k!='generator'})
            if out.device!=g.device: raise RuntimeError(f'{name}: generator on {g.device}, result on {out.device}')
            return out
        return getattr(self, f'on_{name.strip("_")}', self.plain)(f, name, args, kwargs) if on else f(*args, **kwargs)

    def plain(self, f, name, args, kwargs):
        x = args[0]
        if name in self.asked:
            self.waits[name] += 1
            return getattr(x, 'truth', True) if name=='__bool__' or x.dtype==torch.bool else self.asked[name]
        out = f(*args, **kwargs)
        if name in ('any','all'): out.truth = name=='all'     # all is well
        if (k := name.strip('_')) in ('lt','le','gt','ge') and not isinstance(args[1], torch.Tensor):
            out.truth = getattr(operator, k)(self.asked['item'], args[1])
        return out

    def on_tolist(self, f, name, args, kwargs):
        self.waits[name] += 1
        known = 1.0625 if args[0].is_floating_point() else 1     # finite, near 1, and no flag that is exactly 1
        return torch.full(args[0].shape, known, dtype=args[0].dtype).tolist()

    def on_format(self, f, name, args, kwargs):
        self.waits[name] += 1
        return format(self.asked['item'], args[1])

    def on_nonzero(self, f, name, args, kwargs):
        self.waits[name] += 1
        return torch.arange(len(args[0]), device='meta')[:,None]

    def on_unique(self, f, name, args, kwargs):
        self.waits[name] += 1
        return args[0].flatten()[:2]

    def on_getitem(self, f, name, args, kwargs):
        x,i = args
        if not isinstance(i, torch.Tensor) or i.dtype!=torch.bool: return f(*args, **kwargs)
        self.waits['mask'] += 1
        return x if i.ndim==1 else x.flatten()

    def on_setitem(self, f, name, args, kwargs):
        if not isinstance(args[1], torch.Tensor) or args[1].dtype!=torch.bool: f(*args, **kwargs)

    def on_to(self, f, name, args, kwargs):
        where = [o.device if isinstance(o, torch.Tensor) else o for o in (*args[1:], *kwargs.values())]
        away = any(o in ('cpu', torch.device('cpu')) for o in where)
        return self.on_cpu(f, name, args, kwargs) if away else f(*args, **kwargs)

    def on_cpu(self, f, name, args, kwargs):
        self.waits['copy'] += 1
        return torch.zeros(args[0].shape, dtype=args[0].dtype)

@pytest.fixture
def accelerator(monkeypatch):
    monkeypatch.setattr(torch, 'Generator', Generator)
    monkeypatch.setattr(torch, 'autocast', lambda *a, **k: contextlib.nullcontext())     # there is none for this device
    with Accelerator() as mode: yield mode

def train(changes, mode, steps=3, watched=True):
    "Steps of a recipe there; what its last step waited for"
    small = {'training.device': 'meta', 'training.batch_size': 8, 'buffer.capacity': 2000, 'sampler.mcmc_steps': 3}
    learner = preset(changes.pop('recipe'), small | changes).learner()
    for c in [GradientNorms(2, left_out=True), HealthMonitor(every=2), Throughput()] if watched else []: learner.add(c)
    for _ in range(steps):
        mode.waits.clear()
        learner.fit(1)
    there = [*learner.energy.parameters(), learner.buffer.x, learner.last.pos.x, learner.last.neg.x]
    assert {t.device.type for t in there}=={'meta'}
    return mode.waits

cases = {
    'jumps': {'recipe': 'ring', 'model.width': 8},
    'Langevin': {'recipe': 'ring-coarse', 'model.width': 8},
    'HMC': {'recipe': 'ring', 'model.width': 8, 'sampler.kind': 'HMC', 'sampler.n_leapfrog': 2, 'sampler.jumps': False},
    'images': {'recipe': 'digits'},
    'shapes': {'recipe': 'shapes'},
    'bfloat16': {'recipe': 'cifar10-small', 'data.name': 'shapes', 'speed.precision': 'bf16-sampling',
        'speed.channels_last': True}}

@pytest.mark.parametrize('name', cases)
def test_everything_lies_on_the_device(name, accelerator):
    train(dict(cases[name]), accelerator)

def test_mixed_devices_are_seen(accelerator):
    "The stand-in refuses what CUDA refuses"
    x = torch.zeros(3, device='meta')
    with pytest.raises(RuntimeError, match='device'): x + torch.zeros(3)
    with pytest.raises(RuntimeError, match='generator on cpu'): torch.rand(3, device='meta', generator=Generator())
    assert not accelerator.waits and x.sum().item()==.5 and accelerator.waits['item']==1

@pytest.mark.parametrize('name', ['Langevin','images','bfloat16'])
def test_chains_wait_for_nothing(name, accelerator):
    "As many waits with 9 Langevin steps as with 2"
    def waits(k): return Counter(train(cases[name] | {'sampler.mcmc_steps': k}, accelerator, 2, watched=False))
    few,many = waits(2),waits(9)
    assert few==many and 0 < few.total() < 40
