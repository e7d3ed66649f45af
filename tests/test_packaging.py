"The archives build, hold what they should, and the library works where no notebook package is"
import json, shutil, subprocess, sys, tarfile, zipfile
from email import message_from_bytes
from pathlib import Path
import pytest
from helpers import python, root

notebook_packages = set('IPython ipykernel ipywidgets anywidget traitlets jupyterlab jupyter_core jupyter_client '
    'nbformat nbconvert nbclient papermill voila nbdev fastcore execnb ghapi pytest'.split())
cluster_packages = set('pandas distributed dask dask_jobqueue'.split())

@pytest.fixture(scope='module')
def dist(tmp_path_factory):
    "A source archive, and the wheel made from it; in a copy, as two builds in one folder take each other's files away"
    d,tree = (tmp_path_factory.mktemp(o) for o in ('dist', 'tree'))
    made = shutil.ignore_patterns('.*', '__pycache__')
    for o in ('cdebm', 'nbs'): shutil.copytree(root/o, tree/o, ignore=made)
    for p in root.iterdir():
        if p.is_file(): shutil.copy(p, tree)
    r = subprocess.run([sys.executable, '-m', 'build', '--no-isolation', '-o', d, tree], capture_output=True, text=True)
    assert not r.returncode, r.stdout[-2000:] + r.stderr[-2000:]
    sdist, = d.glob('*.tar.gz')
    wheel, = d.glob('*.whl')
    return sdist,wheel

@pytest.fixture(scope='module')
def site(dist, tmp_path_factory):
    "The wheel, unpacked"
    d = tmp_path_factory.mktemp('site')
    zipfile.ZipFile(dist[1]).extractall(d)
    return d

def metadata(site):
    path, = site.glob('cdebm-*.dist-info/METADATA')
    return message_from_bytes(path.read_bytes())

def modules(d):
    found = [p.relative_to(d) for p in (d/'cdebm').rglob('*.py')]
    return sorted('.'.join(p.parent.parts if p.name=='__init__.py' else p.with_suffix('').parts) for p in found)

def test_contents(dist, site):
    "Every module of the repository, and nothing beside the package"
    assert modules(site)==modules(root)
    assert {p.name.split('-')[0] for p in site.iterdir()}=={'cdebm'}
    names = {n.partition('/')[2] for n in tarfile.open(dist[0]).getnames()}
    assert {'LICENSE', 'README.md', 'settings.ini', 'setup.py'} <= names
    package,folders = Path('cdebm'),('explorer/static','explorer/recorded','shipped','shipped/zoo')
    data = {p.relative_to(root).as_posix() for d in folders for p in (root/package/d).iterdir() if p.is_file()}
    assert {'.js','.css','.npz','.LICENSE','.json','.safetensors'}=={Path(p).suffix for p in data} and data <= names
    there = [p for d in ('explorer','shipped') for p in (site/package/d).rglob('*') if p.is_file() and p.suffix!='.py']
    assert data=={p.relative_to(site).as_posix() for p in there}

def test_notebooks_are_shipped(dist, site):
    "Each notebook but the front page, through the source archive, views as pictures; an editable install copies none"
    nbs,to = root/'nbs',site/'cdebm'/'notebooks'
    found = [p for d in ('.','course','howto','experiments','apps') for p in (nbs/d).glob('*.ipynb')]
    source = {p.relative_to(nbs): p for p in found if p.name!='index.ipynb'}
    assert {p.relative_to(to) for p in to.rglob('*') if p.is_file()}==source.keys()
    views = 0
    for k,p in source.items():
        a,b = (json.loads(o.read_text('utf-8')) for o in (p, to/k))
        for d in (o.get('data', {}) for c in a['cells'] for o in c.get('outputs', ())):
            if '<iframe srcdoc' in ''.join(d.get('text/html', '')): views += bool(d['image/png'] and d.pop('text/html'))
        assert a==b, f'{k}: nothing but the pages of its views is left out'
    assert views > 9
    assert {'course','howto','experiments','apps'}=={p.name for p in to.iterdir() if p.is_dir()}
    inside = {n.partition('/')[2] for n in tarfile.open(dist[0]).getnames() if n.endswith('.ipynb')}
    assert inside=={f'nbs/{p.as_posix()}' for p in source}|{'nbs/index.ipynb'}
    zoo = root/'cdebm'/'shipped'/'zoo'
    models = sum(p.stat().st_size for p in zoo.iterdir())     # which have a limit of their own
    assert dist[1].stat().st_size - models < 9.5e6, 'a wheel stays small: draw figures smaller'
    assert not (root/'cdebm'/'notebooks').exists()

def test_metadata(site):
    m = metadata(site)
    assert m['License-Expression' if 'License-Expression' in m else 'License']=='Apache-2.0'
    assert m['Requires-Python']=='>=3.11'
    assert set(m.get_all('Provides-Extra'))==set('lab images train cluster dev'.split())
    base = {r.partition('>')[0].strip().lower() for r in m.get_all('Requires-Dist') if 'extra ==' not in r}
    assert base.isdisjoint({o.lower() for o in notebook_packages|cluster_packages}) and 'click' in base, base
    def extra(name): return {r.partition(';')[0] for r in m.get_all('Requires-Dist') if f'extra == "{name}"' in r}
    assert extra('lab')|extra('cluster')|extra('images')|extra('train') < extra('dev'), 'the tests need all extras'
    relative = [o for o in ('](nbs/', '](docs/') if o in m.get_payload()]
    assert not relative, 'a package index cannot follow a relative link'

def test_import_without_notebooks(site):
    names = [m for m in modules(site) if not m.startswith('cdebm.explorer.')]
    code = f'''
import importlib, pathlib, cdebm
for m in {names!r}: importlib.import_module(m)
assert pathlib.Path(cdebm.__file__).is_relative_to({str(site)!r}), cdebm.__file__
loaded = {{m.partition('.')[0] for m in sys.modules}} & {notebook_packages!r}
assert not loaded, loaded
print(cdebm.__version__)'''
    res = python(code, site=site, blocked=notebook_packages)
    assert res.returncode==0, res.stderr
    assert res.stdout.strip()==metadata(site)['Version']

def test_command_is_installed(site):
    path, = site.glob('cdebm-*.dist-info/entry_points.txt')
    assert 'cdebm = cdebm.cli:main' in path.read_text()

def test_what_needs_no_torch(site):
    "Settings, records and the command line start without PyTorch, NumPy or any extra"
    code = """
from cdebm import basics, fields, recipes, pages, runs, cli
from cdebm.runs import notebooks, records, tables
try: cli.main(['--help'])
except SystemExit as e: assert not e.code, e.code
assert not {m.partition('.')[0] for m in sys.modules} & {'torch','numpy','matplotlib','sklearn','scipy'}"""
    heavy = {'torch','numpy','matplotlib','sklearn','scipy'}
    res = python(code, site=site, blocked=notebook_packages|cluster_packages|heavy)
    assert res.returncode==0 and 'Usage: ' in res.stdout, res.stderr

views = ['ChainExplorer','GradientExplorer','Dashboard','DrawData','TermExplorer','Filmstrip','Detect',
    'Compose','ComposedFilm','BufferInspector']

@pytest.mark.parametrize('name', views)
def test_views_name_their_extra(site, name):
    res = python(f'from cdebm.explorer import {name}', site=site, blocked=notebook_packages)
    assert res.returncode and "pip install 'cdebm[lab]'" in res.stderr.splitlines()[-1], res.stderr
