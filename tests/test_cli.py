"The `cdebm` command: what it prints, leaves behind and refuses, and that it starts at once"
import json, os, signal, subprocess, sys, time
from importlib import metadata
from pathlib import Path
import numpy as np, pytest
from click.testing import CliRunner
from helpers import app_after_its_cells, cdebm
from cdebm.basics import write_whole
from cdebm.explorer.views import VIEWS
from cdebm.cli import main
from cdebm.images import read_examples
from cdebm.recipes import load_recipe
from cdebm.runs.arguments import sweep_settings
from cdebm.runs.notebooks import write_notebook

root = Path(__file__).parent.parent
command = [sys.executable, '-c', 'from cdebm.cli import main; main(prog_name="cdebm")']

@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    "Each test has a runs folder and a current folder of its own"
    monkeypatch.setenv('CDEBM_RUNS', str(tmp_path/'runs'))
    monkeypatch.delenv('CDEBM_DATA', raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path/'runs'

@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    "Folders of two small training runs"
    home = tmp_path_factory.mktemp('trained')
    def folder(recipe, change):
        return Path(cdebm('train', recipe, '-p', 'training.steps=3', '-p', change, '--runs', home, '--json')['folder'])
    return dict(ring=folder('ring', 'model.width=16'), digits=folder('digits', 'sampler.mcmc_steps=2'))

defaults = "out = ''\nn = 3\nrate = .5\nfast = False\nname = 'x'\nlimit = None"
def notebook(name, *sources, parameters=defaults): return write_notebook(Path(f'{name}.ipynb'), parameters, *sources)

square = """from cdebm.runs import RunFolder
RunFolder(out).metrics(headline=dict(square=n**2, kind=str([rate, fast, name, limit])))"""

# -- starting --

def test_help_is_light():
    heavy = ['torch', 'numpy', 'scipy', 'matplotlib', 'sklearn', 'pandas', 'papermill', 'nbconvert', 'nbformat',
        'distributed', 'dask', 'IPython', 'ipywidgets']
    code = f'''import sys
from cdebm.cli import main
try: main(sys.argv[1:])
except SystemExit: print([m for m in {heavy} if m in sys.modules], file=sys.stderr)'''
    for args in (['--help'], ['run','--help'], ['recipes'], []):
        res = subprocess.run([sys.executable, '-c', code, *args], capture_output=True, text=True)
        assert res.stderr.strip()=='[]', (args, res.stderr)

def test_help_teaches():
    text = cdebm('--help')
    assert '_CDEBM_COMPLETE' in text and 'Serve a notebook' in text
    for name in main.commands: assert f'cdebm {name}' in cdebm(name, '--help'), name
    assert cdebm('--version').startswith('cdebm 0.')

def test_without_a_command(trained):
    assert 'cdebm run ring' in cdebm() and 'latest' not in cdebm()
    os.environ['CDEBM_RUNS'] = str(trained['ring'].parent.parent)     # the fixture puts it back
    assert 'latest runs' in cdebm() and trained['ring'].name in cdebm()

def test_typing_errors(runs):
    assert 'No such command' in cdebm('rnu', code=2)
    wrong = {
        ('run','tuor'): "did you mean 'tour'?",
        ('run','ring','-p','training.steps=many'): 'training.steps must be',
        ('run','ring','-p','sampler.stepsize=1'): "did you mean 'sampler.step_size'?",
        ('run','ring','-p','recipe=rnig'): "did you mean 'ring'?",
        ('run','ring','-p','evry=3'): "did you mean 'every'?",
        ('run','ring','-p','sampler.step_size'): 'key=value',
        ('run','ring','-p','sampler.noise_std=1'): 'noise_std',
        ('run','ring','-p','seed=1','-p','seed=2'): 'seed is given twice',
        ('sweep','ring','-p','seed=1..5'): '--random',
        ('train','digit'): "did you mean 'digits'?",
        ('train',): 'name a recipe',
        ('train','ring','--resume','here'): 'name a recipe',
        ('train','--resume','nowhere'): 'no checkpoint at nowhere',
        ('train','ring','-p','model.width=0'): 'model.width',
        ('recipes','rings'): "did you mean 'ring'?",
        ('recipes','-p','seed=1'): 'name it',
        ('runs','rign'): "did you mean 'ring'?",
        ('runs','--compare','a','b'): "there is no run 'a'",
        ('runs','--compare','a','b','--html','x.html'): '--html writes the table',
        ('app','run'): "did you mean 'runs'?",
        ('sample','none.pt'): 'no checkpoint at none.pt',
        ('sample','.','--out','x.gif'): '--out must end in .npy or .png'}
    for args,words in wrong.items():
        assert words in cdebm(*args, code=2), args
    assert not runs.exists(), 'nothing was written'

def test_completion():
    def complete(*words):
        asked = dict(_CDEBM_COMPLETE='bash_complete', COMP_WORDS=' '.join(words), COMP_CWORD=str(len(words)-1))
        env = os.environ | asked
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.split()
    assert complete('cdebm', 'sw')==['plain,sweep']
    assert complete('cdebm', 'train', 'ring')==['plain,ring', 'plain,ring-coarse']
    assert 'plain,tour' in complete('cdebm', 'run', 't')
    assert complete('cdebm', 'run', './x')==['file,./x']

# -- run, sweep, look back --

def test_run(runs):
    nb = notebook('n', square)
    params = [o for p in ('n=4','rate=2','fast=true','name=3','limit=[1,2]') for o in ('-p', p)]
    first = cdebm('run', nb, *params, '--json')
    assert first['status']=='done' and first['metrics']['headline']==dict(square=16, kind="[2.0, True, '3', [1, 2]]")
    assert cdebm('run', nb, *params, '--json')['reused'] and len(list((runs/'n').iterdir()))==1
    assert first['id'] in cdebm('runs') and 'square' in cdebm('run', nb, *params, '--again')
    assert len(cdebm('runs', 'n', '--json'))==2

def test_failed_run(runs):
    out = cdebm('run', notebook('bad', 'print(6*7)', '1/0'), '-q', code=1)
    assert 'cell 3, ZeroDivisionError' in out and 'Traceback' not in out
    assert [r['status'] for r in cdebm('runs', '--json')]==['failed']

def test_recipe_of_an_experiment():
    "An experiment that takes a recipe gets it typed, from a file too"
    speaks = "recipe = 'ring'\nchanges = {}\nout = ''"
    nb = notebook('r', 'from cdebm.recipes import preset\nprint(preset(recipe, changes))', parameters=speaks)
    Path('mine.json').write_text(cdebm('recipes', 'ring', '-p', 'seed=7'))
    changes = ('recipe=mine.json', 'optimiser.betas=0,0.5', 'buffer.low=-3')
    got = cdebm('run', nb, *(o for c in changes for o in ('-p', c)), '--json')
    assert {k: v[1] for k,v in got['recipe']['diff'].items()}=={'seed': 7, 'optimiser.betas': [0,.5], 'buffer.low': -3}

def test_sweep(runs):
    nb = notebook('n', square)
    s = cdebm('sweep', nb, '-p', 'n=1,2', '-p', 'fast=true,false', '--workers', 2, '--json')
    assert s['ok'] and s['total']==4 and [r['params']['n'] for r in s['runs']]==[1,1,2,2]
    assert '4 of 4 done (4 from the record)' in cdebm('sweep', nb, '-p', 'n=1,2', '-p', 'fast=true,false')
    assert [r['square'] for r in cdebm('runs', 'n', '--where', 'n==2', '--json')]==[4,4]
    a,b = (r['run'] for r in cdebm('runs', 'n', '--where', 'fast', '--json'))
    assert cdebm('runs', '--compare', a, b, '--json')['metrics.headline.square']==[1,4]
    cdebm('runs', '--html', 'page/all.html')
    assert Path('page/all.html').read_text().count('<tr>')==5
    assert 'columns are' in cdebm('runs', '--where', 'm==2', code=2)
    assert 'no column' in cdebm('runs', '--sort', 'm', code=2)

def test_failures_are_exit_codes(runs):
    "A sweep in which a run failed, a kernel that died, a headline that is no number"
    bad = notebook('bad', 'if n==1: 1/0')
    s = cdebm('sweep', bad, '-p', 'n=1,2', '--workers', 1, '--json', code=1)
    assert '"ok": false' in s
    assert 'interrupted' in cdebm('run', notebook('dead', 'import os\nos._exit(3)'), '-q', code=1)
    nan = notebook('nan', 'from cdebm.runs import RunFolder', 'RunFolder(out).metrics(headline=dict(v=float("nan")))')
    assert 'NaN' not in json.dumps(cdebm('run', nan, '--json')['metrics'])

def test_random_settings():
    pairs = [('n','1..3'), ('rate','log:0.01..1'), ('name','a,b')]
    drawn = sweep_settings(notebook('n'), pairs, 50)
    assert len(drawn)==50 and {d['n'] for d in drawn}=={1,2,3} and {d['name'] for d in drawn}=={'a','b'}
    assert all(.01<=d['rate']<=1 for d in drawn) and .05 < np.median([d['rate'] for d in drawn]) < .2

# -- train, sample, score --

def test_train(trained):
    for k,folder in trained.items():
        files = {'run.json','recipe.json','metrics.json','history.csv','checkpoint.pt','figures'}
        assert files <= {p.name for p in folder.iterdir()}
        assert len((folder/'history.csv').read_text().splitlines())==4
        assert len(list((folder/'figures').glob('*.png')))==2
    refused = {'training.steps=5': 'must stay 3, for which the cosine',
        'optimiser.lr=1': 'cannot change in mid-training'}
    for k,words in refused.items():
        assert words in cdebm('train', '--resume', trained['ring'], '-p', k, code=2)
    same = cdebm('train', trained['ring'], '--json')     # a run's folder is a recipe
    assert same['recipe']['diff']['training.steps']==[2500,3]

def same(a, b):
    "Equal to the bit, whatever the nesting; the list of files in a folder is the folder's own"
    import torch
    if isinstance(a, dict):
        return a.keys()==b.keys() and all(same(a[k], b[k]) for k in a if k not in ('recipe','Checkpoint'))
    if isinstance(a, (list,tuple)): return len(a)==len(b) and all(map(same, a, b))
    return torch.equal(a, b) if torch.is_tensor(a) else a==b

def test_resume_goes_on_to_the_bit(runs):
    "Three steps and three more are six steps; the headline is that of the averaged weights in the checkpoint"
    from cdebm.grid import Grid
    from cdebm.recipes import load_energy, preset
    from cdebm.checkpoints import read_checkpoint
    args = ['-p', 'model.width=16', '-p', 'optimiser.schedule=constant', '--json']
    six = cdebm('train', 'ring', '-p', 'training.steps=6', *args)
    three = cdebm('train', 'ring', '-p', 'training.steps=3', *args)
    more = cdebm('train', '--resume', three['folder'], '-p', 'training.steps=6', '--json')
    assert more['metrics']['headline']['steps']==6
    a,b = (Path(o['folder'])/'checkpoint.pt' for o in (six, more))
    assert same(read_checkpoint(a), read_checkpoint(b))
    kl = Grid(-4, 4, 200, dim=2, closed=True).kl(preset('ring').data_set(), load_energy(b)).item()
    assert more['metrics']['headline']['kl']==kl

def test_health_is_an_exit_code(runs):
    out = cdebm('train', 'ring-coarse', '-p', 'training.max_gap=1e-9', '-p', 'training.steps=3', code=1)
    assert 'energy gap' in out and 'Traceback' not in out
    assert [r['status'] for r in cdebm('runs', '--json')]==['failed']

def test_interrupt_and_resume(runs):
    args = ['train', 'ring', '-p', 'model.width=16', '-p', 'training.steps=100000', '-p', 'optimiser.schedule=constant']
    p = subprocess.Popen([*command, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until,seen = time.time()+40,''
    while 'gap' not in seen and time.time()<until: seen += os.read(p.stderr.fileno(), 1000).decode(errors='replace')
    p.send_signal(signal.SIGINT)
    err = p.communicate(timeout=30)[1]
    folder, = (runs/'train').iterdir()
    assert p.returncode==130 and f'cdebm train --resume {folder}' in err and 'Traceback' not in err, err
    assert json.loads((folder/'run.json').read_text())['status']=='interrupted'
    steps = len((folder/'history.csv').read_text().splitlines())-1
    more = cdebm('train', '--resume', folder, '-p', f'training.steps={steps+2}', '--json')
    assert steps>0 and more['metrics']['headline']['steps']==steps+2

def test_sample_and_score(trained):
    for k,shape in dict(ring=(2,), digits=(1,8,8)).items():
        c = trained[k]/'checkpoint.pt'
        assert 'mean energy' in cdebm('sample', c, '-n', 5, '--out', f'{k}.npy')
        assert np.load(f'{k}.npy').shape==(5,*shape)
        cdebm('sample', trained[k], '--start', 'noise', '--steps', 2, '--out', f'{k}.png')
        assert Path(f'{k}.png').read_bytes().startswith(b'\x89PNG')
        got = cdebm('score', c, f'{k}.npy', '--json')
        assert len(got['rows'])==5 and 0<=got['auroc']<=1 and all(0<=r['percentile']<=100 for r in got['rows'])
        assert 'AUROC' in cdebm('score', c, f'{k}.npy')
    levels = np.load('digits.npy')*16
    assert np.allclose(levels, levels.round(), atol=1e-4), 'samples are in the grey levels of the data'

def test_score_by_hand(trained):
    import torch
    from cdebm.data import digits
    from cdebm.recipes import load_energy
    x = digits('test').x
    np.save('test.npy', x[:450].numpy())
    got,e = cdebm('score', trained['digits'], 'test.npy', '--json'),load_energy(trained['digits']/'checkpoint.pt')
    with torch.no_grad(): want = -e((x*16+.5)/17)
    assert np.allclose([r['score'] for r in got['rows']], want, atol=1e-5)
    assert abs(got['auroc']-.5)<1e-6, 'the test data against themselves'
    rank = [100*(want<=s).float().mean().item() for s in want[:5]]
    assert np.allclose([r['percentile'] for r in got['rows'][:5]], rank, atol=.3)

def test_score_refuses(trained):
    from PIL import Image
    Image.new('L', (9,8)).save('wide.png')
    np.save('nan.npy', np.full((2,2), np.nan))
    np.savez('two.npz', a=np.zeros((2,2)), b=np.zeros((2,2)))
    Path('words.csv').write_text('x,y\na,b\n')
    Path('cut.npy').write_bytes(Path('nan.npy').read_bytes()[:90])
    Path('junk.pt').write_text('junk')
    wrong = [('digits','wide.png','9 x 8 pixels; the model wants 8 x 8'), ('digits','nan.npy','wants (1, 8, 8)'),
        ('ring','nan.npy','nan.npy: x'), ('ring','two.npz','holds a, b'), ('ring','words.csv','words.csv: '),
        ('ring','cut.npy','cut.npy: '), ('ring','junk.pt','junk.pt: '), ('ring','none.npy','no file none.npy'),
        ('ring','wide.png','wants points'), ('ring','x.mat','cannot read .mat')]
    for k,file,words in wrong:
        out = cdebm('score', trained[k], file, code=1)
        assert words in out and 'Traceback' not in out, (file, out)
    Path('junk.pt').rename('checkpoint.pt')
    assert 'not a checkpoint' in cdebm('score', 'checkpoint.pt', 'nan.npy', code=1)
    res = CliRunner().invoke(main, ['--debug', 'score', 'checkpoint.pt', 'nan.npy'])
    assert isinstance(res.exception, ValueError), 'a traceback on demand'

def test_read_images():
    from PIL import Image
    Image.new('RGB', (8,8), (255,0,0)).save('red.png')
    assert read_examples('red.png', (3,8,8))[0,:,0,0].tolist()==[1,0,0]
    assert read_examples('red.png', (1,8,8)).shape==(1,1,8,8)
    np.save('last.npy', np.zeros((4,8,8,3), dtype='uint8'))
    assert read_examples('last.npy', (3,8,8)).shape==(4,3,8,8)

# -- doctor, lab, apps --

def test_doctor(monkeypatch, tmp_path):
    out = cdebm('doctor', '--json')
    states = {c['what']: c['state'] for c in out['checks']}
    assert out['ok'] and states['packages']==states['notebooks']==states['[lab]']==states['kernel']=='ok'
    monkeypatch.setenv('CDEBM_DATA', str(tmp_path/'nowhere'))
    assert 'BROKEN data' in cdebm('doctor', code=1)

def claim(folder, requirement, monkeypatch):
    "The installed package asks for one thing more"
    asked = metadata.metadata('cdebm')
    asked['Requires-Dist'] = requirement
    kept = ('Metadata-Version', 'Name', 'Version', 'Requires-Dist', 'Provides-Extra')     # a description has many lines
    write_whole(folder/'cdebm-0.0.0.dist-info'/'METADATA', ''.join(f'{k}: {v}\n' for k,v in asked.items() if k in kept))
    monkeypatch.syspath_prepend(folder)

def test_doctor_on_a_poor_installation(monkeypatch, tmp_path):
    "A missing extra is no fault, a missing base package is"
    with monkeypatch.context() as m:
        claim(tmp_path/'a', 'no-such-package; extra == "lab"', m)
        assert "missing no-such-package: pip install 'cdebm[lab]'" in cdebm('doctor')
    claim(tmp_path/'b', 'torch>=99', monkeypatch)
    out = cdebm('doctor', code=1)
    assert 'BROKEN packages' in out and '(wants >=99)' in out and 'to be mended: packages' in out

server = """
import json, os, sys
told = dict(server=__package__, args=sys.argv[1:])
print(json.dumps(told | {k: os.environ.get(k) for k in ('CDEBM_RUNS','CDEBM_CHECKPOINT','CDEBM_VIEW')}))
sys.exit(7)
"""

@pytest.fixture
def serving(tmp_path):
    "Calls the command where JupyterLab and Voila say what they were asked, instead of serving; what the server heard"
    for name in ('jupyterlab','voila'):
        write_whole(tmp_path/'servers'/name/'__init__.py', '')
        write_whole(tmp_path/'servers'/name/'__main__.py', server)
    path = os.pathsep.join([str(tmp_path/'servers'), str(root), os.environ.get('PYTHONPATH', '')])
    def call(*args):
        env = os.environ | dict(PYTHONPATH=path)
        res = subprocess.run([*command, *map(str, args)], env=env, capture_output=True, text=True)
        assert res.returncode==7, 'the exit code is that of the server'
        return json.loads(res.stdout.splitlines()[-1])
    return call

guards = ['--token', '--no-browser', '--VoilaConfiguration.file_denylist=.*']

def test_servers_get_the_right_call(serving, runs):
    apps = root/'nbs'/'apps'
    got = serving('app', 'runs', '--no-browser', '--port=8899')
    assert (got['server'], got['args'])==('voila', [str(apps/'runs.ipynb'), *guards, '--no-browser', '--port=8899'])
    assert serving('app', 'runs', '--token=mine')['args']==[str(apps/'runs.ipynb'), '--token=mine']
    assert got['CDEBM_RUNS']==str(runs), 'its notebooks keep their runs where the command would'
    got = serving('lab', '--no-browser')
    assert (got['server'], got['args'])==('jupyterlab', [str(root/'nbs'), '--no-browser'])
    got = serving('lab', 'mine')
    assert (got['server'], got['args'])==('jupyterlab', ['mine'])
    assert {'00_basics.ipynb','course','apps'} <= {p.name for p in Path('mine').iterdir()}

def test_explore_hands_over_the_checkpoint(serving, trained):
    ways = (['--port=1'], 'jupyterlab', ['--port=1']),(['--voila'], 'voila', guards)
    for options,server,rest in ways:
        got = serving('explore', trained['ring'], *options)
        assert (got['server'], got['args'])==(server, [str(root/'nbs'/'apps'/'explore.ipynb'), *rest])
        assert got['CDEBM_CHECKPOINT']==str(trained['ring']/'checkpoint.pt') and got['CDEBM_VIEW'] is None
    assert serving('explore', trained['digits'], '--view', 'detect', '--voila')['CDEBM_VIEW']=='detect'

def test_views_of_a_checkpoint(trained):
    "A view that is not for it is refused with what there is; so is one that there is not"
    assert all(k in cdebm('explore', '--help') for k in VIEWS)
    wrong = {'is for pictures; of this model there is chains, compose, buffer': (trained['ring'], 'film'),
        'there is film, compose, buffer': ('mnist-conditional', 'detect'), "not one of 'chains'": ('ring', 'chain')}
    for words,(checkpoint,view) in wrong.items():
        assert words in ' '.join(cdebm('explore', checkpoint, '--view', view, code=2).split())

def test_what_is_not_served():
    assert all(f'{k} ' in cdebm('app') for k in ('runs','explore','explorer'))
    assert 'at most one folder' in cdebm('lab', 'a', 'b', code=2)
    assert 'at most one app' in cdebm('app', 'runs', 'explore', code=2)

def test_a_server_that_is_missing(tmp_path):
    "One line names the extra that has it"
    write_whole(tmp_path/'none'/'voila.py', "raise ModuleNotFoundError(\"No module named 'voila'\", name='voila')")
    env = os.environ | dict(PYTHONPATH=os.pathsep.join([str(tmp_path/'none'), str(root)]))
    res = subprocess.run([*command, 'app', 'runs'], env=env, capture_output=True, text=True)
    assert res.returncode==1 and res.stderr=="Error: this command needs voila: pip install 'cdebm[lab]'\n"

def test_app_explore(trained, monkeypatch):
    monkeypatch.delenv('CDEBM_CHECKPOINT', raising=False)
    app = app_after_its_cells('explore', runs=str(trained['ring'].parent.parent))
    assert 'No checkpoint yet' in app['place'].children[0].value and {*app['found']}=={str(p) for p in trained.values()}
    for folder in trained.values():
        app['box'].value = str(folder)
        about,_,curves,_,chains = app['place'].children
        assert 'training.steps' in about.value and bytes(curves.value).startswith(b'\x89PNG')
        if folder==trained['ring']:
            mine = load_recipe(folder/'checkpoint.pt').sampler
            assert (chains.sampler, chains.step_size)==('MALA', mine.step_size) and len(chains.buffer)>8
        else:
            assert type(chains).__name__=='Filmstrip' and chains.chapter=='' and len(chains.stored)
            app['which'].value = 'buffer'
            assert len(app['place'].children[-1].life_slots)>8
            app['which'].value = 'chains'
            assert 'is for points of the plane' in app['place'].children[-1].value
            app['which'].value = ''
    app['box'].value = 'nowhere'
    assert 'no checkpoint at nowhere' in app['place'].children[0].value

def test_app_runs(trained):
    assert 'No runs yet' in app_after_its_cells('runs')['trouble'].value
    app = app_after_its_cells('runs', runs=str(trained['ring'].parent.parent))
    assert app['trouble'].value=='2 runs' and app['table'].value.count('<img')==2
    assert 'model.width' in app['difference'].value
    app['query'].value = "recipe == 'ring'"
    assert app['trouble'].value=='1 runs' and app['table'].value.count('<img')==1
    app['query'].value = 'nonsense ='
    assert '<b' in app['trouble'].value
