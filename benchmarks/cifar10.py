"""The paper's CIFAR-10 training: how long a step takes, where the time goes, and what comes of thousands of them.

    python benchmarks/cifar10.py step                            every way to be quicker beside float32, in one run
    python benchmarks/cifar10.py train --out cifar --minutes 25  train, at most so long; the same again goes on
    python benchmarks/cifar10.py step --device cpu --width 8 --batch 16 --mcmc 10 --repeats 3 --compile none  in small

Needs CIFAR-10 (the hub, or a folder that $CDEBM_DATA names). Batch 128, K = 40, three scales, attention,
augmentation and all terms of the loss, as in the preset `cifar10`. Plain means eager float32 without TF32. `step`
prints medians and a table of stages; `train` writes a grid of chains, the curve of the energy gap and the Fréchet
distance between chains and held-out images on the features of a classifier that is trained first (so it is no FID).
"""
import argparse, gc, json, statistics, sys, time
from pathlib import Path
import torch
from cdebm.basics import write_whole
from cdebm.logs import Throughput

def recipe(a, **changes):
    "The preset with what the command line changed; the bank is asked for from the first step"
    from cdebm.recipes import preset
    small = {'model.width': a.width, 'training.batch_size': a.batch, 'sampler.mcmc_steps': a.mcmc}
    given = {k: v for k,v in small.items() if v is not None}
    return preset('cifar10', given | {'training.device': a.device} | changes)

def filled(learner):
    "Stored chains in plenty, so that augmentation and entropy are at work from the first step"
    learner.buffer.add(learner.data.sample(max(2000, learner.batch_size), learner.generator))
    return learner

def sync(device):
    if device.type=='cuda': torch.cuda.synchronize(device)

# ---- where the time goes ----

class Stages:
    "Seconds of functions and methods, those that they call taken out"
    def __init__(self, device):
        self.device = device
        self.spent,self.inner,self.watched = {},[],[]

    def watch(self, obj, method, label):
        "Replace a method by one that is timed"
        f = getattr(obj, method)
        def timed(*args, **kw):
            sync(self.device)
            start = time.perf_counter()
            self.inner.append(0.)
            out = f(*args, **kw)
            sync(self.device)
            took = time.perf_counter()-start
            self.spent[label] = self.spent.get(label, 0.)+took-self.inner.pop()
            if self.inner: self.inner[-1] += took
            return out
        self.watched.append((obj, method, f))
        setattr(obj, method, timed)

    def leave(self):
        "Put everything back"
        for obj,method,f in reversed(self.watched): setattr(obj, method, f)

def profile(learner, n):
    "Mean seconds of each stage of a step"
    s = Stages(learner.device)
    from cdebm import training
    labels = dict(positives='data', run_chains='chains', improved_cd='loss, forward', _backward='backward')
    for name,label in labels.items(): s.watch(training, name, label)
    s.watch(learner, 'row', 'record')
    stored = dict(start='start and augment', bank='neighbours', add='store')
    for method,label in stored.items(): s.watch(learner.buffer, method, label)
    s.watch(learner.optimizer, 'step', 'update')
    for _ in learner.steps(n): pass
    s.leave()
    return {k: v/n for k,v in sorted(s.spent.items(), key=lambda o: -o[1])}

def seconds(learner, n, warm=3):
    "Median seconds of a step; every step ends by reading its row, so nothing is left running"
    took,last = [],None
    for _ in learner.steps(warm+n):
        sync(learner.device)
        now = time.perf_counter()
        took.append(0. if last is None else now-last)
        last = now
    return statistics.median(took[warm:])

def step(a):
    "Time every variant, and each of its stages; `step.json` grows with each"
    ways = {'plain float32': {}, 'TF32': {'speed.precision': 'tf32'}}
    quick = {'speed.precision': 'bf16-sampling', 'speed.channels_last': True}
    ways |= {'bf16 chains': {'speed.precision': 'bf16-sampling'}, 'bf16 chains, channels-last': quick}
    compiled = quick | {'speed.compile': a.compile}
    if a.compile!='none':
        ways[f'bf16 chains, compiled ({a.compile})'] = compiled
        ways[f'bf16 throughout, compiled ({a.compile})'] = compiled | {'speed.precision': 'bf16'}
    found = {}
    a.out.mkdir(parents=True, exist_ok=True)
    for name,changes in ways.items():
        if torch.cuda.is_available(): torch.cuda.empty_cache(), torch.cuda.reset_peak_memory_stats()
        try: found[name] = timed(a, changes)
        except Exception as e:     # out of memory, no compiler: the others still count
            found[name] = dict(error=f'{type(e).__name__}: {e}')
        plain = found['plain float32'].get('seconds', float('nan'))
        if took := found[name].get('seconds'): found[name]['speedup'] = plain/took
        print(f'{name}: {said(found[name])}', flush=True)
        write_whole(a.out/'step.json', json.dumps(found, indent=1).encode())
        gc.collect()
    return found

def timed(a, changes):
    "One variant: seconds of a step, throughput, stages"
    meter = Throughput()
    learner = filled(recipe(a, **changes).learner([meter]))
    facts = dict(seconds=seconds(learner, a.repeats), gap=learner.history['gap'].tolist()[-1])
    return facts | {k: v for k,v in meter.facts.items() if k!='seconds'} | dict(stages=profile(learner, a.repeats))

def said(d):
    if 'error' in d: return d['error']
    stages = ', '.join(f'{k} {v:.3f}' for k,v in d['stages'].items())
    return f"{d['seconds']:.3f} s a step, {d['speedup']:.2f} times plain; {stages}"

# ---- what comes of it ----

def judged(learner, judge, held_out):
    "Fréchet distance (CIFAR-10 classifier features) between stored chains and held-out images"
    from cdebm.judge import frechet_distance
    n,buffer = min(len(learner.buffer), len(held_out)),learner.buffer
    some = torch.randperm(len(buffer), generator=torch.Generator().manual_seed(0))[:n]
    chains = buffer.read(some.to(buffer.device), torch.Generator(buffer.device).manual_seed(1)).x
    return frechet_distance(judge.features(chains), judge.features(held_out[:n]))

def classifier(a, device, out):
    "A small classifier of CIFAR-10, trained once"
    from cdebm.images import images
    from cdebm.judge import Judge, train_judge
    data = images('cifar10', labelled=True).to(device)
    path,generator = out/'judge.pt',torch.Generator(device).manual_seed(0)
    if path.exists():
        judge = Judge(data.kept.shape[1:], 10).to(device)
        judge.load_state_dict(torch.load(path, weights_only=True, map_location=device))
    else:
        judge = train_judge(data, a.judge_steps, generator=generator)
        write_whole(path, lambda f: torch.save(judge.state_dict(), f))
    test,judge = images('cifar10', 'test').to(device),judge.eval().requires_grad_(False)
    right = (torch.cat([judge(x).argmax(1) for x in test.x.split(500)])==test.y).float().mean().item()
    return judge,test.x,right

def train(a):
    "Train until the steps are done or the minutes are over"
    from cdebm.logs import SampleGrid
    from cdebm.health import HealthMonitor
    from cdebm.checkpoints import Checkpoint
    from cdebm.callbacks import Track
    a.out.mkdir(parents=True, exist_ok=True)
    start,path = time.perf_counter(),a.out/'checkpoint.pt'
    mode = None if a.compile=='none' else a.compile
    r = recipe(a, **{'speed.precision': a.precision, 'speed.channels_last': True, 'speed.compile': mode})
    learner = r.learner()
    judge,held_out,right = classifier(a, learner.device, a.out)
    grid,meter = SampleGrid(a.out, every=a.every),Throughput()
    distance = Track(every=a.every, frechet=lambda l: judged(l, judge, held_out) if len(l.buffer)>=500 else None)
    class Clock:
        "Stop when the minutes are over"
        def after_step(self, l):
            if time.perf_counter()-start > 60*a.minutes: l.stop('the minutes are over')
    learner.callbacks += [grid, meter, distance, Checkpoint(path, every=a.every), Clock()]
    if path.exists(): learner.load(path)
    learner.fit(max(0, a.steps-learner.step))
    from matplotlib.figure import Figure
    fig = Figure(figsize=(8,3), layout='constrained')
    left,right_ = fig.subplots(1, 2)
    left.plot(learner.history['step'], learner.history['gap'], lw=.5)
    left.set(xlabel='step', ylabel='energy gap')
    right_.plot(distance.steps, [float('nan') if v is None else v for v in distance['frechet']])
    right_.set(xlabel='step', ylabel='Fréchet distance\n(CIFAR-10 classifier features)')
    write_whole(a.out/'curves.png', lambda f: fig.savefig(f, format='png'))
    log = next(c for c in learner.callbacks if isinstance(c, HealthMonitor)).log
    distances = dict(zip(distance.steps, distance['frechet']))
    return dict(steps=learner.step, stopped=learner.stop_reason, classifier_accuracy=right, distance=distances,
        health=[{k: v for k,v in e._asdict().items() if k!='rows'} for e in log], throughput=meter.facts)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('what', choices=('step', 'train'))
    ap.add_argument('--device', default='auto')
    for k in ('width', 'batch', 'mcmc'): ap.add_argument(f'--{k}', type=int, help='instead of the preset')
    ap.add_argument('--compile', default='reduce-overhead', help='a mode of torch.compile, or none')
    ap.add_argument('--repeats', type=int, default=20, help='steps timed, of each variant')
    ap.add_argument('--steps', type=int, default=15_000)
    ap.add_argument('--precision', default='bf16')
    ap.add_argument('--minutes', type=float, default=1e9)
    ap.add_argument('--every', type=int, default=500, help='steps between checkpoints, pictures and distances')
    ap.add_argument('--judge-steps', type=int, default=3000, help='of the classifier')
    ap.add_argument('--out', type=Path, default=Path('cifar10'))
    a = ap.parse_args()
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'cpu'
    found = dict(step=step, train=train)[a.what](a)
    facts = dict(device=device, torch=torch.__version__, threads=torch.get_num_threads(), command=sys.argv[1:])
    print(json.dumps(facts | dict(found=found), indent=1))

if __name__=='__main__': main()
