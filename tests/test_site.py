"""The site: it builds without a warning, and each page opens in a browser without network, whole and alive.

Who comes first builds it, those beside it wait. Staging and rendering are two tests, for neither is quick.
"""
import json, os, re, subprocess, sys
import pytest
from browser import until
from filelock import FileLock
from helpers import root, tool

html = root/'_docs'/'html'

def made(part, tmp_path_factory):
    "Run a part of tools/docs.py, once in all processes of these tests"
    here = tmp_path_factory.getbasetemp()
    shared = here.parent if 'PYTEST_XDIST_WORKER' in os.environ else here
    with FileLock(shared/'site.lock'):
        if not (done := shared/f'site-{part}').exists():
            res = subprocess.run([sys.executable, 'tools/docs.py', part], cwd=root, capture_output=True, text=True)
            done.write_text('' if res.returncode==0 else res.stdout[-2000:]+res.stderr[-4000:])
    assert (said := done.read_text())=='', said

@pytest.fixture(scope='module')
def staged(tmp_path_factory): made('pages', tmp_path_factory)

@pytest.fixture(scope='module')
def rendered(staged, tmp_path_factory): made('site', tmp_path_factory)

def names():
    "All pages, as paths below the site"
    return sorted(p.relative_to(html).as_posix() for p in html.rglob('*.html') if '_static' not in p.parts)

def test_staged(staged):
    "Every notebook is there as Sphinx reads it, and the front page has the view, not the film of it"
    pages = tool('tools/docs.py').sources()
    assert [p for p in pages if not (root/'_docs'/'src'/f'{p}.ipynb').exists()]==[]
    front = (root/'_docs'/'src'/'index.ipynb').read_text('utf-8')
    assert 'hero.gif' not in front and '<iframe ' in front

def test_rendered(rendered):
    "Every page has search, next or previous, and a way to a notebook that can be run"
    pages = [*tool('tools/docs.py').sources()]
    assert {f'{p}.html' for p in pages} <= set(names())
    for p in pages:
        text = (html/f'{p}.html').read_text('utf-8')
        link = re.search(r'class="view-this-page">\s*<a [^>]*href="([^"]+)"', text)
        source = html/p.rpartition('/')[0]/link[1]
        cells = json.loads(source.read_text('utf-8'))['cells']
        assert source.suffix=='.ipynb' and not any(c.get('outputs') for c in cells), p
        assert 'role="search"' in text and ('class="next-page"' in text or 'class="prev-page"' in text), p
        assert '|---' not in re.sub(r'(?s)<(pre|iframe).*?</\1>', '', text), f'{p}: a table was not read'

def weight(page):
    "Bytes of a page and its pictures"
    text = (html/page).read_text('utf-8')
    pictures = {(html/page).parent/o for o in re.findall(r'<img [^>]*src="([^":]+)"', text)}
    return len(text.encode())+sum(p.stat().st_size for p in pictures)

def test_weight(rendered):
    "A page has 3 MB at most, with its pictures"
    heavy = {p: n for p in names() if (n := weight(p))>3_000_000}
    assert heavy=={}
    assert weight('index.html') < 1_000_000

outside = re.compile(r'<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)="(?:https?:)?//', re.I)

def test_asks_no_other_host(rendered):
    "No page names a script, a style or a picture of another host; nor do styles"
    named = {p: found for p in names() if (found := outside.findall((html/p).read_text('utf-8')))}
    assert named=={}
    styles = {p: p.read_text('utf-8') for p in (html/'_static').rglob('*.css')}
    assert [p.name for p,text in styles.items() if re.search(r'url\(["\']?(?:https?:)?//', text)]==[]

# -- in a browser --

look = """async () => {
  const late = ms => new Promise(f => setTimeout(f, ms));
  for (const e of document.querySelectorAll('[loading=lazy]')) e.loading = 'eager';
  const views = () => [...document.querySelectorAll('iframe')].map(f => f.contentDocument?.querySelector('.cdebm'));
  const sheet = new OffscreenCanvas(120, 120).getContext('2d', { willReadFrequently: true });
  const shades = c => { if (!c.width || !c.height) return 0;
    sheet.drawImage(c, 0, 0, 120, 120);
    return new Set(new Uint32Array(sheet.getImageData(0, 0, 120, 120).data.buffer)).size; };
  const colours = e => Math.max(...[...e.querySelectorAll('canvas')].map(shades));
  const blanks = () => views().filter(e => !(e?.explorer?.drawn > 0 && colours(e) > 2));
  const frames = document.querySelectorAll('iframe');     // one that is not in sight may wait with its picture
  for (let i = 0; i < 100 && blanks().length; i++) { frames[i%frames.length].scrollIntoView(); await late(100); }
  const blank = blanks().length;
  const tex = [...document.querySelectorAll('.tex, .tex-block')];
  const words = document.querySelector('article').cloneNode(true);
  words.querySelectorAll('pre, code, iframe, .katex').forEach(e => e.remove());
  return { views: views().length, blank, formulas: tex.length, wide: document.documentElement.scrollWidth > innerWidth,
    raw: tex.filter(e => !e.querySelector('.katex') || e.querySelector('.katex-error')).map(e => e.textContent),
    dollars: words.textContent.match(/\\$\\$|\\\\[a-z]{3,}\\{/g) || [],
    pictures: [...document.images].filter(e => e.complete && !e.naturalWidth).map(e => e.src) }; }"""

def seen(tab, page):
    "What a browser without network finds on a page, and its `faults`, by what they are"
    t = tab(viewport=dict(width=1280, height=800), reduced_motion='reduce')
    t.goto(f'file://{html/page}')
    got = t.evaluate(look)
    said = got | dict(wrong=t.wrong, asked=t.asked)
    faults = {k: said[k] for k in ('wrong','asked','blank','raw','dollars','pictures','wide') if said[k]}
    t.close()
    return got | dict(faults=faults)

def in_part(p):
    "Which of the three tests looks at page `p`"
    return 0 if p.startswith(('course/','howto/','index')) else 1 if p<'h' else 2

@pytest.mark.parametrize('part', range(3))
def test_pages_in_a_browser(part, rendered, tab):
    "No complaint, no request, no blank view, no formula left as it was typed, nothing wider than the window"
    found = {p: seen(tab, p) for p in names() if in_part(p)==part}
    total = {k: sum(o[k] for o in found.values()) for k in ('views','formulas')}
    assert {p: o['faults'] for p,o in found.items() if o['faults']}=={}
    print(f'{len(found)} pages, {total["views"]} views, {total["formulas"]} formulas')
    assert len(found)>15 and total['formulas']>100 and total['views']>=(8 if part==0 else 1)

def test_search(rendered, tab):
    t = tab()
    t.goto(f'file://{html}/search.html?q=langevin')
    t.wait_for_function("() => document.querySelectorAll('#search-results li').length > 3")
    assert t.wrong==t.asked==[]

def test_dark(rendered, tab):
    "The reader's choice of a dark page reaches the views in it"
    t = tab(color_scheme='light', viewport=dict(width=1280, height=800))
    t.goto(f'file://{html}/index.html')
    view = t.frames[1]
    until(view, 'e => e.explorer.drawn > 0')
    assert view.locator('.cdebm').get_attribute('data-theme')!='dark'
    t.evaluate("() => { document.body.dataset.theme = 'dark'; }")
    view.wait_for_function("() => document.querySelector('.cdebm').dataset.theme === 'dark'")
    assert t.wrong==[]

def test_a_newcomers_minute(rendered, tab):
    "The site opens and trains above the fold; one click leads to chapter 1, two to another view that trains"
    t = tab(viewport=dict(width=1280, height=800))
    t.goto(f'file://{html}/index.html')
    hero = t.frames[1]
    until(hero, 'e => e.explorer.t > 3')
    boxes = [hero.locator('canvas').nth(i).bounding_box() for i in range(2)]
    assert max(o['y']+.6*o['height'] for o in boxes) < 800, 'two landscapes are above the fold'
    t.get_by_role('link', name='Start the course').click()
    assert t.locator('h1').inner_text().startswith('1 What is an energy')
    t.go_back()
    t.locator('.sidebar-tree').get_by_role('link', name='Six views').click()
    view = t.locator('iframe').last
    view.scroll_into_view_if_needed()
    drawing = view.element_handle().content_frame()
    until(drawing, 'e => e.explorer.drawn > 0')
    drawing.locator('.c-play').click()
    until(drawing, 'e => e.explorer.t > 2')
    assert t.wrong==t.asked==[]
