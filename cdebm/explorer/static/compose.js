// Energies combined by AND, OR, NOT and weights: parts and result side by side, chains of the result on all of them.
// needs: elements, controls, fit, lesson, compose_algebra, compose_state, compose_draw

// ---- layout: the result beside the parts, two a row, the energies below all; below each other where it is narrow ----
const composeFit = (st, ui, width, narrow) => {
  const big = narrow ? width : Math.min(ui.tall, Math.round(.52 * width)), gap = 8;
  const caption = 1.6 * TYPE * ui.type, beside = (width - big - 2 * gap) / 2, rows = Math.ceil(st.panels.length / 2);
  const small = narrow ? (width - gap) / 2 : Math.min(beside, (big - (rows - 1) * (caption + gap)) / rows);
  ui.stage.style.gridTemplateColumns = narrow ? 'minmax(0, 1fr)' : `${big}px minmax(0, 1fr)`;
  st.beside.style.order = narrow ? 2 : 0;
  st.map.canvas.style.height = `${big}px`;
  for (const p of st.panels) p.canvas.style.height = `${Math.round(small)}px`;
};
const composeLayout = (st, ui) => {
  Object.assign(ui.stage.style, {display: 'grid', alignItems: 'start'});
  const add = (name, label, more) => ui.panel(name, {label, width: 180, height: 180, grow: true, ...more});
  st.map = add('result', 'the result', {height: 420, main: true, scale: true});
  st.panels = st.parts.map((_, i) => add(`part ${PART_NAMES[i]}`, st.names[i]));
  st.chart = add('energies', 'mean energy of the chains by each part; dotted: exact', {height: 150});
  for (const p of st.panels) p.box.classList.remove('c-second');     // a lecture keeps them
  const style = 'display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:8px';
  st.chart.box.style.gridColumn = '1 / -1';
  st.beside = make('div', {style}, ...st.panels.map(p => p.box).filter(box => box.parentNode));
  st.chart.box.before(st.beside);
  st.alarm = make('div', {class: 'c-error', role: 'status', hidden: true});
  ui.root.querySelector('.c-body').before(st.alarm);
  ui.fit((width, narrow) => composeFit(st, ui, width, narrow));
};

// ---- settings ----
const composePartControls = (st, ui) => composeTraits(st.parts.length).forEach(([op, weight], i) => {
  const name = PART_NAMES[i], on = () => ui.get(op) !== 'off';
  const group = ui.controls([
    {trait: op, label: name, kind: 'buttons', options: choices(op)},
    {trait: weight, label: `weight of ${name}`, kind: 'range', min: .1, max: 3, step: .1, show: on,
      help: 'of AND and OR: a factor on the energy, above 1 sharper; of NOT: how much of it is taken off'},
  ], {label: `part ${name}`});
  for (const label of group.querySelectorAll('.c-buttons .c-name')) label.style.flexBasis = '14px';
});
const composeControls = (st, ui) => {
  composePartControls(st, ui);
  ui.controls([
    {trait: 'sampler', label: 'sampler', kind: 'select', options: choices('sampler')},
    {trait: 'step_size', label: 'step λ', kind: 'log', values: ui.get('step_sizes'),
      help: 'fits one part; it is divided by the sum of the weights’ sizes, since a sum is steeper'},
    {trait: 'temperature', label: 'temperature', kind: 'log', values: CONSTANTS.HEATS,
      help: 'chains and exact density are those of exp(−E/T)'},
    {trait: 'n_chains', label: 'chains', kind: 'log', values: [100, 300, 500, 1000, 2000]},
  ], {label: 'chains'});
  const words = 'AND adds energies, OR takes −log of the sum of e⁻ᴱ, NOT takes an energy off. Parts come in from A '
    + 'on. The dots on all maps are the same chains, those of the result. Keys 1 to 4 change a part.';
  ui.side.append(make('div', {class: 'c-fine'}, `${words} ${ui.get('runs')}`));
};
const composeNext = (st, ui, i) => {
  const [[trait]] = composeTraits(st.parts.length).slice(i), all = TRAITS[trait].choices;
  ui.set(trait, all[(all.indexOf(ui.get(trait)) + 1) % all.length]);
};

// ---- the view ----
const composeListen = (st, ui) => {
  const changing = [...composeTraits(st.parts.length).flat(), 'step_size', 'temperature', 'sampler'];
  ui.on(changing, () => { st.stale = true; ui.dirty(); });
  ui.on(['n_chains', 'seed'], () => ui.act.reset());
};
const composeFresh = (st, ui) => {
  if (!st.stale) return;
  st.stale = false;
  composeSettle(st, ui);
  composeAgain(st, ui);
};
const composition = ui => {
  const st = ui.composition = composeState(ui);
  lessonHead(ui);
  lessonSteps(ui);
  composeLayout(st, ui);
  composeControls(st, ui);
  composeListen(st, ui);
  st.stale = true;
  return {
    keys: Object.fromEntries(st.parts.map((_, i) => [String(i + 1), () => composeNext(st, ui, i)])),
    keyWords: Object.fromEntries(st.parts.map((_, i) => [i + 1, `part ${PART_NAMES[i]}: AND, OR, NOT, off`])),
    reset() { composeFresh(st, ui); composeReset(st, ui); },
    advance(n) { composeFresh(st, ui); composeAdvance(st, ui, n); },
    draw() { composeFresh(st, ui); composeDraw(st); },
    status: () => composeStatus(st),
    table: () => composeTable(st),
  };
};
