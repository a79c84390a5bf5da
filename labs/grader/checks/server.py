"""Checks a server of a model of one's own: server.c, and manual.md."""
import re
import tempfile

from ..base import judge, submission
from ..base.errors import LabError
from ..base.verdict import Verdict, nothing
from ..servers import build
from . import build as check_build, document

SIDE_BY_SIDE = 3
BOUNDS = judge.Bounds(60.0, 4, check_build.BOUND_MS / 1000)  # of all runs of a group of cases
REFERENCE = '06_epoll'   # passes all of them
REFERENCE_SECONDS = 120  # after that the machine is not fit to judge

# what `shares:` says: the project's own sources that server.c is linked with are those of ...
SHARES = {'one thread': '06_epoll', 'threads': '03_thread', 'processes': '02_fork'}


def shares(text):
    """The word behind `shares:`, and the model whose sources that means; None: none at all."""
    match = re.search(r'^[ */]*shares:(.*\S)', text, re.M)
    word = match.group(1).strip().removesuffix('*/').rstrip() if match else ''
    if word != 'nothing' and word not in SHARES:
        raise LabError('a comment with a line `shares:` is missing, and behind it one of: '
                       f'{", ".join([*SHARES, "nothing"])} (see the text)')
    return SHARES.get(word)


def _reference_seconds(group, patience):
    """How long the reference takes for a group; None: it does not pass now."""
    stage = check_build.Stage(build.reference(REFERENCE))
    try:
        result = stage.run(_pattern(group), patience * REFERENCE_SECONDS, patience)
        return result.seconds / patience if check_build.passed(result) else None
    finally:
        stage.remove()


def _pattern(group):
    return f'@({"|".join(group["cases"])})'


def _failures(output):
    return re.findall(r'^--- FAILED ([\w]+),', output, re.M)


def group_line(stage, group):
    """The line of a group: all of its cases have to pass."""
    def attempt(limit, patience):
        result = stage.run(_pattern(group), limit, patience)
        return result, check_build.passed(result)

    def message(result, limit):
        failed, text = _failures(result.output), check_build.message(result, limit)
        return f'failed: {", ".join(failed)}; the first of them:\n{text}' if failed else text
    return judge.line(group['name'], group['points'], BOUNDS, attempt,
                      lambda patience: _reference_seconds(group, patience), message)


def as_shared(exercise, text):
    """The exercise with the model that `shares:` means, whose server.c the student's replaces."""
    model = shares(text)
    one = type(exercise)(exercise.folder)
    one.model, one.of_source = model or 'nothing', f'{model}/server.c' if model else 'server.c'
    return one


def compiled(exercise, text, scratch):
    """The student's server: what it was compiled to, and what the compiler warns of."""
    one = as_shared(exercise, text)
    return check_build.compile_student(one, text.encode(), scratch, '', one.model)


def check(exercise, folder, student=None):
    """The verdict on a folder with a server.c and a manual.md."""
    del student
    try:
        with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
            text = submission.text(folder, exercise.file)
            server, warnings = compiled(exercise, text, scratch)
            stage = check_build.Stage(server)
    except LabError as error:
        return nothing(exercise, error)
    try:
        lines = judge.side_by_side(SIDE_BY_SIDE, lambda group: group_line(stage, group),
                                   exercise.groups)
    finally:
        stage.remove()
    starter = exercise.folder / 'starter' / exercise.document['file']
    lines += document.lines_of(exercise, folder, exercise.document['file'], starter)
    note = f'the compiler warns:\n{warnings}\n' if warnings else ''
    note += document.not_known(exercise, folder, exercise.document['file'])
    return Verdict(exercise, lines, note + document.rubric(exercise))
