"Runs and sweeps keep true records, whatever becomes of kernels, workers and the keyboard"
import json, os, shutil, signal, subprocess, sys, textwrap, threading, time
from collections import Counter
from pathlib import Path
import nbformat, psutil, pytest
from cdebm.recipes import presets
from helpers import app_after_its_cells
from cdebm.runs import (TABLE, Run, RunFolder, compare, find_run, grid, ledger, load_runs, log_uniform, parameters,
    planned, random_search, record, run, select_rows, show_ledger, sweep, write_notebook)

root = Path(__file__).parent.parent

slow_cells = "n = 1\nwait = 0.\nout = ''",'# Wait','import time\nprint("asleep", flush=True)\ntime.sleep(wait)', \
    'from cdebm.runs import RunFolder\nRunFolder(out).metrics(headline=dict(twice=2*n))'

def until(what, timeout=120):
    "Wait for `what()` to become true, and return it"
    end = time.time()+timeout
    while time.time()<end:
        if v := what(): return v
        time.sleep(.05)
    raise TimeoutError(what)

def kernels():
    "Kernels that descend from this process, or were left by it"
    def ours(cmdline, environ):
        return 'ipykernel_launcher' in (cmdline or ()) and (environ or {}).get('CDEBM_TEST')==str(os.getpid())
    return [p for p in psutil.process_iter(['cmdline','environ']) if ours(**p.info)]

@pytest.fixture(autouse=True)
def own_kernels(monkeypatch):
    "Kernels of this test carry a mark; none is left behind"
    monkeypatch.setenv('CDEBM_TEST', str(os.getpid()))
    yield
    until(lambda: not kernels(), 10)

def asleep(r): return (r.folder/'log.txt').is_file() and 'asleep' in (r.folder/'log.txt').read_text()
def statuses(runs): return Counter(r.status for r in load_runs(runs=runs))

# -- the package

def test_every_name_is_one_thing():
    "`from cdebm.runs import ledger` gives the function, whichever modules were loaded before"
    import importlib, cdebm.runs as runs
    modules = {p.stem for p in (root/'cdebm'/'runs').glob('*.py')}
    assert len(set(runs.__all__))==len(runs.__all__) and not modules & set(runs.__all__)
    for part,names in runs._parts.items():
        module = importlib.import_module(f'cdebm.runs.{part}')
        assert set(names.split())==set(module.__all__), part
        for name in names.split(): assert getattr(runs, name) is getattr(module, name)
    assert set(runs.__all__)<=set(dir(runs))
    with pytest.raises(AttributeError, match="no attribute 'runn'"): getattr(runs, 'runn')  # noqa: B009

# -- one run

def test_run_keeps_everything(tmp_path, capfd):
    nb = write_notebook(tmp_path/'tiny.ipynb', "n = 2\nname = 'a'\nout = ''",
        '# First', 'import os, sys\nprint("in", os.getcwd(), n, name)\nprint("oops", file=sys.stderr)',
        '## Second', 'import matplotlib.pyplot as plt\nfrom cdebm.runs import RunFolder\nfolder = RunFolder(out)',
        'fig,ax = plt.subplots(figsize=(1,1))\nfolder.figure(fig, "empty")',
        'folder.metrics(headline=dict(half=n/2), curve=[1,2])',
        'from tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass')
    assert parameters(nb)==dict(n=2, name='a', out='')
    r = run(nb, dict(n=5), runs=tmp_path/'runs', name='ü "b"')
    said = capfd.readouterr()
    names = {p.relative_to(r.folder).as_posix() for p in r.folder.rglob('*') if p.is_file()}
    assert names=={'tiny.ipynb','tiny.html','run.json','metrics.json','log.txt','figures/empty.png'}
    assert r.ok and r.check() is r and r.params==dict(n=5, name='ü "b"')
    assert r.headline==dict(half=2.5) and r.metrics['curve']==[1,2]
    info = json.loads((r.folder/'run.json').read_text())
    assert info['status']=='done' and info['error'] is None and info['seconds']>0
    assert info['settings']==dict(n=5, name='ü "b"')
    assert {'python','cdebm','torch','papermill'}<=info['versions'].keys()
    assert info['git'] is None or info['git'].keys()=={'commit','dirty'}
    log,html = (r.folder/'log.txt').read_text(encoding='utf-8'),r.page.read_text(encoding='utf-8')
    for text in ('[1/2, ', 'First', '[2/2, ', 'Second', f'in {tmp_path} 5 ü "b"', 'oops'): assert text in log
    assert log.count('it/s')==1 and '\r' not in log, 'of a progress bar the log has the last state'
    assert all(text in said.out for text in (f'in {tmp_path} 5', 'half: 2.5', 'tiny.html'))
    assert 'oops' in said.err and '%|' in said.err
    assert 'data:image/png' in html and '%|' not in html and 'widget-state' not in html

def test_same_again_comes_from_the_record(tmp_path, capsys):
    nb = write_notebook(tmp_path/'tiny.ipynb', *slow_cells)
    first = run(nb, runs=tmp_path, n=1, quiet=True)
    assert capsys.readouterr().out==''
    start = time.time()
    second = run(nb, runs=tmp_path)     # 1 is the default
    assert time.time()-start<5 and second.reused and second.id==first.id
    line,*_ = capsys.readouterr().out.splitlines()
    assert first.id in line and first.info['started'][:19] in line and 'again=True' in line
    third = run(nb, runs=tmp_path, again=True, quiet=True)
    assert third.ok and not third.reused and third.id!=first.id
    write_notebook(nb, *slow_cells, 'print("more")')
    assert not run(nb, runs=tmp_path, quiet=True).reused, 'other code is another run'

def test_recipes(tmp_path):
    nb = write_notebook(tmp_path/'speaks.ipynb', "recipe = 'ring'\nchanges = {}\nn = 1\nout = ''",
        'from cdebm.recipes import preset\nfrom cdebm.runs import RunFolder\nr = preset(recipe, changes)',
        'RunFolder(out).metrics(headline=dict(hash=r.hash, n=n))')
    wanted = presets['ring'].replace({'sampler.step_size': .5, 'seed': 3, 'optimiser.betas': (0,.5)})
    a = run(nb, {'sampler.step_size': .5, 'optimiser.betas': (0,.5)}, seed=3, runs=tmp_path, quiet=True)
    assert a.check().recipe==wanted and a.headline==dict(hash=wanted.hash, n=1) and (a.folder/'recipe.json').is_file()
    assert a.info['recipe']['hash']==wanted.hash
    assert a.info['recipe']['diff'].keys()=={'sampler.step_size','seed','optimiser.betas'}
    assert run(nb, recipe=wanted, runs=tmp_path, quiet=True).id==a.id, 'one recipe, however it is said'
    b = run(nb, recipe='ring-coarse', changes={'seed': 4}, n=2, runs=tmp_path, quiet=True)
    assert b.check().recipe==presets['ring-coarse'].replace(seed=4)
    df = ledger('speaks', runs=tmp_path)
    assert list(df.seed)==[3,4] and list(df.n)==[1,2] and list(df.recipe)==['ring','ring-coarse']
    assert 'model.kind' not in df

@pytest.mark.parametrize('given,says', [
    (dict(wiat=1), "no parameter 'wiat'; did you mean 'wait'[?]"),
    (dict(out='x'), 'own folder'),
    ({'sampler.step_size': 1}, 'no parameter')])
def test_unknown_parameter(tmp_path, given, says):
    nb = write_notebook(tmp_path/'tiny.ipynb', *slow_cells)
    with pytest.raises(ValueError, match=says): run(nb, given, runs=tmp_path/'runs')
    with pytest.raises(ValueError, match=says): sweep(nb, [{}, given], runs=tmp_path/'runs')
    assert not (tmp_path/'runs').exists()

def test_failed_run_is_kept(tmp_path, capsys):
    nb = write_notebook(tmp_path/'bad.ipynb', "out = ''", '# Head', 'print(6*7)', 'x = 0\n1/x', 'print("never")')
    r = run(nb, runs=tmp_path)
    assert r.status=='failed' and not r.ok and r.error=='cell 4, ZeroDivisionError: division by zero'
    assert 'cell 4, ZeroDivisionError' in capsys.readouterr().out
    with pytest.raises(RuntimeError, match='cell 4'): r.check()
    assert r.info['error']['source']=='x = 0\n1/x'
    assert '42' in r.notebook.read_text() and 'ZeroDivisionError' in r.page.read_text()
    log = (r.folder/'log.txt').read_text()
    assert '42' in log and 'ZeroDivisionError' in log and '\x1b' not in log
    assert not run(nb, runs=tmp_path, quiet=True).reused, 'what failed is tried anew'

def test_dead_kernel(tmp_path):
    nb = write_notebook(tmp_path/'dies.ipynb', "out = ''", 'print(6*7)', 'import os\nos._exit(3)')
    r = run(nb, runs=tmp_path, quiet=True)
    assert r.status=='interrupted' and r.error.startswith('cell 3, DeadKernelError') and '42' in r.notebook.read_text()

def test_kernel_that_does_not_start(tmp_path, monkeypatch):
    "Its ports may be taken while it starts: then nothing has run, and another kernel is started"
    script(tmp_path/'sitecustomize.py', f'''
        import os, pathlib, sys
        died = pathlib.Path({str(tmp_path/'died')!r})
        if 'ipykernel_launcher' in sys.orig_argv and not died.exists():
            died.touch()
            os._exit(1)''')
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join([str(tmp_path), os.environ.get('PYTHONPATH', '')]))
    r = run(write_notebook(tmp_path/'one.ipynb', "out = ''", '1'), runs=tmp_path/'runs', quiet=True)
    assert (tmp_path/'died').exists() and r.ok, r.error
    assert len(load_runs(runs=tmp_path/'runs'))==1

def script(path, text):
    path.write_text(textwrap.dedent(text))
    return path

def test_interrupted_run_is_kept(tmp_path):
    nb = write_notebook(tmp_path/'long.ipynb', *slow_cells)
    code = script(tmp_path/'s.py', f'''
        from cdebm.runs import run
        r = run({str(nb)!r}, wait=60., runs={str(tmp_path)!r})
        print('then', r.status, r.ok)''')
    p = subprocess.Popen([sys.executable, code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True)
    for line in p.stdout:
        if 'asleep' in line: break
    time.sleep(.5)
    os.killpg(p.pid, signal.SIGINT)     # as a terminal does
    said = p.communicate(timeout=30)[0]
    assert p.returncode==0, said
    for text in ('interrupted after', 'cell 3, KeyboardInterrupt', 'then interrupted False'): assert text in said
    r, = load_runs(runs=tmp_path)
    assert r.status=='interrupted' and 'asleep' in r.notebook.read_text() and r.page

def test_killed_run_reads_as_lost(tmp_path):
    "The process of a run is killed: its kernel ends itself, it never reads as done, a new attempt takes its place"
    nb = write_notebook(tmp_path/'long.ipynb', *slow_cells)
    code = script(tmp_path/'s.py', f'from cdebm.runs import run\nrun({str(nb)!r}, wait=1.5, runs={str(tmp_path)!r})')
    p = subprocess.Popen([sys.executable, code], stdout=subprocess.PIPE, text=True)
    for line in p.stdout:
        if 'asleep' in line: break
    p.kill()
    p.communicate()
    until(lambda: not kernels(), 5)
    r, = load_runs(runs=tmp_path)
    assert r.status=='running', 'it was alive a moment ago'
    old = time.time()-60
    os.utime(r.folder/'run.json', (old, old))
    assert [r.status for r in load_runs(runs=tmp_path)]==['lost'] and list(ledger(runs=tmp_path).status)==['lost']
    assert run(nb, wait=1.5, runs=tmp_path, quiet=True).ok
    assert [json.loads((r.folder/'run.json').read_text())['status'] for r in load_runs(runs=tmp_path)]==['lost','done']

def test_run_within_a_notebook(tmp_path):
    "An event loop is running there"
    inner = write_notebook(tmp_path/'inner.ipynb', *slow_cells)
    outer = write_notebook(tmp_path/'outer.ipynb', f"inner,runs = {str(inner)!r},{str(tmp_path/'in')!r}",
        'from cdebm.runs import run, sweep', 'run(inner, runs=runs, n=7).check()',
        's = sweep(inner, dict(n=[7,8]), workers=1, runs=runs)\nassert s.ok and s.runs[0].reused, s')
    run(outer, runs=tmp_path, quiet=True).check()
    assert statuses(tmp_path/'in')==dict(done=2)

speaking = "recipe = 'ring'\nchanges = {}\nrate = 1.\nout = ''",'1'

def test_what_decides_a_run(tmp_path):
    "Values, recipe and notebook are in the key; how a value is said is not"
    nb = write_notebook(tmp_path/'p.ipynb', *speaking)
    def key(**given): return planned(nb, given).key
    assert len({key(seed=k) for k in range(40)})==40 and key(rate=1)==key(rate=1.)==key(recipe=presets['ring'])==key()
    before = key()
    write_notebook(nb, *speaking, '# Prose')
    assert key()==before, 'prose decides nothing'
    write_notebook(nb, *speaking, '2')
    assert key()!=before

def test_the_library_decides_too(tmp_path):
    "In a copy of the library: a change where it computes makes a run another, one where it only shows does not"
    shutil.copytree(root/'cdebm', tmp_path/'cdebm', ignore=shutil.ignore_patterns('__pycache__', 'static', 'recorded'))
    nb = write_notebook(tmp_path/'p.ipynb', *speaking)
    def key():
        code = f'import cdebm; from cdebm.runs import planned; print(cdebm.__file__, planned({str(nb)!r}, {{}}).key)'
        env = os.environ | dict(PYTHONPATH=str(tmp_path))
        said = subprocess.check_output([sys.executable, '-c', code], cwd=tmp_path, env=env, text=True)
        where,k = said.split()
        assert where.startswith(str(tmp_path)), where
        return k
    def change(name):
        with open(tmp_path/'cdebm'/f'{name}.py', 'a') as f: f.write('\n# changed\n')
    first = key()
    for name in ('cli', 'doctor', 'pages', 'explorer/base', 'runs/play'):
        change(name)
        assert key()==first, name
    change('losses')
    assert key()!=first

def test_the_newest_of_the_same_counts(tmp_path):
    nb = write_notebook(tmp_path/'one.ipynb', "n = 1\nout = ''", 'n')
    first,second = (run(nb, runs=tmp_path, quiet=True, again=a) for a in (False, True))
    assert first.id!=second.id and run(nb, runs=tmp_path, quiet=True).id==second.id

def test_long_lines_and_written_over_lines(tmp_path):
    "A long line does not hold a run up; text of one cell is one output, and of a bar the last state stays"
    nb = write_notebook(tmp_path/'long.ipynb', "out = ''",
        'print("x"*1_000_000)\nfor i in range(3): print(f"\\r{i}", end="", flush=True)\nprint()')
    start = time.time()
    r = run(nb, runs=tmp_path, quiet=True).check()
    said, = (c.outputs for c in nbformat.read(r.notebook, 4).cells if c.outputs)
    assert len(said)==1 and said[0].text=='x'*1_000_000+'\n2\n' and time.time()-start<30

@pytest.mark.parametrize('params', ['x = = 3', 'x = !ls'])
def test_parameters_that_are_no_python(tmp_path, params):
    nb = write_notebook(tmp_path/'bad.ipynb', params)
    with pytest.raises(ValueError, match='must be plain assignments'): run(nb, runs=tmp_path)

def test_odd_parameters(tmp_path):
    "Defaults that JSON does not know; text that no file can hold"
    nb = write_notebook(tmp_path/'odd.ipynb', "some = {1,2}\nname = ''", 'print(sorted(some))')
    assert run(nb, runs=tmp_path, quiet=True).ok
    with pytest.raises(ValueError, match='name must be text of whole characters'): run(nb, runs=tmp_path, name='\udcff')

def tag(notebook, cell, *tags):
    "Tag a cell of a notebook, counted as its author does"
    nb = nbformat.read(notebook, 4)
    nb.cells[cell-1].metadata['tags'] = [*tags]
    nbformat.write(nb, notebook)

def test_odd_name_narrow_screen_expected_error(tmp_path):
    "Braces in a path, a screen that has no λ, and a cell that is there to raise: the run is done"
    nb = write_notebook(tmp_path/'x{y}'/'a{b} %s [1].ipynb', "out = ''", "print('λ = 1')", '1/0', "print('after')")
    tag(nb, 3, 'raises-exception')
    code = script(tmp_path/'s.py', f'''
        from cdebm.runs import run
        r = run({str(nb)!r}, runs={str(tmp_path/'{runs}')!r})
        print('then', r.status, r.error)''')
    env = os.environ | dict(PYTHONIOENCODING='cp1252')
    res = subprocess.run([sys.executable, code], env=env, capture_output=True, encoding='cp1252')
    assert res.returncode==0 and '? = 1' in res.stdout and 'then done' in res.stdout, res.stdout+res.stderr
    r, = load_runs(runs=tmp_path/'{runs}')
    assert r.ok and r.page and 'λ = 1\nafter\n' in (r.folder/'log.txt').read_text(encoding='utf-8')

def test_an_error_is_blamed_on_its_own_cell(tmp_path):
    nb = write_notebook(tmp_path/'two.ipynb', "out = ''", '1/0', '%tb', 'd = {}\nd[3]', 'print("never")')
    tag(nb, 2, 'raises-exception')
    r = run(nb, runs=tmp_path, quiet=True)
    assert r.status=='failed' and r.error=='cell 4, KeyError: 3' and r.info['error']['source']=='d = {}\nd[3]'
    assert 'KeyError' in (r.folder/'log.txt').read_text() and 'encountered an exception here' in r.page.read_text()

@pytest.mark.parametrize('code', ['import sys\nsys.exit(0)', 'quit()'])
def test_a_notebook_that_ends_itself(tmp_path, code):
    "It has not done what it says: that is told, and the record is no answer"
    nb = write_notebook(tmp_path/'ends.ipynb', "out = ''", 'print(6*7)', code, 'print("never")', '# Prose', '2')
    r = run(nb, runs=tmp_path, quiet=True)
    assert r.status=='interrupted' and r.error=='cell 3, SystemExit: the notebook ended itself, 2 cells were not run'
    assert '42' in r.notebook.read_text() and 'never\n' not in (r.folder/'log.txt').read_text()
    assert not run(nb, runs=tmp_path, quiet=True).reused

def test_what_a_run_read(tmp_path, capsys):
    "A module beside the notebook, or a file of data, that changed since: run again, and said"
    nb = write_notebook(tmp_path/'reads.ipynb', "out = ''", 'import helper\nfrom pathlib import Path',
        'text = Path("data.csv").read_text()\nPath("made.txt").write_text(text)\nPath("made.txt").read_text()',
        'from cdebm.runs import RunFolder\nRunFolder(out).metrics(headline=dict(sum=helper.x+int(text)))')
    (tmp_path/'helper.py').write_text('x = 1')
    (tmp_path/'data.csv').write_text('10')
    def again(**kw):
        r = run(nb, runs=tmp_path/'runs', **kw).check()
        return r.headline['sum'],r.reused
    first = run(nb, runs=tmp_path/'runs', quiet=True).check()
    read = json.loads((first.folder/'reads.json').read_text())
    assert {Path(p).name for p in read}=={'helper.py','data.csv'} and None not in read.values(), read
    assert again(quiet=True)==(11, True)
    (tmp_path/'helper.py').write_text('x = 2')
    assert again(quiet=True)==(12, False)
    (tmp_path/'data.csv').write_text('20')
    assert again()==(22, False) and 'data.csv, which it read, changed since: run anew' in capsys.readouterr().out
    assert again(quiet=True)==(22, True)
    (tmp_path/'data.csv').write_text('10')
    assert again(quiet=True)==(12, True), 'an older one read this'

# -- records of other work, and what reads them

def test_record(tmp_path):
    with record('train', dict(steps=3), presets['ring'], tmp_path) as rec:
        rec.log('one line')
        rec.out.metrics(headline=dict(kl=.1))
        assert [r.status for r in load_runs(runs=tmp_path)]==['running']
    with pytest.raises(ZeroDivisionError), record('train', runs=tmp_path): print(1/0)
    with pytest.raises(KeyboardInterrupt), record('train', runs=tmp_path): raise KeyboardInterrupt
    a,b,c = load_runs('train', tmp_path)
    assert [a.status, b.status, c.status]==['done','failed','interrupted']
    assert b.error=='ZeroDivisionError: division by zero'
    assert a.recipe==presets['ring'] and a.headline==dict(kl=.1) and 'one line' in (a.folder/'log.txt').read_text()
    assert find_run(a.id, tmp_path).id==a.id and find_run(a.folder).id==a.id
    with pytest.raises(ValueError, match='3 runs are called'): find_run('train', tmp_path)

def test_broken_folders_are_named(tmp_path):
    "Cut off at every byte, a record of a done run never reads as done by mistake, and nothing crashes"
    with record('whole', dict(n=1), presets['ring'], tmp_path/'a') as rec: rec.out.metrics(headline=dict(kl=.1))
    whole = (rec.folder/'run.json').read_bytes()
    for n in (0, 1, 10, len(whole)//2, len(whole)-1):
        d = tmp_path/'runs'/'cut'/str(n)
        d.mkdir(parents=True)
        (d/'run.json').write_bytes(whole[:n])
    for name,text in dict(list='[]', word='"done"', nothing='{}', binary='\x00\x01').items():
        d = tmp_path/'runs'/'odd'/name
        d.mkdir(parents=True)
        (d/'run.json').write_text(text)
        (d/'metrics.json').write_text('{"headline": 3')
        (d/'recipe.json').write_text('{')
    (tmp_path/'runs'/'odd'/'empty').mkdir()
    (tmp_path/'runs'/'stray.txt').write_text('')
    df = ledger(runs=tmp_path/'runs')
    assert len(df)==10 and set(df.status)=={'unreadable'} and all(df.error)
    assert show_ledger(df).count('unreadable')==10 and ledger(runs=tmp_path/'none').empty
    assert show_ledger(ledger(runs=tmp_path/'none')).startswith(TABLE)

def test_table_and_comparison(tmp_path, monkeypatch):
    monkeypatch.setenv('CDEBM_RUNS', str(tmp_path))
    import matplotlib.pyplot as plt
    for n,kind in ((1,'ring'), (2,'ring-coarse')):
        with record('draw', dict(n=n, note='<b>'), presets[kind], sweep='s') as rec:
            fig = plt.figure(figsize=(1,1))
            rec.out.figure(fig, 'a')
            plt.close(fig)
            rec.out.metrics(headline=dict(seconds=n/3, nan=float('nan')))
    df = ledger()
    assert list(df['metrics.seconds'])==[1/3,2/3] and list(df.n)==[1,2]
    assert list(df['sampler.kind'])==['MALA','Langevin']
    assert df.started.is_monotonic_increasing and df.nan.isna().all() and 'data.name' not in df
    assert all(Path(p).is_file() for p in df.thumbnail)
    html = show_ledger(df)
    assert html.count('data:image/png;base64,')==2 and '&lt;b&gt;' in html and '<b>' not in html
    a,b = load_runs('draw')
    d = compare(a, b)
    assert list(d.loc['params.n'])==[1,2] and list(d.loc['recipe.sampler.kind'])==['MALA','Langevin']
    assert list(d.loc['metrics.headline.seconds'])==[1/3,2/3]
    assert not any(k.startswith('versions') for k in d.index) and compare(a.id, str(a.folder)).empty
    assert a._repr_html_().count('<img')==1 and Run(a.folder).figures

def test_names_that_columns_have_already(tmp_path):
    with record('e', dict(status='x', run=3, folder='y'), runs=tmp_path) as rec:
        rec.out.metrics(headline=dict(error=5, run=1))
    row = ledger(runs=tmp_path).iloc[0]
    assert row['status']=='done' and row['params.status']=='x' and row['params.run']==3
    assert row['metrics.error']==5 and row['metrics.run']==1 and row['folder']==str(rec.folder) and 'run' not in row

def test_run_folder_writes_only_when_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    f = RunFolder('')
    f.metrics(headline=dict(a=1))
    assert f.figure(None, 'x') is None and f.path('c.pt') is None and list(tmp_path.iterdir())==[]
    assert RunFolder(tmp_path/'r').path('c.pt')==tmp_path/'r'/'c.pt'

def test_settings():
    assert grid(dict(a=[1,2]), b='xy', c=range(2))==[dict(a=a, b='xy', c=c) for a in (1,2) for c in (0,1)]
    assert grid()==[{}]
    drawn = random_search(50, {'lr': log_uniform(1e-4, 1e-2), 'seed': range(3)}, act=['silu','gelu'])
    assert drawn==random_search(50, {'lr': log_uniform(1e-4, 1e-2), 'seed': range(3)}, act=['silu','gelu'])
    assert all(1e-4<=d['lr']<=1e-2 and d['seed'] in (0,1,2) for d in drawn)
    assert {d['act'] for d in drawn}=={'silu','gelu'}

# -- what comes from others

def test_queries_of_a_visitor(tmp_path):
    "What made `cdebm app runs` run a shell command"
    with record('waves', dict(n=1, note='<img src=x onerror=alert(1)>'), runs=tmp_path/'runs'): pass
    a = app_after_its_cells('runs', runs=str(tmp_path/'runs'))
    assert a['trouble'].value=='1 runs' and '&lt;img' in a['table'].value and '<img' not in a['table'].value
    for text in (f"@load_runs.__globals__['os'].system('touch {tmp_path}/ran')==0",
            f"load_runs.__globals__['os'].system('touch {tmp_path}/ran')==0"):
        a['query'].value = text
        assert 'a query' in a['trouble'].value and not (tmp_path/'ran').exists()
    a['query'].value = '<img src=x onerror=alert(1)>'
    assert '<img' not in a['trouble'].value and '&lt;img' in a['trouble'].value

def test_a_checkpoint_of_a_stranger(tmp_path, monkeypatch):
    "What ran a script in JupyterLab; the app says what is wrong with the file, as text"
    import torch
    monkeypatch.delenv('CDEBM_CHECKPOINT', raising=False)
    image = '<img src=x onerror=alert(1)>'
    small = {'model.width': 8, 'buffer.capacity': 20, 'training.batch_size': 4, 'loss.entropy': 0}
    learner = presets['ring'].replace(small).learner().fit(2)
    learner.save(tmp_path/'whole.pt')
    held = torch.load(tmp_path/'whole.pt', weights_only=True)
    del held['checksum']
    rows = [{k if k!='gap' else image: v for k,v in r.items()} for r in held['history']]
    hostile = dict(recipe=dict(recipe=held['recipe'].replace('"cpu"', json.dumps(image))), history=dict(history=rows),
        kinds=dict(history=[3]), state=dict(buffer=image))
    a = app_after_its_cells('explore', checkpoint=str(tmp_path/'whole.pt'))
    assert len(a['place'].children)==5
    for name,changes in hostile.items():
        torch.save(held | changes, tmp_path/f'{name}.pt')
        a['box'].value = str(tmp_path/f'{name}.pt')
        said, = a['place'].children
        assert '<img' not in said.value and '#d55e00' in said.value, (name, said.value)
    a['box'].value = image
    assert '<img' not in a['place'].children[0].value

def test_a_page_runs_its_own_script_alone(tmp_path, tab):
    "Should a view ever put text into its page as markup, no script in it runs, and nothing is asked of a server"
    from cdebm.pages import page
    careless = "export default {render({model, el}) { el.innerHTML = model.get('note'); window.drawn = true; }}"
    note = '<img src=x onerror="window.ran=1"><a href="javascript:window.ran=1">x</a><img src="http://127.0.0.1:9/x">'
    (tmp_path/'p.html').write_text(page(dict(_esm=careless, note=note, setting_names=[])))
    t = tab()
    t.goto(f'file://{tmp_path}/p.html')
    t.wait_for_function('() => window.drawn')
    t.locator('a').click()
    t.wait_for_timeout(200)
    assert t.evaluate('window.ran') is None and t.asked==[]
    assert any('Content Security Policy' in w for w in t.wrong)

def test_a_cluster_is_heard_on_this_machine_only():
    from cdebm.runs.sweeps import _client
    with _client(1, None, 1):
        me = psutil.Process()
        heard = [c.laddr.ip for p in (me, *me.children(recursive=True)) for c in p.net_connections('inet')
            if c.status==psutil.CONN_LISTEN]
    assert heard and set(heard)<={'127.0.0.1','::1'}

# -- sweeps
def test_sweep_survives_a_killed_worker(tmp_path):
    nb = write_notebook(tmp_path/'slow.ipynb', *slow_cells)
    killed = []
    def kill():
        until(lambda: statuses(tmp_path)['done']>=3)
        r = until(lambda: next((r for r in load_runs(runs=tmp_path) if r.status=='running' and asleep(r)), None))
        psutil.Process(r.info['pid']).kill()
        killed.append(r.id)
    killer = threading.Thread(target=kill)
    killer.start()
    s = sweep(nb, dict(n=list(range(6)), wait=[.5,.6]), workers=2, runs=tmp_path, quiet=True)
    killer.join()
    assert s.ok and len(s.runs)==12 and not s.lost and killed, s
    df = ledger(runs=tmp_path)
    assert Counter(df.status)==dict(done=12, lost=1) and list(df.index[df.status=='lost'])==killed
    done = df[df.status=='done']
    assert len(set(zip(done.n, done.wait)))==12 and set(df.sweep)=={s.id} and list(done.twice)==[2*n for n in done.n]
    assert [(r.params['n'], r.params['wait']) for r in s.runs]==[(n,w) for n in range(6) for w in (.5,.6)]

def test_sweep_interrupted_and_resumed_repeats_none(tmp_path):
    "From a script without a main guard, by Ctrl-C in a terminal"
    nb = write_notebook(tmp_path/'slow.ipynb', *slow_cells)
    code = script(tmp_path/'s.py', f'''
        print('script', flush=True)
        from cdebm.runs import sweep
        s = sweep({str(nb)!r}, dict(n=list(range(6)), wait=[.8]), workers=2, runs={str(tmp_path)!r})
        print('then', s.interrupted)''')
    p = subprocess.Popen([sys.executable, code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True)
    until(lambda: statuses(tmp_path)['done']>=2 and statuses(tmp_path)['running'])
    os.killpg(p.pid, signal.SIGINT)
    said,err = p.communicate(timeout=30)
    assert p.returncode==0 and 'then True' in said and 'goes on from here' in said and 'Traceback' not in err, said+err
    assert said.count('script')==1, 'no worker ran the script'
    before = statuses(tmp_path)
    assert before.keys()<={'done','interrupted'} and before['interrupted'] and not kernels()
    done = {r.id for r in load_runs(runs=tmp_path) if r.ok}
    s = sweep(nb, dict(n=list(range(6)), wait=[.8]), workers=2, runs=tmp_path, quiet=True)
    assert s.ok and {r.id for r in s.runs if r.reused}==done
    assert statuses(tmp_path)==dict(done=6, interrupted=before['interrupted'])

def test_sweep_goes_on_past_failures(tmp_path, capsys, monkeypatch):
    "A cell that fails, and a run that kills every worker: the others are done. Each worker has its own GPU"
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '2,5')
    nb = write_notebook(tmp_path/'bad.ipynb', "kind = ''\nseed = 0\nout = ''",
        'import os, psutil, time\ntime.sleep(.5)\nassert kind!="fails"',
        'if kind=="kills": psutil.Process(os.getppid()).kill()', 'time.sleep(.5)\nfrom cdebm.runs import RunFolder',
        'env = os.environ\nheadline = dict(gpu=env["CUDA_VISIBLE_DEVICES"], threads=env["OMP_NUM_THREADS"])',
        'RunFolder(out).metrics(headline=headline)')
    kinds = ['a','fails','kills','b','c','c','d','e']
    s = sweep(nb, [dict(kind=k) for k in kinds], seeds=[5], workers=2, threads=3, retries=1, runs=tmp_path)
    assert [r.status for r in s.runs]==['done','failed','lost','done','done','done','done'] and not s.ok
    assert [r.status for r in s.failed]==['failed','lost']
    assert 'KilledWorker' in ''.join(s.lost.values()) and len(s.lost)==1
    said = capsys.readouterr().out
    assert 'AssertionError' in said and 'KilledWorker' in said and '5 of 7 done' in said
    done = select_rows(s.table, 'status=="done"')
    assert set(done.gpu)=={'2','5'} and set(done.threads)=={'3'} and set(done.seed)=={5}
    assert statuses(tmp_path)==dict(done=5, failed=1, lost=2), 'tried twice'
