"Data of one's own that come in by data.source: missing, damaged, of odd shapes, changed since, by every door"
import json
from pathlib import Path
import numpy as np
from cdebm.parts import Data
from cdebm.recipes import Recipe, preset
from cdebm.sources import find_source, own_data
from inputs import Case
try:
    from PIL import Image
    import pyarrow   # noqa: F401
except ModuleNotFoundError: Image = None     # without pip install 'cdebm[images]'

V,T,F = ValueError,TypeError,FileNotFoundError
cases = []
rng = np.random.default_rng(0)
rows = rng.normal(size=(30, 3))
def numbers(x, name='a.npy'):
    "A function of a folder: what is found in a file of numbers"
    def look(root):
        if name.endswith('.npz'): np.savez(root/name, **x)
        else: np.save(root/name, x)
        return find_source(root/name)
    return look
def text(content, name='a.csv'):
    "A function of a folder: what is found in a file of this content"
    def look(root):
        (root/name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return find_source(root/name)
    return look
def shape(*want): return lambda found: found.shape==want

# -- files of numbers --
files = 'files of numbers that are data of one\'s own'
lines = '\n'.join(','.join(map(str, r)) for r in rows)
cases += [
    Case(files, 'a table', numbers(rows), shape(3)),
    Case(files, 'whole numbers', numbers(rng.integers(0, 9, (30, 4))), shape(4)),
    Case(files, 'a table of truths', numbers(rows>0), shape(3)),
    Case(files, 'X and y of a benchmark', numbers(dict(X=rows, y=rows[:,0]>0), 'a.npz'), shape(3)),
    Case(files, 'grey images of bytes', numbers(rng.integers(0, 256, (12, 9, 9), dtype=np.uint8)), shape(1, 9, 9)),
    Case(files, 'channels last', numbers(rng.random((12, 9, 9, 3))), shape(3, 9, 9)),
    Case(files, 'a table of text', text('a,b,c\n'+lines), shape(3)),
    Case(files, 'one axis', numbers(rows[:,0]), error=V, says='a.npy: must be a table [N, columns], or images'),
    Case(files, 'five axes', numbers(rng.random((2, 2, 2, 2, 2))), error=V, says='a.npy: must be a table'),
    Case(files, 'five channels', numbers(rng.random((12, 5, 9, 9))), error=V, says='[N, H, W, 1 or 3]; got shape'),
    Case(files, 'images of floats beyond 1', numbers(200*rng.random((12, 9, 9))), error=V, says='in [0, 1]'),
    Case(files, 'images of 64-bit whole numbers', numbers(rng.integers(0, 256, (12, 9, 9))), error=V, says='a.npy: '),
    Case(files, 'images that are not square', numbers(rng.random((12, 9, 8))), error=V, says='the first has 8 x 9'),
    Case(files, 'a NaN', numbers(np.where(rows>2, np.nan, rows)), error=V, says='a.npy: '),
    Case(files, 'complex numbers', numbers(rows+1j), error=V, says='a.npy: what it holds must be an array; got'),
    Case(files, 'text in an array', numbers(np.array([['a', 'b']])), error=V, says='a.npy: '),
    Case(files, 'Python objects', numbers(np.array([[None, {}]])), error=V, says='a.npy: '),
    Case(files, 'two arrays of other names', numbers(dict(a=rows, b=rows), 'a.npz'), error=V, says='holds a, b'),
    Case(files, 'x and X', numbers(dict(x=rows, X=rows), 'a.npz'), error=V, says='holds x, X; the one'),
    Case(files, 'no rows', numbers(rows[:0]), error=V, says='N at least 1'),
    Case(files, 'a cell left empty', text('a,b\n1,2\n3,\n'), error=V, says='line 3, column 2'),
    Case(files, 'a damaged archive', text(b'PK\x03\x04', 'a.npz'), error=V, says='a.npz: '),
    Case(files, 'an empty file', text(b'', 'a.npy'), error=V, says='a.npy: '),
    Case(files, 'no file', lambda root: find_source(root/'a.csv'), error=F, says='no file'),
    Case(files, 'nine rows', lambda root: (np.save(root/'a.npy', rows[:9]), own_data(root/'a.npy')), error=V,
        says='must hold at least 10 examples ... got 9'),
]

# -- by a recipe --
recipe = 'data of one\'s own in a recipe'
def with_rows(f, x=rows):
    "A function of a folder: `f(path)` of a table in it"
    def call(root):
        np.save(root/'a.npy', x)
        return f(str(root/'a.npy'))
    return call
def changed(path):
    r = preset('ring', {'data.source': path})
    np.save(path, rows+1)
    return r.data_set()
def hashes(path):
    old = preset('ring', {'data.source': path})
    Path(path).rename(Path(path).with_name('b.npy'))
    moved = preset('ring', {'data.source': path.replace('a.npy', 'b.npy')})
    np.save(path, rows+1)
    return old.hash,moved.hash,preset('ring', {'data.source': path}).hash
def as_written(**data): return lambda: Recipe.from_json(json.dumps(dict(data=data)))
cases += [
    Case(recipe, 'a table for a network of images', with_rows(lambda p: preset('mnist-laptop', {'data.source': p})),
        error=V, says='model.kind strided is for images; data.name own has points'),
    Case(recipe, 'a table that changed since', with_rows(changed), error=V, says='has changed: its fingerprint was'),
    Case(recipe, 'moved, and changed', with_rows(hashes), lambda h: h[0]==h[1]!=h[2]),
    Case(recipe, 'a column that never changes',
        with_rows(lambda p: own_data(p).x[:,0].abs().max().item(), rows*[0, 1, 1]+7), lambda top: top==0),
    Case(recipe, 'a name and no source', lambda: Data('own'), error=V, says='data.name own needs data.source'),
    Case(recipe, 'a fingerprint and no source', lambda: Data(fingerprint='0'*16), error=V, says='say data.source'),
    Case(recipe, 'a fingerprint of words', lambda: Data('own', source='x', columns=2, fingerprint='mine'), error=V,
        says='data.fingerprint must be 16 hexadecimal digits'),
    Case(recipe, 'a source of line breaks', lambda: Data(source='a\nb'), error=V, says='data.source must be a folder'),
    Case(recipe, 'an empty source', lambda: Data(source=''), error=V, says='data.source must be a folder'),
    Case(recipe, 'a number for a source', lambda: Data(source=3), error=T, says='data.source must be a folder'),
    Case(recipe, 'a misspelt name', lambda: Data(source='mnits'), error=V, says="did you mean 'mnist'?"),
    Case(recipe, 'a width of noise', with_rows(lambda p: Data(source=p, sd=.1)), error=V, says='for densities only'),
    Case(recipe, 'a size for a table', with_rows(lambda p: Data(source=p, size=8)), error=V, says='are for pictures'),
    Case(recipe, 'two channels', with_rows(lambda p: Data(source=p, channels=2)), error=V, says='must be 1 or 3'),
    Case(recipe, 'data elsewhere, told in full',
        as_written(name='own', source='/no/a.npy', columns=3, fingerprint='0'*16), lambda r: r.energy().dim==3),
    Case(recipe, 'data elsewhere, not told', as_written(source='/no/a.npy'), error=F, says='no file /no/a.npy'),
]

# -- pictures --
pictures = 'pictures that are data of one\'s own'
def folder(*sizes, n=12):
    "A function of a folder: what a recipe finds in pictures of these sizes, in turn"
    def look(root, **kw):
        for i in range(n):
            im = Image.fromarray(rng.integers(0, 256, (*sizes[i%len(sizes)][::-1], 3), dtype=np.uint8))
            im.save(root/f'{i:02}.png')
        return Data(source=str(root), **kw)
    return look
def sized(*sizes, n=12, **kw): return lambda root: folder(*sizes, n=n)(root, **kw).build().kept.shape
if Image: cases += [
    Case(pictures, 'squares', sized((8, 8)), lambda s: s==(11, 3, 8, 8)),
    Case(pictures, 'photographs, with a size', sized((8, 6), (9, 12), size=5), lambda s: s==(11, 3, 5, 5)),
    Case(pictures, 'photographs, made grey', sized((8, 6), size=5, channels=1), lambda s: s==(11, 1, 5, 5)),
    Case(pictures, 'not square, without a size', sized((8, 6)), error=V, says='say data.size to crop and resize'),
    Case(pictures, 'of several sizes, without one', sized((8, 8), (9, 9)), error=V, says='say size= to crop'),
    Case(pictures, 'three of them', sized((8, 8), n=3), error=V, says='must hold at least 10 examples'),
    Case(pictures, 'an empty folder', lambda root: Data(source=str(root)), error=F, says='has no pictures'),
    Case(pictures, 'labels wanted where none are', lambda root: folder((8, 8))(root).build(labelled=True), error=V,
        says='labelled=True needs'),
]
