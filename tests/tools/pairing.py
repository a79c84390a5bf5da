"""Two sources in C, paired function by function: for side-by-side, and for the site's pairs."""
import difflib
import re

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.DOTALL)
FUNCTION = re.compile(r'^[a-z_].*?(\w+)\(')


def code(path):
    """The lines of a file, without comments and blank lines."""

    def bare(match):
        return ' ' if match[0].startswith('/') else match[0]

    text = TOKEN.sub(bare, path.read_text(encoding='utf-8'))
    return [line.rstrip() for line in text.split('\n') if line.strip()]


def parts(lines):
    """{heading: lines}: what stands before the functions, and each function under its name."""
    found, begin, i = {'#include': [], 'declarations': []}, 0, 0
    while i < len(lines):
        if (
            lines[i] == '{'
        ):  # the braces of a function stand alone; its head begins where no line is indented
            begin = i - 1
            while lines[begin][0] in ' \t':
                begin -= 1
            end = lines.index('}', i)
            name = FUNCTION.match(' '.join(lines[begin:i]))
            found[name[1] + '()'] = lines[begin : end + 1]
            rest = found['declarations']
            del rest[len(rest) - (i - begin) :]
            i = end + 1
            continue
        found['#include' if lines[i].startswith('#include') else 'declarations'].append(lines[i])
        i += 1
    return found


def headings(old, new):
    """All headings of both, in the order of the old one; what only the new one has comes last."""
    return list(old) + [name for name in new if name not in old]


def changes(old, new):
    """What differs between two lists of lines: (tag, i, k, j, m), as in difflib."""
    return difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
