// What a view of compositions knows: parts, the result, the truth about it on cells, chains, and numbers in words.
// needs: elements, samplers, stats, page_energies, compose_algebra

// ---- what is set ----
const composeTraits = n => ['a', 'b', 'c', 'd'].slice(0, n).map(k => [`op_${k}`, `weight_${k}`]);
const composeChosen = ui => composeTraits(ui.get('part_specs').length).map(([op, weight], i) => {
  return {op: ui.get(op), w: ui.get(weight), i};
});
const composeSteps = (st, ui) => {
  const step = ui.get('step_size') / Math.max(1, steepnessOf(st.tree));     // as cdebm.composition.fitted
  return {sampler: ui.get('sampler'), step, temperature: st.T, noise: 1, leapfrog: 1, low: st.low,
    high: st.high, start: 'noise', restart: 0, augment: 'none', rate: 0};
};
const composeState = ui => {
  const [low, high] = [ui.get('low'), ui.get('high')], numbers = ui.array('numbers', Float32Array);
  const parts = ui.get('part_specs').map(s => withNumbers(s, numbers)), names = ui.get('part_names');
  return {low, high, parts, names, cache: {n: N_GRID, low, high, found: new Map()}, version: 0, tree: null, images: []};
};

// ---- the result, and what is true of it ----
const logSum = v => {
  const top = extremes([v])[1];
  let sum = 0;
  for (const a of v) sum += Math.exp(a - top);
  return top + Math.log(sum);
};
const composeLogZ = (e, st) => logSum(e.map(v => -v / st.T)) + 2 * Math.log((st.high - st.low) / st.cache.n);
// Does the lowest energy lie at the edge of the box?
const lowestAtEdge = (e, n) => {
  const q = cheapest(e.length, k => e[k]), i = Math.floor(q / n), j = q % n;
  return i === 0 || j === 0 || i === n - 1 || j === n - 1;
};
// Mean energies of all parts under the result
const composeMeans = st => {
  const {T} = st, z = logSum(st.e.map(v => -v / T)), p = st.e.map(v => Math.exp(-v / T - z));
  return st.partCells.map(e => e.reduce((s, v, k) => s + p[k] * v, 0));
};
const composeSettle = (st, ui) => {
  const chosen = st.chosen = composeChosen(ui), tree = st.tree = composeTree(st.parts, chosen), {n} = st.cache;
  st.version++;
  st.T = ui.get('temperature');
  st.partCells ??= st.parts.map(s => cellsOf(s, st.cache));
  if (!tree) return;
  st.s = composeSteps(st, ui);
  st.field = {low: st.low, high: st.high, at: energyAt(tree)};
  st.e = cellsOf(tree, st.cache);
  st.truth = gridTruth(st.field, st.T, {e: st.e, fine: n});
  st.expected = null;
  Object.assign(st, {tail: tailWeight(tree), edge: lowestAtEdge(st.e, n), exact: composeMeans(st)});
  st.logZ = [...st.partCells, st.e].map(e => composeLogZ(e, st));
  if (st.ch) st.ch.fresh = false;
};

// ---- chains ----
const composeReset = (st, ui) => {
  const n = ui.get('n_chains');
  st.rng = makeRng(ui.get('seed'));
  st.ch = startChains(makeChains(n), 'noise', {low: st.low, high: st.high}, st.rng);
  st.trace = makeTrace();
  st.since = 0;
  if (st.tree) composeObserve(st, 0);
};
const meanEnergy = (at, x) => {
  const out = new Float64Array(3);
  let sum = 0;
  for (let i = 0; i < x.length; i += 2) { at(x[i], x[i + 1], out); sum += out[0]; }
  return 2 * sum / x.length;
};
// A row of the history: of some of the chains the mean energies of the parts that count and of the result; distances
const composeObserve = (st, t) => {
  const {ch, field, truth} = st, some = ch.x.subarray(0, 400), q = cellShares(ch.x, st.low, st.high, truth.cells);
  st.expected ??= expectedDistances(truth.p, ch.n);
  st.ats ??= st.parts.map(energyAt);
  const parts = st.ats.map((at, i) => st.chosen[i].op === 'off' ? NaN : meanEnergy(at, some));
  record(st.trace, {t, parts, e: meanEnergy(field.at, some), ...cellDistances(q, truth.p)});
};
// What was said of the last row by another result is said anew
const composeAgain = (st, ui) => {
  if (!st.tree || !st.trace) return;
  if (st.trace.rows.at(-1)?.t === ui.t) st.trace.rows.pop();
  composeObserve(st, ui.t);
};
const composeAdvance = (st, ui, n) => {
  if (!st.tree) return;
  for (; n > 0; n--) {
    stepChains(st.ch, st.field, st.s, {low: st.low, high: st.high}, st.rng);
    if (wanted(st.trace, ++ui.t)) composeObserve(st, ui.t);
  }
};

// ---- words ----
const ALL_OFF = 'All parts are off: there is no energy to walk on. Set one to AND.';
const composeWarning = st => {
  if (!st.tree) return ALL_OFF;
  if (st.tail <= 0) return `Unbounded: the weights sum to ${fmt(st.tail)}, so nothing bounds the result from below. `
    + 'Chains run to the edge of the box, wherever what is taken off is least likely. Take less off, or want more.';
  return st.edge ? 'Bounded far out, but in this box the lowest energy lies at the edge: chains collect there.' : '';
};
const composeStatus = st => {
  const row = st.trace?.rows.at(-1);
  if (!st.tree || !row) return ALL_OFF;
  return `${composeFormula(st.chosen)}: mean energy ${fmt(row.e)} (exact ${fmt(st.truth.mean)}), KL of cells `
    + `${fmt(row.kl)} (exact sample ${fmt(st.expected.kl)}), log Z ${fmt(st.logZ.at(-1))}`
    + `; step λ ${fmt(st.s.step)}, fitted to the sum${st.T === 1 ? '' : `; T = ${fmt(st.T)}`}`;
};
const composeTable = st => {
  const row = st.trace?.rows.at(-1), columns = ['', 'as', 'weight', 'log Z', 'mean E of the chains', 'exact'];
  if (!st.tree || !row) return {columns, rows: []};
  const rows = st.chosen.map(({op, w}, i) => [`${PART_NAMES[i]} ${st.names[i]}`, op, op === 'off' ? '' : w, st.logZ[i],
    op === 'off' ? '' : row.parts[i], op === 'off' ? '' : st.exact[i]]);
  return {columns, rows: [...rows, ['result', composeFormula(st.chosen), '', st.logZ.at(-1), row.e, st.truth.mean]]};
};
