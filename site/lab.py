"""The extension of Sphinx: annotated sources, pairs, manual pages by name, search in Chinese too.

Directives, whose argument is a path or two models, as the repository names them:

    {annotated} 04_select/server.c          the source, with its notes beside it
    {listing} 04_select/minimal.c           a whole file
    {pair} 04_select 05_poll server         two sources, function by function
"""
import hashlib
import pathlib
import re
import shutil

import jieba
from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx import addnodes
from sphinx.environment.adapters.toctree import TocTree
from sphinx.locale import _ as sphinx_word
from sphinx.search.en import SearchEnglish
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

import chinese
import man
import pairs
import sources

CHINESE = re.compile(r'[\u3400-\u9fff]+')
TWIN = '.zh-CN'
LINK = re.compile(r'(?<=href="\.\./)[\w/-]+(?=\.html")')  # from a model's page
NORMALIZE = 'javascript/normalize.css/normalize.css'
LOG = logging.getLogger(__name__)
jieba.setLogLevel('WARNING')
jieba.dt.tmp_dir = str(sources.ROOT / 'build')  # where it keeps its dictionary for the next time


class shown(nodes.General, nodes.Element):
    """HTML of ours that the search does not index: what it holds has another page of its own."""


def prefix_of(path):
    """Anchors: L12 in a page of one file, server-12 in the page of a model."""
    return f'{path.split("/")[1].split(".")[0]}-' if re.match(r'0\d_', path) else 'L'


class Annotated(Directive):
    required_arguments = 1
    make = staticmethod(sources.annotated)

    def run(self):
        path = self.arguments[0]
        env = self.state.document.settings.env
        try:
            for file in [path, *sources.patches(path)]:
                env.note_dependency(str(sources.ROOT / file))
            text = self.make(path, prefix_of(path))
        except (OSError, ValueError) as problem:  # no such patch, no such manual page
            raise self.error(f'{path}: {problem}')
        if env.docname.endswith(TWIN):
            text = LINK.sub(
                lambda m: m[0] + TWIN if m[0] + TWIN in env.found_docs else m[0], text
            )
        return [nodes.raw('', text, format='html')]


class Listing(Annotated):
    make = staticmethod(sources.listing)


class Pair(Directive):
    required_arguments = 3

    def run(self):
        first, second, file = self.arguments
        env = self.state.document.settings.env
        for model in (first, second):
            env.note_dependency(str(sources.ROOT / model / f'{file}.c'))
        words = chinese.PAIR if env.docname.endswith(TWIN) else pairs.WORDS
        return [shown(html=pairs.pair(first, second, file, words))]


class ManualPages(SphinxTransform):
    """Names like recv(2) become links, in the text and in literals."""

    default_priority = 700

    def apply(self, **_):
        for text in list(self.document.findall(nodes.Text)):
            inside = text.parent
            if isinstance(inside, nodes.literal):
                inside = inside.parent
            if isinstance(
                inside, (nodes.reference, nodes.title, nodes.literal_block, nodes.raw)
            ) or not any(man.known(m) for m in man.PAGE.finditer(text)):
                continue
            whole = text.parent if isinstance(text.parent, nodes.literal) else text
            if whole is not text and not man.PAGE.fullmatch(text.astext()):
                continue  # a call in a longer piece of code
            whole.parent.replace(whole, list(pieces(text.astext(), whole is not text)))


def pieces(text, literal):
    last = 0
    for match in man.PAGE.finditer(text):
        if not man.known(match):
            continue
        yield nodes.Text(text[last : match.start()])
        kind = nodes.literal if literal else nodes.inline
        yield nodes.reference('', '', kind('', match[0]), refuri=man.address(*match.groups()))
        last = match.end()
    yield nodes.Text(text[last:])


class Search(SearchEnglish):
    """English, and Chinese: the words that jieba finds, and whatever stands between two signs."""

    lang = 'en-zh'

    def split(self, text):
        words = super().split(CHINESE.sub(' ', text))
        for run in CHINESE.findall(text):
            words += [run, *jieba.cut_for_search(run)]
        return words


def contents(app, name, **how):
    """The contents in the language of this page, as HTML: what Furo puts beside it."""
    twin = name.endswith(TWIN)
    trees = app.env.get_doctree('index' + TWIN if twin else 'index').findall(addnodes.toctree)
    found = addnodes.compact_paragraph('', '', toctree=True)
    for tree in trees:
        if twin or not any(page.endswith(TWIN) for _, page in tree['entries']):
            part = TocTree(app.env).resolve(name, app.builder, tree, prune=True, **how)
            found.extend(part.children if part else [])
    return app.builder.render_partial(found)['fragment']


def in_chinese(context):
    """The words of the theme, and where its name and its search lead."""
    pathto = context['pathto']
    context['_'] = context['gettext'] = lambda text: chinese.THEME.get(text) or sphinx_word(text)
    context |= {
        'language': 'zh-CN',
        'docstitle': chinese.TITLE,
        'copyright': chinese.AUTHORS,
        'master_doc': 'index' + TWIN,
        'pathto': lambda page, *how: pathto('search' + TWIN if page == 'search' else page, *how),
    }


def search_page(app):
    """Sphinx makes the one in English."""
    if 'index' + TWIN in app.env.found_docs:
        yield 'search' + TWIN, {}, 'search.html'


def page_context(app, name, _template, context, _doctree):
    """Which language this page is in: its contents, its neighbours, the link to the other one."""
    if 'hide-toc' in (app.env.metadata.get(name) or {}):
        app.add_css_file('wide.css')
    twin = name.endswith(TWIN)
    other = name.removesuffix(TWIN) if twin else name + TWIN
    context['toctree'] = lambda **how: contents(app, name, **how)
    for side in ('prev', 'next'):
        if context.get(side) and context[side]['link'].endswith(TWIN + '.html') != twin:
            context[side] = None
    if twin:
        in_chinese(context)
    if other in app.env.found_docs and 'body' in context:
        code, text = ('en', 'English') if twin else ('zh-CN', '中文')
        context['body'] = (
            f'<p class="twin"><a href="{context["pathto"](other)}" hreflang="{code}" '
            f'lang="{code}" rel="alternate">{text}</a></p>{context["body"]}'
        )


def stays_in_chinese(page, text):
    """It leads to pages in Chinese, where they are there; only one link leads to its twin."""
    for name in sorted(set(re.findall(r'href="([^":#]+)\.html(?:#[^"]*)?"(?! hreflang)', text))):
        if not name.endswith(TWIN) and (page.parent / f'{name}{TWIN}.html').is_file():
            LOG.warning(f'{page.name} leads to {name}.html, which is there in Chinese')


def mended(app, problem):
    """The pages must work from files, and in the dark: Debian's Furo 2022.12 takes normalize.css
    from a web server, has a module where a script is expected, and has lost its dark colours.
    """
    if problem or app.builder.format != 'html':
        return
    static = pathlib.Path(app.outdir, '_static')
    style, script = static / 'styles/furo.css', static / 'scripts/furo.js'
    text = style.read_text(encoding='utf-8')
    if NORMALIZE in text:
        shutil.copy('/usr/share/' + NORMALIZE, static / 'styles/normalize.css')
        text = text.replace('/' + NORMALIZE, 'normalize.css')
    if 'prefers-color-scheme' not in text:
        dark = re.search(r'body\[data-theme="dark"\] (\{[^{}]*--color-[^{}]*\})', text)[1]
        text += (
            '@media not print { @media (prefers-color-scheme: dark) {\n'
            f'body:not([data-theme="light"]) {dark} }} }}\n'
        )
    style.write_text(text, encoding='utf-8')
    for page in pathlib.Path(app.outdir).rglob(f'*{TWIN}.html'):
        text = page.read_text(encoding='utf-8')
        page.write_text(chinese.page(text), encoding='utf-8')
        stays_in_chinese(page, text)
    text = script.read_text(encoding='utf-8')
    script.write_text(re.sub(r'^import Gumshoe .*\n', '', text), encoding='utf-8')


def digest():
    """Of what makes the pages: if it has changed, all pages are made again."""
    here = pathlib.Path(__file__).parent
    files = [*here.glob('*.py'), *here.glob('static/*'), pathlib.Path(pairs.pairing.__file__)]
    return hashlib.sha256(b''.join(f.read_bytes() for f in sorted(files))).hexdigest()


def setup(app):
    app.add_config_value('lab_digest', digest(), 'env')
    app.add_node(shown, html=(lambda self, node: self.body.append(node['html']), lambda *_: None))
    app.add_directive('annotated', Annotated)
    app.add_directive('listing', Listing)
    app.add_directive('pair', Pair)
    app.add_transform(ManualPages)
    app.add_search_language(Search)
    app.config.html_search_language = Search.lang
    app.connect('html-page-context', page_context)
    app.connect('html-collect-pages', search_page)
    app.connect('build-finished', mended)
    return {'version': '1', 'parallel_read_safe': True, 'parallel_write_safe': True}
