"On a CUDA device: steps in every precision, eager and compiled; a checkpoint goes on to the same bits, also elsewhere"
import math, os, warnings
import pytest, torch
from cdebm.recipes import load_energy, preset
from cdebm.scale import PRECISIONS
from cdebm.checkpoints import Checkpoint

device = os.environ.get('CDEBM_TEST_DEVICE', 'cuda')     # 'cpu' tries the tests themselves
pytestmark = pytest.mark.skipif(device=='cuda' and not torch.cuda.is_available(), reason='no CUDA device')

def learner(callbacks=(), **changes):
    small = {'data.name': 'shapes', 'buffer.augment': 'cifar10', 'training.device': device, 'sampler.mcmc_steps': 5}
    return preset('cifar10-small', small | changes).learner(list(callbacks))

@pytest.mark.parametrize('compile', [None, 'default', 'reduce-overhead'])
@pytest.mark.parametrize('precision', PRECISIONS)
def test_steps(precision, compile):
    "Every term is finite, everything lies there, the first gap is that of full precision or near it"
    speed = {'speed.precision': precision, 'speed.compile': compile, 'speed.channels_last': precision!='fp32'}
    l = learner(**speed).fit(3)
    assert all(math.isfinite(v) for r in l.history.rows for v in r.values())
    assert {t.device.type for t in (l.last.neg.x, l.last.pos.x, l.buffer.x, *l.energy.parameters())}=={device}
    reference = learner().fit(1).history.rows[0]
    assert l.history.rows[0]['e_pos']==pytest.approx(reference['e_pos'], rel=.05, abs=.02)

def test_resume(tmp_path):
    "Ten steps are five and five; the file is read on a machine without the device"
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        whole = learner().fit(10)
        learner([Checkpoint(tmp_path/'c.pt', every=5)]).fit(5)
        half = learner().load(tmp_path/'c.pt').fit(5)
    finally: torch.use_deterministic_algorithms(False)
    assert half.history.rows==whole.history.rows
    assert all(map(torch.equal, half.energy.parameters(), whole.energy.parameters()))
    assert load_energy(tmp_path/'c.pt')(torch.rand(2, 3, 32, 32)).isfinite().all()
    with warnings.catch_warnings(): # its generator is of another kind
        warnings.simplefilter('ignore')
        assert learner(**{'training.device': 'cpu'}).load(tmp_path/'c.pt').fit(1).step==6
