// Drawing of lives: the buffer as tiles or as dots on the energy, one life's energies and pictures, draws of all.
// needs: elements, charts, maps, tiles, stats, inspect_state

// ---- the buffer ----
const tileGrid = (n, w, h, gap = 3) => {
  let best = {size: 0, columns: 1};
  for (let columns = 1; columns <= n; columns++) {
    const size = Math.floor(Math.min(w / columns, h / Math.ceil(n / columns)) - gap);
    if (size > best.size) best = {size, columns};
  }
  const step = best.size + gap;
  return {...best, step, place: k => [gap + (k % best.columns) * step, gap + Math.floor(k / best.columns) * step]};
};
const inspectTiles = (st, p, picked) => {
  chartClear(p);
  const g = st.grid = tileGrid(st.order.length, p.w - 4, p.h - 4), {colors} = p;
  st.order.forEach((i, k) => {
    const [x, y] = g.place(k), look = i === picked ? [colors.picked, 3] : i === st.hover ? [colors.fg, 2] : null;
    tilePaint(p, tileImage(st, st.lives[i].x.at(-1)), x, y, g.size);
    if (look) tileRing(p, x, y, g.size, ...look);
  });
};
const inspectBack = (st, p, s) => {
  const key = [p.w, p.h, p.ratio, p.colors.bg].join();
  if (p.back?.key === key) return p.back.canvas;
  const sheet = sheetLike(p), [least] = extremes([st.e]), n = N_GRID, w = (st.high - st.low) / n;
  drawHeat(sheet, s, heatmap(Float32Array.from(st.e, v => Math.log1p(v - least)), n, {lut: LANDS[p.theme]}));
  for (const v of [1, 2, 4, 8]) {
    const path = () => contourPath(sheet.ctx, s, contour(st.e, n, least + v), st.low + w / 2, w);
    strokes(sheet.ctx, [[`${ON_MAP.chain}80`, 1]], path);
  }
  drawPoints(sheet, s, st.all, {fill: `${ON_MAP.chain}66`, stroke: `${ON_MAP.rim}99`, r: 1.6});
  p.back = {key, canvas: sheet.canvas};
  return sheet.canvas;
};
// The way of a life over the map, from noise on: places at some of its draws
const inspectWay = (p, s, life, shown) => {
  const at = life.x.filter((_, k) => life.stages[k] <= shown), {ctx} = p;
  strokes(ctx, [[ON_MAP.rim, 4], [ON_MAP.picked, 2]], () => at.forEach(([x, y], k) => {
    if (k) ctx.lineTo(s.sx(x), s.sy(y)); else ctx.moveTo(s.sx(x), s.sy(y));
  }));
  at.forEach(([x, y], k) => { if (k) drawPlus(ctx, s.sx(x), s.sy(y), 3); });
  if (!at.length) return;
  drawCross(ctx, s.sx(at[0][0]), s.sy(at[0][1]), 5);
  drawRing(ctx, ...inspectEnd(s, at), 7, ON_MAP.picked);
};
const inspectEnd = (s, at) => [s.sx(at.at(-1)[0]), s.sy(at.at(-1)[1])];
const inspectMap = (st, p, picked, shown) => {
  const s = st.s = mapScales(p, [st.low, st.high, st.low, st.high]);
  chartClear(p);
  clipped(p, s, ctx => {
    ctx.drawImage(inspectBack(st, p, s), 0, 0, p.w, p.h);
    drawPoints(p, s, st.lives.flatMap(l => Array.from(l.x.at(-1))), {r: 4});
    if (st.hover >= 0) drawRing(ctx, ...inspectEnd(s, [st.lives[st.hover].x.at(-1)]), 6, ON_MAP.chain);
    if (picked >= 0) inspectWay(p, s, st.lives[picked], shown);
  });
};
// Under the pointer: a tile, or the nearest dot
const inspectNear = (st, x, y) => {
  if (!st.flat) {
    const g = st.grid, k = g ? Math.floor((y - 3) / g.step) * g.columns + Math.floor((x - 3) / g.step) : -1;
    return st.order[k] ?? -1;
  }
  const far = i => { const [u, v] = inspectEnd(st.s, [st.lives[i].x.at(-1)]); return (u - x) ** 2 + (v - y) ** 2; };
  return st.s ? cheapest(st.lives.length, far, 400) : -1;
};

// ---- one life ----
const inspectEnergies = (st, p, life, shown) => {
  if (!life) return chartSays(p, st.lives.length ? 'choose a sample' : 'no life was recorded');
  const n = life.draws, ts = Float32Array.from({length: n}, (_, i) => (i + 1) * st.K), c = p.colors;
  if (!n) return chartSays(p, st.recorded ? 'not drawn yet: it was there before' : 'no life was recorded');
  const s = chartAxes(p, {x: [0, n * st.K * 1.02], y: axisRange([life.e]), margin: [10, 12, 34, 46],
    xlabel: `Langevin steps in all, ${st.K} a draw`});
  chartLine(p, s, ts.subarray(0, shown), life.e.subarray(0, shown), {...lookOf(p, 'picked'), width: 2, says: 'energy'});
  Object.assign(p.ctx, {fillStyle: c.data, strokeStyle: c.bg, globalAlpha: 1, lineWidth: 1});
  for (let i = 0; i < shown; i++) if (life.moved[i]) {
    p.ctx.beginPath(); markPath(p.ctx, 'triangle', s.sx(ts[i]), s.y0 - 5, 4); p.ctx.fill(); p.ctx.stroke();
  }
  for (let i = 0; i < shown && shown <= 60; i++) {
    p.ctx.fillStyle = c.picked;
    p.ctx.beginPath(); markPath(p.ctx, 'circle', s.sx(ts[i]), s.sy(life.e[i]), 2.5); p.ctx.fill();
  }
};
const inspectPictures = (st, p, life, shown) => {
  if (!life) return chartSays(p, st.lives.length ? 'choose a sample' : 'no life was recorded');
  const some = life.x.map((x, k) => ({x, n: life.stages[k]})).filter(v => v.n <= shown);
  const size = Math.floor(Math.min(p.h - 20 * p.k, p.w / life.x.length - 4)), {colors} = p;
  chartClear(p);
  some.forEach(({x, n}, k) => {
    const left = 2 + k * (size + 4);
    tilePaint(p, tileImage(st, x), left, 2, size);
    const word = n ? String(n) : life.born < 0 ? 'found' : 'noise';
    chartLabel(p, left + size / 2, size + 11 * p.k, word, colors.muted, 'center');
  });
};

// ---- draws of all stored samples, beside the law ----
const inspectAges = (st, ui, life) => {
  const p = st.ages, shares = ui.get('shares'), law = ui.get('law'), c = p.colors;
  if (!shares.length) return chartSays(p, 'no recorder counted the draws');
  const top = 1.15 * extremes([shares, law])[1], edges = Array.from({length: shares.length + 1}, (_, k) => k + .5);
  const s = chartAxes(p, {x: [.5, shares.length + .5], y: [0, top], margin: [10, 10, 34, 40], xlabel: 'draws'});
  chartBars(p, s, edges, shares, {color: c.generated});
  const expected = {...lookOf(p, 'exact'), width: 2, says: 'expected share'};
  if (law.length) chartLine(p, s, law.map((_, k) => k + 1), law, expected);
  if (!life) return;
  Object.assign(p.ctx, {fillStyle: c.picked, globalAlpha: 1});
  p.ctx.beginPath(); markPath(p.ctx, 'triangle', s.sx(Math.min(life.draws, shares.length)), s.y0 - 5, 6); p.ctx.fill();
};
const inspectDraw = (st, ui) => {
  const picked = inspectPicked(st, ui), life = st.lives[picked], shown = life ? inspectShown(ui, life) : 0;
  if (st.flat) inspectMap(st, st.store, picked, shown);
  else if (st.lives.length) inspectTiles(st, st.store, picked);
  else chartSays(st.store, 'no sample was followed');
  inspectEnergies(st, st.energies, life, shown);
  if (st.strip) inspectPictures(st, st.strip, life, shown);
  inspectAges(st, ui, life);
};
