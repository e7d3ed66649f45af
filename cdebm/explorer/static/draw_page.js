// A training in the page itself, on the sheet as it is painted: for a page without a kernel.
// needs: draw_paint, draw_state, train_run

const pageStart = (st, ui) => {
  st.crew ??= pageCrew(st, ui);
  Object.assign(st, {here: null, hereRows: [], told: st.version});
  crewStart(st.crew);
  ui.t = st.crew.t;
  if (ui.t) ui.note(`${ui.t} updates, as the link has them; Train goes on with new chains.`);
  ui.model.set('trained', {});     // a reset begins anew
};
const pageCrew = (st, ui) => {
  const given = () => trainOptions(ui, {opt: ui.get('opt'), entropy: ui.get('entropy'), reg: 0});
  ui.cleanups.push(() => crewEnd(st.crew));
  return makeCrew(['here'], {
    cells: ui.get('n_map'), given, from: () => crewFrom(ui, 0, 1), sheet: () => trainSheet(st, ui),
    playing: ui.playing, trouble: ui.fail,
    heard: ui.guarded(side => pageHeard(st, ui, side)),
  });
};
// Density of the painting on the cells of the landscape, as it is now
const pageTruth = (st, ui) => {
  if (st.cellsOf === st.version) return st.cells;
  st.cellsOf = st.version;
  return st.cells = paintDensity(st.pix, st.n, {...drawBox(st, ui), nodes: ui.get('n_map'), inset: .5});
};
// A frame as the kernel sends them, of [step, gap, KL, TV]
const pageHeard = (st, ui, side) => {
  if (!side.whole) ui.fail('the gradient is no number any more: New network starts over');
  if (side.map && side.mapT !== st.here?.step) {
    const {kl, tv} = pageTruth(st, ui) ? farOnCells(st.cells, side.map) : {kl: NaN, tv: NaN};
    st.here = {step: side.mapT, map: greyMap(side.map, ui.get('top')), x: side.x, row: [side.mapT, side.gap, kl, tv]};
    if (side.mapT) st.hereRows.push(st.here.row);
    if (st.hereRows.length > 900) st.hereRows = st.hereRows.filter((_, i) => i % 2 === 0);
  }
  if (st.here) st.here.x = side.x;
  if (ui.engine() !== 'page') return;
  ui.t = side.t;
  ui.dirty();
};
const pageAdvance = (st, ui, n) => {
  if (!pageTruth(st, ui)) return ui.note('nothing is painted yet');
  if (st.told !== st.version) { st.told = st.version; crewSet(st.crew); }
  crewAdvance(st.crew, n);
};
const pageListen = (st, ui) => {
  const settings = ['sampler', 'jumps', 'step_size', 'mcmc_steps', 'opt', 'entropy', 'rule', 'lr'];
  ui.marks(settings);
  ui.on(settings, () => { if (st.crew) crewSet(st.crew); });
  ui.on('playing', () => { if (st.crew && !ui.playing()) crewPause(st.crew); });
};
