"Arrays, labels and tables that come in: masks, memory, layouts, labels, levels, precision, headers, others' `sample`"
import random, warnings
from array import array
from pathlib import Path
import numpy as np, pandas as pd, scipy.sparse, torch
from sklearn.mixture import GaussianMixture as SklearnMixture
from sklearn.neighbors import KernelDensity
from torch.distributions import Normal
from cdebm.checks import as_numbers
from cdebm.data import (TensorData, check_data, check_drawn, dequantise, digits, inverted, quantise, read_table,
    show_images)
from cdebm.energies import Gaussian, GaussianMixture, given
from cdebm.grid import Grid
from cdebm.images import read_examples
from cdebm.shapes import Factors, Shapes, coverage, render
from inputs import Case

V,T,F,M = ValueError,TypeError,FloatingPointError,MemoryError
table = np.random.default_rng(0).normal(size=(5, 2)).astype('f4')
bits = np.eye(8, dtype=np.uint8)[None,None]
pixels = (np.arange(64, dtype=np.uint8)*4).reshape(1, 1, 8, 8)
def gen(seed=0): return torch.Generator().manual_seed(seed)

def hidden(v=table, n=1):
    "An array with its first `n` numbers masked"
    m = np.ma.array(v, mask=np.zeros_like(v, dtype=bool))
    m[np.unravel_index(np.arange(n), v.shape)] = np.ma.masked
    return m
def quiet(f, *args):
    "What PyTorch makes, without its word that this may change"
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return f(*args)
def saved(path:Path, x, **more):
    "A file of an array, of its kind"
    if path.suffix=='.npy': np.save(path, x)
    elif path.suffix=='.npz': np.savez(path, x=x, **more)
    else: torch.save(x, path)
    return path
def csv(text:str, code='utf-8'):
    "A function of a folder: the rows that are read from a table of text there"
    def read(folder):
        (folder/'t.csv').write_bytes(text.encode(code))
        return read_table(folder/'t.csv').tolist()
    return read
def scored(text:str, d:int=2):
    "A function of a folder: the same by the door of `score`"
    def read(folder):
        (folder/'t.csv').write_text(text)
        return read_examples(folder/'t.csv', (d,)).tolist()
    return read

def torch_masked(): return quiet(torch.masked.masked_tensor, torch.ones(2, 2), torch.eye(2)>0)
gappy = pd.DataFrame(dict(a=pd.array([1,None], dtype='Int64'), b=[1.,2.]))

# -- 5: masked
masked = 'masked numbers'
cases = [
    Case(masked, 'data', lambda: TensorData(np.ma.masked_equal([[0.,1.],[-9999.,2.]], -9999.)),
        error=T, says='x must be ... a masked array, 1 of 4 values masked'),
    Case(masked, 'bytes of images', lambda: TensorData(hidden(pixels, 3)),
        error=T, says='x must be ... 3 of 64 values masked'),
    Case(masked, 'rows in a list', lambda: TensorData([hidden(table[0]), table[1]]),
        error=T, says='x must be ... masked'),
    Case(masked, 'labels', lambda: TensorData(table, hidden(np.arange(5))),
        error=T, says='y must be ... 1 of 5 values masked'),
    Case(masked, 'one number', lambda: Gaussian(np.ma.masked), error=T, says='mean must be ... masked'),
    Case(masked, 'mean', lambda: Gaussian(hidden(table[0])), error=T, says='mean must be ... masked'),
    Case(masked, 'means', lambda: GaussianMixture(hidden()), error=T, says='means must be ... masked'),
    Case(masked, 'factor of a shape', lambda: render(Factors(hue=hidden(table[0]))),
        error=T, says='hue must be ... masked'),
    Case(masked, "a masked tensor of PyTorch's", lambda: TensorData(torch_masked()),
        error=T, says='x must be ... a masked tensor'),
    Case(masked, 'missing whole numbers of pandas', lambda: TensorData(gappy),
        error=T, says='x must be ... <NA> among them'),
    Case(masked, 'missing numbers of pandas', lambda: TensorData(pd.DataFrame(dict(a=[1.,None], b=[1.,2.]))),
        error=F, says='x is not finite: 1 of 4 values (1 NaN), the first at index [1, 0]'),
    Case(masked, 'a mask beside the array in .npz',
        lambda p: read_examples(saved(p/'a.npz', table, mask=table>0), (2,)),
        error=V, says='a.npz: has a mask, mask'),
    Case(masked, 'a mask that hides nothing', lambda: TensorData(hidden(n=0)).x, lambda x: np.array_equal(x, table)),
    Case(masked, 'a mask in .npz that hides nothing',
        lambda p: read_examples(saved(p/'a.npz', table, mask=table>99), (2,)),
        lambda x: np.array_equal(x, table)),
]

# -- 7: memory shared with the caller
shared = 'memory shared with the caller'
def after(make, kept, theirs):
    "Does what is kept stay as it is when theirs changes?"
    made = make(theirs)
    before = kept(made).clone()
    theirs += 7
    return torch.equal(before, kept(made))
def own(name, make, kept, theirs): return Case(shared, name, lambda: after(make, kept, theirs()), lambda same: same)
arrays = dict(float32=lambda: table.copy(), float64=lambda: table.astype('f8'), tensor=lambda: torch.zeros(3, 2),
    bytes=lambda: pixels.copy(), view=lambda: torch.zeros(4, 2)[1:])
cases += [own(f'data, {n}', TensorData, lambda d: d.kept, f) for n,f in arrays.items()]
cases += [
    own('labels, array', lambda y: TensorData(table, y), lambda d: d.y, lambda: np.arange(5)),
    own('labels, tensor', lambda y: TensorData(table, y), lambda d: d.y, lambda: torch.arange(5)),
    own('mean', lambda m: Gaussian(m, cov=1.), lambda e: e.mean, lambda: torch.zeros(2)),
    own('means', GaussianMixture, lambda e: e.means, lambda: torch.zeros(3, 2)),
    own('label of a conditional energy', lambda y: given(lambda x, y: x.sum(1), y), lambda e: e.y,
        lambda: torch.arange(1)),
    own('numbers', lambda v: as_numbers('v', v), lambda t: t, lambda: np.zeros(3)),
    own('some examples', lambda d: d, lambda d: TensorData(table)[:2], lambda: TensorData(table)[:2]),
]
def changed_from_outside():
    "Examples that were handed out are changed; those that are kept must not be"
    d = TensorData(table)
    for x in (d.x, d[:2], d[0]): x += 7
    return d.x
cases += [Case(shared, 'what data hands out', changed_from_outside, lambda x: np.array_equal(x, table))]

# -- layouts and kinds of arrays
layout = 'layout of an array'
def same(name, x, want=table):
    return Case(layout, name, lambda: TensorData(x()).x, lambda got: np.array_equal(got, want))
def locked():
    a = table.copy()
    a.flags.writeable = False
    return a
def trained_on_inferred():
    with torch.inference_mode(): x = torch.tensor(table)*1
    w = torch.ones(2, requires_grad=True)
    (TensorData(x).kept*w).sum().backward()
    return w.grad
cases += [
    same('flipped', lambda: table[::-1,::-1], table[::-1,::-1]),
    same('every second', lambda: np.repeat(table, 2, axis=0)[::2]),
    same('columns first', lambda: np.asfortranarray(table)),
    same('big-endian', lambda: table.astype('>f4')),
    same('big-endian and flipped', lambda: table.astype('>f8')[::-1], table[::-1]),
    same('read-only', locked),
    same('one row seen often', lambda: np.broadcast_to(table[0], (5, 2)), np.broadcast_to(table[0], (5, 2))),
    same('one row expanded', lambda: torch.tensor(table[:1]).expand(5, 2), np.broadcast_to(table[0], (5, 2))),
    same('transposed tensor', lambda: torch.tensor(table.T.copy()).T),
    same('long double', lambda: table.astype(np.longdouble)),
    same('half', lambda: table.astype('f2'), table.astype('f2')),
    same('frame of pandas', lambda: pd.DataFrame(table)),
    same('list of rows', lambda: table.tolist()),
    same('list of arrays', lambda: list(table)),
    same('list of tensors', lambda: list(torch.tensor(table))),
    same('list of flipped arrays', lambda: [r[::-1] for r in table], table[:,::-1]),
    same('with a gradient', lambda: torch.tensor(table, requires_grad=True)),
    Case(layout, 'made in inference mode, then trained on', trained_on_inferred, lambda grad: grad is not None),
    Case(layout, 'flipped bytes', lambda: TensorData(pixels[..., ::-1]).kept,
        lambda x: np.array_equal(x, pixels[..., ::-1])),
    Case(layout, 'flipped and big-endian labels', lambda: TensorData(table, np.arange(5, dtype='>i2')[::-1]).y.tolist(),
        lambda y: y==[4,3,2,1,0]),
    Case(layout, 'flipped mean', lambda: Gaussian(np.array([1.,2.])[::-1]).mean.tolist(), lambda m: m==[2.,1.]),
    Case(layout, 'big-endian flipped .npy', lambda p: read_examples(saved(p/'a.npy', table[::-1].astype('>f8')), (2,)),
        lambda x: np.array_equal(x, table[::-1])),
    Case(layout, 'array of the standard library', lambda: as_numbers('v', array('d', [1,2])).tolist(),
        lambda v: v==[1.,2.]),
]

# -- what is no array of real numbers
none = 'no plain real numbers'
plain = 'x must be a tensor of plain numbers'
cases += [
    Case(none, 'sparse tensor', lambda: TensorData(torch.eye(3).to_sparse()),
        error=T, says='x must be ... a sparse tensor ... to_dense()'),
    Case(none, 'compressed sparse tensor', lambda: TensorData(quiet(torch.eye(3).to_sparse_csr)),
        error=T, says='x must be ... a sparse tensor'),
    Case(none, 'sparse matrix of SciPy', lambda: TensorData(scipy.sparse.eye(3)),
        error=T, says='x must be an array or tensor; got'),
    Case(none, 'meta', lambda: TensorData(torch.zeros(3, 2, device='meta')),
        error=T, says='x must be ... a meta tensor'),
    Case(none, 'quantised', lambda: TensorData(quiet(torch.quantize_per_tensor, torch.ones(3, 2), .1, 0, torch.quint8)),
        error=T, says='x must be ... a quantised tensor (torch.quint8): dequantize()'),
    Case(none, 'nested', lambda: TensorData(quiet(torch.nested.nested_tensor, [torch.zeros(2), torch.zeros(3)])),
        error=T, says='x must be ... a nested tensor'),
    Case(none, 'complex array', lambda: TensorData(table+1j), error=T, says='x must be ... complex numbers'),
    Case(none, 'complex tensor', lambda: Gaussian(torch.zeros(2)*1j), error=T, says='mean must be ... complex numbers'),
    Case(none, 'complex number in a list', lambda: Gaussian([1j,2.]), error=T, says='mean must be ... got [1j, 2.0]'),
    Case(none, 'text', lambda: TensorData(np.array([['1.5','2']])), error=T, says='x must be ... text'),
    Case(none, 'dates', lambda: TensorData(np.array([['2020-01-01']], 'M8[s]')), error=T, says='x must be ... dates'),
    Case(none, 'spans of time', lambda: TensorData(np.array([[1]], 'm8[s]')),
        error=T, says='x must be ... spans of time'),
    Case(none, 'records', lambda: TensorData(np.zeros(3, 'f4,f4')), error=T, says='x must be ... named fields: stack'),
    Case(none, 'objects', lambda: TensorData(np.array([[1.,'cat']], object)),
        error=T, says="x must be ... 'cat' among them"),
    Case(none, 'a frame with a column of text', lambda: TensorData(pd.DataFrame(dict(a=[1.], b=['cat']))),
        error=T, says="x must be ... 'cat'"),
    Case(none, 'whole numbers beyond 64 bits', lambda: TensorData(np.array([[2**70]])),
        error=T, says='x must be ... beyond 64 bits'),
    Case(none, 'one beyond 64 bits', lambda: as_numbers('v', 2**70), error=T, says='v must be ... beyond 64 bits'),
    Case(none, 'labels beyond 64 bits', lambda: TensorData(table, [0,1,2,3,2**70]),
        error=T, says='y must be ... beyond 64 bits'),
    Case(none, 'rows of unequal length', lambda: TensorData([table[0], table[0][:1]]),
        error=T, says='x must be an array or tensor; got ['),
    Case(none, 'sparse images to invert', lambda: inverted(torch.zeros(1, 1, 4, 4).to_sparse()),
        error=T, says=f'{plain} ... sparse'),
    Case(none, 'sparse images to show', lambda: show_images(torch.zeros(1, 1, 4, 4).to_sparse()),
        error=T, says=f'{plain} ... sparse'),
    Case(none, 'sparse pixels', lambda: dequantise(torch.zeros(4).to_sparse()), error=T, says=f'{plain} ... sparse'),
    Case(none, 'meta pixels', lambda: quantise(torch.zeros(4, device='meta')), error=T, says=f'{plain} ... meta'),
    Case(none, 'a grid from a date', lambda: Grid(low=np.datetime64('2020-01-01')),
        error=T, says='low must be ... dates'),
    Case(none, 'complex .npy', lambda p: read_examples(saved(p/'a.npy', table+1j), (2,)),
        error=V, says='a.npy: x must be ... complex'),
    Case(none, 'sparse .pt', lambda p: read_examples(saved(p/'a.pt', torch.eye(2).to_sparse()), (2,)),
        error=V, says='a.pt: x must be ... sparse'),
    Case(none, 'text in .npy', lambda p: read_examples(saved(p/'a.npy', np.array([['a','b']])), (2,)),
        error=V, says='a.npy: x must be ... text'),
]

# -- 9: labels
labels = 'labels outside 0 ... C - 1'
def y(v): return lambda: TensorData(table, v)
cases += [
    Case(labels, 'negative', y([-1,0,1,2,3]), error=V, says='y must be labels from 0 on; got -1 to 3'),
    Case(labels, 'with fractions', y([0,1,2.5,3,4]),
        error=V, says='y must be whole numbers of shape (5,) ... 2.5 among them'),
    Case(labels, 'NaN', y([0,1,np.nan,3,4]), error=V, says='y must be whole numbers ... nan among them'),
    Case(labels, 'NaN of pandas', y(pd.Series([0,1,None,3,4])),
        error=V, says='y must be whole numbers ... nan among them'),
    Case(labels, 'floats', y([0.,1.,2.,3.,4.]),
        error=V, says='y must be whole numbers of shape (5,); got torch.float32'),
    Case(labels, 'beyond 63 bits', y(np.array([0,1,2,3,2**63], np.uint64)),
        error=V, says='y must be labels from 0 on; got more than 63 bits'),
    Case(labels, 'one-hot', y(np.eye(5, dtype=int)),
        error=V, says='y must be whole numbers of shape (5,); got torch.int64 of shape (5, 5)'),
    Case(labels, 'text', y(np.array(list('abcde'))), error=T, says='y must be ... text'),
    Case(labels, 'too many', y(range(6)), error=V, says='y must be whole numbers of shape (5,) ... (6,)'),
    Case(labels, 'bytes', lambda: TensorData(table, np.arange(5, dtype='u1')).y.tolist(), lambda v: v==[0,1,2,3,4]),
    Case(labels, 'a series', lambda: TensorData(table, pd.Series(range(5), index=[9,8,7,6,5])).y.tolist(),
        lambda v: v==[0,1,2,3,4]),
    Case(labels, 'a shape between two', lambda: render(Factors(shape=1.5)),
        error=V, says='shape must be 0 to 3, for disc ... got [1.5]'),
    Case(labels, 'a shape that is none', lambda: coverage(Factors(shape=torch.tensor([0,4]))),
        error=V, says='shape must be 0 to 3 ... got [0, 4]'),
    Case(labels, 'a shape NaN', lambda: render(Factors(shape=np.nan)), error=F, says='shape is not finite'),
]

# -- 6: what grey levels mean
levels = 'bytes that are no 0 to 255'
cases += [
    Case(levels, '0 and 1', lambda: TensorData(bits),
        warns='grey levels 0, 1 of 0 to 255 are nearly black: if 1 is white, divide by it'),
    Case(levels, '0 to 17', lambda: TensorData(np.arange(18, dtype='u1').reshape(1, 1, 3, 6)),
        warns='levels 0, 1, 2, ..., 17 of 0 to 255'),
    Case(levels, 'all 1', lambda: TensorData(np.ones((2, 1, 4, 4), 'u1')), warns='grey levels 1 of 0 to 255'),
    Case(levels, 'tensor of 5 bits', lambda: TensorData(torch.arange(32).byte().view(2, 1, 4, 4)),
        warns='grey levels 0, 1, 2, ..., 31 of'),
    Case(levels, '.npy', lambda p: read_examples(saved(p/'a.npy', bits), (1, 8, 8)),
        warns='a.npy: x: grey levels 0, 1 of 0 to 255'),
    Case(levels, 'numbers of levels, levels=17',
        lambda: TensorData(torch.arange(16).byte().view(1, 1, 4, 4), levels=17),
        error=V, says='levels=17 wants bytes from 0 to 255; got 0 to 15 ... x/16'),
    Case(levels, 'numbers of levels, levels=2', lambda: TensorData(bits, levels=2),
        error=V, says='levels=2 wants bytes ... 0 to 1'),
    Case(levels, 'divided by 255 twice', lambda: TensorData(pixels/255**2),
        warns='the lightest pixel is 0.0039, nearly black: divided by 255 twice?'),
    Case(levels, 'black', lambda: TensorData(0*bits).x.max(), lambda top: top==0),
    Case(levels, 'black and white', lambda: TensorData(255*bits).x.max(), lambda top: top==1),
    Case(levels, 'divided by white', lambda: TensorData(bits/1).x.max(), lambda top: top==1),
    Case(levels, '0 to 255 as floats', lambda: TensorData(pixels.astype('f4')), error=V, says='x must lie in [0, 1]'),
    Case(levels, 'channels last', lambda: TensorData(np.full((2, 8, 8, 3), 200, 'u1')),
        warns='8 channels of 8 x 3 pixels ... channels come second'),
]

# -- 19: precision
precision = 'numbers that float32 cannot tell apart'
moments = np.array([[1.6e9],[1.6e9+50]])
many = np.random.default_rng(1).normal(size=(1000, 2))
cases += [
    Case(precision, 'seconds since 1970', lambda: TensorData(moments),
        warns='x: 1 of 2 distinct examples become equal ... float32: subtract an offset'),
    Case(precision, 'a tensor', lambda: TensorData(torch.tensor(moments)), warns='x: 1 of 2 distinct'),
    Case(precision, 'two of a thousand', lambda: TensorData(np.vstack([many, many[:1]*(1+1e-12)])),
        warns='x: 1 of 1001 distinct'),
    Case(precision, 'below the smallest', lambda: TensorData(np.array([[1e-50],[2e-50]])), warns='x: 1 of 2 distinct'),
    Case(precision, '.npy', lambda p: read_examples(saved(p/'t.npy', moments), (1,)),
        warns='t.npy: x: 1 of 2 distinct'),
    Case(precision, 'whole numbers in .npy', lambda p: read_examples(saved(p/'t.npy', moments.astype('i8')), (1,)),
        warns='t.npy: x: 1 of 2'),
    Case(precision, '.csv', scored('t\n1600000000\n1600000050\n', 1), warns='t.csv: x: 1 of 2 distinct'),
    Case(precision, 'an offset subtracted', lambda: TensorData(moments-1.6e9).x.tolist(), lambda x: x==[[0.],[50.]]),
    Case(precision, 'whole numbers beyond a double, in .npy',
        lambda p: read_examples(saved(p/'t.npy', np.array([[2**60],[2**60+1]])), (1,)),
        error=V, says='t.npy: x must be whole numbers below 2**53'),
    Case(precision, 'equal before', lambda: len(TensorData(np.ones((3, 2)))), lambda n: n==3),
    Case(precision, 'beyond float32', lambda: TensorData(1e300*table.astype('f8')),
        error=V, says='x must lie within float32; got ... e+30'),
    Case(precision, 'more digits than a double, in .csv', csv('9007199254740993\n'),
        error=V, says="line 1, column 1: '9007199254740993' has more digits"),
]

# -- 14: tables of text
header = 'a table of text'
two = [[1.,2.],[3.,4.]]
def right(rows): return lambda got: got==rows
texts = {'no header': '1,2\n3,4\n', 'a header': 'x,y\n1,2\n3,4', 'quoted header': '"x","y, in m"\n1,2\n3,4',
    'quoted cells': '"1","2"\n"3","4"', 'semicolons': 'x;y\n1;2\n3;4', 'tabs': '1\t2\n3\t4', 'bars': '1|2\n3|4',
    'spaces': ' 1  2\n 3  4\n', 'decimal commas': '1,0;2,0\n3,0;4,0',
    'decimal commas, tabs': 'x\ty\n1,0\t2,0\n3,0\t4,0',
    'quoted decimal commas': '"1,0";"2,0"\n"3,0";"4,0"', 'blank lines': '\n1,2\n\n  \n3,4\n\n',
    'old line ends': '1,2\r3,4\r', 'line ends of Windows': 'x,y\r\n1,2\r\n3,4\r\n', "NumPy's header": '# x,y\n1,2\n3,4',
    'remarks': '# by hand\n# in metres\nx,y\n1,2\n3,4', 'the separator said': 'sep=;\n1;2\n3;4',
    'spaces after commas': 'x, y\n1, 2\n3, 4', 'exponents': '1e0,+2\n.3e1,4.'}
codes = 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-16-be', 'latin-1'
cases += [Case(header, n, csv(t), right(two)) for n,t in texts.items()]
cases += [Case(header, f'in {c}', csv('µ,y\n1,2\n3,4', c), right(two)) for c in codes]
cases += [Case(header, n, csv(t), error=V, says=w) for n,t,w in [
    ('an empty cell in the first row', ',0.2\n0.3,0.4\n', "line 1, column 1: '' is no number"),
    ('a missing number in the first row', 'NA,NA\n1,2', "line 1, column 1: 'NA' is no number"),
    ('an error of a spreadsheet in the first row', '#DIV/0!,0.5\n1,2', "line 1, column 1: '#DIV/0!' is no number"),
    ('a first row spoilt', '1.2.3,4.5.6\n1,2', "line 1, column 1: '1.2.3' is no number"),
    ('currencies', '$1,$2\n$3,$4', "line 1, column 1: '$1' is no number"),
    ('a word in the first row', 'x,1\n1,2', "line 1, column 1: 'x' is no number"),
    ('a row after #', '# 1,2\n3,4', "line 1, column 1: '# 1' is no number"),
    ('an index of pandas', ',x,y\n0,1,2\n', "line 1, column 1: '' is no number"),
    ('two headers', 'x,y\nm,s\n1,2', "line 2, column 1: 'm' is no number"),
    ('a column of text', 'x,y\n1,cat\n', "line 2, column 2: 'cat' is no number"),
    ('a row too short', '1,2\n3\n', 'line 2 has 1 cells, and line 1 has 2'),
    ('a row too long', 'x,y\n1,2\n\n3,4,5', 'line 4 has 3 cells, and line 2 has 2'),
    ('a header too short', 'x\n1,2', 'line 2 has 2 cells, and the header in line 1 1'),
    ('a comma at the end', '1,2,\n3,4,', "line 1, column 3: '' is no number"),
    ('an empty row of cells', '1,2\n,\n', "line 2, column 1: '' is no number"),
    ('thousands between commas', '"1,500",2\n', "line 1: '1,500': is the comma decimal, or of thousands?"),
    ('points and commas', '1.5;2\n3,5;4', "line 2: '3,5', and line 1 has '1.5'"),
    ('points and commas in one', '1.234,5;2', "line 1: '1.234,5', and line 1 has '1.234,5'"),
    ('underscores', '1_000,2', "'1_000' is no number"),
    ('truths', 'TRUE,FALSE\n1,2', "line 1, column 1: 'TRUE' is no number"),
    ('a quote that swallows rows', '"x\n1,2\n3,4",y\n5,6', 'line 3, column 1: ... is no number'),
    ('beyond a double', '1e400,1', "line 1, column 1: '1e400' is larger than a double can be"),
    ('a quote left open', '1,2\n"3,4\n5,6', 'unexpected end of data'),
    ('only a header', 'x,y\n', 'holds no rows'), ('nothing', '', 'holds no rows'),
    ('only blank lines', '\n \n', 'holds no rows')]]
cases += [
    Case(header, 'thousands between semicolons', csv('1,500;2,250'),
        warns="a table with '1,500' in line 1 is read with decimal commas"),
    Case(header, 'numbers of columns as a header', csv('0,1\n0.5,0.6\n'),
        warns='line 1, 0,1, is taken as a row: if pandas wrote it'),
    Case(header, 'years as a header', csv('2019,2020\n0.5,0.6\n'), warns='line 1, 2019,2020, is taken as a row'),
    Case(header, 'a row of whole numbers', csv('0,1\n1,0\n'), right([[0.,1.],[1.,0.]])),
    Case(header, 'no text', csv('ab\0\1'), error=V, says='no text in UTF-8 or UTF-16'),
    Case(header, 'scored, an empty cell', scored(',0.2\n0.3,0.4\n'),
        error=V, says="t.csv: line 1, column 1: '' is no number"),
    Case(header, 'scored, decimal commas', scored('x;y\n0,5;1,5\n'), right([[.5,1.5]])),
    Case(header, 'scored, NaN', scored('nan,1\n'), error=V, says='t.csv: x is not finite'),
]

# -- huge sizes
huge = 'sizes that no memory holds'
big = 10**9
cases += [
    Case(huge, 'digits', lambda: digits().sample(100*big),
        error=M, says='n=100000000000 examples of shape [1, 8, 8]: this takes ... GB, and memory here is'),
    Case(huge, 'size of digits', lambda: digits(size=big), error=M, says='size=1000000000 ... GB'),
    Case(huge, 'shapes', lambda: Shapes().sample(big),
        error=M, says='n=1000000000, images of 32 x 32 pixels: this takes 12,288 GB'),
    Case(huge, 'pixels of shapes', lambda: Shapes(pixels=big).sample(1),
        error=M, says='pixels=1000000000, 1 image: this takes'),
    Case(huge, 'pixels to cover', lambda: coverage(Factors(), big), error=M, says='pixels=1000000000, 1 image'),
    Case(huge, 'factors of shapes', lambda: Shapes().factors(100*big), error=M, says='n=100000000000, the factors'),
    Case(huge, 'lines between images', lambda: show_images(torch.rand(2, 1, 4, 4, generator=gen()), pad=big),
        error=M, says='2 images with pad=1000000000'),
    Case(huge, 'one row a billion times', lambda: TensorData(np.broadcast_to(np.float32(0), (big, 1000))), error=M,
        says='x of shape [1000000000, 1000]: this takes 4,000 GB'),
    Case(huge, 'one row expanded', lambda: TensorData(torch.zeros(1).expand(big, 1000)),
        error=M, says='x of shape [1000000000, 1000]'),
]

# -- other people's sample
sample = "other people's sample"
kde = KernelDensity().fit(table)
class NoGenerator:
    def sample(self, n): return torch.zeros(n, 2)
class Dressed:
    "Takes what we give and returns what others do"
    def __init__(self, f): self.f = f
    def sample(self, n, generator=None): return self.f(n)
def wrapped(x): return check_data(TensorData(x)).sample(3, gen())
def drawn(f): return lambda: check_drawn(check_data(Dressed(f)).sample(4, gen()), 4)
another = 'whose sample is another: TensorData(x) makes one of many draws x'
cases += [
    Case(sample, 'frame of pandas', lambda: check_data(pd.DataFrame(table)),
        error=T, says='got DataFrame: TensorData(x) makes one of the DataFrame'),
    Case(sample, 'series of pandas', lambda: check_data(pd.Series(table[0])),
        error=T, says='got Series: TensorData(x)'),
    Case(sample, 'kernel density', lambda: check_data(kde), error=T, says=f'got KernelDensity, {another}'),
    Case(sample, "scikit-learn's mixture", lambda: check_data(SklearnMixture()),
        error=T, says=f'got GaussianMixture, {another}'),
    Case(sample, "PyTorch's distribution", lambda: check_data(Normal(0., 1.)), error=T, says=f'got Normal, {another}'),
    Case(sample, 'the module random', lambda: check_data(random), error=T, says='got module, whose sample is another'),
    Case(sample, 'a sample without generator', lambda: check_data(NoGenerator()),
        error=T, says=f'got NoGenerator, {another}'),
    Case(sample, 'a class', lambda: check_data(TensorData), error=T, says='got the class TensorData: make one'),
    Case(sample, 'an array', lambda: check_data(table), error=T, says='got ndarray: TensorData(x) makes one'),
    Case(sample, 'a tensor', lambda: check_data(torch.zeros(3, 2)),
        error=T, says='got Tensor: TensorData(x) makes one'),
    Case(sample, 'a list', lambda: check_data([1.]), error=T, says='got list: TensorData(x) makes one'),
    Case(sample, 'nothing', lambda: check_data(None),
        error=T, says='data must be an object with sample(n, generator); got NoneType'),
    Case(sample, 'a kernel density as examples', lambda: TensorData(kde),
        error=T, says='x must be an array or tensor; got KernelDensity, whose draws, many of them, are one'),
    Case(sample, 'data as examples', lambda: TensorData(TensorData(table)),
        error=T, says='got TensorData, whose draws'),
    Case(sample, 'a NumPy batch', drawn(lambda n: np.zeros((n, 2))),
        error=T, says='data.sample must return ... got ndarray: TensorData(x)'),
    Case(sample, 'a batch of whole numbers', drawn(lambda n: torch.zeros(n, 2).long()),
        error=T, says='must return ... got torch.int64'),
    Case(sample, 'a batch too small', drawn(lambda n: torch.zeros(n-1, 2)),
        error=V, says='shape [n=4, ...]; got shape [3, 2]'),
    Case(sample, 'a sparse batch', drawn(lambda n: torch.zeros(n, 2).to_sparse()),
        error=T, says='what data.sample returns ... sparse'),
    Case(sample, 'draws of a kernel density, wrapped', lambda: wrapped(kde.sample(50, random_state=0)).shape,
        lambda s: s==(3, 2)),
    Case(sample, 'a frame, wrapped', lambda: wrapped(pd.DataFrame(table)).shape,
        lambda s: s==(3, 2)),
    Case(sample, 'draws of a distribution, wrapped', lambda: wrapped(Normal(torch.zeros(2), 1.).sample((5,))).shape,
        lambda s: s==(3, 2)),
]
