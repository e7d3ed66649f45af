// Recorded runs and the gradients of their terms. The upper part computes and needs no page; the lower part draws.

// ---- numbers: a run's table g holds, a record and tensor, the ten inner products of the terms cd, opt, entropy, reg ----
const GRAD_PAIRS = [[0, 0], [0, 1], [0, 2], [0, 3], [1, 1], [1, 2], [1, 3], [2, 2], [2, 3], [3, 3]];
const GRAD_UNIT = {cd: [1, 0, 0, 0], opt: [0, 1, 0, 0], entropy: [0, 0, 1, 0], reg: [0, 0, 0, 1]};
const gradForms = w => ({...GRAD_UNIT, kl: [0, w[1], w[2], 0], total: w});

const gradUndelta = (v, side) => { for (let i = 0; i < v.length; i++) if (i % side) v[i] += v[i - 1]; return v; };
const gradArrays = (run, buffer) => {
  const kinds = {float32: Float32Array, int32: Int32Array, uint16: Uint16Array, uint8: Uint8Array}, out = {};
  for (const [k, [at, kind, shape]] of Object.entries(run.parts)) {
    const size = shape.reduce((a, b) => a * b, 1) * kinds[kind].BYTES_PER_ELEMENT;
    out[k] = new kinds[kind](buffer.slice(at, at + size));
  }
  if (out.maps) gradUndelta(out.maps, run.parts.maps[2][2]);
  return {...run, ...out};
};
// tensors of a group: '' for all, the name of a tensor, or that of a layer
const gradLayer = name => name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : name;
const gradLayers = run => [...new Set(run.names.map(gradLayer))];
const gradGroup = (run, group) => run.names.flatMap((n, i) => !group || n === group || gradLayer(n) === group ? [i] : []);

const gradInner = (run, t, p, v, w) => {
  const at = (t * run.names.length + p) * 10;
  let sum = 0;
  for (let k = 0; k < 10; k++) {
    const [i, j] = GRAD_PAIRS[k], share = i === j ? v[i] * w[i] : v[i] * w[j] + v[j] * w[i];
    if (share) sum += share * run.gram[at + k];
  }
  return sum;
};
const gradNorm = (run, t, group, w, how) => {
  let sum = 0, size = 0;
  for (const p of group) {
    const square = Math.max(0, gradInner(run, t, p, w, w));
    sum += how === 'mean' ? Math.sqrt(square) : square;
    size += run.sizes[p];
  }
  return how === 'mean' ? sum / group.length : Math.sqrt(how === 'rms' ? sum / size : sum);
};
const gradCosine = (run, t, group, v, w) => {
  const over = (a, b) => group.reduce((s, p) => s + gradInner(run, t, p, a, b), 0);
  return over(v, w) / Math.sqrt(Math.max(0, over(v, v) * over(w, w)));
};
const gradSeries = (run, f) => Float64Array.from(run.steps, (_, t) => f(t));
// mean of the finite ones among the k nearest records, of their logarithms where the axis is one
const gradSmooth = (ys, k, log = false) => k < 2 ? ys : ys.map((y, i) => {
  const near = ys.slice(Math.max(0, i - (k >> 1)), i + (k >> 1) + 1).filter(v => Number.isFinite(v) && (!log || v > 0));
  if (!near.length || !Number.isFinite(y)) return NaN;
  const mean = near.reduce((a, v) => a + (log ? Math.log(v) : v), 0) / near.length;
  return log ? Math.exp(mean) : mean;
});
// the last record at or before a step
const gradAt = (steps, step) => {
  let low = 0, high = steps.length - 1;
  while (low < high) { const mid = (low + high + 1) >> 1; steps[mid] <= step ? low = mid : high = mid - 1; }
  return low;
};

// ---- drawing ----
const GRAD_SHORT = {gap: '|energy gap|', kl: 'KL(data‖model), nats', cd: '|CD| gradient', term: '|KL| gradient', ratio: '|KL| / |CD|', grad_norm: 'gradient of the loss'};
// on screen, beside the maps where there are some
const GRAD_ABOUT = [
  ['CD', 'gradient of E(data) − E(samples), samples held fixed'],
  ['opt', 'through the last step of the chain: the energy of the samples'],
  ['entropy', 'through the same step: −log of the distance to the nearest earlier sample'],
  ['KL', 'opt and entropy by their weights: the term that plain CD leaves out'],
];
const GRAD_MARKS = [
  ['map', 'dark: low energy, likely; points: samples, squares at the rim lie outside'],
  ['→ −∇E', 'orange arrow: where opt pulls a sample, times its weight'],
  ['○ push', 'green, ends in a ring: away from the nearest earlier sample, times its weight; both on one scale'],
];

const gradRange = (lists, log) => {
  let low = Infinity, high = -Infinity;
  for (const v of lists.flatMap(ys => Array.from(ys))) if (Number.isFinite(v) && (!log || v > 0)) { low = Math.min(low, v); high = Math.max(high, v); }
  if (low > high) return [log ? .1 : 0, 1];
  return log ? [low / 1.3, high * 1.3] : [Math.min(0, low), high + .05 * (high - Math.min(0, low)) || 1];
};
// names at the right ends of lines, pushed apart
const gradLabels = (p, s, items) => {
  const at = items.filter(o => Number.isFinite(o.y)).map(o => ({...o, y: clamp(o.y, s.y1 + 6, s.y0 - 6)})).sort((a, b) => a.y - b.y);
  for (let i = 1; i < at.length; i++) at[i].y = Math.max(at[i].y, at[i - 1].y + 13);
  for (let i = at.length - 1, top = s.y0 - 4; i >= 0; i--) { at[i].y = Math.min(at[i].y, top); top = at[i].y - 13; }
  for (const o of at) chartLabel(p, s.x1 + 5, o.y, o.text, o.color);
};
const gradLast = (s, ys) => { for (let i = ys.length - 1; i >= 0; i--) if (Number.isFinite(s.sy(ys[i]))) return s.sy(ys[i]); return NaN; };

const gradHalo = (ctx, path, color) => {
  for (const [c, w] of [['#ffffff', 3], [color, 1.3]]) { ctx.strokeStyle = c; ctx.lineWidth = w; ctx.beginPath(); path(); ctx.stroke(); }
};
// pulls end in an arrow head, pushes in a ring: they can be told apart without colour
const gradArrows = (p, s, xy, dxy, scale, color, ring) => {
  const {ctx} = p;
  gradHalo(ctx, () => {
    for (let i = 0; i < dxy.length; i += 2) {
      const x = s.sx(xy[i]), y = s.sy(xy[i + 1]), l0 = Math.hypot(dxy[i], dxy[i + 1]) * scale, l = Math.min(34, l0);
      if (!(l > 2)) continue;
      const u = dxy[i] * scale * l / l0, v = -dxy[i + 1] * scale * l / l0, h = 4 / l;
      ctx.moveTo(x, y);
      if (ring) { ctx.lineTo(x + u * (1 - 2.5 / l), y + v * (1 - 2.5 / l)); ctx.moveTo(x + u + 2.5, y + v); ctx.arc(x + u, y + v, 2.5, 0, 2 * Math.PI); } else {
        ctx.lineTo(x + u, y + v);
        ctx.moveTo(x + u - h * (u + .6 * v), y + v - h * (v - .6 * u)); ctx.lineTo(x + u, y + v); ctx.lineTo(x + u - h * (u - .6 * v), y + v - h * (v + .6 * u));
      }
    }
  }, color);
};

// A snapshot in numbers: energies 0..255, positions and arrows in units of the plane
const gradSnapshot = (run, step) => {
  const i = gradAt(run.map_steps, step), [, N] = run.parts.samples[2], [, A] = run.parts.slope[2], n = run.parts.maps[2][1];
  const real = (name, k, low, high) => Float32Array.from(run[name].subarray(i * k, (i + 1) * k), v => low + v / 65535 * (high - low));
  const [a, b] = run.arrow_scale.subarray(2 * i, 2 * i + 2);
  return {i, n, N, A, step: run.map_steps[i], energy: run.maps.subarray(i * n * n, (i + 1) * n * n), ends: run.map_ends.subarray(2 * i, 2 * i + 2), outside: run.facts[2 * i], kl: run.facts[2 * i + 1],
    samples: real('samples', 2 * N, run.low, run.high), slope: real('slope', 2 * A, -a, a), push: real('push', 2 * A, -b, b)};
};

const gradients = ui => {
  const runs = ui.get('runs').map(r => gradArrays(r, asBytes(ui.get('data')))), frames = ui.array('visited', Int32Array), pictures = new Map();
  const labels = [...new Set(runs.map(r => r.label))], last = frames.at(-1), span = [frames[0], Math.max(last, frames[0] + 1)];
  const weights = () => ['w_cd', 'w_opt', 'w_entropy', 'w_reg'].map(ui.get);
  const main = () => runs[clamp(ui.get('run'), 0, runs.length - 1)], other = () => runs[ui.get('other')] ?? null;
  const step = () => frames[clamp(ui.t, 0, frames.length - 1)];
  const hasReg = runs.some(r => r.gram.some((v, i) => i % 10 === 9 && v > 0)), hasMaps = runs.some(r => r.maps), several = runs.length > 1;
  const style = label => [{color: ui.colors.data, dash: []}, {color: ui.colors.generated, dash: [6, 4]}, {color: ui.colors.entropy, dash: [2, 3]}, {color: ui.colors.muted, dash: [8, 3, 2, 3]}][labels.indexOf(label) % 4];
  const terms = () => {
    const w = weights(), c = ui.colors, on = ui.get('layers'), times = (v, name) => v === 1 ? name : `${fmt(v)} × ${name}`, forms = gradForms(w);
    return [
      {key: 'cd', text: times(w[0], 'CD'), form: GRAD_UNIT.cd.map(v => v * w[0]), color: c.data, dash: [], width: 1.8},
      {key: 'opt', text: times(w[1], 'opt'), form: GRAD_UNIT.opt.map(v => v * w[1]), color: c.generated, dash: [7, 4], width: 1.8},
      {key: 'entropy', text: times(w[2], 'entropy'), form: GRAD_UNIT.entropy.map(v => v * w[2]), color: c.entropy, dash: [2, 3], width: 2},
      {key: 'reg', text: times(w[3], 'reg'), form: GRAD_UNIT.reg.map(v => v * w[3]), color: c.muted, dash: [1, 4], width: 1.5},
      {key: 'kl', text: 'KL', form: forms.kl, color: c.muted, dash: [9, 3, 2, 3], width: 2},
      {key: 'total', text: 'sum', form: forms.total, color: c.fg, dash: [], width: 1},
    ].filter(o => on[o.key] && (o.key !== 'reg' || hasReg));
  };

  // panels
  const size = ui.panel('magnitudes', {label: 'magnitudes', width: 430, height: 235, grow: true});
  const angle = ui.panel('cosines', {label: 'cosines', width: 330, height: 235, grow: true});
  const layers = ui.panel('layers', {label: 'layers', width: 430, height: 190, grow: true});
  const versus = ui.panel('runs', {label: 'runs', width: 330, height: 190, grow: true});
  const maps = hasMaps ? [ui.panel('map', {label: 'map', width: 300, height: 300}), ...(several ? [ui.panel('map of the other run', {label: 'other', width: 300, height: 300})] : [])] : [];

  // controls
  const names = runs.map((r, i) => [i, `${r.label} · ${r.seed}`]), tensors = [...new Set(runs.flatMap(r => r.names))], byLayer = [...new Set(runs.flatMap(gradLayers))];
  const groups = [['', 'all tensors'], ...byLayer.filter(l => !tensors.includes(l)).map(l => [l, `layer ${l}`]), ...tensors.map(n => [n, n])];
  const compared = Object.entries(GRAD_SHORT).filter(([k]) => k === 'gap' || k === 'grad_norm' ? runs.some(r => r.columns.includes(k)) : k !== 'kl' || runs.some(r => r.facts?.some((v, i) => i % 2 && Number.isFinite(v))));
  if (several) ui.controls([
    {trait: 'run', label: 'run', kind: 'select', options: names, help: 'the run whose gradients are shown'},
    {trait: 'other', label: 'beside it', kind: 'select', options: [[-1, 'none'], ...names], help: 'a run to compare with: its map, and thin lines'},
    {trait: 'compared', label: 'all runs by', kind: 'select', options: compared},
  ], {label: 'runs'});
  ui.controls([
    {trait: 'w_cd', label: '× CD', kind: 'range', min: 0, max: 2, step: .1, show: () => hasReg},
    {trait: 'w_opt', label: '× opt', kind: 'range', min: -2, max: 3, step: .1, help: 'weights of what is shown: the recorded training had its own'},
    {trait: 'w_entropy', label: '× entropy', kind: 'range', min: -1, max: 3, step: .05},
    {trait: 'w_reg', label: '× reg', kind: 'range', min: 0, max: 2, step: .05, show: () => hasReg},
  ], {label: 'weights'});
  ui.controls([
    {trait: 'group', label: 'tensors', kind: 'select', options: groups},
    {trait: 'norm', label: 'norm', kind: 'select', options: [['mean', "mean over tensors (paper's figure)"], ['whole', 'of the whole'], ['rms', 'RMS per weight']]},
    {trait: 'scale', label: 'scale', kind: 'buttons', options: [['log', 'log'], ['linear', 'linear']]},
    {trait: 'smooth', label: 'smoothing', kind: 'log', values: [1, 3, 5, 9, 15, 25], format: v => v < 2 ? 'off' : `${v} rec.`},
    {trait: 'rows', label: 'rows', kind: 'buttons', options: [['layers', 'layers'], ['tensors', 'tensors']], help: 'rows of the picture of layers'},
  ], {label: 'what is measured'});
  ui.layers([{key: 'cd', label: 'CD'}, {key: 'opt', label: 'opt'}, {key: 'entropy', label: 'entropy'}, ...(hasReg ? [{key: 'reg', label: 'reg'}] : []), {key: 'kl', label: 'KL'}, {key: 'total', label: 'weighted sum'},
    ...(hasMaps ? [{key: 'samples', label: 'samples'}, {key: 'slope', label: '−∇E'}, {key: 'push', label: 'entropy push'}] : [])]);
  const about = [...GRAD_ABOUT, ...(hasMaps ? GRAD_MARKS : [])].flatMap(([k, v]) => [make('dt', {style: 'font-weight:600'}, k), make('dd', {style: 'margin:0 0 4px'}, v)]);
  (hasMaps ? ui.stage : ui.side).append(make('dl', {style: 'margin:0;flex:1 1 200px;max-width:330px;font-size:12px'}, ...about));
  for (const p of maps) p.caption.style.minHeight = '2.7em';
  ui.on(['run', 'other', 'group', 'norm', 'scale', 'smooth', 'rows', 'compared', 'w_cd', 'w_opt', 'w_entropy', 'w_reg'], ui.dirty);

  // charts
  const caption = (p, text) => { if (p.caption.textContent !== text) { p.caption.textContent = text; p.label = text; } };
  const leftOut = r => r.kl ? '' : ' · opt and entropy: measured, left out of its training';
  const where = () => groups.find(([v]) => v === ui.get('group'))?.[1] ?? 'all tensors';
  const smooth = (ys, log) => gradSmooth(ys, ui.get('smooth'), log);
  const magnitudes = run => { const g = gradGroup(run, ui.get('group')); return terms().map(o => ({...o, run, ys: gradSeries(run, t => g.length ? gradNorm(run, t, g, o.form, ui.get('norm')) : NaN)})); };
  const drawMagnitudes = () => {
    const log = ui.get('scale') === 'log', a = magnitudes(main()), b = other() ? magnitudes(other()) : [], s = chartAxes(size, {x: span, y: gradRange((log ? [...a, ...b] : a).map(o => smooth(o.ys, log)), log), logy: log, xlabel: 'step', margin: [8, 92, 32, 50]});
    for (const o of b) chartLine(size, s, other().steps, smooth(o.ys, log), {...o, width: 1, alpha: .55});
    for (const o of a) {
      if (ui.get('smooth') > 1) chartLine(size, s, main().steps, o.ys, {color: o.color, width: 1, alpha: .22});
      chartLine(size, s, main().steps, smooth(o.ys, log), o);
    }
    gradLabels(size, s, a.map(o => ({...o, y: gradLast(s, smooth(o.ys, log))})));
    chartCursor(size, s, step());
    caption(size, `gradient norms, ${{mean: 'mean over tensors', whole: 'of the whole', rms: 'RMS per weight'}[ui.get('norm')]}, ${where()}${b.length ? '; thin: the run beside it' : ''}${leftOut(main())}`);
  };
  const drawCosines = () => {
    const run = main(), g = gradGroup(run, ui.get('group')), f = gradForms(weights()), c = ui.colors, s = chartAxes(angle, {x: span, y: [-1, 1], xlabel: 'step', margin: [8, 92, 32, 34], yticks: [-1, -.5, 0, .5, 1]});
    const lines = [['CD, opt', f.cd, f.opt, c.generated, [7, 4]], ['CD, entropy', f.cd, f.entropy, c.entropy, [2, 3]], ['opt, entropy', f.opt, f.entropy, c.data, [9, 3, 2, 3]], ['CD, KL', f.cd, f.kl, c.fg, []]];
    chartLine(angle, s, span, [0, 0], {color: c.muted, width: 1});
    const items = lines.map(([text, a, b, color, dash]) => {
      const ys = gradSeries(run, t => g.length ? gradCosine(run, t, g, a, b) : NaN), soft = smooth(ys, false);
      if (ui.get('smooth') > 1) chartLine(angle, s, run.steps, ys, {color, width: 1, alpha: .15});
      chartLine(angle, s, run.steps, soft, {color, dash, width: 1.6});
      return {text, color, y: gradLast(s, soft)};
    });
    gradLabels(angle, s, items);
    chartCursor(angle, s, step());
    caption(angle, `cosine of the angle between two gradients, ${where()}`);
  };
  const rowNames = run => ui.get('rows') === 'layers' ? gradLayers(run) : run.names;
  const GRAD_OCTAVES = 4;
  const ratioAt = (run, t, group) => { const f = gradForms(weights()); return gradNorm(run, t, group, f.kl, 'whole') / gradNorm(run, t, group, f.cd, 'whole'); };
  let heatScale = null;
  const drawLayers = () => {
    const run = main(), rows = rowNames(run), R = rows.length, T = run.steps.length, p = layers, {ctx} = p, longest = Math.max(...rows.map(r => r.length));
    const left = Math.min(150, 14 + 6.2 * longest), s = chartAxes(p, {x: span, y: [0, R], xlabel: 'step', yticks: [], margin: [6, 64, 32, left]});
    const image = make('canvas', {width: T, height: R}), ictx = image.getContext('2d'), data = ictx.createImageData(T, R), groups_ = rows.map(r => gradGroup(run, r));
    for (let r = 0; r < R; r++) for (let t = 0; t < T; t++) {
      const v = Math.log2(ratioAt(run, t, groups_[r])), c = Number.isNaN(v) ? null : 3 * Math.round(clamp((v / GRAD_OCTAVES + 1) / 2, 0, 1) * 255);
      data.data.set(c == null ? [150, 150, 150, 90] : [DIVERGING[c], DIVERGING[c + 1], DIVERGING[c + 2], 255], 4 * (r * T + t));
    }
    ictx.putImageData(data, 0, 0);
    ctx.imageSmoothingEnabled = false;
    const right = s.sx(run.steps[T - 1] + (T > 1 ? run.steps[T - 1] - run.steps[T - 2] : 1)), high = (s.y0 - s.y1) / R;
    ctx.drawImage(image, s.sx(run.steps[0]), s.y1, Math.min(right, s.x1) - s.sx(run.steps[0]), s.y0 - s.y1);
    const every = Math.ceil(12 / high);
    ctx.font = FONT; ctx.textAlign = 'right'; ctx.textBaseline = 'middle'; ctx.fillStyle = p.colors.fg;
    rows.forEach((name, r) => { if (r % every === 0) ctx.fillText(name.length > 22 ? `…${name.slice(-21)}` : name, s.x0 - 6, s.y1 + (r + .5) * high); });
    const chosen = rows.indexOf(ui.get('group'));
    if (chosen >= 0) { ctx.strokeStyle = p.colors.fg; ctx.lineWidth = 2; ctx.strokeRect(s.x0 + 1, s.y1 + chosen * high + 1, s.x1 - s.x0 - 2, high - 2); }
    const bar = s.x1 + 12, h = s.y0 - s.y1;
    for (let i = 0; i < h; i++) { const c = 3 * Math.round((1 - i / h) * 255); ctx.fillStyle = `rgb(${DIVERGING[c]},${DIVERGING[c + 1]},${DIVERGING[c + 2]})`; ctx.fillRect(bar, s.y1 + i, 12, 1.5); }
    ctx.fillStyle = p.colors.muted; ctx.textAlign = 'left';
    for (const [v, text] of [[-4, '1/16'], [-2, '1/4'], [0, '1'], [2, '4'], [4, '16']]) ctx.fillText(text, bar + 16, clamp(s.y0 - (v / GRAD_OCTAVES + 1) / 2 * h, s.y1 + 5, s.y0 - 5));
    chartCursor(p, s, step());
    heatScale = {...s, rows, high};
    caption(p, `|KL| / |CD|, norms of whole ${ui.get('rows')}: white is equal, orange means that KL is the larger; grey: no CD gradient`);
  };
  const series = run => {
    const key = ui.get('compared'), at = k => run.history.subarray(run.columns.indexOf(k) * run.rows, (run.columns.indexOf(k) + 1) * run.rows), f = gradForms(weights()), g = gradGroup(run, ui.get('group')), how = ui.get('norm');
    if (key === 'gap' || key === 'grad_norm') return run.columns.includes(key) ? {xs: at('step'), ys: Float64Array.from(at(key), Math.abs)} : null;
    if (key === 'kl') return run.facts ? {xs: run.map_steps, ys: Float64Array.from(run.map_steps, (_, i) => run.facts[2 * i + 1])} : null;
    if (!g.length) return null;
    const norm = form => t => gradNorm(run, t, g, form, how), ys = key === 'cd' ? norm(f.cd) : key === 'term' ? norm(f.kl) : t => norm(f.kl)(t) / norm(f.cd)(t);
    return {xs: run.steps, ys: gradSeries(run, ys)};
  };
  const drawRuns = () => {
    const log = ui.get('scale') === 'log', k = ui.get('compared'), found = runs.map(r => ({r, ...series(r)})).filter(o => o.ys).map(o => ({...o, ys: smooth(o.ys, log)}));
    const s = chartAxes(versus, {x: span, y: gradRange(found.map(o => o.ys), log), logy: log, xlabel: 'step', margin: [8, 92, 32, 50]}), items = new Map();
    for (const {r, xs, ys} of found) {
      const shown = r === main() || r === other(), look = style(r.label);
      chartLine(versus, s, xs, ys, {...look, width: shown ? 2.2 : 1, alpha: shown ? 1 : .6});
      if (!items.has(r.label) || shown) items.set(r.label, {text: r.label, color: look.color, y: gradLast(s, ys)});
    }
    gradLabels(versus, s, [...items.values()]);
    chartCursor(versus, s, step());
    caption(versus, `${GRAD_SHORT[k]} of ${runs.length > 1 ? `all ${runs.length} runs; thick: those shown` : 'the run'}`);
  };
  const picture = (run, snap) => {
    const key = `${runs.indexOf(run)}/${snap.i}`;
    if (!pictures.has(key)) { if (pictures.size > 60) pictures.clear(); pictures.set(key, heatmap(snap.energy, snap.n, {low: 0, high: 255})); }
    return pictures.get(key);
  };
  const drawMap = (p, run) => {
    chartClear(p);
    if (!run?.maps) { caption(p, run ? `${run.name}: no landscapes recorded` : 'no run beside it'); return; }
    const snap = gradSnapshot(run, step()), on = ui.get('layers'), w = weights(), s = mapScales(p, [run.low, run.high, run.low, run.high], 4), at = (v, i) => v <= run.low || v >= run.high;
    drawHeat(p, s, picture(run, snap));
    const xy = snap.samples, inside = [], rim = [];
    for (let i = 0; i < snap.N; i++) (at(xy[2 * i]) || at(xy[2 * i + 1]) ? rim : inside).push(i);
    const arrows = [['slope', w[1], '#b34700', false], ['push', w[2], '#006b4f', true]].filter(([k, v]) => on[k] && v).map(([k, v, color, ring]) => ({color, ring, d: snap[k].map((u, i) => at(xy[i - i % 2]) || at(xy[i - i % 2 + 1]) ? 0 : u * v)}));
    const lengths = arrows.flatMap(({d}) => Array.from({length: d.length / 2}, (_, i) => Math.hypot(d[2 * i], d[2 * i + 1]))).filter(v => v > 0).sort((a, b) => a - b);
    const scale = lengths.length ? 18 / lengths[Math.floor(.8 * (lengths.length - 1))] : 0, pick = list => Float32Array.from(list.flatMap(i => [xy[2 * i], xy[2 * i + 1]]));
    clipped(p, s, () => { for (const o of arrows) gradArrows(p, s, xy, o.d, scale, o.color, o.ring); });
    if (on.samples) { drawPoints(p, s, pick(inside), {r: 2.1}); drawPoints(p, s, pick(rim), {r: 3, shape: 'square'}); }
    const gone = run.ended && step() > run.steps.at(-1) ? ` · ended: ${run.ended}` : '';
    caption(p, `${run.name}, step ${snap.step}: E ${fmt(snap.ends[0])} to ${fmt(snap.ends[1])}${Number.isFinite(snap.kl) ? `, KL(data‖model) ${fmt(snap.kl)} nats` : ''}${snap.outside > 0 ? `, ${Math.round(100 * snap.outside)} % outside` : ''}${gone}`);
  };

  // pointers: a click in a chart moves the cursor, one in the picture of layers picks a row, too
  const toFrame = v => { let best = 0; frames.forEach((f, i) => { if (Math.abs(f - v) < Math.abs(frames[best] - v)) best = i; }); return best; };
  const drag = (p, left, right) => {
    let held = false;
    const go = x => ui.act.seek(toFrame(span[0] + clamp((x - left()) / (p.w - right - left()), 0, 1) * (span[1] - span[0])));
    ui.pointer(p, {down: x => { held = true; go(x); }, move: x => held && go(x), up: () => { held = false; }});
  };
  drag(size, () => 50, 92); drag(angle, () => 34, 92); drag(versus, () => 50, 92);
  const rowAt = y => heatScale?.rows[Math.floor((y - heatScale.y1) / heatScale.high)];
  ui.pointer(layers, {
    down: (x, y) => { const row = rowAt(y); if (!row) return; if (x > heatScale.x0) ui.act.seek(toFrame(heatScale.ix(x))); ui.set('group', ui.get('group') === row ? '' : row); },
    move: (x, y) => { const row = rowAt(y), run = main(); if (row && x > heatScale.x0 && x < heatScale.x1) { const t = gradAt(run.steps, heatScale.ix(x)); ui.note(`${row}, step ${run.steps[t]}: |KL| / |CD| = ${fmt(ratioAt(run, t, gradGroup(run, row)))}; click to pick`); } },
    leave: () => ui.note(''),
  });

  const now = (run, group = gradGroup(run, ui.get('group'))) => {
    const t = gradAt(run.steps, step()), w = weights(), f = gradForms(w), how = ui.get('norm'), norm = form => group.length ? gradNorm(run, t, group, form, how) : NaN;
    return {step: run.steps[t], cd: norm(f.cd), opt: norm(f.opt), entropy: norm(f.entropy), kl: norm(f.kl), total: norm(f.total), ratio: norm(f.cd) === 0 ? null : norm(f.kl) / norm(f.cd), cosine: norm(f.cd) === 0 || norm(f.kl) === 0 || !group.length ? null : gradCosine(run, t, group, f.cd, f.kl)};     // null: there is none
  };
  const words = run => { const v = now(run); return `${run.name}, step ${v.step}: |CD| ${fmt(v.cd)}, |opt| ${fmt(v.opt)}, |entropy| ${fmt(v.entropy)}, |KL| / |CD| ${fmt(v.ratio)}, cosine of CD and KL ${fmt(v.cosine)}, |sum| ${fmt(v.total)}`; };
  return {
    seeded: false, fps: 12,
    where: () => `step ${step()}`,
    draw() { drawMagnitudes(); drawCosines(); drawLayers(); drawRuns(); maps.forEach((p, i) => drawMap(p, i ? other() : main())); },
    status: () => words(main()),
    table() {
      const run = main(), columns = ['tensor', '|CD|', '|opt|', '|entropy|', '|KL|', '|KL| / |CD|', 'cos(CD, KL)'];
      return {columns, rows: run.names.map((name, p) => { const v = now(run, [p]); return [name, v.cd, v.opt, v.entropy, v.kl, v.ratio, v.cosine]; })};
    },
  };
};
