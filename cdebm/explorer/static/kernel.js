// The kernel behind a view, where there is one: who asks it for steps, and what it sends.

const WINDOW = 4, PATIENCE = 5000;     // steps asked for and not answered, and ms without any answer

// Views of one widget on one page: who plays a kernel's chains, and which orders from Python are carried out
const DRIVERS = window.cdebmDrivers ??= {}, DONE = window.cdebmDone ??= new Set();
const isDone = id => {
  if (id == null) return false;
  const before = DONE.has(id);
  DONE.add(id);
  return before;
};
// A kernel that a page has not heard of is alive === null; false, if it did not answer at first
const newKernel = () => {
  const token = Math.random().toString(36).slice(2, 10);
  return {token, alive: null, home: '', waiting: 0, seq: 0, heardAt: 0};
};
const letGo = ({home, token}) => { if (DRIVERS[home] === token) delete DRIVERS[home]; };

// Asks for n steps; false where it may not, or where the kernel is behind
const requestSteps = (ui, n) => {
  const k = ui.kernel, silent = () => performance.now() - k.heardAt > PATIENCE;
  if (ui.playing() && (DRIVERS[k.home] ??= k.token) !== k.token) return false;
  if (!k.waiting) k.heardAt = performance.now();
  if (k.waiting >= WINDOW && silent()) {
    k.waiting = 0; ui.set('playing', false);
    ui.note('the kernel does not answer: it is busy, or gone; Play asks again');
  }
  if (k.waiting >= WINDOW || (!ui.playing() && silent())) return false;
  k.waiting++;
  ui.send({cmd: 'step', n, seq: `${k.token}.${++k.seq}`});
  return true;
};
const greet = (ui, home) => {
  const late = ui.kernel.alive === false;
  Object.assign(ui.kernel, {alive: true, home});
  ui.hooks.connected?.();
  if (late) ui.act.reset();
  ui.note('');
};
const hear = (ui, content, buffers) => {
  const k = ui.kernel;
  k.heardAt = performance.now();
  if (String(content.ack ?? '').startsWith(k.token)) k.waiting = Math.max(0, k.waiting - 1);
  if (content.hello) return greet(ui, content.hello);
  if (content.do) return ui.engine() === 'kernel' && isDone(content.id) ? null : ui.act[content.do]?.(content.n ?? 1);
  ui.hooks.receive?.(content, buffers);
  ui.dirty();
};
// Without an answer to hello the page goes on by itself; a saved page knows at once
const greetOrGoOn = ui => {
  const alone = () => {
    if (ui.kernel.alive !== null) return;
    ui.kernel.alive = false;
    ui.hooks?.alone?.();
    if (ui.get('engine') !== 'kernel') return;
    ui.note('no kernel answers: the page computes by itself');
    ui.act.reset();
  };
  const asked = setTimeout(alone, ui.model.standalone ? 0 : 2000);
  ui.cleanups.push(() => clearTimeout(asked));
  if (!ui.model.standalone) ui.send({cmd: 'hello'});
};
