"Every module notebook and page of advice runs from top to bottom; its cells are the tests"
import os
from pathlib import Path
import matplotlib, pytest
from nbdev.config import get_config
from nbdev.test import test_nb as run_nb

cfg = get_config(path=Path(__file__).parent.parent)
flags = set(cfg.tst_flags.split()) - set(os.environ.get('NBS', '').split())   # NBS='slow' runs the slow cells too
found = [p for d in ('*.ipynb', 'howto/*.ipynb') for p in Path(cfg.nbs_path).glob(d)]
nbs = sorted(p for p in found if not p.name.startswith(('_', '.')))

@pytest.mark.parametrize('fn', nbs, ids=lambda p: p.stem)
def test_notebook(fn, capfd, monkeypatch):
    monkeypatch.setenv('IN_TEST', '1')   # nbdev sets it and leaves it set; nbdev_export does nothing while it is
    with matplotlib.rc_context(): ok,_ = run_nb(fn, skip_flags=flags, basepath=cfg.config_path)
    assert ok, capfd.readouterr().err
