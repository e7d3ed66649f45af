// Energies as splines, random numbers, Markov chains. Nothing here touches a page.

const {CD, CD_NOISE, PUSH, AGED} = CONSTANTS;

// ---- random numbers: mulberry32, Box-Muller ----
const makeRng = seed => {
  let a = seed >>> 0, spare = NaN;
  const uniform = () => {
    a = (a + 0x6D2B79F5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = () => {
    if (spare === spare) { const v = spare; spare = NaN; return v; }
    const r = Math.sqrt(-2 * Math.log(1 - uniform())), u = 2 * Math.PI * uniform();
    spare = r * Math.sin(u);
    return r * Math.cos(u);
  };
  return {uniform, normal};
};

// ---- energies: cubic B-splines on n x n nodes that reach from low to high on both axes ----
const POLE = Math.sqrt(3) - 2;
const filterLine = (c, start, stride, n) => {
  const at = i => start + i * stride, last = 2 * n - 2;
  let sum = c[at(0)] + POLE ** (n - 1) * c[at(n - 1)];
  for (let i = 1; i < n - 1; i++) sum += (POLE ** i + POLE ** (last - i)) * c[at(i)];
  c[at(0)] = 6 * sum / (1 - POLE ** last);
  for (let i = 1; i < n; i++) c[at(i)] = 6 * c[at(i)] + POLE * c[at(i - 1)];
  c[at(n - 1)] = POLE / (POLE * POLE - 1) * (c[at(n - 1)] + POLE * c[at(n - 2)]);
  for (let i = n - 2; i >= 0; i--) c[at(i)] = POLE * (c[at(i + 1)] - c[at(i)]);
};
// Coefficients of the spline through values [ix*n + iy], mirrored at the border: scipy.ndimage.spline_filter
const splineCoefficients = (values, n) => {
  const c = Float64Array.from(values);
  for (let i = 0; i < n; i++) filterLine(c, i * n, 1, n);
  for (let i = 0; i < n; i++) filterLine(c, i, n, n);
  return c;
};
// A field to ask with fieldAt, of (n + 2)² coefficients; n² of them get a mirrored rim, so that no point needs a test
const makeField = (c, n, low, high) => {
  const m = n + 2, fold = i => i < 0 ? -i : i >= n ? 2 * n - 2 - i : i;
  if (c.length === m * m) return {c, m, n, low, high, k: (n - 1) / (high - low)};
  const rim = new Float32Array(m * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) rim[i * m + j] = c[fold(i - 1) * n + fold(j - 1)];
  return {c: rim, m, n, low, high, k: (n - 1) / (high - low)};
};
const wx = new Float64Array(4), dx = new Float64Array(4), wy = new Float64Array(4), dy = new Float64Array(4);
// Weights of the four nearest nodes, and of their part in the slope, at the share t of the way from node to node
const splineWeights = (t, w, d) => {
  const s = 1 - t, t2 = t * t;
  w[0] = s * s * s / 6; w[1] = (4 - 6 * t2 + 3 * t2 * t) / 6; w[3] = t2 * t / 6; w[2] = 1 - w[0] - w[1] - w[3];
  d[0] = -s * s / 2; d[1] = 1.5 * t2 - 2 * t; d[3] = t2 / 2; d[2] = -d[0] - d[1] - d[3];
};
// out = [E, dE/dx, dE/dy]; a point outside the box counts as the nearest one inside. A field may have a formula, f.at
const fieldAt = (f, x, y, out) => {
  if (f.at) { f.at(x, y, out); return out; }
  const {c, m} = f, last = f.n - 1;
  const u = Math.min(last, Math.max(0, (x - f.low) * f.k)), v = Math.min(last, Math.max(0, (y - f.low) * f.k));
  const i = Math.min(last - 1, Math.floor(u)), j = Math.min(last - 1, Math.floor(v));
  splineWeights(u - i, wx, dx); splineWeights(v - j, wy, dy);
  let e = 0, gx = 0, gy = 0;
  for (let a = 0; a < 4; a++) {
    const o = (i + a) * m + j, c0 = c[o], c1 = c[o + 1], c2 = c[o + 2], c3 = c[o + 3];
    const row = wy[0] * c0 + wy[1] * c1 + wy[2] * c2 + wy[3] * c3;
    e += wx[a] * row; gx += dx[a] * row;
    gy += wx[a] * (dy[0] * c0 + dy[1] * c1 + dy[2] * c2 + dy[3] * c3);
  }
  out[0] = e; out[1] = gx * f.k; out[2] = gy * f.k;
  return out;
};

// ---- chains: positions x and proposals y [2n], energies e, gradients g, acceptance a ----
// momenta p and their energies; `fresh`: e and g are those of where the chains are
const makeChains = n => {
  const plane = () => new Float64Array(2 * n), line = () => new Float64Array(n);
  return {n, x: plane(), y: plane(), g: plane(), p: plane(), e: line(), kinetic: line(), a: line().fill(1),
    accepted: new Uint8Array(n).fill(1), fresh: false};
};
const spot = new Float64Array(3);
// Energies and gradients where the chains are, unless they are known
const refresh = (ch, field) => {
  if (ch.fresh) return ch;
  for (let i = 0; i < ch.n; i++) {
    fieldAt(field, ch.x[2 * i], ch.x[2 * i + 1], spot);
    ch.e[i] = spot[0]; ch.g[2 * i] = spot[1]; ch.g[2 * i + 1] = spot[2];
  }
  ch.fresh = true;
  return ch;
};

// Where chains start: from = {low, high, data, buffer, point}; data and buffer are [2m]
const startPoint = (kind, from, rng, out, i) => {
  const {low, high} = from, pool = kind === 'data' ? from.data : kind === 'buffer' ? from.buffer : null;
  if (kind === 'point') [out[2 * i], out[2 * i + 1]] = from.point;
  else if (pool?.length) {
    const k = 2 * Math.floor(rng.uniform() * pool.length / 2);
    out[2 * i] = pool[k]; out[2 * i + 1] = pool[k + 1];
  } else for (const c of [0, 1]) out[2 * i + c] = low + (high - low) * rng.uniform();
};
// Distinct points of a pool, which has enough of them
const dealPoints = (pool, rng, out, n) => {
  const m = pool.length / 2, order = Int32Array.from({length: m}, (_, i) => i);
  for (let i = 0; i < n; i++) {
    const k = i + Math.floor(rng.uniform() * (m - i));
    [order[i], order[k]] = [order[k], order[i]];
    out[2 * i] = pool[2 * order[i]]; out[2 * i + 1] = pool[2 * order[i] + 1];
  }
};
const startChains = (ch, kind, from, rng) => {
  const pool = {data: from.data, buffer: from.buffer}[kind];
  if (pool?.length >= 2 * ch.n) dealPoints(pool, rng, ch.x, ch.n);
  else for (let i = 0; i < ch.n; i++) startPoint(kind, from, rng, ch.x, i);
  ch.a.fill(1); ch.accepted.fill(1); ch.fresh = false;
  return ch;
};

// The parts of a step; s = {sampler, step, temperature, noise, leapfrog, low, high, ...}
const hasTest = s => s.sampler === 'MALA' || s.sampler === 'HMC';
const noiseShare = s => hasTest(s) ? 1 : s.sampler === CD ? CD_NOISE * s.noise : s.noise;
const noiseStd = s => Math.sqrt(2 * s.step * s.temperature) * noiseShare(s);
const boxed = (v, s) => v < s.low ? s.low : v > s.high ? s.high : v;
const outside = (x, y, s) => !(x >= s.low && x <= s.high && y >= s.low && y <= s.high);

const moveDrift = (ch, field, s) => {
  refresh(ch, field);
  for (let i = 0; i < 2 * ch.n; i++) ch.y[i] = ch.x[i] - s.step * ch.g[i];
};
const addNoise = (ch, field, s, rng) => {
  const std = noiseStd(s);
  if (std) for (let i = 0; i < 2 * ch.n; i++) ch.y[i] += std * rng.normal();
};
const noiseFirst = (ch, field, s, rng) => { ch.y.set(ch.x); addNoise(ch, field, s, rng); };
const driftThere = (ch, field, s) => {
  for (let i = 0; i < ch.n; i++) {
    fieldAt(field, ch.y[2 * i], ch.y[2 * i + 1], spot);
    ch.y[2 * i] -= s.step * spot[1]; ch.y[2 * i + 1] -= s.step * spot[2];
  }
};
const keepInside = (ch, field, s) => {
  for (let i = 0; i < 2 * ch.n; i++) ch.x[i] = boxed(ch.y[i], s);
  ch.a.fill(1); ch.accepted.fill(1); ch.fresh = false;
};
// Metropolis test of chain i: spot holds energy and gradient at its proposal
const acceptOne = (ch, i, logRatio, rng) => {
  const a = ch.a[i] = Math.exp(Math.min(0, logRatio)), yes = rng.uniform() < a;
  ch.accepted[i] = yes ? 1 : 0;
  if (!yes) return;
  ch.x[2 * i] = ch.y[2 * i]; ch.x[2 * i + 1] = ch.y[2 * i + 1];
  ch.e[i] = spot[0]; ch.g[2 * i] = spot[1]; ch.g[2 * i + 1] = spot[2];
};
const testLangevin = (ch, field, s, rng) => {
  const {x, y, g, e} = ch, l = s.step;
  for (let i = 0, j = 0; i < ch.n; i++, j += 2) {
    const out = outside(y[j], y[j + 1], s);
    fieldAt(field, y[j], y[j + 1], spot);
    const there = (y[j] - x[j] + l * g[j]) ** 2 + (y[j + 1] - x[j + 1] + l * g[j + 1]) ** 2;
    const back = (x[j] - y[j] + l * spot[1]) ** 2 + (x[j + 1] - y[j + 1] + l * spot[2]) ** 2;
    acceptOne(ch, i, out ? -Infinity : (e[i] - spot[0] + (there - back) / (4 * l)) / s.temperature, rng);
  }
};
// HMC's step is that of MALA: one leapfrog step of it is one proposal of MALA
const leapfrogSize = s => Math.sqrt(2 * s.step * s.temperature);
const drawMomentum = (ch, field, s, rng) => {
  refresh(ch, field);
  for (let i = 0; i < 2 * ch.n; i++) ch.p[i] = rng.normal();
  for (let i = 0; i < ch.n; i++) ch.kinetic[i] = (ch.p[2 * i] ** 2 + ch.p[2 * i + 1] ** 2) / 2;
  for (let i = 0; i < 2 * ch.n; i++) ch.y[i] = ch.x[i] + leapfrogSize(s) * ch.p[i];
};
const leapfrog = (ch, field, s) => {
  const eps = leapfrogSize(s), {x, y, p, g} = ch;
  for (let i = 0, j = 0; i < ch.n; i++, j += 2) {
    let u = x[j], v = x[j + 1];
    let a = p[j] - eps / 2 * g[j] / s.temperature, b = p[j + 1] - eps / 2 * g[j + 1] / s.temperature;
    for (let k = 0; k < s.leapfrog; k++) {
      u += eps * a; v += eps * b;
      fieldAt(field, u, v, spot);
      const h = (k < s.leapfrog - 1 ? eps : eps / 2) / s.temperature;
      a -= h * spot[1]; b -= h * spot[2];
    }
    y[j] = u; y[j + 1] = v; p[j] = a; p[j + 1] = b;
  }
};
const testHMC = (ch, field, s, rng) => {
  for (let i = 0, j = 0; i < ch.n; i++, j += 2) {
    const out = outside(ch.y[j], ch.y[j + 1], s), kinetic = (ch.p[j] ** 2 + ch.p[j + 1] ** 2) / 2;
    fieldAt(field, ch.y[j], ch.y[j + 1], spot);
    acceptOne(ch, i, out ? -Infinity : (ch.e[i] - spot[0]) / s.temperature + ch.kinetic[i] - kinetic, rng);
  }
};
const PARTS = {
  'ULA': [['drift', moveDrift], ['noise', addNoise], ['keep', keepInside]],
  'MALA': [['drift', moveDrift], ['noise', addNoise], ['test', testLangevin]],
  'HMC': [['momentum', drawMomentum], ['leapfrog', leapfrog], ['test', testHMC]],
  'gradient descent': [['drift', moveDrift], ['keep', keepInside]],
  [CD]: [['noise', noiseFirst], ['drift', driftThere], ['keep', keepInside]],
};

// ---- moves that are no part of a sampler: restarts, and the augmentations of a replay buffer ----
const AUGMENT = {
  data: (x, j, from, rng) => { if (from.data?.length) startPoint('data', from, rng, x, j); },
  rotate: (x, j, from, rng) => {
    const u = 2 * Math.PI * rng.uniform(), m = (from.low + from.high) / 2, a = x[2 * j] - m, b = x[2 * j + 1] - m;
    x[2 * j] = m + Math.cos(u) * a - Math.sin(u) * b;
    x[2 * j + 1] = m + Math.sin(u) * a + Math.cos(u) * b;
  },
  perturb: (x, j, from, rng) => {
    const std = PUSH * (from.high - from.low);
    x[2 * j] += std * rng.normal();
    x[2 * j + 1] += std * rng.normal();
  },
};
// How many chains were moved; s.restart and s.rate are probabilities per chain and step; a buffer restarts from noise
const transitions = (ch, s, from, rng) => {
  const change = AUGMENT[s.augment], anew = s.start === 'buffer' ? 'noise' : s.start;
  let moved = 0;
  if (!s.restart && !(change && s.rate)) return 0;
  for (let i = 0; i < ch.n; i++) {
    if (s.restart && rng.uniform() < s.restart) startPoint(anew, from, rng, ch.x, i);
    else if (change && rng.uniform() < s.rate) change(ch.x, i, from, rng);
    else continue;
    ch.x[2 * i] = boxed(ch.x[2 * i], s); ch.x[2 * i + 1] = boxed(ch.x[2 * i + 1], s);
    moved++;
  }
  if (moved) ch.fresh = false;
  return moved;
};
const stepChains = (ch, field, s, from, rng) => {
  transitions(ch, s, from, rng);
  for (const [, part] of PARTS[s.sampler]) part(ch, field, s, rng);
};
// Chains as a replay buffer leaves them: run on, now and then started anew from noise
const bufferPoints = (n, field, s, from, rng) => {
  const ch = startChains(makeChains(n), 'noise', from, rng);
  const own = {...s, start: 'noise', restart: AGED.restart, augment: 'none'};
  for (let t = 0; t < AGED.steps; t++) stepChains(ch, field, own, from, rng);
  return Float32Array.from(ch.x);
};
