"README is what the index notebook shows, and the site builds without a warning"
import importlib.util, subprocess, sys
from pathlib import Path

root = Path(__file__).parent.parent

def docs_tool(monkeypatch):
    monkeypatch.setenv('IN_TEST', '1')   # the tool sets it too; this puts it back
    monkeypatch.chdir(root)
    spec = importlib.util.spec_from_file_location('docs_tool', root/'tools'/'docs.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool

def test_readme(monkeypatch):
    tool = docs_tool(monkeypatch)
    files = tool.readme()
    assert [o for o in files if not (root/o).exists() or (root/o).read_bytes()!=files[o]]==[], 'run `make readme`'
    pictures = {p.relative_to(root).as_posix() for p in (root/tool.images).glob('*')}
    assert pictures==files.keys()-{'README.md'}, 'run `make readme`'

def test_navigation(monkeypatch):
    "Every page once: the front page, the course before the library, floor by floor"
    tool = docs_tool(monkeypatch)
    tree = tool.navigation()
    assert [*tree][:3]==['', 'Course', 'An energy'] and [*tree][-1]=='Experiments' and tree[''][0]=='index'
    assert {'samplers','buffer','training'} <= set(tree['How it is learned'])
    assert 'runs_records' in tree['Runs'] and 'explorer_base' in tree['To look at'] and 'cli' in tree['Commands']
    assert sorted(sum(tree.values(), []))==sorted(tool.sources())

def test_site():
    res = subprocess.run([sys.executable, 'tools/docs.py', 'site'], cwd=root, capture_output=True, text=True)
    assert res.returncode==0, res.stdout[-2000:]+res.stderr[-4000:]
    page = (root/'_docs'/'html'/'index.html').read_text()
    assert page.count('<table')>=3 and '|—' not in page and '|---' not in page
