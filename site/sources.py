"""Annotated C as HTML: code at the left, WHY, WITHOUT and MAN beside the lines they are about."""
import html
import pathlib
import re

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

import man

ROOT = pathlib.Path(__file__).resolve().parent.parent
LEXERS = {'.c': 'c', '.h': 'c', '.py': 'python', '.sh': 'bash'}
COMMENT = re.compile(r'^([ \t]*)/\*.*?\*/[ \t]*\n', re.DOTALL | re.MULTILINE)
HEADING = re.compile(r'^(WHY|WITHOUT|MAN|[A-Z][a-z]+(?: out)?) {2,}', re.MULTILINE)
MUTANT = re.compile(r'\s*\[mutant: ([^\]]+)\]')


def coloured(text, language='c'):
    """The lines of a text as HTML; every line closes what it opens."""
    lexer = get_lexer_by_name(language, stripnl=False)
    return highlight(text, lexer, HtmlFormatter(nowrap=True)).removesuffix('\n').split('\n')


def block(lines, first=None, prefix='L', classes=''):
    """Lines of HTML in a box; with their numbers and anchors if the first number is given."""
    rows = []
    for i, line in enumerate(lines):
        number = '' if first is None else f' id="{prefix}{first + i}" data-n="{first + i}"'
        rows.append(f'<span class="line"{number}>{line}\n</span>')
    return f'<div class="highlight part {classes}"><pre tabindex="0">{"".join(rows)}</pre></div>'


def language_of(path):
    return LEXERS.get(pathlib.PurePath(path).suffix, 'text')


def listing(path, prefix='L'):
    """A whole file with the numbers of its lines."""
    text = (ROOT / path).read_text(encoding='utf-8').rstrip('\n')
    return block(coloured(text, language_of(path)), 1, prefix, 'whole')


def bare(comment):
    """The text of a comment, without its stars."""
    text = comment.strip().removeprefix('/*').removesuffix('*/')
    return '\n'.join(re.sub(r'^\s*\*( |$)', '', line) for line in text.split('\n')).strip()


def fields(text):
    """[(heading, text)] of a comment; the heading of what stands before the first is ''."""
    found, heading, last = [], '', 0
    for match in HEADING.finditer(text):
        found.append((heading, text[last : match.start()]))
        heading, last = match[1], match.end()
    found.append((heading, text[last:]))
    return [(h, ' '.join(t.split())) for h, t in found if t.strip()]


# ---- a mutant, and what its test reports ----


def mutant(name):
    """(fields of the header, diff) of a patch"""
    text = (ROOT / f'tests/mutants/{name}.patch').read_text(encoding='utf-8')
    begin = re.search(r'^--- ', text, re.MULTILINE).start()
    head = re.findall(r'^([A-Z][A-Za-z ]+): (.*)$', text[:begin], re.MULTILINE)
    return head, text[begin:].rstrip('\n')


def patches(path):
    """The patches that the notes of a source name."""
    groups = MUTANT.findall((ROOT / path).read_text(encoding='utf-8'))
    return [f'tests/mutants/{name.strip()}.patch' for group in groups for name in group.split(',')]


def proof(names):
    """What stands in an opened WITHOUT: the mistake as a diff, and the test that notices it."""
    out = []
    for name in names:
        head, diff = mutant(name)
        rows = ''.join(
            f'<dt>{html.escape(field)}</dt><dd>{html.escape(text)}</dd>' for field, text in head
        )
        out.append(
            f'<p class="mutant">tests/mutants/{name}.patch</p><dl>{rows}</dl>'
            + block(coloured(diff, 'diff'), classes='diff')
        )
    return ''.join(out)


# ---- notes ----


def marked(text):
    """A text as HTML: what stands between backticks is code."""
    return re.sub('`([^`]+)`', r'<code class="literal">\1</code>', html.escape(text))


def note_field(heading, text):
    if heading == 'WITHOUT':
        names = [n.strip() for group in MUTANT.findall(text) for n in group.split(',')]
        sentence = marked(MUTANT.sub('', text).strip())
        return (
            f'<details class="without"><summary><b>without</b> {sentence}</summary>'
            f'<div class="proof">{proof(names)}</div></details>'
        )
    body = man.linked(marked(text), must=heading == 'MAN')
    name = f'<b>{heading.lower()}</b> ' if heading else ''
    return f'<p class="{heading.lower() or "text"}">{name}{body}</p>'


def note(comment, first, last):
    inner = ''.join(note_field(*f) for f in fields(bare(comment)))
    return f'<aside class="note" aria-label="note on lines {first} to {last}">{inner}</aside>'


def pointed(text):
    """HTML of a field of a model's first comment: files, models and pairs become links."""
    text = man.linked(marked(text))
    text = re.sub(
        r'\bcore/[\w/]+\.[ch]\b',
        lambda m: f'<a href="../{m[0]}.html">{m[0]}</a>' if (ROOT / m[0]).is_file() else m[0],
        text,
    )
    text = re.sub(r'\b(0\d_[a-z]+)\b(?!/)', r'<a href="../\1/README.html">\1</a>', text)
    return re.sub(
        r'make diff A=(0\d) B=(0\d)',
        lambda m: f'<a href="../pairs/{min(m[1], m[2])}-{max(m[1], m[2])}.html">{m[0]}</a>',
        text,
    )


def header(comment):
    """The first comment of a file: its first sentence, and its fields as a list."""
    title, *rest = fields(bare(comment))
    rows = ''.join(f'<dt>{html.escape(h)}</dt><dd>{pointed(t)}</dd>' for h, t in rest)
    return f'<p class="about">{html.escape(title[1])}</p><dl class="header">{rows}</dl>'


def segments(lines, notes):
    """(first line, last line, comment or None): up to the next note, or the end of a function.

    lines: all lines of the file; notes: {line behind the comment: (line where it begins, comment)}
    """
    starts = {begin for begin, _ in notes.values()}
    first, comment, covered = 1, None, 0
    for number in range(1, len(lines) + 1):
        if number in starts:
            yield first, number - 1, comment
            covered = next(behind for behind, (begin, _) in notes.items() if begin == number)
            first, comment = covered, notes[covered][1]
        elif number >= covered and lines[number - 1] == '}':
            yield first, number, comment
            first, comment = number + 1, None
    yield first, len(lines), comment


def trimmed(lines, first, last):
    """The same range without the blank lines around it."""
    while first <= last and not lines[first - 1].strip():
        first += 1
    while last >= first and not lines[last - 1].strip():
        last -= 1
    return first, last


def annotated(path, prefix='L'):
    """A whole source: its first comment as a list, then its functions with their notes."""
    text = (ROOT / path).read_text(encoding='utf-8').rstrip('\n')
    lines, colours = text.split('\n'), coloured(text, 'c')
    opening, notes = None, {}
    for match in COMMENT.finditer(text + '\n'):
        begin = text.count('\n', 0, match.start()) + 1
        behind = begin + match[0].count('\n')
        if begin == 1:
            opening = (behind, match[0])
        elif re.search(r'^\s*(/\*|\*) WHY ', match[0], re.MULTILINE):
            notes[behind] = (begin, match[0])
    out = [header(opening[1]), '<div class="annotated">']
    for first, last, comment in segments(lines, notes):
        first, last = trimmed(lines, max(first, opening[0]), last)
        if first > last:
            continue
        code = block(colours[first - 1 : last], first, prefix)
        beside = note(comment, first, last) if comment else ''
        out.append(f'<div class="segment{" noted" if comment else ""}">{code}{beside}</div>')
    return '\n'.join(out + ['</div>'])
