"Pictures from files, folders and the hub, and their way through augmentation and buffer"
import builtins, io, os, re, subprocess, sys
from pathlib import Path
import pytest, torch
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.augment import Augment, augmentations
from cdebm.data import TensorData, quantise
from cdebm.images import HUB, images, read_examples, read_picture
from cdebm.checks import NonFiniteError
from cdebm.models import ConvEnergy
from cdebm.samplers import Langevin
from cdebm.training import Learner, Settings
for extra in ('datasets', 'kornia'): pytest.importorskip(extra, reason="needs pip install 'cdebm[images]'")
import datasets
import pyarrow as pa
from PIL import Image
from pyarrow import parquet

data_folder = os.environ.get('CDEBM_DATA', '/nowhere')
def gen(seed=0): return torch.Generator().manual_seed(seed)
def encoded(x, mode=None, kind='png'):
    "Bytes `[C, H, W]` as an encoded picture"
    im,f = Image.fromarray(x.permute(1,2,0).squeeze(2).numpy()),io.BytesIO()
    (im.convert(mode) if mode else im).save(f, kind)
    return f.getvalue()
def table(path, cells, column='image', **more):
    "A parquet file in the hub's format"
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.table({column: [c and dict(bytes=c, path='picture.png') for c in cells], **more}), path)
    return path

x = torch.randint(256, (12,3,8,8), generator=gen()).to(torch.uint8)
cells = [encoded(o) for o in x]
y = list(range(12))

@pytest.fixture(autouse=True)
def nothing_kept(tmp_path, monkeypatch):
    "What `datasets` prepares goes with the test, and no data folder stands in for the hub"
    monkeypatch.setattr(datasets.config, 'HF_DATASETS_CACHE', tmp_path/'cache')
    monkeypatch.delenv('CDEBM_DATA', raising=False)

@pytest.fixture
def mnist(monkeypatch):
    if not (Path(data_folder)/'mnist-test.parquet').exists(): pytest.skip('no mnist-test.parquet in $CDEBM_DATA')
    monkeypatch.setenv('CDEBM_DATA', data_folder)
    return images('mnist', 'test', rows=600)

def test_one_call(tmp_path):
    "A file, a folder of files and a folder of pictures give the same bytes and labels"
    file = table(tmp_path/'mine.parquet', cells, label=y)
    for split,n in (('train',2), ('test',12)):
        table(tmp_path/'split'/f'{split}-00000-of-00001.parquet', cells[:n], label=y[:n])
    for i,c in enumerate(cells):
        (tmp_path/'folder'/f'{i:02}').mkdir(parents=True)
        (tmp_path/'folder'/f'{i:02}'/'picture.png').write_bytes(c)
    for d in (images(file), images(str(file)), images(tmp_path/'split', 'test'), images(tmp_path/'folder')):
        assert torch.equal(d.kept, x) and d.y.tolist()==y
    assert len(images(tmp_path/'split'))==2

def test_one_reader(tmp_path):
    "A picture has the same bytes by every door: alone, in a folder, in a table, as an example for a model"
    for mode,channels in (('RGB',3), ('L',1), ('P',3), ('RGBA',3), ('LA',1), ('1',1)):
        grey = mode in ('L','LA','1')
        c = encoded((x[:,:1] if grey else x)[0], mode)
        (tmp_path/mode).mkdir()
        (tmp_path/mode/'a.png').write_bytes(c)
        want = torch.from_numpy(read_picture(c))
        assert want.shape==(channels,8,8)
        assert torch.equal(images(tmp_path/mode).kept[0], want), mode
        assert torch.equal(images(table(tmp_path/f'{mode}.parquet', [c])).kept[0], want), mode
        example, = read_examples(tmp_path/mode/'a.png', want.shape)
        assert torch.equal((example*255).round().to(torch.uint8), want), mode

def test_stand_in(tmp_path, monkeypatch):
    "Files in $CDEBM_DATA stand in for the hub, under the short and the full name"
    table(tmp_path/'cifar10-train.parquet', cells, 'img', label=y)
    table(tmp_path/'celebahq-train.parquet', cells)
    monkeypatch.setenv('CDEBM_DATA', str(tmp_path))
    for name in ('cifar10', 'uoft-cs/cifar10', 'celebahq', HUB['celebahq']): assert torch.equal(images(name).kept, x)
    assert images('celebahq').y is None
    (tmp_path/'cifar10').mkdir()   # a folder of that name does not get in the way
    monkeypatch.chdir(tmp_path)
    assert len(images('cifar10'))==12

def test_hub(monkeypatch):
    "What is asked of the hub; CelebA-HQ and ImageNet have their held-out pictures under another name"
    asked = []
    def load(name, split):
        asked.append((name, split))
        return datasets.Dataset.from_dict(dict(image=[dict(bytes=c, path=None) for c in cells]))
    monkeypatch.setattr(datasets, 'load_dataset', load)
    want = {('mnist','test'): ('ylecun/mnist','test'), ('imagenet','test'): ('ILSVRC/imagenet-1k','validation'),
        ('celebahq','train'): ('korexyz/celeba-hq-256x256','train'),
        ('someone/something','test'): ('someone/something','test')}
    for name,split in want: assert len(images(name, split))==12
    assert asked==list(want.values())

def test_no_hub(monkeypatch):
    def load(*args, **kw): raise ConnectionError("Couldn't reach it")
    monkeypatch.setattr(datasets, 'load_dataset', load)
    words = "uoft-cs/cifar10 cannot be had .* Couldn't reach it.* set CDEBM_DATA to a folder with cifar10-train.parquet"
    with pytest.raises(FileNotFoundError, match=words): images('cifar10')

def test_import_needs_no_extra(tmp_path):
    "The module loads, and reads arrays, where nothing of the extra is installed"
    code = """import sys
for name in ('PIL','datasets','pyarrow','kornia'): sys.modules[name] = None
import numpy as np, cdebm.images as m
np.save(sys.argv[1], np.zeros((2,3)))
assert m.read_examples(sys.argv[1], (3,)).shape==(2,3)"""
    subprocess.run([sys.executable, '-c', code, tmp_path/'a.npy'], check=True)

@pytest.mark.parametrize('missing,call', [('datasets', lambda: images('cifar10')),
    ('PIL', lambda: read_picture(cells[0])), ('kornia', lambda: Augment()(x/255))])
def test_missing_extra(missing, call, monkeypatch):
    "One line that says what to install"
    real = builtins.__import__
    def fake(name, *args, **kw):
        if name.partition('.')[0]==missing: raise ModuleNotFoundError(f'No module named {name!r}', name=name)
        return real(name, *args, **kw)
    monkeypatch.setattr(builtins, '__import__', fake)
    with pytest.raises(ModuleNotFoundError, match=rf"needs {missing}.*: pip install 'cdebm\[images\]'"): call()

def test_missing_pillow_is_no_fault_of_the_file(tmp_path, monkeypatch):
    (tmp_path/'a.png').write_bytes(cells[0])
    monkeypatch.setitem(sys.modules, 'PIL', None)
    with pytest.raises(ModuleNotFoundError, match="a picture needs PIL: pip install"):
        read_examples(tmp_path/'a.png', (3,8,8))

def texts(path):
    "A parquet file without pictures"
    parquet.write_table(pa.table(dict(text=['x'], label=[1])), path)
    return path
def cut(path, keep=.5):
    b = path.read_bytes()
    path.write_bytes(b[:int(keep*len(b))])
    return path
def spoilt(path):
    "The footer is whole, the columns are not"
    b = bytearray(path.read_bytes())
    b[8:len(b)//2] = bytes(len(b)//2 - 8)
    path.write_bytes(b)
    return path
def sixteen_bits():
    f = io.BytesIO()
    Image.new('I;16', (8,8), 40_000).save(f, 'png')
    return f.getvalue()

V,F,T = ValueError,FileNotFoundError,TypeError
rows = [   # id, call with a folder, the error, what it says with ... for words left out
    ('a file cut short', lambda p: images(cut(table(p/'a.parquet', cells))),
        V, 'a.parquet is not a readable parquet file'),
    ('a spoilt file', lambda p: images(spoilt(table(p/'a.parquet', cells))),
        V, 'a.parquet is not a readable parquet file'),
    ('one of several', lambda p: (table(p/'d'/'a.parquet', cells), cut(table(p/'d'/'b.parquet', cells)), images(p/'d')),
        V, 'b.parquet is not a readable parquet file'),
    ('no pictures', lambda p: images(table(p/'a.parquet', [], text=['x'][:0])), V, 'a.parquet'),
    ('another column', lambda p: images(texts(p/'a.parquet')), V, "a.parquet must have one column of pictures "
        "{bytes, path}, 'image' or 'img'; it has text (string), label (int64)"),
    ('two sizes', lambda p: images(table(p/'a.parquet', [*cells, encoded(x[0,:,:5])])),
        V, 'a.parquet, row 12 has 8 x 5 pixels ... a.parquet, row 0 8 x 8: say size='),
    ('a picture cut short', lambda p: images(table(p/'a.parquet', [*cells[:3], cells[3][:90]])),
        V, 'a.parquet, row 3 cannot be used: '),
    ('no picture', lambda p: images(table(p/'a.parquet', [cells[0], b'hello'])),
        V, 'a.parquet, row 1 cannot be used: cannot identify'),
    ('an empty cell', lambda p: images(table(p/'a.parquet', [cells[0], None])), V, 'a.parquet, row 1 cannot be used: '),
    ('a row among rows', lambda p: images(table(p/'a.parquet', [*cells[:11], b'hello', cells[0], cells[1]]), rows=14),
        V, 'a.parquet, row 11 cannot be used'),
    ('16 bits', lambda p: images(table(p/'a.parquet', [sixteen_bits()])),
        V, 'a.parquet, row 0 cannot be used: its pixels are I;16; 8 bits'),
    ('colour among grey', lambda p: images(table(p/'a.parquet', [encoded(x[0], 'L'), cells[0]])),
        V, 'row 1 ... it has colour ... say channels='),
    ('labels in words', lambda p: images(table(p/'a.parquet', cells[:1], label=['cat']), labelled=True),
        V, "labelled=True needs a column 'label'"),
    ('no labels', lambda p: images(table(p/'a.parquet', cells), labelled=True),
        V, "labelled=True needs a column 'label' ... a.parquet has image"),
    ('no such file', lambda p: images(p/'a.parquet'), F, 'there is no file or folder ... a.parquet'),
    ('an empty folder', lambda p: images(p), F, 'has no pictures or parquet files'),
    ('a misspelt name', lambda p: images('cifar'), V, "name must be ... got 'cifar'; did you mean 'cifar10'?"),
    ('no name', lambda p: images(''), T, "name must be ... got ''"),
    ('a number for a name', lambda p: images(3), T, 'name must be ... got 3'),
    ('half a size', lambda p: images('mnist', size=.5), T, 'size must be an integer >= 1 ... got 0.5'),
    ('no rows', lambda p: images('mnist', rows=0), V, 'rows must be an integer >= 1 ... got 0'),
    ('two channels', lambda p: images('mnist', channels=2), V, 'channels must be 1, 3 or None ... got 2'),
    ('a crop of nothing', lambda p: Augment(crop=(0., 1.)), V, 'crop must be ... got 0.0'),
    ('a crop upside down', lambda p: Augment(crop=(.9, .1)),
        V, 'crop must be (low, high) with low <= high ... got (0.9, 0.1)'),
    ('a crop of one number', lambda p: Augment(crop=.5), T, 'crop must be (low, high) or None ... got 0.5'),
    ('flips that are likelier than certain', lambda p: Augment(flip=1.5), V, 'flip must be ... <= 1 ... got 1.5'),
    ('jitter round the circle', lambda p: Augment(jitter=2.), V, 'jitter must be ... <= 1.25 ... got 2.0'),
    ('an even kernel', lambda p: Augment(blur=4), V, 'blur must be odd, or 0 ... got 4'),
    ('points to augment', lambda p: Augment()(torch.zeros(4, 2)),
        V, 'x must be images [B, C, H, W] ... got shape (4, 2)'),
    ('pixels to 255', lambda p: Augment()(x.float()), V, 'x must lie in [0, 1]'),
    ('a NaN to augment', lambda p: Augment()(x/255*torch.nan), NonFiniteError, 'x is not finite'),
]
@pytest.mark.parametrize('call,error,words', [pytest.param(*r[1:], id=r[0]) for r in rows])
def test_wrong(call, error, words, tmp_path):
    with pytest.raises(error) as e: call(tmp_path)
    assert re.search('.*'.join(map(re.escape, words.split(' ... '))), str(e.value), re.S), str(e.value)

def test_folder_names_the_picture(tmp_path):
    (tmp_path/'one.png').write_bytes(cells[0])
    (tmp_path/'two.png').write_bytes(b'hello')
    with pytest.raises(ValueError, match='two.png cannot be used'): images(tmp_path)

def test_grey_and_colour(tmp_path):
    "Grey among colour becomes colour; colour becomes grey on request, with the usual weights; palettes, alpha are read"
    file = table(tmp_path/'a.parquet', [cells[0], encoded(x[1], 'L'), encoded(x[2], 'RGBA'), encoded(x[3], 'P')])
    d,g = images(file),images(file, channels=1)
    assert d.kept.shape==(4,3,8,8) and g.kept.shape==(4,1,8,8)
    assert (d.kept[1]==d.kept[1,:1]).all() and torch.equal(d.kept[2], x[2])
    want = (torch.tensor([.299,.587,.114])[:,None,None]*x[0]).sum(0)
    assert (g.kept[0,0] - want).abs().max()<=1

def test_crop_and_resize(tmp_path):
    "The middle square, then Pillow's bicubic"
    wide = torch.randint(256, (3,12,20), generator=gen(1)).to(torch.uint8)
    d = images(table(tmp_path/'a.parquet', [encoded(wide), encoded(wide.mT)]), size=6)
    want = Image.fromarray(wide[:,:,4:16].permute(1,2,0).contiguous().numpy()).resize((6,6))
    assert d.kept[0].permute(1,2,0).flatten().tolist()==[v for p in want.getdata() for v in p]
    assert torch.equal(images(tmp_path/'a.parquet', size=6, rows=1).kept, d.kept[:1])

def test_tensor_data_keeps_bytes():
    "The same draws from bytes as from floats, a quarter of the memory, and it moves"
    b,f = TensorData(x, y, labelled=True, levels=256),TensorData(x/255, y, labelled=True, levels=256)
    assert b.kept.dtype==torch.uint8 and 4*b.kept.nbytes==f.kept.nbytes
    for d in (b, b.to('cpu')):
        for u,v in zip(d.sample(30, gen(1)), f.sample(30, gen(1))): assert torch.equal(u, v)
    assert b.to('meta').kept.device.type=='meta' and b.kept.device.type=='cpu'

def test_mnist_through_the_buffer(mnist):
    "Pictures drawn, stored as bytes and read again have the bytes of the file"
    assert mnist.kept.shape==(600,1,28,28) and set(mnist.y.tolist())==set(range(10))
    b = ReplayBuffer(uniform_noise((1,28,28)), 600, 0., 'fifo', 'uint8')
    noisy = torch.cat([TensorData(o[None], levels=256).sample(1, gen(i)) for i,o in enumerate(mnist.kept)])
    b.add(noisy)
    for _ in range(3): b.add(b.read(torch.arange(600), gen()).x)   # three more round trips
    assert torch.equal(b.x, mnist.kept)
    assert torch.equal((quantise(b.read(torch.arange(600), gen()).x)*255).round().to(torch.uint8), mnist.kept)

def test_augmented_training_repeats():
    "A learner whose chains are augmented: same seed, same bits; and after a resume too"
    def learner(seed=0):
        net = ConvEnergy(3, 8, 4, generator=gen())
        b = ReplayBuffer(uniform_noise((3,8,8)), 1000, .1, 'fifo', 'uint8', augment=augmentations['cifar10'])
        data,langevin = TensorData(x, levels=256),Langevin.from_noise(1., .01, clamp=(0.,1.))
        return Learner(net, data, b, Settings(langevin, mcmc_steps=2, batch_size=8), generator=gen(seed))
    a,b = learner(),learner()
    a.fit(6)
    b.fit(3)
    c = learner(5)
    c.load_state_dict(b.state_dict())
    c.fit(3)
    for u,v in zip(a.energy.parameters(), c.energy.parameters()): assert torch.equal(u, v)
    assert torch.equal(a.buffer.x, c.buffer.x)
