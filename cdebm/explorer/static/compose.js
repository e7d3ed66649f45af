// Energies combined by AND, OR, NOT and weights: parts and result side by side, chains of the result on all of them.
// needs: elements, controls, lesson, compose_algebra, compose_state, compose_draw

// ---- layout: the result and its energies beside the parts, two a row; below each other where it is narrow ----
const composeFit = (st, ui) => {
  const w = ui.stage.clientWidth, wide = w > 560, big = wide ? Math.round(Math.min(w * .5, 620)) : w;
  const two = 'minmax(0,1fr) minmax(0,1fr)', small = Math.round((wide ? w - big - 16 : w - 8) / 2);
  ui.stage.style.gridTemplateColumns = wide ? `${big}px ${two}` : two;
  Object.assign(st.left.style, {gridColumn: wide ? '1' : '1 / -1', gridRow: wide ? '1 / span 3' : 'auto'});
  st.map.canvas.style.height = `${big}px`;
  for (const p of st.panels) p.canvas.style.height = `${small}px`;
  st.chart.canvas.style.height = '150px';
  ui.side.style.flex = wide ? '' : '1 1 250px';
  ui.dirty();
};
const composeLayout = (st, ui) => {
  Object.assign(ui.stage.style, {display: 'grid', alignItems: 'start'});
  const add = (name, label, size) => ui.panel(name, {label, width: size, height: size, grow: true});
  st.map = add('result', 'the result', 420);
  st.chart = add('energies', 'mean energy of the chains by each part; dotted: exact', 150);
  st.panels = st.parts.map((_, i) => add(`part ${PART_NAMES[i]}`, st.names[i], 180));
  st.left = make('div', {}, st.map.box, st.chart.box);
  ui.stage.prepend(st.left);
  st.alarm = make('div', {class: 'c-error', role: 'status', hidden: true});
  ui.root.querySelector('.c-body').before(st.alarm);
  onResize(ui, ui.stage, () => composeFit(st, ui));
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
  ui.on([...composeTraits(st.parts.length).flat(), 'step_size', 'sampler'], () => { st.stale = true; ui.dirty(); });
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
  lessonSteps(ui, () => { if (!ui.reduced()) ui.set('playing', true); });
  composeLayout(st, ui);
  composeControls(st, ui);
  composeListen(st, ui);
  st.stale = true;
  return {
    keys: Object.fromEntries(st.parts.map((_, i) => [String(i + 1), () => composeNext(st, ui, i)])),
    reset() { composeFresh(st, ui); composeReset(st, ui); },
    advance(n) { composeFresh(st, ui); composeAdvance(st, ui, n); },
    draw() { composeFresh(st, ui); composeDraw(st); },
    status: () => composeStatus(st),
    table: () => composeTable(st),
  };
};
