// Weights to see: chains as large and as warm in colour as they are worth, how many they are worth together, and when
// they were drawn anew.
// needs: elements, controls, charts, maps, weights, chains_state

const {WEIGHT_COLORS} = CONSTANTS, FLASH_MS = 350;

// ---- how large and of which colour: [worth from, radius, place in the colours] ----
const WORTHS = [[0, 1.4, 0], [.25, 2, 1], [.7, 2.6, 2], [1.4, 3.6, 3], [4, 5.5, 4]];
const worths = a => {
  const mean = logMeanExp(a);
  return a.map(v => Math.exp(v - mean));
};
const weightsPoints = (p, s, st) => {
  const {x} = st.ch, w = worths(st.w.a), groups = WORTHS.map(() => []);
  w.forEach((v, i) => groups[WORTHS.findLastIndex(([from]) => v >= from)].push(x[2 * i], x[2 * i + 1]));
  groups.forEach((xy, k) => {
    const [, r, c] = WORTHS[k];
    drawPoints(p, s, xy, {r, fill: WEIGHT_COLORS[c]});
  });
};
// A flash over the map when chains were drawn anew; a ring around those that got copies, where less motion is wanted
const weightsFlash = (p, s, st, ui) => {
  const {ctx} = p, since = performance.now() - st.w.flashed;
  if (ui.reduced()) {
    for (const i of st.w.copied) drawRing(ctx, s.sx(st.ch.x[2 * i]), s.sy(st.ch.x[2 * i + 1]), 7, WEIGHT_COLORS[3]);
    return;
  }
  if (since > FLASH_MS) return;
  Object.assign(ctx, {fillStyle: WEIGHT_COLORS[0], globalAlpha: .6 * (1 - since / FLASH_MS)});
  ctx.fillRect(0, 0, p.w, p.h);
  ctx.globalAlpha = 1;
  ui.dirty();
};
const weightsOnMap = (p, s, st, ui) => { weightsPoints(p, s, st); weightsFlash(p, s, st, ui); };

// ---- how many they are worth, over steps; wedges: drawn anew ----
const weightsCaption = st => {
  const {w} = st, n = Math.round(essOfWeights(w.a));
  const cents = v => fmt(Math.round(100 * v) / 100 || 0);
  const z = `log Z ${cents(weightsLogZ(w))}${w.beta < 1 ? '' : ` (exact ${cents(st.truth.logZ)})`}`;
  const drawn = w.resampled ? `, drawn anew ${times(w.resampled)}` : '';
  return `weights: worth ${n} of ${w.n}, ${z}; energy × ${fmt(w.beta)}${drawn}`;
};
const weightsDraw = (st, ui) => {
  const p = st.weights, on = ui.get('weighted');
  p.box.hidden = !on;
  if (!on) return;
  setCaption(p, st.w ? weightsCaption(st) : 'weights');
  if (!st.w) return chartSays(p, weightsRefused(st, ui));
  const rows = st.w.rows, ts = rows.map(r => r.t), c = p.colors, x = [0, Math.max(10, st.step)];
  const s = chartAxes(p, {x, y: [0, 1.05], margin: [10, 8, 18, 40]});
  chartLevel(p, s, st.w.threshold, {color: c.muted, dash: [1, 3]});
  chartLine(p, s, ts, rows.map(r => r.beta), {color: c.data, dash: [7, 4], says: 'share of the energy'});
  chartLine(p, s, ts, rows.map(r => r.ess), {color: c.generated, width: 2, says: 'worth ÷ n'});
  Object.assign(p.ctx, {fillStyle: c.fg, globalAlpha: 1});
  for (const {t, drawn} of rows) if (drawn) {
    p.ctx.beginPath(); markPath(p.ctx, 'triangle', s.sx(t), s.y0 - 4, 4); p.ctx.fill();
  }
  chartLabel(p, s.x1 - 3, s.y0 - 30 * p.k, '— worth ÷ n', c.generated, 'right');
  chartLabel(p, s.x1 - 3, s.y0 - 16 * p.k, '– – share of the energy', c.data, 'right');
};
