// What an energy takes for data and what not: scores, a threshold to drag, mistakes, a pad to draw on: the view.
// needs: elements, controls, lesson, conv, tiles, detect_numbers, detect_draw, fit, halves

// ---- what Python sent ----
// scores: name -> set -> numbers, not sorted; thumbs: set -> index -> picture
const detectScores = ui => {
  const flat = ui.array('scores', Float32Array), out = {}, counts = ui.get('counts');
  let at = 0;
  for (const score of ui.get('score_names')) {
    out[score] = {};
    ui.get('sets').forEach((name, i) => { out[score][name] = flat.subarray(at, at += counts[i]); });
  }
  return out;
};
const detectThumbs = (ui, d) => {
  const rows = inRows(ui.array('thumbs', Uint8Array), d);
  const out = Object.fromEntries(ui.get('sets').map(k => [k, new Map()]));
  ui.get('thumb_ids').forEach(([set, i], k) => out[set].set(i, rows[k]));
  return out;
};
// Pictures at the end of the scores where mistakes are: {x, score}, worst first
const detectWorst = (scores, thumbs, sign) => {
  const known = [...thumbs.keys()].sort((i, j) => sign * (scores[i] - scores[j]));
  return known.map(i => ({x: thumbs.get(i), score: scores[i]}));
};
const detectChoose = (st, ui) => {
  const all = st.scores[ui.get('score')], out = ui.get('out');
  Object.assign(st, {a: detectSorted(all.in), b: detectSorted(all[out]), outName: out});
  st.curve = detectCurve(st.a, st.b);
  st.precision = detectPrecision(st.curve, st.a.length, st.b.length);
  st.oddest = detectWorst(all.in, st.thumbs.in, -1);
  st.missed = detectWorst(all[out], st.thumbs[out], 1);
};
const detectSettle = (st, ui) => {
  st.threshold = detectAt(st.a, ui.get('keep') / 100);
  st.confusion = detectConfusion(st.a, st.b, st.threshold);
};

// ---- the pad ----
const detectInk = (st, ui) => {
  st.empty = !st.ink.some(v => v > 0);
  st.padEnergy = null;
  if (st.net && !st.empty) {
    const seen = ui.get('centre') ? penCentred(st.ink, st.side) : st.ink, e = new Float64Array(1);
    convAll(convSlices(st.net, seen.map(v => fromByte(toByte(v))), 1, e));
    st.padEnergy = e[0];
  }
  ui.dirty();
};
const detectOnPad = (st, x, y) => [(x - st.padAt.left) / st.padAt.k, y / st.padAt.k];
const detectDraws = (st, ui) => {
  let last = null;
  const go = (x, y, e) => {
    const at = detectOnPad(st, x, y);
    if (last) penLine(st.ink, st.side, last, at, st.radius, e.shiftKey ? 0 : 1);
    st.pen = at;
    if (last) { last = at; detectInk(st, ui); } else ui.dirty();
  };
  const down = (x, y, e) => { last = detectOnPad(st, x, y); go(x, y, e); };
  ui.pointer(st.pad, {grabs: () => true, down, move: go, up: () => { last = null; }});
};
const detectMovePen = (st, ui, x, y) => {
  const from = st.pen;
  st.pen = [clamp(from[0] + x, 0, st.side), clamp(from[1] + y, 0, st.side)];
  if (st.down) { penLine(st.ink, st.side, from, st.pen, st.radius, 1); detectInk(st, ui); }
  ui.dirty();
};
const detectClear = (st, ui) => { st.ink.fill(0); detectInk(st, ui); };
const detectCopy = (st, ui, x) => { st.ink = Float32Array.from(x, v => v / 255); detectInk(st, ui); };

// ---- panels ----
const detectPanels = (st, ui) => {
  const add = (name, label, more) => ui.panel(name, {label, width: 260, height: 240, grow: true, ...more});
  const main = {focus: true, height: 280, main: true};
  st.histograms = add('scores', 'scores of data and outside; drag the threshold', main);
  if (st.net) st.pad = add('pad', 'draw a digit: where is its energy?', main);
  st.rocPanel = add('roc', 'ROC: outside found, by data flagged wrongly');
  st.prPanel = add('precision', 'precision: share of the flagged that is outside');
  st.mistakes = add('mistakes', 'worst mistakes; ringed: wrong at this threshold', {height: 190});
  Object.assign(ui.stage.style, {display: 'grid', alignItems: 'start', gap: '8px'});
  ui.fit(w => {
    const wide = w > 600, high = Math.round(Math.min(.6 * ui.tall, .4 * w));
    ui.stage.style.gridTemplateColumns = wide ? 'repeat(12, minmax(0, 1fr))' : 'minmax(0, 1fr)';
    const spans = st.net ? [7, 5, 6, 6, 12] : [12, 0, 6, 6, 12];
    const boxes = [st.histograms, st.pad, st.rocPanel, st.prPanel, st.mistakes];
    boxes.forEach((p, i) => { if (p) p.box.style.gridColumn = wide ? `span ${spans[i]}` : 'auto'; });
    for (const p of [st.histograms, st.pad]) if (p) p.canvas.style.height = wide ? `${high}px` : `${240 / TYPE}em`;
  });
};

// ---- numbers ----
const DETECT_WORDS = {auroc: 'AUROC', aupr: 'AUPR', fpr95: 'FPR at 95 %'};
const detectFixed = v => v.toFixed(3);
const detectInWords = ([v, low, high]) => [detectFixed(v), `${detectFixed(low)} to ${detectFixed(high)}`];
const detectFigures = (st, ui) => ui.get('figures')[ui.get('score')]?.[ui.get('out')] ?? {};
const detectAddNumbers = (st, ui) => {
  const table = make('table', {class: 'c-numbers'}), node = make('div', {class: 'c-boxed'}, table);
  st.tell = () => {
    const {kept, wrong, missed, found} = st.confusion, figures = Object.entries(detectFigures(st, ui));
    const line = (...cells) => make('tr', {}, ...cells.map(v => make('td', {}, String(v))));
    const rows = figures.map(([k, v]) => line(DETECT_WORDS[k], ...detectInWords(v)));
    const head = make('tr', {}, ...['', 'passes', 'flagged'].map(k => make('th', {}, k)));
    table.replaceChildren(head, line('data', kept, wrong), line(st.outName, missed, found), ...rows);
  };
  ui.side.append(node);
};
const detectShare = (st, v) => `${Math.round(100 * countAbove(st.a, v) / st.a.length)} %`;
const detectPadWords = (st, ui) => {
  if (st.padEnergy == null) return '';
  const own = ui.get('score') === ui.get('own_score');
  const where = own ? `, lower than that of ${detectShare(st, st.padEnergy)} of the data: `
    + (st.padEnergy > st.threshold ? 'flagged' : 'passes') : '';
  return `. Yours: energy ${fmt(st.padEnergy)}${where}`;
};
const detectStatus = (st, ui) => {
  const {wrong, found} = st.confusion, area = detectFixed(detectArea(st.curve));
  const part = (k, n) => `${fmt(100 * k / n)} %`;
  return `threshold ${fmt(st.threshold)}: ${part(found, st.b.length)} of ${st.outName} found, `
    + `${part(wrong, st.a.length)} of the data flagged wrongly; AUROC ${area}${detectPadWords(st, ui)}`;
};
const detectTable = (st, ui) => {
  const rows = Object.entries(ui.get('figures')[ui.get('score')] ?? {});
  const cells = f => Object.keys(DETECT_WORDS).map(k => f[k] && detectInWords(f[k]).join(', '));
  return {columns: ['outside', ...Object.values(DETECT_WORDS)], rows: rows.map(([k, f]) => [k, ...cells(f)])};
};

// ---- the threshold: a share of the data that is kept ----
const detectKeep = (st, ui, share) => ui.set('keep', clamp(Math.round(1000 * share) / 10, 0, 100));
const detectTo = (st, ui, v) => detectKeep(st, ui, 1 - countAbove(st.a, v) / st.a.length);
const detectAtDot = (st, ui, s, x, y, xs, ys) => {
  const i = cheapest(xs.length, k => (s.sx(xs[k]) - x) ** 2 + (s.sy(ys[k]) - y) ** 2);
  if (i >= 0) detectKeep(st, ui, 1 - st.curve.wrong[i]);
};
const detectDrag = (ui, p, f) => {
  let held = false;
  const down = (x, y) => { held = true; f(x, y); };
  ui.pointer(p, {down, move: (x, y) => held && f(x, y), up: () => { held = false; }});
};
const detectPointers = (st, ui) => {
  detectDrag(ui, st.histograms, x => detectTo(st, ui, st.chart.ix(x)));
  detectDrag(ui, st.rocPanel, (x, y) => detectAtDot(st, ui, st.roc, x, y, st.curve.wrong, st.curve.found));
  detectDrag(ui, st.prPanel, (x, y) => detectAtDot(st, ui, st.pr, x, y, st.curve.found, st.precision));
  if (st.pad) detectDraws(st, ui);
  ui.pointer(st.mistakes, {down: (x, y) => {
    const cell = st.cells?.find(c => x >= c.left && x < c.left + c.size && y >= c.top && y < c.top + c.size);
    if (cell && st.pad) detectCopy(st, ui, cell.x);
  }});
};
const detectKeys = (st, ui) => {
  const shift = by => () => detectKeep(st, ui, (ui.get('keep') + by) / 100);
  const pen = (x, y) => () => detectMovePen(st, ui, x, y);
  const draw = st.pad ? {
    c: () => detectClear(st, ui), Enter: () => { st.down = !st.down; detectMovePen(st, ui, 0, 0); },
    ArrowLeft: pen(-1, 0), ArrowRight: pen(1, 0), ArrowUp: pen(0, -1), ArrowDown: pen(0, 1),
  } : {};
  return {'[': shift(-1), ']': shift(1), '{': shift(-.1), '}': shift(.1), ...draw};
};

const DETECT_KEYS = {
  '[': 'a lower threshold', ']': 'a higher threshold', '{': 'a little lower', '}': 'a little higher',
  c: 'clear the pad', Enter: 'put the pen down, or lift it', ArrowUp: 'move the pen', ArrowDown: 'move the pen',
  ArrowLeft: 'move the pen', ArrowRight: 'move the pen', ' ': '', r: '', s: '', '+': '', '-': '',
};

// ---- the view ----
const detectSide = (st, ui) => {
  const names = k => ui.get(k).map(v => [v, v]), outs = names('sets').filter(([v]) => v !== 'in');
  const clear = make('button', {type: 'button', onclick: () => detectClear(st, ui)}, 'Clear the pad');
  ui.controls([
    {trait: 'out', label: 'outside', kind: 'select', options: outs, help: 'what shall be told from the data'},
    {trait: 'score', label: 'score', kind: 'select', options: names('score_names'),
      help: 'higher: less like the data; those in the lower part of the list need no model'},
    {trait: 'keep', label: 'data kept', ...bounded('keep'), step: .1, format: v => `${fmt(v)} %`,
      help: 'the threshold lets so many of the data pass'},
    ...(st.pad ? [{trait: 'centre', label: 'centred', kind: 'check', help: 'your ink, as in MNIST'}] : []),
  ], {label: 'what is told from what'});
  if (st.pad) ui.side.append(clear);
  detectAddNumbers(st, ui);
  const keys = '[ and ] move the threshold. On the pad: draw, Shift erases, c clears; or arrow keys move the pen and '
    + 'Enter puts it down. A click on a mistake puts it on the pad.';
  ui.side.append(make('div', {class: 'c-fine'}, ui.get('runs')), make('div', {class: 'c-fine'}, st.pad ? keys
    : '[ and ] move the threshold.'));
};
const detectState = ui => {
  const [c, side] = ui.get('shape'), d = c * side * side, weights = ui.array('weights', Uint8Array);
  const net = weights.length ? convNet({plan: ui.get('plan'), shape: [c, side]}, convHalves(weights.buffer), 2) : null;
  return {c, side, net, scores: detectScores(ui), thumbs: detectThumbs(ui, d), ink: new Float32Array(d), empty: true,
    padEnergy: null, pen: [side / 2, side / 2], down: false, radius: side / 22};
};
const detectListen = (st, ui) => {
  const settle = () => { detectSettle(st, ui); st.tell(); ui.dirty(); };
  ui.on(['score', 'out'], () => { detectChoose(st, ui); settle(); });
  ui.on('keep', settle);
  ui.on('centre', () => detectInk(st, ui));
  detectChoose(st, ui);
  settle();
};
const detect = ui => {
  const st = detectState(ui);
  lessonHead(ui);
  lessonSteps(ui, () => {});     // there is nothing that moves
  detectPanels(st, ui);
  detectSide(st, ui);
  detectPointers(st, ui);
  detectListen(st, ui);
  return {
    keys: detectKeys(st, ui), keyWords: DETECT_KEYS, seeded: false, status: () => detectStatus(st, ui),
    table: () => detectTable(st, ui),
    draw() {
      detectDrawHistograms(st, st.histograms, ui);
      if (st.pad) detectDrawPad(st, st.pad);
      detectDrawRoc(st, st.rocPanel); detectDrawPr(st, st.prPanel); detectDrawMistakes(st, st.mistakes);
    },
  };
};
