// Drawing of scores: two histograms with a threshold, the curves of all thresholds, mistakes, the pad.
// needs: elements, charts, tiles, detect_numbers, maps

// ---- histograms ----
const DETECT_MARGIN = [8, 14, 32, 46];
const detectOutline = (p, s, edges, values, look) => {
  const xs = [], ys = [];
  values.forEach((v, i) => { xs.push(edges[i], edges[i + 1]); ys.push(v, v); });
  chartLine(p, s, xs, ys, look);
};
const detectNames = (st, p, s, ui) => {
  const {colors} = p;
  const say = (y, name, v, color) => chartLabel(p, s.x1 - 4, s.y1 + y * p.k, `${name}, ${v.length}`, color, 'right');
  say(9, 'data', st.a, colors.data);
  say(25, ui.get('out'), st.b, colors.generated);
};
const detectThreshold = (st, p, s) => {
  const x = clamp(s.sx(st.threshold), s.x0, s.x1), {ctx, colors} = p;
  Object.assign(ctx, {strokeStyle: colors.fg, fillStyle: colors.fg, lineWidth: 2, globalAlpha: 1});
  ctx.setLineDash([]);
  ctx.beginPath(); ctx.moveTo(x, s.y0); ctx.lineTo(x, s.y1); ctx.stroke();
  ctx.beginPath(); ctx.arc(x, s.y1 + 3, 5, 0, 7); ctx.fill();
  const right = x < (s.x0 + s.x1) / 2;
  chartLabel(p, x + (right ? 9 : -9), s.y1 + 5 * p.k, 'outside →', colors.fg, right ? 'left' : 'right');
};
const detectPadMark = (st, p, s) => {
  const x = clamp(s.sx(st.padEnergy), s.x0, s.x1), {ctx, colors} = p;
  Object.assign(ctx, {strokeStyle: colors.entropy, lineWidth: 2.5});
  ctx.setLineDash([4, 3]);
  ctx.beginPath(); ctx.moveTo(x, s.y0); ctx.lineTo(x, s.y1 + 40); ctx.stroke();
  ctx.setLineDash([]);
  chartLabel(p, x, s.y1 + 34, 'yours', colors.entropy, 'center');
};
const detectDrawHistograms = (st, p, ui) => {
  const own = st.padEnergy != null && ui.get('score') === ui.get('own_score');
  const edges = detectEdges(st.a, st.b, own ? [st.padEnergy] : []);
  const a = detectBins(st.a, edges), b = detectBins(st.b, edges);
  const top = 1.25 * Math.max(...a, ...b), x = [edges[0], edges.at(-1)], {data, generated} = p.colors;
  const s = st.chart = chartAxes(p, {x, y: [0, top], xlabel: ui.get('score'), yticks: [], margin: DETECT_MARGIN});
  chartBars(p, s, edges, a, {color: data, alpha: .35});
  chartBars(p, s, edges, b, {color: generated, alpha: .12});
  detectOutline(p, s, edges, b, {color: generated, width: 2});
  detectNames(st, p, s, ui);
  if (own) detectPadMark(st, p, s);
  detectThreshold(st, p, s);
};

// ---- curves ----
const detectDot = (p, s, x, y) => {
  const {ctx, colors} = p;
  Object.assign(ctx, {fillStyle: colors.fg, strokeStyle: colors.bg, lineWidth: 2, globalAlpha: 1});
  ctx.setLineDash([]);
  ctx.beginPath(); ctx.arc(s.sx(x), s.sy(y), 6, 0, 7); ctx.fill(); ctx.stroke();
};
const detectTicks = [0, .25, .5, .75, 1];
const detectPlane = (p, xlabel) => chartAxes(p, {
  x: [0, 1.005], y: [0, 1.02], xlabel, xticks: detectTicks, yticks: detectTicks, margin: [8, 12, 32, 40],
});
const detectDrawRoc = (st, p) => {
  const s = st.roc = detectPlane(p, 'data flagged wrongly'), {wrong, found} = st.curve, c = st.confusion;
  chartLine(p, s, [0, 1], [0, 1], {color: p.colors.muted, dash: [3, 3], width: 1});
  chartLine(p, s, wrong, found, {color: p.colors.generated, width: 2});
  detectDot(p, s, c.wrong / st.a.length, c.found / st.b.length);
};
const detectDrawPr = (st, p) => {
  const s = st.pr = detectPlane(p, 'outside found'), {found} = st.curve, c = st.confusion;
  const share = st.b.length / (st.a.length + st.b.length), flagged = c.found + c.wrong;
  chartLine(p, s, [0, 1], [share, share], {color: p.colors.muted, dash: [3, 3], width: 1});
  chartLine(p, s, found, st.precision, {color: p.colors.data, width: 2});
  detectDot(p, s, c.found / st.b.length, flagged ? c.found / flagged : 1);
};

// ---- mistakes: data above, outside examples below, worst first ----
const detectDrawMistakes = (st, p) => {
  chartClear(p);
  const size = Math.floor(Math.min(64 * p.k, (p.h - 40 * p.k) / 2)), step = size + 4;
  const room = Math.max(1, Math.floor((p.w - 4) / step));
  const rows = [[st.oddest, 'data that score highest', 0], [st.missed, `${st.outName} that scores lowest`, p.h / 2]];
  st.cells = [];
  for (const [found, text, y] of rows) {
    chartLabel(p, 2, y + 8 * p.k, found.length ? text : `${text}: no pictures`, p.colors.muted);
    found.slice(0, room).forEach(({x, score}, k) => {
      const cell = {left: 2 + k * step, top: y + 16 * p.k, size, x,
        wrong: y ? score <= st.threshold : score > st.threshold};
      tilePaint(p, tileImage(st, x), cell.left, cell.top, size);
      if (cell.wrong) tileRing(p, cell.left, cell.top, size, p.colors.alarm, 2);
      st.cells.push(cell);
    });
  }
};

// ---- the pad ----
const detectDrawPad = (st, p) => {
  chartClear(p);
  const size = Math.min(p.w, p.h), left = Math.floor((p.w - size) / 2), k = size / st.side;
  st.padAt = {left, size, k};
  tilePaint(p, tileImage(st, Uint8Array.from(st.ink, v => Math.round(255 * v))), left, 0, size);
  const [x, y] = st.pen;
  p.ctx.setLineDash([]);
  p.ctx.strokeStyle = st.down ? p.colors.generated : p.colors.muted;
  p.ctx.lineWidth = 1.5;
  p.ctx.beginPath(); p.ctx.arc(left + x * k, y * k, st.radius * k, 0, 7); p.ctx.stroke();
  if (!st.empty) return;
  Object.assign(p.ctx, {fillStyle: ON_MAP.chain, textAlign: 'center', font: fontOf(p)});     // on black: no outline
  p.ctx.fillText('draw a digit here', left + size / 2, size / 2 - 24 * p.k);
};
