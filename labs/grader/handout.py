"""A tree for students: without solutions, mutants, history; references are programs."""
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import build, check_build, check_server, check_tester, csource, exercise, paths, variants
from .errors import LabError

LEFT_OUT = ('tests/mutants/', 'docs/mutants.md', 'docs/grading.md', 'docs/teaching.md', '.ci/',
            'tests/labs/', 'labs/answers/')


def chosen(only):
    """The exercises of ONLY=, or all."""
    return [exercise.numbered(word) for word in only.split()] or \
        list(exercise.all_exercises().values())


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


def _write_exercise(one, into):
    """The exercise's data: instead of a mutant's name the folder of its sources."""
    with open(one.folder / 'exercise.json', encoding='utf-8') as file:
        data = json.load(file)
    folder = Path(into) / 'labs' / one.name
    listed = []
    for number, variant in enumerate(one.variants):
        name = f'server-{number + 1}'
        variants.write_sources(variant, folder / name)
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
            write_program(check_tester.program(one, mutant), name, into)
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


def fill(into, exercises):
    """Writes the tree into a folder."""
    into, folders = Path(into), [one.name for one in exercises]
    holes, names = {}, {path.stem for path in paths.MUTANTS.glob('*.patch')}
    for one in exercises:
        if one.holes:
            holes.setdefault(one.source, []).extend(one.holes)
    for name in tracked():
        source, target = paths.ROOT / name, into / name
        if _left_out(name, folders) or not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        if name.endswith(('.c', '.h', '.md')):
            text = source.read_text(encoding='utf-8')
            text = csource.with_holes(text, holes[name]) if name in holes else text
            target.write_text(_without_names(text, names), encoding='utf-8')
        elif name.startswith('tests/') and name.endswith('.py'):
            text = source.read_text(encoding='utf-8')
            target.write_text(_without_names(text, names), encoding='utf-8')
    if holes:
        shutil.copy(paths.LABS / 'lab_todo.h', into / 'core')
    for one in exercises:
        _write_exercise(one, into)
    programs = {(variant['model'], '') for one in exercises for variant in one.variants}
    programs |= {(model, '') for one in exercises for model in one.programs}
    for one in exercises:
        programs |= {(one.model_of(case), case.get('sanitizer', '')) for case in one.cases
                     if not check_build.is_unit(case) and one.kind == 'build'}
        programs |= {(one.model, '')} if one.unseen else set()
        programs |= {(check_server.REFERENCE, '')} if one.groups else set()
        if one.kind == 'build' and one.solution != paths.ROOT / one.source:
            write_program(build.solution(one, one.model), one.name, into)
    for model, sanitizer in sorted(programs):
        if build.has_sanitizer(sanitizer):
            _write_reference(model, sanitizer, into)
    for name in holes:
        for sanitizer in {sanitizer for _, sanitizer in programs}:
            if build.has_sanitizer(sanitizer):
                build.give(name, into, sanitizer)


def write(into, only):
    """make handout INTO=folder ONLY='7 9'"""
    if paths.is_handout():
        raise LabError('this is a handout already')
    if not into:
        raise LabError('where to? INTO=folder')
    into = Path(into)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise LabError(f'{into} is there already, and not empty')
    exercises = chosen(only)
    with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
        fill(Path(scratch) / 'tree', exercises)
        shutil.copytree(Path(scratch) / 'tree', into, dirs_exist_ok=True)
    numbers = ', '.join(str(one.number) for one in exercises)
    print(f'{into}: exercises {numbers}, for this kind of machine')
