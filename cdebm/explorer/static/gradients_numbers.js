// Recorded runs and the gradients of their terms, as numbers. Nothing here touches a page.

const {TERMS} = CONSTANTS;

// ---- a run: {label, seed, names, sizes, columns, parts, steps, gram, history, maps, ...} ----
const ARRAYS = {float32: Float32Array, int32: Int32Array, uint16: Uint16Array, uint8: Uint8Array};
const gradUndelta = (v, side) => {
  for (let i = 0; i < v.length; i++) if (i % side) v[i] += v[i - 1];
  return v;
};
const gradArrays = (run, buffer) => {
  const out = {...run};
  for (const [k, [at, kind, shape]] of Object.entries(run.parts)) {
    const size = shape.reduce((a, b) => a * b, 1) * ARRAYS[kind].BYTES_PER_ELEMENT;
    out[k] = new ARRAYS[kind](buffer.slice(at, at + size));
  }
  if (out.maps) gradUndelta(out.maps, run.parts.maps[2][2]);
  return out;
};
// The last of the growing `steps` at or before a step; the first where there is none
const gradAt = (steps, step) => Math.max(0, steps.findLastIndex(v => v <= step));
const gradColumn = (run, k) => {
  const i = run.columns.indexOf(k);
  return i < 0 ? null : run.history.subarray(i * run.rows, (i + 1) * run.rows);
};

// ---- tensors of a group: '' for all, the name of a tensor, or that of a layer ----
const gradLayer = name => name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : name;
const gradLayers = run => [...new Set(run.names.map(gradLayer))];
const gradGroup = (run, group) => {
  const has = name => !group || name === group || gradLayer(name) === group;
  return run.names.flatMap((name, p) => has(name) ? [p] : []);
};

// ---- forms: shares of the terms in a sum. gram [T, P, 10] has the terms' inner products, upper triangle by rows ----
const GRAD_PAIRS = TERMS.flatMap((_, i) => TERMS.slice(i).map((_, j) => [i, i + j]));
const GRAD_UNIT = Object.fromEntries(TERMS.map((k, i) => [k, TERMS.map((_, j) => i === j ? 1 : 0)]));
const gradForms = w => {
  const kl = TERMS.map((k, i) => k === 'opt' || k === 'entropy' ? w[i] : 0);
  return {...GRAD_UNIT, kl, total: w};
};
// Inner product of the forms v and w at record t, of tensor p
const gradInner = (run, t, p, v, w) => {
  const at = (t * run.names.length + p) * GRAD_PAIRS.length;
  let sum = 0;
  for (let k = 0; k < GRAD_PAIRS.length; k++) {
    const [i, j] = GRAD_PAIRS[k], share = i === j ? v[i] * w[i] : v[i] * w[j] + v[j] * w[i];
    if (share) sum += share * run.gram[at + k];     // what nobody asks for may be NaN
  }
  return sum;
};
// how: 'mean' over the tensors, of the 'whole', or 'rms' per weight
const gradNorm = (run, t, group, w, how) => {
  let sum = 0, size = 0;
  for (const p of group) {
    const square = Math.max(0, gradInner(run, t, p, w, w));
    sum += how === 'mean' ? Math.sqrt(square) : square;
    size += run.sizes[p];
  }
  if (!group.length) return NaN;
  return how === 'mean' ? sum / group.length : Math.sqrt(how === 'rms' ? sum / size : sum);
};
const gradCosine = (run, t, group, v, w) => {
  if (!group.length) return NaN;
  const over = (a, b) => group.reduce((s, p) => s + gradInner(run, t, p, a, b), 0);
  return over(v, w) / Math.sqrt(Math.max(0, over(v, v) * over(w, w)));
};
const gradSeries = (run, f) => Float64Array.from(run.steps, (_, t) => f(t));
// |KL| / |CD| of whole tensors
const gradRatio = (run, t, group, w) => {
  const f = gradForms(w);
  return gradNorm(run, t, group, f.kl, 'whole') / gradNorm(run, t, group, f.cd, 'whole');
};
// What is said of record t: norms, ratio and cosine; null where there is none
const gradNumbers = (run, t, group, w, how) => {
  const f = gradForms(w), norm = k => gradNorm(run, t, group, f[k], how), cd = norm('cd'), kl = norm('kl');
  const cosine = cd === 0 || kl === 0 || !group.length ? null : gradCosine(run, t, group, f.cd, f.kl);
  return {step: run.steps[t], cd, opt: norm('opt'), entropy: norm('entropy'), kl, total: norm('total'),
    ratio: cd === 0 ? null : kl / cd, cosine};
};

// ---- a snapshot in numbers: energies 0..255, positions and arrows in units of the plane, the share gone from it ----
const gradSnapshot = (run, step) => {
  const i = gradAt(run.map_steps, step), n = run.parts.maps[2][1], row = (v, k) => v.subarray(i * k, (i + 1) * k);
  const plane = (name, low, high) => {
    const numbers = 2 * run.parts[name][2][1];
    return Float32Array.from(row(run[name], numbers), v => low + v / 65535 * (high - low));
  };
  const [a, b] = row(run.arrow_scale, 2), [gone, kl] = row(run.facts, 2);
  return {i, n, step: run.map_steps[i], energy: row(run.maps, n * n), ends: row(run.map_ends, 2), gone, kl,
    samples: plane('samples', run.low, run.high), slope: plane('slope', -a, a), push: plane('push', -b, b)};
};
