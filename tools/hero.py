"""The moving picture of the front page, figures/hero.gif: the term explorer as a browser plays it.

    python tools/hero.py                 forty frames of a training in the page
    python tools/hero.py --frames 20     fewer

Chromium as the tests find it (CDEBM_CHROMIUM).
"""
import argparse, os, sys, tempfile
from io import BytesIO
from pathlib import Path
os.environ.setdefault('OMP_NUM_THREADS', '1')
root = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(root), str(root/'tests')]
from browser import browser, chrome, until, why

width,every = 560,8     # of the picture in px; updates between two frames

def frames(page, n):
    "Pictures of the plots of the view on `page`, `every` updates apart"
    from PIL import Image
    for i in range(n):
        until(page, '(e, t) => e.explorer.t >= t', arg=1+i*every, timeout=60_000)
        shot = page.locator('.c-stage').first.screenshot()
        im = Image.open(BytesIO(shot)).convert('RGB')
        yield im.resize((width, round(im.height*width/im.width)), Image.Resampling.LANCZOS)

def write(path, n):
    "The film at `path`, its last frame held; one palette for all, which keeps it small"
    from PIL import Image
    from cdebm.explorer import TermExplorer
    with tempfile.TemporaryDirectory() as d, browser() as b:
        page = b.new_page(viewport=dict(width=1000, height=900), color_scheme='light')
        page.goto(f'file://{TermExplorer().export_html(Path(d)/"hero.html")}')
        found = list(frames(page, n))
    palette = found[-1].quantize(32, method=Image.Quantize.MEDIANCUT)
    film = [f.quantize(32, palette=palette, dither=Image.Dither.NONE) for f in found]
    film[0].save(path, save_all=True, append_images=film[1:], duration=[120]*(n-1)+[2500], loop=0, optimize=True)
    print(f'{path}: {path.stat().st_size/1000:.0f} kB')

if __name__=='__main__':
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('--frames', type=int, default=40)
    ap.add_argument('--out', type=Path, default=root/'figures'/'hero.gif')
    a = ap.parse_args()
    if not chrome: raise SystemExit(why)
    write(a.out, a.frames)
