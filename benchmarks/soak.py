"""Kill a training process at random moments, go on from its checkpoint, and see whether anything was lost.

    python benchmarks/soak.py                     twenty kills
    python benchmarks/soak.py --kills 3 --steps 60

One process trains without a break. Another trains the same recipe, is killed (SIGKILL, in mid-step or mid-write as it
comes) and started again until it has been killed as often as was asked for, then finishes. Lost is a kill after which
the file cannot be read, or is older than the last save that was reported; at the end weights, average, optimiser,
chains, random state and history must be the same bits.
"""
import argparse, json, random, subprocess, sys, tempfile, time
from pathlib import Path

worker = """
import sys, torch
from pathlib import Path
from cdebm.recipes import preset
from cdebm.checkpoints import Checkpoint
path,steps,every = Path(sys.argv[1]),int(sys.argv[2]),int(sys.argv[3])
torch.set_num_threads(1)
small = {'sampler.mcmc_steps': 10, 'training.batch_size': 16, 'model.width': 8, 'buffer.capacity': 1000}
l = preset('digits', small).learner()
if path.exists(): l.load(path)
kept = Checkpoint(path, every=every)
l.add(kept)
print('at', l.step, flush=True)
for row in l.steps(steps-l.step): print('saved' if kept.saved==row['step'] else 'step', row['step'], flush=True)
"""

def start(path, steps, every):
    call = [sys.executable, '-c', worker, str(path), str(steps), str(every)]
    return subprocess.Popen(call, stdout=subprocess.PIPE, text=True)

def read(path):
    from cdebm.checkpoints import read_checkpoint
    return read_checkpoint(path)

def run_until(process, n, delay):
    "Let a worker do `n` more steps, wait `delay` seconds and kill it: (last step reported saved, did it live so long?)"
    saved = 0
    for line in process.stdout:
        what,step = line.split()
        if what=='saved': saved = int(step)
        n -= what!='at'
        if n<=0: break
    else: return saved,False
    time.sleep(delay)
    process.kill()
    return max([saved, *(int(o.split()[1]) for o in process.stdout if o.startswith('saved') and o.endswith('\n'))]),True

def same(a, b):
    "Two states hold the same bits"
    import torch
    if isinstance(a, torch.Tensor): return torch.equal(a, b)
    if isinstance(a, dict): return a.keys()==b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list,tuple)): return len(a)==len(b) and all(map(same, a, b))
    return a==b

def soak(kills, steps, every, seed, folder):
    "Kill and go on; what came of it"
    draw,path,done,lost,points = random.Random(seed),folder/'soak.pt',0,0,[]
    whole = start(folder/'whole.pt', steps, steps)
    while done<kills:
        with start(path, steps, every) as p:
            saved,alive = run_until(p, draw.randint(1, max(1, steps//max(kills, 1))), draw.uniform(0, .05))
        if not alive: break     # it came to its end before
        done += 1
        try: at = read(path)['step'] if path.exists() else 0
        except ValueError: at = -1
        lost += at<saved
        points.append(at)
    start(path, steps, every).communicate()
    whole.communicate()
    a,b = read(folder/'whole.pt'),read(path)
    torn = len(list(folder.glob('.*')))
    return dict(kills=done, lost=lost, resumed_at=points, steps=b['step'], same_bits=same(a, b), torn_files=torn)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for k,v in dict(kills=20, steps=200, every=3, seed=0).items(): ap.add_argument(f'--{k}', type=int, default=v)
    a = ap.parse_args()
    with tempfile.TemporaryDirectory() as d: found = soak(a.kills, a.steps, a.every, a.seed, Path(d))
    print(json.dumps(found))
    sys.exit(not (found['same_bits'] and not found['lost'] and found['kills']==a.kills))

if __name__=='__main__': main()
