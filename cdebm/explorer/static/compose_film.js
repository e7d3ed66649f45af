// Chains of pictures under several classes of one network at once: a film whose energy is a weighted sum, and beside
// them the same chains under each class alone. The view.
// needs: elements, film, film_engine, film_state, tiles

const SUM_TRAITS = ['first', 'second', 'third', 'fourth'];
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
    + 'not: chains leave the pictures.';
};

// ---- each part alone: some of the chains, from the same noise, step by step with those of the sum ----
const SUM_SHOWN = 8;
const sumParts = (st, ui) => {
  const {shape, weights} = filmNet(ui), {branches} = ui.get('plan')[0], own = weights.length / branches.length;
  return branches.map((plan, i) => {
    const net = {shape, plan, weights: weights.slice(i * own, (i + 1) * own)};
    return filmForget({d: st.d, n: 0, sorted: false, crew: filmCrew(net, ui.get('workers') ? 1 : 0)});
  });
};
const sumTook = (ui, part) => r => {
  if (r.t === 0) filmForget(part);
  filmTake(part, r);
  ui.dirty();
};
// Whatever is asked of the chains of the sum is asked of those of the parts, too
const sumTogether = (st, ui) => {
  const {begin, run} = st.crew;
  st.crew.begin = (o, then) => {
    begin(o, then);
    for (const p of st.parts) {
      p.n = Math.min(o.n, SUM_SHOWN);
      p.crew.begin({...o, n: p.n}, sumTook(ui, p));
    }
  };
  st.crew.run = (steps, s, then) => {
    run(steps, s, then);
    const step = ui.get('one_step') * ui.get('step');
    for (const p of st.parts) p.crew.run(steps, {...s, step}, sumTook(ui, p));
  };
};
const sumPanel = (st, ui, names) => {
  const label = `the same noise under ${names.map(k => `${k} alone`).join(', ')}, and under the sum`;
  st.beside = ui.panel('parts', {label, width: 380, height: 200, grow: true});
  st.beside.box.classList.remove('c-second');     // a lecture keeps it
  st.beside.box.style.gridColumn = '1 / -1';
  st.strip.box.before(st.beside.box);
  ui.pointer(st.beside, {
    move: (x, y) => filmHover(st, ui, sumAt(st, x, y)), leave: () => filmHover(st, ui, -1),
    down: (x, y, e) => filmPick(st, ui, sumAt(st, x, y), e.shiftKey),
  });
  ui.fit((width, narrow) => {
    st.beside.canvas.style.height = `${(names.length + 1) * (narrow ? 44 : 76) / TYPE}em`;
  });
};
const sumAt = (st, x, y) => {
  const {left, step} = st.columns ?? {}, i = Math.floor((x - left) / step);
  return i >= 0 && i < Math.min(st.n, SUM_SHOWN) ? i : -1;
};
const sumRow = (st, p, {x: now, t}, word, k, high) => {
  const left = 5.2 * TYPE * p.k, size = Math.floor(Math.min(high, (p.w - left) / SUM_SHOWN) - FILM_GAP);
  const top = k * high + 2, step = size + FILM_GAP;
  st.columns = {left, step};
  chartLabel(p, 0, top + size / 2 - 7 * p.k, word);
  chartLabel(p, 0, top + size / 2 + 9 * p.k, `step ${t}`, p.colors.muted);
  for (let i = 0; now && i < Math.min(st.n, SUM_SHOWN, now.length / st.d); i++) {
    const x = left + i * step;
    tilePaint(p, tileImage(st, filmPicture(st, now, i)), x, top, size);
    filmRings(st, p, i, x, top, size);
  }
};
const sumDraw = (st, ui, names) => {
  const p = st.beside, high = p.h / (names.length + 1);
  chartClear(p);
  [...st.parts, st].forEach((part, k) => {
    if (st.look < part.kept.length) part.look = st.look;     // back in time they go together
    sumRow(st, p, filmShown(part), names[k] ? `${names[k]} alone` : 'the sum', k, high);
  });
};

// ---- weights, and the view ----
const sumAnew = (st, ui) => {
  const warning = sumWarning(ui);
  st.alarm.textContent = warning;
  st.alarm.hidden = !warning;
  sumSettle(ui);
  st.crew.end();
  filmBegun(st, ui);
  sumTogether(st, ui);
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
  const hooks = film(ui, true), st = ui.film, names = ui.get('part_names');
  st.parts = sumParts(st, ui);
  ui.cleanups.push(() => st.parts.forEach(p => p.crew.end()));
  sumTogether(st, ui);
  sumPanel(st, ui, names);
  sumControls(st, ui, names);
  st.anew = () => sumAnew(st, ui);
  return {...hooks, draw() { hooks.draw(); sumDraw(st, ui, names); },
    advance(n) { if (sumWeights(ui).some(v => v)) hooks.advance(n); }};
};
