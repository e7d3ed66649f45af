"""Contenders in processes of their own, asked in turn, so that what the machine does besides meets all of them alike.

A contender is a script that calls `serve`; it answers one line of JSON for each that it gets. What it cannot import it
says, and the others go on. Times are of the processor where one thread works (`cpu`), and of the clock (`wall`).
"""
import json, os, platform, statistics, subprocess, sys, time
from pathlib import Path

here = Path(__file__).resolve().parent
root = here.parent
sys.path.insert(0, str(root))     # this library, not one that is installed

# -- the side of a contender --

def alone(threads:int): # call it before torch or jax are imported
    "Keep this process to `threads` threads, to one core where it is one"
    for k in ('OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS'): os.environ[k] = str(threads)
    os.environ['JAX_PLATFORMS'] = 'cpu'
    if threads>1: return
    os.environ['XLA_FLAGS'] = '--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1'
    if hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

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

def serve(make):
    "Set up by `make(task)`, which gives named functions, and answer what is asked until nobody asks"
    task = json.loads(sys.argv[1])
    alone(task.get('threads', 1))
    out,sys.stdout = sys.stdout,sys.stderr     # libraries print
    def say(d): print(json.dumps(d), file=out, flush=True)
    try: known = make(task)
    except ImportError as e: return say(dict(missing=f'{type(e).__name__}: {e}'))
    say(dict(ready=True, version=known.pop('version', None)))
    for line in sys.stdin:
        q = json.loads(line)
        what = q.pop('do')
        say(dict(found=peak() if what=='peak' else known[what](**q)))

# -- the side that asks --

class Worker:
    "One contender"
    def __init__(self, script:str, task:dict):
        run = [sys.executable, str(here/script), json.dumps(task)]
        self.process = subprocess.Popen(run, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=None if os.environ.get('CREW_SAYS') else subprocess.DEVNULL)
        self.missing = self.version = None

    def begin(self):
        "Wait until it is set up"
        first = self._read()
        self.missing,self.version = first.get('missing'),first.get('version')
        return self

    def _read(self) -> dict:
        line = self.process.stdout.readline()
        return json.loads(line) if line else dict(missing='it ended: CREW_SAYS=1 shows what it said')

    def ask(self, do:str, **kw):
        "The answer to one question"
        self.process.stdin.write(json.dumps(dict(do=do, **kw))+'\n')
        self.process.stdin.flush()
        return self._read()['found']

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)

def crew(script:str, names, **task) -> tuple[dict,dict]: # those that came, and why others did not
    "A worker for each name"
    workers = {n: Worker(script, dict(name=n, **task)) for n in names}
    for w in workers.values(): w.begin()
    missing = {n: w.missing for n,w in workers.items() if w.missing}
    return {n: w for n,w in workers.items() if not w.missing},missing

def in_turn(workers:dict, rounds:int, do:str='run', **kw) -> dict: # name -> list of answers
    "Each is asked `rounds` times, in an order that rotates"
    found,names = {n: [] for n in workers},list(workers)
    for i in range(rounds):
        for n in names[i%len(names):]+names[:i%len(names)]: found[n].append(workers[n].ask(do, **kw))
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
