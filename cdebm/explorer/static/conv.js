// Networks of convolutions: energies of pictures and their slopes. Nothing here touches a page; workers get it as text.
// Layers hold float64, which is twice as quick as float32 in a browser; numbers go [channels][picture][rows][columns].

const up4 = n => 4 * Math.ceil(n / 4);
// Rows [o][k] as strips of four rows, [o / 4][k][4], with rows of zeros at the end
const convRows = (w, O, K, at = (o, k) => o * K + k) => {
  const out = new Float64Array(up4(O) * K);
  for (let o = 0; o < O; o++) for (let k = 0; k < K; k++) out[4 * ((o >> 2) * K + k) + (o & 3)] = w[at(o, k)];
  return out;
};

// ---- one product of matrices does the work ----
// out[o][n] = sum over k of A[o][k] P[k][n]; A by convRows, P as strips of two columns, [n / 2][k][2]; N is even
const convMultiply = (A, a0, P, p0, K, O, N, out, out0) => {
  for (let o = 0; o < O; o += 4) for (let n = 0; n < N; n += 2) {
    let a = a0 + o * K, p = p0 + n * K, c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
    for (const end = a + 4 * K; a < end; a += 4, p += 2) {
      const x = P[p], y = P[p + 1], u = A[a], v = A[a + 1], w = A[a + 2], z = A[a + 3];
      c0 += u * x; c1 += v * x; c2 += w * x; c3 += z * x;
      d0 += u * y; d1 += v * y; d2 += w * y; d3 += z * y;
    }
    const i = out0 + o * N + n;
    out[i] = c0; out[i + 1] = d0; out[i + N] = c1; out[i + N + 1] = d1;
    out[i + 2 * N] = c2; out[i + 2 * N + 1] = d2; out[i + 3 * N] = c3; out[i + 3 * N + 1] = d3;
  }
};
const convBias = (y, bias, N) => {
  for (let o = 0, i = 0; o < bias.length; o++) for (const end = i + N, b = bias[o]; i < end; i++) y[i] += b;
};

// ---- any convolution: pixels gathered under the kernel, then one product; back the same way ----
// Where in its picture each weight looks at each place: [place][c, u, v], -1 beside the picture
const kernelPlaces = ({c, k, stride, pad, side, out}, B) => {
  const table = new Int32Array(out * out * c * k * k);
  let at = 0;
  for (let i = 0; i < out; i++) for (let j = 0; j < out; j++) {
    for (let ch = 0; ch < c; ch++) for (let u = 0; u < k; u++) for (let v = 0; v < k; v++) {
      const y = i * stride + u - pad, x = j * stride + v - pad, inside = y >= 0 && x >= 0 && y < side && x < side;
      table[at++] = inside ? ch * B * side * side + y * side + x : -1;
    }
  }
  return table;
};
const gatherPlaces = (x, table, K, places, area, B, P) => {
  for (let b = 0, n = 0; b < B; b++) for (let q = 0; q < places; q++, n++) {
    let p = 2 * (n >> 1) * K + (n & 1);
    for (let t = q * K, end = t + K; t < end; t++, p += 2) P[p] = table[t] < 0 ? 0 : x[table[t] + b * area];
  }
};
const scatterPlaces = (D, table, K, places, area, B, gx) => {
  gx.fill(0);
  const N = B * places;
  for (let b = 0, n = 0; b < B; b++) for (let q = 0; q < places; q++, n++) {
    for (let k = 0, t = q * K; k < K; k++, t++) if (table[t] >= 0) gx[table[t] + b * area] += D[k * N + n];
  }
};
const packColumns = (y, O, N, P) => {
  for (let o = 0, i = 0; o < O; o++) for (let n = 0; n < N; n++, i++) P[2 * (n >> 1) * O + 2 * o + (n & 1)] = y[i];
};
const plainConv = (l, w, bias, B) => {
  const {o, c, k, side, out} = l, K = c * k * k, places = out * out, area = side * side, N = B * places;
  const A = convRows(w, o, K), back = convRows(w, K, o, (i, j) => j * K + i), table = kernelPlaces(l, B);
  const P = new Float64Array(N * Math.max(K, o)), y = new Float64Array(up4(o) * N);
  const D = new Float64Array(up4(K) * N), gx = new Float64Array(up4(c) * B * area);
  return {
    forward(x) {
      gatherPlaces(x, table, K, places, area, B, P);
      convMultiply(A, 0, P, 0, K, o, N, y, 0);
      convBias(y, bias, N);
      return y;
    },
    backward(gy) {
      packColumns(gy, o, N, P);
      convMultiply(back, 0, P, 0, o, K, N, D, 0);
      scatterPlaces(D, table, K, places, area, B, gx);
      return gx;
    },
  };
};

// ---- 3 x 3 convolutions that keep the size: 4 x 4 places at once with a quarter of the products (Winograd 1980; the
// matrices of Lavin and Gray 2016 for F(4 x 4, 3 x 3)) ----
const tilePixels = (d, i, s, r, j, q) => {
  const a = d[i], b = d[i + s], c = d[i + 2 * s], e = d[i + 3 * s], f = d[i + 4 * s], g = d[i + 5 * s];
  r[j] = 4 * a - 5 * c + f; r[j + q] = f + e - 4 * (b + c); r[j + 2 * q] = f - e + 4 * (b - c);
  r[j + 3 * q] = f - c + 2 * (e - b); r[j + 4 * q] = f - c - 2 * (e - b); r[j + 5 * q] = 4 * b - 5 * e + g;
};
const tileValues = (d, i, s, r, j, q) => {
  const a = d[i], b = d[i + s], c = d[i + 2 * s], e = d[i + 3 * s], f = d[i + 4 * s], g = d[i + 5 * s];
  const bc = b + c, ef = e + f, b_c = b - c, e_f = e - f;
  r[j] = a + bc + ef; r[j + q] = b_c + 2 * e_f; r[j + 2 * q] = bc + 4 * ef; r[j + 3 * q] = b_c + 8 * e_f + g;
};
const tileWeights = (d, i, s, r, j, q) => {
  const a = d[i], b = d[i + s], c = d[i + 2 * s], ac = a / 24 + c / 6;
  r[j] = a / 4; r[j + q] = -(a + b + c) / 6; r[j + 2 * q] = (b - a - c) / 6;
  r[j + 3 * q] = ac + b / 12; r[j + 4 * q] = ac - b / 12; r[j + 5 * q] = c;
};
// 36 matrices [o][c], each by convRows; a kernel of nine begins at of(o, c), step 1, or -1 for one turned round
const tiledRows = (w, O, C, of, step) => {
  const r = new Float64Array(18), s = new Float64Array(36), size = up4(O) * C, out = new Float64Array(36 * size);
  for (let o = 0; o < O; o++) for (let c = 0; c < C; c++) {
    for (let v = 0; v < 3; v++) tileWeights(w, of(o, c) + step * v, 3 * step, r, v, 3);
    for (let u = 0; u < 6; u++) tileWeights(r, 3 * u, 1, s, 6 * u, 1);
    for (let z = 0; z < 36; z++) out[z * size + 4 * ((o >> 2) * C + c) + (o & 3)] = s[z];
  }
  return out;
};
// A picture of `side` in the middle of `field`, a larger one, whose rim of a pixel and more stays zero
const tilePadded = (x, at, side, field, width) => {
  for (let u = 0, i = at; u < side; u++) for (let v = 0, p = (u + 1) * width + 1; v < side; v++) field[p + v] = x[i++];
};
// Pictures x [c][b][side][side] as 36 matrices [c][b, tile], in strips of two columns
const toTiles = (x, C, B, side, V, {r, field}) => {
  const T = Math.ceil(side / 4), width = 4 * T + 2, size = B * T * T * C;
  for (let c = 0, at = 0; c < C; c++) for (let b = 0, n = 0; b < B; b++, at += side * side) {
    tilePadded(x, at, side, field, width);
    for (let t = 0; t < T * T; t++, n++) {
      const from = 4 * (Math.floor(t / T) * width + t % T), to = 2 * (n >> 1) * C + 2 * c + (n & 1);
      for (let v = 0; v < 6; v++) tilePixels(field, from + v, width, r, v, 6);
      for (let u = 0; u < 6; u++) tilePixels(r, 6 * u, 1, V, to + 6 * u * size, size);
    }
  }
};
// And back: 36 matrices [o][b, tile] as [o][b][side][side]
const fromTiles = (M, O, B, side, y, {r, d}) => {
  const T = Math.ceil(side / 4), size = up4(O) * B * T * T;
  for (let o = 0, at = 0, i = 0; o < O; o++) for (let b = 0; b < B; b++, at += side * side) {
    for (let t = 0; t < T * T; t++, i++) {
      const top = 4 * Math.floor(t / T), left = 4 * (t % T), h = Math.min(4, side - top), w = Math.min(4, side - left);
      for (let v = 0; v < 6; v++) tileValues(M, i + v * size, 6 * size, r, v, 6);
      for (let u = 0; u < h; u++) {
        const p = at + (top + u) * side + left;
        if (w === 4) { tileValues(r, 6 * u, 1, y, p, 1); continue; }
        tileValues(r, 6 * u, 1, d, 0, 1);
        for (let v = 0; v < w; v++) y[p + v] = d[v];
      }
    }
  }
};
const tiledConv = ({o, c, side}, w, bias, B) => {
  const N = B * Math.ceil(side / 4) ** 2, area = side * side, most = Math.max(up4(o), up4(c));
  const A = tiledRows(w, o, c, (i, j) => 9 * (i * c + j), 1);
  const back = tiledRows(w, c, o, (i, j) => 9 * (j * c + i) + 8, -1);
  const V = new Float64Array(36 * N * most), M = new Float64Array(36 * N * most);
  const y = new Float64Array(o * B * area), gx = new Float64Array(c * B * area);
  const field = new Float64Array((4 * Math.ceil(side / 4) + 2) ** 2), room = {d: new Float64Array(4), field};
  room.r = new Float64Array(36);
  const pass = (x, from, to, U, out) => {
    toTiles(x, from, B, side, V, room);
    for (let z = 0, rows = up4(to); z < 36; z++) {
      convMultiply(U, z * rows * from, V, z * N * from, from, to, N, M, z * rows * N);
    }
    fromTiles(M, to, B, side, out, room);
    return out;
  };
  return {
    forward(x) { convBias(pass(x, c, o, A, y), bias, B * area); return y; },
    backward: gy => pass(gy, o, c, back, gx),
  };
};

// ---- the other layers ----
const convSilu = size => {
  const y = new Float64Array(size), slope = new Float64Array(size), gx = new Float64Array(size);
  return {
    forward(x) {
      for (let i = 0; i < size; i++) {
        const s = 1 / (1 + Math.exp(-x[i]));
        y[i] = x[i] * s; slope[i] = s * (1 + x[i] * (1 - s));
      }
      return y;
    },
    backward(gy) {
      for (let i = 0; i < size; i++) gx[i] = gy[i] * slope[i];
      return gx;
    },
  };
};
// Means over cells of `cell` x `cell` pixels, of fewer at the far ends
const convPooling = (maps, side, cell) => {
  const out = Math.ceil(side / cell), y = new Float64Array(maps * out * out), gx = new Float64Array(maps * side * side);
  const where = new Int32Array(side * side), weight = new Float64Array(side * side);
  const seen = i => Math.min(cell, side - i);
  for (let i = 0; i < side; i++) for (let j = 0; j < side; j++) {
    const u = Math.floor(i / cell), v = Math.floor(j / cell);
    where[i * side + j] = u * out + v;
    weight[i * side + j] = 1 / (seen(u * cell) * seen(v * cell));
  }
  const every = f => { for (let m = 0, i = 0; m < maps; m++) for (let q = 0; q < side * side; q++, i++) f(i, m, q); };
  return {
    forward(x) {
      y.fill(0);
      every((i, m, q) => { y[m * out * out + where[q]] += x[i] * weight[q]; });
      return y;
    },
    backward(gy) {
      every((i, m, q) => { gx[i] = gy[m * out * out + where[q]] * weight[q]; });
      return gx;
    },
  };
};
const convResidual = (layers, size) => {
  const y = new Float64Array(size), gx = new Float64Array(size);
  return {
    forward(x) {
      const h = convForward(layers, x);
      for (let i = 0; i < size; i++) y[i] = x[i] + h[i];
      return y;
    },
    backward(gy) {
      const g = convBackward(layers, gy);
      for (let i = 0; i < size; i++) gx[i] = gy[i] + g[i];
      return gx;
    },
  };
};
// A weighted sum of branches that all begin at the same maps and end in `size` numbers; a branch of weight 0 rests
const convSum = (branches, weights, size) => {
  const y = new Float64Array(size), one = new Float64Array(4 * size);     // with the room that a convolution wants
  const on = branches.map((b, i) => [b, weights[i]]).filter(([, w]) => w);
  return {
    forward(x) {
      y.fill(0);
      for (const [b, w] of on) convForward(b, x).subarray(0, size).forEach((v, i) => { y[i] += w * v; });
      return y;
    },
    backward(gy) {
      let total = null;
      for (const [b, w] of on) {
        for (let i = 0; i < size; i++) one[i] = w * gy[i];
        const g = convBackward(b, one);
        if (total) g.forEach((v, i) => { total[i] += v; }); else total = Float64Array.from(g);
      }
      return total;
    },
  };
};
const convForward = (layers, x) => layers.reduce((h, l) => l.forward(h), x);
const convBackward = (layers, gy) => layers.reduceRight((g, l) => l.backward(g), gy);

// ---- a network from its plan ----
// `at`: {c, side, used}, the channels and the side of what comes, and how many weights are taken; moves on
const convLayer = (l, at, weights, B) => {
  const size = l.o * at.c * l.k * l.k, w = weights.subarray(at.used, at.used + size);
  const bias = weights.subarray(at.used + size, at.used + size + l.o);
  const out = Math.floor((at.side + 2 * l.pad - l.k) / l.stride) + 1, all = {...l, c: at.c, side: at.side, out};
  const layer = (l.k === 3 && l.stride === 1 && l.pad === 1 ? tiledConv : plainConv)(all, w, bias, B);
  Object.assign(at, {c: l.o, side: out, used: at.used + size + l.o});
  return layer;
};
const convBranches = ({branches, weights: shares}, at, weights, B) => {
  const from = {...at};
  const all = branches.map(plan => {
    Object.assign(at, {...from, used: at.used});
    return convLayers(plan, at, weights, B);
  });
  return convSum(all, shares, at.c * B * at.side ** 2);
};
const convLayers = (plan, at, weights, B) => plan.map(l => {
  const maps = at.c * B, size = maps * at.side ** 2;
  if (l.kind === 'conv') return convLayer(l, at, weights, B);
  if (l.kind === 'silu') return convSilu(size);
  if (l.kind === 'sum') return convBranches(l, at, weights, B);
  if (l.kind === 'residual') return convResidual(convLayers(l.layers, at, weights, B), size);
  const cell = l.kind === 'halve' ? 2 : at.side, side = at.side;
  at.side = Math.ceil(side / cell);
  return convPooling(maps, side, cell);
});
// Weights with a class folded into the convolutions that are marked; its `row` has, of each of them, gains of the maps
// and what is added: (1 + g) (w * x + b) + a
const convFolded = ({plan, shape: [c]}, weights, row) => {
  const out = weights.slice();
  let used = 0, at = 0, from = c;
  for (const {o: maps, k, gain} of plan.filter(l => l.kind === 'conv')) {
    const each = from * k * k, bias = used + maps * each;
    for (let o = 0; gain && o < maps; o++) {
      const g = 1 + row[at + o];
      for (let q = used + o * each, end = q + each; q < end; q++) out[q] *= g;
      out[bias + o] = g * out[bias + o] + row[at + maps + o];
    }
    if (gain) at += 2 * maps;
    used = bias + maps; from = maps;
  }
  return out;
};
// The energy of pictures of shape [c, side, side], B of them at a time, an even number; weights as by `convHalves`
const convNet = ({plan, shape: [c, side]}, weights, B) => {
  const at = {c, side, used: 0}, layers = convLayers(plan, at, weights, B), area = side * side;
  if (at.used !== weights.length) throw new Error(`the plan takes ${at.used} weights of ${weights.length}`);
  return {layers, B, c, area, x: new Float64Array(c * B * area), one: new Float64Array(4 * B).fill(1, 0, B)};
};
// Pictures [n][c][area], from the one at `from` on, into the network or, slopes, out of it
const convIn = ({x, B, c, area}, pictures, from, n) => {
  for (let b = 0; b < B; b++) for (let ch = 0; ch < c; ch++) {
    const at = ((from + Math.min(b, n - 1)) * c + ch) * area;
    for (let q = 0, i = (ch * B + b) * area; q < area; q++, i++) x[i] = pictures[at + q];
  }
};
const convOut = ({B, c, area}, gx, out, from, n) => {
  for (let b = 0; b < n; b++) for (let ch = 0; ch < c; ch++) {
    const at = ((from + b) * c + ch) * area;
    for (let q = 0, i = (ch * B + b) * area; q < area; q++, i++) out[at + q] = gx[i];
  }
};
// Energies e of pictures and, where a place for them is given, their slopes; pauses after each B pictures
function* convSlices(net, pictures, n, e, slopes) {
  for (let from = 0; from < n; from += net.B) {
    const some = Math.min(net.B, n - from);
    convIn(net, pictures, from, some);
    const y = convForward(net.layers, net.x);
    for (let b = 0; b < some; b++) e[from + b] = y[b];
    if (slopes) convOut(net, convBackward(net.layers, net.one), slopes, from, some);
    yield;
  }
}
// Without pauses
const convAll = job => { let r; do r = job.next(); while (!r.done); return r.value; };
