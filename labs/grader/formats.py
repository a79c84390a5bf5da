"""Verdicts for people and for machines."""
import json
from xml.etree import ElementTree

from . import checks
from .base.verdict import FAIL, NOT_JUDGED, PASS

LONGEST = 4000
TO_DO = {checks.GRADE_AGAIN: 'grade again',
         checks.MEASURE_AGAIN: 'the student has to measure again'}


def _short(text):
    return text if len(text) <= LONGEST else text[:LONGEST] + '\n... (shortened)'


def _printable(text):
    """XML knows no control characters but these three."""
    return _unicode(''.join(c if c >= ' ' or c in '\n\t' else f'\\x{ord(c):02X}' for c in text))


def _unicode(text):
    """A lone surrogate can not be written as UTF-8."""
    return text.encode('utf-8', 'backslashreplace').decode('utf-8')


def _total(verdict):
    """The points of an exercise, and how many more the teacher gives."""
    left = checks.document.rubric_points(verdict.exercise)
    return f'{verdict.points:g}/{verdict.of:g}' + (f' + {left:g}' if left else '')


def lines(verdict, all_messages=False):
    """For a student: the first failure whole, the others one line each; of answers, predictions
    and sections of a document all failures, as each is a line or two. all_messages: for a teacher,
    with the sum of the points, too."""
    exercise = verdict.exercise
    total = f'  {_total(verdict)}' if all_messages else ''
    all_messages = all_messages or exercise.kind in ('observe', 'measure')
    sections = {one['heading'] for one in exercise.document.get('sections', [])}
    shown = all_messages
    text = [f'{exercise.number} {exercise.title}{total}']
    for line in verdict.lines:
        points = f'{line.points:g}/{line.of:g}' if line.of else ''
        text.append(f'  {line.outcome:<10} {points:>5}  {line.name}')
    for line in verdict.lines:
        is_section = line.name in sections
        if line.outcome == FAIL and line.message and (all_messages or is_section or not shown):
            shown = shown or not is_section
            text.append(f'\n{line.name}:\n{_short(line.message)}')
    for line in verdict.lines:
        if line.outcome == NOT_JUDGED:
            text.append(f'\n{line.name}: {line.message}')
    if verdict.note:
        text.append(f'\n{verdict.note}')
    return '\n'.join(text)


def text(verdicts):
    """For a teacher."""
    parts = [lines(one, all_messages=True) for one in verdicts]
    total = f'points: {sum(v.points for v in verdicts):g} of {sum(v.of for v in verdicts):g}'
    numbers = {state: ' '.join(str(v.exercise.number) for v in verdicts if checks.state(v) == state)
               for state in (checks.GRADE_AGAIN, checks.MEASURE_AGAIN)}
    left = [f'{found}, {TO_DO[state]}' for state, found in numbers.items() if found]
    if left:
        total += f'; not judged: {"; ".join(left)}'
    return '\n\n'.join([*parts, total]) + '\n'


def tsv(verdicts):
    """A row for each exercise: student, number, points and the most; an empty cell for the points
    of the teacher, and the most of these; what is to be done."""
    rows = ((v.student, v.exercise.number, f'{v.points:g}', f'{v.of:g}', '',
             f'{checks.document.rubric_points(v.exercise):g}', checks.state(v)) for v in verdicts)
    return ''.join('\t'.join(map(str, row)) + '\n' for row in rows)


def junit(verdicts):
    """JUnit XML: not judged is an error, as opposed to a failure."""
    root = ElementTree.Element('testsuites')
    for verdict in verdicts:
        count = lambda outcome: str(sum(line.outcome == outcome for line in verdict.lines))
        suite = ElementTree.SubElement(root, 'testsuite', name=verdict.exercise.name,
                                       tests=str(len(verdict.lines)), failures=count(FAIL),
                                       errors=count(NOT_JUDGED), skipped='0')
        for line in verdict.lines:
            case = ElementTree.SubElement(suite, 'testcase', classname=verdict.exercise.name,
                                          name=line.name, time=f'{line.seconds:.3f}')
            if line.outcome != PASS:
                kind = 'failure' if line.outcome == FAIL else 'error'
                node = ElementTree.SubElement(case, kind, message=line.outcome)
                node.text = _printable(_short(line.message))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, 'unicode') + '\n'


def gradescope(verdicts):
    """results.json of a Gradescope autograder."""
    tests = []
    for verdict in verdicts:
        for line in verdict.lines:
            tests.append({'name': f'{verdict.exercise.number} {line.name}', 'score': line.points,
                          'max_score': line.of, 'output': f'{line.outcome}\n{_short(line.message)}',
                          'status': 'passed' if line.outcome == PASS else 'failed',
                          'visibility': 'visible'})
    result = {'tests': tests, 'visibility': 'visible'}
    states = {checks.state(verdict) for verdict in verdicts}
    if states - {checks.JUDGED}:
        result['output'] = 'Some lines are not judged: they say why. Run it again.' \
            if checks.GRADE_AGAIN in states else 'Some lines are not judged: measure again.'
        result['output_format'] = 'text'
    return _unicode(json.dumps(result, indent=2, ensure_ascii=False)) + '\n'


def classroom(verdicts):
    """The result of a test runner of GitHub Classroom, as its reporter reads it."""
    words = {PASS: 'pass', FAIL: 'fail', NOT_JUDGED: 'error'}
    tests = []
    for verdict in verdicts:
        for line in verdict.lines:
            name, message = f'{verdict.exercise.number} {line.name}', _short(line.message)
            if line.outcome == NOT_JUDGED:
                message = f'{name}: {message}'  # of an error the reporter prints nothing else
            tests.append({'name': name, 'status': words[line.outcome], 'message': message,
                          'test_code': '', 'filename': '', 'line_no': 0,
                          'execution_time': f'{line.seconds:.1f}s', 'score': line.points})
    found = {test['status'] for test in tests}
    status = 'error' if 'error' in found else 'fail' if 'fail' in found else 'pass'
    result = {'version': 1, 'status': status, 'max_score': sum(v.of for v in verdicts),
              'tests': tests}
    return _unicode(json.dumps(result, indent=2, ensure_ascii=False)) + '\n'


ALL = {'text': text, 'tsv': tsv, 'junit': junit, 'gradescope': gradescope, 'classroom': classroom}
