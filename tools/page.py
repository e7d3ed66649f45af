"""What the page of the term explorer trains, step by step of its story, over several seeds, by its own scripts in Node.

    python tools/page.py                 figures/page.json: KL(data‖model) of both sides, and cdebm/shipped/page.npz,
                                         what the first step looks like, for the picture of a page that has not trained
    python tools/page.py --only 'the gate'                  these steps anew, the others as they are
    python tools/page.py --seeds 1 --out /tmp/page.json     less of it, elsewhere, and no picture

All presets, both sides, with the data that the page begins with. The same scripts run in Node and in the page, with the
same random numbers: a page that pauses at one of these updates has these numbers.
"""
import argparse, json, os, shutil, subprocess, sys, tempfile
os.environ.setdefault('OMP_NUM_THREADS', '1')
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root))
AT = [0, 50, 100, 150, 200, 250, 300, 400, 600, 800, 1000] # updates at which the KL is noted
SHOWN = 300 # the update that the picture shows

code = """import {load} from %s;
import {readFileSync} from 'node:fs';
const {handed, pixels, box, jobs, at, shown} = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const js = await load(['hero_run', 'train_worker'], ['makeTrainer', 'makeSource', 'makeDraws', 'trainUpdate',
  'trainMap', 'heroOptions', 'farOnCells', 'paintDensity', 'fromLanes'], handed);
const {cells} = handed.CONSTANTS.HERO, pix = Uint8Array.from(pixels);
const p = js.paintDensity(pix, box.n, {...box, nodes: cells, inset: .5});
for (const {name, side, seed, traits} of jobs) {
  const ui = {get: k => ({...traits, seed, low: box.low, high: box.high})[k]};
  const s = js.makeTrainer(js.heroOptions(ui, side), js.makeSource(pix, box)), kl = [], curve = [];
  let picture = null;
  const far = () => js.farOnCells(p, js.trainMap(s, cells)).kl;
  for (;;) {
    if (at.includes(s.t)) kl.push(far());
    if (s.t %% 5 === 0 && s.t <= shown) curve.push([s.t, far()]);
    if (s.t === shown) picture = {map: Array.from(js.trainMap(s, cells)), x: Array.from(js.fromLanes(s.store))};
    if (s.t >= at.at(-1) || !s.whole) break;
    js.trainUpdate(s, js.makeDraws(s));
  }
  const row = JSON.stringify({name, side, seed, kl, whole: s.whole, picture: {...picture, curve}});
  await new Promise(f => process.stdout.write(`${row}\\n`, f));
}"""

def given(seeds:int, only=()) -> dict:
    "All that the scripts need for the steps of these names, or for all"
    from cdebm.explorer import TermExplorer
    from cdebm.explorer.base import handed_to
    from cdebm.explorer.painted import BOX_SDS
    w = TermExplorer()
    jobs = [dict(name=k, side=side, seed=s, traits=v) for k,(_,v) in w.presets.items() if not only or k in only
        for side in ('without','with') for s in range(seeds)]
    box = dict(n=w.n_paint, low=w.low, high=w.high, floor=w.floor, sds=BOX_SDS)
    pixels = w.pixels.flatten().tolist()
    return dict(handed=handed_to(TermExplorer), pixels=pixels, box=box, jobs=jobs, at=AT, shown=SHOWN)

def ran(what:dict):
    "Rows, as Node gives them"
    with tempfile.TemporaryDirectory() as d:
        d = Path(d)
        (d/'in.json').write_text(json.dumps(what))
        (d/'run.mjs').write_text(code % json.dumps((root/'tests'/'js'/'load.mjs').as_uri()))
        node = subprocess.Popen([shutil.which('node'), d/'run.mjs', d/'in.json'], stdout=subprocess.PIPE, text=True)
        for line in node.stdout: yield json.loads(line)
        if node.wait(): raise SystemExit(node.returncode)

def picture(seen:dict, path:Path):
    "What both sides of the first step look like, as `TermExplorer` keeps it"
    import numpy as np, torch
    from cdebm.explorer.hero import snapshot
    both = seen['without'],seen['with']
    sides = [(torch.tensor(v['map']), torch.tensor(v['x']).view(-1, 2)) for v in both]
    curve = [[t, a, b] for (t,a),(_,b) in zip(*(v['curve'] for v in both))]
    np.savez_compressed(path, **{k: np.frombuffer(v, np.uint8) for k,v in snapshot(sides, curve).items()})

def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--seeds', type=int, default=5)
    ap.add_argument('--out', type=Path, help='where to write; the default replaces what is committed')
    ap.add_argument('--only', nargs='+', default=[], help='names of steps')
    a = ap.parse_args()
    path,what,results,pictures = a.out or root/'figures'/'page.json',given(a.seeds, a.only),{},{}
    presets = {j['name']: j['traits'] for j in what['jobs']}
    for row in ran(what):
        seen = row.pop('picture')
        if row['seed']==0: pictures.setdefault(row['name'], {})[row['side']] = seen
        shown = ' '.join(f'{v:.3g}' for v in row['kl'])
        print(f"{row['name']}, {row['side']}, seed {row['seed']}: {shown}", flush=True)
        results.setdefault(f"{row.pop('name')}: {row.pop('side')}", []).append(row)
    if a.only:
        before = json.loads(path.read_text())
        presets,results = before['settings']['presets'] | presets,before['results'] | results
    settings = dict(presets=presets, picture='eight spots', at=AT,
        training=what['handed']['CONSTANTS']['PAGE'])
    found = dict(command='python tools/page.py', seeds=a.seeds, settings=settings, results=results)
    path.write_text(json.dumps(found, indent=1) + '\n')
    first = pictures.get('a step too long')
    if first and a.out is None: picture(first, root/'cdebm'/'shipped'/'page.npz')

if __name__=='__main__': main()
