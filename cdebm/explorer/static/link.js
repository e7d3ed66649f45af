// What a link carries: settings, the preset, the moment of a recording and, where they fit, trained weights.

const LINK_MOST = 16000;     // characters; a mail or a chat takes no more

const textOf = bytes => {
  let text = '';
  for (const b of bytes) text += String.fromCharCode(b);
  return btoa(text);
};
// The bytes of a text, smaller; 'z' in front tells them from plain JSON
const packedText = async text => {
  const small = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(small).arrayBuffer());
  return `z${textOf(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')}`;
};
const linkTo = async state => {
  const text = JSON.stringify(state), plain = encodeURIComponent(text), page = `${location.href.split('#')[0]}#`;
  return page + (plain.length < 400 ? plain : await packedText(text));
};
// [address, what is said of it]
const linkOf = async ui => {
  const config = {...ui.config(), ...ui.hooks.linked?.()}, whole = await linkTo(config);
  if (!config.trained || whole.length <= LINK_MOST) return [whole, ui.hooks.unlinked?.() ?? 'link copied'];
  return [await linkTo({...config, trained: {}}), 'link copied; the trained weights do not fit into it'];
};
const copyLink = async ui => {
  const shared = ui.model.standalone && location.protocol !== 'about:';
  const [text, said] = shared ? await linkOf(ui) : [JSON.stringify(ui.config()), 'settings copied as JSON'];
  const copied = () => ui.note(said);
  navigator.clipboard?.writeText(text).then(copied, () => ui.note(text));
};
