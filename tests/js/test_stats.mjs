// Numbers about chains against those of cdebm.diagnostics, for arrays that tests/test_js.py draws and hands over
import {load, fixture, check, near, nearAll} from './load.mjs';

const js = await load(['stats'], ['normalQuantile', 'rhat', 'ess', 'meanOf', 'neighbourEntropy', 'modeShares',
  'cellShares', 'cellDistances', 'expectedDistances', 'gridTruth', 'histogram', 'quantile', 'summary', 'makeTrace',
  'wanted', 'record', 'makeField', 'fieldAt', 'splineCoefficients']);
const f = fixture();

for (const [p, z] of f.quantiles) near(`quantile of ${p}`, js.normalQuantile(p), z, 1e-12 * Math.max(1, Math.abs(z)));
for (const {name, chains, T, B, rhat, ess} of f.chains) {
  const v = Float64Array.from(chains);
  near(`rhat, ${name}`, js.rhat(v, T, B), rhat ?? NaN, 1e-9 * rhat);
  near(`ess, ${name}`, js.ess(v, T, B), ess, 1e-9 * ess);
}
{
  const still = new Float64Array(40).fill(1), apart = Float64Array.from({length: 40}, (_, i) => i % 4);
  check('chains that stand still have none', Number.isNaN(js.rhat(still, 10, 4)) && Number.isNaN(js.ess(still, 10, 4)));
  check('too few states', Number.isNaN(js.rhat(Float64Array.of(1, 2, 3, 4), 2, 2)));
  check('or one chain of three', Number.isNaN(js.ess(Float64Array.of(1, 2, 3), 3, 1)));
  check('chains that stand still apart', js.rhat(apart, 10, 4) === Infinity);
}
near('acceptance', js.meanOf(f.acceptance.values), f.acceptance.mean, 1e-12);
for (const {xy, entropy} of f.entropies) {
  near('neighbour entropy', js.neighbourEntropy(xy), entropy, 1e-9 * Math.abs(entropy));
}
nearAll('mode shares', js.modeShares(f.modes.xy, f.modes.modes, f.modes.radius), f.modes.shares, 1e-12);

{ // the spline, and the density that it makes
  const {values, n, low, high, coefficients, at, density} = f.field, c = js.splineCoefficients(values, n);
  nearAll('spline coefficients', c, coefficients, 1e-9);
  const field = js.makeField(c, n, low, high), got = at.map(([x, y]) => Array.from(js.fieldAt(field, x, y, [0, 0, 0])));
  nearAll('spline', got.map(g => g[0]), at.map(a => a[2]), 1e-5);
  nearAll('its slope', got.flatMap(g => g.slice(1)), at.flatMap(a => a.slice(3)), 1e-4);
  for (const d of density) {
    const t = js.gridTruth(field, d.T, {modes: d.modes, radius: d.radius});
    nearAll(`cells at temperature ${d.T}`, t.p, d.p, 2e-5);
    nearAll('marginal of x', t.x, d.x, 1e-3); nearAll('marginal of y', t.y, d.y, 1e-3);
    near('entropy', t.entropy, d.entropy, 2e-3); near('mean energy', t.mean, d.mean, 2e-3);
    nearAll('shares', t.shares, d.shares, 1e-3);
    near('tenth of the energies', t.low, d.low, .02); near('nine tenths', t.high, d.high, .03);
  }
}
for (const {xy, p, low, high, n, kl, tv, kl_exact, tv_exact} of f.cells) {
  const d = js.cellDistances(js.cellShares(xy, low, high, n), p), e = js.expectedDistances(p, xy.length / 2);
  near('kl of cells', d.kl, kl, 1e-9); near('tv of cells', d.tv, tv, 1e-9);
  near('kl of exact samples', e.kl, kl_exact, 1e-9); near('tv of exact samples', e.tv, tv_exact, 1e-9);
}
{
  const p = Float64Array.of(.3, .7, 5e-324, 1e-310, 0), d = js.expectedDistances(p, 50);
  const e = js.expectedDistances(p.slice(0, 2), 50);
  nearAll('cells that are never hit', [d.kl, d.tv], [e.kl, e.tv], 1e-12);
}
{ // small things
  const uneven = [-1, 0, 5, 9, 20, 21], s = js.summary([3, 1, 2, 10]);
  nearAll('histogram', js.histogram([.1, .2, .9, -5], 0, 1, 2), [1.5, .5], 1e-12);
  near('quantile', js.quantile([0, 1, 2, 3], .1), .3, 1e-12);
  nearAll('of uneven values', [0, .1, .5, .8, 1].map(q => js.quantile(uneven, q)), [-1, -.5, 7, 20, 21], 1e-12);
  nearAll('summary', [s.mean, s.low, s.high], [4, 1.3, 7.9], 1e-12);
}
{
  const trace = js.makeTrace(8);
  for (let t = 0; t < 100; t++) if (js.wanted(trace, t)) js.record(trace, {t});
  const ts = trace.rows.map(r => r.t), even = ts.every((t, i) => t === i * trace.every);
  check('a trace keeps its start and its pace', ts[0] === 0 && even);
  check('and its length', ts.length <= 8 && trace.every === 16);
}

{ // what the view makes of the kernel's answers: a row has the acceptances that came with it, the page's own chains go
  const view = await load(['chains_state'], ['chainReceive', 'chainClear', 'chainTruth', 'chainAsk', 'chainEnergy',
    'chainDoubt', 'chainObserve', 'makeChains', 'makeField', 'splineCoefficients']);
  const {values, n, low, high} = f.field, field = view.makeField(view.splineCoefficients(values, n), n, low, high);
  const st = {s: {temperature: 1}, field, modes: [], radius: 1, ch: view.makeChains(3), step: 0, zero: 0};
  const errors = [[.5, .3], [2, .01]], sent = [];
  const ui = {engine: () => 'kernel', t: 0, send: m => sent.push(m.cmd), get: () => errors};
  const tell = (content, ...arrays) => {
    view.chainReceive(st, ui, content, arrays.map(v => new DataView(Float32Array.from(v).buffer)));
  };
  const times = () => st.trace.rows.map(r => r.t).join(), places = [1, 2, -1, 0, .5, .5];
  view.chainTruth(st); view.chainClear(st); view.chainObserve(st, 0);
  view.chainAsk(st, ui);
  tell({t: 40, state: true}, places, [.25, .5, 0]);
  check('a view asks for the kernel\'s chains', sent.join() === 'state');
  check('and begins with them', times() === '40' && st.ch.x.join() === '1,2,-1,0,0.5,0.5' && ui.t === 40);
  near('with their acceptance', st.trace.rows[0].a, .25, 1e-12);
  tell({t: 41}, places, [1, 1, .25]);
  tell({t: 41, state: true}, places, [1, 1, .25]);
  check('what another view asked changes nothing', times() === '40,41' && st.trace.rows[1].a === .75);
  const words = [{zero: 0}, {zero: 1e7}, {zero: -1500}].map(view.chainEnergy).join();
  check('energies far from zero say so', words === 'energy,energy − 10000000,energy + 1500');
  const doubt = temperature => view.chainDoubt({s: {temperature}}, ui);
  check('a bad copy is owned up to', doubt(.6).includes('off by 0.3') && doubt(3) === '');
}
