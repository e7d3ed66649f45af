// The pictures of the two trainings: landscapes with their chains, KL and gradients over updates.
// needs: elements, charts, maps, controls, draw_paint, hero_run, reads

const HERO_LINES = OUTLINED, HERO_MARGIN = [8, 92, 20, 50];

const HERO_LOST = 100;     // nats of KL from which on a side counts as lost
const heroTitle = (ui, side) => {
  const {kl} = side.rows.at(-1) ?? {}, word = {with: 'with the KL term', without: 'without'}[side.name];
  const broken = side.whole ? '' : ' – no number any more';
  return `${word}: ${heroMethod(ui, side.name)}${kl == null ? '' : `, KL ${fmt(kl)} nats`}${broken}`;
};
const heroImage = (side, lut) => {
  const [least] = extremes([side.map]);
  return heatmap(side.map, HERO.cells, {low: least, high: least + HERO.top, lut});
};
// Panels that look as they did are left alone: most frames move nothing but chains
const heroKey = (p, of) => [p.w, p.h, p.ratio, p.colors.bg, ...of].join();
const heroFresh = (p, of) => {
  const key = heroKey(p, [...of, p.k, p.changes.length]), fresh = p.shown !== key;
  p.shown = key;
  return fresh;
};
// Contours of the data, drawn once for a panel of this size
const heroLinesOn = (st, p, s, truth) => {
  const key = heroKey(p, [st.version]), node = (st.high - st.low) / (PAINT_NODES - 1);
  if (p.lines?.key === key) return p.lines.canvas;
  const sheet = sheetLike(p);
  for (const [color, width] of HERO_LINES) truth.lines.forEach((line, i) => {
    strokes(sheet.ctx, [[color, width * (i ? 1.3 : .8)]], () => contourPath(sheet.ctx, s, line, st.low, node));
  });
  p.lines = {key, canvas: sheet.canvas};
  return sheet.canvas;
};
const heroMap = (st, ui, side) => {
  const p = side.panel, {ctx} = p, s = mapScales(p, [st.low, st.high, st.low, st.high], 2), truth = heroTruth(st, ui);
  const look = methodLook(p, heroMethod(ui, side.name));
  chartClear(p);
  if (side.map) drawHeat(p, s, inTheme(side.image ??= {}, p, lut => heroImage(side, lut)));
  if (ui.get('layers').truth && truth) ctx.drawImage(heroLinesOn(st, p, s, truth), 0, 0, p.w, p.h);
  if (ui.get('layers').chains) drawPoints(p, s, side.x, {r: 2.1});
  ctx.setLineDash(look.dash);
  strokes(ctx, [[look.color, 4]], () => ctx.rect(s.x0, s.y1, s.x1 - s.x0, s.y0 - s.y1));
  ctx.setLineDash([]);
  setCaption(p, heroTitle(ui, side));
  p.caption.classList.toggle('c-alarm', !side.whole || side.rows.at(-1)?.kl > HERO_LOST);
};
const heroSpan = st => [0, Math.max(100, ...st.crew.sides.map(s => s.rows.at(-1)?.t ?? 0))];
// Updates below, a log axis that holds all values and, at the least, from `low` to `high`
const heroAxes = (st, p, values, [low, high]) => {
  const [a, b] = axisRange(values, {log: true, factor: 1.5}), y = [Math.min(low, a), Math.max(high, b)];
  return chartAxes(p, {x: heroSpan(st), y, logy: true, margin: p.w < 400 * p.k ? [8, 8, 20, 44] : HERO_MARGIN});
};
// A line {xs, ys, text} over updates; a narrow chart names it inside
const heroLines = (p, s, lines) => {
  const inside = p.w < 400 * p.k;
  chartLines(p, s, lines.map(l => inside ? {...l, text: '', says: l.text} : l));
  chartChanges(p, s);
  const ends = lines.map(l => ({text: l.text, color: l.color, y: endOf(s, l.ys) - 9}));
  if (inside) endLabels(p, {...s, x1: s.x1 - 72 * p.k}, ends);
};
const heroKl = (st, ui) => {
  const p = st.kl;
  if (!st.crew.sides.some(s => s.rows.length)) return chartSays(p, 'press Play: the KL of both sides over updates');
  const all = st.crew.sides.map(s => s.rows.map(r => r.kl)), s = heroAxes(st, p, all, [.1, 10]);
  heroLines(p, s, st.crew.sides.map((side, i) => ({
    xs: side.rows.map(r => r.t), ys: all[i], width: 2.2, text: side.name === 'with' ? 'with the term' : 'without',
    ...methodLook(p, heroMethod(ui, side.name)),
  })));
  chartWaits(p, s, Math.max(...all.map(ys => ys.length)));
};
const HERO_TERMS = {cd: 'CD', opt: 'opt', entropy: 'entropy', reg: 'reg'};
const heroNorms = (st, ui) => {
  const p = st.norms, side = st.crew.sides.find(s => s.name === 'with'), rows = side.rows.filter(r => r.cd != null);
  if (!rows.length) return chartSays(p, 'press Play: how large the gradient of each term is');
  const found = Object.keys(HERO_TERMS).filter(k => rows.some(r => r[k] > 0)), ys = k => rows.map(r => r[k] || NaN);
  const s = heroAxes(st, p, found.map(ys), [.01, 1]);
  heroLines(p, s, found.map(k => {
    const log = smoothed(ys(k), 9, true);
    return {xs: rows.map(r => r.t), ys: log, width: 1.8, text: HERO_TERMS[k], ...lookIn(p.colors, LOOKS[k])};
  }));
};
