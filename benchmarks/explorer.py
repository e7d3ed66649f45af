"""How quick the views are, in headless Chromium on this machine.

    python benchmarks/explorer.py

frames/s    a saved page of the chain explorer, its 200 x 200 field and all panels, while it plays one step a frame
             (the map is drawn in every frame, of the six charts one after the other)
steps/s     the kernel engine in JupyterLab: steps of 1,000 chains of a network 2-128-128-1 that Python makes and the
             page shows
seconds     from running a cell in JupyterLab to the first picture of its view; `fresh` has a new kernel's imports in it

Every repetition is shown, then their median; other work on the machine shows in them. Chromium as the tests find it
(CDEBM_CHROMIUM).
"""
import os, sys, tempfile
os.environ.setdefault('OMP_NUM_THREADS', '1')
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parent.parent/'tests'))
from browser import browser, chrome, lab, open_notebook, until, why, write_notebook
from kept import keep

repeats,span = 5,3000     # ms
imports = """import torch
from cdebm.energies import GaussianMixture
from cdebm.explorer import ChainExplorer
from cdebm.models import MLPEnergy
energy = GaussianMixture.ring(sd=.3)"""
kernel = """net = MLPEnergy(2, width=128, generator=torch.Generator().manual_seed(0))
w = ChainExplorer(net, n_chains=1000, engine='kernel')
w"""
first = 'ChainExplorer(energy, n_chains=1000)'

def while_playing(page, count):
    "What `count(page)` gains in a second of play, each repetition from a reset"
    view = page.locator('.cdebm').last
    def once():
        view.focus()
        page.keyboard.press('r')
        page.keyboard.press(' ')
        page.wait_for_timeout(500)
        # the page's own clock: a busy machine answers late
        got = view.evaluate(f"""async (e, ms) => {{
          const n = () => e.explorer.{count}, t0 = performance.now(), n0 = n();
          await new Promise(f => setTimeout(f, ms)); return 1000*(n() - n0)/(performance.now() - t0); }}""", span)
        page.keyboard.press(' ')
        return got
    return [once() for _ in range(repeats)]

def frames(b, n_chains, folder):
    "Frames a second of a saved page"
    from cdebm.energies import GaussianMixture
    from cdebm.explorer import ChainExplorer
    view = ChainExplorer(GaussianMixture.ring(sd=.3), n_chains=n_chains, n_field=200)
    path = view.export_html(folder/f'{n_chains}.html')
    page = b.new_page(viewport=dict(width=1200, height=900))
    page.goto(f'file://{path}')
    until(page, 'e => e.explorer.drawn > 0')
    got = while_playing(page, 'drawn')
    page.close()
    return got

waiting = """async n => { const t0 = performance.now(), view = () => document.querySelectorAll('.cdebm')[n];
  window.jupyterapp.commands.execute('notebook:run-cell-and-select-next');
  while (!(view()?.explorer?.drawn > 0)) await new Promise(requestAnimationFrame);
  return (performance.now() - t0)/1000; }"""

def to_pictures(page, n):
    "Seconds each of the next `n` cells takes to its first picture"
    return [page.evaluate(waiting, page.locator('.cdebm').count()) for _ in range(n)]

def in_lab(b, folder):
    "steps/s, frames/s of the kernel engine; seconds to a picture in a running kernel, and in new ones"
    fresh = []
    with lab(folder) as url:
        for i in range(repeats):
            more = [first]*repeats + [kernel] if i==repeats-1 else []
            write_notebook(folder/'notebooks'/f'n{i}.ipynb', f'{imports}\n{first}', *more)
            page = b.new_page(viewport=dict(width=1300, height=1000))
            open_notebook(page, url, f'n{i}.ipynb', run=False)
            page.wait_for_timeout(1000)
            fresh += to_pictures(page, 1)
            if i<repeats-1: page.close()
        warm = to_pictures(page, repeats)
        to_pictures(page, 1)
        view = page.locator('.cdebm').last
        view.scroll_into_view_if_needed()
        until(page, "e => e.explorer.engine() === 'kernel'", repeats+1)
        return while_playing(page, 't'),warm,fresh

def main():
    if not chrome: sys.exit(why)
    with tempfile.TemporaryDirectory() as d, browser() as b:
        for n,goal in ((1000, '>= 60'), (10_000, '>= 30')):
            keep(f'chains in the page, {n:,}', frames(b, n, Path(d)), 'frames/s', goal)
        steps,warm,fresh = in_lab(b, Path(d)/'lab')
        keep('chains in the kernel, 1,000', steps, 'steps/s', '>= 40')
        keep('from running a cell to the first picture', warm, 's', '<= 2')
        keep('the same in a fresh kernel, imports among it', fresh, 's', '<= 2.5')

if __name__=='__main__': main()
