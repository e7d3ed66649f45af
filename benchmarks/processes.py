"What other processes have used of the processor, for benchmarks of a browser (Linux)"
import os
from pathlib import Path

def below(pid) -> list[int]: # `pid` itself, too
    "The processes that a process started, and those that they did"
    found = [pid]
    for f in Path(f'/proc/{pid}/task').glob('*/children'):
        try: children = f.read_text().split()
        except OSError: continue     # it has ended
        for child in children: found += below(int(child))
    return found

def cpu_seconds(
    kind='' # what is in the threads' names, as 'DedicatedWorker'
) -> float: # NaN where there is no /proc
    "That all threads of the processes below this one have used so far"
    if not Path('/proc/self/stat').exists(): return float('nan')
    used = 0
    for p in set(below(os.getpid())) - {os.getpid()}:
        for f in Path(f'/proc/{p}/task').glob('*/stat'):
            try: name,_,rest = f.read_text().rpartition(')')
            except OSError: continue
            if kind in name: used += sum(map(int, rest.split()[11:13]))
    return used/os.sysconf('SC_CLK_TCK')
