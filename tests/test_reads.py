"""Do the views read well: by finger and keyboard, on a phone and in a lecture hall, in light and dark; do they say what
they show, and does a link carry it"""
import re
from pathlib import Path
import pytest
from browser import at, opened, press, saver, settle, state, until
from cdebm.explorer.base import LOOKS, ON_MAP, RAMPS, THEMES
from test_pages import views

static = Path(__file__).parent.parent/'cdebm'/'explorer'/'static'

def hero():
    from cdebm.explorer import TermExplorer
    return TermExplorer(autoplay=False)

def film():
    from cdebm.explorer import Filmstrip
    return Filmstrip('digits', n_chains=16)

def detect():
    from cdebm.explorer import Detect
    from test_detect import small
    table,pictures = small()
    return Detect(table, pictures)

def compose():
    from cdebm.explorer import Compose
    return Compose(n_chains=100)

def composed():
    from cdebm.explorer import ComposedFilm
    return ComposedFilm(n_chains=4)

def inspect():
    from cdebm.explorer import BufferInspector
    from test_inspect import plane
    return BufferInspector(plane())

def lives():
    from cdebm.explorer import BufferInspector
    from test_inspect import tiles
    return BufferInspector(tiles())

every = views | dict(hero=hero, film=film, detect=detect, compose=compose, composed=composed, inspect=inspect,
    lives=lives)
each = pytest.mark.parametrize('name', every)

@pytest.fixture(scope='module')
def saved(tmp_path_factory): return saver(tmp_path_factory.mktemp('reads'), every)

def rule(t, js, arg=None): return t.locator('.cdebm').evaluate(js, arg)

# -- one table --

def test_colours_come_from_one_table():
    "No script and no style sheet has a colour of its own; a term, a chain and the picked one look alike everywhere"
    for p in [*static.glob('*.js'), static/'views.css']:
        assert re.findall(r'#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b|rgba?\(\d', p.read_text())==[], p.name
    assert {'cd','opt','entropy','reg','kl','total','data','chains','picked','exact','drift','noise'}==LOOKS.keys()
    assert {'chain','picked','drift','noise','opt','entropy'} <= ON_MAP.keys() and THEMES.keys() <= RAMPS.keys()
    looks = [(c, str(ls)) for k,(c,ls) in LOOKS.items() if k in ('cd','opt','entropy','reg','kl','total')]
    assert len(set(looks))==len(looks), 'two terms look alike'

# -- a phone --

small = """e => [...e.querySelectorAll('button, select, input, summary, a')].filter(b => b.offsetParent && !b.disabled)
  .map(b => [b.outerHTML.slice(0, 80), (b.closest('label') ?? b).getBoundingClientRect()])
  .filter(([, r]) => r.width < 24 || r.height < 24).map(([html, r]) => [html, r.width, r.height])"""

def swipe(t, x, y, by):
    "A finger goes down at a place and moves by so many px up, in steps, as a browser hears it"
    cdp = t.context.new_cdp_session(t)
    def touch(kind, *points): cdp.send('Input.dispatchTouchEvent', dict(type=kind, touchPoints=list(points)))
    touch('touchStart', dict(x=x, y=y))
    for k in range(1, 11): touch('touchMove', dict(x=x, y=y - by*k/10))
    touch('touchEnd')
    t.wait_for_timeout(150)

def phone(tab, path, **kw):
    return opened(tab(viewport=dict(width=400, height=800), has_touch=True, reduced_motion='reduce', **kw), path)

@each
def test_on_a_phone(name, saved, tab, keep):
    "Nothing is too small for a finger or too wide; map and transport stay in sight while settings change"
    t = phone(tab, saved(name))
    assert rule(t, small)==[] and t.evaluate('document.documentElement.scrollWidth') <= 400
    last = t.locator('.c-side :is(input, select)').last
    last.scroll_into_view_if_needed()
    last.focus()
    t.evaluate("scrollTo(0, document.querySelector('.c-side :is(input, select)').getBoundingClientRect().top - 500)")
    settle(t)
    bar,mains = (t.locator(q).first.bounding_box() for q in ('.c-bar:not([hidden])', '.c-mains'))
    assert bar['y'] >= -1 and mains['y'] >= -1 and mains['y'] + mains['height'] < 700
    keep(t, f'phone-{name}')
    assert t.asked==t.wrong==[]

@pytest.mark.parametrize('name', ['chains','compose'])
def test_in_a_frame_on_a_phone(name, saved, tab, tmp_path, keep):
    "Within a page that scrolls, too, map and transport stay in sight, and go with their view"
    from cdebm.pages import iframe
    around = '<p style="height:600px">A chapter.</p>'
    head = '<!doctype html><meta name="viewport" content="width=device-width"><body style="margin:0">'
    (tmp_path/'nb.html').write_text(f'{head}{around}{iframe(saved(name).read_text(), name)}{around}{around}')
    t = tab(viewport=dict(width=400, height=800), has_touch=True, reduced_motion='reduce')
    t.goto(f'file://{tmp_path}/nb.html')
    frame = t.frame_locator('iframe')
    frame.locator('.c-play').wait_for()
    bar,mains = (frame.locator(q).first for q in ('.c-bar:not([hidden])', '.c-mains'))
    last = frame.locator('.c-side :is(input, select)').last
    last.scroll_into_view_if_needed()
    t.evaluate('y => scrollBy(0, y)', last.bounding_box()['y'] - 600)
    settle(t)
    top,shown,at_hand = (v.bounding_box() for v in (bar, mains, last))
    assert 0 <= top['y'] < shown['y'] and shown['y'] + shown['height'] < at_hand['y'] < 700
    keep(t, f'phone-frame-{name}')
    t.evaluate('scrollTo(0, document.body.scrollHeight)')
    settle(t)
    assert mains.bounding_box()['y'] < 0, 'below the view it is out of sight'

def test_a_finger_scrolls_or_moves_a_chain(saved, tab):
    "It scrolls from bare ground, and moves a chain where it begins on one; on a sheet it paints"
    t = phone(tab, saved('chains'))
    t.locator('[data-trait=n_chains] input').evaluate("i => { i.value = 1; i.dispatchEvent(new Event('input')); }")
    rule(t, "e => { e.explorer.set('start', 'point'); e.explorer.set('point', [0, 2]); e.explorer.act.reset(); }")
    settle(t)
    box = t.locator('.c-mains canvas').bounding_box()
    swipe(t, box['x'] + 15, box['y'] + box['height'] - 15, 200)
    assert t.evaluate('scrollY') > 100, 'bare ground scrolls'
    t.wait_for_timeout(500)     # the page coasts on after a swipe
    t.evaluate('scrollTo(0, 0)')
    t.wait_for_function('scrollY === 0')
    settle(t)
    box = t.locator('.c-mains canvas').bounding_box()
    x,y = box['x'] + box['width']/2, box['y'] + box['height']*(.5 - 2/8)
    before = t.evaluate('scrollY')
    swipe(t, x, y, -60)
    assert t.evaluate('scrollY')==before and state(t, 'point')[1] < 1.5, 'a chain, or the start of all, moves'
    t = phone(tab, saved('draw'))
    before,box = state(t, 'paint'),t.locator('.c-mains canvas').first.bounding_box()
    swipe(t, box['x'] + 20, box['y'] + box['height'] - 20, 100)
    until(t, "(e, old) => e.explorer.get('paint') !== old", arg=before)
    assert t.evaluate('scrollY')==0 and t.wrong==[]

# -- a lecture hall --

@each
def test_in_a_lecture_hall(name, saved, tab, keep):
    "On a large screen map and type are large; a lecture has larger type and no numbers; the address knows it"
    t = opened(tab(viewport=dict(width=1920, height=1080), reduced_motion='reduce'), saved(name))
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    plain,map_high = rule(t, size),t.locator('.c-mains canvas').first.bounding_box()['height']
    assert plain > 16 and map_high > 380
    keep(t, f'wide-{name}')
    press(t, 'l')
    settle(t)
    assert rule(t, size) > 1.3*plain and t.locator('.c-big').get_attribute('aria-pressed')=='true'
    assert not t.locator('.c-status').is_visible() and not t.locator('.c-numbers:visible').count()
    assert t.locator('.c-second:visible').count()==0 and t.locator('.c-main:visible').count() > 0
    assert t.evaluate('document.documentElement.scrollWidth') <= 1920
    keep(t, f'lecture-{name}')
    again = opened(tab(reduced_motion='reduce'), saved(name), '#{"lecture": true}')
    assert not again.locator('.c-status').is_visible() and t.wrong==again.wrong==[]

# -- keyboard alone --

focusable = """e => [...e.querySelectorAll('button, select, input, summary, a[href], canvas[tabindex], [data-part]')]
  .filter(b => (b.offsetParent || b.dataset.part) && !b.disabled)"""

@each
def test_by_keyboard_alone(name, saved, tab):
    "Tab reaches every control; ? says what every key does; a step of the lesson is taken by Enter and says its words"
    t = opened(tab(reduced_motion='reduce'), saved(name))
    rule(t, f"e => {{ window.wanted = ({focusable})(e); window.met = new Set(); "
        "e.addEventListener('focusin', f => met.add(f.target)); e.focus(); }")
    for _ in range(t.evaluate('wanted.length') + 5): t.keyboard.press('Tab')
    missed = t.evaluate("wanted.filter(b => !met.has(b) && b.type !== 'radio').map(b => b.outerHTML.slice(0, 90))")
    assert missed==[], missed
    press(t, '?')
    told = t.locator('.c-keys')
    assert 'lecture' in told.inner_text() and 'these keys' in told.inner_text()
    silent = rule(t, """e => { const {keys, keyWords} = e.explorer.hooks, plain = [' ', 'ArrowRight', 'ArrowLeft'];
      return Object.keys(keys ?? {}).filter(k => !plain.includes(k) && !(k in keyWords)); }""")
    assert silent==[], 'a key without a word'
    press(t, '?')
    assert not told.is_visible()
    steps = t.locator('.c-lesson button')
    steps.nth(1).focus()
    t.keyboard.press('Enter')
    settle(t)
    (label,preset),*more = rule(t, "e => e.explorer.get('lesson_list')")
    assert state(t, 'preset')==preset and t.locator('.c-note').inner_text().startswith(f'{label}. ')
    assert steps.nth(1).get_attribute('aria-pressed')=='true' and not state(t, 'playing'), 'less motion'
    if more:
        t.get_by_role('button', name='the next step').press('Enter')
        assert state(t, 'preset')==more[0][1]
    assert t.wrong==[]

# -- contrast --

inked = """window.inked = []; const put = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
  if (this.canvas.isConnected && String(text).trim()) window.inked.push([String(text), this.fillStyle]);
  return put.call(this, text, ...at); };"""
worst = """e => {
  const rgb = c => c.startsWith('#') ? [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16))
    : c.startsWith('color(srgb') ? c.match(/[\\d.]+/g).slice(0, 3).map(v => 255*v) : c.match(/[\\d.]+/g).map(Number);
  const lum = c => c.slice(0, 3).map(v => v/255).map(v => v <= .04045 ? v/12.92 : ((v + .055)/1.055)**2.4)
    .reduce((s, v, i) => s + v*[.2126, .7152, .0722][i], 0);
  const contrast = (a, b) => { const [l, h] = [lum(a), lum(b)].sort((u, v) => u - v); return (h + .05)/(l + .05); };
  const ground = n => { for (; n; n = n.parentElement) { const c = rgb(getComputedStyle(n).backgroundColor);
    if ((c[3] ?? 1) > .5) return c; } return [255, 255, 255]; };
  const found = [], walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const n = walk.currentNode, p = n.parentElement;
    if (!n.textContent.trim() || !p.getClientRects().length || p.tagName === 'OPTION') continue;
    found.push([n.textContent.slice(0, 40), contrast(rgb(getComputedStyle(p).color), ground(p))]); }
  const bg = rgb(e.explorer.colors.bg);
  for (const [text, ink] of window.inked) if (text !== 'draw a digit here') found.push([text, contrast(rgb(ink), bg)]);
  return found.filter(([, c]) => c < 4.5); }"""

@pytest.mark.parametrize('theme', ['light','dark'])
@each
def test_all_text_can_be_read(name, theme, saved, tab, keep):
    "Every word, of the page and in the charts, has a contrast of 4.5 or more"
    t = tab(color_scheme=theme, reduced_motion='reduce', viewport=dict(width=1000, height=900))
    t.add_init_script(inked)
    opened(t, saved(name))
    press(t, 'ArrowRight', 'ArrowRight', '?')
    settle(t)
    keep(t, f'{theme}-{name}')
    assert t.locator('.cdebm').get_attribute('data-theme')==theme and t.evaluate('inked.length') > 0
    assert rule(t, worst)==[]

def test_a_light_page_in_a_dark_system_has_light_views(saved, tab, tmp_path):
    "A frame looks at the page it is in, and is as high as what it holds"
    from cdebm.pages import iframe
    inside = iframe(saved('chains').read_text(), 'chains', 3000)
    for ground,theme in (('#ffffff','light'), ('#111111','dark')):
        (tmp_path/f'{theme}.html').write_text(f'<!doctype html><body style="background:{ground}">{inside}')
        t = tab(color_scheme='dark')
        t.goto(f'file://{tmp_path}/{theme}.html')
        view = t.frame_locator('iframe').locator('.cdebm')
        view.locator('.c-play').wait_for()
        assert view.get_attribute('data-theme')==theme
        t.wait_for_function("() => document.querySelector('iframe').clientHeight < 1200")

# -- formulas --

def test_formula_of_a_step(saved, tab, keep):
    "In slow motion its parts light up one after the other, with their arrows; under the pointer and in focus, too"
    t = opened(tab(), saved('chains'))
    def lit(): return rule(t, "e => [...e.querySelectorAll('.c-lit')].map(n => n.dataset.part)")
    assert lit()==[]
    press(t, 's', ' ')
    until(t, "e => e.querySelector('.c-lit')?.dataset.part === 'drift'")
    until(t, "e => e.querySelector('.c-lit')?.dataset.part === 'noise'")
    keep(t, 'formula')
    press(t, ' ', 's')
    t.locator('[data-part=drift]').hover()
    assert lit()==['drift'] and 'downhill' in t.locator('.c-note').inner_text()
    colour = t.locator('[data-part=drift]').evaluate('n => getComputedStyle(n).color')
    assert colour==f"rgb({', '.join(str(int(THEMES['light']['drift'][i:i+2], 16)) for i in (1, 3, 5))})"
    for sampler,parts in {'gradient descent': 1, 'HMC': 3, 'MALA': 3, 'ULA': 2}.items():
        t.locator('[data-trait=sampler] select').select_option(sampler)
        assert t.locator('.c-formula [data-part]').count()==parts
    t.locator('[data-part=noise]').focus()
    assert lit()==['noise']
    for event in ('pointerenter', 'pointerleave'): t.locator('[data-part=drift]').dispatch_event(event)
    assert lit()==['noise'] and t.wrong==[]     # a pointer at rest, under which the formula was written anew

def test_formula_of_the_loss(saved, tab):
    "A part that lights up changes the curves, and its weight is that of the slider"
    t = opened(tab(), saved('gradients'))
    def curves(): return rule(t, "e => e.explorer.panels.find(p => p.name === 'magnitudes').canvas.toDataURL()")
    before = curves()
    t.locator('[data-part=opt]').focus()
    settle(t)
    assert curves()!=before
    t.locator('[data-trait=w_opt] input').focus()
    settle(t)
    assert curves()==before
    t.keyboard.press('ArrowRight')
    assert '1.1' in t.locator('.c-formula').inner_text() and t.wrong==[]

# -- charts that answer --

def test_charts_answer(saved, tab):
    "The pointer reads numbers off a chart, a click moves a recording there, and the words follow"
    t = opened(tab(), saved('dashboard'))
    chart = t.locator('canvas[aria-label^="terms of the loss"]')
    box = chart.bounding_box()
    t.mouse.move(box['x'] + box['width']*.4, box['y'] + 40)
    read = t.locator('.c-read:visible')
    assert read.count()==1 and re.match(r'step \d+: gap −?[\d.]+, opt', read.inner_text())
    before,words = at(t),t.locator('.c-status').inner_text()
    t.mouse.click(box['x'] + box['width']*.3, box['y'] + 40)
    settle(t)
    assert at(t)!=before and t.locator('.c-status').inner_text()!=words
    t = opened(tab(), saved('chains'))
    press(t, *['ArrowRight']*8)
    t.locator('[data-trait=noise] input').focus()
    t.keyboard.press('ArrowLeft')
    press(t, *['ArrowRight']*8)
    settle(t)
    change, = rule(t, 'e => e.explorer.changes')
    assert change['t']==8 and change['text'].startswith('noise')
    place = rule(t, "e => e.explorer.panels.find(p => p.name === 'energy').at.changes[0].x")
    box = t.locator('canvas[aria-label^="energy, 10"]').bounding_box()
    t.mouse.move(box['x'] + place, box['y'] + 40)
    assert 'noise → ' in t.locator('.c-read:visible').inner_text()
    assert t.locator('.c-numbers .c-alarm').count()==0, 'too few states for an R-hat'
    press(t, *['ArrowRight']*30)
    t.locator('.c-numbers .c-alarm').wait_for()
    press(t, 'r')
    assert rule(t, 'e => e.explorer.changes.length')==0 and t.wrong==[]

def test_slow_motion_of_a_recording(saved, tab):
    t = opened(tab(), saved('gradients'))
    press(t, 'r', 's', ' ')
    until(t, 'e => e.explorer.t === 1')
    t.wait_for_timeout(400)
    assert at(t)==1, 'a frame at a time'

# -- links --

copy = """async e => { let got; const clipboard = {writeText: async v => { got = v; }};
  Object.defineProperty(navigator, 'clipboard', {value: clipboard, configurable: true});
  e.explorer.act.link(); while (!got) await new Promise(f => setTimeout(f, 20)); return got; }"""

def test_a_link_carries_what_was_trained(saved, tab):
    "Settings, painting and the weights of both networks, in a fair length; what does not fit a network is refused"
    t = opened(tab(), saved('hero'))
    press(t, 'ArrowRight', 'ArrowRight', 'ArrowRight')
    rests = 'e => e.explorer.t === 3 && e.explorer.hero.crew.sides.every(s => !s.busy && s.mapT === 3)'
    until(t, rests)
    t.locator('[data-trait=reg] select').select_option('0.1')
    link = rule(t, copy)
    assert '#z' in link and 4000 < len(link) < 12_000
    again = tab()
    again.goto(link)
    until(again, rests)
    far = 'e => e.explorer.hero.crew.sides.map(s => s.rows.at(-1).kl)'
    assert rule(again, far)==pytest.approx(rule(t, far), rel=.01) and state(again, 'reg')==.1
    assert 'as the link has them' in again.locator('.c-note').inner_text()
    wrong = opened(tab(), saved('hero'), '#{"trained": {"t": 3, "weights": ["AAAA", "AAAA"]}}')
    assert 'not those of this network' in wrong.locator('.c-error').inner_text()
    assert t.asked==again.asked==[] and t.wrong==again.wrong==[]

def test_a_link_carries_the_moment(saved, tab):
    "The frame of a recording and the step of the lesson"
    t = opened(tab(), saved('gradients'))
    rule(t, "e => { e.explorer.act.preset('opt alone'); e.explorer.act.seek(5); }")
    settle(t)
    again = tab()
    again.goto(rule(t, copy))
    until(again, 'e => e.explorer.t === 5')
    assert (state(again, 'preset'), state(again, 'w_entropy'))==('opt alone', 0) and again.wrong==[]
    t = opened(tab(), saved('chains'), '#{"preset": "noise off"}')
    assert (state(t, 'noise'), state(t, 'preset'))==(0, 'noise off')
