"The gradient explorer: numbers of the page against those of the record, messages, settings"
import json, math, shutil, subprocess
from dataclasses import replace
from pathlib import Path
import pytest, torch
from cdebm import gradients
from cdebm.energies import Gaussian, energy_and_grad
from cdebm.explorer.base import handed_to
from cdebm.explorer.gradients import (GradientExplorer, Landscapes, RecordedRun, compared, counterparts, joined_arrays,
    moment, recorded, running_mean)
from cdebm.gradients import NORMS, GradientNorms, GradientRecord, earlier, measured
from cdebm.losses import Weights
from cdebm.recipes import preset
from cdebm.samplers import GradientDescent

node,here = shutil.which('node'),Path(__file__).parent

def made(T=7, seed=0):
    "A run with random gradients of four tensors"
    gen = torch.Generator().manual_seed(seed)
    g = torch.randn(T, 4, 4, 9, generator=gen, dtype=torch.float64)
    names,sizes = ['a.weight','a.bias','b.weight','gain'],[12,3,8,1]
    return RecordedRun('made', 0, GradientRecord(torch.arange(T)*20, names, sizes, (g@g.mT).float().double(), Weights()))

@pytest.mark.skipif(not node, reason='no Node: install it (Debian: apt-get install nodejs)')
def test_the_page_computes_what_the_record_says(tmp_path):
    real,cases = recorded()[0],[]
    for run in (made(), RecordedRun('kept', 0, real.record, real.snapshots, real.history)):
        facts,data = joined_arrays([run])
        for w in (Weights(), Weights(1., -1., -.3, 0.), Weights(.5, 0., 2., .7)):
            r = run.record.reweighted(w)
            for group in ('', r.names[0], r.names[0].rpartition('.')[0]):
                g = group or None
                cases.append(dict(facts=facts[0], data=list(data), weights=list(vars(w).values()), group=group,
                    norms={h: {k: r.of(k, h, g).tolist() for k in ('cd','opt','entropy','kl','total')} for h in NORMS},
                    cosines={b: r.cosine('cd', b, g).tolist() for b in ('opt','entropy','kl','total')}))
    y = torch.tensor([1., 3., float('nan'), 0., 2., 8., 5.])
    smooth = [dict(y=y.tolist(), k=k, log=log, want=running_mean(y, k, log).tolist()) for k in (1, 3, 5) for log in (False, True)]
    fixture = tmp_path/'numbers.json'
    numbers = dict(cases=cases, smooth=smooth, handed=handed_to(GradientExplorer))
    fixture.write_text(json.dumps(numbers).replace('NaN', 'null'))
    res = subprocess.run([node, here/'js'/'gradients.mjs', fixture], capture_output=True, text=True, timeout=120)
    assert res.returncode==0, '\n'.join(l for l in (res.stdout+res.stderr).splitlines() if not l.startswith('ok '))
    assert res.stdout.count('ok ')>100

def test_landscapes_arrive_whole(tmp_path):
    "A saved and loaded run is the same run again when it is saved again"
    run = recorded()[1]
    run.save(tmp_path/'a.npz')
    a,b = run.arrays(),RecordedRun.load(tmp_path/'a.npz').arrays()
    assert all((a[k]==b[k]).all() for k in ('steps','gram','history','map_steps','arrow_scale'))

def test_settings_are_checked():
    w = GradientExplorer(made())
    with pytest.raises(ValueError, match='did you mean'): w.assign(dict(w_entrop=1.))
    with pytest.raises(ValueError, match='norm'): w.assign(dict(norm='median'))
    w.goto('the exact sign')
    assert w.recipe()['loss.opt']==-1 and not w.error
    w.group = 'c'
    assert 'group must be' in w.error
    assert w.saved().get('playing', False) is False and w.engine=='replay'

def small(**kw):
    "A learner in the plane whose steps take milliseconds"
    return preset('ring', {'model.width': 8, 'sampler.mcmc_steps': 3, 'training.batch_size': 128, **kw}).learner()

class Look:
    "Callback that calls `f(learner)` after each loss"
    def __init__(self, f): self.f,self.seen = f,[]
    def after_loss(self, learner): self.seen.append(self.f(learner))

def test_the_bank_holds_earlier_samples_only():
    look = Look(lambda l: (earlier(l, torch.Generator().manual_seed(l.step)), l.x_neg.x.clone()))
    learner = small()
    learner.callbacks.append(look)
    learner.fit(14)
    banks = [(b,x) for b,x in look.seen if b is not None]
    assert 3 < len(banks) < 14, 'none while fewer than 1,000 are stored'
    assert all(torch.cdist(b, x, compute_mode='donot_use_mm_for_euclid_dist').min() > 0 for b,x in banks)
    assert len(banks[0][0])==learner.bank_size and not torch.equal(banks[0][0], banks[1][0])

def test_what_is_left_out_is_measured_one_step_on(monkeypatch):
    "Gradient descent: the step is known. Noise and bank come from a seed of the run and the step"
    learner = small(**{'loss.opt': 0., 'loss.entropy': 0.})
    learner.sampler = GradientDescent(.02)
    def look(l):
        x = l.x_neg.x.detach()
        return measured(l)['opt'].item(), l.energy(x - .02*energy_and_grad(l.energy, x)[1]).mean().item()
    learner.callbacks.append(eye := Look(look))
    learner.fit(3)
    for got,want in eye.seen: assert got==pytest.approx(want, rel=1e-5)
    seeds = []
    monkeypatch.setattr(gradients, 'measured', lambda l, g: seeds.append(g.initial_seed()) or {})
    for seed in (1, 2):
        learner = small(**{'loss.opt': 0., 'loss.entropy': 0., 'seed': seed})
        learner.callbacks.append(GradientNorms(2, left_out=True))
        learner.fit(5)
    assert len(seeds)==6==len(set(seeds))

def test_a_record_keeps_its_weights():
    norms = GradientNorms(2)
    learner = small(**{'loss.entropy': .7})
    learner.callbacks.append(norms)
    learner.fit(4)
    again = GradientNorms(2)
    again.load_state_dict(norms.state_dict())
    assert again.record.weights==norms.record.weights==learner.weights and torch.equal(again.record.gram, norms.record.gram)

def test_landscapes_point_down_and_forget_what_was_undone():
    shots,learner = Landscapes(every=2),small()
    learner.callbacks.append(shots)
    learner.fit(7)
    s,x = shots.snapshots,learner.x_neg.x[:64]
    row = shots.look(learner.energy, x, None, None)
    with torch.no_grad(): assert (learner.energy(x + 1e-3*row['slope'])<=learner.energy(x) + 1e-6).all() and row['slope'].norm()>0
    assert s.steps.tolist()==[0,2,4,6] and not row['push'].any() and row['outside']==((x.abs()>4).any(1)).double().mean()
    learner.step = 3      # as a monitor puts a run back
    learner.fit(3)
    assert shots.snapshots.steps.tolist()==[0,2,4]
    wide,narrow = Gaussian([0.,0.], 1.),Gaussian([0.,0.], .25)     # variances
    assert shots.distance(narrow, wide)==pytest.approx(2*(math.log(2) + .125 - .5), rel=1e-3), 'KL(data‖model)'

def test_pairs_and_moments():
    bare = replace(made().record, weights=Weights(opt=0., entropy=0.))
    runs = [replace(made(), seed=1), RecordedRun('plain', 0, bare), RecordedRun('plain', 1, bare), replace(made(), seed=0)]
    assert counterparts(runs)==(0,2) and counterparts(runs[:2])==(0,-1)
    shots = recorded()[1].snapshots
    steps = torch.arange(0, 1500, 20)
    gone = torch.zeros(len(shots.steps)).double()
    gone[5:] = .1
    gone[9:] = .11
    r = replace(recorded()[1], snapshots=replace(shots, outside=gone))
    assert steps[moment(r, steps)]>=shots.steps[9] and steps[moment(r, steps)]-20<shots.steps[9]
    w = GradientExplorer(replace(made(), history=dict(step=torch.arange(3), gap=torch.tensor([1.,-2.,3.]))), compared='gap')
    assert compared(w, w.recorded[0])[1].tolist()==[1.,2.,3.]
