"""Tables with their verdicts, as Markdown, from figures/*.json: figures/rules.md, weights.md, stability.md

    python tools/verdicts.py      writes those whose figures are there; trains nothing

An aim is reached where it holds in every row that was measured; rows that were not are counted, and said.
"""
import json, sys
from pathlib import Path
from statistics import median

root = Path(__file__).resolve().parent.parent

def lost(rows): return sum(bool(r['report']) for r in rows)
def middle(rows, key='kl'): return None if lost(rows) else median(r[key] for r in rows)

def cell(rows, key='kl'):
    "Median, and all seeds in brackets; or how many were lost"
    if rows is None: return '–'
    if lost(rows): return f'**lost** {lost(rows)} of {len(rows)}'
    return f"{middle(rows, key):.2g} ({', '.join(f'{r[key]:.2g}' for r in rows)})"

def table(head, lines):
    return '\n'.join('| '+' | '.join(map(str, r))+' |' for r in (head, ['---']*len(head), *lines))

def verdict(aim, by_row):
    "`by_row`: name -> does it hold there, None where it was not measured"
    known = {k: v for k,v in by_row.items() if v is not None}
    missed = [k for k,v in known.items() if not v]
    open_ = f', {len(by_row)-len(known)} not measured' if len(known)<len(by_row) else ''
    what = f"not reached in {len(missed)} of {len(known)} rows ({'; '.join(missed)})" if missed else \
        f'reached in all {len(known)} rows' if known else 'not measured'
    return f'* {aim}: **{what}**{open_}.'

# ---- rules ----

def rules_of(results):
    "{row: {rule: results}} in the order of the file"
    out = {}
    for label,rows in results.items():
        row,rule = label.split(': ')
        if rule.endswith(', jumps'): row,rule = f'{row}, with jumps',rule.removesuffix(', jumps')
        out.setdefault(row, {})[rule] = rows
    return out

def compare(row, a, b, holds):
    "`holds(a, b)` of the medians where both rules are finite in every seed; None where one was not measured"
    if not (a in row and b in row): return None
    if lost(row[b]): return True
    return not lost(row[a]) and holds(middle(row[a]), middle(row[b]))

def rules(results):
    by = rules_of(results)
    names = ('plain CD', 'improved CD', 'gate', 'signed, kernel', 'signed, neighbours')
    def overshot(row): return f"{median(r['turned'] for r in row['gate']):.0%}" if 'gate' in row else '–'
    lines = [[k, *(cell(row.get(n)) for n in names), overshot(row)] for k,row in by.items()]
    def each(f): return {k: f(row) for k,row in by.items()}
    verdicts = [
        verdict('gate: finite wherever improved CD is',
            each(lambda r: compare(r, 'gate', 'improved CD', lambda a, b: True))),
        verdict('gate: median KL ≤ 1.1 × that of plain CD wherever plain CD is finite',
            each(lambda r: compare(r, 'gate', 'plain CD', lambda a, b: a<=1.1*b))),
        verdict('gate: median KL ≤ that of improved CD',
            each(lambda r: compare(r, 'gate', 'improved CD', lambda a, b: a<=b))),
        verdict('signed rule, kernel: median KL ≤ plain CD wherever plain CD is finite, ≤ the gate elsewhere',
            {k: compare(r, 'signed, kernel', 'gate' if 'plain CD' in r and lost(r['plain CD']) else 'plain CD',
                lambda a, b: a<=b) for k,r in by.items() if 'signed, kernel' in r})]
    head = ['density, step size', *names, 'chains that overshoot (gate)']
    return '\n\n'.join([table(head, lines), '\n'.join(verdicts)])+'\n'

# ---- weights ----

def weights(results):
    def ess(rows): return f"{median(min(r['ess']) for r in rows):.2f}" if 'ess' in rows[0] else '–'
    def z(rows, key): return cell(rows, key) if key in rows[0] else '–'
    lines = [[k, cell(rows), z(rows, 'log_z_error_own'), z(rows, 'log_z_error'), ess(rows),
        f"{median(r['resampled'] for r in rows):.0f}" if 'resampled' in rows[0] else '–'] for k,rows in results.items()]
    def at(label, limit): return {label: None if label not in results else middle(results[label])<=limit}
    tracked = {k: rows for k,rows in results.items() if 'log_z_error_own' in rows[0]}
    errors = {k: [abs(r['log_z_error_own']) for r in rows] for k,rows in tracked.items()}
    verdicts = [
        verdict('eight Gaussians, MALA, weighted: median KL ≤ .015', at('eight_gaussians: MALA, weighted', .015)),
        verdict('25 Gaussians, MALA, weighted: median KL ≤ .05', at('grid_25: MALA, weighted', .05)),
        verdict('|error of log Z| ≤ .05 by chains of their own, median',
            {k: median(v)<=.05 for k,v in errors.items()}),
        verdict('the same in every seed', {k: max(v)<=.05 for k,v in errors.items()})]
    head = ['density, chains', 'KL(data‖model), nats', 'error of log Z, chains of its own',
        'error of log Z, chains that train', 'smallest ESS / N', 'resampled']
    return '\n\n'.join([table(head, lines), '\n'.join(verdicts)])+'\n'

# ---- architectures ----

ZERO = .1     # size of the gap, median over the last fifth of the updates, beyond which it has left zero
SETS = {'stability': 'digits', 'stability-mnist': 'MNIST'}

def left_zero(r): return r['diverged_at'] is not None or r['late_gap']>ZERO

def gap_cell(rows):
    "How many left zero, the size of the gap at the end of all seeds, and which diverged, at which update"
    if rows is None: return '–'
    ends = [f"diverged at {r['diverged_at']}" if r['diverged_at'] is not None else f"{r['late_gap']:.2g}" for r in rows]
    return f"**{sum(map(left_zero, rows))} of {len(rows)}** ({', '.join(ends)})"

def crossed(results):
    "{architecture: {rule: results}}; those with one thing changed apart, by that thing"
    grid,changed = {},{}
    for label,rows in results.items():
        net,rule = label.split(': ')
        net,_,change = net.partition(', ')
        if change: changed.setdefault(change, {})[rule] = rows
        else: grid.setdefault(net, {})[rule] = rows
    return grid,changed

def claim(words, rows, wanted):
    "Does the gap leave zero, or stay, in all seeds? A line of the verdict"
    n = sum(left_zero(r)==wanted for r in rows)
    answer = 'not measured' if not rows else 'agreement' if n==len(rows) else 'no agreement' if n==0 else 'in part'
    return f'* {words}: {n} of {len(rows)} runs, **{answer}**.'

def architectures(grid):
    "The figure of the paper, claim by claim, and the gate"
    def runs(rule, *nets): return [r for net in nets for r in grid.get(net, {}).get(rule, [])]
    bare = 'no norm','instance norm','self-attention'
    return '\n'.join([
        *(claim(f'without the KL term {net} leaves zero', runs('plain CD', net), True) for net in bare),
        claim('without it spectral norm stays at zero', runs('plain CD', 'spectral norm'), False),
        claim('with it no norm, instance norm and self-attention stay', runs('improved CD', *bare), False),
        claim('not in the paper: taken of overshooting chains only, they stay', runs('gated', *bare), False)])

def stability(results, name):
    "Of one set of images: architectures by rules, and the claims of the paper"
    grid,changed = crossed(results)
    rules_ = list(next(iter(grid.values())))
    most = max(r['steps'] for row in grid.values() for rows in row.values() for r in rows)
    lost_ = sum(r['diverged_at'] is not None for rows in results.values() for r in rows)
    n = sum(map(len, results.values()))
    parts = [f'**{SETS[name]}**, {most} updates where nothing else is said; {lost_} of {n} runs diverged.',
        table(['architecture', *rules_], [[net, *(gap_cell(row.get(k)) for k in rules_)] for net,row in grid.items()]),
        architectures(grid)]
    if changed: parts.append(table(['instance norm, one thing changed', *rules_],
        [[k, *(gap_cell(row.get(r)) for r in rules_)] for k,row in changed.items()]))
    return '\n\n'.join(parts)

def write_stability(folder):
    "figures/stability.md, of the sets of images that were measured"
    from cdebm.basics import write_whole
    text = [f'Runs whose energy gap left zero: its size, median over the last fifth of the updates, is beyond {ZERO:g}.'
        ' In brackets that size, seed by seed. A run diverges where |gap| is beyond 1,000, or a number is not finite.']
    for name in SETS:
        path = folder/f'{name}.json'
        if path.exists(): text.append(stability(json.loads(path.read_text())['results'], name))
    write_whole(folder/'stability.md', '\n\n'.join(text)+'\n')
    return '\n\n'.join(text)+'\n'

TABLES = dict(rules=rules, weights=weights)

def write(folder, name):
    "figures/NAME.md from figures/NAME.json"
    from cdebm.basics import write_whole
    text = TABLES[name](json.loads((folder/f'{name}.json').read_text())['results'])
    write_whole(folder/f'{name}.md', text)
    return text

if __name__=='__main__':
    sys.path.insert(0, str(root))
    for k in TABLES:
        if (root/'figures'/f'{k}.json').exists(): print(write(root/'figures', k))
    if (root/'figures'/'stability.json').exists(): print(write_stability(root/'figures'))
