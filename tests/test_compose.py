"The view of compositions: its energies are PyTorch's, a saved page combines, warns and plays by itself"
import base64, json, math
import pytest, torch
from browser import at, opened, press, settle, state, until
from cdebm.composition import fitted, steepness, tail_weight
from cdebm.densities import density
from cdebm.energies import DoubleWell, Gaussian, GaussianMixture, MixtureOf, Negation, Ring, energy_and_grad
from cdebm.explorer import Compose, ComposedFilm
from cdebm.explorer.base import handed_to
from cdebm.explorer.compose import Shifted, _in_words, _Numbers, composed
from cdebm.grid import Grid
from cdebm.models import MLPEnergy
from cdebm.samplers import Langevin
from helpers import in_node, needs_node

def gen(seed=0): return torch.Generator().manual_seed(seed)
def text(numbers): return base64.b64encode(numbers.bytes()).decode()

# -- numbers --

def said(energy, x):
    e,g = energy_and_grad(energy.double(), x)
    return dict(x=x.tolist(), e=e.tolist(), g=g.tolist())

def energies():
    "Each that the page has a formula for, and each node of the algebra"
    net = MLPEnergy(2, 24, confine=.1, generator=gen(1))
    with torch.no_grad(): net.net[-1].weight.mul_(10)
    ring,spots = Ring(1.5, .4),GaussianMixture(torch.tensor([[1.,.5],[-1.,0.],[0.,2.]]), torch.tensor([.5,.8,.6]),
        torch.tensor([.2,.5,.3]))
    yield from dict(gaussian=Gaussian(torch.tensor([.5,-1.]), torch.tensor([[1.,.3],[.3,.5]])), ring=ring, spots=spots,
        well=DoubleWell(2., 1.5, 2), net=net, shifted=Shifted(spots, [.3,-.7]), product=ring & 2.*spots & ~net,
        mixture=MixtureOf([ring, spots, net], torch.tensor([.5,.3,.2]), [.1,.2,-.3], 2.), known=ring | spots,
        turned=Negation(Shifted(net, [1.,0.]) | spots, .4), scaled=.3*ring).items()

def alone():
    x = (torch.rand(40, 2, generator=gen(2), dtype=torch.float64) - .5)*8
    for name,e in energies():
        numbers = _Numbers()
        spec = _in_words(e, numbers, -4., 4.)
        yield dict(name=name, spec=spec, numbers=text(numbers), **said(e, x))

CHOSEN = dict(both=[('AND',1.),('AND',1.)], either=[('AND',1.),('OR',1.)], sharper=[('AND',.5),('OR',2.5)],
    without=[('AND',1.),('NOT',.3)], endless=[('AND',1.),('NOT',1.5)], three=[('AND',1.),('OR',1.),('OR',1.)],
    four=[('AND',1.),('OR',1.),('AND',.5),('NOT',.1)], not_first=[('NOT',.2),('off',1.),('AND',1.),('OR',1.)])

HEAT = dict(either=.5, without=2., four=10.)     # temperatures other than 1

def grid_mean(e, of): return ((-e).flatten().softmax(0)*of.flatten()).sum().item()

def compositions():
    "What buttons and weights make of four parts; log Z and cells on a grid of the box"
    parts,numbers,n = list(Compose().parts.values()),_Numbers(),40
    specs,grid = [_in_words(p, numbers, -4., 4.) for p in parts],Grid(-4, 4, n, closed=True)
    x = (torch.rand(20, 2, generator=gen(3), dtype=torch.float64) - .5)*8
    for name,chosen in CHOSEN.items():
        all_four = chosen + [('off',1.)]*(4 - len(chosen))
        e = composed(parts, *map(list, zip(*all_four))).double()
        cells,heat = e(grid.points.double()).view(n, n),HEAT.get(name, 1.)
        mean = [grid_mean(cells/heat, p.double()(grid.points.double())) for p in parts]
        rule,at = fitted(Langevin(.02, heat), e),said(e, x)
        kick = math.sqrt(2*rule.step_size*rule.temperature)
        moved = x - rule.step_size*torch.tensor(at['g']) + .5*kick
        edge = torch.cat([cells[0], cells[-1], cells[:,0], cells[:,-1]]).min()==cells.min()
        yield dict(name=name, specs=specs, numbers=text(numbers), chosen=[dict(op=o, w=w) for o,w in all_four], n=n,
            low=-4., high=4., T=heat, mean=mean, step=rule.step_size, moved=moved.clamp(-4, 4).tolist(),
            edge=bool(edge), tail=tail_weight(e), steepness=steepness(e), cells=cells.flatten().tolist(),
            log_z=(-cells/heat).flatten().logsumexp(0).item() + 2*math.log(8/n), **at)

def a_sum():
    "A three that is no eight: a network with one class less four tenths of another"
    v = ComposedFilm((3,8), first=1., second=-.4)
    x = torch.rand(3, 1, 28, 28, generator=gen(4))
    e,g = energy_and_grad(v.combined, x)
    plan = [dict(v.plan[0], weights=[1.,-.4])]
    return dict(plan=plan, shape=v.shape, weights=base64.b64encode(v.weights).decode(), x=x.flatten().tolist(),
        e=e.tolist(), g=g.flatten().tolist())

@needs_node
def test_a_page_combines_as_torch_does(tmp_path):
    "Energies, slopes, the rules of `composition` and sums over the box, to 1e-6"
    numbers = dict(alone=list(alone()), composed=list(compositions()), sum=a_sum(), handed=handed_to(Compose))
    (tmp_path/'in.json').write_text(json.dumps(numbers))
    in_node('compose.mjs', tmp_path/'in.json', 80)

# -- a saved page --

@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp('compose')
    two = Compose(dict(checkers=density('checkerboard'), bowl=Gaussian([0.,0.])), n_chains=100)
    return dict(four=Compose(n_chains=300).export_html(folder/'four.html'), two=two.export_html(folder/'two.html'),
        film=ComposedFilm(n_chains=4).export_html(folder/'film.html'),
        shapes=ComposedFilm(model='shapes-by-attribute', n_chains=4).export_html(folder/'shapes.html'))

def words(t):
    settle(t)
    return t.locator('.c-status').inner_text()
alarm = '.c-error[role=status]'

def test_steps_weights_and_warning(saved, tab, keep):
    "A step starts play; chains settle; a weight by hand ends the preset, too much of NOT warns, all off says so"
    t = opened(tab(), saved['four'])
    assert saved['four'].stat().st_size<300_000
    t.get_by_role('button', name='1 AND').click()
    until(t, 'e => e.explorer.playing() && e.explorer.t > 150')
    press(t, ' ')
    mean,exact = (float(words(t).split(k)[1].split(',')[0].split(')')[0].split(' (')[0]) for k in ('energy ','exact '))
    assert abs(mean - exact)<1 and not t.locator(alarm).is_visible()
    keep(t, 'compose-and')
    t.get_by_role('button', name='3 A AND NOT B').click()
    press(t, ' ')
    assert 'A & ~(0.3·B)' in words(t) and state(t, 'preset')=='A AND NOT B'
    slider = t.locator('[data-trait=weight_b] input')
    slider.evaluate("e => { e.value = 1.2; e.dispatchEvent(new Event('input')) }")
    until(t, 'e => /1.2·B/.test(e.querySelector(".c-status").textContent)')
    assert 'weights sum to −0.2' in t.locator(alarm).inner_text() and state(t, 'preset')==''
    keep(t, 'compose-unbounded')
    press(t, '1', '1', '1', '2')     # A: OR, NOT, off; B: off
    until(t, 'e => /All parts are off/.test(e.querySelector(".c-status").textContent)')
    n = at(t)
    press(t, 'ArrowRight')
    assert at(t)==n and 'Set one to AND' in t.locator(alarm).inner_text()
    press(t, '3')
    until(t, 'e => /^C: /.test(e.querySelector(".c-status").textContent)')
    assert t.asked==t.wrong==[]

def test_address_phone_and_less_motion(saved, tab, keep):
    "Settings come from the address, wrong ones are named; narrow and dark; less motion: nothing starts by itself"
    t = tab(viewport=dict(width=400, height=800), color_scheme='dark', reduced_motion='reduce')
    opened(t, saved['four'], '#{"op_b": "OR", "weight_a": 2, "op_d": "NOT", "weight_d": 0.2}')
    assert words(t).startswith('(2·A | B) & ~(0.2·D)') and t.evaluate('document.documentElement.scrollWidth')<=400
    t.get_by_role('button', name='2 OR').click()
    press(t, 'ArrowRight')
    until(t, 'e => e.explorer.t === 1')
    assert not state(t, 'playing') and words(t).startswith('A | B')
    keep(t, 'compose-phone')
    sizes = t.locator('.cdebm button').evaluate_all('v => v.map(b => b.getBoundingClientRect()).map(r => r.height)')
    assert min(h for h in sizes if h)>=24
    wrong = opened(tab(), saved['four'], '#{"weight_b": 99}')
    assert 'weight of B' in wrong.locator('.c-error[role=alert]').inner_text()
    two = opened(tab(viewport=dict(width=1920, height=1000)), saved['two'])
    assert two.locator('.cdebm canvas').count()==4 and two.locator('[data-trait=op_c]').count()==0
    press(two, 'ArrowRight')
    keep(two, 'compose-two')
    assert t.asked==t.wrong==two.asked==two.wrong==[]

def test_digits_combined(saved, tab, keep):
    "A step sets the weights of the sum, chains of it run in the page; a weight by hand begins anew; too much NOT warns"
    t = opened(tab(), saved['film'], ready='e => e.explorer.film.e')
    assert saved['film'].stat().st_size<900_000 and not t.locator(alarm).is_visible()
    one = t.locator('.cdebm').evaluate('e => Array.from(e.explorer.film.e)')
    t.get_by_role('button', name='3 3 AND 8').click()
    until(t, 'e => e.explorer.t >= 2')
    press(t, ' ')
    assert state(t, 'plan')[0]['weights']==[1, 1] and state(t, 'own_step')==state(t, 'one_step')/2
    assert t.locator('[data-trait=step] output').inner_text()==f"{state(t, 'own_step')*state(t, 'step'):g}"
    keep(t, 'compose-film')
    slider = t.locator('[data-trait=second] input')
    slider.evaluate("e => { e.value = -1.5; e.dispatchEvent(new Event('input')) }")
    until(t, 'e => e.explorer.t === 0 && e.explorer.film.e && e.explorer.get("plan")[0].weights[1] === -1.5')
    assert 'weights sum to −0.5' in t.locator(alarm).inner_text()
    t.get_by_role('button', name='1 3 alone').click()
    press(t, ' ', 'r')
    until(t, '(e, one) => e.explorer.film.t === 0 && one.every((v, i) => e.explorer.film.e?.[i] === v)', arg=one)
    press(t, *['ArrowRight']*3)     # one part is all of the sum: the same chains; the other goes its own way
    until(t, 'e => [e.explorer.film, ...e.explorer.film.parts].every(s => s.t === 3)')
    rows = t.locator('.cdebm').evaluate('e => [e.explorer.film, ...e.explorer.film.parts].map(s => Array.from(s.now))')
    off = [sum(abs(a - b) for a,b in zip(rows[0], r))/len(r) for r in rows[1:]]
    assert off[0]<.1 and off[1]>1 and len({*map(len, rows)})==1
    panel = t.get_by_role('img', name='the same noise under')
    panel.scroll_into_view_if_needed()
    box = panel.bounding_box()
    t.mouse.click(box['x'] + box['width']*.25, box['y'] + 20)
    assert state(t, 'picked')>0
    keep(t, 'compose-parts')
    assert not t.locator(alarm).is_visible() and t.asked==t.wrong==[]

def test_stages_go_on_from_the_pictures_that_are_there(saved, tab, keep):
    "A second word begins with the pictures of the first; a reset begins with noise; a page of four networks is small"
    assert saved['shapes'].stat().st_size<900_000
    t = opened(tab(), saved['shapes'])
    t.get_by_role('button', name='1 bottom left alone').click()
    until(t, 'e => e.explorer.t>=20')
    press(t, ' ')
    settle(t)
    def picture(at): return t.locator('.cdebm').first.evaluate(f'e => [...e.explorer.film.{at}.slice(0, 768)]')
    there = picture('now')
    t.get_by_role('button', name='2 bottom left AND violet').click()
    until(t, 'e => e.explorer.get("start")=="these pictures" && e.explorer.t>=1')
    press(t, ' ')
    settle(t)
    assert picture('kept[0].x')==there
    keep(t, 'composed-shapes')
    assert t.asked==t.wrong==[]
