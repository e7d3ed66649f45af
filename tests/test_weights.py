"Weights of chains in the page: those of the library, to see, with and without motion"
import json
import pytest, torch
from browser import opened, press, settle, state, until
from cdebm.buffer import uniform_noise
from cdebm.densities import density
from cdebm.energies import GaussianMixture
from cdebm.explorer import ChainExplorer
from cdebm.explorer.base import handed_to
from cdebm.explorer.compose import _in_words, _Numbers
from cdebm.likelihood import ess_of_weights
from cdebm.samplers import HMC, MALA, sample
from cdebm.weighted import WeightedChains, systematic
from helpers import in_node, needs_node

def gen(seed=0): return torch.Generator().manual_seed(seed)
def flat(t): return t.detach().double().flatten().tolist()

# -- numbers --

def resampled():
    for n,spread,seed in ((7, 1., 1), (64, 3., 2), (50, 0., 3), (5, 40., 4)):
        a = spread*torch.randn(n, generator=gen(seed)).double()
        u = torch.rand(1, generator=gen(seed+9), dtype=torch.float64)
        marks = systematic(a, gen(seed+9))
        yield dict(a=flat(a), u=u.item(), from_=marks.tolist(), ess=ess_of_weights(a))

def said(rule, energy, chains, step, steps, seed):
    "One step of the library: the energy grows, the chains run and are put back; and all that chance said"
    beta,T,n = min(1., (step + 1)/steps),chains.temperature,len(chains)
    now = energy*beta if beta<1 else energy
    x = chains.start(n).x
    chains.weigh(now, x)
    g = gen(seed)
    z = torch.randn(n, 2, generator=g, dtype=torch.float64)
    test = torch.rand(n, generator=g, dtype=torch.float64)
    ran = sample(now, x, rule, 1, generator=gen(seed), weights=True)
    chains.carried(ran.log_weight)
    mark = torch.rand(1, generator=gen(seed+1), dtype=torch.float64).item()
    chains.put_back(ran.x, now, gen(seed+1))
    return dict(z=flat(z), test=flat(test), mark=mark, x=chains.x.tolist(), a=flat(chains.log_weight), ess=chains.ess(),
        logZ=chains.log_z_estimate(), resampled=chains.resampled, T=T)

def run(name, sampler, T, seed):
    "Weighted chains in double precision, from an even density to a mixture"
    energy = GaussianMixture(torch.tensor([[-1.,.5],[1.5,-1.]]), torch.tensor([.4,.7]), torch.tensor([.3,.7])).double()
    chains = WeightedChains(uniform_noise(2, -4., 4.), 40, .6, T, gen(seed))
    chains.x = chains.x.double()
    x0 = chains.x.tolist()
    told = [said(sampler, energy, chains, t, 15, 1000*seed + 10*t) for t in range(22)]
    kind = dict(sampler='MALA', step=sampler.step_size, leapfrog=1) if isinstance(sampler, MALA) else dict(
        sampler='HMC', step=sampler.step_size**2/(2*T), leapfrog=sampler.n_leapfrog)
    return kind | dict(name=name, spec=_in_words(energy, _Numbers(), -4., 4.), x0=x0, temperature=T, steps=15,
        threshold=.6, low=-4., high=4., told=told)

@needs_node
def test_a_page_weighs_as_the_library_does(tmp_path):
    "Log weights, places, effective size, resampling and log Z, with the same random numbers"
    box = (-4.,4.)
    runs = [run('MALA', MALA(.05, clamp=box), 1., 1), run('warm MALA', MALA(.1, 2., clamp=box), 2., 2),
        run('HMC', HMC(.3, 3, 1., clamp=box), 1., 3)]
    text = json.dumps(dict(resampled=list(resampled()), runs=runs, handed=handed_to(ChainExplorer)))
    (tmp_path/'in.json').write_text(text.replace('"from_"', '"from"'))
    in_node('weights.mjs', tmp_path/'in.json', 300)

# -- a saved page --

@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    folder,ring = tmp_path_factory.mktemp('weights'),density('eight_gaussians', sd=.3)
    carried = WeightedChains(uniform_noise(2, -4., 4.), 300, generator=gen())
    carried.weigh(ring, carried.start(300).x)
    own = dict(start='buffer', buffer=carried, sampler='MALA', weighted=True)
    return dict(ring=ChainExplorer(ring, n_chains=300).export_html(folder/'ring.html'),
        stored=ChainExplorer(ring, **own).export_html(folder/'stored.html'))

def caption(t):
    settle(t)
    return t.locator('figure:has(canvas[aria-label^="weights"]) figcaption').inner_text()
weights = "e => e.explorer.panels.find(p => p.name === 'weights').box.hidden"

def test_weights_to_see(saved, tab, keep):
    "Off until asked for; chains are worth less, are drawn anew with a flash, and log Z comes out; ULA carries none"
    t = opened(tab(), saved['ring'])
    assert saved['ring'].stat().st_size<300_000 and t.locator('.cdebm').evaluate(weights)
    t.locator('.cdebm').evaluate('e => e.explorer.act.preset("weights")')
    assert not t.locator('.cdebm').evaluate(weights) and 'worth 500 of 500' in caption(t)
    press(t, '+', '+', ' ')
    until(t, 'e => e.explorer.t >= 40')
    keep(t, 'weights-early')
    until(t, 'e => e.explorer.t >= 260')
    press(t, ' ')
    words = caption(t)
    z,exact = (float(words.split(k)[1].split(' (')[0].split(')')[0].replace('−', '-')) for k in ('log Z ','exact '))
    assert abs(z - exact)<.3 and 'energy × 1' in words and 'drawn anew' in words
    keep(t, 'weights-late')
    t.locator('[data-trait=sampler] select').select_option('ULA')
    settle(t)
    assert caption(t)=='weights'
    t.locator('[data-trait=weighted] input').uncheck()
    settle(t)
    assert t.locator('.cdebm').evaluate(weights) and t.asked==t.wrong==[]

def test_stored_weights_and_less_motion(saved, tab, keep):
    "Chains of a training come with their weights, and are drawn anew at once: rings instead of a flash"
    t = opened(tab(reduced_motion='reduce', viewport=dict(width=400, height=900), color_scheme='dark'), saved['stored'])
    n = int(caption(t).split('worth ')[1].split(' of 300')[0])
    assert n<150 and not state(t, 'playing')
    press(t, 'ArrowRight')
    until(t, 'e => e.explorer.t === 1')
    assert 'worth 300 of 300' in caption(t) and 'drawn anew once' in caption(t)
    keep(t, 'weights-rings')
    assert t.evaluate('document.documentElement.scrollWidth')<=400 and t.asked==t.wrong==[]
