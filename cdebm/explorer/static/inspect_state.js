// Lives of the samples of a replay buffer: what Python sent, which one is looked at, and numbers in words.
// needs: elements, samplers, stats

// ---- what Python sent ----
// Lists of lives one after the other, cut by their lengths
const cutLists = (flat, lengths) => {
  let at = 0;
  return lengths.map(n => flat.subarray(at, at += n));
};
const inspectLives = (ui, d) => {
  const draws = ui.get('life_draws'), stages = cutLists(ui.array('stages', Int32Array), ui.get('life_stages'));
  const steps = cutLists(ui.array('life_steps', Int32Array), draws);
  const e = cutLists(ui.array('life_energies', Float32Array), draws);
  const moved = cutLists(ui.array('life_moved', Uint8Array), draws);
  const x = inRows(ui.array('stage_x', ui.get('flat') ? Float32Array : Uint8Array), d);
  let at = 0;
  return ui.get('life_slots').map((slot, i) => ({
    slot, born: ui.get('life_born')[i], draws: draws[i], steps: steps[i], e: e[i], moved: moved[i], stages: stages[i],
    x: x.slice(at, at += stages[i].length), now: ui.get('energies')[i],
  }));
};
const inspectState = ui => {
  const flat = ui.get('flat'), [c, side] = flat ? [1, 1] : ui.get('shape'), d = flat ? 2 : c * side * side;
  const own = {recorded: ui.get('recorded'), K: ui.get('mcmc_steps'), lives: inspectLives(ui, d)};
  const st = {...own, flat, c, side, d, hover: -1};
  if (!flat) return st;
  const [low, high] = [ui.get('low'), ui.get('high')];
  const field = makeField(ui.array('field', Float32Array), ui.get('n_field'), low, high);
  return {...st, low, high, field, all: ui.array('samples', Float32Array), e: cellEnergies(field, N_GRID)};
};

// ---- which life ----
const INSPECT_PICKS = {
  oldest: l => -l.draws, newest: l => l.draws, lowest: l => l.now, highest: l => -l.now,
  changed: l => -sumOf(Array.from(l.moved)),
};
const inspectTypical = lives => {
  const order = lives.map((l, i) => i).sort((a, b) => lives[a].draws - lives[b].draws);
  return order.length ? order[order.length >> 1] : -1;
};
// Where the life that is looked at stands in the list; -1: there is none
const inspectPicked = (st, ui) => {
  const pick = ui.get('pick'), {lives} = st;
  if (pick === 'typical') return inspectTypical(lives);
  if (pick === 'slot') return lives.findIndex(l => l.slot === ui.get('slot'));
  return cheapest(lives.length, i => INSPECT_PICKS[pick](lives[i]));
};
const inspectOrder = (st, ui) => {
  const {lives} = st, by = {slot: l => l.slot, draws: l => -l.draws, energy: l => l.now}[ui.get('sort')];
  return lives.map((_, i) => i).sort((a, b) => by(lives[a]) - by(lives[b]) || a - b);
};
// Draws of a life that are shown: all while it rests at its beginning
const inspectShown = (ui, life) => ui.t === 0 && !ui.playing() ? life.draws : Math.min(ui.t, life.draws);

// ---- words ----
const NO_LIVES = 'No life was recorded: give the learner a recorder before it trains, callbacks=[Lives()]';
const inspectBirth = life => life.born < 0 ? 'was in the buffer before anybody looked'
  : `was born from noise at update ${life.born}`;
const inspectStatus = (st, ui) => {
  const life = st.lives[inspectPicked(st, ui)];
  if (!st.lives.length) return `${NO_LIVES}. ${ui.get('runs')}`;
  if (!life) return 'Choose a sample by a click, or by n and b.';
  const changed = sumOf(Array.from(life.moved)), n = inspectShown(ui, life);
  const until = n < life.draws ? ` Shown: the first ${n}.` : '';
  const events = ui.get('augments') ? `, changed by an augmentation ${changed ? times(changed) : 'never'}` : '';
  if (!ui.get('recorded')) return `The sample in slot ${life.slot}: energy ${fmt(life.now)}. ${NO_LIVES}.`;
  return `The sample in slot ${life.slot} ${inspectBirth(life)} and drawn ${times(life.draws)}: `
    + `${life.draws} × ${st.K} = ${life.draws * st.K} steps${events}. Energy now ${fmt(life.now)}.${until}`;
};
const inspectTable = st => ({
  columns: ['slot', 'born at update', 'draws', 'steps', 'changed', 'energy now'],
  rows: st.lives.map(l => [String(l.slot), l.born < 0 ? 'earlier' : l.born, l.draws, l.draws * st.K,
    sumOf(Array.from(l.moved)), l.now]),
});
