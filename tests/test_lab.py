"The views where they live: in JupyterLab with a kernel behind them, and as a page of Voila"
from pathlib import Path
import pytest
from browser import ask, at, chrome, do, in_lab, served, state, until, why

pytestmark = pytest.mark.skipif(not chrome, reason=why)
apps = Path(__file__).parent.parent/'nbs'/'apps'
cells = ["""from cdebm.energies import GaussianMixture
from cdebm.explorer import ChainExplorer, Dashboard, DrawData, GradientExplorer
from cdebm.explorer.gradients import recorded
from cdebm.recipes import preset
chains = ChainExplorer(GaussianMixture.ring(sd=.3), n_chains=200)
chains""", 'terms = GradientExplorer(recorded()[:2])\nterms',
    "watch = Dashboard(preset('ring', {'model.width': 32}).learner(), 100_000)\nwatch", 'paint = DrawData()\npaint']
CHAINS,TERMS,WATCH,PAINT = range(4)
alive = 'e => e.explorer.drawn > 0 && e.explorer.hasKernel()'
colours = """e => Math.max(...e.explorer.panels.map(p => new Set(new Uint32Array(
  p.ctx.getImageData(0, 0, p.canvas.width, p.canvas.height).data.buffer)).size))"""

newer = ["""from cdebm.explorer.views import view_of
from cdebm.zoo import load
compose = view_of(load('ring'), 'compose')
compose""", "lives = view_of(load('digits'), 'buffer')\nlives", "film = view_of(load('digits'), n_chains=4)\nfilm"]

@pytest.fixture(scope='module')
def live(chromium, tmp_path_factory):
    "A notebook with all views in JupyterLab, run"
    with in_lab(chromium, tmp_path_factory.mktemp('lab'), *cells, width=1400, height=4200) as page:     # all in sight
        for i in range(len(cells)): until(page, alive, i)
        yield page

def view(page, i): return page.locator('.cdebm').nth(i)

def test_views_are_alive(live, keep):
    "Every view draws, what is moved in one reaches Python and back, and trouble in Python is shown in the view"
    for i in range(len(cells)): assert view(live, i).evaluate(colours) > 20
    keep(live, 'lab')
    step = view(live, CHAINS).locator('[data-trait=step_size] input')
    before = ask(live, 'chains.step_size')
    step.focus()
    step.press('ArrowRight')
    assert before < state(live, 'step_size', CHAINS)==ask(live, 'chains.step_size')
    do(live, "chains.goto('noise off')")
    until(live, "e => e.explorer.get('noise') === 0", CHAINS)
    assert view(live, CHAINS).locator('[data-trait=noise] output').inner_text()=='0'
    do(live, "chains.receive = lambda content, buffers: 1/0\nchains.engine = 'kernel'\nchains.reset()")
    alarm = view(live, CHAINS).locator('.c-error')
    alarm.wait_for(state='visible')
    assert 'ZeroDivisionError' in alarm.inner_text()
    do(live, "del chains.receive\nchains.error = ''\nchains.engine = 'browser'\nchains.reset()")
    assert live.wrong==[] and live.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count()==0

def test_kernel_engine_and_keys(live):
    "Python steps, the page shows it; JupyterLab takes no key that is ours"
    before = live.locator('.jp-Notebook .jp-Cell').count()
    do(live, "chains.engine = 'kernel'\nchains.reset()")
    until(live, "e => e.explorer.engine() === 'kernel' && e.explorer.t === 0", CHAINS)
    view(live, CHAINS).focus()
    live.keyboard.press(' ')
    until(live, 'e => e.explorer.t > 10', CHAINS)
    live.keyboard.press(' ')
    until(live, 'e => !e.explorer.playing()', CHAINS)
    for k in 'abdxr': live.keyboard.press(k)     # in JupyterLab: new cells, deleted ones, cut ones
    until(live, 'e => e.explorer.t === 0', CHAINS)
    assert live.locator('.jp-Notebook .jp-Cell').count()==before
    assert ask(live, 'chains.engine')=='kernel' and ask(live, 'chains.live.at')==0
    do(live, 'chains.step(3)')
    until(live, 'e => e.explorer.t === 3', CHAINS)
    assert ask(live, 'chains.live.at')==3

def test_dashboard_obeys(live, record_property):
    "Start returns at once, the kernel answers while it trains, a stop takes half a second at most"
    w = view(live, WATCH)
    waits = []
    for _ in range(3):
        w.locator('.c-go').click()
        until(live, "e => e.explorer.get('status') === 'running' && e.explorer.get('at') > 0", WATCH)
        assert ask(live, '1+1')==2
        waits.append(w.evaluate("""e => new Promise(f => {
          const t = performance.now(), ui = e.explorer;
          ui.on('status', () => { if (ui.get('status') === 'stopped') f(performance.now() - t); });
          [...e.querySelectorAll('button')].find(b => b.textContent.includes('Stop')).click(); })""")/1000)
    record_property('stop_seconds', waits)
    assert min(waits) <= .5, waits
    n = ask(live, 'watch.learner.step')
    assert 0 < n==len(ask(live, "[r['step'] for r in watch.learner.history.rows]")) and state(live, 'at', WATCH)==n

def test_gradients_replay(live):
    view(live, TERMS).focus()
    for k in ('r',' '): live.keyboard.press(k)
    until(live, 'e => e.explorer.t > 3', TERMS)
    live.keyboard.press(' ')
    until(live, 'e => !e.explorer.playing()', TERMS)
    live.wait_for_timeout(300)
    assert ask(live, 'terms.t')==at(live, TERMS)

def test_newer_views(chromium, tmp_path, keep):
    "Energies combined, a buffer, a film: each draws, has a kernel, plays where there is what plays, and reaches Python"
    with in_lab(chromium, tmp_path, *newer, width=1200, height=2800) as page:
        said = []
        page.on('console', lambda m: said.append(m.text) if m.type=='error' else None)
        for i in range(3):
            until(page, alive, i)
            assert view(page, i).evaluate(colours) > 20
        whole,a,b = (view(page, 0).locator('canvas').nth(i).bounding_box() for i in range(3))
        assert a['y']==b['y'] < whole['y'] + whole['height'] and whole['x'] < a['x'] < b['x'], 'parts beside the result'
        view(page, 0).locator('.c-play').click()
        until(page, 'e => e.explorer.t > 5', 0)
        page.keyboard.press(' ')
        view(page, 0).get_by_role('button', name='NOT', exact=True).nth(1).click()
        until(page, "e => e.explorer.get('op_b') === 'NOT'", 0)
        view(page, 2).locator('.c-play').click()
        until(page, 'e => e.explorer.film.t > 2', 2)
        view(page, 1).get_by_role('button', name='2 The strangest').click()
        until(page, "e => e.explorer.get('pick') === 'highest'", 1)
        assert (ask(page, 'compose.op_b'), ask(page, 'lives.pick'))==('NOT', 'highest')
        keep(page, 'lab-newer')
        assert page.wrong==said==[]

def test_voila(tmp_path, tab, keep):
    "The app: all views on one page without code, which play with the kernel and train nothing unasked"
    opts = ('--strip_sources=True', '--Voila.ip=127.0.0.1')
    with served(tmp_path, 'voila', apps/'explorer.ipynb', *opts, path='/voila/static/voila.js') as url:
        page = tab(offline=False, viewport=dict(width=1300, height=4000))
        page.goto(url, wait_until='commit')
        for i in range(4): until(page, alive, i)
        keep(page, 'voila')
        assert page.locator('pre:visible').count()==0
        assert not any(state(page, 'playing', i) for i in range(4)) and state(page, 'status', WATCH)=='idle'
        view(page, CHAINS).locator('.c-play').click()
        until(page, 'e => e.explorer.t > 10', CHAINS)
        view(page, WATCH).locator('.c-go').click()
        until(page, "e => e.explorer.get('at') > 2", WATCH)
        view(page, WATCH).get_by_role('button', name='■ Stop').click()
        until(page, "e => e.explorer.get('status') === 'stopped'", WATCH)
