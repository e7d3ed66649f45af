// The sheet to paint on: by pointer and by keys, with undo; what is painted goes to the traits.
// needs: elements, charts, maps, draw_paint, draw_state, draw_engines

const DRAW_KEYS = 'arrows move the brush, Space paints, e erases, Enter puts the brush down, z takes back';

// ---- the painting and its trait ----
const sheetTouched = st => { st.stale = true; st.version++; };
const sheetKeep = st => {
  st.past.push(st.pix.slice());
  if (st.past.length > 40) st.past.shift();
};
// To the traits, at once or a few times a second
const sheetSync = (st, ui, force = true) => {
  if (!force && performance.now() - st.synced < 150) return;
  st.synced = performance.now();
  st.text = paintText(st.pix);
  if (st.text === ui.get('paint')) return;
  if (ui.get('pictures')[ui.get('picture')] !== st.text) ui.model.set('picture', '');
  ui.set('paint', st.text);
};
const sheetRead = (st, ui) => {
  if (ui.get('paint') === st.text) return;
  st.text = ui.get('paint');
  st.pix = ui.array('paint', Uint8Array);
  sheetTouched(st);
};
const sheetTake = (st, ui, pix) => {
  st.pix = pix;
  sheetTouched(st);
  sheetSync(st, ui);
  ui.dirty();
};
const sheetPut = (st, ui, pix) => { sheetKeep(st); sheetTake(st, ui, pix); };
const sheetUndo = (st, ui) => st.past.length ? sheetTake(st, ui, st.past.pop()) : ui.note('there is nothing to undo');
const sheetClear = (st, ui) => { sheetLive(st, ui); sheetPut(st, ui, new Uint8Array(st.n ** 2)); };
const sheetPicture = (st, ui) => {
  const text = ui.get('pictures')[ui.get('picture')];
  if (!text || text === st.text) return;
  sheetLive(st, ui);
  sheetPut(st, ui, new Uint8Array(asBytes(text)));
};
// Painting ends a replay: its sheet is the recorded one
const sheetLive = (st, ui) => {
  if (ui.engine() !== 'replay') return;
  const kernel = ui.hasKernel(), own = 'the recording is over: the chains are those of your painting';
  drawShow(st, ui, kernel ? 'kernel' : 'browser');
  ui.note(kernel ? 'back from the recording to your sheet' : own);
};

// ---- the brush ----
const isErasing = ui => ui.get('tool') === 'erase';
const sheetBrush = (st, ui, erase = isErasing(ui), force = 1) => {
  const r = ui.get('brush') * st.n / (st.high - st.low);
  return {r, level: 255 * ui.get('strength') * force, erase, mirror: ui.get('mirror')};
};
const brushSize = (ui, factor) => ui.set('brush', clamp(ui.get('brush') * factor, TRAITS.brush.min, TRAITS.brush.max));
// px to pixels of the sheet
const sheetAt = (st, x, y) => {
  const k = st.n / (st.high - st.low);
  return [(st.s.ix(x) - st.low) * k, (st.s.iy(y) - st.low) * k];
};

// ---- by pointer ----
// The pen's other end erases, its pressure thins the paint
const penBrush = (st, ui, e) => {
  const eraser = e.button === 5 || (e.buttons & 34) > 0, pressed = e.pointerType === 'pen' && e.pressure;
  return sheetBrush(st, ui, isErasing(ui) || eraser, pressed ? Math.min(1, .25 + e.pressure) : 1);
};
const penTo = (st, ui, to, e) => {
  paintLine(st.pix, st.n, st.pen ?? to, to, penBrush(st, ui, e));
  st.pen = to;
  sheetTouched(st);
  sheetSync(st, ui, false);
};
const penMove = (st, ui, x, y, e) => {
  st.at = sheetAt(st, x, y); st.keyed = false;
  const r = st.sheet.canvas.getBoundingClientRect(), all = st.pen ? e.getCoalescedEvents?.() ?? [e] : [];
  for (const c of all) penTo(st, ui, sheetAt(st, c.clientX - r.left, c.clientY - r.top), c);
  ui.dirty();
};
const sheetPointer = (st, ui) => ui.pointer(st.sheet, {
  grabs: () => true,
  down(x, y, e) {
    sheetLive(st, ui);
    sheetKeep(st);
    st.pen = null; st.keyed = false;
    penTo(st, ui, sheetAt(st, x, y), e);
    ui.dirty();
  },
  move: (x, y, e) => penMove(st, ui, x, y, e),
  up() { if (st.pen) { st.pen = null; sheetSync(st, ui); } ui.dirty(); },
  leave() { if (!st.pen) st.at = null; ui.dirty(); },
});
const sheetFocus = (st, ui) => {
  const {canvas} = st.sheet;
  canvas.addEventListener('contextmenu', e => e.preventDefault());
  canvas.addEventListener('focus', () => {
    st.keyed = canvas.matches(':focus-visible');
    if (st.keyed) ui.note(DRAW_KEYS);
    ui.dirty();
  });
  canvas.addEventListener('blur', () => { st.keyed = st.down = false; ui.dirty(); });
};

// ---- by keys, on the focused sheet; elsewhere they belong to the transport bar ----
const sheetDab = (st, ui, erase, whole = true, from = st.key) => {
  sheetLive(st, ui);
  if (whole) sheetKeep(st);
  paintLine(st.pix, st.n, from, st.key, sheetBrush(st, ui, erase));
  sheetTouched(st);
  sheetSync(st, ui);
};
const sheetStep = (st, ui, du, dv, e) => {
  const k = e.shiftKey ? 4 : 1, from = st.key;
  st.key = [clamp(from[0] + k * du, 0, st.n), clamp(from[1] + k * dv, 0, st.n)];
  if (st.down) sheetDab(st, ui, isErasing(ui), false, from);
};
const sheetPen = (st, ui) => {
  st.down = !st.down;
  if (st.down) sheetDab(st, ui, isErasing(ui));
  ui.note(st.down ? 'the brush is down: arrows draw, Enter lifts it' : 'the brush is up');
};
const sheetKeys = (st, ui) => {
  // `f` on the sheet, `other` elsewhere
  const here = (f, other = () => {}) => e => {
    if (e.target !== st.sheet.canvas) return other();
    st.keyed = true;
    f(e);
    ui.dirty();
  };
  const go = (du, dv, other) => here(e => sheetStep(st, ui, du, dv, e), other);
  return {
    ' ': here(e => sheetDab(st, ui, isErasing(ui), !e.repeat), () => ui.act.play()),
    e: here(e => sheetDab(st, ui, true, !e.repeat)),
    Enter: here(() => sheetPen(st, ui)),
    ArrowRight: go(1, 0, () => ui.act.step(1)), ArrowLeft: go(-1, 0, () => ui.act.back(1)),
    ArrowUp: go(0, 1), ArrowDown: go(0, -1),
    z: () => sheetUndo(st, ui), '[': () => brushSize(ui, 1 / 1.25), ']': () => brushSize(ui, 1.25),
  };
};

const SHEET_KEYS = {
  ' ': 'play, pause; on the sheet: paint', e: 'erase, on the sheet', Enter: 'put the brush down, or lift it',
  ArrowUp: 'move the brush, on the sheet', ArrowDown: 'move the brush, on the sheet', z: 'undo a stroke',
  '[': 'a smaller brush', ']': 'a larger brush',
};

// ---- the picture ----
const sheetImage = (st, ui, c) => {
  const shown = drawMoment(st, ui)?.pix ?? st.pix, key = [st.version, c.bg, shown === st.pix ? '' : st.shown].join();
  if (st.image?.key === key) return st.image;
  const canvas = heatmap(shown, st.n, {low: 0, high: 255, lut: ramp([c.bg, c.data])});
  return st.image = {key, canvas, empty: !shown.some(v => v)};
};
const sheetCursor = (st, ui, {ctx, colors: c}, s) => {
  const at = st.keyed ? st.key : st.at, k = (st.high - st.low) / st.n, erase = isErasing(ui);
  if (!at) return;
  const r = Math.max(3, 1.5 * ui.get('brush') * s.k), looks = [[c.bg, 3], [erase ? c.generated : c.fg, 1.2]];
  ctx.setLineDash(erase ? [4, 3] : []);
  paintImages(...at, st.n, ui.get('mirror')).forEach(([u, v], i) => {
    const x = s.sx(st.low + u * k), y = s.sy(st.low + v * k);
    ctx.globalAlpha = i ? .5 : 1;
    strokes(ctx, looks, () => {
      ringPath(ctx, x, y, r);
      if (st.keyed && !i) plusPath(ctx, x, y, 4);
    });
  });
  ctx.globalAlpha = 1; ctx.setLineDash([]);
};
const sheetDraw = (st, ui) => {
  const p = st.sheet, s = st.s = mapScales(p, st.box, 1), {canvas, empty} = sheetImage(st, ui, p.colors);
  chartClear(p);
  drawHeat(p, s, canvas);
  mapFrame(p, s);
  if (empty) chartLabel(p, p.w / 2, p.h / 2, 'paint here: mouse, pen, or arrows and space', p.colors.muted, 'center');
  sheetCursor(st, ui, p, s);
};
