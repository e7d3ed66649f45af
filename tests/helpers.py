"What several tests need: generators, nets and learners, callbacks that do harm, other processes, the tools as modules"
import importlib.util, json, math, os, re, shutil, subprocess, sys
from dataclasses import fields
from functools import cache
from importlib import metadata
from pathlib import Path
import pytest, torch
from click.testing import CliRunner
from packaging.requirements import Requirement
from cdebm.buffer import ReplayBuffer, uniform_noise
from cdebm.cli import main
from cdebm.energies import GaussianMixture
from cdebm.losses import Weights
from cdebm.models import MLPEnergy
from cdebm.samplers import Langevin
from cdebm.training import Learner, Settings

root = Path(__file__).resolve().parent.parent

# -- commands --

def cdebm(*args, code=0):
    "The command within this process; with --json what it says as JSON, else all that it prints"
    res = CliRunner().invoke(main, list(map(str, args)))
    if res.exception and not isinstance(res.exception, SystemExit): raise res.exception
    assert res.exit_code==code, res.output
    return json.loads(res.stdout) if '--json' in args and not code else res.output

# -- JavaScript --

node = shutil.which('node')
needs_node = pytest.mark.skipif(not node, reason='no Node: install it (Debian: apt-get install nodejs)')

def in_node(script, numbers, least=0):
    "Run a script of tests/js on a file of numbers: all that it asserts holds, and it asserts more than `least` things"
    cmd = [node, root/'tests'/'js'/script, numbers]
    res = subprocess.run(cmd, capture_output=True, text=True, timeout=120)
    assert res.returncode==0, '\n'.join(l for l in (res.stdout+res.stderr).splitlines() if not l.startswith('ok '))
    assert res.stdout.count('ok ')>least

# -- random numbers, states --

def seeded(s=0): return torch.Generator().manual_seed(s)

def bits(learner): return [p.detach().clone() for p in learner.energy.parameters()]

def same(a, b):
    "Two states, bit by bit: tensors, numbers, and what holds them"
    if isinstance(a, dict): return a.keys()==b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list,tuple)): return len(a)==len(b) and all(map(same, a, b))
    return torch.equal(a, b) if torch.is_tensor(a) else a==b

# -- notebooks --

def app_after_its_cells(name, **params):
    "The namespace of an app's notebook, run with `params`"
    space = {}
    for c in json.loads((root/'nbs'/'apps'/f'{name}.ipynb').read_text())['cells']:
        if c['cell_type']!='code': continue
        exec(''.join(c['source']), space)
        if 'parameters' in c['metadata'].get('tags', []): space.update(params)
    return space

# -- the tools of the repository --

@cache
def tool(path):
    "A script of the repository, e.g. 'tools/house.py', as a module"
    path = root/path
    if str(path.parent) not in sys.path: sys.path.append(str(path.parent))     # what scripts share lies beside them
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

# -- other processes --

hide = """import sys
class Hiding:
    "A finder of modules that does not see some packages"
    def __init__(self, finder): self.finder = finder
    def find_spec(self, name, path=None, target=None):
        return None if name.split('.')[0] in {packages!r} else self.finder.find_spec(name, path, target)
    def __getattr__(self, name): return getattr(self.finder, name)
sys.meta_path[:] = map(Hiding, sys.meta_path)
sys.path.insert(0, {site!r})
"""

def python(code, *args, site=root, blocked=(), env=()):
    "Run `code` in a process of its own where `site` comes first and the packages `blocked` are not there"
    cmd = [sys.executable, '-c', hide.format(packages=set(blocked), site=str(site))+code, *map(str, args)]
    return subprocess.run(cmd, cwd=site, capture_output=True, text=True, env={**os.environ, **dict(env)})

def needed(requirements):
    "The distributions that `requirements` bring, as far as they are installed; by their plain names"
    found,todo = set(),[(Requirement(r), '') for r in requirements]
    while todo:
        r,extra = todo.pop()
        if r.marker and not r.marker.evaluate(dict(extra=extra)): continue
        plain = re.sub(r'[-_.]+', '-', r.name).lower()
        if (plain, *sorted(r.extras)) in found: continue
        found.add((plain, *sorted(r.extras)))
        try: more = metadata.requires(plain) or ()
        except metadata.PackageNotFoundError: continue
        todo += [(Requirement(o), e) for o in more for e in ('', *r.extras)]
    return {o[0] for o in found}

@cache
def extra_packages():
    "Packages that this machine has because of an extra of the library alone: no base requirement brings them"
    lists = re.findall(r'^(\w*?)_?requirements = (.*)$', (root/'settings.ini').read_text('utf-8'), re.M)
    base = needed(next(v.split() for k,v in lists if not k))
    extras = needed(r for k,v in lists if k for r in v.split())
    homes = metadata.packages_distributions()
    def plain(d): return re.sub(r'[-_.]+', '-', d).lower()
    return {p for p,ds in homes.items() if (dists := set(map(plain, ds)))&(extras-base) and not dists&base}

# -- a learner in the plane, and callbacks that interfere --

def learner(seed=0, callbacks=(), energy=None, data=None, buffer=None, width=8, **kw):
    "Learns a ring with a small network; its steps take milliseconds. `kw`: fields of `Settings`, and of `Learner`"
    kw = dict(sampler=Langevin(.02), mcmc_steps=4, batch_size=16, weights=Weights(reg=0), lr=2e-3) | kw
    settings = Settings(**{f.name: kw.pop(f.name) for f in fields(Settings) if f.name in kw})
    if energy is None: energy = MLPEnergy(2, width, generator=seeded(seed))
    if data is None: data = GaussianMixture.ring(sd=.3)
    if buffer is None: buffer = ReplayBuffer(uniform_noise((2,), -4., 4.))
    return Learner(energy, data, buffer, settings, callbacks=callbacks, **dict(generator=seeded(seed+1)) | kw)

class At:
    "Do something to the learner after step `n`, `times` times in all"
    def __init__(self, n, do, times=1): self.n,self.do,self.times = n,do,times
    def after_step(self, l):
        if l.step==self.n and self.times>0:
            self.times -= 1
            self.do(l)

def poison(l):
    "A parameter is no number any more"
    next(l.energy.parameters()).data[0] = math.nan

def put(**row):
    "Change what the last row of the history says"
    return lambda l: l.history.rows[-1].update(row)
