"The gradient explorer: numbers of the page against those of the record, messages, settings"
import json, shutil, subprocess
from pathlib import Path
import pytest, torch
from cdebm.explorer.gradients import GradientExplorer, RecordedRun, joined_arrays, recorded, running_mean
from cdebm.gradients import NORMS, GradientRecord
from cdebm.losses import Weights

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
    fixture.write_text(json.dumps(dict(cases=cases, smooth=smooth)).replace('NaN', 'null'))
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
