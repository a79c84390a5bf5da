#!/usr/bin/python3
"""stage.py: collects the pages of the site in build/site-pages, for Sphinx

A page keeps its path, so its links to other pages stay as they are. Links to sources lead to pages made
from them; other files that a page links to are copied beside the site (build/site-extra). What is made
here: the page of each model, with its sources; the pairs; the pages of the core; the tables of contents.
"""
import fnmatch
import itertools
import os
import pathlib
import posixpath
import re
import shutil

import pairs
from sources import COMMENT, ROOT, bare

PAGES = ROOT / 'build/site-pages'
EXTRA = ROOT / 'build/site-extra'
MODELS = sorted(p.name for p in ROOT.glob('0[1-9]_*'))
CHINESE = '.zh-CN'
WIDE = '---\nhide-toc: true\n---\n\n'  # Furo leaves the room of the contents to the page

TAKEN = ['README*.md', 'docs/**/*.md', '0[1-9]_*/README*.md', 'labs/*.md', 'labs/*/README*.md',
         'bench/README*.md', 'tests/README*.md', 'tests/*/README*.md']
OURS = {'site/core.md': 'core/index.md', 'site/pairs.md': 'pairs/index.md'}  # the others keep their names

# the contents: a caption, and the pages below it, in this order
CONTENTS = [
    ('Start', ['README', 'docs/protocol', 'docs/architecture', 'words']),
    ('The six models', ['0*/README', 'pairs/index', 'core/index']),
    ('Notes', ['docs/notes/README', 'docs/notes/index', 'docs/notes/*']),
    ('Exercises', ['labs/README', 'labs/conversations', 'docs/mutants']),
    ('Documents of the course', ['course/index']),
    ('Measuring', ['docs/results/README', 'docs/measuring', 'docs/benchmarking', 'bench/README', 'docs/timeline*']),
    ('Using', ['docs/manual', 'docs/client', 'docs/terminal']),
    ('What can go wrong', ['docs/failures', 'docs/security', 'docs/reliability']),
    ('Teaching', ['docs/teaching', 'docs/grading']),
    ('Testing', ['tests/README', 'tests/*/README']),
]
BELOW = {'labs/README': ['labs/*/README'], 'pairs/index': ['pairs/*'],
         'course/index': ['course/requirements', 'course/outline-design', 'course/detailed-design',
                          'course/manual', 'course/tests']}
SHORT = {'README': 'First steps'}  # what the contents call a page, if not by its title

LINK = re.compile(r'(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)')
NAME = re.compile(r'(?<!\[)`((?:core|0[1-9]_\w+)/[\w./]+\.[ch])`(?!\])')
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
        self.images = set()
        self.extra = set()

    # ---- links ----

    def target(self, path, link):
        """The file of the repository that a link of a page leads to, or None."""
        if not link or '://' in link or link.startswith('mailto:'):
            return None
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
        if (ROOT / goal / 'README.md').is_file():
            goal = f'{goal}/README.md'
        if CHINESE in path and not CHINESE in goal:
            other = f'{goal.removesuffix(".md")}{CHINESE}.md'
            goal = other if other in self.pages else goal
        return goal if (ROOT / goal).exists() else None

    def link(self, path, match):
        image, text, link, anchor = match.groups()
        goal = self.target(path, link)
        if goal is None:
            return match[0]  # elsewhere, or broken: Sphinx warns
        if (ROOT / goal).is_dir():
            return text  # the site has no page of a folder
        here = posixpath.dirname(self.pages[path])
        if image:
            self.images.add(goal)
            return f'![{text}]({posixpath.relpath(goal, here or ".")})'
        if goal in self.pages:
            return f'[{text}]({posixpath.relpath(self.pages[goal], here or ".")}{anchor or ""})'
        if SOURCE.match(goal):
            self.listed.add(goal)
            return f'[{text}]({posixpath.relpath(goal, here or ".")}.md)'
        self.extra.add(goal)
        return f'<a href="{posixpath.relpath(goal, here or ".")}">{text}</a>'

    def name(self, path, match):
        """A source that is named in the text becomes a link to its page."""
        here = posixpath.dirname(self.pages[path]) or '.'
        name, up = match[1], posixpath.relpath('.', here)
        model, _, file = name.partition('/')
        if name in self.listed:
            return f'[{match[0]}]({up}/{name}.md)'
        if model in MODELS and file in ('server.c', 'minimal.c'):
            return f'[{match[0]}]({model}-{file.removesuffix(".c")})'
        return match[0]

    def relinked(self, path, text):
        """The text with its links changed, but those in blocks between ``` marks."""
        def change(piece):
            piece = LINK.sub(lambda m: self.link(path, m), piece)
            return NAME.sub(lambda m: self.name(path, m), piece)
        pieces = re.split(r'(^```.*?^```$)', text, flags=re.MULTILINE | re.DOTALL)
        return ''.join(p if p.startswith('```') else change(p) for p in pieces)

    # ---- what is made ----

    def model(self, path, text):
        """A model's page: its README, then its sources."""
        model, kind = path.split('/')[0], '-zh' if CHINESE in path else ''
        others = ', '.join(f'[{o}](../pairs/{min(model, o)[:2]}-{max(model, o)[:2]}.md)'
                           for o in MODELS if o != model)
        if CHINESE in path:
            nav = f'[`minimal.c`]({model}-minimal{kind}) · [`server.c`]({model}-server{kind}) · 对照：{others}'
            one, two, how = 'minimal.c', 'server.c', ''
        else:
            nav = (f'On this page: [`minimal.c`, whole]({model}-minimal), and [`server.c`, '
                   f'annotated]({model}-server). Side by side with {others}.')
            one, two = 'minimal.c, whole', 'server.c, annotated'
            how = ('At the right: *why* the lines are as they are, what happens *without* them, and the '
                   'manual pages to read. Open a *without*: a patch takes the lines away, and the test that '
                   'it names fails. Manual pages are those of man7.org.\n')
        text = re.sub(r'^(# .*\n)', lambda m: f'{m[1]}\n{nav}\n', text, count=1)
        return (f'{WIDE}{text.rstrip()}\n\n({model}-minimal{kind})=\n\n## {one}\n\n```{{listing}} {model}/minimal.c\n```\n\n'
                f'({model}-server{kind})=\n\n## {two}\n\n{how}\n```{{annotated}} {model}/server.c\n```\n')

    def make_pairs(self):
        couples = list(itertools.combinations(MODELS, 2))
        for a, b in couples:
            self.texts[f'pairs/{a[:2]}-{b[:2]}.md'] = (
                f'{WIDE}# {a} and {b}\n\n'
                f'Without comments, function by function. What is the same in both is folded: open it. In a '
                f'terminal: `make diff A={a[:2]} B={b[:2]}`. With comments: [{a}](../{a}/README.md), '
                f'[{b}](../{b}/README.md).\n\n'
                f'## server.c\n\n```{{pair}} {a} {b} server\n```\n\n'
                f'## minimal.c\n\n```{{pair}} {a} {b} minimal\n```\n')
        rows = ['| | ' + ' | '.join(MODELS[1:]) + ' |', '| --- ' * len(MODELS) + '|']
        for a in MODELS[:-1]:
            cells = [f'[{pairs.differing(a, b, "server")}]({a[:2]}-{b[:2]}.md)' if a < b else ''
                     for b in MODELS[1:]]
            rows.append(f'| {a} | ' + ' | '.join(cells) + ' |')
        return '\n'.join(rows)

    def make_core(self):
        """A table for each room of the core, and a page for each file that is listed."""
        out = []
        for room in sorted({p.split('/')[1] for p in self.listed if p.startswith('core/')}):
            out.append(f'\n## core/{room}\n\n| file | what it is for |\n| --- | --- |')
            for path in sorted(p for p in self.listed if p.startswith(f'core/{room}/')):
                text = (ROOT / path).read_text(encoding='utf-8')
                first = bare(COMMENT.match(text)[0]).split('\n\n')[0]
                said = ' '.join(first.partition(': ')[2].split())
                out.append(f'| [{path.split("/")[2]}]({path.removeprefix("core/")}.md) | {said} |')
        return '\n'.join(out)

    def make_listings(self):
        for path in sorted(self.listed):
            up = '../' * path.count('/')
            where = f'[The core]({up}core/index.md)' if path.startswith('core/') else f'[Start]({up}index.md)'
            self.texts[f'{path}.md'] = (f'---\norphan: true\n---\n\n# {path}\n\n{where}\n\n'
                                        f'```{{listing}} {path}\n```\n')

    # ---- contents ----

    def titles(self):
        return {site.removesuffix('.md') for site in self.texts} - {f'{p}' for p in self.listed}

    @staticmethod
    def toctree(names, caption='', here=''):
        entries = '\n'.join(f'{SHORT[n]} </{n}>' if n in SHORT else f'/{n}' for n in names)
        option = f':caption: {caption}\n' if caption else ''
        return f'\n\n```{{toctree}}\n:hidden:\n{option}\n{entries}\n```\n' if names else ''

    @staticmethod
    def choose(patterns, names):
        chosen = []
        for pattern in patterns:
            found = sorted(n for n in names if fnmatch.fnmatch(n, pattern) and n.count('/') == pattern.count('/'))
            chosen += [n for n in found if n not in chosen]
        return chosen

    def make_contents(self):
        names = self.titles()
        english = {n for n in names if not n.endswith(CHINESE)} - {'index'}
        chinese = {n for n in names if n.endswith(CHINESE)} - {f'index{CHINESE}'}
        for parent, patterns in BELOW.items():
            below = [n for n in self.choose(patterns, english) if n != parent]
            self.texts[f'{parent}.md'] += self.toctree(below)
            english -= set(below)
        order = []
        for caption, patterns in CONTENTS:
            chosen = self.choose(patterns, english)
            english -= set(chosen)
            order += chosen
            self.texts['index.md'] += self.toctree(chosen, caption)
        self.texts['index.md'] += self.toctree(sorted(english), 'More')
        if chinese:
            self.make_chinese(chinese, order)

    def make_chinese(self, chinese, order):
        """The second tree: all pages that are there in Chinese, below a front page of its own."""
        place = {n: i for i, n in enumerate(order)}
        chinese = sorted(chinese, key=lambda n: (place.get(n.removesuffix(CHINESE), len(order)), n))
        front = f'index{CHINESE}.md'
        if front not in self.texts:
            titles = [re.search(r'^# (.*)$', self.texts[f'{n}.md'], re.MULTILINE)[1] for n in chinese]
            self.texts[front] = '# 六种服务器\n\n' + '\n'.join(
                f'- [{title}]({name}.md)' for title, name in zip(titles, chinese)) + '\n'
        self.texts[front] += self.toctree(chinese)
        self.texts['index.md'] += self.toctree([f'index{CHINESE}'], '中文')

    # ---- all of it ----

    def front(self, text):
        """The sheet of timelines is there if it has been made."""
        sheet = ROOT / 'docs/timeline/sheet.svg'
        begin, _, rest = text.partition('<!-- timelines -->')
        inner, _, end = rest.partition('<!-- /timelines -->')
        return begin + (inner if sheet.is_file() else '') + end

    def run(self):
        table = self.make_pairs()
        for path, site in self.pages.items():
            text = (ROOT / path).read_text(encoding='utf-8')
            if path.startswith('site/index'):
                text = self.front(text)
            text = self.relinked(path, text)
            if re.match(r'0\d_', path):
                text = self.model(path, text)
            self.texts[site] = text.replace('<!-- pairs -->', table)
        self.texts['core/index.md'] = self.texts['core/index.md'].replace('<!-- core -->', self.make_core())
        self.make_listings()
        self.make_contents()
        for folder in (PAGES, EXTRA):
            folder.mkdir(parents=True, exist_ok=True)
        self.write()

    def write(self):
        """Writes what has changed, so that Sphinx reads only that again, and removes what is no more."""
        wanted = {PAGES / site: text.encode() for site, text in self.texts.items()}
        wanted |= {PAGES / p: (ROOT / p).read_bytes() for p in self.images}
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
