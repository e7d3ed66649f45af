// Two trainings side by side, with the KL term and without, which differ in nothing else, and what is known of them.
// needs: elements, draw_paint

const {METHOD_STYLES, HERO} = CONSTANTS;
const LEAD = 4;     // updates that one may be ahead of the other

// ---- what is set ----
// The method's name, as all figures have it
const heroMethod = (ui, side) => {
  if (side === 'with' && (ui.get('opt') || ui.get('entropy'))) {
    return HERO.methods[heroRule(ui)];
  }
  return ui.get('reg') ? 'CD + regulariser' : 'plain CD';
};
// A step with a test cannot overshoot
const heroRule = ui => ui.get('sampler') === 'Langevin' ? ui.get('rule') : 'paper';
const heroOptions = (ui, side) => {
  const on = side === 'with', weights = {cd: 1, opt: on ? ui.get('opt') : 0, entropy: on ? ui.get('entropy') : 0};
  return {
    ...HERO.training, K: ui.get('mcmc_steps'), step: ui.get('step_size'), lr: ui.get('lr'), seed: ui.get('seed'),
    sampler: ui.get('sampler'), jumps: ui.get('jumps'), rule: heroRule(ui), low: ui.get('low'), high: ui.get('high'),
    weights: {...weights, reg: ui.get('reg')},
  };
};
const heroSheet = (st, ui) => {
  const {pix, n, low, high} = st;
  return {pix, n, low, high, floor: ui.get('floor'), sds: BOX_SDS};
};

// ---- the truth: cells' logs for the KL, lines for the maps ----
const heroTruth = (st, ui) => {
  if (!st.stale) return st.truth;
  st.stale = false;
  const box = {low: st.low, high: st.high, floor: ui.get('floor')}, p = paintDensity(st.pix, st.n, box);
  if (!p) return st.truth = null;
  const cells = paintDensity(st.pix, st.n, {...box, nodes: HERO.cells, inset: .5});
  return st.truth = {cells, lines: paintLines(p)};
};
// KL(p ‖ q) in nats of densities on the same cells, of an unnormalised p and of energies
const klOnCells = (p, energies) => {
  const total = sumOf(p), [least] = extremes([energies]);
  const logZ = Math.log(energies.reduce((a, e) => a + Math.exp(least - e), 0)) - least;
  let kl = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) kl += p[i] / total * (Math.log(p[i] / total) + energies[i] + logZ);
  return Math.max(0, kl);
};

// ---- the two, and who trains them ----
const heroSide = name => ({name, t: 0, mapT: -1, x: [], rows: [], busy: 0, whole: true, map: null, mappedAt: 0});
const heroStart = (st, ui) => {
  st.generation++;
  st.target = st.asked = ui.t = 0;
  heroTruth(st, ui);
  st.told = st.version;
  for (const side of st.sides) {
    Object.assign(side, heroSide(side.name));
    side.image = side.lengths = null;
    heroTell(st, side, {kind: 'start', options: heroOptions(ui, side.name), sheet: heroSheet(st, ui), map: HERO.cells});
  }
};
const heroTell = (st, side, message) => { side.busy++; side.trainer.tell({...message, of: st.generation}); };
// Settings and paint act at once
const heroSettings = (st, ui) => {
  for (const side of st.sides) heroTell(st, side, {kind: 'set', options: heroOptions(ui, side.name)});
  ui.dirty();
};
const heroPaint = (st, ui) => {
  if (st.told === st.version || !heroTruth(st, ui)) return;
  st.told = st.version;
  for (const side of st.sides) heroTell(st, side, {kind: 'set', sheet: heroSheet(st, ui)});
};
// Rows [update, KL, lengths of the terms' gradients]; every second of an old half goes where there are many
const heroRow = (st, ui, side, {t, map, lengths}) => {
  const truth = heroTruth(st, ui);
  if (!truth) return;
  if (side.rows.at(-1)?.t === t) side.rows.pop();
  side.rows.push({t, kl: klOnCells(truth.cells, map), ...lengths});
  if (side.rows.length > 800) side.rows = side.rows.filter((_, i) => i % 2 === 0 || i > 700);
};
// Once it is paused both stop at the same update, that of the one ahead
const heroMeet = st => { st.target = Math.max(...st.sides.map(s => s.t), st.asked); };
const heroHear = (st, ui, side, report) => {
  if (report.of !== st.generation) return;
  side.busy--;
  Object.assign(side, {t: report.t, x: report.x, whole: report.whole, gap: report.gap});
  if (report.map) {
    Object.assign(side, {map: report.map, mapT: report.t, mappedAt: performance.now(), image: null});
    if (report.lengths) side.lengths = report.lengths;
    heroRow(st, ui, side, report);
  }
  const going = st.sides.filter(s => s.whole);
  if (going.length) ui.t = Math.min(...going.map(s => s.t));
  if (!ui.playing()) heroMeet(st);
  ui.dirty();
  heroPump(st, ui);
  heroKeep(st, ui);
};
// When it rests, what was trained goes to the traits, where Python and a stored notebook find it
const heroNear = (side, t) => side.rows.findLast(r => r.t <= t + LEAD)?.kl ?? NaN;
const heroRests = (st, {busy, whole, t, mapT}) => !busy && (!whole || (t >= st.target && mapT === t));
const heroKeep = (st, ui) => {
  if (ui.playing() || !ui.t || !st.sides.every(s => heroRests(st, s))) return;
  const [a, b] = st.sides, maps = new Uint8Array(2 * HERO.cells ** 2), k = 255 / HERO.most, w = st.high - st.low;
  st.sides.forEach(({map}, i) => {
    const [least] = extremes([map]);
    map.forEach((e, j) => { maps[i * map.length + j] = Math.round(Math.min(255, (e - least) * k)); });
  });
  const places = Uint16Array.from([...a.x, ...b.x], v => Math.round((v - st.low) / w * 65535));
  const curve = Float32Array.from(b.rows.flatMap(r => [r.t, heroNear(a, r.t), r.kl]));
  for (const [name, v] of Object.entries({maps, 'chains': places, curve})) ui.model.set(name, new DataView(v.buffer));
  ui.model.save_changes();
};
// Each goes on as far as it may; a new map comes some times a second, and when it rests
const heroPump = (st, ui) => {
  for (const side of st.sides) {
    const other = st.sides.find(s => s !== side), level = other.whole ? other.t : Infinity;
    const until = Math.min(st.target, level + LEAD), now = performance.now();
    if (side.busy || !side.whole) continue;
    const due = now - side.mappedAt > 80, run = {kind: 'run', until, ms: 30};
    if (side.t < until) heroTell(st, side, {...run, map: due ? HERO.cells : 0});
    else if (side.t >= st.target && side.mapT < side.t) heroTell(st, side, {...run, until: side.t, map: HERO.cells});
  }
};
const heroAdvance = (st, ui, n) => {
  heroPaint(st, ui);
  if (!heroTruth(st, ui)) return ui.note('nothing is painted yet');
  if (ui.playing() && ui.t >= st.end) { st.end = ui.t + ui.get('updates'); ui.set('playing', false); return; }
  const most = ui.playing() ? Math.min(st.end, ui.t + 2 * n + LEAD) : Infinity;
  st.target = Math.min(Math.max(st.target, ui.t) + n, most);
  st.asked = ui.playing() ? 0 : st.target;
  heroPump(st, ui);
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
