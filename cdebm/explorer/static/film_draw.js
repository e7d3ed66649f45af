// Drawing of chains of pictures: tiles, energies of all chains, one chain over its steps.
// needs: elements, charts, tiles, film_state, reads

const FILM_LOW = 46, FILM_GAP = 3;

// ---- tiles ----
// Columns and size of n tiles in w x h px
const filmGrid = (n, w, h) => {
  let best = {size: 0};
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns), size = Math.floor(Math.min(w / columns, h / rows) - FILM_GAP);
    if (size > best.size) best = {columns, rows, size};
  }
  const {columns, rows, size} = best, step = size + FILM_GAP;
  const middle = (all, k) => 3 + Math.floor((all - k * step + FILM_GAP) / 2);
  const left = middle(w, columns), top = middle(h, rows);
  return {...best, place: k => [left + (k % columns) * step, top + Math.floor(k / columns) * step], left, top, step};
};
const filmAtTile = (st, x, y) => {
  const g = st.grid;
  if (!g) return -1;
  const column = Math.floor((x - g.left) / g.step), row = Math.floor((y - g.top) / g.step);
  const k = row * g.columns + column;
  return column < 0 || column >= g.columns || row < 0 || k >= st.n ? -1 : st.order[k];
};
const filmRings = (st, p, i, x, y, size) => {
  const {colors} = p;
  if (st.pinned.includes(i)) tileRing(p, x, y, size, colors.data, 2);
  if (i === st.picked) tileRing(p, x, y, size, colors.picked, 2.5);
  if (i === st.hover) tileRing(p, x, y, size, colors.fg, 2.5);
};
const filmDrawTiles = (st, p) => {
  const {x} = filmShown(st);
  chartClear(p);
  if (!x) return chartSays(p, 'the chains begin …');
  st.grid = filmGrid(st.n, p.w - 6, p.h - 6);
  const {place, size} = st.grid;
  st.order.forEach((i, k) => {
    const [left, top] = place(k);
    tilePaint(p, tileImage(st, filmPicture(st, x, i)), left, top, size);
    filmRings(st, p, i, left, top, size);
  });
};

// ---- energies: a curve a chain over log steps ----
const filmLog = t => Math.log10(t + 1);
const filmTimes = last => [0, 1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000].filter(t => t <= last);
// Values on the axis: all, or those of the later part of the time
const filmRange = (st, zoom, band) => {
  const last = Math.max(st.rows.at(-1)?.t ?? 0, 1), from = zoom && last > 20 ? Math.sqrt(last) * 2 : 0;
  const rows = st.rows.filter(r => r.t >= from), lists = rows.map(r => r.e);
  return axisRange(zoom && band ? [...lists, band] : lists.length ? lists : [[0, 1]]);
};
const filmAxes = (st, p, ui) => {
  const band = filmBand(ui), last = Math.max(10, st.rows.at(-1)?.t ?? 0), x = [0, filmLog(last) * 1.01];
  const y = filmRange(st, ui.get('zoom'), band);
  const s = chartAxes(p, {x, y, xticks: [], xlabel: 'step, log scale', margin: [8, 12, 32, FILM_LOW]});
  Object.assign(p.ctx, {textAlign: 'center', textBaseline: 'top', fillStyle: p.colors.muted});
  for (const t of filmTimes(last)) p.ctx.fillText(String(t), s.sx(filmLog(t)), s.y0 + 4);
  return s;
};
const filmBand = ui => { const [low, high] = ui.get('band'); return high > low ? [low, high] : null; };
const filmCurve = (st, p, s, i, look) => {
  chartLine(p, s, st.rows.map(r => filmLog(r.t)), st.rows.map(r => r.e[i]), look);
};
const filmWedge = ({ctx}, x, y, half, height) => {
  ctx.beginPath(); ctx.moveTo(x, y); ctx.lineTo(x - half, y + height); ctx.lineTo(x + half, y + height); ctx.fill();
};
const filmEvents = (st, p, s) => {
  p.ctx.fillStyle = p.colors.entropy;
  for (const t of st.moved) {
    const x = s.sx(filmLog(t));
    filmWedge(p, x, s.y0 - 7, 3, 7);
  }
};
const filmDrawEnergies = (st, p, ui) => {
  const s = st.chart = filmAxes(st, p, ui), band = filmBand(ui), {colors} = p;
  if (band) {
    chartBand(p, s, [s.ix(s.x0), s.ix(s.x1)], [band[0], band[0]], [band[1], band[1]], {color: colors.data, alpha: .2});
  }
  for (let i = 0; i < st.n; i++) filmCurve(st, p, s, i, {color: colors.muted, width: 1, alpha: st.n > 30 ? .3 : .5});
  for (const i of st.pinned) if (i < st.n) filmCurve(st, p, s, i, {color: colors.data, width: 1.8});
  const own = {...lookOf(p, 'picked'), width: 2.2, says: `chain ${st.picked + 1}`};
  if (st.picked < st.n) filmCurve(st, p, s, st.picked, own);
  if (st.hover >= 0) filmCurve(st, p, s, st.hover, {color: colors.fg, width: 2.2, says: `chain ${st.hover + 1}`});
  Object.assign(p.at, {unit: 'step', back: x => Math.round(10 ** x - 1)});
  chartChanges(p, s, filmLog);
  chartWaits(p, s, st.rows.length);
  filmEvents(st, p, s);
  if (st.look != null || st.frames) chartCursor(p, s, filmLog(filmShown(st).t));
  if (!band) return;
  const y = s.sy(band[1]) - 8, below = y > s.y0 ? 'below: ' : '';
  chartLabel(p, s.x0 + 4, clamp(y, s.y1 + 6, s.y0 - 6), below + ui.get('band_of'), colors.data);
};
// The chain whose curve passes nearest to a place in the chart, within 12 px; -1
const filmAtCurve = (st, x, y) => {
  const s = st.chart;
  if (!s || !st.rows.length) return -1;
  const t = 10 ** s.ix(x) - 1, row = st.rows[cheapest(st.rows.length, k => Math.abs(st.rows[k].t - t))];
  return cheapest(st.n, i => Math.abs(s.sy(row.e[i]) - y), 12);
};

// ---- one chain over its steps, and the training picture that is nearest ----
// So many of them as have room, the first and the last among them
const filmSome = (all, room) => {
  if (all.length <= room) return all;
  const pick = Array.from({length: room}, (_, k) => all[Math.round(k * (all.length - 1) / (room - 1))]);
  return [...new Set(pick)];
};
const filmCell = (st, p, {t, x}, left, size, shown) => {
  tilePaint(p, tileImage(st, x), left, 4, size);
  if (shown) tileRing(p, left, 4, size, p.colors.fg, 2);
  chartLabel(p, left + size / 2, size + 14 * p.k, String(t), p.colors.muted, 'center');
};
const filmMarks = (st, p, cells, size, step) => {
  cells.slice(1).forEach(({t}, k) => {
    if (!st.moved.some(m => m > cells[k].t && m <= t)) return;
    const x = 4 + (k + 1) * step - 2;
    p.ctx.fillStyle = p.colors.entropy;
    filmWedge(p, x, size - 4, 5, 10);
  });
};
const filmDrawNearest = (st, p, x, left, size) => {
  const near = filmNearest(st.train, x);
  p.ctx.strokeStyle = p.colors.line;
  p.ctx.beginPath(); p.ctx.moveTo(left - 8, 2); p.ctx.lineTo(left - 8, p.h - 4); p.ctx.stroke();
  tilePaint(p, tileImage(st, near.x), left, 4, size);
  chartLabel(p, left + size / 2, size + 14 * p.k, `off by ${fmt(near.distance)}`, p.colors.data, 'center');
};
const filmDrawStrip = (st, p) => {
  const i = filmMarked(st);
  chartClear(p);
  if (!st.now || i < 0 || i >= st.n) return chartSays(p, 'pick a chain');
  const size = Math.floor(p.h - 26 * p.k), step = size + 5, near = st.train.length ? step + 16 : 0;
  const cells = filmSome(filmOfChain(st, i), Math.max(2, Math.floor((p.w - near - 8) / step)));
  const shown = filmShown(st);
  st.cells = cells.map((c, k) => ({...c, left: 4 + k * step, size}));
  for (const c of st.cells) filmCell(st, p, c, c.left, size, c.t === shown.t);
  filmMarks(st, p, cells, size, step);
  if (near) filmDrawNearest(st, p, filmPicture(st, shown.x, i), 4 + cells.length * step + 14, size);
};
