"Chains of pictures: a page computes what PyTorch does, a saved page plays by itself, pointers and keys do as said"
import base64, json
import pytest, torch
from browser import at, opened, press, state, until
from cdebm.augment import _moved
from cdebm.buffer import to_uint8, uniform_noise
from cdebm.energies import energy_and_grad, given
from cdebm.explorer import Filmstrip
from cdebm.explorer.base import from_bytes, handed_to
from cdebm.explorer.film import page_net
from cdebm.generation import generate
from cdebm.models import ConvEnergy, StridedEnergy
from cdebm.samplers import GradientDescent, Langevin
from cdebm.zoo import load
from helpers import in_node, needs_node

def gen(seed=0): return torch.Generator().manual_seed(seed)
def flat(t): return t.detach().double().flatten().tolist()

# -- numbers --

def rounded(energy):
    "The network with weights of half precision"
    with torch.no_grad():
        for p in energy.parameters(): p.copy_(p.half().float())
    return energy

def net(name, energy, y=None, n=6, tol=2e-5, part=2e-5):
    "A network, pictures, and what PyTorch says of them; slopes in parts of the largest"
    p,x = page_net(energy, y),torch.rand(n, *energy.shape, generator=gen(1))
    e,g = energy_and_grad(energy if y is None else given(energy, torch.full((n,), y)), x)
    return dict(name=name, plan=p.plan, shape=list(p.shape), weights=base64.b64encode(p.weights).decode(), x=flat(x),
        e=flat(e), g=flat(g), tol=tol, part=part)

def to_choose(name, energy, y, **kw):
    "The same, of a page that has all classes and folds one in"
    p,classes = page_net(energy),energy.classes
    row = from_bytes(p.gains, 'float16', (classes, -1))[y]
    return net(name, energy, y, **kw) | dict(plan=p.plan, weights=base64.b64encode(p.weights).decode(), row=flat(row))

def nets():
    "Those of the zoo, and some whose sides and channels fit nothing"
    yield net('digits', load('digits').energy)
    yield net('mnist', load('mnist').energy, n=5)
    yield net('mnist-conditional', load('mnist-conditional').energy, 3, tol=2e-3, part=1e-3)     # rounded anew
    yield to_choose('mnist-conditional, to choose', load('mnist-conditional').energy, 8, tol=2e-3, part=1e-3)
    yield to_choose('shapes, to choose', load('shapes-by-attribute').energy, 4, tol=.02, part=1e-3)
    yield net('colour', rounded(ConvEnergy(3, 10, 5, 2, generator=gen(2))))
    yield net('small', rounded(ConvEnergy(1, 4, 3, generator=gen(3))))
    yield net('odd', rounded(StridedEnergy(3, 13, 6, generator=gen(4))))

def steps(name, n=4, k=5):
    t,s = load(name),load(name).recipe.sampler.build((0., 1.))
    start = to_uint8(torch.rand(n, *t.energy.shape, generator=gen(5)))
    x = x0 = (start + .5)/256
    for _ in range(k): x,_ = GradientDescent(s.step_size, (0.,1.)).step(t.energy, x)
    return dict(net=net(name, t.energy, n=2), n=n, steps=k, step=s.step_size, start=flat(start), x0=flat(x0), x=flat(x),
        e=flat(t.energy(x)))

def affine(side, turn, scale, right, down):
    x = torch.rand(1, 1, side, side, generator=gen(side))
    y = _moved(x, torch.tensor([turn]), torch.tensor([scale]), torch.tensor([[right, down]]))
    return dict(side=side, turn=turn, scale=scale, right=right, down=down, x=flat(x), y=flat(y))

@needs_node
def test_a_page_computes_what_torch_does(tmp_path):
    moves = [affine(8, .2, 1.1, .05, -.1), affine(28, -.26, .85, 0., .1), affine(5, 0., 1., 0., 0.)]
    fixture = dict(nets=list(nets()), steps=[steps('digits'), steps('mnist')], affine=moves)
    fixture['handed'] = handed_to(Filmstrip)
    (tmp_path/'numbers.json').write_text(json.dumps(fixture))
    in_node('film.mjs', tmp_path/'numbers.json', 50)

# -- Python's side --

def test_settings_and_refusals():
    w = Filmstrip('digits', seed=2)
    w.assign(dict(start='stored chains', noise=5., pinned=[1,4]))
    assert Filmstrip.from_config(json.loads(json.dumps(w.config())), 'digits').config()==w.config()
    for wrong in [dict(n_chains=5), dict(step=0.), dict(noise=3.), dict(start='nowhere'), dict(pinned=[-1]),
            dict(every=7)]:
        with pytest.raises(ValueError, match=next(iter(wrong))): w.assign(wrong)
    assert w.noise==5. and w.pinned==[1,4]
    w.goto('No noise')
    assert (w.noise, w.start, w.preset)==(0., 'noise', 'No noise')
    for bad,word in [(dict(model='ring'), 'energy'), (dict(model='nobody'), 'no such name'),
            (dict(y=1), 'y must be None'), (dict(train=torch.rand(3, 4)), 'train')]:
        with pytest.raises((ValueError, TypeError, OSError), match=word): Filmstrip(**bad)

def test_the_film_in_python_obeys_the_settings():
    "Of two films one has no noise and is the same for all seeds of the noise"
    w = Filmstrip('digits', n_chains=4)
    f,g = w.film(3, 20, 10),w.film(3, 20, 10)
    assert torch.equal(f.x, g.x) and f.step==(0, 10, 20)
    assert f.energy[-1].mean()<f.energy[0].mean()
    w.step = 10.
    assert w.film(3, 20, 10).energy[-1].mean()<f.energy[-1].mean()
    assert w.poster().startswith(b'\x89PNG')

# -- a saved page --

@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp('film')
    def page(name, view): return view.export_html(folder/f'{name}.html')
    t = load('digits')
    g = generate(t.energy, uniform_noise((1, 8, 8)), Langevin(1., 5e-5, clamp=(0.,1.)), 5, 12, every=2, progress=False,
        generator=gen())
    return dict(digits=page('digits', Filmstrip('digits', n_chains=9)),
        mnist=page('mnist', Filmstrip('mnist', n_chains=4)),
        alone=page('alone', Filmstrip('digits', n_chains=4, workers=False)),
        classes=page('classes', Filmstrip('mnist-conditional', y=3, n_chains=4)),
        replay=page('replay', Filmstrip.replay(g, moves=(5,))))

begun = 'e => e.explorer.drawn > 0 && !/begin/.test(e.querySelector(".c-status").textContent)'
def shown(t, path, hash=''): return opened(t, path, hash, begun)
def said(t): return t.locator('.c-status').inner_text()
def tiles(t): return t.locator('.cdebm').evaluate("e => e.explorer.panels.map(p => p.canvas.toDataURL())")
def middle(t, nth, u, v):
    r = t.locator('.cdebm canvas').nth(nth).bounding_box()
    return r['x'] + u*r['width'],r['y'] + v*r['height']

def test_chains_run_in_a_page(saved, tab, keep):
    "In workers, from a file, without a network: they step, play, come down, start again as they were"
    t = shown(tab(), saved['digits'])
    assert saved['digits'].stat().st_size<300_000
    start = tiles(t)
    press(t, 'ArrowRight', 'ArrowRight')
    until(t, 'e => e.explorer.t === 2')
    press(t, ' ')
    until(t, 'e => e.explorer.t > 40')
    press(t, ' ')
    mean = float(said(t).split('mean energy ')[1].split(' ')[0].replace('−', '-').rstrip(','))
    assert mean<.1 and not state(t, 'playing')
    keep(t, 'film-digits')
    press(t, 'r')
    until(t, 'e => e.explorer.t === 0 && /step 0/.test(e.querySelector(".c-status").textContent)')
    t.wait_for_timeout(200)
    assert tiles(t)==start
    assert t.asked==t.wrong==[]

def test_play_before_the_chains_have_begun(saved, tab):
    "Who presses Play at once is not forgotten"
    t = shown(tab(), saved['digits'])
    for _ in range(3):
        press(t, 'r', ' ')
        until(t, 'e => e.explorer.playing() && e.explorer.t > 1')
        press(t, ' ')
    t.locator('.cdebm').evaluate('e => e.explorer.set("until", 9)')
    press(t, 'r', ' ')
    until(t, 'e => e.explorer.t > 5 && !e.explorer.playing()')
    t.wait_for_timeout(300)
    assert at(t)==9 and 'Step 9. Space goes on.' in t.locator('.c-note').inner_text()
    assert t.asked==t.wrong==[]

def test_hover_pick_pin_and_look_back(saved, tab, keep):
    "Tiles and curves mark the same chain; a click picks, Shift pins; the row of pictures goes back in time"
    t = shown(tab(), saved['digits'])
    press(t, ' ')
    until(t, 'e => e.explorer.t > 12')
    press(t, ' ')
    calm,clean = said(t),tiles(t)
    t.mouse.move(*middle(t, 0, .5, .5))
    until(t, 'e => /chain 5:/.test(e.querySelector(".c-status").textContent)')
    assert [a!=b for a,b in zip(tiles(t), clean)]==[True]*3
    t.mouse.click(*middle(t, 0, .5, .5))
    assert state(t, 'picked')==4
    t.keyboard.down('Shift')
    t.mouse.click(*middle(t, 0, .1, .1))
    t.keyboard.up('Shift')
    assert state(t, 'pinned')==[0] and state(t, 'picked')==4
    t.mouse.move(*middle(t, 2, .5, .9))
    assert 'chain 5:' in said(t) and 'chain 1:' in calm
    t.locator('[data-trait=sort] button').nth(1).click()
    now = said(t)
    press(t, ',', ',')
    until(t, 'e => /step (7|10|15):/.test(e.querySelector(".c-status").textContent)')
    press(t, '/')
    until(t, '(e, now) => e.querySelector(".c-status").textContent === now', arg=now)
    t.mouse.click(*middle(t, 2, .02, .4))
    until(t, 'e => /step 0:/.test(e.querySelector(".c-status").textContent)')
    keep(t, 'film-back')
    assert t.asked==t.wrong==[]

def test_lesson_settings_and_address(saved, tab):
    "A step of the lesson sets, starts and stops; an address sets; what it cannot set is said"
    t = shown(tab(), saved['digits'])
    t.get_by_role('button', name='7 From stored chains').click()
    assert (state(t, 'start'), state(t, 'preset'), state(t, 'playing'))==('stored chains', 'From stored chains', True)
    until(t, 'e => !e.explorer.playing()')
    assert 'digits at step 0' in t.locator('.c-note').inner_text() and at(t)==100
    press(t, ' ')
    until(t, 'e => e.explorer.t > 100')
    asked = json.dumps(dict(n_chains=4, noise=0., seed=5))
    t = shown(tab(), saved['digits'], '#'+asked)
    assert [state(t, k) for k in ('n_chains','noise','seed')]==[4, 0, 5] and not t.locator('.c-error').is_visible()
    t = shown(tab(), saved['digits'], '#{"n_chains": 5}')
    assert 'the address sets chains to 5' in t.locator('.c-error').inner_text() and state(t, 'n_chains')==9

def test_mnist_with_less_motion_on_a_phone(saved, tab, keep):
    "The larger model; nothing starts by itself, all is in one column; without workers the page computes"
    t = shown(tab(color_scheme='dark', reduced_motion='reduce', viewport=dict(width=400, height=800)), saved['mnist'])
    assert saved['mnist'].stat().st_size<900_000
    t.get_by_role('button', name='2 Why so long?').click()
    assert not state(t, 'playing') and state(t, 'until')==100
    press(t, 'ArrowRight')
    until(t, 'e => e.explorer.t === 1')
    left = [t.locator('.cdebm canvas').nth(i).bounding_box() for i in range(3)]
    assert len({b['x'] for b in left})==1 and t.evaluate('document.documentElement.scrollWidth')<=400
    keep(t, 'film-phone')
    alone = shown(tab(), saved['alone'])
    press(alone, ' ')
    until(alone, 'e => e.explorer.t > 20')
    assert 'steps a second in the page' in said(alone)
    assert t.asked==t.wrong==alone.asked==alone.wrong==[]

def test_another_class_goes_on_from_the_pictures_that_are_there(saved, tab, keep):
    "One network with all classes: the second step of the lesson changes the class, and not the pictures"
    t = shown(tab(), saved['classes'], '#{"until": 20}')
    assert saved['classes'].stat().st_size<450_000
    now = lambda: t.locator('.cdebm').evaluate('e => [...e.explorer.film.now]')
    press(t, ' ')
    until(t, 'e => e.explorer.t === 20 && !e.explorer.playing()')
    threes,e3 = now(),t.locator('.cdebm').evaluate('e => [...e.explorer.film.e]')
    for k,v in dict(start='these pictures', y=8).items():
        t.locator('.cdebm').evaluate('(e, [k, v]) => e.explorer.set(k, v)', [k, v])
    until(t, 'e => e.explorer.t === 0 && e.explorer.film.e && /step 0/.test(e.querySelector(".c-status").textContent)')
    t.wait_for_timeout(300)
    assert now()==threes
    e8 = t.locator('.cdebm').evaluate('e => [...e.explorer.film.e]')
    x = torch.tensor(threes).view(4, 1, 28, 28)
    for e,y in ((e3, 3), (e8, 8)):
        want = load('mnist-conditional').energy((x + .5)/256, torch.full((4,), y))
        assert torch.allclose(torch.tensor(e), want, atol=.1), (y, e, want)     # of pictures in bytes, and as they were
    press(t, ' ')
    until(t, 'e => e.explorer.t === 20 && !e.explorer.playing()')
    after = t.locator('.cdebm').evaluate('e => [...e.explorer.film.e]')
    assert max(after)<min(e8) and now()!=threes
    keep(t, 'film-classes')
    t.locator('[data-trait=y] select').select_option(label='5')
    assert state(t, 'y')==5
    refused = shown(tab(), saved['classes'], '#{"y": 12}')
    assert 'the address sets class to 12' in refused.locator('.c-error').inner_text() and state(refused, 'y')==3
    assert t.asked==t.wrong==[]

def test_a_recording(saved, tab, keep):
    "Frames, their steps and energies; no sampler to set; a transition has its mark"
    t = shown(tab(), saved['replay'])
    assert state(t, 'engine')=='replay' and t.locator('[data-trait=step], .c-lesson').count()==0
    press(t, 'ArrowRight', 'ArrowRight')
    until(t, 'e => /step 4:/.test(e.querySelector(".c-status").textContent)')
    t.locator('.c-scrub').evaluate("e => { e.value = 6; e.dispatchEvent(new Event('input')) }")
    until(t, 'e => /step 12:/.test(e.querySelector(".c-status").textContent)')
    t.get_by_text('Data', exact=True).click()
    t.locator('.c-data tr').nth(1).wait_for()
    assert t.locator('.c-data tr').count()==6
    keep(t, 'film-replay')
    assert t.asked==t.wrong==[]

refusals = dict(
    none="window.Worker = class { constructor() { throw new Error('none here') } };",
    broken="""const W = Worker, text = new Blob(['throw new Error("broken")']);
window.Worker = class extends W { constructor() { super(URL.createObjectURL(text)) } };""")

@pytest.mark.parametrize('how', refusals)
def test_where_workers_are_refused(how, saved, tab):
    "The page goes on alone, and finds the same"
    t,free = tab(),shown(tab(), saved['digits'])
    t.add_init_script(refusals[how])
    shown(t, saved['digits'])
    for page in (t, free):
        press(page, 'ArrowRight', 'ArrowRight', 'ArrowRight')
        until(page, 'e => /step 3:/.test(e.querySelector(".c-status").textContent)')
    assert said(t)==said(free) and tiles(t)==tiles(free)
    assert t.asked==t.wrong==[]
