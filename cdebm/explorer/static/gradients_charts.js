// The charts of recorded runs. st has the runs and what was drawn of them; settings are read from the traits.
// needs: elements, charts, maps, controls, formula, gradients_numbers

const {NORMS, COMPARED, COSINES, OCTAVES} = CONSTANTS;
const GRAD_MARGIN = [8, 92, 32, 50], GRAD_ANGLES = [8, 92, 32, 34];

// ---- what is set ----
const gradWeights = ui => TERMS.map(k => ui.get(`w_${k}`));
const gradMain = (st, ui) => st.runs[clamp(ui.get('run'), 0, st.runs.length - 1)];
const gradOther = (st, ui) => st.runs[ui.get('other')] ?? null;
const gradStep = (st, ui) => st.frames[clamp(ui.t, 0, st.frames.length - 1)];
const gradWhere = (st, ui) => st.groups.find(([v]) => v === ui.get('group'))?.[1] ?? 'all tensors';

// A line, under it the same one unsmoothed and faint
const gradSoft = (ui, xs, ys, look, log, faint) => {
  const k = ui.get('smooth'), line = {...look, xs, ys: smoothed(ys, k, log)};
  return k > 1 && faint ? [{xs, ys, color: look.color, width: 1, alpha: faint}, line] : [line];
};

// What the formula lights is thick, the others step back
const gradLit = (ui, terms, width) => {
  const now = lit(ui);
  return !now ? {width} : terms.includes(now) ? {width: 2 * width} : {width, alpha: .25};
};

// ---- magnitudes ----
const GRAD_NAMES = {cd: 'CD', opt: 'opt', entropy: 'entropy', reg: 'reg', kl: 'KL', total: 'sum'};
const GRAD_WIDTHS = {cd: 1.8, opt: 1.8, entropy: 2, reg: 1.5, kl: 2, total: 1};
// Lines of the layers that are on: the terms times their weights, and sums of them
const gradTerms = (st, ui) => {
  const w = gradWeights(ui), on = ui.get('layers'), forms = gradForms(w);
  return Object.keys(GRAD_NAMES).filter(k => on[k] && (k !== 'reg' || st.hasReg)).map(k => {
    const i = TERMS.indexOf(k), text = i < 0 || w[i] === 1 ? GRAD_NAMES[k] : `${fmt(w[i])} × ${GRAD_NAMES[k]}`;
    const form = i < 0 ? forms[k] : forms[k].map(v => v * w[i]);
    return {text, form, says: GRAD_NAMES[k], ...gradLit(ui, [k], GRAD_WIDTHS[k]), ...lookIn(ui.colors, LOOKS[k])};
  });
};
const gradMagnitudes = (st, ui, run) => {
  const group = gradGroup(run, ui.get('group')), how = ui.get('norm');
  return gradTerms(st, ui).map(o => ({...o, ys: gradSeries(run, t => gradNorm(run, t, group, o.form, how))}));
};
const gradDrawMagnitudes = (st, ui) => {
  const p = st.magnitudes, log = ui.get('scale') === 'log', run = gradMain(st, ui), other = gradOther(st, ui);
  const main = gradMagnitudes(st, ui, run).flatMap(o => gradSoft(ui, run.steps, o.ys, o, log, .22));
  const beside = !other ? [] : gradMagnitudes(st, ui, other).flatMap(o => gradSoft(ui, other.steps, o.ys, o, log));
  const thin = beside.map(l => ({...l, text: '', says: '', width: 1, alpha: .55})), seen = main.filter(l => l.text);
  const y = axisRange((log ? [...seen, ...beside] : seen).map(l => l.ys), {log, zero: !log});
  const s = chartAxes(p, {x: st.span, y, logy: log, xlabel: 'step', margin: GRAD_MARGIN});
  chartLines(p, s, [...thin, ...main]);
  chartCursor(p, s, gradStep(st, ui));
  const what = `${NORMS[ui.get('norm')]}, ${gradWhere(st, ui)}${other ? '; thin: the run beside it' : ''}`;
  const left = run.kl ? '' : ' · opt and entropy: measured, left out of its training';
  setCaption(p, `gradient norms, ${what}${left}`);
};

// ---- angles ----
const gradDrawCosines = (st, ui) => {
  const p = st.cosines, run = gradMain(st, ui), group = gradGroup(run, ui.get('group')), f = gradForms(gradWeights(ui));
  const s = chartAxes(p, {x: st.span, y: [-1, 1], xlabel: 'step', margin: GRAD_ANGLES, yticks: [-1, -.5, 0, .5, 1]});
  chartLevel(p, s, 0, {color: ui.colors.muted, width: 1});
  chartLines(p, s, COSINES.flatMap(([a, b, color, style]) => {
    const ys = gradSeries(run, t => gradCosine(run, t, group, f[a], f[b])), text = `${GRAD_NAMES[a]}, ${GRAD_NAMES[b]}`;
    const look = {...lookIn(ui.colors, [color, style]), text, ...gradLit(ui, [a, b], 1.6)};
    return gradSoft(ui, run.steps, ys, look, false, .15);
  }));
  chartCursor(p, s, gradStep(st, ui));
  setCaption(p, `cosine of the angle between two gradients, ${gradWhere(st, ui)}`);
};

// ---- layers: |KL| / |CD| as a picture, a row a layer, a column a record ----
const gradRowNames = (ui, run) => ui.get('rows') === 'layers' ? gradLayers(run) : run.names;
const gradLevel = ratio => (Math.log2(ratio) / OCTAVES + 1) / 2 * 255;
const gradPicture = (run, rows, w) => {
  const groups = rows.map(r => gradGroup(run, r));
  return pixels(run.steps.length, rows.length, (t, r) => {
    const level = gradLevel(gradRatio(run, t, groups[r], w));
    return Number.isNaN(level) ? [150, 150, 150, 90] : tint(LANDS.signed, level);
  });
};
const gradRowLabels = (p, s, rows, high) => {
  const {ctx, colors, k} = p;
  const every = Math.ceil(12 * k / high), short = name => name.length > 22 ? `…${name.slice(-21)}` : name;
  Object.assign(ctx, {font: fontOf(p), textAlign: 'right', textBaseline: 'middle', fillStyle: colors.fg});
  rows.forEach((name, r) => { if (r % every === 0) ctx.fillText(short(name), s.x0 - 6, s.y1 + (r + .5) * high); });
};
const gradScaleBar = ({ctx, colors}, s) => {
  const x = s.x1 + 12, h = s.y0 - s.y1, half = OCTAVES / 2;
  for (let i = 0; i < h; i++) {
    ctx.fillStyle = `rgb(${tint(LANDS.signed, (1 - i / h) * 255)})`;
    ctx.fillRect(x, s.y1 + i, 12, 1.5);
  }
  Object.assign(ctx, {fillStyle: colors.muted, textAlign: 'left'});
  for (const v of [-OCTAVES, -half, 0, half, OCTAVES]) {
    const y = clamp(s.y0 - (v / OCTAVES + 1) / 2 * h, s.y1 + 5, s.y0 - 5);
    ctx.fillText(v < 0 ? `1/${2 ** -v}` : `${2 ** v}`, x + 16, y);
  }
};
// From the first record to where one after the last would be
const gradExtent = steps => {
  const last = steps.at(-1);
  return [steps[0], last + (steps.length > 1 ? last - steps.at(-2) : 1)];
};
const gradDrawLayers = (st, ui) => {
  const p = st.layers, {ctx} = p, run = gradMain(st, ui), rows = gradRowNames(ui, run);
  const chosen = rows.indexOf(ui.get('group'));
  const left = Math.min(150, 14 + 6.2 * Math.max(...rows.map(r => r.length))), margin = [6, 64, 32, left];
  const s = chartAxes(p, {x: st.span, y: [0, rows.length], xlabel: 'step', yticks: [], margin});
  const [from, to] = gradExtent(run.steps).map(s.sx), end = Math.min(s.x1, to), high = (s.y0 - s.y1) / rows.length;
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(gradPicture(run, rows, gradWeights(ui)), from, s.y1, end - from, s.y0 - s.y1);
  gradRowLabels(p, s, rows, high);
  Object.assign(ctx, {strokeStyle: p.colors.fg, lineWidth: 2});
  if (chosen >= 0) ctx.strokeRect(s.x0 + 1, s.y1 + chosen * high + 1, s.x1 - s.x0 - 2, high - 2);
  gradScaleBar(p, s);
  chartCursor(p, s, gradStep(st, ui));
  st.heat = {...s, rows, high};
  const colors = 'white is equal, orange means that KL is the larger; grey: no CD gradient';
  setCaption(p, `|KL| / |CD|, norms of whole ${ui.get('rows')}: ${colors}`);
};

// ---- all runs by one number ----
// Steps and values of the number that runs are compared by; null where the run does not know
const gradCompared = (ui, run) => {
  const key = ui.get('compared'), group = gradGroup(run, ui.get('group')), f = gradForms(gradWeights(ui));
  if (key === 'gap' || key === 'grad_norm') {
    const v = gradColumn(run, key);
    return v && {xs: gradColumn(run, 'step'), ys: Float64Array.from(v, Math.abs)};
  }
  if (key === 'kl') return run.facts ? {xs: run.map_steps, ys: inRows(run.facts, 2).map(([, kl]) => kl)} : null;
  if (!group.length) return null;
  const norm = (k, t) => gradNorm(run, t, group, f[k], ui.get('norm'));
  const value = {cd: t => norm('cd', t), term: t => norm('kl', t), ratio: t => norm('kl', t) / norm('cd', t)}[key];
  return {xs: run.steps, ys: gradSeries(run, value)};
};
const GRAD_CYCLE = ['kl', 'total', 'entropy', 'opt'];     // labels that are no method's name look like these, in turn
const gradRunLook = (st, p, {label}) => {
  if (label in METHOD_STYLES) return methodLook(p, label);
  return lookOf(p, GRAD_CYCLE[st.labels.indexOf(label) % GRAD_CYCLE.length]);
};
// The name of a label stands once, at the run that is shown or else the first
const gradRunLines = (st, ui, log) => {
  const shown = [gradMain(st, ui), gradOther(st, ui)], named = {};
  const lines = st.runs.map(run => ({run, ...gradCompared(ui, run)})).filter(o => o.ys).map(({run, xs, ys}) => {
    const on = shown.includes(run), seen = {on, width: on ? 2.2 : 1, alpha: on ? 1 : .6};
    return {run, xs, ys: smoothed(ys, ui.get('smooth'), log), ...gradRunLook(st, st.versus, run), ...seen};
  });
  for (const l of lines) if (!named[l.run.label] || l.on) named[l.run.label] = l;
  for (const [label, l] of Object.entries(named)) l.text = label;
  return lines;
};
const gradDrawRuns = (st, ui) => {
  const p = st.versus, log = ui.get('scale') === 'log', lines = gradRunLines(st, ui, log);
  const y = axisRange(lines.map(l => l.ys), {log, zero: !log});
  const s = chartAxes(p, {x: st.span, y, logy: log, xlabel: 'step', margin: GRAD_MARGIN});
  chartLines(p, s, lines);
  chartCursor(p, s, gradStep(st, ui));
  const which = st.runs.length > 1 ? `all ${st.runs.length} runs; thick: those shown` : 'the run';
  setCaption(p, `${COMPARED[ui.get('compared')]} of ${which}`);
};

// ---- a landscape with samples, and on each what pulls and pushes it ----
const GRAD_PULLS = [{layer: 'slope', term: 'opt', end: 'head'}, {layer: 'push', term: 'entropy', end: 'ring'}];
const gradHeat = (st, ui, run, snap) => {
  const key = [st.runs.indexOf(run), snap.i, ui.root.dataset.theme].join('/');
  if (!st.pictures.has(key)) {
    if (st.pictures.size > 60) st.pictures.clear();
    st.pictures.set(key, heatmap(snap.energy, snap.n, {low: 0, high: 255, lut: LANDS[ui.root.dataset.theme]}));
  }
  return st.pictures.get(key);
};
// Arrows of both kinds on one scale; samples at the rim, which lie outside, get none
const gradArrows = (p, s, ui, snap, rim) => {
  const on = ui.get('layers'), weight = term => ui.get(`w_${term}`), size = ([u, v]) => Math.hypot(u, v);
  const shown = GRAD_PULLS.filter(({layer, term}) => on[layer] && weight(term));
  const pulls = shown.map(o => ({...o, d: snap[o.layer].map((v, i) => rim(i >> 1) ? 0 : v * weight(o.term))}));
  const lengths = pulls.flatMap(({d}) => inRows(d, 2).map(size)).filter(v => v > 0).sort((a, b) => a - b);
  if (!lengths.length) return;
  const scale = 18 / lengths[Math.floor(.8 * (lengths.length - 1))] / s.k;
  for (const {d, term, end} of pulls) {
    const thick = lit(ui) === term ? 2 : 1, looks = [[ON_MAP.chain, 3 * thick], [ON_MAP[term], 1.3 * thick]];
    drawArrows(p, s, snap.samples, d, {looks, scale, least: 2, most: 34, end});
  }
};
const GRAD_LOST = 100;     // nats of KL from which on a run counts as lost
const gradMapCaption = (run, snap, step) => {
  const kl = Number.isFinite(snap.kl) ? `, KL(data‖model) ${fmt(snap.kl)} nats` : '';
  const gone = snap.gone > 0 ? `, ${Math.round(100 * snap.gone)} % outside` : '';
  const ended = run.ended && step > run.steps.at(-1) ? ` · ended: ${run.ended}` : '';
  return `${run.name}, step ${snap.step}: E ${fmt(snap.ends[0])} to ${fmt(snap.ends[1])}${kl}${gone}${ended}`;
};
const gradDrawMap = (st, ui, p, run) => {
  chartClear(p);
  if (!run?.maps) {
    chartSays(p, run ? `no landscapes were recorded of ${run.name}` : 'choose a run beside it to compare with');
    return setCaption(p, run ? run.name : 'no run beside it');
  }
  const step = gradStep(st, ui), snap = gradSnapshot(run, step), {low, high} = run;
  const s = mapScales(p, [low, high, low, high], 4);
  const places = inRows(snap.samples, 2), rim = i => places[i].some(v => v <= low || v >= high);
  drawHeat(p, s, gradHeat(st, ui, run, snap));
  clipped(p, s, () => gradArrows(p, s, ui, snap, rim));
  if (ui.get('layers').samples) {
    drawPoints(p, s, places.flatMap((xy, i) => rim(i) ? [] : [...xy]), {r: 2.1});
    drawPoints(p, s, places.flatMap((xy, i) => rim(i) ? [...xy] : []), {r: 3, shape: 'square'});
  }
  setCaption(p, gradMapCaption(run, snap, step));
  p.caption.classList.toggle('c-alarm', snap.gone > .1 || snap.kl > GRAD_LOST);
};
