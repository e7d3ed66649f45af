"""Run the tour: a folder with the executed notebook, a page of it, figures, metrics and a checkpoint.

    python tools/tour.py [-p NAME VALUE]... [--runs FOLDER] [NOTEBOOK]

`run.json` in the folder says how it went: running, done, failed or interrupted.
"""
import argparse, ast, json, os, shutil, sys, time
os.environ.setdefault('OMP_NUM_THREADS', str(min(2, os.cpu_count() or 1)))
size = shutil.get_terminal_size()   # of the terminal, which the kernel cannot see
os.environ.update(TQDM_NCOLS=str(min(100, size.columns)), TQDM_NROWS=str(size.lines))
os.environ.pop('MPLBACKEND', None)   # the kernel's own shows figures in the notebook
from datetime import datetime
from pathlib import Path
import nbformat, papermill as pm
from nbclient.exceptions import DeadKernelError
from nbconvert import HTMLExporter

root = Path(__file__).resolve().parent.parent
# tqdm.auto draws text then, which a terminal can show
kernel = ["--IPKernelApp.exec_lines=import sys; sys.modules['tqdm.notebook'] = None",
    '--IPKernelApp.log_level=50']   # what goes wrong in a cell is reported by us

def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('notebook', nargs='?', type=Path, default=root/'nbs'/'walkthrough'/'tour.ipynb')
    ap.add_argument('-p', dest='params', nargs=2, action='append', default=[], metavar=('NAME', 'VALUE'),
        help='set a parameter of the notebook')
    ap.add_argument('--runs', type=Path, default=root/'runs', help='the run is written to RUNS/<notebook>/<time>')
    a = ap.parse_args()
    known = pm.inspect_notebook(str(a.notebook))
    for k,_ in a.params:
        if k not in known: ap.error(f'unknown parameter {k!r}; {a.notebook.name} has: {", ".join(known)}')
    return a.notebook.resolve(), {k: literal(v) for k,v in a.params}, a.runs.resolve()/a.notebook.stem, 'out' in known

def literal(s):
    "The Python value that `s` spells, or `s` itself"
    try: return ast.literal_eval(s)
    except (ValueError, SyntaxError): return s

def new_folder(runs):
    "A folder of its own, named by the time"
    while True:
        run = runs/datetime.now().strftime('%Y%m%d-%H%M%S')
        try: run.mkdir(parents=True)
        except FileExistsError: time.sleep(.2)
        else: return run

def write(path, text):
    "Whole or not at all"
    part = path.with_name(path.name+'.part')
    part.write_text(text, encoding='utf-8')
    part.replace(path)

def announcer(nb):
    "A hook that prints each section of `nb` as it is reached"
    n,start,seen = sum(map(is_section, nb.cells)),time.time(),[]
    def hook(cell, cell_index):
        if not is_section(cell): return
        seen.append(cell)
        print(f"[{len(seen)}/{n}, {time.time()-start:.0f} s] {cell.source.splitlines()[0].lstrip('# ')}", flush=True)
    return hook

def is_section(cell): return cell.cell_type=='markdown' and cell.source.startswith('#')

def execute(notebook, params, run):
    "Run `notebook` into folder `run`, its text output and progress bars shown as they come; (status, what went wrong)"
    try: pm.execute_notebook(str(notebook), str(run/notebook.name), params, kernel_name='python3', cwd=str(notebook.parent),
        progress_bar=False, stdout_file=sys.stdout, stderr_file=sys.stderr, coalesce_streams=True,
        on_cell_start=announcer(nbformat.read(notebook, 4)), extra_arguments=kernel)
    except pm.PapermillExecutionError as e: return 'failed', f'cell {e.cell_index+1}, {e.ename}: {e.evalue}\n{e.source.strip()}'
    except (DeadKernelError, KeyboardInterrupt) as e: return 'interrupted', f'{type(e).__name__} {e}'
    return 'done', None

def page(nb, title):
    "HTML of an executed notebook: pictures where a live widget would need a kernel, no progress bars"
    nb.metadata.pop('widgets', None)
    for c in nb.cells:
        if c.cell_type=='code': c.outputs = [o for o in c.outputs if o.output_type!='stream' or o.text.strip() and '%|' not in o.text]
    return HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True).from_notebook_node(nb, dict(metadata=dict(name=title)))[0]

def contents(run): return [f'  {p}' for p in sorted(run.iterdir(), key=lambda p: (p.suffix!='.html', p.name))]

def headline(run):
    "Lines with the headline figures of `metrics.json`"
    path = run/'metrics.json'
    d = json.loads(path.read_text()) if path.exists() else {}
    return [f'  {k}: {v:.4g}' if isinstance(v, float) else f'  {k}: {v}' for k,v in d.get('headline', {}).items()]

def main():
    notebook,params,runs,writes = arguments()
    run = new_folder(runs)
    info = dict(status='running', notebook=notebook.name, params=params, started=datetime.now().isoformat(timespec='seconds'))
    write(run/'run.json', json.dumps(info, indent=1))
    print(f'writing {run}', flush=True)
    start = time.time()
    status,error = execute(notebook, params | dict(out=str(run)) if writes else params, run)
    if status=='done': write(run/f'{notebook.stem}.html', page(nbformat.read(run/notebook.name, 4), f'cdebm {notebook.stem} {run.name}'))
    info.update(status=status, error=error, seconds=round(time.time()-start, 1))
    write(run/'run.json', json.dumps(info, indent=1))
    print('\n'.join([f'\n{status} after {info["seconds"]:.0f} s', *headline(run), *contents(run)]))
    if error: sys.exit(f'{status}: {error}')

if __name__=='__main__': main()
