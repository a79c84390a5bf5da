"""The pages of the site that nobody has written: of each model, each pair, and the sources."""
import itertools
import json
import posixpath
import re

import chinese
import pairs
from sources import COMMENT, ROOT, bare

MODELS = sorted(p.name for p in ROOT.glob('0[1-9]_*'))
CHINESE = '.zh-CN'
# a name in a text: not in a block of code, not in a link
NAMED = re.compile(r'^ {4}.*$|\[[^\]]*\]|`(\w+)`', re.MULTILINE)
WORD = re.compile(r'^\| (.+?) \| (.+?) \| \[(.+)\]\((.+)\) \|$', re.MULTILINE)
WIDE = '---\nhide-toc: true\n---\n\n'  # Furo leaves the room of the contents to the page

NOTES = '''Beside the code, or below it: *why* the lines are as they are, what happens *without*
them, and the manual pages to read. Open a *without*: a patch takes the lines away, and the test
that it names fails. Manual pages are those of man7.org.
'''
NOTES_CHINESE = '''代码旁边（窄屏时在代码下面）是注释：*why* 说明为什么这样写，*without* 说明去掉它会
怎样，*man* 是应读的手册页（man7.org）。展开 *without*，可以看到去掉这几行的补丁，以及因此失败的测试。
'''


def pair_name(a, b):
    return f'{min(a, b)[:2]}-{max(a, b)[:2]}'


def functions(model, file):
    """{name: line} of the functions of a source"""
    lines = (ROOT / model / f'{file}.c').read_text(encoding='utf-8').split('\n')
    found = ((re.match(r'[a-z].*?(\w+)\(.*\)$', lines[n - 1]), n) for n in range(1, len(lines)))
    return {match[1]: n for match, n in found if match and lines[n] == '{'}


def with_places(text, model, kind):
    """(text, links to its parts): functions that it names lead to their lines in the sources.

    A part with minimal.c in its title is about that file, the others are about server.c.
    """
    parts = re.split(r'^## (.+)$', text, flags=re.MULTILINE)
    out, links = [parts[0]], []
    for title, body in zip(parts[1::2], parts[2::2]):
        file = 'minimal' if 'minimal.c' in title else 'server'
        lines = functions(model, file)

        def place(match):
            name = match[1]
            if name not in lines:
                return match[0]
            return f'<a href="#{file}-{lines[name]}"><code class="literal">{name}</code></a>'

        links.append(f'[{title}]({model}-part-{len(links)}{kind})')
        body = NAMED.sub(lambda m: m[0] if m[1] is None else place(m), body)
        out.append(f'({links[-1].rpartition("(")[2]}=\n\n## {title}{body}')
    return ''.join(out), links


def model_page(path, text, end):
    """A model's page: its README, then its sources. end: of the names of pages of pairs"""
    model = path.split('/')[0]
    others = [f'[{o}](../pairs/{pair_name(model, o)}{end}.md)' for o in MODELS if o != model]
    twin = CHINESE in path
    kind = '-zh' if twin else ''
    text, links = with_places(text, model, kind)
    titles = ('minimal.c, whole', 'server.c, annotated')
    if twin:
        titles = ('minimal.c：全文', 'server.c：带注释')
    links += [f'[{titles[0]}]({model}-minimal{kind})', f'[{titles[1]}]({model}-server{kind})']
    nav, beside = ('本页', '并排对照') if twin else ('On this page', 'Side by side')
    colon = '：' if twin else ': '
    nav = f'{nav}{colon}{" · ".join(links)}\n\n{beside}{colon}{" · ".join(others)}'
    text = re.sub(r'^(# .*\n)', lambda m: f'{m[1]}\n{nav}\n', text, count=1)
    return (
        f'{WIDE}{text.rstrip()}\n\n'
        f'({model}-minimal{kind})=\n\n## {titles[0]}\n\n```{{listing}} {model}/minimal.c\n```\n\n'
        f'({model}-server{kind})=\n\n## {titles[1]}\n\n{NOTES_CHINESE if twin else NOTES}\n'
        f'```{{annotated}} {model}/server.c\n```\n'
    )


PAIR = '''# {a} and {b}

Without comments, function by function. What is the same in both is folded: open it. In a
terminal: `make diff A={a:.2} B={b:.2}`. With comments: [{a}](../{a}/README.md),
[{b}](../{b}/README.md).
'''
PAIR_CHINESE = '''# {a} 和 {b}

不含注释，逐个函数对照。两边相同的折叠起来，可以展开。在终端里用 `make diff A={a:.2} B={b:.2}`。
带注释的源码：[{a}](../{a}/README.zh-CN.md)，[{b}](../{b}/README.zh-CN.md)。
'''


def pair_pages(end=''):
    """{path: text} of all pairs, in one language"""
    head = chinese.joined(PAIR_CHINESE) if end else PAIR
    return {
        f'pairs/{pair_name(a, b)}{end}.md': (
            f'{WIDE}{head.format(a=a, b=b)}\n'
            f'## server.c\n\n```{{pair}} {a} {b} server\n```\n\n'
            f'## minimal.c\n\n```{{pair}} {a} {b} minimal\n```\n'
        )
        for a, b in itertools.combinations(MODELS, 2)
    }


def pair_table(end=''):
    """All pairs, with the number of lines that differ."""
    rows = ['| | ' + ' | '.join(MODELS[1:]) + ' |', '| --- ' * len(MODELS) + '|']
    for a in MODELS[:-1]:
        cells = [
            f'[{pairs.differing(a, b, "server")}]({pair_name(a, b)}{end}.md)' if a < b else ''
            for b in MODELS[1:]
        ]
        rows.append(f'| {a} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(rows)


def words(pages):
    """The table of words for a page in Chinese; pages in Chinese are named by their titles."""
    rows = ['| 英文 | 中文 | 见 |', '| --- | --- | --- |']
    for row in WORD.finditer((ROOT / 'site/words.md').read_text(encoding='utf-8')):
        english, word, text, link = row.groups()
        page = posixpath.normpath(f'site/{link}').removesuffix('.md') + f'{CHINESE}.md'
        if page in pages:
            text = re.match(r'# (.*)', (ROOT / page).read_text(encoding='utf-8'))[1]
        rows.append(f'| {english} | {word} | [{text}]({link}) |')
    return '\n'.join(rows)


def models_of(exercise):
    """The models that an exercise is about."""
    found = json.dumps([exercise.get(k, '') for k in ('model', 'programs', 'variants', 'cases')])
    names = [m for m in MODELS if f'"{m}"' in found] if exercise['kind'] != 'own' else []
    return ', '.join(names)


def exercises(kind, pages):
    """A table of all exercises."""
    head = '| 练习 | 类型 | 服务器 | 分钟 |' if kind else '| exercise | kind | servers | minutes |'
    rows = [head, '| --- | --- | --- | --- |']
    for file in sorted(ROOT.glob('labs/[0-9]*/exercise.json')):
        exercise = json.loads(file.read_text(encoding='utf-8'))
        page = f'labs/{file.parent.name}/README{kind}.md'
        if page not in pages:
            page = f'labs/{file.parent.name}/README.md'
        name = re.match(r'# (.*)', (ROOT / page).read_text(encoding='utf-8'))[1]
        rows.append(
            f'| [{name}]({page.removeprefix("labs/")}) | {exercise["kind"]} '
            f'| {models_of(exercise)} | {exercise["minutes"]} |'
        )
    return '\n'.join(rows)


def purpose(path):
    """What the first comment of a source says behind the file's name."""
    opening = COMMENT.match((ROOT / path).read_text(encoding='utf-8'))
    first = bare(opening[0]).split('\n\n')[0] if opening else ''
    return ' '.join(first.partition(': ')[2].split()).replace('|', '\\|')


def core_tables(listed, head):
    """A table for each folder of the core."""
    out = []
    for room in sorted({p.split('/')[1] for p in listed if p.startswith('core/')}):
        out.append(f'\n## core/{room}\n\n{head}\n| --- | --- |')
        for path in sorted(p for p in listed if p.startswith(f'core/{room}/')):
            link = f'[{path.split("/")[2]}]({path.removeprefix("core/")}.md)'
            out.append(f'| {link} | {purpose(path)} |')
    return '\n'.join(out)


def listing_page(path):
    """A page of one source."""
    up = '../' * path.count('/')
    where = f'[Start]({up}index.md)'
    if path.startswith('core/'):
        where = f'[The core]({up}core/index.md)'
    head = f'---\norphan: true\n---\n\n# {path}\n\n{where}\n\n'
    return f'{head}```{{listing}} {path}\n```\n'
