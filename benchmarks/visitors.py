"""What a visitor of a page served by Voila costs: figures/visitors.json

    python benchmarks/visitors.py                 ten visitors, one after the other, each of whom stays
    python benchmarks/visitors.py --visitors 3    fewer; prints, and writes nothing

own_mb    memory that is a visitor's alone: what its kernel has in memory and shares with no other process (Linux: USS)
seconds   from the request to the first picture that a view has drawn
server_mb the server before anybody came; all_mb: server and kernels when all are there

The server listens to this machine's loopback. Chromium as the tests find it (CDEBM_CHROMIUM).
"""
import argparse, datetime, json, os, sys, tempfile, time
from pathlib import Path
os.environ.setdefault('OMP_NUM_THREADS', '1')
root = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(root), str(root/'tests')]
from browser import browser, chrome, served, until, why
from cdebm.basics import write_whole

MB = 1e6

def children():
    "The processes that this one started, and theirs, by id; Chromium's and what drives it left out"
    import psutil
    def alien(p): return any(o in ' '.join(p.cmdline()) for o in ('chrom', 'playwright'))
    return {p.pid: p for p in psutil.Process().children(recursive=True) if p.is_running() and not alien(p)}

def own(processes): return sum(p.memory_full_info().uss for p in processes)/MB

def visit(b, url):
    "A page that stays open, and the seconds until a view has drawn"
    page,t0 = b.new_page(viewport=dict(width=1200, height=900)),time.perf_counter()
    page.goto(url, wait_until='commit')
    until(page, 'e => e.explorer.drawn > 0', timeout=120_000)
    return page,time.perf_counter()-t0

def measured(n):
    "All visitors, in the order in which they came"
    app,rows = root/'nbs'/'apps'/'explorer.ipynb',[]
    options = ('--strip_sources=True', '--Voila.ip=127.0.0.1')
    with tempfile.TemporaryDirectory() as d, browser() as b, served(Path(d), 'voila', app, *options) as url:
        before = children()
        server = own(before.values())
        for i in range(n):
            known = set(children())
            page,seconds = visit(b, url)
            kernel = [p for k,p in children().items() if k not in known]
            rows.append(dict(own_mb=round(own(kernel)), seconds=round(seconds, 2)))
            print(f'visitor {i+1}: {rows[-1]["own_mb"]} MB, first picture after {seconds:.1f} s', flush=True)
        total = own(children().values())
    return dict(when=f'{datetime.date.today():%B %Y}', cores=os.cpu_count(), visitors=rows, server_mb=round(server),
        all_mb=round(total))

if __name__=='__main__':
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('--visitors', type=int)
    a = ap.parse_args()
    if not chrome: raise SystemExit(why)
    found = measured(a.visitors or 10)
    print(f'server alone {found["server_mb"]} MB, with all {found["all_mb"]} MB')
    if a.visitors is None: write_whole(root/'figures'/'visitors.json', json.dumps(found, indent=1)+'\n')
