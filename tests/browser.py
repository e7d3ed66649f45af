"""A browser and Jupyter servers on this machine's loopback, for the tests of the views.

`CDEBM_CHROMIUM` names the browser, `CDEBM_SCREENSHOTS` a folder that keeps the pictures.
"""
import ast, json, os, shutil, socket, subprocess, sys, time, urllib.request
from contextlib import contextmanager
from functools import cache
from pathlib import Path
import nbformat, pytest

chrome = os.environ.get('CDEBM_CHROMIUM') or shutil.which('chromium') or shutil.which('google-chrome')
why = 'no Chromium: install it (Debian: apt-get install chromium) or name one in CDEBM_CHROMIUM'
flags = ['--no-sandbox', '--disable-dev-shm-usage']
LATE = 180_000     # ms until a test says that something did not happen: machines are shared, and none waits so long

@contextmanager
def browser():
    "Chromium; no graphics flags, which slow canvases down"
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        b = p.chromium.launch(executable_path=chrome, args=flags)
        yield b
        b.close()

@pytest.fixture(scope='module')
def chromium():
    if not chrome: pytest.skip(why)
    pytest.importorskip('playwright.sync_api')
    with browser() as b: yield b

@pytest.fixture
def tab(chromium):
    "`tab(**options)` makes a page that notes what it asked the network for, what went wrong, and closes after the test"
    tabs = []
    def make(offline=True, **kw):
        t = chromium.new_page(**dict(viewport=dict(width=1200, height=900)) | kw)
        t.asked,t.wrong = [],[]
        t.set_default_timeout(LATE)
        t.on('console', lambda m: t.wrong.append(m.text) if m.type in ('error','warning') else None)
        t.on('pageerror', lambda e: t.wrong.append(str(e)))
        if offline: t.route('http**/*', lambda r: (t.asked.append(r.request.url), r.abort()))
        tabs.append(t)
        return t
    yield make
    for t in tabs: t.close()

@pytest.fixture
def keep(tmp_path):
    "`keep(page, name)` takes a picture of the whole page"
    to = Path(os.environ.get('CDEBM_SCREENSHOTS') or tmp_path)
    to.mkdir(parents=True, exist_ok=True)
    return lambda page, name: page.screenshot(path=to/f'{name}.png', full_page=True)

# -- a view in a page: `where` is a page or a frame --

def state(where, name, nth=0): return where.locator('.cdebm').nth(nth).evaluate('(e, n) => e.explorer.get(n)', name)
def drawn(where, nth=0): return where.locator('.cdebm').nth(nth).evaluate('e => e.explorer.drawn')
def at(where, nth=0): return where.locator('.cdebm').nth(nth).evaluate('e => e.explorer.t')
def until(where, js, nth=0, arg=None):
    "Wait until `js`, a function of a view's element and `arg`, holds"
    view = 'const e = document.querySelectorAll(".cdebm")[n]'
    there = f'([n, arg]) => {{ {view}; return e?.explorer?.hooks && ({js})(e, arg); }}'
    where.wait_for_function(there, arg=[nth, arg], timeout=LATE)

def saver(folder, views):
    "`page(name)`: the file of a view, one of `views` by name, made once"
    @cache
    def page(name): return views[name]().export_html(folder/f'{name}.html')
    return page

def opened(t, path, hash='', ready='e => e.explorer.drawn > 0'):
    "A saved page in the tab `t`, once it is `ready`"
    t.goto(f'file://{path}{hash}')
    until(t, ready)
    return t

def press(t, *keys):
    "Keys for the first view"
    t.locator('.cdebm').first.focus()
    for k in keys: t.keyboard.press(k)

def settle(t):
    "Two frames go by"
    t.evaluate('() => new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))')

# -- servers --

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

def answers(url):
    try: urllib.request.urlopen(url, timeout=1)
    except OSError: return False
    return True

@contextmanager
def served(tmp, module, *args, path='/', **env):
    "Python module `module` as a server with log and settings in folder `tmp`; its address"
    tmp.mkdir(parents=True, exist_ok=True)
    port = free_port()
    kinds = ('_CONFIG_DIR','_DATA_DIR','_RUNTIME_DIR','LAB_SETTINGS_DIR','LAB_WORKSPACES_DIR')
    own = {f'JUPYTER{k}': str(tmp/k.strip('_').lower()) for k in kinds}
    with open(tmp/'log', 'w') as log:
        cmd = [sys.executable, '-m', module, '--no-browser', f'--port={port}', *map(str, args)]
        server = subprocess.Popen(cmd, stdout=log, stderr=log, env=os.environ | own | env)
    try:
        url,late = f'http://127.0.0.1:{port}',time.time()+LATE/1000
        while not answers(url+path):
            assert time.time()<late and server.poll() is None, (tmp/'log').read_text()[-2000:]
            time.sleep(.1)
        yield url
    finally:
        server.terminate()
        server.wait(20)

@contextmanager
def lab(tmp):
    "JupyterLab on folder `tmp`/notebooks, without news and extensions from outside"
    news = tmp/'lab_settings_dir'/'@jupyterlab'/'apputils-extension'/'notification.jupyterlab-settings'
    news.parent.mkdir(parents=True)
    news.write_text(json.dumps(dict(fetchNews='false', checkForUpdates=False)))
    (tmp/'notebooks').mkdir()
    opts = dict(
        ServerApp=dict(port_retries=0, root_dir=tmp/'notebooks', ip='127.0.0.1'),
        IdentityProvider=dict(token=''),
        LabApp=dict(expose_app_in_browser=True, extension_manager='readonly'))
    args = [f'--{c}.{k}={v}' for c,o in opts.items() for k,v in o.items()]
    with served(tmp, 'jupyterlab', '--allow-root', *args, path='/api') as url: yield url

def write_notebook(path, *cells):
    v4,kernel = nbformat.v4,dict(name='python3', display_name='python3')
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(c) for c in cells], metadata=dict(kernelspec=kernel)), path)

_session = 'window.jupyterapp?.shell?.currentWidget?.sessionContext'
_request = f"""async (code, more={{}}) => {{
  const asked = {_session}.session.kernel.requestExecute({{code, silent: true, store_history: false, ...more}});
  const r = (await asked.done).content;
  if (r.status !== 'ok') throw new Error(`${{r.ename}}: ${{r.evalue}}`);
  return r; }}"""

def open_notebook(page, url, name, run=True):
    "Notebook `name` in a workspace of its own, its cells run"
    page.goto(f'{url}/doc/workspaces/{Path(name).stem}/tree/{name}')
    page.wait_for_function(f"() => {_session}?.isReady && {_session}.session?.kernel?.status==='idle'", timeout=LATE)
    if run: page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")

def do(page, code):
    "Run `code` in the kernel; its trouble is ours"
    page.evaluate(f'async code => {{ await ({_request})(code) }}', code)

def ask(page, code):
    "What the kernel says `code` is worth"
    do(page, f'import json\n_asked = json.dumps({code})')
    expressions = "{user_expressions: {v: '_asked'}}"
    got = page.evaluate(f"async () => (await ({_request})('', {expressions})).user_expressions.v.data")
    return json.loads(ast.literal_eval(got['text/plain']))

@contextmanager
def in_lab(chromium, tmp, *cells, **viewport):
    "A page of JupyterLab with a notebook of these cells, which are run; what goes wrong is in its `wrong`"
    with lab(tmp) as url:
        write_notebook(tmp/'notebooks'/'views.ipynb', *cells)
        page = chromium.new_page(viewport=viewport)
        page.wrong = []
        page.set_default_timeout(LATE)
        page.on('pageerror', lambda e: page.wrong.append(str(e)))
        open_notebook(page, url, 'views.ipynb')
        yield page
        page.close()
