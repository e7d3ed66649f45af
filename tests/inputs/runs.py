"What runs meet: defaults that are sums, files that changed, narrow screens, odd encodings and names, full disks"
import errno, io, json, os
from functools import partial
from types import SimpleNamespace
from unittest import mock
from nbformat.v4 import new_code_cell, new_notebook, new_output
from cdebm.cli import main
from cdebm.recipes import Recipe, preset, read_recipe
from cdebm.runs import (CellError, EndedItself, Expression, Run, RunFolder, changed_files, ledger, on_screen,
    parameters, planned, record, recorded, write_notebook)
from cdebm.runs.arguments import typed
from cdebm.runs.play import (_check_played, _end_check, _fingerprint, _has_changed, _sinks, _summary, _Tee,
    _with_parameters)
from cdebm.runs.sweeps import _needs_no_other, _Orders, _trouble
from inputs import Case

V,T = ValueError,TypeError
cases = []

# -- 13: defaults that are expressions --
sums = 'defaults of parameters that are expressions'
def default(source, name='x'):
    "A function of a folder: the default of a parameter of a notebook, and its type"
    def read(root):
        v = parameters(write_notebook(root/'n.ipynb', source))[name]
        return v,type(v)
    return read
def typed_as(source, text, name='x'):
    "A function of a folder: what a text in a terminal becomes for that parameter"
    def read(root):
        known = parameters(write_notebook(root/'n.ipynb', source))
        return typed(name, text, known[name])
    return read
worth = {'x = 1/3': 1/3, 'x = 10*100': 1000, 'x = -2**3': -8, 'x = 1e-3': .001, 'x = 7//2 + 7%2': 4, 'x = (1+2)*3': 9,
    'n = 3\nx = 2*n': 6, 'x = 2\nx *= 5': 10, 'x, y = .1, 10': .1, 'x = y = 4': 4, 'x: float = 1': 1.,
    'x: int = 1e3': 1000, 'x: "float | None" = 2': 2., 'x = [1/2, (3,)]': [.5, (3,)], 'x = {"a": 2*3}': {'a': 6},
    'x = -.5': -.5, 'x = None': None, 'x = "a"': 'a', 'x = True': True, 'x: str = "1"': '1', 'x = {1, 2}': {1, 2},
    'import math\nx = 3   # how many': 3, '%matplotlib inline\nx = 3': 3, 'x = 1; y = 2': 1, 'x = +3': 3}
cases += [Case(sums, source, default(source), lambda r, v=v: r==(v, type(v))) for source,v in worth.items()]
unknown = ('x = len("abc")', 'x = math.pi', 'x = "a"*3', 'x = [0]*3', 'x = 9**9**9', 'x = 1/0', 'x = 2.**9999', 'x = y',
    'x = f"{3}"', 'x = not 1', 'x = [i for i in range(3)]', 'x = {[]: 1}', 'x = open("a")\nz = x', 'x = 1 if 1 else 2')
cases += [Case(sums, source, default(source), lambda r: r[1] is Expression) for source in unknown]
def injected(source, **given): return lambda p: planned(write_notebook(p/'n.ipynb', source), given).inject
def keys(source, *given): return lambda p: [planned(write_notebook(p/'n.ipynb', source), g).key for g in given]
cases += [
    Case(sums, '500 for 10*100', typed_as('x = 10*100', '500'), lambda v: v==500 and type(v) is int),
    Case(sums, '.5 for 1/3', typed_as('x = 1/3', '.5'), lambda v: v==.5),
    Case(sums, '.5 for float = 1', typed_as('x: float = 1', '.5'), lambda v: v==.5),
    Case(sums, '500 for int = 1e3', typed_as('x: int = 1e3', '500'), lambda v: v==500 and type(v) is int),
    Case(sums, 'text for 10*100', typed_as('x = 10*100', 'many'), error=T, says='x must be an integer'),
    Case(sums, '2 for float = 1, in a plan', injected('x: float = 1', x=2), lambda d: type(d['x']) is float),
    Case(sums, 'a number that spells out the sum is the same run', keys('x = 10*100', {}, dict(x=1000), dict(x=999)),
        lambda k: k[0]==k[1]!=k[2]),
    Case(sums, 'no Python', default('x = = 3'), error=V, says='n.ipynb must be plain assignments; got'),
    Case(sums, 'a shell command', default('x = !ls'), error=V, says='n.ipynb must be plain assignments; got'),
    Case(sums, 'deep brackets', default('x = '+'('*400+')'*400), error=V, says='n.ipynb must be plain assignments'),
    Case(sums, 'a zero byte', default('x = 1\x00'), error=V, says='n.ipynb must be plain assignments'),
]

# -- 15: files that a run read --
stale = 'a file that a run read has changed since'
def stands(change, big=False):
    "A function of a folder: is the run that read a file there still an answer after `change(file)`?"
    def ask(root):
        nb,data = write_notebook(root/'n.ipynb', "out = ''"),root/'data.csv'
        data.write_text('one')
        plan = planned(nb, {})
        with record('n', runs=root/'runs', key=plan.key) as rec: pass
        then = _fingerprint(data)
        if big: then[2] = None     # as of a file too large to be looked into
        reads = change(data, then)
        (rec.folder/'reads.json').write_text(reads if isinstance(reads, str) else json.dumps({str(data): then}))
        found,run = recorded(plan, root/'runs'),Run(rec.folder)
        orders = _Orders(str(root/'runs'), 'other', False, None)
        assert _needs_no_other(run, orders)==(found is not None)==(not changed_files(run)), 'sweeps say the same'
        return found is not None
    return ask
def written(text): return lambda data, then: (data.write_text(text), None)[1]
def touched(data, then): os.utime(data, (0, 0))
def gone(data, then): data.unlink()
def folder_now(data, then):
    data.unlink()
    data.mkdir()
def unknown_then(data, then): return json.dumps({str(data): None})
def yes(answer): return answer is True
def no(answer): return answer is False
cases += [
    Case(stale, 'nothing', stands(lambda data, then: None), yes),
    Case(stale, 'other content', stands(written('two')), no),
    Case(stale, 'longer content', stands(written('one and more')), no),
    Case(stale, 'touched, the same content', stands(touched), yes),
    Case(stale, 'the same content written anew', stands(written('one')), yes),
    Case(stale, 'a large one touched', stands(touched, big=True), no),
    Case(stale, 'removed', stands(gone), no),
    Case(stale, 'a folder in its place', stands(folder_now), no),
    Case(stale, 'it changed while the run went on', stands(unknown_then), no),
    Case(stale, 'a record without such a list', stands(lambda data, then: '{}'), yes),
    Case(stale, 'a list that is damaged', stands(lambda data, then: '{"half'), yes),
    Case(stale, 'a list of something else', stands(lambda data, then: json.dumps({str(data): 'x'})), no),
    Case(stale, 'no list at all', stands(lambda data, then: '[]'), yes),
    Case(stale, 'a pipe', lambda p: (os.mkfifo(p/'f'), _has_changed(p/'f', [0, 0, None]))[1], yes),
]

# -- 21: a notebook that ends itself, cells that show errors --
ends = 'a notebook that ends itself'
def replied(tags=(), source='quit()', left=('1', '2'), **content):
    "What the check says of a cell that was answered so"
    cells = [new_code_cell(s) for s in (source, *left)]
    cells[0].metadata.tags = list(tags)
    return _end_check(new_notebook(cells=cells))(cells[0], 0, dict(content=content))
def exits(value, **more): return lambda: replied(status='error', ename='SystemExit', evalue=value, **more) or 'goes on'
def asks(what): return lambda: replied(payload=[dict(source=what)]) or 'goes on'
def goes_on(answer): return answer=='goes on'
E_,ended = EndedItself,'SystemExit: the notebook ended itself'
cases += [
    Case(ends, 'sys.exit(0)', exits('0'), error=E_, says=f'{ended}, 2 cells were not run'),
    Case(ends, 'sys.exit()', exits(''), error=E_, says=f'{ended}, 2 cells were not run'),
    Case(ends, 'sys.exit(None)', exits('None'), error=E_, says=f'{ended}, 2 cells were not run'),
    Case(ends, 'quit()', asks('ask_exit'), error=E_, says=f'{ended}, 2 cells were not run'),
    Case(ends, 'with one cell left', exits('0', left=['', '1']), error=E_, says=f'{ended}, 1 cell was not run'),
    Case(ends, 'in the last cell', exits('0', left=()), error=E_, says=ended),
    Case(ends, 'sys.exit(1) is an error, told elsewhere', exits('1'), goes_on),
    Case(ends, 'expected', exits('0', tags=['raises-exception']), goes_on),
    Case(ends, 'another payload', asks('page'), goes_on),
]
blame = 'an error blamed on its cell'
def cell(source, name='', failed=False, tags=()):
    "A cell that was executed, with an error among its outputs"
    outputs = [new_output('error', ename=name, evalue=source, traceback=[])] if name else []
    return new_code_cell(source, outputs=outputs, metadata=dict(tags=list(tags), papermill=dict(exception=failed)))
def judged(*cells):
    "How many cells there are after the notebook was looked through"
    nb = new_notebook(cells=list(cells))
    _check_played(nb)
    return len(nb.cells)
expected = cell('1/0', 'ZeroDivisionError', tags=['raises-exception'])
shown,real = cell('show()', 'ValueError'),cell('d[1]', 'KeyError', True)
cases += [
    Case(blame, 'expected', lambda: judged(expected, cell('2')), lambda n: n==2),
    Case(blame, 'shown by a cell that went on', lambda: judged(shown, cell('2')), lambda n: n==2),
    Case(blame, 'expected, and later one that is not', lambda: judged(expected, real), error=CellError,
        says='KeyError: d[1]'),
    Case(blame, 'without an output', lambda: judged(cell('x', failed=True)), error=CellError,
        says='CellExecutionError'),
]

# -- a screen that cannot print a character --
screens = 'a character that the screen cannot show'
def printed(text, encoding):
    "What screen and log have of printed text"
    log,screen = io.StringIO(),io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    tee = _Tee(log, screen)
    tee.write(text)
    tee.close()
    screen.flush()
    return screen.buffer.getvalue().decode(encoding),log.getvalue()
def logged(text):
    "A function of a folder: what the log has of text"
    def write(root):
        with _sinks(root/'log.txt', quiet=True) as (out,_): out.write(text)
        return (root/'log.txt').read_text()
    return write
def told(text, encoding):
    "A function of a folder: what is said of a run whose headline is called `text`"
    def say(root):
        with record('n', runs=root) as rec: RunFolder(rec.folder).metrics(headline={text: 1})
        screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        return on_screen(_summary(Run(rec.folder)), screen).encode(encoding)
    return say
def listed(text, encoding):
    "A function of a folder: what the command says of such a run"
    def say(root):
        with record('n', runs=root) as rec: RunFolder(rec.folder).metrics(headline={text: 1})
        screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        with mock.patch('sys.stdout', screen): main(['runs','--runs',str(root)], standalone_mode=False)
        screen.flush()
        return screen.buffer.getvalue()
    return say
cases += [Case(screens, f'λ in {encoding}', partial(printed, 'λ = é\n', encoding), lambda r, s=s: r==(s, 'λ = é\n'))
    for encoding,s in (('cp1252', '? = é\n'), ('ascii', '? = ?\n'), ('utf-8', 'λ = é\n'), ('latin-1', '? = é\n'))]
cases += [
    Case(screens, 'half a character', partial(printed, 'a\ud800\n', 'utf-8'), lambda r: r[0]=='a?\n'),
    Case(screens, 'half a character in the log', logged('a\ud800\n'), lambda t: t=='a\\ud800\n'),
    Case(screens, 'a bar', partial(printed, '█ 1\r█ 2\n', 'cp1252'), lambda r: r==('? 1\r? 2\n', '█ 2\n')),
    Case(screens, 'a summary', told('λ', 'cp1252'), lambda b: b'  ?: 1' in b),
    Case(screens, 'a list of runs', listed('λ', 'cp1252'), lambda b: b'?' in b and b'done' in b),
    Case(screens, 'a screen without an encoding', lambda: on_screen('λ', SimpleNamespace()), lambda t: t=='λ'),
]

# -- encodings of files --
encodings = 'files in other encodings'
def saved(root, name, text, encoding):
    (root/name).write_bytes(text.encode(encoding))
    return root/name
whole = preset('ring', seed=3)
def a_run(root, encoding, name):
    "A run of which a file is in another encoding"
    with record('n', recipe=whole, runs=root) as rec: rec.out.metrics(headline=dict(kl=1))
    saved(rec.folder, name, (rec.folder/name).read_text(), encoding)
    return Run(rec.folder)
def in_(encoding, f): return lambda root: f(root, encoding)
def recipe_file(root, encoding): return read_recipe(saved(root, 'r.json', whole.to_json(), encoding))
def recipe_bytes(root, encoding): return Recipe.from_json(whole.to_json().encode(encoding))
def record_file(root, encoding): return a_run(root, encoding, 'run.json').status
def recipe_of_run(root, encoding): return a_run(root, encoding, 'recipe.json').recipe
def metrics_of_run(root, encoding): return a_run(root, encoding, 'metrics.json').headline
def a_notebook(root, encoding):
    nb = write_notebook(root/'n.ipynb', "x = 'ü'", '1')
    return parameters(saved(root, 'n.ipynb', nb.read_text(encoding='utf-8'), encoding))
def played_notebook(root, encoding):
    "What the notebook, to be played, finds as its value"
    a_notebook(root, encoding)
    space = {}
    exec(_with_parameters(planned(root/'n.ipynb', dict(x='é')), root).cells[1].source, space)
    return space['x']
answers = {recipe_file: whole, recipe_bytes: whole, record_file: 'done', recipe_of_run: whole,
    metrics_of_run: dict(kl=1), a_notebook: dict(x='ü'), played_notebook: 'é'}
codes = ('utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-32')
cases += [Case(encodings, f'{f.__name__.replace("_", " ")}, {code}', in_(code, f), lambda r, v=v: r==v)
    for f,v in answers.items() for code in codes]
def read(name, text, encoding='latin-1'):
    "A function of a folder: a recipe or a notebook with this text"
    return lambda p: (read_recipe if name=='r.json' else parameters)(saved(p, name, text, encoding))
no_recipe,no_notebook = 'r.json: not the JSON of a recipe','n.ipynb is not a notebook'
cases += [
    Case(encodings, 'a recipe in no encoding', read('r.json', '{"preset": "ü"}'), error=V, says=no_recipe),
    Case(encodings, 'a notebook in no encoding', read('n.ipynb', '{"cells": ["ü"]}'), error=V, says=no_notebook),
    Case(encodings, 'a recipe that begins with a mark', lambda: Recipe.from_json('\ufeff'+whole.to_json()),
        lambda r: r==whole),
    Case(encodings, 'an empty recipe', read('r.json', ''), error=V, says=no_recipe),
    Case(encodings, 'an empty notebook', read('n.ipynb', ''), error=V, says=no_notebook),
    Case(encodings, 'a picture', read('r.json', '\x89PNG\r\n\x1a\n\x00'), error=V, says=no_recipe),
]

# -- characters that mean something to a pattern --
braces = 'format and pattern characters in a path'
names = ('a{b}', '{}', 'a{0}', '%s %d', 'a[12]', '*', 'a b', "a'b", '$HOME', '~', '#?&', 'ü λ', '-x', 'a..b')
def ready(name):
    "A function of a folder: what papermill will get of a notebook of this name, in a folder of this name"
    def plan(root):
        nb = write_notebook(root/name/f'{name}.ipynb', "x = 1\nout = ''")
        p = planned(nb, dict(x=2))
        with record(p.experiment, p.params, runs=root/name, key=p.key) as rec: pass
        assert [r.id for r in [recorded(p, root/name)]]==[f'{name}/{rec.folder.name}']
        assert list(ledger(name, runs=root/name).index)==[f'{name}/{rec.folder.name}']
        source = _with_parameters(p, rec.folder).cells[1].source
        space = {}
        exec(source, space)
        return space['x'],space['out']==str(rec.folder),p.notebook==nb.resolve()
    return plan
cases += [Case(braces, name, ready(name), lambda r: r==(2, True, True)) for name in names]

# -- full disks --
full = 'a full disk'
no_room = OSError(errno.ENOSPC, 'No space left on device')
def without_room(e=no_room, replace=True):
    "As on a disk on which nothing more fits"
    found = mock.patch('shutil.disk_usage', return_value=SimpleNamespace(free=0))
    return (found, mock.patch('os.replace', side_effect=e)) if replace else (found,)
def fails_at_start(root):
    found,replace = without_room()
    with found, replace, record('n', runs=root): pass
def fails_within(root):
    with record('n', runs=root): raise no_room
def after(work, **kw):
    "A function of a folder: the record of a run in which `work()` was done on a full disk"
    def run(root):
        try:
            with record('n', runs=root) as rec:
                patches = without_room(**kw)
                for p in patches: p.start()
                work()
        except (OSError, RuntimeError): pass
        finally:
            for p in patches: p.stop()
        r = Run(rec.folder)
        return r.status,r.error
    return run
def raises(e):
    def work(): raise e
    return work
def lost_future(root):
    e = OSError(errno.ENOSPC, f'the disk that holds {root} is full')
    return _trouble(SimpleNamespace(status='error', exception=lambda: e), dict(n=1))
def says_full(r): return r[0]=='failed' and 'the disk that holds' in r[1] and r[1].endswith('is full')
cases += [
    Case(full, 'before the run', fails_at_start, error=OSError, says='the disk that holds ... n is full'),
    Case(full, 'in the run', fails_within, error=OSError, says='the disk that holds ... n is full'),
    Case(full, 'quota', after(raises(OSError(errno.EDQUOT, 'Disk quota exceeded'))), says_full),
    Case(full, 'what PyTorch says of it', after(raises(RuntimeError('unexpected pos 64 vs 0'))),
        lambda r: says_full(r) and 'unexpected pos 64' in r[1]),
    Case(full, 'the last word of a run that is done', after(lambda: None), lambda r: r==('done', '')),
    Case(full, 'in a sweep', lost_future, lambda t: "{'n': 1}: OSError" in t and 'is full' in t),
    Case(full, 'another error is what it was', after(raises(OSError(errno.EACCES, 'denied')), replace=False),
        lambda r: r[0]=='failed' and 'denied' in r[1]),
]
