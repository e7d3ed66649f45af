// Numbers about chains and densities: copies of cdebm.diagnostics, which tests/js compares with it.
// needs: elements, samplers

const {N_GRID, N_CELLS, NEAREST, BAND} = CONSTANTS;

// ---- normal quantiles (Wichura 1988, AS 241) ----
const AS241 = [
  [[3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727],
    [1, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
    21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610]],
  [[1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
    1.27045825245236838258, .241780725177450611770, .0227238449892691845833, 7.74545014278341407640e-4],
    [1, 2.05319162663775882187, 1.67638483018380384940, .689767334985100004550,
    .148103976427480074590, .0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9]],
  [[6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, .296560571828504891230,
    .0265321895265761230930, .00124266094738807843860, 2.71155556874348757815e-5, 2.01033439929228813265e-7],
    [1, .599832206555887937690, .136929880922735805310, .0148753612908506148525,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15]],
];
const as241 = (k, r) => {
  const [above, below] = AS241[k].map(c => c.reduceRight((s, v) => s * r + v, 0));
  return above / below;
};
const normalQuantile = p => {
  const q = p - .5;
  if (Math.abs(q) <= .425) return q * as241(0, .180625 - q * q);
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  return Math.sign(q) * (r <= 5 ? as241(1, r - 1.6) : as241(2, r - 5));
};

// ---- chains [t*B + b]: rank-normalised split R-hat and bulk ESS (Vehtari et al. 2021), as ArviZ has them ----
const firstNotBelow = (sorted, v, from = 0) => {
  let a = from, b = sorted.length;
  while (a < b) { const m = (a + b) >> 1; if (sorted[m] < v) a = m + 1; else b = m; }
  return a;
};
const firstAbove = (sorted, v, from = 0) => {
  let a = from, b = sorted.length;
  while (a < b) { const m = (a + b) >> 1; if (sorted[m] <= v) a = m + 1; else b = m; }
  return a;
};
const median = v => {
  const s = Float64Array.from(v).sort(), n = s.length;
  return (s[(n - 1) >> 1] + s[n >> 1]) / 2;
};
const zScale = v => {
  const sorted = Float64Array.from(v).sort(), n = v.length, out = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const a = firstNotBelow(sorted, v[i]), b = firstAbove(sorted, v[i], a);
    out[i] = normalQuantile(((a + 1 + b) / 2 - .375) / (n + .25));
  }
  return out;
};
// Halves of chains as chains of their own, each in one piece: [2B*half]
const splitChains = (v, T, B) => {
  const half = T >> 1, out = new Float64Array(2 * B * half);
  for (let b = 0; b < B; b++) for (let t = 0; t < half; t++) {
    out[b * half + t] = v[t * B + b];
    out[(B + b) * half + t] = v[(T - half + t) * B + b];
  }
  return [out, 2 * B, half];
};
const meanOf = (v, from = 0, to = v.length) => {
  let s = 0;
  for (let i = from; i < to; i++) s += v[i];
  return s / (to - from);
};
const varOf = (v, from = 0, to = v.length) => {
  const m = meanOf(v, from, to);
  let s = 0;
  for (let i = from; i < to; i++) s += (v[i] - m) ** 2;
  return s / (to - from - 1);
};
const plainRhat = (v, C, T) => {
  const means = [], vars = [];
  for (let c = 0; c < C; c++) { means.push(meanOf(v, c * T, c * T + T)); vars.push(varOf(v, c * T, c * T + T)); }
  return Math.sqrt((T * varOf(means) / meanOf(vars) + T - 1) / T);
};
const moving = v => v.some(x => x !== v[0]);
const rhat = (v, T, B) => {
  if (T < 4 || B < 2 || !moving(v)) return NaN;
  const [s, C, half] = splitChains(v, T, B), m = median(s);
  return Math.max(plainRhat(zScale(s), C, half), plainRhat(zScale(s.map(x => Math.abs(x - m))), C, half));
};
// Autocovariance at one lag, mean over chains; v has its chains' means taken off
const lagged = (v, C, T, lag) => {
  let s = 0;
  for (let c = 0; c < C; c++) for (let t = c * T; t < c * T + T - lag; t++) s += v[t] * v[t + lag];
  return s / (C * T);
};
// v without the mean of each chain, in place; the means
const centred = (v, C, n) => Array.from({length: C}, (_, c) => {
  const m = meanOf(v, c * n, c * n + n);
  for (let t = c * n; t < c * n + n; t++) v[t] -= m;
  return m;
});
// Autocorrelations up to the first pair with a negative sum, and the last lag of a whole pair (Geyer 1992)
const autocorrelations = (at, n) => {
  const rho = new Float64Array(n);
  let even = 1, odd = n > 1 ? at(1) : 0, t = 1;
  rho[0] = even; rho[1] = odd;
  for (; t < n - 3 && even + odd > 0; t += 2) {
    even = at(t + 1); odd = at(t + 2);
    if (even + odd >= 0) { rho[t + 1] = even; rho[t + 2] = odd; }
  }
  if (even > 0) rho[t - 1] = even;
  return [rho, t - 2];
};
const ess = (v, T, B) => {
  if (T < 4 || !moving(v)) return NaN;
  const [s, C, n] = splitChains(v, T, B), z = zScale(s), means = centred(z, C, n);
  const within = lagged(z, C, n, 0) * n / (n - 1), all = within * (n - 1) / n + (C > 1 ? varOf(means) : 0);
  const [rho, most] = autocorrelations(k => 1 - (within - lagged(z, C, n, k)) / all, n);
  for (let t = 1; t <= most - 2; t += 2) {
    if (rho[t + 1] + rho[t + 2] > rho[t - 1] + rho[t]) rho[t + 1] = rho[t + 2] = (rho[t - 1] + rho[t]) / 2;
  }
  let tau = -1;
  for (let k = 0; k <= most; k++) tau += 2 * rho[k];
  tau += rho[most + 1] ?? 0;
  return C * n / Math.max(tau, 1 / Math.log10(C * n));
};

// ---- samples xy [2N] ----
const LOG_FLOOR = 2 * Math.log(NEAREST);
// Kozachenko-Leonenko, nats; yields between slices where a budget wants it: use neighbourEntropy for all at once
function* entropySlices(xy, slice = 100) {
  const n = xy.length / 2;
  let sum = 0, harmonic = 0;
  for (let i = 0; i < n; i++) {
    let best = Infinity;
    const x = xy[2 * i], y = xy[2 * i + 1];
    for (let j = 0; j < n; j++) {
      const u = xy[2 * j] - x, v = xy[2 * j + 1] - y, d = u * u + v * v;
      if (d < best && j !== i) best = d;
    }
    sum += Math.max(Math.log(best), LOG_FLOOR);
    if (i) harmonic += 1 / i;
    if (i % slice === slice - 1) yield;
  }
  return n < 2 ? NaN : sum / n + Math.log(Math.PI) + harmonic;
}
const finish = job => { let r; do r = job.next(); while (!r.done); return r.value; };
const neighbourEntropy = xy => finish(entropySlices(xy));
// Shares of the modes [2K], and of none
const nearestMode = (x, y, modes, radius) => {
  let best = radius * radius, k = modes.length / 2;
  for (let i = 0; i < modes.length; i += 2) {
    const d = (x - modes[i]) ** 2 + (y - modes[i + 1]) ** 2;
    if (d <= best) { best = d; k = i / 2; }
  }
  return k;
};
const modeShares = (xy, modes, radius) => {
  const out = new Float64Array(modes.length / 2 + 1), n = xy.length / 2;
  for (let i = 0; i < n; i++) out[nearestMode(xy[2 * i], xy[2 * i + 1], modes, radius)] += 1 / n;
  return out;
};
const cellShares = (xy, low, high, n) => {
  const out = new Float64Array(n * n), k = n / (high - low), N = xy.length / 2;
  const at = v => Math.min(n - 1, Math.floor((v - low) * k));
  for (let i = 0; i < N; i++) out[at(xy[2 * i]) * n + at(xy[2 * i + 1])] += 1;
  for (let i = 0; i < out.length; i++) out[i] /= N;
  return out;
};
const cellDistances = (q, p) => {
  let kl = 0, tv = 0;
  for (let i = 0; i < q.length; i++) {
    if (q[i] > 0) kl += q[i] * (Math.log(q[i]) - Math.log(p[i]));
    tv += Math.abs(q[i] - p[i]) / 2;
  }
  return {kl, tv};
};
const logFactorials = n => {
  const out = new Float64Array(n + 1);
  for (let i = 2; i <= n; i++) out[i] = out[i - 1] + Math.log(i);
  return out;
};
// What n exact samples give on average: each count is binomial. Cells never hit, subnormal ones too, give nothing
const expectedDistances = (p, n) => {
  let kl = 0, tv = 0;
  const logs = logFactorials(n);
  for (const c of p) if (n * c > 1e-12 && c < 1) {
    const wide = 12 * Math.sqrt(n * c), a = Math.log(c), b = Math.log1p(-c);
    const from = Math.max(0, Math.floor(n * c - wide - 1)), to = Math.min(n, Math.floor(n * c + wide + 30));
    for (let k = from; k <= to; k++) {
      const w = Math.exp(logs[n] - logs[k] - logs[n - k] + k * a + (n - k) * b);
      tv += w * Math.abs(k / n - c) / 2;
      if (k) kl += w * k / n * (Math.log(k / n) - a);
    }
  }
  return {kl, tv};
};
const histogram = (values, low, high, n) => {
  const out = new Float64Array(n), k = n / (high - low);
  for (const v of values) out[Math.min(n - 1, Math.max(0, Math.floor((v - low) * k)))] += 1;
  for (let i = 0; i < n; i++) out[i] *= k / values.length;
  return out;
};
const quantile = (sorted, q) => {
  const u = q * (sorted.length - 1), i = Math.floor(u), j = Math.min(i + 1, sorted.length - 1);
  return sorted[i] + (u - i) * (sorted[j] - sorted[i]);
};
const summary = values => {
  const s = Float64Array.from(values).sort(), [low, high] = BAND.map(q => quantile(s, q));
  return {mean: meanOf(s), low, high};
};

// ---- the truth: the density exp(-E/T) on the box, by sums over n x n cells ----
// Energies in the middles of n x n cells, [i*n + j]
const cellEnergies = (field, n) => {
  const w = (field.high - field.low) / n, at = i => field.low + (i + .5) * w;
  const e = new Float64Array(n * n), out = new Float64Array(3);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) e[i * n + j] = fieldAt(field, at(i), at(j), out)[0];
  return e;
};
const BINS = 4000;     // of energy, up to 40 T above the lowest
const binOf = (bins, q) => {
  let sum = 0, i = 0;
  while (i < BINS - 1 && sum + bins[i] < q) sum += bins[i++];
  return i;
};
// Shares p of coarse cells, marginals x and y, shares of the modes and of none; mean energy, its quantiles, entropy
// e: energies of the fine cells, where they are known
const gridTruth = (field, T, {modes = [], radius = 1, fine = N_GRID, cells = N_CELLS, e: known} = {}) => {
  const {low, high} = field, w = (high - low) / fine, e = known ?? cellEnergies(field, fine), [least] = extremes([e]);
  const truth = {p: new Float64Array(cells * cells), x: new Float64Array(fine), y: new Float64Array(fine),
    shares: new Float64Array(modes.length / 2 + 1), mean: 0, entropy: 0, cells, fine, w, least};
  const bins = new Float64Array(BINS), bin = 40 * T / BINS, logCell = 2 * Math.log(w);
  const coarse = i => Math.floor(i * cells / fine);
  const z = e.reduce((s, v) => s + Math.exp((least - v) / T), 0);
  truth.logZ = Math.log(z) - least / T + logCell;
  for (let i = 0, k = 0; i < fine; i++) for (let j = 0; j < fine; j++, k++) {
    const p = Math.exp((least - e[k]) / T) / z;
    truth.p[coarse(i) * cells + coarse(j)] += p;
    truth.x[i] += p / w; truth.y[j] += p / w;
    truth.shares[nearestMode(low + (i + .5) * w, low + (j + .5) * w, modes, radius)] += p;
    truth.mean += p * e[k];
    if (p > 0) truth.entropy -= p * (Math.log(p) - logCell);
    bins[Math.min(BINS - 1, Math.floor((e[k] - least) / bin))] += p;
  }
  [truth.low, truth.high] = BAND.map(q => least + (binOf(bins, q) + .5) * bin);
  return truth;
};

// ---- a history of bounded length: when it is full every second row goes, and from then on fewer come ----
const makeTrace = (most = 256) => ({most, every: 1, rows: []});
const wanted = (trace, t) => !trace.rows.length || t >= trace.rows.at(-1).t + trace.every;
const record = (trace, row) => {
  trace.rows.push(row);
  if (trace.rows.length > trace.most) { trace.every *= 2; trace.rows = trace.rows.filter((_, i) => i % 2 === 0); }
};
