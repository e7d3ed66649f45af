// What the presets of the chain explorer promise, on eight Gaussians: 400 chains, 300 steps
import {load, fixture, check, mean} from './load.mjs';

const js = await load(['stats', 'samplers', 'weights'], ['makeRng', 'makeField', 'makeChains', 'startChains',
  'stepChains', 'bufferPoints', 'refresh', 'rhat', 'ess', 'neighbourEntropy', 'gridTruth', 'makeWeights', 'weightsStep',
  'weightsLogZ']);
const {presets, field, n, low, high, points, exact, entropy} = fixture().presets, B = 400, T = 300;
const f = js.makeField(Float32Array.from(field), n, low, high);

const settings = p => ({sampler: p.sampler, step: p.step_size, temperature: p.temperature, noise: p.noise,
  leapfrog: p.n_leapfrog, low, high, start: p.start, restart: p.restart, augment: p.augment, rate: p.augment_rate});
// e, x: energies and places of all chains at each step; a: acceptance; near: entropies at steps 0, 30 and the last
const walk = s => {
  const rng = js.makeRng(3), e = [], x = [], a = [], near = [];
  const from = {low, high, data: Float32Array.from(points), buffer: new Float32Array(0), point: [0, 0]};
  if (s.start === 'buffer') from.buffer = js.bufferPoints(B, f, s, from, rng);
  const ch = js.startChains(js.makeChains(B), s.start, from, rng);
  for (let t = 0; t < T; t++) {
    if (t === 0 || t === 30) near.push(js.neighbourEntropy(ch.x));
    js.stepChains(ch, f, s, from, rng);
    js.refresh(ch, f);
    e.push(...ch.e);
    for (let i = 0; i < B; i++) x.push(ch.x[2 * i]);
    a.push(mean(Array.from(ch.a)));
  }
  near.push(js.neighbourEntropy(ch.x));
  return {e, x, a, near};
};
const run = (name, changes = {}) => {
  const {e, x, a, near} = walk(settings({...presets[name], ...changes}));
  const late = v => Float64Array.from(v.slice(B * T / 2));
  return {e: mean(Array.from(late(e))), accepted: mean(a.slice(T / 2)), r: js.rhat(late(x), T / 2, B),
    ess: js.ess(late(e), T / 2, B), near, young: mean(Array.from(late(e), v => v > exact + 3 ? 1 : 0))};
};
// Chains that carry weights, while their energy grows: log Z, and the mean energy as the weights count them
const weigh = p => {
  const s = settings(p), rng = js.makeRng(3), from = {low, high}, n = p.n_chains;
  const ch = js.startChains(js.makeChains(n), 'noise', from, rng);
  const w = js.makeWeights(n, {area: (high - low) ** 2, T: s.temperature, steps: p.anneal, threshold: .5});
  for (let t = 0; t < T; t++) js.weightsStep(w, ch, f, s, rng);
  const top = Math.max(...w.a), worth = Array.from(w.a, v => Math.exp(v - top));
  const e = mean(worth.map((v, i) => v * w.e[i])) / mean(worth);
  return {e, logZ: js.weightsLogZ(w), exactZ: js.gridTruth(f, s.temperature).logZ, resampled: w.resampled};
};

const got = Object.fromEntries(Object.entries(presets).map(([k, p]) => [k, p.weighted ? weigh(p) : run(k)]));
const cold = exact - got['far modes'].e;
const claims = {
  'Langevin': ({e, r}) => Math.abs(e - exact) < .3 && r > 1.5,
  'noise off': ({e, near}) => e < exact - .8 && near[2] < -20,
  'step too large: ULA': ({e}) => e > exact + .4,
  'step too large: MALA': ({e, accepted}) => Math.abs(e - exact) < .15 && accepted < .75,
  'far modes': ({r}) => r > 1.5 && cold > .2,
  'augmentation': ({r}) => r < got['far modes'].r - .5,
  'HMC': ({e, ess, accepted}) => Math.abs(e - exact) < .15 && ess > 2 * got['Langevin'].ess && accepted > .8,
  'CD from noise': ({e, near}) => e < exact - .5 && near[2] < entropy - 1,
  'CD from data': ({near}) => Math.abs(near[0] - entropy) < .3 && near[1] < entropy - 1,
  'CD from a buffer': ({young}) => young > .002 && young > 5 * got['CD from noise'].young,
  'weights': ({e, logZ, exactZ, resampled}) => Math.abs(e - exact) < .15 && Math.abs(logZ - exactZ) < .2
    && resampled > 0,
  'one start': ({near}) => near[0] < -20 && near[2] > entropy - 1,
};
for (const [name, r] of Object.entries(got)) {
  check(`${name}: ${JSON.stringify(r)}, exact ${exact}, ${entropy}`, claims[name]?.(r) === true);
}
const half = run('HMC', {n_leapfrog: 5}).ess, two = got['HMC'].ess;
check(`half a swing, five leapfrog steps, mixes the energy worse than two: ESS ${half}, ${two}`, half < .2 * two);
