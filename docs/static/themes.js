// The reader's choice of a light or dark page reaches the views in its frames
const tell = frame => {
  const inner = frame.contentDocument, theme = document.body.dataset.theme;
  if (!inner?.body) return;
  inner.documentElement.style.colorScheme = theme === 'auto' ? '' : theme;
  if (theme === 'auto') delete inner.body.dataset.jpThemeLight;
  else inner.body.dataset.jpThemeLight = String(theme === 'light');
};
new MutationObserver(() => document.querySelectorAll('iframe').forEach(tell))
  .observe(document.body, {attributes: true, attributeFilter: ['data-theme']});
document.addEventListener('load', e => e.target.tagName === 'IFRAME' && tell(e.target), true);
document.querySelectorAll('iframe').forEach(tell);
