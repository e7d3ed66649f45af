// Samplers against exact moments. Every chain is independent, so errors are known: a variance from N values is off by sqrt(2/N) of it
import {load, check, near, mean, variance} from './load.mjs';

const js = await load(['samplers'], ['makeRng', 'makeField', 'fieldAt', 'makeChains', 'startChains', 'stepChains', 'transitions', 'bufferPoints', 'PARTS', 'CD', 'CD_NOISE', 'noiseStd', 'splineCoefficients']);
const N = 20000, n = 129, low = -8, high = 8, h = (high - low) / (n - 1);
// E = (x² + y²)/2, in coefficients: a cubic spline holds a parabola exactly
const c = new Float64Array(n * n);
for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) c[i * n + j] = ((low + i * h) ** 2 + (low + j * h) ** 2) / 2 - h * h / 3;
const field = js.makeField(c, n, low, high), from = {low: -3, high: 3};
const settings = o => ({sampler: 'ULA', step: .1, temperature: 1, noise: 1, leapfrog: 5, low, high, start: 'noise', restart: 0, augment: 'none', rate: 0, ...o});
const run = (o, steps, seed = 1, count = N) => {
  const s = settings(o), rng = js.makeRng(seed), ch = js.startChains(js.makeChains(count), 'noise', from, rng);
  for (let t = 0; t < steps; t++) js.stepChains(ch, field, s, from, rng);
  return ch;
};
const moments = (what, o, steps, want) => {
  const ch = run(o, steps), x = Array.from(ch.x);
  near(`${what}, mean`, mean(x), 0, 5 * Math.sqrt(want / x.length));
  near(`${what}, variance`, variance(x), want, 5 * want * Math.sqrt(2 / x.length));
  return ch;
};

{ // random numbers
  const r = js.makeRng(3), u = Array.from({length: 1e5}, r.uniform), z = Array.from({length: 1e5}, r.normal);
  near('uniform mean', mean(u), .5, 5 * Math.sqrt(1 / 12e5)); near('uniform variance', variance(u), 1 / 12, 5 * Math.sqrt(1 / 180e5));
  near('normal mean', mean(z), 0, 5 / Math.sqrt(1e5)); near('normal variance', variance(z), 1, 5 * Math.sqrt(2 / 1e5));
  near('normal fourth moment', mean(z.map(v => v ** 4)), 3, 5 * Math.sqrt(96 / 1e5));
  near('neighbours are not correlated', mean(z.slice(1).map((v, i) => v * z[i])), 0, 5 / Math.sqrt(1e5));
  const draws = seed => Array.from({length: 4}, js.makeRng(seed).normal).join();
  check('a seed repeats itself', draws(5) === draws(5) && draws(5) !== draws(6));
}
{ // the field is the parabola, with its slope, and goes on flat outside
  const out = [0, 0, 0];
  for (const [x, y] of [[0, 0], [.31, -2.7], [7.2, -7.3], [-3.999, 5.5]]) {
    js.fieldAt(field, x, y, out);
    near(`E at ${x}, ${y}`, out[0], (x * x + y * y) / 2, 2e-5); near('dE/dx', out[1], x, 2e-4); near('dE/dy', out[2], y, 2e-4);
  }
  check('outside is the nearest inside', js.fieldAt(field, 99, 1, [0, 0, 0])[0] === js.fieldAt(field, 8, 1, [0, 0, 0])[0]);
}
moments('ULA, step .1', {}, 100, 1 / (1 - .05));          // 1.0526: biased, and as much as theory says
moments('ULA, temperature 2', {temperature: 2}, 100, 2 / .95);
moments('ULA, half the noise', {noise: .5}, 100, .25 / .95);
moments('ULA, step 1', {step: 1}, 30, 2);
moments('MALA, step .5', {sampler: 'MALA', step: .5}, 60, 1);
moments('MALA, step 1.2, temperature .5', {sampler: 'MALA', step: 1.2, temperature: .5}, 100, .5);
moments('HMC', {sampler: 'HMC', step: .08}, 60, 1);
moments('HMC, temperature 2', {sampler: 'HMC', step: .2, temperature: 2, leapfrog: 3}, 60, 2);
moments('MALA takes no notice of the noise slider', {sampler: 'MALA', step: .5, noise: 0}, 60, 1);
{
  const s2 = 2 * .1 * js.CD_NOISE ** 2, k = .81;
  moments('CD as the paper runs it', {sampler: js.CD}, 200, s2 * k / (1 - k));
  near('its noise is a tenth of Langevin\'s', js.noiseStd(settings({sampler: js.CD})), .1 * Math.sqrt(.2), 1e-15);
}
{ // acceptance of MALA on a Gaussian, by another way: mean of min(1, ratio) over pairs
  const ch = run({sampler: 'MALA', step: 1}, 100), rate = mean(Array.from(ch.accepted)), sure = mean(Array.from(ch.a));
  near('as many are accepted as were likely to be', rate, sure, 5 * Math.sqrt(sure * (1 - sure) / N));
  check(`energies and gradients belong to where chains are`, ch.fresh && Array.from(ch.e).every((e, i) => Math.abs(e - (ch.x[2 * i] ** 2 + ch.x[2 * i + 1] ** 2) / 2) < 1e-4));
}
{ // descent and clamp
  const a = run({sampler: 'gradient descent'}, 0, 4, 50), b = run({sampler: 'gradient descent'}, 7, 4, 50);
  check('descent is (1 - λ)^t', Array.from(b.x).every((v, i) => Math.abs(v - a.x[i] * .9 ** 7) < 2e-3));
  const box = {low: -1, high: 1}, one = run({sampler: 'ULA', step: .5, ...box}, 50), edge = mean(Array.from(one.x, v => Math.abs(v) === 1 ? 1 : 0));
  check('the clamp keeps chains inside and puts some on the edge', Array.from(one.x).every(v => Math.abs(v) <= 1) && edge > .1);
  const v = 1 - 2 * Math.exp(-.5) / Math.sqrt(2 * Math.PI) / .6826894921370859;          // of a Gaussian cut off at ±1
  const cut = o => { const s = settings({...o, ...box}), rng = js.makeRng(2), ch = js.startChains(js.makeChains(N), 'noise', box, rng); for (let t = 0; t < 60; t++) js.stepChains(ch, field, s, box, rng); return Array.from(ch.x); };
  for (const o of [{sampler: 'MALA', step: .3}, {sampler: 'HMC', step: .03}]) near(`${o.sampler} in a box is exact`, variance(cut(o)), v, 5 * .9 * v / Math.sqrt(2 * N));
}
{ // one clamped step from 0: the share on the edge is that of the normal tails beyond it
  const s = settings({low: -.5, high: .5, start: 'point'}), at = {...s, point: [0, 0]}, rng = js.makeRng(9), ch = js.startChains(js.makeChains(N), 'point', at, rng);
  js.stepChains(ch, field, s, at, rng);
  const p = .26355247728297;          // 2(1 - Φ(.5/sqrt(.2)))
  near('share on the edge', mean(Array.from(ch.x, v => Math.abs(v) === .5 ? 1 : 0)), p, 5 * Math.sqrt(p * (1 - p) / (2 * N)));
}
{ // starts, restarts, augmentations
  const rng = js.makeRng(1), data = Float32Array.of(1, 2, -1, .5), all = {low: -3, high: 3, data, buffer: Float32Array.of(2, 2), point: [.25, -1]}, ch = js.makeChains(1000);
  const pairs = () => new Set(Array.from({length: 1000}, (_, i) => `${ch.x[2 * i]},${ch.x[2 * i + 1]}`));
  js.startChains(ch, 'data', all, rng); check('start at data', [...pairs()].sort().join(' ') === '-1,0.5 1,2');
  js.startChains(ch, 'buffer', all, rng); check('start at the buffer', [...pairs()].join() === '2,2');
  js.startChains(ch, 'point', all, rng); check('start at a point', [...pairs()].join() === '0.25,-1');
  js.startChains(ch, 'noise', all, rng); near('start at noise', variance(Array.from(ch.x)), 3, .3);
  const before = Array.from(ch.x), s = settings({augment: 'rotate', rate: 1}), radius = i => Math.hypot(ch.x[2 * i], ch.x[2 * i + 1]);
  check('all are turned', js.transitions(ch, s, all, rng) === 1000 && !ch.fresh);
  check('a turn keeps the distance to the middle', Array.from({length: 1000}, (_, i) => i).every(i => Math.abs(radius(i) - Math.hypot(before[2 * i], before[2 * i + 1])) < 1e-9));
  check('a jump ends at data', js.transitions(ch, {...s, augment: 'data'}, all, rng) === 1000 && pairs().size === 2);
  near('restarts come at their rate', js.transitions(ch, {...s, restart: .3, augment: 'none'}, all, rng), 300, 5 * Math.sqrt(210));
  check('none by default', js.transitions(ch, settings({}), all, rng) === 0);
  const b = js.bufferPoints(500, field, settings({}), {low: -3, high: 3}, rng);
  check('a buffer holds old chains and new ones', b.length === 1000 && variance(Array.from(b)) > 1 && variance(Array.from(b)) < 2.2);
}
{ // slow motion makes the same step, in parts
  for (const sampler of Object.keys(js.PARTS)) {
    const s = settings({sampler, step: .3}), whole = run(s, 5, 7, 20), rng = js.makeRng(7), ch = js.startChains(js.makeChains(20), 'noise', from, rng);
    for (let t = 0; t < 5; t++) for (const [, part] of js.PARTS[sampler]) part(ch, field, s, rng);
    check(`${sampler} in parts`, ch.x.join() === whole.x.join());
  }
}
