"""Servers with a mistake in them: their sources, as a student gets them, and the program."""
import shutil
import tempfile
from pathlib import Path

from ..base import csource, patches, paths
from ..base.errors import MachineError
from . import build

MAKEFILE = '''# builds the server with the mistake: make, then ./server -p 9000 -d files
{note}CC      := gcc
CFLAGS  := -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Icore -pthread
SOURCES := {sources}

server: $(SOURCES) $(wildcard core/*/*.h)
\t$(CC) $(CFLAGS) -o $@ $(SOURCES) -lmd
'''
NOTE = '''# NAME.obj stands for NAME.c, in which functions are empty: another exercise asks for them
'''


def patch_text(variant):
    """The patch of a mutant, by its name."""
    path = Path(variant.get('patch', paths.MUTANTS / f'{variant["mutant"]}.patch'))
    if not path.is_file():
        raise MachineError(f'there is no mutant {variant["mutant"]}')
    return path.read_text(encoding='utf-8')


def _read(name):
    return (paths.ROOT / name).read_text(encoding='utf-8')


def changed(variant):
    """The files in which the mistake is: {name: text}."""
    return patches.apply(patch_text(variant), _read)


def write_sources(variant, folder):
    """The sources of the server, with the mistake, without the comments that give it away."""
    folder = Path(folder)
    names = build.sources(variant['model'])
    headers = [str(path.relative_to(paths.ROOT)) for path in (paths.ROOT / 'core').glob('*/*.h')]
    texts = {name: _read(name) for name in names + headers}
    for name, text in changed(variant).items():
        if name not in texts:
            raise MachineError(f'{variant["mutant"]} changes {name}, no part of {variant["model"]}')
        texts[name] = text
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(csource.without_annotations(text), encoding='utf-8')
    _write_makefile(folder, names)


def _write_makefile(folder, names):
    beside = {name: build.object_beside(folder, name) for name in names}
    parts = [str(path.relative_to(folder)) if path.exists() else name
             for name, path in beside.items()]
    text = MAKEFILE.format(sources=' '.join(parts), note='' if parts == names else NOTE)
    (folder / 'Makefile').write_text(text, encoding='utf-8')


def hide(variant, folder, holes):
    """Empties the functions that other exercises ask for, holes = {name of a source: functions},
    in the sources of the server. A file with the mistake stays whole."""
    names = build.sources(variant['model'])
    for name in set(names) & set(holes) - set(changed(variant)):
        build.give(folder, name, folder)
        text = (folder / name).read_text(encoding='utf-8')
        (folder / name).write_text(csource.with_holes(text, holes[name]), encoding='utf-8')
    _write_makefile(folder, names)


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
        texts = patches.apply(patch, _read)
        text = texts.pop(exercise.source)
        if not texts and csource.with_holes(text, exercise.holes) == \
                csource.with_holes(old, exercise.holes):
            found[path.stem] = text
    return found
