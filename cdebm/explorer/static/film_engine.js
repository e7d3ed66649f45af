// Chains of pictures: noise or pictures to begin with, Langevin steps on an energy, transitions between rounds.
// They run in a worker of the page, one for each share of the chains, or in slices of the page's own time.
// needs: conv, samplers, tiles, workers, halves

// ---- pictures as bytes, as cdebm.buffer.to_uint8 has them ----
const filmBytes = x => Uint8Array.from(x, toByte);
// Steps whose pictures are kept: 0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, …
const filmKept = t => {
  if (t < 4) return true;
  const size = 10 ** Math.floor(Math.log10(t) + 1e-9), m = t / size;
  return m === 1 || m === 1.5 || m === 2 || m === 3 || m === 5 || m === 7;
};

// ---- a transition: turned, enlarged, shifted, as cdebm.augment.RandomAffine ----
// A picture of `side` x `side` at `at`; turn in radians, shifts in sides, right and down; bilinear, edges go on outside
const filmAffine = (x, at, side, {turn, scale, right, down}) => {
  const from = x.slice(at, at + side * side), c = Math.cos(turn) / scale, s = Math.sin(turn) / scale, last = side - 1;
  const pixel = (i, j) => from[i * side + j];
  for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) {
    const u = (2 * j + 1) / side - 1 - 2 * right, v = (2 * i + 1) / side - 1 - 2 * down;
    const X = Math.min(last, Math.max(0, ((c * u - s * v + 1) * side - 1) / 2));
    const Y = Math.min(last, Math.max(0, ((s * u + c * v + 1) * side - 1) / 2));
    const j0 = Math.floor(X), i0 = Math.floor(Y), j1 = Math.min(last, j0 + 1), i1 = Math.min(last, i0 + 1);
    const p = X - j0, q = Y - i0, top = (1 - p) * pixel(i0, j0) + p * pixel(i0, j1);
    x[at + i * side + j] = (1 - q) * top + q * ((1 - p) * pixel(i1, j0) + p * pixel(i1, j1));
  }
};
const filmMove = (w, {turn, scale, shift}) => {
  const {c, side} = w, area = side * side;
  for (let i = 0; i < w.n; i++) {
    const draw = () => 2 * w.rngs[i].uniform() - 1;
    const size = {turn: draw() * turn * Math.PI / 180, scale: 1 + scale * draw()};
    const change = {...size, right: shift * draw(), down: shift * draw()};
    for (let ch = 0; ch < c; ch++) filmAffine(w.x, (i * c + ch) * area, side, change);
  }
};

// ---- chains ----
// w: the world of some chains; x their pictures [n][d], e energies and g slopes there. Each chain has random numbers of
// its own, so that it does not matter who computes it. `first`: the number of the first of these chains
const filmWorld = net => {
  const [c, side] = net.shape;
  return {net: convNet(net, net.weights, 4), c, side, d: c * side * side, n: 0, t: 0};
};
function* filmBegin(w, {n, first, seed, pictures}) {
  const {d} = w;
  Object.assign(w, {n, t: 0, e: new Float32Array(n), x: new Float32Array(n * d), g: new Float32Array(n * d)});
  const own = i => Math.imul(seed + 1, 0x9E3779B1) ^ Math.imul(first + i + 1, 0x85EBCA6B);
  w.rngs = Array.from({length: n}, (_, i) => makeRng(own(i)));
  for (let i = 0, k = 0; i < n; i++) for (let q = 0; q < d; q++, k++) {
    w.x[k] = pictures ? fromByte(pictures[k]) : w.rngs[i].uniform();
  }
  yield* convSlices(w.net, w.x, n, w.e, w.g);
}
// One part of a step: noise of standard deviation `noise`, then, or first, `step` down the slope; all stay in [0, 1]
const filmDrift = (w, step) => { for (let k = 0; k < w.x.length; k++) w.x[k] -= step * w.g[k]; };
const filmNoise = (w, noise) => {
  for (let i = 0, k = 0; i < w.n; i++) for (const end = k + w.d; k < end; k++) w.x[k] += noise * w.rngs[i].normal();
};
const filmClamp = w => { for (let k = 0; k < w.x.length; k++) w.x[k] = Math.min(1, Math.max(0, w.x[k])); };
// One step, after the transition where its turn has come; then energies and slopes are those of the new pictures
function* filmStep(w, s) {
  const moved = s.every > 0 && w.t > 0 && w.t % s.every === 0;
  if (moved) { filmMove(w, s.affine); yield* convSlices(w.net, w.x, w.n, w.e, w.g); }
  if (s.noiseFirst && s.noise > 0) { filmNoise(w, s.noise); yield* convSlices(w.net, w.x, w.n, w.e, w.g); }
  filmDrift(w, s.step);
  if (!s.noiseFirst && s.noise > 0) filmNoise(w, s.noise);
  filmClamp(w);
  yield* convSlices(w.net, w.x, w.n, w.e, w.g);
  w.t++;
  return moved;
}
// What is asked, {kind: 'begin', …} or {kind: 'run', steps, settings}, and the answer: energies [step][n] after each
// step, pictures at those that are kept, pictures now, the steps before which chains were moved
function* filmAnswer(w, m) {
  const out = {id: m.id, e: [], kept: [], moved: []}, keep = () => out.kept.push([w.t, filmBytes(w.x)]);
  if (m.kind === 'begin') { yield* filmBegin(w, m); out.e.push(w.e.slice()); keep(); }
  else for (let i = 0; i < m.steps; i++) {
    if (yield* filmStep(w, m.settings)) out.moved.push(w.t);
    out.e.push(w.e.slice());
    if (filmKept(w.t)) keep();
  }
  return {...out, t: w.t, now: filmBytes(w.x)};
}

// ---- who computes ----
const FILM_PARTS = {
  convHalf, convHalves, up4, convRows, convMultiply, convBias, kernelPlaces, gatherPlaces, scatterPlaces, packColumns,
  plainConv, tilePixels, tileValues, tileWeights, tiledRows, tilePadded, toTiles, fromTiles, tiledConv, convSilu,
  convPooling, convResidual, convSum, convBranches, convForward, convBackward, convLayer, convLayers, convNet, convIn,
  convOut, convSlices,
  makeRng, toByte, filmBytes, fromByte, filmKept, filmAffine, filmMove, filmWorld, filmBegin, filmDrift, filmNoise,
  filmClamp, filmStep, filmAnswer,
};
const FILM_EAR = `let w; self.onmessage = ({data}) => {
  if (data.net) { w = filmWorld(data.net); return; }
  const job = filmAnswer(w, data); let r; do r = job.next(); while (!r.done); self.postMessage(r.value); };`;
// A share of the chains with a worker of its own; `refused` is called when there can be none
const filmHand = (url, net, refused) => {
  const worker = new Worker(url), waiting = new Map();
  worker.onerror = e => { e.preventDefault(); refused(); };
  worker.onmessage = ({data}) => {
    const then = waiting.get(data.id);
    waiting.delete(data.id);
    then?.(data);     // nobody waits for what came before a new beginning
  };
  worker.postMessage({net});
  const ask = (m, then) => { waiting.set(m.id, then); worker.postMessage(m); };
  return {ask, forget: () => waiting.clear(), end: () => worker.terminate()};
};
// The page itself, `ms` at a time
const filmOwnHand = (net, ms = 12) => {
  const w = filmWorld(net), jobs = [];
  let timer = 0;
  const slice = () => {
    const late = performance.now() + ms, [job, then] = jobs[0];
    let r;
    do r = job.next(); while (!r.done && performance.now() < late);
    if (r.done) jobs.shift();
    timer = jobs.length ? setTimeout(slice) : 0;
    if (r.done) then(r.value);
  };
  const ask = (m, then) => { jobs.push([filmAnswer(w, m), then]); timer ||= setTimeout(slice); };
  const forget = () => { clearTimeout(timer); timer = 0; jobs.length = 0; };
  return {ask, forget, end: forget};
};
// Answers of hands that hold chains one after the other, as one
const filmJoin = parts => {
  const flat = (lists, Kind) => {
    const out = new Kind(lists.reduce((n, v) => n + v.length, 0));
    lists.reduce((at, v) => { out.set(v, at); return at + v.length; }, 0);
    return out;
  };
  const [first] = parts, all = (f, Kind) => flat(parts.map(f), Kind);
  const e = first.e.map((_, i) => all(p => p.e[i], Float32Array));
  const kept = first.kept.map(([t], i) => [t, all(p => p.kept[i][1], Uint8Array)]);
  return {t: first.t, moved: first.moved, e, kept, now: all(p => p.now, Uint8Array)};
};
// Shares of n chains among so many hands, each a multiple of four where it can be: [first, how many]
const filmShares = (n, hands) => {
  const each = Math.max(4, 4 * Math.ceil(n / hands / 4)), out = [];
  for (let first = 0; first < n; first += each) out.push([first, Math.min(each, n - first)]);
  return out;
};
// Asks all hands, `m(share)` each, and calls `then` with their answers as one
const filmAskAll = (crew, m, then) => {
  const id = ++crew.id, parts = [];
  let missing = crew.shares.length;
  const took = (i, part) => {
    parts[i] = part;
    if (--missing) return;
    crew.asked--;
    then(filmJoin(parts));
  };
  crew.asked++;
  crew.shares.forEach((share, i) => crew.hands[i].ask({...m(share), id}, part => took(i, part)));
};
const filmCrewBegins = (crew, o, then) => {
  crew.hands.forEach(h => h.forget());
  Object.assign(crew, {last: [o, then], asked: 0, shares: filmShares(o.n, crew.hands.length)});
  const some = (from, n) => o.pictures?.subarray(from * o.d, (from + n) * o.d);
  filmAskAll(crew, ([first, n]) => ({kind: 'begin', n, first, seed: o.seed, pictures: some(first, n)}), then);
};
// All hands: they begin, and run; each answer is one, of all chains. Several can be asked for: `asked` of them are on
// their way. A new beginning forgets them. Where workers are refused the page goes on alone
const filmCrew = (net, most) => {
  const crew = {hands: [], place: '', asked: 0, id: 0, last: null, shares: []};
  crew.end = () => crew.hands.forEach(h => h.end());
  crew.begin = (o, then) => filmCrewBegins(crew, o, then);
  crew.run = (steps, settings, then) => filmAskAll(crew, () => ({kind: 'run', steps, settings}), then);
  const alone = () => {
    if (crew.place === 'the page') return;
    crew.end();
    Object.assign(crew, {hands: [filmOwnHand(net)], place: 'the page'});
    if (crew.last) crew.begin(...crew.last);
  };
  if (most < 1) { alone(); return crew; }
  try {
    const url = workerUrl(FILM_PARTS, FILM_EAR);
    crew.hands = Array.from({length: most}, () => filmHand(url, net, alone));
    crew.place = most > 1 ? `${most} workers` : 'a worker';
  } catch { alone(); }
  return crew;
};
