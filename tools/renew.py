"""Give the pages that notebooks hold the scripts and the style of today; nothing is run.

    python tools/renew.py

A page carries its code with it. Where a script is mended and the notebook is not run again (`tools/fill.py`), its page
would keep the fault.
"""
import gzip, json, re
from base64 import b64decode
from pathlib import Path
from cdebm.basics import write_whole

root = Path(__file__).resolve().parent.parent
packed = re.compile('id=&quot;packed&quot;&gt;([A-Za-z0-9+/=]+)&lt;')

def renewed(code):
    "The code of a view with its scripts as they are now; `ValueError` where these stand on others, that it lacks"
    now = {p.stem: p.read_text(encoding='utf-8') for p in (root/'cdebm'/'explorer'/'static').glob('*.js')}
    heads = {t.split('\n', 1)[0]: t for t in now.values()}
    first,*parts = re.split(f"^(?={'|'.join(map(re.escape, heads))}|export default )", code, flags=re.M)
    made = ''.join([first, *(heads[h] + '\n' if (h := p.split('\n', 1)[0]) in heads else p for p in parts)])
    needs = {n for line in re.findall('^// needs: (.+)$', made, re.M) for n in line.split(', ')}
    if missing := sorted(n for n in needs if now[n] not in made):
        raise ValueError(f"a stored page lacks {', '.join(missing)}: run its notebook")
    return made

def with_scripts(text):
    "A stored notebook, its pages with the scripts and the style of today"
    from cdebm.explorer.base import _style_sheet
    from cdebm.pages import _packed
    def anew(m):
        d = json.loads(gzip.decompress(b64decode(m[1])))
        return m[0].replace(m[1], _packed(d | dict(code=renewed(d['code']), style=_style_sheet())))
    return packed.sub(anew, text)

def stale():
    "Notebooks whose pages are not of today, and their text if they were"
    texts = {f: f.read_text(encoding='utf-8') for f in sorted((root/'nbs').rglob('*.ipynb'))}
    return {f: new for f,t in texts.items() if (new := with_scripts(t))!=t}

if __name__=='__main__':
    for f,new in stale().items():
        write_whole(f, new.encode())
        print(f.relative_to(root))
