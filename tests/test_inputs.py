"Every kind of odd input is answered: by the right value, a warning in one line, or an error that names what came"
import inspect, json, re, warnings
from pathlib import Path
import pytest
from helpers import tool
from inputs import Case, all_cases

cases = all_cases()

def said(pattern, text):
    "Does `text` say `pattern`, in which ... stands for words left out?"
    return re.search('.*'.join(map(re.escape, pattern.split(' ... '))), text, re.S)

def tried(case:Case, tmp_path):
    "What the call returns, and what it warns of"
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter('always')
        result = case.call(tmp_path) if len(inspect.signature(case.call).parameters) else case.call()
    return result,[str(w.message) for w in told if not issubclass(w.category, DeprecationWarning)]

@pytest.mark.parametrize('case', cases, ids=lambda c: f'{c.kind}: {c.name}')
def test_input(case, tmp_path):
    if case.error:
        with pytest.raises(case.error) as e: tried(case, tmp_path)
        assert said(case.says, str(e.value)), str(e.value)
        return
    result,told = tried(case, tmp_path)
    if case.warns:
        hits = [t for t in told if said(case.warns, t)]
        assert len(hits)==1 and '\n' not in hits[0], told
    else: assert not told, told
    if case.value is not None: assert case.value(result), result

def test_there_are_enough():
    assert len(cases)>=120
    assert len({(c.kind, c.name) for c in cases})==len(cases)
    for c in cases: assert c.error or c.warns or c.value, f'{c.kind}: {c.name} asserts nothing'

def test_the_table_is_of_today():
    "`python tools/inputs.py > figures/inputs.md` writes what the site shows"
    root = Path(__file__).parent.parent
    assert (root/'figures'/'inputs.md').read_text()==tool('tools/inputs.py').table()+'\n'

def test_security_has_a_page():
    "SECURITY.md and the page of the site say the same"
    root = Path(__file__).parent.parent
    page = json.loads((root/'nbs'/'security.ipynb').read_text())
    text = '\n\n'.join(''.join(c['source']) for c in page['cells'][1:])
    assert text.strip()==(root/'SECURITY.md').read_text().partition('\n')[2].strip()
