// Which of the three is shown, chains of the page, a training or its recording, and what the buttons are then.
// needs: controls, draw_state, draw_page

const DRAW_ENGINES = {
  kernel: {play: 'Train', name: 'training', needs: 'needs a running kernel',
    what: 'the kernel trains a network on the painting; painting on changes its data from then on'},
  page: {play: 'Train', name: 'training',
    what: 'this page trains a small network, of 32 units a layer, on the painting, and on what you add to it'},
  browser: {play: 'Play', name: 'chains',
    what: 'chains of this page run on the painted energy itself; nothing is learned here'},
  replay: {play: 'Play', name: 'recording', needs: 'nothing is recorded yet',
    what: 'a recorded training, with the painting it had; painting ends it'},
};
const drawCaptions = (st, ui) => {
  const engine = ui.engine(), own = engine === 'browser', step = drawMoment(st, ui)?.step ?? 0;
  setCaption(st.sheet, engine === 'replay' ? 'what was painted' : 'the sheet: paint here');
  setCaption(st.map, own ? 'painted energy and chains of the page' : `learned energy and its chains, step ${step}`);
  setCaption(st.gap, own ? 'mean energy of the chains' : 'energy gap: data − chains');
  setCaption(st.far, own ? 'KL, TV to the painting; dotted: exact draws' : 'KL(painted ‖ learned) in nats, TV');
};
const drawShow = (st, ui, name) => {
  if (ui.playing()) ui.set('playing', false);
  const at = {replay: Math.max(0, st.film.length - 1), kernel: st.live?.step, page: st.here?.step};
  ui.t = at[name] ?? 0;
  ui.model.set('n_frames', name === 'replay' ? st.film.length : 0);
  ui.set('engine', name);
  if (name === 'browser') ownReset(st, ui);
  if (name === 'page' && !st.crew) pageStart(st, ui);
  ui.note('');
  drawSync(st, ui);
};
const drawEngineButtons = (st, ui, engine) => {
  const there = {kernel: ui.hasKernel(), page: true, browser: true, replay: st.film.length > 0};
  const {what} = DRAW_ENGINES[engine], other = ui.hasKernel() ? 'page' : 'kernel';     // who does not train here
  for (const [name, b] of Object.entries(st.shows)) {
    b.setAttribute('aria-pressed', name === engine);
    b.disabled = !there[name];
    b.hidden = name === other && name !== engine;
    b.title = there[name] ? DRAW_ENGINES[name].what : DRAW_ENGINES[name].needs;
  }
  st.what.textContent = `${what[0].toUpperCase()}${what.slice(1)}. Dark: low energy, likely.`;
};
// Buttons of the transport bar mean something else for a training
const drawBar = (st, ui, engine) => {
  const pick = q => ui.root.querySelector(q) ?? {}, kernel = engine === 'kernel', again = pick('.c-reset');
  const trains = kernel || engine === 'page';
  again.textContent = trains ? '⟲ New network' : '⟲ Reset';
  again.title = trains ? 'start over: the trained network is given up (r)' : 'back to the start (r)';
  pick('.c-play').textContent = ui.playing() ? '❚❚ Pause' : `▶ ${DRAW_ENGINES[engine].play}`;
  pick('select[aria-label="steps a frame"]').hidden = kernel;
  pick('.c-later').hidden = !trains;
  st.stop.hidden = !kernel;
  st.stop.disabled = !['running', 'paused'].includes(ui.get('status'));
};
const drawSettings = (st, engine) => {
  st.settings.hidden = engine === 'replay';
  for (const row of st.settings.querySelectorAll('[data-trait]')) {
    const {trait} = row.dataset, own = ['sampler', 'step_size'].includes(trait);
    row.hidden = engine === 'browser' ? !own : engine === 'page' && trait === 'width';
  }
};
const drawSync = (st, ui) => {
  const engine = ui.engine();
  drawEngineButtons(st, ui, engine);
  drawBar(st, ui, engine);
  drawSettings(st, engine);
  ui.dirty();
};
