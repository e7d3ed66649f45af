// The charts beside a map of chains: each draws from the state, and leaves its scales in st.at for the pointer.
// needs: elements, charts, reads, maps, stats, chains_state, chains_map

const CHAIN_PANELS = {
  energy: 'energy, 10–90 %; dashed: exact', x: 'marginal of x; line: exact', y: 'marginal of y; line: exact',
  distances: 'KL and TV; dotted: exact sample', modes: 'share of chains per mode; –: none',
  entropy: 'nearest-neighbour entropy [nats]',
};
const CHAIN_MARGIN = [7, 8, 18, 40], CHAIN_EXACT = {dash: dashes(LOOKS.exact[1]), width: 1.2};
const chainSpan = (rows, end) => [rows[0]?.t ?? 0, Math.max(end, (rows[0]?.t ?? 0) + 10)];

const chainEnergies = (st, p) => {
  const rows = chainRows(st), ts = rows.map(r => r.t), t = st.truth, i = chainMark(st), c = p.colors;
  const late = rows.slice(Math.floor(rows.length / 10)), of = k => late.map(r => r[k]);
  const y = axisRange([[t.low, t.high], of('low'), of('high')]);
  const s = chartAxes(p, {x: chainSpan(rows, st.step), y, margin: CHAIN_MARGIN});
  for (const v of [t.low, t.high]) chartLevel(p, s, v, {color: c.muted, dash: [1, 3], width: 1.2});
  chartLevel(p, s, t.mean, {color: c.fg, says: 'exact', ...CHAIN_EXACT});
  chartBand(p, s, ts, rows.map(r => r.low), rows.map(r => r.high), {color: c.generated});
  chartLine(p, s, ts, rows.map(r => r.mean), {...lookOf(p, 'chains'), width: 2, says: 'chains'});
  const own = {...lookOf(p, 'picked'), width: 1.4, says: `chain ${i + 1}`};
  if (i >= 0 && i < CHAIN_SOME) chartLine(p, s, ts, rows.map(r => r.e[i] ?? NaN), own);
  chartChanges(p, s);
  chartWaits(p, s, rows.length);
  return s;
};
const chainMarginal = axis => (st, p) => {
  const {low, high} = st.field, {fine, w} = st.truth, exact = st.truth[axis ? 'y' : 'x'], n = 40, c = p.colors;
  const v = Float64Array.from({length: st.ch.n}, (_, k) => st.ch.x[2 * k + axis]), h = histogram(v, low, high, n);
  const edges = Array.from({length: n + 1}, (_, k) => low + k * (high - low) / n), w2 = (high - low) / n / 2;
  const top = 1.12 * extremes([h, exact])[1];
  const s = chartAxes(p, {x: [low, high], y: [0, top], margin: CHAIN_MARGIN, yticks: []});
  chartBars(p, s, edges, h, {color: c.generated});
  const places = Array.from({length: fine}, (_, k) => low + (k + .5) * w);
  chartLine(p, s, places, exact, {color: c.fg, width: 2, says: 'exact'});
  p.at.lines.push({says: 'chains', xs: edges.slice(0, n).map(v => v + w2), ys: h});
  p.at.unit = axis ? 'y' : 'x';
  const i = chainMark(st);
  if (i < 0) return s;
  Object.assign(p.ctx, {fillStyle: c.picked, globalAlpha: 1});
  p.ctx.beginPath(); markPath(p.ctx, 'triangle', s.sx(v[i]), s.y0 - 5, 6); p.ctx.fill();
  return s;
};
// Share m of the chains, and a stroke where the exact one is
const chainBar = (p, s, m, share, exact, color) => {
  chartBars(p, s, [m - .36, m + .36], [share], {color});
  Object.assign(p.ctx, {strokeStyle: p.colors.fg, lineWidth: 2, globalAlpha: 1});
  p.ctx.beginPath(); p.ctx.moveTo(s.sx(m - .45), s.sy(exact)); p.ctx.lineTo(s.sx(m + .45), s.sy(exact)); p.ctx.stroke();
};
const chainModes = (st, p) => {
  const k = st.modes.length / 2, shares = modeShares(st.ch.x, st.modes, st.radius), t = st.truth.shares, c = p.colors;
  const i = chainMark(st), own = i < 0 ? -1 : nearestMode(st.ch.x[2 * i], st.ch.x[2 * i + 1], st.modes, st.radius);
  const top = 1.12 * Math.max(...shares, ...t, .05);
  const s = chartAxes(p, {x: [-.5, k + .5], y: [0, top], margin: CHAIN_MARGIN, xticks: []});
  const every = Math.ceil(16 / ((s.x1 - s.x0) / (k + 1)));     // names that have room
  shares.forEach((share, m) => {
    chainBar(p, s, m, share, t[m], m === own ? c.picked : c.generated);
    Object.assign(p.ctx, {fillStyle: c.muted, textAlign: 'center', textBaseline: 'top'});
    if (m === k || m % every === 0) p.ctx.fillText(m === k ? '–' : m + 1, s.sx(m), s.y0 + 4);
  });
  const xs = Array.from(shares, (_, m) => m), told = {unit: 'mode', back: m => m + 1};
  Object.assign(p.at, told, {lines: [{says: 'chains', xs, ys: shares}, {says: 'exact', xs, ys: t}]});
  chartLabel(p, s.x1 - 3, s.y1 + 7, '▬ exact', c.fg, 'right');
  return s;
};
const chainDistances = (st, p) => {
  const rows = chainRows(st), of = k => rows.map(r => r[k]), x = chainSpan(rows, st.step);
  chartDistances(p, {x, ts: of('t'), kl: of('kl'), tv: of('tv'), exact: st.expected, margin: CHAIN_MARGIN});
  chartChanges(p, p.at.s);
  chartWaits(p, p.at.s, rows.length);
  return p.at.s;
};
const chainEntropies = (st, p) => {
  const all = chainRows(st), known = st.ch.n <= CHAIN_TRAILS ? all : st.slow, c = p.colors, exact = st.truth.entropy;
  const rows = known.filter(r => !Number.isNaN(r.entropy)), ys = rows.map(r => Math.max(r.entropy, CHAIN_LEAST));
  const s = chartAxes(p, {x: chainSpan(all, st.step), y: axisRange([[exact], ys]), margin: CHAIN_MARGIN});
  chartLevel(p, s, exact, {color: c.fg, ...CHAIN_EXACT});
  chartLine(p, s, rows.map(r => r.t), ys, {color: c.entropy, width: 2, says: 'chains'});
  chartChanges(p, s);
  chartWaits(p, s, rows.length, all.length > 1 ? 'the next value comes soon' : 'press Play');
  const least = `below ${fmt(CHAIN_LEAST)}: chains coincide`, y = s.sy(exact);
  if (ys.at(-1) === CHAIN_LEAST) chartLabel(p, s.x1 - 3, s.y0 - 14, least, c.entropy, 'right');
  chartLabel(p, s.x1 - 3, y + (y - s.y1 < 20 ? 8 : -8), 'exact', c.fg, 'right');
};
const CHAIN_CHARTS = {energy: chainEnergies, x: chainMarginal(0), y: chainMarginal(1), modes: chainModes,
  distances: chainDistances, entropy: chainEntropies};
// While chains move, one chart a frame
const chainDrawCharts = (st, playing) => {
  const names = Object.keys(st.panels), some = playing ? [names[st.turn++ % names.length]] : names;
  for (const k of some) st.at[k] = CHAIN_CHARTS[k](st, st.panels[k]);
};
