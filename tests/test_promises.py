"What README and tour promise, small enough for every run; `make figures` measures it in full, over several seeds"
import json
import pytest
from helpers import tool

figures,verdicts = tool('tools/figures.py'),tool('tools/verdicts.py')

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

@pytest.mark.parametrize('name', figures.FIGURES)
def test_committed_figures_fit_their_settings(name):
    "The committed JSON was measured with the settings that stand in the tool"
    d = json.loads((figures.root/'figures'/f'{name}.json').read_text())
    assert d['settings']==json.loads(json.dumps(figures.settings(name)))
    assert d['results'].keys()==d['settings']['changes'].keys()
    assert all(len(rows)==figures.FIGURES[name][-1] for rows in d['results'].values())
