// Chains of a small network: Langevin, MALA and uniform jumps, a block of eight at a time. Nothing here touches a page.
// Every random number comes from outside, in `draws`, so that a step can be repeated and compared.
// needs: train_net

// s.x: chains, s.before: where the last step began, s.e, s.g: energies and slopes of MALA's chains;
// s.held: 1 where a coordinate was stopped by a wall or a test, so that the weights do not move it;
// s.turned: 1 where the last drift turned the slope round, or a wall took most of it
const chainBuffers = B => {
  const plane = () => new Float64Array(2 * B), line = () => new Float64Array(B);
  return {x: plane(), before: plane(), y: plane(), g: plane(), h: plane(), held: plane(), push: plane(),
    e: line(), f: line(), turned: line(), ePos: line(), eNeg: line()};
};

// A jump to anywhere in the box, with a test that leaves the density alone (cdebm.samplers.UniformJump)
const chainJump = (s, draws, k, at) => {
  const {net, x, y, e, f, g, o} = s, place = draws.jump[k], test = draws.jumpTest[k], mala = o.sampler === 'MALA';
  for (let q = at; q < at + 2 * LANES; q++) y[q] = o.low + (o.high - o.low) * place[q];
  netForward(net, y, at, f);
  if (!mala) netForward(net, x, at, e);
  let moved = false;
  for (let a = at, b = at / 2; a < at + LANES; a++, b++) if (test[b] < Math.exp(e[b] - f[b])) {
    x[a] = y[a]; x[a + LANES] = y[a + LANES];
    moved = true;
  }
  if (moved && mala) netBoth(net, x, at, e, g);
};
// x - λ slope + noise, clamped to the box (cdebm.samplers.Langevin)
const chainLangevin = (s, draws, k, at) => {
  const {net, x, y, g, held, o} = s, sd = Math.sqrt(2 * o.step), z = draws.noise[k];
  netForward(net, x, at, null);
  netSlope(net, at, g);
  for (let q = at; q < at + 2 * LANES; q++) {
    y[q] = x[q] - o.step * g[q];
    const there = y[q] + sd * z[q];
    x[q] = there < o.low ? o.low : there > o.high ? o.high : there;
    held[q] = x[q] === there ? 0 : 1;
  }
};
// After the last step: did the drift, which led to y, overshoot? (cdebm.samplers.overshot)
const chainTurned = (s, at) => {
  const {net, y, g, h, turned, o} = s;
  const wall = q => {
    const inside = Math.min(o.high, Math.max(o.low, y[q])), taken = (inside - y[q]) * g[q];
    y[q] = inside;
    return taken;
  };
  for (let a = at, b = at / 2; a < at + LANES; a++, b++) s.f[b] = wall(a) + wall(a + LANES);
  netForward(net, y, at, null);
  netSlope(net, at, h);
  for (let a = at, b = at / 2; a < at + LANES; a++, b++) {
    const c = a + LANES, along = g[a] * h[a] + g[c] * h[c], length = g[a] * g[a] + g[c] * g[c];
    turned[b] = along < 0 || 2 * s.f[b] > o.step * length ? 1 : 0;
  }
};
// Langevin's move with a test (cdebm.samplers.MALA); e and g are those of x before and after
const chainMala = (s, draws, k, at) => {
  const {net, x, y, g, h, e, f, held, o} = s, sd = Math.sqrt(2 * o.step), z = draws.noise[k], test = draws.test[k];
  const inside = v => v >= o.low && v <= o.high;
  for (let q = at; q < at + 2 * LANES; q++) y[q] = x[q] - o.step * g[q] + sd * z[q];
  netBoth(net, y, at, f, h);
  const back = q => (x[q] - y[q] + o.step * h[q]) ** 2, there = q => (sd * z[q]) ** 2;
  for (let a = at, b = at / 2; a < at + LANES; a++, b++) {
    const c = a + LANES, ways = (there(a) + there(c) - back(a) - back(c)) / (4 * o.step);
    const yes = inside(y[a]) && inside(y[c]) && test[b] < Math.exp(e[b] - f[b] + ways);
    held[a] = held[c] = yes ? 0 : 1;
    if (!yes) continue;
    x[a] = y[a]; x[c] = y[c]; g[a] = h[a]; g[c] = h[c]; e[b] = f[b];
  }
};
// K steps of all chains in s.x
const chainsRun = (s, draws) => {
  const {o, x, before} = s, mala = o.sampler === 'MALA', step = mala ? chainMala : chainLangevin;
  for (let at = 0; at < x.length; at += 2 * LANES) {
    if (mala) netBoth(s.net, x, at, s.e, s.g);
    for (let k = 0; k < o.K; k++) {
      if (o.jumps) chainJump(s, draws, k, at);
      if (k === o.K - 1) for (let q = at; q < at + 2 * LANES; q++) before[q] = x[q];
      step(s, draws, k, at);
    }
    if (o.rule !== 'paper') chainTurned(s, at);
  }
};
