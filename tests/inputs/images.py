"Pictures that come in: paths like patterns, names of splits, EXIF, alpha, labels, caches, by every door"
import errno, io, os, zipfile
from pathlib import Path
from unittest import mock
import numpy as np, torch
from cdebm.images import images, read_examples, read_picture
from inputs import Case
try:
    import datasets, pyarrow as pa
    from PIL import Image
    from pyarrow import parquet
except ModuleNotFoundError: datasets = Image = None     # without pip install 'cdebm[images]'

V,T,F,M = ValueError,TypeError,FileNotFoundError,MemoryError
def grey(v=200, size=4): return np.full((size, size), v, np.uint8)
def encoded(x, mode=None, kind='png', **kw):
    "An image file of an array, or of a PIL image"
    f,im = io.BytesIO(),x if hasattr(x, 'save') else Image.fromarray(np.asarray(x))
    (im.convert(mode) if mode else im).save(f, kind, **kw)
    return f.getvalue()
def put(path:Path, content=None):
    "A file, and the folders it is in"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(grey()) if content is None else content)
    return path
def tree(folder:Path, names:str):
    "Pictures of these names; each of another shade: 40, 60, ..."
    for i,n in enumerate(names.split()): put(folder/n, encoded(grey(40+20*i)))
    return folder
def table(path:Path, *cells, **columns):
    "A parquet file in the hub's format"
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [c and dict(bytes=c, path='p.png') for c in cells or [encoded(grey())]]
    parquet.write_table(pa.table(dict(image=images, **columns)), path)
    return path
def shades(d): return d.kept[:,0,0,0].tolist()
def is_(v): return lambda got: got==v
def within(folder:Path|str, f, *args, name='CDEBM_DATA'):
    "`f(*args)` while a variable of the environment is `folder`"
    with mock.patch.dict(os.environ, {name: str(folder)}): return f(*args)

# -- 1: patterns
patterns = 'characters of patterns in a path'
odd = ['a[12]', 'a*', '**', 'a?', '{a,b}', 'a::b', '[!a]', '~a', '~', 'file:', 'a b', '#a', '%41', 'a,b', '-a']
def beside(p:Path, name:str):
    "A folder of this name, and others that a pattern would match"
    for k in ('a1', 'a2', 'a', 'b', 'ab'): tree(p/k, '0.png 1.png')
    put(p/name/'x.png', encoded(grey(100)))
    return p/name
def from_here(p:Path, f, *args):
    "`f(*args)` with `p` as the working folder"
    here = os.getcwd()
    os.chdir(p)
    try: return f(*args)
    finally: os.chdir(here)
def by_folder(n): return lambda p: shades(images(beside(p, n)))
def by_relative(n): return lambda p: shades(from_here(p, images, beside(p, n).name))
def by_parquet(n):
    return lambda p: (table(p/'a1.parquet'), shades(images(table(p/f'{n}.parquet', encoded(grey(100))))))[1]
def by_picture(n): return lambda p: sorted(shades(images(tree(p, f'{n} plain.png'))))
cases = [Case(patterns, f'folder {n}', by_folder(n), is_([100])) for n in odd]
cases += [Case(patterns, f'here, {n}', by_relative(n), is_([100])) for n in ('a[12]', '{a,b}', 'a::b', '~a', '~')]
cases += [Case(patterns, f'parquet {n}', by_parquet(n), is_([100])) for n in ('a[12]', '*', 'a::b', '{a1}', '~')]
pictures = '[ab].png', '**.png', 'a::b.png', '{x}.PNG'
cases += [Case(patterns, f'picture {n}', by_picture(n), is_([40,60])) for n in pictures]
cases += [
    Case(patterns, 'class of the folder',
        lambda p: images(tree(p, 'a[1]/0.png a1/0.png *?/0.png')).y.tolist(), is_([0,1,2])),
    Case(patterns, 'several parquet files',
        lambda p: (table(p/'[d]'/'a*.parquet'), table(p/'[d]'/'ab.parquet'), len(images(p/'[d]')))[2], is_(2)),
    Case(patterns, 'a picture to score',
        lambda p: read_examples(put(p/'a[1]::*.png'), (1, 4, 4)).shape, is_((1, 1, 4, 4))),
    Case(patterns, 'an array to score',
        lambda p: (np.save(p/'{a}[1].npy', np.zeros((3, 2))), len(read_examples(p/'{a}[1].npy', (2,))))[1], is_(3)),
    Case(patterns, 'a table to score',
        lambda p: ((p/'*.csv').write_text('1,2'), read_examples(p/'*.csv', (2,)).tolist())[1], is_([[1.,2.]])),
    Case(patterns, 'CDEBM_DATA', lambda p: within(table(p/'[x]*'/'mnist-train.parquet').parent, images, 'mnist'),
        lambda d: len(d)==1),
    Case(patterns, 'a set in CDEBM_DATA that others would match',
        lambda p: within(table(p/'ab-train.parquet').parent, images, 'who/a[b]'),
        error=F, says='there is no file or folder who/a[b]'),
    Case(patterns, 'CDEBM_DATA in the home', lambda p: (table(p/'data'/'mnist-train.parquet'),
        within(p, lambda: within('~/data', lambda: len(images('mnist'))), name='HOME'))[1], is_(1)),
    Case(patterns, 'the home',
        lambda p: (tree(p/'pics', '0.png'), within(p, lambda: len(images('~/pics')), name='HOME'))[1], is_(1)),
    Case(patterns, 'a pattern that is no folder', lambda p: images(str(tree(p, '0.png')/'*')),
        error=F, says='there is no file or folder'),
    Case(patterns, 'a user who is none', lambda: images('~nobody-here/x'),
        error=F, says='there is no file or folder ~nobody-here/x'),
]

# -- 2: splits
splits = 'names of splits'
def found(names, split='train'): return lambda p: shades(images(tree(p, names), split))
cases += [
    Case(splits, 'a class called train',
        lambda p: images(tree(p, 'bus/0.png car/0.png train/0.png')).y.tolist(), is_([0,1,2])),
    Case(splits, 'a class called test', found('bus/0.png test/0.png'), is_([40,60])),
    Case(splits, 'a class called dev in a split',
        found('train/dev/0.png train/bus/0.png test/bus/0.png'), is_([60,40])),
    Case(splits, 'training and validation', found('training/0.png validation/0.png'), is_([40])),
    Case(splits, 'training and validation, asked for',
        found('training/0.png validation/0.png', 'validation'), is_([60])),
    Case(splits, 'training/validation, one in the other', found('training/validation/0.png training/1.png'),
        lambda s: sorted(s)==[40,60]),
    Case(splits, 'a folder in training/validation',
        lambda p: len(images(tree(p/'training'/'validation', '0.png 1.png'))), is_(2)),
    Case(splits, 'val, valid and dev are one', found('val/0.png valid/0.png dev/0.png train/0.png', 'validation'),
        lambda s: len(s)==3),
    Case(splits, 'val by another name', found('Val/0.png Train/0.png', 'dev'), is_([40])),
    Case(splits, 'pictures called like splits', found('train.png test.png dev.png 0.png'), lambda s: len(s)==4),
    Case(splits, 'pictures called like splits, in classes', found('a/train_0.png a/test_1.png b/eval.png'),
        lambda s: len(s)==3),
    Case(splits, 'folders deeper down', found('x/train/0.png x/test/0.png'), lambda s: len(s)==2),
    Case(splits, 'two splits beside a class', found('train/0.png test/0.png bus/0.png'),
        warns='test and train are not taken as splits, since bus/0.png is in none'),
    Case(splits, 'a split that is not there', found('train/0.png test/0.png', 'validation'),
        error=V, says="split of ... must be one of test, train; got 'validation'"),
    Case(splits, 'a split of what is not split', found('bus/0.png car/0.png', 'test'),
        error=V, says="is not split, since bus/0.png is in no split; got split='test'"),
    Case(splits, 'classes have the same number in each',
        lambda p: images(tree(p, 'train/a/0.png train/b/0.png test/b/0.png test/c/0.png'),
        'test').y.tolist(), is_([1,2])),
    Case(splits, 'parquet called train beside others',
        lambda p: (table(p/'train.parquet'), table(p/'trams.parquet'), len(images(p)))[2], is_(2)),
    Case(splits, 'parquet of one split',
        lambda p: (table(p/'data'/'train-00000-of-00001.parquet'), table(p/'data'/'test-00000-of-00001.parquet'),
        len(images(p)))[2], is_(1)),
    Case(splits, 'parquet called contest and latest',
        lambda p: (table(p/'contest.parquet'), table(p/'latest.parquet'), len(images(p)))[2], is_(2)),
    Case(splits, 'parquet of two splits beside another',
        lambda p: (table(p/'train.parquet'), table(p/'test.parquet'), table(p/'a.parquet'), images(p)),
        warns='test and train are not taken as splits, since a.parquet is in none'),
    Case(splits, 'one parquet file called test', lambda p: len(images(table(p/'test.parquet'))), is_(1)),
    Case(splits, 'a linked class',
        lambda p: (tree(p/'d', 'a/0.png'), tree(p/'other', '1.png'), (p/'d'/'b').symlink_to(p/'other'),
        images(p/'d').y.tolist())[3], is_([0,1])),
]

# -- what is left out is named
left = 'files that would be left out'
cases += [
    Case(left, 'a format that is not read', lambda p: (tree(p, '0.png'), put(p/'1.heic', b'x'), images(p)),
        warns='1 file that may be meant is left out: 1.heic'),
    Case(left, 'an archive', lambda p: (tree(p, '0.png'), zipfile.ZipFile(p/'a.zip', 'w').close(), images(p)),
        warns='is left out: a.zip'),
    Case(left, 'a table of labels', lambda p: (tree(p, '0.png'), put(p/'metadata.csv', b'x'), images(p)),
        warns='is left out: metadata.csv'),
    Case(left, 'pictures beside parquet', lambda p: (tree(p, 'logo.png'), table(p/'a.parquet'), images(p)),
        warns='is left out: logo.png'),
    Case(left, 'notes and hidden files',
        lambda p: (tree(p, '0.png .1.png .git/2.png'), put(p/'README.md', b'x'), len(images(p)))[2], is_(1)),
    Case(left, 'no pictures at all', lambda p: (put(p/'notes.txt', b'x'), images(p)),
        error=F, says='has no pictures or parquet files'),
]

# -- 3: EXIF
exif = 'a note on how to turn the picture'
upper = np.repeat(np.uint8([255,0]), 4)[:,None].repeat(8, 1)     # upper half white
corner = np.zeros((16, 16), np.uint8)
corner[:8,:8] = 255                                               # upper left quarter white
def turned(x, orientation, kind='jpeg'):
    note = Image.Exif()
    note[0x0112] = orientation
    return encoded(x, None, kind, exif=note)
def white(x):
    "The quarters of pictures that are white, from the upper left, row by row"
    x = torch.as_tensor(x)[0].float()
    return (x[...,4::8,4::8]>.5*x.max()).flatten().int().tolist()
def upside_down(): return turned(upper, 3, 'png')
shown = {1: [1,0,0,0], 2: [0,1,0,0], 3: [0,0,0,1], 4: [0,0,1,0], 5: [1,0,0,0], 6: [0,1,0,0], 7: [0,0,0,1], 8: [0,0,1,0]}
def read_turned(k, kind='jpeg'): return lambda: white(read_picture(turned(corner, k, kind)))
cases += [Case(exif, f'orientation {k}', read_turned(k), is_(v)) for k,v in shown.items()]
cases += [Case(exif, f'orientation 3, {k}', read_turned(3, k), is_([0,0,0,1])) for k in ('png', 'tiff', 'webp')]
cases += [
    Case(exif, 'in a folder',
        lambda p: images(put(p/'d'/'0.png', upside_down()).parent).kept[0,0,:,0].tolist(), is_([0]*4+[255]*4)),
    Case(exif, 'in parquet',
        lambda p: images(table(p/'a.parquet', upside_down())).kept[0,0,:,0].tolist(), is_([0]*4+[255]*4)),
    Case(exif, 'to score',
        lambda p: read_examples(put(p/'a.png', upside_down()), (1, 8, 8))[0,0,:,0].tolist(), is_([0]*4+[1]*4)),
    Case(exif, 'height and width exchanged',
        lambda p: read_examples(put(p/'a.jpg', turned(upper[:,:4], 6)), (1, 4, 8)).shape, is_((1, 1, 4, 8))),
    Case(exif, 'before the crop',
        lambda p: images(put(p/'d'/'0.jpg', turned(upper[:,:4], 6)).parent, size=4).kept[0,0,0].tolist(),
        lambda row: row[0]<128<row[-1]),
    Case(exif, 'an orientation that is none', lambda: white(read_picture(turned(corner, 42))), is_([1,0,0,0])),
]

# -- 4: alpha
alpha = 'colours beneath alpha'
def faint(colour, a, mode='RGBA', size=4): return encoded(Image.new('RGBA', (size, size), (*colour, a)), mode)
def indexed(**kw):
    "A palette of red and blue, of which one is transparent"
    im = Image.new('P', (4, 4), 0)
    im.putpalette([240, 0, 0, 0, 0, 240])
    im.paste(1, (0, 0, 2, 4))
    return encoded(im, **kw)
def lightest(*args, **kw): return lambda: read_picture(faint(*args, **kw)).min()
cases += [Case(alpha, f'transparent {mode}, {n} beneath', lightest(c, 0, mode), is_(255))
    for mode in ('RGBA','LA') for n,c in dict(black=(0,0,0), red=(240,0,0)).items()]
red_beneath = Image.new('RGBA', (4, 4), (240,0,0,0)) if datasets else None
def ends(x): return x[:,0,[0,3]].tolist()      # two pixels, left and right, of each colour
cases += [
    Case(alpha, 'half transparent', lambda: read_picture(faint((100,)*3, 128))[0,0,0],
        lambda v: abs(int(v)-(255-155*128/255))<=1),
    Case(alpha, 'opaque', lambda: read_picture(faint((10,20,30), 255))[:,0,0].tolist(), is_([10,20,30])),
    Case(alpha, 'opaque grey stays grey', lambda: read_picture(faint((10,)*3, 255, 'LA')).shape, is_((1, 4, 4))),
    Case(alpha, 'palette', lambda: ends(read_picture(indexed(transparency=0))), is_([[0,255],[0,255],[240,255]])),
    Case(alpha, 'palette with a table', lambda: ends(read_picture(indexed(transparency=b'\0\xff'))),
        is_([[0,255],[0,255],[240,255]])),
    Case(alpha, 'palette, opaque', lambda: ends(read_picture(indexed())), is_([[0,240],[0,0],[240,0]])),
    Case(alpha, 'one grey is transparent', lambda: read_picture(encoded(grey(7), transparency=7)).min(), is_(255)),
    Case(alpha, 'one colour is transparent', 
        lambda: read_picture(encoded(Image.new('RGB', (4, 4), (1,2,3)), transparency=(1,2,3))).min(), is_(255)),
    Case(alpha, 'GIF', lambda: read_picture(indexed(kind='gif', transparency=0))[:,0,3].tolist(), is_([255,255,255])),
    Case(alpha, 'WebP', lambda: read_picture(encoded(red_beneath, kind='webp', lossless=True, exact=True)).min(),
        is_(255)),
    Case(alpha, 'in a folder', lambda p: shades(images(put(p/'0.png', faint((0,)*3, 0)).parent)), is_([255])),
    Case(alpha, 'in parquet, as grey',
        lambda p: shades(images(table(p/'a.parquet', faint((240,0,0), 0)), channels=1)), is_([255])),
    Case(alpha, 'to score',
        lambda p: read_examples(put(p/'a.png', faint((240,0,0), 0)), (3, 4, 4)).min().item(), is_(1.)),
    Case(alpha, 'before resizing',
        lambda p: shades(images(put(p/'0.png', faint((0,)*3, 0, size=8)).parent, size=4)), is_([255])),
]

# -- 6, 9, depth, sizes
values = 'values of pixels and labels'
def labelled(y, **kw): return lambda p: images(table(p/'a.parquet', *[encoded(grey())]*len(y), label=y), **kw)
def grey16(): return encoded(Image.new('I;16', (4, 4), 40_000))
bits = np.eye(4, dtype='u1')
cases += [
    Case(values, 'a mask of 0 and 1', lambda p: images(put(p/'0.png', encoded(bits)).parent),
        warns='grey levels 0, 1 of 0 to 255 are nearly black'),
    Case(values, 'a mask of 0 and 1 in parquet',
        lambda p: images(table(p/'a.parquet', encoded(bits))), warns='grey levels 0, 1 of'),
    Case(values, 'a mask of 0 and 1 to score', lambda p: read_examples(put(p/'0.png', encoded(bits)), (1, 4, 4)),
        warns='0.png: x: grey levels 0, 1'),
    Case(values, 'bits', lambda: np.unique(read_picture(encoded(255*bits, '1'))).tolist(), is_([0,255])),
    Case(values, '16 bits', lambda p: images(put(p/'0.png', grey16()).parent),
        error=V, says='0.png cannot be used: its pixels are I;16'),
    Case(values, '16 bits to score', lambda p: read_examples(put(p/'0.png', grey16()), (1, 4, 4)),
        error=V, says='0.png: its pixels are I;16'),
    Case(values, 'labels of -1', labelled([0,-1], labelled=True),
        error=V, says='a.parquet, row 1 has the label -1; labels are whole numbers'),
    Case(values, 'labels of -1 that nobody asks for', labelled([-1,-1]),
        warns='row 0 has the label -1, so all labels are left out'),
    Case(values, 'a label missing', labelled([0,None], labelled=True),
        error=V, says='a.parquet, row 1 has the label None'),
    Case(values, 'labels that are floats', labelled([0.,1.], labelled=True),
        error=V, says="labelled=True needs a column 'label' of whole numbers"),
    Case(values, 'classes called by numbers', lambda p: images(tree(p, '10/0.png 2/0.png 1/0.png')).y.tolist(),
        lambda y: sorted(y)==[0,1,2]),
    Case(values, 'class 2 before class 10',
        lambda p: dict(zip(shades(d := images(tree(p, '10/0.png 2/0.png 1/0.png'))), d.y.tolist())),
        is_({80: 0, 60: 1, 40: 2})),
    Case(values, 'a size that no memory holds', lambda p: images(tree(p, '0.png'), size=10**9),
        error=V, says='0.png ... size=1000000000 ... GB'),
    Case(values, 'a split that is no text', lambda p: images(tree(p, '0.png'), 3),
        error=T, says='split must be ... got 3'),
]

# -- the cache of datasets
cache = 'an unwritable cache of datasets'
def hub(e):
    "Ask the hub, where it answers with an error"
    with mock.patch.object(datasets, 'load_dataset', mock.Mock(side_effect=e)), mock.patch.dict(os.environ):
        os.environ.pop('CDEBM_DATA', None)
        images('mnist')
def nowhere(f):
    "`f()` where the cache cannot be written to: below a file"
    with mock.patch.object(datasets.config, 'HF_DATASETS_CACHE', Path(__file__)/'cache'): return f()
named = 'ylecun/mnist cannot be kept in the cache of `datasets`, ... HF_DATASETS_CACHE'
def refused(k): return lambda: hub(OSError(getattr(errno, k), 'refused'))
unwritable = {'no permission': 'EACCES', 'read-only': 'EROFS', 'full': 'ENOSPC', 'over quota': 'EDQUOT',
    'a file there': 'ENOTDIR'}
cases += [Case(cache, n, refused(k), error=OSError, says=named) for n,k in unwritable.items()]
cases += [
    Case(cache, 'a folder is read without it', lambda p: nowhere(lambda: len(images(tree(p, '0.png')))), is_(1)),
    Case(cache, 'parquet is read without it', lambda p: nowhere(lambda: len(images(table(p/'a.parquet')))), is_(1)),
    Case(cache, 'no network is another trouble', lambda: hub(ConnectionError('no route')),
        error=F, says='no route ... set CDEBM_DATA'),
]
