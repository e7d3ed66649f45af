// Maps of the plane on a panel p = {ctx, w, h, ratio, colors}: colours, heat, contours, points, arrows, marks.
// needs: elements

// ---- colours ----
const {THEMES, ON_MAP, RAMPS} = CONSTANTS;
const ramp = stops => {
  const out = new Uint8Array(768), rgb = stops.map(h => [1, 3, 5].map(i => parseInt(h.slice(i, i + 2), 16)));
  for (let i = 0; i < 256; i++) {
    const u = i / 255 * (rgb.length - 1), j = Math.min(Math.floor(u), rgb.length - 2);
    for (let c = 0; c < 3; c++) out[3 * i + c] = Math.round(rgb[j][c] + (u - j) * (rgb[j + 1][c] - rgb[j][c]));
  }
  return out;
};
// From likely to unlikely, on a light page and on a dark one
const LANDS = Object.fromEntries(Object.entries(RAMPS).map(([k, stops]) => [k, ramp(stops)]));
// A picture of a landscape for the theme at hand, made once: `kept` holds it, `make(lut)` makes it
const inTheme = (kept, {theme}, make) => (kept[theme] ??= make(LANDS[theme]));
// A light line with a dark rim, seen on any ground
const OUTLINED = [[`${ON_MAP.rim}bf`, 3], [ON_MAP.chain, 1.3]];
// The colour of a level from 0 to 255
const tint = (lut, level) => {
  const c = 3 * Math.round(clamp(level, 0, 255));
  return [lut[c], lut[c + 1], lut[c + 2]];
};

// ---- the plane ----
// Equal units on both axes, the box [x0, x1, y0, y1] in the middle of the panel
const mapScales = (p, [x0, x1, y0, y1], margin = 0) => {
  const k = Math.min((p.w - 2 * margin) / (x1 - x0), (p.h - 2 * margin) / (y1 - y0));
  const cx = p.w / 2, cy = p.h / 2, mx = (x0 + x1) / 2, my = (y0 + y1) / 2;
  const sx = v => cx + (v - mx) * k, sy = v => cy - (v - my) * k;
  const ix = v => mx + (v - cx) / k, iy = v => my - (v - cy) / k;
  return {sx, sy, ix, iy, x0: sx(x0), x1: sx(x1), y0: sy(y0), y1: sy(y1), k};
};
const mapFrame = (p, s) => {
  p.ctx.strokeStyle = p.colors.muted;
  p.ctx.strokeRect(s.x0, s.y1, s.x1 - s.x0, s.y0 - s.y1);
};
// A canvas of w x h pixels, each by color(x, y from the top) as [r, g, b] or [r, g, b, opacity]
const pixels = (w, h, color) => {
  const canvas = make('canvas', {width: w, height: h}), ctx = canvas.getContext('2d');
  const image = ctx.createImageData(w, h), {data} = image;
  for (let y = 0, at = 0; y < h; y++) for (let x = 0; x < w; x++, at += 4) {
    const c = color(x, y);
    data[at] = c[0]; data[at + 1] = c[1]; data[at + 2] = c[2]; data[at + 3] = c[3] ?? 255;
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
};
// Values [ix*n + iy] as n x n pixels, y upwards, for drawHeat
const heatmap = (values, n, {low, high, lut = LANDS.light} = {}) => {
  const [a, b] = low == null || high == null ? extremes([values], () => true) : [low, high], k = 255 / ((b - a) || 1);
  return pixels(n, n, (i, j) => tint(lut, (values[i * n + n - 1 - j] - a) * k));
};
const drawHeat = (p, s, image, smooth = true) => {
  p.ctx.imageSmoothingEnabled = smooth;
  p.ctx.drawImage(image, s.x0, s.y1, s.x1 - s.x0, s.y0 - s.y1);
};
// A sheet of a panel's size, to draw on apart from it
const sheetLike = p => {
  const canvas = make('canvas', {width: p.canvas.width, height: p.canvas.height}), ctx = canvas.getContext('2d');
  ctx.scale(p.ratio, p.ratio);
  return {canvas, ctx, w: p.w, h: p.h, ratio: p.ratio, colors: p.colors, k: p.k};
};

// ---- contours ----
// Where a contour crosses the edges of the cell at (i, j) of v [i*n + j]: [x, y, x, y], or two such pairs, or nothing
const cellCuts = (v, n, level, i, j) => {
  const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], cuts = [];
  for (let q = 0; q < 4; q++) {
    const [a, b] = corners[q], [c, d] = corners[(q + 1) % 4], u = v[a * n + b], w = v[c * n + d];
    if (u < level === w < level) continue;
    const f = (level - u) / (w - u);
    cuts.push(a + f * (c - a), b + f * (d - b));
  }
  return cuts;
};
// Line segments [x, y, x, y, ...] of a contour of n x n nodes, in units of nodes
const contour = (v, n, level) => {
  const out = [];
  for (let i = 0; i < n - 1; i++) for (let j = 0; j < n - 1; j++) {
    const cuts = cellCuts(v, n, level, i, j);
    for (let q = 0; q + 3 < cuts.length; q += 4) out.push(cuts[q], cuts[q + 1], cuts[q + 2], cuts[q + 3]);
  }
  return out;
};
// Segments as a path; the first node lies at `low`, on both axes, and `step` from the next
const contourPath = (ctx, s, segments, low, step) => {
  for (let q = 0; q < segments.length; q += 4) {
    ctx.moveTo(s.sx(low + step * segments[q]), s.sy(low + step * segments[q + 1]));
    ctx.lineTo(s.sx(low + step * segments[q + 2]), s.sy(low + step * segments[q + 3]));
  }
};

// ---- marks ----
// A path in several strokes [color, width], one over the other, so that it stands out from any ground
const strokes = (ctx, looks, path) => {
  ctx.beginPath();
  path();
  for (const [strokeStyle, lineWidth] of looks) {
    Object.assign(ctx, {strokeStyle, lineWidth});
    ctx.stroke();
  }
};
const RIMMED = [[ON_MAP.rim, 3.4], [ON_MAP.chain, 1.6]];
const crossPath = (ctx, x, y, r) => {
  ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r);
  ctx.moveTo(x - r, y + r); ctx.lineTo(x + r, y - r);
};
const plusPath = (ctx, x, y, r) => {
  ctx.moveTo(x - r, y); ctx.lineTo(x + r, y);
  ctx.moveTo(x, y - r); ctx.lineTo(x, y + r);
};
const ringPath = (ctx, x, y, r) => { ctx.moveTo(x + r, y); ctx.arc(x, y, r, 0, 2 * Math.PI); };
const drawCross = (ctx, x, y, r) => strokes(ctx, RIMMED, () => crossPath(ctx, x, y, r));
const drawPlus = (ctx, x, y, r) => strokes(ctx, RIMMED, () => plusPath(ctx, x, y, r));
const drawRing = (ctx, x, y, r, color) => strokes(ctx, [[ON_MAP.rim, 4.5], [color, 2.2]], () => ringPath(ctx, x, y, r));

const markPath = (ctx, shape, x, y, r) => {
  if (shape === 'square') return ctx.rect(x - r, y - r, 2 * r, 2 * r);
  if (shape !== 'triangle') return ringPath(ctx, x, y, r);
  ctx.moveTo(x, y - 1.2 * r); ctx.lineTo(x + 1.1 * r, y + .8 * r); ctx.lineTo(x - 1.1 * r, y + .8 * r);
  ctx.closePath();
};
const sprites = new Map();
const sprite = (shape, r, fill, stroke, ratio) => {
  const key = [shape, r, fill, stroke, ratio].join();
  if (!sprites.has(key)) {
    const side = Math.ceil((2.6 * r + 3) * ratio), canvas = make('canvas', {width: side, height: side});
    const ctx = canvas.getContext('2d'), middle = side / ratio / 2;
    ctx.scale(ratio, ratio);
    Object.assign(ctx, {fillStyle: fill, strokeStyle: stroke, lineWidth: 1});
    ctx.beginPath(); markPath(ctx, shape, middle, middle, r); ctx.fill(); ctx.stroke();
    sprites.set(key, canvas);
  }
  return sprites.get(key);
};
// Squares without a sprite, which stay quick; the more there are, the more they let through
const drawMany = ({ctx, k}, s, xy, fill, stroke) => {
  const n = xy.length / 2;
  for (const [color, h] of [[stroke, 1.6 * k], [fill, .9 * k]]) {
    Object.assign(ctx, {fillStyle: color, globalAlpha: Math.max(.25, 3000 / n)});
    for (let i = 0; i < n; i++) ctx.fillRect(s.sx(xy[2 * i]) - h, s.sy(xy[2 * i + 1]) - h, 2 * h, 2 * h);
  }
  ctx.globalAlpha = 1;
};
// xy [2N]
const drawPoints = (p, s, xy, {fill = ON_MAP.chain, stroke = ON_MAP.rim, r = 2.6, shape = 'circle'} = {}) => {
  const n = xy.length / 2;
  if (n > 3000) return drawMany(p, s, xy, fill, stroke);
  const mark = sprite(shape, r * p.k, fill, stroke, p.ratio), side = mark.width / p.ratio;
  const put = (x, y) => p.ctx.drawImage(mark, x - side / 2, y - side / 2, side, side);
  for (let i = 0; i < n; i++) put(s.sx(xy[2 * i]), s.sy(xy[2 * i + 1]));
};

// ---- arrows ----
// From (x, y) by (u, v) px; it ends in a head or in a ring, so that two kinds can be told apart without colour
const arrowPath = (ctx, x, y, u, v, end) => {
  const l = Math.hypot(u, v), h = Math.min(4, l / 2) / l, a = x + u, b = y + v;
  ctx.moveTo(x, y);
  if (end === 'ring') {
    ctx.lineTo(x + u * (1 - 2.5 / l), y + v * (1 - 2.5 / l));
    return ringPath(ctx, a, b, 2.5);
  }
  ctx.lineTo(a, b);
  ctx.moveTo(a - h * (u + .5 * v), b - h * (v - .5 * u));
  ctx.lineTo(a, b);
  ctx.lineTo(a - h * (u - .5 * v), b - h * (v + .5 * u));
};
// Arrows at xy [2N] by dxy, in `looks` as `strokes` has them; below `least` px they are left out, beyond `most` cut
const drawArrows = ({ctx}, s, xy, dxy, {looks, scale = 1, least = .5, most = Infinity, end = 'head'}) => {
  const k = s.k * scale;
  strokes(ctx, looks, () => {
    for (let i = 0; i < dxy.length; i += 2) {
      const u = k * dxy[i], v = -k * dxy[i + 1], l = Math.hypot(u, v), cut = Math.min(1, most / l);
      if (l > least) arrowPath(ctx, s.sx(xy[i]), s.sy(xy[i + 1]), cut * u, cut * v, end);
    }
  });
};
