"""How long the `cdebm` command takes to start, and what a run costs beside its notebook.

    python benchmarks/start.py

Start: `cdebm --help`, median of 10, a process each. Overhead: `cdebm run` on a notebook that does nothing, less what a
bare kernel needs to start and run one cell; so papermill, the record, the HTML page and the command itself are in it.
"""
import json, os, statistics, subprocess, sys, tempfile, time
from pathlib import Path

command = [sys.executable, '-c', 'from cdebm.cli import main; main(prog_name="cdebm")']

def seconds(f, n):
    "Median wall time of `f()`"
    def once():
        start = time.perf_counter()
        f()
        return time.perf_counter()-start
    return statistics.median(once() for _ in range(n))

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
    start = seconds(lambda: call('--help'), 10)
    with tempfile.TemporaryDirectory() as d:
        nb = Path(d)/'empty.ipynb'
        nb.write_text(json.dumps(empty))
        bare = seconds(kernel, 5)
        whole = seconds(lambda: call('run', nb, '--again', env={**os.environ, 'CDEBM_RUNS': d}), 5)
    found = dict(help_seconds=start, run_seconds=whole, kernel_seconds=bare, run_overhead=whole-bare)
    print(json.dumps({k: round(v, 2) for k,v in found.items()}, indent=1))

if __name__=='__main__': main()
