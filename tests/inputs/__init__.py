"""Odd inputs by kind, a table a file: what comes in, and the right answer: a value, a warning, or an error that says
what is wrong.

`tests/test_inputs.py` tries them all, `tools/inputs.py` prints how many there are of each kind and how they are
answered.
"""
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

class Case(NamedTuple):
    "One odd input. `call` takes pytest's `tmp_path` if it wants a folder of its own"
    kind:str # what is odd, in a few words: cases of one kind are answered alike
    name:str # what comes in
    call:Callable # tries it
    value:object = None # a predicate of the result, for an input that is accepted
    warns:str = '' # what the warning says, with ... for words left out
    error:type|None = None # of a refusal
    says:str = '' # what its message says, with ... for words left out

    @property
    def answer(self) -> str: return 'refused' if self.error else 'warned of' if self.warns else 'accepted, right value'

def all_cases() -> list[Case]:
    "The cases of every table in this folder"
    names = sorted(p.stem for p in Path(__file__).parent.glob('[a-z]*.py'))
    return [c for n in names for c in import_module(f'inputs.{n}').cases]
