"""Servers with a mistake in them: their sources, as a student gets them, and the program."""
import shutil
import tempfile
from pathlib import Path

from . import build, csource, patches, paths
from .errors import LabError

MAKEFILE = '''# builds the server with the mistake: make, then ./server -p 9000 -d files
CC      := gcc
CFLAGS  := -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Icore -pthread
SOURCES := {sources}

server: $(SOURCES) $(wildcard core/*/*.h)
\t$(CC) $(CFLAGS) -o $@ $(SOURCES) -lmd
'''


def patch_text(variant):
    """The patch of a mutant, by its name."""
    path = Path(variant.get('patch', paths.MUTANTS / f'{variant["mutant"]}.patch'))
    if not path.is_file():
        raise LabError(f'there is no mutant {variant["mutant"]}')
    return path.read_text(encoding='utf-8')


def write_sources(variant, folder):
    """The sources of the server, with the mistake, without the comments that give it away."""
    folder = Path(folder)
    patch = patch_text(variant)
    names = build.sources(variant['model'])
    headers = [str(path.relative_to(paths.ROOT)) for path in (paths.ROOT / 'core').glob('*/*.h')]
    texts = {name: (paths.ROOT / name).read_text(encoding='utf-8') for name in names + headers}
    read = lambda name: (paths.ROOT / name).read_text(encoding='utf-8')
    for name, text in patches.apply(patch, read).items():
        if name not in texts:
            raise LabError(f'{variant["mutant"]} changes {name}, no part of {variant["model"]}')
        texts[name] = text
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(csource.without_annotations(text), encoding='utf-8')
    (folder / 'Makefile').write_text(MAKEFILE.format(sources=' '.join(names)), encoding='utf-8')


def copy_sources(exercise, variant, folder):
    """The same: from the patch, or, in a handout, as it was written there."""
    if paths.is_handout():
        shutil.copytree(exercise.folder / variant['sources'], folder, dirs_exist_ok=True)
    else:
        write_sources(variant, folder)


def hand_out(exercise, variant, folder):
    """The same for a student, in place of the server that they had before, if any."""
    for old in [*folder.glob('0*_*'), folder / 'core']:
        shutil.rmtree(old, ignore_errors=True)
    (folder / 'server').unlink(missing_ok=True)
    copy_sources(exercise, variant, folder)


def program(exercise, variant):
    """The server with the mistake, built from sources that no student has touched."""
    with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
        copy_sources(exercise, variant, scratch)
        return build.from_tree(scratch, variant['model'], f'{exercise.name}-variant')


TOLD_BY = ('conformance', 'unit', 'races')  # what an exercise can have: its cases call no faults


def of_functions(exercise):
    """Mutants of a build exercise that change only what the student writes: {name: source}. The
    cases of the exercise have to tell each from the solution."""
    found, old = {}, exercise.solution.read_text(encoding='utf-8')
    if not exercise.holes or exercise.solution != paths.ROOT / exercise.source:
        return found
    for path in sorted(paths.MUTANTS.glob('*.patch')):
        patch = path.read_text(encoding='utf-8')
        if f'\n--- a/{exercise.source}\n' not in patch or \
                not patches.header(patch, 'Caught by').startswith(TOLD_BY):
            continue
        changed = patches.apply(patch, lambda name: (paths.ROOT / name).read_text(encoding='utf-8'))
        text = changed.pop(exercise.source)
        if not changed and csource.with_holes(text, exercise.holes) == \
                csource.with_holes(old, exercise.holes):
            found[path.stem] = text
    return found
