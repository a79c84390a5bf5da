"""Something that has to pass, or to compile. If it does not, the reference is asked."""
import collections
import os
from concurrent.futures import ThreadPoolExecutor

from .errors import LabError, MachineError
from .verdict import FAIL, NOT_JUDGED, PASS, Line

NO_JAIL = 125    # exit status: the sandbox could not be made
PATIENCE = 3     # on a busy machine


class Bounds:
    """How many seconds something may take: `least`, or `longer` times what the reference takes.
    If all of it took less than `wait` seconds, nothing was waited for in vain."""

    def __init__(self, least, longer=0, wait=float('inf')):
        self.least, self.longer, self.wait = least, longer, wait


def busy():
    """Do more processes want to run than we may use processors?"""
    return os.getloadavg()[0] > len(os.sched_getaffinity(0))


Tried = collections.namedtuple('Tried', 'result passed fit limit')
Tried.__doc__ = """How an attempt has ended, see sandbox.Result; has it passed; if not, is the
machine fit to judge that; and how many seconds it had."""


def tried(bounds, attempt, reference):
    """Tries something. If it fails, it is tried a second time if the reference takes long now, or
    if the machine is busy and something was waited for in vain: a process may have to wait for a
    processor longer than that. The patience is by how much waits are longer then, and by how much
    more often it has to pass, so that luck helps little.

    attempt(limit, patience): how the submission has ended, see sandbox.Result, and whether it has
    passed. reference(patience): how long the reference takes now; None: it does not pass."""
    limit = bounds.least
    was_busy = busy()  # before it: a submission can make load itself
    result, passed = attempt(limit, 1)
    if passed:
        return Tried(result, True, True, limit)
    patience = PATIENCE if was_busy and result.seconds >= bounds.wait else 1
    expected = reference(1)
    if expected is None and was_busy:
        patience = PATIENCE
        expected = reference(patience)
    if expected is not None and patience * max(limit, bounds.longer * expected) > limit:
        limit = patience * max(limit, bounds.longer * expected)
        result, passed = attempt(limit, patience)
        expected = None if passed else reference(patience)
    return Tried(result, passed, expected is not None and result.status != NO_JAIL, limit)


def line(name, points, bounds, attempt, reference, message):
    """The line of something that is tried, see above. message(result, limit): why it has failed."""
    result, passed, fit, limit = tried(bounds, attempt, reference)
    if passed:
        return Line(name, PASS, points, seconds=result.seconds)
    if not fit:
        return Line(name, NOT_JUDGED, points, 'the reference fails now, too: run it again')
    return Line(name, FAIL, points, message(result, limit), result.seconds)


def side_by_side(many, check, things):
    """check(thing), a line, for each of them, so many at once. What was not judged is checked again
    when nothing else runs: the submission may have made the load itself, with another line."""
    with ThreadPoolExecutor(many) as pool:
        lines = list(pool.map(check, things))
    return [check(thing) if line.outcome == NOT_JUDGED else line
            for thing, line in zip(things, lines)]


def made(what, bounds, attempt, reference):
    """How a compiler or make has ended that was given what was handed in; here attempt says whether
    it has passed, or failed for a reason that is certain. LabError: it takes too long.
    MachineError: the same tool fails now on what is the project's own, too."""
    result, certain, fit, limit = tried(bounds, attempt, reference)
    if not certain and not fit:
        raise MachineError(f'{what} fails now on a source of the project, too: run it again')
    if result.status is None:
        raise LabError(f'{what} was stopped after {limit:.0f} seconds: on a source of the project '
                       'it takes much less')
    return result
