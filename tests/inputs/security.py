"What strangers hand over: queries that are code, text that is markup, pickles, odd checkpoints, folders and pictures"
import ast, json, os, pickle, re, subprocess
from contextlib import chdir
from functools import partial
from html.parser import HTMLParser
import numpy as np, torch
from PIL import Image
from cdebm.explorer.recordings import RecordedRun
from cdebm.images import read_examples
from cdebm.pages import iframe, page, thumbnail
from cdebm.recipes import Recipe, load_buffer, load_energy, load_learner, load_recipe, preset, presets, read_recipe
from cdebm.runs import (Run, Sweep, cell_html, compare, concise, git_state, ledger, page_of, parameters, pick, planned,
    printable, select_rows, show_ledger, text_table, write_notebook)
from inputs import Case

V,T = ValueError,TypeError
cases = []

# -- what a page is made of --

class Tags(HTMLParser):
    "The tags of a page, its attributes that are programs, and where it links to"
    def __init__(self, text):
        super().__init__()
        self.tags,self.programs,self.links = set(),[],[]
        self.feed(text)
    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.programs += [k for k,_ in attributes if k.startswith('on')]
        self.links += [v or '' for k,v in attributes if k in ('href','src')]

def harmless(text):
    "Are there only tags of ours, no handlers, and no links but to files and to pictures in the page?"
    t = Tags(text)
    ours = {'table','thead','tbody','tr','th','td','a','img','p','html','meta','title','style','iframe'}
    kinds = [re.match(r'\s*([\w.+-]+):', v) for v in t.links]
    return t.tags<=ours and not t.programs and all(k is None or k[1]=='data' for k in kinds)

image = '<img src=x onerror=alert(1)>'
script = '</td></table><script>alert(1)</script>'
quotes = '"\' onmouseover="alert(1)'

def folder(root, experiment='waves', name='20260314-150926-1a2b3c4d', files=(), **info):
    "The folder of a run as somebody may send it"
    run = root/experiment/name
    run.mkdir(parents=True)
    whole = dict(status='done', started='2026-03-14T15:09:26', seconds=1.) | info
    (run/'run.json').write_text(json.dumps(whole))
    for k,v in dict(files).items(): (run/k).write_text(v)
    return run

# -- a visitor's query --
query = "a visitor's query"
def touched(text):
    "A function of a folder: is a file there after the query, which would make one if it ran?"
    def ask(root):
        folder(root/'runs', params=dict(n=1))
        mark = root/'ran'
        try: found = pick(ledger(runs=root/'runs'), text.format(mark=mark))
        except ValueError: found = None
        return mark.exists(),found
    return ask
def asked(text):
    "A function of a folder: the runs, n = 1 to 3, that a query finds"
    def ask(root):
        for n in (1, 2, 3):
            recipe = json.dumps(dict(sampler=dict(step_size=n/10)))
            more = dict(metrics=json.dumps(dict(headline=dict(kl=n/10)))) if n<3 else {}
            files = {'recipe.json': recipe} | {f'{k}.json': v for k,v in more.items()}
            started = f'2026-03-1{n}T12:00:00'
            folder(root, name=str(n), params=dict(n=n), files=files, started=started, recipe=dict(preset='ring'))
        return list(select_rows(ledger(runs=root), text).n)
    return ask

evil = ["@load_runs.__globals__['os'].system('touch {mark}')==0", "@pd.io.common.os.system('touch {mark}')==0",
    "__import__('os').system('touch {mark}')==0", "(lambda: open('{mark}', 'w'))()", "[open('{mark}', 'w')][0]==1",
    "status.__class__.__base__.__subclasses__()==1", "f'{{open(\"{mark}\", \"w\")}}'=='x'",
    "`n`; open('{mark}', 'w')", "(x := open('{mark}', 'w'))==1", "@__builtins__['open']('{mark}', 'w')==1"]
cases += [Case(query, t, touched(t), lambda r: r==(False, None)) for t in evil]
cases += [
    Case(query, 'columns and constants', asked("status=='done' and n<3"), lambda n: n==[1,2]),
    Case(query, 'names in backticks', asked('`sampler.step_size` in [.1, .3]'), lambda n: n==[1,3]),
    Case(query, 'a missing value compares as false', asked('kl<9'), lambda n: n==[1,2]),
    Case(query, 'missing is None', asked('not (kl!=None)'), lambda n: n==[3]),
    Case(query, 'times', asked("started>='2026-03-12'"), lambda n: n==[2,3]),
    Case(query, 'parentheses, chains', asked("(1<n<=2 or n in (3,)) and status not in ['lost']"), lambda n: n==[2,3]),
    Case(query, 'markup in a text', asked("status!='<b>`x`'"), lambda n: n==[1,2,3]),
    Case(query, 'an unknown column', asked("statsu=='done'"), error=V,
        says="there is no column 'statsu'; did you mean 'status'?"),
    Case(query, 'a name with a dot, bare', asked('sampler.step_size<1'), error=V, says='in backticks'),
    Case(query, 'text with a number', asked('status<3'), error=V, says='compares text with numbers'),
    Case(query, 'a number as text', asked("n=='1'"), error=V, says='compares numbers with text'),
    Case(query, 'no question', asked('n'), error=V, says='n is not true or false'),
    Case(query, 'arithmetic', asked('n+1==2'), error=V, says='a query has columns, constants ... got n + 1'),
    Case(query, 'pandas’ own and', asked('(n==1) & (n<2)'), error=V, says='a query has columns'),
    Case(query, 'half a query', asked('n<'), error=V, says='a query must read like'),
    Case(query, 'no date', asked("started>'yesterday'"), error=V, says='a time must read like'),
    Case(query, 'a long one', asked('n==1 or '*200+'n==2'), error=V, says='may have 1000 characters'),
    Case(query, 'a deep one', asked('('*300+'n'), error=V, says='a query must read like'),
    Case(query, 'no text', asked(3), error=T, says='a query must be text; got 3'),
]

# -- text of a file, shown as markup --
markup = 'text of a file, shown as markup'
def shown(door, **more):
    "A function of a folder: what a door shows of a run in which `more` is markup"
    def show(root):
        run = folder(root, params=dict(n=1) | more.pop('params', {}), files=more.pop('files', {}), **more)
        return door(root, Run(run))
    return show
doors = dict(
    ledger=lambda root, run: show_ledger(ledger(runs=root)),
    run=lambda root, run: run._repr_html_(),
    sweep=lambda root, run: Sweep('s', [run], 1)._repr_html_(),
    page=lambda root, run: page_of(ledger(runs=root), root/'page.html'),
    pandas=lambda root, run: ledger(runs=root).to_html(),
    compare=lambda root, run: compare(run, folder(root, name='other', params=dict(n=2))).to_html())
def error(text): return dict(status='failed', error=dict(name=text, message=text, cell=text))
places = dict(
    value=lambda t: dict(params=dict(note=t)), name=lambda t: dict(params={t: 1}), error=error,
    headline=lambda t: dict(files={'metrics.json': json.dumps(dict(headline={t: t}))}),
    recipe=lambda t: dict(recipe=dict(preset=t, diff={t: [1, t]}), files={'recipe.json': json.dumps({t: dict(a=t)})}),
    machine=lambda t: dict(host=t, versions={t: t}, sweep=t, started=t))
def a_case(where, place, door, text):
    "A case, with arguments of its own each time it is called"
    return Case(markup, f'{where}, by {door}', lambda root: shown(doors[door], **place(text))(root), harmless)
cases += [a_case(where, place, door, image+script+quotes) for where,place in places.items() for door in doors]

def linked(experiment):
    "A function of a folder: a link to the page of a run whose folder has this name, made from within that folder"
    def link(root):
        run = folder(root, experiment, files={f'{experiment}.html': 'a page'})
        with chdir(root): return show_ledger(ledger(runs=root)) + Run(run)._repr_html_()
    return link
cases += [Case(markup, f'a folder called {name}', linked(name), lambda t: harmless(t) and 'href="' in t)
    for name in ('javascript:alert(1)', 'data:text', '"onclick=alert(1) x="', '%2e%2e#a?b')]
def alt(root):
    "A thumbnail of a picture with a name that closes its tag"
    Image.new('RGB', (3,3)).save(root/'"><b>.png')
    return thumbnail(root/'"><b>.png')
code = 'export default {render() {}}'
packed = dict(_esm=code, title=f'</title>{script}', note=f'{script}{image}')
cases += [
    Case(markup, 'name of a figure', alt, lambda t: t and harmless(t)),
    Case(markup, 'a status', lambda: cell_html('status', image), harmless),
    Case(markup, 'title and state of a view', lambda: page(packed), lambda t: t.count('<script')+t.count('<img')==2),
    Case(markup, 'a page runs its own script only', lambda: page(packed), lambda t: "script-src 'sha256-" in t),
    Case(markup, 'title and poster of a frame', lambda: iframe('<b>', quotes, poster=quotes+'>'+image),
        lambda t: [*Tags(t).programs]==[] and Tags(t).tags=={'iframe','img'}),
]

# -- characters that steer a terminal --
steering = 'characters that steer a terminal'
clear = '\x1b[2J\x1b]0;title\x07\u202e'
def on_terminal(door):
    def show(root):
        run = folder(root, params={clear: clear}, **error(clear))
        return door(root, Run(run))
    return show
def plain(text): return not any(c in text for c in '\x1b\x07\u202e') and '\\x1b[2J' in text
cases += [
    Case(steering, 'table of runs', on_terminal(lambda root, run: text_table(ledger(runs=root))), plain),
    Case(steering, 'error of a run', on_terminal(lambda root, run: run.error), plain),
    Case(steering, 'comparison', on_terminal(
        lambda root, run: compare(run, folder(root, name='b')).to_string()), plain),
    Case(steering, 'half a character', lambda: printable('a\ud800'), lambda t: t=='a\\ud800'),
    Case(steering, 'text as it is', lambda: printable('λ = ü\n\t'), lambda t: t=='λ = ü\n\t'),
]

# -- free text of a recipe --
free = 'free text of a recipe'
def by_json(key, text):
    part,_,field = key.partition('.')
    return Recipe.from_json(json.dumps({part: {field: text} if field else text}))
def by_replace(key, text): return Recipe().replace({key: text})
ways = dict(replace=by_replace, json=by_json)
wrong = {'training.device': [image, 'cpu\n', 'gpu', 'cuda:x', '', 'cuda:1; rm'],
    'preset': [image, 'a\nb', 'x'*61, '$\\frac{$', clear]}
cases += [Case(free, f'{k} {t[:12]!r} by {way}', partial(f, k, t), error=V, says=f'{k} must be')
    for k,texts in wrong.items() for t in texts for way,f in ways.items()]
cases += [Case(free, f'data.name by {way}', partial(f, 'data.name', image), error=V, says='data.name must be one of')
    for way,f in ways.items()]
cases += [Case(free, f'device {t}', partial(Recipe.parse, 'training.device', t), lambda v, t=t: v==t)
    for t in ('cpu', 'cuda', 'cuda:1', 'mps', 'auto')]
cases += [Case(free, f'preset {t!r}', partial(by_replace, 'preset', t), lambda r, t=t: str(r)==(t or 'recipe'))
    for t in ('', 'mine', 'ring-coarse 2.1+x')]

# -- checkpoints --
kept = {}
def checkpoint():
    "What a checkpoint of a small network holds, made once"
    if kept: return kept
    small = {'model.width': 8, 'buffer.capacity': 20, 'training.batch_size': 4, 'loss.entropy': 0}
    made = preset('ring', small).learner()
    kept.update(made.state_dict() | dict(others=[]))
    return kept
def changed(door, **changes):
    "A function of a folder: a door opens a checkpoint of which something was changed"
    def load(root):
        held = dict(checkpoint())
        recipe = changes.get('recipe')
        if isinstance(recipe, dict): changes['recipe'] = json.dumps(json.loads(held['recipe']) | recipe)
        torch.save(held | changes, root/'c.pt')
        return door(root/'c.pt')
    return load
open_recipe = 'a recipe of the wrong type in a checkpoint'
loads = dict(recipe=load_recipe, energy=load_energy, buffer=load_buffer, learner=load_learner)
odd_types = {'a number': 3, 'a tensor': torch.ones(3), 'true': True, 'bytes': b'{}', 'a list': ['{}']}
odd_recipes = {name: (v, f'the recipe in ... c.pt must be JSON text; got {type(v).__name__}')
    for name,v in odd_types.items()}
odd_recipes |= {
    'nothing': (None, 'c.pt carries no recipe'),
    'no text': ('', 'c.pt carries no recipe'),
    'half of JSON': ('{"seed"', 'the recipe in ... c.pt: not the JSON'),
    'a JSON list': ('[]', 'c.pt: a recipe must be'),
    'deep JSON': ('['*100_000, 'c.pt: not the JSON'),
    'a long number': ('{"seed": 1'+'0'*5000+'}', 'c.pt: ')}
cases += [Case(open_recipe, f'{name}, by load_{way}', changed(load, recipe=v), error=V, says=says)
    for name,(v,says) in odd_recipes.items() for way,load in loads.items()]
with_markup = dict(training=dict(device=image))
cases += [Case(markup, f'device of a checkpoint, by load_{way}', changed(load, recipe=with_markup), error=V,
    says='c.pt: training.device must be auto, cpu') for way,load in loads.items()]
state = 'parts of a checkpoint that do not fit'
def weights(path): return load_energy(path, average=False)
cases += [
    Case(state, 'weights a number', changed(weights, energy=3), error=V, says='c.pt holds no state that fits'),
    Case(state, 'weights missing', changed(weights, energy={}), error=V, says='c.pt holds no state that fits'),
    Case(state, 'weights of another size', changed(weights, energy={'net.0.weight': torch.ones(3)}), error=V,
        says='c.pt holds no state that fits'),
    Case(state, 'averages a list', changed(load_energy, callbacks=[]), error=V, says='c.pt holds no state'),
    Case(state, 'average a number', changed(load_energy, callbacks=dict(EMA=3)), error=V, says='c.pt holds no state'),
    Case(state, 'samples a number', changed(load_buffer, buffer=3), error=V, says='c.pt holds no state'),
    Case(state, 'samples none', changed(load_buffer, buffer={}), error=V, says='c.pt holds no state'),
    Case(state, 'as it was', changed(load_recipe), lambda r: r.preset=='ring'),
]

# -- pickles --
pickles = 'a pickle that runs a command'
class Bomb:
    "Unpickled, it makes a file"
    def __init__(self, mark): self.mark = mark
    def __reduce__(self): return os.mkdir, (str(self.mark),)
def unpickled(write, read):
    "A function of a folder: did the file that is written there run when it was read?"
    def load(root):
        path = write(root, Bomb(root/'ran'))
        try: read(path)
        except (ValueError, TypeError, OSError): return (root/'ran').exists()
        return 'was read'
    return load
def as_pickle(root, bomb):
    (root/'c.pt').write_bytes(pickle.dumps(bomb, protocol=2))
    return root/'c.pt'
def as_torch(root, bomb):
    torch.save(dict(recipe=bomb), root/'c.pt')
    return root/'c.pt'
def as_npz(root, bomb):
    np.savez(root/'c.npz', steps=np.array([bomb], dtype=object))
    return root/'c.npz'
def as_npy(root, bomb):
    np.save(root/'c.npy', np.array([bomb], dtype=object), allow_pickle=True)
    return root/'c.npy'
def examples(path): return read_examples(path, (2,))
files = dict(pickle=(as_pickle, load_recipe), checkpoint=(as_torch, load_recipe), energy=(as_torch, load_energy),
    learner=(as_torch, load_learner), tensor=(as_torch, examples), npz=(as_npz, examples), npy=(as_npy, examples),
    recorded=(as_npz, RecordedRun.load))
cases += [Case(pickles, name, unpickled(*how), lambda ran: ran is False) for name,how in files.items()]

# -- huge sizes --
huge = 'huge sizes in a recipe'
def built(**changes): return lambda: Recipe().replace({k.replace('__', '.'): v for k,v in changes.items()}).learner()
too_much = 'GiB of memory, and this machine has ... what asks for it: '
cases += [
    Case(huge, 'width', built(model__width=10**6, model__depth=100), error=V, says=too_much+'model.width 1000000'),
    Case(huge, 'depth', built(model__width=10**5, model__depth=200), error=V, says='model.depth 200'),
    Case(huge, 'capacity', built(buffer__capacity=10**12), error=V, says=too_much+'buffer.capacity 1000000000000'),
    Case(huge, 'batch', built(training__batch_size=10**12), error=V, says=too_much+'training.batch_size 10'),
    Case(huge, 'width beyond all', built(model__width=10**9), error=V, says='model.width must be ... <= 1000000'),
    Case(huge, 'depth beyond all', built(model__depth=10**9), error=V, says='model.depth must be ... <= 1000'),
    Case(huge, 'steps beyond all', built(training__steps=10**30), error=V, says='training.steps must be'),
    Case(huge, 'pixels', lambda: preset('digits', {'data.size': 10**6}), error=V, says='data.size must be ... <= 1'),
    Case(huge, 'width of a checkpoint', changed(load_energy, recipe=dict(model=dict(width=10**6, depth=100))),
        error=V, says=too_much+'model.width 1000000'),
    Case(huge, 'presets fit', lambda: [r.energy() for k,r in presets.items() if k in ('ring','digits')], len),
]

# -- folders of runs, and pictures, that are not what they seem --
folders = 'a folder of runs from somebody else'
def whole_ledger(root):
    "What the tables make of it"
    df = ledger(runs=root)
    text_table(concise(df))
    show_ledger(df)
    return df.status.iloc[0],df.error.iloc[0]
def odd(**info):
    return lambda root: (folder(root, **info), whole_ledger(root))[1]
def raw(text):
    def load(root):
        (folder(root)/'run.json').write_bytes(text)
        return whole_ledger(root)
    return load
def deep(n): return json.loads('{"a":'*n+'1'+'}'*n)
cases += [Case(folders, name, odd(**info), lambda r: r==('done', '')) for name,info in {
    'started a number': dict(started=3), 'started a dict': dict(started={}), 'started no time': dict(started='x'),
    'seconds text': dict(seconds='x'), 'parameters a list': dict(params=[1]), 'error text': dict(error='x'),
    'preset a list': dict(recipe=dict(preset=[1])), 'parameters of all kinds': dict(params=dict(a=[1], b={}, c=None)),
    'half a character': dict(params={'\ud800': '\ud800'}), 'sweep a list': dict(sweep=[1]),
    'a long number': dict(params=dict(n=10**4000)), 'a deep parameter': dict(params=dict(a=deep(300)))}.items()]
cases += [Case(folders, name, raw(text), lambda r: r[0]=='unreadable' and 'run.json' in r[1]) for name,text in {
    'a list': b'[]', 'half of JSON': b'{"status": "do', 'deep JSON': b'['*100_000, 'bytes': b'\x00\xff\xfe\x00',
    'a status of its own': b'{"status": "perfect"}', 'a status that is a list': b'{"status": []}',
    'a number without end': b'{"status": 1'+b'0'*9999+b'}'}.items()]
def with_files(**made):
    "A run with odd files of results"
    def load(root):
        run = folder(root)
        for name,text in made.items(): (run/f'{name}.json').write_text(text)
        return whole_ledger(root)
    return load
nested = '{"a":'*400+'1'+'}'*400
cases += [Case(folders, name, with_files(**made), lambda r: r==('done', '')) for name,made in {
    'metrics a list': dict(metrics='[]'), 'headline a number': dict(metrics='{"headline": 3}'),
    'metrics of no numbers': dict(metrics='{"headline": {"kl": NaN, "x": Infinity}}'),
    'a deep recipe': dict(recipe=nested), 'deep metrics': dict(metrics=nested),
    'recipe text': dict(recipe='"x"')}.items()]
def pipe(root):
    "A pipe in place of run.json: reading it would wait for ever"
    run = folder(root)
    (run/'run.json').unlink()
    os.mkfifo(run/'run.json')
    return whole_ledger(root)
def figures(root):
    "Figures that are none: a link to nowhere, a folder, a program, half a picture, a picture of 10^10 pixels"
    run = folder(root)
    (run/'figures'/'folder.png').mkdir(parents=True)
    (run/'figures'/'link.png').symlink_to(root/'nowhere')
    (run/'figures'/'program.png').write_text('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n')
    Image.new('RGB', (30,30)).save(root/'whole.png')
    (run/'figures'/'half.png').write_bytes((root/'whole.png').read_bytes()[:60])
    vast = b'\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR' + (10**5).to_bytes(4, 'big')*2 + b'\x08\x02\x00\x00\x00'
    (run/'figures'/'vast.png').write_bytes(vast)
    return Run(run)._repr_html_(),whole_ledger(root)
def watcher(root):
    "A repository whose settings name a program to be run when somebody asks for its state"
    def git(*args): subprocess.run(['git', '-C', root, *args], check=True, capture_output=True)
    git('init', '-q')
    git('-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-q', '--allow-empty', '-m', 'x')
    git('config', 'core.fsmonitor', f'touch {root}/ran')
    return git_state(root)['dirty'],(root/'ran').exists()
if hasattr(os, 'mkfifo'): cases.append(Case(folders, 'a pipe', pipe, lambda r: r[0]=='unreadable'))
cases += [
    Case(folders, 'figures that are none', figures, lambda r: '<img' not in r[0] and r[1]==('done', '')),
    Case(folders, 'settings of git that start a program', watcher, lambda r: r==(False, False)),
]

# -- values that go into a notebook's code --
injected = 'a value that wants to be code'
def code_of(value):
    "A function of a folder: names that the cell of parameters calls when `value` is given, and what it assigns"
    def inject(root):
        from papermill.translators import PythonTranslator
        plan = planned(write_notebook(root/'n.ipynb', 'x = 1'), dict(x=value))
        tree = ast.parse(PythonTranslator.codify(plan.inject))
        space = {}
        exec(compile(tree, 'cell', 'exec'), dict(float=float), space)
        calls = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        return calls<={'float'},space['x']
    return inject
texts = ['"; import os #', "'''", '\\"+open("x")+\\"', '\n)\nimport os', '{x}', '\\', '"""+1+"""']
cases += [Case(injected, repr(t), code_of(t), lambda r, t=t: r==(True, t)) for t in texts]
nested_texts = {texts[0]: [texts[1]]}
cases += [Case(injected, 'keys and lists', code_of(nested_texts), lambda r: r==(True, nested_texts))]
def not_run(root):
    "The default of a parameter, which is read and not run"
    known = parameters(write_notebook(root/'n.ipynb', f'x = open({str(root/"ran")!r}, "w")\ny = 9**9**9'))
    return (root/'ran').exists(),known['y']
cases.append(Case(injected, 'a default', not_run, lambda r: r==(False, '9 ** 9 ** 9')))
def from_a_file(root):
    (root/'r.json').write_text(json.dumps(dict(training=dict(device=image))))
    return read_recipe(root/'r.json')
cases.append(Case(free, 'device in a file', from_a_file, error=V, says='r.json: training.device must be'))
