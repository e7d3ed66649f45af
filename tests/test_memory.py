"Memory of a sampling run does not grow with its number of steps, unless a trajectory is asked for"
import subprocess, sys

peak_now = """
import resource, sys, torch
def peak():
    "Peak resident size of this process in MiB. (Its ru_maxrss starts where that of its parent was.)"
    try: return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM'))/1024
    except FileNotFoundError: return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024
"""

probe = peak_now + """
from cdebm.samplers import Langevin, sample
torch.set_num_threads(1)
k,every = int(sys.argv[1]),int(sys.argv[2]) or None
net = torch.nn.Linear(64, 1)
energy = lambda x: torch.nn.functional.silu(net(x)).squeeze(1)
g = torch.Generator().manual_seed(0)
sample(energy, torch.zeros(40_000, 64), Langevin(), k, differentiable_tail=1, every=every, generator=g)
print(peak())
"""

def last_line(code, *args):
    "The number that `code` prints last"
    res = subprocess.run([sys.executable, '-c', code, *map(str, args)], check=True, capture_output=True, text=True)
    return float(res.stdout.splitlines()[-1])

def peak(k, every=0):
    "Peak memory in MiB of a process that runs k steps of chains that take 10 MiB"
    return last_line(probe, k, every)

def test_memory_does_not_grow_with_steps():
    few,many,recorded = peak(5),peak(60),peak(60, every=1)
    assert many-few < 100, (few, many)          # for the allocator's mood; 55 batches would be 550
    assert recorded-few > 300, (few, recorded)  # the probe sees growth where there is some

step = peak_now + """
from cdebm.recipes import preset
torch.set_num_threads(1)
small = {'data.name': 'digits', 'data.size': 16, 'model.width': 16, 'training.device': 'cpu', 'buffer.capacity': 2000}
k,tail,attached = map(int, sys.argv[1:])
changes = {'sampler.mcmc_steps': k, 'loss.differentiable_tail': tail, 'loss.graph_samples': attached}
l = preset('mnist', small | changes).learner()
before = peak()
l.fit(1)
print(peak()-before)
"""

def grown(k, tail=1, attached=128):
    "MiB that one training step of the paper's network needs, 16 channels, batch 128"
    return last_line(step, k, tail, attached)

def test_memory_of_a_training_step():
    "As much for 60 steps of a chain as for 10; more for a longer tail, less where fewer chains carry a graph"
    few,many,longer,fewer = grown(10),grown(60),grown(10, tail=4),grown(10, attached=16)
    assert many < 1.05*few and longer > 1.5*few and fewer < .8*few, (few, many, longer, fewer)
