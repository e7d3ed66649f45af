// One update of improved contrastive divergence of a small network, as cdebm.training does it, and all that it needs:
// data, a store of chains with restarts, the terms of the loss, Adam, averaged weights. Nothing here touches a page.
// needs: samplers, train_net, train_chains

// ---- data: a painting, exact draws (cdebm.explorer.painted.Painted) ----
// pix [i*n + j], 0..255; `sds` standard deviations of the wide Gaussian in a side of the box
const makeSource = (pix, {n, low, high, floor, sds}) => {
  const sums = new Float64Array(pix.length), h = (high - low) / n, middle = (low + high) / 2, sd = (high - low) / sds;
  let total = 0;
  pix.forEach((v, i) => { sums[i] = total += v; });
  const cell = u => {
    let a = 0, b = sums.length - 1;
    while (a < b) { const m = (a + b) >> 1; if (sums[m] > u) b = m; else a = m + 1; }
    return a;
  };
  const bump = ({uniform}) => uniform() + uniform() + uniform() + uniform() - 2;
  return rng => {
    const k = cell(total * rng.uniform()), x = low + h * (Math.floor(k / n) + .5 + bump(rng));
    const y = low + h * (k % n + .5 + bump(rng));
    return rng.uniform() < floor ? [middle + sd * rng.normal(), middle + sd * rng.normal()] : [x, y];
  };
};

// ---- the random numbers of one update ----
const makeDraws = ({rng, source, o}) => {
  const {uniform, normal} = rng, many = (n, f) => {
    const v = new Float64Array(n);
    for (let i = 0; i < n; i++) v[i] = f();
    return v;
  };
  const each = (on, n, f) => Array.from({length: on ? o.K : 0}, () => many(n, f));
  const pos = new Float64Array(2 * o.B);
  for (let i = 0; i < o.B; i++) [pos[laneOf(i, 0)], pos[laneOf(i, 1)]] = source(rng);
  return {
    pos, restart: many(o.B, uniform), fresh: many(2 * o.B, uniform),
    bank: Array.from({length: o.bank}, () => Math.floor(o.store * uniform())),
    noise: each(true, 2 * o.B, normal), test: each(o.sampler === 'MALA', o.B, uniform),
    jump: each(o.jumps, 2 * o.B, uniform), jumpTest: each(o.jumps, o.B, uniform),
  };
};

// ---- the loss ----
// Earlier samples [x, y, ...] from slots of the store
const takeBank = ({store}, slots) => {
  const out = new Float64Array(2 * slots.length);
  slots.forEach((i, j) => { out[2 * j] = store[laneOf(i, 0)]; out[2 * j + 1] = store[laneOf(i, 1)]; });
  return out;
};
// [dx, dy, distance²] from a point to its nearest neighbour in a bank
const fromNearest = (x, y, bank, out) => {
  out[2] = Infinity;
  for (let j = 0; j < bank.length; j += 2) {
    const u = x - bank[j], v = y - bank[j + 1], d = u * u + v * v;
    if (d < out[2]) { out[0] = u; out[1] = v; out[2] = d; }
  }
  return out;
};
// By whether a chain overshot, 1 or 0 (cdebm.losses.chain_factors)
const RULE_FACTORS = {paper: () => 1, gate: over => over, signed: over => 2 * over - 1};
// Where each sample would go for the KL term's sake: s.push, from its slopes s.h
const pushSamples = (s, {opt, entropy}, bank) => {
  const {o, x, h, push, held, turned} = s, factor = RULE_FACTORS[o.rule], apart = new Float64Array(3);
  for (let i = 0; i < o.B; i++) {
    const a = laneOf(i, 0), c = a + LANES, f = factor(turned[i]);
    let k = 0;
    if (entropy) { fromNearest(x[a], x[c], bank, apart); k = apart[2] > 1e-24 ? entropy / apart[2] : 0; }
    push[a] = held[a] ? 0 : f * (opt * h[a] - k * apart[0]);
    push[c] = held[c] ? 0 : f * (opt * h[c] - k * apart[1]);
  }
};
// The gradient of the weighted sum of the terms into net.grad, for data and the chains in s (cdebm.losses.improved_cd)
const lossGradient = (s, pos, bank, weights) => {
  const {net, o, x} = s, {cd = 0, opt = 0, entropy = 0, reg = 0} = weights;
  net.grad.fill(0);
  for (let at = 0; at < 2 * o.B; at += 2 * LANES) {
    pushEnergy(net, pos, at, e => (cd + 2 * reg * e) / o.B, s.ePos, s.y);
    pushEnergy(net, x, at, e => (2 * reg * e - cd) / o.B, s.eNeg, s.h);
  }
  if (!opt && !entropy) return net.grad;
  pushSamples(s, {opt, entropy}, bank);
  for (let at = 0; at < 2 * o.B; at += 2 * LANES) pushSlope(net, s.before, s.push, at, -o.step / o.B);
  return net.grad;
};
const lengthOf = v => { let sum = 0; for (let i = 0; i < v.length; i++) sum += v[i] * v[i]; return Math.sqrt(sum); };
const meanIn = v => { let sum = 0; for (let i = 0; i < v.length; i++) sum += v[i]; return sum / v.length; };
// The length of each term's gradient, times its weight
const termLengths = (s, pos, bank) => {
  const out = {}, {weights} = s.o;
  for (const k of ['cd', 'opt', 'entropy', 'reg']) {
    out[k] = weights[k] ? Math.abs(weights[k]) * lengthOf(lossGradient(s, pos, bank, {[k]: 1})) : 0;
  }
  return out;
};

// ---- the update ----
// Clipped to a length, then Adam; false where the gradient is not finite, and then nothing changes
const adamStep = (s, grad) => {
  const {o, m, v, net: {theta}} = s, [b1, b2] = o.betas, norm = lengthOf(grad);
  if (!Number.isFinite(norm)) return false;
  const cut = Math.min(1, o.clip / (norm + 1e-6)), t = s.t + 1, c1 = 1 - b1 ** t, c2 = Math.sqrt(1 - b2 ** t);
  for (let i = 0; i < theta.length; i++) {
    const g = cut * grad[i];
    m[i] += (1 - b1) * (g - m[i]); v[i] = b2 * v[i] + (1 - b2) * g * g;
    theta[i] -= o.lr / c1 * m[i] / (Math.sqrt(v[i]) / c2 + 1e-8);
  }
  netFresh(s.net);
  return true;
};
// The first average is the weights themselves (cdebm.callbacks.EMA)
const averageStep = ({mean, net, t, o}) => {
  const share = t ? 1 - o.decay : 1;
  for (let i = 0; i < net.n; i++) mean.theta[i] += share * (net.theta[i] - mean.theta[i]);
};
// A window of the store, restarted here and there, moves on: places in the store, chains in s.x
const takeChains = (s, draws) => {
  const {o} = s, from = 2 * o.B * (s.t % (o.store / o.B)), window = s.store.subarray(from, from + 2 * o.B);
  s.x.set(window);
  for (let i = 0; i < o.B; i++) if (draws.restart[i] < o.restart) for (const axis of [0, 1]) {
    s.x[laneOf(i, axis)] = o.low + (o.high - o.low) * draws.fresh[laneOf(i, axis)];
  }
  return window;
};
// All but random: `draws` says what chance said. With `measure` the terms' lengths are kept in s.lengths
const trainUpdate = (s, draws, measure = false) => {
  const window = takeChains(s, draws), bank = takeBank(s, draws.bank);
  chainsRun(s, draws);
  if (measure) s.lengths = termLengths(s, draws.pos, bank);
  s.whole = adamStep(s, lossGradient(s, draws.pos, bank, s.o.weights));
  if (!s.whole) return;
  averageStep(s);
  window.set(s.x);
  s.t++;
};

// ---- a training ----
const TRAIN_DEFAULTS = {
  H: 32, K: 10, B: 128, bank: 100, store: 512, sampler: 'Langevin', jumps: false, step: .05, rule: 'paper',
  weights: {cd: 1, opt: 1, entropy: .3, reg: 0}, lr: 3e-3, betas: [.9, .99], clip: 10, decay: .98, restart: .05,
  low: -4, high: 4, seed: 0, gain: 1.6768,
};
const makeTrainer = (options, source) => {
  const o = {...TRAIN_DEFAULTS, ...options}, rng = makeRng(o.seed);
  const net = netBegin(makeNet(o.H), rng, o.gain);
  const box = () => o.low + (o.high - o.low) * rng.uniform(), zeros = () => new Float64Array(net.n);
  const store = new Float64Array(2 * o.store).map(box), start = {t: 0, whole: true, lengths: null};
  return {o, rng, net, source, mean: netTake(makeNet(o.H), net.theta), store, m: zeros(), v: zeros(), ...start,
    ...chainBuffers(o.B)};
};
// A training that goes on with weights {t, weights} from elsewhere: new chains, which first run a while
const trainFrom = (s, from) => {
  if (!from) return s;
  netTake(s.net, from.weights); netTake(s.mean, from.weights);
  for (; s.t < 40; s.t++) {
    const draws = makeDraws(s), window = takeChains(s, draws);
    chainsRun(s, draws);
    window.set(s.x);
  }
  s.t = from.t;
  return s;
};
// Energies of the averaged weights at the middles of n x n cells, [ix*n + iy]
const trainMap = (s, n) => {
  const {low, high} = s.o, h = (high - low) / n, x = new Float64Array(2 * n * n);
  for (let i = 0; i < n * n; i++) {
    x[laneOf(i, 0)] = low + (Math.floor(i / n) + .5) * h;
    x[laneOf(i, 1)] = low + (i % n + .5) * h;
  }
  return netEnergies(netFresh(s.mean), x, new Float64Array(n * n));
};
