// What is shown of a painting: chains of the page on its energy, a training as it runs, or one that was recorded.
// needs: elements, maps, stats, samplers, draw_paint

const DRAW_CHAINS = 400;     // of the page's own

// ---- the painted truth ----
const drawBox = (st, ui) => ({low: st.low, high: st.high, floor: ui.get('floor')});
const truthFresh = (st, ui) => {
  if (!st.stale) return;
  st.stale = false;
  st.density = paintDensity(st.pix, st.n, drawBox(st, ui));
  st.field = st.density && paintField(st.density, drawBox(st, ui));
  st.lines = st.density ? paintLines(st.density) : [];
  st.truth = st.expected = st.energyImage = st.islands = null;
  st.ch.fresh = false;
};

// ---- chains of the page's own on it ----
const ownRules = (st, ui) => ({
  sampler: ui.get('sampler') === 'MALA' ? 'MALA' : 'ULA', step: ui.get('step_size'), temperature: 1, noise: 1,
  low: st.low, high: st.high, start: 'noise', restart: 0, augment: 'none', rate: 0,
});
// The exact numbers take some milliseconds, so while the painting changes they come a few times a second
const ownObserve = (st, t) => {
  if (!wanted(st.own, t) || !st.field || (!st.truth && performance.now() - st.measured < 100)) return;
  if (!st.truth) { st.truth = gridTruth(st.field, 1, {fine: 120}); st.measured = performance.now(); }
  const {p, cells, mean} = st.truth, {low, high, ch} = st;
  st.expected ??= expectedDistances(p, ch.n);
  refresh(ch, st.field);
  record(st.own, {t, e: meanOf(ch.e), exact: mean, ...cellDistances(cellShares(ch.x, low, high, cells), p)});
};
const ownReset = (st, ui) => {
  st.rng = makeRng(ui.get('seed'));
  st.ch = startChains(makeChains(DRAW_CHAINS), 'noise', st, st.rng);
  st.own = makeTrace(300);
  ui.t = 0;
  truthFresh(st, ui);
  st.measured = -1e9;
  ownObserve(st, 0);
};
const ownAdvance = (st, ui, n) => {
  truthFresh(st, ui);
  if (!st.field) return;
  const rules = ownRules(st, ui);
  for (let i = 0; i < n; i++) stepChains(st.ch, st.field, rules, st, st.rng);
  ui.t += n;
  ownObserve(st, ui.t);
};

// ---- the training: newest frame, recording, curves. A row is [step, gap, KL, TV] ----
const drawPlaces = (st, raw) => Float32Array.from(raw, v => st.low + (st.high - st.low) * v / 65535);
const drawReceive = (st, ui, content, buffers) => {
  if (content.kind === 'reset') { st.rows = []; st.live = null; if (ui.engine() === 'kernel') ui.t = 0; }
  if (content.kind !== 'frame') return;
  const [numbers, map, places] = buffers.map(asBytes), row = [...new Float32Array(numbers)];
  if (row[0] > (st.rows.at(-1)?.[0] ?? 0)) st.rows.push(row);
  if (st.rows.length > 900) st.rows = st.rows.filter((_, i) => i % 2 === 0);
  st.live = {step: row[0], row, map: new Uint8Array(map), x: drawPlaces(st, new Uint16Array(places))};
  if (ui.engine() === 'kernel') ui.t = row[0];
};
const drawRecording = (st, ui) => {
  const n = ui.get('n_recorded'), sheets = inRows(ui.array('paints', Uint8Array), st.n ** 2);
  const maps = inRows(ui.array('maps', Uint8Array), ui.get('n_map') ** 2), all = ui.array('chains', Uint16Array);
  const places = n ? inRows(all, all.length / n).map(raw => drawPlaces(st, raw)) : [];
  const moments = inRows(ui.array('moments', Int32Array), 2).slice(0, n);
  st.film = moments.map(([step, sheet], i) => ({step, pix: sheets[sheet], map: maps[i], x: places[i]}));
  st.recorded = inRows(ui.array('curve', Float32Array), 4).map(row => [...row]);
  if (ui.get('status') !== 'running') st.rows = [...st.recorded];
};

// ---- what of it is shown ----
// A frame {step, map, x}, of a recording with its own sheet `pix`; null where the page's own chains are shown
const drawMoment = (st, ui) => {
  const engine = ui.engine();
  if (engine === 'page') return st.here ?? null;
  return engine === 'replay' ? st.film[ui.t] : engine === 'kernel' ? st.live ?? st.film.at(-1) : null;
};
const drawRows = (st, ui) => ({kernel: st.rows, page: st.hereRows})[ui.engine()] ?? st.recorded;
// Numbers over steps: energies of the page's chains or the gap of the training, the exact ones of either, KL, TV
const drawCurves = (st, ui) => {
  if (ui.engine() !== 'browser') {
    const rows = drawRows(st, ui), of = i => rows.map(r => r[i]);
    return {own: false, ts: of(0), e: of(1), exact: rows.map(() => 0), kl: of(2), tv: of(3)};
  }
  const of = k => st.own.rows.map(r => r[k]);
  return {own: true, ts: of('t'), e: of('e'), exact: of('exact'), kl: of('kl'), tv: of('tv'), expected: st.expected};
};
// Contours of the painting; a recorded one may be older than the sheet
const drawContours = (st, ui) => {
  const m = drawMoment(st, ui);
  if (!m?.pix) { truthFresh(st, ui); return st.lines; }
  if (m.lines) return m.lines;
  const same = st.film.find(f => f.pix === m.pix && f.lines);
  if (same) return m.lines = same.lines;
  const p = paintDensity(m.pix, st.n, drawBox(st, ui));
  return m.lines = p ? paintLines(p) : [];
};
const DRAW_DEEP = .6;     // of the energies that are kept, from the lowest on, are in colour
const drawEnergyImage = (st, ui) => {
  const m = drawMoment(st, ui);
  const deep = lut => heatmap(m.map, ui.get('n_map'), {low: 0, high: DRAW_DEEP * 255, lut});
  if (m) return inTheme(m.images ??= {}, st.map, deep);
  truthFresh(st, ui);
  if (!st.density) return null;
  const [, high] = extremes([st.density]), above = Float32Array.from(st.density, v => Math.log(high / v));
  return inTheme(st.energyImage ??= {}, st.map, lut => {
    return heatmap(above, PAINT_NODES, {low: 0, high: DRAW_DEEP * ui.get('top'), lut});
  });
};

// ---- islands: [what, their shares] of what is painted, of the chains, of the learned density ----
const drawIslands = (st, ui) => {
  const m = drawMoment(st, ui), own = m?.pix ? m : st, k = st.n / (st.high - st.low), N = ui.get('n_map');
  truthFresh(st, ui);
  const a = own.islands ??= paintIslands(own.pix, st.n), places = inRows(m ? m.x : st.ch.x, 2);
  if (a.count < 2 || a.count > 5) return [];     // where all paint hangs together, or in crumbs
  const painted = islandShares(a, own.pix, i => [Math.floor(i / st.n), i % st.n]);
  const pixel = v => (v - st.low) * k, there = islandShares(a, places.map(() => 1), i => [...places[i]].map(pixel));
  if (!m) return [['painted', painted], ['chains', there]];
  const density = Float64Array.from(m.map, v => Math.exp(-v / 255 * ui.get('top')));
  const learned = islandShares(a, density, i => [(Math.floor(i / N) + .5) * st.n / N, (i % N + .5) * st.n / N]);
  return [['painted', painted], ['chains', there], ['learned', learned]];
};
