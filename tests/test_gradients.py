"The gradient explorer: numbers of the page against those of the record, messages, settings"
import json, math
from dataclasses import replace
import pytest, torch
from cdebm.energies import Gaussian, energy_and_grad
from cdebm.explorer.base import handed_to
from cdebm.explorer.gradients import GradientExplorer, joined_arrays, running_mean
from cdebm.explorer.recordings import Landscapes, RecordedRun, record_run, recorded
from cdebm.gradients import NORMS, GradientNorms, GradientRecord, earlier_bank, left_out_terms
from cdebm.losses import Weights
from cdebm.recipes import preset
from cdebm.samplers import GradientDescent
from helpers import bits, in_node, needs_node, same, seeded, tool


def made(T=7, seed=0):
    "A run with random gradients of four tensors"
    g = torch.randn(T, 4, 4, 9, generator=seeded(seed), dtype=torch.float64)
    names,sizes = ['a.weight','a.bias','b.weight','gain'],[12,3,8,1]
    record = GradientRecord(torch.arange(T)*20, names, sizes, (g@g.mT).float().double(), Weights())
    return RecordedRun('made', 0, record)

@needs_node
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
    def smoothed(k, log): return dict(y=y.tolist(), k=k, log=log, want=running_mean(y, k, log).tolist())
    smooth = [smoothed(k, log) for k in (1, 3, 5) for log in (False, True)]
    fixture = tmp_path/'numbers.json'
    given = dict(cases=cases, smooth=smooth, handed=handed_to(GradientExplorer))
    fixture.write_text(json.dumps(given).replace('NaN', 'null'))
    in_node('gradients.mjs', fixture, 100)

def small(**kw):
    "A learner in the plane whose steps take milliseconds"
    return preset('ring', {'model.width': 8, 'sampler.mcmc_steps': 3, 'training.batch_size': 128, **kw}).learner()

def near(a, b, steps):
    "`b` are the numbers `a` as a file keeps them: in so many steps of their range"
    return torch.allclose(a.double(), b.double(), rtol=0, atol=(a.max()-a.min()).item()/steps + 1e-12)

def test_a_run_arrives_whole(tmp_path):
    "What is saved is there again: words, gradients, history, every landscape; saved again nothing shifts"
    run = record_run(small(), 13, 'mine', 7, every=3, landscapes=Landscapes(every=4, grid=12, n_samples=20, n_arrows=9))
    run = replace(run, ended='by hand')
    run.save(tmp_path/'a.npz')
    got = RecordedRun.load(tmp_path/'a.npz')
    assert (got.label, got.seed, got.ended, got.name)==('mine', 7, 'by hand', 'mine, seed 7')
    a,b = run.record,got.record
    assert (a.names, a.sizes, a.weights, a.steps.tolist())==(b.names, b.sizes, b.weights, [0,3,6,9,12])
    assert torch.allclose(a.gram, b.gram, rtol=1e-6) and a.gram.abs().sum()>0
    assert got.history.keys()==run.history.keys()=={'step','gap','grad_norm'}
    assert all(torch.allclose(torch.as_tensor(v).float(), got.history[k]) for k,v in run.history.items())
    s,t = run.snapshots,got.snapshots
    assert s.steps.tolist()==t.steps.tolist()==[0,4,8,12] and (t.low, t.high)==(s.low, s.high)
    assert t.energy.shape==(4,12,12) and t.samples.shape==(4,20,2) and t.slope.shape==t.push.shape==(4,9,2)
    assert near(s.samples.clamp(s.low, s.high), t.samples, 2**15)
    for i in range(4): # each on a scale of its own, energies up to their 90 % quantile
        top = s.energy[i].quantile(.9)
        assert near(s.energy[i].clamp(max=top), t.energy[i].clamp(max=top), 500)
        assert near(s.slope[i], t.slope[i], 2**14) and near(s.push[i], t.push[i], 2**14)
    assert torch.allclose(s.outside.float(), t.outside) and torch.allclose(s.kl.float(), t.kl) and t.kl.isfinite().all()
    a,b = run.arrays(),got.arrays()
    assert a.keys()==b.keys()
    for k in a: assert a[k].shape==b[k].shape and a[k].dtype==b[k].dtype, k
    for k in ('meta','steps','gram','history','map_steps','arrow_scale','facts'): assert (a[k]==b[k]).all(), k

def test_settings_are_checked():
    "What is refused changes nothing, and what is wrong is said until it is mended; a preset plays nothing"
    w = GradientExplorer(made())
    with pytest.raises(ValueError, match='did you mean'): w.assign(dict(w_entrop=1.))
    with pytest.raises(ValueError, match='norm'): w.assign(dict(norm='median'))
    assert w.norm=='mean' and w.recipe()==GradientExplorer(made()).recipe()
    w.goto('the exact sign')
    assert w.recipe()['loss.opt']==-1 and not w.error and not w.playing and w.engine=='replay'
    words = w.alt
    w.group = 'c'
    assert 'group must be' in w.error and w.alt==words
    w.group = 'gain'
    assert not w.error and w.alt!=words

class Look:
    "Callback that calls `f(learner)` after each loss"
    def __init__(self, f): self.f,self.seen = f,[]
    def after_loss(self, learner): self.seen.append(self.f(learner))

def test_the_bank_holds_earlier_samples_only():
    def bank(l): return earlier_bank(l.buffer, l.batch_size, 50, seeded(l.step))
    look = Look(lambda l: (bank(l), l.last.neg.x.clone()))
    small().add(look).fit(14)
    banks = [(b,x) for b,x in look.seen if b is not None]
    assert 3 < len(banks) < 14, 'none while fewer than 1,000 are stored'
    assert all(torch.cdist(b, x, compute_mode='donot_use_mm_for_euclid_dist').min() > 0 for b,x in banks)
    assert len(banks[0][0])==50 and not torch.equal(banks[0][0], banks[1][0])

plain = {'loss.opt': 0., 'loss.entropy': 0.}

def test_what_is_left_out_is_measured_one_step_on():
    "Gradient descent: the step is known"
    rule = GradientDescent(.02)
    def look(l):
        x = l.last.neg.x
        found = left_out_terms(l.energy, l.last.neg, rule, l.buffer, l.batch_size, generator=seeded())
        return found['opt'].item(), l.energy(x - .02*energy_and_grad(l.energy, x)[1]).mean().item()
    small(**plain).add(eye := Look(look)).fit(3)
    for got,want in eye.seen: assert got==pytest.approx(want, rel=1e-5)

def test_what_is_left_out_costs_the_run_nothing():
    "Its noise and its bank come from a seed of the run and the step: the run goes on as without, and each repeats"
    def watched(seed, *norms):
        learner = small(**plain, seed=seed)
        for n in norms: learner.add(n)
        return learner.fit(14)
    one,two,other = (GradientNorms(4, left_out=True) for _ in range(3))
    assert same(bits(watched(1, one)), bits(watched(1))) and same(bits(watched(1, two)), bits(watched(1)))
    watched(2, other)
    assert torch.equal(one.record.gram, two.record.gram) and not torch.equal(one.record.gram, other.record.gram)
    assert one.record.of('opt').gt(0).all() and one.record.of('entropy')[-1]>0

def test_a_record_keeps_its_weights():
    norms = GradientNorms(2)
    learner = small(**{'loss.entropy': .7}).add(norms).fit(4)
    again = GradientNorms(2)
    again.load_state_dict(norms.state_dict())
    assert again.record.weights==norms.record.weights==learner.weights
    assert torch.equal(again.record.gram, norms.record.gram)

def test_landscapes_point_down_and_forget_what_was_undone():
    shots = Landscapes(every=2)
    learner = small().add(shots).fit(3)
    state = learner.state_dict()
    learner.fit(4)
    s,x = shots.snapshots,learner.last.neg.x[:64]
    row = shots.look(learner.energy, x, None, None)
    with torch.no_grad(): down = learner.energy(x + 1e-3*row['slope'])-learner.energy(x)
    assert (down<=1e-6).all() and row['slope'].norm()>0 and not row['push'].any()
    assert s.steps.tolist()==[0,2,4,6] and row['outside']==((x.abs()>4).any(1)).double().mean()
    learner.load_state_dict(state)
    assert shots.snapshots.steps.tolist()==[0,2]
    learner.fit(3)
    assert shots.snapshots.steps.tolist()==[0,2,4]
    wide,narrow = Gaussian([0.,0.], 1.),Gaussian([0.,0.], .25)     # variances
    assert shots.distance(narrow, wide)==pytest.approx(2*(math.log(2) + .125 - .5), rel=1e-3), 'KL(data‖model)'

def test_recorded_runs_stay_in_step():
    "Of two runs of one seed, with the term and without, both draw the same numbers: tools/record.py sees to it"
    record = tool('tools/record.py')
    def end(changes): return record.in_step(small(**changes)).fit(12).generator.get_state()
    assert torch.equal(end(record.CASES['improved CD']), end(record.CASES['plain CD']))
    assert not torch.equal(small(**plain).fit(12).generator.get_state(), end(plain))
