// Samplers against exact moments. Every chain is independent, so errors are known: a variance from N values is off by sqrt(2/N) of it
import {load, fixture, check, near, nearAll, mean, variance} from './load.mjs';

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
  js.transitions(ch, {...s, start: 'buffer', restart: 1, augment: 'none'}, all, rng); near('what leaves a buffer starts from noise', variance(Array.from(ch.x)), 3, .3);
  const plenty = Float32Array.from({length: 2400}, () => rng.normal());
  js.startChains(ch, 'data', {...all, data: plenty}, rng); check('distinct points while there are enough', pairs().size === 1000 && Array.from(ch.x).every(v => plenty.includes(v)));
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
{ // the field as Python ships it, of an energy without symmetry, between its nodes; one step of each sampler is that of the library
  const all = fixture().steps, f = all.pop(), N = f.x.length / 2, at = js.makeField(Float32Array.from(f.field), f.n, f.low, f.high);
  const got = Array.from({length: N}, (_, i) => Array.from(js.fieldAt(at, f.x[2 * i], f.x[2 * i + 1], [0, 0, 0])));
  check('shipped with its rim', f.field.length === (f.n + 2) ** 2);
  nearAll('energies', got.map(g => g[0]), f.e, 1e-4); nearAll('slopes', got.flatMap(g => g.slice(1)), f.g, 1e-3);
  for (const s of all) {
    let i = 0, j = 0;
    const rng = {normal: () => s.z[i++], uniform: () => s.u[j++]}, ch = js.makeChains(N);
    ch.x.set(f.x);
    js.stepChains(ch, at, {...settings({}), ...s}, from, rng);
    nearAll(`${s.sampler} at temperature ${s.temperature}, acceptance`, Array.from(ch.a), s.a, 2e-3);
    nearAll('where it ends', Array.from(ch.x), s.y, 2e-3);
    check('as many random numbers', i === (s.sampler === 'gradient descent' ? 0 : 2 * N) && j === (s.sampler === 'MALA' || s.sampler === 'HMC' ? N : 0));
  }
  check('some are refused, and some not', all.filter(s => s.sampler === 'MALA' || s.sampler === 'HMC').every(s => { const still = s.y.filter((v, i) => v === f.x[i]).length; return still > 0 && still < 2 * N; }));
  // moved by hand, as the pointer does: the test asks for the energy where the chain is now
  const s = settings(all.find(s => s.sampler === 'MALA')), count = () => ({normal: (i => () => s.z[i++])(0), uniform: (i => () => s.u[i++])(0)}), a = js.makeChains(N), b = js.makeChains(N);
  js.startChains(a, 'noise', {low: -1, high: 1}, js.makeRng(3)); js.stepChains(a, at, s, from, js.makeRng(4));
  js.transitions(a, {...s, start: 'point', restart: 1, rate: 0}, {low: -3, high: 3, point: [.3, -.8]}, js.makeRng(1));
  b.x.set(a.x);
  js.stepChains(a, at, s, from, count()); js.stepChains(b, at, s, from, count());
  check('MALA after a restart', a.x.join() === b.x.join() && a.a.join() === b.a.join());
}
{ // moves in a box whose middle is not 0, where no symmetry hides a wrong one
  const box = {low: 0, high: 4, data: Float32Array.of(1, 3)}, rng = js.makeRng(6), ch = js.makeChains(4000), s = settings({low: 0, high: 4, augment: 'perturb', rate: 1});
  const all = f => Array.from({length: 4000}, (_, i) => f(ch.x[2 * i], ch.x[2 * i + 1])), put = (x, y) => { for (let i = 0; i < 4000; i++) ch.x.set([x, y], 2 * i); };
  put(1, 2.5); js.transitions(ch, s, box, rng);
  near('a push is a sixteenth of the box', variance(all(x => x)), 1 / 16, 5 / 16 * Math.sqrt(2 / 4000)); near('about where it was', mean(all((x, y) => y)), 2.5, .02);
  put(.05, 3.95); js.transitions(ch, s, box, rng);
  check('and ends in the box', Math.min(...ch.x) === 0 && Math.max(...ch.x) === 4);
  put(1, 2); js.transitions(ch, {...s, augment: 'rotate'}, box, rng);
  check('a turn is about the middle of the box', all((x, y) => Math.abs(Math.hypot(x - 2, y - 2) - 1)).every(v => v < 1e-9));
  near('to all sides', mean(all(x => x)), 2, 5 * Math.sqrt(.5 / 4000)); near('to all sides', mean(all((x, y) => y)), 2, 5 * Math.sqrt(.5 / 4000));
  put(2.2, .1);
  near('augmentations come at their rate', js.transitions(ch, {...s, augment: 'data', rate: .2}, box, rng), 800, 5 * Math.sqrt(640));
  put(2.2, .1); js.transitions(ch, {...s, augment: 'data', rate: .5, restart: .5, start: 'point'}, {...box, point: [.5, .5]}, rng);
  for (const [x, p] of [[.5, .5], [1, .25], [2.2, .25]]) near(`of restarts and moves: at ${x}`, mean(all(u => Math.abs(u - x) < 1e-9 ? 1 : 0)), p, 5 * Math.sqrt(p * (1 - p) / 4000));
}
