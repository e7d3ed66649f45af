"A process that is killed at any moment loses nothing but the steps since its last checkpoint"
from pathlib import Path
import pytest, torch
from helpers import tool

soak = tool('benchmarks/soak.py')

def test_kill_9(tmp_path):
    "200 steps in one go, and killed twice on the way; twenty kills by `python benchmarks/soak.py`"
    found = soak.soak(kills=2, steps=200, every=7, seed=0, folder=tmp_path)
    assert found['kills']==2 and found['steps']==200 and found['same_bits'], found
    assert not found['lost'] and not found['torn_files'], found
    assert 0<max(found['resumed_at'])<200

def test_soak_sees_what_is_lost(tmp_path):
    "Two states that differ anywhere are not the same bits"
    a = dict(x=torch.zeros(2), rows=[dict(step=1, gap=.5)])
    assert soak.same(a, dict(x=torch.zeros(2), rows=[dict(step=1, gap=.5)]))
    others = [dict(a, x=torch.tensor([0.,1e-45])), dict(a, rows=[dict(step=1, gap=.5000001)]), dict(x=a['x']),
        dict(a, rows=[])]
    for b in others: assert not soak.same(a, b)

def test_checkpoint_of_the_first_version():
    "A file that 0.0.1 wrote after five steps of a small ring goes on as it did there, and gives its energy"
    from cdebm.recipes import load_energy, load_learner
    path = Path(__file__).parent/'checkpoints'/'version-0.0.1.pt'
    l = load_learner(path)
    assert (l.step, l.recipe and 'eight_gaussians' in l.recipe)==(5, True)
    l.fit(5)
    assert l.history['loss'][-1]==pytest.approx(.0220970213, rel=1e-4)     # what 0.0.1 printed
    assert load_energy(path)(torch.zeros(2, 2)).isfinite().all()
