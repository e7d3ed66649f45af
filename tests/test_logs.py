"Callbacks that keep pictures, curves and costs, where that crosses rooms; and the judge on other images than digits"
import os, subprocess, sys, types
import pytest, torch
from PIL import Image
from cdebm import logs
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.augment import augmentations
from cdebm.data import TensorData, digits
from cdebm.images import images
from cdebm.judge import frechet_distance, train_judge
from cdebm.health import HealthMonitor
from cdebm.losses import Weights
from cdebm.logs import SampleGrid, TensorBoard, Throughput, count_flops, sample_figure, step_flops
from cdebm.models import ConvEnergy, ResidualEnergy
from cdebm.samplers import Langevin
from cdebm.scale import Alone
from cdebm.training import Learner, Settings
from helpers import At, poison, put, seeded

def learner(callbacks=(), classes=None, augment=None, energy=None, **kw):
    "Digits as colour pictures of 8 by 8 in a buffer of bytes, with all that draws"
    d = digits()
    data = TensorData(d.x.expand(-1, 3, -1, -1).contiguous(), d.y, labelled=classes is not None, levels=17)
    if energy is None: energy = ResidualEnergy(3, 8, 4, classes=classes, generator=seeded()) if classes else small()
    buffer = ReplayBuffer(uniform_noise((3,8,8)), dtype='uint8', n_classes=classes, augment=augment)
    kw = dict(mcmc_steps=4, batch_size=16, graph_samples=8, weights=Weights(reg=.1)) | kw
    settings = Settings(Langevin.from_noise(1., .01, clamp=(0., 1.)), **kw)
    return Learner(energy, data, buffer, settings, generator=seeded(1), callbacks=callbacks)
def small(): return ConvEnergy(3, 8, 4, generator=seeded())

class Second(Alone): rank,size = 1,2

def curve(folder, name='gap'):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    return {e.step: e.value for e in EventAccumulator(str(folder)).Reload().Scalars(name)}

KINDS = dict(plain={}, labels=dict(classes=10), augmented=dict(augment=augmentations['shapes'], neighbours='after'))

@pytest.mark.parametrize('kw', KINDS.values(), ids=KINDS)
def test_nothing_is_disturbed(tmp_path, kw):
    "The same bits with each callback as without, over two fits; nor does PyTorch's own stream move"
    states = []
    for c in ((), [SampleGrid(tmp_path/'p', 2)], [TensorBoard(tmp_path/'e', 2, 4)], [Throughput(3)]):
        before = torch.get_rng_state()
        l = learner(c, **kw).fit(5).fit(3)
        assert torch.equal(before, torch.get_rng_state())
        states.append([*l.energy.state_dict().values(), l.generator.get_state(), l.buffer.x, l.last.neg.x])
    for s in states[1:]: assert all(map(torch.equal, states[0], s))

def counted(l):
    "FLOPs of the next whole step of a learner, counted in full while it is made"
    return count_flops(lambda: l.fit(1))

def test_counting_leaves_no_trace():
    "What is said of a step is what the next one takes; gradients, samples, terms and the optimizer's state stay"
    l = learner(classes=10).fit(2)
    before = dict(vars(l)),[p.grad.clone() for p in l.energy.parameters()],l.generator.get_state()
    said = step_flops(l)
    assert all(vars(l)[k] is v for k,v in before[0].items()) and vars(l).keys()==before[0].keys()
    assert all(map(torch.equal, before[1], (p.grad for p in l.energy.parameters())))
    assert torch.equal(before[2], l.generator.get_state())
    assert said==pytest.approx(counted(l), rel=.005)     # `backward` also reaches where the chains' last steps began

def test_flops_are_linear():
    "Twice the chains, twice the work; spectral weights, paid for once by all chains, do not count for each"
    a,b = (step_flops(learner(batch_size=n, graph_samples=n//2).fit(1)) for n in (8, 16))
    assert b==2*a
    spectral = ResidualEnergy(3, 8, 4, norm='spectral', generator=seeded())
    l = learner(batch_size=11, graph_samples=4, energy=spectral).fit(1)
    assert step_flops(l)==pytest.approx(counted(l), rel=.01)

def test_pictures(tmp_path):
    "Files are whole PNGs of the steps asked for and the last; nothing is left open or half written"
    import matplotlib.pyplot as plt
    plt.close('all')
    g = SampleGrid(tmp_path/'a'/'b', every=4, n=9)
    l = learner([g]).fit(10)
    files = sorted(p.name for p in (tmp_path/'a'/'b').iterdir())
    assert files==['samples-000004.png', 'samples-000008.png', 'samples-000010.png'] and not plt.get_fignums()
    for f in files: Image.open(tmp_path/'a'/'b'/f).verify()
    assert (g.pictures[-1][1]/255-l.last.neg.x[:9]).abs().max()<=.5/255+1e-6
    fig = g.show(2)
    assert [ax.get_title() for ax in fig.axes]==['step 4', 'step 10'] and len(g.show(1).axes)==1
    plt.close('all')

def test_pictures_end_with_what_happened(tmp_path):
    "A stopped fit has a last picture; one that was put back, none later; one that failed, none of the broken step"
    g = SampleGrid(every=100)
    learner([At(3, lambda l: l.stop('enough')), g]).fit(9)
    assert [s for s,_ in g.pictures]==[3]
    for order in (0, 1):
        g = SampleGrid(tmp_path/f'{order}', every=1)
        pair = [g, HealthMonitor(every=2)][::1-2*order]
        l = learner([*pair, At(7, poison)]).fit(9)
        assert l.step==6 and [s for s,_ in g.pictures]==[1,2,3,4,5,6] and len(list((tmp_path/f'{order}').iterdir()))==6
        assert torch.equal(g.pictures[-1][1][:4], alone_at(6)[:4])
    g = SampleGrid(every=1)
    with pytest.raises(FloatingPointError): learner([g, At(2, poison)]).fit(9)
    assert [s for s,_ in g.pictures]==[1,2]

def alone_at(step):
    "The picture of a run that had no trouble"
    g = SampleGrid(every=step)
    learner([g]).fit(step)
    return g.pictures[-1][1]

def test_rewound_within_the_loop(tmp_path):
    "A callback puts an old state back while the fit goes on: curves and pictures have each step once, as it was last"
    state = {}
    def keep(l): state.update(l.state_dict())
    def back(l): l.load_state_dict(state)
    g = SampleGrid(every=1)
    l = learner([At(4, keep), At(7, back), g, TensorBoard(tmp_path, 1, 3)]).fit(10)
    assert [s for s,_ in g.pictures]==list(range(1, 11)) and l.step==10
    read = curve(tmp_path)
    assert list(read)==list(range(1, 11)) and list(read.values())==pytest.approx(l.history['gap'].tolist(), rel=1e-6)

def test_healed(tmp_path):
    "A monitor that heals: the same, each step once"
    g,monitor = SampleGrid(every=1),HealthMonitor(every=2, tries=1, say=lambda _: None)
    l = learner([At(7, put(gap=1e9)), g, TensorBoard(tmp_path, 1), monitor]).fit(10)
    assert l.step==10 and not l.stop_reason and [s for s,_ in g.pictures]==[*curve(tmp_path)]==list(range(1, 11))
    assert list(curve(tmp_path).values())==pytest.approx(l.history['gap'].tolist(), rel=1e-6)

def test_curves_go_on_from_a_checkpoint(tmp_path):
    "A second process purges what the first wrote after the checkpoint"
    first = learner([TensorBoard(tmp_path/'e', 1)]).fit(4)
    first.save(tmp_path/'c.pt')
    first.fit(3)
    learner([TensorBoard(tmp_path/'e', 1)]).load(tmp_path/'c.pt').fit(1)
    assert list(curve(tmp_path/'e'))==[1,2,3,4,5]

def test_only_rank_0_writes(tmp_path, capsys):
    t = Throughput(2, print)
    l = learner([SampleGrid(tmp_path/'p', 1), TensorBoard(tmp_path/'e', 1), t])
    l.team = Second()
    l.fit(6)
    assert not list(tmp_path.iterdir()) and capsys.readouterr().out==''
    assert t.facts['flop']==2*t.flops and t.facts['chains_per_second']==pytest.approx(32/t.facts['seconds'])

def test_clock(monkeypatch):
    "The first three steps and the counting are not in the time; the median is"
    # each step: at its end, and when the callback is done
    now = iter([0,0, 50,50, 90,90, 95,96, 99,100, 102,103, 142,142])
    monkeypatch.setattr(logs, 'time', types.SimpleNamespace(perf_counter=lambda: next(now)))
    t = Throughput(10)
    learner([t]).fit(7)
    assert list(t.seconds)==[5, 3, 2, 39] and t.facts['seconds']==4 and t.report.startswith('4 s a step, 4 chains/s, ')

def test_words(monkeypatch):
    t = Throughput(5)
    learner([t]).fit(5)
    assert ' FLOP/s' in t.report.replace('MF', ' F').replace('GF', ' F') and ', peak ' in t.report
    monkeypatch.setitem(sys.modules, 'resource', None)
    assert t.facts['peak_bytes'] is None and 'peak' not in t.report

def test_without_tensorboard(monkeypatch, tmp_path):
    for m in [m for m in sys.modules if m.startswith('torch.utils.tensorboard')]: monkeypatch.delitem(sys.modules, m)
    monkeypatch.setitem(sys.modules, 'tensorboard', None)
    words = r"TensorBoard needs tensorboard: pip install 'cdebm\[train\]'"
    with pytest.raises(ModuleNotFoundError, match=words): TensorBoard(tmp_path)

def test_tensorboard_imports_without_a_warning(tmp_path):
    code = f"from cdebm.logs import TensorBoard; TensorBoard({str(tmp_path)!r})"
    flags = ['-W', 'error', '-W', 'ignore::DeprecationWarning', '-W', 'ignore::PendingDeprecationWarning']
    r = subprocess.run([sys.executable, *flags, '-c', code], capture_output=True, text=True)
    assert r.returncode==0 and 'Warning' not in r.stderr, r.stderr

def test_bad_input(tmp_path):
    for make in (lambda: SampleGrid(n=0), lambda: TensorBoard(tmp_path, images_every=0), lambda: Throughput(every=1.5)):
        with pytest.raises((ValueError, TypeError), match='must be'): make()
    with pytest.raises(TypeError, match='x must be'): sample_figure('x')

def test_distance_of_few_and_of_equal():
    x = torch.randn(3, 40, generator=seeded())      # far fewer examples than features
    assert frechet_distance(x, x)==pytest.approx(0, abs=1e-9)
    assert frechet_distance(x.numpy(), (x+1).numpy())==pytest.approx(40, rel=1e-6)
    assert frechet_distance(torch.ones(5, 2), torch.zeros(4, 2))==2

def test_judge_of_other_shapes():
    "Three channels, odd sides, a class that never comes; everything from the generator, the global stream untouched"
    x,y = torch.rand(20, 3, 13, 10, generator=seeded()),torch.arange(20) % 3 * 2
    before = torch.get_rng_state()
    a,b = (train_judge(TensorData(x, y, labelled=True), steps=3, width=4, generator=seeded()) for _ in range(2))
    assert torch.equal(before, torch.get_rng_state())
    assert a(x).shape==(20, 5) and torch.equal(a.features(x), b.features(x))
    assert not any(p.requires_grad for p in a.parameters())
    with pytest.raises(ValueError, match='y must be labels from 0 on; got -1'): TensorData(x, y-1, labelled=True)

@pytest.mark.skipif(not os.environ.get('CDEBM_DATA'), reason='needs CDEBM_DATA, a folder with real images')
@pytest.mark.parametrize('name,least', [('mnist', .85), ('cifar10', .2)])
def test_judge_of_real_images(name, least):
    d = images(name, 'test', labelled=True)
    train,held = TensorData(d.kept[:8000], d.y[:8000], labelled=True),d[8000:]
    judge = train_judge(train, steps=100, width=8, generator=seeded())
    assert (judge(held).argmax(1)==d.y[8000:]).float().mean()>least
    noise = torch.rand(held.shape, generator=seeded(1))
    far = [frechet_distance(judge.features(x), judge.features(train[:2000])) for x in (held, noise)]
    assert far[0]<.2*far[1]
