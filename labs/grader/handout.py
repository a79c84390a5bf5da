"""A tree for students: without solutions, mutants, history; references are programs.

What *build* exercises ask for is empty in it, wherever it stands. Beside such a source lies our
object, NAME.obj, and is linked in its place: by the Makefile, by that of a server with a mistake,
and by the grader. So servers run as all texts say."""
import json
import posixpath
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import checks
from .base import csource, exercise, language, paths
from .base.errors import LabError
from .servers import build, machine, variants

LEFT_OUT = ('tests/mutants/', 'docs/mutants.md', 'docs/grading.md', 'docs/teaching.md', '.ci/',
            'tests/labs/', 'labs/answers/')
ABOUT_REFERENCE = 'The project\'s servers as programs: the grader compares yours with them.\n'
LINK = re.compile(r'(?<!!)\[([^\[\]]*)\]\(([^)#\s]+)(?:#[^)\s]*)?\)')


def chosen(only):
    """The exercises of ONLY=, or all."""
    return [exercise.numbered(word) for word in only.split()] or \
        list(exercise.all_exercises().values())


def _with_holes():
    return [one for one in exercise.all_exercises().values() if one.holes]


def asked(exercises):
    """The functions that are empty: of all *build* exercises, so that no week's handout has the
    answers of the next. But a source that an exercise changes as a whole (25) is whole, unless that
    of its functions (24) is handed out, too."""
    whole = {one.source for one in exercises if one.kind == 'build' and not one.holes}
    return {one.source: one.holes for one in _with_holes()
            if one in exercises or one.source not in whole}


def shows(one):
    """The exercises whose answers the servers of this one have: a file with a mistake is whole."""
    changed = {name for variant in one.variants for name in variants.changed(variant)}
    return [other.number for other in _with_holes() if other.source in changed]


def tracked():
    """The files of the project, as git knows them."""
    run = subprocess.run(['git', '-C', str(paths.ROOT), 'ls-files', '-z'], capture_output=True,
                         check=False)
    if run.returncode != 0:
        raise LabError('a handout has the files that git knows, and this is no git repository')
    return [name for name in run.stdout.decode('utf-8').split('\0') if name]


def _left_out(name, folders):
    if name.startswith(LEFT_OUT) or '/solution/' in name:
        return True
    return bool(re.match(r'labs/\d\d-', name)) and name.split('/')[1] not in folders


def _without_names(text, names):
    text = re.sub(r'[ \t]*\[mutant: [^\]]*\]', '', text)
    return re.sub(r'\b(?:0\d|core|client|bench|build)-[a-z0-9-]+',
                  lambda match: '...' if match.group(0) in names else match.group(0), text)


def _without_links(text, folder, there):
    """Links to what is left out become plain text."""
    def link(match):
        goal = posixpath.normpath(posixpath.join(folder, match.group(2)))
        return match.group(0) if '://' in goal or goal in there else match.group(1)
    return LINK.sub(link, text)


def _with_note(text, tongue):
    """The first page says what a handout is, below its title and the link to its translation."""
    title, translation, rest = text.split('\n\n', 2)
    note = language.page(Path(__file__).parent, 'handout', tongue)
    return '\n\n'.join([title, translation, note + '\n' + rest])


def _write_tree(into, exercises, holes):
    """The files of the project, without what gives something away."""
    folders = {one.name for one in exercises}
    mutants = {path.stem for path in paths.MUTANTS.glob('*.patch')}
    names = [name for name in tracked()
             if not _left_out(name, folders) and (paths.ROOT / name).is_file()]
    there = {*names, *(str(parent) for name in names for parent in Path(name).parents)}
    for name in names:
        source, target = paths.ROOT / name, into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        if not name.endswith(('.c', '.h', '.md')) and \
                not (name.startswith('tests/') and name.endswith('.py')):
            continue
        text = source.read_text(encoding='utf-8')
        if name in holes:
            text = csource.with_holes(text, holes[name])
        if name.endswith('.md'):
            text = _without_links(text, posixpath.dirname(name), there)
        for tongue in (language.ENGLISH, language.CHINESE):
            text = _with_note(text, tongue) if name == f'README{tongue}.md' else text
        target.write_text(_without_names(text, mutants), encoding='utf-8')


def _keep_hints(one, into, count):
    """The first hints only, HINTS=, in each language."""
    for tongue in (language.ENGLISH, language.CHINESE):
        path = Path(into) / 'labs' / one.name / f'hints{tongue}.md'
        if path.is_file():
            path.write_text('\n\n'.join(one.hints_in(tongue)[:count]) + '\n', encoding='utf-8')


def _write_exercise(one, into, holes):
    """The exercise's data: instead of a mutant's name the folder of its sources."""
    with open(one.folder / 'exercise.json', encoding='utf-8') as file:
        data = json.load(file)
    folder = Path(into) / 'labs' / one.name
    listed = []
    for number, variant in enumerate(one.variants):
        name = f'server-{number + 1}'
        variants.write_sources(variant, folder / name)
        variants.hide(variant, folder / name, holes)
        kept = {key: variant[key] for key in ('source', 'fault', 'unit') if key in variant}
        listed.append({'model': variant['model'], 'sources': name, **kept})
    if listed:
        data['variants'] = listed
    if one.unseen:
        data['unseen'] = _write_unseen(one, into)
    (folder / 'exercise.json').write_text(json.dumps(data, indent=2, ensure_ascii=False) + '\n',
                                          encoding='utf-8')


def _write_unseen(one, into):
    """The servers with a mistake that no student may read, as programs without names."""
    groups = []
    for letter, group in zip('abc', one.unseen):
        groups.append([f'{one.name}-{letter}{place}' for place in range(len(group))])
        for name, mutant in zip(groups[-1], group):
            write_program(checks.tester.program(one, mutant), name, into)
    return groups


def _write_reference(model, sanitizer, into):
    name = f'{model}-{sanitizer}' if sanitizer else model
    write_program(build.reference(model, sanitizer), name, into)


def write_program(program, name, into):
    """Copies a program of ours into the handout."""
    target = Path(into) / 'labs' / 'reference' / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, target)
    if shutil.which('strip'):
        subprocess.run(['strip', str(target)], check=False)


def _write_programs(into, exercises):
    """The servers that the grader needs, as programs."""
    programs = {(variant['model'], '') for one in exercises for variant in one.variants}
    programs |= {(model, '') for one in exercises for model in one.programs}
    for one in exercises:
        programs |= {(one.model_of(case), case.get('sanitizer', '')) for case in one.cases
                     if not checks.build.is_unit(case) and one.kind == 'build'}
        programs |= {(one.model, '')} if one.unseen else set()
        programs |= {(checks.server.REFERENCE, '')} if one.groups else set()
        if one.kind == 'build' and one.solution != paths.ROOT / one.source:
            write_program(build.solution(one, one.model), one.name, into)
    for model, sanitizer in sorted(programs):
        if build.has_sanitizer(sanitizer):
            _write_reference(model, sanitizer, into)


def fill(into, exercises):
    """Writes the tree into a folder."""
    holes = asked(exercises)
    _write_tree(into, exercises, holes)
    shutil.copy(paths.LABS / 'lab_todo.h', into / 'core')
    (into / 'labs' / 'reference').mkdir()
    (into / 'labs' / 'reference' / 'README').write_text(ABOUT_REFERENCE, encoding='utf-8')
    (into / 'labs' / 'reference' / machine.FILE.name).write_text(machine.here() + '\n',
                                                                 encoding='utf-8')
    for sanitizer in filter(build.has_sanitizer, build.SANITIZED):
        for name in holes:
            build.give(paths.ROOT, name, into, sanitizer)
    for one in exercises:
        _write_exercise(one, into, holes)
    _write_programs(into, exercises)


def write(into, only, hints=''):
    """make handout INTO=folder ONLY='7 9' HINTS=2"""
    if paths.is_handout():
        raise LabError('this is a handout already')
    if not into:
        raise LabError('where to? INTO=folder')
    if hints and not re.fullmatch('[0-9]', hints):
        raise LabError(f'HINTS={hints} is no number of hints, such as 0 or 2')
    into = Path(into)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise LabError(f'{into} is there already, and not empty')
    exercises = chosen(only)
    with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
        fill(Path(scratch) / 'tree', exercises)
        for one in exercises if hints else []:
            _keep_hints(one, Path(scratch) / 'tree', int(hints))
        shutil.copytree(Path(scratch) / 'tree', into, dirs_exist_ok=True)
    numbers = ', '.join(str(one.number) for one in exercises)
    print(f'{into}: exercises {numbers}; its programs are for {machine.here()}, or newer')
    for one in exercises:
        if answers := shows(one):
            print(f'{one.number} shows answers to {", ".join(map(str, answers))}: '
                  'hand it out after them (ONLY=)')
