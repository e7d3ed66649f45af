"Contracts of the learner and its callbacks that cross rooms or are too dull for a page"
import csv, math
import pytest, torch
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.energies import GaussianMixture
from cdebm.gradients import GradientNorms
from cdebm.losses import Weights
from cdebm.models import MLPEnergy
from cdebm.samplers import Langevin
from cdebm.health import HealthMonitor
from cdebm.checkpoints import Checkpoint
from cdebm.training import EMA, Learner, Track

def seeded(s=0): return torch.Generator().manual_seed(s)
def learner(seed=0, callbacks=(), buffer=None, **kw):
    kw = dict(sampler=Langevin(.02), mcmc_steps=10, batch_size=64, weights=Weights(reg=0), lr=2e-3) | kw
    net = kw.pop('energy', None) or MLPEnergy(d_in=2, width=32, generator=seeded(seed))
    buffer = ReplayBuffer(uniform_noise((2,), -4., 4.)) if buffer is None else buffer
    return Learner(net, GaussianMixture.ring(sd=.3), buffer=buffer, generator=seeded(seed+1), callbacks=callbacks, **kw)
def bits(l): return [p.detach().clone() for p in l.energy.parameters()]
def same(a, b): return all(map(torch.equal, a, b))

class At:
    "Do something to the learner after step `n`"
    def __init__(self, n, do): self.n,self.do = n,do
    def after_step(self, l):
        if l.step==self.n: self.do(l)
def poison(l): next(l.energy.parameters()).data[0] = math.nan
def gap(v): return lambda l: l.history.rows[-1].update(gap=v)

def test_order_of_a_step():
    "The bank is drawn before this step's samples are added, and has the size that was asked for"
    b,log = ReplayBuffer(uniform_noise((2,), -4., 4.)),[]
    def spy(name, f):
        def g(*a, **kw):
            log.append((name, *a[:1]))
            return f(*a, **kw)
        return g
    for name in ('start','bank','add'): setattr(b, name, spy(name, getattr(b, name)))
    learner(buffer=b, bank_size=7).fit(1)
    assert [o[0] for o in log]==['start','bank','add'] and log[1][1]==7

def test_clip_and_betas():
    l = learner(clip=1e-3, betas=(.1,.9)).fit(1)
    assert math.sqrt(sum(p.grad.square().sum().item() for p in l.energy.parameters()))==pytest.approx(1e-3, rel=1e-3)
    assert l.history['grad_norm'][0]>1e-3 and l.optimizer.param_groups[0]['betas']==(.1,.9)

def test_tail_reaches_the_sampler(): assert not same(*(bits(learner(differentiable_tail=k).fit(3)) for k in (1,3)))

def test_row_and_csv(tmp_path):
    l = learner().fit(2)
    t = l.terms
    assert l.history['gap'][-1]==(t.e_pos.mean()-t.e_neg.mean()).item() and l.history['step'].tolist()==[1,2]
    l.history.to_csv(tmp_path/'h.csv')
    with open(tmp_path/'h.csv') as f: rows = list(csv.DictReader(f))
    assert [float(r['gap']) for r in rows]==l.history['gap'].tolist()

def test_state_is_a_copy():
    "Training on does not change a state that was taken, nor does a learner that went on from it"
    l = learner(callbacks=[EMA()]).fit(5)
    state,before = l.state_dict(),bits(l)
    l.fit(5)
    l.load_state_dict(state)
    assert same(bits(l), before) and len(l.history)==5
    a = bits(l.fit(5))
    l.load_state_dict(state)
    assert same(bits(l.fit(5)), a)

def test_float64_and_frozen_parameters():
    net = MLPEnergy(d_in=2, width=8, generator=seeded()).double()
    next(net.parameters()).requires_grad_(False)
    norms = GradientNorms(1)
    learner(energy=net, callbacks=[norms]).fit(2)
    assert len(norms.record.names)==len(list(net.parameters()))-1

def test_two_averages_resume(tmp_path):
    a,b = EMA(.5),EMA(.9)
    learner(callbacks=[a, b]).fit(4).save(tmp_path/'c.pt')
    c,d = EMA(.5),EMA(.9)
    learner(3, callbacks=[c, d]).load(tmp_path/'c.pt')
    assert same(a.energy.parameters(), c.energy.parameters()) and same(b.energy.parameters(), d.energy.parameters())

def test_failure_keeps_the_last_checkpoint(tmp_path):
    with pytest.raises(FloatingPointError): learner(callbacks=[Checkpoint(tmp_path/'c.pt', every=2), At(5, poison)]).fit(9)
    d = torch.load(tmp_path/'c.pt', weights_only=True)
    assert d['step']==4 and all(v.isfinite().all() for v in d['energy'].values())

class Within:
    "Something goes wrong in the middle of step `n`"
    def __init__(self, n, do): self.n,self.do = n,do
    def after_loss(self, l):
        if l.step+1==self.n: self.do(l)

def test_a_broken_step_keeps_the_last_checkpoint(tmp_path):
    "A second interrupt, or a monitor that does not restore, leaves a state that is not to be saved"
    def interrupt(l): raise KeyboardInterrupt
    for callbacks in ([Within(5, interrupt)], [At(4, poison), HealthMonitor(restore=False)]):
        l = learner(callbacks=[Checkpoint(tmp_path/'c.pt', every=2), *callbacks]).fit(9)
        d = torch.load(tmp_path/'c.pt', weights_only=True)
        assert l.failed and l.stop_reason and d['step']==4 and all(v.isfinite().all() for v in d['energy'].values())

def test_after_fit_is_always_called():
    class End:
        n = 0
        def after_fit(self, l): self.n += 1
    def boom(l): raise RuntimeError('boom')
    end = End()
    with pytest.raises(RuntimeError): learner(callbacks=[end, At(1, boom)]).fit(3)
    assert end.n==1
    assert len(learner(callbacks=[At(2, lambda l: l.stop('enough'))]).fit(9).history)==2

def test_track_after_a_rewind():
    t = Track(every=5, step=lambda l: l.step)
    l = learner(callbacks=[t, HealthMonitor(max_gap=50., every=10)])
    l.fit(15)
    l.load_state_dict(l.callbacks[1].good)
    l.fit(10)
    assert t.steps==[0,5,10,15,20] and t['step']==t.steps

def test_gradient_norms_know_the_weights():
    n = GradientNorms(1)
    learner(callbacks=[n], weights=Weights(opt=.5, entropy=0, reg=0)).fit(2)
    r = n.record
    assert torch.allclose(r.per_tensor['kl'], .5*r.per_tensor['opt']) and r.weights.opt==.5
    assert r.show(how='whole').lines[0].get_ydata()==pytest.approx(r.whole('cd').numpy())
