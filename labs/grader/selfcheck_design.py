"""Are the design exercises in order? Their data, and model answers where there are some."""
import tempfile
from pathlib import Path

from . import check_design, check_repair, check_tester, cli, patches, paths
from .errors import LabError
from .verdict import FAIL, PASS


def _verdict(one, text, student=1):
    checks = check_repair if one.kind == 'repair' else check_design
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        return checks.check(one, folder, student)


def _solution(one):
    return (one.folder / 'solution' / one.file).read_text(encoding='utf-8')


def _unlike(verdict, outcome=PASS):
    return '\n'.join(f'{line.name}: {line.outcome}\n{line.message}' for line in verdict.lines
                     if line.outcome != outcome)


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


CAUSE = '/* cause: a sentence that says which call fails, and how */\n'


def repair_data(one):
    """Its mutants fit, and change the file that is to be repaired; the points add up."""
    if sum(case['points'] for case in one.cases) != one.full_points:
        return 'the points of the lines are not those of the exercise'
    for variant in one.variants:
        patch = (paths.MUTANTS / f'{variant["mutant"]}.patch').read_text(encoding='utf-8')
        changed = patches.apply(patch, lambda name: (paths.ROOT / name).read_text(encoding='utf-8'))
        if list(changed) != [variant['source']]:
            return f'{variant["mutant"]} changes {", ".join(changed)}, not {variant["source"]}'
    return ''


def repair_whole(one):
    """Each starter fails every line, and each file of the project passes all of them."""
    for index, variant in enumerate(one.variants):
        student = (index - one.number) % len(one.variants)
        name = f'{one.name}: {variant["mutant"]} {variant["model"]}'
        text = CAUSE + cli.starter(one, student)
        yield f'{name}: starter fails', _unlike(_verdict(one, text, student), FAIL)
        text = CAUSE + (paths.ROOT / variant['source']).read_text(encoding='utf-8')
        yield f'{name}: reference passes', _unlike(_verdict(one, text, student))
