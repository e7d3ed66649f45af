"The linter has nothing to say about modules, notebooks, tests and tools; scripts of the views are plain and small"
import re, subprocess, sys
from pathlib import Path
import pytest

root = Path(__file__).parent.parent
scripts = sorted((root/'cdebm'/'explorer'/'static').glob('*.js'))

def test_ruff():
    cmd = [sys.executable, '-m', 'ruff', 'check', '--output-format=concise', '.']
    res = subprocess.run(cmd, cwd=root, capture_output=True, text=True)
    assert res.returncode==0, res.stdout+res.stderr

@pytest.mark.parametrize('path', scripts, ids=lambda p: p.name)
def test_script(path):
    "Joined files can have no modules; a saved page reaches no network, and stores each script"
    text = path.read_text(encoding='utf-8')
    found = re.findall(r'^\s*(?:import|export)\b.*|\bimport\(.*|\bfetch\(.*|\b(?:https?|wss?)://.*|\beval\(.*|\binnerHTML\b.*', text, re.M)
    assert found==[] and len(text) < 40_000 and '\t' not in text
