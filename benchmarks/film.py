"""How many steps a second chains of pictures make in a saved page, in headless Chromium on this machine.

    python benchmarks/film.py

Saved pages of the zoo's models, opened from a file without a network, play one step a frame for some seconds: the page
computes energies and gradients in its workers and draws all tiles and curves. Every repetition is shown, each from a
new start, then their median; the first also warms the compiler of the browser up. Other work on the machine shows in
them: the load is printed beside. It shows less in the processor's time that the workers take for a step, all together;
1000 through that is what one core that is free could do (Linux only). Chromium as the tests find it (CDEBM_CHROMIUM).
"""
import os, sys, tempfile
os.environ.setdefault('OMP_NUM_THREADS', '1')
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parent.parent/'tests'))
from browser import browser, chrome, until, why
from kept import keep
from processes import cpu_seconds

repeats,span = 5,4000     # ms
counted = """async (e, ms) => {
  const n = () => e.explorer.t, t0 = performance.now(), n0 = n();
  await new Promise(f => setTimeout(f, ms));
  return 1000*(n() - n0)/(performance.now() - t0); }"""

def steps(b, view, path):
    "Steps a second, each repetition; ms of the workers a step; bytes of the page; requests and complaints"
    page,wrong = b.new_page(viewport=dict(width=1200, height=900)),[]
    page.on('console', lambda m: wrong.append(m.text))
    page.route('http**/*', lambda r: (wrong.append(r.request.url), r.abort()))
    view.export_html(path)
    page.goto(f'file://{path}')
    until(page, 'e => e.explorer.drawn > 0', timeout=60_000)
    def once():
        page.locator('.cdebm').focus()
        page.keyboard.press('r')
        until(page, 'e => e.explorer.t === 0', timeout=60_000)
        page.keyboard.press(' ')
        until(page, 'e => e.explorer.t > 3', timeout=60_000)
        got = page.locator('.cdebm').evaluate(counted, span)
        page.keyboard.press(' ')
        return got
    got = [once() for _ in range(repeats)]
    page.keyboard.press(' ')
    until(page, 'e => e.explorer.t > 30', timeout=60_000)
    now = 'e => e.explorer.t'
    before,at = cpu_seconds('DedicatedWorker'),page.locator('.cdebm').evaluate(now)
    page.wait_for_timeout(2*span)
    took = 1000*(cpu_seconds('DedicatedWorker') - before)/(page.locator('.cdebm').evaluate(now) - at)
    page.close()
    return got,took,path.stat().st_size,wrong

def main():
    if not chrome: sys.exit(why)
    from cdebm.explorer import Filmstrip
    with tempfile.TemporaryDirectory() as d, browser() as b:
        for model,n,goal in (('mnist', 16, '>= 10'), ('digits', 100, '>= 30'), ('digits', 36, '')):
            got,took,size,wrong = steps(b, Filmstrip(model, n_chains=n), Path(d)/f'{model}{n}.html')
            keep(f'{model}, {n} chains live in the page', got, 'steps/s', goal)
            keep(f'the same: its workers, a step, {model} {n}', [took], 'ms')
            keep(f'the same: its page, {model} {n}', [size/1000], 'kB', '<= 900' if model=='mnist' else '<= 300')
            if wrong: raise SystemExit('\n'.join(wrong))

if __name__=='__main__': main()
