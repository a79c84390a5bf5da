"""Are the design exercises in order? Their data, and model answers where there are some."""
import tempfile
from pathlib import Path

from . import check_design, check_tester, cli, patches, paths
from .errors import LabError
from .verdict import PASS


def _verdict(one, text, student=1):
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        return check_design.check(one, folder, student)


def _solution(one):
    return (one.folder / 'solution' / one.file).read_text(encoding='utf-8')


def _unlike(verdict):
    return '\n'.join(f'{line.name}: {line.outcome}\n{line.message}' for line in verdict.lines
                     if line.outcome != PASS)


def data(one):
    """Points add up, names exist, and the model answer can be read."""
    if one.form == 'document':
        sections, rubric = one.document['sections'], one.document['rubric']
        if sum(section['points'] for section in sections) != one.full_points or not rubric:
            return 'the points of the sections are not those of the exercise, or there is no rubric'
        if _verdict(one, cli.starter(one)).points:
            return 'the starter has points'
        return _unlike(_verdict(one, _solution(one)))
    check_tester.conversations(_solution(one))
    check_tester.conversations(cli.starter(one))
    for mutant in [name for group in one.unseen for name in group]:
        path = paths.MUTANTS / f'{mutant}.patch'
        if not path.is_file():
            return f'there is no mutant {mutant}'
        patches.apply(path.read_text(encoding='utf-8'),
                      lambda name: (paths.ROOT / name).read_text(encoding='utf-8'))
    return ''


def whole(one):
    """The model answer has full marks for every student; the starter has none."""
    try:
        starter = _verdict(one, cli.starter(one))
        yield f'{one.name}: starter fails', f'it has {starter.points} points' \
            if starter.points else ''
        for student in range(max(map(len, one.unseen), default=1)):
            yield f'{one.name}: model answer, student {student}', \
                _unlike(_verdict(one, _solution(one), student))
    except LabError as error:
        yield f'{one.name}', str(error)
