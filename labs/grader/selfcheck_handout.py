"""Is a handout in order? It gives nothing away, and exercises can be done in it."""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import exercise, paths


def run():
    """A handout has no names of mutants and no solutions; in it an exercise can be done."""
    with tempfile.TemporaryDirectory(prefix='labs handout ') as folder:
        tree = Path(folder) / 'a tree'
        made = _make(paths.ROOT, 'handout', f'INTO={tree}')
        yield 'handout: all exercises', made
        if made:
            return
        mutants = {path.stem for path in paths.MUTANTS.glob('*.patch')}
        found = []
        for path in tree.rglob('*'):
            if path.is_file() and path.suffix in ('.c', '.h', '.json', '.py', '.mk', '.md'):
                text = path.read_text(encoding='utf-8')
                words = set(re.findall(r'\b(?:0\d|core|client|bench)-[a-z0-9-]+', text))
                found += [f'{path.relative_to(tree)}: {word}' for word in words & mutants]
        found += [str(path) for path in tree.rglob('solution')]
        yield 'handout: no names, no solutions', ', '.join(found[:10])
        yield 'handout: exercise 7 is handed out and done', _do_one(tree)
        yield 'handout: servers with empty functions are tested', _build(tree)
        yield 'handout: a server can be built to be tried', _try(tree)
        yield 'handout: another student number, another server', _draw(tree)


def _make(tree, *words):
    run = subprocess.run(['make', '-s', '-C', str(tree), *words], capture_output=True, text=True,
                         check=False)
    return run.stdout + run.stderr if run.returncode != 0 else ''


def _do_one(tree):
    wrong = _make(tree, 'lab', 'N=7')
    if wrong:
        return wrong
    one = exercise.numbered('7')
    shutil.copy(one.folder / 'solution' / one.variants[0]['solution'],
                tree / 'labs' / 'answers' / one.name / one.file)
    return _make(tree, 'check', 'N=7')


def _build(tree):
    """Our own answers pass, though the servers that they are linked with have empty functions."""
    for number in ('13', '15'):
        one = exercise.numbered(number)
        if wrong := _make(tree, 'lab', f'N={number}'):
            return wrong
        shutil.copy(one.solution, tree / 'labs' / 'answers' / one.name / one.file)
        if wrong := _make(tree, 'check', f'N={number}'):
            return wrong
    return ''


def _try(tree):
    """Below a path with a blank: of a server, and of a source of core/."""
    for number in ('24', '28', '30'):
        one = exercise.numbered(number)
        wrong = _make(tree, 'lab', f'N={number}') or _make(tree, 'try', f'N={number}')
        if wrong or not (tree / 'labs' / 'answers' / one.name / 'mine').is_file():
            return wrong or f'{one.name}: there is no program'
    return ''


def _draw(tree):
    one = exercise.numbered('21')
    folder = tree / 'labs' / 'answers' / one.name
    for student in range(1, len(one.variants) + 1):
        shutil.rmtree(tree / 'labs' / 'answers', ignore_errors=True)
        if wrong := _make(tree, 'lab', f'N={one.number}', f'STUDENT={student}'):
            return wrong
        models = [path.name for path in (folder / 'server').glob('0*_*')]
        if models != [one.variant(student)['model']]:
            return f'student {student} has {models}'
        for words in (['lab', 'N=21'], ['check', 'N=21'], ['lab', 'N=9']):
            said = _make(tree, *words, f'STUDENT={student + 1}')
            if f'you are student {student}, and have exercise 21' not in said:
                return f'a second number, {words}: {said or "it is taken"}'
    return _make(tree, 'lab', 'N=9')
