// The map of a landscape with its chains: what stays is drawn once, the chains and their trails each frame.
// needs: elements, maps, stats, samplers, chains_state, chains_weights, chains_formula

const CHAIN_LEVELS = [.5, 1, 2, 4, 8, 16, 32, 64, 128, 256];     // of the contours, in T above the lowest energy

// ---- what stays ----
// n x n values of a function of x, y, E and its slope, at places from `low` on
const chainGrid = (field, n, low, step, f) => {
  const out = [0, 0, 0], v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
    v[i * n + j] = f(fieldAt(field, low + i * step, low + j * step, out));
  }
  return v;
};
// The landscape of interest lies within a few nats of the lowest energy; a logarithm keeps the rest in sight
const chainHeat = (st, n = 200) => {
  const {low, high} = st.field, w = (high - low) / n, e = chainGrid(st.field, n, low + w / 2, w, ([e]) => e);
  const shade = Float32Array.from(e, v => Math.log1p((v - st.truth.least) / st.s.temperature));
  return {image: heatmap(shade, n, {lut: LANDS[st.map.theme]}), top: extremes([e])[1]};
};
const chainContours = (ctx, s, st, top, m = 96) => {
  const {low, high} = st.field, w = (high - low) / m, e = chainGrid(st.field, m + 1, low, w, ([e]) => e);
  CHAIN_LEVELS.map(v => st.truth.least + v * st.s.temperature).filter(v => v < top).forEach((level, k) => {
    const look = [k < 4 ? `${ON_MAP.chain}80` : `${ON_MAP.rim}4d`, 1], lines = contour(e, m + 1, level);
    strokes(ctx, [look], () => contourPath(ctx, s, lines, low, w));
  });
};
const chainArrows = (sheet, s, field, n = 17) => {
  const w = (field.high - field.low) / n, at = i => field.low + (i + .5) * w, xy = [], d = [];
  const [gx, gy] = [1, 2].map(axis => chainGrid(field, n, at(0), w, e => -e[axis]));
  const typical = median(gx.map((u, i) => Math.hypot(u, gy[i]))) || 1;
  gx.forEach((u, i) => {
    const v = gy[i], k = .95 * w / (Math.hypot(u, v) + typical);
    xy.push(at(Math.floor(i / n)), at(i % n));
    d.push(k * u, k * v);
  });
  drawArrows(sheet, s, xy, d, {looks: [[`${ON_MAP.rim}bf`, 2.6], [ON_MAP.chain, 1.1]]});
};
const chainBack = (st, ui) => {
  const p = st.map, on = ui.get('layers'), key = JSON.stringify([p.w, p.h, p.ratio, p.colors.bg, on, st.s.temperature]);
  if (st.back?.key === key) return st.back;
  const {low, high} = st.field, sheet = sheetLike(p), {ctx} = sheet, s = mapScales(p, [low, high, low, high]);
  const {image, top} = chainHeat(st);
  ctx.fillStyle = p.colors.bg;
  ctx.fillRect(0, 0, p.w, p.h);
  drawHeat(sheet, s, image);
  if (on.contours) chainContours(ctx, s, st, top);
  if (on.arrows) chainArrows(sheet, s, st.field);
  if (on.data) drawPoints(sheet, s, st.from.data.subarray(0, 2000), {fill: ON_MAP.data, stroke: ON_MAP.chain, r: 2});
  if (on.modes) inRows(st.modes, 2).forEach(([x, y]) => drawPlus(ctx, s.sx(x), s.sy(y), 4));
  st.trails = sheetLike(p);
  st.last = null;
  return st.back = {key, canvas: sheet.canvas, s};
};

// ---- what moves ----
// Trails fade by being drawn over: only the newest stretch of each is drawn
const chainStretch = ({ctx, w, h}, s, from, to) => {
  ctx.globalCompositeOperation = 'destination-out'; ctx.fillStyle = `${ON_MAP.rim}24`;
  ctx.fillRect(0, 0, w, h);
  ctx.globalCompositeOperation = 'source-over';
  strokes(ctx, [[`${ON_MAP.rim}80`, 2], [`${ON_MAP.chain}e6`, .9]], () => {
    for (let i = 0; i < to.length; i += 2) {
      ctx.moveTo(s.sx(from[i]), s.sy(from[i + 1]));
      ctx.lineTo(s.sx(to[i]), s.sy(to[i + 1]));
    }
  });
};
const chainTrails = (st, s) => {
  const sheet = st.trails, now = st.ch.x.slice(0, 2 * CHAIN_TRAILS), known = st.last?.length === now.length;
  if (st.wipe) { sheet.ctx.clearRect(0, 0, sheet.w, sheet.h); st.wipe = false; }
  if (known && st.moved === st.step) return;
  if (known) chainStretch(sheet, s, st.last, now);
  st.last = now; st.moved = st.step;
};
// Slow motion: what was refused
const chainProposals = (p, s, st) => {
  const n = Math.min(200, st.ch.n), {accepted} = st.ch;
  if (!st.refused) return;
  inRows(st.refused, 2).slice(0, n).forEach(([u, v], i) => {
    if (!accepted[i]) drawCross(p.ctx, s.sx(u), s.sy(v), 2.5);
  });
};
// The chain that is marked in every view: the one under the pointer, else the one that was picked; -1: none
const chainMark = st => [st.hover, st.picked].find(i => i >= 0 && i < st.ch.n) ?? -1;
const chainMarks = (ctx, s, st) => {
  const [x, y] = st.from.point, i = chainMark(st);
  if (st.s.start === 'point') {
    drawPlus(ctx, s.sx(x), s.sy(y), 8);
    drawRing(ctx, s.sx(x), s.sy(y), 9, ON_MAP.chain);
  }
  if (i >= 0) drawRing(ctx, s.sx(st.ch.x[2 * i]), s.sy(st.ch.x[2 * i + 1]), 6, ON_MAP.picked);
};
const chainDrawMap = (st, ui) => {
  const p = st.map, {canvas, s} = chainBack(st, ui), {ctx} = p, m = 2 * st.mode;
  ctx.globalAlpha = 1; ctx.setLineDash([]);
  ctx.drawImage(canvas, 0, 0, p.w, p.h);
  if (ui.get('layers').trails && !ui.reduced()) {
    chainTrails(st, s);
    ctx.drawImage(st.trails.canvas, 0, 0, p.w, p.h);
  } else st.last = null;
  if (st.mode >= 0) drawRing(ctx, s.sx(st.modes[m]), s.sy(st.modes[m + 1]), s.k * st.radius, ON_MAP.chain);
  if (st.w) weightsOnMap(p, s, st, ui); else drawPoints(p, s, st.ch.x, {r: st.ch.n > 300 ? 2 : st.ch.n > 30 ? 2.8 : 4});
  chainStages(p, s, st, ui);
  chainPointed(p, s, st, ui);
  chainProposals(p, s, st);
  chainMarks(ctx, s, st);
};
