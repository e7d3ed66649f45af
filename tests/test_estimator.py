"scikit-learn's own checks of the estimator, runs that are cut short, strangers' files, and the study of tables"
import json, signal, subprocess, sys, time
import numpy as np, pytest
from sklearn.utils.estimator_checks import parametrize_with_checks
from cdebm.estimator import EnergyEstimator
from helpers import tool

tables = tool('tools/tables.py')
brief = dict(width=8, steps=2, batch_size=16, mcmc_steps=1)
rows = np.random.default_rng(0).normal(size=(40, 3))

@pytest.mark.filterwarnings('ignore')
@parametrize_with_checks([EnergyEstimator(**brief)])
def test_scikit_learn(estimator, check): check(estimator)

cut = """
import numpy as np
from cdebm.estimator import EnergyEstimator
X = np.random.default_rng(0).normal(size=(40, 3))
print('begins', flush=True)
EnergyEstimator(width=8, steps=10**6).fit(X)
print('returned')
"""

def test_a_fit_that_is_cut_short_does_not_return():
    "A learner keeps what was done; a half-trained estimator would pass for a trained one"
    p = subprocess.Popen([sys.executable, '-c', cut], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert p.stdout.readline()=='begins\n'
    time.sleep(1)
    p.terminate()
    out,_ = p.communicate(timeout=50)
    assert p.returncode==-signal.SIGTERM and 'returned' not in out

def test_an_interrupt_leaves_no_model(monkeypatch):
    "Neither a fitted one, nor another than before"
    fitted = EnergyEstimator(**brief, random_state=0).fit(rows)
    before = fitted.score_samples(rows)
    def interrupt(*args): raise KeyboardInterrupt
    monkeypatch.setattr('cdebm.training.Learner.advance', interrupt)
    fresh = EnergyEstimator(**brief)
    for model in (fitted, fresh):
        with pytest.raises(KeyboardInterrupt): model.fit(rows)
    assert (fitted.score_samples(rows)==before).all()
    with pytest.raises(ValueError, match='not fitted'): fresh.predict(rows)

def test_parameters_set_later_wait_for_the_next_fit(tmp_path):
    "A saved model is the one that was fitted"
    model = EnergyEstimator(**brief, random_state=0).fit(rows).set_params(width=9, step_size=.5)
    model.save(tmp_path/'m.safetensors')
    back = EnergyEstimator.load(tmp_path/'m.safetensors')
    assert back.width==8 and (back.score_samples(rows)==model.score_samples(rows)).all()
    assert (back.sample(3, 0)==model.sample(3, 0)).all()

@pytest.mark.parametrize('change', [dict(width=10**6, depth=900), dict(members=10**8), dict(depth=3), dict(lr=-1.),
    dict(recipe='{"model": {"kind": "conv"}}'), dict(recipe='['), dict(other=1)])
def test_a_file_that_promises_what_it_has_not(tmp_path, change):
    "Refused before a network of that size takes memory"
    from safetensors import safe_open
    from safetensors.torch import load, save
    path = tmp_path/'m.safetensors'
    EnergyEstimator(**brief, random_state=0).fit(rows).save(path)
    with safe_open(path, 'pt') as f: about = json.loads(f.metadata()['cdebm'])
    about['parameters'] |= change
    path.write_bytes(save(load(path.read_bytes()), dict(cdebm=json.dumps(about))))
    with pytest.raises(ValueError, match='m.safetensors must be a file that save_estimator wrote'):
        EnergyEstimator.load(path)

def test_a_recipe_in_a_file_looks_at_no_data(tmp_path):
    "Neither the owner's path is told, nor a stranger's looked at"
    from cdebm.recipes import preset
    np.save(tmp_path/'own.npy', rows)
    small = {'training.steps': 2, 'model.width': 8, 'sampler.mcmc_steps': 1, 'data.source': str(tmp_path/'own.npy')}
    model = EnergyEstimator(recipe=preset('ring', small), random_state=0).fit(rows)
    model.save(tmp_path/'m.safetensors')
    assert b'own.npy' not in (tmp_path/'m.safetensors').read_bytes()
    (tmp_path/'own.npy').unlink()
    assert (EnergyEstimator.load(tmp_path/'m.safetensors').sample(2, 0)==model.sample(2, 0)).all()

def test_a_table_of_figures_says_what_is_missing():
    "Aims are held against means of sets that are all there, by as many seeds as were asked for"
    runs = {'1': dict(auroc=92., cpu_seconds=1.)}
    d = dict(seeds=[1], setting=tables.SETTING, results={k: {s: runs for s in tables.PUBLISHED} for k in tables.ROWS})
    assert '91.9 reached, 92.5 **not reached**' in tables.text(d)
    d['results']['kNN'] = d['results']['kNN'] | dict(wdbc={})
    assert 'kNN**: not measured on all sets' in tables.text(d)
    assert '**improved CD**: 1 of 2 seeds' in tables.text(d | dict(seeds=[1, 2]))
