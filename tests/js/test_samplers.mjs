// Samplers against exact moments. Chains are independent: a variance of N values is off by sqrt(2/N) of it
import {load, fixture, check, near, nearAll, mean, variance} from './load.mjs';

const js = await load(['samplers'], ['makeRng', 'makeField', 'fieldAt', 'makeChains', 'startChains', 'stepChains',
  'transitions', 'bufferPoints', 'PARTS', 'AUGMENT', 'CD', 'CD_NOISE', 'PUSH', 'noiseStd', 'splineCoefficients']);
const N = 20000, n = 129, low = -8, high = 8, h = (high - low) / (n - 1);
// E = (x² + y²)/2, in coefficients: a cubic spline holds a parabola exactly
const c = new Float64Array(n * n);
for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
  c[i * n + j] = ((low + i * h) ** 2 + (low + j * h) ** 2) / 2 - h * h / 3;
}
const field = js.makeField(c, n, low, high), from = {low: -3, high: 3};
const plain = {sampler: 'ULA', step: .1, temperature: 1, noise: 1, leapfrog: 5, low, high, start: 'noise', restart: 0,
  augment: 'none', rate: 0};
const settings = o => ({...plain, ...o});
const run = (o, steps, seed = 1, count = N, start = from) => {
  const s = settings(o), rng = js.makeRng(seed), ch = js.startChains(js.makeChains(count), s.start, start, rng);
  for (let t = 0; t < steps; t++) js.stepChains(ch, field, s, start, rng);
  return ch;
};
const moments = (what, o, steps, want) => {
  const x = Array.from(run(o, steps).x);
  near(`${what}, mean`, mean(x), 0, 5 * Math.sqrt(want / x.length));
  near(`${what}, variance`, variance(x), want, 5 * want * Math.sqrt(2 / x.length));
};
const hasTest = s => s.sampler === 'MALA' || s.sampler === 'HMC';

{ // random numbers
  const r = js.makeRng(3), u = Array.from({length: 1e5}, r.uniform), z = Array.from({length: 1e5}, r.normal);
  near('uniform mean', mean(u), .5, 5 * Math.sqrt(1 / 12e5));
  near('uniform variance', variance(u), 1 / 12, 5 * Math.sqrt(1 / 180e5));
  near('normal mean', mean(z), 0, 5 / Math.sqrt(1e5));
  near('normal variance', variance(z), 1, 5 * Math.sqrt(2 / 1e5));
  near('normal fourth moment', mean(z.map(v => v ** 4)), 3, 5 * Math.sqrt(96 / 1e5));
  near('neighbours are not correlated', mean(z.slice(1).map((v, i) => v * z[i])), 0, 5 / Math.sqrt(1e5));
  const draws = seed => Array.from({length: 4}, js.makeRng(seed).normal).join();
  check('a seed repeats itself', draws(5) === draws(5) && draws(5) !== draws(6));
}
{ // the field is the parabola, with its slope, and goes on flat outside
  const at = (x, y) => js.fieldAt(field, x, y, [0, 0, 0]);
  for (const [x, y] of [[0, 0], [.31, -2.7], [7.2, -7.3], [-3.999, 5.5]]) {
    const [e, dx, dy] = at(x, y);
    near(`E at ${x}, ${y}`, e, (x * x + y * y) / 2, 2e-5);
    near('dE/dx', dx, x, 2e-4); near('dE/dy', dy, y, 2e-4);
  }
  check('outside is the nearest inside', at(99, 1)[0] === at(8, 1)[0]);
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
  const energy = i => (ch.x[2 * i] ** 2 + ch.x[2 * i + 1] ** 2) / 2;
  near('as many are accepted as were likely to be', rate, sure, 5 * Math.sqrt(sure * (1 - sure) / N));
  const theirs = Array.from(ch.e).every((e, i) => Math.abs(e - energy(i)) < 1e-4);
  check('energies and gradients belong to where chains are', ch.fresh && theirs);
}
{ // descent and clamp
  const descent = {sampler: 'gradient descent'}, a = run(descent, 0, 4, 50), b = run(descent, 7, 4, 50);
  const shrunk = Array.from(b.x).every((v, i) => Math.abs(v - a.x[i] * .9 ** 7) < 2e-3);
  check('descent is (1 - λ)^t', shrunk);
  const box = {low: -1, high: 1}, one = Array.from(run({step: .5, ...box}, 50).x);
  const edge = mean(one.map(v => Math.abs(v) === 1 ? 1 : 0));
  check('the clamp keeps chains inside and puts some on the edge', one.every(v => Math.abs(v) <= 1) && edge > .1);
  const v = 1 - 2 * Math.exp(-.5) / Math.sqrt(2 * Math.PI) / .6826894921370859;          // of a Gaussian cut off at ±1
  for (const o of [{sampler: 'MALA', step: .3}, {sampler: 'HMC', step: .03}]) {
    const x = Array.from(run({...o, ...box}, 60, 2, N, box).x);
    near(`${o.sampler} in a box is exact`, variance(x), v, 5 * .9 * v / Math.sqrt(2 * N));
  }
}
{ // one clamped step from 0: the share on the edge is that of the normal tails beyond it
  const box = {low: -.5, high: .5}, at = {...box, point: [0, 0]}, ch = run({...box, start: 'point'}, 1, 9, N, at);
  const p = .26355247728297, edge = Array.from(ch.x, v => Math.abs(v) === .5 ? 1 : 0);          // 2(1 - Φ(.5/sqrt(.2)))
  near('share on the edge', mean(edge), p, 5 * Math.sqrt(p * (1 - p) / (2 * N)));
}
{ // starts
  const rng = js.makeRng(1), data = Float32Array.of(1, 2, -1, .5), ch = js.makeChains(1000);
  const all = {low: -3, high: 3, data, buffer: Float32Array.of(2, 2), point: [.25, -1]};
  const pairs = () => new Set(Array.from({length: 1000}, (_, i) => `${ch.x[2 * i]},${ch.x[2 * i + 1]}`));
  js.startChains(ch, 'data', all, rng); check('start at data', [...pairs()].sort().join(' ') === '-1,0.5 1,2');
  js.startChains(ch, 'buffer', all, rng); check('start at the buffer', [...pairs()].join() === '2,2');
  js.startChains(ch, 'point', all, rng); check('start at a point', [...pairs()].join() === '0.25,-1');
  js.startChains(ch, 'noise', all, rng); near('start at noise', variance(Array.from(ch.x)), 3, .3);
  // restarts, augmentations
  const before = Array.from(ch.x), s = settings({augment: 'rotate', rate: 1});
  const radius = (x, i) => Math.hypot(x[2 * i], x[2 * i + 1]), places = Array.from({length: 1000}, (_, i) => i);
  check('all are turned', js.transitions(ch, s, all, rng) === 1000 && !ch.fresh);
  const kept = places.every(i => Math.abs(radius(ch.x, i) - radius(before, i)) < 1e-9);
  check('a turn keeps the distance to the middle', kept);
  const jumped = js.transitions(ch, {...s, augment: 'data'}, all, rng);
  check('a jump ends at data', jumped === 1000 && pairs().size === 2);
  const again = {...s, augment: 'none'}, some = js.transitions(ch, {...again, restart: .3}, all, rng);
  near('restarts come at their rate', some, 300, 5 * Math.sqrt(210));
  js.transitions(ch, {...again, start: 'buffer', restart: 1}, all, rng);
  near('what leaves a buffer starts from noise', variance(Array.from(ch.x)), 3, .3);
  const plenty = Float32Array.from({length: 2400}, () => rng.normal());
  js.startChains(ch, 'data', {...all, data: plenty}, rng);
  const theirs = Array.from(ch.x).every(v => plenty.includes(v));
  check('distinct points while there are enough', pairs().size === 1000 && theirs);
  check('none by default', js.transitions(ch, settings({}), all, rng) === 0);
  const b = js.bufferPoints(500, field, settings({}), {low: -3, high: 3}, rng), spread = variance(Array.from(b));
  check('a buffer holds old chains and new ones', b.length === 1000 && spread > 1 && spread < 2.2);
}
for (const sampler of Object.keys(js.PARTS)) { // slow motion makes the same step, in parts
  const s = settings({sampler, step: .3}), whole = run(s, 5, 7, 20), rng = js.makeRng(7);
  const ch = js.startChains(js.makeChains(20), 'noise', from, rng);
  for (let t = 0; t < 5; t++) for (const [, part] of js.PARTS[sampler]) part(ch, field, s, rng);
  check(`${sampler} in parts`, ch.x.join() === whole.x.join());
}
{ // the page can run every sampler that Python names, and make every move
  const {sampler, augment} = fixture().handed.TRAITS;
  check('samplers', Object.keys(js.PARTS).sort().join() === [...sampler.choices].sort().join());
  check('augmentations', ['none', ...Object.keys(js.AUGMENT)].sort().join() === [...augment.choices].sort().join());
}
{ // the field as Python ships it, of an energy without symmetry, between its nodes; one step of each is the library's
  const all = fixture().steps, f = all.pop(), M = f.x.length / 2;
  const at = js.makeField(Float32Array.from(f.field), f.n, f.low, f.high);
  const got = Array.from({length: M}, (_, i) => Array.from(js.fieldAt(at, f.x[2 * i], f.x[2 * i + 1], [0, 0, 0])));
  check('shipped with its rim', f.field.length === (f.n + 2) ** 2);
  nearAll('energies', got.map(g => g[0]), f.e, 1e-4); nearAll('slopes', got.flatMap(g => g.slice(1)), f.g, 1e-3);
  for (const s of all) {
    let i = 0, j = 0;
    const rng = {normal: () => s.z[i++], uniform: () => s.u[j++]}, ch = js.makeChains(M);
    const noisy = s.sampler !== 'gradient descent';
    ch.x.set(f.x);
    js.stepChains(ch, at, {...plain, ...s}, from, rng);
    nearAll(`${s.sampler} at temperature ${s.temperature}, acceptance`, Array.from(ch.a), s.a, 2e-3);
    nearAll('where it ends', Array.from(ch.x), s.y, 2e-3);
    check('as many random numbers', i === (noisy ? 2 * M : 0) && j === (hasTest(s) ? M : 0));
  }
  const still = s => s.y.filter((v, i) => v === f.x[i]).length;
  check('some are refused, and some not', all.filter(hasTest).every(s => still(s) > 0 && still(s) < 2 * M));
  // moved by hand, as the pointer does: the test asks for the energy where the chain is now
  const s = settings(all.find(s => s.sampler === 'MALA')), a = js.makeChains(M), b = js.makeChains(M);
  const count = () => ({normal: (i => () => s.z[i++])(0), uniform: (i => () => s.u[i++])(0)});
  js.startChains(a, 'noise', {low: -1, high: 1}, js.makeRng(3)); js.stepChains(a, at, s, from, js.makeRng(4));
  const there = {low: -3, high: 3, point: [.3, -.8]};
  js.transitions(a, {...s, start: 'point', restart: 1, rate: 0}, there, js.makeRng(1));
  b.x.set(a.x);
  js.stepChains(a, at, s, from, count()); js.stepChains(b, at, s, from, count());
  check('MALA after a restart', a.x.join() === b.x.join() && a.a.join() === b.a.join());
}
{ // moves in a box whose middle is not 0, where no symmetry hides a wrong one
  const M = 4000, rng = js.makeRng(6), ch = js.makeChains(M);
  const s = settings({low: 0, high: 4, augment: 'perturb', rate: 1});
  const box = {low: 0, high: 4, data: Float32Array.of(1, 3), point: [.5, .5]};
  const go = more => js.transitions(ch, {...s, ...more}, box, rng);
  const all = f => Array.from({length: M}, (_, i) => f(ch.x[2 * i], ch.x[2 * i + 1]));
  const put = (x, y) => { for (let i = 0; i < M; i++) ch.x.set([x, y], 2 * i); };
  put(1, 2.5); go({});
  near('a push is a sixteenth of the box', js.PUSH, 1 / 16, 0);
  near('and so it spreads', variance(all(x => x)), 1 / 16, 5 / 16 * Math.sqrt(2 / M));
  near('about where it was', mean(all((x, y) => y)), 2.5, .02);
  put(.05, 3.95); go({});
  check('and ends in the box', Math.min(...ch.x) === 0 && Math.max(...ch.x) === 4);
  put(1, 2); go({augment: 'rotate'});
  const off = all((x, y) => Math.abs(Math.hypot(x - 2, y - 2) - 1));
  check('a turn is about the middle of the box', Math.max(...off) < 1e-9);
  near('to all sides', mean(all(x => x)), 2, 5 * Math.sqrt(.5 / M));
  near('up and down, too', mean(all((x, y) => y)), 2, 5 * Math.sqrt(.5 / M));
  put(2.2, .1);
  near('augmentations come at their rate', go({augment: 'data', rate: .2}), 800, 5 * Math.sqrt(640));
  put(2.2, .1); go({augment: 'data', rate: .5, restart: .5, start: 'point'});
  for (const [x, p] of [[.5, .5], [1, .25], [2.2, .25]]) {
    const share = mean(all(u => Math.abs(u - x) < 1e-9 ? 1 : 0));
    near(`of restarts and moves: at ${x}`, share, p, 5 * Math.sqrt(p * (1 - p) / M));
  }
}
