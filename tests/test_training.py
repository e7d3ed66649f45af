"Contracts of the learner and its callbacks that cross rooms or are too dull for a page"
import csv, math
import pytest, torch
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.checkpoints import Checkpoint
from cdebm.gradients import GradientNorms
from cdebm.health import HealthMonitor
from cdebm.losses import Weights
from cdebm.models import MLPEnergy
from cdebm.samplers import Langevin
from cdebm.callbacks import EMA, Track
from helpers import At, bits, learner, poison, same, seeded

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
    t = l.last.terms
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
    assert same(bits(a), bits(c)) and same(bits(b), bits(d))

def test_failure_keeps_the_last_checkpoint(tmp_path):
    l = learner(callbacks=[Checkpoint(tmp_path/'c.pt', every=2), At(5, poison)])
    with pytest.raises(FloatingPointError): l.fit(9)
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
    l = learner(callbacks=[t]).fit(10)
    state = l.state_dict()
    l.fit(5)
    l.load_state_dict(state)
    l.fit(10)
    assert t.steps==[0,5,10,15,20] and t['step']==t.steps

def test_gradient_norms_know_the_weights():
    n = GradientNorms(1)
    learner(callbacks=[n], weights=Weights(opt=.5, entropy=0, reg=0)).fit(2)
    r = n.record
    assert torch.allclose(r.per_tensor['kl'], .5*r.per_tensor['opt']) and r.weights.opt==.5
    assert r.show(how='whole').lines[0].get_ydata()==pytest.approx(r.whole('cd').numpy())

@pytest.mark.parametrize('name,bad,error', [('clip', 0, ValueError), ('mcmc_steps', 0, ValueError),
    ('batch_size', 2.5, TypeError), ('differentiable_tail', 11, ValueError), ('sampler', Langevin, TypeError),
    ('weights', 3, TypeError),
    ('neighbours', 'beside', ValueError), ('settings', dict(clip=1.), TypeError)])
def test_settings_are_checked_whenever_they_are_set(name, bad, error):
    "A refused one changes nothing: the run goes on as if it had not been tried"
    l = learner(mcmc_steps=10).fit(2)
    before = l.settings
    with pytest.raises(error, match=name): setattr(l, name, bad)
    assert l.settings is before and same(bits(l.fit(2)), bits(learner(mcmc_steps=10).fit(4)))

def test_a_refused_file_changes_nothing(tmp_path):
    "A checkpoint of another network is refused by name; the learner goes on as if it had not been tried"
    learner(width=16, callbacks=[EMA()]).fit(3).save(tmp_path/'other.pt')
    l = learner(callbacks=[EMA()]).fit(2)
    before = l.state_dict()
    with pytest.raises(ValueError, match='other.pt.* does not fit this learner'): l.load(tmp_path/'other.pt')
    assert same(l.state_dict(), before) and same(bits(l.fit(2)), bits(learner(callbacks=[EMA()]).fit(4)))

def test_a_late_callback_is_set_up():
    average = EMA(0.)
    l = learner().fit(2).add(average).fit(1)
    assert same(bits(average), bits(l))
