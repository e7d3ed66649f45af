"""The runs that the gradient explorer ships, recorded anew into cdebm/explorer/recorded/*.npz.

    python tools/record.py                   all of them, one process at a time
    python tools/record.py --workers 2       the same files, sooner

The regime in which plain contrastive divergence blows up: preset `ring-coarse`, Langevin steps of .05 without an
accept-reject test. Three seeds, with the KL term and without, 1,500 steps each on one thread. The health monitor,
which would put a failing run back, is left out: the runs show what happens without it. A run ends early only where a
number is not finite or the energy gap passes 1e12.

Same seed means the same random numbers: network, data, starts, noise of the chains and slots of the buffer. The
entropy term draws its neighbours from the same stream; the run without the term draws them too and throws them away,
so that both streams stay in step to the last bit. The gradients of the term that is left out are measured with a
generator of their own.
"""
import argparse, os
for v in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS'): os.environ[v] = '1'
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

root = Path(__file__).resolve().parent.parent
out = root/'cdebm'/'explorer'/'recorded'

CASES = {'improved CD': {}, 'plain CD': {'loss.opt': 0., 'loss.entropy': 0.}}

def in_step(learner):
    "Let a learner without the entropy term draw its bank all the same, where one with it does: before it adds samples"
    if learner.weights.entropy: return learner
    buffer,add = learner.buffer,learner.buffer.add
    def bank_first(x, y=None, generator=None):
        buffer.bank(learner.bank_size, generator)
        return add(x, y, generator)
    buffer.add = bank_first
    return learner

def run(label:str, seed:int, steps:int, folder:Path) -> str: # what was written, in words
    "Record one run"
    import torch
    from cdebm.explorer.recordings import Landscapes, record_run
    from cdebm.health import HealthMonitor
    from cdebm.recipes import preset
    torch.set_num_threads(1)
    recipe = preset('ring-coarse', CASES[label], seed=seed)
    learner = in_step(recipe.learner())
    learner.callbacks = [c for c in learner.callbacks if not isinstance(c, HealthMonitor)]
    found = record_run(learner, steps, label, seed, landscapes=Landscapes(40, *recipe.box))
    path = folder/f"{label.split()[0]}-{seed}.npz"
    found.save(path)
    rows = learner.history
    last = f"gap {rows['gap'][-1]:.3g}, KL {found.snapshots.kl[-1]:.3g} nats"
    return f"{path.name}: {len(rows)} steps, {last}, {path.stat().st_size/1000:.0f} kB {found.ended}"

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--workers', type=int, default=1, help='processes, one core each')
    ap.add_argument('--seeds', type=int, default=3)
    ap.add_argument('--steps', type=int, default=1500)
    ap.add_argument('--out', type=Path, default=out, help='folder of the files; the default replaces the shipped ones')
    a = ap.parse_args()
    with ProcessPoolExecutor(a.workers, mp_context=get_context('spawn')) as pool:
        jobs = [pool.submit(run, label, seed, a.steps, a.out) for seed in range(a.seeds) for label in CASES]
        for j in as_completed(jobs): print(j.result(), flush=True)

if __name__=='__main__': main()
