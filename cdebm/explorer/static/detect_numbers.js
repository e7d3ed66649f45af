// Scores of data and of something else, higher for what is less like the data: curves, their areas, a threshold.
// needs: elements

// Lowest first
const detectSorted = v => Float64Array.from(v).sort();
// How many of a sorted list are above v
const countAbove = (sorted, v) => {
  let low = 0, high = sorted.length;
  while (low < high) {
    const i = (low + high) >> 1;
    if (sorted[i] > v) high = i; else low = i + 1;
  }
  return sorted.length - low;
};
// At each threshold, from none flagged to all: shares of data and of outside examples above it
const detectCurve = (a, b) => {
  const levels = [...new Set([...a, ...b])].sort((u, v) => v - u), thresholds = [...levels, -Infinity];
  const share = sorted => thresholds.map(t => countAbove(sorted, t) / sorted.length);
  return {thresholds, wrong: share(a), found: share(b)};
};
// Probability that an outside example scores higher, ties count half: the area under `found` over `wrong`
const detectArea = ({wrong, found}) => {
  let sum = 0;
  for (let i = 1; i < wrong.length; i++) sum += (wrong[i] - wrong[i - 1]) * (found[i] + found[i - 1]) / 2;
  return sum;
};
// Share of those flagged that are outside, at each threshold; 1 where none is
const detectPrecision = ({wrong, found}, n, m) => found.map((f, i) => {
  const flagged = f * m + wrong[i] * n;
  return flagged ? f * m / flagged : 1;
});
const detectAupr = (curve, n, m) => {
  const p = detectPrecision(curve, n, m);
  let sum = 0;
  for (let i = 1; i < p.length; i++) sum += (curve.found[i] - curve.found[i - 1]) * p[i];
  return sum;
};
// The threshold that `share` of the data do not pass: the lowest score that so many are not above
const detectAt = (a, share) => a[Math.max(0, Math.ceil(share * a.length - 1e-9) - 1)];
const detectPassed = (a, b) => 1 - countAbove(b, detectAt(a, .95)) / b.length;
// What a threshold says of data and of outside examples
const detectConfusion = (a, b, t) => {
  const wrong = countAbove(a, t), found = countAbove(b, t);
  return {kept: a.length - wrong, wrong, missed: b.length - found, found};
};
// Shares of bins
const detectBins = (v, edges) => {
  const n = edges.length - 1, out = new Float64Array(n), k = n / (edges[n] - edges[0] || 1);
  for (const s of v) out[clamp(Math.floor((s - edges[0]) * k), 0, n - 1)] += 1 / v.length;
  return out;
};
// Edges that hold both but for the farthest ends, which go to the outermost bins
const detectEdges = (a, b, more = [], bins = 48) => {
  const all = detectSorted([...a, ...b]), low = all[Math.floor(.005 * (all.length - 1))];
  const high = all[Math.ceil(.985 * (all.length - 1))];
  const [from, to] = extremes([[low, high, a[0], a[a.length - 1]], more]), pad = .02 * (to - from || 1);
  return Float64Array.from({length: bins + 1}, (_, i) => from - pad + i * (to - from + 2 * pad) / bins);
};

// ---- a picture drawn by hand ----
// Ink of a round pen of radius r on x [side][side] from 0 to 1, in pixels; what is there stays; `to` 0 takes it away
const penStamp = (x, side, px, py, r, to = 1) => {
  for (let i = Math.max(0, Math.floor(py - r - 1)); i < Math.min(side, py + r + 2); i++) {
    for (let j = Math.max(0, Math.floor(px - r - 1)); j < Math.min(side, px + r + 2); j++) {
      const ink = clamp(r + .5 - Math.hypot(j + .5 - px, i + .5 - py), 0, 1), k = i * side + j;
      x[k] = to ? Math.max(x[k], ink) : Math.min(x[k], 1 - ink);
    }
  }
};
const penLine = (x, side, [ax, ay], [bx, by], r, to) => {
  const n = Math.ceil(3 * Math.hypot(bx - ax, by - ay)) || 1;
  for (let k = 0; k <= n; k++) penStamp(x, side, ax + (bx - ax) * k / n, ay + (by - ay) * k / n, r, to);
};
// The centre of the ink moved to the middle by whole pixels, as the pictures of MNIST are
const penCentred = (x, side) => {
  let sum = 0, cx = 0, cy = 0;
  for (let k = 0; k < x.length; k++) { sum += x[k]; cx += x[k] * (k % side); cy += x[k] * Math.floor(k / side); }
  if (!sum) return Float32Array.from(x);
  const middle = (side - 1) / 2, across = Math.round(middle - cx / sum), down = Math.round(middle - cy / sum);
  const out = new Float32Array(x.length);
  for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) {
    const u = i - down, v = j - across;
    if (u >= 0 && v >= 0 && u < side && v < side) out[i * side + j] = x[u * side + v];
  }
  return out;
};
