"Teaching notebooks run end to end as `make run` runs the tour, with parameters a laptop can afford; what fails is kept"
import json, signal, subprocess, sys, time
from pathlib import Path
import nbformat, pytest

root = Path(__file__).parent.parent
folder = root/'nbs'/'walkthrough'
small = dict(tour=dict(ring_steps=20, tuned_steps=20, digits_steps=20))   # parameters by notebook; the others run as they are

def tour_tool(runs, nb, *args):
    return [sys.executable, root/'tools'/'tour.py', nb, '--runs', runs, *map(str, args)]

def only_run(runs, nb):
    run, = (runs/nb).iterdir()
    return run, json.loads((run/'run.json').read_text())

def notebook(path, *sources):
    "A notebook with a parameters cell, then `sources`"
    v4,kernel = nbformat.v4,dict(name='python3', display_name='python3', language='python')
    cells = [v4.new_code_cell("out = ''\nn = 1", metadata=dict(tags=['parameters']))] + [v4.new_code_cell(s) for s in sources]
    nbformat.write(v4.new_notebook(cells=cells, metadata=dict(kernelspec=kernel)), path)
    return path

@pytest.mark.parametrize('fn', sorted(folder.glob('*.ipynb')), ids=lambda p: p.stem)
def test_walkthrough(fn, tmp_path):
    params = small.get(fn.stem, {})
    res = subprocess.run(tour_tool(tmp_path, fn, *(o for k,v in params.items() for o in ('-p', k, v))), capture_output=True, text=True)
    assert res.returncode==0, res.stderr[-3000:]
    run,info = only_run(tmp_path, fn.stem)
    assert info['status']=='done' and info['params']==params
    nb = nbformat.read(run/fn.name, 4)
    tags = [t for c in nb.cells for t in c.metadata.get('tags', [])]
    assert not params or 'injected-parameters' in tags, 'cell tag `parameters` missing: is `tags` in allowed_cell_metadata_keys?'
    assert '<img' in (run/f'{fn.stem}.html').read_text() and list(run.glob('*.part'))==[]
    if fn.stem=='tour': check_tour(run, res.stdout)

def check_tour(run, printed):
    "The tour leaves figures, a checkpoint, and metrics whose headline it prints"
    headline = json.loads((run/'metrics.json').read_text())['headline']
    assert headline and all(k in printed for k in headline)
    assert (run/'checkpoint.pt').stat().st_size and list((run/'figures').glob('*.png'))

def test_failed_run_is_kept(tmp_path):
    nb = notebook(tmp_path/'bad.ipynb', 'print(6*7)', '1/0', 'print("never")')
    res = subprocess.run(tour_tool(tmp_path, nb), capture_output=True, text=True)
    assert res.returncode==1 and 'cell 4' in res.stderr and 'ZeroDivisionError' in res.stderr, res.stderr
    run,info = only_run(tmp_path, 'bad')
    assert info['status']=='failed' and not (run/'bad.html').exists()
    assert '42' in (run/'bad.ipynb').read_text()

def test_interrupted_run_is_kept(tmp_path):
    nb = notebook(tmp_path/'long.ipynb', 'print(6*7)', 'import time\nprint("asleep", flush=True)\ntime.sleep(60)')
    p = subprocess.Popen(tour_tool(tmp_path, nb), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in p.stdout:
        if 'asleep' in line: break
    time.sleep(.5)
    p.send_signal(signal.SIGINT)
    err = p.communicate(timeout=30)[1]
    assert p.returncode==1 and 'interrupted' in err, err
    run,info = only_run(tmp_path, 'long')
    assert info['status']=='interrupted'
    assert '42' in (run/'long.ipynb').read_text()

def test_unknown_parameter(tmp_path):
    nb = notebook(tmp_path/'some.ipynb')
    res = subprocess.run(tour_tool(tmp_path, nb, '-p', 'm', 3), capture_output=True, text=True)
    assert res.returncode==2 and "unknown parameter 'm'" in res.stderr and not (tmp_path/'some').exists(), res.stderr
