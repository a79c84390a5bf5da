"""Mutants: patches of tests/mutants, applied to the text of a file in memory."""
import re

from .errors import MachineError


def header(patch, field):
    """What stands behind "FIELD: " above the diff."""
    match = re.search(r'^%s: (.*)$' % re.escape(field), patch.split('\n--- ', 1)[0], re.M)
    return match.group(1) if match else ''


def model_of(patch):
    """The server with which the mutant is tried."""
    words = header(patch, 'Caught by').split()
    return words[1] if len(words) > 1 else ''


def _hunks(lines):
    hunk = None
    for line in lines:
        if line.startswith('@@'):
            if hunk:
                yield hunk
            hunk = ([], [])
        elif hunk is not None and line[:1] in (' ', '-', '+', ''):
            if line[:1] != '+':
                hunk[0].append(line[1:])
            if line[:1] != '-':
                hunk[1].append(line[1:])
    if hunk:
        yield hunk


def _replace(text, old, new, path):
    old, new = '\n'.join(old) + '\n', '\n'.join(new) + '\n'
    places = text.count('\n' + old)
    if places != 1:
        raise MachineError(f'a mutant does not fit {path}: its lines stand there {places} times')
    return text.replace('\n' + old, '\n' + new)


def apply(patch, read):
    """The files that a patch changes: {path: new text}. read(path) returns the old one."""
    changed = {}
    for part in re.split(r'^(?=--- a/)', patch, flags=re.M)[1:]:
        lines = part.rstrip('\n').split('\n')
        path = lines[0][len('--- a/'):].split('\t')[0]
        text = changed.get(path) or read(path)
        for old, new in _hunks(lines[2:]):
            text = _replace(text, old, new, path)
        changed[path] = text
    if not changed:
        raise MachineError('a mutant changes no file')
    return changed
