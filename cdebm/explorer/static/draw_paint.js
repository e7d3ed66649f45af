// A painting pix [i*n + j], 0..255: its density and energy, its islands, the brush. Nothing here touches a page.
// needs: elements, maps, samplers

const {BOX_SDS, INSIDE} = CONSTANTS;

// ---- the density: cubic B-splines on the pixels and a wide Gaussian, as cdebm.explorer.draw.Painted ----
const PAINT_NODES = 128;
// Nodes reach from side to side, or, with an inset of half a step, are the middles of cells.
// For each node: its first pixel and four weights; pixels that do not exist weigh nothing
const paintTaps = (n, nodes, low, high, inset) => Array.from({length: nodes}, (_, k) => {
  const u = (k + inset) * n / (nodes - 1 + 2 * inset) - .5, i = Math.floor(u), h = (high - low) / n;
  const w = new Float64Array(4), d = new Float64Array(4);
  splineWeights(u - i, w, d);
  return {first: i - 1, w: Array.from(w, (v, a) => i - 1 + a >= 0 && i - 1 + a < n ? v / h : 0)};
});
// The Gaussian on one axis
const paintWide = (nodes, low, high, inset) => {
  const sd = (high - low) / BOX_SDS, middle = (low + high) / 2, norm = Math.sqrt(2 * Math.PI) * sd;
  const at = k => (low - middle + (k + inset) * (high - low) / (nodes - 1 + 2 * inset)) / sd;
  return Float64Array.from({length: nodes}, (_, k) => Math.exp(-(at(k) ** 2) / 2) / norm);
};
// The paint smoothed along its rows, at nodes x n places
const paintRows = (pix, n, taps, total) => {
  const out = new Float64Array(taps.length * n);
  taps.forEach(({first, w}, k) => w.forEach((v, a) => {
    if (v) for (let j = 0; j < n; j++) out[k * n + j] += v / total * pix[(first + a) * n + j];
  }));
  return out;
};
// Density at nodes x nodes places from low to high, on both axes; null where nothing is painted
const paintDensity = (pix, n, {low, high, floor, nodes = PAINT_NODES, inset = 0}) => {
  const total = sumOf(pix);
  if (!total) return null;
  const taps = paintTaps(n, nodes, low, high, inset), rows = paintRows(pix, n, taps, total);
  const wide = paintWide(nodes, low, high, inset);
  const p = new Float64Array(nodes * nodes);
  for (let k = 0; k < nodes; k++) taps.forEach(({first, w}, l) => {
    let v = 0;
    for (let a = 0; a < 4; a++) if (w[a]) v += w[a] * rows[k * n + first + a];
    p[k * nodes + l] = (1 - floor) * v + floor * wide[k] * wide[l];
  });
  return p;
};
const paintField = (p, {low, high, nodes = PAINT_NODES}) => {
  const energies = p.map(v => -Math.log(v));
  return makeField(splineCoefficients(energies, nodes), nodes, low, high);
};
// The densities on whose contours so much of the mass lies within
const paintLevels = (p, inside = INSIDE) => {
  const s = Float64Array.from(p).sort().reverse(), total = sumOf(s);
  return inside.map(q => {
    let sum = 0, i = 0;
    while (i < s.length - 1 && (sum += s[i]) < q * total) i++;
    return s[i];
  });
};
const paintLines = (p, nodes = PAINT_NODES) => paintLevels(p).map(level => contour(p, nodes, level));

// ---- islands: paint that hangs together. Every pixel belongs to the one that reaches it first ----
const paintNeighbours = (at, n) => {
  const rows = [at >= n ? at - n : -1, at < n * (n - 1) ? at + n : -1];
  const columns = [at % n ? at - 1 : -1, (at + 1) % n ? at + 1 : -1];
  return [...rows, ...columns].filter(v => v >= 0);
};
// Pixels reached from those of `edge`, over neighbours that are taken(pixel, from)
const paintFlood = (edge, n, taken) => {
  for (const at of edge) for (const b of paintNeighbours(at, n)) if (taken(b, at)) edge.push(b);
  return edge;
};
// Paint below a tenth of the densest joins nothing; an island holds a fiftieth of all paint or more; the heaviest first
const paintIslands = (pix, n) => {
  const total = sumOf(pix), high = .1 * extremes([pix])[1], seen = new Uint8Array(n * n);
  const fresh = at => pix[at] > high && !seen[at] && (seen[at] = 1);
  const found = [];
  for (let at = 0; at < n * n; at++) if (fresh(at)) {
    const cells = paintFlood([at], n, fresh), mass = cells.reduce((a, b) => a + pix[b], 0);
    if (mass > .02 * total) found.push({cells, mass});
  }
  found.sort((a, b) => b.mass - a.mass);
  const owner = new Int16Array(n * n).fill(-1), claim = (b, at) => owner[b] < 0 && (owner[b] = owner[at], true);
  found.forEach(({cells}, k) => cells.forEach(at => { owner[at] = k; }));
  paintFlood(found.flatMap(o => o.cells), n, claim);
  return {owner, n, count: found.length};
};
// The share of each island in `weights`, which lie at points x, y = place(i) in units of pixels
const islandShares = (islands, weights, place) => {
  const out = new Float64Array(islands.count), {owner, n} = islands, pixel = v => clamp(Math.floor(v), 0, n - 1);
  weights.forEach((w, i) => {
    const [u, v] = place(i);
    out[owner[pixel(u) * n + pixel(v)]] += w;
  });
  const total = sumOf(out);
  return Array.from(out, v => v / total);
};

// ---- the brush: a Gaussian of standard deviation r pixels at (u, v); the denser counts ----
const PAINT_RIM = 2;     // pixels that stay free, where bumps would leave the box
const paintStamp = (pix, n, u, v, {r, level = 255, erase = false}) => {
  const reach = Math.ceil(3.2 * r) + 1, last = n - 1 - PAINT_RIM;
  const from = c => Math.max(PAINT_RIM, Math.floor(c) - reach), to = c => Math.min(last, Math.floor(c) + reach);
  const left = g => Math.round(255 * Math.max(0, 1 - 1.25 * g)), put = g => Math.round(level * g);
  for (let i = from(u); i <= to(u); i++) for (let j = from(v); j <= to(v); j++) {
    const g = Math.exp(-((i + .5 - u) ** 2 + (j + .5 - v) ** 2) / (2 * r * r)), at = i * n + j;
    pix[at] = erase ? Math.min(pix[at], left(g)) : Math.max(pix[at], put(g));
  }
};
const paintImages = (u, v, n, mirror) => {
  if (mirror === 'none') return [[u, v]];
  return mirror === 'left-right' ? [[u, v], [n - u, v]] : [[u, v], [n - u, v], [u, n - v], [n - u, n - v]];
};
const paintLine = (pix, n, [u0, v0], [u1, v1], brush) => {
  const steps = Math.max(1, Math.ceil(Math.hypot(u1 - u0, v1 - v0) / Math.max(.3, brush.r / 2)));
  for (let k = 0; k <= steps; k++) {
    const u = u0 + k / steps * (u1 - u0), v = v0 + k / steps * (v1 - v0);
    for (const at of paintImages(u, v, n, brush.mirror ?? 'none')) paintStamp(pix, n, ...at, brush);
  }
};
const paintText = pix => btoa(String.fromCharCode(...pix));
