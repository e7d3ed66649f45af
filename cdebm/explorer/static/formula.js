// A formula whose parts light up: under the pointer, in focus, and when the view says so.
// needs: elements, charts

const mathNode = (tag, ...kids) => {
  const space = ['http:', '', 'www.w3.org', '1998', 'Math', 'MathML'].join('/');     // a mere name
  const node = document.createElementNS(space, tag);
  node.append(...kids);
  return node;
};
const MATH_KINDS = [[/^[\d.]+$/, 'mn'], [/^[-+−←=(),·∼|‖]+$/, 'mo'], [/^ |[a-z]{3}/, 'mtext'], [/./, 'mi']];
// What a formula is written in: text; [tag, ...parts], such as ['msub', 'x', 't']; {part, color, of} for what lights up
const mathOf = (ui, v) => {
  if (v.part) return mathPart(ui, v);
  if (Array.isArray(v)) return mathNode(v[0], ...v.slice(1).map(k => mathOf(ui, k)));
  return mathNode(MATH_KINDS.find(([like]) => like.test(v))[1], v);
};
const mathPart = (ui, {part, color, of, says}) => {
  const node = mathNode('mrow', ...of.map(v => mathOf(ui, v))), f = ui.formula;
  const on = () => { if (f.pointed === part) return; f.pointed = part; litSync(ui); if (says) ui.note(says); };
  const off = () => { if (f.pointed !== part) return; f.pointed = null; litSync(ui); };
  node.setAttribute('class', 'c-part');
  const props = {tabindex: 0, role: 'img', 'aria-label': says, 'data-part': part};
  for (const [k, v] of Object.entries(props)) node.setAttribute(k, v);
  node.dataset.color = color;
  // a pointer that moves: browsers send 'pointerenter' to what is written anew under a pointer at rest, too
  for (const type of ['pointermove', 'pointerdown', 'focus']) node.addEventListener(type, on);
  for (const type of ['pointerleave', 'blur']) node.addEventListener(type, off);
  return node;
};
const lit = ui => ui.formula?.pointed ?? ui.formula?.told ?? null;
const litSync = ui => {
  const now = lit(ui);
  for (const node of ui.formula.node.querySelectorAll('.c-part')) {
    node.classList.toggle('c-lit', node.dataset.part === now);
    node.style.setProperty('--part', inkOn(ui.colors[node.dataset.color], ui.colors.bg, 5.6));     // lit, too
  }
  ui.dirty();
};
// By the view itself, in slow motion; null for nothing
const light = (ui, name) => {
  if (!ui.formula || ui.formula.told === name) return;
  ui.formula.told = name;
  litSync(ui);
};
// `write()` gives what the formula is at the moment; it is written again when one of the traits changes
const addFormula = (ui, traits, write) => {
  const node = make('div', {class: 'c-formula'});
  ui.formula = {node, pointed: null, told: null};
  const sync = () => {
    ui.formula.pointed = null;
    node.replaceChildren(mathNode('math', mathNode('mrow', ...write().map(v => mathOf(ui, v)))));
    litSync(ui);
  };
  if (!ui.get('hide').includes('formula')) ui.caption.before(node);
  ui.on(traits, sync); sync();
};
