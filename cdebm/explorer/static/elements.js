// Elements of a page, numbers as text, the bytes of a trait.

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
// Calls f now and whenever the node changes its size
const onResize = (ui, node, f) => {
  const seen = new ResizeObserver(f);
  seen.observe(node);
  ui.cleanups.push(() => seen.disconnect());
  f();
};

const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
const sumOf = v => v.reduce((a, b) => a + b, 0);
// The first of 0, 1, … n - 1 with the lowest cost; -1 where none is below `limit`
const cheapest = (n, cost, limit = Infinity) => {
  let best = limit, found = -1;
  for (let i = 0; i < n; i++) {
    const c = cost(i);
    if (c < best) { best = c; found = i; }
  }
  return found;
};
// Lowest and highest of several lists, of what `counts`; [Infinity, -Infinity] where nothing does
const extremes = (lists, counts = Number.isFinite) => {
  let low = Infinity, high = -Infinity;
  for (const list of lists) for (const v of list) if (counts(v)) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return [low, high];
};

const times = n => n === 1 ? 'once' : `${n} times`;
const superscript = k => [...String(k)].map(d => d === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]).join('');
const fmt = v => {
  if (v == null) return '–';
  if (!Number.isFinite(v)) return Number.isNaN(v) ? 'NaN' : v > 0 ? '∞' : '−∞';
  const size = Math.abs(v);
  if (size === 0 || (size >= 1e-3 && size < 1e5)) return String(Number(v.toPrecision(3))).replace('-', '−');
  const [m, k] = v.toExponential(1).split('e'), power = '10' + superscript(Number(k));
  return (m === '1.0' ? power : m === '-1.0' ? `−${power}` : `${m}·${power}`).replace('-', '−');
};

const asBytes = v => {
  if (v == null) return new ArrayBuffer(0);
  if (typeof v === 'string') return Uint8Array.from(atob(v), c => c.charCodeAt(0)).buffer;
  return v.buffer ? v.buffer.slice(v.byteOffset, v.byteOffset + v.byteLength) : v;
};
// A flat array as rows of `width`; what is left over is no row
const inRows = (flat, width) => {
  const n = Math.floor(flat.length / width);
  return Array.from({length: n}, (_, i) => flat.subarray(i * width, (i + 1) * width));
};
// A chapter's page on the site, from the address of its notebook
const pageOf = notebook => notebook.replace(/(\d+_)?([^/]+)\.ipynb$/, '$2.html');
