"What README and tour promise, small enough for every run; `make figures` measures it in full, over several seeds"
import json
import pytest
from cdebm.laboratory import RULES
from helpers import tool

figures,studies,verdicts = tool('tools/figures.py'),tool('tools/studies.py'),tool('tools/verdicts.py')

def run(name, label, **more):
    "One seed of a figure with some values changed"
    f,base,changes,_ = figures.FIGURES[name]
    return f(figures.preset(base, changes[label] | more))

def test_regime():
    "Where the step is too coarse plain CD is lost within 400 steps; improved CD, same network and seeds, is not"
    plain,improved = (run('regime', k, **{'training.steps': 400}) for k in ('plain CD', 'improved CD'))
    assert 'energy gap' in plain['report'] and plain['largest_gap']>1e3
    assert not improved['report'] and improved['largest_gap']<100

def test_ring():
    "With the tuned settings 500 steps come within .3 nats of the truth"
    r = run('ring', 'improved CD', **{'training.steps': 500, 'optimiser.ema': .99})
    assert r['kl']<.3, r

def test_digits():
    "After 120 steps the energy tells digits from spoilt ones and no sample copies a training digit"
    r = run('digits', 'improved CD', **{'training.steps': 120})
    assert min(r['auroc'][k] for k in ('noise','inverted','rotated','shuffled'))>.95, r['auroc']
    assert not r['report'] and r['nearest_generated'][0]>.1

def test_the_table_of_gradients_says_what_its_files_say():
    "figures/kl_gradient.md is made from the committed numbers; a set lies within the band only with all of its seeds"
    table = tool('tools/kl_gradient.py')
    folder = figures.root/'figures'
    assert (folder/'kl_gradient.md').read_text()==table.text(table.measured(folder))
    for values,where in (([.1, .2], 'below'), ([.3, .5], 'within'), ([.6], 'above'), ([.2, .4], 'across the edge of')):
        assert table.place(values)==where

@pytest.mark.parametrize('seed', (0,1))
def test_stability(seed):
    "With instance norm on digits plain CD's energy gap leaves zero within 40 updates; with the KL term it stays"
    plain,improved = (run('stability', f'instance norm: {k}', seed=seed, **{'training.steps': 40})
        for k in ('plain CD', 'improved CD'))
    assert verdicts.left_zero(plain) and plain['late_gap']>1, plain
    assert not verdicts.left_zero(improved), improved

def test_a_run_that_diverges_says_when():
    "The update at which |gap| went beyond its limit, here a low one, ends the run"
    r = run('stability', 'instance norm: plain CD', **{'training.steps': 40, 'training.max_gap': .5})
    assert r['diverged_at']==r['steps']<40 and r['largest_gap']>.5 and verdicts.left_zero(r)
    assert r['history']['step'][-1]==r['steps'] and len(r['history']['gap'])<=60

PARTLY = ('rules',)     # sweeps that `python tools/figures.py NAME --missing` goes on with

@pytest.mark.parametrize('name', figures.FIGURES)
def test_committed_figures_fit_their_settings(name):
    "The committed JSON was measured with the settings that stand in the tool, but for keys that came later"
    path = figures.root/'figures'/f'{name}.json'
    if name in PARTLY and not path.exists(): pytest.skip(f'{name} is not measured yet')
    d = json.loads(path.read_text())
    assert figures.stored(path, name)==d['results']
    assert d['results'].keys()==d['settings']['changes'].keys() or name in PARTLY
    assert all(len(rows)==figures.FIGURES[name][-1] for rows in d['results'].values())

def test_laboratory_fits_its_settings():
    "The committed tables of the exact world are of today's settings and rules, and say what their figures say"
    d = json.loads((figures.root/'figures'/'laboratory.json').read_text())
    assert d['settings']==json.loads(json.dumps(figures.LABORATORY))
    compared = {*figures.COMPARED, 'doubled'}
    tables = (d['results'], 'step_sizes', {*RULES}),(d['fresh'], 'fresh', compared)
    for results,sizes,rules in (*tables, (d['estimated'], 'step_sizes', {*figures.kernels()})):
        assert [(int(n), [float(l) for l in rows]) for n,rows in results.items()]==[
            (n, list(figures.LABORATORY[sizes])) for n in figures.LABORATORY['last']]
        runs = [(row, run) for rows in results.values() for row in rows.values() for run in row.values()]
        assert all(row.keys()==rules and len(run['kl'])==d['seeds'] for row,run in runs)
    assert (figures.root/'figures'/'laboratory.md').read_text()==figures.laboratory_text(d)

def test_laboratory():
    "After 250 updates with a step that fits, the paper's sign is behind plain CD and the exact sign is before it"
    s = figures.LABORATORY | dict(steps=250, cells=100, lr=.01)
    kls = [figures.laboratory_run(RULES[k], 10, .02, range(1), s)['kl'][0] for k in figures.FIXED]
    plain,exact,paper = kls
    assert 2*exact<plain<.02 and paper>2*plain, kls

@pytest.mark.parametrize('name', studies.STUDIES)
def test_committed_studies_fit_their_tables(name):
    "The settings that stand in the tool and the table that they give, of five seeds; a long study says how many it has"
    _,text,settings = studies.STUDIES[name]
    d = json.loads((studies.root/'figures'/f'{name}.json').read_text())
    assert d['settings']==json.loads(json.dumps(settings)) and len(d['results'])==d['seeds']
    assert d['seeds']==5 or 1<=d['seeds']<=settings['seeds'] and f"seeds: {d['seeds']}" in text(d)
    assert (studies.root/'figures'/f'{name}.md').read_text()==text(d)
