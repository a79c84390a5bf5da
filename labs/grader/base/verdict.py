"""The verdict on a submission: lines with points, and three outcomes."""
import os
import traceback
from pathlib import Path

from . import paths
from .errors import MachineError

PASS, FAIL, NOT_JUDGED = 'pass', 'fail', 'not judged'


class Line:
    """One thing that was checked. points are earned only by a pass."""

    def __init__(self, name, outcome, of, message='', seconds=0.0):
        self.name, self.outcome, self.of = name, outcome, of
        self.message, self.seconds = message.strip(), seconds

    @property
    def points(self):
        """The points that it earns."""
        return self.of if self.outcome == PASS else 0


class Verdict:
    """All lines of one exercise."""

    def __init__(self, exercise, lines, note=''):
        self.exercise, self.lines, self.note = exercise, lines, note
        self.student = None  # the number, when a submission is graded

    @property
    def points(self):
        """The sum of the lines."""
        return sum(line.points for line in self.lines)

    @property
    def of(self):
        """The most that can be had."""
        return self.exercise.full_points

    @property
    def complete(self):
        """Did everything pass?"""
        return all(line.outcome == PASS for line in self.lines)

    @property
    def judged(self):
        """False: the machine was not fit to judge a line, so it has to be run again."""
        return all(line.outcome != NOT_JUDGED for line in self.lines)


def nothing(exercise, why):
    """The verdict on what could not even be tried. why: a text, or the error."""
    outcome = NOT_JUDGED if isinstance(why, MachineError) else FAIL
    return Verdict(exercise, [Line(exercise.file, outcome, exercise.full_points, str(why))])


def reason(error):
    """An exception in one line: what, and where."""
    if isinstance(error, OSError) and isinstance(error.filename, (str, bytes)):
        return f'{os.fsdecode(error.filename)}: {error.strerror}'
    place = traceback.extract_tb(error.__traceback__)[-1]
    file = Path(place.filename)  # several rooms have a build.py
    file = file.relative_to(paths.GRADER) if file.is_relative_to(paths.GRADER) else file.name
    text = f'{type(error).__name__}: {error} ({file}:{place.lineno})'
    return ' '.join(text.split())


def unknown(exercise, error):
    """The verdict if the grader itself has failed."""
    return nothing(exercise, MachineError(f'the grader has failed: {reason(error)}'))
