"""Run notebooks and store their outputs, cleaned, so that a page shows what its code did.

    python tools/fill.py                        every notebook under nbs/
    python tools/fill.py nbs/03_energies.ipynb  these only

Cells marked `#| eval: false` or `#| cuda` are not run and keep the outputs they have; `#| slow` cells are run.
A view is stored as it stands after its cell, that of a training as it is at the end: a picture, and a page that lives
without a kernel.
"""
import os, subprocess, sys
from base64 import b64decode, b64encode
from io import BytesIO
os.environ.setdefault('OMP_NUM_THREADS', '1')
os.environ.pop('IN_TEST', None)
from pathlib import Path
from execnb.nbio import write_nb
from execnb.shell import CaptureShell
from nbdev.clean import nbdev_clean
from nbdev.config import get_config
from nbdev.process import NBProcessor

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
from cdebm.pages import STATE, VIEW, settle
from cdebm.runs.play import _last_state as last_state

def skipped(c):
    "Is `c` a cell that is not run here? One that is run starts without outputs"
    d = getattr(c, 'directives_', {}) or {}
    skip = c.cell_type!='code' or 'nbdev_export(' in c.source or 'cuda' in d or d.get('eval:', [''])[0].lower()=='false'
    if not skip: c.outputs = []
    return skip

def live():
    "Widgets of this process by id"
    from ipywidgets.widgets import widget
    return widget._instances

def state(w):
    "What is stored of a widget: of a view all that its page needs, of others what they had shown"
    if not hasattr(w, 'saved'): return dict(outputs=list(getattr(w, 'outputs', ())))
    return {k: getattr(w, k) for k in w.keys} | w.saved()

def settled(c, at_end):
    "Views of cell `c` become pictures and pages; those that are `final` wait for the end of the notebook"
    now = [o for o in getattr(c, 'outputs', ()) if VIEW in o.get('data', {})]
    for o in now:
        w = live().get(o['data'][VIEW]['model_id'])
        if w is None or getattr(w, 'final', False) and not at_end: continue
        if at_end and hasattr(w, 'poster'):
            o['data'] |= {'image/png': b64encode(w.poster()).decode(), 'text/plain': [repr(w)]}
        metadata = dict(widgets={STATE: dict(state={w.model_id: dict(state=state(w))})})
        i,nb = c.outputs.index(o),dict(metadata=metadata, cells=[dict(cell_type='code', outputs=[o])])
        c.outputs[i:i+1] = settle(nb)['cells'][0]['outputs']

def smaller(png):
    "A PNG picture, in base64, with a palette of 256 colours; as it is where that would save nothing"
    from PIL import Image
    im,out = Image.open(BytesIO(b64decode(png))).convert('RGBA'),BytesIO()
    on_white = Image.alpha_composite(Image.new('RGBA', im.size, 'white'), im).convert('RGB')
    on_white.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, 'PNG', optimize=True)
    few = b64encode(out.getvalue()).decode()
    return few if len(few)<.9*len(png) else png

def tidied(o):
    "Output `o`, its picture small, without what changes from run to run: ids of live widgets, redrawn lines"
    data = o.get('data', {})
    if 'image/png' in data: data['image/png'] = smaller(''.join(data['image/png']))
    if data.pop(VIEW, None) and data.keys()=={'text/plain'}: data.clear()     # its picture stands beside it
    if 'text' in o: o['text'] = [l.replace('\x1b[2K\r', '') for l in o['text']]
    if o.get('name')=='stdout': o['text'] = last_state(''.join(o['text'])).splitlines(True)
    if o.get('name')=='stderr':
        o['text'] = [l+'\n' for l in ''.join(o['text']).split('\n') if l.strip() and '\r' not in l]
    return o

def tidy(c): c.outputs = [o for o in map(tidied, c.outputs) if ''.join(o.get('text', '.')) and o.get('data', True)]

def fill(fn):
    "Run notebook `fn` in its own folder and write it back; on an error say where and leave the file as it was"
    nb = NBProcessor(fn, rm_directives=False, process=True).nb
    os.chdir(fn.parent)
    shell,ran = CaptureShell(fn, mpl_format='png'),[]
    def after(c):
        ran.append(c)
        settled(c, at_end=False)
    try: shell.run_all(nb, exc_stop=True, preproc=skipped, postproc=after)
    except Exception: sys.exit(shell.prettytb(fname=fn))
    for c in ran:
        settled(c, at_end=True)
        tidy(c)
    write_nb(nb, fn)
    nbdev_clean.__wrapped__(str(fn))

def notebooks(nbs):
    "All but those that are served, not read, and those of runs that were made here"
    own = lambda p: p.parts[0]!='apps' and not any(o=='runs' or o.startswith(('.', '_')) for o in p.parts)
    return sorted(p for p in nbs.rglob('*.ipynb') if own(p.relative_to(nbs)))

def main(fns):
    "One process a notebook, so that none sees what another left behind"
    if len(fns)==1: return fill(fns[0])
    for fn in fns:
        print(fn.relative_to(root), flush=True)
        if subprocess.run([sys.executable, __file__, fn]).returncode: sys.exit(1)

if __name__=='__main__': main([Path(o).resolve() for o in sys.argv[1:]] or notebooks(get_config(path=root).nbs_path))
