// A network 2-H-H-1 with SiLU as an energy: its value, its slope in x, and gradients in the weights of both.
// Nothing here touches a page. Points lie in blocks of LANES: [block][2][LANES]; inside, features lie as [H][LANES], so
// that a block stays in the nearest memory while eight sums run side by side.

const LANES = 8;
// Where coordinate `axis` of point i lies
const laneOf = (i, axis) => (i >> 3) * 2 * LANES + axis * LANES + (i & 7);
// Points [x, y, x, y, ...] as blocks, and back
const toLanes = xy => Float64Array.from(xy, (_, k) => xy[2 * (((k >> 4) << 3) + (k & 7)) + ((k >> 3) & 1)]);
const fromLanes = (lanes, Kind = Float32Array) => Kind.from(lanes, (_, k) => lanes[laneOf(k >> 1, k & 1)]);

// ---- weights: W1 [H][2], b1, W2 [H][H], b2, w3 [H], b3, one after the other, as PyTorch lists them ----
const netViews = (v, H) => {
  const sizes = {W1: 2 * H, b1: H, W2: H * H, b2: H, w3: H, b3: 1}, out = {};
  let at = 0;
  for (const [k, n] of Object.entries(sizes)) out[k] = v.subarray(at, at += n);
  return out;
};
// T is W2 the other way round; the rest is scratch of a pass
const makeNet = H => {
  const n = H * H + 5 * H + 1, theta = new Float64Array(n), grad = new Float64Array(n), of = {};
  const names = ['a1', 'p1', 'q1', 'a2', 'p2', 'q2', 'd1', 'd2', 'u1', 'c1', 't1', 'c2', 'r2', 'm1', 'dw'];
  for (const k of names) of[k] = new Float64Array(H * LANES);
  // powers of two for netBend: 2^(j/256), and 2^(k - 80)
  const part = Float64Array.from({length: 256}, (_, j) => 2 ** (j / 256));
  const whole = Float64Array.from({length: 160}, (_, k) => 2 ** (k - 80));
  return {H, n, theta, grad, part, whole,
    ...netViews(theta, H), g: netViews(grad, H), T: new Float64Array(H * H), ...of};
};
const netFresh = net => {
  const {H, W2, T} = net;
  for (let i = 0; i < H; i++) for (let j = 0; j < H; j++) T[j * H + i] = W2[i * H + j];
  return net;
};
const netTake = (net, theta) => { net.theta.set(theta); return netFresh(net); };
// As cdebm.models.MLPEnergy begins: the signal keeps its size, bends lie about the origin, the last layer is small
const netBegin = (net, {normal}, gain) => {
  const {H} = net, fill = (v, sd) => { for (let i = 0; i < v.length; i++) v[i] = sd * normal(); };
  fill(net.W1, gain / Math.SQRT2); fill(net.b1, gain);
  fill(net.W2, gain / Math.sqrt(H)); fill(net.w3, .3 / Math.sqrt(H));
  net.b2.fill(0); net.b3.fill(0);
  return netFresh(net);
};

// ---- products of H x H matrices with a block ----
// out = W a + bias
const netProduct = (W, a, out, H, bias) => {
  for (let i = 0, w = 0, o = 0; i < H; i++, o += LANES) {
    const start = bias ? bias[i] : 0;
    let s0 = start, s1 = start, s2 = start, s3 = start, s4 = start, s5 = start, s6 = start, s7 = start;
    for (let k = 0; k < H * LANES; k += LANES, w++) {
      const v = W[w];
      s0 += v * a[k]; s1 += v * a[k + 1]; s2 += v * a[k + 2]; s3 += v * a[k + 3];
      s4 += v * a[k + 4]; s5 += v * a[k + 5]; s6 += v * a[k + 6]; s7 += v * a[k + 7];
    }
    out[o] = s0; out[o + 1] = s1; out[o + 2] = s2; out[o + 3] = s3;
    out[o + 4] = s4; out[o + 5] = s5; out[o + 6] = s6; out[o + 7] = s7;
  }
};
// dW += d aᵀ, summed over the block
const netOuter = (dW, d, a, H) => {
  for (let i = 0, w = 0, o = 0; i < H; i++, o += LANES) {
    const d0 = d[o], d1 = d[o + 1], d2 = d[o + 2], d3 = d[o + 3];
    const d4 = d[o + 4], d5 = d[o + 5], d6 = d[o + 6], d7 = d[o + 7];
    for (let k = 0; k < H * LANES; k += LANES, w++) {
      dW[w] += d0 * a[k] + d1 * a[k + 1] + d2 * a[k + 2] + d3 * a[k + 3]
        + d4 * a[k + 4] + d5 * a[k + 5] + d6 * a[k + 6] + d7 * a[k + 7];
    }
  }
};
// out = W v of the first layer, for a block v [2][LANES] that begins at `at`
const netIn = (net, v, at, out, bias) => {
  const {H, W1} = net;
  for (let i = 0, o = 0; i < H; i++) {
    const m = W1[2 * i], n = W1[2 * i + 1], b = bias ? bias[i] : 0;
    for (let q = at; q < at + LANES; q++, o++) out[o] = m * v[q] + n * v[q + LANES] + b;
  }
};
// SiLU of a in place, its first derivative and, where q is given, its second. Far down it is taken for 0, which is less
// than 1e-20 off: numbers near the smallest that there are make a processor a hundred times slower. exp(-z) is taken
// as 2^(m/256) exp(r), m whole and r small, to the last digit or the one before, in half the time of Math.exp
const netBend = ({part, whole}, a, p, q) => {
  for (let i = 0; i < a.length; i++) {
    const z = a[i], y = z < -50 ? 50 : z > 50 ? -50 : -z;
    const m = Math.floor(y * 369.3299304675746 + .5) | 0, r = y - m * .0027076061740622863;
    const e = whole[(m >> 8) + 80] * part[m & 255] * (1 + r * (1 + r * (.5 + r * (1 / 6 + r * (1 / 24)))));
    const s = z < -50 ? 0 : 1 / (1 + e), v = z * s;
    a[i] = v; p[i] = s + v * (1 - s);
    if (q) q[i] = s * (1 - s) * (2 + z * (1 - 2 * s));
  }
};

// ---- passes over the block of x that begins at `at` ----
// Energies into e, a number a point
const netForward = (net, x, at, e, second = false) => {
  const {H, a1, p1, q1, a2, p2, q2, w3, b3} = net;
  netIn(net, x, at, a1, net.b1);
  netBend(net, a1, p1, second && q1);
  netProduct(net.W2, a1, a2, H, net.b2);
  netBend(net, a2, p2, second && q2);
  if (!e) return;
  for (let q = 0; q < LANES; q++) {
    let s = b3[0];
    for (let i = 0, o = q; i < H; i++, o += LANES) s += w3[i] * a2[o];
    e[at / 2 + q] = s;
  }
};
// After netForward: slopes in x into g, at the same places as x; what the layers pass down stays in d2, u1 and d1
const netSlope = (net, at, g) => {
  const {H, W1, w3, p1, p2, d1, d2, u1} = net;
  for (let i = 0, o = 0; i < H; i++) for (let q = 0; q < LANES; q++, o++) d2[o] = w3[i] * p2[o];
  netProduct(net.T, d2, u1, H);
  for (let o = 0; o < u1.length; o++) d1[o] = u1[o] * p1[o];
  if (!g) return;
  for (let q = 0; q < LANES; q++) {
    let gx = 0, gy = 0;
    for (let i = 0, o = q; i < H; i++, o += LANES) { gx += W1[2 * i] * d1[o]; gy += W1[2 * i + 1] * d1[o]; }
    g[at + q] = gx; g[at + LANES + q] = gy;
  }
};
const netBoth = (net, x, at, e, g) => { netForward(net, x, at, e); netSlope(net, at, g); };
const netEnergies = (net, x, e) => {
  for (let at = 0; at < x.length; at += 2 * LANES) netForward(net, x, at, e);
  return e;
};

// ---- gradients in the weights, added to net.grad ----
// What the first layer and all biases get: adjoints z1, z2 of the layers before they bend, dw of w3
const netCollect = (net, x, at, z1, z2, dw) => {
  const {H, g} = net;
  for (let i = 0, o = 0; i < H; i++) {
    let s1 = 0, sx = 0, sy = 0, s2 = 0, s3 = 0;
    for (let q = at; q < at + LANES; q++, o++) {
      s1 += z1[o]; sx += z1[o] * x[q]; sy += z1[o] * x[q + LANES]; s2 += z2[o]; s3 += dw[o];
    }
    g.W1[2 * i] += sx; g.W1[2 * i + 1] += sy; g.b1[i] += s1; g.b2[i] += s2; g.w3[i] += s3;
  }
};
// Of sum_q scale(e_q) E(x_q), where scale holds still; energies and slopes are left in e and gx
const pushEnergy = (net, x, at, scale, e, gx) => {
  netBoth(net, x, at, e, gx);
  const {H, a1, a2, d1, d2, dw, g} = net;
  for (let q = 0; q < LANES; q++) {
    const c = scale(e[at / 2 + q]);
    for (let o = q; o < d1.length; o += LANES) { d1[o] *= c; d2[o] *= c; dw[o] = c * a2[o]; }
    g.b3[0] += c;
  }
  netOuter(g.W2, d2, a1, H);
  netCollect(net, x, at, d1, d2, dw);
};
// Of scale · sum_q v_q · slope(x_q): a tangent along v goes up, then both come down again
const pushSlope = (net, x, v, at, scale) => {
  netForward(net, x, at, null, true);
  netSlope(net, at, null);
  const {H, w3, a1, p1, q1, p2, q2, d1, d2, u1, c1, t1, c2, r2, m1, dw, g} = net;
  netIn(net, v, at, c1);
  for (let o = 0; o < c1.length; o++) t1[o] = p1[o] * c1[o];
  netProduct(net.W2, t1, c2, H);
  for (let i = 0, o = 0; i < H; i++) for (let q = 0; q < LANES; q++, o++) {
    dw[o] = scale * p2[o] * c2[o]; r2[o] = scale * w3[i] * q2[o] * c2[o]; d2[o] *= scale;
  }
  netOuter(g.W2, d2, t1, H);
  netOuter(g.W2, r2, a1, H);
  netProduct(net.T, r2, m1, H);
  for (let o = 0; o < d1.length; o++) {
    const along = scale * u1[o];
    d1[o] = along * q1[o] * c1[o] + m1[o] * p1[o]; t1[o] = along * p1[o];
  }
  netCollect(net, x, at, d1, r2, dw);
  netAlong(net, v, at, t1);
};
// The first layer's part by way of the tangent
const netAlong = (net, v, at, t1) => {
  for (let i = 0, o = 0; i < net.H; i++) {
    let sx = 0, sy = 0;
    for (let q = at; q < at + LANES; q++, o++) { sx += t1[o] * v[q]; sy += t1[o] * v[q + LANES]; }
    net.g.W1[2 * i] += sx; net.g.W1[2 * i + 1] += sy;
  }
};
