"""Answer files, `question: value` on each line, and how they compare with what a run has shown."""
import re

from ..base import submission
from ..base.errors import LabError, MachineError
from ..base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict, nothing
from ..conversations.server import Failed

HEAD = '# One answer behind each colon. README.md and task.md say what is asked.\n'


class NotMeasured(MachineError):
    """This machine can't show it now; the text says why."""


class Group:
    """Questions that earn their points together."""

    def __init__(self, name, points, *questions):
        self.name, self.points, self.questions = name, points, questions


def starter(groups):
    """A file with all questions, and no answers."""
    return HEAD + ''.join(f'\n# {group.name}\n' + ''.join(f'{q}:\n' for q in group.questions)
                          for group in groups)


def filled(groups, values):
    """The same with answers."""
    return ''.join(f'{question}: {values[question]}\n' for group in groups
                   for question in group.questions)


def parse(text, known):
    """{question: answer}; a line that is no answer to a known question is an error."""
    answers = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith('#'):
            continue
        question, colon, value = line.partition(':')
        question = ' '.join(question.split())
        if not colon or question not in known:
            raise LabError(f'line {number} answers no question of this exercise: {line[:80]}')
        if question in answers:
            raise LabError(f'line {number} answers `{question}` a second time')
        answers[question] = ' '.join(value.split())
    return answers


def _plain(value):
    """CLOSE-WAIT is close_wait."""
    return ' '.join(value.replace('-', ' ').replace('_', ' ').split()).lower()


def wrong(group, answers, values):
    """The questions of a group whose answers are not what was seen."""
    return [question for question in group.questions
            if _plain(answers.get(question, '')) not in _accepted(values.get(question))]


def _accepted(value):
    """A value, or several names of the same thing; what was not measured is no answer."""
    if value is None:
        return []
    return [_plain(str(one)) for one in (value if isinstance(value, tuple) else (value,))]


FORMS = ((r'\d+', 'a number and nothing else'), (r'yes|no', 'yes or no'), (r'[a-z]', 'one letter'))


def _unlike_in_form(given, value):
    """What an answer has to be, if it can be told from its form that it is none."""
    for pattern, what in FORMS:
        if all(re.fullmatch(pattern, one) for one in _accepted(value)):
            return '' if re.fullmatch(pattern, _plain(given)) else what
    return ''


def _message(questions, answers, values):
    lines = []
    for question in questions:
        given = answers.get(question, '')
        form = _unlike_in_form(given, values[question])
        why = f'what is asked for is {form}' if form else \
            'the run just now has shown another value'
        lines.append(f'{question}: your answer is {given}; {why}' if given else
                     f'{question}: no answer')
    return '\n'.join(lines)


def _line(group, answers, first, again):
    unlike = wrong(group, answers, first)
    if not unlike:
        return Line(group.name, PASS, group.points)
    missing = [question for question in unlike if first.get(question) is None]
    if missing:
        return Line(group.name, NOT_JUDGED, group.points, first['why'])
    if not any(answers.get(question) for question in unlike):
        return Line(group.name, FAIL, group.points, _message(unlike, answers, first))
    second = again()
    if wrong(group, answers, second) != unlike or \
            any(first[question] != second.get(question) for question in unlike):
        return Line(group.name, NOT_JUDGED, group.points,
                    'two runs have shown different values: check again')
    return Line(group.name, FAIL, group.points, _message(unlike, answers, first))


def check(one, folder, groups, measure, also=()):
    """The verdict: measure() runs the scene, and returns {question: value}, None: not measured.
    Before an answer is called wrong, the scene is run once more. also: names of lines that are no
    answers, but may be there."""
    known = {question for group in groups for question in group.questions} | set(also)
    try:
        answers = parse(submission.text(folder, one.file), known)
    except LabError as error:
        return nothing(one, error)
    kept = []

    def again():
        if not kept:
            kept.append(measure())
        return kept[0]

    try:
        first = measure()
        return Verdict(one, [_line(group, answers, first, again) for group in groups])
    except (NotMeasured, Failed) as why:
        return Verdict(one, [Line(group.name, NOT_JUDGED, group.points, str(why))
                             for group in groups])
