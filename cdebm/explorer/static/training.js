// A training as it happens: the view. Rows of the history come as messages while it runs, and lie in traits when not.
// needs: elements, lesson, training_state, training_charts, fit

// ---- buttons and progress ----
const trainOrder = (ui, cmd) => ui.send({cmd});
const trainHead = (st, ui) => {
  const button = (text, onclick, more = {}) => make('button', {type: 'button', onclick, ...more}, text);
  st.start = button('▶ Start', () => trainOrder(ui, 'start'), {class: 'c-go'});
  st.hold = button('❚❚ Pause', () => trainOrder(ui, ui.get('status') === 'paused' ? 'resume' : 'pause'));
  st.stop = button('■ Stop', () => { st.words.textContent = TRAIN_WORDS.stopping; trainOrder(ui, 'stop'); });
  st.progress = make('progress', {max: 1, value: 0, 'aria-label': 'training', style: 'flex:0 1 220px'});
  st.words = make('span', {class: 'c-at', style: 'flex:1'});
  st.head = make('div', {class: 'c-bar c-train', role: 'toolbar', 'aria-label': 'training'},
    st.start, st.hold, st.stop, st.progress, st.words);
  st.replayBar = ui.root.querySelector('.c-bar');
  st.head.append(...st.replayBar.querySelectorAll('.c-save, .c-link, .c-big, .c-help'));
  ui.root.prepend(st.head);
};
const trainProgress = (st, ui) => {
  const [status, at, until, rate] = ['status', 'at', 'until', 'rate'].map(ui.get), on = trainRunning(ui);
  st.progress.value = until > 0 ? at / until : 0;
  const known = on && status === 'running' && rate > 0;
  const left = known ? `, ${fmt(rate)} steps/s, ${trainTime((until - at) / rate)} left` : '';
  const what = trainBegun(ui) && !on ? 'saved while it trained' : TRAIN_WORDS[status];
  st.words.textContent = `${what}: step ${at}${until ? ` of ${until}` : ''}${left}`;
};
const trainButtons = (st, ui) => {
  const status = ui.get('status'), on = trainRunning(ui), kernel = ui.hasKernel();
  const more = ui.get('at') > ui.get('first');
  st.start.textContent = status === 'stopped' || (more && status !== 'done' && !on) ? '▶ Go on' : '▶ Start';
  st.start.disabled = !kernel || on;
  st.stop.disabled = !kernel || !on || status === 'stopping';
  st.hold.disabled = !kernel || !['running', 'paused'].includes(status);
  st.hold.textContent = status === 'paused' ? '▶ Resume' : '❚❚ Pause';
  st.hold.setAttribute('aria-pressed', status === 'paused');
  st.head.title = kernel ? '' : 'the buttons need a running kernel';
  if (document.activeElement?.disabled) (on ? st.hold : st.start).focus();     // the keyboard stays where it was
  st.replayBar.hidden = on || ui.get('n_frames') < 2;
};
const trainTell = (st, ui) => {
  trainProgress(st, ui);
  trainButtons(st, ui);
  ui.dirty();
};
const trainLog = (st, ui) => {
  const list = ui.get('notes').slice(-8);
  st.notes.replaceChildren(...list.map(n => make('li', {}, `step ${n.step}: ${n.text}`)));
};

// ---- layout and settings ----
const trainLayout = (st, ui) => {
  const chart = (name, label) => ui.panel(name, {label, width: 330, height: 220, grow: true});
  const plane = ui.get('kind') === 'plane';
  st.samples = ui.panel('samples', {label: 'samples', width: 260, height: 260, grow: true, main: true, scale: plane});
  st.terms = chart('terms', 'terms of the loss');
  st.terms.box.classList.remove('c-second');     // a lecture keeps it
  const [low, high] = [QUANTILES[0], QUANTILES.at(-1)].map(q => Math.round(100 * q));
  st.energies = chart('energies', `energies of data and samples, ${low} to ${high} %`);
  st.gradient = chart('gradient', 'norm of the gradient');
  Object.assign(ui.stage.style, {display: 'grid', alignItems: 'start'});
  ui.fit(width => trainFit(st, ui, width));
};
// The samples as large as there is room, the charts beside them one below the other; or all in one column
const trainFit = (st, ui, width) => {
  const charts = ui.get('lecture') ? [st.terms] : [st.terms, st.energies, st.gradient];
  const {map, columns} = besideMap(ui, width, 1, 20), n = charts.length;
  ui.stage.style.gridTemplateColumns = columns ? `${map}px minmax(0, 1fr)` : 'minmax(0, 1fr)';
  st.samples.box.style.gridRow = columns ? `span ${n}` : 'auto';
  st.samples.canvas.style.height = `${map}px`;
  for (const p of charts) p.canvas.style.height = columns ? `${chartHeight(ui, map, n)}px` : `${220 / TYPE}em`;
};
const trainSide = (st, ui) => {
  ui.layers(Object.keys(TRAIN_TERMS).map(k => [k, k]));
  ui.controls([
    {trait: 'smoothing', label: 'smoothing', kind: 'log', values: TRAITS.smoothing.choices,
      help: 'rows to average over'},
    {trait: 'every', label: 'look every', kind: 'log', values: [.1, .2, .5, 1, 2, 5, 10, 60],
      format: v => `${fmt(v)} s`, help: 'time between two looks at the samples'},
    {trait: 'log_scale', label: '|gap| in logs', kind: 'check',
      help: 'size of the gap on a log scale: a training that diverges is a rising line'},
  ]);
  st.notes = make('ul', {class: 'c-log', 'aria-label': 'messages', style: 'margin:0;padding-left:16px'});
  ui.side.append(st.notes);
};
const trainListen = (st, ui) => {
  ui.on(['smoothing', 'log_scale', 'layers', 'theme'], ui.dirty);
  ui.marks(['every']);
  ui.on(['status', 'at', 'until', 'rate', 'n_frames'], () => trainTell(st, ui));
  ui.on('notes', () => trainLog(st, ui));
  ui.on(['rows', 'look_steps', 'n_frames'], () => { trainStored(st, ui); ui.dirty(); });
  ui.on('norms', () => { trainNorms(st, ui); ui.dirty(); });
};

// ---- the view ----
const trainSpace = (st, ui) => {
  if (!ui.hasKernel() || ui.get('status') === 'done') return ui.act.play();
  (trainRunning(ui) ? st.hold : st.start).click();
};
// A step of the lesson plays what there is, or begins to train
const trainStep = (st, ui) => {
  if (!ui.hasKernel() || !trainRunning(ui)) trainSpace(st, ui);
};
// No kernel: what was trained is played
const trainAlone = (st, ui) => {
  if (ui.get('engine') === 'kernel') ui.model.set('engine', 'replay');
  if (st.looks.length && !ui.get('n_frames')) {
    ui.model.set('n_frames', st.looks.length);
    ui.act.seek(st.looks.length - 1);
  }
  trainTell(st, ui);
  if (ui.get('status') === 'idle') ui.note('start it from a notebook: this page has no kernel');
};
const trainTable = (st, ui) => {
  const every = Math.ceil(st.rows.length / 12);
  return {columns: ui.get('columns'), rows: st.rows.filter((_, i) => i % every === 0).map(r => [...r])};
};
// In a recording, the numbers of the step that is shown
const trainStatus = (st, ui) => {
  const look = trainLook(st, ui), at = isReplay(ui) && !st.live && look ? look.step : Infinity;
  const row = st.rows.findLast(r => r[0] <= at), names = ui.get('columns');
  if (!row || at === Infinity) return ui.get('alt');
  const say = (k, words) => names.includes(k) ? `, ${words} ${fmt(row[names.indexOf(k)])}` : '';
  return `step ${row[0]}${say('gap', 'energy gap')}${say('opt', 'opt')}${say('entropy', 'entropy')}`
    + say('grad_norm', 'norm of the gradient');
};
const dashboard = ui => {
  const st = {rows: [], bands: [], norms: [], looks: [], live: null};
  trainHead(st, ui);
  lessonSteps(ui, () => trainStep(st, ui));
  trainLayout(st, ui);
  trainSide(st, ui);
  trainListen(st, ui);
  trainStored(st, ui);
  trainLog(st, ui);
  const tell = () => trainTell(st, ui);
  return {
    seeded: false, fps: 8, reset: tell, connected: tell,
    receive: (content, buffers) => trainReceive(st, ui, content, buffers),
    keys: {' ': () => trainSpace(st, ui)},
    alone: () => trainAlone(st, ui),
    seek() { st.live = null; },
    goTo: step => goTo(ui, st.looks, step),
    where() { const look = trainLook(st, ui); return look ? `look at step ${look.step}` : ''; },
    draw: () => trainDraw(st, ui),
    status: () => trainStatus(st, ui),
    table: () => trainTable(st, ui),
  };
};
