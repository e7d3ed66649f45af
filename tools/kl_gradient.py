"""How large is the KL term's gradient? figures/kl_gradient.md, from the figures/kl_gradient_*.json that are there

    python tools/kl_gradient.py     trains nothing; `python tools/figures.py kl_gradient` measures, then calls this

The paper's figure (Du et al. 2021) shows a gradient of .3 to .5 times that of CD. A set of data lies below, within or
above that band where all its seeds do, and across its edge where they do not.
"""
import json, sys
from pathlib import Path
from statistics import median

root = Path(__file__).resolve().parent.parent

BAND = .3,.5     # read off the figure
SETS = dict(ring='eight Gaussians (`ring`)', ring_coarse='eight Gaussians (`ring-coarse`)', digits='digits',
    mnist='MNIST (`mnist-small`)', cifar10='CIFAR-10 (`cifar10-small`)')
ABOUT = {'.1': 'opt + .1·entropy, as the paper\'s figure was logged', '.3': 'opt + .3·entropy, the default loss',
    'd': 'opt + d·entropy, an entropy in nats'}

def measured(folder):
    "{set: {label: runs}} of the files that are there"
    files = {k: folder/f'kl_gradient_{k}.json' for k in SETS}
    return {k: json.loads(p.read_text())['results'] for k,p in files.items() if p.exists()}

def place(values):
    "Where the seeds lie: below, within or above the band, or across its edge"
    low,high = BAND
    each = {'below' if v<low else 'above' if v>high else 'within' for v in values}
    return each.pop() if len(each)==1 else 'across the edge of'

def late(runs, how, weight):
    "A number of each seed: the median over the second half of what was recorded"
    return [v for r in runs if (v := r['late'][how][weight]) is not None]

def digits(v):
    "Two of them"
    return f'{v:.0f}' if abs(v)>=10 else f'{v:.1f}' if abs(v)>=1 else f'{v:.2f}' if abs(v)>=.1 else f'{v:.2g}'

def cell(values):
    "Median, and the smallest and largest of the seeds"
    if not values: return '–'
    return f'**{digits(median(values))}** ({digits(min(values))} to {digits(max(values))})'

def row(name, label, runs):
    "A row of the table"
    made = [r['steps'] for r in runs]
    lost = sum(bool(r['report']) for r in runs)
    steps = f'{max(made)}' if not lost else f'lost in {lost} of {len(runs)} at {min(made)} to {max(made)}'
    norm = [median(r['cd'][len(r['cd'])//2:]) for r in runs]
    ratios = [late(runs, 'mean', w) for w in ABOUT]
    return [SETS[name], label, runs[0]['d'], len(runs), steps, f'{median(norm):.2g}', *map(cell, ratios),
        cell(late(runs, 'whole', '.1')), cell(late(runs, 'cosine', '.3')), place(ratios[0])]

def table(head, lines):
    head = [h.replace('|', '\\|') for h in head]
    return '\n'.join('| '+' | '.join(map(str, r))+' |' for r in (head, ['---']*len(head), *lines))

def verdict(results, weight, label='improved CD'):
    "A sentence on one weight of the entropy: which data lie where"
    at = {}
    for k,rows in results.items():
        if label in rows: at.setdefault(place(late(rows[label], 'mean', weight)), []).append(SETS[k])
    order = [w for w in ('below','within','above','across the edge of') if w in at]
    said = '; '.join(f"{w} the band: {', '.join(at[w])}" for w in order)
    return f'* {ABOUT[weight]}: **{said}**.'

def text(results):
    "Table and verdict as Markdown"
    head = ['data', 'trained by', 'd', 'seeds', 'updates', '|CD|', *(f'|KL| / |CD|, weight {w}' for w in ABOUT),
        'the same of the whole gradient, .1', 'cosine of CD and KL, .3', 'weight .1 lies … the band']
    about = ['Medians over the second half of training, counted where the bank is full enough for an entropy: of the',
        'seeds the median, in brackets the smallest and largest. The ratio is that of means over tensors of their',
        'gradients\' norms, as in the paper\'s figure. Of runs by plain CD, opt and entropy are measured on the side.',
        f"All runs took {sum(r['cpu_seconds'] for by in results.values() for v in by.values() for r in v)/60:.0f}",
        'minutes of one core.']
    lines = [row(k, label, runs) for k,rows in results.items() for label,runs in rows.items()]
    verdicts = '\n'.join(verdict(results, w) for w in ABOUT)
    band = '**Beside the paper\'s {} to {}**, runs by improved CD, all seeds:'.format(*(f'{b:g}'[1:] for b in BAND))
    return '\n\n'.join([table(head, lines), ' '.join(about), band, verdicts]) + '\n'

def write(folder):
    "figures/kl_gradient.md; its text"
    from cdebm.basics import write_whole
    out = text(measured(folder))
    write_whole(folder/'kl_gradient.md', out)
    return out

if __name__=='__main__':
    sys.path.insert(0, str(root))
    print(write(root/'figures'))
