"Every module notebook and page of advice runs from top to bottom; its cells are the tests"
import os
from functools import partial
from pathlib import Path
import matplotlib, nbdev.test, pytest
from execnb.shell import CaptureShell
from nbdev.config import get_config

cfg = get_config(path=Path(__file__).parent.parent)
flags = set(cfg.tst_flags.split()) - set(os.environ.get('NBS', '').split())   # NBS='slow' runs the slow cells too
found = [p for d in ('*.ipynb', 'howto/*.ipynb') for p in Path(cfg.nbs_path).glob(d)]
nbs = sorted(p for p in found if not p.name.startswith(('_', '.')))
as_filled = partial(CaptureShell, mpl_format='png')     # nbdev's own draws four times as many dots as tools/fill.py

@pytest.mark.parametrize('fn', nbs, ids=lambda p: p.stem)
def test_notebook(fn, capfd, monkeypatch):
    monkeypatch.setenv('IN_TEST', '1')   # nbdev sets it and leaves it set; nbdev_export does nothing while it is
    monkeypatch.setattr(nbdev.test, 'CaptureShell', as_filled)
    with matplotlib.rc_context(): ok,_ = nbdev.test.test_nb(fn, skip_flags=flags, basepath=cfg.config_path)
    assert ok, capfd.readouterr().err
