"""How Sphinx builds the site, from the pages that site/stage.py has collected: see site/site.mk."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

project = 'Six Ways to Serve'
author = 'the authors of Six Ways to Serve'
copyright = author  # Sphinx knows it by this name
html_title = project
html_show_sphinx = False
html_copy_source = False
language = 'en'

extensions = ['myst_parser', 'sphinx_copybutton', 'lab']
myst_heading_anchors = 4
myst_enable_extensions = ['colon_fence', 'deflist']
source_suffix = {'.md': 'markdown'}
exclude_patterns = []
highlight_language = 'none'  # blocks without a language are sessions and figures
copybutton_selector = 'div.highlight:not(.part) pre'

html_theme = 'furo'
html_static_path = [str(HERE / 'static')]
html_css_files = ['site.css']
html_js_files = [
    'search.js',
    'scripts/gumshoe-patched.js',
]  # the second is Furo's, see mended() in lab.py
html_extra_path = [str(HERE.parent / 'build/site-extra')]
pygments_style = 'default'  # of all styles, these two have the strongest contrast
pygments_dark_style = 'github-dark'
html_theme_options = {'navigation_with_keys': True}
