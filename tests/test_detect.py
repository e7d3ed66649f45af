"The view of detection: figures of a page and of Python agree; thresholds, mistakes and the pad by mouse and keyboard"
import base64, json
import pytest, torch
from browser import opened, press, settle, state
from cdebm.explorer import Detect
from cdebm.explorer.base import handed_to
from cdebm.explorer.film import page_net
from cdebm.ood import detection, ood_table
from cdebm.zoo import load
from helpers import in_node, needs_node

def gen(seed=0): return torch.Generator().manual_seed(seed)

# -- numbers --

def scored():
    "Scores: apart, alike, the wrong way round, with ties, one outside example, one of each"
    def n(k, seed): return torch.randn(k, generator=gen(seed))
    yield 'apart',n(200, 1),n(150, 2) + 3
    yield 'alike',n(90, 3),n(120, 4)
    yield 'turned round',n(60, 5) + 2,n(50, 6)
    yield 'ties',n(100, 7).round(),(n(80, 8) + .6).round()
    yield 'one outside',n(40, 9),torch.tensor([.3])
    yield 'one each',torch.tensor([1.]),torch.tensor([1.])

@needs_node
def test_a_page_has_the_figures_of_python(tmp_path):
    def say(name, a, b):
        d = detection(a, b, 2, generator=gen())
        return dict(name=name, a=a.tolist(), b=b.tolist(), **{k: getattr(d, k).value for k in d._fields})
    t,x = load('mnist'),torch.rand(1, 1, 28, 28, generator=gen(1))
    p = page_net(t.energy)
    pad = dict(plan=p.plan, shape=list(p.shape), weights=base64.b64encode(p.weights).decode(), x=x.flatten().tolist(),
        e=t.energy(x).item())
    numbers = dict(cases=[say(*c) for c in scored()], pad=pad, handed=handed_to(Detect))
    (tmp_path/'in.json').write_text(json.dumps(numbers))
    in_node('detect.mjs', tmp_path/'in.json', 90)

# -- Python's side --

def small(n=12):
    dark = torch.rand(n, 1, 8, 8, generator=gen())*.6
    sets = dict(light=torch.rand(9, 1, 8, 8, generator=gen(1)), black=torch.zeros(1, 1, 8, 8))
    score = dict(grey=lambda x: x.flatten(1).mean(1), energy=lambda x: -x.flatten(1).mean(1))
    return ood_table(score, dark, sets, dark, n_boot=10, generator=gen()),{'in': dark, **sets}

def test_what_is_refused():
    table,pictures = small()
    w = Detect(table, pictures, load('digits').energy)
    assert (w.sets, w.counts, w.shape)==(['in','light','black'], [12,9,1], [1,8,8]) and w.weights
    for wrong in (dict(out='in'), dict(out='dark'), dict(score='gray'), dict(keep=-1.), dict(keep=101.)):
        with pytest.raises(ValueError, match=next(iter(wrong))): w.assign(wrong)
    assert (w.out, w.score)==('light', 'grey')
    assert Detect.from_config(json.loads(json.dumps(w.config())), table, pictures).config()==w.config()
    bad = [(dict(table=3), 'table'), (dict(pictures=dict(light=torch.rand(9, 8))), 'pictures'), (dict(n=0), 'n must'),
        (dict(pictures=dict(white=pictures['in'])), 'pictures'), (dict(energy=load('ring').energy), 'energy')]
    for changes,word in bad:
        with pytest.raises((ValueError, TypeError), match=word): Detect(**dict(table=table) | changes)
    with pytest.raises(ValueError, match='n must'): Detect.of('mnist', 10_000)
    assert w.poster().startswith(b'\x89PNG')

# -- a saved page --

@pytest.fixture(scope='module')
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp('detect')
    table,pictures = small()
    return dict(mnist=Detect.of('mnist', 100, 50).export_html(folder/'mnist.html'),
        plain=Detect(table, pictures).export_html(folder/'plain.html'))

def said(t):
    settle(t)
    return t.locator('.c-status').inner_text()
def spot(t, name, u, v):
    "A place on a panel, shares of its sides; on the page even where it has to be scrolled to"
    panel = t.locator(f'.cdebm canvas[aria-label^="{name}"]')
    panel.scroll_into_view_if_needed()
    r = panel.bounding_box()
    return r['x'] + u*r['width'],r['y'] + v*r['height']
def drag(t, name, *spots):
    t.mouse.move(*spot(t, name, *spots[0]))
    t.mouse.down()
    for s in spots[1:]: t.mouse.move(*spot(t, name, *s), steps=6)
    t.mouse.up()

def test_threshold_and_sets(saved, tab, keep):
    "Dragged in the histogram and on the curves, moved by keys; figures are those of Python"
    t = opened(tab(), saved['mnist'])
    assert saved['mnist'].stat().st_size<900_000 and state(t, 'keep')==95
    t.locator('[data-trait=out] select').select_option('rotated')
    area = state(t, 'figures')['energy']['rotated']['auroc'][0]
    assert f'AUROC {area:.3f}' in said(t) and '5 % of the data flagged wrongly' in said(t)
    drag(t, 'scores', (.9,.5), (.3,.5))
    low = state(t, 'keep')
    assert low<95
    press(t, ']', ']')
    assert state(t, 'keep')==pytest.approx(low + 2)
    drag(t, 'ROC', (.5,.5), (.98,.05))
    assert state(t, 'keep')<60
    drag(t, 'precision', (.9,.9), (.2,.1))
    assert state(t, 'keep')>60
    t.get_by_role('button', name='6 A ruler').click()
    assert (state(t, 'score'), state(t, 'out'))==('pixel mean', 'fashion') and not state(t, 'playing')
    t.get_by_text('Data', exact=True).click()
    t.locator('.c-data tr').nth(1).wait_for()
    assert t.locator('.c-data tr').count()==len(state(t, 'sets'))
    keep(t, 'detect-mnist')
    assert t.asked==t.wrong==[]

highest = """e => { const v = new DataView(e.explorer.get('scores').buffer), n = e.explorer.get('counts')[0];
  return Math.max(...Array.from({length: n}, (_, i) => v.getFloat32(4*i, true))); }"""

def test_the_pad(saved, tab, keep):
    "A stroke has an energy, by mouse, by keyboard, from a mistake; it is erased and cleared"
    t = opened(tab(), saved['mnist'])
    assert 'Yours' not in said(t)
    drag(t, 'draw', (.5,.2), (.5,.8))
    one = said(t)
    assert 'Yours: energy' in one and 'of the data' in one
    press(t, 'c')
    assert 'Yours' not in said(t)
    press(t, 'Enter', *['ArrowDown']*6, 'Enter', 'ArrowLeft')
    by_keys = said(t)
    assert 'Yours: energy' in by_keys
    t.locator('[data-trait=centre] input').uncheck()
    drag(t, 'draw', (.4,.2), (.4,.4))
    assert said(t)!=by_keys
    t.mouse.click(*spot(t, 'worst', .03, .2))
    worst = float(said(t).split('Yours: energy ')[1].split(',')[0].replace('−', '-'))
    assert worst==pytest.approx(t.locator('.cdebm').evaluate(highest), abs=2e-3)
    keep(t, 'detect-pad')
    assert t.asked==t.wrong==[]

def test_without_a_pad_on_a_phone(saved, tab, keep):
    t = opened(tab(viewport=dict(width=400, height=800), color_scheme='dark'), saved['plain'])
    assert t.locator('.cdebm canvas').count()==4 and t.evaluate('document.documentElement.scrollWidth')<=400
    t.locator('[data-trait=out] select').select_option('black')
    assert 'of black found' in said(t)
    keep(t, 'detect-phone')
    asked = opened(tab(), saved['plain'], '#{"out": "white"}')
    assert 'the address sets outside to' in asked.locator('.c-error').inner_text() and state(asked, 'out')=='light'
    assert t.asked==t.wrong==[]
