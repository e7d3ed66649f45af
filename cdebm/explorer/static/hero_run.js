// Two trainings side by side, with the KL term and without, which differ in nothing else, and what is known of them.
// needs: draw_paint, train_run

const {HERO} = CONSTANTS;

// ---- what is set ----
// The method's name, as all figures have it
const heroMethod = (ui, side) => {
  if (side === 'with' && (ui.get('opt') || ui.get('entropy'))) return HERO.methods[trainRule(ui)];
  return ui.get('reg') ? 'CD + regulariser' : 'plain CD';
};
const heroOptions = (ui, side) => {
  const on = side === 'with', term = k => on ? ui.get(k) : 0;
  return trainOptions(ui, {opt: term('opt'), entropy: term('entropy'), reg: ui.get('reg')});
};

// ---- the truth: cells for the KL, lines for the maps; null where nothing is painted ----
const heroTruth = (st, ui) => {
  if (!st.stale) return st.truth;
  st.stale = false;
  const box = {low: st.low, high: st.high, floor: ui.get('floor')}, p = paintDensity(st.pix, st.n, box);
  if (!p) return st.truth = null;
  return st.truth = {cells: paintDensity(st.pix, st.n, {...box, nodes: HERO.cells, inset: .5}), lines: paintLines(p)};
};

// ---- the two ----
const heroCrew = (st, ui) => makeCrew(HERO.sides, {
  cells: HERO.cells, given: side => heroOptions(ui, side.name), sheet: () => trainSheet(st, ui), playing: ui.playing,
  from: side => crewFrom(ui, HERO.sides.indexOf(side.name), HERO.sides.length),
  heard: ui.guarded((side, report) => heroHeard(st, ui, side, report)), trouble: ui.fail,
});
const heroStart = (st, ui) => {
  st.told = st.version;
  ui.t = 0;
  heroTruth(st, ui);
  for (const side of st.crew.sides) side.image = null;
  crewStart(st.crew);
  ui.t = st.crew.t;
  st.crew.end = ui.t + ui.get('updates');
  if (ui.t) ui.note(`${ui.t} updates, as the link has them; Play goes on with new chains.`);
  ui.model.set('trained', {});     // a reset begins anew
};
// What was painted since is data from now on; an empty sheet changes nothing
const heroPaint = (st, ui) => {
  if (st.told === st.version || !heroTruth(st, ui)) return;
  st.told = st.version;
  crewSet(st.crew);
};
// Rows {t, kl, lengths of the terms' gradients}; every second of the older ones goes where there are many
const heroRow = (side, truth, {t, map, lengths}) => {
  if (side.rows.at(-1)?.t === t) side.rows.pop();
  side.rows.push({t, kl: farOnCells(truth.cells, map).kl, ...lengths});
  if (side.rows.length > 800) side.rows = side.rows.filter((_, i) => i % 2 === 0 || i > 700);
};
const heroHeard = (st, ui, side, report) => {
  const truth = heroTruth(st, ui);
  if (report.map) side.image = null;
  if (report.map && truth) heroRow(side, truth, report);
  ui.t = st.crew.t;
  ui.dirty();
  heroKeep(st, ui);
};
// The KL of a side at an update, or a little before
const heroNear = (side, t) => side.rows.findLast(r => r.t <= t + LEAD)?.kl ?? NaN;
// When it rests, what was trained goes to the traits, where Python and a stored notebook find it
const heroKeep = (st, ui) => {
  if (ui.playing() || !ui.t || !crewRests(st.crew)) return;
  const [a, b] = st.crew.sides, w = st.high - st.low;
  const maps = Uint8Array.from([a, b].flatMap(s => [...greyMap(s.map, HERO.most)]));
  const places = Uint16Array.from([...a.x, ...b.x], v => Math.round((v - st.low) / w * 65535));
  const curve = Float32Array.from(b.rows.flatMap(r => [r.t, heroNear(a, r.t), r.kl]));
  const traits = {maps, 'chains': places, curve};
  for (const [name, v] of Object.entries(traits)) ui.model.set(name, new DataView(v.buffer));
  ui.model.save_changes();
};
const heroAdvance = (st, ui, n) => {
  const {crew} = st;
  heroPaint(st, ui);
  if (!heroTruth(st, ui)) return ui.note('nothing is painted yet');
  if (!ui.playing() || ui.t < crew.end) return crewAdvance(crew, n);
  crew.end = ui.t + ui.get('updates');
  ui.set('playing', false);
};
// How many updates a second, of the last seconds of play
const heroRate = (st, ui) => {
  const now = performance.now(), {clock} = st;
  if (!ui.playing()) clock.length = 0;
  else if (!clock.length || now - clock.at(-1)[0] > 200) clock.push([now, ui.t]);
  if (clock.length > 15) clock.shift();
  const [t0, n0] = clock[0] ?? [0, 0], [t1, n1] = clock.at(-1) ?? [0, 0];
  return clock.length > 4 ? 1000 * (n1 - n0) / (t1 - t0) : NaN;
};
