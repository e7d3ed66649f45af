"Promises of speed, as counts that no other program can change; `make bench-peers` measures the seconds"
import json, math
import pytest, torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from cdebm.energies import energy_and_grad
from cdebm.losses import nearest
from cdebm.models import MLPEnergy
from cdebm.samplers import MALA, Langevin, sample
from cdebm.scale import StandIn
from helpers import seeded, tool

class Seen(TorchDispatchMode):
    "How many operations there were, and how many numbers the largest result held"
    operations,largest = 0,0
    def __torch_dispatch__(self, f, types, args=(), kwargs=None):
        out = f(*args, **(kwargs or {}))
        self.operations += 1
        self.largest = max([self.largest, *(v.numel() for v in tree_leaves(out) if isinstance(v, torch.Tensor))])
        return out

def operations(f):
    with Seen() as seen: f()
    return seen.operations

def plain_chain(net, x, law, n, g):
    "A loop as it is written by hand"
    for _ in range(n):
        x = x.detach().requires_grad_()
        slope, = torch.autograd.grad(net(x).sum(), x)
        x = x.detach() - law.step_size*slope + law.noise_std*torch.randn(x.shape, generator=g)
    return x

@pytest.mark.parametrize('act', ['silu','gelu','softplus','tanh'])
def test_chains_are_those_of_a_plain_loop(act):
    "To the last bit, and no graph is written: autograd is not called"
    net,x,law = MLPEnergy(width=32, act=act, generator=seeded()),torch.randn(50, 2, generator=seeded(1)),Langevin(.01)
    want = plain_chain(net, x, law, 20, seeded(2))
    def never(*args, **kw): raise AssertionError('autograd was asked')
    with pytest.MonkeyPatch.context() as m:
        m.setattr(torch.autograd, 'grad', never)
        got = sample(net, x, law, 20, generator=seeded(2)).x
        sample(net, x, MALA(.01), 2, generator=seeded(2))
    assert torch.equal(got, want)

def test_operations_of_a_step():
    "A step asks for little beside its gradient, and a stand-in for hardly more than the network"
    net,x = MLPEnergy(width=32, generator=seeded()),torch.randn(50, 2, generator=seeded(1))
    def run(k): return operations(lambda: sample(net, x, Langevin(.01), k, generator=seeded(2)))
    step = (run(40)-run(20))/20
    slope = operations(lambda: energy_and_grad(net, x))
    assert step<=slope+16, (step, slope)
    quick = StandIn(net)
    assert operations(lambda: energy_and_grad(quick, x))<=slope+4

def test_hooks_are_heard():
    "What watches or changes a network sees every gradient of its chains"
    net,x = MLPEnergy(width=8, generator=seeded()),torch.randn(5, 2, generator=seeded(1))
    before,seen = energy_and_grad(net, x),[]
    for module in (net, net.net, net.net[1]):
        hook = module.register_forward_hook(lambda m, args, out: seen.append(1))
        assert all(map(torch.equal, energy_and_grad(net, x), before))
        hook.remove()
    assert len(seen)==3
    class Double(MLPEnergy):
        def forward(self, x): return 2*super().forward(x)
    twice = Double(width=8, generator=seeded())
    assert torch.equal(energy_and_grad(twice, x)[0], 2*before[0])

def test_neighbours_hold_no_differences():
    "What is held are distances, `[B, M]`, however many dimensions there are; broadcasting would hold B M D numbers"
    for d in (64, 1024):
        with Seen() as seen:
            x,bank = torch.randn(40, d, generator=seeded()),torch.randn(300, d, generator=seeded(1))
            i = nearest(x, bank)
        assert seen.largest<=max(300*d, 40*300)
        steps = tool('benchmarks/steps.py')
        assert torch.allclose((x-bank[i]).norm(dim=1), steps.broadcast(x, bank), rtol=1e-4)

def test_contenders_run_the_same_chains():
    "The benchmark's own loop and ours, without noise, end in the same place; what does not agree is given no time"
    langevin = tool('benchmarks/langevin.py')
    w = dict(net='mlp', batch=20, steps=5, step=.01, sd=math.sqrt(.02))
    x = langevin.start(w)
    ends = [langevin.MAKERS[n](w, x)(x, 0., 0) for n in ('plain PyTorch', 'cdebm')]
    assert torch.equal(*ends)

def test_levels_and_exponents():
    "When a curve stays under a level; a power from its points"
    peers,growth = tool('benchmarks/peers.py'),tool('benchmarks/growth.py')
    curve = [(1, 1., .5), (2, 2., .05), (3, 3., .2), (4, 4., .04)]
    assert [peers.reached(curve, v) for v in (.3, .1, .01)]==[2., 4., None]
    assert peers.reached([(1, 1., .5), (2, 2., None)], .6) is None
    assert growth.exponent([1, 2, 4], [3., 12., 48.])==pytest.approx(2)

def test_a_missing_contender_is_said():
    "It is no error, and the others go on"
    crew = tool('benchmarks/crew.py')
    def make(task):
        if task['name']=='absent': raise ImportError('no such library')
        return dict(run=lambda: dict(cpu=1., wall=2.))
    workers,missing = crew.crew(make, ['absent', 'here'])
    found = crew.beside(crew.in_turn(workers, 2), 'here', 'cpu')
    workers['here'].close()
    assert missing=={'absent': 'ImportError: no such library'} and found['here']['ratio']==1
    json.dumps(found)
