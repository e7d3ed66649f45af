// Charts that answer: what the lines are worth under the pointer, and where settings were changed.
// needs: elements

// ---- settings that were changed on the way ----
const watchChanges = ui => {
  ui.changes = [];
  const shown = v => typeof v === 'number' ? fmt(v) : String(v);
  ui.marks = names => ui.on(names, k => {
    if (ui.t > 0) ui.changes.push({t: ui.t, text: `${k.replace(/_/g, ' ')} → ${shown(ui.get(k))}`});
  });
};
// A dotted line and a wedge for each, on an axis of steps; `place` says where a step lies on it
const chartChanges = (p, s, place = t => t) => {
  p.at.changes = p.changes.map(c => ({...c, x: s.sx(place(c.t))})).filter(({x}) => x >= s.x0 && x <= s.x1);
  const {ctx, colors} = p;
  for (const {x} of p.at.changes) {
    Object.assign(ctx, {strokeStyle: colors.muted, fillStyle: colors.muted, lineWidth: 1, globalAlpha: 1});
    ctx.setLineDash([1, 3]);
    ctx.beginPath(); ctx.moveTo(x, s.y0); ctx.lineTo(x, s.y1); ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath(); ctx.moveTo(x, s.y1 + 6); ctx.lineTo(x - 4, s.y1); ctx.lineTo(x + 4, s.y1); ctx.fill();
  }
};

// ---- under the pointer ----
const valueAt = ({xs, ys}, x) => {
  const i = cheapest(xs.length, k => Number.isFinite(ys[k]) ? Math.abs(xs[k] - x) : Infinity);
  return i < 0 ? null : [xs[i], ys[i]];
};
// The words, and where the line of the pointer goes; null where there is nothing to say
const chartRead = (p, px) => {
  const {s, lines, changes = []} = p.at ?? {};
  if (!s || px < s.x0 - 4 || px > s.x1 + 4) return null;
  const found = lines.map(l => [l.says, valueAt(l, s.ix(px))]).filter(([, v]) => v);
  const near = changes.find(c => Math.abs(c.x - px) < 6), where = found[0]?.[1][0];
  if (!found.length && !near) return null;
  const step = where == null ? '' : `${p.at.unit} ${fmt(p.at.back(where))}: `;
  const words = found.map(([name, [, v]]) => `${name} ${fmt(v)}`).join(', ');
  return {x: where == null ? px : s.sx(where), text: `${step}${words}${near ? ` · ${near.text}` : ''}`};
};
const tellRead = (p, read) => {
  p.read.hidden = !read;
  if (!read) return;
  p.read.lastChild.textContent = read.text;
  const {offsetLeft: left, offsetTop: top, offsetHeight: high} = p.canvas;
  Object.assign(p.read.style, {left: `${left + read.x}px`, top: `${top}px`, height: `${high}px`});
  p.read.classList.toggle('c-left', read.x > p.w / 2);
};
// A click keeps the reading where it is, or moves a recording there; the next one lets go
const addRead = (ui, p) => {
  let kept = null;
  p.read = make('div', {class: 'c-read', hidden: true}, make('span'));
  p.box.append(p.read);
  const say = px => tellRead(p, px == null ? null : chartRead(p, px));
  const at = e => e.clientX - p.canvas.getBoundingClientRect().left;
  p.canvas.addEventListener('pointermove', e => say(at(e)));
  p.canvas.addEventListener('pointerleave', () => say(kept));
  p.canvas.addEventListener('click', e => {
    const x = at(e);
    kept = kept == null && p.at?.lines.length ? x : null;
    if (p.at?.s) ui.hooks.goTo?.(p.at.back(p.at.s.ix(x)));
    say(x);
  });
};
