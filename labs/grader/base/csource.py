"""Functions and comments of C sources that are laid out by this project's .clang-format.

A function definition begins in the first column, its `{` and its `}` stand alone in the first
column. That is all this module needs to know of C.
"""
import re

from .errors import LabError

HOLE_INCLUDE = '#include "lab_todo.h" /* remove it when nothing of it is left */\n'


def _span(text, name):
    """Offsets of a function, of its `{`, and behind its `}`; None: there is no such function."""
    start = re.compile(r'^[A-Za-z_][^\n;={}]*?\b%s\([^;{}]*\)\n\{\n' % re.escape(name), re.M)
    match = start.search(text)
    if match is None:
        return None
    end = text.find('\n}\n', match.end() - 1)
    return None if end < 0 else (match.start(), match.end() - 2, end + 3)


def functions(text):
    """The names of all functions defined in a source."""
    found = re.findall(r'^[A-Za-z_][^\n;={}]*?\b([A-Za-z_]\w*)\([^;{}]*\)\n\{\n', text, re.M)
    return [name for name in found if _span(text, name)]


def function(text, name):
    """The definition of a function, from its return type to its `}`."""
    span = _span(text, name)
    if span is None:
        raise LabError(f'there is no function {name} in this source')
    return text[span[0]:span[2]]


def with_body(text, name, body):
    """The source with another body of a function."""
    span = _span(text, name)
    if span is None:
        raise LabError(f'there is no function {name} in this source')
    return text[:span[1]] + '{\n    %s\n}\n' % body + text[span[2]:]


def with_holes(text, names):
    """The source with the bodies of these functions emptied: each ends the server, and says why."""
    for name in names:
        text = with_body(text, name, f'LAB_TODO("{name}");')
    last = [m.end() for m in re.finditer(r'^#include [^\n]*\n', text, re.M)][-1]
    return text[:last] + '\n' + HOLE_INCLUDE + text[last:]


def without_annotations(text):
    """The source without the comments that name a mutant: they give the mistake away."""
    def drop(match):
        return '' if '[mutant:' in match.group(0) else match.group(0)
    return re.sub(r'^[ \t]*/\*(?:[^*]|\*(?!/))*\*/[ \t]*\n', drop, text, flags=re.M)
