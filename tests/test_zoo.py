"The zoo: small enough, with licences and figures, usable by name from every command, refused where it is not itself"
import shutil
from pathlib import Path
import numpy as np, pytest, torch
from helpers import app_after_its_cells, cdebm, root, tool
from cdebm import zoo
from cdebm.recipes import preset, presets
from cdebm.runs.uses import score_examples

@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv('CDEBM_RUNS', str(tmp_path/'runs'))
    monkeypatch.delenv('CDEBM_DATA', raising=False)     # no data of the hub at hand
    monkeypatch.chdir(tmp_path)

def test_sizes():
    sizes = {k: zoo.size(k) for k in zoo.names()}
    assert {'ring','digits'} <= sizes.keys() and max(sizes.values())<=500_000 and sum(sizes.values())<=3_000_000, sizes
    files = {p.name for p in zoo.FOLDER.iterdir()}
    assert files=={f'{k}.{e}' for k in sizes for e in ('json','safetensors')}, 'nothing beside them'

@pytest.mark.parametrize('name', zoo.names())
def test_model(name):
    "Is its card whole, is the energy in single precision and frozen, do its chains fit, is it that of a known recipe?"
    t = zoo.load(name)
    c = t.card
    assert c.name==name and c.licence and c.source and c.figures and 'nothing' not in c.protocol
    r = tool('tools/zoo.py').recipe_of(name)
    assert c.recipe.replace(speed=r.speed)==r, 'what `make zoo` trains'
    assert c.seconds>0 and c.steps==c.recipe.training.steps
    assert not t.energy.training and not any(p.requires_grad for p in t.energy.parameters())
    assert {p.dtype for p in t.energy.parameters()}=={torch.float32}
    assert c.parameters==sum(p.numel() for p in t.energy.parameters())
    a,b = t.sample(5, 2),t.sample(5, 2)
    assert a.x.shape==(5, *c.recipe.data.shape) and torch.equal(a.x, b.x) and a.source=='stored chains'
    assert t.sample(5, 2, 'noise').source=='noise'

def test_no_data_are_needed(monkeypatch):
    "Neither sampling nor scoring looks at data"
    t = zoo.load('digits')
    monkeypatch.setattr(type(t.recipe.data), 'build', None)
    x = t.sample(9, 1).x
    assert 0<=score_examples(t, x)['auroc']<=1 and len(score_examples('digits', x)['scores'])==9

def test_a_file_goes_before_a_name(tmp_path):
    assert zoo.find('ring')==zoo.FOLDER/'ring.json'
    small = {'model.width': 8, 'training.batch_size': 32, 'sampler.mcmc_steps': 2}
    preset('ring', small).learner().fit(2).save(tmp_path/'ring')
    assert zoo.find('ring')==Path('ring') and zoo.load('ring').card is None
    (tmp_path/'digits').mkdir()
    assert zoo.load('digits').card.name=='digits', 'a folder without a checkpoint is none'
    shutil.copy(zoo.FOLDER/'ring.json', 'mine.json')
    with pytest.raises(FileNotFoundError, match='no weights at mine.safetensors'): zoo.load('mine.json')
    shutil.copy(zoo.FOLDER/'digits.safetensors', 'mine.safetensors')
    with pytest.raises(ValueError, match='holds no model.*not the file of this card'): zoo.load('mine.json')

def test_commands_take_names():
    listed = cdebm('zoo')
    assert all(k in listed and c.licence in listed for k,c in zoo.cards().items())
    for k,c in zoo.cards().items():
        told = cdebm('zoo', k, '--json')
        assert [*told]==[k] and told[k]['licence']==c.licence and told[k]['bytes']==zoo.size(k)
        assert c.protocol in cdebm('zoo', k)
        assert 'mean energy' in cdebm('sample', k, '-n', 3, '--steps', 1, '--out', f'{k}.npy')
        assert np.load(f'{k}.npy').shape==(3, *c.recipe.data.shape)
        rows = cdebm('score', k, f'{k}.npy', '--json')['rows']
        assert len(rows)==3 and all(0<=r['percentile']<=100 for r in rows)
    levels = np.load('digits.npy')*16
    assert np.allclose(levels, levels.round(), atol=1e-4), 'grey levels of the data'

def test_unknown_names():
    for args in (('sample','rign'), ('score','rign','x.npy'), ('explore','rign'), ('zoo','rign')):
        assert "did you mean 'ring'?" in cdebm(*args, code=2)

def test_explore(monkeypatch):
    monkeypatch.setenv('CDEBM_CHECKPOINT', str(zoo.find('ring')))
    app = app_after_its_cells('explore')
    assert set(zoo.names()) <= set(app['box'].options)
    for k in ('ring','digits'):
        app['box'].value = k
        about,_,card,_,chains = app['place'].children
        assert zoo.cards()[k].licence.split(':')[0] in card.value and preset(k).hash in about.value
    assert type(chains).__name__=='Filmstrip'

# -- tools/zoo.py --

def test_made_from_a_run(tmp_path, monkeypatch, capsys):
    "A run that was interrupted goes on, is measured and packed; one that is done is not trained again"
    maker = tool('tools/zoo.py')
    changes = {'model.width': 16, 'training.steps': 40, 'training.batch_size': 64, 'sampler.mcmc_steps': 2}
    small = preset('ring', changes)
    monkeypatch.setattr(maker, 'recipe_of', lambda name: small)
    first = maker.train(small, tmp_path/'runs', every=10)
    for p in first.glob('checkpoint*.pt'):
        if p.name!='checkpoint-000030.pt': p.unlink()
    (first/'checkpoint-000030.pt').rename(first/'checkpoint.pt')
    assert maker.trained_by(small, tmp_path/'runs')==[(30, first)]
    monkeypatch.setattr('sys.argv', ['zoo.py', 'ring', '--runs', str(tmp_path/'runs'), '--to', str(tmp_path/'zoo')])
    maker.main()
    assert 'going on from step 30 of 40' in capsys.readouterr().out
    (_,a),(n,b) = maker.trained_by(small, tmp_path/'runs')
    assert (a, n)==(first, 40) and maker.seconds_of(b)>maker.seconds_of(a)
    maker.main()
    assert 'going on' not in capsys.readouterr().out
    card = zoo.load(tmp_path/'zoo'/'ring.json').card
    assert card.steps==40 and card.figures['kl']>0 and card.licence

def test_every_model_can_be_made():
    "What the tool says of a model fits a card; what is shipped is among them"
    maker = tool('tools/zoo.py')
    assert set(zoo.names()) <= maker.MODELS.keys()
    for k,m in maker.MODELS.items():
        c = zoo.cards().get(k)
        assert m['preset'] in presets and (not c or (c.about, c.licence)==(m['about'], m['licence'])), k

def test_make_names_it():
    text = (root/'Makefile').read_text()
    assert 'zoo: .venv/made ## ' in text and 'hours' in text.partition('zoo: .venv/made ## ')[2].splitlines()[0]
