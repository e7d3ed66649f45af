"Views to play with; each is loaded when it is asked for"
from importlib import import_module

_homes = dict(ChainExplorer='chains', GradientExplorer='gradients', Dashboard='training', DrawData='draw',
    TermExplorer='hero', Filmstrip='film', Detect='detect', Compose='compose', ComposedFilm='compose', BufferInspector='buffer')
__all__ = list(_homes)

def __getattr__(name):
    if name not in _homes: raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'{__name__}.{_homes[name]}'), name)

def __dir__(): return [*globals(), *__all__]
