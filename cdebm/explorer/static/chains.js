// Chains on the landscape of a 2-D energy, and what they say about it. After stats.js and samplers.js.

const CHAIN_LEAST = -20, CHAIN_FEW = 48, CHAIN_SOME = 1500, CHAIN_TRAILS = 300;
const CHAIN_WORDS = {
  drift: s => s.sampler === CD ? `drift: λ = ${fmt(s.step)} down the gradient, taken where the noise put the chain` : `drift: λ = ${fmt(s.step)} down the gradient`,
  noise: s => noiseStd(s) ? `noise: a kick of σ = ${fmt(noiseStd(s))} on each axis` : 'noise: none, σ = 0',
  momentum: () => 'momentum: each chain gets a random push',
  leapfrog: s => `leapfrog: ${s.leapfrog} steps of ε = ${fmt(leapfrogSize(s))} along the landscape`,
  keep: () => 'the chain is there; what left the box is put back on its edge',
  test: (s, ch) => `test: ${ch.accepted.reduce((a, b) => a + b, 0)} of ${ch.n} accepted, the others stay (×)`,
};

// ---- state: settings, field, truth, history ----
const chainSettings = ui => ({sampler: ui.get('sampler'), step: ui.get('step_size'), temperature: ui.get('temperature'), noise: ui.get('noise'), leapfrog: ui.get('n_leapfrog'),
  low: ui.get('low'), high: ui.get('high'), start: ui.get('start'), restart: ui.get('restart'), augment: ui.get('augment'), rate: ui.get('augment_rate')});
const chainField = (st, ui) => {
  st.field = makeField(ui.array('field', Float32Array), ui.get('n_field'), ui.get('low'), ui.get('high'));
  st.zero = ui.get('zero');
  st.modes = ui.array('modes', Float32Array); st.radius = ui.get('mode_radius');
  st.from = {low: ui.get('low'), high: ui.get('high'), data: ui.array('points', Float32Array), buffer: ui.array('buffer', Float32Array), point: ui.get('point')};
  st.back = null;
  chainTruth(st);
};
const chainTruth = st => {
  st.truth = gridTruth(st.field, st.s.temperature, {modes: st.modes, radius: st.radius});
  st.expected = null;
};
const chainForget = (st, t) => { st.since = t; st.heavy = null; st.job = null; };
const chainClear = st => { st.trace = makeTrace(); st.slow = []; st.part = 0; st.refused = null; st.last = null; st.wipe = true; chainForget(st, 0); };
const chainRows = st => st.frames ? st.trace.rows.filter(r => r.t <= st.step) : st.trace.rows;

// One row of the history; energies of a summary come from at most CHAIN_SOME chains
const chainObserve = (st, t) => {
  if (!wanted(st.trace, t)) return;
  const ch = refresh(st.ch, st.field), some = ch.e.subarray(0, CHAIN_SOME);
  st.expected ??= expectedDistances(st.truth.p, ch.n);
  const d = cellDistances(cellShares(ch.x, st.field.low, st.field.high, st.truth.cells), st.truth.p);
  record(st.trace, {t, ...summary(some), ...d, a: acceptance(ch.a), entropy: ch.n <= CHAIN_TRAILS ? neighbourEntropy(ch.x) : NaN, e: Float32Array.from(some), x: ch.x.slice(0, 2 * CHAIN_FEW)});
};
const chainReset = (st, ui) => {
  st.rng = makeRng(ui.get('seed'));
  chainClear(st);
  st.expected = null;
  const n = ui.get('n_chains'), pool = st.s.start === 'buffer' && !st.from.buffer.length ? {...st.from, buffer: bufferPoints(n, st.field, st.s, st.from, st.rng)} : st.from;
  st.pool = pool;
  st.ch = startChains(makeChains(n), st.s.start, pool, st.rng);
  st.step = 0;
  if (ui.engine() === 'replay') return chainFrames(st, ui);
  st.frames = null;
  if (ui.engine() === 'kernel') return ui.send({cmd: 'reset'});
  chainObserve(st, 0);
};
const chainFrames = (st, ui) => {
  const n = ui.get('n_frames'), raw = ui.array('frames_data', Uint16Array), size = raw.length / n, k = (st.field.high - st.field.low) / 65535;
  st.frames = Array.from({length: n}, (_, i) => Float64Array.from(raw.subarray(i * size, (i + 1) * size), v => st.field.low + k * v));
  st.trace = makeTrace(n + 1);
  st.frames.forEach((x, i) => { chainPlace(st, x, i * ui.get('frame_every')); });
  chainSeek(st, ui, ui.t);
};
const chainPlace = (st, x, t, a) => {
  if (st.ch.n !== x.length / 2) { st.ch = makeChains(x.length / 2); st.expected = null; }
  st.ch.x.set(x); if (a) st.ch.a.set(a); st.ch.fresh = false; st.step = t;
  chainObserve(st, t);
};
const chainSeek = (st, ui, i) => {
  st.ch.x.set(st.frames[i]); st.ch.fresh = false; st.step = i * ui.get('frame_every');
  if (!st.last || i !== st.shown + 1) st.last = null, st.wipe = true;
  st.shown = i; st.job = null;
};

// ---- steps ----
const chainPart = (st, ui) => {
  const parts = PARTS[st.s.sampler], [name, part] = parts[st.part];
  if (st.part === 0) transitions(st.ch, st.s, st.pool, st.rng);
  part(st.ch, st.field, st.s, st.rng);
  st.refused = name === 'test' ? st.ch.y.slice() : null;
  if (++st.part === parts.length) { st.part = 0; ui.t = ++st.step; chainObserve(st, st.step); }
  return CHAIN_WORDS[name](st.s, st.ch);
};
const chainAdvance = (st, ui, n) => {
  if (ui.engine() === 'kernel') return ui.request(n);
  while (st.part) { chainPart(st, ui); n--; }
  st.refused = null;
  for (; n > 0; n--) {
    stepChains(st.ch, st.field, st.s, st.pool, st.rng);
    ui.t = ++st.step;
    chainObserve(st, st.step);
  }
};
const chainReceive = (st, ui, content, buffers) => {
  if (content.t == null || ui.engine() !== 'kernel') return;
  const [x, a] = buffers.map(b => new Float32Array(asBytes(b)));
  if (content.t < st.step || content.reset || (content.state && st.asked)) chainClear(st);
  if (content.state) st.asked = false;
  ui.t = content.t;
  chainPlace(st, x, content.t, a);
};
// What the page drew before a kernel answered were chains of its own
const chainAsk = (st, ui) => { st.asked = true; ui.send({cmd: 'state'}); };

// ---- numbers that take time: in slices, a few times a second ----
function* chainHeavy(st) {
  const t = st.step, entropy = yield* entropySlices(st.ch.x.slice(0, 2 * CHAIN_SOME), 50);
  const rows = chainRows(st).filter(r => r.t >= st.since), half = rows.slice(rows.length >> 1), T = half.length, B = Math.min(CHAIN_FEW, st.ch.n), out = {t, entropy, T, B, rhat: [], ess: []};
  if (T < 10) return out;     // too few to say
  for (const pick of [(r, b) => r.x[2 * b], (r, b) => r.x[2 * b + 1], (r, b) => r.e[b]]) {
    const v = new Float64Array(T * B);
    for (let i = 0; i < T; i++) for (let b = 0; b < B; b++) v[i * B + b] = pick(half[i], b);
    out.rhat.push(rhat(v, T, B)); yield;
    out.ess.push(ess(v, T, B)); yield;
  }
  return out;
}
const chainWork = (st, ui) => {
  const now = performance.now();
  if (!st.job && st.heavy?.t !== st.step && (now - st.worked > 400 || !ui.playing())) { st.job = chainHeavy(st); st.worked = now; }
  while (st.job && performance.now() - now < 3) {
    const r = st.job.next();
    if (!r.done) continue;
    st.job = null; st.heavy = r.value;
    if (!st.frames && !(st.slow.at(-1)?.t >= r.value.t)) st.slow.push(r.value);
    if (st.slow.length > 300) st.slow = st.slow.filter((_, i) => i % 2 === 0);
    chainTell(st);
  }
  if (st.job) ui.dirty();
};
// Energies far from zero are counted from a round number, which three digits could not show
const chainEnergy = st => st.zero ? `energy ${st.zero > 0 ? '−' : '+'} ${Math.abs(st.zero)}` : 'energy';
const chainDoubt = (st, ui) => {
  const T = st.s.temperature, far = v => Math.abs(Math.log(v[0] / T)), [, off] = ui.get('field_errors').reduce((a, b) => far(b) < far(a) ? b : a, [T * 1e9, 0]);
  return off > .1 ? ` Take care: this copy is off by ${fmt(off)} T on average, at walls or wells narrower than its nodes are apart; "exact" is exact for the copy.` : '';
};
// [what, of the chains, exact]
const chainNumbers = st => {
  const row = chainRows(st).at(-1) ?? {}, h = st.heavy ?? {rhat: [], ess: []}, t = st.truth, e = st.expected ?? {};
  return [[`${chainEnergy(st)}, mean`, row.mean, t.mean], ['R̂ of x, y, E', h.rhat.map(v => v > 1000 ? '> 1000' : v), 1], ['ESS of x, y, E', h.ess, h.T ? h.T * h.B : null], ['acceptance', st.frames ? null : st.s.sampler === 'MALA' || st.s.sampler === 'HMC' ? row.a : 'no test', null],
    ['entropy [nats]', h.entropy < CHAIN_LEAST ? `< ${fmt(CHAIN_LEAST)}` : h.entropy, t.entropy], ['KL of cells', row.kl, e.kl], ['TV of cells', row.tv, e.tv]];
};
const chainSay = v => typeof v === 'string' ? v : Array.isArray(v) ? v.length ? v.map(chainSay).join('  ') : '–' : Number.isNaN(v) ? '–' : fmt(v > 100 ? Math.round(v) : v);
const chainTell = st => {
  if (!st.cells) return;
  chainNumbers(st).forEach(([, a, b], i) => { st.cells[i][0].textContent = chainSay(a); st.cells[i][1].textContent = b == null ? '' : fmt(b); });
};
const chainTable = (st, ui) => {
  const line = 'text-align:right;padding:1px 4px;white-space:nowrap', box = make('figure', {class: 'c-panel', style: 'border-top:1px solid var(--line);padding-top:6px'});
  const table = make('table', {style: 'font-size:12px;border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums'});
  const exact = make('th', {style: line, title: 'KL and TV: what an exact sample of this size gives; ESS: the number of draws'}, 'exact');
  table.append(make('tr', {}, make('td'), make('th', {style: line}, 'chains'), exact));
  st.cells = chainNumbers(st).map(([name]) => {
    const cells = [make('td', {style: line}), make('td', {style: `${line};color:var(--muted)`})];
    table.append(make('tr', {}, make('td', {style: 'white-space:nowrap'}, name), ...cells));
    return cells;
  });
  box.append(make('figcaption', {title: `R̂ and ESS: the first ${CHAIN_FEW} chains, the last half of the recorded states`}, 'numbers'), table);
  if (!ui.get('hide').includes('numbers')) ui.side.append(box);
};

// ---- the map ----
const chainContours = (ctx, s, field, levels, m = 96) => {
  const w = (field.high - field.low) / m, e = new Float64Array((m + 1) ** 2), at = (i, j) => e[i * (m + 1) + j], out = [0, 0, 0];
  for (let i = 0; i <= m; i++) for (let j = 0; j <= m; j++) e[i * (m + 1) + j] = fieldAt(field, field.low + i * w, field.low + j * w, out)[0];
  levels.forEach((level, k) => {
    ctx.strokeStyle = k < 4 ? 'rgba(255,255,255,.5)' : 'rgba(0,0,0,.3)';
    ctx.beginPath();
    for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], cuts = [];
      for (let q = 0; q < 4; q++) {
        const [a, b] = corners[q], [c, d] = corners[(q + 1) % 4], u = at(a, b), v = at(c, d);
        if (u < level === v < level) continue;
        const f = (level - u) / (v - u);
        cuts.push([s.sx(field.low + (a + f * (c - a)) * w), s.sy(field.low + (b + f * (d - b)) * w)]);
      }
      for (let q = 0; q + 1 < cuts.length; q += 2) { ctx.moveTo(...cuts[q]); ctx.lineTo(...cuts[q + 1]); }
    }
    ctx.stroke();
  });
};
const chainArrows = (p, s, field, n = 17) => {
  const xy = [], g = [], out = [0, 0, 0], w = (field.high - field.low) / n;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
    const x = field.low + (i + .5) * w, y = field.low + (j + .5) * w;
    fieldAt(field, x, y, out);
    xy.push(x, y); g.push(-out[1], -out[2]);
  }
  const typical = median(Array.from({length: n * n}, (_, i) => Math.hypot(g[2 * i], g[2 * i + 1]))) || 1;
  for (let i = 0; i < g.length; i += 2) { const k = .95 * w / (Math.hypot(g[i], g[i + 1]) + typical); g[i] *= k; g[i + 1] *= k; }
  drawArrows(p, s, xy, g, {color: 'rgba(0,0,0,.75)', width: 2.6});
  drawArrows(p, s, xy, g, {color: '#ffffff', width: 1.1});
};
// The landscape of interest lies within a few nats of the lowest energy; a logarithm keeps the rest in sight
const chainShade = (st, e) => Math.log1p((e - st.truth.least) / st.s.temperature);
const chainLevels = (st, top) => [.5, 1, 2, 4, 8, 16, 32, 64, 128, 256].map(v => st.truth.least + v * st.s.temperature).filter(v => v < top);
const chainSheet = p => {
  const canvas = make('canvas', {width: p.canvas.width, height: p.canvas.height}), ctx = canvas.getContext('2d');
  ctx.scale(p.ratio, p.ratio);
  return {canvas, ctx, w: p.w, h: p.h, ratio: p.ratio, colors: p.colors};
};
const chainBack = (st, ui) => {
  const p = st.map, on = ui.get('layers'), key = JSON.stringify([p.w, p.h, p.ratio, p.colors.bg, on, st.s.temperature]);
  if (st.back?.key === key) return st.back;
  const {low, high} = st.field, sheet = chainSheet(p), s = mapScales(p, [low, high, low, high]), n = 200, w = (high - low) / n, e = new Float32Array(n * n), out = [0, 0, 0];
  let top = -Infinity;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
    const v = fieldAt(st.field, low + (i + .5) * w, low + (j + .5) * w, out)[0];
    e[i * n + j] = chainShade(st, v);
    if (v > top) top = v;
  }
  Object.assign(sheet.ctx, {fillStyle: p.colors.bg});
  sheet.ctx.fillRect(0, 0, p.w, p.h);
  drawHeat(sheet, s, heatmap(e, n));
  if (on.contours) chainContours(sheet.ctx, s, st.field, chainLevels(st, top));
  if (on.arrows) chainArrows(sheet, s, st.field);
  if (on.data) drawPoints(sheet, s, st.from.data.subarray(0, 2000), {fill: '#0072b2', stroke: '#ffffff', r: 2});
  if (on.modes) for (let i = 0; i < st.modes.length; i += 2) chainCross(sheet.ctx, s.sx(st.modes[i]), s.sy(st.modes[i + 1]), 4, '+');
  st.trails = chainSheet(p);
  st.last = null;
  return st.back = {key, canvas: sheet.canvas, s};
};
const chainCross = (ctx, x, y, r, shape = '×') => {
  for (const [color, width] of [['#000000', 3.4], ['#ffffff', 1.6]]) {
    Object.assign(ctx, {strokeStyle: color, lineWidth: width});
    ctx.beginPath();
    if (shape === '+') { ctx.moveTo(x - r, y); ctx.lineTo(x + r, y); ctx.moveTo(x, y - r); ctx.lineTo(x, y + r); }
    else { ctx.moveTo(x - r, y - r); ctx.lineTo(x + r, y + r); ctx.moveTo(x - r, y + r); ctx.lineTo(x + r, y - r); }
    ctx.stroke();
  }
};
const chainRing = (ctx, x, y, r, color) => {
  for (const [c, width] of [['#000000', 4.5], [color, 2.2]]) {
    Object.assign(ctx, {strokeStyle: c, lineWidth: width});
    ctx.beginPath(); ctx.arc(x, y, r, 0, 2 * Math.PI); ctx.stroke();
  }
};
// Trails fade by being drawn over: only the newest stretch of each is drawn
const chainTrails = (st, s) => {
  const {ctx, w, h} = st.trails, n = Math.min(CHAIN_TRAILS, st.ch.n), now = st.ch.x.slice(0, 2 * n);
  if (st.wipe) { ctx.clearRect(0, 0, w, h); st.wipe = false; }
  if (st.last && st.moved !== st.step && st.last.length === now.length) {
    ctx.globalCompositeOperation = 'destination-out'; ctx.fillStyle = 'rgba(0,0,0,.14)';
    ctx.fillRect(0, 0, w, h);
    ctx.globalCompositeOperation = 'source-over';
    ctx.beginPath();
    for (let i = 0; i < now.length; i += 2) { ctx.moveTo(s.sx(st.last[i]), s.sy(st.last[i + 1])); ctx.lineTo(s.sx(now[i]), s.sy(now[i + 1])); }
    for (const [color, width] of [['rgba(0,0,0,.5)', 2], ['rgba(255,255,255,.9)', .9]]) { Object.assign(ctx, {strokeStyle: color, lineWidth: width}); ctx.stroke(); }
  }
  if (!st.last || st.moved !== st.step || st.last.length !== now.length) { st.last = now; st.moved = st.step; }
};
// Slow motion: where each chain is about to go, or what was refused
const chainProposals = (p, s, st) => {
  const n = Math.min(200, st.ch.n), {x, y, accepted} = st.ch;
  if (st.part) {
    const xy = Array.from(x.subarray(0, 2 * n)), d = xy.map((v, i) => y[i] - v);
    drawArrows(p, s, xy, d, {color: '#000000', width: 3}); drawArrows(p, s, xy, d, {color: '#ffb000', width: 1.4});
  } else if (st.refused) for (let i = 0; i < n; i++) if (!accepted[i]) chainCross(p.ctx, s.sx(st.refused[2 * i]), s.sy(st.refused[2 * i + 1]), 2.5);
};
const chainMark = st => st.hover >= 0 && st.hover < st.ch.n ? st.hover : st.picked >= 0 && st.picked < st.ch.n ? st.picked : -1;
const chainDrawMap = (st, ui) => {
  const p = st.map, {canvas, s} = chainBack(st, ui), {ctx} = p, on = ui.get('layers'), x = st.ch.x, i = chainMark(st);
  ctx.globalAlpha = 1; ctx.setLineDash([]);
  ctx.drawImage(canvas, 0, 0, p.w, p.h);
  if (on.trails && !ui.reduced()) { chainTrails(st, s); ctx.drawImage(st.trails.canvas, 0, 0, p.w, p.h); } else st.last = null;
  if (st.mode >= 0) chainRing(ctx, s.sx(st.modes[2 * st.mode]), s.sy(st.modes[2 * st.mode + 1]), s.k * st.radius, '#ffffff');
  drawPoints(p, s, x, {r: st.ch.n > 300 ? 2 : st.ch.n > 30 ? 2.8 : 4});
  chainProposals(p, s, st);
  if (st.s.start === 'point') { chainCross(ctx, s.sx(st.from.point[0]), s.sy(st.from.point[1]), 8, '+'); chainRing(ctx, s.sx(st.from.point[0]), s.sy(st.from.point[1]), 9, '#ffffff'); }
  if (i >= 0) chainRing(ctx, s.sx(x[2 * i]), s.sy(x[2 * i + 1]), 6, '#ff8f4d');
};

// ---- linked charts ----
const chainSpan = (rows, end) => [rows[0]?.t ?? 0, Math.max(end, (rows[0]?.t ?? 0) + 10)];
const chainLevel = (p, s, v, color) => chartLine(p, s, [s.ix(s.x0), s.ix(s.x1)], [v, v], {color, dash: [5, 4], width: 1.2});

const SMALL = [7, 8, 18, 40];
const chainCharts = {
  energy(st, p) {
    const rows = chainRows(st), late = rows.slice(Math.floor(rows.length / 10)), t = st.truth, i = chainMark(st), c = p.colors, ts = rows.map(r => r.t);
    const own = i >= 0 && i < CHAIN_SOME ? rows.map(r => r.e[i] ?? NaN) : [];
    const low = Math.min(t.low, ...late.map(r => r.low)), high = Math.max(t.high, ...late.map(r => r.high)), pad = .06 * (high - low) || .1;
    const s = chartAxes(p, {x: chainSpan(rows, st.step), y: [low - pad, high + pad], margin: SMALL});
    for (const v of [t.low, t.high]) chartLine(p, s, [s.ix(s.x0), s.ix(s.x1)], [v, v], {color: c.muted, dash: [1, 3], width: 1.2});
    chainLevel(p, s, t.mean, c.fg);
    chartBand(p, s, ts, rows.map(r => r.low), rows.map(r => r.high), {color: c.generated});
    chartLine(p, s, ts, rows.map(r => r.mean), {color: c.generated, width: 2});
    if (own.length) chartLine(p, s, ts, own, {color: c.accent, width: 1.4});
    st.at.energy = s;
  },
  x(st, p) { chainMarginal(st, p, 0); },
  y(st, p) { chainMarginal(st, p, 1); },
  modes(st, p) {
    const k = st.modes.length / 2, shares = modeShares(st.ch.x, st.modes, st.radius), t = st.truth.shares, c = p.colors, i = chainMark(st);
    const own = i < 0 ? -1 : nearestMode(st.ch.x[2 * i], st.ch.x[2 * i + 1], st.modes, st.radius), high = 1.12 * Math.max(...shares, ...t, .05);
    const s = chartAxes(p, {x: [-.5, k + .5], y: [0, high], margin: SMALL, xticks: []}), {ctx} = p, room = (s.x1 - s.x0) / (k + 1), every = Math.ceil(16 / room);
    for (let m = 0; m <= k; m++) {
      chartBars(p, s, [m - .36, m + .36], [shares[m]], {color: m === own ? c.accent : c.generated});
      Object.assign(ctx, {strokeStyle: c.fg, lineWidth: 2, globalAlpha: 1});
      ctx.beginPath(); ctx.moveTo(s.sx(m - .45), s.sy(t[m])); ctx.lineTo(s.sx(m + .45), s.sy(t[m])); ctx.stroke();
      Object.assign(ctx, {fillStyle: c.muted, textAlign: 'center', textBaseline: 'top'});
      if (m === k || m % every === 0) ctx.fillText(m === k ? '–' : m + 1, s.sx(m), s.y0 + 4);
    }
    chartLabel(p, s.x1 - 3, s.y1 + 7, '▬ exact', c.fg, 'right');
    st.at.modes = s;
  },
  distances(st, p) {
    const rows = chainRows(st), e = st.expected ?? {kl: 1, tv: 1}, c = p.colors, ts = rows.map(r => r.t);
    const all = rows.flatMap(r => [r.kl, r.tv]).concat(e.kl, e.tv).filter(v => v > 0 && Number.isFinite(v));
    const s = chartAxes(p, {x: chainSpan(rows, st.step), y: [.7 * Math.min(...all), 1.6 * Math.max(...all)], logy: true, margin: SMALL});
    for (const [k, color, dash] of [['kl', c.generated, []], ['tv', c.data, [7, 3]]]) {
      chartLine(p, s, [s.ix(s.x0), s.ix(s.x1)], [e[k], e[k]], {color, dash: [1, 3], width: 1.4});
      chartLine(p, s, ts, rows.map(r => r[k]), {color, dash, width: 2});
    }
    const last = rows.at(-1);
    if (last) for (const [k, color, up] of [['kl', c.generated, last.kl > last.tv], ['tv', c.data, last.kl <= last.tv]])
      chartLabel(p, s.x1 - 3, clamp(s.sy(last[k]) + (up ? -8 : 9), s.y1 + 5, s.y0 - 5), k.toUpperCase(), color, 'right');
  },
  entropy(st, p) {
    const rows = (st.ch.n <= CHAIN_TRAILS ? chainRows(st) : st.slow).filter(r => !Number.isNaN(r.entropy)), c = p.colors, e = st.truth.entropy, all = rows.map(r => Math.max(r.entropy, CHAIN_LEAST));
    const low = Math.min(e, ...all), high = Math.max(e, ...all), pad = .1 * (high - low) || .5;
    const s = chartAxes(p, {x: chainSpan(chainRows(st), st.step), y: [low - pad, high + pad], margin: SMALL});
    chainLevel(p, s, e, c.fg);
    chartLine(p, s, rows.map(r => r.t), all, {color: c.entropy, width: 2});
    if (all.at(-1) === CHAIN_LEAST) chartLabel(p, s.x1 - 3, s.y0 - 14, `below ${fmt(CHAIN_LEAST)}: chains coincide`, c.entropy, 'right');
    chartLabel(p, s.x1 - 3, s.sy(e) + (s.sy(e) - s.y1 < 20 ? 8 : -8), 'exact', c.fg, 'right');
  },
};
const chainMarginal = (st, p, axis) => {
  const n = 40, {low, high} = st.field, exact = st.truth[axis ? 'y' : 'x'], v = new Float64Array(st.ch.n), c = p.colors, i = chainMark(st), {fine, w} = st.truth;
  for (let k = 0; k < v.length; k++) v[k] = st.ch.x[2 * k + axis];
  const h = histogram(v, low, high, n), s = chartAxes(p, {x: [low, high], y: [0, 1.12 * Math.max(...h, ...exact)], margin: SMALL, yticks: []});
  chartBars(p, s, Array.from({length: n + 1}, (_, k) => low + k * (high - low) / n), h, {color: c.generated});
  chartLine(p, s, Array.from({length: fine}, (_, k) => low + (k + .5) * w), exact, {color: c.fg, width: 2});
  if (i >= 0) { Object.assign(p.ctx, {fillStyle: c.accent, globalAlpha: 1}); p.ctx.beginPath(); markPath(p.ctx, 'triangle', s.sx(v[i]), s.y0 - 5, 6); p.ctx.fill(); }
  st.at[axis ? 'y' : 'x'] = s;
};
const CHAIN_PANELS = {energy: 'energy, 10–90 %; dashed: exact', x: 'marginal of x; line: exact', y: 'marginal of y; line: exact', distances: 'KL and TV; dotted: exact sample',
  modes: 'share of chains per mode; –: none', entropy: 'nearest-neighbour entropy [nats]'};
const chainDraw = (st, ui) => {
  chainWork(st, ui);
  chainDrawMap(st, ui);
  const names = Object.keys(st.panels), some = ui.playing() ? [names[st.turn++ % names.length]] : names;
  for (const k of some) chainCharts[k](st, st.panels[k]);
  if (!ui.playing()) chainTell(st);
};

// ---- pointer: hover links the views, click puts or picks, drag moves ----
const chainNear = (st, x, y, reach) => {
  const s = st.back?.s, v = st.ch.x;
  let best = reach * reach, found = -1;
  if (s) for (let i = 0; i < st.ch.n; i++) {
    const d = (s.sx(v[2 * i]) - x) ** 2 + (s.sy(v[2 * i + 1]) - y) ** 2;
    if (d < best) { best = d; found = i; }
  }
  return found;
};
const chainNearest = (st, f) => {
  let best = Infinity, found = -1;
  for (let i = 0; i < st.ch.n; i++) { const d = Math.abs(f(i)); if (d < best) { best = d; found = i; } }
  return found;
};
// one chain, or the start of all
const chainMove = (st, i, x, y) => {
  const at = [boxed(x, st.s), boxed(y, st.s)];
  if (i === 'start') {
    st.from.point = st.pool.point = at;
    for (let k = 0; k < st.ch.n; k++) st.ch.x.set(at, 2 * k);
  } else st.ch.x.set(at, 2 * i);
  st.ch.fresh = false; st.part = 0; st.refused = null; st.last = null; st.heavy = null;
};
const chainMoved = (st, ui, i) => {
  if (i === 'start') { ui.set('point', st.from.point); ui.act.reset(); } else if (ui.engine() === 'kernel') ui.send({cmd: 'place', i, at: Array.from(st.ch.x.subarray(2 * i, 2 * i + 2))});
  ui.dirty();
};
// by keys: the chain that n picked, else the start of all where that is a point
const chainNudge = (st, ui, dx, dy) => {
  if (ui.engine() === 'replay') return;
  const one = st.picked >= 0 && st.picked < st.ch.n, i = one ? st.picked : st.s.start === 'point' ? 'start' : (st.picked = 0), w = (st.s.high - st.s.low) / 40;
  const [x, y] = i === 'start' ? st.from.point : st.ch.x.subarray(2 * i, 2 * i + 2);
  chainMove(st, i, x + dx * w, y + dy * w);
  chainMoved(st, ui, i);
};
const chainPointer = (st, ui) => {
  const set = (k, v) => { if (st[k] !== v) { st[k] = v; ui.dirty(); } }, s = () => st.back.s, live = () => ui.engine() !== 'replay';
  ui.pointer(st.map, {
    down(x, y) {
      const near = chainNear(st, x, y, 9), p = st.from.point;
      if (live() && st.s.start === 'point' && Math.hypot(s().sx(p[0]) - x, s().sy(p[1]) - y) < 13) st.drag = 'start';
      else { st.drag = near >= 0 ? near : st.picked >= 0 && st.picked < st.ch.n ? st.picked : 0; st.picked = st.drag; }
      if (live() && (near < 0 || st.drag === 'start')) chainMove(st, st.drag, s().ix(x), s().iy(y));
      ui.dirty();
    },
    move(x, y) {
      if (st.drag != null && live()) { chainMove(st, st.drag, s().ix(x), s().iy(y)); ui.dirty(); } else set('hover', chainNear(st, x, y, 12));
    },
    up() {
      if (st.drag == null) return;
      const i = st.drag;
      st.drag = null;
      chainMoved(st, ui, i);
    },
    leave() { set('hover', -1); },
  });
  const link = (name, pick) => ui.pointer(st.panels[name], {move: (x, y) => st.at[name] && pick(x, y, st.at[name]), leave() { set('hover', -1); set('mode', -1); }});
  link('energy', (x, y, a) => set('hover', chainNearest(st, i => refresh(st.ch, st.field).e[i] - a.iy(y))));
  link('x', (x, y, a) => set('hover', chainNearest(st, i => st.ch.x[2 * i] - a.ix(x))));
  link('y', (x, y, a) => set('hover', chainNearest(st, i => st.ch.x[2 * i + 1] - a.ix(x))));
  if (st.panels.modes) link('modes', (x, y, a) => { const m = Math.round(a.ix(x)); set('mode', m >= 0 && m < st.modes.length / 2 ? m : -1); });
};

// ---- controls and layout ----
const chainControls = (st, ui) => {
  const is = (...names) => () => names.includes(ui.get('sampler')), opts = list => list.map(v => Array.isArray(v) ? v : [v, v]);
  const groups = [ui.controls([
    {trait: 'sampler', label: 'sampler', kind: 'select', options: opts(Object.keys(PARTS))},
    {trait: 'step_size', label: 'step size λ', kind: 'log', values: [.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2], help: 'x − λ∇E + noise; HMC takes leapfrog steps of √(2λT)'},
    {trait: 'noise', label: 'noise', kind: 'range', min: 0, max: 2, step: .05, show: is('ULA', CD), help: '1 is the Langevin value √(2λT); for CD as the paper runs it a tenth of that'},
    {trait: 'n_leapfrog', label: 'leapfrog', kind: 'range', min: 1, max: 20, step: 1, show: is('HMC'), help: 'leapfrog steps of one step'},
    {trait: 'temperature', label: 'temperature', kind: 'log', values: [.1, .2, .5, 1, 2, 5, 10], help: 'chains and exact density are those of exp(−E/T)'},
  ], {label: 'sampler'})];
  const augments = [['none', 'nothing'], ['data', 'jump to data'], ['rotate', 'turn about the middle'], ['perturb', 'Gaussian push']];
  const starts = ['noise', ['data', 'data'], ['point', 'a point: drag it'], ['buffer', 'replay buffer']];
  groups.push(ui.controls([
    {trait: 'n_chains', label: 'chains', kind: 'log', values: [1, 3, 10, 30, 100, 300, 1000, 3000, 10000]},
    {trait: 'start', label: 'start', kind: 'select', options: opts(starts)},
    {trait: 'restart', label: 'restart', kind: 'range', min: 0, max: .1, step: .005, help: 'probability per step that a chain starts again'},
    {trait: 'augment', label: 'augment', kind: 'select', options: augments, help: 'moves between steps, as a replay buffer augments its chains; not exact'},
    {trait: 'augment_rate', label: '… rate', kind: 'range', min: 0, max: .2, step: .005, show: () => ui.get('augment') !== 'none', help: 'probability per chain and step'},
  ], {label: 'start'}));
  const layers = {contours: 'contours', trails: 'trails', arrows: '−∇E', modes: 'modes', data: 'data'};
  ui.layers(Object.entries(layers).map(([key, label]) => ({key, label})).filter(l => l.key !== 'modes' || st.modes.length > 2));
  chainTable(st, ui);
  const legend = make('div', {style: 'font-size:12px;color:var(--muted)'});
  ui.side.append(legend);
  st.sync = () => { for (const g of groups) g.hidden = ui.engine() === 'replay'; legend.textContent = chainLegend(st, ui); };
  ui.on('engine', st.sync); st.sync();
};
const chainLegend = (st, ui) => {
  const box = `[${fmt(st.field.low)}, ${fmt(st.field.high)}]²`, map = 'Dark: low energy, likely; lines ½, 1, 2, 4 … T above the lowest.';
  if (ui.engine() === 'replay') return `${map} A recording: ${ui.get('alt')}.`;
  return `${map} Click puts a chain there, drag or Shift with arrow keys moves it, n picks the next. Chains stay in ${box}: MALA and HMC refuse to leave, the others are put back on the edge.`
    + (ui.engine() === 'kernel' ? ' The kernel computes every step.' : ` The page computes, on a cubic spline through ${st.field.n} × ${st.field.n} energies.`) + chainDoubt(st, ui);
};
const chainLayout = (st, ui) => {
  ui.stage.style.display = 'grid';
  ui.stage.style.alignItems = 'start';
  st.map = ui.panel('map', {label: 'energy map and chains', width: 420, height: 420, grow: true, focus: true});
  st.panels = {};
  for (const [k, label] of Object.entries(CHAIN_PANELS)) if (k !== 'modes' || st.modes.length > 2) st.panels[k] = ui.panel(k, {label: k === 'energy' ? label.replace('energy', chainEnergy(st)) : label, width: 205, height: 122, grow: true});
  for (const p of [st.map, ...Object.values(st.panels)]) { p.caption.style.cssText = 'white-space:nowrap;overflow:hidden;text-overflow:ellipsis'; p.caption.title = p.label; }
  const fit = () => {
    const cols = Math.max(1, Math.floor((ui.stage.clientWidth + 8) / 208));
    ui.stage.style.gridTemplateColumns = `repeat(${cols}, minmax(0, 1fr))`;
    st.map.box.style.gridArea = cols > 1 ? 'span 3 / span 2' : 'auto';
  };
  const seen = new ResizeObserver(fit);
  seen.observe(ui.stage);
  ui.cleanups.push(() => seen.disconnect());
  fit();
};
const chainsText = st => {
  const row = chainRows(st).at(-1);
  if (!row) return '';
  const [, rh, es] = chainNumbers(st), at = st.frames ? `step ${st.step}: ` : '';
  return `${at}mean ${chainEnergy(st)}${st.zero ? ':' : ''} ${fmt(row.mean)} (exact ${fmt(st.truth.mean)}), R̂ ${chainSay(st.heavy?.rhat.length ? Math.max(...st.heavy.rhat) > 1000 ? '> 1000' : Math.max(...st.heavy.rhat) : null)}`
    + `, KL ${fmt(row.kl)} (exact sample ${fmt(st.expected?.kl)}), TV ${fmt(row.tv)} (${fmt(st.expected?.tv)})`
    + `, ESS ${chainSay(es[1].length ? Math.min(...es[1]) : null)}`;
};

const chains = ui => {
  const st = {s: chainSettings(ui), hover: -1, picked: -1, mode: -1, drag: null, turn: 0, worked: -1e9, step: 0, at: {}, shown: -1};
  chainField(st, ui);
  chainClear(st);
  chainLayout(st, ui);
  chainControls(st, ui);
  const settle = () => { const T = st.s.temperature; st.s = chainSettings(ui); st.part = 0; if (T !== st.s.temperature) { chainTruth(st); st.sync(); } chainForget(st, st.step); ui.dirty(); };
  ui.on(['sampler', 'step_size', 'temperature', 'noise', 'n_leapfrog', 'augment', 'augment_rate', 'restart'], settle);
  ui.on(['n_chains', 'start', 'seed'], () => { settle(); ui.act.reset(); });
  ui.on(['point'], () => { if (st.drag == null) { st.from.point = ui.get('point'); ui.dirty(); } });
  ui.on(['field', 'frames_data', 'engine'], () => { chainField(st, ui); ui.act.reset(); });
  chainPointer(st, ui);
  return {
    connected() { st.sync(); if (ui.engine() === 'kernel') chainAsk(st, ui); },
    alone() { st.sync(); },
    keys: {
      n() { st.picked = (st.picked + 1) % st.ch.n; ui.dirty(); },
      ShiftArrowLeft: () => chainNudge(st, ui, -1, 0), ShiftArrowRight: () => chainNudge(st, ui, 1, 0), ShiftArrowUp: () => chainNudge(st, ui, 0, 1), ShiftArrowDown: () => chainNudge(st, ui, 0, -1),
    },
    reset() { chainReset(st, ui); },
    advance(n) { chainAdvance(st, ui, n); },
    substep() {
      if (ui.engine() === 'browser') return chainPart(st, ui);
      chainAdvance(st, ui, 1);
      return 'the kernel makes whole steps';
    },
    seek(i) { if (st.frames) chainSeek(st, ui, i); },
    draw() { chainDraw(st, ui); },
    receive(content, buffers) { chainReceive(st, ui, content, buffers); },
    status() { return chainsText(st); },
    where() { return `step ${st.step}`; },
    table() {
      const rows = chainNumbers(st).map(([k, a, b]) => [k, chainSay(a), b == null ? '' : fmt(b)]);
      const k = st.modes.length / 2, shares = Array.from(modeShares(st.ch.x, st.modes, st.radius), (v, i) => [i < k ? `share of mode ${i + 1}` : 'share of none', fmt(v), fmt(st.truth.shares[i])]);
      return {columns: ['', 'chains', 'exact'], rows: k > 1 ? [...rows, ...shares] : rows};
    },
  };
};
