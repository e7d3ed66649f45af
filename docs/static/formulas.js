// TeX becomes formulas; one that KaTeX cannot read stays as it is and says so in the console
for (const e of document.querySelectorAll('.tex, .tex-block')) {
  const tex = e.textContent, displayMode = e.classList.contains('tex-block');
  try { katex.render(tex, e, { displayMode, strict: 'ignore' }); }
  catch (error) { console.error(`formula ${tex}: ${error.message}`); }
}
