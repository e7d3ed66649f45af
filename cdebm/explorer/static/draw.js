// A sheet to paint a density on, and what learns it: the view.
// needs: elements, fit, charts, reads, maps, controls, lesson, draw_paint, draw_state, draw_engines, draw_sheet

// ---- pictures beside the sheet ----
const DRAW_MARGIN = [8, 16, 18, 50], DRAW_LINES = OUTLINED;
const drawMap = (st, ui) => {
  const p = st.map, {ctx} = p, s = mapScales(p, st.box, 1), image = drawEnergyImage(st, ui), on = ui.get('layers');
  const m = drawMoment(st, ui), node = (st.high - st.low) / (PAINT_NODES - 1);
  chartClear(p);
  if (image) drawHeat(p, s, image);
  else chartLabel(p, p.w / 2, p.h / 2, 'nothing is painted yet', p.colors.muted, 'center');
  mapFrame(p, s);
  if (on.truth) for (const look of DRAW_LINES) drawContours(st, ui).forEach((line, i) => {
    const [color, width] = look;     // the inner one is thicker
    strokes(ctx, [[color, width * (i ? 1.3 : .8)]], () => contourPath(ctx, s, line, st.low, node));
  });
  if (on.chains) drawPoints(p, s, m ? m.x : image ? st.ch.x : [], {r: 2.3});
};
const drawSpan = ts => [0, Math.max(10, ts.at(-1) ?? 0)];
const drawCursor = (st, ui, p, s) => {
  if (ui.engine() === 'replay') chartCursor(p, s, drawMoment(st, ui)?.step ?? 0);
};
const drawGap = (st, ui) => {
  const p = st.gap, c = p.colors, {own, ts, e, exact} = drawCurves(st, ui);
  const late = own ? e.slice(Math.floor(e.length / 12)) : e, y = ts.length ? axisRange([late, exact]) : [-1, 1];
  if (!ts.length) return chartSays(p, own ? 'press Play: energies over steps' : 'press Train: energy gap over steps');
  const s = chartAxes(p, {x: drawSpan(ts), y, margin: DRAW_MARGIN});
  const level = {color: c.fg, dash: [5, 4], width: 1.2};
  if (own) chartLine(p, s, ts, exact, {...level, says: 'exact'}); else chartLevel(p, s, 0, level);
  chartLine(p, s, ts, e, {...lookOf(p, own ? 'chains' : 'cd'), width: 1.8, says: own ? 'chains' : 'energy gap'});
  chartChanges(p, s);
  chartWaits(p, s, ts.length, `press ${DRAW_ENGINES[ui.engine()].play}`);
  drawCursor(st, ui, p, s);
  if (ts.length) chartLabel(p, s.x1 - 3, s.y1 + 7, own ? 'dashed: exact' : 'dashed: equal', c.fg, 'right');
};
const drawFar = (st, ui) => {
  const {own, ts, kl, tv, expected} = drawCurves(st, ui);
  if (!ts.length) return chartSays(st.far, `press ${own ? 'Play' : 'Train'}: how far from the painting, over steps`);
  const s = chartDistances(st.far, {x: drawSpan(ts), ts, kl, tv, exact: expected, margin: DRAW_MARGIN});
  chartChanges(st.far, s);
  chartWaits(st.far, s, ts.length, `press ${DRAW_ENGINES[ui.engine()].play}`);
  drawCursor(st, ui, st.far, s);
};
const drawDraw = (st, ui) => {
  st.shown = ui.t;
  drawCaptions(st, ui);
  for (const draw of [sheetDraw, drawMap, drawGap, drawFar]) draw(st, ui);
};

// ---- words ----
const DRAW_STATUS = {idle: 'untrained: press Train', running: 'training', paused: 'paused', stopping: 'stopping',
  stopped: 'stopped', done: 'done: Train goes on', failed: 'failed'};
const drawIslandWords = (st, ui) => {
  const lists = drawIslands(st, ui), say = v => v.map(x => Math.round(100 * x)).join(' : ');
  return lists.length ? `. Weights of the islands, %: ${lists.map(([k, v]) => `${k} ${say(v)}`).join(', ')}` : '';
};
const drawOwnStatus = (st, ui) => {
  const r = st.own.rows.at(-1), e = st.expected;
  if (!st.field) return 'nothing is painted';
  if (!r) return 'chains on the painted energy: press Play';
  return `chains on the painted energy, step ${ui.t}: mean energy ${fmt(r.e)} (exact ${fmt(r.exact)}), KL ${fmt(r.kl)} `
    + `(exact draws ${fmt(e?.kl)}), TV ${fmt(r.tv)} (${fmt(e?.tv)})${drawIslandWords(st, ui)}`;
};
const drawStatus = (st, ui) => {
  if (ui.engine() === 'browser') return drawOwnStatus(st, ui);
  const replay = ui.engine() === 'replay', rows = drawRows(st, ui), at = drawMoment(st, ui)?.step;
  const r = (replay && rows.findLast(r => r[0] <= at)) || rows.at(-1);
  const here = ui.playing() ? 'training in this page' : 'trained in this page';
  const head = replay ? 'recorded training' : ui.engine() === 'page' ? here : DRAW_STATUS[ui.get('status')] ?? '';
  if (!r) return head;
  const [step, gap, kl, tv] = r;
  return `${head}, step ${step}: KL ${fmt(kl)} nats, TV ${fmt(tv)}, energy gap ${fmt(gap)}${drawIslandWords(st, ui)}`;
};

// ---- settings ----
const drawButton = (text, onclick, title) => make('button', {type: 'button', onclick, title}, text);
const drawEngines = (st, ui) => {
  const show = ([k, {name}]) => [k, drawButton(name, () => drawShow(st, ui, k))];
  st.shows = Object.fromEntries(Object.entries(DRAW_ENGINES).map(show));
  st.what = make('div', {class: 'c-fine'});
  const buttons = make('span', {class: 'c-choice'}, ...Object.values(st.shows));
  ui.side.append(make('div', {class: 'c-group', role: 'group', 'aria-label': 'what is shown'}, buttons, st.what));
};
const drawSheetControls = (st, ui) => {
  const pictures = [['', 'your own'], ...Object.keys(ui.get('pictures')).map(k => [k, k])];
  const group = ui.controls([
    {trait: 'picture', label: 'picture', kind: 'select', options: pictures},
    {trait: 'tool', label: 'tool', kind: 'buttons', options: choices('tool')},
    {trait: 'brush', label: 'brush', kind: 'log', values: [.05, .1, .15, .2, .25, .3, .4, .5, .7, 1, 1.5, 2],
      help: 'standard deviation of the brush; keys [ and ]'},
    {trait: 'strength', label: 'strength', ...bounded('strength'), step: .05, help: 'how dense the paint is'},
    {trait: 'mirror', label: 'mirror', kind: 'select',
      options: choices('mirror', {'left-right': 'left and right', four: 'four ways'})},
  ], {label: 'sheet'});
  const undo = drawButton('↶ Undo', () => sheetUndo(st, ui), 'take the last stroke back (z)');
  const clear = drawButton('Clear', () => sheetClear(st, ui), 'an empty sheet');
  group.append(make('div', {class: 'c-choice'}, undo, clear));
};
const drawTrainingControls = (st, ui) => {
  st.settings = ui.controls([
    {trait: 'opt', label: 'opt', kind: 'range', min: 0, max: 2, step: .1,
      help: 'weight of the first half of the KL term'},
    {trait: 'entropy', label: 'entropy', kind: 'range', min: 0, max: 2, step: .05,
      help: 'weight of the second half; both 0: plain CD'},
    {trait: 'rule', label: 'of chains', kind: 'select',
      options: choices('rule', {paper: 'all', gate: 'that overshoot', signed: 'all, each with its sign'}),
      help: 'whose KL term: of all (the paper), or by what the last Langevin step did to each'},
    {trait: 'sampler', label: 'sampler', kind: 'select', options: choices('sampler')},
    {trait: 'jumps', label: 'jumps', kind: 'check',
      help: 'before each step a jump to anywhere in the box is tried, with a test'},
    {trait: 'step_size', label: 'step size λ', kind: 'log', values: [.001, .002, .005, .01, .02, .05, .1, .2, .5]},
    {trait: 'mcmc_steps', label: 'K, steps', kind: 'log', values: [1, 2, 5, 10, 20, 40, 80],
      help: 'steps of each chain before an update'},
    {trait: 'lr', label: 'learning rate', kind: 'log', values: [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2]},
    {trait: 'width', label: 'width *', kind: 'log', values: [8, 16, 32, 64, 128, 256],
      help: 'units of each hidden layer'},
  ], {label: 'training'});
  const later = '* and seed: from the next Reset on; the others act at once';
  st.settings.append(make('div', {class: 'c-later c-fine'}, later));
  ui.layers([['chains', 'chains'], ['truth', 'painted truth: lines around 50 % (thick) and 90 % of it']]);
};

// ---- layout ----
// Sheet and map side by side, the curves below them, or beside both where there is room
const drawFit = (st, ui, w) => {
  const lecture = ui.get('lecture'), wide = w > 1000 && !lecture, curves = [st.gap, st.far];
  const hide = ui.get('hide'), map = Math.min(ui.tall, Math.floor(wide ? (w - 16) / 2.75 : (w - 8) / 2));
  const tall = wide && curves.some(p => !hide.includes(p.name));
  ui.stage.style.gridTemplateColumns = wide ? `${map}px ${map}px minmax(0, 1fr)` : `repeat(2, minmax(0, ${map}px))`;
  for (const p of [st.sheet, st.map]) {
    p.box.style.gridRow = tall ? 'span 2' : 'auto';
    p.canvas.style.height = `${map}px`;
  }
  curves.forEach((p, i) => {
    p.box.style.gridColumn = wide ? '3' : 'auto';
    p.box.style.gridRow = wide ? `${i + 1}` : 'auto';
    p.canvas.style.height = wide ? `${chartHeight(ui, map, 2)}px` : `${150 / TYPE}em`;
  });
};
const drawLayout = (st, ui) => {
  const add = (name, label, height, more) => ui.panel(name, {label, width: 330, height, grow: true, ...more});
  ui.stage.style.display = 'grid';
  st.sheet = add('sheet', 'the sheet', 330, {focus: true, main: true});
  st.map = add('map', 'the landscape', 330, {main: true, scale: true});
  st.sheet.canvas.style.cursor = 'crosshair';
  st.sheet.canvas.setAttribute('aria-description', DRAW_KEYS);
  st.gap = add('gap', 'energy gap', 128);
  st.far = add('far', 'distances', 128);
  ui.fit(w => drawFit(st, ui, w));
  const why = 'end the training after the step in progress, keep everything';
  st.stop = drawButton('■ Stop', () => ui.send({cmd: 'stop'}), why);
  st.stop.className = 'c-stop';
  ui.root.querySelector('.c-play')?.after(st.stop);
};

// ---- the view ----
// pix: the sheet, text: what the trait has of it, version: its age; past: sheets for undo; key: the brush of the keys;
// own: the history of the page's chains; rows, recorded, film, live: those of the training
const drawState = ui => {
  const n = ui.get('n_paint'), low = ui.get('low'), high = ui.get('high');
  return {
    n, low, high, box: [low, high, low, high], pix: new Uint8Array(n * n), version: 0, past: [], key: [n / 2, n / 2],
    stale: true, synced: 0, measured: -1e9, rows: [], recorded: [], film: [], live: null, shown: 0, joining: false,
    here: null, hereRows: [],
  };
};
const drawListen = (st, ui) => {
  ui.on('paint', () => { sheetRead(st, ui); ui.dirty(); });
  ui.on('picture', () => sheetPicture(st, ui));
  ui.on(['curve', 'n_recorded'], () => { drawRecording(st, ui); ui.dirty(); });
  ui.on(['tool', 'brush', 'mirror'], ui.dirty);
  ui.on(['playing', 'status', 'engine', 'n_recorded'], () => drawSync(st, ui));
  pageListen(st, ui);
};
// A step of the lesson trains, in the kernel or, without one, here
const drawStep = (st, ui) => {
  if (!['kernel', 'page'].includes(ui.engine())) drawShow(st, ui, ui.hasKernel() ? 'kernel' : 'page');
  ui.act.play();
};
// A kernel that answers has a network already, which a reset of the page leaves alone
const drawConnected = (st, ui) => {
  st.joining = true;
  queueMicrotask(() => { st.joining = false; });
  drawSync(st, ui);
  ui.send({cmd: 'look'});
};
const drawLinked = (st, ui) => ui.engine() === 'page' && st.crew ? crewLinked(st.crew) : {};
const drawUnlinked = (st, ui) => {
  if (ui.engine() === 'page') return 'link copied, the trained network in it';
  return 'link copied: settings and painting; a network of the kernel, or a recording, is not in it';
};
const drawAlone = (st, ui) => {
  if (ui.get('trained').t != null) return drawShow(st, ui, 'page');
  if (ui.model.standalone && st.film.length && ui.engine() !== 'replay') drawShow(st, ui, 'replay');
  drawSync(st, ui);
};
const drawReset = (st, ui) => {
  const engine = ui.engine();
  if (engine === 'kernel' && !st.joining) ui.send({cmd: 'reset'});
  if (engine === 'browser') ownReset(st, ui);
  if (engine === 'page') pageStart(st, ui);
  drawSync(st, ui);
};
const drawAdvance = (st, ui, n) => {
  if (ui.engine() === 'browser') ownAdvance(st, ui, n);
  else if (ui.engine() === 'page') pageAdvance(st, ui, n);
  else if (ui.engine() === 'kernel' && !ui.playing()) ui.send({cmd: 'steps', n});
};
const drawTable = (st, ui) => {
  const {own, ts, e, kl, tv} = drawCurves(st, ui), every = Math.ceil(ts.length / 40);
  const rows = ts.map((t, i) => [t, e[i], kl[i], tv[i]]).filter((_, i) => i % every === 0 || i === ts.length - 1);
  return {columns: ['step', own ? 'mean energy' : 'energy gap', 'KL', 'TV'], rows};
};
const drawSide = (st, ui) => {
  for (const add of [drawEngines, drawSheetControls, drawTrainingControls]) add(st, ui);
};
const drawing = ui => {
  const st = drawState(ui);
  drawLayout(st, ui);
  lessonSteps(ui, () => drawStep(st, ui));
  drawSide(st, ui);
  ownReset(st, ui);
  sheetRead(st, ui);
  drawRecording(st, ui);
  if (ui.get('n_frames') > 0) ui.t = clamp(ui.get('t'), 0, ui.get('n_frames') - 1);
  sheetPointer(st, ui);
  sheetFocus(st, ui);
  drawListen(st, ui);
  return {
    keys: sheetKeys(st, ui), keyWords: SHEET_KEYS,
    linked: () => drawLinked(st, ui), unlinked: () => drawUnlinked(st, ui), goTo: step => goTo(ui, st.film, step),
    get seeded() { return ui.engine() !== 'replay'; },
    get fps() { return ui.engine() === 'replay' ? 12 : 60; },
    connected: () => drawConnected(st, ui),
    alone: () => drawAlone(st, ui),
    reset: () => drawReset(st, ui),
    advance: n => drawAdvance(st, ui, n),
    receive: (content, buffers) => drawReceive(st, ui, content, buffers),
    draw: () => drawDraw(st, ui),
    status: () => drawStatus(st, ui),
    where: () => `step ${drawMoment(st, ui)?.step ?? ui.t}`,
    table: () => drawTable(st, ui),
  };
};
