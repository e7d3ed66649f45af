"The archives build, hold what they should, and the library works where no notebook package is"
import subprocess, sys, tarfile, zipfile
from email import message_from_bytes
from pathlib import Path
import pytest

root = Path(__file__).parent.parent
notebook_packages = set('IPython ipykernel ipywidgets anywidget traitlets jupyterlab jupyter_core jupyter_client nbformat nbconvert '
    'nbclient papermill voila nbdev fastcore execnb ghapi pytest'.split())

@pytest.fixture(scope='module')
def dist(tmp_path_factory):
    "A source archive, and the wheel made from it"
    d = tmp_path_factory.mktemp('dist')
    subprocess.run([sys.executable, '-m', 'build', '--no-isolation', '-o', d, root], check=True, capture_output=True)
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

def modules(d): return sorted('.'.join(p.relative_to(d).with_suffix('').parts) for p in (d/'cdebm').rglob('*.py') if p.name!='__init__.py')

def run(code, site):
    "Run `code` where `site` comes first and notebook packages cannot be imported"
    block = f'''import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {notebook_packages!r}: raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)
sys.meta_path.insert(0, Block())
sys.path.insert(0, {str(site)!r})
'''
    return subprocess.run([sys.executable, '-c', block+code], cwd=site, capture_output=True, text=True)

def test_contents(dist, site):
    "Every module of the repository, and nothing beside the package"
    assert modules(site)==modules(root)
    assert {p.name.split('-')[0] for p in site.iterdir()}=={'cdebm'}
    names = {n.partition('/')[2] for n in tarfile.open(dist[0]).getnames()}
    assert {'LICENSE', 'README.md', 'settings.ini', 'setup.py'} <= names

def test_metadata(site):
    m = metadata(site)
    assert m['License-Expression' if 'License-Expression' in m else 'License']=='Apache-2.0' and m['Requires-Python']=='>=3.11'
    assert set(m.get_all('Provides-Extra'))==set('lab images train cluster fid dev'.split())
    base = {r.partition('>')[0].strip().lower() for r in m.get_all('Requires-Dist') if 'extra ==' not in r}
    assert base.isdisjoint({o.lower() for o in notebook_packages}), base
    assert '](nbs/' not in m.get_payload() and '](docs/' not in m.get_payload(), 'a package index cannot follow a relative link'

def test_import_without_notebooks(site):
    names = [m for m in modules(site) if not m.startswith('cdebm.explorer')]
    code = f'''
import importlib, pathlib, cdebm
for m in {names!r}: importlib.import_module(m)
assert pathlib.Path(cdebm.__file__).is_relative_to({str(site)!r}), cdebm.__file__
loaded = {{m.partition('.')[0] for m in sys.modules}} & {notebook_packages!r}
assert not loaded, loaded
print(cdebm.__version__)'''
    res = run(code, site)
    assert res.returncode==0, res.stderr
    assert res.stdout.strip()==metadata(site)['Version']

def test_widgets_name_their_extra(site):
    res = run('from cdebm.explorer.widgets import chain_explorer', site)
    assert res.returncode and 'ImportError' in res.stderr and 'cdebm[lab]' in res.stderr, res.stderr
