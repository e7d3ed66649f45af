"The course: solutions pass their checks and wrong answers do not, copies are clean, chapters are prose more than code"
import json, math, re
import nbformat, pytest, torch
from cdebm.course import Grade, chapters, copy_course, exercises, grade, student_copy
from helpers import root, tool

house = tool('tools/house.py')
folder = root/'nbs'/'course'
numbered = {k: p for k,p in chapters().items() if k[:2].isdigit()}
own = [k for k in numbered if k!='06_forgotten_gradient']     # that chapter has its checks beside its formulas

def markdown(path): return [c.source for c in nbformat.read(path, 4).cells if c.cell_type=='markdown']

def solutions(path):
    "Code of the folded solutions of a chapter"
    folded = re.findall(r'<details><summary>Solution</summary>(.*?)</details>', '\n'.join(markdown(path)), re.S)
    return [re.findall(r'```python\n(.*?)```', o, re.S) for o in folded]

def run_solution(code):
    "What the last line, a call of `grade`, says"
    *lines,last = code.strip().splitlines()
    scope = dict(grade=grade)
    exec('\n'.join(lines), scope)
    return re.search(r"grade\('([\w.]+)'", last)[1],eval(last, scope)

@pytest.mark.parametrize('chapter', own)
def test_solutions(chapter):
    "Each chapter asks three times, and has as many solutions, which stand alone and are right"
    found = solutions(numbered[chapter])
    graded = dict(run_solution(code[0]) for code in found if code)
    assert len(found)==3 and len(graded)==(2 if chapter=='11_limits' else 3)     # that one ends with a question
    assert all(isinstance(g, Grade) and g for g in graded.values()), graded
    asked = re.findall(r"^grade\('([\w.]+)', answer\)", '\n'.join(house.cells(numbered[chapter])), re.M)
    assert asked==list(graded)

def test_each_exercise_is_in_a_chapter():
    text = '\n'.join(p.read_text('utf-8') for p in numbered.values())
    assert all(f"grade('{k}'" in text for k in exercises)

def double(x, *_): return 2*x

WRONG = {     # near enough to be a slip, or another kind of thing
    'energy.log_z': [.226, 2.774, 'x'], 'energy.stable': [lambda e, width: -e.mean(), 3.], 'energy.crossing': [.5, 2.],
    'sampling.variance': [.1, .05, None.__class__], 'sampling.step': [double, 1.], 'sampling.largest': [.05, 2., -.1],
    'mixing.ess': [19, .1], 'mixing.rhat': [lambda x: x.var(), lambda x: torch.ones(())],
    'mixing.barrier': [1.5, math.e**2],
    'gradient.quartic': [.05, 1/3], 'gradient.steps': [10, 100, 37.5],
    'gradient.cd': [lambda e, p, n: e(p).mean()-e(n).mean(), lambda e, p, n: e(n.detach()).mean()-e(p).mean()],
    'failure.narrowest': [.2236, .025], 'failure.curvature': [lambda e, x: x[:,0], 2.],
    'failure.alarm': [lambda g: False, lambda g: True],
    'buffers.age': [20, 190], 'buffers.slot': [lambda n, c, u: (n-1)%c, lambda n, c, u: None],
    'buffers.turned': [.1064, 0],
    'weights.ess': [math.exp(-.5), math.e], 'weights.log_z': [lambda w, z: z+w.mean(), lambda w, z: w.logsumexp(0)+z],
    'weights.levels': [50, 1000], 'limits.diluted': [.01, 6.64],
    'limits.denoise': [lambda e, x, n, s: n.square().mean(), lambda e, x, n, s: ((n+s*4*.3*(x+s*n)**3)**2).mean()/2]}

@pytest.mark.parametrize('name', exercises)
def test_wrong_answers(name):
    "At least two are refused, with words that do not give the answer away"
    said = [grade(name, a) for a in WRONG[name]]
    assert len(said)>=2 and not any(said) and all(g.words.startswith('not yet: ') for g in said), said
    assert grade(name, None).right is None

def test_copies_are_clean(tmp_path):
    "No solution, no output, no link that leads nowhere; what is there is never written over"
    files = copy_course(tmp_path)
    assert [p.stem for p in files]==list(chapters())
    for p in files:
        nb = nbformat.read(p, 4)
        nbformat.validate(nb)
        assert '<summary>Solution' not in p.read_text('utf-8') and not any(c.get('outputs') for c in nb.cells)
        links = re.findall(r'(?<!!)\]\((?!\w+:)([^)#]+)', '\n'.join(markdown(p)))
        assert all((tmp_path/l).exists() for l in links)
    kept = files[0]
    kept.write_text('mine')
    with pytest.raises(FileExistsError, match=kept.name): copy_course(tmp_path)
    assert kept.read_text()=='mine'

def test_a_copy_still_asks():
    text = student_copy(numbered['01_energy'], tuple(p.name for p in numbered.values()))
    cells = json.loads(text)['cells']
    assert sum('grade(' in c['source'] for c in cells)==3 and '(02_sampling.ipynb)' in text

@pytest.mark.parametrize('chapter', own)
def test_more_prose_than_code(chapter):
    "Four words a line of code, no cell over 25 lines, and it says what it needs"
    path = numbered[chapter]
    code = [house.code_lines(t) for t in house.cells(path)]
    prose = '\n'.join(markdown(path))
    assert house.words(prose)>=4*sum(code) and max(len(t.strip().splitlines()) for t in house.cells(path))<=25
    assert '*You need*' in prose and '*It takes*' in prose and '## What to take along' in prose
