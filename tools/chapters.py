"""The table of the course's chapters, as Markdown, from what each of them says of itself.

    python tools/chapters.py
"""
import json, re
from pathlib import Path

course = Path(__file__).resolve().parent.parent/'nbs'/'course'
spans = {'ten minutes': 10, 'a quarter of an hour': 15, 'twenty minutes': 20, 'half an hour': 30, 'an hour': 60}
told = re.compile(r'\*You need\* (?P<needs>[^*]+?)\.\s+\*It takes\* (?P<span>[^*,]+?)(?: to read|,)')

def words(path):
    "The prose of a notebook"
    cells = json.loads(path.read_text('utf-8'))['cells']
    return '\n'.join(''.join(c['source']) for c in cells if c['cell_type']=='markdown')

def chapters():
    "Numbered notebooks in order, then the capstone where there is one"
    return [*sorted(course.glob('[0-9][0-9]_*.ipynb')), *course.glob('capstone.ipynb')]

def line(path):
    "A row: the question, which leads to the chapter; minutes of reading; what one should know"
    text = words(path)
    title,said = re.search(r'^# (.+)$', text, re.M)[1],told.search(text)
    needs = re.sub(r'\[([^\]]+)\]\([^)]*\)', r'\1', said['needs']) if said else ''
    minutes = spans.get(said['span'], said['span']) if said else ''
    return f'|[{title}](course/{path.name})|{minutes}|{needs}|'

def table():
    "Of all chapters; links are relative to nbs/"
    return '\n'.join(['|question|minutes|you need|', '|---|---|---|', *map(line, chapters())])

if __name__=='__main__': print(table())
