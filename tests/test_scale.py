"Several processes and quicker chains, where whole commands are needed; the rest is in the notebook `25_scale`"
import json, os, subprocess, sys
import pytest, torch
from torch._dynamo.testing import CompileCounter
from cdebm.energies import energy_and_grad, given
from cdebm.models import ResidualEnergy
from cdebm.recipes import load_recipe, preset
from cdebm.samplers import Langevin, sample
from cdebm.scale import Alone, StandIn, launch, numerics
from cdebm.checkpoints import read_checkpoint
from cdebm.training import Learner
from helpers import same, seeded
pytest.importorskip('accelerate', reason="needs pip install 'cdebm[train]'")

tiny = {'model.width': 4, 'training.batch_size': 8, 'sampler.mcmc_steps': 2, 'buffer.capacity': 1000}
images = {'data.name': 'digits', 'model.width': 8, 'training.batch_size': 8, 'sampler.mcmc_steps': 3,
    'training.device': 'cpu'}

def torchrun(*args, n=2):
    "The `cdebm` command in `n` processes"
    env = {**os.environ, 'OMP_NUM_THREADS': '1'}
    run = ['torch.distributed.run', '--nproc-per-node', n, '--rdzv-backend=c10d', '--rdzv-endpoint=localhost:0']
    cmd = [str(a) for a in (sys.executable, '-m', *run, '-m', 'cdebm', *args)]
    return subprocess.run(cmd, env=env, capture_output=True, text=True, timeout=60)

def test_command_in_two_processes(tmp_path):
    "One record of one run; it goes on in as many processes, and in no other number"
    pairs = [o for k,v in (tiny | {'training.steps': 4}).items() for o in ('-p', f'{k}={v}')]
    p = torchrun('train', 'digits', *pairs, '--runs', tmp_path, '--every', 2)
    assert p.returncode==0, p.stderr
    folder, = (tmp_path/'train').iterdir()
    assert {'checkpoint.pt', 'checkpoint-000002.pt', 'run.json'} <= {o.name for o in folder.iterdir()}
    d = read_checkpoint(folder/'checkpoint.pt')
    assert d['step']==4 and len(d['others'])==1 and not torch.equal(d['others'][0]['buffer']['x'], d['buffer']['x'])
    alone = load_recipe(folder/'checkpoint.pt').learner()
    with pytest.raises(ValueError, match='is of 2 processes'): alone.load(folder/'checkpoint.pt')
    p = torchrun('train', '--resume', folder, '-p', 'training.steps=6', '--runs', tmp_path/'more')
    assert p.returncode==0, p.stderr
    assert json.loads(next((tmp_path/'more').rglob('metrics.json')).read_text())['headline']['steps']==6

@pytest.mark.parametrize('changes', [{'speed.precision': 'tf32'}, {'speed.channels_last': True},
    {'speed.precision': 'bf16-sampling'}, {'speed.precision': 'bf16', 'speed.channels_last': True}], ids=str)
def test_speeds_stay_near_the_reference(changes):
    "The first step in every precision: the terms beside those in full precision"
    def first(**more): return preset('mnist', images | more).learner().fit(1).history.rows[0]
    a,b = first(),first(**changes)
    exact = 'speed.precision' not in changes or changes['speed.precision']=='tf32'     # on a CPU, TF32 is float32
    for k in ('gap', 'opt', 'reg', 'e_pos', 'e_neg', 'drift'):
        assert b[k]==pytest.approx(a[k], rel=1e-3 if exact else .1, abs=1e-5 if exact else .02), k
    if 'bf16' in str(changes): assert b!=a, 'something was rounded'

def test_stand_in_is_used_and_refreshed():
    "Chains run on it, with the weights of the step; the tail and the loss do not"
    class Spy(StandIn):
        calls,refreshed = 0,0
        def __call__(self, x, *y):
            self.calls += 1
            return super().__call__(x, *y)
        def refresh(self):
            self.refreshed += 1
            super().refresh()
    l = preset('mnist', images).learner()
    l.stand_in = Spy(l.energy)
    reference = preset('mnist', images).learner()
    assert l.fit(3).history.rows==reference.fit(3).history.rows
    assert (l.stand_in.calls, l.stand_in.refreshed)==(3*2, 3)

@pytest.mark.parametrize('kw', [dict(norm='spectral'), dict(norm='group', pool='blur'), dict(norm='none', classes=3),
    dict(attention=True)], ids=str)
def test_stand_in_of_every_norm(kw):
    net,x = ResidualEnergy(width=4, generator=seeded(), **kw),torch.rand(2, 3, 32, 32, generator=seeded(1))
    y = [torch.tensor([0,2])] if 'classes' in kw else []
    quick = StandIn(net)
    with torch.no_grad():
        for p in net.parameters(): p.add_(.1)
    quick.refresh()
    assert same(energy_and_grad(lambda x: net(x, *y), x), energy_and_grad(lambda x: quick(x, *y), x))

def test_labels_go_with_chains():
    "A conditional energy: data bring labels, chains keep theirs, a part of them carries the graph"
    l = preset('mnist', images | {'model.classes': 10, 'loss.graph_samples': 3}).learner().fit(2)
    step = l.last
    assert l.buffer.y[:len(l.buffer)].unique().numel()>1 and torch.equal(step.start.y, step.neg.y)
    assert step.attached.requires_grad and len(step.attached)==3 and len(step.neg.x)==8
    plain = Learner(l.energy, preset('mnist', images).data_set(), l.buffer, l.settings)
    with pytest.raises(TypeError, match='since buffer has classes'): plain.fit(1)

def test_fewer_graphs_same_chains():
    "Those that carry a graph are the first of the batch; cd and reg are of all"
    step = preset('mnist', images | {'loss.graph_samples': 3}).learner().fit(1).last
    assert torch.equal(step.attached.detach(), step.neg.x[:3])
    energy = preset('mnist', images).energy()     # as it was before the step
    assert step.terms.opt.item()==pytest.approx(energy.scales(step.neg.x[:3]).mean().item(), rel=1e-4)

class Second(Alone):
    "The second of two processes, as far as one can be alone"
    rank,size,device = 1,2,torch.device('cpu')
    def __init__(self, other=None): self.other = other or (lambda: None)
    def gather(self, v): return [0, v]
    def agree(self, text): return self.other() or text

def test_recipe_and_team():
    "Generators of the processes of a team, tries of the monitor, the stand-in's compiler"
    l = preset('digits', tiny | {'training.tries': 3}).learner(team=Second())
    assert l.generator.initial_seed()==1000+1_000_003 and next(c for c in l.callbacks if hasattr(c, 'tries')).tries==3
    quick = preset('mnist', images | {'speed.compile': 'default'}).learner().stand_in
    assert quick.run is not quick.twin

def test_stop_of_another_process():
    "Where one stops, all stop; a stop that is asked for while processes talk is heard the next time"
    l = preset('digits', tiny).learner(team=Second(lambda: 'process 0: enough' if l.step==2 else None))
    assert l.fit(9).step==2 and l.stop_reason=='process 0: enough'
    class Late(Second):
        def agree(self, text):
            if l.step==3 and not text: l.stop('late')
            return text
    l = preset('digits', tiny).learner(team=Late())
    assert l.fit(9).step==4 and l.stop_reason=='late'

def test_order_of_the_reference():
    "neighbours='after': the samples are stored first, and the bank is augmented"
    l,log = preset('digits', tiny | {'loss.neighbours': 'after'}).learner(),[]
    add,bank = l.buffer.add,l.buffer.bank
    l.buffer.add = lambda *a, **kw: (log.append('add'), add(*a, **kw))[1]
    l.buffer.bank = lambda *a, **kw: (log.append(kw['augmented']), bank(*a, **kw))[1]
    l.fit(1)
    assert log==['add', True]

def test_threads_before_a_fork_are_refused():
    n = torch.get_num_threads()
    if torch.cuda.is_available(): pytest.skip('on a GPU machine processes do not compute on threads')
    torch.set_num_threads(2)
    try:
        with pytest.raises(RuntimeError, match='do not survive a fork'): launch(print)
    finally: torch.set_num_threads(n)

def test_launch_does_not_wake_cuda(monkeypatch):
    "Whether there is a GPU is asked in the one way that a process survives which forks later"
    asked = []
    def is_available(): return bool(asked.append(os.environ.get('PYTORCH_NVML_BASED_CUDA_CHECK')))
    monkeypatch.setattr(torch.cuda, 'is_available', is_available)
    monkeypatch.setattr('accelerate.notebook_launcher', lambda *a, **kw: None)
    monkeypatch.setattr(torch, 'get_num_threads', lambda: 1)
    launch(print)
    assert asked==['1']

@pytest.mark.parametrize('classes', [None, 3])
def test_one_graph_is_compiled(classes):
    "The chains' energy compiles whole and once, however many steps and runs there are, in training as in sampling"
    torch._dynamo.reset()
    counter,net = CompileCounter(),ResidualEnergy(width=4, attention=True, classes=classes, generator=seeded())
    quick,y = StandIn(net, torch.bfloat16),None if classes is None else torch.tensor([0,1,2,0])
    quick.run = torch.compile(quick.twin, backend=counter, dynamic=False)
    for precision in ('fp32', 'bf16-sampling', 'fp32'):
        quick.refresh()
        with numerics(torch.device('cpu'), precision):
            stand_in = quick if y is None else given(quick, y)
            energy = net if y is None else given(net, y)
            sample(energy, torch.rand(4, 3, 32, 32), Langevin(.1, clamp=(0.,1.)), 3, 1, stand_in=stand_in)
    assert counter.frame_count==1 and counter.op_count>50

def test_equal_generators():
    "Processes that would draw the same numbers are refused"
    class Two(Alone):
        size = 2
        def gather(self, v): return [v, v]
        device = torch.device('cpu')
    with pytest.raises(ValueError, match='seeded differently'): preset('digits', tiny).learner(team=Two())
