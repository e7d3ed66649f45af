// With the KL term, and without: two small networks that the page trains before the reader's eyes. The view.
// needs: elements, controls, lesson, draw_sheet, hero_run, hero_draw, train_run, fit

// ---- settings ----
const heroButton = (text, onclick, title) => make('button', {type: 'button', onclick, title}, text);
const heroControls = (st, ui) => {
  ui.controls([
    {trait: 'step_size', label: 'step size λ', kind: 'log', values: [.005, .01, .02, .05, .1, .2, .5],
      help: 'of the chains on both sides; too long a step overshoots'},
    {trait: 'opt', label: 'opt', kind: 'range', min: 0, max: 2, step: .1,
      help: 'weight of the first half of the KL term, right side only'},
    {trait: 'entropy', label: 'entropy', kind: 'range', min: 0, max: 1, step: .05,
      help: 'weight of the second half, right side only'},
    {trait: 'rule', label: 'of chains', kind: 'select', show: () => ui.get('sampler') === 'Langevin',
      options: choices('rule', {paper: 'all', gate: 'that overshoot', signed: 'all, each with its sign'}),
      help: 'the gate: the term is taken of those chains alone whose last step was too long'},
    {trait: 'reg', label: 'regulariser', kind: 'select', help: 'its weight, on both sides',
      options: [0, .001, .01, .1, 1].map(v => [v, String(v)])},
    {trait: 'sampler', label: 'sampler', kind: 'select', options: choices('sampler')},
    {trait: 'jumps', label: 'jumps', kind: 'check', help: 'before each step a jump to anywhere is tried, with a test'},
    {trait: 'mcmc_steps', label: 'K, steps', kind: 'log', values: [1, 2, 5, 10, 20, 40],
      help: 'of each chain before an update'},
    {trait: 'lr', label: 'learning rate', kind: 'log', values: [1e-3, 2e-3, 5e-3, 1e-2, 2e-2]},
  ], {label: 'training'});
};
const heroDataControls = (st, ui) => {
  const pictures = [['', 'your own'], ...Object.keys(ui.get('pictures')).map(k => [k, k])];
  const group = ui.controls([
    {trait: 'picture', label: 'data', kind: 'select', options: pictures},
    {trait: 'tool', label: 'tool', kind: 'buttons', options: choices('tool')},
    {trait: 'brush', label: 'brush', kind: 'log', values: [.1, .15, .2, .25, .3, .4, .5, .7, 1],
      help: 'standard deviation of the brush; keys [ and ]'},
  ], {label: 'data'});
  group.prepend(st.sheet.box);     // the sheet among its tools
  Object.assign(st.sheet.box.style, {flex: 'none', maxWidth: '330px'});
  const undo = heroButton('↶ Undo', () => sheetUndo(st, ui), 'take the last stroke back (z)');
  group.append(make('div', {class: 'c-choice'}, undo, heroButton('Clear', () => sheetClear(st, ui), 'an empty sheet')));
  ui.layers([['chains', 'chains'], ['truth', 'data: lines around 50 % (thick) and 90 %']]);
};

// ---- layout: both landscapes, the charts beside or below them; one below the other where it is narrow ----
const heroFit = (st, ui, w) => {
  const wide = w > 1000, map = Math.min(ui.tall, Math.floor(wide ? (w - 16) / 2.7 : (w - 8) / 2));
  ui.stage.style.gridTemplateColumns = wide ? `${map}px ${map}px minmax(0, 1fr)` : 'repeat(2, minmax(0, 1fr))';
  for (const {panel} of st.crew.sides) {
    panel.canvas.style.height = `${map}px`;
    panel.caption.style.minHeight = ui.get('lecture') ? '2.8em' : '';     // level, where one has two lines
  }
  for (const {panel} of st.crew.sides) panel.box.style.gridRow = wide ? 'span 2' : 'auto';
  [st.kl, st.norms].forEach(({box, canvas}, i) => {
    Object.assign(box.style, {gridColumn: wide ? '3' : 'auto', gridRow: wide ? `${i + 1}` : 'auto'});
    const alone = ui.get('lecture') ? map : chartHeight(ui, map, 2);
    canvas.style.height = wide ? `${alone}px` : `${180 / TYPE}em`;
  });
};
const heroLayout = (st, ui) => {
  const add = (name, label, height, more) => ui.panel(name, {label, width: 330, height, grow: true, ...more});
  ui.stage.style.display = 'grid';
  const map = name => add(name, `${name} the KL term`, 330, {main: true, scale: true});
  for (const side of st.crew.sides) side.panel = map(side.name);
  st.kl = add('kl', 'KL(data ‖ model) in nats, over updates', 190);
  st.norms = add('norms', 'with the term: lengths of the weighted gradients', 190);
  st.sheet = add('sheet', 'the data: paint here', 190, {focus: true});
  Object.assign(st.sheet.canvas.style, {height: 'auto', aspectRatio: '1'});
  st.kl.box.classList.remove('c-second');     // a lecture keeps it
  st.sheet.canvas.style.cursor = 'crosshair';
  st.sheet.canvas.setAttribute('aria-description', DRAW_KEYS);
  ui.fit(w => heroFit(st, ui, w));
};

// ---- words ----
const heroStatus = (st, ui) => {
  const rate = heroRate(st, ui), say = side => `${side.name} the term KL ${fmt(side.rows.at(-1)?.kl)} nats`;
  const speed = Number.isFinite(rate) ? `, ${Math.round(rate)} updates a second` : '';
  const where = st.crew.sides.every(s => s.trainer.apart) ? '' : ' No worker may run here, so it goes slowly.';
  return `Update ${ui.t}: ${st.crew.sides.map(say).join(', ')}. Trained in this page: two small networks, `
    + `2-${PAGE.H}-${PAGE.H}-1, of the same first weights and data${speed}.${where}`;
};
const heroTable = st => {
  const [a, b] = st.crew.sides, every = Math.ceil(b.rows.length / 40);
  const rows = b.rows.filter((_, i) => i % every === 0 || i === b.rows.length - 1);
  return {columns: ['update', 'KL without', 'KL with', 'CD', 'opt', 'entropy'],
    rows: rows.map(r => [r.t, heroNear(a, r.t), r.kl, r.cd, r.opt, r.entropy])};
};

// ---- the view ----
const heroState = ui => {
  const n = ui.get('n_paint'), low = ui.get('low'), high = ui.get('high');
  const sheet = {n, low, high, box: [low, high, low, high], pix: new Uint8Array(n * n), version: 0, past: []};
  return {...sheet, key: [n / 2, n / 2], stale: true, synced: 0, clock: []};
};
const heroListen = (st, ui) => {
  ui.on('paint', () => { sheetRead(st, ui); ui.dirty(); });
  ui.on('picture', () => sheetPicture(st, ui));
  ui.on(['tool', 'brush', 'mirror'], ui.dirty);
  const settings = ['step_size', 'opt', 'entropy', 'rule', 'reg', 'sampler', 'jumps', 'mcmc_steps', 'lr'];
  ui.on(settings, () => { crewSet(st.crew); ui.dirty(); });
  ui.marks(settings);
  ui.on('seed', () => ui.act.reset());
  ui.on('playing', () => {
    if (!ui.playing()) crewPause(st.crew);
  });
};
// It starts by itself the first time that it is seen
const heroAwake = (st, ui) => {
  if (!ui.get('autoplay') || ui.reduced()) return;
  const seen = new IntersectionObserver(es => {
    if (!es.some(e => e.isIntersecting)) return;
    seen.disconnect();
    if (ui.t === 0) ui.set('playing', true);
  });
  seen.observe(ui.stage);
  ui.cleanups.push(() => seen.disconnect());
};
const heroDraw = (st, ui) => {
  heroPaint(st, ui);
  for (const side of st.crew.sides) heroMap(st, ui, side);
  const {sides} = st.crew, told = sides.flatMap(s => [s.rows.length, s.rows.at(-1)?.t, heroMethod(ui, s.name)]);
  if (heroFresh(st.kl, told)) heroKl(st, ui);
  if (heroFresh(st.norms, told)) heroNorms(st, ui);
  const brush = ['tool', 'brush', 'mirror'].map(ui.get);
  if (heroFresh(st.sheet, [st.version, st.keyed, st.at, st.key, ...brush])) sheetDraw(st, ui);
};
const heroes = ui => {
  const st = ui.hero = heroState(ui);
  st.crew = heroCrew(st, ui);
  ui.cleanups.push(() => crewEnd(st.crew));
  lessonHead(ui);
  lessonSteps(ui, () => ui.set('playing', true));
  heroLayout(st, ui); heroControls(st, ui); heroDataControls(st, ui);
  sheetRead(st, ui);
  sheetPointer(st, ui); sheetFocus(st, ui);
  heroListen(st, ui); heroAwake(st, ui);
  return {
    keys: sheetKeys(st, ui), keyWords: SHEET_KEYS,
    reset: () => heroStart(st, ui), linked: () => crewLinked(st.crew),
    advance: n => heroAdvance(st, ui, n),
    draw: () => heroDraw(st, ui),
    status: () => heroStatus(st, ui),
    where: () => `update ${ui.t}`,
    table: () => heroTable(st),
  };
};
