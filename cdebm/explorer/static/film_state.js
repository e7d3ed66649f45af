// What a view of chains of pictures knows: pictures at some steps, energies at all, what is marked, what is near.
// needs: elements, conv, halves

// ---- what Python sent ----
const filmNet = ui => {
  const net = {plan: ui.get('plan'), shape: ui.get('shape'), weights: convHalves(asBytes(ui.get('weights')))};
  const classes = ui.get('class_names').length, rows = convHalves(asBytes(ui.get('gains')));
  if (!classes) return net;
  return {...net, weights: convFolded(net, net.weights, inRows(rows, rows.length / classes)[ui.get('y')])};
};
// The settings of a step: shares of those that the model was trained with
const filmSettings = ui => ({
  step: ui.get('own_step') * ui.get('step'), noise: ui.get('own_noise') * ui.get('noise'),
  noiseFirst: ui.get('noise_first'), every: ui.get('every'), affine: ui.get('affine'),
});
// Where chains begin: pictures, those of the class if they have one; none: noise
const filmFrom = (st, ui) => {
  const start = ui.get('start'), bank = st.starts[start] || [], of = ui.get('stored_y');
  return start === 'stored chains' && of.length ? bank.filter((_, i) => of[i] === ui.get('y')) : bank;
};
// Where another energy begins, if it shall go on from the pictures that are there; a reset begins with noise
const filmHere = (st, ui) => {
  const goesOn = st.stale || st.from !== ui.get('start');
  if (goesOn) { if (st.now) st.starts['these pictures'] = inRows(st.now.slice(), st.d); }
  else if (st.walked) st.starts['these pictures'] = [];
  Object.assign(st, {from: ui.get('start'), walked: false});
};
const filmBank = (ui, name, d) => inRows(ui.array(name, Uint8Array), d);

// ---- history ----
// kept: pictures of all chains at some steps, {t, x}; rows: energies {t, e} of all chains; moved: steps with a
// transition before them; look: the entry of kept that is shown, null for what is there now
const filmForget = st => Object.assign(st, {
  kept: [], rows: [], moved: [], look: null, now: null, e: null, t: 0, order: [], hover: -1, drawnFor: null,
});
// Energies are kept at every step at first, later at some forty to an octave
const filmWanted = t => t % Math.max(1, 2 ** Math.floor(Math.log2(t + 1) - 6)) === 0;
const filmTake = (st, r) => {
  const first = r.t - r.e.length + 1;
  r.e.forEach((e, i) => { if (filmWanted(first + i) || i === r.e.length - 1) st.rows.push({t: first + i, e}); });
  st.rows = st.rows.filter(({t}, i) => i === st.rows.length - 1 || filmWanted(t));
  for (const [t, x] of r.kept) st.kept.push({t, x});
  st.moved.push(...r.moved);
  Object.assign(st, {now: r.now, e: r.e.at(-1), t: r.t});
  filmSort(st);
};
const filmSort = st => {
  st.order = Array.from({length: st.n}, (_, i) => i);
  const e = filmShown(st).e;
  if (st.sorted && e) st.order.sort((a, b) => e[a] - e[b] || a - b);
};
// Pictures and energies that are shown: {t, x, e}
const filmShown = st => {
  const at = st.look == null ? null : st.kept[st.look];
  if (!at) return {t: st.t, x: st.now, e: st.e};
  const row = st.rows.find(r => r.t >= at.t);
  return {t: at.t, x: at.x, e: row?.e ?? st.e};
};
const filmPicture = (st, x, i) => x.subarray(i * st.d, (i + 1) * st.d);
// Pictures of chain i at the steps that are kept, and now: {t, x, look}
const filmOfChain = (st, i) => {
  const out = st.kept.map(({t, x}, look) => ({t, x: filmPicture(st, x, i), look}));
  const newer = st.now && !st.frames && st.t > (out.at(-1)?.t ?? -1);
  if (newer) out.push({t: st.t, x: filmPicture(st, st.now, i), look: null});
  return out;
};

// ---- the nearest training picture ----
// Where it is in `bank`, and the root of the mean square of the difference, of pixels from 0 to 1
const filmNearest = (bank, x) => {
  const off = i => bank[i].reduce((sum, v, q) => sum + (v - x[q]) ** 2, 0);
  const i = cheapest(bank.length, off);
  return i < 0 ? null : {i, x: bank[i], distance: Math.sqrt(off(i) / x.length) / 255};
};
const filmMarked = st => st.hover >= 0 ? st.hover : st.picked;

// ---- numbers in words ----
const filmMean = e => e ? sumOf(Array.from(e)) / e.length : NaN;
const filmRate = st => {
  const span = st.ticks.filter(([at]) => at > performance.now() - 3000);
  if (span.length < 2) return '';
  const [first, last] = [span[0], span.at(-1)], rate = 1000 * (last[1] - first[1]) / (last[0] - first[0]);
  return `; ${fmt(rate)} steps a second in ${st.crew?.place ?? ''}`;
};
const filmStatus = (st, ui) => {
  const {t, e} = filmShown(st), i = filmMarked(st), [low, high] = ui.get('band');
  if (!e) return 'the chains begin';
  const above = Array.from(e).filter(v => v > high).length, band = `${fmt(low)} to ${fmt(high)}`;
  const data = high > low ? ` (${band} is ${ui.get('band_of')}), ${above || 'none'} of ${st.n} above` : '';
  const one = i >= 0 && i < st.n ? `; chain ${i + 1}: ${fmt(e[i])}` : '';
  return `step ${t}: mean energy ${fmt(filmMean(e))}${data}${one}${ui.playing() ? filmRate(st) : ''}`;
};
const filmTable = (st, ui) => {
  const {e, x} = filmShown(st), head = ['chain', 'energy', ...(st.train.length ? ['off the nearest'] : [])];
  if (!e) return {columns: head, rows: []};
  const near = i => st.train.length ? [filmNearest(st.train, filmPicture(st, x, i)).distance] : [];
  return {columns: head, rows: st.order.map(i => [String(i + 1), e[i], ...near(i)])};
};
