// How large a view is drawn: its type, its map, one column or more; and on what ground.
// needs: elements

const NARROW = 600, PLAIN = 1100, TYPE = 13;     // px: one column up to NARROW, larger type beyond PLAIN

// A frame is as high as what it holds; the window about it is not
const windowHeight = () => {
  try { return (window.frameElement ? window.parent : window).innerHeight; } catch (e) { return window.innerHeight; }
};
// ui.type: of letters, 1 is plain; ui.tall: px that a map may be high
const fitView = ui => {
  const w = ui.root.clientWidth, narrow = w <= NARROW, lecture = ui.get('lecture'), full = windowHeight();
  ui.type = clamp(w / PLAIN, 1, 1.5) * (lecture ? 1.35 : 1);
  ui.tall = Math.round((narrow ? .42 : .75) * full);
  ui.root.style.fontSize = `${(TYPE * ui.type).toFixed(2)}px`;
  ui.root.style.setProperty('--tall', `${ui.tall}px`);
  ui.root.classList.toggle('c-narrow', narrow);
  ui.root.classList.toggle('c-lecture', lecture);
  const width = ui.stage.clientWidth || w - 18;
  for (const f of ui.fits) f(width, narrow);
  ui.dirty();
};
// `f(width of the stage, is it narrow?)` is called at first and whenever there is more room, or less
const onFit = (ui, f) => ui.fits.push(f);
const watchSize = ui => {
  let before = '';
  const look = () => {
    const now = [ui.root.clientWidth, windowHeight(), ui.get('lecture')].join();
    if (now === before) return;
    before = now;
    fitView(ui);
    ui.root.style.setProperty('--bar', `${ui.root.querySelector('.c-bar:not([hidden])')?.offsetHeight ?? 0}px`);
  };
  const seen = new ResizeObserver(look), wide = window.frameElement ? window.parent : window;
  seen.observe(ui.root);
  wide.addEventListener('resize', look);
  ui.cleanups.push(() => { seen.disconnect(); wide.removeEventListener('resize', look); });
  ui.on('lecture', look);
  look();
};
// A frame as high as what it holds does not scroll: what stays in sight stays below the part of it that is out of sight
const watchScroll = ui => {
  const frame = window.frameElement;
  if (!frame) return;
  const page = window.parent, off = () => {
    ui.root.style.setProperty('--off', `${Math.max(0, -frame.getBoundingClientRect().top)}px`);
  };
  page.addEventListener('scroll', off, {capture: true, passive: true});
  ui.cleanups.push(() => page.removeEventListener('scroll', off, {capture: true}));
  off();
};
// Charts beside a map: the map's side in px, and how many columns of charts as wide as `least` fit beside it
const besideMap = (ui, width, charts, least = 15) => {
  const em = TYPE * ui.type, map = Math.min(ui.tall, Math.round(.62 * width)), room = width - map - 8;
  const columns = Math.min(charts, 3, Math.floor((room + 8) / (least * em + 8)));
  return columns < 1 ? {map: Math.min(ui.tall, width), columns: 0} : {map, columns};
};
// The height of a chart of which `rows` stand beside a map, captions counted
const chartHeight = (ui, map, rows) => {
  const caption = 1.45 * TYPE * ui.type;
  return Math.max(90, Math.floor((map + caption + 8) / rows - caption - 8));
};

// ---- the ground that a view lies on ----
const groundUnder = node => {
  for (let at = node; at; at = at.parentElement) {
    const [r, g, b, opacity = 1] = getComputedStyle(at).backgroundColor.match(/[\d.]+/g).map(Number);
    if (opacity > .5) return .2126 * r + .7152 * g + .0722 * b;
  }
  return null;
};
// Is the page about it dark? A frame looks at the page that it is in, where it may
const onDark = (ui, media) => {
  const lab = document.body?.dataset?.jpThemeLight;
  if (lab) return lab !== 'true';
  let from = ui.root.parentElement;
  try { from = window.frameElement ?? from; } catch (e) { /* another site's page */ }
  const ground = groundUnder(from), scheme = getComputedStyle(from.ownerDocument.documentElement).colorScheme;
  if (ground != null) return ground < 128;
  return /dark/.test(scheme) && media.matches;
};
