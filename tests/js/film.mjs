// Networks, chains of pictures and their workers against PyTorch, whose numbers tests/test_film.py writes
import vm from 'node:vm';
import {load, fixture, check, near, nearAll, mean, variance} from './load.mjs';

const m = await load(['film_state', 'film_engine'], ['convHalf', 'convHalves', 'convFolded', 'convNet', 'convSlices',
  'filmWorld', 'filmBegin', 'filmStep', 'filmAnswer', 'filmAffine', 'filmNoise', 'workerText', 'FILM_PARTS', 'FILM_EAR',
  'filmShares', 'filmJoin', 'filmKept', 'filmNearest', 'filmCrew', 'filmTake', 'filmForget']);
const {nets, steps, affine} = fixture(), all = job => { let r; do r = job.next(); while (!r.done); return r.value; };
const netOf = c => ({...c, weights: m.convHalves(Uint8Array.from(Buffer.from(c.weights, 'base64')).buffer)});
const still = {step: 1, noise: 0, noiseFirst: false, every: 0};

{ // half precision: one, its neighbours, the smallest, zero
  nearAll('halves', [0x3c00, 0x3c01, 0xc000, 0x0001, 0x8000, 0x7bff].map(m.convHalf),
    [1, 1 + 2 ** -10, -2, 2 ** -24, 0, 65504], 0);
}
for (const c of nets) { // energies and slopes, float32's rounding in PyTorch's
  const n = c.e.length, x = Float32Array.from(c.x), size = Math.max(...c.g.map(Math.abs));
  for (const B of [2, 4]) {
    const e = new Float64Array(n), g = new Float64Array(x.length);
    const {weights} = netOf(c), own = c.row ? m.convFolded(c, weights, c.row) : weights;
    all(m.convSlices(m.convNet(c, own, B), x, n, e, g));
    nearAll(`${c.name}, ${B} at a time: energies`, e, c.e, c.tol);
    nearAll(`${c.name}, ${B} at a time: slopes`, g, c.g, c.part * size);
  }
}
for (const c of steps) { // Langevin steps without noise, from pictures of bytes
  const w = m.filmWorld(netOf(c.net)), n = c.n;
  all(m.filmBegin(w, {n, first: 0, seed: 0, pictures: Uint8Array.from(c.start)}));
  nearAll('pictures from bytes', w.x, c.x0, 1e-6);
  for (let i = 0; i < c.steps; i++) all(m.filmStep(w, {...still, step: c.step}));
  nearAll(`${c.net.name}: chains after ${c.steps} steps`, w.x, c.x, 2e-5);
  nearAll(`${c.net.name}: their energies`, w.e, c.e, c.net.tol);
}
for (const c of affine) {
  const x = Float32Array.from(c.x);
  m.filmAffine(x, 0, c.side, c);
  nearAll(`turned by ${c.turn}`, x, c.y, 1e-5);
}

const net = netOf(nets[0]), settings = {...still, noise: .1, every: 2, affine: {turn: 15, scale: .15, shift: .1}};
const run = (w, n, first, seed, steps) => {
  const begun = all(m.filmAnswer(w, {id: 1, kind: 'begin', n, first, seed}));
  return [begun, all(m.filmAnswer(w, {id: 2, kind: 'run', steps, settings}))];
};
{ // noise, clamp, transitions; and who computes a chain does not matter
  const w = m.filmWorld(net), [begun, r] = run(w, 12, 0, 3, 5), d = w.d;
  near('noise begins evenly', mean(Array.from(begun.now)), 127.5, 6);
  check('energies at every step', r.e.length === 5 && r.t === 5 && begun.e.length === 1);
  check('pictures of steps 1, 2, 3, 5', r.kept.map(([t]) => t).join() === '1,2,3,5');
  check('moved before steps 3 and 5', r.moved.join() === '3,5');
  const [, other] = run(m.filmWorld(net), 12, 0, 4, 5), [, again] = run(m.filmWorld(net), 12, 0, 3, 5);
  nearAll('the same seed, the same chains', again.now, r.now, 0);
  check('another seed, others', other.now.some((v, k) => v !== r.now[k]));
  const shares = m.filmShares(12, 2), parts = shares.map(([first, n]) => run(m.filmWorld(net), n, first, 3, 5)[1]);
  check('two shares of twelve', JSON.stringify(shares) === '[[0,8],[8,4]]');
  const joined = m.filmJoin(parts);
  nearAll('two workers, the same pictures', joined.now, r.now, 0);
  nearAll('two workers, the same energies', joined.e[4], r.e[4], 0);
  w.x.fill(.5);
  m.filmNoise(w, .1);
  near('mean of noise', mean(Array.from(w.x)), .5, .02);
  near('its variance', variance(Array.from(w.x)), .01, .002);
  check('all there', w.x.length === 12 * d);
}
for (const n of [4, 9, 16, 25, 36, 64, 100]) {
  const shares = m.filmShares(n, 4), total = shares.reduce((sum, [, k]) => sum + k, 0);
  check(`${n} chains among four`, total === n && shares.every(([, k]) => k > 0) && shares.length <= 4);
}
{ // the text of a worker is whole: it runs where nothing else is
  const heard = [], self = {postMessage: v => heard.push(v)};
  vm.runInNewContext(m.workerText(m.FILM_PARTS, m.FILM_EAR), {self});
  self.onmessage({data: {net}});
  self.onmessage({data: {id: 1, kind: 'begin', n: 4, first: 0, seed: 3}});
  self.onmessage({data: {id: 2, kind: 'run', steps: 5, settings}});
  const [, own] = run(m.filmWorld(net), 4, 0, 3, 5);
  nearAll('a worker computes the same', Array.from(heard[1].now), own.now, 0);
  check('and says whose answer it is', heard.map(v => v.id).join() === '1,2');
}
{ // without workers the page itself computes, and a question that came later counts
  const crew = m.filmCrew(net, 0), got = await new Promise(done => {
    crew.begin({n: 4, d: 64, seed: 9}, () => check('the first is not waited for', false));
    crew.begin({n: 4, d: 64, seed: 3}, () => crew.run(5, settings, done));
  });
  const [, own] = run(m.filmWorld(net), 4, 0, 3, 5);
  check('the page computes', crew.place === 'the page' && crew.asked === 0);
  nearAll('and finds the same', got.now, own.now, 0);
}
{ // history: early steps all, later ones thinned; the nearest picture
  const st = m.filmForget({n: 1, d: 4, order: []}), e = Float32Array.of(0);
  for (let t = 0; t < 3000; t++) m.filmTake(st, {t, e: [e], kept: [], moved: [], now: new Uint8Array(4)});
  const ts = st.rows.map(r => r.t);
  check(`${ts.length} of 3000 energies kept, the first hundred among them`, ts.length < 600 && ts[100] === 100);
  check('the last is there', ts.at(-1) === 2999);
  const found = m.filmNearest([[0, 0], [250, 250], [9, 9]].map(v => Uint8Array.from(v)), Uint8Array.of(255, 245));
  check('the nearest', found.i === 1);
  near('how far', found.distance, 5 / 255, 1e-9);
  check('kept steps', [0, 1, 2, 3, 4, 5, 6, 7, 10, 15, 16, 1000, 1500, 1600].filter(m.filmKept).join() ===
    '0,1,2,3,5,7,10,15,1000,1500');
}
