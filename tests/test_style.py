"The linter has nothing to say about modules, notebooks, tests and tools"
import subprocess, sys
from pathlib import Path

def test_ruff():
    res = subprocess.run([sys.executable, '-m', 'ruff', 'check', '--output-format=concise', '.'], cwd=Path(__file__).parent.parent, capture_output=True, text=True)
    assert res.returncode==0, res.stdout+res.stderr
