// A widget: its elements, traits, colours, and the loop that draws at most once a frame.
// needs: elements, fit, maps, controls, kernel, transport, formula, reads



// ---- what `ui` holds: methods for the view, and how far the loop is ----
const newUi = (model, name) => {
  const root = make('div', {class: 'cdebm', tabindex: 0, role: 'group', 'data-lm-suppress-shortcuts': 'true'});
  const loop = {wanted: false, frame: 0, seen: true, gone: false, tickedAt: 0, spokenAt: 0, syncedAt: 0};
  const elements = {
    stage: make('div', {class: 'c-stage'}), side: make('div', {class: 'c-side'}),
    mains: make('div', {class: 'c-mains'}),
    alarm: make('div', {class: 'c-error', role: 'alert', hidden: true}), caption: make('div', {class: 'c-note'}),
    said: make('div', {class: 'c-status', role: 'status'}),
    data: make('details', {class: 'c-data'}), table: make('table'),
    keys: make('section', {class: 'c-keys', 'aria-label': 'keys', hidden: true}),
  };
  const view = {name, hooks: null, panels: [], cleanups: [], fits: [], type: 1, tall: 420, colors: THEMES.light};
  const shown = {t: model.get('t'), drawn: 0};     // the step, and how many frames were drawn
  return {model, root, loop, kernel: newKernel(), ...elements, ...view, ...shown};
};
const addTraits = ui => {
  const {model} = ui, reduced = window.matchMedia('(prefers-reduced-motion: reduce)');
  const listen = (name, f) => {
    const g = () => !ui.loop.gone && f(name);
    model.on(`change:${name}`, g);
    ui.cleanups.push(() => model.off(`change:${name}`, g));
  };
  const more = () => [...(model.get('preset') ? ['preset'] : []), ...(isReplay(ui) ? ['t'] : [])];
  return Object.assign(ui, {
    get: name => model.get(name),
    set: (name, value) => { model.set(name, value); model.save_changes(); },
    on: (names, f) => [names].flat().forEach(name => listen(name, f)),
    array: (name, Kind) => new Kind(asBytes(model.get(name))),
    send: (content, buffers = []) => model.send(content, undefined, buffers),
    config: () => Object.fromEntries([...model.get('setting_names'), ...more()].map(k => [k, model.get(k)])),
    playing: () => model.get('playing'),
    reduced: () => reduced.matches,
    hasKernel: () => ui.kernel.alive === true,
    engine: () => model.get('engine') === 'kernel' && !ui.hasKernel() ? 'browser' : model.get('engine'),
    request: n => requestSteps(ui, n),
  });
};
const addMeans = ui => Object.assign(ui, {
  dirty: () => { ui.loop.wanted = true; wake(ui); },
  fail: e => fail(ui, e),
  guarded: f => (...args) => { try { return f(...args); } catch (e) { ui.fail(e); } },
  note: text => { ui.caption.textContent = text || ui.invite || ''; },
  panel: (name, opts) => addPanel(ui, name, opts),
  controls: (list, opts) => addControls(ui, list, opts),
  layers: list => addLayers(ui, list),
  pointer: onPointer,
  fit: f => onFit(ui, f),
});

// ---- words ----
// What an error, or a text, says stays until the next; errors go to the console, too, and only the first is shown
const fail = (ui, e) => {
  if (e?.stack && !ui.alarm.hidden) return console.error(e);
  ui.alarm.textContent = e?.message ?? e ?? '';
  ui.alarm.hidden = !ui.alarm.textContent;
  if (!ui.alarm.hidden) pause(ui);
  if (e?.stack) console.error(e);
};
const fillTable = ui => {
  if (!ui.data.open || !ui.hooks?.table) return;
  const {columns, rows} = ui.hooks.table(), say = v => v == null || typeof v === 'number' ? fmt(v) : String(v);
  const head = make('tr', {}, ...columns.map(c => make('th', {scope: 'col'}, c)));
  ui.table.replaceChildren(head, ...rows.map(r => make('tr', {}, ...r.map(v => make('td', {}, say(v))))));
};
// The numbers in words, a few times a second; for screen readers when it rests
const speak = ui => {
  const now = performance.now();
  if (ui.playing() && now - ui.loop.spokenAt < 250) return;
  ui.loop.spokenAt = now;
  const text = ui.hooks.status?.() ?? '';
  ui.said.textContent = text;
  ui.bar.place();
  if (ui.playing()) return;
  for (const p of ui.panels) p.canvas.setAttribute('aria-label', `${p.label}. ${text}`);
  fillTable(ui);
};

// ---- the loop ----
const wake = ui => {
  const {loop} = ui;
  if (!loop.frame && !loop.gone) loop.frame = requestAnimationFrame(ui.guarded(now => nextFrame(ui, now)));
};
const tick = (ui, now) => {
  const slow = ui.get('speed') === 0;
  if (now - ui.loop.tickedAt < (slow ? SLOW : 1000 / (ui.hooks.fps ?? 60) - 2)) return;
  ui.loop.tickedAt = now;
  if (!slow || isReplay(ui) || !ui.hooks.substep) return moveBy(ui, ui.get('speed') || 1);
  ui.note(ui.hooks.substep());
  ui.dirty();
};
// The step shown, to Python: a few times a second, and when it rests
const syncStep = ui => {
  if (ui.playing() && performance.now() - ui.loop.syncedAt < 500) return;
  ui.loop.syncedAt = performance.now();
  if (ui.get('t') !== ui.t) ui.set('t', ui.t);
};
const nextFrame = (ui, now) => {
  const {loop} = ui;
  loop.frame = 0;
  if (loop.gone) return;
  if (ui.playing() && loop.seen) { tick(ui, now); wake(ui); }
  if (!loop.wanted || !loop.seen) return;
  loop.wanted = false;
  ui.drawn++;
  ui.hooks.draw(); speak(ui); syncStep(ui);
};

// ---- what it listens to ----
const watchTheme = ui => {
  const media = window.matchMedia('(prefers-color-scheme: dark)'), body = document.body;
  const apply = () => {
    const own = ui.get('theme'), name = own !== 'auto' ? own : onDark(ui, media) ? 'dark' : 'light';
    ui.root.dataset.theme = name;
    ui.colors = THEMES[name];
    if (ui.formula) litSync(ui);
    ui.dirty();
  };
  const seen = new MutationObserver(apply);
  if (body) seen.observe(body, {attributes: true, attributeFilter: ['data-jp-theme-light']});
  media.addEventListener('change', apply);
  ui.on('theme', apply);
  ui.cleanups.push(() => { seen.disconnect(); media.removeEventListener('change', apply); });
  apply();
};
// A view that is off the screen rests
const watchSight = ui => {
  const looking = new IntersectionObserver(es => {
    ui.loop.seen = es.at(-1).isIntersecting;
    if (ui.loop.seen) wake(ui);
  });
  looking.observe(ui.root);
  ui.cleanups.push(() => looking.disconnect());
};
const watchTraits = ui => {
  const name = () => ui.root.setAttribute('aria-label', ui.get('title')), alarm = () => ui.fail(ui.get('error'));
  ui.on('title', name); name();
  ui.on('error', alarm); alarm();
  ui.on('playing', () => {
    if (!ui.playing()) { letGo(ui.kernel); ui.dirty(); syncStep(ui); }
    wake(ui);
  });
  ui.on('t', () => { if (ui.get('t') !== ui.t && isReplay(ui)) seek(ui, ui.get('t')); });
};
const watchMessages = ui => {
  const f = ui.guarded((content, buffers) => hear(ui, content, buffers));
  ui.model.on('msg:custom', f);
  ui.cleanups.push(() => ui.model.off('msg:custom', f));
};

// ---- from model and element to a living view; what it gives ends it ----
const addElements = (ui, el) => {
  ui.bar = addBar(ui, ui.act);
  ui.stage.append(ui.mains);
  ui.data.append(make('summary', {}, 'Data'), ui.table);
  ui.data.addEventListener('toggle', () => fillTable(ui));
  ui.root.append(ui.keys, ui.alarm, ui.caption, make('div', {class: 'c-body'}, ui.stage, ui.side), ui.said, ui.data);
  ui.root.addEventListener('keydown', e => onKey(ui, ui.act, e));
  el.append(ui.root);
};
const beginView = (ui, view) => {
  ui.hooks = view(ui);
  ui.data.hidden = !ui.hooks.table;
  watchSize(ui);
  watchScroll(ui);
  ui.bar.sync();
  ui.hooks.reset?.();
  ui.dirty();
};
const endView = ui => {
  ui.loop.gone = true;
  letGo(ui.kernel);
  cancelAnimationFrame(ui.loop.frame);
  ui.cleanups.forEach(f => f());
  ui.root.remove();
};
// `view(ui)` fills it and gives its hooks: draw, and at will reset, advance, substep, seek, receive, connected, alone,
// status, where, table, keys, fps, seeded
const explorer = (model, el, view) => {
  const ui = addMeans(addTraits(newUi(model, view.name)));
  ui.act = orders(ui);
  watchChanges(ui);
  ui.root.explorer = ui;
  addElements(ui, el);
  for (const watch of [watchTheme, watchTraits, watchPreset, watchSight, watchMessages]) watch(ui);
  ui.guarded(() => beginView(ui, view))();
  greetOrGoOn(ui);
  return () => endView(ui);
};
