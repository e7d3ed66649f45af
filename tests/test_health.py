"The monitor's promises: each limit names itself, a rewind is exact, remedies do what they say, a resumed run goes on"
import math
from dataclasses import replace
import pytest, torch
from torch.optim.lr_scheduler import StepLR
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.checkpoints import Checkpoint, not_finite
from cdebm.energies import GaussianMixture
from cdebm.health import REMEDIES, HealthMonitor, Trouble, halved, new_noise, share_at_edge
from cdebm.losses import Weights
from cdebm.samplers import HMC, Compose, Langevin, UniformJump, annealed
from cdebm.scale import Alone
from cdebm.callbacks import EMA, Progress, Schedule, Track
from helpers import At, bits, learner, poison, put, same

def quiet(**kw): return HealthMonitor(**dict(every=10, tries=2, say=lambda words: None) | kw)

@pytest.mark.parametrize('limits,row,trouble,words', [
    (dict(max_gap=50.), dict(gap=51.), 'gap', 'energy gap 51 beyond ±50'),
    (dict(max_gap=50.), dict(gap=-51.), 'gap', 'energy gap -51 beyond ±50'),
    (dict(max_energy=90.), dict(e_pos=-91.), 'energy', 'mean energy beyond ±90 (data -91'),
    (dict(max_energy=90.), dict(e_neg=91.), 'energy', 'samples 91)'),
    (dict(max_saturation=.6), dict(saturation=.61), 'saturation', "61% of the samples' coordinates"),
    ({}, dict(saturation=.76), 'saturation', '76% of'),
    ({}, dict(gap=-1001.), 'gap', 'beyond ±1000'),
    (dict(surge=50.), dict(grad_norm=1e6), 'gradient', 'gradient '),
    (dict(surge=50.), dict(drift=1e6), 'drift', 'drift '),
    ({}, dict(drift=math.nan), 'not finite', 'not finite: drift'),
    ({}, dict(acceptance=math.inf), 'not finite', 'not finite: acceptance')])
def test_each_limit_names_itself(limits, row, trouble, words):
    m = quiet(**limits)
    l = learner(callbacks=[At(35, put(**row)), m]).fit(40)
    e, = m.log
    assert l.step==40 and m.tried==1 and words in e.cause and (e.step, e.back_to)==(35, 30)
    assert (e.kind, e.trouble)==('healed', trouble) and e.text==f'{e.cause}; back to step 30; {e.remedy}'
    assert all(math.isfinite(v) for r in l.history.rows for v in r.values())

@pytest.mark.parametrize('limits,row', [
    (dict(max_gap=50.), dict(gap=49.)), (dict(max_gap=math.inf), dict(gap=1e9)),
    (dict(max_energy=90.), dict(e_pos=89.)), (dict(max_saturation=.6), dict(saturation=.59)),
    (dict(surge=math.inf), dict(grad_norm=1e9)),
    ({}, dict(e_neg=1e9)), (dict(max_saturation=math.inf), dict(saturation=1.))])
def test_within_the_limit_is_left_alone(limits, row):
    m = quiet(**limits)
    l = learner(callbacks=[At(35, put(**row)), m]).fit(40)
    assert not m.log and same(bits(l), bits(learner().fit(40)))

def test_without_tries_it_stops():
    "Today's promises: only good states are kept, the report names cause and step, the history keeps the bad rows"
    m = HealthMonitor(max_gap=50., every=10)
    l = learner(callbacks=[At(20, put(gap=10.)), At(25, put(gap=51.)), m, EMA()]).fit(40)
    assert m.report==l.stop_reason and m.report.startswith('stopped at step 25: energy gap 51')
    assert m.report.endswith('the state of step 10 was put back')
    assert l.step==10 and len(l.history)==25 and not l.failed and same(bits(l), bits(learner().fit(10)))
    assert [(e.kind, e.back_to, e.remedy) for e in m.log]==[('gave up', 10, '')]
    m = HealthMonitor(every=10)
    l = learner(callbacks=[At(10, poison), m]).fit(20)
    assert l.step==0 and 'state of step 0' in m.report and not not_finite(l)
    m = HealthMonitor(max_gap=50., restore=False)
    l = learner(callbacks=[At(25, put(gap=-51.)), m]).fit(40)
    assert l.step==25 and 'put back' not in m.report and l.stop_reason==m.report and l.failed

@pytest.mark.parametrize('where', ['energy', 'optimizer', 'buffer'])
def test_only_finite_states_are_kept(where):
    def hurt(l):
        p = next(l.energy.parameters())
        moment = l.optimizer.state.get(p, {}).get('exp_avg')
        dict(energy=p.data, optimizer=moment, buffer=l.buffer.x)[where][0] = math.nan
    m = quiet()
    l = learner(callbacks=[At(20, hurt), m])
    l.fit(20)
    assert m.log[0].back_to==10 and 'not finite' in m.log[0].cause and m.tried==1 and l.step==20 and not not_finite(l)
    hurt(l)
    late = quiet()
    l.callbacks = [late]
    l.fit(1)
    assert 'no snapshot, not finite' in late.log[0].cause
    assert (late.log[0].kind, late.log[0].trouble)==('warning', 'snapshot')

def test_a_rewind_is_exact_then_something_changes():
    "Rewound to the same bits of network, optimiser, buffer, average and schedule; then other noise and half the step"
    def parts(m=None, *more): return [*([m] if m else []), EMA(.9), Schedule(lambda o: StepLR(o, 7, .5)), *more]
    seen = {}
    class Spy(HealthMonitor):
        def rewind(self, l, rows):
            super().rewind(l, rows)
            seen.update(l.state_dict())
    m = Spy(max_gap=50., every=10, tries=2, remedies='half the step', say=lambda words: None)
    l = learner(callbacks=[At(25, put(gap=51.)), *parts(m)]).fit(26)
    want = learner(callbacks=parts()).fit(20).state_dict()
    for k in ('energy','optimizer','buffer','generator','step','history'): assert same(seen[k], want[k]), k
    assert all(same(seen['callbacks'][k], want['callbacks'][k]) for k in want['callbacks'])
    assert l.sampler==Langevin(.01) and len(l.history)==26 and [r['step'] for r in m.log[0].rows]==[21,22,23,24,25]
    by_hand = learner(callbacks=parts()).fit(20)
    by_hand.sampler = Langevin(.01)
    new_noise(by_hand, 1)
    state = l.state_dict()
    del state['callbacks']['Spy']
    assert same(by_hand.fit(6).state_dict(), state)

def test_remedies_add_up():
    "Again and again from one snapshot: what lies in the state, the learning rate, adds up like what lies in settings"
    m = quiet(max_gap=50., tries=4, remedies=('lower learning rate', 'half the step', 'half the step', 'more steps'))
    l = learner(callbacks=[At(15, put(gap=51.), 3), At(35, put(gap=51.)), m]).fit(40)
    assert m.treatment.applied==['lower learning rate','half the step','half the step','more steps']
    assert [e.back_to for e in m.log]==[10,10,10,30]
    assert l.optimizer.param_groups[0]['lr']==1e-3 and l.sampler==Langevin(.005) and l.mcmc_steps==8
    m = quiet(max_gap=50., tries=3, remedies='lower learning rate')
    l = learner(callbacks=[At(15, put(gap=51.), 3), m]).fit(20)
    assert l.optimizer.param_groups[0]['lr']==2e-3/8

def test_new_noise_each_time():
    "Twice from one snapshot, with the same remedy: not the same end"
    m = quiet(max_gap=50., remedies='new noise')
    l = learner(callbacks=[At(15, put(gap=51.), 2), m]).fit(20)
    a,b = (e.rows[-1]['loss'] for e in m.log)
    assert len({a, b, l.history['loss'][14]})==3

def test_gives_up_after_n_tries():
    class Bad:
        def sample(self, n, generator=None): return torch.full((n,2), math.nan)
    said = []
    m = HealthMonitor(every=10, tries=3, say=said.append)
    l = learner(callbacks=[m]).fit(15)
    l.data = Bad()
    l.fit(15)
    assert m.tried==3 and [e.kind for e in m.log]==['healed']*3+['gave up']
    assert l.stop_reason==m.report and 'a batch of data' in m.report and 'are finite' in m.report
    assert l.step==10 and same(bits(l), bits(learner().fit(10))) and not l.failed
    assert len(said)==3 and said==m.words().splitlines()[:3]
    assert 'back to step 10; new noise' in said[0] and 'half the step, 0.01, new noise' in said[2]
    l.data = GaussianMixture.ring(sd=.3)
    assert l.fit(10).step==20 and not m.report

def test_own_memory_is_not_rewound_nor_another_monitors():
    a,b = quiet(max_gap=50.),quiet(max_age=1.)
    l = learner(callbacks=[b, At(12, put(gap=51.)), a]).fit(15)
    assert a.tried==1 and [(e.kind, e.remedy) for e in b.log]==[('warning', ''), ('healed', 'new noise')] and l.step==15

def moments(l): l.optimizer.state[next(l.energy.parameters())]['exp_avg'].fill_(math.nan)
def averages(l): next(next(c for c in l.callbacks if isinstance(c, EMA)).energy.parameters()).data.fill_(math.nan)

@pytest.mark.parametrize('hurt,words', [
    (poison, 'parameter net.0.weight'),
    (lambda l: l.buffer.x.fill_(math.nan), 'stored samples'),
    (moments, 'parameter net.0.weight in the optimiser'),
    (averages, 'net.0.weight of EMA'),
    (lambda l: setattr(l, 'sampler', Broken(l.sampler)), 'parameters, optimiser and stored samples are finite')])
def test_what_is_not_finite_is_named(hurt, words):
    m = quiet()
    l = learner(callbacks=[EMA(.9), m, At(15, hurt)]).fit(20)
    assert l.step==20 and m.tried==1 and words in m.log[0].cause and m.log[0].back_to==10 and not not_finite(l)

def test_tries_far_apart_do_not_add_up():
    "Four blips 30 steps apart, two tries: the run goes on where a try counts for 40 steps, and ends where for 100"
    ended = {}
    for patience in (40, 100):
        m = quiet(max_gap=50., tries=2, remedies='new noise', patience=patience)
        learner(callbacks=[*[At(s, put(gap=51.)) for s in (20, 50, 80, 110)], m]).fit(120)
        ended[patience] = (bool(m.report), sum(e.kind=='healed' for e in m.log))
    assert ended=={40: (False, 4), 100: (True, 2)}
    with pytest.raises(ValueError, match='patience must be'): HealthMonitor(patience=0)

def test_a_state_near_a_limit_is_not_kept():
    for row,kept in ((dict(saturation=.7), 10), (dict(saturation=.6), 20), (dict(gap=101.), 10), (dict(gap=99.), 20)):
        m = quiet()
        learner(callbacks=[At(20, put(**row)), m]).fit(21)
        assert m.good.state['step']==kept and not m.log

def test_a_loaded_state_is_the_new_good_one():
    "Even at the step where the monitor saw the learner last"
    m,other = quiet(),learner(3, callbacks=[quiet()]).fit(15)
    l = learner(callbacks=[m]).fit(15)
    l.load_state_dict(other.state_dict())
    l.callbacks.insert(0, At(16, poison))
    l.fit(3)
    assert m.log[0].back_to==15
    assert same(list(m.good.state['energy'].values()), bits(other))

class Broken:
    "A sampler whose chains are no numbers, in place of a good one"
    def __init__(self, s): self.s = s
    def step(self, e, x, g=None):
        x,i = self.s.step(e, x, g)
        return x*math.nan, i

def test_resume_after_healing_is_exact(tmp_path):
    def tenth(l):
        l.sampler = replace(l.sampler, step_size=l.sampler.step_size/10)
        for p in l.energy.parameters(): p.data.mul_(.9)
    remedies = (tenth, 'stronger regulariser', 'more steps', 'lower learning rate')
    def make(): return quiet(max_gap=50., tries=5, remedies=remedies)
    def hurts(): return [At(n, put(gap=51.)) for n in (15, 16, 25, 33)]
    whole = learner(callbacks=[*hurts(), make(), EMA()]).fit(50)
    part = learner(callbacks=[*hurts(), make(), EMA()]).fit(40)
    part.save(tmp_path/'c.pt')
    again = learner(7, callbacks=[make(), EMA()]).load(tmp_path/'c.pt')
    a,b = (next(c for c in l.callbacks if isinstance(c, HealthMonitor)) for l in (again, whole))
    assert (again.sampler, again.weights, again.mcmc_steps)==(Langevin(.002), Weights(reg=.1), 8)
    assert a.words()==b.words() and a.tried==4
    assert same(bits(again), bits(part)) and again.optimizer.param_groups[0]['lr']==1e-3
    again.fit(10)
    assert same(again.state_dict(), whole.state_dict())
    again.callbacks.insert(0, At(55, put(gap=51.)))
    again.fit(10)
    assert a.tried==5 and a.log[-1].back_to==50
    assert again.optimizer.param_groups[0]['lr']==1e-3 and again.sampler.step_size==pytest.approx(.0002)

def test_loads_without_running_code_and_knows_its_remedies(tmp_path):
    l = learner(callbacks=[At(5, put(gap=1e4)), quiet(remedies='half the step')]).fit(8)
    l.save(tmp_path/'c.pt')
    d = torch.load(tmp_path/'c.pt', weights_only=True)['callbacks']['HealthMonitor']
    assert d['applied']==['half the step'] and d['log'][0]['rows'][-1]['gap']==1e4
    with pytest.raises(ValueError, match="must be one of more steps; got 'half the step'"):
        learner(callbacks=[quiet(remedies='more steps')]).load(tmp_path/'c.pt')
    l = learner(callbacks=[quiet(remedies='half the step')], sampler=Langevin(.5))
    l.sampler = Langevin(.08)     # set by hand before loading: it stands
    assert l.load(tmp_path/'c.pt').sampler==Langevin(.04) and l.load(tmp_path/'c.pt').sampler==Langevin(.04)

def test_old_checkpoint(tmp_path):
    "One without a word from the monitor: it starts afresh, from the state that was loaded"
    learner().fit(20).save(tmp_path/'c.pt')
    m = quiet()
    l = learner(callbacks=[At(5, put(gap=1e4)), At(25, poison), m]).fit(12)
    l.load(tmp_path/'c.pt')
    l.fit(10)
    assert l.step==30 and m.log[-1].back_to==20

def test_settings_by_hand_stand():
    m = quiet(max_gap=50., remedies='half the step')
    l = learner(callbacks=[At(5, put(gap=51.)), At(15, put(gap=51.)), m]).fit(12)
    assert l.sampler==Langevin(.01)
    l.sampler = Langevin(.4)
    assert l.fit(8).sampler==Langevin(.2) and m.tried==2

def test_halving():
    falling = annealed(Langevin(.1, clamp=(-4.,4.)), 4)
    assert [halved(falling)(i) for i in range(4)]==[replace(falling(i), step_size=.05) for i in range(4)]
    assert halved(falling)(0).temperature==falling(0).temperature
    def nested(step): return Compose((UniformJump(), Compose((HMC(step, 3, .5),))))
    assert halved(nested(.2))==nested(.1)
    class Mine:
        step_size = .3
        def step(self, e, x, g=None): return x, None
    mine = Mine()
    assert halved(mine).step_size==.15 and mine.step_size==.3 and halved(Langevin(.1, .7)).temperature==.7
    l = learner(sampler=falling)
    assert REMEDIES['more steps'](l)=='more steps, 8'
    assert [l.sampler(i) for i in range(8)]==[falling(i//2) for i in range(8)]
    REMEDIES['half the step'](l)
    said = [REMEDIES['stronger regulariser'](l) for _ in range(2)]
    assert said==['stronger regulariser, 0.1', 'stronger regulariser, 0.2']
    assert l.fit(1).history['acceptance'][0]==1

def test_saturation_counts_from_the_data():
    "Black and white data beside black and white samples: no trouble; grey data: trouble, which names both shares"
    class Flat:
        def __init__(self, v): self.v = v
        def sample(self, n, generator=None): return torch.full((n,2), self.v)
    for v,tried in ((.002, 0), (.998, 0), (.5, 1)):
        m = quiet(max_saturation=.9, tries=1)
        buffer = ReplayBuffer(uniform_noise((2,)))
        l = learner(callbacks=[m], data=Flat(v), sampler=Langevin(.02, clamp=(0.,1.)), buffer=buffer)
        l.callbacks.insert(0, At(5, put(saturation=1.)))
        l.fit(8)
        assert m.tried==tried and m.at_edge==share_at_edge(l.last.pos.x, l.box)==(v!=.5)
    assert '100% of' in m.log[0].cause and '100% more than of the data' in m.log[0].cause

def test_old_samples_are_a_warning_once():
    said = []
    m = HealthMonitor(max_age=5., say=said.append)
    l = learner(callbacks=[m]).fit(30)
    assert len(said)==1 and [(e.kind, e.trouble) for e in m.log]==[('warning', 'age')] and m.tried==0
    assert same(bits(l), bits(learner().fit(30)))
    assert 'steps old' in said[0] and 'back to' not in said[0]

def test_a_snapshot_is_of_one_step():
    "The monitor goes behind callbacks with a state, before a checkpoint, wherever it was put"
    s,t,bar = Schedule(lambda o: StepLR(o, 1, .9)),Track(every=5, step=lambda l: l.step),Progress(disable=True)
    m = quiet(max_gap=50.)
    l = learner(callbacks=[At(7, put(gap=51.)), m, s, t, bar]).fit(20)
    assert l.callbacks[1:]==[s, t, m, bar]
    assert m.log[0].back_to==0 and s.scheduler.last_epoch==20 and t.steps==[0,5,10,15,20]==t['step']
    assert l.optimizer.param_groups[0]['lr']==pytest.approx(2e-3*.9**20)
    l.add(ema := EMA()).fit(1)
    assert l.callbacks[1:]==[s, t, bar, ema, m]

def test_a_checkpoint_has_no_step_that_is_undone(tmp_path):
    steps = []
    class Spy(Checkpoint):
        def save(self, l): steps.append(l.step)
    monitor = HealthMonitor(max_gap=50., every=4)
    learner(callbacks=[At(10, put(gap=51.)), EMA(), monitor, Spy(tmp_path/'c.pt', every=5)]).fit(20)
    assert steps==[5,8]

class Two(Alone):
    "One of two processes; `average` mixes in what the other has: the share of its data at an edge, is all finite"
    size = 2
    def __init__(self, rank, edge, finite=1.): self.rank,self.other,self.n = rank,torch.tensor([edge,finite]),0
    def gather(self, value): return [value, ['7 stored samples'] if isinstance(value, list) else None]
    def average(self, tensors):
        self.n += 1
        for t in tensors:
            if t.shape==(4,): t[[0,-1]] = (t[[0,-1]]+self.other)/2     # what a monitor asks of a team

def test_decisions_of_a_team_are_one():
    "A process whose neighbour has a NaN among its samples keeps no snapshot; shares are averaged; only rank 0 speaks"
    for finite,kept in ((1., 10), (0., None)):
        said = []
        m = HealthMonitor(every=10, tries=2, say=said.append)
        l = learner(callbacks=[At(15, put(gap=1e4)), m], team=Two(1, .25, finite)).fit(12)
        assert (m.good and m.good.state['step'])==kept and m.at_edge==.125 and not said
        l.fit(8)
        assert m.tried==(kept is not None) and not said and l.step==(20 if kept else 15)

def test_what_another_process_has_is_named():
    m = quiet()
    learner(callbacks=[At(15, poison), m], team=Two(1, 0.)).fit(20)
    assert 'not finite: parameter net.0.weight, 7 stored samples' in m.log[0].cause

def test_collectives_are_the_same_in_all():
    "Beside gradient and row, one average a snapshot: the start, steps 10, 20 and 30"
    team = Two(0, 0.)
    learner(callbacks=[quiet()], team=team).fit(30)
    assert team.n==2*30+4

@pytest.mark.parametrize('bad,error,words', [
    (dict(max_saturation=0), ValueError, 'max_saturation must be'), (dict(surge='x'), TypeError, 'surge must be'),
    (dict(max_energy=math.nan), ValueError, 'max_energy must be'), (dict(tries=.5), TypeError, 'tries must be'),
    (dict(tries=1, remedies=()), ValueError, 'tries needs'),
    (dict(remedies=['new nois']), ValueError, "did you mean 'new noise'"),
    (dict(remedies=[3]), TypeError, 'remedies must be names'),
    (dict(remedies=[lambda l: 1, lambda l: 2]), ValueError, 'different names')])
def test_bad_settings(bad, error, words):
    with pytest.raises(error, match=words): HealthMonitor(**bad)

def test_checkpoint_beside_it(tmp_path):
    "A stop that restored nothing saves nothing"
    l = learner(callbacks=[Checkpoint(tmp_path/'c.pt', every=2), At(4, poison), HealthMonitor(restore=False)]).fit(9)
    d = torch.load(tmp_path/'c.pt', weights_only=True)
    assert l.failed and l.stop_reason and d['step']==4 and all(v.isfinite().all() for v in d['energy'].values())
    assert issubclass(Trouble, FloatingPointError)
