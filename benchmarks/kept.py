"What the benchmarks of the views and of the command find, on the screen and in figures/views.json and .md"
import datetime, json, statistics
from crew import machine, root, table

path = root/'figures'/'views.json'

def keep(name:str, values, unit:str, aim=''):
    "One line: what, every repetition, the median, what it should be"
    from cdebm.basics import write_whole
    values = [float(f'{v:.3g}') for v in values]
    m = machine()
    row = dict(median=statistics.median(values), all=values, unit=unit, aim=aim, load=m['load'],
        when=f'{datetime.date.today():%Y-%m-%d}', processor=m['processor'], cores=m['cores'])
    print(f"{name}: {row['median']:.3g} {unit} ({', '.join(f'{v:.3g}' for v in values)}) {aim}", flush=True)
    found = (json.loads(path.read_text()) if path.exists() else {}) | {name: row}
    write_whole(path, json.dumps(found, indent=1)+'\n')
    write_whole(path.with_suffix('.md'), page(found))

def page(found:dict) -> str: # Markdown
    "All lines that there are"
    rows = [[k, f"{r['median']:.3g} {r['unit']}", r['aim'], ', '.join(f'{v:.3g}' for v in r['all']), r['load'],
        f"{r['processor']}, {r['cores']} cores, {r['when']}"] for k,r in found.items()]
    return '\n\n'.join(['# The views and the command', 'Medians, and every repetition; offline Chromium. `make bench`.',
        table(['', 'median', 'aim', 'each', 'load', 'measured on'], rows)])+'\n'
