"""Lengths of scripts and their functions, by counting brackets; no JavaScript engine needed.

    python tools/jslengths.py             the explorer's scripts
    python tools/jslengths.py FILE ...    these

prints JSON: {file: {lines, longest_line, functions: {name: lines}}}. A function within another is `outer.inner`, and
the outer one's lines count it; one without a name is `outer.#1`, and is listed where it has more than one line.
"""
import json, re, sys
from pathlib import Path
from typing import NamedTuple

static = Path(__file__).resolve().parent.parent/'cdebm'/'explorer'/'static'

class Token(NamedTuple):
    kind: str # name, string, number, regex, or the sign itself
    text: str
    line: int

_plain = re.compile(r'''(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")'''
    r'''|(?P<number>\.?\d[\w.]*)|(?P<name>[^\W\d][\w$]*|\$[\w$]+)|(?P<sign>=>|\.\.\.|\?\.(?!\d)|.)''', re.S)
_regex = re.compile(r'/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[a-z]*')
_template = re.compile(r'((?:\\.|\$(?!\{)|[^`$\\])*)(`|\$\{)', re.S)
_before_regex = set('( , = : [ ! & | ? { } ; => return +'.split())
_control = set('if for while switch catch return function'.split())

def tokens(text:str) -> list[Token]:
    "What a script is made of, without comments; of a template the words in its holes, the rest as strings"
    out,at,line,holes = [],0,1,[] # holes: how deep in braces each open hole of a template lies
    def put(kind, s):
        nonlocal at,line
        if kind!='space': out.append(Token(s if kind=='sign' else kind, s, line))
        at,line = at + len(s),line + s.count('\n')
    def rest_of_template():
        m = _template.match(text, at)
        put('string', m[1])
        put('sign', m[2])
        if m[2]=='${': holes.append(0)
    while at<len(text):
        before = out[-1].text if out else ';'
        regex = _regex.match(text, at) if text[at]=='/' and text[at+1] not in '/*' and before in _before_regex else None
        m = regex or _plain.match(text, at)
        put('regex' if regex else m.lastgroup, m[0])
        if m[0]=='`': rest_of_template()
        elif holes and m[0]=='{': holes[-1] += 1
        elif holes and m[0]=='}':
            if holes[-1]: holes[-1] -= 1
            else:
                holes.pop()
                rest_of_template()
    return out

def partners(ts:list[Token]) -> dict[int,int]:
    "Where each opening bracket closes, and the other way round"
    found,opened,ends = {},[],{')': '(', ']': '[', '}': '{'}
    for i,t in enumerate(ts):
        if t.kind in ('(','[','{','${'): opened.append(i)
        if t.kind in ends:
            found[i] = opened.pop()
            found[found[i]] = i
            first = ts[found[i]].text
            if first.lstrip('$')!=ends[t.kind]: raise ValueError(f'line {t.line}: {t.text} closes {first}')
    if opened: raise ValueError(f'line {ts[opened[-1]].line}: {ts[opened[-1]].text} is not closed')
    return found

def _end_of_value(ts, other, i):
    "The last token of the expression that begins at `i`"
    while i<len(ts) and ts[i].kind not in (',',';',')',']','}'):
        i = other[i] + 1 if ts[i].kind in ('(','[','{','${') else i + 1
    return i - 1

def _arrow(ts, other, i):
    "First and last token of the function whose arrow is `i`, and its name"
    first = other[i-1] if ts[i-1].kind==')' else i - 1
    last = other[i+1] if ts[i+1].kind=='{' else _end_of_value(ts, other, i + 1)
    named = first>1 and ts[first-1].kind in ('=',':') and ts[first-2].kind in ('name','string')
    return (first - 2,last,ts[first-2].text.strip('\'"')) if named else (first,last,'')

def _block(ts, other, i):
    "The same of `name(...) {...}`, a method or what follows the word `function`; None where it is neither"
    if ts[i].text in _control or i + 1==len(ts) or ts[i+1].kind!='(': return None
    body = other[i+1] + 1
    return (i,other[body],ts[i].text) if body<len(ts) and ts[body].kind=='{' else None

def functions(text:str) -> dict[str,int]:
    "Lines of each function of a script"
    ts = tokens(text)
    other,spans = partners(ts),[]
    for i,t in enumerate(ts):
        if t.kind=='=>': spans.append(_arrow(ts, other, i))
        elif t.kind=='name' and (span := _block(ts, other, i)): spans.append(span)
    out,around = {},[]
    for first,last,name in sorted(spans, key=lambda s: (s[0],-s[1])):
        while around and around[-1][0]<first: around.pop()
        inside,n = around[-1][1] if around else '',ts[last].line - ts[first].line + 1
        path,k = '.'.join(filter(None, [inside, name or '#1'])),1
        while path in out: path,k = re.sub(r'#?\d*$', f'#{k + 1}', path),k + 1
        around.append((last, path))
        if name or n>1: out[path] = n
    return out

def declared(ts:list[Token]) -> set[str]:
    "Names that a script gives to those it is joined with: what it declares at its top level"
    other,out,i = partners(ts),set(),0
    while i<len(ts):
        if ts[i].text=='function': out.add(ts[i+2 if ts[i+1].kind=='*' else i+1].text)
        if ts[i].text in ('const','let',','):
            names = ts[i+1:other[i+1]] if ts[i+1].kind=='{' else ts[i+1:i+2]
            out |= {t.text for t in names if t.kind=='name'}
        i = other[i] + 1 if ts[i].kind in ('(','[','{') else i + 1
    return out

def used(ts:list[Token]) -> set[str]:
    "Names that a script speaks of; fields, keys and names of methods are none"
    other,out = partners(ts),set()
    for i,t in enumerate(ts):
        if t.kind!='name' or (i and ts[i-1].kind in ('.','?.')) or _block(ts, other, i): continue
        is_key = i+1<len(ts) and ts[i+1].kind==':' and ts[i-1].kind in ('{',',')
        if not is_key: out.add(t.text)
    return out

def measure(path:Path) -> dict:
    "Lines, the longest of them in characters, and the lines of each function"
    text = Path(path).read_text(encoding='utf-8')
    lines = text.splitlines()
    return dict(lines=len(lines), longest_line=max(map(len, lines), default=0), functions=functions(text))

if __name__=='__main__':
    paths = [Path(p) for p in sys.argv[1:]] or sorted(static.glob('*.js'))
    print(json.dumps({p.name: measure(p) for p in paths}, indent=1))
