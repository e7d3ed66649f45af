"Of the site: Sphinx reads what tools/docs.py stages; nothing on a page asks another host"
import html
from docutils.nodes import SkipNode, math, math_block
from pathlib import Path

project = 'cdebm'
copyright = '2026, The cdebm authors'
extensions = ['myst_nb']
nb_execution_mode = 'off'
html_theme = 'furo'
html_title = 'cdebm'
html_theme_options = dict(top_of_page_buttons=['view'])     # the notebook of a page
html_sourcelink_suffix = ''
html_show_search_summary = False     # it fetches pages, which a site that is opened as files may not
html_static_path = ['static']
html_css_files = ['site.css']
html_js_files = [('themes.js', dict(defer='defer'))]
html_math_renderer = 'katex'
myst_enable_extensions = ['dollarmath', 'amsmath', 'attrs_inline', 'colon_fence']
myst_heading_anchors = 4
nb_render_markdown_format = 'myst'   # tables in outputs
suppress_warnings = ['myst.header', 'mystnb.unknown_mime_type']

# -- formulas: TeX in the page, drawn by KaTeX, which lies in vendor/ and comes along --

def inline(self, node):
    self.body.append(f'<span class="tex">{html.escape(node.astext())}</span>')
    raise SkipNode

def display(self, node):
    self.body.append(self.starttag(node, 'div', CLASS='tex-block'))
    self.body.append(f'{html.escape(node.astext())}</div>')
    raise SkipNode

def with_katex(app, page, template, context, doctree):
    "A page that has formulas gets what draws them"
    if doctree is None or not any(doctree.findall(lambda n: isinstance(n, (math, math_block)))): return
    app.add_css_file('katex/katex.min.css')
    for name in ('katex/katex.min.js', 'formulas.js'): app.add_js_file(name, loading_method='defer')

def setup(app):
    app.add_html_math_renderer('katex', (inline, None), (display, None))
    app.connect('html-page-context', with_katex)
    app.config.html_static_path.append(str(Path(__file__).parent.parent/'vendor'))
