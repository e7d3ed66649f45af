project = 'cdebm'
extensions = ['myst_nb']
nb_execution_mode = 'off'
html_theme = 'furo'
html_title = 'cdebm'
myst_enable_extensions = ['dollarmath', 'amsmath', 'attrs_inline', 'colon_fence']
myst_heading_anchors = 4
suppress_warnings = ['myst.header', 'mystnb.unknown_mime_type']
