// What every view stands on: elements, colours, charts on a canvas, the transport bar, keys, the loop.

// ---- elements and numbers ----
const make = (tag, props = {}, ...kids) => {
  const node = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (k.startsWith('on')) node.addEventListener(k.slice(2), v);
    else if (v === true) node.setAttribute(k, '');
    else if (v !== false && v != null) node.setAttribute(k, v);
  }
  node.append(...kids.filter(k => k != null));
  return node;
};

const clamp = (v, low, high) => Math.min(high, Math.max(low, v));

const fmt = v => {
  if (v == null) return '–';
  if (!Number.isFinite(v)) return Number.isNaN(v) ? 'NaN' : v > 0 ? '∞' : '−∞';
  const a = Math.abs(v);
  if (a === 0 || (a >= 1e-3 && a < 1e5)) return String(Number(v.toPrecision(3))).replace('-', '−');
  const [m, k] = v.toExponential(1).split('e'), power = '10' + [...String(Number(k))].map(d => d === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]).join('');
  return (m === '1.0' ? power : m === '-1.0' ? `−${power}` : `${m}·${power}`).replace('-', '−');
};

const asBytes = v => {
  if (v == null) return new ArrayBuffer(0);
  if (typeof v === 'string') return Uint8Array.from(atob(v), c => c.charCodeAt(0)).buffer;
  return v.buffer ? v.buffer.slice(v.byteOffset, v.byteOffset + v.byteLength) : v;
};

// ---- colours ----
const ramp = stops => {
  const out = new Uint8Array(768), rgb = stops.map(h => [1, 3, 5].map(i => parseInt(h.slice(i, i + 2), 16)));
  for (let i = 0; i < 256; i++) {
    const u = i / 255 * (rgb.length - 1), j = Math.min(Math.floor(u), rgb.length - 2);
    for (let c = 0; c < 3; c++) out[3 * i + c] = Math.round(rgb[j][c] + (u - j) * (rgb[j + 1][c] - rgb[j][c]));
  }
  return out;
};
const CIVIDIS = ramp(['#00224e', '#12356b', '#3b496c', '#575d6d', '#707173', '#8a8678', '#a59c74', '#c3b369', '#e1cc55', '#fee838']);
const DIVERGING = ramp(['#01447a', '#0072b2', '#7fb8dc', '#f7f7f7', '#f0b27a', '#d55e00', '#7a3200']);
const THEMES = {
  light: {fg: '#1b1b1b', bg: '#ffffff', grid: '#e3e3e3', muted: '#5f6368', accent: '#0b57d0', data: '#0072b2', generated: '#d55e00', entropy: '#00785a'},
  dark: {fg: '#e8e8e8', bg: '#161616', grid: '#3a3a3a', muted: '#a8adb3', accent: '#8ab4f8', data: '#56b4e9', generated: '#ff8f4d', entropy: '#2fc79c'},
};

// ---- charts: on a panel p = {ctx, w, h, colors} ----
const ticks = (a, b, n = 4) => {
  if (!(b > a)) return [a];
  const raw = (b - a) / n, unit = 10 ** Math.floor(Math.log10(raw)), step = [1, 2, 5, 10].find(m => m * unit >= raw) * unit, out = [];
  for (let v = Math.ceil(a / step - 1e-9) * step; v <= b + 1e-9 * step; v += step) out.push(Math.abs(v) < 1e-12 * step ? 0 : v);
  return out;
};
const logTicks = (a, b) => {
  const low = Math.ceil(Math.log10(a) - 1e-9), high = Math.floor(Math.log10(b) + 1e-9), every = Math.max(1, Math.ceil((high - low) / 5)), out = [];
  for (let k = low; k <= high; k += every) out.push(10 ** k);
  if (out.length > 1) return out;
  const fine = [low - 1, low].flatMap(k => [1, 2, 5].map(m => m * 10 ** k)).filter(v => v >= a && v <= b);
  return fine.length > 1 ? fine : ticks(a, b, 3);
};
const linear = (a, b, from, to) => v => from + (v - a) / ((b - a) || 1) * (to - from);
const FONT = '11px system-ui, sans-serif';

const chartClear = p => {
  p.ctx.fillStyle = p.colors.bg;
  p.ctx.fillRect(0, 0, p.w, p.h);
  Object.assign(p.ctx, {font: FONT, lineWidth: 1, globalAlpha: 1, lineJoin: 'round'});
  p.ctx.setLineDash([]);
};

// Clears, draws grid and tick labels, and returns scales; x, y are [low, high]
const chartAxes = (p, {x, y, logy = false, xlabel = '', ylabel = '', margin = [8, 16, xlabel ? 32 : 20, 46], xticks, yticks}) => {
  const {ctx} = p, [top, right, bottom, left] = margin, x0 = left, x1 = p.w - right, y0 = p.h - bottom, y1 = top;
  if (logy) y = [Math.max(y[0], Number.MIN_VALUE), Math.max(y[1], y[0] * 1.01)];
  const flat = linear(...(logy ? y.map(Math.log10) : y), y0, y1), sx = linear(...x, x0, x1), sy = logy ? v => flat(Math.log10(v)) : flat;
  const inverse = linear(y0, y1, ...(logy ? y.map(Math.log10) : y));
  chartClear(p);
  ctx.strokeStyle = p.colors.grid; ctx.fillStyle = p.colors.muted;
  ctx.textAlign = 'right'; ctx.textBaseline = 'middle';
  for (const v of yticks ?? (logy ? logTicks(...y) : ticks(...y))) {
    ctx.beginPath(); ctx.moveTo(x0, sy(v)); ctx.lineTo(x1, sy(v)); ctx.stroke();
    ctx.fillText(fmt(v), x0 - 5, sy(v));
  }
  ctx.textAlign = 'center'; ctx.textBaseline = 'top';
  for (const v of xticks ?? ticks(...x)) { const half = ctx.measureText(fmt(v)).width / 2 + 1; ctx.fillText(fmt(v), clamp(sx(v), half, p.w - half), y0 + 4); }
  if (xlabel) ctx.fillText(xlabel, (x0 + x1) / 2, y0 + 17);
  if (ylabel) { ctx.save(); ctx.translate(10, (y0 + y1) / 2); ctx.rotate(-Math.PI / 2); ctx.textBaseline = 'middle'; ctx.fillText(ylabel, 0, 0); ctx.restore(); }
  return {sx, sy, ix: linear(x0, x1, ...x), iy: v => logy ? 10 ** inverse(v) : inverse(v), x0, x1, y0, y1};
};

const clipped = (p, s, draw) => {
  p.ctx.save();
  p.ctx.beginPath(); p.ctx.rect(s.x0, s.y1, s.x1 - s.x0, s.y0 - s.y1); p.ctx.clip();
  draw(p.ctx);
  p.ctx.restore();
};
const chartLine = (p, s, xs, ys, {color, dash = [], width = 1.5, alpha = 1} = {}) => clipped(p, s, ctx => {
  Object.assign(ctx, {strokeStyle: color ?? p.colors.fg, lineWidth: width, globalAlpha: alpha});
  ctx.setLineDash(dash);
  ctx.beginPath();
  let down = false;
  for (let i = 0; i < xs.length; i++) {
    const v = s.sy(ys[i]);
    if (!Number.isFinite(v)) { down = false; continue; }
    down ? ctx.lineTo(s.sx(xs[i]), v) : ctx.moveTo(s.sx(xs[i]), v);
    down = true;
  }
  ctx.stroke();
});
const chartBand = (p, s, xs, low, high, {color, alpha = .22} = {}) => clipped(p, s, ctx => {
  Object.assign(ctx, {fillStyle: color ?? p.colors.fg, globalAlpha: alpha});
  ctx.beginPath();
  for (let i = 0; i < xs.length; i++) ctx.lineTo(s.sx(xs[i]), s.sy(high[i]));
  for (let i = xs.length - 1; i >= 0; i--) ctx.lineTo(s.sx(xs[i]), s.sy(low[i]));
  ctx.fill();
});
// edges has one entry more than values; hatch draws strokes over the bars, for readers without colour
const chartBars = (p, s, edges, values, {color, hatch = false, alpha = .55} = {}) => clipped(p, s, ctx => {
  ctx.beginPath();
  for (let i = 0; i < values.length; i++) ctx.rect(s.sx(edges[i]), s.sy(values[i]), s.sx(edges[i + 1]) - s.sx(edges[i]), s.y0 - s.sy(values[i]));
  Object.assign(ctx, {fillStyle: color, strokeStyle: color, globalAlpha: alpha});
  ctx.fill();
  ctx.globalAlpha = 1; ctx.stroke();
  if (!hatch) return;
  ctx.clip();
  ctx.beginPath();
  for (let x = s.x0 - (s.y0 - s.y1); x < s.x1; x += 6) { ctx.moveTo(x, s.y0); ctx.lineTo(x + s.y0 - s.y1, s.y1); }
  ctx.stroke();
});
const chartCursor = (p, s, x) => clipped(p, s, ctx => {
  Object.assign(ctx, {strokeStyle: p.colors.fg, globalAlpha: .6, lineWidth: 1});
  ctx.setLineDash([]);
  ctx.beginPath(); ctx.moveTo(s.sx(x), s.y0); ctx.lineTo(s.sx(x), s.y1); ctx.stroke();
});
// x, y in px; text with a halo of the ground, so that it stays readable over lines
const chartLabel = (p, x, y, text, color, align = 'left') => {
  const {ctx} = p;
  Object.assign(ctx, {font: FONT, textAlign: align, textBaseline: 'middle', lineWidth: 3, strokeStyle: p.colors.bg, fillStyle: color ?? p.colors.fg, globalAlpha: 1});
  ctx.setLineDash([]);
  ctx.strokeText(text, x, y); ctx.fillText(text, x, y);
};

// Equal units on both axes, the box [x0, x1, y0, y1] in the middle of the panel
const mapScales = (p, [x0, x1, y0, y1], margin = 0) => {
  const k = Math.min((p.w - 2 * margin) / (x1 - x0), (p.h - 2 * margin) / (y1 - y0)), cx = p.w / 2, cy = p.h / 2, mx = (x0 + x1) / 2, my = (y0 + y1) / 2;
  const sx = v => cx + (v - mx) * k, sy = v => cy - (v - my) * k;
  return {sx, sy, ix: v => mx + (v - cx) / k, iy: v => my - (v - cy) / k, x0: sx(x0), x1: sx(x1), y0: sy(y0), y1: sy(y1), k};
};
// values [ix*n + iy] -> an n x n canvas, y upwards, for drawHeat
const heatmap = (values, n, {low, high, lut = CIVIDIS} = {}) => {
  if (low == null || high == null) { low = Infinity; high = -Infinity; for (const v of values) { if (v < low) low = v; if (v > high) high = v; } }
  const canvas = make('canvas', {width: n, height: n}), ctx = canvas.getContext('2d'), image = ctx.createImageData(n, n), k = 255 / ((high - low) || 1);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
    const at = 4 * ((n - 1 - j) * n + i), c = 3 * Math.round(clamp((values[i * n + j] - low) * k, 0, 255));
    image.data.set([lut[c], lut[c + 1], lut[c + 2], 255], at);
  }
  ctx.putImageData(image, 0, 0);
  return canvas;
};
const drawHeat = (p, s, image, smooth = true) => {
  p.ctx.imageSmoothingEnabled = smooth;
  p.ctx.drawImage(image, s.x0, s.y1, s.x1 - s.x0, s.y0 - s.y1);
};
const markPath = (ctx, shape, x, y, r) => {
  if (shape === 'triangle') { ctx.moveTo(x, y - 1.2 * r); ctx.lineTo(x + 1.1 * r, y + .8 * r); ctx.lineTo(x - 1.1 * r, y + .8 * r); ctx.closePath(); }
  else if (shape === 'square') ctx.rect(x - r, y - r, 2 * r, 2 * r);
  else { ctx.moveTo(x + r, y); ctx.arc(x, y, r, 0, 2 * Math.PI); }
};
const sprites = new Map();
const sprite = (shape, r, fill, stroke, ratio) => {
  const key = [shape, r, fill, stroke, ratio].join();
  if (!sprites.has(key)) {
    const side = Math.ceil((2.6 * r + 3) * ratio), canvas = make('canvas', {width: side, height: side}), ctx = canvas.getContext('2d');
    ctx.scale(ratio, ratio);
    Object.assign(ctx, {fillStyle: fill, strokeStyle: stroke, lineWidth: 1});
    ctx.beginPath(); markPath(ctx, shape, side / ratio / 2, side / ratio / 2, r); ctx.fill(); ctx.stroke();
    sprites.set(key, canvas);
  }
  return sprites.get(key);
};
// xy [2N]: above 3,000 points squares without a sprite, which stays quick; the more there are, the more they let through
const drawPoints = (p, s, xy, {fill = '#ffffff', stroke = '#000000', r = 2.6, shape = 'circle'} = {}) => {
  const {ctx} = p, n = xy.length / 2;
  if (n > 3000) {
    for (const [color, h] of [[stroke, 1.6], [fill, .9]]) {
      Object.assign(ctx, {fillStyle: color, globalAlpha: Math.max(.25, 3000 / n)});
      for (let i = 0; i < n; i++) ctx.fillRect(s.sx(xy[2 * i]) - h, s.sy(xy[2 * i + 1]) - h, 2 * h, 2 * h);
    }
    ctx.globalAlpha = 1;
    return;
  }
  const mark = sprite(shape, r, fill, stroke, p.ratio), side = mark.width / p.ratio;
  for (let i = 0; i < n; i++) ctx.drawImage(mark, s.sx(xy[2 * i]) - side / 2, s.sy(xy[2 * i + 1]) - side / 2, side, side);
};
const drawArrows = (p, s, xy, dxy, {color = '#ffffff', scale = 1, width = 1} = {}) => {
  const {ctx} = p;
  Object.assign(ctx, {strokeStyle: color, lineWidth: width});
  ctx.beginPath();
  for (let i = 0; i < xy.length; i += 2) {
    const x = s.sx(xy[i]), y = s.sy(xy[i + 1]), u = s.sx(xy[i] + scale * dxy[i]) - x, v = s.sy(xy[i + 1] + scale * dxy[i + 1]) - y, l = Math.hypot(u, v);
    if (!(l > .5)) continue;
    const h = Math.min(4, l / 2) / l;
    ctx.moveTo(x, y); ctx.lineTo(x + u, y + v);
    ctx.moveTo(x + u - h * (u + .5 * v), y + v - h * (v - .5 * u)); ctx.lineTo(x + u, y + v); ctx.lineTo(x + u - h * (u - .5 * v), y + v - h * (v + .5 * u));
  }
  ctx.stroke();
};

// ---- the parts of a widget ----
const SPEEDS = [1, 2, 5, 10, 20];
const isTyping = e => /^(SELECT|TEXTAREA)$/.test(e.target.tagName) || (e.target.tagName === 'INPUT'
  && (e.target.type === 'range' ? /^(Arrow|Page|Home|End)/.test(e.key) : e.target.type !== 'checkbox'));
const isPressing = e => /^(BUTTON|SUMMARY|INPUT)$/.test(e.target.tagName) && (e.key === ' ' || e.key === 'Enter');

const addPanel = (ui, name, {label = name, width = 260, height = 160, grow = false, focus = false} = {}) => {
  const canvas = make('canvas', {role: 'img', tabindex: focus ? 0 : null, 'aria-label': label}), caption = make('figcaption', {}, label);
  const box = make('figure', {class: 'c-panel', style: `flex:${grow ? 1 : 0} 1 ${width}px;max-width:${grow ? 'none' : width + 'px'}`}, caption, canvas);
  const p = {name, label, canvas, box, caption, ctx: canvas.getContext('2d'), w: width, h: height, ratio: 1, get colors() { return ui.colors; }};
  canvas.style.height = height + 'px';
  const fit = () => {
    const w = canvas.clientWidth || width, h = canvas.clientHeight || height, ratio = window.devicePixelRatio || 1;
    if (w === p.w && h === p.h && ratio === p.ratio && canvas.width === Math.round(w * ratio) && canvas.height === Math.round(h * ratio)) return;
    Object.assign(p, {w, h, ratio});
    canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
    p.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ui.dirty();
  };
  if (!ui.get('hide').includes(name)) {
    ui.stage.append(box);
    const seen = new ResizeObserver(fit);
    seen.observe(canvas);
    ui.cleanups.push(() => seen.disconnect());
  }
  fit();
  ui.panels.push(p);
  return p;
};

const onPointer = (p, {down, move, up, leave}) => {
  const at = (f, e) => { const r = p.canvas.getBoundingClientRect(); f?.(e.clientX - r.left, e.clientY - r.top, e); };
  const on = (type, f) => f && p.canvas.addEventListener(type, e => at(f, e));
  on('pointermove', move); on('pointerup', up); on('pointercancel', up); on('pointerleave', leave);
  if (down) p.canvas.style.touchAction = 'none';
  on('pointerdown', down && ((x, y, e) => { p.canvas.setPointerCapture(e.pointerId); down(x, y, e); }));
};

const INPUTS = {
  select: (c, get, set) => {
    const node = make('select', {onchange: () => set(c.options[node.selectedIndex][0])}, ...c.options.map(([, label]) => make('option', {}, label)));
    return [node, () => { node.selectedIndex = c.options.findIndex(([v]) => v === get()); }];
  },
  check: (c, get, set) => {
    const node = make('input', {type: 'checkbox', onchange: () => set(node.checked)});
    return [node, () => { node.checked = !!get(); }];
  },
  number: (c, get, set) => {
    const node = make('input', {type: 'number', min: c.min, max: c.max, step: c.step ?? 1});
    node.addEventListener('change', () => { if (node.value !== '' && node.checkValidity()) set(Number(node.value)); else node.value = get(); });
    return [node, () => { node.value = get(); }];
  },
  range: (c, get, set) => slider(c, c.min, c.max, c.step ?? 'any', v => v, v => v, get, set),
  // discrete values, e.g. on a log scale: the slider moves along their index
  log: (c, get, set) => {
    const near = v => c.values.reduce((best, o, i) => Math.abs(Math.log(o / v)) < Math.abs(Math.log(c.values[best] / v)) ? i : best, 0);
    return slider(c, 0, c.values.length - 1, 1, i => c.values[i], near, get, set);
  },
  buttons: (c, get, set) => {
    const kids = c.options.map(([v, label]) => make('button', {type: 'button', onclick: () => set(v)}, label));
    return [make('span', {class: 'c-choice', role: 'group', 'aria-label': c.label}, ...kids), () => kids.forEach((k, i) => k.setAttribute('aria-pressed', c.options[i][0] === get()))];
  },
};
const slider = (c, min, max, step, there, back, get, set) => {
  const show = c.format ?? fmt, out = make('output', {}), node = make('input', {type: 'range', min, max, step, 'aria-label': c.label});
  const told = () => { out.textContent = show(get()); node.setAttribute('aria-valuetext', show(get())); };
  node.addEventListener('input', () => set(there(Number(node.value))));
  return [make('span', {class: 'c-slider'}, node, out), () => { node.value = back(get()); told(); }];
};
const fits = (c, v) => {
  if (c.options) return c.options.some(([o]) => o === v);
  if (c.kind === 'check') return typeof v === 'boolean';
  const [low, high] = c.values ? [Math.min(...c.values), Math.max(...c.values)] : [c.min ?? -Infinity, c.max ?? Infinity];
  return Number.isFinite(v) && v >= low && v <= high;
};
// what an address asked for and a control could not be set to
const checkAsked = (ui, c) => {
  const asked = ui.model.asked ?? {};
  if (!(c.trait in asked) || fits(c, ui.get(c.trait))) return;
  ui.fail(`the address sets ${c.label} to ${JSON.stringify(asked[c.trait])}, which it cannot be`);
  ui.model.set(c.trait, ui.model.original[c.trait]);
};
const addControls = (ui, list, {label = ''} = {}) => {
  list.forEach(c => checkAsked(ui, c));
  const group = make('div', {class: 'c-group', role: 'group', 'aria-label': label || 'settings'});
  const shown = list.filter(c => !ui.get('hide').includes(c.trait)), checks = [];
  for (const c of shown) {
    const [node, sync] = INPUTS[c.kind](c, () => ui.get(c.trait), v => ui.set(c.trait, v));
    const row = make(c.kind === 'buttons' ? 'div' : 'label', {class: `c-control c-${c.kind}`, title: c.help, 'data-trait': c.trait}, make('span', {class: 'c-name'}, c.label), node);
    if (c.help) row.addEventListener('focusin', () => ui.note(`${c.label}: ${c.help}`));     // for keys and fingers, which see no title
    ui.on(c.trait, sync); sync();
    if (c.show) checks.push(() => { row.hidden = !c.show(); });
    group.append(row);
  }
  const check = () => checks.forEach(f => f());
  if (checks.length) ui.model.on('change', check);
  check();
  if (shown.length) ui.side.append(group);
  return group;
};
const addLayers = (ui, list) => {
  const node = make('div', {class: 'c-layers', role: 'group', 'aria-label': 'layers'});
  for (const {key, label} of list) {
    const box = make('input', {type: 'checkbox', onchange: () => ui.set('layers', {...ui.get('layers'), [key]: box.checked})});
    const sync = () => { box.checked = !!ui.get('layers')[key]; ui.dirty(); };
    ui.on('layers', sync); sync();
    node.append(make('label', {}, box, label));
  }
  ui.side.append(node);
};

const transport = (ui, act) => {
  const button = (name, text, title, onclick) => make('button', {type: 'button', class: `c-${name}`, title, onclick}, text);
  const replay = () => ui.get('n_frames') > 0, bar = make('div', {class: 'c-bar', role: 'toolbar', 'aria-label': 'transport'});
  const play = button('play', '▶ Play', 'play or pause (Space)', act.play), slow = button('slow', 'Slow', 'slow motion: one part of a step at a time (s)', act.slow);
  const back = button('back', '◂', 'a step back (←)', () => act.back(1));
  const scrub = make('input', {type: 'range', class: 'c-scrub', min: 0, step: 1, 'aria-label': 'position', oninput: () => act.seek(Number(scrub.value))}), at = make('output', {class: 'c-at'});
  const speed = make('select', {'aria-label': 'steps a frame', onchange: () => ui.set('speed', SPEEDS[speed.selectedIndex])}, ...SPEEDS.map(v => make('option', {}, `×${v}`)));
  const seed = make('input', {type: 'number', min: 0, step: 1, class: 'c-seed', 'aria-label': 'seed'});
  seed.addEventListener('change', () => { if (seed.value !== '' && seed.checkValidity()) ui.set('seed', Number(seed.value)); else seed.value = ui.get('seed'); });
  const names = Object.keys(ui.get('preset_list')), preset = make('select', {'aria-label': 'preset', class: 'c-preset', onchange: () => { if (preset.value) act.preset(preset.value); }},
    make('option', {value: ''}, 'presets…'), ...names.map(n => make('option', {value: n, title: ui.get('preset_list')[n][0]}, n)));
  const parts = {reset: button('reset', '⟲ Reset', 'back to the start (r)', act.reset), play, back, step: button('step', 'Step ▸', 'one step (→)', () => act.step(1)), slow, speed, scrub, at,
    seed: make('label', {class: 'c-control'}, 'seed', seed), preset: names.length ? preset : null,
    save: button('save', 'PNG', 'save the picture as PNG', act.save), link: button('link', 'Link', 'copy a link, or the settings as JSON', act.link)};
  const hidden = ui.get('hide');
  bar.append(...Object.entries(parts).filter(([k, v]) => v && !hidden.includes(k)).map(([, v]) => v));
  const sync = () => {
    const on = ui.playing();
    play.textContent = on ? '❚❚ Pause' : '▶ Play'; play.setAttribute('aria-pressed', on);
    slow.setAttribute('aria-pressed', ui.get('speed') === 0);
    speed.selectedIndex = Math.max(0, SPEEDS.indexOf(ui.get('speed'))); speed.disabled = ui.get('speed') === 0;
    seed.value = ui.get('seed'); preset.value = names.includes(ui.get('preset')) ? ui.get('preset') : '';
    for (const o of [scrub, back]) o.hidden = !replay();
    const recorded = replay() && ui.hooks?.substep;     // what sets a sampler means nothing to its recording
    slow.hidden = !ui.hooks?.substep || recorded; seed.parentNode.hidden = ui.hooks?.seeded === false || recorded; preset.hidden = recorded; scrub.max = Math.max(0, ui.get('n_frames') - 1);
  };
  const place = () => { scrub.value = ui.t; at.textContent = ui.hooks?.where?.() ?? `step ${ui.t}`; };
  ui.on(['playing', 'speed', 'seed', 'preset', 'n_frames', 'engine'], sync);
  return {bar, sync, place};
};

const watchTheme = ui => {
  const media = window.matchMedia('(prefers-color-scheme: dark)'), body = document.body;
  const apply = () => {
    const lab = body?.dataset?.jpThemeLight, own = ui.get('theme');
    const name = own !== 'auto' ? own : lab ? (lab === 'true' ? 'light' : 'dark') : media.matches ? 'dark' : 'light';
    ui.root.dataset.theme = name;
    ui.colors = THEMES[name];
    ui.dirty();
  };
  const seen = new MutationObserver(apply);
  if (body) seen.observe(body, {attributes: true, attributeFilter: ['data-jp-theme-light']});
  media.addEventListener('change', apply);
  ui.on('theme', apply);
  ui.cleanups.push(() => { seen.disconnect(); media.removeEventListener('change', apply); });
  apply();
};

// All panels side by side on one canvas, as a PNG to keep
const savePicture = ui => {
  const rows = ui.panels.filter(p => p.box.isConnected), box = ui.stage.getBoundingClientRect(), ratio = 2;
  const canvas = make('canvas', {width: box.width * ratio, height: box.height * ratio}), ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  ctx.fillStyle = ui.colors.bg; ctx.fillRect(0, 0, box.width, box.height);
  Object.assign(ctx, {fillStyle: ui.colors.fg, font: FONT});
  for (const p of rows) {
    const r = p.canvas.getBoundingClientRect();
    ctx.drawImage(p.canvas, r.left - box.left, r.top - box.top, r.width, r.height);
    ctx.fillText(p.caption.textContent, r.left - box.left, r.top - box.top - 6);
  }
  make('a', {href: canvas.toDataURL('image/png'), download: `${ui.name}.png`}).click();
};

// Views of one widget on one page: who plays a kernel's chains, and which orders from Python are carried out
const DRIVERS = window.cdebmDrivers ??= {}, DONE = window.cdebmDone ??= new Set();
const isDone = id => id != null && (DONE.has(id) || !DONE.add(id));

// A widget: `view(ui)` fills it and says what to do; see the methods of ui and of what a view returns in explorer.base
const explorer = (model, el, view) => {
  const root = make('div', {class: 'cdebm', tabindex: 0, role: 'group', 'data-lm-suppress-shortcuts': 'true'});
  const ui = {model, root, name: view.name, panels: [], cleanups: [], colors: THEMES.light, hooks: null, t: model.get('t'), drawn: 0};
  ui.stage = make('div', {class: 'c-stage'}); ui.side = make('div', {class: 'c-side'});
  const alarm = make('div', {class: 'c-error', role: 'alert', hidden: true}), caption = make('div', {class: 'c-note'}), status = make('div', {class: 'c-status', role: 'status'});
  const table = make('table'), data = make('details', {class: 'c-data', ontoggle: () => fillTable()}, make('summary', {}, 'Data'), table);
  const reduced = window.matchMedia('(prefers-reduced-motion: reduce)'), token = Math.random().toString(36).slice(2, 10);
  let wanted = false, raf = 0, seen = true, alive = null, waiting = 0, seq = 0, heardAt = 0, home = '', spokenAt = 0, tickedAt = 0, syncedAt = 0, gone = false;

  ui.get = name => model.get(name);
  ui.set = (name, value) => { model.set(name, value); model.save_changes(); };
  ui.on = (names, f) => { for (const n of [names].flat()) { const g = () => !gone && f(n); model.on(`change:${n}`, g); ui.cleanups.push(() => model.off(`change:${n}`, g)); } };
  ui.array = (name, Kind) => new Kind(asBytes(model.get(name)));
  ui.send = (content, buffers = []) => model.send(content, undefined, buffers);
  ui.engine = () => model.get('engine') === 'kernel' && alive !== true ? 'browser' : model.get('engine');
  ui.hasKernel = () => alive === true;
  ui.playing = () => model.get('playing');
  ui.reduced = () => reduced.matches;
  ui.dirty = () => { wanted = true; wake(); };
  ui.fail = e => { if (e?.stack && !alarm.hidden) return console.error(e); alarm.textContent = e?.message ?? e ?? ''; alarm.hidden = !alarm.textContent; if (alarm.textContent && ui.playing()) ui.set('playing', false); if (e?.stack) console.error(e); };
  ui.note = text => { caption.textContent = text ?? ''; };
  ui.panel = (name, opts) => addPanel(ui, name, opts);
  ui.controls = (list, opts) => addControls(ui, list, opts);
  ui.layers = list => addLayers(ui, list);
  ui.pointer = onPointer;
  ui.request = n => {
    if (ui.playing() && (DRIVERS[home] ??= token) !== token) return false;     // of two views of one widget one drives
    if (!waiting) heardAt = performance.now();
    if (waiting >= 4 && performance.now() - heardAt > 5000) {
      waiting = 0; ui.set('playing', false);
      ui.note('the kernel does not answer: it is busy, or gone; Play asks again');
    }
    if (waiting >= 4 || (!ui.playing() && performance.now() - heardAt > 5000)) return false;
    waiting++;
    ui.send({cmd: 'step', n, seq: `${token}.${++seq}`});
    return true;
  };
  ui.config = () => Object.fromEntries(ui.get('setting_names').map(k => [k, ui.get(k)]));

  const guarded = f => (...args) => { try { return f(...args); } catch (e) { ui.fail(e); } };
  const wake = () => { if (!raf && !gone) raf = requestAnimationFrame(frame); };
  const speak = force => {
    const now = performance.now();
    if (!force && now - spokenAt < 250) return;
    spokenAt = now;
    const text = ui.hooks.status?.() ?? '';
    status.textContent = text; bar.place();
    if (ui.playing()) return;
    for (const p of ui.panels) p.canvas.setAttribute('aria-label', `${p.label}. ${text}`);
    if (data.open) fillTable();
  };
  const fillTable = () => {
    if (!data.open || !ui.hooks?.table) return;
    const {columns, rows} = ui.hooks.table();
    table.replaceChildren(make('tr', {}, ...columns.map(c => make('th', {scope: 'col'}, c))), ...rows.map(r => make('tr', {}, ...r.map(v => make('td', {}, v == null || typeof v === 'number' ? fmt(v) : String(v))))));
  };
  const syncT = force => {
    if (!force && performance.now() - syncedAt < 500) return;
    syncedAt = performance.now();
    if (model.get('t') !== ui.t) { model.set('t', ui.t); model.save_changes(); }
  };
  const seek = t => { ui.t = clamp(Math.round(t), 0, Math.max(0, ui.get('n_frames') - 1)); ui.hooks.seek?.(ui.t); ui.dirty(); };
  const move = n => {
    if (ui.get('n_frames') > 0) {
      if (n > 0 && ui.t >= ui.get('n_frames') - 1) return ui.playing() && ui.set('playing', false);
      seek(ui.t + n);
    } else if (n < 0) { if (!ui.hooks.back) return; ui.hooks.back(-n); } else ui.hooks.advance?.(n);
    ui.dirty();
  };
  const tick = now => {
    const slow = ui.get('speed') === 0 && ui.hooks.substep;
    if (now - tickedAt < (slow ? 600 : 1000 / (ui.hooks.fps ?? 60) - 2)) return;
    tickedAt = now;
    if (slow) { ui.note(ui.hooks.substep()); ui.dirty(); } else move(ui.get('speed') || 1);
  };
  const frame = guarded(now => {
    raf = 0;
    if (gone) return;
    if (ui.playing() && seen) { tick(now); wake(); }
    if (!wanted || !seen) return;
    wanted = false; ui.drawn++;
    ui.hooks.draw(); speak(!ui.playing()); syncT(!ui.playing());
  });
  const act = {
    play: guarded(() => { if (!ui.playing() && ui.get('n_frames') > 0 && ui.t >= ui.get('n_frames') - 1) seek(0); ui.set('playing', !ui.playing()); }),
    step: guarded(n => { if (ui.playing()) ui.set('playing', false); move(n); }), back: guarded(n => { if (ui.playing()) ui.set('playing', false); move(-n); }),
    reset: guarded(() => { if (ui.playing()) ui.set('playing', false); ui.fail(''); ui.note(''); if (ui.get('n_frames') > 0) seek(0); else ui.t = 0; ui.hooks.reset?.(); ui.dirty(); }),
    slow: guarded(() => { ui.note(''); ui.set('speed', ui.get('speed') === 0 ? 1 : 0); }),
    seek: guarded(t => { if (ui.playing()) ui.set('playing', false); seek(t); }),
    preset: guarded(name => {
      const [text, changes] = ui.get('preset_list')[name];
      for (const [k, v] of Object.entries({...changes, preset: name})) model.set(k, v);
      model.save_changes();
      if (ui.get('n_frames') > 0) ui.dirty(); else act.reset();     // a replay stays where it is
      ui.note(text);
    }),
    save: guarded(() => savePicture(ui)),
    link: guarded(() => {
      const text = JSON.stringify(ui.config()), page = model.standalone && location.protocol !== 'about:' ? `${location.href.split('#')[0]}#${encodeURIComponent(text)}` : text;
      navigator.clipboard?.writeText(page).then(() => ui.note(page === text ? 'settings copied as JSON' : 'link copied'), () => ui.note(page));
    }),
    faster: d => { const i = clamp(SPEEDS.indexOf(ui.get('speed')) + d, 0, SPEEDS.length - 1); ui.set('speed', SPEEDS[i]); },
  };
  const onKey = e => {
    e.stopPropagation();
    if (e.key === 'Escape') return e.target === root ? root.blur() : root.focus();
    if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e) || isPressing(e)) return;
    const keys = {' ': act.play, ArrowRight: () => act.step(1), ArrowLeft: () => act.back(1), r: act.reset, s: ui.hooks.substep && act.slow, '+': () => act.faster(1), '=': () => act.faster(1), '-': () => act.faster(-1),
      p: () => root.querySelector('.c-preset')?.focus(), ...ui.hooks.keys}, f = (e.shiftKey && keys[`Shift${e.key}`]) || keys[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    if (!f) return;
    e.preventDefault();
    guarded(f)(e);
  };
  const onMessage = guarded((content, buffers) => {
    heardAt = performance.now();
    if (String(content.ack ?? '').startsWith(token)) waiting = Math.max(0, waiting - 1);
    if (content.hello) { const late = alive === false; alive = true; home = content.hello; ui.hooks.connected?.(); if (late) act.reset(); ui.note(''); return; }
    if (content.do) return ui.engine() === 'kernel' && isDone(content.id) ? null : act[content.do]?.(content.n ?? 1);
    ui.hooks.receive?.(content, buffers);
    ui.dirty();
  });

  const bar = transport(ui, act);
  root.append(bar.bar, alarm, caption, make('div', {class: 'c-body'}, ui.stage, ui.side), status, data);
  el.append(root);
  watchTheme(ui);
  ui.on('title', () => root.setAttribute('aria-label', ui.get('title')));
  root.setAttribute('aria-label', ui.get('title'));
  ui.on('error', () => ui.fail(ui.get('error'))); ui.fail(ui.get('error'));
  const presets = ui.get('preset_list'), set = [...new Set(Object.values(presets).flatMap(([, changes]) => Object.keys(changes)))];
  ui.on(set, k => {     // what was changed by hand is no preset any more
    const changes = presets[ui.get('preset')]?.[1];
    if (changes && k in changes && changes[k] !== ui.get(k)) { ui.note(''); ui.set('preset', ''); }
  });
  ui.on('playing', () => { if (!ui.playing()) { if (DRIVERS[home] === token) delete DRIVERS[home]; ui.dirty(); syncT(true); } wake(); });
  ui.on('t', () => { if (model.get('t') !== ui.t && ui.get('n_frames') > 0) seek(model.get('t')); });
  root.addEventListener('keydown', onKey);
  const looking = new IntersectionObserver(es => { seen = es.at(-1).isIntersecting; if (seen) wake(); });
  looking.observe(root);
  model.on('msg:custom', onMessage);
  root.explorer = ui; ui.act = act;
  guarded(() => {
    ui.hooks = view(ui);
    data.hidden = !ui.hooks.table;
    bar.sync();
    ui.hooks.reset?.();
    ui.dirty();
  })();
  const ask = setTimeout(() => { if (alive === null) { alive = false; ui.hooks?.alone?.(); if (model.get('engine') === 'kernel') { ui.note('no kernel answers: the page computes by itself'); act.reset(); } } }, model.standalone ? 0 : 2000);
  if (!model.standalone) ui.send({cmd: 'hello'});
  return () => {
    gone = true;
    if (DRIVERS[home] === token) delete DRIVERS[home];
    clearTimeout(ask); cancelAnimationFrame(raf); looking.disconnect();
    model.off('msg:custom', onMessage);
    ui.cleanups.forEach(f => f()); ui.hooks?.destroy?.();
    root.remove();
  };
};
