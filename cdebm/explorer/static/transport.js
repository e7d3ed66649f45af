// What moves a view through time: orders, the bar of buttons, the keys.
// needs: elements, link, fit, formula, help

const SLOW = 600;     // ms from one part of a step to the next, or from frame to frame, in slow motion
const SPEEDS = TRAITS.speed.choices.filter(v => v);     // steps a frame; 0 is slow motion

// ---- orders ----
const isReplay = ui => ui.get('n_frames') > 0;
const lastFrame = ui => Math.max(0, ui.get('n_frames') - 1);
const pause = ui => { if (ui.playing()) ui.set('playing', false); };
const seek = (ui, t) => {
  ui.t = clamp(Math.round(t), 0, lastFrame(ui));
  ui.hooks.seek?.(ui.t);
  ui.dirty();
};
// To the frame {step} of a recording that is nearest to a step
const goTo = (ui, frames, step) => {
  if (isReplay(ui)) ui.act.seek(cheapest(frames.length, i => Math.abs(frames[i].step - step)));
};
// n steps, or so many frames of a replay, which can go back
const moveBy = (ui, n) => {
  if (isReplay(ui)) {
    if (n > 0 && ui.t >= lastFrame(ui)) return pause(ui);
    return seek(ui, ui.t + n);
  }
  if (n < 0) return;
  ui.hooks.advance?.(n);
  ui.dirty();
};
const play = ui => {
  if (!ui.playing() && isReplay(ui) && ui.t >= lastFrame(ui)) seek(ui, 0);
  ui.set('playing', !ui.playing());
};
const reset = ui => {
  pause(ui);
  ui.fail(''); ui.note(presetNote(ui));
  ui.changes.length = 0;
  if (isReplay(ui)) seek(ui, 0); else ui.t = 0;
  ui.hooks.reset?.();
  ui.dirty();
};
// What is to be seen in a preset, the one that is set without a name; '' where there is none
const presetNote = (ui, name = ui.get('preset')) => {
  const step = ui.get('lesson_list').find(([, k]) => k === name), text = ui.get('preset_list')[name]?.[0] ?? '';
  return step && text ? `${step[0]}. ${text}` : text;
};
const takePreset = (ui, name) => {
  const [, changes] = ui.get('preset_list')[name];
  for (const [k, v] of Object.entries({...changes, preset: name})) ui.model.set(k, v);
  ui.model.save_changes();
  if (isReplay(ui)) ui.dirty(); else reset(ui);     // a replay stays where it is
  ui.note(presetNote(ui));
};
const faster = (ui, by) => ui.set('speed', SPEEDS[clamp(SPEEDS.indexOf(ui.get('speed')) + by, 0, SPEEDS.length - 1)]);
// All panels side by side on one canvas, as a PNG to keep
const savePicture = ui => {
  const box = ui.stage.getBoundingClientRect(), ratio = 2;
  const canvas = make('canvas', {width: box.width * ratio, height: box.height * ratio}), ctx = canvas.getContext('2d');
  ctx.scale(ratio, ratio);
  ctx.fillStyle = ui.colors.bg; ctx.fillRect(0, 0, box.width, box.height);
  Object.assign(ctx, {fillStyle: ui.colors.fg, font: `${TYPE}px system-ui, sans-serif`});
  for (const p of ui.panels.filter(p => p.box.isConnected)) {
    const r = p.canvas.getBoundingClientRect(), x = r.left - box.left, y = r.top - box.top;
    ctx.drawImage(p.canvas, x, y, r.width, r.height);
    ctx.fillText(p.caption.textContent, x, y - 6);
  }
  make('a', {href: canvas.toDataURL('image/png'), download: `${ui.name}.png`}).click();
};
// What buttons, keys and Python can ask for; trouble is shown
const orders = ui => {
  const all = {
    play: () => play(ui),
    step: n => { pause(ui); moveBy(ui, n); },
    back: n => { pause(ui); moveBy(ui, -n); },
    seek: t => { pause(ui); seek(ui, t); },
    reset: () => reset(ui),
    lecture: () => ui.set('lecture', !ui.get('lecture')),
    keys: () => showKeys(ui, keysOf(ui, ui.act)),
    slow: () => { ui.note(''); light(ui, null); ui.set('speed', ui.get('speed') === 0 ? 1 : 0); },
    faster: by => faster(ui, by),
    preset: name => takePreset(ui, name),
    save: () => savePicture(ui),
    link: () => copyLink(ui),
  };
  return Object.fromEntries(Object.entries(all).map(([k, f]) => [k, ui.guarded(f)]));
};

// ---- the bar ----
const barButtons = act => {
  const button = (k, text, title, onclick) => make('button', {type: 'button', class: `c-${k}`, title, onclick}, text);
  return {
    reset: button('reset', '⟲ Reset', 'back to the start (r)', () => act.reset()),
    play: button('play', '▶ Play', 'play or pause (Space)', () => act.play()),
    back: button('back', '◂', 'a step back (←)', () => act.back(1)),
    step: button('step', 'Step ▸', 'one step (→)', () => act.step(1)),
    slow: button('slow', 'Slow', 'slow motion: one part of a step, or one frame, at a time (s)', () => act.slow()),
    save: button('save', 'PNG', 'save the picture as PNG', () => act.save()),
    link: button('link', 'Link', 'copy a link, or the settings as JSON', () => act.link()),
    lecture: button('big', 'Lecture', 'large type, no numbers, the main pictures alone (l)', () => act.lecture()),
    keys: button('help', '?', 'the keys (?)', () => act.keys()),
  };
};
const barInputs = (ui, act) => {
  const scrub = make('input', {type: 'range', class: 'c-scrub', min: 0, step: 1, 'aria-label': 'position'});
  scrub.addEventListener('input', () => act.seek(Number(scrub.value)));
  const speed = make('select', {'aria-label': 'steps a frame'}, ...SPEEDS.map(v => make('option', {}, `×${v}`)));
  speed.addEventListener('change', () => ui.set('speed', SPEEDS[speed.selectedIndex]));
  return {scrub, at: make('output', {class: 'c-at'}), speed, seed: seedInput(ui), preset: presetInput(ui, act)};
};
// Takes whole valid entries only; others leave the seed as it was
const seedInput = ui => {
  const seed = make('input', {type: 'number', min: 0, step: 1, class: 'c-seed', 'aria-label': 'seed'});
  seed.addEventListener('change', () => {
    if (seed.value !== '' && seed.checkValidity()) ui.set('seed', Number(seed.value)); else seed.value = ui.get('seed');
  });
  return seed;
};
const presetInput = (ui, act) => {
  const presets = Object.entries(ui.get('preset_list'));
  const options = presets.map(([value, [title]]) => make('option', {value, title}, value));
  const none = make('option', {value: ''}, 'presets…');
  const preset = make('select', {'aria-label': 'preset', class: 'c-preset'}, none, ...options);
  preset.addEventListener('change', () => { if (preset.value) act.preset(preset.value); });
  return preset;
};
const syncBar = (ui, b) => {
  const on = ui.playing(), replay = isReplay(ui), presets = ui.get('preset_list');
  b.play.textContent = on ? '❚❚ Pause' : '▶ Play'; b.play.setAttribute('aria-pressed', on);
  b.slow.setAttribute('aria-pressed', ui.get('speed') === 0);
  b.speed.selectedIndex = Math.max(0, SPEEDS.indexOf(ui.get('speed'))); b.speed.disabled = ui.get('speed') === 0;
  b.seed.value = ui.get('seed');
  b.preset.value = ui.get('preset') in presets ? ui.get('preset') : '';
  b.scrub.hidden = b.back.hidden = !replay;
  b.scrub.max = lastFrame(ui);
  const recorded = replay && ui.hooks?.substep;     // what sets a sampler means nothing to its recording
  b.seed.parentNode.hidden = ui.hooks?.seeded === false || recorded;
  b.preset.hidden = recorded;
  b.lecture.setAttribute('aria-pressed', ui.get('lecture'));
  b.keys.setAttribute('aria-expanded', !ui.keys.hidden);
};
const addBar = (ui, act) => {
  const b = {...barButtons(act), ...barInputs(ui, act)}, some = Object.keys(ui.get('preset_list')).length > 0;
  const seed = make('label', {class: 'c-control'}, 'seed', b.seed), preset = some ? b.preset : null;
  const order = ['reset', 'play', 'back', 'step', 'slow', 'speed', 'scrub', 'at', 'seed', 'preset', 'save', 'link',
    'lecture', 'keys'];
  const shown = order.filter(k => !ui.get('hide').includes(k)).map(k => ({...b, seed, preset})[k]);
  const node = make('div', {class: 'c-bar', role: 'toolbar', 'aria-label': 'transport'}, ...shown);
  const sync = () => syncBar(ui, b);
  const place = () => { b.scrub.value = ui.t; b.at.textContent = ui.hooks?.where?.() ?? `step ${ui.t}`; };
  ui.on(['playing', 'speed', 'seed', 'preset', 'n_frames', 'engine', 'lecture'], sync);
  ui.root.append(node);
  return {sync, place};
};
// What was changed by hand is no preset any more
const watchPreset = ui => {
  const presets = ui.get('preset_list'), set = Object.values(presets).flatMap(([, changes]) => Object.keys(changes));
  ui.on([...new Set(set)], k => {
    const changes = presets[ui.get('preset')]?.[1];
    if (changes && k in changes && changes[k] !== ui.get(k)) { ui.note(''); ui.set('preset', ''); }
  });
};

// ---- keys ----
const isTyping = ({target, key}) => {
  if (/^(SELECT|TEXTAREA)$/.test(target.tagName)) return true;
  if (target.tagName !== 'INPUT') return false;
  return target.type === 'range' ? /^(Arrow|Page|Home|End)/.test(key) : target.type !== 'checkbox';
};
const isPressing = ({target, key}) => /^(BUTTON|SUMMARY|INPUT)$/.test(target.tagName) && [' ', 'Enter'].includes(key);
const keysOf = (ui, act) => ({
  ' ': act.play, ArrowRight: () => act.step(1), ArrowLeft: () => act.back(1), r: act.reset,
  s: act.slow, l: act.lecture, '?': act.keys,
  '+': () => act.faster(1), '=': () => act.faster(1), '-': () => act.faster(-1),
  p: () => ui.root.querySelector('.c-preset, .c-lesson button')?.focus(), ...ui.hooks.keys,
});
const onKey = (ui, act, e) => {
  e.stopPropagation();     // JupyterLab takes no key that is ours
  if (e.key === 'Escape') return e.target === ui.root ? ui.root.blur() : ui.root.focus();
  if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e) || isPressing(e)) return;
  const keys = keysOf(ui, act), plain = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const f = (e.shiftKey && keys[`Shift${e.key}`]) || keys[plain];
  if (!f) return;
  e.preventDefault();
  ui.guarded(f)(e);
};
