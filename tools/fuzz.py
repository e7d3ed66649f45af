"""A random caller: how every public function, class and method of the library answers odd arguments.

    python tools/fuzz.py --calls 2000 --seed 0     counts what is not answered well; exit status 1 unless that is 0
    python tools/fuzz.py --seed 0 --only 1234      one of those calls again, with its traceback
    python tools/fuzz.py --right                   all of them with right arguments: each must return
    python tools/fuzz.py --rooms models buffer     of these rooms only

A call ends well when it returns, with finite numbers where only ordinary ones went in, or when it raises `ValueError`,
`TypeError`, `NonFiniteError`, `MemoryError` or `OSError` with a message that names one of its arguments, or quotes the
path that came. So do an `IndexError` of `x[i]`, a `KeyError` that names the key, and whatever a function raises that
came as an argument. All else is a finding: another error, a message that names none, more than five seconds, a process
that dies. Calls run in a process of their own, which may use so much memory and no more, in an empty folder; what one
does depends on its number and the seed alone.
"""
import argparse, contextlib, dataclasses, importlib, inspect, io, json, linecache, os, re, resource, select, signal
import subprocess, sys, tempfile, traceback, warnings
from collections import Counter
from pathlib import Path
from typing import NamedTuple

os.environ |= dict(HF_HUB_OFFLINE='1', HF_DATASETS_OFFLINE='1', MPLBACKEND='agg', OMP_NUM_THREADS='1')
os.environ.pop('CDEBM_DATA', None)
sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

ROOMS = ('basics checks grid energies densities data images shapes modules models samplers buffer augment losses scale '
    'checkpoints training callbacks health logs gradients diagnostics judge laboratory likelihood tempering '
    'attributes lives weighted controls generation ood composition estimator zoo mixing fields parts recipes pictures '
    'grades course').split()
SECONDS = 5. # that a call may take
MEMORY = 8*2**30 # bytes of addresses that the process of the calls may use
LEFT_OUT = ( # what is not called, and why
    'scale.launch', # starts processes
    'logs.wait_for_a_name', # waits for the clock
    'basics.needs', # passes on what the code inside raises
    'fields.Part', # a base of dataclasses, without fields of its own
    'health.Log', # a `list`, which reads its own arguments
    'models.MultiScale', # takes networks by their place alone
    'logs.SampleSheet.figure', # wants a training first
    'grades.stored_row', # nothing is at the end of no way
    # tools for those who write checks, which pass on what an answer raises, or assert:
    'grades.exercise', 'grades.wrong_number', 'grades.wrong_function', 'grades.answered',
    # inner parts, whose input the network has checked before it gets there:
    'models.DerivedConv.forward', 'models.Halve.forward', 'models.Downsample.forward', 'models.SelfAttention.forward',
    'models.ClassGain.forward', 'models.PreActBlock.forward', 'models.ResidualBlock.forward', 'models.ScaleNet.forward')

OUR_OWN = {'learner', 'name', 'known', 'choices', 'kinds', 'want', 'what', 'mend', 'low', 'high', 'open_low',
    'integer', 'dim', 'f', 'need', 'has', 'row', 'key', 't'}
# of the checks in these rooms: what the library says itself is right in every call; so is a learner everywhere
CHECKS = ('basics.', 'checks.', 'energies.as_energy', 'data.check_', 'data.as_examples', 'fields.checked',
    'fields.parsed', 'fields.jsonable', 'modules.copied', 'gradients.GradientRecord.coefficients',
    'attributes.whole_numbers', 'attributes.one_or_each')

# ---------------------------------------------------------------- what is called

class Target(NamedTuple):
    "A function, a class or a method"
    name:str # 'samplers.Langevin.step'
    f:object # the function or class
    owner:type|None # of a method
    params:dict # name -> inspect.Parameter

def parameters(f) -> dict: # {} where there are none
    return {k: p for k,p in inspect.signature(f).parameters.items() if k not in ('self','cls')}

def methods(cls):
    "Names and functions of the methods that people call; a learner calls those that take a `learner`"
    for k,v in vars(cls).items():
        f = v.__func__ if isinstance(v, classmethod|staticmethod) else v
        public = not k.startswith('_') or k in ('__call__','__getitem__')
        if inspect.isfunction(f) and public and 'learner' not in parameters(f):
            yield k,f

def targets(rooms) -> list[Target]:
    "All that is public in these rooms"
    found = []
    for room in rooms:
        module = importlib.import_module(f'cdebm.{room}')
        for k in module.__all__:
            o,name = getattr(module, k),f'{room}.{k}'
            if not callable(o) or isinstance(o, type) and issubclass(o, BaseException): continue
            if not isinstance(o, type) and not inspect.isfunction(o): continue
            found.append(Target(name, o, None, parameters(o)))
            if isinstance(o, type): found += [Target(f'{name}.{m}', f, o, parameters(f)) for m,f in methods(o)]
    return [t for t in found if t.name not in LEFT_OUT]

# ---------------------------------------------------------------- with what

def kind(p) -> str:
    "What a parameter asks for, told by its annotation: a key of `PLAIN` or `ODD`"
    said = re.split(r'\W+', str(p.annotation))
    return next((k for k in ('Tensor','Callable','Path','int','float','bool','str') if k in said), 'thing')

def right(values, target, name, p):
    "A right value for one parameter; `inspect.Parameter.empty` leaves it out"
    *_,last = parts = target.name.split('.')[1:]
    for k in (f'{".".join(parts)}.{name}', f'{parts[0]}.{name}', f'{last}.{name}', name):
        if k in values.RIGHT and (p.default is p.empty or '.' in k): return values.RIGHT[k]()
    if p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD): return p.empty
    return values.PLAIN[kind(p)]()

def odd(values, p):
    "An odd value for one parameter, most often of a kind that comes near"
    near = values.ODD[kind(p)] if values.rng.random()<.75 else values.ANY
    return values.rng.choice(near)()

def instance(values, target):
    "What a method is called on"
    if target.owner.__name__ in values.INSTANCES: return values.INSTANCES[target.owner.__name__]()
    made = Target(target.name.rpartition('.')[0], target.owner, None, parameters(target.owner))
    return target.owner(**arguments(values, made, set()))

def arguments(values, target, odd_ones) -> dict:
    "Arguments by name; those in `odd_ones` are odd"
    out,fitting = {},values.TOGETHER.get(target.name.partition('.')[2], dict)()
    for k,p in target.params.items():
        v = odd(values, p) if k in odd_ones else fitting[k] if k in fitting else right(values, target, k, p)
        if v is p.empty: continue
        if p.kind==p.VAR_KEYWORD: out |= v if isinstance(v, dict) and all(isinstance(o, str) for o in v) else {}
        elif p.kind!=p.VAR_POSITIONAL: out[k] = v
    return out

def bound(values, target):
    "The callable"
    if target.owner is None: return target.f
    raw = inspect.getattr_static(target.owner, target.f.__name__)
    if isinstance(raw, classmethod|staticmethod): return getattr(target.owner, target.f.__name__)
    return getattr(instance(values, target), target.f.__name__)

# ---------------------------------------------------------------- how it ends

class TooLong(BaseException): pass

ANSWERS = (ValueError, TypeError, FloatingPointError, MemoryError, OSError)

def leaves(v, depth=4):
    "Tensors and floats in a result"
    import torch
    if isinstance(v, torch.Tensor|float): yield v
    elif dataclasses.is_dataclass(v): return
    elif isinstance(v, dict|list|tuple) and depth:
        for o in v.values() if isinstance(v, dict) else v: yield from leaves(o, depth-1)

def within(v, low=0., high=float('inf')) -> bool:
    "Is every number in `v` finite, and 0 or of a size between `low` and `high`?"
    import torch
    t = torch.as_tensor(v)
    if t.is_meta or t.is_quantized or t.is_nested or not t.is_floating_point(): return not t.is_complex()
    size = t.detach().to_dense().abs()
    return bool((size.isfinite() & ((size==0) | (size>=low) & (size<=high))).all())

def consumed(result):
    "A generator's first entries, what a context manager gives, else the result"
    if inspect.isgenerator(result): return [v for _,v in zip(range(3), result)]
    if isinstance(result, contextlib._GeneratorContextManager):
        with result as v: return v
    return result

# what a parameter is called in messages: a saved state, what an energy returned, the densities of two energies, and a
# name of a recipe's value that the recipe has not
ALIASES = dict(d='state', e='energy', p='energy', q='energy', changes='key',
    y_pos='y', y_neg='y')
MAY_BE_INFINITE = ( # by their documentation
    'autocorrelation','Checkpoint.state_dict','ess','rhat','cell_distances','ratio','cosine','Grid.energies',
    'kl_divergence','over_median', 'energies', 'Box.forward')

def called_from(e, values) -> bool:
    "Did the error `e` arise inside a function that came as an argument? Then it is that function's own"
    functions = [v for v in values if callable(v)]
    for frame,line in traceback.walk_tb(e.__traceback__) if functions else ():
        text = linecache.getline(frame.f_code.co_filename, line)
        for first,*rest in (name.split('.') for name in re.findall(r'([a-zA-Z_][\w.]*)\(', text)):
            v = frame.f_locals.get(first)
            for k in rest: v = getattr(v, k, None)
            if any(v is f for f in functions): return True
    return False

def names_one(e, target, kw) -> bool:
    "Does the message name an argument, or quote the path or the key that came?"
    text = str(e)
    names = {*target.params, *kw, *(ALIASES[k] for k in target.params if k in ALIASES)}
    if target.name.startswith('recipes.') and {'d', 'text'} & target.params.keys(): names |= {'key', 'recipe'}
    if target.name.startswith(CHECKS): names |= {v for k in ('name','key') if isinstance(v := kw.get(k), str)}
    if any(re.search(rf'(?<![a-zA-Z]){re.escape(n)}(?![a-zA-Z])', text) for n in names): return True
    least = 1 if isinstance(e, OSError) else 4 # letters, of a path that no other word is likely to hold
    paths = [str(v) for v in kw.values() if isinstance(v, str|Path)]
    return any(len(v)>=least and v in text or v and text.startswith(v) for v in paths)

def answers_index(e, index) -> bool:
    "Is `e` what Python asks of `x[index]`: an `IndexError`, or a `KeyError` that names the key?"
    return isinstance(e, IndexError) or isinstance(e, KeyError) and repr(index) in str(*e.args)

def verdict(target, kw, odd_ones, call) -> str: # '' if all is well
    "Call, and say what was wrong"
    try: result = call()
    except TooLong: return f'took more than {SECONDS:g} s'
    except Exception as e:
        why = f'{type(e).__name__}: {str(e)[:300]}'
        if called_from(e, [kw[k] for k in odd_ones if k in kw]): return ''
        if target.name.endswith('.__getitem__') and answers_index(e, *kw.values()): return ''
        if not isinstance(e, ANSWERS): return why
        if not odd_ones: return f'right arguments are refused: {why}'
        return '' if names_one(e, target, kw) else f'names no argument: {why}'
    if any(target.name.endswith(k) for k in MAY_BE_INFINITE): return ''
    if any(callable(v) for k,v in kw.items() if k in odd_ones): return ''
    tame = all(within(v, 1e-6, 1e6) for v in leaves(list(kw.values())))
    return 'not finite' if tame and not all(map(within, leaves(result))) else ''

def shown(v) -> str:
    "A value in a few words"
    plain = type(v).__name__ in ('Tensor','Parameter')
    text = f'Tensor({str(v.dtype)[6:]}, {list(v.shape) if not v.is_nested else "nested"})' if plain else repr(v)
    text = text if len(text)<60 else text[:50] + '…'
    return text.encode(errors='backslashreplace').decode()

def one_call(values, found, options, i, folder, trace=False):
    "Make call `i`; its description and its verdict"
    values.start(f'{options.seed} {i}', folder)
    target = found[i] if options.right else values.rng.choice(found)
    n = 0 if options.right else min(len(target.params), values.rng.choice((0, 1, 1, 1, 1, 1, 2, 2, 99)))
    ours = OUR_OWN if target.name.startswith(CHECKS) else {'learner'}
    odd_ones = {k for k in values.rng.sample(sorted(target.params), n) if k not in ours}
    kw = arguments(values, target, odd_ones)
    f = bound(values, target)
    words = f"{target.name}({', '.join(f'{k}={shown(v)}' for k,v in kw.items() if k in odd_ones)})"
    wrong = verdict(target, kw, odd_ones, lambda: timed(f, kw, trace))
    return words,wrong

def timed(f, kw, trace):
    "`f(**kw)`, quietly, or `TooLong`"
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    quiet = contextlib.nullcontext() if trace else contextlib.redirect_stderr(io.StringIO())
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), quiet:
            warnings.simplefilter('ignore')
            return consumed(f(**kw))
    except Exception:
        if trace: traceback.print_exc()
        raise
    finally: signal.setitimer(signal.ITIMER_REAL, 0)

# ---------------------------------------------------------------- the process that calls, and the one that watches

def limited():
    "Prepare this process: its memory, its alarm"
    import torch
    torch.set_num_threads(1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    def ring(*_): raise TooLong
    signal.signal(signal.SIGALRM, ring)

def calls(options, first, last, tell, trace=False):
    "Make calls; `tell` hears of each before and after"
    import fuzz_values as values, matplotlib.pyplot as plt
    limited()
    found = targets(options.rooms)
    with tempfile.TemporaryDirectory() as outer:
        folder = os.path.join(outer, 'a', 'b')     # so that '../..' is not the root of all
        os.makedirs(folder)
        os.chdir(folder)
        for i in range(first, last):
            tell(i)
            try: words,wrong = one_call(values, found, options, i, folder, trace)
            except Exception: words,wrong = 'the caller itself',traceback.format_exc(limit=-4)
            plt.close('all')
            tell(i, words, wrong)
        os.chdir('/')

def watched(options, last):
    "Number, call and verdict of each call; where the process dies or hangs, another goes on after it"
    first,told = 0,[sys.executable, __file__, *sys.argv[1:]]
    while first<last:
        child = subprocess.Popen([*told, '--child', str(first), str(last)], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        patience = 120 # seconds for the imports
        while select.select([child.stdout], [], [], patience)[0] and (line := child.stdout.readline()):
            first,*rest = json.loads(line)
            patience = 4*SECONDS
            if not rest: continue
            yield first,*rest
            first += 1
        child.kill()
        child.wait()
        if first<last:
            yield first,'see --only','the process died or hung'
            first += 1

def report(options) -> int: # findings
    "Make all calls; print what was wrong"
    n = options.calls
    if options.right: n = len(targets(options.rooms))
    wrong = Counter()
    for i,words,why in watched(options, n):
        if not why: continue
        print(f'{i}: {words}\n    {why}'.encode(errors='backslashreplace').decode(), flush=True)
        wrong[words.partition('(')[0]] += 1
    for name,k in wrong.most_common(): print(f'{k:5} {name}')
    print(f'{sum(wrong.values())} findings in {n} calls, seed {options.seed}')
    return sum(wrong.values())

def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('--calls', type=int, default=2000)
    p.add_argument('--seed', type=int, default=0)
    p.add_argument('--only', type=int, help='one call, with its traceback')
    p.add_argument('--right', action='store_true', help='right arguments only')
    p.add_argument('--rooms', nargs='+', default=ROOMS, metavar='ROOM')
    p.add_argument('--child', nargs=2, type=int, help=argparse.SUPPRESS)
    options = p.parse_args()
    if options.only is not None: calls(options, options.only, options.only+1, lambda *a: print(*a, sep='\n'),
        trace=True)
    elif options.child:
        out = os.fdopen(os.dup(1), 'w')
        calls(options, *options.child, lambda *a: print(json.dumps(a), file=out, flush=True))
    else: sys.exit(report(options)>0)

if __name__=='__main__': main()
