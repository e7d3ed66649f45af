// Chains that carry log weights while their energy grows from nothing to all of it, as cdebm.weighted.WeightedChains
// carries them. Nothing here touches a page.
// needs: samplers

const logMeanExp = a => {
  const top = a.reduce((m, v) => Math.max(m, v), -Infinity);
  return top + Math.log(a.reduce((s, v) => s + Math.exp(v - top), 0) / a.length);
};
// (sum w)² / sum w², from 1 to n
const essOfWeights = a => {
  const top = a.reduce((m, v) => Math.max(m, v), -Infinity), w = a.map(v => Math.exp(v - top));
  return w.reduce((s, v) => s + v, 0) ** 2 / w.reduce((s, v) => s + v * v, 0);
};
// Whose copy each new chain is: marks at equal distances, the first at u of one, on the stacked weights
const systematic = (a, u) => {
  const n = a.length, whole = n * Math.exp(logMeanExp(a)), out = new Int32Array(n);
  for (let k = 0, i = 0, sum = Math.exp(a[0]) / whole; k < n; k++) {
    while (i < n - 1 && sum < (k + u) / n) sum += Math.exp(a[++i]) / whole;
    out[k] = i;
  }
  return out;
};
// n chains that were drawn evenly in a box of this area; e: of each, what its target was when it was last seen
const makeWeights = (n, {area, T, steps, threshold}) => ({
  n, T, steps, threshold, a: new Float64Array(n), e: new Float64Array(n).fill(T * Math.log(area)), k: 0, beta: 0,
  logZ: 0, resampled: 0, target: null,
});
const weightsLogZ = w => w.logZ + logMeanExp(w.a);
const scaledField = (field, beta) => beta === 1 ? field : {...field, at: (x, y, out) => {
  fieldAt(field, x, y, out);
  out[0] *= beta; out[1] *= beta; out[2] *= beta;
}};
// The energy grows by a step, and the chains stand still: what one has gained, it loses in worth
const weightsGrow = (w, ch, field) => {
  const beta = Math.min(1, ++w.k / w.steps);
  if (beta === w.beta) return;
  Object.assign(w, {beta, target: scaledField(field, beta)});
  ch.fresh = false;
  refresh(ch, w.target);
  for (let i = 0; i < w.n; i++) w.a[i] += (w.e[i] - ch.e[i]) / w.T;
};
const weightsResample = (w, ch, u) => {
  const from = systematic(w.a, u), {x, e, g} = ch, [x0, e0, g0] = [x, e, g].map(v => v.slice());
  w.logZ = weightsLogZ(w);
  from.forEach((j, i) => {
    e[i] = e0[j];
    for (const c of [0, 1]) { x[2 * i + c] = x0[2 * j + c]; g[2 * i + c] = g0[2 * j + c]; }
  });
  w.a.fill(0);
  w.resampled++;
  return from;
};
// One step: the energy grows, the chains move by an exact sampler, and are drawn anew where few are worth anything.
// Whose copies they are then; null where they are not drawn anew
const weightsStep = (w, ch, field, s, rng) => {
  weightsGrow(w, ch, field);
  for (const [, part] of PARTS[s.sampler]) part(ch, w.target, s, rng);
  const from = essOfWeights(w.a) < w.threshold * w.n ? weightsResample(w, ch, rng.uniform()) : null;
  w.e.set(ch.e);
  if (w.beta < 1) ch.fresh = false;     // they are those of the target
  return from;
};
