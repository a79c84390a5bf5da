"""Grades what a student has handed in: make grade SUBMISSION=folder."""
import sys
from pathlib import Path

from . import checks, formats
from .base import exercise, submission, verdict
from .base.errors import LabError
from .safety import sandbox


def graded(folder, wanted):
    """The exercises of a submission, with their folders: all that are there, or those of N=. A
    folder that is a link, perhaps to that of another student, is not taken."""
    folder = Path(folder)
    if not folder.is_dir():
        raise LabError(f'SUBMISSION={folder} is no folder')
    there = [one for one in exercise.all_exercises().values()
             if (folder / one.name).is_dir() and not (folder / one.name).is_symlink()]
    if wanted:
        return [(one, folder / one.name if one in there else folder)
                for one in map(exercise.numbered, wanted.split())]
    found = [(one, folder / one.name) for one in there]
    if not found:
        raise LabError(f'{folder} has no folder of an exercise; N=9 grades {folder} as exercise 9')
    return found


def status(results):
    """0: everything is judged. 3: grading again may judge the rest, 4: nothing of it."""
    states = {checks.state(result) for result in results}
    return 3 if checks.GRADE_AGAIN in states else 4 if checks.MEASURE_AGAIN in states else 0


def _write_rows(arguments, rows):
    """--tsv: the rows, in a file, too."""
    if arguments.tsv:
        try:
            Path(arguments.tsv).write_text(rows, encoding='utf-8')
        except OSError as error:
            raise LabError(f'--tsv {arguments.tsv}: {error.strerror}') from error


def judged(one, folder, number):
    """The verdict on one exercise. Whatever goes wrong with it, the others are graded."""
    try:
        return checks.check(one, folder, number)
    except LabError as error:
        return verdict.nothing(one, error)
    except Exception as error:  # pylint: disable=broad-except
        return verdict.unknown(one, error)


def want_sandbox(told):
    """Where there is none, nothing is graded, unless the teacher has told so."""
    if sandbox.is_private():
        return
    if not told:
        raise LabError('this machine gives no name spaces: a submission could read all that you '
                       'can, and write to your files. Grade on another one; or, where that does '
                       'no harm, say SANDBOX=no (labs/lab grade --no-sandbox)')
    print('grade: this machine gives no name spaces: submissions can read its files, '
          'and share its network', file=sys.stderr)


def grade(arguments):
    """Grades a submission: prints the verdicts, and returns the status of the command."""
    if arguments.format not in formats.ALL:
        raise LabError(f'FORMAT={arguments.format} is not one of {", ".join(formats.ALL)}')
    if not arguments.submission:
        raise LabError('which submission? SUBMISSION=folder')
    given = arguments.student
    if given and not given.isdecimal():
        raise LabError(f'STUDENT={given} is no number')
    number = int(given) if given else submission.student_number(arguments.submission) or 1
    _write_rows(arguments, '')  # nothing is left of an earlier run, if nothing can be graded
    want_sandbox(arguments.no_sandbox)
    sandbox.hide(arguments.submission)
    results = []
    for one, folder in graded(arguments.submission, arguments.number):
        results.append(judged(one, folder, number))
        results[-1].student = number
    sys.stdout.write(formats.ALL[arguments.format](results))
    _write_rows(arguments, formats.tsv(results))
    return status(results)
