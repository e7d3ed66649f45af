"""How long the `cdebm` command takes to start, and what a run costs beside its notebook.

    python benchmarks/start.py

Start: `cdebm --help`, and what importing the library takes beyond torch, a process each. Overhead: `cdebm run` on a
notebook that does nothing, less what a bare kernel needs to start and run one cell; so papermill, the record, the HTML
page and the command itself are in it.
"""
import json, os, statistics, subprocess, sys, tempfile, time
from pathlib import Path
from kept import keep

command = [sys.executable, '-c', 'from cdebm.cli import main; main(prog_name="cdebm")']

def seconds(f, n):
    "Wall times of `f()`"
    def once():
        start = time.perf_counter()
        f()
        return time.perf_counter()-start
    return [once() for _ in range(n)]

def call(*args, **kw): subprocess.run([*command, *map(str, args)], check=True, capture_output=True, **kw)

def kernel():
    "A kernel that starts, runs `pass` and ends"
    from jupyter_client.manager import start_new_kernel
    manager,client = start_new_kernel(kernel_name='python3')
    client.execute_interactive('pass')
    client.stop_channels()
    manager.shutdown_kernel(now=True)

def main():
    kernelspec = dict(name='python3', display_name='python3')
    cell = dict(cell_type='code', id='a', source="out = ''", metadata=dict(tags=['parameters']))
    cell |= dict(outputs=[], execution_count=None)
    empty = dict(cells=[cell], metadata=dict(kernelspec=kernelspec), nbformat=4, nbformat_minor=5)
    keep('cdebm --help', seconds(lambda: call('--help'), 10), 's')
    def imported(what): return lambda: subprocess.run([sys.executable, '-c', f'import {what}'], check=True)
    torch_,all_ = (seconds(imported(w), 7) for w in ('torch', 'torch, cdebm.energies, cdebm.recipes, cdebm.training'))
    keep('import of cdebm, beyond torch', [b-a for a,b in zip(sorted(torch_), sorted(all_))], 's', '<= 0.3')
    with tempfile.TemporaryDirectory() as d:
        nb = Path(d)/'empty.ipynb'
        nb.write_text(json.dumps(empty))
        bare = statistics.median(seconds(kernel, 5))
        whole = seconds(lambda: call('run', nb, '--again', env={**os.environ, 'CDEBM_RUNS': d}), 5)
    keep('cdebm run of an empty notebook, beyond a kernel', [v-bare for v in whole], 's')

if __name__=='__main__': main()
