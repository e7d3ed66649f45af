// Trainings of a page that go in step: what is asked of whom, and when.
// needs: elements, halves, link, draw_paint, train_worker

const {PAGE} = CONSTANTS;     // what is set of every training of a page

const LEAD = 4;     // updates that one may be ahead of another
const MAP_EVERY = 80;     // ms from one landscape to the next

// ---- what is asked, from the traits of a view ----
// A step with a test cannot overshoot
const trainRule = ui => ui.get('sampler') === 'Langevin' ? ui.get('rule') : 'paper';
const trainOptions = (ui, weights) => ({
  ...PAGE, K: ui.get('mcmc_steps'), step: ui.get('step_size'), lr: ui.get('lr'), seed: ui.get('seed'),
  sampler: ui.get('sampler'), jumps: ui.get('jumps'), rule: trainRule(ui), low: ui.get('low'), high: ui.get('high'),
  weights: {cd: 1, ...weights},
});
const trainSheet = ({pix, n, low, high}, ui) => ({pix, n, low, high, floor: ui.get('floor'), sds: BOX_SDS});

// ---- what came of it ----
// KL(p ‖ q) in nats and total variation of densities on the same cells: an unnormalised p, and q of energies
const farOnCells = (p, energies) => {
  const total = sumOf(p), [least] = extremes([energies]);
  const logZ = Math.log(energies.reduce((a, e) => a + Math.exp(least - e), 0)) - least;
  let kl = 0, tv = 0;
  p.forEach((v, i) => {
    const share = v / total;
    if (share > 0) kl += share * (Math.log(share) + energies[i] + logZ);
    tv += Math.abs(share - Math.exp(-energies[i] - logZ)) / 2;
  });
  return {kl: Math.max(0, kl), tv};
};
// Energies above the lowest as bytes, 255 at `most` nats
const greyMap = (map, most) => {
  const [least] = extremes([map]);
  return Uint8Array.from(map, e => Math.round(Math.min(255, (e - least) / most * 255)));
};

// ---- who does it ----
// A crew of one or more. What the view gives: `given(side)` options of a training, `sheet()` the data, `playing()`,
// `heard(side, report)`, `trouble(error)`; `t` is how far all have come, `target` how far they may go
const crewSide = name => ({
  name, t: 0, until: 0, mapT: -1, x: [], rows: [], busy: 0, whole: true, map: null, mappedAt: 0,
});
const makeCrew = (names, means) => {
  const crew = {...means, sides: names.map(crewSide), generation: 0, t: 0, target: 0, asked: 0, end: Infinity};
  for (const side of crew.sides) side.trainer = hireTrainer(report => crewHear(crew, side, report), crew.trouble);
  return crew;
};
const crewTell = (crew, side, message) => { side.busy++; side.trainer.tell({...message, of: crew.generation}); };
const crewStart = crew => {
  crew.generation++;
  crew.t = crew.target = crew.asked = 0;
  for (const side of crew.sides) {
    Object.assign(side, crewSide(side.name), {lengths: null});
    const from = crew.from?.(side) ?? null;
    if (from) crew.t = crew.target = from.t;
    crewTell(crew, side, {kind: 'start', options: crew.given(side), sheet: crew.sheet(), map: crew.cells, from});
  }
};
// The weights of all sides, for a link; and those of one side from a link that has them, {t, weights: base64}
const crewLinked = crew => {
  const known = crew.t > 0 && crew.sides.every(s => s.weights);
  return known ? {trained: {t: crew.t, weights: crew.sides.map(s => textOf(halves(s.weights)))}} : {};
};
const crewFrom = (ui, i, sides) => {
  const {t, weights} = ui.get('trained'), n = PAGE.H ** 2 + 5 * PAGE.H + 1;
  if (t == null) return null;
  const bytes = asBytes(weights?.length === sides ? String(weights[i]) : null);
  const found = bytes.byteLength === 2 * n ? convHalves(bytes) : [];
  if (found.length && Number.isInteger(t) && t >= 0 && found.every(Number.isFinite)) return {t, weights: found};
  ui.fail('the weights in the address are not those of this network');
  return null;
};
// Settings and data act at once
const crewSet = crew => {
  for (const side of crew.sides) crewTell(crew, side, {kind: 'set', options: crew.given(side), sheet: crew.sheet()});
};
// Once it is paused all stop at the same update, that of the one ahead
const crewMeet = crew => { crew.target = Math.max(...crew.sides.map(s => s.t), crew.asked); };
const crewPause = crew => { crewMeet(crew); crewPump(crew); };
const crewHear = (crew, side, report) => {
  if (report.of !== crew.generation) return;
  side.busy--;
  Object.assign(side, {t: report.t, x: report.x, whole: report.whole, gap: report.gap});
  if (report.map) Object.assign(side, {map: report.map, mapT: report.t, mappedAt: performance.now()});
  if (report.lengths) side.lengths = report.lengths;
  if (report.weights) side.weights = report.weights;
  const going = crew.sides.filter(s => s.whole);
  if (going.length) crew.t = Math.min(...going.map(s => s.t));
  if (!crew.playing()) crewMeet(crew);
  crew.heard(side, report);
  crewPump(crew);
};
// Each goes on as far as it may, with an order in hand so that it need not wait for the page; a new landscape comes
// some times a second, and when it rests
const crewPump = crew => {
  for (const side of crew.sides) {
    const others = crew.sides.filter(s => s !== side && s.whole).map(s => s.t + LEAD);
    const until = Math.min(crew.target, ...others), due = performance.now() - side.mappedAt > MAP_EVERY;
    const run = {kind: 'run', until, ms: 30, map: due ? crew.cells : 0};
    const look = {...run, until: side.t, map: crew.cells};
    if (side.busy > 1 || !side.whole) continue;
    if (side.busy && until <= side.until) continue;     // it is on its way there
    if (side.t < until) {
      if (due) side.mappedAt = performance.now();
      side.until = until;
      crewTell(crew, side, run);
    } else if (!side.busy && side.t >= crew.target && side.mapT < side.t) crewTell(crew, side, look);
  }
};
// n more; while it plays none are promised that could not be done soon
const crewAdvance = (crew, n) => {
  const most = crew.playing() ? Math.min(crew.end, crew.t + 2 * n + LEAD) : Infinity;
  crew.target = Math.min(Math.max(crew.target, crew.t) + n, most);
  crew.asked = crew.playing() ? 0 : crew.target;
  crewPump(crew);
};
const crewRests = crew => crew.sides.every(({busy, whole, t, mapT}) => {
  return !busy && (!whole || (t >= crew.target && mapT === t));
});
const crewEnd = crew => crew.sides.forEach(s => s.trainer.end());
