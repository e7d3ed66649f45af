// A composition as cdebm.explorer.compose makes it, of parts that come in one after the other by AND, OR, NOT, each
// with a weight; whether anything bounds it from below, how steep it is, and its formula. Nothing here touches a page.
// needs: elements

const PART_NAMES = ['A', 'B', 'C', 'D'];

// ---- `w * a`, `a & b`, `a | b`, `a & ~b`; log_z is null where it is not known ----
const energyTimes = (a, w) => w === 1 ? a : {kind: 'scaled', w, of: [a], log_z: null};
const energyNot = (a, alpha) => ({kind: 'not', alpha, of: [a], log_z: null});
const energyAnd = (a, b) => ({kind: 'product', weights: [1, 1], of: [a, b], log_z: null});
// Plain mixtures are taken apart, so that all alternatives weigh the same
const energyOr = (a, b) => {
  const of = [a, b].flatMap(e => e.kind === 'or' && e.plain ? e.of : [e]), known = of.every(e => e.log_z != null);
  const log_zs = of.map(e => known ? e.log_z : 0);
  const log_w = of.map(() => -Math.log(of.length));
  return {kind: 'or', plain: true, beta: 1, of, log_w, log_zs, log_z: known ? 0 : null};
};
// parts: specs; chosen: [{op, w}] of each, op one of AND, OR, NOT, off; null where all are off
const composeTree = (parts, chosen) => chosen.reduce((e, {op, w}, i) => {
  if (op === 'off') return e;
  const own = op === 'NOT' ? energyNot(parts[i], w) : energyTimes(parts[i], w);
  return !e ? own : op === 'OR' ? energyOr(e, own) : energyAnd(e, own);
}, null);

// ---- the rules of cdebm.composition: how fast it rises far out, how much steeper than a part it can be ----
const tailWeight = e => {
  if (e.kind === 'product') return e.of.reduce((s, p, i) => s + e.weights[i] * tailWeight(p), 0);
  if (e.kind === 'not') return -e.alpha * tailWeight(e.of[0]);
  if (e.kind === 'scaled') return e.w * tailWeight(e.of[0]);
  return e.kind === 'or' ? Math.min(...e.of.map(tailWeight)) : 1;
};
const steepnessOf = e => {
  if (e.kind === 'product') return e.of.reduce((s, p, i) => s + Math.abs(e.weights[i]) * steepnessOf(p), 0);
  if (e.kind === 'not') return e.alpha * steepnessOf(e.of[0]);
  if (e.kind === 'scaled') return e.w * steepnessOf(e.of[0]);
  return e.kind === 'or' ? Math.max(...e.of.map(steepnessOf)) : 1;
};

// ---- as Python writes it ----
const composeFormula = chosen => chosen.reduce((text, {op, w}, i) => {
  if (op === 'off') return text;
  const own = w === 1 ? PART_NAMES[i] : `${fmt(w)}·${PART_NAMES[i]}`;
  const term = op !== 'NOT' ? own : w === 1 ? `~${own}` : `~(${own})`;
  if (!text) return term;
  return `${/[&|]/.test(text) ? `(${text})` : text} ${op === 'OR' ? '|' : '&'} ${term}`;
}, '');
