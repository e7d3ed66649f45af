// Chains of pictures under several classes of one network at once: a film whose energy is a weighted sum. The view.
// needs: elements, film

const SUM_TRAITS = ['first', 'second', 'third'];
const sumWeights = ui => SUM_TRAITS.slice(0, ui.get('part_names').length).map(k => ui.get(k));
// The sum, with the weights as they are set, and a step that fits it
const sumSettle = ui => {
  const shares = sumWeights(ui), size = sumOf(shares.map(Math.abs));
  ui.model.set('plan', [{...ui.get('plan')[0], weights: shares}]);
  ui.model.set('own_step', ui.get('one_step') / Math.max(1, size));
};
const sumWarning = ui => {
  const sum = sumOf(sumWeights(ui)), none = sumWeights(ui).every(v => v === 0);
  if (none) return 'All weights are 0: there is no energy to walk on. Give one a weight.';
  return sum > 1e-9 ? '' : `Unbounded: the weights sum to ${fmt(sum)}. Nothing says what a picture is, only what it is `
    + 'not: chains leave the digits.';
};
const sumAnew = (st, ui) => {
  const warning = sumWarning(ui);
  st.alarm.textContent = warning;
  st.alarm.hidden = !warning;
  sumSettle(ui);
  st.crew.end();
  filmBegun(st, ui);
};
const sumControls = (st, ui, names) => {
  const one = (trait, i) => ({trait, label: `weight of ${names[i]}`, kind: 'range', min: -2, max: 2, step: .1,
    help: `weight of the energy of ${names[i]}: above 0 wanted, below 0 taken off`});
  st.alarm = make('div', {class: 'c-error', role: 'status', hidden: true});
  ui.root.querySelector('.c-body').before(st.alarm);
  ui.side.prepend(ui.controls(SUM_TRAITS.slice(0, names.length).map(one), {label: 'weights'}));
  ui.on(SUM_TRAITS, () => { st.stale = true; ui.dirty(); });
};
const composedFilm = ui => {
  sumSettle(ui);
  const hooks = film(ui), st = ui.film;
  sumControls(st, ui, ui.get('part_names'));
  const reset = () => {
    if (st.stale) sumAnew(st, ui);
    st.stale = false;
    hooks.reset();
  };
  const fresh = () => { if (st.stale) { ui.t = 0; reset(); } };
  return {...hooks, reset, draw() { fresh(); hooks.draw(); },
    advance(n) { fresh(); if (sumWeights(ui).some(v => v)) hooks.advance(n); }};
};
