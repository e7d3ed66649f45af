// A replay buffer and the lives of its samples: where each came from and how long its walk was. The view.
// needs: elements, controls, lesson, inspect_state, inspect_draw

const inspectLayout = (st, ui) => {
  Object.assign(ui.stage.style, {display: 'grid', alignItems: 'start'});
  const what = st.flat ? 'the buffer on the energy: faint: all, white: those whose life is known'
    : `${st.lives.length} samples of the buffer${st.recorded ? ' whose life is known' : ''}`;
  const add = (name, label, height, more) => ui.panel(name, {label, width: 380, height, grow: true, ...more});
  st.store = add('buffer', what, 420, {focus: true, main: true, scale: st.flat});
  st.energies = add('energy', 'its energy after each draw, of the model then; triangles: augmentation', 190);
  st.strip = st.flat ? null : add('pictures', 'its picture after so many draws', 96);
  st.ages = add('draws', 'share of the whole buffer by draws; dashed: expected of restarts alone', 170);
  for (const p of [st.energies, st.strip]) p?.box.classList.remove('c-second');     // a lecture keeps them
  ui.fit((width, narrow) => {
    const big = narrow ? width : Math.min(ui.tall, Math.round(.5 * width));
    ui.stage.style.gridTemplateColumns = narrow ? 'minmax(0, 1fr)' : `${big}px minmax(0, 1fr)`;
    st.store.box.style.gridRow = narrow ? 'auto' : '1 / span 4';
    st.store.canvas.style.height = `${big}px`;
  });
};
const inspectGo = (st, ui, i) => {
  if (i < 0) return;
  ui.t = 0;
  ui.set('slot', st.lives[i].slot); ui.set('pick', 'slot');
  ui.dirty();
};
const inspectStep = (st, ui, by) => {
  const n = st.order.length, at = st.order.indexOf(inspectPicked(st, ui));
  if (n) inspectGo(st, ui, st.order[(at + by + n) % n]);
};
const inspectControls = (st, ui) => {
  const picks = {oldest: 'most draws', newest: 'fewest draws', lowest: 'lowest energy', highest: 'highest energy',
    changed: 'changed most often', typical: 'in the middle', slot: 'by a click'};
  ui.controls([
    {trait: 'pick', label: 'sample', kind: 'select', options: choices('pick', picks)},
    {trait: 'sort', label: 'order', kind: 'buttons', options: choices('sort'), show: () => !st.flat},
  ], {label: 'sample'});
  const keys = 'Click a sample, or n and b for the next and the one before. Play goes through its life.';
  ui.side.append(make('div', {class: 'c-fine'}, keys), make('div', {class: 'c-fine'}, ui.get('runs')));
};
const inspectListen = (st, ui) => {
  const order = () => { st.order = inspectOrder(st, ui); ui.dirty(); };
  ui.on('sort', order); order();
  ui.on(['pick', 'slot'], ui.dirty);
  ui.pointer(st.store, {
    down: (x, y) => inspectGo(st, ui, inspectNear(st, x, y)),
    move: (x, y) => { const i = inspectNear(st, x, y); if (i !== st.hover) { st.hover = i; ui.dirty(); } },
    leave: () => { st.hover = -1; ui.dirty(); },
  });
};
const inspectAdvance = (st, ui, n) => {
  const life = st.lives[inspectPicked(st, ui)];
  ui.t = Math.min(life?.draws ?? 0, ui.t + n);
  if (ui.playing() && ui.t >= (life?.draws ?? 0)) ui.set('playing', false);
};
const inspector = ui => {
  const st = ui.inspector = inspectState(ui);
  lessonHead(ui);
  lessonSteps(ui, () => { if (st.lives.length) ui.act.play(); });
  inspectLayout(st, ui);
  inspectControls(st, ui);
  inspectListen(st, ui);
  return {
    keys: {n: () => inspectStep(st, ui, 1), b: () => inspectStep(st, ui, -1)},
    keyWords: {n: 'the next sample', b: 'the sample before'},
    fps: 8, seeded: false, reset: ui.dirty,
    advance: n => inspectAdvance(st, ui, n),
    draw: () => inspectDraw(st, ui),
    status: () => inspectStatus(st, ui),
    where: () => `draw ${ui.t}`,
    table: () => inspectTable(st),
  };
};
