"""One training step: ours, as anyone would first write it from the paper, and what other libraries have of it.

The contenders of `peers.py step`. The straightforward step draws stored chains from an array of numpy, augments them
image by image with PIL, samples while the parameters ask for gradients, and measures neighbours by broadcasting.
"""
import math
from crew import timed

WORK = dict(size=16, channels=3, width=8, batch=128, steps=20, bank=1000, stored=10_000)
NAMES = ('straightforward', 'cdebm', 'cdebm, speed.auto', 'cdebm, plain CD', 'torchebm, plain CD', 'ebmkit, plain CD')
FULL,PLAIN = NAMES[:3],NAMES[3:]     # all terms with augmentation; persistent CD with a regulariser alone

def network(w):
    import torch
    from cdebm.models import ConvEnergy
    return ConvEnergy(w['channels'], w['size'], w['width'], generator=torch.Generator().manual_seed(0))

def pictures(w, n, seed=1):
    import torch
    return torch.rand(n, w['channels'], w['size'], w['size'], generator=torch.Generator().manual_seed(seed))

class Data:
    "Pictures, drawn anew"
    def __init__(self, w): self.w = w
    def sample(self, n, generator=None):
        import torch
        w = self.w
        return torch.rand(n, w['channels'], w['size'], w['size'], generator=generator)

# -- the straightforward one --

def changed(x, rng):
    "One image by PIL: crop, mirror, colours, grey"
    import numpy as np
    from PIL import Image, ImageEnhance
    side = x.shape[1]
    im = Image.fromarray((255*x.transpose(1, 2, 0)).astype('uint8'))
    share,ratio = rng.uniform(.08, 1),math.exp(rng.uniform(-.28, .28))
    wide,high = (max(1, min(side, round(side*math.sqrt(share*r)))) for r in (ratio, 1/ratio))
    left,top = rng.integers(side-wide+1),rng.integers(side-high+1)
    im = im.crop((left, top, left+wide, top+high)).resize((side, side), Image.BILINEAR)
    if rng.random()<.5: im = im.transpose(Image.FLIP_LEFT_RIGHT)
    if rng.random()<.8:
        for kind in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            im = kind(im).enhance(rng.uniform(.2, 1.8))
        hue,*others = im.convert('HSV').split()
        turn = int(rng.uniform(-102, 102))
        im = Image.merge('HSV', (hue.point(lambda v: (v+turn)%256), *others)).convert('RGB')
    if rng.random()<.2: im = im.convert('L').convert('RGB')
    return np.asarray(im, dtype='float32').transpose(2, 0, 1)/255

def broadcast(x, bank):
    "Distances to the nearest by all differences at once"
    return ((x[:,None]-bank[None])**2).flatten(2).sum(-1).sqrt().min(1).values

def straightforward(w):
    import numpy as np, torch
    net,rng = network(w),np.random.default_rng(0)
    adam = torch.optim.Adam(net.parameters(), 2e-4, betas=(0., .9))
    store,data,g = pictures(w, w['stored']).numpy(),Data(w),torch.Generator().manual_seed(1)
    def step():
        pos = data.sample(w['batch'], g)
        some = rng.integers(len(store), size=w['batch'])
        x = torch.tensor(np.stack([changed(store[i], rng) for i in some]))
        for k in range(w['steps']):
            x = (x.detach() + .005*torch.randn(x.shape)).requires_grad_()
            slope, = torch.autograd.grad(net(x).sum(), x, create_graph=k==w['steps']-1)
            x = (x - 10*slope).clamp(0, 1)
        neg = x.detach()
        e_pos,e_neg = net(pos),net(neg)
        for p in net.parameters(): p.requires_grad_(False)
        opt = net(x).mean()
        for p in net.parameters(): p.requires_grad_(True)
        bank = torch.tensor(store[rng.integers(len(store), size=w['bank'])])
        loss = e_pos.mean()-e_neg.mean() + (e_pos**2).mean()+(e_neg**2).mean() + opt
        loss = loss - .3*torch.log(broadcast(x, bank)).mean()
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), .5)
        adam.step()
        store[some] = neg.numpy()
    return step

# -- ours --

def ours(w, auto=False, full=True):
    import torch
    from cdebm.augment import augmentations
    from cdebm.buffer import ReplayBuffer, uniform_noise
    from cdebm.losses import Weights
    from cdebm.parts import Speed
    from cdebm.samplers import Langevin
    from cdebm.training import Learner, Settings
    net,g = network(w),torch.Generator().manual_seed(1)
    one = w['channels'],w['size'],w['size']
    store = ReplayBuffer(uniform_noise(one), w['stored'], restart=.001, policy='fifo',
        augment=augmentations['cifar10'] if full else None)
    store.add(pictures(w, w['stored']), None, g)
    speed,_ = Speed(auto=auto).settled(net, pictures(w, w['batch']))
    weights = Weights() if full else Weights(opt=0., entropy=0.)
    sampler = Langevin.from_noise(10., .005, clamp=(0., 1.), noise_first=True)
    settings = Settings(sampler, w['steps'], w['batch'], weights, bank_size=w['bank'], precision=speed.precision)
    learner = Learner(net, Data(w), store, settings, generator=g, stand_in=speed.stand_in(net))
    return learner.advance

def by_torchebm(w):
    import torch
    from torchebm.core import BaseModel
    from torchebm.losses import ContrastiveDivergence
    from torchebm.samplers import LangevinDynamics
    class Wrapped(BaseModel):
        def __init__(self):
            super().__init__()
            self.net = network(w)
        def forward(self, x): return self.net(x)
    net,data,g = Wrapped(),Data(w),torch.Generator().manual_seed(1)
    chains = LangevinDynamics(net, step_size=10., noise_scale=.005/math.sqrt(20.), clamp=(0., 1.))
    loss = ContrastiveDivergence(net, chains, k_steps=w['steps'], persistent=True, buffer_size=w['stored'],
        init_steps=0, energy_reg_weight=1.)
    return updated(net, lambda: loss(data.sample(w['batch'], g))[0])

def by_ebmkit(w):
    import ebm, torch
    net,data,g = network(w),Data(w),torch.Generator().manual_seed(1)
    store = ebm.ReplayBuffer(w['stored'], (w['channels'], w['size'], w['size']), init_fn=torch.rand)
    chains = ebm.LangevinDynamics(10., w['steps'], noise_scale=.005, clamp=(0., 1.))
    loss = ebm.ContrastiveDivergence(chains, store, energy_reg=1.)
    return updated(net, lambda: loss(net, data.sample(w['batch'], g)).loss)

def updated(net, loss_of):
    import torch
    adam = torch.optim.Adam(net.parameters(), 2e-4, betas=(0., .9))
    def step():
        loss = loss_of()
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), .5)
        adam.step()
    return step

MAKERS = dict(zip(NAMES, (straightforward, ours, lambda w: ours(w, True), lambda w: ours(w, full=False), by_torchebm,
    by_ebmkit)))

def make(task):
    step = MAKERS[task['name']](WORK)
    step()
    return dict(run=lambda: timed(step))

# -- its parts by themselves --

PARTS = ('neighbours, broadcast', 'neighbours, cdebm', 'augmentation, PIL image by image', 'augmentation, cdebm')

def make_part(task):
    import numpy as np, torch
    from cdebm.augment import augmentations
    from cdebm.losses import nearest
    x,bank = pictures(WORK, WORK['batch'], 2),pictures(WORK, WORK['bank'], 3)
    g,rng = torch.Generator().manual_seed(0),np.random.default_rng(0)
    one = dict(zip(PARTS, (lambda: broadcast(x, bank), lambda: (x-bank[nearest(x, bank)]).flatten(1).norm(dim=1),
        lambda: np.stack([changed(v, rng) for v in x.numpy()]), lambda: augmentations['cifar10'](x, g))))[task['name']]
    found = one()
    def distances(): return found.tolist()
    return dict(run=lambda: timed(one), distances=distances)
