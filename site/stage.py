#!/usr/bin/python3
"""stage.py: collects the pages of the site in build/site-pages, for Sphinx

A page keeps its path, so its links to other pages stay as they are. Links to sources lead to pages
made from them (made.py); other files that a page links to are copied beside the site
(build/site-extra). The tables of contents are made here.
"""
import fnmatch
import itertools
import os
import pathlib
import posixpath
import re

import chinese
import made
from made import CHINESE, MODELS
from sources import ROOT

PAGES = ROOT / 'build/site-pages'
EXTRA = ROOT / 'build/site-extra'

TAKEN = 'README*.md docs/**/*.md 0[1-9]_*/README*.md labs/*.md labs/*/README*.md'.split() + [
    f'{folder}/README*.md' for folder in ('bench', 'tests', 'tests/*')
]
OURS = {
    'site/core.md': 'core/index.md',
    'site/pairs.md': 'pairs/index.md',
    f'site/core{CHINESE}.md': f'core/index{CHINESE}.md',
    f'site/pairs{CHINESE}.md': f'pairs/index{CHINESE}.md',
}  # the others keep their names

# the contents: a caption, and the pages below it, in this order
CONTENTS = [
    ('Start', ['README', 'docs/protocol', 'docs/architecture', 'words']),
    ('The six models', ['0*/README', 'pairs/index', 'core/index']),
    ('Notes', ['docs/notes/README', 'docs/notes/index', 'docs/notes/*']),
    ('Exercises', ['labs/README', 'labs/conversations', 'docs/mutants']),
    ('Documents of the course', ['docs/course/README']),
    (
        'Measuring',
        [
            'docs/results/README',
            'docs/measuring',
            'docs/benchmarking',
            'bench/README',
            'docs/timeline*',
        ],
    ),
    ('Using', ['docs/manual', 'docs/client', 'docs/terminal']),
    ('What can go wrong', ['docs/failures', 'docs/security', 'docs/reliability']),
    ('Teaching', ['docs/teaching', 'docs/grading', 'docs/any-server']),
    ('Testing', ['tests/README', 'tests/*/README']),
]
BELOW = {
    'labs/README': ['labs/*/README'],
    'pairs/index': ['pairs/*'],
    'docs/course/README': [
        'docs/course/requirements',
        'docs/course/outline-design',
        'docs/course/detailed-design',
        'docs/course/manual',
        'docs/course/tests',
    ],
}
SHORT = {'README': 'First steps'}  # what the contents call a page, if not by its title

LINK = re.compile(r'(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)')
NAME = re.compile(r'(?<!\[)`((?:core|0[1-9]_\w+)/[\w./]+\.[ch])`(?!\])')
# a number and its unit, in a narrow cell of a table
UNIT = re.compile(r'(?<=\| )([\d.,]+) ([µm]?s|[KMG]iB|%)(?= \|)')
# a line that only leads to the other language: the site has such a link on every page
TWIN = re.compile(r'^\[(?:中文|English)\]\([^)\s]+\)\n', re.MULTILINE)
SOURCE = re.compile(r'.*\.(c|h|py|sh|mk|service|patch|pml)$|(.*/)?[A-Za-z-]+$')


def staged(path):
    """Where a page of the repository stands on the site."""
    if path in OURS:
        return OURS[path]
    return path.removeprefix('site/')


def collect():
    """{path in the repository: path on the site} of all pages that people have written"""
    found = set()
    for pattern in TAKEN:
        found |= {p.relative_to(ROOT).as_posix() for p in ROOT.glob(pattern)}
    found |= {p.relative_to(ROOT).as_posix() for p in (ROOT / 'site').rglob('*.md')}
    found = {p for p in found if not p.startswith('labs/answers/')}
    return {path: staged(path) for path in sorted(found)}


class Stage:
    def __init__(self):
        self.pages = collect()
        self.texts = {}  # path on the site: text
        self.listed = set(p.relative_to(ROOT).as_posix() for p in ROOT.glob('core/*/*.[ch]'))
        self.images = {}  # path on the site: bytes
        self.extra = set()

    def has(self, model):
        """Is there a page of this model in Chinese?"""
        return f'{model}/README{CHINESE}.md' in self.pages

    def pairs_end(self, path):
        """How the names of the pages of pairs end that this page leads to."""
        return CHINESE if CHINESE in path and f'site/pairs{CHINESE}.md' in self.pages else ''

    # ---- links ----

    def target(self, path, link, anchor):
        """The file of the repository that a link of a page leads to, or None.

        A page in Chinese leads to pages in Chinese, if they are there.
        """
        if not link or '://' in link or link.startswith('mailto:'):
            return None
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
        if (ROOT / goal / 'README.md').is_file():
            goal = f'{goal}/README.md'
        if CHINESE in path and CHINESE not in goal and not anchor:
            other = f'{goal.removesuffix(".md")}{CHINESE}.md'
            goal = other if other in self.pages else goal
        return goal if (ROOT / goal).exists() else None

    def link(self, path, match):
        image, text, link, anchor = match.groups()
        goal = self.target(path, link, anchor)
        if goal is None:
            return match[0]  # elsewhere, or broken: Sphinx warns
        if (ROOT / goal).is_dir():
            return text  # the site has no page of a folder
        here = posixpath.dirname(self.pages[path])
        if image:
            place = self.image(goal, CHINESE in path)
            return f'![{text}]({posixpath.relpath(place, here or ".")})'
        if goal in self.pages:
            return f'[{text}]({posixpath.relpath(self.pages[goal], here or ".")}{anchor or ""})'
        if SOURCE.match(goal):
            self.listed.add(goal)
            return f'[{text}]({posixpath.relpath(goal, here or ".")}.md)'
        self.extra.add(goal)
        return f'<a href="{posixpath.relpath(goal, here or ".")}">{text}</a>'

    def image(self, goal, translate):
        """Where a picture stands on the site; a timeline's words are translated."""
        data = (ROOT / goal).read_bytes()
        if translate and goal.startswith('docs/timeline/'):
            goal = f'{goal.removesuffix(".svg")}{CHINESE}.svg'
            data = chinese.picture(data.decode()).encode()
        self.images[goal] = data
        return goal

    def name(self, path, match):
        """A source that is named in the text becomes a link to its page."""
        here = posixpath.dirname(self.pages[path]) or '.'
        name, up = match[1], posixpath.relpath('.', here)
        model, _, file = name.partition('/')
        if name in self.listed:
            return f'[{match[0]}]({up}/{name}.md)'
        if model in MODELS and file in ('server.c', 'minimal.c'):
            kind = '-zh' if CHINESE in path and self.has(model) else ''
            return f'[{match[0]}]({model}-{file.removesuffix(".c")}{kind})'
        return match[0]

    def relinked(self, path, text):
        """The text with its links changed, but those in blocks between ``` marks."""

        def change(piece):
            piece = TWIN.sub('', piece)
            if CHINESE in path:
                piece = chinese.joined(piece)
            piece = UNIT.sub('\\1\u00a0\\2', piece)
            piece = LINK.sub(lambda m: self.link(path, m), piece)
            return NAME.sub(lambda m: self.name(path, m), piece)

        pieces = re.split(r'(^```.*?^```$)', text, flags=re.MULTILINE | re.DOTALL)
        return ''.join(p if p.startswith('```') else change(p) for p in pieces)

    # ---- contents ----

    def titles(self):
        return {site.removesuffix('.md') for site in self.texts} - {f'{p}' for p in self.listed}

    @staticmethod
    def toctree(names, caption='', short=SHORT):
        entries = '\n'.join(f'{short[n]} </{n}>' if n in short else f'/{n}' for n in names)
        option = f':caption: {caption}\n' if caption else ''
        return f'\n\n```{{toctree}}\n:hidden:\n{option}\n{entries}\n```\n' if names else ''

    @staticmethod
    def choose(patterns, names, suffix=''):
        chosen = []
        for pattern in patterns:
            pattern += suffix
            found = sorted(
                n
                for n in names
                if fnmatch.fnmatch(n, pattern) and n.count('/') == pattern.count('/')
            )
            chosen += [n for n in found if n not in chosen]
        return chosen

    def make_tree(self, front, names, suffix='', caption=lambda text: text, short=SHORT):
        """The contents of one language, below its front page."""
        names = names - {front}
        for parent, patterns in BELOW.items():
            parent += suffix
            if f'{parent}.md' not in self.texts:
                continue
            below = [n for n in self.choose(patterns, names, suffix) if n != parent]
            self.texts[f'{parent}.md'] += self.toctree(below)
            names -= set(below)
        for title, patterns in CONTENTS:
            chosen = self.choose(patterns, names, suffix)
            names -= set(chosen)
            self.texts[f'{front}.md'] += self.toctree(chosen, caption(title), short)
        self.texts[f'{front}.md'] += self.toctree(sorted(names), caption('More'), short)

    def make_contents(self):
        names = self.titles()
        translated = {n for n in names if n.endswith(CHINESE)}
        self.make_tree('index', names - translated)
        if not translated:
            return
        front = f'index{CHINESE}'
        self.texts.setdefault(f'{front}.md', self.list_of(translated))
        short = {f'{n}{CHINESE}': chinese.SHORT[text] for n, text in SHORT.items()}
        self.make_tree(front, translated, CHINESE, chinese.CAPTIONS.__getitem__, short)
        # lab.py shows each language its own contents; Sphinx wants one tree
        self.texts['index.md'] += self.toctree([front], chinese.TITLE)

    def list_of(self, names):
        """A front page, if nobody has written one."""
        title = {n: re.search(r'^# (.*)$', self.texts[f'{n}.md'], re.M)[1] for n in names}
        links = '\n'.join(f'- [{title[n]}]({n}.md)' for n in sorted(names))
        return f'# {chinese.TITLE}\n\n{links}\n'

    # ---- all of it ----

    @staticmethod
    def first_steps(path):
        return chinese.SHORT[SHORT['README']] if CHINESE in path else SHORT['README']

    def front(self, text):
        """The sheet of timelines is there if it has been made."""
        sheet = ROOT / 'docs/timeline/sheet.svg'
        begin, _, rest = text.partition('<!-- timelines -->')
        inner, _, end = rest.partition('<!-- /timelines -->')
        return begin + (inner if sheet.is_file() else '') + end

    def put(self, site, mark, text):
        if site in self.texts:
            self.texts[site] = self.texts[site].replace(mark, text)

    def run(self):
        for path, site in self.pages.items():
            text = (ROOT / path).read_text(encoding='utf-8')
            if path.startswith('site/index'):
                text = self.front(text)
            if '<!-- words -->' in text:
                text = text.replace('<!-- words -->', made.words(self.pages))
            text = self.relinked(path, text)
            if re.match(r'0\d_', path):
                text = made.model_page(path, text, self.pairs_end(path))
            elif path.startswith('README'):  # the front page has its title
                text = re.sub(r'^# .*', f'# {self.first_steps(path)}', text, count=1)
            self.texts[site] = text
        for kind, head in (('', '| file | what it is for |'), (CHINESE, '| 文件 | 用途 |')):
            self.put(f'core/index{kind}.md', '<!-- core -->', made.core_tables(self.listed, head))
            if f'pairs/index{kind}.md' in self.texts:
                self.put(f'pairs/index{kind}.md', '<!-- pairs -->', made.pair_table(kind))
                self.texts |= made.pair_pages(kind)
            table = made.exercises(kind, self.pages)
            self.put(f'labs/README{kind}.md', '<!-- exercises -->', table)
        self.texts |= {f'{path}.md': made.listing_page(path) for path in self.listed}
        self.make_contents()
        for folder in (PAGES, EXTRA):
            folder.mkdir(parents=True, exist_ok=True)
        self.write()

    def write(self):
        """Writes what has changed: Sphinx reads only that again. Removes what is no more."""
        wanted = {PAGES / site: text.encode() for site, text in self.texts.items()}
        wanted |= {PAGES / p: data for p, data in self.images.items()}
        wanted |= {EXTRA / p: (ROOT / p).read_bytes() for p in self.extra}
        for path, data in wanted.items():
            if not path.is_file() or path.read_bytes() != data:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        for folder, _, files in itertools.chain(os.walk(PAGES), os.walk(EXTRA)):
            for name in files:
                if pathlib.Path(folder, name) not in wanted:
                    pathlib.Path(folder, name).unlink()


if __name__ == '__main__':
    Stage().run()
