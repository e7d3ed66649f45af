"""Contenders in processes of their own, asked in turn, so that what the machine does besides meets all of them alike.

A contender is a function `make(task)` that gives named functions; the process that runs it is a fork of this one, in
which torch is imported and has not computed. What it cannot import it says, and the others go on. Times are of the
processor where one thread works (`cpu`), and of the clock (`wall`).
"""
import multiprocessing, os, platform, statistics, sys, time, traceback
from pathlib import Path

here = Path(__file__).resolve().parent
root = here.parent
sys.path.insert(0, str(root))     # this library, not one that is installed

# -- the side of a contender --

def alone(threads:int, pinned=True):
    "Keep this process to `threads` threads, to one core where it is one and `pinned`"
    import torch
    torch.set_num_threads(threads)
    os.environ['JAX_PLATFORMS'] = 'cpu'
    if threads>1: return
    os.environ['XLA_FLAGS'] = '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1'
    if pinned and hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

def peak() -> float: # MiB
    "Most memory that this process ever held"
    try: return next(int(l.split()[1]) for l in open('/proc/self/status') if l.startswith('VmHWM'))/1024
    except FileNotFoundError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024

def timed(f) -> dict: # cpu, wall [s]
    "What one call takes"
    cpu,wall = time.process_time(),time.perf_counter()
    f()
    return dict(cpu=time.process_time()-cpu, wall=time.perf_counter()-wall)

def serve(make, task:dict, pipe):
    "Set up by `make(task)`, which gives named functions, and answer what is asked until nobody asks"
    try:
        alone(task.get('threads', 1), task.get('pinned', True))
        known = make(task)
        pipe.send(dict(ready=True, version=known.pop('version', None)))
        while (q := pipe.recv()) is not None:
            what = q.pop('do')
            pipe.send(dict(found=peak() if what=='peak' else known[what](**q)))
    except ImportError as e: pipe.send(dict(missing=f'{type(e).__name__}: {e}'))
    except Exception: pipe.send(dict(missing=traceback.format_exc()))

# -- the side that asks --

class Worker:
    "One contender"
    def __init__(self, make, task:dict):
        fork = multiprocessing.get_context('fork')
        self.pipe,theirs = fork.Pipe()
        self.process = fork.Process(target=serve, args=(make, task, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.missing = self.version = None

    def begin(self):
        "Wait until it is set up"
        first = self.pipe.recv()
        self.missing,self.version = first.get('missing'),first.get('version')
        return self

    def ask(self, do:str, **kw):
        "The answer to one question"
        self.pipe.send(dict(do=do, **kw))
        got = self.pipe.recv()
        if 'found' not in got: raise RuntimeError(got['missing'])
        return got['found']

    def close(self):
        self.pipe.send(None)
        self.process.join(60)

def crew(make, names, **task) -> tuple[dict,dict]: # those that came, and why others did not
    "A worker for each name"
    import torch
    torch.set_num_threads(1)     # a pool of threads does not survive a fork
    workers = {n: Worker(make, dict(name=n, **task)).begin() for n in names}     # in turn: some measure first
    missing = {n: w.missing for n,w in workers.items() if w.missing}
    return {n: w for n,w in workers.items() if not w.missing},missing

def in_turn(workers:dict, rounds:int, do:str='run', **kw) -> dict: # name -> list of answers
    "Each is asked `rounds` times, in an order that rotates; who takes ten times the quickest, twice"
    found,names = {n: [] for n in workers},list(workers)
    for i in range(rounds):
        for n in names[i%len(names):]+names[:i%len(names)]: found[n].append(workers[n].ask(do, **kw))
        if i==1:
            took = {n: v[-1]['wall'] for n,v in found.items()}
            names = [n for n in names if took[n]<10*min(took.values())]
    return found

def beside(found:dict, reference:str, clock:str) -> dict: # name -> median, ratio, all
    "Medians, and the median over the rounds of the ratio to the reference in the same round"
    base = [o[clock] for o in found[reference]]
    def row(all_):
        ratios = [a/b for a,b in zip(all_, base)]
        return dict(seconds=statistics.median(all_), ratio=statistics.median(ratios),
            low=min(ratios), high=max(ratios), all=all_)
    return {n: row([o[clock] for o in v]) for n,v in found.items()}

def machine() -> dict:
    "What was measured on, and what else it did"
    name = platform.processor() or platform.machine()
    try: name = next(l.split(':')[1].strip() for l in open('/proc/cpuinfo') if l.startswith('model name'))
    except (FileNotFoundError, StopIteration): pass
    import torch
    load = round(os.getloadavg()[0], 1) if hasattr(os, 'getloadavg') else None
    return dict(processor=name, cores=os.cpu_count(), capability=torch.backends.cpu.get_cpu_capability(), load=load,
        python=platform.python_version(), torch=torch.__version__)

def table(head:list, rows:list) -> str: # Markdown
    lines = [head, ['---']*len(head), *rows]
    return '\n'.join('| '+' | '.join(map(str, r))+' |' for r in lines)
