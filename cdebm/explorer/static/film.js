// Chains of pictures from noise to sample, live in the page or recorded: the view.
// needs: elements, controls, lesson, film_engine, film_state, film_draw, fit, transport

// ---- panels ----
const filmPanels = (st, ui) => {
  st.tiles = ui.panel('tiles', {label: 'chains', width: 440, height: 440, grow: true, focus: true, main: true});
  st.energies = ui.panel('energy', {label: 'energy of each chain', width: 380, height: 270, grow: true, focus: true});
  st.strip = ui.panel('strip', {label: 'one chain, step by step', width: 380, height: 100, grow: true});
  Object.assign(ui.stage.style, {display: 'grid', alignItems: 'start', gap: '8px'});
  st.energies.box.classList.remove('c-second');     // a lecture keeps it
  ui.fit(w => {
    const wide = w > 600, side = wide ? Math.min(ui.tall, Math.round(w * .5)) : w;
    ui.stage.style.gridTemplateColumns = wide ? `${side}px minmax(0, 1fr)` : 'minmax(0, 1fr)';
    st.tiles.canvas.style.height = `${side}px`;
    st.energies.canvas.style.height = wide ? `${side}px` : `${210 / TYPE}em`;
    st.strip.box.style.gridColumn = '1 / -1';
    st.strip.canvas.style.height = `${(wide ? 100 : 74) / TYPE}em`;     // words below included
    ui.dirty();
  });
};
const filmCaptions = (st, ui) => {
  const near = st.train.length ? `; at the end the nearest of ${ui.get('train_of')}` : '', i = filmMarked(st);
  setCaption(st.tiles, `${st.n} chains after ${filmShown(st).t} steps${st.sorted ? ', lowest energy first' : ''}`);
  setCaption(st.strip, `chain ${i + 1}: its picture after so many steps${near}`);
};

// ---- settings ----
const filmClass = ui => ({trait: 'y', label: 'class', kind: 'select',
  options: ui.get('class_names').map((k, i) => [i, k]), help: 'whose energy the chains walk on, E(x, y)'});
// A sum of energies has a step of its own, by its weights
const filmStepSize = ui => ({trait: 'step', label: 'step λ', kind: 'log', values: ui.get('steps'),
  format: v => fmt(ui.get('own_step') * v), also: ['own_step'],
  help: `how far a chain goes down the gradient; in training ${fmt(ui.get('one_step') || ui.get('own_step'))}${
    ui.get('one_step') ? '; of a sum divided by the size of its weights' : ''}`});
const filmNoises = ui => ({trait: 'noise', label: 'noise σ', kind: 'select',
  options: choices('noise').map(([v]) => [v, v ? `${fmt(ui.get('own_noise') * v)} = ×${v}` : 'none']),
  help: `a kick on each pixel at each step, as a multiple of the training's; the temperature is σ²/2λ`});
const filmStepControls = (st, ui) => ui.controls([
  ...ui.get('class_names').length ? [filmClass(ui)] : [],
  {trait: 'start', label: 'from', kind: 'buttons', options: choices('start').filter(([k]) => st.starts[k])},
  {trait: 'n_chains', label: 'chains', kind: 'select', options: choices('n_chains')},
  filmStepSize(ui), filmNoises(ui),
  {trait: 'every', label: 'moves', kind: 'select', options: choices('every').map(([v]) => [v, v
    ? `every ${v} steps` : 'none']), help: 'all chains are turned, enlarged and shifted a little: augmentation'},
], {label: 'chains'});
const filmSide = (st, ui) => {
  if (ui.engine() !== 'replay') filmStepControls(st, ui);
  ui.controls([
    {trait: 'sort', label: 'order', kind: 'buttons', options: choices('sort')},
    {trait: 'zoom', label: 'energies', kind: 'buttons', options: [[false, 'all steps'], [true, 'later ones']]},
  ], {label: 'what is shown'});
  const keys = 'Hover over a picture or a curve: both are marked. Click picks a chain, Shift-click or i pins it. '
    + 'A click in the row of pictures, or , and . go back and forth in time; / is now.';
  ui.side.append(make('div', {class: 'c-fine'}, ui.get('runs')), make('div', {class: 'c-fine'}, keys));
};

// ---- pointers and keys ----
const filmPick = (st, ui, i, pin) => {
  if (i < 0) return;
  if (pin) st.pinned = st.pinned.includes(i) ? st.pinned.filter(k => k !== i) : [...st.pinned, i];
  else st.picked = i;
  ui.set(pin ? 'pinned' : 'picked', pin ? st.pinned : i);
  ui.dirty();
};
const filmHover = (st, ui, i) => { if (i !== st.hover) { st.hover = i; ui.dirty(); } };
const filmLook = (st, ui, look) => {
  if (st.frames) return ui.act.seek(look ?? st.frames.length - 1);
  st.look = look;
  filmSort(st);
  ui.dirty();
};
const filmPointers = (st, ui) => {
  const both = (p, find) => ui.pointer(p, {
    grabs: (x, y) => find(st, x, y) >= 0 && p.name !== 'tiles',
    move: (x, y) => filmHover(st, ui, find(st, x, y)), leave: () => filmHover(st, ui, -1),
    down: (x, y, e) => filmPick(st, ui, find(st, x, y), e.shiftKey),
  });
  both(st.tiles, filmAtTile);
  both(st.energies, filmAtCurve);
  ui.pointer(st.strip, {down: x => {
    const cell = st.cells?.find(c => x >= c.left && x < c.left + c.size + 5);
    if (cell) filmLook(st, ui, cell.look);
  }});
};
const filmNext = (st, ui, by) => {
  const at = (st.order.indexOf(st.picked) + by + st.n) % st.n;
  filmPick(st, ui, st.order[at], false);
};
const filmAgo = (st, ui, by) => {
  if (st.frames) return ui.act.seek(ui.t + by);
  const at = (st.look ?? st.kept.length) + by;
  if (st.kept.length) filmLook(st, ui, at >= st.kept.length ? null : Math.max(0, at));
};
const filmKeys = (st, ui) => ({
  n: () => filmNext(st, ui, 1), b: () => filmNext(st, ui, -1), i: () => filmPick(st, ui, st.picked, true),
  ',': () => filmAgo(st, ui, -1), '.': () => filmAgo(st, ui, 1), '/': () => filmLook(st, ui, null),
});

const FILM_KEYS = {n: 'the next chain', b: 'the chain before', i: 'pin the chain', ',': 'earlier pictures',
  '.': 'later pictures', '/': 'now'};

// ---- live: the crew is asked, and its answers are taken ----
const filmReset = (st, ui) => {
  st.n = ui.get('n_chains');
  filmForget(st);
  st.due = 0; st.ticks = [];
  const bank = filmFrom(st, ui), own = bank.length ? bank : null;
  if (!own && ui.get('start') === 'stored chains') ui.note('Of this class no chain is stored: they begin with noise.');
  const pixel = k => own[Math.floor(k / st.d) % own.length][k % st.d];
  const pictures = own && Uint8Array.from({length: st.n * st.d}, (_, k) => pixel(k));
  st.crew.begin({n: st.n, d: st.d, seed: ui.get('seed'), pictures}, r => filmAnswered(st, ui, r));
};
const filmAnswered = (st, ui, r) => ui.guarded(() => {
  if (r.t === 0) Object.assign(filmForget(st), {due: st.crew.asked ? st.due : 0});
  filmTake(st, r);
  ui.t = st.t;
  st.ticks.push([performance.now(), st.t]);
  if (st.ticks.length > 400) st.ticks.splice(0, 200);
  if (st.t > 0 && st.t === ui.get('until') && ui.playing()) {
    ui.set('playing', false);
    const text = presetNote(ui);
    ui.note(`Step ${st.t}. ${text ? `${text}${/[.?]$/.test(text) ? '' : '.'} ` : ''}Space goes on.`);
  }
  filmGoOn(st, ui);
  ui.dirty();
})();
// An answer asks for the next, a frame after the last was asked for; so nothing waits for a picture to be drawn
const filmGoOn = (st, ui) => {
  const go = () => { if (ui.playing() && ui.loop.seen && !ui.loop.gone) filmAdvance(st, ui, ui.get('speed') || 1); };
  const wait = st.asked + (ui.get('speed') ? 15 : SLOW) - performance.now();
  if (wait > 1) setTimeout(ui.guarded(go), wait); else go();
};
// n steps more; while it plays not more than two requests at once, so that a worker need not wait for a picture
const filmAdvance = (st, ui, n) => {
  if (ui.playing() && st.crew.asked > 1) return;
  const until = ui.get('until'), left = until > st.t ? until - st.due : Infinity, steps = Math.min(n, left);
  if (steps <= 0) return;
  Object.assign(st, {due: st.due + steps, look: null, asked: performance.now()});
  st.crew.run(steps, filmSettings(ui), r => filmAnswered(st, ui, r));
};

// ---- a recording ----
const filmFrames = (st, ui) => {
  const n = st.n = ui.get('n_recorded'), steps = ui.get('frame_steps'), x = ui.array('frames_data', Uint8Array);
  const e = inRows(ui.array('frame_energies', Float32Array), n);
  filmForget(st);
  st.frames = inRows(x, n * st.d);
  st.kept = st.frames.map((x, i) => ({t: steps[i], x}));
  st.rows = e.map((e, i) => ({t: steps[i], e}));
  Object.assign(st, {moved: ui.get('frame_moves'), now: st.frames.at(-1), e: e.at(-1), t: steps.at(-1)});
  filmSeek(st, ui.t);
};
const filmSeek = (st, i) => { st.look = i; filmSort(st); };

// ---- the view ----
const filmState = (ui, goesOn) => {
  const [c, side] = ui.get('shape'), d = c * side * side;
  const train = filmBank(ui, 'train', d), stored = filmBank(ui, 'stored', d);
  const starts = {noise: [], 'stored chains': stored.length && stored, data: train.length && train,
    'these pictures': goesOn && []};
  const marks = {picked: ui.get('picked'), pinned: ui.get('pinned'), sorted: ui.get('sort') === 'energy'};
  const now = {n: ui.get('n_chains'), from: ui.get('start'), frames: null, due: 0, ticks: []};
  return filmForget({c, side, d, train, starts, ...marks, ...now});
};
const filmListen = (st, ui) => {
  ui.on(['n_chains', 'start', 'seed'], () => ui.act.reset());
  ui.on('y', () => { st.stale = true; ui.dirty(); });
  ui.on('sort', () => { st.sorted = ui.get('sort') === 'energy'; filmSort(st); ui.dirty(); });
  ui.on('zoom', ui.dirty);
  ui.marks(['step', 'noise', 'every']);
  ui.on(['picked', 'pinned'], () => { st.picked = ui.get('picked'); st.pinned = ui.get('pinned'); ui.dirty(); });
};
const filmDraw = (st, ui) => {
  if (st.picked >= st.n) st.picked = 0;
  filmCaptions(st, ui);
  filmDrawTiles(st, st.tiles);
  filmDrawEnergies(st, st.energies, ui);
  filmDrawStrip(st, st.strip);
};
const filmBegun = (st, ui) => {
  const cores = navigator.hardwareConcurrency || 2, most = ui.get('workers') ? Math.min(4, Math.max(1, cores)) : 0;
  st.crew = filmCrew(filmNet(ui), most);
};
// Anew; where the energy is another one, st.anew makes its chains first
const filmAgain = (st, ui) => {
  filmHere(st, ui);
  if (st.stale) st.anew();
  st.stale = false;
  filmReset(st, ui);
};
// `goesOn`: can other energies be chosen, and go on from the pictures that are there?
const film = (ui, goesOn = ui.get('class_names').length > 0) => {
  const st = ui.film = filmState(ui, goesOn), replay = ui.engine() === 'replay';
  lessonHead(ui);
  if (!replay) lessonSteps(ui);
  filmPanels(st, ui);
  filmSide(st, ui);
  filmPointers(st, ui);
  filmListen(st, ui);
  if (!replay) filmBegun(st, ui);
  ui.cleanups.push(() => st.crew?.end());
  st.anew = () => { st.crew.end(); filmBegun(st, ui); };
  const fresh = () => { if (st.stale) { ui.t = 0; filmAgain(st, ui); } };
  return {
    keys: filmKeys(st, ui), keyWords: FILM_KEYS, seeded: !replay, fps: replay ? 20 : 8,
    reset: () => replay ? filmFrames(st, ui) : filmAgain(st, ui),
    advance: n => { fresh(); st.walked = true; filmAdvance(st, ui, n); },
    seek: i => { if (st.frames) filmSeek(st, i); },
    draw: () => { fresh(); filmDraw(st, ui); },
    status: () => filmStatus(st, ui),
    where: () => `step ${filmShown(st).t}`,
    table: () => filmTable(st, ui),
  };
};
