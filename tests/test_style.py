"The linter has nothing to say about modules, notebooks, tests and tools; scripts of the views are plain and small"
import json, re, subprocess, sys
from pathlib import Path
import pytest

root = Path(__file__).parent.parent
sys.path.insert(0, str(root/'tools'))
import jslengths    # noqa: E402

scripts = sorted(jslengths.static.glob('*.js'))
module_tests = sorted((root/'tests'/'js').glob('*.mjs'))
each = pytest.mark.parametrize('path', scripts, ids=lambda p: p.name)

def test_ruff():
    cmd = [sys.executable, '-m', 'ruff', 'check', '--output-format=concise', '.']
    res = subprocess.run(cmd, cwd=root, capture_output=True, text=True)
    assert res.returncode==0, res.stdout+res.stderr

@each
def test_script(path):
    "Joined files can have no modules; a saved page reaches no network, and stores each script"
    text = path.read_text(encoding='utf-8')
    outside = r'^\s*(?:import|export)\b.*|\bimport\(.*|\bfetch\(.*|\b(?:https?|wss?)://.*|\beval\(.*|\binnerHTML\b.*'
    found = re.findall(outside, text, re.M)
    assert found==[] and len(text) < 40_000 and '\t' not in text

@pytest.mark.parametrize('path', [*scripts, *module_tests], ids=lambda p: p.name)
def test_lengths_of_scripts(path):
    "120 columns; files and functions that can be read at a glance"
    m = jslengths.measure(path)
    assert m['longest_line'] <= 120
    if path in scripts: assert m['lines'] <= 350 and {k: n for k,n in m['functions'].items() if n>40}=={}

def test_most_functions_are_short():
    lengths = sorted(n for p in scripts for n in jslengths.measure(p)['functions'].values())
    assert len(lengths)>500 and lengths[len(lengths)*9//10] <= 15

def test_lengths_are_counted_right(tmp_path):
    (tmp_path/'a.js').write_text("""// a => { not code }
const one = x => x + 1;
const two = (a, {b = '}'} = {}) => {
  const r = /[/}]/, t = `}${a ? `${b} {` : {c: 1}.c}`;
  return a.map(v => {
    return v;
  });
};
function* three() {
  yield {
    four(x) { return x; },
    'five': () =>
      [1,
       2],
  };
}""")
    cmd = [sys.executable, root/'tools'/'jslengths.py', tmp_path/'a.js']
    got = json.loads(subprocess.run(cmd, capture_output=True, text=True, check=True).stdout)['a.js']
    assert (got['lines'], got['longest_line'])==(16, 54)
    assert got['functions']=={'one': 1, 'two': 6, 'two.#1': 3, 'three': 8, 'three.four': 1, 'three.five': 3}
    ts = jslengths.tokens((tmp_path/'a.js').read_text())
    used = jslengths.used(ts)
    assert jslengths.declared(ts)=={'one','two','three'} and {'a','b','x'}<=used and not {'c','four'} & used

# -- what scripts know of each other --

def needs(path):
    line = re.search(r'^// needs: (.+)$', path.read_text(encoding='utf-8'), re.M)
    return line[1].split(', ') if line else []

def all_needs(name, wanted, around=()):
    assert name not in around, f'{name} needs itself, by {around}'
    return {n for k in wanted[name] for n in (k, *all_needs(k, wanted, (*around, name)))}

def test_scripts_stand_on_what_they_name():
    "Scripts share one scope: no name is declared twice, and what a script uses is its own or of those that it names"
    ts = {p.stem: jslengths.tokens(p.read_text(encoding='utf-8')) for p in scripts}
    declared = {k: jslengths.declared(v) for k,v in ts.items()}
    wanted = {p.stem: needs(p) for p in scripts}
    home = {}
    for k,names in declared.items():
        for n in names: assert home.setdefault(n, k)==k, f'{n} is declared in {k} and in {home[n]}'
    for k in ts:
        others = {n: home[n] for n in jslengths.used(ts[k]) - declared[k] if n in home}
        assert {n: o for n,o in others.items() if o not in all_needs(k, wanted)}=={}, k
        assert set(wanted[k]) <= set(others.values()), f'{k} names a script that it does not use'
