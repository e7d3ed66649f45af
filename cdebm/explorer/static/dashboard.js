// A training as it happens. Rows of the history come as messages while it runs and lie in traits when it rests.

const DASH_LINES = {gap: ['data', []], opt: ['generated', [6, 4]], entropy: ['entropy', [2, 3]], reg: ['muted', [8, 3, 2, 3]]};
const DASH_WORDS = {idle: 'not started', running: 'running', paused: 'paused', stopping: 'finishing the step…', stopped: 'stopped', done: 'done', failed: 'failed'};

const dashTime = s => !Number.isFinite(s) ? '' : s < 90 ? `${Math.ceil(s)} s` : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
const dashSplit = (flat, width) => {
  const out = [];
  for (let i = 0; i + width <= flat.length; i += width) out.push(flat.subarray(i, i + width));
  return out;
};
// mean over the nearest k
const dashSmooth = (ys, k) => {
  if (k < 2) return ys;
  const out = new Float64Array(ys.length), half = k >> 1;
  let sum = 0, from = 0, to = 0;
  for (let i = 0; i < ys.length; i++) {
    while (to < Math.min(ys.length, i + half + 1)) sum += ys[to++];
    while (from < i - half) sum -= ys[from++];
    out[i] = sum / (to - from);
  }
  return out;
};
const dashRange = (lists, log) => {
  let low = Infinity, high = -Infinity;
  for (const ys of lists) for (const y of ys) if (Number.isFinite(y) && (!log || y > 0)) { if (y < low) low = y; if (y > high) high = y; }
  if (low > high) return log ? [.1, 1] : [0, 1];
  if (log) return [low / 1.2, high * 1.2];
  const pad = .06 * (high - low || Math.abs(high) || 1);
  return [low - pad, high + pad];
};

const dashboard = ui => {
  let rows = [], bands = [], norms = [], looks = [], live = null;
  const start = make('button', {type: 'button', class: 'c-go'}, '▶ Start'), hold = make('button', {type: 'button'}, '❚❚ Pause'), stop = make('button', {type: 'button'}, '■ Stop');
  const progress = make('progress', {max: 1, value: 0, 'aria-label': 'training', style: 'flex:0 1 220px'}), words = make('span', {class: 'c-at', style: 'flex:1'}), notes = make('ul', {class: 'c-log', 'aria-label': 'messages', style: 'margin:0;padding-left:16px'});
  const head = make('div', {class: 'c-bar c-train', role: 'toolbar', 'aria-label': 'training'}, start, hold, stop, progress, words);
  const order = cmd => () => ui.send({cmd});
  start.onclick = () => order('start')();
  stop.onclick = () => { words.textContent = DASH_WORDS.stopping; order('stop')(); };
  hold.onclick = () => order(ui.get('status') === 'paused' ? 'resume' : 'pause')();
  const replayBar = ui.root.querySelector('.c-bar');
  head.append(...replayBar.querySelectorAll('.c-save, .c-link'));
  ui.root.prepend(head);

  const picture = ui.panel('samples', {label: 'samples', width: 260, height: 260});
  const terms = ui.panel('terms', {label: 'terms of the loss', width: 330, height: 220, grow: true});
  const energies = ui.panel('energies', {label: 'energies of data and samples, 10 to 90 %', width: 330, height: 220, grow: true});
  const gradient = ui.panel('gradient', {label: 'norm of the gradient', width: 330, height: 220, grow: true});
  // one column, two, or the samples beside two
  const place = () => {
    const w = ui.stage.clientWidth, wide = w > 840;
    Object.assign(ui.stage.style, {display: 'grid', gridTemplateColumns: wide ? '260px repeat(2,minmax(0,1fr))' : `repeat(${w > 540 ? 2 : 1},minmax(0,1fr))`});
    picture.box.style.gridRow = wide ? 'span 2' : 'auto';
    gradient.box.style.gridColumn = wide ? 'span 2' : 'auto';
  };
  const resized = new ResizeObserver(place);
  resized.observe(ui.stage);
  ui.cleanups.push(() => resized.disconnect());
  ui.layers(Object.keys(DASH_LINES).map(key => ({key, label: key})));
  ui.controls([
    {trait: 'smoothing', label: 'smoothing', kind: 'log', values: [1, 5, 20, 100], help: 'rows to average over'},
    {trait: 'every', label: 'look every', kind: 'log', values: [.1, .2, .5, 1, 2, 5, 10, 60], help: 'time between two looks at the samples', format: v => `${fmt(v)} s`},
    {trait: 'log_scale', label: '|gap| in logs', kind: 'check', help: 'size of the gap on a log scale: a training that diverges is a rising line'},
  ]);
  ui.side.append(notes);
  ui.on(['smoothing', 'log_scale', 'layers', 'theme'], ui.dirty);

  const column = name => { const i = ui.get('columns').indexOf(name); return Float64Array.from(rows, r => r[i]); };
  const weighed = () => { norms = dashSplit(ui.array('norms', Float32Array), 4); ui.dirty(); };
  const stored = () => {
    const width = ui.get('columns').length || 1;
    rows = dashSplit(ui.array('rows', Float32Array), width);
    bands = dashSplit(ui.array('bands', Float32Array), 7);
    weighed();
    const steps = ui.array('look_steps', Int32Array), shape = ui.get('shape');
    if (!steps.length) { looks = []; return; }
    const plane = ui.get('kind') === 'plane', all = ui.array('samples', plane ? Float32Array : Uint8Array), size = all.length / steps.length;
    const maps = ui.array('maps', Uint8Array), ranges = ui.array('look_ranges', Float32Array), side = shape[0] ** 2;
    looks = Array.from(steps, (step, i) => ({step, samples: all.subarray(i * size, (i + 1) * size), map: plane ? maps.subarray(i * side, (i + 1) * side) : null, low: ranges[2 * i], high: ranges[2 * i + 1]}));
    live = null;
  };
  const receive = (c, buffers) => {
    if (c.new == null) return;
    const width = ui.get('columns').length || 1, fresh = dashSplit(new Float32Array(asBytes(buffers[0])), width), band = new Float32Array(asBytes(buffers[1]));
    const before = fresh.length ? fresh[0][0] : Infinity;
    while (rows.length && rows[rows.length - 1][0] >= before) rows.pop();     // the health monitor went back
    rows.push(...fresh);
    if (rows.length > 6000) rows = rows.filter((_, i) => i % 2 === 0 || i > rows.length - 1000);
    if (band.length === 7) { while (bands.length && bands[bands.length - 1][0] >= band[0]) bands.pop(); bands.push(band); }
    if (buffers.length > 2) {
      const plane = ui.get('kind') === 'plane';
      live = {...c.look, map: new Uint8Array(asBytes(buffers[2])), samples: plane ? new Float32Array(asBytes(buffers[3])) : new Uint8Array(asBytes(buffers[3]))};
    }
  };
  const begun = () => ['running', 'paused', 'stopping'].includes(ui.get('status')), running = () => ui.hasKernel() && begun();
  const look = () => live ?? (ui.get('n_frames') > 0 ? looks[ui.t] : looks[looks.length - 1]);

  const drawPlane = d => {
    const [low, high] = ui.get('plane'), s = mapScales(picture, [low, high, low, high]);
    chartClear(picture);
    drawHeat(picture, s, heatmap(d.map, Math.round(Math.sqrt(d.map.length)), {low: 0, high: 255}));
    clipped(picture, s, () => drawPoints(picture, s, d.samples, {r: 2.4}));
  };
  const drawTiles = d => {
    const [, h, w, c] = ui.get('shape').length === 4 ? ui.get('shape') : [0, 1, 1, 1], n = Math.floor(d.samples.length / (h * w * c)), across = Math.ceil(Math.sqrt(n));
    chartClear(picture);
    const cell = Math.min(picture.w, picture.h) / across, scale = (cell - 1) / Math.max(h, w), tile = make('canvas', {width: w, height: h}), ctx = tile.getContext('2d'), image = ctx.createImageData(w, h);
    picture.ctx.imageSmoothingEnabled = false;
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < h * w; k++) {
        const at = (i * h * w + k) * c, v = d.samples;
        image.data.set([v[at], v[at + (c > 1 ? 1 : 0)], v[at + (c > 1 ? 2 : 0)], 255], 4 * k);
      }
      ctx.putImageData(image, 0, 0);
      picture.ctx.drawImage(tile, (i % across) * cell, Math.floor(i / across) * cell, w * scale, h * scale);
    }
  };
  const drawPicture = () => {
    const d = look();
    picture.caption.textContent = d ? `samples, step ${d.step}` : 'samples';
    if (!d) { chartClear(picture); return chartLabel(picture, picture.w / 2, picture.h / 2, ui.get('kind') === 'none' ? 'nothing to draw for data of this shape' : 'no samples yet', ui.colors.muted, 'center'); }
    ui.get('kind') === 'plane' ? drawPlane(d) : drawTiles(d);
  };
  const span = () => { const xs = rows.length ? [rows[0][0], rows[rows.length - 1][0]] : [0, ui.get('until') || 1]; return xs[1] > xs[0] ? xs : [xs[0], xs[0] + 1]; };
  const cursor = (p, s) => { const d = look(); if (d && !running()) chartCursor(p, s, d.step); };
  // lines of [label, xs, ys, color, dash] with labels at their ends, kept apart
  const drawLines = (p, lines, logy, more = []) => {
    const s = chartAxes(p, {x: span(), xticks: ticks(...span(), 6), y: dashRange([...lines.map(l => l[2]), ...more], logy), logy, xlabel: 'step', margin: [8, 58, 32, 46]});
    return [s, () => {
      let last = [];
      for (const [label, xs, ys, color, dash] of lines) {
        chartLine(p, s, xs, ys, {color, dash});
        let i = ys.length - 1;
        while (i > 0 && !(Number.isFinite(ys[i]) && (!logy || ys[i] > 0))) i--;
        if (i >= 0) last.push([clamp(s.sy(ys[i]), s.y1 + 5, s.y0 - 5), label, color]);
      }
      last = last.filter(([y]) => Number.isFinite(y)).sort((a, b) => a[0] - b[0]);
      last.forEach((l, i) => { if (i) l[0] = Math.max(l[0], last[i - 1][0] + 12); chartLabel(p, s.x1 + 4, l[0], l[1], l[2]); });
    }];
  };
  const drawTerms = xs => {
    const k = ui.get('smoothing'), logy = ui.get('log_scale'), shown = Object.entries(DASH_LINES).filter(([name]) => ui.get('layers')[name] && (!logy || name === 'gap'));
    const lines = shown.map(([name, [color, dash]]) => [logy ? '|gap|' : name, xs, dashSmooth(logy ? column(name).map(Math.abs) : column(name), k), ui.colors[color], dash]);
    const [s, draw] = drawLines(terms, lines, logy);
    draw(); cursor(terms, s);
  };
  const drawEnergies = xs => {
    const k = ui.get('smoothing'), at = i => bands.map(b => b[i]);
    const [s, draw] = drawLines(energies, [['data', xs, dashSmooth(column('e_pos'), k), ui.colors.data, []], ['samples', xs, dashSmooth(column('e_neg'), k), ui.colors.generated, [6, 4]]], false, [at(1), at(3), at(4), at(6)]);
    chartBand(energies, s, at(0), at(1), at(3), {color: ui.colors.data});
    chartBand(energies, s, at(0), at(4), at(6), {color: ui.colors.generated});
    draw(); cursor(energies, s);
  };
  const drawGradient = xs => {
    const k = ui.get('smoothing'), ns = norms.map(r => r[0]), term = i => norms.map(r => r[i]);
    const lines = [['whole', xs, dashSmooth(column('grad_norm'), k), ui.colors.fg, []]];
    if (norms.length) lines.push(['cd', ns, term(1), ui.colors.data, []], ['opt', ns, term(2), ui.colors.generated, [6, 4]], ['entropy', ns, term(3), ui.colors.entropy, [2, 3]]);
    const clip = ui.get('clip'), [s, draw] = drawLines(gradient, lines, true, clip ? [[clip]] : []);
    draw(); cursor(gradient, s);
    if (clip) { chartLine(gradient, s, span(), [clip, clip], {color: ui.colors.muted, dash: [3, 3], width: 1}); chartLabel(gradient, s.x0 + 4, s.sy(clip) - 7, 'clip', ui.colors.muted); }
  };

  const told = () => {
    const status = ui.get('status'), at = ui.get('at'), until = ui.get('until'), rate = ui.get('rate'), first = ui.get('first'), on = running();
    progress.value = until > 0 ? at / until : 0;
    const left = on && status === 'running' && rate > 0 ? `, ${fmt(rate)} steps/s, ${dashTime((until - at) / rate)} left` : '';
    words.textContent = `${begun() && !on ? 'saved while it trained' : DASH_WORDS[status]}: step ${at}${until ? ` of ${until}` : ''}${left}`;
    const kernel = ui.hasKernel();
    start.textContent = status === 'stopped' || (at > first && status !== 'done' && !on) ? '▶ Go on' : '▶ Start';
    start.disabled = !kernel || on; stop.disabled = !kernel || !on || status === 'stopping'; hold.disabled = !kernel || !['running', 'paused'].includes(status);
    hold.textContent = status === 'paused' ? '▶ Resume' : '❚❚ Pause'; hold.setAttribute('aria-pressed', status === 'paused');
    head.title = kernel ? '' : 'the buttons need a running kernel';
    if (document.activeElement?.disabled) (on ? hold : start).focus();     // the keyboard stays where it was
    replayBar.hidden = on || ui.get('n_frames') < 2;
    ui.dirty();
  };
  const log = () => {
    const list = ui.get('notes');
    notes.replaceChildren(...list.slice(-8).map(n => make('li', {}, `step ${n.step}: ${n.text}`)));
  };
  ui.on(['status', 'at', 'until', 'rate', 'n_frames'], told);
  ui.on('notes', log);
  ui.on(['rows', 'look_steps', 'n_frames'], () => { stored(); ui.dirty(); });
  ui.on('norms', weighed);
  stored(); log();

  return {
    seeded: false, fps: 8, receive, reset: told,
    keys: {' ': () => ui.hasKernel() && ui.get('status') !== 'done' ? (running() ? hold : start).click() : ui.act.play()},
    connected: told,
    alone() {
      if (ui.get('engine') === 'kernel') ui.model.set('engine', 'replay');
      if (looks.length && !ui.get('n_frames')) { ui.model.set('n_frames', looks.length); ui.act.seek(looks.length - 1); }
      told(); if (ui.get('status') === 'idle') ui.note('start it from a notebook: this page has no kernel');
    },
    seek() { live = null; },
    where: () => { const d = look(); return d ? `look at step ${d.step}` : ''; },
    draw() {
      const xs = column('step'); drawPicture();
      if (!rows.length) return [terms, energies, gradient].forEach(p => { chartClear(p); chartLabel(p, p.w / 2, p.h / 2, 'nothing yet: press Start', ui.colors.muted, 'center'); });
      drawTerms(xs); drawEnergies(xs); drawGradient(xs);
    },
    status: () => ui.get('alt'),
    table: () => ({columns: ui.get('columns'), rows: rows.filter((_, i) => i % Math.ceil(rows.length / 12) === 0).map(r => [...r])}),
  };
};
