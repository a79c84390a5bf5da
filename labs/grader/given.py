"""What a student is given as text: what a file begins with, and our solution."""
import tempfile
from pathlib import Path

from . import checks
from .base import csource, paths
from .servers import variants

STARTER_OF_FIND = '''\
# Behind `cause:` belongs a sentence, of five words at least: what does the server in the folder
# `server` do wrong?
# Below it, a conversation that the server of the project passes, and that one does not. The
# language is described in labs/conversations.md.
cause:
a connects
a expects HELLO 1 ...
'''


def starter(one, student=1):
    """What the student begins with."""
    given = one.folder / 'starter' / one.file
    if given.is_file():
        return given.read_text(encoding='utf-8')
    if one.kind == 'repair':
        variant = one.variant(student)
        with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
            variants.copy_sources(one, variant, scratch)
            text = (Path(scratch) / variant['source']).read_text(encoding='utf-8')
        return checks.repair.starter(text, variant['source'])
    text = (paths.ROOT / one.source).read_text(encoding='utf-8')
    return text if 'LAB_TODO(' in text or not one.holes else csource.with_holes(text, one.holes)


def solution(one, student):
    """Our solution as text. A handout has none."""
    if one.kind == 'own':
        return checks.own.solution_text(one)
    if one.kind == 'build':
        text = one.solution.read_text(encoding='utf-8')
        return '\n'.join(csource.function(text, name) for name in one.holes) or text
    if one.kind == 'observe':
        return checks.observe.solution(one, student)
    if one.kind == 'measure':
        return checks.measure.solution(one)
    if one.kind == 'repair':
        return (paths.ROOT / one.variant(student)['source']).read_text(encoding='utf-8')
    name = one.variant(student)['solution'] if one.variants else one.file
    return (one.folder / 'solution' / name).read_text(encoding='utf-8')
