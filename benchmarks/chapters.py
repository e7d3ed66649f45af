"""How long each chapter of the course takes to execute: figures/chapters.json and .md

    python benchmarks/chapters.py                every chapter and the capstone
    python benchmarks/chapters.py 01_energy      some of them; the others stay as they stand in the file

Each runs by itself, as `cdebm run` runs it, with the threads that there are; the clock counts, a new kernel's imports
among it.
"""
import argparse, json, os, sys, tempfile, time
from pathlib import Path
sys.path.insert(0, str(Path(__file__).resolve().parent))
from crew import machine, root, table

def main():
    from cdebm.basics import write_whole
    from cdebm.runs import run
    course = root/'nbs'/'course'
    chapters = [*sorted(p.stem for p in course.glob('[0-9]*.ipynb')), 'capstone']
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('names', nargs='*', choices=[*chapters, []], metavar='NAME', help='of a chapter')
    wanted,path = ap.parse_args().names or chapters,root/'figures'/'chapters.json'
    seconds = json.loads(path.read_text())['seconds'] if path.exists() else {}
    about = machine() | dict(threads=os.environ.get('OMP_NUM_THREADS', 'all'))
    with tempfile.TemporaryDirectory() as d:
        for name in wanted:
            start = time.perf_counter()
            r = run(course/f'{name}.ipynb', runs=d, quiet=True)
            if not r.ok: raise SystemExit(f'{name}: {r.error}')
            seconds[name] = round(time.perf_counter()-start, 1)
            print(f'{name}: {seconds[name]:.0f} s', flush=True)
    seconds = {k: seconds[k] for k in chapters if k in seconds}
    write_whole(path, json.dumps(dict(machine=about, seconds=seconds), indent=1))
    said = (f"Seconds to execute, a new kernel each; {about['processor']}, {about['cores']} cores, load "
        f"{about['load']}, {about['threads']} threads. `python benchmarks/chapters.py`")
    rows = [*seconds.items(), ('all', f'{sum(seconds.values()):.0f}')]
    write_whole(path.with_suffix('.md'), '\n\n'.join(['# Chapters', said, table(['chapter', 'seconds'], rows)])+'\n')

if __name__=='__main__': main()
