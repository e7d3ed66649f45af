"""What the gradient recorder adds to training time, at its default interval.

    OMP_NUM_THREADS=1 python benchmarks/gradients.py

Each preset is trained with and without `GradientNorms()`, in turns of 20 steps that change places, 12 of each. Two
figures: time spent in the callback, and the difference of the turns' medians, which has the noise of the machine in
it. `left out` is plain contrastive divergence with the measurement pass of the terms that it leaves out; `landscapes`
adds the pictures of `Landscapes()`, each 40 steps.
"""
import argparse, json, os, statistics, time
os.environ.setdefault('OMP_NUM_THREADS', '1')

PLAIN = {'loss.opt': 0., 'loss.entropy': 0.}
CASES = {
    'ring': ('ring', {}, {}),
    'ring-coarse': ('ring-coarse', {}, {}),
    'ring, left out': ('ring', PLAIN, dict(left_out=True)),
    'ring-coarse, left out': ('ring-coarse', PLAIN, dict(left_out=True)),
    'ring-coarse, landscapes': ('ring-coarse', {}, dict(landscapes=True)),
    'digits': ('digits', {}, {}),
}

class Timed:
    "A callback, and the seconds it took"
    def __init__(self, callback): self.callback,self.seconds = callback,[]
    def after_loss(self, learner):
        start = time.perf_counter()
        self.callback.after_loss(learner)
        self.seconds.append(time.perf_counter()-start)

def turns(name, changes, left_out=False, landscapes=False, n=12, steps=20) -> dict:
    "Milliseconds of a step without the recorder, and what it adds"
    from cdebm.gradients import GradientNorms
    from cdebm.recipes import preset
    learner,seconds = preset(name, changes).learner(),{True: [], False: []}
    extra = [Timed(GradientNorms(left_out=left_out))]
    if landscapes:
        from cdebm.explorer.recordings import Landscapes
        extra.append(Timed(Landscapes()))
        steps *= 2
    own = list(learner.callbacks)
    learner.fit(2*steps)
    for i in range(2*n):
        recorded = i%4 in (0,3)
        learner.callbacks = own+extra if recorded else own
        start = time.perf_counter()
        for _ in learner.steps(steps): pass
        seconds[recorded].append((time.perf_counter()-start)/steps)
    with_it,without = (statistics.median(seconds[k]) for k in (True, False))
    inside = sum(sum(t.seconds)/len(t.seconds) for t in extra)
    return dict(ms_a_step=1e3*without, inside=inside/without, difference=with_it/without-1)

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('names', nargs='*', help=f"among {', '.join(CASES)}; all if none is given")
    names = ap.parse_args().names or list(CASES)
    found = {}
    for k in names:
        name,changes,kw = CASES[k]
        found[k] = turns(name, changes, **kw)
        inside,difference = found[k]['inside'],found[k]['difference']
        took = f"{found[k]['ms_a_step']:.1f} ms a step"
        print(f'{k}: {took}, the recorder takes {inside:.1%} (turns: {difference:+.1%})', flush=True)
    print(json.dumps(found))

if __name__=='__main__': main()
