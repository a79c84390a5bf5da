"""Is `labs/lab grade` as teachers are told: what is taken, sums, rows, the status?"""
import tempfile
from pathlib import Path

from ... import checks, formats, grade
from ...base import exercise
from ...base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict


def taken():
    """N= may name several exercises; a folder that is a link, perhaps to a neighbour's, is none."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        mine, other = Path(folder, 'mine'), Path(folder, 'other')
        for name in ('mine/07-torn-file', 'mine/08-requirements', 'other/09-reap'):
            Path(folder, name).mkdir(parents=True)
        (mine / '09-reap').symlink_to(other / '09-reap')
        all_of = {'': ['07-torn-file', '08-requirements'], '7 9': ['07-torn-file', '.'],
                  '8': ['08-requirements'], '9': ['.']}
        for wanted, names in all_of.items():
            found = [str(path.relative_to(mine)) for _, path in grade.graded(mine, wanted)]
            if found != names:
                return f'N={wanted}: {found}'
    return ''


def _verdicts():
    """Of exercise 9: a line failed; of 8, whose rest is the teacher's; one that will be judged when
    it is graded again; one that never will: its samples are too few."""
    nine, eight, sixteen = (exercise.numbered(number) for number in ('9', '8', '16'))
    few = Line(checks.measure.DIFFERENCE, NOT_JUDGED, 2)
    made = [Verdict(nine, [Line('a', PASS, 7), Line('b', FAIL, 1)]),
            Verdict(eight, [Line('c', PASS, 3)]),
            Verdict(nine, [Line('d', PASS, 4), Line('e', NOT_JUDGED, 4)]),
            Verdict(sixteen, [Line('f', PASS, 2), few])]
    for one in made:
        one.student = 17
    return made


def shown():
    """The text has a sum for each exercise, and says what to do with what was not judged."""
    failed, document, again, few = _verdicts()
    text = formats.text([failed, document, again, few])
    wanted = ['9 Reap  7/8\n', '8 Requirements and outline  3/3 + 3\n', '9 Reap  4/8\n',
              'points: 16 of 25; not judged: 9, grade again; 16, the student has to measure again']
    missing = [line for line in wanted if line not in text]
    return f'{missing} not in\n{text}' if missing else ''


def rows():
    """A row for each exercise, with room for the teacher's points."""
    wanted = ['17\t9\t7\t8\t\t0\tjudged', '17\t8\t3\t3\t\t3\tjudged',
              '17\t9\t4\t8\t\t0\tgrade again', '17\t16\t2\t6\t\t0\tmeasure again']
    found = formats.ALL['tsv'](_verdicts()).splitlines()
    return '' if found == wanted else '\n'.join(found)


def statuses():
    """3: grading again helps; 4: nothing but a new measurement does."""
    failed, document, again, few = _verdicts()
    wanted = [([failed, document], 0), ([failed, again], 3), ([few], 4), ([few, again], 3)]
    found = [grade.status(results) for results, _ in wanted]
    return '' if found == [status for _, status in wanted] else f'{found}'


def run():
    """Yields a name and what was wrong ('': nothing)."""
    yield 'grade: the exercises of N=, and no links', taken()
    yield 'grade: sums, and what was not judged', shown()
    yield 'grade: rows', rows()
    yield 'grade: its status', statuses()
