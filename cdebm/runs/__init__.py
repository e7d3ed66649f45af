"Experiments and their records: play a notebook, read all runs as one table, sweep; each part is loaded when asked for"
from importlib import import_module

_parts = dict(
    notebooks='PACKAGE experiments apps find_notebook write_notebook notebook_text Expression parameters speaks_recipe '
        'run_key Plan planned notebook_folder copy_notebooks',
    records='versions git_state runs_folder RunFolder printable on_screen readable cell_html Run link_html TABLE '
        'names_full_disk Recording record',
    play='CellError EndedItself run_page changed_files attempts recorded execute run',
    tables='load_runs find_run runs_table ledger select_rows Html show_ledger compare',
    sweeps='grid uniform log_uniform random_search visible_gpus default_workers Sweep sweep',
    arguments='typed find_recipe find_checkpoint notebook_reader notebook_values value_range alternatives sweep_settings',
    jobs='minus_energy curves_figure landscape_figure results keep_training resume_point TrainingStopped train',
    uses='SAMPLE_FILES sample_checkpoint in_grey_levels write_samples held_out_scores score_examples',
    reports='pick implied_columns concise text_table page_of', serving='serve guarded own_copy subtitle')
_homes = {name: part for part,names in _parts.items() for name in names.split()}
__all__ = [name for name,part in _homes.items() if part not in ('jobs','uses')]     # those two load PyTorch

def __getattr__(name):
    if name not in _homes: raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'{__name__}.{_homes[name]}'), name)

def __dir__(): return [*globals(), *__all__]
