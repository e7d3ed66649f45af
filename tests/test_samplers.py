"Contracts of the samplers, too dull for a page: what a step reports, settings that reach it, graphs that must not leak"
import dataclasses, math
import pytest, torch
from cdebm.energies import Gaussian
from cdebm.samplers import (
    HMC, MALA, Compose, GradientDescent, Langevin, StepInfo, UniformJump, annealed, sample, step_settings)

def seeded(seed=0): return torch.Generator().manual_seed(seed)
def steep(x): return 100*x.sum(1)
def close(a, b, tol=1e-5): return torch.allclose(torch.as_tensor(a), torch.as_tensor(b), atol=tol)
gauss = Gaussian(cov=.5, dim=1)
every_kind = [Langevin(.1), Langevin(.1, noise_first=True), MALA(.1), HMC(.1, 2), GradientDescent(.1), UniformJump(),
    Compose((UniformJump(), MALA(.1)))]
class Net(torch.nn.Linear):
    "An energy with a weight"
    def __init__(self): super().__init__(1, 1)
    def forward(self, x): return super().forward(x).square().squeeze(1)

@pytest.mark.parametrize('s', [Langevin(.1, clamp=(0,1)), GradientDescent(.1, clamp=(0,1))])
def test_clamp(s):
    assert torch.equal(s.step(steep, torch.full((3,2), .5), seeded())[0], torch.zeros(3,2))

def test_one_langevin_step_by_hand():
    x,lam = torch.tensor([[3.,4.]]),.1
    new,i = Langevin(lam, temperature=.5).step(Gaussian(dim=2), x, seeded(3))
    noise = math.sqrt(lam)*torch.randn(1, 2, generator=seeded(3))
    assert close(new, .9*x+noise) and close(i.drift, [.5]) and close(i.noise, noise.norm(dim=1))
    assert i.acceptance.item()==1

@pytest.mark.parametrize('s', every_kind, ids=repr)
def test_the_contract_of_a_step(s):
    "Frozen settings; new chains of the same shape, a report of one number a chain; one seed, the same bits"
    with pytest.raises(dataclasses.FrozenInstanceError): s.step_size = 1.
    x = torch.ones(3,1)
    (new,info),(again,_) = (s.step(gauss, x, seeded()) for _ in range(2))
    assert new.shape==x.shape and torch.equal(new, again) and torch.equal(x, torch.ones(3,1))
    assert isinstance(info, StepInfo) and all(v.shape==(3,) for v in info)

@pytest.mark.parametrize('s', every_kind, ids=repr)
def test_info_carries_no_graph(s):
    _,info = s.step(Net(), torch.ones(3,1), seeded())
    assert not any(v.requires_grad for v in info)

def test_one_leapfrog_step_is_mala():
    e,t,x = .6,2.,torch.ones(4000,1)
    a,b = (sample(gauss, x, s, 1, generator=seeded(3)).info for s in (MALA(e*e/(2*t), t), HMC(e, 1, t)))
    assert all(close(u, v, 1e-4) for u,v in zip(a, b))

def test_hot_jumps():
    x = sample(Gaussian(dim=1), torch.zeros(20_000,1), UniformJump(-8., 8., temperature=2.), 80, generator=seeded()).x
    assert abs(x.var().item()-2) < 4*2*math.sqrt(2/20_000)

def test_a_chain_outside_the_box_of_jumps_stays():
    x = torch.full((50,1), 3.)
    assert torch.equal(sample(gauss, x, UniformJump(-1., 1.), 20, generator=seeded()).x, x)

def test_infinite_energy_is_a_refusal():
    wall = lambda x: torch.where(x[:,0]>0, torch.inf, 0.)+0*x.sum(1)
    x = sample(wall, -torch.ones(50,1), UniformJump(-1., 1.), 20, generator=seeded()).x
    assert (x<=0).all() and len(x.unique())>1
    beta = lambda x: -(x.log()+(1-x).log()).sum(1)      # NaN outside the box
    assert sample(beta, torch.full((50,1), .5), MALA(.2, clamp=(0,1)), 50, generator=seeded()).x.isfinite().all()

@pytest.mark.parametrize('parts', [(MALA(.1), UniformJump()), (UniformJump(), MALA(.1))])
def test_composed_tail_keeps_the_graph(parts):
    net = Net()
    x = sample(net, torch.ones(50,1), Compose(parts), 2, differentiable_tail=2, generator=seeded()).x
    assert torch.autograd.grad(x.sum(), net.weight)[0].abs().sum()>0

def test_info_is_the_mean_over_steps():
    s = sample(gauss, torch.ones(5,1), GradientDescent(.1), 2)
    assert close(s.info.energy, (gauss(torch.ones(5,1))+gauss(.8*torch.ones(5,1)))/2)

def test_no_steps():
    s = sample(gauss, torch.ones(2,1), Langevin(), 0, every=1)
    assert all(torch.equal(v, torch.zeros(2)) for v in s.info)
    assert torch.equal(s.trajectory, torch.ones(1,2,1)) and s.trace is None

def test_start_is_detached():
    assert not sample(gauss, torch.ones(2,1, requires_grad=True)*1., Langevin(), 0).x.requires_grad

def test_settings_by_step():
    s = step_settings(annealed(Langevin(.1, noise_first=True, clamp=(0,1)), 4), 1)
    assert s.noise_first and s.clamp==(0,1)
    growing = lambda i: GradientDescent(float(i+1))
    assert torch.equal(sample(steep, torch.zeros(2,1), growing, 2).x, torch.full((2,1), -300.))

def test_settings_of_a_step():
    "A sampler that can be called is a sampler; a class is none, nor is a function that gives something else"
    class Both:
        def step(self, energy, x, generator=None): return GradientDescent().step(energy, x)
        def __call__(self, i): raise AssertionError('asked for a step number')
    both = Both()
    assert step_settings(both, 3) is both and sample(gauss, torch.ones(2,1), both, 2).x.shape==(2,1)
    nested = lambda i: Langevin
    wrong = (Langevin, 'got the class'), (3, 'sampler must have a `step`'), (nested, 'sampler.i. must be an instance')
    for bad,words in wrong:
        with pytest.raises(TypeError, match=words): step_settings(bad, 0)

def test_compose_sums_drift_and_passes_the_generator():
    _,i = Compose((GradientDescent(.1), GradientDescent(.1))).step(gauss, torch.ones(1,1))
    assert close(i.drift, [.2+.16])
    a,b = (sample(gauss, torch.ones(9,1), Compose((MALA(.1), Langevin(.1))), 3, generator=seeded()).x for _ in range(2))
    assert torch.equal(a, b)
