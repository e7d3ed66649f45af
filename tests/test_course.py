"The course: solutions pass their checks and wrong answers do not, copies are clean, chapters are prose more than code"
import ast, json, math, re
import nbformat, pytest, torch
from cdebm.course import chapters, copy_course, exercises, grade, stored_figures, student_copy
from cdebm.grades import Grade
from helpers import root, tool

house = tool('tools/house.py')
folder = root/'nbs'/'course'
taught = {k: p for k,p in chapters().items() if k!='notation'}     # eleven, and the capstone
numbered = [k for k in taught if k[:2].isdigit()]

def markdown(path): return [c.source for c in nbformat.read(path, 4).cells if c.cell_type=='markdown']

def solutions(path):
    "Code of the folded solutions of a chapter"
    folded = re.findall(r'<details><summary>Solution</summary>(.*?)</details>', '\n'.join(markdown(path)), re.S)
    return [re.findall(r'```python\n(.*?)```', o, re.S) for o in folded]

def run_solution(code):
    "What the last expression, a call of `grade`, says"
    *body,last = ast.parse(code.strip()).body
    scope = dict(grade=grade)
    exec(compile(ast.Module(body, []), 'solution', 'exec'), scope)
    call = ast.unparse(last)
    return re.match(r"grade\('([\w.]+)'", call)[1],eval(call, scope)

def test_eleven_chapters_and_a_capstone():
    assert [k[:2] for k in numbered]==[f'{i:02}' for i in range(1, 12)]
    assert list(chapters())==[*numbered,'capstone','notation']

@pytest.mark.parametrize('chapter', taught)
def test_solutions(chapter):
    "Each chapter asks three times at least, and has as many solutions, which stand alone and are right"
    found = solutions(taught[chapter])
    graded = dict(run_solution(code[0]) for code in found if code)
    asked = len(re.findall(r'\*\*Exercise \d, ', '\n'.join(markdown(taught[chapter]))))
    assert len(found)==asked>=3 and len(graded)==asked
    assert all(isinstance(g, Grade) and g for g in graded.values()), graded
    calls = re.findall(r"^grade\('([\w.]+)', answer\)", '\n'.join(house.cells(taught[chapter])), re.M)
    assert calls==list(graded)

def test_each_exercise_is_in_a_chapter():
    text = '\n'.join(p.read_text('utf-8') for p in taught.values())
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
    'weights.levels': [50, 1000],
    'forgotten.slope': [-1, .286], 'forgotten.objective': [lambda t: t, 3.],
    'forgotten.share': [lambda t: .5, lambda t: 1.],
    'forgotten.weight': [1, .4], 'forgotten.signed': [lambda b, a: (b*a).sum(1), lambda b, a: torch.ones(len(b))],
    'forgotten.safe': ['gated', {'gated','plain CD'}], 'forgotten.turn': [.045, .15],
    'images.faded': [10, .1], 'images.spectral': [lambda w, v, n: w, lambda w, v, n: w/w.abs().max()],
    'images.overshoot': [2, 100],
    'uses.product': [1.5, .6], 'uses.auroc': [lambda a, b: (b[:,None]>a).double().mean(), lambda a, b: 1.],
    'uses.copies': [lambda s, a, b, p: .5, lambda s, a, b, p: p], 'uses.black': ['pixel mean', 'nothing'],
    'capstone.row': [('laboratory', ['1','0.01','plain CD','kl'], v) for v in ([.5,.6], [1.])],
    'capstone.sentence': [{}, dict(sentence='Energies are always positive.', refuted=max, would_refute=[1],
        would_stand=[0], measured=[0]*5, verdict='stands')],
    'capstone.limit': [1.96, 4.39, 3.29], 'limits.diluted': [.01, 6.64], 'limits.merged': [1.286, 1.5, 'x'],
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
    text = student_copy(taught['01_energy'], tuple(p.name for p in taught.values()))
    cells = json.loads(text)['cells']
    assert sum('grade(' in c['source'] for c in cells)==3 and '(02_sampling.ipynb)' in text

@pytest.mark.parametrize('chapter', taught)
def test_more_prose_than_code(chapter):
    "Four words a line of code, no cell over 25 lines, and not more than a quarter of an hour of reading"
    path = taught[chapter]
    code = [house.code_lines(t) for t in house.cells(path)]
    words = house.words('\n'.join(markdown(path)))
    assert 4*sum(code)<=words<=3000 and max(len(t.strip().splitlines()) for t in house.cells(path))<=25

@pytest.mark.parametrize('chapter', taught)
def test_plan(chapter):
    "A question and a picture open it; it says what it needs and takes, has a view, and exercises of three kinds"
    cells = nbformat.read(taught[chapter], 4).cells
    first = next(i for i,c in enumerate(cells) if c.cell_type=='code' and 'folder.figure(' in c.source)
    opening = '\n'.join(c.source for c in cells[:first] if c.cell_type=='markdown')
    assert '**The question.**' in opening and '*You need*' in opening and '*It takes*' in opening
    assert house.words(opening)<=330, 'the picture comes late'
    assert any('image/png' in o.get('data', {}) for o in cells[first].outputs), 'the picture is not stored'
    text,code = '\n'.join(markdown(taught[chapter])),'\n'.join(house.cells(taught[chapter]))
    assert re.search(r'\b(\w+Explorer|Filmstrip|Detect|Dashboard)(\.\w+)?\(', code), 'no view'
    for kind in ('pen and paper','code','experiment'): assert re.search(rf'\*\*Exercise \d, [\w ,]*{kind}', text), kind

@pytest.mark.parametrize('chapter', taught)
def test_one_leads_to_the_next(chapter):
    "What to take along, then a link to the chapter before and to the next one, then sources with a year"
    text,names = '\n'.join(markdown(taught[chapter])),['notation',*taught,'own_experiment']
    i = names.index(chapter)
    end = text[text.index('## What to take along'):]
    assert re.search(rf'\*\*Before:\*\*[^\n]*\({names[i-1]}\.ipynb\)', end), names[i-1]
    assert re.search(rf'\*\*Next:\*\*[^\n]*\({names[i+1]}\.ipynb\)', end), names[i+1]
    assert re.search(r'\*Sources\.\*.*\b(19|20)\d\d\b', end)

def test_figures_are_read():
    "A row of figures that somebody quotes is in a file, and the file says how it was made"
    for name in ('laboratory','stability','tables'): assert stored_figures(name)['command'].startswith('python tools/')
