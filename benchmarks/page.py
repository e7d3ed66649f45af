"""How quick a page trains, in headless Chromium on this machine.

    python benchmarks/page.py

updates/s   of each of two trainings side by side in a saved page of the term explorer, networks 2-32-32-1, 128 chains
            of 10 steps, a worker each, while it draws; and of one alone, the other having stopped
frames/s    that the page drew meanwhile
per CPU s   updates of both together for a second of one core's work, of all of Chromium's processes, drawing among it:
            what a busy machine changes least (Linux)
seconds     from the begin of the page's own script to the first update that it shows
collapse    seconds of play until the KL without the term passes 100 nats in the first step of the story, and the KL
            with the term then, seeds 0 to 4

Every repetition is shown and their median, kept in figures/views.json; other work on the machine shows in them.
Chromium as the tests find it (CDEBM_CHROMIUM).
"""
import os, sys, tempfile
os.environ.setdefault('OMP_NUM_THREADS', '1')
from pathlib import Path
root = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(root), str(root/'tests')]
from browser import browser, chrome, until, why
from kept import keep
from processes import cpu_seconds

repeats,span = 5,4000     # ms
counting = """async (e, ms) => { const ui = e.explorer, now = () => [ui.t, ui.drawn, performance.now()], a = now();
  await new Promise(f => setTimeout(f, ms)); const b = now(), s = (b[2] - a[2])/1000;
  return [(b[0] - a[0])/s, (b[1] - a[1])/s]; }"""
first = """() => new Promise(f => { const look = () => { const ui = document.querySelector('.cdebm')?.explorer;
  ui?.t > 0 ? f(performance.now()/1000) : requestAnimationFrame(look); }; look(); })"""
lost = """e => new Promise(f => { const ui = e.explorer, from = performance.now(), end = 120_000, look = () => {
  const [a, b] = ui.hero.crew.sides.map(s => s.rows.at(-1)?.kl), ms = performance.now() - from;
  a > 100 || ms > end ? f([ms/1000, a, b, ui.t]) : requestAnimationFrame(look); }; look(); })"""

def opened(b, path):
    page = b.new_page(viewport=dict(width=1200, height=900))
    page.goto(f'file://{path}')
    until(page, 'e => e.explorer.t > 0', timeout=60_000)
    return page

def speeds(b, path, alone):
    "Updates and frames a second, each repetition on a new page"
    for _ in range(repeats):
        page = opened(b, path)
        view = page.locator('.cdebm')
        view.evaluate("e => { e.explorer.set('mcmc_steps', 10); e.explorer.set('speed', 20); }")
        if alone: view.evaluate('e => { e.explorer.hero.crew.sides[0].whole = false; }')
        page.wait_for_timeout(1000)
        before,t0 = cpu_seconds(),view.evaluate('e => e.explorer.t')
        found = view.evaluate(counting, span)
        gained = view.evaluate('e => e.explorer.t') - t0
        yield *found,(1 if alone else 2)*gained/(cpu_seconds() - before)
        page.close()

def main():
    if not chrome: raise SystemExit(why)
    from cdebm.explorer import TermExplorer
    with tempfile.TemporaryDirectory() as d, browser() as b:
        path = TermExplorer(updates=10**6).export_html(Path(d)/'page.html')
        print(f'the page: {path.stat().st_size/1000:.0f} kB')
        for name,alone in (('two at once, of each', False), ('one alone', True)):
            updates,frames,each = zip(*speeds(b, path, alone))
            keep(f'training in the page, {name}', updates, 'updates/s', '>= 100' if alone else '>= 60')
            keep(f'the same: drawing, {name}', frames, 'frames/s', '60')
            keep(f'the same: for a second of one core, {name}', each, 'updates')
        begun = []
        for _ in range(repeats):
            page = b.new_page()
            page.goto(f'file://{path}', wait_until='commit')
            begun.append(page.evaluate(first))
            page.close()
        keep('from opening a page to the first update', begun, 's', '<= 1')
        lost_at,alive = [],[]
        for seed in range(5):
            page = opened(b, TermExplorer(updates=10**6, seed=seed).export_html(Path(d)/f'{seed}.html'))
            s,plain,improved,t = page.locator('.cdebm').evaluate(lost)
            print(f'seed {seed}: update {t}, without the term {plain:.3g} nats', flush=True)
            lost_at.append(s)
            alive.append(improved)
            page.close()
        keep('plain CD lost, seeds 0 to 4', lost_at, 's', '<= 10')
        keep('KL with the term then', alive, 'nats', 'alive')

if __name__=='__main__': main()
