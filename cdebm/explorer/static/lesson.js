// Above a view: what it is, and the steps of a lesson, which are its presets in their order.
// needs: elements, transport

// The title, a sentence, a link to the chapter where there is one
const lessonHead = ui => {
  const [text, link] = [ui.get('about'), ui.get('chapter')], head = make('header', {class: 'c-head'});
  const more = link ? make('a', {href: ui.model.standalone ? pageOf(link) : link, target: '_blank',
    rel: 'noopener'}, 'The chapter') : null;
  head.append(make('h3', {}, ui.get('title')), make('p', {}, text, ' ', ...(more ? [more] : [])));
  ui.root.prepend(head);
};
// A numbered button for each preset; `then` is called when one was taken
const lessonSteps = (ui, then = () => {}) => {
  const names = Object.keys(ui.get('preset_list'));
  if (!names.length) return;
  const node = make('div', {class: 'c-lesson', role: 'group', 'aria-label': 'lesson, step by step'});
  const go = name => { ui.act.preset(name); then(name); };
  const button = (name, i) => make('button', {type: 'button', title: presetNote(ui, name), onclick: () => go(name)},
    `${i + 1} ${name}`);
  const buttons = names.map(button);
  const sync = () => {
    buttons.forEach((b, i) => b.setAttribute('aria-pressed', names[i] === ui.get('preset')));
    ui.note(presetNote(ui));
  };
  node.append(...buttons);
  ui.caption.before(node);
  ui.root.querySelector('.c-preset')?.remove();     // one way to choose
  ui.on('preset', sync); sync();
};
