// The chains of a landscape: settings, field, truth, history, steps, and the numbers that they give.
// needs: elements, formula, samplers, stats, weights

const {DOUBT} = CONSTANTS;
// Entropies below LEAST say no more than that. R-hat and ESS are of FEW chains, energies of SOME; TRAILS of them
// have a trail each, and an entropy at every step
const CHAIN_LEAST = -20, CHAIN_FEW = 48, CHAIN_SOME = 1500, CHAIN_TRAILS = 300;
const CHAIN_WORDS = {
  drift: s => `drift: λ = ${fmt(s.step)} down the gradient`
    + (s.sampler === CD ? ', taken where the noise put the chain' : ''),
  noise: s => noiseStd(s) ? `noise: a kick of σ = ${fmt(noiseStd(s))} on each axis` : 'noise: none, σ = 0',
  momentum: () => 'momentum: each chain gets a random push',
  leapfrog: s => `leapfrog: ${s.leapfrog} steps of ε = ${fmt(leapfrogSize(s))} along the landscape`,
  keep: () => 'the chain is there; what left the box is put back on its edge',
  test: (s, ch) => `test: ${sumOf(ch.accepted)} of ${ch.n} accepted, the others stay (×)`,
};

// ---- settings, field, truth ----
const chainSettings = ui => ({
  sampler: ui.get('sampler'), step: ui.get('step_size'), temperature: ui.get('temperature'), noise: ui.get('noise'),
  leapfrog: ui.get('n_leapfrog'), low: ui.get('low'), high: ui.get('high'),
  start: ui.get('start'), restart: ui.get('restart'), augment: ui.get('augment'), rate: ui.get('augment_rate'),
});
const chainField = (st, ui) => {
  const [low, high] = [ui.get('low'), ui.get('high')], points = name => ui.array(name, Float32Array);
  st.field = makeField(points('field'), ui.get('n_field'), low, high);
  st.zero = ui.get('zero');
  st.modes = points('modes');
  st.radius = ui.get('mode_radius');
  st.from = {low, high, data: points('points'), buffer: points('buffer'), point: ui.get('point')};
  st.back = null;
  chainTruth(st);
};
const chainTruth = st => {
  st.truth = gridTruth(st.field, st.s.temperature, {modes: st.modes, radius: st.radius});
  st.expected = null;     // distances of as many exact samples
};

// ---- history ----
// What was said of earlier chains is not said of these: they are others, or run by another rule
const chainForget = (st, t) => { st.since = t; st.heavy = null; st.job = null; };
const chainClear = st => {
  st.trace = makeTrace();
  st.slow = [];     // numbers that take time
  st.part = 0;     // of a step, in slow motion
  st.stages = [];     // what the parts did so far
  st.refused = null; st.last = null; st.wipe = true;
  chainForget(st, 0);
};
const chainRows = st => st.frames ? st.trace.rows.filter(r => r.t <= st.step) : st.trace.rows;
// One row of the history, where its turn has come
const chainObserve = (st, t) => {
  if (!wanted(st.trace, t)) return;
  const ch = refresh(st.ch, st.field), some = ch.e.subarray(0, CHAIN_SOME), {p, cells} = st.truth;
  st.expected ??= expectedDistances(p, ch.n);
  record(st.trace, {t, ...summary(some), ...cellDistances(cellShares(ch.x, st.field.low, st.field.high, cells), p),
    a: meanOf(ch.a), entropy: ch.n <= CHAIN_TRAILS ? neighbourEntropy(ch.x) : NaN,
    e: Float32Array.from(some), x: ch.x.slice(0, 2 * CHAIN_FEW)});
};
const chainReset = (st, ui) => {
  const n = ui.get('n_chains'), empty = st.s.start === 'buffer' && !st.from.buffer.length;
  st.rng = makeRng(ui.get('seed'));
  chainClear(st);
  st.expected = null;
  st.pool = empty ? {...st.from, buffer: bufferPoints(n, st.field, st.s, st.from, st.rng)} : st.from;
  st.ch = startChains(makeChains(n), st.s.start, st.pool, st.rng);
  st.step = 0;
  st.w = chainWeights(st, ui);
  if (ui.engine() === 'replay') return chainFrames(st, ui);
  st.frames = null;
  if (ui.engine() === 'kernel') return ui.send({cmd: 'reset'});
  chainObserve(st, 0);
};

// ---- weights: off unless they are asked for ----
const weightsRefused = (st, ui) => {
  if (ui.engine() !== 'browser') return 'only chains of the page carry weights';
  if (!hasTest(st.s)) return `weights need an exact step, MALA or HMC; ${st.s.sampler} has none`;
  return ['noise', 'buffer'].includes(st.s.start) ? '' : 'weights begin evenly in the box: start at noise';
};
// Of a store of weighted chains all, as they stand; else none yet, of chains that begin evenly in the box
const chainWeights = (st, ui) => {
  const stored = ui.array('start_weights', Float32Array), {temperature: T, low, high, start} = st.s;
  if (!ui.get('weighted') || weightsRefused(st, ui) || start === 'buffer' && !stored.length) return null;
  const own = {area: (high - low) ** 2, T, steps: ui.get('anneal'), threshold: ui.get('threshold')};
  if (start === 'buffer') st.ch = makeChains(stored.length);
  const w = {...makeWeights(st.ch.n, own), rows: [], copied: [], flashed: -Infinity};
  if (start !== 'buffer') return w;
  st.ch.x.set(st.from.buffer);
  w.a.set(stored);
  return Object.assign(w, {k: w.steps, beta: 1, target: st.field, logZ: ui.get('start_log_z')});
};
const chainWeigh = st => {
  const {w} = st, from = weightsStep(w, st.ch, st.field, st.s, st.rng), t = st.step + 1;
  if (from) {
    w.flashed = performance.now();
    w.copied = [...from.keys()].filter(i => i && from[i] === from[i - 1]);
  } else if (w.copied.length) w.copied = [];
  w.rows.push({t, ess: essOfWeights(w.a) / w.n, beta: w.beta, drawn: !!from});
  if (w.rows.length > 600) w.rows = w.rows.filter((r, i) => r.drawn || i % 2 === 0);
};

// ---- where chains are put by others: a recording, a kernel, a hand ----
const chainPlace = (st, x, t, a) => {
  if (st.ch.n !== x.length / 2) { st.ch = makeChains(x.length / 2); st.expected = null; }
  st.ch.x.set(x);
  if (a) st.ch.a.set(a);
  st.ch.fresh = false;
  st.step = t;
  chainObserve(st, t);
};
const chainFrames = (st, ui) => {
  const n = ui.get('n_frames'), raw = ui.array('frames_data', Uint16Array);
  const {low, high} = st.field, k = (high - low) / 65535;
  st.frames = inRows(raw, raw.length / n).map(frame => Float64Array.from(frame, v => low + k * v));
  st.trace = makeTrace(n + 1);
  st.frames.forEach((x, i) => chainPlace(st, x, i * ui.get('frame_every')));
  chainSeek(st, ui, ui.t);
};
const chainSeek = (st, ui, i) => {
  st.ch.x.set(st.frames[i]);
  st.ch.fresh = false;
  st.step = i * ui.get('frame_every');
  if (!st.last || i !== st.shown + 1) { st.last = null; st.wipe = true; }
  st.shown = i; st.job = null;
};
const chainReceive = (st, ui, content, buffers) => {
  if (content.t == null || ui.engine() !== 'kernel') return;
  const [x, a] = buffers.map(b => new Float32Array(asBytes(b)));
  if (content.t < st.step || content.reset || (content.state && st.asked)) chainClear(st);
  if (content.state) st.asked = false;
  ui.t = content.t;
  chainPlace(st, x, content.t, a);
};
// What the page drew before a kernel answered were chains of its own
const chainAsk = (st, ui) => { st.asked = true; ui.send({cmd: 'state'}); };
// Chain i, or the start of all where i is 'start'
const chainMove = (st, i, x, y) => {
  const at = [boxed(x, st.s), boxed(y, st.s)];
  if (i === 'start') {
    st.from.point = st.pool.point = at;
    for (let k = 0; k < st.ch.n; k++) st.ch.x.set(at, 2 * k);
  } else st.ch.x.set(at, 2 * i);
  st.ch.fresh = false; st.part = 0; st.stages = [];
  st.refused = st.last = st.heavy = null;
};

// ---- steps ----
const chainPart = (st, ui) => {
  const parts = PARTS[st.s.sampler], [name, part] = parts[st.part];
  if (st.part === 0) transitions(st.ch, st.s, st.pool, st.rng);
  part(st.ch, st.field, st.s, st.rng);
  st.refused = name === 'test' ? st.ch.y.slice() : null;
  if (++st.part === parts.length) {
    st.part = 0;
    ui.t = ++st.step;
    chainObserve(st, st.step);
  }
  return CHAIN_WORDS[name](st.s, st.ch);
};
const chainAdvance = (st, ui, n) => {
  if (ui.engine() === 'kernel') return ui.request(n);
  while (st.part) { chainPart(st, ui); n--; }
  st.refused = null; st.stages = [];
  light(ui, null);
  for (; n > 0; n--) {
    if (st.w) chainWeigh(st); else stepChains(st.ch, st.field, st.s, st.pool, st.rng);
    ui.t = ++st.step;
    chainObserve(st, st.step);
  }
};

// ---- numbers that take time: in slices, a few times a second ----
const CHAIN_STATES = [(r, b) => r.x[2 * b], (r, b) => r.x[2 * b + 1], (r, b) => r.e[b]];     // x, y, E of a row
// R-hat and ESS: the last half of the recorded states since the chains are these
function* chainHeavy(st) {
  const t = st.step, entropy = yield* entropySlices(st.ch.x.slice(0, 2 * CHAIN_SOME), 50);
  const rows = chainRows(st).filter(r => r.t >= st.since), half = rows.slice(rows.length >> 1), T = half.length;
  const B = Math.min(CHAIN_FEW, st.ch.n), out = {t, entropy, T, B, rhat: [], ess: []};
  if (T < 10) return out;     // too few to say
  for (const state of CHAIN_STATES) {
    const v = Float64Array.from({length: T * B}, (_, i) => state(half[Math.floor(i / B)], i % B));
    out.rhat.push(rhat(v, T, B)); yield;
    out.ess.push(ess(v, T, B)); yield;
  }
  return out;
}
const chainKeep = (st, found) => {
  st.job = null; st.heavy = found;
  if (!st.frames && !(st.slow.at(-1)?.t >= found.t)) st.slow.push(found);
  if (st.slow.length > 300) st.slow = st.slow.filter((_, i) => i % 2 === 0);
};
// For 3 ms; `told` is called when the numbers are there
const chainWork = (st, ui, told) => {
  const now = performance.now(), due = now - st.worked > 400 || !ui.playing();
  if (!st.job && st.heavy?.t !== st.step && due) { st.job = chainHeavy(st); st.worked = now; }
  while (st.job && performance.now() - now < 3) {
    const r = st.job.next();
    if (r.done) { chainKeep(st, r.value); told(); }
  }
  if (st.job) ui.dirty();
};

// ---- numbers in words ----
// Energies far from zero are counted from a round number, which three digits could not show
const chainEnergy = st => st.zero ? `energy ${st.zero > 0 ? '−' : '+'} ${Math.abs(st.zero)}` : 'energy';
const chainDoubt = (st, ui) => {
  const T = st.s.temperature, errors = ui.get('field_errors');
  const i = cheapest(errors.length, i => Math.abs(Math.log(errors[i][0] / T)));
  if (i < 0 || errors[i][1] <= DOUBT) return '';
  return ` Take care: this copy is off by ${fmt(errors[i][1])} T on average, at walls or wells narrower than its nodes `
    + 'are apart; "exact" is exact for the copy.';
};
const chainAcceptance = (st, row) => st.frames ? null : hasTest(st.s) ? row.a : 'no test';
// [what, of the chains, exact]
const chainNumbers = st => {
  const row = chainRows(st).at(-1) ?? {}, h = st.heavy ?? {rhat: [], ess: []}, t = st.truth, e = st.expected ?? {};
  return [
    [`${chainEnergy(st)}, mean`, row.mean, t.mean],
    ['R̂ of x, y, E', h.rhat.map(v => v > 1000 ? '> 1000' : v), 1],
    ['ESS of x, y, E', h.ess, h.T ? h.T * h.B : null],
    ['acceptance', chainAcceptance(st, row), null],
    ['entropy [nats]', h.entropy < CHAIN_LEAST ? `< ${fmt(CHAIN_LEAST)}` : h.entropy, t.entropy],
    ['KL of cells', row.kl, e.kl],
    ['TV of cells', row.tv, e.tv],
  ];
};
const chainSay = v => {
  if (typeof v === 'string') return v;
  if (Array.isArray(v)) return v.length ? v.map(chainSay).join('  ') : '–';
  return Number.isNaN(v) ? '–' : fmt(v > 100 ? Math.round(v) : v);
};
const chainStatus = st => {
  const row = chainRows(st).at(-1), h = st.heavy, r = h?.rhat.length ? Math.max(...h.rhat) : null, e = st.expected;
  if (!row) return '';
  const mean = `mean ${chainEnergy(st)}${st.zero ? ':' : ''} ${fmt(row.mean)} (exact ${fmt(st.truth.mean)})`;
  return `${st.frames ? `step ${st.step}: ` : ''}${mean}, R̂ ${r > 1000 ? '> 1000' : chainSay(r)}`
    + `, KL ${fmt(row.kl)} (exact sample ${fmt(e?.kl)}), TV ${fmt(row.tv)} (${fmt(e?.tv)})`
    + `, ESS ${chainSay(h?.ess.length ? Math.min(...h.ess) : null)}`;
};
const chainTable = st => {
  const rows = chainNumbers(st).map(([k, a, b]) => [k, chainSay(a), b == null ? '' : fmt(b)]);
  const k = st.modes.length / 2, name = i => i < k ? `share of mode ${i + 1}` : 'share of none';
  const shares = modeShares(st.ch.x, st.modes, st.radius);
  if (k > 1) shares.forEach((v, i) => rows.push([name(i), fmt(v), fmt(st.truth.shares[i])]));
  return {columns: ['', 'chains', 'exact'], rows};
};
