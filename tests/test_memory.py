"Memory of a sampling run does not grow with its number of steps, unless a trajectory is asked for"
import subprocess, sys

probe = """
import resource, sys, torch
from cdebm.samplers import Langevin, sample
torch.set_num_threads(1)
k,every = int(sys.argv[1]),int(sys.argv[2]) or None
net = torch.nn.Linear(64, 1)
energy = lambda x: torch.nn.functional.silu(net(x)).squeeze(1)
sample(energy, torch.zeros(40_000, 64), Langevin(), k, differentiable_tail=1, every=every, generator=torch.Generator().manual_seed(0))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024)
"""

def peak(k, every=0):
    "Peak memory in MiB of a process that runs k steps of chains that take 10 MiB"
    return float(subprocess.run([sys.executable, '-c', probe, str(k), str(every)], check=True, capture_output=True, text=True).stdout)

def test_memory_does_not_grow_with_steps():
    few,many,recorded = peak(5),peak(60),peak(60, every=1)
    assert many-few < 30, (few, many)           # three batches at most, for the allocator's mood; 55 batches would be 550
    assert recorded-few > 300, (few, recorded)  # the probe sees growth where there is some
