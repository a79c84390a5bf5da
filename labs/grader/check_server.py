"""Checks a server of a model of one's own: server.c, and manual.md."""
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor

from . import build, check_build, check_document, submission
from .errors import LabError
from .verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict, nothing

SIDE_BY_SIDE = 3
SECONDS = 60             # for a group of cases
REFERENCE = '06_epoll'   # passes all of them

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


def _reference_works(group):
    stage = check_build.Stage(build.reference(REFERENCE))
    try:
        return check_build.passed(stage.run(_pattern(group), SECONDS))
    finally:
        stage.remove()


def _pattern(group):
    return f'@({"|".join(group["cases"])})'


def _failures(output):
    return re.findall(r'^--- FAILED ([\w]+),', output, re.M)


def group_line(stage, group):
    """The line of a group: all of its cases have to pass."""
    name, points = group['name'], group['points']
    result = stage.run(_pattern(group), SECONDS)
    if check_build.passed(result):
        return Line(name, PASS, points, seconds=result.seconds)
    if result.status == 125 or not _reference_works(group):
        return Line(name, NOT_JUDGED, points, 'the reference fails, too: run it again')
    failed = _failures(result.output)
    text = check_build.message(result, SECONDS)
    if failed:
        text = f'failed: {", ".join(failed)}; the first of them:\n{text}'
    return Line(name, FAIL, points, text, result.seconds)


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
        return nothing(exercise, str(error))
    try:
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            lines = list(pool.map(lambda group: group_line(stage, group), exercise.groups))
    finally:
        stage.remove()
    starter = exercise.folder / 'starter' / exercise.document['file']
    lines += check_document.lines_of(exercise, folder, exercise.document['file'], starter)
    note = f'the compiler warns:\n{warnings}\n' if warnings else ''
    note += check_document.not_known(exercise, folder, exercise.document['file'])
    return Verdict(exercise, lines, note + check_document.rubric(exercise))
