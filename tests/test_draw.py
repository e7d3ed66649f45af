"Painting: JavaScript and Python have the same density, and a mouse, a keyboard and a kernel do what they should"
import base64, json, subprocess
from pathlib import Path
import pytest, torch
from browser import ask, in_lab, state, until
from cdebm.explorer import DrawData
from cdebm.explorer.base import handed_to
from cdebm.explorer.draw import HIGH, LOW, N_PAINT
from cdebm.explorer.painted import Painted, painting
from helpers import needs_node, node

@needs_node
def test_one_density(tmp_path):
    "The page paints the same energy as `Painted`"
    pixels,n = painting('smiley'),65
    x = torch.linspace(LOW, HIGH, n, dtype=torch.float64)
    want = Painted(pixels.double()).log_prob(torch.cartesian_prod(x, x)).exp()
    given = dict(pixels=pixels.flatten().tolist(), n=N_PAINT, nodes=n, handed=handed_to(DrawData))
    (tmp_path/'in.json').write_text(json.dumps(given))
    loader,path = json.dumps((Path(__file__).parent/'js'/'load.mjs').as_uri()),json.dumps(str(tmp_path/'in.json'))
    (tmp_path/'run.mjs').write_text(f"""import {{load}} from {loader};
import {{readFileSync}} from 'node:fs';
const {{pixels, n, nodes, handed}} = JSON.parse(readFileSync({path}, 'utf8'));
const {{paintDensity}} = await load(['draw_paint'], ['paintDensity'], handed);
const p = paintDensity(Uint8Array.from(pixels), n, {{low: {LOW}, high: {HIGH}, floor: .01, nodes}});
console.log(JSON.stringify(Array.from(p)));""")
    res = subprocess.run([node, tmp_path/'run.mjs'], capture_output=True, text=True, timeout=60)
    assert res.returncode==0, res.stderr
    torch.testing.assert_close(torch.tensor(json.loads(res.stdout), dtype=torch.float64), want, rtol=1e-5, atol=1e-9)

def test_what_a_page_sends():
    "Paint arrives as a trait; what is no painting is refused and changes nothing"
    w = DrawData('ring', width=8)
    heart = base64.b64encode(painting('heart').numpy().tobytes()).decode()
    w.set_state(dict(paint=heart, picture='heart'))
    assert torch.equal(w.pixels, painting('heart')) and w.picture=='heart'
    w.set_state(dict(paint=base64.b64encode(bytes([0]*2000 + [255]*304)).decode()))
    assert w.picture=='' and w.pixels.sum()==304*255
    with pytest.raises(Exception, match='2304 bytes'): w.paint = 'AAAA'
    assert w.pixels.sum()==304*255
    w._handle_custom_msg(dict(cmd='steps', n=0), [])
    assert 'n must be' in w.error

@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    w = DrawData('ring', width=32)
    w.train(40)
    return w.export_html(tmp_path_factory.mktemp('draw')/'ring.html')

def paint(t): return sum(base64.b64decode(state(t, 'paint')))
def stroke(t, *places):
    r = t.locator('.cdebm canvas').first.bounding_box()
    spots = [(r['x'] + u*r['width'], r['y'] + v*r['height']) for u,v in places]
    t.mouse.move(*spots[0])
    t.mouse.down()
    for s in spots[1:]: t.mouse.move(*s, steps=5)
    t.mouse.up()

def test_paint_in_a_page(trained, tab, keep):
    "A recorded training is shown; who paints gets chains on the painting, by mouse and by keyboard"
    t = tab()
    t.goto(f'file://{trained}')
    until(t, "e => e.explorer.drawn > 0 && e.explorer.engine() === 'replay'")
    assert 'recorded training, step 40' in t.locator('.c-status').inner_text()
    assert t.get_by_role('button', name='training').is_enabled()
    full = paint(t)
    stroke(t, (.2,.2), (.8,.2))
    assert state(t, 'engine')=='browser' and paint(t)>full and state(t, 'picture')==''
    sheet = t.locator('.cdebm canvas').first
    t.get_by_role('button', name='Clear').click()
    assert paint(t)==0
    sheet.focus()
    t.keyboard.press(' ')
    dab = paint(t)
    for k in ('Enter', *['ArrowRight']*8, 'Enter'): t.keyboard.press(k)
    line = paint(t)
    t.keyboard.press('e')
    assert 0<dab<line and paint(t)<line and not state(t, 'playing')
    for want in (line, dab, 0):
        t.keyboard.press('z')
        assert paint(t)==want
    t.locator('[data-trait=mirror] select').select_option('left and right')
    stroke(t, (.2,.3), (.3,.7))
    p = torch.tensor(list(base64.b64decode(state(t, 'paint')))).view(N_PAINT, N_PAINT)
    assert p.sum()>0 and (p - p.flip(0)).abs().max()<=1
    t.locator('.cdebm').focus()
    t.keyboard.press(' ')
    until(t, 'e => e.explorer.t > 30')
    assert 'Weights of the islands, %: painted 50 : 50, chains ' in t.locator('.c-status').inner_text()
    keep(t, 'draw-painted')
    t.get_by_role('button', name='recording').click()
    assert state(t, 'engine')=='replay' and not state(t, 'playing')
    assert t.asked==t.wrong==[]

def test_a_page_trains(trained, tab, keep):
    "Without a kernel the page trains a small network on the sheet, from where it is painted on, and the same twice"
    def begun():
        t = tab()
        t.goto(f'file://{trained}')
        until(t, "e => e.explorer.drawn > 0 && e.explorer.engine() === 'replay'")
        t.get_by_role('button', name='training').click()
        until(t, "e => e.explorer.engine() === 'page' && e.explorer.t === 0")
        return t
    def far(t): return float(t.locator('.c-status').inner_text().split('KL ')[1].split()[0])
    def steps(t, n):
        for _ in range(n): t.locator('.c-step').click()
        until(t, '(e, n) => e.explorer.t === n && e.explorer.hooks.table().rows.at(-1)?.[0] === n', arg=n)
        return t.locator('.cdebm').evaluate('e => e.explorer.hooks.table().rows.at(-1)')
    t = begun()
    assert 'Train' in t.locator('.c-play').inner_text() and not t.locator('.c-stop').is_visible()
    first = steps(t, 4)
    assert steps(begun(), 4)==first
    before = far(t)
    t.locator('.c-play').click()
    until(t, 'e => e.explorer.t > 150')
    stroke(t, (.2,.25), (.5,.25))
    t.locator('.c-play').click()
    until(t, '(e, n) => !e.explorer.playing() && e.explorer.t > n', arg=150)
    assert far(t)<before and 'trained in this page' in t.locator('.c-status').inner_text()
    keep(t, 'draw-page')
    t.locator('.c-reset').click()
    until(t, 'e => e.explorer.t === 0')
    assert t.asked==t.wrong==[]

def test_train_while_painting(chromium, tmp_path, keep):
    "In JupyterLab: Train, paint on, Pause, Stop, Reset; the painting reaches the kernel, nothing blocks it"
    cell = "from cdebm.explorer import DrawData\nw = DrawData('two islands', width=32)\nw"
    with in_lab(chromium, tmp_path, cell, width=1400, height=1100) as t:
        until(t, 'e => e.explorer.drawn > 0 && e.explorer.hasKernel()')
        play = t.locator('.c-play')
        assert 'Train' in play.inner_text() and ask(t, 'w.learner.step')==0
        play.click()
        until(t, "e => e.explorer.get('status') === 'running' && e.explorer.t > 5")
        stroke(t, (.2,.25), (.5,.25))
        until(t, "e => e.explorer.t > 40")
        assert ask(t, 'w.trainer.paper.paint==w.paint and w.picture==""') and paint(t)==ask(t, 'w.pixels.sum().item()')
        play.click()
        until(t, "e => e.explorer.get('status') === 'paused'")
        n = ask(t, 'w.learner.step')
        assert ask(t, 'w.learner.step')==n and state(t, 'n_recorded')>0
        t.locator('.c-step').click()
        until(t, "e => e.explorer.get('status') === 'done'")
        assert ask(t, 'w.learner.step')==n + 1
        play.click()
        until(t, "e => e.explorer.get('status') === 'running'")
        keep(t, 'draw-lab')
        t.locator('.c-stop').click()
        until(t, "e => e.explorer.get('status') === 'stopped'")
        t.locator('.c-reset').click()
        until(t, "e => e.explorer.get('status') === 'idle' && e.explorer.t === 0")
        assert ask(t, 'w.learner.step')==0 and not state(t, 'playing')
