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
    assert {p.relative_to(root).as_posix() for p in (root/tool.images).glob('*')}==files.keys()-{'README.md'}, 'run `make readme`'

def test_site():
    res = subprocess.run([sys.executable, 'tools/docs.py', 'site'], cwd=root, capture_output=True, text=True)
    assert res.returncode==0, res.stdout[-2000:]+res.stderr[-4000:]
    page = (root/'_docs'/'html'/'index.html').read_text()
    assert page.count('<table')>=3 and '|—' not in page and '|---' not in page
