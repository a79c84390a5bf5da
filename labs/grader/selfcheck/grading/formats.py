"""Are the formats for machines as published? Are a teacher's own mistakes handed out?

GRADESCOPE: https://gradescope-autograders.readthedocs.io/en/latest/specs/, "Output format".
CLASSROOM: what github.com/classroom-resources/autograding-grading-reporter reads (src/main.js,
console-results.js, notify-classroom.js, helpers/test-helpers.js), and what the runner
github.com/classroom-resources/autograding-io-grader hands to it (src/main.js)."""
import json
import os
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from ... import formats
from ...base import exercise, paths
from ...base.errors import LabError
from ...base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict
from ...servers import variants

NUMBER, TEXT = (int, float), (str,)
SHOWN = ('hidden', 'after_due_date', 'after_published', 'visible')
MARKUP = ('text', 'simple_format', 'html', 'md', 'ansi')

# {field: (is it required, its types, its values if there are only some)}
GRADESCOPE_TEST = {
    'score': (True, NUMBER, None), 'max_score': (False, NUMBER, None),
    'status': (False, TEXT, ('passed', 'failed')), 'name': (False, TEXT, None),
    'name_format': (False, TEXT, MARKUP), 'number': (False, TEXT, None),
    'output': (False, TEXT, None), 'output_format': (False, TEXT, MARKUP),
    'tags': (False, (list,), None), 'visibility': (False, TEXT, SHOWN),
    'extra_data': (False, (dict,), None)}
GRADESCOPE = {
    'score': (False, NUMBER, None), 'execution_time': (False, NUMBER, None),
    'output': (False, TEXT, None), 'output_format': (False, TEXT, MARKUP),
    'test_output_format': (False, TEXT, MARKUP), 'test_name_format': (False, TEXT, MARKUP),
    'visibility': (False, TEXT, SHOWN), 'stdout_visibility': (False, TEXT, SHOWN),
    'extra_data': (False, (dict,), None), 'tests': (True, (list,), None),
    'leaderboard': (False, (list,), None)}
STATUS = (True, TEXT, ('pass', 'fail', 'error'))
CLASSROOM_TEST = {
    'name': (True, TEXT, None), 'status': STATUS, 'score': (True, NUMBER, None),
    'message': (True, (str, type(None)), None), 'test_code': (True, TEXT, None),
    'filename': (True, TEXT, None), 'line_no': (True, (int,), None),
    'execution_time': (True, (str, int), None)}
CLASSROOM = {'version': (True, (int,), (1,)), 'status': STATUS, 'max_score': (True, NUMBER, None),
             'tests': (True, (list,), None)}

HOSTILE = 'printed: \x00\x1b[1m\udc80 </failure> ]]> "\\ 欢迎\n' + 'x' * 10000


def misfits(data, form, place=''):
    """What in an object is not as the form has it."""
    wrong = [f'{place}{name} is missing' for name, (needed, _, _) in form.items()
             if needed and name not in data]
    for name, value in data.items():
        _, types, values = form.get(name, (False, (), None))
        if not isinstance(value, types) or isinstance(value, bool):
            wrong.append(f'{place}{name} is {type(value).__name__}, or no field of the form')
        elif values and value not in values:
            wrong.append(f'{place}{name} is {value}')
    return wrong


def document(text, form, test_form, full):
    """What is wrong with a whole document, whose scores add up to no more than full."""
    data = json.loads(text.encode('utf-8'))
    wrong = misfits(data, form)
    for number, test in enumerate(data.get('tests', [])):
        wrong += misfits(test, test_form, f'test {number}: ')
        wrong += [] if 0 <= test.get('score', -1) <= full else [f'test {number}: its score']
    return wrong


def verdicts():
    """One of each sort: all passed; a failure and a line without points; not judged; no lines."""
    one = exercise.numbered('9')
    passed, failed = Line('a', PASS, 4, seconds=0.25), Line('b "<&', FAIL, 4.5, HOSTILE)
    return [[Verdict(one, [passed])], [Verdict(one, [passed, failed, Line('c', PASS, 0)])],
            [Verdict(one, [passed]), Verdict(one, [Line('d', NOT_JUDGED, 8, HOSTILE)])],
            [Verdict(one, [])]]


def published_forms():
    """What we print is what they read, whatever a submission has printed."""
    wrong = []
    for each in verdicts():
        full = sum(verdict.of for verdict in each)
        wrong += document(formats.gradescope(each), GRADESCOPE, GRADESCOPE_TEST, full)
        wrong += document(formats.classroom(each), CLASSROOM, CLASSROOM_TEST, full)
        root = ElementTree.fromstring(formats.junit(each))
        for suite in root:
            for field, tag in (('failures', 'failure'), ('errors', 'error')):
                if int(suite.get(field)) != len(suite.findall(f'testcase/{tag}')):
                    wrong.append(f'JUnit: {field}')
        wrong += [] if formats.text(each).endswith('\n') else ['text']
    status = [json.loads(formats.classroom(each))['status'] for each in verdicts()]
    wrong += [] if status == ['pass', 'fail', 'error', 'pass'] else [f'statuses {status}']
    return '; '.join(wrong)


def rejects():
    """The check above notices what does not fit."""
    bad = [({}, 'tests is missing'), ({'tests': [], 'visibility': 'yes'}, 'visibility is yes'),
           ({'tests': [{'score': '1'}]}, 'test 0: score is str'),
           ({'tests': [{'score': True}]}, 'test 0: score is bool'),
           ({'tests': [{'score': 1, 'points': 1}]}, 'test 0: points is int'),
           ({'tests': [{'score': 1, 'status': 'ok'}]}, 'test 0: status is ok')]
    missed = []
    for data, why in bad:
        found = misfits(data, GRADESCOPE)
        for test in data.get('tests', []):
            found += misfits(test, GRADESCOPE_TEST, 'test 0: ')
        missed += [] if any(line.startswith(why) for line in found) else [why]
    return f'not noticed: {missed}' if missed else ''


def _private_error(check_data, name, files):
    """What is said of a private folder with these files; '' if it is taken."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / name).mkdir()
        for file, text in files.items():
            (Path(folder) / name / file).write_text(text, encoding='utf-8')
        os.environ['LABS_PRIVATE'] = folder
        exercise.all_exercises.cache_clear()
        try:
            one = exercise.numbered('7')
            if [variant['mutant'] for variant in one.variants] != ['mine-a', 'mine-b']:
                return f'the mistakes are {one.variants}'
            if wrong := check_data(one):
                return wrong
            return _handed_out(one)
        except LabError as error:
            return str(error)
        finally:
            del os.environ['LABS_PRIVATE']
            exercise.all_exercises.cache_clear()


def _handed_out(one):
    """Two students get different servers, without the patch's name and the sentence in it."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        for student in (1, 2):
            variants.copy_sources(one, one.variant(student), Path(folder) / str(student))
        texts = [(Path(folder) / str(student) / '01_loop' / 'server.c').read_text(encoding='utf-8')
                 for student in (1, 2)]
        public = (paths.ROOT / '01_loop' / 'server.c').read_text(encoding='utf-8')
        names = [path.name for path in Path(folder).rglob('*.patch')]
    return '' if texts[0] != texts[1] and public not in texts and not names else \
        'the mistake is not handed out'


def private_mistakes(check_data):
    """LABS_PRIVATE: patches from outside of the tree, instead of the public ones."""
    if os.environ.get('LABS_PRIVATE'):
        return 'SKIPPED: the exercises have private mistakes now'
    one = exercise.numbered('7')
    first = variants.patch_text(one.variants[0])
    talk = (one.folder / 'solution' / one.variants[0]['solution']).read_text(encoding='utf-8')
    second = first.replace('outbox_clear(&c->session.out);', 'outbox_sent(&c->session.out, 1);')
    files = {'mine-a.patch': first, 'mine-a.txt': talk, 'mine-b.patch': second,
             'mine-b.txt': talk}
    if wrong := _private_error(check_data, one.name, files):
        return wrong
    for name, changed, why in [('07-torn', files, 'is no find exercise'),
                               (one.name, {**files, 'c.patch': first}, 'has no model conversation'),
                               (one.name, {'a.patch': 'x', 'a.txt': talk}, 'which server?')]:
        said = _private_error(check_data, name, changed)
        if why not in said:
            return f'{why}: not said, but {said}'
    return ''


def run(check_data):
    """Yields a name and what was wrong ('': nothing)."""
    yield 'formats: as published', published_forms()
    yield 'formats: the check notices', rejects()
    yield 'private mistakes', private_mistakes(check_data)
