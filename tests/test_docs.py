"README is what the index notebook shows, and the site builds without a warning"
import subprocess, sys
import pytest
from helpers import root, tool

@pytest.fixture
def docs(monkeypatch):
    "tools/docs.py, which works in the root of the repository"
    monkeypatch.setenv('IN_TEST', '1')   # the tool sets it too; this puts it back
    monkeypatch.chdir(root)
    return tool('tools/docs.py')

def test_readme(docs):
    files = docs.readme()
    assert [o for o in files if not (root/o).exists() or (root/o).read_bytes()!=files[o]]==[], 'run `make readme`'
    pictures = {p.relative_to(root).as_posix() for p in (root/docs.images).glob('*')}
    assert pictures==files.keys()-{'README.md'}, 'run `make readme`'

def test_navigation(docs):
    "Every page once: the front page, the course before the library, floor by floor"
    tree = docs.navigation()
    assert [*tree][:3]==['', 'Course', 'An energy'] and [*tree][-1]=='Experiments' and tree[''][0]=='index'
    assert {'samplers','buffer','training'} <= set(tree['How it is learned'])
    assert 'runs_records' in tree['Runs'] and 'explorer_base' in tree['To look at'] and 'cli' in tree['Commands']
    assert sorted(sum(tree.values(), []))==sorted(docs.sources())

def made(part):
    "Run a part of tools/docs.py"
    res = subprocess.run([sys.executable, 'tools/docs.py', part], cwd=root, capture_output=True, text=True)
    assert res.returncode==0, res.stdout[-2000:]+res.stderr[-4000:]

@pytest.fixture(scope='module')
def pages():
    "The notebooks as Sphinx reads them"
    made('pages')

def test_site(pages):
    made('site')
    page = (root/'_docs'/'html'/'index.html').read_text()
    assert page.count('<table')>=3 and '|—' not in page and '|---' not in page
