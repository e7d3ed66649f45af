"The scripts of the explorer in Node: syntax, samplers against exact moments, numbers against those of Python"
import json, math, re, subprocess
from importlib import import_module
from pathlib import Path
import numpy as np, pytest, torch
from scipy import ndimage, stats
from cdebm import diagnostics
from cdebm.grid import Grid
from cdebm.energies import Gaussian, GaussianMixture
from cdebm.explorer.base import handed_to
from cdebm.samplers import HMC, MALA, GradientDescent, Langevin
from helpers import in_node, needs_node, node

here = Path(__file__).parent
static = here.parent/'cdebm'/'explorer'/'static'
views = ['ChainExplorer','GradientExplorer','Dashboard','DrawData','Filmstrip','Detect','Compose',
    'ComposedFilm','BufferInspector']
pytestmark = needs_node

def gen(seed=0): return torch.Generator().manual_seed(seed)
def flat(t): return t.detach().double().flatten().tolist()

def view(name): return getattr(import_module('cdebm.explorer'), name)

def handed() -> dict:
    "What all views hand to their scripts; traits are those of chains and of a training"
    each = {k: handed_to(view(k)) for k in views}
    constants = {k: v for h in each.values() for k,v in h['CONSTANTS'].items()}
    return dict(CONSTANTS=constants, TRAITS=each['Dashboard']['TRAITS'] | each['ChainExplorer']['TRAITS'])

def walks(rho, T, B, seed, shift=0.):
    x = [torch.randn(B, generator=gen(seed)).double()]
    for t in range(T-1): x.append(rho*x[-1] + math.sqrt(1-rho**2)*torch.randn(B, generator=gen(seed*1000+t+1)).double())
    return torch.stack(x) + shift*torch.arange(B)

def chains():
    tied = walks(.5, 40, 6, 5).round()      # many equal values
    cases = dict(independent=walks(0., 50, 8, 1), slow=walks(.95, 201, 4, 2), apart=walks(.5, 64, 5, 3, 2.),
        anti=walks(-.7, 60, 4, 4), tied=tied, short=walks(.3, 4, 2, 6), two=walks(.8, 90, 2, 7),
        long=walks(.6, 400, 3, 9), single=walks(.9, 31, 1, 10),
        five=walks(.3, 5, 3, 11), six=walks(-.4, 6, 2, 12), eight=walks(.2, 8, 3, 13))
    cases |= {f'brief {i}': walks(.2, 16, 2, 20+i) for i in range(40)}      # some end on a pair with one positive half
    f = lambda x, g: g(x[...,None].clone()).item() if x.shape[1]>1 or g is diagnostics.ess else math.nan
    def say(x):
        T,B = x.shape
        return dict(chains=flat(x), T=T, B=B, rhat=f(x, diagnostics.rhat), ess=f(x, diagnostics.ess))
    return [dict(name=k, **say(x)) for k,x in cases.items()]

def field():
    energy,n,low,high = GaussianMixture(torch.tensor([[-1.,-.5],[1.5,1.]]), torch.tensor([.5,.7])),128,-4.,4.
    nodes = torch.linspace(low, high, n, dtype=torch.float64)
    values = energy(torch.cartesian_prod(nodes, nodes)).double().view(n, n).numpy()
    c = ndimage.spline_filter(values, mode='mirror')
    x = (low + (high-low)*torch.rand(40, 2, generator=gen(8))).double().numpy()
    ask = lambda x: ndimage.map_coordinates(c, ((x-low)*(n-1)/(high-low)).T, mode='mirror', prefilter=False)
    slopes = [(ask(x+d) - ask(x-d))/2e-5 for d in 1e-5*np.eye(2)]
    at = np.stack([x[:,0], x[:,1], ask(x), *slopes], 1).tolist()
    grid,modes,radius = Grid(low, high, 160),torch.tensor([[-1.,-.5],[1.5,1.]]),.8
    def density(T):
        hot = energy*(1/T)
        p,e = grid.density(hot)*grid.log_cell.exp(),grid.energies(energy)
        near = torch.cdist(grid.points, modes.double()).min(1)
        k = torch.where(near.values<=radius, near.indices, 2)
        order = e.flatten().argsort()
        cum = p.flatten()[order].cumsum(0)
        q = lambda v: e.flatten()[order][torch.searchsorted(cum, v)].item()
        cells,entropy = p.view(20,8,20,8).sum((1,3)),-(p*(p.log()-grid.log_cell)).sum().item()
        shares = [p.flatten()[k==i].sum().item() for i in range(3)]
        return dict(T=T, modes=flat(modes), radius=radius, p=flat(cells), x=flat(p.sum(1)/grid.width[0]),
            y=flat(p.sum(0)/grid.width[0]), entropy=entropy, mean=(p*e).sum().item(), low=q(.1), high=q(.9),
            shares=shares)
    return dict(values=values.flatten().tolist(), n=n, low=low, high=high, coefficients=c.flatten().tolist(), at=at,
        density=[density(1.), density(.5)])

def skew(x): return .7*x[:,0]**2/2 + x[:,1]**2 + .4*x[:,0]*x[:,1] + .3*x[:,0] - .5*x[:,1] + .1*(x[:,0] - x[:,1]/2)**3

def steps():
    "The field as it is shipped, values and slopes in closed form; a step of each sampler of the library and its noise"
    from cdebm.explorer.chains import CD, CD_NOISE
    from cdebm.explorer.field import MARGIN, fit_field, node_energies
    low,high,n = -3.,3.5,128
    c = fit_field(node_energies(skew, low, high, n, MARGIN), Grid(low, high, n-1).energies(skew))
    x = (-2 + 4*torch.rand(30, 2, generator=gen(11))).double()
    u,v = x.T
    q = .3*(u - v/2)**2
    slopes = torch.stack([.7*u + .4*v + .3 + q, 2*v + .4*u - .5 - q/2], 1)
    for T in (1., 2.):
        l,box,eps = .3,(low,high),math.sqrt(2*.3*T)
        rules = {'ULA': Langevin(l, T*.7**2, clamp=box), 'MALA': MALA(l, T, clamp=box),
            'HMC': HMC(eps, 3, T, clamp=box), 'gradient descent': GradientDescent(l, clamp=box),
            CD: Langevin(l, T*(.7*CD_NOISE)**2, noise_first=True, clamp=box)}
        for name,rule in rules.items():
            g = gen(5)
            y,info = rule.step(skew, x, g)
            g,z = gen(5),torch.randn(x.shape, generator=gen(5), dtype=x.dtype)
            if name!='gradient descent': torch.randn(x.shape, generator=g, dtype=x.dtype)
            test = torch.rand(len(x), generator=g, dtype=x.dtype) if name in ('MALA','HMC') else torch.zeros(len(x))
            given = dict(sampler=name, step=l, temperature=T, noise=.7, leapfrog=3, low=low, high=high)
            yield given | dict(z=flat(z), u=flat(test), a=flat(info.acceptance), y=flat(y))
    yield dict(field=c.flatten().tolist(), n=n, low=low, high=high, x=flat(x), e=flat(skew(x)), g=flat(slopes))

def narrow():
    grid = Grid(-4., 4., 160)
    for energy in (GaussianMixture.ring(sd=.05), lambda x: x.pow(6).sum(1)):
        x = grid.sample(energy, 500, gen(6)).double()
        p = (grid.density(energy)*grid.log_cell.exp()).view(20,8,20,8).sum((1,3))
        assert ((p>0) & (p<1e-300)).any()
        d = diagnostics.cell_distances(x, energy, grid)
        yield dict(xy=flat(x), p=flat(p), low=-4., high=4., n=20, **d._asdict())

def cells():
    grid,std = Grid(-4., 4., 160),Gaussian(0., 1., dim=2)
    p = (grid.density(std)*grid.log_cell.exp()).view(20,8,20,8).sum((1,3))
    for n,scale in ((300, 1.), (2000, 1.3)):
        x = (scale*std.sample(n, gen(n))).clamp(-4, 4).double()
        d = diagnostics.cell_distances(x, std, grid)
        yield dict(xy=flat(x), p=flat(p), low=-4., high=4., n=20, **d._asdict())

def presets():
    "The chain explorer on eight Gaussians: what its page gets, its presets, the exact mean energy and entropy"
    from cdebm.explorer.chains import ChainExplorer
    w = ChainExplorer(GaussianMixture.ring(sd=.3))
    field,points = (torch.frombuffer(bytearray(v), dtype=torch.float32).tolist() for v in (w.field, w.points))
    exact = w.numbers(w.path(8, 20))
    found = {k: v for k,(_,v) in w.presets.items()}
    return dict(presets=found, field=field, points=points, n=w.n_field, low=w.low, high=w.high,
        exact=exact['mean energy'][1] - w.zero, entropy=exact['entropy'][1])

@pytest.fixture(scope='module')
def numbers(tmp_path_factory):
    "Arrays, and what Python says about them"
    modes,x = torch.tensor([[0.,0.],[1.,1.],[-2.,1.]]),torch.randn(300, 2, generator=gen(3)).double()
    a = torch.rand(50, generator=gen(4)).double()
    clouds = [torch.randn(n, 2, generator=gen(n)).double() for n in (2, 50, 700)] + [torch.ones(5, 2).double()]
    shares = [1e-12, 1e-5, .01, .075, .3, .5, .6, .925, .999, 1-1e-9]
    v = dict(quantiles=[(p, float(stats.norm.ppf(p))) for p in shares],
        chains=chains(), field=field(), cells=[*cells(), *narrow()], steps=list(steps()),
        acceptance=dict(values=flat(a), mean=a.mean().item()), presets=presets(), handed=handed(),
        entropies=[dict(xy=flat(c), entropy=diagnostics.neighbour_entropy(c)) for c in clouds],
        modes=dict(xy=flat(x), modes=flat(modes), radius=.7,
            shares=flat(diagnostics.mode_shares(x, modes.double(), .7))))
    path = tmp_path_factory.mktemp('js')/'numbers.json'
    path.write_text(json.dumps(v).replace('NaN', 'null'))
    return path

@pytest.mark.parametrize('script', sorted(p.name for p in (here/'js').glob('test_*.mjs')))
def test_node(script, numbers):
    in_node(script, numbers)

@pytest.mark.parametrize('script', sorted(p.name for p in static.glob('*.js')))
def test_syntax(script):
    res = subprocess.run([node, '--check', static/script], capture_output=True, text=True)
    assert res.returncode==0, res.stderr

@pytest.mark.parametrize('name', views)
def test_joined(name, tmp_path):
    "What a page gets is a module"
    path = tmp_path/'joined.mjs'
    path.write_text(view(name)._esm)
    res = subprocess.run([node, '--check', path], capture_output=True, text=True)
    assert res.returncode==0, res.stderr

def test_constants_mean_one_thing():
    "A name that several views hand to their scripts has one value, and each is handed for some script"
    all_handed = [(k, json.dumps(v)) for name in views for k,v in handed_to(view(name))['CONSTANTS'].items()]
    assert len(set(all_handed))==len({k for k,_ in all_handed})
    code = '\n'.join(p.read_text() for p in static.glob('*.js'))
    assert [k for k in sorted({k for k,_ in all_handed}) if not re.search(rf'\b{k}\b', code)]==[]

def test_words_for_every_status(numbers, tmp_path):
    "A training can be in no state that a view has no words for"
    from cdebm.explorer.training import STATUS
    (tmp_path/'run.mjs').write_text(f"""import {{load}} from {json.dumps((here/'js'/'load.mjs').as_uri())};
const {{TRAIN_WORDS, DRAW_STATUS}} = await load(['training_state', 'draw'], ['TRAIN_WORDS', 'DRAW_STATUS']);
console.log(JSON.stringify([Object.keys(TRAIN_WORDS), Object.keys(DRAW_STATUS)]));""")
    res = subprocess.run([node, tmp_path/'run.mjs', numbers], capture_output=True, text=True, timeout=60)
    assert res.returncode==0, res.stderr
    for words in json.loads(res.stdout): assert set(words)==set(STATUS)
