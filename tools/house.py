"""The measure of the house: how long modules, classes, functions and cells are, how wide the lines, how much is said.

    python tools/house.py               the table, on the screen and in figures/house.md and figures/house.json
    python tools/house.py --record      lower the records in tests/house.json, which only fall, to what is reached, or
                                        to the aim where that is reached
    python tools/house.py --list        what stands in the way of lower records: the longest, and all that is not said
    python tools/house.py --root DIR    figures of another checkout, as JSON; nothing is written

Lines of a module or a cell are lines of code, without blanks and comments; a function's are without its docstring.
Beside today's figures stand those of version 0.0.1 and of six libraries taken as models (tools/house.json).
"""
import argparse, ast, io, json, math, re, subprocess, sys, tokenize
from pathlib import Path
from statistics import median
from docstrings import public_names, silences

home = Path(__file__).resolve().parent.parent
WIDTH = 120
STUDENTS = range(0, 36)     # rooms that a student reads
READ = 'words a line, rooms 00–35'
silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)

# -- notebooks and what is in them --

def source(cell): return ''.join(cell['source'])

def python(text):
    "The source of a cell without magics and shell commands, so that it can be parsed"
    return '' if text.lstrip().startswith('%%') else re.sub(r'^(\s*)[%!].*', r'\1pass', text, flags=re.M)

def exported(text): return bool(re.match(r'\s*#\|\s*export', text))

def cells(path, kind='code'):
    "Sources of the cells of one kind in the notebook at `path`"
    return [source(c) for c in json.loads(path.read_text('utf-8'))['cells'] if c['cell_type']==kind]

def rooms(root):
    "Notebooks that make a module, as {module: path}, in reading order"
    paths = sorted((root/'nbs').glob('[0-9]*.ipynb'))
    found = {p: re.search(r'#\|\s*default_exp\s+(\S+)', '\n'.join(cells(p))) for p in paths}
    return {m[1]: p for p,m in found.items() if m}

def number(path): return int(re.match(r'\d+', path.name)[0])

def module_file(root, module): return root/'cdebm'/f"{module.replace('.', '/')}.py"

def module_text(root, module): return module_file(root, module).read_text('utf-8')

# -- lengths, widths, words --

def code_lines(text):
    "How many lines of `text` hold code"
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({n for t in tokens if t.type not in silent for n in range(t.start[0], t.end[0]+1)})

def span(node): return node.end_lineno-node.lineno+1

def function_lines(node): return span(node) - (span(node.body[0]) if ast.get_docstring(node) is not None else 0)

def functions(tree): return [n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]

def classes(tree): return [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]

def wide(text): return [i for i,l in enumerate(text.splitlines(), 1) if len(l)>WIDTH]

def words(text):
    "Words of prose in markdown: code blocks and formulas are none"
    text = re.sub(r'```.*?```|\$\$.*?\$\$|\$[^$\n]*\$|<[^>]*>', ' ', text, flags=re.S)
    return sum(bool(re.search(r'[^\W\d_]', w)) for w in text.split())

def asserts(text): return bool(re.search(r'\bassert\b|\btest_\w+\(', text))

def p90(values): return sorted(values)[math.ceil(.9*len(values))-1]

def room(root, module, path):
    "All that is measured of one module and its notebook"
    text,code = module_text(root, module),cells(path)
    tree = ast.parse(text)
    return dict(number=number(path), lines=code_lines(text), public=len(public_names(tree)),
        classes=[(c.name, span(c)) for c in classes(tree)],
        functions=[(f'{f.name}, line {f.lineno}', function_lines(f)) for f in functions(tree)],
        cells=[(t.splitlines()[1], code_lines(python(t))) for t in code if exported(t) and code_lines(python(t))],
        wide=sum(len(wide(t)) for t in code), cell_lines=sum(code_lines(python(t)) for t in code), code_cells=len(code),
        words=sum(map(words, cells(path, 'markdown'))), asserting=sum(map(asserts, code)))

def javascript(root):
    "What tools/jslengths.py says of the scripts of the views: {file: {lines, longest_line, functions: {name: lines}}}"
    tool = home/'tools'/'jslengths.py'
    if not tool.exists(): return {}
    scripts = sorted((root/'cdebm'/'explorer'/'static').glob('*.js'))
    res = subprocess.run([sys.executable, tool, *scripts], capture_output=True, text=True, check=True)
    return json.loads(res.stdout)

def measure(root): return {m: room(root, m, p) for m,p in rooms(root).items()}

# -- figures: of a room, of all --

def lengths(values): return [median(values), p90(values), max(values)] if values else []

def words_a_line(rs): return round(sum(r['words'] for r in rs)/sum(r['cell_lines'] for r in rs), 2)

def figures(found, js=()):
    "The figures of rooms taken together"
    rs = list(found.values())
    def pool(k): return [n for r in rs for _,n in r[k]]
    def total(k): return sum(r[k] for r in rs)
    out = {'modules': len(rs), 'lines of code': total('lines'), 'module': lengths([r['lines'] for r in rs]),
        'class': lengths(pool('classes')), 'function': lengths(pool('functions')),
        'export cells': len(pool('cells')), 'export cell': lengths(pool('cells')),
        'public names': median(r['public'] for r in rs), 'lines beyond 120': total('wide'),
        'words a line of code': words_a_line(rs),
        'words a code cell': round(total('words')/total('code_cells'), 1),
        'cells that assert, %': round(100*total('asserting')/total('code_cells'))}
    if read := [r for r in rs if r['number'] in STUDENTS]: out[READ] = words_a_line(read)
    if js:
        out['JavaScript function'] = lengths([n for f in js.values() for n in f['functions'].values()])
        out['JavaScript file'] = lengths([f['lines'] for f in js.values()])
        out['longest line of JavaScript'] = max(f['longest_line'] for f in js.values())
    return out

# what is measured, which entry of it (of lengths: median, nine tenths, longest), and the most (or least) it should be
AIMS = [('module',2,450), ('class',2,120), ('function',1,12), ('export cell',0,10), ('export cell',1,30),
    ('public names',None,10), ('lines beyond 120',None,0), ('longest line of JavaScript',None,WIDTH),
    (READ,None,-2), ('cells that assert, %',None,-33)]

def missed(name, value):
    "Which aims of measure `name` its value misses: the entries of its lengths, or [None]"
    entry = {i: v for i,v in enumerate(value)} if isinstance(value, list) else {None: value}
    return [i for k,i,aim in AIMS if k==name and i in entry and (entry[i]>aim if aim>=0 else entry[i]<-aim)]

def shown(name, value):
    "A figure in a table, bold where it misses its aim"
    def one(i, v): return f"**{v:g}**" if i in missed(name, value) else f'{v:g}'
    if isinstance(value, str): return value
    return ' / '.join(one(i, v) for i,v in enumerate(value)) if isinstance(value, list) else one(None, value)

def row(*entries): return f"| {' | '.join(entries)} |"

def table(head, rows): return '\n'.join([row(*head), row(*['---']*len(head)), *(row(*r) for r in rows)])

def in_aims(name):
    "The aim of a measure, in words"
    at = {0: 'median', 1: 'p90', 2: 'longest'}
    def one(i, aim): return (f'{at[i]} ' if i is not None else '') + (f'≤ {aim}' if aim>=0 else f'≥ {-aim}')
    return ', '.join(one(i, aim) for k,i,aim in AIMS if k==name)

def beside(now, known):
    "Today's figures beside those of version 0.0.1 and the models"
    others = {'0.0.1': known['0.0.1'], **known['models']}
    def entry(d, k): return shown(k, d[k]) if d is now and k in d else shown('', d.get(k, ''))
    dates = ['snapshot', '', 'today', *(d['snapshot'] for d in others.values())]
    rows = [[k, in_aims(k), entry(now, k), *(entry(d, k) for d in others.values())] for k in now]
    return table(['', 'aim', 'cdebm', *others], [dates, *rows])

def room_by_room(found):
    "A line a room; words count only in rooms that a student reads"
    def line(m, r):
        f = figures({m: r})
        f['public names'] = f"{f['public names']:g}"     # an aim of the median
        said = READ if READ in f else 'words a line of code'
        keys = ['class','function','export cell','public names','lines beyond 120',said,'cells that assert, %']
        return [f"{r['number']:02} {m}", shown('module', f['module']).split(' / ')[2], *(shown(k, f[k]) for k in keys)]
    head = ['room', 'lines', 'class', 'function', 'export cell', 'public', '> 120', 'words a line', 'assert, %']
    return table(head, [line(m, r) for m,r in found.items()])

def report(found, js, known):
    "The whole table as Markdown"
    note = '' if js else "\n\nScripts of the views were not measured: that needs tools/jslengths.py."
    lines = 'Lengths are lines of code: median / nine tenths are no longer / longest. Bold: the aim is missed.'
    return f"""# The measure of the house

{lines} {known['about']}

{beside(figures(found, js), known)}{note}

{room_by_room(found)}
"""

# -- records: what only falls --

def worst(found, js):
    "The measures that have a record, and who holds it: {measure: (value, names)}"
    def longest(pairs):
        pairs = list(pairs)
        top = max(n for _,n in pairs)
        return top,[k for k,n in pairs if n==top]
    def pairs(k): return [(f'{m}: {o}', n) for m,r in found.items() for o,n in r[k]]
    out = {'longest module': longest((m, r['lines']) for m,r in found.items()),
        'longest class': longest(pairs('classes')),
        'longest function': longest(pairs('functions')),
        'longest export cell': longest(pairs('cells')),
        'most public names': longest((m, r['public']) for m,r in found.items())}
    f = figures(found)
    for k,i in (('function',1), ('export cell',0), ('export cell',1)): out[f"{k}, {('median','p90')[i]}"] = f[k][i],[]
    out['public names, median'] = f['public names'],[]
    if js:
        each = [(f'{p}: {k}', n) for p,d in js.items() for k,n in d['functions'].items()]
        out['longest function of JavaScript'] = longest(each)
    return out

def standing(root):
    "Every measure with a record today: {measure: (value, names)}"
    said = silences({m: module_text(root, m) for m in rooms(root)})
    return worst(measure(root), javascript(root)) | {k: (len(v), v) for k,v in said.items()}

ENOUGH = {'longest module': 450, 'longest class': 120, 'function, p90': 12, 'export cell, median': 10,
    'export cell, p90': 30, 'public names, median': 10}     # aims: no record goes below

def reached(k, value): return max(value, ENOUGH.get(k, 0))

def beaten(now, records):
    "Which records can be lowered"
    return [k for k,(v,_) in now.items() if k in records and reached(k, v)<records[k]]

def record(now, path):
    "Lower the records in the file at `path` to what is reached; one that is missed stays"
    old = json.loads(path.read_text('utf-8')) if path.exists() else {}
    new = old | {k: min(reached(k, v), old.get(k, math.inf)) for k,(v,_) in now.items()}
    path.write_text(json.dumps(new, indent=1, ensure_ascii=False) + '\n', 'utf-8')
    for k in new:
        if new[k]!=old.get(k): print(f"{k}: {old.get(k, 'new')} -> {new[k]}")

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--record', action='store_true', help='lower the records in tests/house.json')
    ap.add_argument('--list', action='store_true', help='name what holds the records up')
    ap.add_argument('--root', type=Path, help='another checkout: its figures as JSON')
    a = ap.parse_args()
    records = home/'tests'/'house.json'
    if a.record: return record(standing(home), records)
    if a.list: return [print(f'{k}: {v:g}', *names, sep='\n    ') for k,(v,names) in standing(home).items()]
    found,js = measure(a.root or home),javascript(a.root or home)
    if a.root: return print(json.dumps(figures(found, js), indent=1))
    known = json.loads((home/'tools'/'house.json').read_text('utf-8'))
    text = report(found, js, known)
    (home/'figures'/'house.md').write_text(text, 'utf-8')
    rows = {m: dict(number=r['number'], **figures({m: r})) for m,r in found.items()}
    d = dict(command='python tools/house.py', today=figures(found, js), rooms=rows, **known)
    (home/'figures'/'house.json').write_text(json.dumps(d, indent=1, ensure_ascii=False) + '\n', 'utf-8')
    print(text)
    lower = beaten(standing(home), json.loads(records.read_text('utf-8')))
    if lower: print('Beaten; lower their records by `python tools/house.py --record`:', ', '.join(lower))

if __name__=='__main__': main()
