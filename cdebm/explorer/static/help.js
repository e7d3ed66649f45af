// The keys of a view, in words, below its bar.
// needs: elements

const KEY_WORDS = {
  ' ': 'play, pause', ArrowRight: 'a step on', ArrowLeft: 'a step back', r: 'start again', s: 'slow motion',
  '+': 'faster', '-': 'slower', p: 'to the steps, or presets', l: 'lecture: large type, no numbers', '?': 'these keys',
};
const KEY_NAMES = {' ': 'Space', ArrowRight: '→', ArrowLeft: '←', ArrowUp: '↑', ArrowDown: '↓'};
const keyName = k => {
  if (k.startsWith('Shift')) return `Shift ${keyName(k.slice(5))}`;
  return KEY_NAMES[k] ?? (k.length === 1 ? k.toUpperCase() : k);
};
// [key, words] of all that can be pressed now; keys of one meaning stand together
const keyList = (ui, keys) => {
  const words = {...KEY_WORDS, ...ui.hooks.keyWords}, found = new Map();
  for (const k of Object.keys(keys)) if (keys[k] && words[k]) {
    found.set(words[k], [...(found.get(words[k]) ?? []), keyName(k)]);
  }
  return [...found].map(([said, names]) => [names.join(' '), said]);
};
const showKeys = (ui, keys) => {
  const open = ui.keys.hidden, rows = open ? keyList(ui, keys) : [];
  const row = ([k, said]) => make('div', {}, make('dt', {}, make('kbd', {}, k)), make('dd', {}, said));
  ui.keys.replaceChildren(make('dl', {}, ...rows.map(row)));
  ui.keys.hidden = !open;
  ui.bar.sync();
};
