// What a view is made of beside its drawing: panels with a canvas, settings, layers, the pointer.
// needs: elements, reads, fit

// ---- panels ----
const fitPanel = (ui, p) => {
  const {canvas, ctx} = p, ratio = window.devicePixelRatio || 1;
  const w = canvas.clientWidth || p.w, h = canvas.clientHeight || p.h;
  const width = Math.round(w * ratio), height = Math.round(h * ratio);
  const same = canvas.width === width && canvas.height === height;
  if (same && w === p.w && h === p.h && ratio === p.ratio) return;
  Object.assign(p, {w, h, ratio});
  Object.assign(canvas, {width, height});
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ui.dirty();
};
// What a panel has of its view: colours, theme, size of type, settings changed on the way
const addView = (ui, p) => Object.defineProperties(p, {
  colors: {get: () => ui.colors}, theme: {get: () => ui.root.dataset.theme}, k: {get: () => ui.type},
  changes: {get: () => ui.changes},
});
const scaleBar = () => {
  return make('div', {class: 'c-scale'}, make('span', {}, 'likely'), make('i'), make('span', {}, 'unlikely'));
};
// A panel that the reader hid is drawn, too, but not shown. The main ones stay in a lecture, and in sight on a phone;
// `scale`: with a bar of the colours from likely to unlikely
const addPanel = (ui, name, {label = name, width = 260, height = 160, grow = false, focus = false, main = false,
  scale = false} = {}) => {
  const canvas = make('canvas', {role: 'img', tabindex: focus ? 0 : null, 'aria-label': label});
  const [wide, high] = [width, height].map(v => `${v / TYPE}em`), ctx = canvas.getContext('2d');
  const style = `flex:${grow ? 1 : 0} 1 ${wide};max-width:${grow ? 'none' : wide}`;
  const caption = make('figcaption', {}, label), bar = scale ? scaleBar() : null;
  const box = make('figure', {class: `c-panel ${main ? 'c-main' : 'c-second'}`, style}, caption, canvas, bar);
  const p = addView(ui, {name, label, canvas, box, caption, ctx, main, w: width, h: height, ratio: 1, at: null});
  canvas.style.height = high;
  addRead(ui, p);
  if (ui.get('hide').includes(name)) fitPanel(ui, p);
  else {
    (main ? ui.mains : ui.stage).append(box);
    onResize(ui, canvas, () => fitPanel(ui, p));
  }
  ui.panels.push(p);
  return p;
};
const setCaption = (p, text) => {
  if (p.label === text && p.caption.textContent === text) return;
  p.label = p.caption.textContent = text;
};

// A finger scrolls the page, unless it begins where `grabs(x, y)` holds; then, and with a mouse or pen, it does what
// the view says. Without `grabs` a finger moves along, and scrolls up and down
const holdFinger = (p, grabs) => {
  p.canvas.style.touchAction = grabs ? 'manipulation' : 'pan-y';
  if (!grabs) return;
  const take = e => {
    const r = p.canvas.getBoundingClientRect(), {clientX, clientY} = e.touches[0];
    if (e.touches.length === 1 && grabs(clientX - r.left, clientY - r.top)) e.preventDefault();
  };
  p.canvas.addEventListener('touchstart', take, {passive: false});
};
const onPointer = (p, {down, move, up, leave, grabs}) => {
  const at = (f, e) => { const r = p.canvas.getBoundingClientRect(); f(e.clientX - r.left, e.clientY - r.top, e); };
  const on = (type, f) => f && p.canvas.addEventListener(type, e => at(f, e));
  let tap = false;     // a finger that may be about to scroll: it acts when it is lifted
  on('pointermove', move); on('pointercancel', (...v) => { tap = false; up?.(...v); }); on('pointerleave', leave);
  on('pointerup', (...v) => { if (tap) { tap = false; down(...v); } up?.(...v); });
  if (!down) return;
  holdFinger(p, grabs);
  on('pointerdown', (x, y, e) => {
    tap = e.pointerType === 'touch' && !!grabs && !grabs(x, y);
    if (tap) return;
    p.canvas.setPointerCapture(e.pointerId);
    down(x, y, e);
  });
};

// ---- settings: each kind of input gives its node, and what to do when the trait changes ----
// What a trait can be, by the words for it
const choices = (trait, words = {}) => TRAITS[trait].choices.map(v => [v, words[v] ?? String(v)]);
const bounded = trait => ({kind: 'range', min: TRAITS[trait].min, max: TRAITS[trait].max});

const slider = (c, {min, max, step, there = v => v, back = v => v}, get, set) => {
  const show = c.format ?? fmt, out = make('output', {});
  const node = make('input', {type: 'range', min, max, step, 'aria-label': c.label});
  const tell = () => { out.textContent = show(get()); node.setAttribute('aria-valuetext', show(get())); };
  node.addEventListener('input', () => set(there(Number(node.value))));
  return [make('span', {class: 'c-slider'}, node, out), () => { node.value = back(get()); tell(); }];
};
const INPUTS = {
  select: (c, get, set) => {
    const options = c.options.map(([, label]) => make('option', {}, label));
    const node = make('select', {onchange: () => set(c.options[node.selectedIndex][0])}, ...options);
    return [node, () => { node.selectedIndex = c.options.findIndex(([v]) => v === get()); }];
  },
  check: (c, get, set) => {
    const node = make('input', {type: 'checkbox', onchange: () => set(node.checked)});
    return [node, () => { node.checked = !!get(); }];
  },
  range: (c, get, set) => slider(c, {min: c.min, max: c.max, step: c.step ?? 'any'}, get, set),
  // discrete values, e.g. on a log scale: the slider moves along their index
  log: (c, get, set) => {
    const back = v => cheapest(c.values.length, i => Math.abs(Math.log(c.values[i] / v)));
    return slider(c, {min: 0, max: c.values.length - 1, step: 1, there: i => c.values[i], back}, get, set);
  },
  buttons: (c, get, set) => {
    const kids = c.options.map(([v, label]) => make('button', {type: 'button', onclick: () => set(v)}, label));
    const sync = () => kids.forEach((k, i) => k.setAttribute('aria-pressed', c.options[i][0] === get()));
    return [make('span', {class: 'c-choice', role: 'group', 'aria-label': c.label}, ...kids), sync];
  },
};

// ---- what the address of a page asked for ----
const fits = (c, v) => {
  if (c.options) return c.options.some(([o]) => o === v);
  if (c.kind === 'check') return typeof v === 'boolean';
  const [low, high] = c.values ? extremes([c.values]) : [c.min ?? -Infinity, c.max ?? Infinity];
  return Number.isFinite(v) && v >= low && v <= high;
};
const checkAsked = (ui, c) => {
  const asked = ui.model.asked ?? {};
  if (!(c.trait in asked) || fits(c, ui.get(c.trait))) return;
  ui.fail(`the address sets ${c.label} to ${JSON.stringify(asked[c.trait])}, which it cannot be`);
  ui.model.set(c.trait, ui.model.original[c.trait]);
};

// A row for the control c = {trait, label, kind, help, ...what its kind wants}; `also`: traits that its text tells of
const controlRow = (ui, c) => {
  const [node, sync] = INPUTS[c.kind](c, () => ui.get(c.trait), v => ui.set(c.trait, v));
  const props = {class: `c-control c-${c.kind}`, title: c.help, 'data-trait': c.trait};
  const row = make(c.kind === 'buttons' ? 'div' : 'label', props, make('span', {class: 'c-name'}, c.label), node);
  const explain = () => ui.note(`${c.label}: ${c.help}`);
  if (c.help) row.addEventListener('focusin', explain);     // for keys and fingers, which see no title
  ui.on([c.trait, ...c.also ?? []], sync); sync();
  return row;
};
const addControls = (ui, list, {label = ''} = {}) => {
  list.forEach(c => checkAsked(ui, c));
  const group = make('div', {class: 'c-group', role: 'group', 'aria-label': label || 'settings'}), rows = [];
  for (const c of list) if (!ui.get('hide').includes(c.trait)) rows.push([c, controlRow(ui, c)]);
  group.append(...rows.map(([, row]) => row));
  const some = rows.filter(([c]) => c.show), check = () => { for (const [c, row] of some) row.hidden = !c.show(); };
  if (some.length) ui.model.on('change', check);
  check();
  if (rows.length) ui.side.append(group);
  return group;
};
const addLayers = (ui, list) => {
  const node = make('div', {class: 'c-layers', role: 'group', 'aria-label': 'layers'});
  for (const [key, label] of list) {
    const box = make('input', {type: 'checkbox'});
    box.addEventListener('change', () => ui.set('layers', {...ui.get('layers'), [key]: box.checked}));
    const sync = () => { box.checked = !!ui.get('layers')[key]; ui.dirty(); };
    ui.on('layers', sync); sync();
    node.append(make('label', {}, box, label));
  }
  ui.side.append(node);
};
