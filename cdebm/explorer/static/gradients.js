// Recorded runs and the gradients of their terms: the view.
// needs: elements, controls, formula, lesson, gradients_numbers, gradients_charts, fit

// On screen, beside the maps where there are some
const GRAD_ABOUT = [
  ['CD', 'gradient of E(data) − E(samples), samples held fixed'],
  ['opt', 'through the last step of the chain: the energy of the samples'],
  ['entropy', 'through the same step: −log of the distance to the nearest earlier sample'],
  ['KL', 'opt and entropy by their weights, through the last step only'],
];
const GRAD_MARKS = [
  ['map', 'dark: low energy, likely; points: samples, squares at the rim lie outside'],
  ['→ −∇E', 'orange arrow: where opt pulls a sample, times its weight'],
  ['○ push', 'green, ends in a ring: away from the nearest earlier sample, times its weight; both on one scale'],
];

// ---- state ----
// Groups of tensors to choose from, with words for them
const gradGroups = runs => {
  const tensors = [...new Set(runs.flatMap(r => r.names))], layers = [...new Set(runs.flatMap(gradLayers))];
  const whole = layers.filter(l => !tensors.includes(l)).map(l => [l, `layer ${l}`]);
  return [['', 'all tensors'], ...whole, ...tensors.map(n => [n, n])];
};
// runs: with their arrays; frames: steps that the cursor visits; span: of the axes; pictures: landscapes drawn so far
const gradState = ui => {
  const data = asBytes(ui.get('data')), runs = ui.get('runs').map(r => gradArrays(r, data));
  const frames = ui.array('visited', Int32Array), n = GRAD_PAIRS.length;
  return {
    runs, frames, span: [frames[0], Math.max(frames.at(-1), frames[0] + 1)], pictures: new Map(), heat: null,
    labels: [...new Set(runs.map(r => r.label))], groups: gradGroups(runs),
    hasReg: runs.some(r => r.gram.some((v, i) => i % n === n - 1 && v > 0)), hasMaps: runs.some(r => r.maps),
  };
};
const gradPanels = (st, ui) => {
  const add = (name, width, height, main) => ui.panel(name, {width, height, grow: true, main});
  const side = {width: 300, height: 300, grow: true, main: true, scale: true};
  st.maps = st.hasMaps ? [ui.panel('map', side)] : [];
  if (st.hasMaps && st.runs.length > 1) st.maps.push(ui.panel('map of the other run', {label: 'other', ...side}));
  st.magnitudes = add('magnitudes', 430, 235, !st.hasMaps);
  st.cosines = add('cosines', 330, 235);
  st.layers = add('layers', 430, 190);
  st.versus = add('runs', 330, 190);
  Object.assign(ui.stage.style, {display: 'grid', alignItems: 'start'});
  st.magnitudes.box.classList.remove('c-second');     // with its formula it is what a lecture shows
  ui.fit((width, narrow) => gradFit(st, ui, width, narrow));
};
// Three columns, two, or one: the landscapes first and, where there is room, the magnitudes beside them
const gradFit = (st, ui, width, narrow) => {
  const columns = narrow ? 1 : width > 1000 ? 3 : 2, side = (width - 8 * (columns - 1)) / columns;
  const map = Math.min(Math.round(.7 * ui.tall), side), rest = [st.cosines, st.layers, st.versus];
  ui.stage.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  for (const p of st.maps) p.canvas.style.height = `${map}px`;
  const lines = ui.get('lecture') ? 3 : 2;     // so that captions of one line and more keep the maps level
  for (const p of [...st.maps, st.magnitudes]) p.caption.style.minHeight = `${1.4 * lines}em`;
  const beside = columns === 3 && st.maps.length > 0, high = `${235 / TYPE}em`;
  st.magnitudes.canvas.style.height = beside ? `${map}px` : high;
  st.magnitudes.box.style.gridColumn = beside ? `span ${3 - st.maps.length}` : 'auto';
  for (const p of rest) p.canvas.style.height = high;
  if (st.about) st.about.style.cssText = `grid-column: 1 / -1; columns: ${columns}`;
};

// ---- the formula: each part has the colour and line of its curve, and lights it up ----
const GRAD_SAYS = {
  cd: 'CD, blue: mean over data minus mean over samples, which are held fixed: contrastive divergence',
  opt: 'opt, orange and dashed: through the last step of the chain, the energy of the samples',
  entropy: 'entropy, green and dotted: through the same step, minus the log distance to the nearest earlier sample',
};
const gradFormula = (st, ui) => addFormula(ui, ['w_cd', 'w_opt', 'w_entropy'], () => {
  const grad = ['msub', '∇', 'θ'], [cd, opt, entropy] = ['w_cd', 'w_opt', 'w_entropy'].map(ui.get);
  return [grad, 'ℒ', '=', ...(cd === 1 ? [] : [fmt(cd), '·']),
    {part: 'cd', color: 'data', says: GRAD_SAYS.cd,
      of: [grad, '(', 'E', '(', 'x⁺', ')', '−', 'E', '(', 'x⁻', ')', ')']},
    opt < 0 ? '−' : '+', fmt(Math.abs(opt)), '·',
    {part: 'opt', color: 'generated', says: GRAD_SAYS.opt,
      of: [grad, ['msub', 'E', 'θ̄'], '(', ['msub', 'x⁻', 'θ'], ')']},
    entropy < 0 ? '−' : '+', fmt(Math.abs(entropy)), '·',
    {part: 'entropy', color: 'entropy', says: GRAD_SAYS.entropy,
      of: [grad, '(', '−', 'log', '‖', ['msub', 'x⁻', 'θ'], '−', ['msub', 'x', 'nearest'], '‖', ')']}];
});

// ---- settings ----
const gradRunControls = (st, ui) => {
  if (st.runs.length < 2) return;
  const names = st.runs.map((r, i) => [i, `${r.label} · ${r.seed}`]);
  const has = k => st.runs.some(r => r.columns.includes(k));
  const knows = st.runs.some(r => r.facts?.some((v, i) => i % 2 && Number.isFinite(v)));
  const shown = {gap: has('gap'), grad_norm: has('grad_norm'), kl: knows};
  ui.controls([
    {trait: 'run', label: 'run', kind: 'select', options: names, help: 'the run whose gradients are shown'},
    {trait: 'other', label: 'beside it', kind: 'select', options: [[-1, 'none'], ...names],
      help: 'a run to compare with: its map, and thin lines'},
    {trait: 'compared', label: 'all runs by', kind: 'select',
      options: choices('compared', COMPARED).filter(([k]) => shown[k] ?? true)},
  ], {label: 'runs'});
};
const gradWeightControls = (st, ui) => ui.controls([
  {trait: 'w_cd', label: '× CD', kind: 'range', min: 0, max: 2, step: .1, show: () => st.hasReg},
  {trait: 'w_opt', label: '× opt', kind: 'range', min: -2, max: 3, step: .1,
    help: 'weights of what is shown: the recorded training had its own'},
  {trait: 'w_entropy', label: '× entropy', kind: 'range', min: -1, max: 3, step: .05},
  {trait: 'w_reg', label: '× reg', kind: 'range', min: 0, max: 2, step: .05, show: () => st.hasReg},
], {label: 'weights'});
const gradMeasureControls = (st, ui) => {
  const norms = {...NORMS, mean: `${NORMS.mean} (paper's figure)`};
  ui.controls([
    {trait: 'group', label: 'tensors', kind: 'select', options: st.groups},
    {trait: 'norm', label: 'norm', kind: 'select', options: choices('norm', norms)},
    {trait: 'scale', label: 'scale', kind: 'buttons', options: choices('scale')},
    {trait: 'smooth', label: 'smoothing', kind: 'log', values: [1, 3, 5, 9, 15, 25],
      format: v => v < 2 ? 'off' : `${v} rec.`},
    {trait: 'rows', label: 'rows', kind: 'buttons', options: choices('rows'), help: 'rows of the picture of layers'},
  ], {label: 'what is measured'});
};
const gradSide = (st, ui) => {
  gradRunControls(st, ui);
  gradWeightControls(st, ui);
  gradMeasureControls(st, ui);
  const layers = {cd: 'CD', opt: 'opt', entropy: 'entropy', reg: 'reg', kl: 'KL', total: 'weighted sum'};
  const marks = {samples: 'samples', slope: '−∇E', push: 'entropy push'};
  ui.layers(Object.entries({...layers, ...(st.hasMaps ? marks : {})}).filter(([k]) => k !== 'reg' || st.hasReg));
  const about = [...GRAD_ABOUT, ...(st.hasMaps ? GRAD_MARKS : [])];
  const list = make('dl', {class: 'c-about'}, ...about.flatMap(([k, v]) => [make('dt', {}, k), make('dd', {}, v)]));
  (st.hasMaps ? ui.stage : ui.side).append(list);
  if (st.hasMaps) st.about = list;
  const drawn = ['run', 'other', 'group', 'norm', 'scale', 'smooth', 'rows', 'compared', ...TERMS.map(k => `w_${k}`)];
  ui.on(drawn, ui.dirty);
};

// ---- pointers: a click in a chart moves the cursor, one in the picture of layers picks a row, too ----
const gradSeek = (st, ui, step) => ui.act.seek(cheapest(st.frames.length, i => Math.abs(st.frames[i] - step)));
const gradDrag = (st, ui, p) => {
  let held = false;
  const go = x => { if (p.at) gradSeek(st, ui, clamp(p.at.s.ix(x), ...st.span)); };
  ui.pointer(p, {down: x => { held = true; go(x); }, move: x => held && go(x), up: () => { held = false; }});
};
const gradRowAt = (st, y) => st.heat?.rows[Math.floor((y - st.heat.y1) / st.heat.high)];
const gradPick = (st, ui, x, y) => {
  const row = gradRowAt(st, y);
  if (!row) return;
  if (x > st.heat.x0) gradSeek(st, ui, st.heat.ix(x));
  ui.set('group', ui.get('group') === row ? '' : row);
};
const gradTell = (st, ui, x, y) => {
  const row = gradRowAt(st, y), run = gradMain(st, ui);
  if (!row || x <= st.heat.x0 || x >= st.heat.x1) return;
  const t = gradAt(run.steps, st.heat.ix(x)), ratio = gradRatio(run, t, gradGroup(run, row), gradWeights(ui));
  ui.note(`${row}, step ${run.steps[t]}: |KL| / |CD| = ${fmt(ratio)}; click to pick`);
};
const gradPointers = (st, ui) => {
  for (const p of [st.magnitudes, st.cosines, st.versus]) gradDrag(st, ui, p);
  ui.pointer(st.layers, {
    down: (x, y) => gradPick(st, ui, x, y),
    move: (x, y) => gradTell(st, ui, x, y),
    leave: () => ui.note(''),
  });
};

// ---- the view ----
const gradNow = (st, ui, run, group) => {
  const t = gradAt(run.steps, gradStep(st, ui));
  return gradNumbers(run, t, group, gradWeights(ui), ui.get('norm'));
};
const gradStatus = (st, ui) => {
  const run = gradMain(st, ui), v = gradNow(st, ui, run, gradGroup(run, ui.get('group')));
  return `${run.name}, step ${v.step}: |CD| ${fmt(v.cd)}, |opt| ${fmt(v.opt)}, |entropy| ${fmt(v.entropy)}`
    + `, |KL| / |CD| ${fmt(v.ratio)}, cosine of CD and KL ${fmt(v.cosine)}, |sum| ${fmt(v.total)}`;
};
const gradTable = (st, ui) => {
  const columns = ['tensor', '|CD|', '|opt|', '|entropy|', '|KL|', '|KL| / |CD|', 'cos(CD, KL)'];
  const run = gradMain(st, ui);
  const row = v => [v.cd, v.opt, v.entropy, v.kl, v.ratio, v.cosine];
  return {columns, rows: run.names.map((name, p) => [name, ...row(gradNow(st, ui, run, [p]))])};
};
const gradDraw = (st, ui) => {
  for (const draw of [gradDrawMagnitudes, gradDrawCosines, gradDrawLayers, gradDrawRuns]) draw(st, ui);
  st.maps.forEach((p, i) => gradDrawMap(st, ui, p, i ? gradOther(st, ui) : gradMain(st, ui)));
};
const gradients = ui => {
  const st = gradState(ui);
  gradFormula(st, ui);
  lessonSteps(ui);
  gradPanels(st, ui);
  gradSide(st, ui);
  gradPointers(st, ui);
  return {
    seeded: false, fps: 12,
    where: () => `step ${gradStep(st, ui)}`,
    draw: () => gradDraw(st, ui),
    status: () => gradStatus(st, ui),
    table: () => gradTable(st, ui),
  };
};
