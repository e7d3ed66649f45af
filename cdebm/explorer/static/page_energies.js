// Energies of the plane by their formulas, and the algebra of cdebm.energies: values and slopes. An energy is a
// function at(x, y, out) that puts [E, dE/dx, dE/dy] into `out`. Nothing here touches a page.
// needs: samplers, train_net

// ---- energies that stand alone, by their kind ----
const LOG_TWO_PI = Math.log(2 * Math.PI);
const gaussianAt = ({mean: [a, b], precision: [[p, q], [, r]]}) => (x, y, out) => {
  const u = x - a, v = y - b;
  out[1] = p * u + q * v; out[2] = q * u + r * v;
  out[0] = (u * out[1] + v * out[2]) / 2;
};
// -log sum of w N(x; m, s²), each part's share in the slope as large as its share in the density
const spotsAt = ({means, sd, log_w}) => {
  const k = sd.length, a = new Float64Array(k), norm = sd.map((s, i) => log_w[i] - 2 * Math.log(s) - LOG_TWO_PI);
  return (x, y, out) => {
    let top = -Infinity, sum = 0, gx = 0, gy = 0;
    for (let i = 0; i < k; i++) {
      const [m, n] = means[i];
      a[i] = norm[i] - ((x - m) ** 2 + (y - n) ** 2) / (2 * sd[i] * sd[i]);
      if (a[i] > top) top = a[i];
    }
    for (let i = 0; i < k; i++) {
      const p = Math.exp(a[i] - top), s2 = sd[i] * sd[i];
      sum += p; gx += p * (x - means[i][0]) / s2; gy += p * (y - means[i][1]) / s2;
    }
    out[0] = -top - Math.log(sum); out[1] = gx / sum; out[2] = gy / sum;
  };
};
const ringAt = ({radius, sd}) => (x, y, out) => {
  const r = Math.hypot(x, y), off = r - radius, k = r ? off / (sd * sd * r) : 0;
  out[0] = off * off / (2 * sd * sd); out[1] = k * x; out[2] = k * y;
};
const wellAt = ({barrier, at}) => (x, y, out) => {
  const u = (x / at) ** 2 - 1;
  out[0] = barrier * u * u + y * y / 2; out[1] = 4 * barrier * u * x / (at * at); out[2] = y;
};
// A network of train_net, a point at a time: a block of eight holds it, and seven copies
const netAt = ({width, confine, numbers}) => {
  const w = netTake(makeNet(width), numbers), a = new Float64Array(width), p = new Float64Array(width);
  const b = new Float64Array(width), q = new Float64Array(width), up = new Float64Array(width);
  return (x, y, out) => {
    for (let i = 0; i < width; i++) a[i] = w.W1[2 * i] * x + w.W1[2 * i + 1] * y + w.b1[i];
    netBend(w, a, p);
    for (let i = 0, k = 0; i < width; i++) {
      let sum = w.b2[i];
      for (let j = 0; j < width; j++, k++) sum += w.W2[k] * a[j];
      b[i] = sum;
    }
    netBend(w, b, q);
    up.fill(0);
    let e = w.b3[0], gx = 0, gy = 0;
    for (let i = 0, k = 0; i < width; i++) {
      const d = w.w3[i] * q[i];
      e += w.w3[i] * b[i];
      for (let j = 0; j < width; j++, k++) up[j] += w.W2[k] * d;
    }
    for (let j = 0; j < width; j++) { gx += w.W1[2 * j] * up[j] * p[j]; gy += w.W1[2 * j + 1] * up[j] * p[j]; }
    out[0] = e + confine / 2 * (x * x + y * y); out[1] = gx + confine * x; out[2] = gy + confine * y;
  };
};
const shiftedAt = ({by: [a, b], of}) => {
  const at = energyAt(of);
  return (x, y, out) => at(x - a, y - b, out);
};
// A spline through the energy, where the page has no formula
const splineAt = ({numbers, n, low, high, zero}) => {
  const field = makeField(numbers, n, low, high);
  return (x, y, out) => { fieldAt(field, x, y, out); out[0] += zero; };
};

// ---- the algebra: each node is a function of the energies e below it; c gets its slopes in them ----
const ENERGY_NODES = {
  product: ({weights}, e, c) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) { c[i] = weights[i]; sum += weights[i] * e[i]; }
    return sum;
  },
  scaled: ({w}, e, c) => { c[0] = w; return w * e[0]; },
  not: ({alpha}, e, c) => { c[0] = -alpha; return -alpha * e[0]; },
  or: ({log_w, log_zs, beta}, e, c) => {
    let top = -Infinity, sum = 0;
    for (let i = 0; i < log_w.length; i++) top = Math.max(top, c[i] = log_w[i] - beta * (e[i] + log_zs[i]));
    for (let i = 0; i < log_w.length; i++) sum += c[i] = Math.exp(c[i] - top);
    for (let i = 0; i < log_w.length; i++) c[i] /= sum;
    return -(top + Math.log(sum)) / beta;
  },
};
const nodeAt = spec => {
  const parts = spec.of.map(energyAt), k = parts.length, f = ENERGY_NODES[spec.kind];
  const e = new Float64Array(k), c = new Float64Array(k), g = new Float64Array(2 * k), one = new Float64Array(3);
  return (x, y, out) => {
    for (let i = 0; i < k; i++) { parts[i](x, y, one); e[i] = one[0]; g[2 * i] = one[1]; g[2 * i + 1] = one[2]; }
    out[0] = f(spec, e, c); out[1] = out[2] = 0;
    for (let i = 0; i < k; i++) { out[1] += c[i] * g[2 * i]; out[2] += c[i] * g[2 * i + 1]; }
  };
};
const ENERGY_LEAVES = {gaussian: gaussianAt, spots: spotsAt, ring: ringAt, well: wellAt, net: netAt,
  shifted: shiftedAt, spline: splineAt};
const energyAt = spec => spec.kind in ENERGY_NODES ? nodeAt(spec) : ENERGY_LEAVES[spec.kind](spec);

// The numbers of a net or a spline lie in `all`, float32, at [from, to]; a spec with them in their place
const withNumbers = (spec, all) => {
  const {of, place} = spec, own = {...spec}, inner = s => withNumbers(s, all);
  if (of) own.of = Array.isArray(of) ? of.map(inner) : inner(of);
  if (place) own.numbers = all.subarray(...place);
  return own;
};

// ---- energies on n x n cells, [i*n + j] ----
const cellMiddles = (n, low, high) => Float64Array.from({length: n}, (_, i) => low + (i + .5) * (high - low) / n);
// Of a net eight points at a time
const netCells = ({width, confine, numbers}, m) => {
  const n = m.length, xy = new Float64Array(2 * n * n), e = new Float64Array(n * n);
  for (let k = 0; k < n * n; k++) { xy[2 * k] = m[Math.floor(k / n)]; xy[2 * k + 1] = m[k % n]; }
  netEnergies(netTake(makeNet(width), numbers), toLanes(xy), e);
  for (let k = 0; k < n * n; k++) e[k] += confine / 2 * (xy[2 * k] ** 2 + xy[2 * k + 1] ** 2);
  return e;
};
const energyCells = (spec, n, low, high) => {
  const m = cellMiddles(n, low, high), out = new Float64Array(3), e = new Float64Array(n * n);
  if (spec.kind === 'net' && n * n % LANES === 0) return netCells(spec, m);
  const at = energyAt(spec);
  for (let i = 0, k = 0; i < n; i++) for (let j = 0; j < n; j++, k++) { at(m[i], m[j], out); e[k] = out[0]; }
  return e;
};
// Of a composition, from those of what stands alone, which are kept: cache = {n, low, high, found}
const cellsOf = (spec, cache) => {
  if (cache.found.has(spec)) return cache.found.get(spec);
  const leaf = !(spec.kind in ENERGY_NODES), e = leaf ? energyCells(spec, cache.n, cache.low, cache.high)
    : nodeCells(spec, spec.of.map(s => cellsOf(s, cache)));
  if (leaf) cache.found.set(spec, e);
  return e;
};
const nodeCells = (spec, parts) => {
  const k = parts.length, f = ENERGY_NODES[spec.kind], e = new Float64Array(k), c = new Float64Array(k);
  return parts[0].map((_, q) => {
    for (let i = 0; i < k; i++) e[i] = parts[i][q];
    return f(spec, e, c);
  });
};
