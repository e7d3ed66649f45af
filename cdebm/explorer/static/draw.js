// A sheet to paint a density on, and what learns it. After stats.js and samplers.js; the first two parts touch no page.

// ---- a painting pix [i*n + j], 0..255, as a density: cubic B-splines on the pixels and a wide Gaussian (cdebm.explorer.draw.Painted) ----
const PAINT_NODES = 128;
// For each node: its first pixel and four weights; pixels that do not exist weigh nothing
const paintTaps = (n, nodes, low, high) => Array.from({length: nodes}, (_, k) => {
  const u = k * n / (nodes - 1) - .5, i = Math.floor(u), w = new Float64Array(4), d = new Float64Array(4), h = (high - low) / n;
  splineWeights(u - i, w, d);
  return {first: i - 1, w: Array.from(w, (v, a) => i - 1 + a >= 0 && i - 1 + a < n ? v / h : 0)};
});
// Density at nodes x nodes places from low to high, on both axes; null where nothing is painted
const paintDensity = (pix, n, {low, high, floor, nodes = PAINT_NODES}) => {
  const total = pix.reduce((a, b) => a + b, 0);
  if (!total) return null;
  const taps = paintTaps(n, nodes, low, high), rows = new Float64Array(nodes * n), p = new Float64Array(nodes * nodes), sd = (high - low) / 5, mid = (low + high) / 2;
  const wide = Array.from({length: nodes}, (_, k) => Math.exp(-(((low - mid + k * (high - low) / (nodes - 1)) / sd) ** 2) / 2) / (Math.sqrt(2 * Math.PI) * sd));
  for (let k = 0; k < nodes; k++) for (let a = 0; a < 4; a++) {
    const w = taps[k].w[a] / total, from = (taps[k].first + a) * n;
    if (w) for (let j = 0; j < n; j++) rows[k * n + j] += w * pix[from + j];
  }
  for (let k = 0; k < nodes; k++) for (let l = 0; l < nodes; l++) {
    const {first, w} = taps[l];
    let v = 0;
    for (let a = 0; a < 4; a++) if (w[a]) v += w[a] * rows[k * n + first + a];
    p[k * nodes + l] = (1 - floor) * v + floor * wide[k] * wide[l];
  }
  return p;
};
const paintField = (p, {low, high, nodes = PAINT_NODES}) => makeField(splineCoefficients(p.map(v => -Math.log(v)), nodes), nodes, low, high);
// The densities on whose contours so much of the mass lies within
const paintLevels = (p, inside = [.9, .5]) => {
  const s = Float64Array.from(p).sort().reverse(), total = s.reduce((a, b) => a + b, 0);
  return inside.map(q => { let sum = 0, i = 0; while (i < s.length - 1 && (sum += s[i]) < q * total) i++; return s[i]; });
};
// Line segments [x, y, x, y, ...] of a contour, in units of nodes
const paintContour = (v, n, level) => {
  const out = [];
  for (let i = 0; i < n - 1; i++) for (let j = 0; j < n - 1; j++) {
    const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], cuts = [];
    for (let q = 0; q < 4; q++) {
      const [a, b] = corners[q], [c, d] = corners[(q + 1) % 4], u = v[a * n + b], w = v[c * n + d];
      if (u < level === w < level) continue;
      const f = (level - u) / (w - u);
      cuts.push(a + f * (c - a), b + f * (d - b));
    }
    for (let q = 0; q + 3 < cuts.length; q += 4) out.push(cuts[q], cuts[q + 1], cuts[q + 2], cuts[q + 3]);
  }
  return out;
};

// ---- islands: paint that hangs together. Every pixel belongs to the one that reaches it first ----
const paintNeighbours = (at, n) => [at >= n ? at - n : -1, at < n * (n - 1) ? at + n : -1, at % n ? at - 1 : -1, (at + 1) % n ? at + 1 : -1].filter(v => v >= 0);
const paintFlood = (edge, n, wanted) => { for (const at of edge) for (const b of paintNeighbours(at, n)) if (wanted(b, at)) edge.push(b); return edge; };
// Paint below a tenth of the densest joins nothing; an island holds a fiftieth of all paint at least. The heaviest comes first
const paintIslands = (pix, n) => {
  const total = pix.reduce((a, b) => a + b, 0), high = .1 * pix.reduce((a, b) => Math.max(a, b), 0), seen = new Uint8Array(n * n), owner = new Int16Array(n * n).fill(-1), found = [];
  const fresh = at => pix[at] > high && !seen[at] && (seen[at] = 1);
  for (let at = 0; at < n * n; at++) if (fresh(at)) {
    const cells = paintFlood([at], n, fresh), mass = cells.reduce((a, b) => a + pix[b], 0);
    if (mass > .02 * total) found.push({cells, mass});
  }
  found.sort((a, b) => b.mass - a.mass).forEach(({cells}, k) => cells.forEach(at => { owner[at] = k; }));
  paintFlood(found.flatMap(o => o.cells), n, (b, at) => owner[b] < 0 && (owner[b] = owner[at], true));
  return {owner, n, count: found.length};
};
// The share of each island in `weights`, which lie at points x, y = place(i) in units of pixels
const islandShares = (islands, weights, place) => {
  const out = new Float64Array(islands.count), {owner, n} = islands, pixel = v => Math.min(n - 1, Math.max(0, Math.floor(v)));
  weights.forEach((w, i) => { const [u, v] = place(i); out[owner[pixel(u) * n + pixel(v)]] += w; });
  const total = out.reduce((a, b) => a + b, 0);
  return Array.from(out, v => v / total);
};

// ---- the brush: a Gaussian of standard deviation r pixels at (u, v); the denser counts. The rim stays free, where bumps would leave the box ----
const PAINT_RIM = 2;
const paintStamp = (pix, n, u, v, {r, level = 255, erase = false}) => {
  const reach = Math.ceil(3.2 * r) + 1, from = c => Math.max(PAINT_RIM, Math.floor(c) - reach), to = c => Math.min(n - 1 - PAINT_RIM, Math.floor(c) + reach);
  for (let i = from(u); i <= to(u); i++) for (let j = from(v); j <= to(v); j++) {
    const g = Math.exp(-((i + .5 - u) ** 2 + (j + .5 - v) ** 2) / (2 * r * r)), at = i * n + j;
    pix[at] = erase ? Math.min(pix[at], Math.round(255 * Math.max(0, 1 - 1.25 * g))) : Math.max(pix[at], Math.round(level * g));
  }
};
const paintImages = (u, v, n, mirror) => mirror === 'none' ? [[u, v]] : mirror === 'left-right' ? [[u, v], [n - u, v]] : [[u, v], [n - u, v], [u, n - v], [n - u, n - v]];
const paintLine = (pix, n, [u0, v0], [u1, v1], brush) => {
  const steps = Math.max(1, Math.ceil(Math.hypot(u1 - u0, v1 - v0) / Math.max(.3, brush.r / 2)));
  for (let s = 0; s <= steps; s++) for (const [u, v] of paintImages(u0 + s / steps * (u1 - u0), v0 + s / steps * (v1 - v0), n, brush.mirror ?? 'none')) paintStamp(pix, n, u, v, brush);
};
const paintText = pix => btoa(String.fromCharCode(...pix));

// ---- the sheet ----
const sheetBrush = (st, ui, erase = ui.get('tool') === 'erase', force = 1) => ({r: ui.get('brush') * st.n / (st.high - st.low), level: 255 * ui.get('strength') * force, erase, mirror: ui.get('mirror')});
const sheetKeep = st => { st.past.push(st.pix.slice()); if (st.past.length > 40) st.past.shift(); };
const sheetTouched = st => { st.stale = true; st.version++; };
// To the traits, at once or a few times a second
const sheetSync = (st, ui, force = true) => {
  if (!force && performance.now() - st.synced < 150) return;
  st.synced = performance.now();
  st.text = paintText(st.pix);
  if (st.text === ui.get('paint')) return;
  if (ui.get('pictures')[ui.get('picture')] !== st.text) ui.model.set('picture', '');
  ui.set('paint', st.text);
};
const sheetRead = (st, ui) => {
  if (ui.get('paint') === st.text) return;
  st.text = ui.get('paint');
  st.pix = ui.array('paint', Uint8Array);
  sheetTouched(st);
};
const sheetPut = (st, ui, pix) => { sheetKeep(st); st.pix = pix; sheetTouched(st); sheetSync(st, ui); ui.dirty(); };
const sheetUndo = (st, ui) => {
  if (!st.past.length) return ui.note('there is nothing to undo');
  st.pix = st.past.pop();
  sheetTouched(st); sheetSync(st, ui); ui.dirty();
};
// Painting ends a replay: its sheet is the recorded one
const sheetLive = (st, ui) => { if (ui.engine() === 'replay') { drawShow(st, ui, ui.hasKernel() ? 'kernel' : 'browser'); ui.note(ui.hasKernel() ? 'back from the recording to your sheet' : 'the recording is over: the chains are those of your painting'); } };
const sheetAt = (st, x, y) => { const s = st.s, k = st.n / (st.high - st.low); return [(s.ix(x) - st.low) * k, (s.iy(y) - st.low) * k]; };
const sheetPointer = (st, ui) => {
  const brush = e => sheetBrush(st, ui, ui.get('tool') === 'erase' || e.button === 5 || (e.buttons & 34) > 0, e.pointerType === 'pen' && e.pressure ? Math.min(1, .25 + e.pressure) : 1);
  const line = (to, e) => { paintLine(st.pix, st.n, st.pen ?? to, to, brush(e)); st.pen = to; sheetTouched(st); sheetSync(st, ui, false); };
  ui.pointer(st.sheet, {
    down(x, y, e) { sheetLive(st, ui); sheetKeep(st); st.pen = null; st.keyed = false; line(sheetAt(st, x, y), e); ui.dirty(); },
    move(x, y, e) {
      st.at = sheetAt(st, x, y); st.keyed = false;
      if (st.pen) for (const c of e.getCoalescedEvents?.() ?? [e]) { const r = st.sheet.canvas.getBoundingClientRect(); line(sheetAt(st, c.clientX - r.left, c.clientY - r.top), c); }
      ui.dirty();
    },
    up() { if (st.pen) { st.pen = null; sheetSync(st, ui); } ui.dirty(); },
    leave() { if (!st.pen) st.at = null; ui.dirty(); },
  });
  st.sheet.canvas.addEventListener('contextmenu', e => e.preventDefault());
  for (const type of ['focus', 'blur']) st.sheet.canvas.addEventListener(type, () => { st.keyed = type === 'focus' && st.sheet.canvas.matches(':focus-visible'); if (st.keyed) ui.note(DRAW_KEYS); if (type === 'blur') st.down = false; ui.dirty(); });
};
// Keys on the focused sheet; elsewhere they belong to the transport bar
const DRAW_KEYS = 'arrows move the brush, Space paints, e erases, Enter puts the brush down, z takes back';
const sheetKeys = (st, ui) => {
  const here = e => e.target === st.sheet.canvas;
  const dab = (erase, whole = true, from = st.key) => {
    sheetLive(st, ui);
    if (whole) sheetKeep(st);
    paintLine(st.pix, st.n, from, st.key, sheetBrush(st, ui, erase));
    sheetTouched(st); sheetSync(st, ui);
  };
  const move = (du, dv, other) => e => {
    if (!here(e)) return other?.();
    const k = e.shiftKey ? 4 : 1, from = st.key;
    st.key = [clamp(from[0] + k * du, 0, st.n), clamp(from[1] + k * dv, 0, st.n)]; st.keyed = true;
    if (st.down) dab(ui.get('tool') === 'erase', false, from);
    ui.dirty();
  };
  const only = f => e => { if (here(e)) { st.keyed = true; f(e); ui.dirty(); } };
  return {
    ' ': e => here(e) ? only(() => dab(ui.get('tool') === 'erase', !e.repeat))(e) : ui.act.play(), e: only(e => dab(true, !e.repeat)),
    Enter: only(() => { st.down = !st.down; if (st.down) dab(ui.get('tool') === 'erase'); ui.note(st.down ? 'the brush is down: arrows draw, Enter lifts it' : 'the brush is up'); }),
    ArrowRight: move(1, 0, () => ui.act.step(1)), ArrowLeft: move(-1, 0, () => ui.act.back(1)), ArrowUp: move(0, 1), ArrowDown: move(0, -1),
    z: () => sheetUndo(st, ui), '[': () => ui.set('brush', clamp(ui.get('brush') / 1.25, .05, 2)), ']': () => ui.set('brush', clamp(ui.get('brush') * 1.25, .05, 2)),
  };
};
const sheetDraw = (st, ui) => {
  const p = st.sheet, {ctx, colors: c} = p, s = st.s = mapScales(p, st.box, 1), shown = drawMoment(st, ui)?.pix ?? st.pix, key = [st.version, c.bg, shown === st.pix ? '' : st.shown].join();
  if (st.image?.key !== key) st.image = {key, canvas: heatmap(shown, st.n, {low: 0, high: 255, lut: ramp([c.bg, c.data])})};
  chartClear(p);
  drawHeat(p, s, st.image.canvas);
  ctx.strokeStyle = c.muted; ctx.strokeRect(s.x0, s.y1, s.x1 - s.x0, s.y0 - s.y1);
  if (!shown.some(v => v)) chartLabel(p, p.w / 2, p.h / 2, 'paint here: mouse, pen, or arrows and space', c.muted, 'center');
  const at = st.keyed ? st.key : st.at;
  if (!at) return;
  const k = (st.high - st.low) / st.n, r = Math.max(3, 1.5 * ui.get('brush') * s.k);
  paintImages(...at, st.n, ui.get('mirror')).forEach(([u, v], i) => {
    const x = s.sx(st.low + u * k), y = s.sy(st.low + v * k);
    for (const [color, width] of [[c.bg, 3], [ui.get('tool') === 'erase' ? c.generated : c.fg, 1.2]]) {
      Object.assign(ctx, {strokeStyle: color, lineWidth: width, globalAlpha: i ? .5 : 1});
      ctx.setLineDash(ui.get('tool') === 'erase' ? [4, 3] : []);
      ctx.beginPath(); ctx.arc(x, y, r, 0, 2 * Math.PI);
      if (st.keyed && !i) { ctx.moveTo(x - 4, y); ctx.lineTo(x + 4, y); ctx.moveTo(x, y - 4); ctx.lineTo(x, y + 4); }
      ctx.stroke();
    }
  });
  ctx.globalAlpha = 1; ctx.setLineDash([]);
};

// ---- the painted truth, and chains of the page's own on it ----
const truthFresh = (st, ui) => {
  if (!st.stale) return;
  st.stale = false;
  st.density = paintDensity(st.pix, st.n, {low: st.low, high: st.high, floor: ui.get('floor')});
  st.field = st.density && paintField(st.density, {low: st.low, high: st.high});
  st.lines = st.density ? paintLevels(st.density).map(v => paintContour(st.density, PAINT_NODES, v)) : [];
  st.truth = st.expected = st.energyImage = st.islands = null;
  st.ch.fresh = false;
};
const chainRules = (st, ui) => ({sampler: ui.get('sampler') === 'MALA' ? 'MALA' : 'ULA', step: ui.get('step_size'), temperature: 1, noise: 1, low: st.low, high: st.high, start: 'noise', restart: 0, augment: 'none', rate: 0});
// The exact numbers take some milliseconds, so while the painting changes they come a few times a second
const ownObserve = (st, t) => {
  if (!wanted(st.own, t) || !st.field || (!st.truth && performance.now() - st.measured < 100)) return;
  if (!st.truth) { st.truth = gridTruth(st.field, 1, {fine: 120}); st.measured = performance.now(); }
  st.expected ??= expectedDistances(st.truth.p, st.ch.n);
  refresh(st.ch, st.field);
  record(st.own, {t, e: meanOf(st.ch.e), exact: st.truth.mean, ...cellDistances(cellShares(st.ch.x, st.low, st.high, st.truth.cells), st.truth.p)});
};
const ownReset = (st, ui) => {
  st.rng = makeRng(ui.get('seed'));
  st.ch = startChains(makeChains(400), 'noise', st, st.rng);
  st.own = makeTrace(300);
  ui.t = 0;
  truthFresh(st, ui);
  st.measured = -1e9;
  ownObserve(st, 0);
};
const ownAdvance = (st, ui, n) => {
  truthFresh(st, ui);
  if (!st.field) return;
  const rules = chainRules(st, ui);
  for (let i = 0; i < n; i++) stepChains(st.ch, st.field, rules, st, st.rng);
  ui.t += n;
  ownObserve(st, ui.t);
};

// ---- the training: newest frame, recording, curves ----
const drawPlaces = (st, raw) => Float32Array.from(raw, v => st.low + (st.high - st.low) * v / 65535);
const drawReceive = (st, ui, content, buffers) => {
  if (content.kind === 'reset') { st.rows = []; st.live = null; if (ui.engine() === 'kernel') ui.t = 0; }
  if (content.kind !== 'frame') return;
  const row = Array.from(new Float32Array(asBytes(buffers[0])));
  if (row[0] > (st.rows.at(-1)?.[0] ?? 0)) st.rows.push(row);
  if (st.rows.length > 900) st.rows = st.rows.filter((_, i) => i % 2 === 0);
  st.live = {step: row[0], row, map: new Uint8Array(asBytes(buffers[1])), x: drawPlaces(st, new Uint16Array(asBytes(buffers[2])))};
  if (ui.engine() === 'kernel') ui.t = row[0];
};
const drawRecording = (st, ui) => {
  const n = ui.get('n_recorded'), m2 = ui.get('n_map') ** 2, maps = ui.array('maps', Uint8Array), chains = ui.array('chains', Uint16Array), moments = ui.array('moments', Int32Array), paints = ui.array('paints', Uint8Array), N = chains.length / Math.max(1, n);
  const sheets = Array.from({length: paints.length / st.n ** 2}, (_, i) => paints.subarray(i * st.n ** 2, (i + 1) * st.n ** 2)), curve = ui.array('curve', Float32Array);
  st.film = Array.from({length: n}, (_, i) => ({step: moments[2 * i], pix: sheets[moments[2 * i + 1]], map: maps.subarray(i * m2, (i + 1) * m2), x: drawPlaces(st, chains.subarray(i * N, (i + 1) * N))}));
  const rows = Array.from({length: curve.length / 4}, (_, i) => Array.from(curve.subarray(4 * i, 4 * i + 4)));
  if (ui.get('status') !== 'running') st.rows = rows;
  st.recorded = rows;
};
const drawMoment = (st, ui) => { const e = ui.engine(); return e === 'replay' ? st.film[ui.t] : e === 'kernel' ? st.live ?? st.film.at(-1) : null; };
const drawRows = (st, ui) => {
  if (ui.engine() === 'kernel') return st.rows;
  return st.recorded;
};
// Contours of a recorded painting, which may be older than the sheet
const drawLines = (st, ui) => {
  const m = drawMoment(st, ui);
  if (!m?.pix) { truthFresh(st, ui); return st.lines; }
  if (!m.lines) {
    const p = st.film.find(f => f.pix === m.pix && f.lines) ?? m;
    m.lines = p.lines ?? (d => d ? paintLevels(d).map(v => paintContour(d, PAINT_NODES, v)) : [])(paintDensity(m.pix, st.n, {low: st.low, high: st.high, floor: ui.get('floor')}));
  }
  return m.lines;
};
const drawEnergyImage = (st, ui) => {
  const m = drawMoment(st, ui), top = .6 * 255;
  if (m) return m.image ??= heatmap(m.map, ui.get('n_map'), {low: 0, high: top});
  truthFresh(st, ui);
  if (!st.density) return null;
  const high = st.density.reduce((a, b) => Math.max(a, b), 0);
  return st.energyImage ??= heatmap(Float32Array.from(st.density, v => Math.log(high / v)), PAINT_NODES, {low: 0, high: .6 * ui.get('top')});
};
const drawMap = (st, ui) => {
  const p = st.map, {ctx, colors: c} = p, s = mapScales(p, st.box, 1), image = drawEnergyImage(st, ui), on = ui.get('layers'), m = drawMoment(st, ui);
  chartClear(p);
  if (image) drawHeat(p, s, image);
  ctx.strokeStyle = c.muted; ctx.strokeRect(s.x0, s.y1, s.x1 - s.x0, s.y0 - s.y1);
  const k = (st.high - st.low) / (PAINT_NODES - 1);
  if (on.truth) for (const [color, width] of [['rgba(0,0,0,.75)', 3], ['#ffffff', 1.3]]) {
    Object.assign(ctx, {strokeStyle: color, lineWidth: width});
    drawLines(st, ui).forEach((line, i) => {
      ctx.lineWidth = width * (i ? 1.3 : .8);
      ctx.beginPath();
      for (let q = 0; q < line.length; q += 4) { ctx.moveTo(s.sx(st.low + k * line[q]), s.sy(st.low + k * line[q + 1])); ctx.lineTo(s.sx(st.low + k * line[q + 2]), s.sy(st.low + k * line[q + 3])); }
      ctx.stroke();
    });
  }
  if (on.chains) drawPoints(p, s, m ? m.x : image ? st.ch.x : [], {r: 2.3});
};

// ---- curves ----
const DRAW_MARGIN = [8, 16, 18, 50];
const drawGap = (st, ui, p) => {
  const own = ui.engine() === 'browser', rows = own ? st.own.rows : drawRows(st, ui), t = rows.map(r => own ? r.t : r[0]), v = rows.map(r => own ? r.e : r[1]), c = p.colors, exact = own ? rows.map(r => r.exact) : rows.map(() => 0);
  const tail = own ? v.slice(Math.floor(v.length / 12)) : v, low = Math.min(...tail, ...exact), high = Math.max(...tail, ...exact), pad = .08 * (high - low) || .5;
  const s = chartAxes(p, {x: [0, Math.max(10, t.at(-1) ?? 0)], y: rows.length ? [low - pad, high + pad] : [-1, 1], margin: DRAW_MARGIN});
  chartLine(p, s, own ? t : [0, s.ix(s.x1)], own ? exact : [0, 0], {color: c.fg, dash: [5, 4], width: 1.2});
  chartLine(p, s, t, v, {color: own ? c.generated : c.data, width: 1.8});
  if (ui.engine() === 'replay') chartCursor(p, s, drawMoment(st, ui)?.step ?? 0);
  if (rows.length) chartLabel(p, s.x1 - 3, s.y1 + 7, own ? 'dashed: exact' : 'dashed: equal', c.fg, 'right');
};
const drawFar = (st, ui, p) => {
  const own = ui.engine() === 'browser', rows = own ? st.own.rows : drawRows(st, ui), t = rows.map(r => own ? r.t : r[0]), c = p.colors, e = own ? st.expected : null;
  const lines = [['KL', rows.map(r => own ? r.kl : r[2]), c.generated, [], e?.kl], ['TV', rows.map(r => own ? r.tv : r[3]), c.data, [7, 3], e?.tv]];
  const all = lines.flatMap(l => [...l[1], l[4]]).filter(v => v > 0 && Number.isFinite(v));
  const s = chartAxes(p, {x: [0, Math.max(10, t.at(-1) ?? 0)], y: all.length ? [.7 * Math.min(...all), 1.6 * Math.max(...all)] : [.01, 1], logy: true, margin: DRAW_MARGIN});
  for (const [, v, color, dash, exact] of lines) {
    if (exact) chartLine(p, s, [0, s.ix(s.x1)], [exact, exact], {color, dash: [1, 3], width: 1.4});
    chartLine(p, s, t, v, {color, dash, width: 1.8});
  }
  if (ui.engine() === 'replay') chartCursor(p, s, drawMoment(st, ui)?.step ?? 0);
  if (!rows.length) return;
  const upper = lines[0][1].at(-1) > lines[1][1].at(-1) ? 0 : 1;
  lines.forEach(([name, v, color], i) => chartLabel(p, s.x1 - 3, clamp(s.sy(v.at(-1)) + (i === upper ? -9 : 9), s.y1 + 5, s.y0 - 5), name, color, 'right'));
};

// ---- which of the three is shown, and words for it ----
const DRAW_NAMES = {kernel: ['Train', 'training', 'the kernel trains a network on the painting; painting on changes its data from then on'],
  browser: ['Play', 'chains', 'chains of this page run on the painted energy itself; nothing is learned here'],
  replay: ['Play', 'recording', 'a recorded training, with the painting it had; painting ends it']};
const drawCaption = (p, text) => { if (p.label !== text) { p.label = text; p.caption.textContent = text; } };
const drawWords = (st, ui) => {
  const e = ui.engine(), m = drawMoment(st, ui), step = m?.step ?? 0;
  drawCaption(st.sheet, e === 'replay' ? 'what was painted' : 'the sheet: paint here');
  drawCaption(st.map, e === 'browser' ? 'painted energy and chains of the page' : `learned energy and its chains, step ${step}`);
  drawCaption(st.gap, e === 'browser' ? 'mean energy of the chains' : 'energy gap: data − chains');
  drawCaption(st.far, e === 'browser' ? 'KL, TV to the painting; dotted: exact draws' : 'KL(painted ‖ learned) in nats, TV');
};
const drawShow = (st, ui, name) => {
  if (ui.playing()) ui.set('playing', false);
  ui.t = name === 'replay' ? Math.max(0, st.film.length - 1) : name === 'kernel' ? st.live?.step ?? 0 : 0;
  ui.model.set('n_frames', name === 'replay' ? st.film.length : 0);
  ui.set('engine', name);
  if (name === 'browser') ownReset(st, ui);
  ui.note('');
  drawButtons(st, ui);
  ui.dirty();
};
const drawButtons = (st, ui) => {
  const e = ui.engine(), play = ui.root.querySelector('.c-play'), pick = q => ui.root.querySelector(q);
  const again = pick('.c-reset');
  if (again) { again.textContent = e === 'kernel' ? '⟲ New network' : '⟲ Reset'; again.title = e === 'kernel' ? 'start over: the trained network is given up (r)' : 'back to the start (r)'; }
  for (const [name, b] of Object.entries(st.shows)) {
    b.setAttribute('aria-pressed', name === e);
    b.disabled = name === 'kernel' ? !ui.hasKernel() : name === 'replay' ? !st.film.length : false;
    b.title = b.disabled ? name === 'kernel' ? 'needs a running kernel' : 'nothing is recorded yet' : DRAW_NAMES[name][2];
  }
  st.what.textContent = DRAW_NAMES[e][2][0].toUpperCase() + DRAW_NAMES[e][2].slice(1) + '. ' + (!ui.hasKernel() && e === 'browser' ? 'Training needs a kernel. ' : '') + 'Dark: low energy, likely.';
  if (play) play.textContent = ui.playing() ? '❚❚ Pause' : `▶ ${DRAW_NAMES[e][0]}`;
  st.stop.hidden = e !== 'kernel'; st.stop.disabled = !['running', 'paused'].includes(ui.get('status'));
  const speed = pick('select[aria-label="steps a frame"]');
  if (speed) speed.hidden = e === 'kernel';
  st.settings.hidden = e === 'replay';
  for (const row of st.settings.querySelectorAll('[data-trait]')) row.hidden = e === 'browser' && !['sampler', 'step_size'].includes(row.dataset.trait);
  for (const q of ['.c-preset', '.c-later']) if (pick(q)) pick(q).hidden = e !== 'kernel';
};
// painted, in the chains, and in the learned density; nothing where all paint hangs together
const drawIslands = (st, ui) => {
  const m = drawMoment(st, ui), own = m?.pix ? m : st, pix = own.pix;
  truthFresh(st, ui);
  const a = own.islands ??= paintIslands(pix, st.n), k = st.n / (st.high - st.low), x = m ? m.x : st.ch.x, N = ui.get('n_map'), lists = [];
  if (a.count < 2 || a.count > 5) return lists;
  lists.push(['painted', islandShares(a, pix, i => [Math.floor(i / st.n), i % st.n])]);
  lists.push(['chains', islandShares(a, new Float32Array(x.length / 2).fill(1), i => [(x[2 * i] - st.low) * k, (x[2 * i + 1] - st.low) * k])]);
  if (m) lists.push(['learned', islandShares(a, Float64Array.from(m.map, v => Math.exp(-v / 255 * ui.get('top'))), i => [(Math.floor(i / N) + .5) * st.n / N, (i % N + .5) * st.n / N])]);
  return lists;
};
const drawIslandWords = (st, ui) => {
  const lists = drawIslands(st, ui), say = v => v.map(x => Math.round(100 * x)).join(' : ');
  return lists.length ? `. Weights of the islands, %: ${lists.map(([k, v]) => `${k} ${say(v)}`).join(', ')}` : '';
};
const drawStatus = (st, ui) => {
  const e = ui.engine(), rows = drawRows(st, ui), at = drawMoment(st, ui)?.step, r = (e === 'replay' && rows.findLast(r => r[0] <= at)) || rows.at(-1), own = st.own.rows.at(-1);
  if (e === 'browser') return !st.field ? 'nothing is painted' : own ? `chains on the painted energy, step ${ui.t}: mean energy ${fmt(own.e)} (exact ${fmt(own.exact)}), KL ${fmt(own.kl)} (exact draws ${fmt(st.expected?.kl)}), TV ${fmt(own.tv)} (${fmt(st.expected?.tv)})${drawIslandWords(st, ui)}` : 'chains on the painted energy: press Play';
  const head = e === 'replay' ? 'recorded training' : {idle: 'untrained: press Train', running: 'training', paused: 'paused', stopping: 'stopping', stopped: 'stopped', done: 'done: Train goes on', failed: 'failed'}[ui.get('status')] ?? '';
  return r ? `${head}, step ${r[0]}: KL ${fmt(r[2])} nats, TV ${fmt(r[3])}, energy gap ${fmt(r[1])}${drawIslandWords(st, ui)}` : head;
};
const drawControls = (st, ui) => {
  const button = (text, f, title) => make('button', {type: 'button', onclick: f, title}, text);
  st.shows = Object.fromEntries(Object.keys(DRAW_NAMES).map(k => [k, button(DRAW_NAMES[k][1], () => drawShow(st, ui, k))]));
  st.what = make('div', {style: 'font-size:12px;color:var(--muted)'});
  ui.side.append(make('div', {class: 'c-group', role: 'group', 'aria-label': 'what is shown'}, make('span', {class: 'c-choice'}, ...Object.values(st.shows)), st.what));
  const size = {kind: 'log', values: [.05, .1, .15, .2, .25, .3, .4, .5, .7, 1, 1.5, 2]};
  const group = ui.controls([
    {trait: 'picture', label: 'picture', kind: 'select', options: [['', 'your own'], ...Object.keys(ui.get('pictures')).map(k => [k, k])]},
    {trait: 'tool', label: 'tool', kind: 'buttons', options: [['paint', 'paint'], ['erase', 'erase']]},
    {trait: 'brush', label: 'brush', ...size, help: 'standard deviation of the brush; keys [ and ]'},
    {trait: 'strength', label: 'strength', kind: 'range', min: .05, max: 1, step: .05, help: 'how dense the paint is'},
    {trait: 'mirror', label: 'mirror', kind: 'select', options: [['none', 'none'], ['left-right', 'left and right'], ['four', 'four ways']]},
  ], {label: 'sheet'});
  group.append(make('div', {class: 'c-choice'}, button('↶ Undo', () => sheetUndo(st, ui), 'take the last stroke back (z)'), button('Clear', () => { sheetLive(st, ui); sheetPut(st, ui, new Uint8Array(st.n ** 2)); }, 'an empty sheet')));
  st.settings = ui.controls([
    {trait: 'opt', label: 'opt', kind: 'range', min: 0, max: 2, step: .1, help: 'weight of the first half of the KL term'},
    {trait: 'entropy', label: 'entropy', kind: 'range', min: 0, max: 2, step: .05, help: 'weight of the second half; both 0: plain CD'},
    {trait: 'sampler', label: 'sampler', kind: 'select', options: [['MALA', 'MALA'], ['Langevin', 'Langevin']]},
    {trait: 'jumps', label: 'jumps', kind: 'check', help: 'before each step a jump to anywhere in the box is tried, with a test'},
    {trait: 'step_size', label: 'step size λ', kind: 'log', values: [.001, .002, .005, .01, .02, .05, .1, .2, .5]},
    {trait: 'mcmc_steps', label: 'K, steps', kind: 'log', values: [1, 2, 5, 10, 20, 40, 80], help: 'steps of each chain before an update'},
    {trait: 'lr', label: 'learning rate', kind: 'log', values: [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2]},
    {trait: 'width', label: 'width *', kind: 'log', values: [8, 16, 32, 64, 128, 256], help: 'units of each hidden layer'},
  ], {label: 'training'});
  st.settings.append(make('div', {class: 'c-later', style: 'font-size:12px;color:var(--muted)'}, '* and seed: from the next Reset on; the others act at once'));
  ui.layers([{key: 'chains', label: 'chains'}, {key: 'truth', label: 'painted truth: lines around 50 % (thick) and 90 % of it'}]);
};
const drawLayout = (st, ui) => {
  ui.stage.style.display = 'grid';
  st.sheet = ui.panel('sheet', {label: 'the sheet', width: 330, height: 330, grow: true, focus: true});
  st.map = ui.panel('map', {label: 'the landscape', width: 330, height: 330, grow: true});
  for (const p of [st.sheet, st.map]) Object.assign(p.canvas.style, {height: 'auto', aspectRatio: '1'});
  st.sheet.canvas.style.cursor = 'crosshair';
  st.sheet.canvas.setAttribute('aria-description', DRAW_KEYS);
  st.gap = ui.panel('gap', {label: 'energy gap', width: 330, height: 128, grow: true});
  st.far = ui.panel('far', {label: 'distances', width: 330, height: 128, grow: true});
  const fit = () => {
    const w = ui.stage.clientWidth, wide = w > 1060, hidden = ui.get('hide');
    ui.stage.style.gridTemplateColumns = wide ? 'minmax(0,1.15fr) minmax(0,1.15fr) minmax(0,1fr)' : w > 420 ? 'repeat(2,minmax(0,430px))' : 'minmax(0,1fr)';
    for (const p of [st.sheet, st.map]) p.box.style.gridRow = wide && !(hidden.includes('gap') && hidden.includes('far')) ? 'span 2' : 'auto';
    if (wide) { st.gap.box.style.gridColumn = st.far.box.style.gridColumn = '3'; st.gap.box.style.gridRow = '1'; st.far.box.style.gridRow = '2'; }
    else for (const p of [st.gap, st.far]) p.box.style.gridColumn = p.box.style.gridRow = 'auto';
  };
  const seen = new ResizeObserver(fit);
  seen.observe(ui.stage);
  ui.cleanups.push(() => seen.disconnect());
  fit();
  st.stop = make('button', {type: 'button', class: 'c-stop', title: 'end the training after the step in progress, keep everything', onclick: () => ui.send({cmd: 'stop'})}, '■ Stop');
  ui.root.querySelector('.c-play')?.after(st.stop);
};

const drawing = ui => {
  const n = ui.get('n_paint'), low = ui.get('low'), high = ui.get('high');
  const st = {n, low, high, box: [low, high, low, high], past: [], pix: new Uint8Array(n * n), version: 0, stale: true, synced: 0, measured: -1e9, key: [n / 2, n / 2], rows: [], recorded: [], film: [], live: null, shown: 0};
  drawLayout(st, ui);
  drawControls(st, ui);
  ownReset(st, ui);
  sheetRead(st, ui);
  drawRecording(st, ui);
  if (ui.get('n_frames') > 0) ui.t = clamp(ui.get('t'), 0, ui.get('n_frames') - 1);
  sheetPointer(st, ui);
  ui.on('paint', () => { sheetRead(st, ui); ui.dirty(); });
  ui.on('picture', () => { const p = ui.get('pictures')[ui.get('picture')]; if (p && p !== st.text) { sheetLive(st, ui); sheetPut(st, ui, new Uint8Array(asBytes(p))); } });
  ui.on(['curve', 'n_recorded'], () => { drawRecording(st, ui); ui.dirty(); });
  ui.on(['tool', 'brush', 'mirror'], ui.dirty);
  ui.on(['playing', 'status', 'engine', 'n_recorded'], () => { drawButtons(st, ui); ui.dirty(); });
  let joining = false;
  return {
    keys: sheetKeys(st, ui),
    get seeded() { return ui.engine() !== 'replay'; },
    get fps() { return ui.engine() === 'replay' ? 12 : 60; },
    connected() { joining = true; queueMicrotask(() => { joining = false; }); drawButtons(st, ui); ui.send({cmd: 'look'}); ui.dirty(); },
    alone() { if (ui.model.standalone && st.film.length && ui.engine() !== 'replay') drawShow(st, ui, 'replay'); drawButtons(st, ui); ui.dirty(); },
    reset() {
      if (ui.engine() === 'kernel') { if (!joining) ui.send({cmd: 'reset'}); }
      else if (ui.engine() === 'browser') ownReset(st, ui);
      drawButtons(st, ui);
    },
    advance(n) {
      if (ui.engine() === 'browser') ownAdvance(st, ui, n);
      else if (ui.engine() === 'kernel' && !ui.playing()) ui.send({cmd: 'steps', n});
    },
    receive(content, buffers) { drawReceive(st, ui, content, buffers); },
    draw() { st.shown = ui.t; drawWords(st, ui); sheetDraw(st, ui); drawMap(st, ui); drawGap(st, ui, st.gap); drawFar(st, ui, st.far); },
    status: () => drawStatus(st, ui),
    where: () => `step ${drawMoment(st, ui)?.step ?? ui.t}`,
    table() {
      const own = ui.engine() === 'browser', rows = own ? st.own.rows.map(r => [r.t, r.e, r.kl, r.tv]) : drawRows(st, ui), every = Math.ceil(rows.length / 40);
      return {columns: ['step', own ? 'mean energy' : 'energy gap', 'KL', 'TV'], rows: rows.filter((_, i) => i % every === 0 || i === rows.length - 1)};
    },
  };
};
