"""Mistakes of a teacher's own, out of a folder that is no part of the project: LABS_PRIVATE=folder.

It has folders with the names of *find* exercises, each with patches as in tests/mutants and, for
each, a model conversation: 21-busy/mine.patch and 21-busy/mine.txt."""
import os
from pathlib import Path

from . import patches, paths
from .errors import LabError


def folder():
    """The folder of LABS_PRIVATE; None: there is none, or this is a handout, which has its own."""
    given = os.environ.get('LABS_PRIVATE', '')
    if not given or paths.is_handout():
        return None
    if not Path(given).is_dir():
        raise LabError(f'LABS_PRIVATE={given} is no folder')
    return Path(given).resolve()


def _variant(path):
    model = patches.model_of(path.read_text(encoding='utf-8'))
    if not (paths.ROOT / model / 'server.c').is_file() or not model:
        raise LabError(f'{path}: which server? Its header has a line '
                       '`Caught by: conformance 05_poll CASE`')
    solution = path.with_suffix('.txt')
    if not solution.is_file():
        raise LabError(f'{path} has no model conversation: {solution.name} is missing beside it')
    return {'mutant': path.stem, 'patch': str(path), 'model': model, 'solution': str(solution)}


def variants(name):
    """Those of one exercise, instead of the public ones; none: it keeps the public ones."""
    given = folder()
    return [_variant(path) for path in sorted((given / name).glob('*.patch'))] if given else []


def check_names(exercises):
    """Each folder is one of a find exercise, so that a misspelt name is noticed."""
    given, finds = folder(), {one.name for one in exercises if one.kind == 'find'}
    for path in sorted(given.iterdir()) if given else []:
        if path.is_dir() and not path.name.startswith('.') and path.name not in finds:
            raise LabError(f'{path} is no find exercise; they are {", ".join(sorted(finds))}')
