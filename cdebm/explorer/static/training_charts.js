// The pictures of a training: samples, terms of the loss, energies, norms. st has its rows, bands, norms and looks.
// needs: elements, charts, maps, training_state, reads

const TRAIN_TERMS = {gap: 'cd', opt: 'opt', entropy: 'entropy', reg: 'reg'};     // columns, and what they look like
const TRAIN_MARGIN = [8, 58, 32, 46];

// ---- what there is ----
const trainColumn = (st, ui, name) => {
  const i = ui.get('columns').indexOf(name);
  return Float64Array.from(st.rows, r => r[i]);
};
const trainSpan = (st, ui) => {
  const [from, to] = st.rows.length ? [st.rows[0][0], st.rows.at(-1)[0]] : [0, ui.get('until') || 1];
  return to > from ? [from, to] : [from, from + 1];
};
// The look that is shown: the newest while it trains, else the one at the scrubber
const trainLook = (st, ui) => st.live ?? (ui.get('n_frames') > 0 ? st.looks[ui.t] : st.looks.at(-1));

// ---- samples ----
const trainPlane = (p, ui, look) => {
  const [low, high] = ui.get('plane'), s = mapScales(p, [low, high, low, high]);
  const n = Math.round(Math.sqrt(look.map.length)), paint = lut => heatmap(look.map, n, {low: 0, high: 255, lut});
  drawHeat(p, s, inTheme(look.images ??= {}, p, paint));
  clipped(p, s, () => drawPoints(p, s, look.samples, {r: 2.4}));
};
// All tiles [h, w, c] on one canvas, `across` in a row
const trainMosaic = (tiles, [h, w, c], across) => pixels(w * across, h * Math.ceil(tiles.length / across), (x, y) => {
  const tile = tiles[Math.floor(y / h) * across + Math.floor(x / w)], at = ((y % h) * w + x % w) * c, k = c > 1 ? 1 : 0;
  return tile ? [tile[at], tile[at + k], tile[at + 2 * k]] : [0, 0, 0, 0];
});
const trainTiles = (p, ui, look) => {
  const [, h, w, c] = ui.get('shape'), tiles = inRows(look.samples, h * w * c);
  const across = Math.ceil(Math.sqrt(tiles.length));
  if (!tiles.length) return;
  const cell = Math.min(p.w, p.h) / across, scale = (cell - 1) / Math.max(h, w);
  look.image ??= trainMosaic(tiles, [h, w, c], across);
  p.ctx.imageSmoothingEnabled = false;
  tiles.forEach((_, i) => {
    const column = i % across, row = Math.floor(i / across);
    p.ctx.drawImage(look.image, column * w, row * h, w, h, column * cell, row * cell, w * scale, h * scale);
  });
};
const trainDrawSamples = (st, ui) => {
  const p = st.samples, look = trainLook(st, ui), none = ui.get('kind') === 'none';
  p.caption.textContent = look ? `samples, step ${look.step}` : 'samples';
  if (!look) return chartSays(p, none ? 'nothing to draw for data of this shape' : 'no samples yet');
  chartClear(p);
  (ui.get('kind') === 'plane' ? trainPlane : trainTiles)(p, ui, look);
};

// ---- curves ----
const trainLine = (ui, text, xs, ys, term) => ({text, xs, ys, ...lookIn(ui.colors, LOOKS[term])});
// Axes for lines and for `more` numbers
const trainAxes = (st, ui, p, lines, {log = false, more = []} = {}) => {
  const x = trainSpan(st, ui), y = axisRange([...lines.map(l => l.ys), ...more], {log});
  return chartAxes(p, {x, xticks: ticks(...x, 6), y, logy: log, xlabel: 'step', margin: TRAIN_MARGIN});
};
// While it trains the newest look is shown, and no cursor
const trainCursor = (st, ui, p, s) => {
  const look = trainLook(st, ui);
  if (look && !trainRunning(ui)) chartCursor(p, s, look.step);
};
// On a log scale the size of the gap alone: other terms change their sign
const trainDrawTerms = (st, ui, xs) => {
  const p = st.terms, k = ui.get('smoothing'), log = ui.get('log_scale'), on = ui.get('layers');
  const shown = Object.keys(TRAIN_TERMS).filter(name => on[name] && (!log || name === 'gap'));
  const lines = shown.map(name => {
    const ys = trainColumn(st, ui, name);
    return trainLine(ui, log ? '|gap|' : name, xs, smoothed(log ? ys.map(Math.abs) : ys, k), TRAIN_TERMS[name]);
  });
  const s = trainAxes(st, ui, p, lines, {log});
  chartLines(p, s, lines);
  chartChanges(p, s);
  trainCursor(st, ui, p, s);
};
// bands: step, then the quantiles of the energies of data and of samples
const trainDrawEnergies = (st, ui, xs) => {
  const p = st.energies, k = ui.get('smoothing'), at = i => st.bands.map(b => b[i]), Q = QUANTILES.length;
  const line = (text, name, like) => trainLine(ui, text, xs, smoothed(trainColumn(st, ui, name), k), like);
  const lines = [line('data', 'e_pos', 'data'), line('samples', 'e_neg', 'chains')];
  const ends = [[1, Q], [Q + 1, 2 * Q]].map(([low, high]) => [at(low), at(high)]);
  const s = trainAxes(st, ui, p, lines, {more: ends.flat()});
  ends.forEach(([low, high], i) => chartBand(p, s, at(0), low, high, {color: lines[i].color}));
  chartLines(p, s, lines);
  trainCursor(st, ui, p, s);
};
const trainDrawGradient = (st, ui, xs) => {
  const p = st.gradient, k = ui.get('smoothing'), term = i => st.norms.map(r => r[i]), clip = ui.get('clip');
  const lines = [trainLine(ui, 'whole', xs, smoothed(trainColumn(st, ui, 'grad_norm'), k), 'total')];
  const terms = st.norms.length ? ['cd', 'opt', 'entropy'] : [];
  terms.forEach((name, i) => lines.push(trainLine(ui, name, term(0), term(i + 1), name)));
  const s = trainAxes(st, ui, p, lines, {log: true, more: clip ? [[clip]] : []});
  chartLines(p, s, lines);
  trainCursor(st, ui, p, s);
  if (!clip) return;
  chartLevel(p, s, clip, {color: ui.colors.muted, dash: [3, 3], width: 1});
  chartLabel(p, s.x0 + 4, s.sy(clip) - 7, 'clip', ui.colors.muted);
};
const trainDraw = (st, ui) => {
  trainDrawSamples(st, ui);
  const none = p => chartSays(p, 'nothing yet: press Start');
  if (!st.rows.length) return [st.terms, st.energies, st.gradient].forEach(none);
  const xs = trainColumn(st, ui, 'step');
  for (const draw of [trainDrawTerms, trainDrawEnergies, trainDrawGradient]) draw(st, ui, xs);
};
