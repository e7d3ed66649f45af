// The training of a page against PyTorch's numbers, which tests/test_hero.py writes: the same weights, the same draws
import {load, fixture, check, near, nearAll} from './load.mjs';

const js = await load(['hero_run', 'train_worker'], ['makeNet', 'netTake', 'netBoth', 'toLanes', 'fromLanes',
  'makeTrainer', 'makeDraws', 'trainUpdate', 'trainMap', 'lossGradient', 'takeBank', 'takeChains', 'chainsRun',
  'farOnCells', 'paintDensity', 'makeSource', 'netBegin', 'makeRng', 'termLengths', 'workerText', 'TRAIN_PARTS',
  'TRAIN_EAR', 'trainAnswer']);
const {net, cases, kl, source, width} = fixture(), tiny = 1e-10;
const lanes = rows => js.toLanes(Float64Array.from(rows.flat()));
const plain = v => Array.from(js.fromLanes(v, Float64Array));
const scaled = (what, got, want) => {
  const size = Math.max(1, ...want.map(Math.abs));
  nearAll(what, Array.from(got, v => v / size), want.map(v => v / size), tiny);
};

{ // energies and slopes
  const n = js.netTake(js.makeNet(width), net.theta), x = lanes(net.x), e = new Float64Array(net.x.length);
  const g = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += 16) js.netBoth(n, x, at, e, g);
  nearAll('energies', e, net.e, tiny);
  nearAll('slopes', plain(g), net.g.flat(), tiny);
  nearAll('blocks and back', plain(x), net.x.flat(), 0);
}
const drawsOf = u => ({
  pos: lanes(u.pos), restart: u.restart, fresh: lanes(u.fresh), bank: u.bank, noise: u.noise.map(lanes), test: u.test,
  jump: u.jump.map(lanes), jumpTest: u.jumpTest,
});
for (const c of cases) { // every term's gradient, then whole updates
  const s = js.makeTrainer(c.options), name = c.name;
  js.netTake(s.net, c.theta); js.netTake(s.mean, c.theta);
  s.store.set(lanes(c.store));
  c.updates.forEach((u, i) => {
    const draws = drawsOf(u), bank = js.takeBank(s, draws.bank);
    js.takeChains(s, draws);
    js.chainsRun(s, draws);
    nearAll(`${name} ${i}: bank`, bank, u.banked.flat(), tiny);
    nearAll(`${name} ${i}: chains`, plain(s.x), u.x.flat(), tiny);
    if (u.turned) nearAll(`${name} ${i}: what overshot`, s.turned, u.turned, 0);
    for (const [k, want] of Object.entries(u.terms)) {
      scaled(`${name} ${i}: gradient of ${k}`, js.lossGradient(s, draws.pos, bank, {[k]: 1}), want);
    }
    scaled(`${name} ${i}: whole gradient`, js.lossGradient(s, draws.pos, bank, s.o.weights), u.total);
    js.trainUpdate(s, draws, true);
    for (const [k, want] of Object.entries(u.lengths)) near(`${name} ${i}: length of ${k}`, s.lengths[k], want, 1e-9);
    nearAll(`${name} ${i}: weights`, s.net.theta, u.theta, tiny);
    nearAll(`${name} ${i}: averages`, s.mean.theta, u.mean, tiny);
    nearAll(`${name} ${i}: store`, plain(s.store), u.store.flat(), tiny);
  });
}
{ // the KL on the cells, of a painting and of a network
  const pix = Uint8Array.from(kl.pixels), s = js.makeTrainer({H: width});
  js.netTake(s.mean, net.theta);
  const p = js.paintDensity(pix, 48, {low: -4, high: 4, floor: .01, nodes: kl.cells, inset: .5});
  const energies = js.trainMap(s, kl.cells);
  nearAll('energies of the cells', energies, kl.energies, tiny);
  const far = js.farOnCells(p, energies), same = js.farOnCells(p, p.map(v => -Math.log(v)));
  near('KL', far.kl, kl.kl, tiny);
  near('TV', far.tv, kl.tv, tiny);
  nearAll('to itself', [same.kl, same.tv], [0, 0], tiny);
}
{ // draws of a painting have its moments, and the first weights the spread that PyTorch's have
  const box = {n: 48, low: -4, high: 4, floor: .01, sds: 5}, draw = js.makeSource(Uint8Array.from(kl.pixels), box);
  const rng = js.makeRng(3), n = 40_000, xs = Array.from({length: n}, () => draw(rng));
  const mean = f => xs.reduce((a, v) => a + f(v), 0) / n;
  const of = [v => v[0], v => v[1], v => v[0] ** 2, v => v[1] ** 2, v => v[0] * v[1]];
  of.map(mean).forEach((v, i) => near(`moment ${i}`, v, source.moments[i], 5 * source.errors[i] / Math.sqrt(n)));
  const first = js.netBegin(js.makeNet(width), js.makeRng(1), source.gain);
  const sd = v => Math.hypot(...v) / Math.sqrt(v.length);
  near('spread of W2', sd(first.W2), source.gain / Math.sqrt(width), .1 * source.gain / Math.sqrt(width));
  check('no other bias', first.b2.every(v => v === 0) && first.b3[0] === 0);
}
{ // a worker's text stands alone, and answers as the page does
  const sheet = {pix: Uint8Array.from(kl.pixels), n: 48, low: -4, high: 4, floor: .01, sds: 5};
  const message = {kind: 'start', of: 1, options: {H: 8, B: 16, store: 32, seed: 4}, sheet, map: 8};
  const run = {kind: 'run', of: 1, until: 3, ms: 1e9, map: 8}, told = [], self = {postMessage: v => told.push(v)};
  new Function('self', js.workerText(js.TRAIN_PARTS, js.TRAIN_EAR))(self);
  const world = {}, here = [message, run].map(m => { self.onmessage({data: m}); return js.trainAnswer(world, m); });
  check('the same answers', JSON.stringify(told) === JSON.stringify(here) && here[1].t === 3 && here[1].whole);
}
{ // what is no number stops the training, and changes nothing more
  const s = js.makeTrainer({H: 8, B: 16, store: 16}, () => [0, 0]);
  js.netTake(s.net, s.net.theta.map(() => NaN));
  js.trainUpdate(s, js.makeDraws(s));
  check('it stands still', !s.whole && s.t === 0 && s.m.every(v => v === 0));
}
