"Contracts of the samplers that are too dull for a page: what a step reports, settings that must reach it, graphs that must not leak"
import math
import pytest, torch
from cdebm.energies import Gaussian
from cdebm.samplers import HMC, MALA, Compose, GradientDescent, Langevin, UniformJump, annealed, sample

def seeded(s=0): return torch.Generator().manual_seed(s)
def steep(x): return 100*x.sum(1)
close = lambda a, b, tol=1e-5: torch.allclose(torch.as_tensor(a), torch.as_tensor(b), atol=tol)
g = Gaussian(cov=.5, dim=1)

@pytest.mark.parametrize('s', [Langevin(.1, clamp=(0,1)), GradientDescent(.1, clamp=(0,1))])
def test_clamp(s):
    assert torch.equal(s.step(steep, torch.full((3,2), .5), seeded())[0], torch.zeros(3,2))

def test_one_langevin_step_by_hand():
    x,lam = torch.tensor([[3.,4.]]),.1
    new,i = Langevin(lam, temperature=.5).step(Gaussian(dim=2), x, seeded(3))
    noise = math.sqrt(lam)*torch.randn(1, 2, generator=seeded(3))
    assert close(new, .9*x+noise) and close(i.drift, [.5]) and close(i.noise, noise.norm(dim=1)) and i.acceptance.item()==1

@pytest.mark.parametrize('s', [Langevin(.1), MALA(.1), HMC(.1, 2), GradientDescent(.1), UniformJump()])
def test_info_carries_no_graph(s):
    q = torch.nn.Linear(1, 1)
    _,info = s.step(lambda x: q(x).square().squeeze(1), torch.ones(3,1), seeded())
    assert not any(v.requires_grad for v in info)

def test_one_leapfrog_step_is_mala():
    e,t,x = .6,2.,torch.ones(4000,1)
    a,b = (sample(g, x, s, 1, generator=seeded(3)).info for s in (MALA(e*e/(2*t), t), HMC(e, 1, t)))
    assert all(close(u, v, 1e-4) for u,v in zip(a, b))

def test_hot_jumps():
    x = sample(Gaussian(dim=1), torch.zeros(20_000,1), UniformJump(-8., 8., temperature=2.), 80, generator=seeded()).x
    assert abs(x.var().item()-2) < 4*2*math.sqrt(2/20_000)

def test_infinite_energy_is_a_refusal():
    wall = lambda x: torch.where(x[:,0]>0, torch.inf, 0.)+0*x.sum(1)
    x = sample(wall, -torch.ones(50,1), UniformJump(-1., 1.), 20, generator=seeded()).x
    assert (x<=0).all() and len(x.unique())>1
    beta = lambda x: -(x.log()+(1-x).log()).sum(1)      # NaN outside the box
    assert sample(beta, torch.full((50,1), .5), MALA(.2, clamp=(0,1)), 50, generator=seeded()).x.isfinite().all()

@pytest.mark.parametrize('parts', [(MALA(.1), UniformJump()), (UniformJump(), MALA(.1))])
def test_composed_tail_keeps_the_graph(parts):
    q = torch.nn.Linear(1, 1)
    x = sample(lambda x: q(x).square().squeeze(1), torch.ones(50,1), Compose(parts), 2, differentiable_tail=2, generator=seeded()).x
    assert torch.autograd.grad(x.sum(), q.weight)[0].abs().sum()>0

def test_info_is_the_mean_over_steps():
    s = sample(g, torch.ones(5,1), GradientDescent(.1), 2)
    assert close(s.info.energy, (g(torch.ones(5,1))+g(.8*torch.ones(5,1)))/2)

def test_start_is_detached(): assert not sample(g, torch.ones(2,1, requires_grad=True)*1., Langevin(), 0).x.requires_grad

def test_settings_by_step():
    s = annealed(Langevin(.1, noise_first=True, clamp=(0,1)), 4)(1)
    assert s.noise_first and s.clamp==(0,1)
    assert torch.equal(sample(steep, torch.zeros(2,1), lambda i: GradientDescent(float(i+1)), 2).x, torch.full((2,1), -300.))

def test_compose_sums_drift_and_passes_the_generator():
    _,i = Compose((GradientDescent(.1), GradientDescent(.1))).step(g, torch.ones(1,1))
    assert close(i.drift, [.2+.16])
    a,b = (sample(g, torch.ones(9,1), Compose((MALA(.1), Langevin(.1))), 3, generator=seeded()).x for _ in range(2))
    assert torch.equal(a, b)
