"The widgets answer in a real browser: a notebook in JupyterLab on this machine's loopback, driven by Chromium"
import json, os, shutil, socket, subprocess, sys, time, urllib.request
from contextlib import contextmanager
import nbformat, pytest

chrome = os.environ.get('CDEBM_CHROMIUM') or shutil.which('chromium') or shutil.which('google-chrome')
why = 'no Chromium: install it (Debian: apt-get install chromium) or name one in CDEBM_CHROMIUM'
pytestmark = pytest.mark.skipif(not chrome, reason=why)
sync_api = pytest.importorskip('playwright.sync_api')

cells = ["""import torch
from cdebm.energies import GaussianMixture
from cdebm.explorer.widgets import chain_explorer, gradient_explorer
from cdebm.gradients import GradientRecord
from cdebm.losses import Weights""",
    "chain_explorer(GaussianMixture.ring(sd=.3), n_chains=100, max_steps=40)",
    """norms = {k: torch.rand(20, 3, generator=torch.Generator().manual_seed(0)) for k in ('cd','opt','entropy','kl')}
gradient_explorer(GradientRecord(torch.arange(0, 100, 5), ['a','b','c'], norms, Weights()))"""]
idle = """() => { const c = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    return c?.isReady && c.session?.kernel?.status==='idle' }"""

def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]

def answers(url):
    try: urllib.request.urlopen(url, timeout=1)
    except OSError: return False
    return True

@contextmanager
def lab(tmp):
    "JupyterLab on folder `tmp`, with settings of its own"
    news = tmp/'settings'/'@jupyterlab'/'apputils-extension'/'notification.jupyterlab-settings'
    news.parent.mkdir(parents=True)
    news.write_text(json.dumps(dict(fetchNews='false', checkForUpdates=False)))
    port = free_port()
    opts = dict(ServerApp=dict(port_retries=0, root_dir=tmp), IdentityProvider=dict(token=''),
        LabApp=dict(expose_app_in_browser=True, extension_manager='readonly'))
    args = [f'--{c}.{k}={v}' for c,o in opts.items() for k,v in o.items()]
    env = {**os.environ, 'JUPYTERLAB_SETTINGS_DIR': str(tmp/'settings'), 'JUPYTERLAB_WORKSPACES_DIR': str(tmp/'spaces')}
    with open(tmp/'log', 'w') as log:
        cmd = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root', '--ip=127.0.0.1', f'--port={port}', *args]
        server = subprocess.Popen(cmd, stdout=log, stderr=log, env=env)
    try:
        url,until = f'http://127.0.0.1:{port}',time.time()+60
        while not answers(url+'/api'):
            assert time.time()<until and server.poll() is None, (tmp/'log').read_text()[-2000:]
            time.sleep(.3)
        yield url
    finally:
        server.terminate()
        server.wait(20)

def test_sliders_move_the_pictures(tmp_path):
    v4,kernel = nbformat.v4,dict(name='python3', display_name='python3')
    nb = v4.new_notebook(cells=[v4.new_code_cell(c) for c in cells], metadata=dict(kernelspec=kernel))
    nbformat.write(nb, tmp_path/'w.ipynb')
    with lab(tmp_path) as url, sync_api.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chrome, args=['--no-sandbox', '--disable-dev-shm-usage'])
        page = browser.new_page(viewport=dict(width=1300, height=1500))
        page.goto(url+'/doc/tree/w.ipynb')
        page.wait_for_function(idle, timeout=60_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        status,picture = page.locator('.cdebm-status'),page.locator('img.widget-image')
        sync_api.expect(status).to_have_count(2, timeout=60_000)
        for i,before in enumerate((status.nth(0).inner_text(), status.nth(1).inner_text())):
            shown = picture.nth(i).get_attribute('src')
            handle = page.locator('.lm-Widget.cdebm-explorer').nth(i).locator('.noUi-handle').first
            handle.focus()
            handle.press('Home')   # the smallest step size; the first record
            sync_api.expect(status.nth(i)).not_to_have_text(before, timeout=20_000)
            assert picture.nth(i).get_attribute('src')!=shown
        page.screenshot(path=tmp_path/'widgets.png')
        if keep := os.environ.get('CDEBM_SCREENSHOTS'): shutil.copy(tmp_path/'widgets.png', keep)
        assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count()==0
