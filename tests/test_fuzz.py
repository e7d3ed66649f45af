"The random caller finds nothing: odd arguments are answered by name, right ones are taken; see `tools/fuzz.py`"
import re, subprocess, sys
from pathlib import Path
import pytest

tool = Path(__file__).resolve().parent.parent/'tools'/'fuzz.py'

@pytest.mark.parametrize('how', [['--calls', '200', '--seed', '7'],
    ['--right', '--rooms', 'basics', 'checks', 'grid', 'losses']], ids=['odd', 'right'])
def test_random_caller_finds_nothing(how):
    said = subprocess.run([sys.executable, tool, *how], capture_output=True, text=True, timeout=300)
    count = re.search(r'^(\d+) findings in (\d+) calls', said.stdout, re.M)
    assert count and int(count[2])>=20, said.stdout + said.stderr
    assert count[1]=='0' and said.returncode==0, said.stdout
