"Saved pages of the views in a browser without network: they open, play, take the keyboard, and look as they should"
import shutil, subprocess, sys
from base64 import b64decode
import nbformat, pytest
from browser import at, drawn, opened, press, saver, settle, state, until, write_notebook
from cdebm.energies import GaussianMixture
from helpers import root

def chains():
    from cdebm.explorer import ChainExplorer
    return ChainExplorer(GaussianMixture.ring(sd=.3), n_chains=300)

def gradients():
    from cdebm.explorer import GradientExplorer
    from cdebm.explorer.gradients import recorded
    return GradientExplorer(recorded())

def dashboard():
    from cdebm.explorer import Dashboard
    from cdebm.recipes import preset
    recipe = preset('ring', {'training.steps': 200, 'model.width': 16, 'sampler.mcmc_steps': 5})
    w = Dashboard(recipe.learner(), 200, every=.02)
    w.start()
    return w

def draw():
    from cdebm.explorer import DrawData
    return DrawData()

views = dict(chains=chains, gradients=gradients, dashboard=dashboard, draw=draw)
limits = dict(chains=300_000)
each = pytest.mark.parametrize('name', views)

@pytest.fixture(scope='module')
def saved(tmp_path_factory): return saver(tmp_path_factory.mktemp('pages'), views)

def pictures(t):
    settle(t)
    by_name = 'e => Object.fromEntries(e.explorer.panels.map(p => [p.name, p.canvas.toDataURL()]))'
    return t.locator('.cdebm').evaluate(by_name)

def differing(a, b): return [k for k in a if a[k]!=b[k]]

def reset(t):
    press(t, 'r')
    shown = pictures(t)
    assert at(t)==0
    return shown

def three_steps(t):
    "Each drawn: trails lead from one picture to the next"
    for _ in range(3):
        press(t, 'ArrowRight')
        shown = pictures(t)
    assert at(t)==3
    return shown

colours = """() => Math.max(...[...document.querySelectorAll('.cdebm canvas')].map(c => {
  const d = new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer);
  return new Set(d).size; }))"""
nameless = """() => [...document.querySelectorAll('.cdebm :is(input, select, button, canvas, summary)')]
  .filter(e => e.offsetParent && !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim()))
  .map(e => e.outerHTML)"""

@each
def test_opens_and_plays(name, saved, tab, keep):
    "Without a request or a complaint, by keyboard alone, and the same twice"
    path = saved(name)
    assert path.stat().st_size < limits.get(name, 2_000_000)
    t = opened(tab(), path)
    assert t.evaluate(colours) > 20 and t.evaluate(nameless)==[]
    play = t.locator('.c-play')
    assert play.get_attribute('aria-pressed')=='false' and not t.locator('.c-error').is_visible()
    start = reset(t)
    press(t, ' ')
    assert play.get_attribute('aria-pressed')=='true'
    until(t, '(e, n) => e.explorer.drawn > n + 3', arg=drawn(t))
    press(t, ' ')
    assert play.get_attribute('aria-pressed')=='false'
    settle(t)
    n,here = at(t),drawn(t)
    assert n > 0
    t.wait_for_timeout(150)
    assert (at(t), drawn(t))==(n, here), 'it stands still'
    assert differing(reset(t), start)==[], 'a reset is the start again'
    moved = three_steps(t)
    assert differing(moved, start)!=[]
    again = opened(tab(), path)
    assert differing(reset(again), start)==[], 'the same seed, the same picture'
    assert differing(three_steps(again), moved)==[], 'the same seed, the same picture'
    keep(t, f'page-{name}')
    assert t.asked==again.asked==[] and t.wrong==again.wrong==[]

@each
def test_dark_and_calm(name, saved, tab, keep):
    "A dark reader gets dark plots; one who wants less motion can play; a narrow page fits its window"
    t = opened(tab(color_scheme='dark', reduced_motion='reduce', viewport=dict(width=700, height=900)), saved(name))
    corners = 'e => e.explorer.panels.map(p => Math.max(...p.ctx.getImageData(1, 1, 1, 1).data.slice(0, 3)))'
    assert t.locator('.cdebm').get_attribute('data-theme')=='dark' and min(t.locator('.cdebm').evaluate(corners)) < 64
    assert not state(t, 'playing') and t.locator('.cdebm').evaluate('e => e.explorer.reduced()')
    press(t, 'ArrowRight', ' ')
    until(t, 'e => e.explorer.t > 1')
    keep(t, f'page-{name}-dark')
    assert t.evaluate('document.documentElement.scrollWidth') <= 700
    assert t.wrong==[] and t.asked==[]

def test_chains_by_hand(saved, tab):
    "Keys move the chain that n picked, or the point where all start; a control in focus says what it is for"
    t = opened(tab(), saved('chains'))
    start = reset(t)
    press(t, 'n')
    picked = pictures(t)
    assert differing(picked, start)
    press(t, 'Shift+ArrowRight')
    assert 'map' in differing(pictures(t), picked) and at(t)==0
    press(t, 'Shift+ArrowLeft')
    assert differing(pictures(t), picked)==[], 'there and back'
    sampler = t.locator('[data-trait=sampler] select')
    acceptance = t.locator('.c-side tr', has_text='acceptance')
    assert 'no test' in acceptance.inner_text(), 'of the unadjusted sampler'
    sampler.select_option('MALA')
    press(t, 'ArrowRight')
    settle(t)
    assert 0 < float(acceptance.locator('td').nth(1).inner_text()) <= 1
    assert t.asked==t.wrong==[]
    t = opened(tab(), saved('chains'), '#%7B%22start%22%3A%22point%22%7D')
    press(t, 'Shift+ArrowUp', 'Shift+ArrowUp', 'Shift+ArrowRight')
    assert state(t, 'point')==pytest.approx([.2, .4])
    t.locator('[data-trait=temperature] input').focus()
    assert 'exp(−E/T)' in t.locator('.c-note').inner_text()
    assert t.asked==t.wrong==[]

def test_settings_in_the_address(saved, tab):
    t = opened(tab(), saved('chains'), '#{"seed": 7, "noise": 0, "playing": true, "nonsense": 1}')
    assert (state(t, 'seed'), state(t, 'noise'), state(t, 'playing'))==(7, 0, False)
    t = opened(tab(), saved('chains'), '#{"seed": oops')
    assert 'address' in t.locator('.c-error').inner_text()
    plain = opened(tab(), saved('chains'))
    for wrong in ('"temperature": -1', '"n_chains": 1e9', '"noise": "x"', '"sampler": "Gibbs"'):
        t = opened(tab(), saved('chains'), '#{' + wrong + '}')
        name = wrong.split('"')[1]
        assert state(t, name)==state(plain, name) and t.locator('.c-error').inner_text().startswith('the address sets')

def test_frame_in_a_notebook(saved, tab, tmp_path):
    "A converted notebook shows the view alive, in a frame of the right height"
    from cdebm.pages import iframe
    (tmp_path/'nb.html').write_text('<!doctype html><body>' + iframe(saved('chains').read_text(), 'chains', 300))
    t = tab()
    t.goto(f'file://{tmp_path}/nb.html')
    frame = t.frame_locator('iframe')
    frame.locator('.c-play').click()
    t.wait_for_function("() => document.querySelector('iframe').contentDocument.querySelector('.cdebm').explorer.t > 3")
    t.wait_for_function('''() => { const f = document.querySelector('iframe');
      return f.clientHeight >= f.contentDocument.documentElement.scrollHeight }''')
    assert t.asked==[] and t.wrong==[]

# -- notebooks that were run --

view = '''from cdebm.energies import GaussianMixture
from cdebm.explorer import ChainExplorer
w = ChainExplorer(GaussianMixture.ring(sd=.3), n_chains=100)
w'''
slider = '''import matplotlib.pyplot as plt
from ipywidgets import interact
@interact(a=(0,5))
def draw(a=2):
    plt.figure(figsize=(1,1))
    plt.plot([0,a])
    plt.show()'''

def opened_frame(t, path):
    "The view in the first frame of a page, playing"
    t.goto(f'file://{path}')
    frame = t.frame_locator('iframe')
    frame.locator('.c-play').click()
    t.wait_for_function("() => document.querySelector('iframe').contentDocument.querySelector('.cdebm').explorer.t > 3")

def test_page_of_a_run(tmp_path, tab):
    "A view lives on in the page of a run, which asks for nothing; and in what nbconvert makes of its notebook"
    from nbconvert import HTMLExporter
    from cdebm.runs import run
    write_notebook(tmp_path/'seen.ipynb', "out = ''", view, slider)
    r = run(tmp_path/'seen.ipynb', runs=tmp_path/'runs', quiet=True)
    assert r.ok, r.error
    t = tab()
    opened_frame(t, r.page)
    assert t.locator('img').count()==1, 'what the slider drew'
    assert t.asked==[] and t.wrong==[]
    (tmp_path/'plain.html').write_text(HTMLExporter().from_filename(r.notebook)[0])
    opened_frame(tab(), tmp_path/'plain.html')

def test_stored_notebook(tmp_path):
    "`make fill` stores a view as a picture and a page, the same bytes each time; nothing live stays"
    shutil.copy(root/'settings.ini', tmp_path)
    path = tmp_path/'nbs'/'seen.ipynb'
    path.parent.mkdir()
    write_notebook(path, view, "w.error = 'later'", slider)
    made = []
    for _ in range(2):
        subprocess.run([sys.executable, root/'tools'/'fill.py', path], check=True, capture_output=True, cwd=tmp_path)
        made.append(path.read_bytes())
    assert made[0]==made[1]
    nb = nbformat.reads(made[0].decode(), 4)
    (shown,),_,(drawn,) = (c.outputs for c in nb.cells)
    assert 'widgets' not in nb.metadata and 'image/png' in drawn.data
    assert {*shown.data}=={'text/html','image/png','text/plain'}
    poster,page = shown.data['image/png'].strip(),shown.data['text/html']
    assert page.startswith('<iframe ') and f'<img src="data:image/png;base64,{poster}"' in page and len(page) < 300_000
    assert b64decode(poster).startswith(b'\x89PNG')
