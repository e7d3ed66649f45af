// Energies of the page and their algebra against PyTorch; rules and formulas of a composition
import {load, fixture, check, near, nearAll} from './load.mjs';

const f = fixture(), m = await load(['compose_state'], ['withNumbers', 'energyAt', 'cellsOf', 'composeTree',
  'tailWeight', 'steepnessOf', 'composeFormula', 'composeLogZ', 'composeMeans', 'lowestAtEdge', 'composeSteps',
  'makeChains', 'stepChains', 'gridTruth', 'fieldAt']);
const numbers = text => {
  const b = Buffer.from(text, 'base64');
  return new Float32Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength));
};
const points = (at, x) => x.map(([u, v]) => { const out = [0, 0, 0]; at(u, v, out); return out; });
const scale = v => Math.max(1, ...v.map(Math.abs));

for (const {name, spec, numbers: text, x, e, g} of f.alone) {
  const own = m.withNumbers(spec, numbers(text)), got = points(m.energyAt(own), x);
  nearAll(`${name}, energies`, got.map(v => v[0]), e, 1e-6 * scale(e));
  nearAll(`${name}, slopes`, got.flatMap(v => [v[1], v[2]]), g.flat(), 1e-6 * scale(g.flat()));
}
for (const one of f.composed) {
  const {name, specs, numbers: text, chosen, x, e, g, tail, steepness, log_z, cells, n, low, high, edge, T, step,
    mean, moved} = one;
  const parts = specs.map(s => m.withNumbers(s, numbers(text))), tree = m.composeTree(parts, chosen);
  const at = m.energyAt(tree), got = points(at, x), cache = {n, low, high, found: new Map()};
  nearAll(`${name}, energies`, got.map(v => v[0]), e, 1e-6 * scale(e));
  nearAll(`${name}, slopes`, got.flatMap(v => [v[1], v[2]]), g.flat(), 1e-6 * scale(g.flat()));
  near(`${name}, how fast it rises`, m.tailWeight(tree), tail, 1e-12);
  near(`${name}, how steep`, m.steepnessOf(tree), steepness, 1e-12);
  const all = m.cellsOf(tree, cache);
  nearAll(`${name}, cells`, Array.from(all), cells, 1e-6 * scale(cells));
  near(`${name}, log Z on the box`, m.composeLogZ(all, {cache, low, high, T}), log_z, 1e-6 * Math.abs(log_z) + 1e-9);
  const partCells = parts.map(p => m.cellsOf(p, cache));
  const means = m.composeMeans({e: all, partCells, T});
  nearAll(`${name}, mean energies of the parts at T = ${T}`, means, mean, 1e-6 * scale(mean));
  check(`${name}, lowest at the edge: ${edge}`, m.lowestAtEdge(all, n) === edge);
  const field = {low, high, at}, out = [0, 0, 0];
  const s = m.composeSteps({T, tree, low, high}, {get: k => ({sampler: 'ULA', step_size: .02})[k]});
  check(`${name}, step size and temperature`, Math.abs(s.step - step) < 1e-12 && s.temperature === T);
  const ch = m.makeChains(x.length), half = {normal: () => .5, uniform: () => .5};
  ch.x.set(x.flat());
  m.stepChains(ch, field, s, {low, high}, half);
  nearAll(`${name}, a step at T = ${T}`, Array.from(ch.x), moved.flat(), 1e-6);
  check(`${name}, a field with a formula`, m.fieldAt(field, ...x[0], out) === out && out[0] === got[0][0]);
  near(`${name}, the truth takes cells`, m.gridTruth(field, 1, {e: all, fine: n, cells: 10}).mean,
    m.gridTruth(field, 1, {fine: n, cells: 10}).mean, 1e-6 * scale(cells));
}
{ // a sum of networks, some of it taken off
  const c = await load(['conv', 'halves'], ['convHalves', 'convNet', 'convSlices', 'convAll']);
  const {sum} = f, n = sum.e.length;
  const weights = c.convHalves(Uint8Array.from(Buffer.from(sum.weights, 'base64')).buffer);
  const x = Float32Array.from(sum.x), e = new Float64Array(n), g = new Float64Array(x.length);
  c.convAll(c.convSlices(c.convNet(sum, weights, 2), x, n, e, g));
  nearAll('a sum of networks, energies', e, sum.e, 4e-3);
  nearAll('a sum of networks, slopes', g, sum.g, 2e-3 * Math.max(...sum.g.map(Math.abs)));
}
const said = (...v) => m.composeFormula(v.map(([op, w]) => ({op, w})));
check('formulas', [said(['AND', 1], ['AND', 2]), said(['AND', 1], ['NOT', .3]), said(['NOT', 1], ['OR', 1], ['AND', 1]),
  said(['off', 1], ['off', 1])].join('; ') === 'A & 2·B; A & ~(0.3·B); (~A | B) & C; ');
check('nothing is null', m.composeTree([{kind: 'ring'}], [{op: 'off', w: 1}]) === null);
