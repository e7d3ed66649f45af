"""Odd inputs by kind: how many were tried, and how each is answered. Prints a table in Markdown.

    python tools/inputs.py
"""
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent/'tests'))
from inputs import all_cases

def table() -> str:
    "A row a kind"
    kinds = {}
    for c in all_cases(): kinds.setdefault(c.kind, Counter())[c.answer] += 1
    def answers(v): return ', '.join(f'{n} {a}' for a,n in v.most_common())
    rows = [f'| {k} | {v.total()} | {answers(v)} |' for k,v in kinds.items()]
    whole = f'| all {len(kinds)} kinds | {sum(v.total() for v in kinds.values())} | |'
    return '\n'.join(['| kind | cases | answers |', '| --- | --- | --- |', *rows, whole])

if __name__=='__main__': print(table())
