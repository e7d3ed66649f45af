"Teaching notebooks and experiments run end to end as `cdebm run` runs them, with parameters a laptop can afford"
from pathlib import Path
import nbformat, pytest
from cdebm.runs import load_runs, run

root = Path(__file__).parent.parent/'nbs'
small = dict(    # parameters by notebook; the others run as they are
    **{'04_gradient': dict(steps=40), '05_failure': dict(steps=30), '09_images': dict(steps=4, seeds=1),
        '10_uses': dict(n=60, steps=20)},
    capstone=dict(updates=60),
    tour=dict(film_steps=30, ring_steps=20, tuned_steps=20, digits_steps=20),
    noise_to_digit=dict(film_steps=10, steps=20), strangers=dict(n=40, references=200, n_boot=50),
    composed_shapes=dict(chains=40, steps=50, picture_steps=20, n=1),
    own_experiment=dict(steps=5, step_sizes=[.05], seeds=1, workers=1),
    own_network=dict(steps=60, seeds=1),
    long_training=dict(steps=12),
    explorer=dict(steps=20),
    images={'recipe': 'digits', 'training.steps': 12, 'every': 4},     # MNIST may not be at hand
    ring={'training.steps': 20},
    tables=dict(table='wine', seeds=[0], changes=dict(steps=20, width=16)),
    generation={'training.steps': 12, 'n': 40, 'rounds': 2, 'n_steps': 4, 'refine': 4, 'judge_steps': 20},
    ood={'training.steps': 12, 'n': 60, 'references': 300, 'n_boot': 100},
    mixing={'training.steps': 12, 'n': 40, 'rounds': 3, 'n_steps': 4, 'judge_steps': 60},
    composition=dict(updates=6, taught=2, images=300, n=12, n_steps=3, judge_images=300, judge_steps=8),
    entropy=dict(dims=[1, 4], banks=[100], queries=100, seeds=[0, 1]), stability=dict(steps=12))

def finished(fn, tmp_path, **more):
    "Run the notebook, and see that its folder is whole"
    params = small.get(fn.stem, {}) | more
    r = run(fn, params, runs=tmp_path/'runs', quiet=True)
    assert r.ok, r.error
    tags = [t for c in nbformat.read(r.notebook, 4).cells for t in c.metadata.get('tags', [])]
    why = 'cell tag `parameters` missing: is `tags` in allowed_cell_metadata_keys?'
    assert not params or 'injected-parameters' in tags, why
    assert '<img' in r.page.read_text() and not [p for p in r.folder.rglob('.*') if p.is_file()]
    assert r.headline and r.figures
    return r

every = sorted(p for d in ('course','experiments') for p in (root/d).glob('*.ipynb'))

@pytest.mark.parametrize('fn', every, ids=lambda p: p.stem)
def test_notebook(fn, tmp_path):
    own = dict(runs=str(tmp_path/'own')) if fn.stem=='own_experiment' else {}
    r = finished(fn, tmp_path, **own)
    if fn.stem in ('tour','ring'): assert (r.folder/'checkpoint.pt').stat().st_size
    if own:     # two losses, one of them on record from the first run
        assert [o.status for o in load_runs('ring', own['runs'])]==['done']*2

def test_ring_speaks_any_recipe_of_the_plane(tmp_path):
    "Two more presets and densities; one of images is refused in a cell that says so"
    changed = {'recipe': 'ring-coarse', 'data.name': 'two_moons', 'training.steps': 5, 'loss.opt': 0, 'loss.entropy': 0,
        'buffer.low': None, 'buffer.high': None}
    r = run('ring', changed, runs=tmp_path, quiet=True)
    assert r.ok and r.recipe.data.name=='two_moons' and r.headline['kl_to_cd_gradient'] is None, r.error
    assert 'this experiment is for the plane' in str(run('ring', recipe='digits', runs=tmp_path, quiet=True).error)
