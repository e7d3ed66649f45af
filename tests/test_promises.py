"What README and tour promise, in a form small enough for every run; `make figures` measures it in full, over several seeds"
import importlib.util
from pathlib import Path
import pytest

spec = importlib.util.spec_from_file_location('figures', Path(__file__).parent.parent/'tools'/'figures.py')
figures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(figures)

def test_regime():
    "Where the step is too coarse plain CD is lost within 400 steps; improved CD, same network and seeds, is not"
    short = dict(steps=400)
    plain = figures.ring_run(0, **{**figures.REGIME['plain CD'], **short})
    improved = figures.ring_run(0, **{**figures.REGIME['improved CD'], **short})
    assert 'energy gap' in plain['report'] and plain['largest_gap']>1e3
    assert not improved['report'] and improved['largest_gap']<100

def test_ring():
    "With the tuned settings 500 steps come within .3 nats of the truth"
    r = figures.ring_run(0, **{**figures.RING['improved CD'], 'steps': 500, 'ema': .99})
    assert r['kl']<.3, r

def test_digits():
    "After 120 steps the energy tells digits from spoilt ones and no sample copies a training digit"
    r = figures.digits_run(0, **{**figures.DIGITS['improved CD'], 'steps': 120})
    assert min(r['auroc'][k] for k in ('noise','inverted','rotated','shuffled'))>.95, r['auroc']
    assert not r['report'] and r['nearest_generated'][0]>.1

@pytest.mark.parametrize('name', figures.FIGURES)
def test_committed_figures_fit_their_settings(name):
    "The committed JSON was measured with the settings that stand in the tool"
    import json
    d = json.loads((figures.root/'figures'/f'{name}.json').read_text())
    run,settings,seeds = figures.FIGURES[name]
    assert d['settings']==json.loads(json.dumps(settings))
    assert all(len(rows)==seeds for rows in d['results'].values())
