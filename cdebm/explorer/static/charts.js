// Charts on a panel p = {ctx, w, h, colors}: axes, lines, bands, bars, names; smoothing, and how far an axis reaches.
// needs: elements

const {LOOKS, METHOD_STYLES} = CONSTANTS;     // [colour, line] of terms and things, colours by their names in a theme
// Type and what is measured in it grow with the view: p.k is 1 where it is plain
const fontOf = p => `${(11 * p.k).toFixed(1)}px system-ui, sans-serif`;
// Dashes in px of the lines that Python's figures know by these names; a tuple (0, dashes) says its own
const DASHES = {'-': [], '--': [7, 4], ':': [2, 3], '-.': [9, 3, 2, 3]};
const dashes = style => typeof style === 'string' ? DASHES[style] : style[1];
const lookIn = (colors, [color, style]) => ({color: colors[color], dash: dashes(style)});
const lookOf = (p, name) => lookIn(p.colors, LOOKS[name]);
const methodLook = (p, method) => {
  const {color, ls} = METHOD_STYLES[method];
  return {color: inkOn(color, p.colors.bg, 3), dash: dashes(ls)};
};

// ---- ink that can be read: a colour moved towards black or white until its contrast is enough (WCAG 2.2) ----
const channels = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16));
const luminanceOf = rgb => {
  const [r, g, b] = rgb.map(c => c / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const contrastOf = (a, b) => {
  const [low, high] = [luminanceOf(a), luminanceOf(b)].sort((u, v) => u - v);
  return (high + .05) / (low + .05);
};
const inks = new Map();
const inkOn = (color, ground, least = 4.5) => {
  const key = [color, ground, least].join();
  if (inks.has(key)) return inks.get(key);
  const from = channels(color), under = channels(ground), end = luminanceOf(under) > .18 ? 0 : 255;
  let ink = from;
  for (let k = 1; k <= 20 && contrastOf(ink, under) < least; k++) ink = from.map(v => v + (end - v) * k / 20);
  const hex = `#${ink.map(v => Math.round(v).toString(16).padStart(2, '0')).join('')}`;
  inks.set(key, hex);
  return hex;
};

// ---- numbers ----
// Mean of the finite ones among the k nearest, of their logarithms on a log axis; what is not finite stays so
const smoothed = (ys, k, log = false) => {
  if (k < 2) return ys;
  const half = k >> 1, usable = v => Number.isFinite(v) && (!log || v > 0);
  const v = Float64Array.from(ys, y => !usable(y) ? NaN : log ? Math.log(y) : y), last = ys.length - 1;
  return Float64Array.from(ys, (y, i) => {
    let sum = 0, count = 0;
    for (let j = Math.max(0, i - half); j <= Math.min(last, i + half); j++) if (v[j] === v[j]) { sum += v[j]; count++; }
    if (!count || !Number.isFinite(y)) return NaN;
    return log ? Math.exp(sum / count) : sum / count;
  });
};
// An axis that holds all finite values, on a log axis the positive ones, with some room; with zero where `zero` says so
const axisRange = (lists, {log = false, zero = false, room = .06, factor = 1.2} = {}) => {
  const [low, high] = extremes(lists, v => Number.isFinite(v) && (!log || v > 0)), base = zero ? Math.min(0, low) : low;
  if (low > high) return log ? [.1, 1] : [0, 1];
  if (log) return [low / factor, high * factor];
  const pad = room * (high - base || Math.abs(high) || 1);
  return [zero ? base : base - pad, high + pad];
};
const roundTicks = (a, b, n) => {
  const raw = (b - a) / n, unit = 10 ** Math.floor(Math.log10(raw)), out = [];
  const step = [1, 2, 5, 10].find(m => m * unit >= raw) * unit, end = b + 1e-9 * step;
  for (let v = Math.ceil(a / step - 1e-9) * step; v <= end; v += step) out.push(Math.abs(v) < 1e-12 * step ? 0 : v);
  return out;
};
// Round values on an axis, at least three where it has a length
const ticks = (a, b, n = 4) => {
  if (!(b > a)) return [a];
  let out = [];
  for (let m = n; out.length < 3 && m < 4 * n; m++) out = roundTicks(a, b, m);
  return out;
};
const logTicks = (a, b) => {
  const low = Math.ceil(Math.log10(a) - 1e-9), high = Math.floor(Math.log10(b) + 1e-9), out = [];
  for (let k = low; k <= high; k += Math.max(1, Math.ceil((high - low) / 5))) out.push(10 ** k);
  if (out.length > 2) return out;
  const fine = [low - 1, low, low + 1].flatMap(k => [1, 2, 5].map(m => m * 10 ** k));
  const inside = [...new Set(fine)].filter(v => v >= a && v <= b);
  return inside.length > 2 ? inside : ticks(a, b, 3);
};
const linear = (a, b, from, to) => v => from + (v - a) / ((b - a) || 1) * (to - from);

// ---- axes ----
const chartClear = p => {
  p.ctx.fillStyle = p.colors.bg;
  p.ctx.fillRect(0, 0, p.w, p.h);
  Object.assign(p.ctx, {font: fontOf(p), lineWidth: 1, globalAlpha: 1, lineJoin: 'round'});
  p.ctx.setLineDash([]);
};
// Values to px by sx and sy, and back by ix and iy; x, y are [low, high], the margin is [top, right, bottom, left]
const chartScales = (p, x, y, logy, margin) => {
  const [top, right, bottom, left] = margin.map(v => v * p.k);
  const x0 = left, x1 = p.w - right, y0 = p.h - bottom, y1 = top, ends = logy ? y.map(Math.log10) : y;
  const down = linear(...ends, y0, y1), up = linear(y0, y1, ...ends);
  return {x0, x1, y0, y1, sx: linear(...x, x0, x1), sy: logy ? v => down(Math.log10(v)) : down,
    ix: linear(x0, x1, ...x), iy: logy ? v => 10 ** up(v) : up};
};
const chartRows = ({ctx, colors}, s, values) => {
  Object.assign(ctx, {strokeStyle: colors.grid, fillStyle: colors.muted, textAlign: 'right', textBaseline: 'middle'});
  for (const v of values) {
    ctx.beginPath(); ctx.moveTo(s.x0, s.sy(v)); ctx.lineTo(s.x1, s.sy(v)); ctx.stroke();
    ctx.fillText(fmt(v), s.x0 - 5, s.sy(v));
  }
};
const chartColumns = ({ctx, w, k}, s, values, label) => {
  Object.assign(ctx, {textAlign: 'center', textBaseline: 'top'});
  for (const v of values) {
    const half = ctx.measureText(fmt(v)).width / 2 + 1;
    ctx.fillText(fmt(v), clamp(s.sx(v), half, w - half), s.y0 + 4);
  }
  if (label) ctx.fillText(label, (s.x0 + s.x1) / 2, s.y0 + 4 + 13 * k);
};
// Clears, draws grid and tick labels, and returns scales
const chartAxes = (p, {x, y, logy = false, xlabel = '', margin = [8, 16, xlabel ? 32 : 20, 46], xticks, yticks}) => {
  if (logy) y = [Math.max(y[0], Number.MIN_VALUE), Math.max(y[1], y[0] * 1.01)];
  const s = chartScales(p, x, y, logy, margin);
  p.at = {s, lines: [], unit: xlabel.split(',')[0] || 'step', back: v => v};
  chartClear(p);
  chartRows(p, s, yticks ?? (logy ? logTicks(...y) : ticks(...y)));
  chartColumns(p, s, xticks ?? ticks(...x), xlabel);
  return s;
};

// ---- marks ----
const clipped = (p, s, draw) => {
  p.ctx.save();
  p.ctx.beginPath(); p.ctx.rect(s.x0, s.y1, s.x1 - s.x0, s.y0 - s.y1); p.ctx.clip();
  draw(p.ctx);
  p.ctx.restore();
};
// What has a name, `says`, answers the pointer
const chartLine = (p, s, xs, ys, {color, dash = [], width = 1.5, alpha = 1, says} = {}) => clipped(p, s, ctx => {
  if (says) p.at?.lines.push({says, xs, ys});
  Object.assign(ctx, {strokeStyle: color ?? p.colors.fg, lineWidth: width * Math.sqrt(p.k), globalAlpha: alpha});
  ctx.setLineDash(dash);
  ctx.beginPath();
  let down = false;
  for (let i = 0; i < xs.length; i++) {
    const v = s.sy(ys[i]), shown = Number.isFinite(v);
    if (shown) down ? ctx.lineTo(s.sx(xs[i]), v) : ctx.moveTo(s.sx(xs[i]), v);
    down = shown;
  }
  ctx.stroke();
});
// A value, from side to side
const chartLevel = (p, s, v, look) => chartLine(p, s, [s.ix(s.x0), s.ix(s.x1)], [v, v], look);
const chartBand = (p, s, xs, low, high, {color, alpha = .22} = {}) => clipped(p, s, ctx => {
  Object.assign(ctx, {fillStyle: color ?? p.colors.fg, globalAlpha: alpha});
  ctx.beginPath();
  for (let i = 0; i < xs.length; i++) ctx.lineTo(s.sx(xs[i]), s.sy(high[i]));
  for (let i = xs.length - 1; i >= 0; i--) ctx.lineTo(s.sx(xs[i]), s.sy(low[i]));
  ctx.fill();
});
// edges has one entry more than values
const chartBars = (p, s, edges, values, {color, alpha = .55} = {}) => clipped(p, s, ctx => {
  ctx.beginPath();
  for (let i = 0; i < values.length; i++) {
    const x = s.sx(edges[i]), y = s.sy(values[i]);
    ctx.rect(x, y, s.sx(edges[i + 1]) - x, s.y0 - y);
  }
  Object.assign(ctx, {fillStyle: color, strokeStyle: color, globalAlpha: alpha});
  ctx.fill();
  ctx.globalAlpha = 1; ctx.stroke();
});
const chartCursor = (p, s, x) => clipped(p, s, ctx => {
  Object.assign(ctx, {strokeStyle: p.colors.fg, globalAlpha: .6, lineWidth: 1});
  ctx.setLineDash([]);
  ctx.beginPath(); ctx.moveTo(s.sx(x), s.y0); ctx.lineTo(s.sx(x), s.y1); ctx.stroke();
});

// ---- words ----
// x, y in px; with a halo of the ground, so that it stays readable over lines
const chartLabel = (p, x, y, text, color, align = 'left') => {
  const {ctx, colors: {bg, fg}} = p, fillStyle = inkOn(color ?? fg, bg);
  const ink = {strokeStyle: bg, fillStyle, globalAlpha: 1, lineWidth: 3};
  Object.assign(ctx, {font: fontOf(p), textAlign: align, textBaseline: 'middle', ...ink});
  ctx.setLineDash([]);
  ctx.strokeText(text, x, y); ctx.fillText(text, x, y);
};
const chartSays = (p, text) => {
  chartClear(p);
  p.at = null;
  const lines = [''], room = p.w - 20;
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (p.ctx.measureText(longer).width < room) lines[lines.length - 1] = longer; else lines.push(word);
  }
  lines.forEach((line, i) => {
    chartLabel(p, p.w / 2, p.h / 2 + (i - (lines.length - 1) / 2) * 14 * p.k, line, p.colors.muted, 'center');
  });
};
// Why a chart of `n` points has no line yet
const chartWaits = (p, s, n, text = 'press Play') => {
  if (n < 2) chartLabel(p, (s.x0 + s.x1) / 2, (s.y0 + s.y1) / 2, text, p.colors.muted, 'center');
};
// Where a line ends, in px; NaN where it has no end
const endOf = (s, ys) => {
  for (let i = ys.length - 1; i >= 0; i--) if (Number.isFinite(s.sy(ys[i]))) return s.sy(ys[i]);
  return NaN;
};
// Names {text, color, y} at the right ends of lines, pushed apart
const endLabels = (p, s, items) => {
  const at = items.filter(o => Number.isFinite(o.y)).map(o => ({...o, y: clamp(o.y, s.y1 + 6, s.y0 - 6)}));
  const row = 13 * p.k;
  at.sort((a, b) => a.y - b.y);
  for (let i = 1; i < at.length; i++) at[i].y = Math.max(at[i].y, at[i - 1].y + row);
  for (let i = at.length - 1, top = s.y0 - 4; i >= 0; i--) { at[i].y = Math.min(at[i].y, top); top = at[i].y - row; }
  for (const o of at) chartLabel(p, s.x1 + 5, o.y, o.text, o.color);
};
// Lines {xs, ys, color, dash, width, alpha}; those with a text are named at their ends
const chartLines = (p, s, lines) => {
  for (const l of lines) chartLine(p, s, l.xs, l.ys, {says: l.text, ...l});
  endLabels(p, s, lines.filter(l => l.text).map(l => ({text: l.text, color: l.color, y: endOf(s, l.ys)})));
};

// ---- a chart of its own: KL and TV to the truth over steps; dotted: what exact samples have ----
// `lines`: [name, values, exact, colour, dashes]; the name of the upper one stands above its end
const distanceNames = (p, s, lines) => {
  const ends = lines.map(([, ys]) => ys.at(-1)), upper = ends[0] > ends[1] ? 0 : 1;
  lines.forEach(([name, , , color], i) => {
    const y = clamp(s.sy(ends[i]) + (i === upper ? -8 : 9), s.y1 + 5, s.y0 - 5);
    chartLabel(p, s.x1 - 3, y, name, color, 'right');
  });
};
const chartDistances = (p, {x, ts, kl, tv, exact, margin}) => {
  const {generated, data} = p.colors;
  const lines = [['KL', kl, exact?.kl, generated, DASHES['-']], ['TV', tv, exact?.tv, data, DASHES['--']]];
  const [low, high] = extremes([kl, tv, [exact?.kl, exact?.tv]], v => v > 0 && Number.isFinite(v));
  const s = chartAxes(p, {x, y: high > 0 ? [.7 * low, 1.6 * high] : [.01, 1], logy: true, margin});
  for (const [name, ys, level, color, dash] of lines) {
    if (level) chartLevel(p, s, level, {color, dash: [1, 3], width: 1.4});
    chartLine(p, s, ts, ys, {color, dash, width: 2, says: name});
  }
  if (ts.length) distanceNames(p, s, lines);
  return s;
};
