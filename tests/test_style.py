"The linter has nothing to say about modules, notebooks, tests and tools"
import subprocess, sys
from pathlib import Path

def test_ruff():
    cmd,root = [sys.executable, '-m', 'ruff', 'check', '--output-format=concise', '.'],Path(__file__).parent.parent
    res = subprocess.run(cmd, cwd=root, capture_output=True, text=True)
    assert res.returncode==0, res.stdout+res.stderr
