"""Time to quality: one training by one method, KL(data||model) along the way. The contenders of `peers.py quality`.

Every method trains the same network, 2-128-128-1 with SiLU, batch 256, on the same density; Adam, rate 5e-3 falling as
a cosine, gradient clipped, weights averaged: what our recipe `ring` does for itself. Ours is that recipe as it stands.
What is the method's own (step, noise,
regulariser) stands in METHODS and was set once, by hand; it was not searched for.
Seconds are of the processor, one thread; looking at the KL is not counted.
"""
import math, time
from importlib import import_module

UPDATES = 2500
METHODS = {
    'cdebm, ring': dict(by='recipe', preset='ring'),
    'cdebm, ring, 600 updates': dict(by='recipe', preset='ring', updates=600),
    'cdebm, energy discrepancy': dict(by='recipe', preset='ring', changes={'loss.objective': 'energy_discrepancy',
        'loss.opt': 0., 'loss.entropy': 0., 'loss.noise_std': .3, 'loss.noise_points': 16}),
    'cdebm, energy discrepancy, one drawn': dict(by='recipe', preset='ring', changes={
        'loss.objective': 'energy_discrepancy', 'loss.opt': 0., 'loss.entropy': 0., 'loss.noise_std': .3,
        'loss.noise_points': 16, 'loss.noise_drawn': 1}),
    'ebmkit, energy discrepancy': dict(by='ebmkit', loss='ed', sigma=.3, particles=16),
    'ebmkit, persistent CD': dict(by='ebmkit', loss='cd', step=.02, k=10, reg=0.),
    'ebmkit, persistent CD by MALA': dict(by='ebmkit', loss='cd', sampler='mala', step=.02, k=10, reg=0.),
    'torchebm, persistent CD': dict(by='torchebm', step=.02, k=10, reg=.1)}
LEVELS = (.3, .1, .05, .02, .01)

class Looks:
    "KL(data||model) on a 200 x 200 grid at updates evenly spaced in their logarithm, and the seconds until then"
    def __init__(self, density, updates, n=200):
        import torch
        g = torch.linspace(-4, 4, n+1)[:-1] + 4/n
        self.x = torch.cartesian_prod(g, g)
        with torch.no_grad(): self.true = torch.log_softmax(-density(self.x), 0)
        self.at = {round(math.exp(v)) for v in torch.linspace(math.log(20), math.log(updates), 28).tolist()}
        self.curve,self.spent,self.since = [],0.,time.process_time()

    def __call__(self, update, energy):
        import torch
        if update not in self.at: return
        self.spent += time.process_time()-self.since
        with torch.no_grad(): own = torch.log_softmax(-energy(self.x).double(), 0)
        kl = (self.true.exp()*(self.true-own)).sum().item()
        self.curve.append((update, self.spent, kl if math.isfinite(kl) else None))
        self.since = time.process_time()

def by_recipe(m, data, updates, seed, density, look):
    "Our recipe, its own health monitor as it is"
    from cdebm.callbacks import EMA
    from cdebm.recipes import preset
    r = preset(m['preset'], {'data.name': data, 'training.steps': updates, 'seed': seed} | m.get('changes', {}))
    learner = r.learner()
    average = next(c for c in learner.callbacks if isinstance(c, EMA))
    class See:
        def after_step(self, l): look(l.step, average.energy)
    learner.add(See())
    look.since = time.process_time()
    learner.fit(updates)

def trained(net, density, updates, seed, look, loss_of):
    "The loop that the other libraries get, the same as the recipe's"
    import torch
    g = torch.Generator().manual_seed(seed+1000)
    adam = torch.optim.Adam(net.parameters(), 5e-3, betas=(.9, .99))
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(adam, updates)
    average = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(.998))
    look.since = time.process_time()
    for i in range(1, updates+1):
        loss = loss_of(density.sample(256, g))
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.)
        adam.step()
        rate.step()
        average.update_parameters(net)
        look(i, average)
        if not loss.isfinite(): return

def points(shape): # where chains start: even in the box of the data
    import torch
    return 8*torch.rand(shape)-4

def by_ebmkit(m, data, updates, seed, density, look):
    import ebm, torch
    torch.manual_seed(seed)
    net = fresh(seed)
    if m['loss']=='ed': loss = ebm.EnergyDiscrepancy(m['sigma'], m['particles'])
    else:
        kind = ebm.MALA if m.get('sampler')=='mala' else ebm.LangevinDynamics
        store = ebm.ReplayBuffer(10_000, (2,), init_fn=points)
        loss = ebm.ContrastiveDivergence(kind(m['step'], m['k']), store, energy_reg=m['reg'])
    trained(net, density, updates, seed, look, lambda x: loss(net, x).loss)

def fresh(seed):
    "The network, bare, from a seed"
    import torch
    from langevin import bare
    from cdebm.models import MLPEnergy
    return bare(MLPEnergy(2, 128, 2, generator=torch.Generator().manual_seed(seed))).requires_grad_(True)

def by_torchebm(m, data, updates, seed, density, look):
    import torch
    from torchebm.core import BaseModel
    from torchebm.losses import ContrastiveDivergence
    from torchebm.samplers import LangevinDynamics
    torch.manual_seed(seed)
    class Wrapped(BaseModel):
        def __init__(self):
            super().__init__()
            self.net = fresh(seed)
        def forward(self, x): return self.net(x)
    net = Wrapped()
    loss = ContrastiveDivergence(net, LangevinDynamics(net, step_size=m['step'], noise_scale=1.), k_steps=m['k'],
        persistent=True, buffer_size=10_000, init_steps=0, energy_reg_weight=m['reg'])
    trained(net, density, updates, seed, look, lambda x: loss(x)[0])

def make(task):
    import warnings
    warnings.simplefilter('ignore')
    m = METHODS[task['name']] | task.get('more', {})
    by = dict(recipe=by_recipe, ebmkit=by_ebmkit, torchebm=by_torchebm)[m['by']]
    if m['by']!='recipe': import_module(dict(ebmkit='ebm').get(m['by'], m['by']))     # said here if it is missing
    from cdebm.densities import density
    def run(data, seed, updates=None):
        n = updates or m.get('updates', UPDATES)
        true = density(data, sd=.15) if data=='eight_gaussians' else density(data)
        look = Looks(true, n)
        by(m, data, n, seed, true, look)
        return look.curve
    return dict(run=run)
