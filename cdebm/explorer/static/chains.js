// Chains on the landscape of a 2-D energy, and what they say about it: the view.
// needs: controls, lesson, samplers, chains_state, chains_weights, chains_map, chains_charts, chains_formula, fit

const {STEP_SIZES, HEATS} = CONSTANTS;

// ---- numbers in the side bar: the chains' and the exact ones ----
const chainAddNumbers = (st, ui) => {
  const title = 'KL and TV: what an exact sample of this size gives; ESS: the number of draws';
  const head = make('tr', {}, make('td'), make('th', {}, 'chains'), make('th', {title}, 'exact'));
  const table = make('table', {class: 'c-numbers'}, head);
  st.cells = chainNumbers(st).map(([name]) => {
    const cells = [make('td'), make('td')];
    table.append(make('tr', {}, make('td', {}, name), ...cells));
    return cells;
  });
  const about = `R̂ and ESS: the first ${CHAIN_FEW} chains, the last half of the recorded states`;
  const box = make('figure', {class: 'c-panel c-boxed'}, make('figcaption', {title: about}, 'numbers'), table);
  if (!ui.get('hide').includes('numbers')) ui.side.append(box);
};
// An R-hat above 1.1 says that the chains have not met, and energies that are no numbers that they are lost
const chainBad = (name, v) => {
  return name[0] === 'R' ? v.some(r => !(r <= 1.1)) : typeof v === 'number' && !Number.isFinite(v);
};
const chainTell = st => chainNumbers(st).forEach(([name, a, b], i) => {
  st.cells[i][0].textContent = chainSay(a);
  st.cells[i][0].classList.toggle('c-alarm', chainBad(name, a));
  st.cells[i][1].textContent = b == null ? '' : fmt(b);
});

// ---- pointer: hover links the views, click puts or picks, drag moves ----
const chainNear = (st, x, y, reach) => {
  const s = st.back?.s, v = st.ch.x, far = i => (s.sx(v[2 * i]) - x) ** 2 + (s.sy(v[2 * i + 1]) - y) ** 2;
  return s ? cheapest(st.ch.n, far, reach * reach) : -1;
};
// Marks a chain or a mode in every view
const chainPoint = (st, ui, k, i) => {
  if (st[k] === i) return;
  st[k] = i;
  ui.dirty();
};
const chainMoved = (st, ui, i) => {
  if (i === 'start') { ui.set('point', st.from.point); ui.act.reset(); }
  else if (ui.engine() === 'kernel') ui.send({cmd: 'place', i, at: Array.from(st.ch.x.subarray(2 * i, 2 * i + 2))});
  ui.dirty();
};
// By keys: the chain that n picked, else the start of all where that is a point
const chainNudge = (st, ui, dx, dy) => {
  if (ui.engine() === 'replay') return;
  const one = st.picked >= 0 && st.picked < st.ch.n, w = (st.s.high - st.s.low) / 40;
  const i = one ? st.picked : st.s.start === 'point' ? 'start' : (st.picked = 0);
  const [x, y] = i === 'start' ? st.from.point : st.ch.x.subarray(2 * i, 2 * i + 2);
  chainMove(st, i, x + dx * w, y + dy * w);
  chainMoved(st, ui, i);
};
const chainGrab = (st, ui, x, y) => {
  const near = chainNear(st, x, y, 9), live = ui.engine() !== 'replay', [px, py] = st.from.point, {s} = st.back;
  const start = live && st.s.start === 'point' && Math.hypot(s.sx(px) - x, s.sy(py) - y) < 13;
  const picked = st.picked >= 0 && st.picked < st.ch.n ? st.picked : 0;
  st.drag = start ? 'start' : near >= 0 ? near : picked;
  if (!start) st.picked = st.drag;
  if (live && (near < 0 || start)) chainMove(st, st.drag, s.ix(x), s.iy(y));
  ui.dirty();
};
const chainMapPointer = (st, ui) => ui.pointer(st.map, {
  grabs: (x, y) => chainNear(st, x, y, 22) >= 0,
  down: (x, y) => chainGrab(st, ui, x, y),
  move(x, y) {
    if (st.drag == null || ui.engine() === 'replay') return chainPoint(st, ui, 'hover', chainNear(st, x, y, 12));
    chainMove(st, st.drag, st.back.s.ix(x), st.back.s.iy(y));
    ui.dirty();
  },
  up() {
    if (st.drag == null) return;
    const i = st.drag;
    st.drag = null;
    chainMoved(st, ui, i);
  },
  leave: () => chainPoint(st, ui, 'hover', -1),
});
const chainPointers = (st, ui) => {
  const leave = () => { chainPoint(st, ui, 'hover', -1); chainPoint(st, ui, 'mode', -1); };
  const at = (name, pick) => (x, y) => st.at[name] && pick(st.at[name], x, y);
  const link = (name, pick) => ui.pointer(st.panels[name], {move: at(name, pick), leave});
  const hover = f => chainPoint(st, ui, 'hover', cheapest(st.ch.n, i => Math.abs(f(i))));
  chainMapPointer(st, ui);
  link('energy', (s, x, y) => hover(i => refresh(st.ch, st.field).e[i] - s.iy(y)));
  link('x', (s, x) => hover(i => st.ch.x[2 * i] - s.ix(x)));
  link('y', (s, x) => hover(i => st.ch.x[2 * i + 1] - s.ix(x)));
  if (st.panels.modes) link('modes', (s, x) => {
    const m = Math.round(s.ix(x));
    chainPoint(st, ui, 'mode', m >= 0 && m < st.modes.length / 2 ? m : -1);
  });
};

// ---- settings ----
const chainSamplerControls = ui => {
  const is = (...names) => () => names.includes(ui.get('sampler'));
  return ui.controls([
    {trait: 'sampler', label: 'sampler', kind: 'select', options: choices('sampler')},
    {trait: 'step_size', label: 'step size λ', kind: 'log', values: STEP_SIZES,
      help: 'x − λ∇E + noise; HMC takes leapfrog steps of √(2λT)'},
    {trait: 'noise', label: 'noise', kind: 'range', min: 0, max: 2, step: .05, show: is('ULA', CD),
      help: '1 is the Langevin value √(2λT); for CD as the paper runs it a tenth of that'},
    {trait: 'n_leapfrog', label: 'leapfrog', kind: 'range', min: 1, max: 20, step: 1, show: is('HMC'),
      help: 'leapfrog steps of one step'},
    {trait: 'temperature', label: 'temperature', kind: 'log', values: HEATS,
      help: 'chains and exact density are those of exp(−E/T)'},
  ], {label: 'sampler'});
};
const chainStartControls = ui => {
  const starts = {point: 'a point: drag it', buffer: 'replay buffer'};
  const augments = {none: 'nothing', data: 'jump to data', rotate: 'turn about the middle', perturb: 'Gaussian push'};
  return ui.controls([
    {trait: 'n_chains', label: 'chains', kind: 'log', values: [1, 3, 10, 30, 100, 300, 1000, 3000, 10000]},
    {trait: 'start', label: 'start', kind: 'select', options: choices('start', starts)},
    {trait: 'restart', label: 'restart', kind: 'range', min: 0, max: .1, step: .005,
      help: 'probability per step that a chain starts again'},
    {trait: 'augment', label: 'augment', kind: 'select', options: choices('augment', augments),
      help: 'moves between steps, as a replay buffer augments its chains; not exact'},
    {trait: 'augment_rate', label: '… rate', kind: 'range', min: 0, max: .2, step: .005,
      show: () => ui.get('augment') !== 'none', help: 'probability per chain and step'},
    {trait: 'weighted', label: 'weights', kind: 'check',
      help: 'the energy grows from nothing, and each chain carries what it is worth; with MALA or HMC, from noise'},
    {trait: 'anneal', label: '… steps', kind: 'log', values: [20, 50, 100, 200, 500, 1000],
      show: () => ui.get('weighted'), help: 'in which the energy grows to all of it'},
  ], {label: 'start'});
};
const chainLegend = (st, ui) => {
  const box = `[${fmt(st.field.low)}, ${fmt(st.field.high)}]²`, engine = ui.engine();
  const map = 'Dark: low energy, likely; lines ½, 1, 2, 4 … T above the lowest.';
  if (engine === 'replay') return `${map} A recording: ${ui.get('alt')}.`;
  const who = engine === 'kernel' ? ' The kernel computes every step.'
    : ` The page computes, on a cubic spline through ${st.field.n} × ${st.field.n} energies.`;
  return `${map} Click puts a chain there, drag or Shift with arrow keys moves it, n picks the next. Chains stay in `
    + `${box}: MALA and HMC refuse to leave, the others are put back on the edge.${who}${chainDoubt(st, ui)}`;
};
const chainSide = (st, ui) => {
  const groups = [chainSamplerControls(ui), chainStartControls(ui)], legend = make('div', {class: 'c-fine'});
  const layers = {contours: 'contours', trails: 'trails', arrows: '−∇E', modes: 'modes', data: 'data'};
  ui.layers(Object.entries(layers).filter(([k]) => k !== 'modes' || st.modes.length > 2));
  chainAddNumbers(st, ui);
  ui.side.append(legend);
  st.sync = () => {
    for (const g of groups) g.hidden = ui.engine() === 'replay';
    legend.textContent = chainLegend(st, ui);
  };
  ui.on('engine', st.sync); st.sync();
};

// ---- layout ----
const chainLayout = (st, ui) => {
  Object.assign(ui.stage.style, {display: 'grid', alignItems: 'start'});
  const whole = {width: 420, height: 420, grow: true, focus: true, main: true, scale: true};
  st.map = ui.panel('map', {label: 'energy map and chains', ...whole});
  const shown = Object.entries(CHAIN_PANELS).filter(([k]) => k !== 'modes' || st.modes.length > 2);
  const named = label => label.replace(/^energy/, chainEnergy(st));
  const add = (k, label) => ui.panel(k, {label: named(label), width: 205, height: 122, grow: true});
  st.panels = Object.fromEntries(shown.map(([k, label]) => [k, add(k, label)]));
  st.weights = ui.panel('weights', {label: 'weights', width: 205, height: 122, grow: true});
  for (const p of [st.map, ...Object.values(st.panels)]) {
    p.caption.style.cssText = 'white-space:nowrap;overflow:hidden;text-overflow:ellipsis';
    p.caption.title = p.label;
  }
  ui.fit(width => chainFit(st, ui, width));
};
// The map as large as there is room, the charts in columns beside it, or below it where they do not fit
const chainFit = (st, ui, width) => {
  const charts = ui.get('lecture') ? [] : ui.panels.filter(p => p !== st.map && p.box.isConnected), n = charts.length;
  const {map, columns} = n ? besideMap(ui, width, n) : {map: Math.min(ui.tall, width), columns: 0};
  const rows = columns > 1 ? Math.ceil(n / columns) : 3, below = Math.max(1, Math.floor(width / (15 * TYPE * ui.type)));
  // with room for one column three charts stand beside the map, and the others below all
  const [template, area] = columns > 1 ? [`${map}px repeat(${columns}, minmax(0, 1fr))`, `span ${rows} / span 1`]
    : columns ? ['repeat(3, minmax(0, 1fr))', 'span 3 / span 2']
    : [`repeat(${n ? below : 1}, minmax(0, 1fr))`, '1 / 1 / auto / -1'];
  ui.stage.style.gridTemplateColumns = template;
  st.map.box.style.gridArea = area;
  st.map.canvas.style.height = `${map}px`;
  for (const p of charts) p.canvas.style.height = columns ? `${chartHeight(ui, map, rows)}px` : `${122 / TYPE}em`;
};

// ---- the view ----
const chainSettle = (st, ui) => {
  const T = st.s.temperature;
  st.s = chainSettings(ui);
  st.part = 0;
  if (T !== st.s.temperature) { chainTruth(st); st.sync(); }
  chainForget(st, st.step);
  ui.dirty();
};
const chainListen = (st, ui) => {
  const at_once = ['sampler', 'step_size', 'temperature', 'noise', 'n_leapfrog', 'augment', 'augment_rate', 'restart'];
  ui.on(at_once, () => chainSettle(st, ui));
  ui.marks([...at_once, 'weighted', 'anneal']);
  ui.on(['n_chains', 'start', 'seed', 'weighted', 'anneal'], () => { chainSettle(st, ui); ui.act.reset(); });
  ui.on(['temperature', 'sampler'], () => { if (ui.get('weighted')) ui.act.reset(); });
  ui.on('point', () => { if (st.drag == null) { st.from.point = ui.get('point'); ui.dirty(); } });
  ui.on(['field', 'frames_data', 'engine'], () => { chainField(st, ui); ui.act.reset(); });
};
const chainKeys = (st, ui) => ({
  n() { st.picked = (st.picked + 1) % st.ch.n; ui.dirty(); },
  ShiftArrowLeft: () => chainNudge(st, ui, -1, 0), ShiftArrowRight: () => chainNudge(st, ui, 1, 0),
  ShiftArrowUp: () => chainNudge(st, ui, 0, 1), ShiftArrowDown: () => chainNudge(st, ui, 0, -1),
});
const CHAIN_KEYS = {n: 'pick the next chain', ...Object.fromEntries(['Left', 'Right', 'Up', 'Down'].map(k => {
  return [`ShiftArrow${k}`, 'move the chain that is picked, or the start'];
}))};
const chainSubstep = (st, ui) => {
  if (ui.engine() === 'browser' && !st.w) return chainStage(st, ui);
  chainAdvance(st, ui, 1);
  return st.w ? weightsCaption(st) : 'the kernel makes whole steps';
};
const chainDraw = (st, ui) => {
  chainWork(st, ui, () => chainTell(st));
  chainDrawMap(st, ui);
  chainDrawCharts(st, ui.playing());
  weightsDraw(st, ui);
  if (!ui.playing()) chainTell(st);
};
// s: the settings; hover, picked: chains that are marked, mode: a mode, -1 for none; drag: what the pointer holds;
// turn: the chart to draw next; worked: when numbers that take time were last begun; at: scales of the charts;
// step, shown: of the chains, and the frame of a recording
const chainState = ui => ({
  s: chainSettings(ui), hover: -1, picked: -1, mode: -1, drag: null, turn: 0, worked: -1e9, at: {}, step: 0, shown: -1,
});
const chains = ui => {
  const st = chainState(ui);
  chainField(st, ui);
  chainClear(st);
  chainFormula(st, ui);
  lessonSteps(ui);
  chainLayout(st, ui);
  chainSide(st, ui);
  chainListen(st, ui);
  chainPointers(st, ui);
  return {
    keys: chainKeys(st, ui), keyWords: CHAIN_KEYS,
    connected() { st.sync(); if (ui.engine() === 'kernel') chainAsk(st, ui); },
    alone: () => st.sync(),
    reset: () => chainReset(st, ui),
    advance: n => chainAdvance(st, ui, n),
    substep: () => chainSubstep(st, ui),
    seek(i) { if (st.frames) chainSeek(st, ui, i); },
    draw: () => chainDraw(st, ui),
    receive: (content, buffers) => chainReceive(st, ui, content, buffers),
    status: () => chainStatus(st),
    where: () => `step ${st.step}`,
    table: () => chainTable(st),
  };
};
