// Drawing of compositions: landscapes of the parts and of the result with the same chains on all, energies over steps.
// needs: elements, controls, charts, maps, compose_algebra, compose_state

const COMPOSE_LEVELS = [.5, 1, 2, 4, 8, 16];     // of contours, above the lowest energy, in units of T

// ---- maps ----
const composeLines = (sheet, s, e, {T, low, high, cache: {n}}) => {
  const [least] = extremes([e]), {ctx} = sheet, w = (high - low) / n;
  COMPOSE_LEVELS.forEach((v, k) => {
    const look = [k < 4 ? `${ON_MAP.chain}80` : `${ON_MAP.rim}4d`, 1], lines = contour(e, n, least + v * T);
    strokes(ctx, [look], () => contourPath(ctx, s, lines, low + w / 2, w));
  });
};
const composeSheet = (st, p, s, e, dim) => {
  const {n} = st.cache, [least] = extremes([e]), sheet = sheetLike(p), {ctx} = sheet;
  const shade = Float32Array.from(e, v => Math.log1p((v - least) / st.T));
  Object.assign(ctx, {fillStyle: p.colors.bg});
  ctx.fillRect(0, 0, p.w, p.h);
  if (dim) ctx.globalAlpha = .3;
  drawHeat(sheet, s, heatmap(shade, n, {lut: LANDS[p.theme]}));
  composeLines(sheet, s, e, st);
  return sheet.canvas;
};
// What stays is drawn once for a panel of this size
const composeMap = (st, p, e, {key, dim, r}) => {
  const s = mapScales(p, [st.low, st.high, st.low, st.high]), now = [p.w, p.h, p.ratio, p.colors.bg, key, st.T].join();
  if (p.back?.now !== now) p.back = {now, canvas: composeSheet(st, p, s, e, dim)};
  p.ctx.setLineDash([]);
  p.ctx.globalAlpha = 1;
  p.ctx.drawImage(p.back.canvas, 0, 0, p.w, p.h);
  if (!dim) drawPoints(p, s, st.ch.x, {r});
};
const PART_WORDS = {AND: 'AND', OR: 'OR', NOT: 'AND NOT', off: 'off:'};
const composeCaption = (st, {op, w, i}) => {
  const times = op === 'off' || w === 1 ? '' : `, weight ${fmt(w)}`, first = st.chosen.findIndex(c => c.op !== 'off');
  const word = i === first ? (op === 'NOT' ? 'NOT' : '') : PART_WORDS[op];
  return `${word} ${PART_NAMES[i]}, ${st.names[i]}${times}`.trim();
};
const composeParts = st => st.panels.forEach((p, i) => {
  const {op} = st.chosen[i];
  setCaption(p, composeCaption(st, st.chosen[i]));
  composeMap(st, p, st.partCells[i], {key: op === 'off', dim: op === 'off', r: 1.6});
});
const composeResult = st => {
  setCaption(st.map, st.tree ? `the result, E = ${composeFormula(st.chosen)}` : 'the result');
  if (st.tree) composeMap(st, st.map, st.e, {key: st.version, r: 2.4}); else chartSays(st.map, 'all parts are off');
};

// ---- energies of the parts over steps ----
const PART_LOOKS = [['data', '-'], ['generated', '--'], ['entropy', ':'], ['fg', '-.']];
const composeEnergies = st => {
  const p = st.chart, rows = st.tree ? st.trace.rows : [], on = st.chosen.filter(c => c.op !== 'off').map(c => c.i);
  if (!rows.length) return chartSays(p, 'no part, no energy');
  const ts = rows.map(r => r.t), ys = on.map(i => rows.map(r => r.parts[i])), late = Math.floor(rows.length / 8);
  const y = axisRange([...ys.map(v => v.slice(late)), on.map(i => st.exact[i])]);
  const s = chartAxes(p, {x: [0, Math.max(20, ts.at(-1))], y, margin: [8, 30, 20, 44]});
  on.forEach(i => chartLevel(p, s, st.exact[i], {color: p.colors[PART_LOOKS[i][0]], dash: [1, 3], width: 1.3}));
  chartLines(p, s, on.map((i, k) => ({xs: ts, ys: ys[k], width: 2, text: PART_NAMES[i],
    ...lookIn(p.colors, PART_LOOKS[i])})));
};
const composeDraw = st => {
  composeParts(st);
  composeResult(st);
  composeEnergies(st);
  const warning = composeWarning(st);
  if (st.alarm.textContent !== warning) st.alarm.textContent = warning;
  st.alarm.hidden = !warning;
};
