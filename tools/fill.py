"""Run notebooks and store their outputs, cleaned, so that a page shows what its code did.

    python tools/fill.py                        every notebook under nbs/
    python tools/fill.py nbs/00_energies.ipynb  these only

Cells marked `#| eval: false` or `#| cuda` are not run and keep the outputs they have; `#| slow` cells are run.
"""
import os, subprocess, sys
os.environ.setdefault('OMP_NUM_THREADS', '1')
os.environ.pop('IN_TEST', None)
from pathlib import Path
from execnb.nbio import write_nb
from execnb.shell import CaptureShell
from nbdev.clean import nbdev_clean
from nbdev.config import get_config
from nbdev.process import NBProcessor

root = Path(__file__).resolve().parent.parent
widget_view = 'application/vnd.jupyter.widget-view+json'

def skipped(c):
    "Is `c` a cell that is not run here? One that is run starts without outputs"
    d = getattr(c, 'directives_', {}) or {}
    skip = c.cell_type!='code' or 'nbdev_export(' in c.source or 'cuda' in d or d.get('eval:', [''])[0].lower()=='false'
    if not skip: c.outputs = []
    return skip

def tidied(o):
    "Output `o` without what changes from run to run: ids of live widgets, redrawn progress bars"
    if 'data' in o: o['data'].pop(widget_view, None)
    if o.get('name')=='stderr': o['text'] = [l+'\n' for l in ''.join(o['text']).split('\n') if l.strip() and '\r' not in l]
    return o

def tidy(c): c.outputs = [o for o in map(tidied, c.outputs) if o.get('text', True) and o.get('data', True)]

def fill(fn):
    "Run notebook `fn` in its own folder and write it back; on an error say where and leave the file as it was"
    nb = NBProcessor(fn, rm_directives=False, process=True).nb
    os.chdir(fn.parent)
    shell = CaptureShell(fn, mpl_format='png')
    try: shell.run_all(nb, exc_stop=True, preproc=skipped, postproc=tidy)
    except Exception: sys.exit(shell.prettytb(fname=fn))
    write_nb(nb, fn)
    nbdev_clean.__wrapped__(str(fn))

def notebooks(nbs): return sorted(p for p in nbs.rglob('*.ipynb') if not any(o.startswith(('.', '_')) for o in p.relative_to(nbs).parts))

def main(fns):
    "One process a notebook, so that none sees what another left behind"
    if len(fns)==1:
        sys.path.insert(0, str(root))
        return fill(fns[0])
    for fn in fns:
        print(fn.relative_to(root), flush=True)
        if subprocess.run([sys.executable, __file__, fn]).returncode: sys.exit(1)

if __name__=='__main__': main([Path(o).resolve() for o in sys.argv[1:]] or notebooks(get_config(path=root).nbs_path))
