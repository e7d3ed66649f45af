// Above a view: what it is, and the steps of a lesson, which are presets with numbers.
// needs: elements, transport

// The title, a sentence, a link to the chapter where there is one
const lessonHead = ui => {
  const [text, link] = [ui.get('about'), ui.get('chapter')], head = make('header', {class: 'c-head'});
  const more = link ? make('a', {href: ui.model.standalone ? pageOf(link) : link, target: '_blank',
    rel: 'noopener'}, 'The chapter') : null;
  head.append(make('h3', {}, ui.get('title')), make('p', {}, text, ' ', ...(more ? [more] : [])));
  ui.root.prepend(head);
};
// The place of the step that is set among all; -1 where none is
const stepAt = ui => ui.get('lesson_list').findIndex(([, name]) => name === ui.get('preset'));
const stepMoves = (ui, go, last) => {
  const move = (by, text, title) => make('button', {type: 'button', title, 'aria-label': title,
    onclick: () => go(clamp(stepAt(ui) + by, 0, last))}, text);
  return [move(-1, '‹', 'the step before'), move(1, '›', 'the next step')];
};
// A numbered button for each step, and two that go back and on; each starts to play, by `then`
const lessonSteps = (ui, then = () => ui.act.play()) => {
  const steps = ui.get('lesson_list'), label = 'lesson, step by step';
  const node = make('div', {class: 'c-lesson', role: 'group', 'aria-label': label});
  if (!steps.length) return;
  const go = i => { ui.act.preset(steps[i][1]); if (!ui.playing() && !ui.reduced()) then(steps[i][1]); };
  const button = ([label, name], i) => make('button', {type: 'button', title: presetNote(ui, name),
    onclick: () => go(i)}, `${label} ${name}`);
  const buttons = steps.map(button), [back, next] = stepMoves(ui, go, steps.length - 1);
  const sync = () => {
    const at = stepAt(ui);
    buttons.forEach((b, i) => b.setAttribute('aria-pressed', i === at));
    back.disabled = at < 1; next.disabled = at === steps.length - 1;
    ui.note(presetNote(ui));
  };
  node.append(back, ...buttons, next);
  ui.caption.before(node);
  ui.invite = `${steps.length} steps, each with something to look for. Press ? for the keys.`;
  if (steps.length === Object.keys(ui.get('preset_list')).length) ui.root.querySelector('.c-preset')?.remove();
  ui.on('preset', sync); sync();
};
