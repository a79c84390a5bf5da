"""Are the design exercises in order? Their data, and model answers where there are some."""
import json
import subprocess
import tempfile
from pathlib import Path

from ... import checks, formats, given
from ...base import patches, paths
from ...base.errors import LabError
from ...base.verdict import FAIL, PASS
from ...servers import build
from ..report import graded
from . import texts


def _verdict(one, text, student=1):
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        for more in (one.folder / ('solution' if text == _solution(one) else 'starter')).glob('*'):
            (Path(folder) / more.name).write_bytes(more.read_bytes())
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        return graded(one, folder, student)


def _solution(one):
    path = one.folder / 'solution' / one.file
    return path.read_text(encoding='utf-8') if path.is_file() else None


def _unlike(verdict, outcome=PASS):
    return '\n'.join(f'{line.name}: {line.outcome}\n{line.message}' for line in verdict.lines
                     if line.outcome != outcome)


def data(one):
    """Points add up, names exist, and the model answer can be read."""
    if one.form == 'document':
        sections, rubric = one.document['sections'], one.document['rubric']
        if sum(section['points'] for section in sections) != one.full_points or not rubric:
            return 'the points of the sections are not those of the exercise, or there is no rubric'
        if _verdict(one, given.starter(one)).points:
            return 'the starter has points'
        return _unlike(_verdict(one, _solution(one)))
    if one.form == 'server':
        return _server_data(one)
    checks.tester.conversations(_solution(one))
    checks.tester.conversations(given.starter(one))
    for mutant in [name for group in one.unseen for name in group]:
        path = paths.MUTANTS / f'{mutant}.patch'
        if not path.is_file():
            return f'there is no mutant {mutant}'
        patches.apply(path.read_text(encoding='utf-8'),
                      lambda name: (paths.ROOT / name).read_text(encoding='utf-8'))
    return ''


def _server_data(one):
    """Its cases exist, its points add up, its documents are in order, its starter compiles."""
    parts = one.groups + one.document['sections']
    if sum(part['points'] for part in parts) != one.full_points:
        return 'the points of the lines are not those of the exercise'
    words = [str(build.conformance()), '--list']
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    known = {line.split()[0] for line in run.stdout.splitlines() if line}
    missing = sorted({case for group in one.groups for case in group['cases']} - known)
    if missing:
        return f'no cases of the suite: {missing}'
    for text in (given.starter(one), _solution(one)):
        with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
            _, warnings = checks.server.compiled(one, text, scratch)
        if warnings:
            return warnings
    lines = checks.document.lines_of(one, one.folder / 'solution', one.document['file'],
                                     one.folder / 'starter' / one.document['file'])
    return '\n'.join(f'{line.name}: {line.message}' for line in lines if line.outcome != PASS)


def _below(text, heading, more):
    """The document with a paragraph more below a heading."""
    return text.replace(f'# {heading}\n', f'# {heading}\n\n{more}\n')


def names_in_documents(one):
    """Names that are missing or unknown are named, those of all sections at once; a name that may
    be the student's own costs nothing."""
    text = _solution(one)
    first, second, last = (section['heading'] for section in one.document['sections'])
    wrong = _below(text.replace('`Q`', 'Q'), first, 'Also `Z`.')
    shown = formats.lines(_verdict(one, _below(wrong, second, 'Also `ERR too-big`, `ERR big`.')))
    said = ['missing: Q', 'request Z', 'code big', 'code too-big']
    yield f'{one.name}: names that do not exist', \
        '' if all(part in shown for part in said) else shown
    verdict = _verdict(one, _below(text, last, 'Then `frok` is called, and `fork(2)`.'))
    right = 'frok.' in verdict.note and 'fork,' not in verdict.note
    yield f'{one.name}: a name that nobody knows', \
        '' if right and verdict.complete else formats.lines(verdict)
    yield from own_names(one, text, second)


def own_names(one, text, heading):
    """Names of a student's own program may begin like ours, or have a hyphen as codes do."""
    names = ('clients_of_room', 'idle-timeout', 'too-big', 'core/mine.c')
    verdict = _verdict(one, _below(text, heading, ', '.join(f'`{name}`' for name in names)))
    right = all(name in verdict.note for name in names) and 'too-long' not in verdict.note
    yield f'{one.name}: names of the student', \
        '' if right and verdict.complete else formats.lines(verdict)


def whole(one):
    """The model answer has full marks for every student; the starter has none."""
    if any(section.get('protocol') for section in one.document.get('sections', [])):
        yield from names_in_documents(one)
    try:
        starter = _verdict(one, given.starter(one))
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
        case = variant.get('unit')
        if case and case['name'] not in texts.unit_tests(case['unit']):
            return f'there is no {case["name"]} in test_{case["unit"]}.c'
    return ''


def _no_repairs(one):
    """By mutant: what is no repair, and how it is made of the starter. In solution/, as no student
    has to read it: {mutant: {what: [old text, new text]}}"""
    text = (one.folder / 'solution' / 'no-repairs.json').read_text(encoding='utf-8')
    return {**{variant['mutant']: {} for variant in one.variants}, **json.loads(text)}


def _no_repair(one, text, old, new, student):
    """It may not even have the points of the first line; or, if there is a unit test for what
    clients do not notice, those of that."""
    if text.count(old) != 1:
        return f'it does not fit: {old}'
    lines = _verdict(one, text.replace(old, new), student).lines
    expected = [PASS, FAIL] if 'unit' in one.variant(student) else [FAIL]
    outcomes = [line.outcome for line in lines[:len(expected)]]
    return f'the first lines: {outcomes}' if outcomes != expected else ''


def _unnamed(one, starter, student):
    """What is handed out, as it is: the verdict says which call fails."""
    fault = one.variant(student)['fault'].split()[0]
    shown = formats.lines(_verdict(one, starter, student))
    return '' if fault in shown else f'{fault} is not named:\n{shown}'


def _without_cause(one, text, student):
    """A repair without the sentence earns nothing, and the sentence is asked for."""
    verdict = _verdict(one, text, student)
    asked = '`cause:`' in verdict.lines[0].message
    return '' if asked and not verdict.points else formats.lines(verdict)


def repair_whole(one):
    """Each starter fails every line, and each file of the project passes all of them."""
    for index, variant in enumerate(one.variants):
        student = (index - one.number) % len(one.variants)
        name = f'{one.name}: {variant["mutant"]} {variant["model"]}'
        yield f'{name}: the call is named', _unnamed(one, given.starter(one, student), student)
        text = CAUSE + given.starter(one, student)
        yield f'{name}: starter fails', _unlike(_verdict(one, text, student), FAIL)
        for what, (old, new) in _no_repairs(one)[variant['mutant']].items():
            yield f'{name}: {what}', _no_repair(one, text, old, new, student)
        text = (paths.ROOT / variant['source']).read_text(encoding='utf-8')
        yield f'{name}: without a cause', _without_cause(one, text, student)
        yield f'{name}: reference passes', _unlike(_verdict(one, CAUSE + text, student))
