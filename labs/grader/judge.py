"""The line of something that has to pass. If it does not, the reference is asked."""
import os

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


def line(name, points, bounds, attempt, reference, message):
    """The line of something that is tried. If it fails, it is tried a second time if the reference
    takes long now, or if the machine is busy and something was waited for in vain: a process may
    have to wait for a processor longer than that. The patience is by how much waits are longer
    then, and by how much more often it has to pass, so that luck helps little.

    attempt(limit, patience): how the submission has ended, see sandbox.Result, and whether it has
    passed. reference(patience): how long the reference takes now; None: it does not pass.
    message(result, limit): why it has failed."""
    limit = bounds.least
    was_busy = busy()  # before it: a submission can make load itself
    result, passed = attempt(limit, 1)
    if passed:
        return Line(name, PASS, points, seconds=result.seconds)
    patience = PATIENCE if was_busy and result.seconds >= bounds.wait else 1
    expected = reference(1)
    if expected is None and was_busy:
        patience = PATIENCE
        expected = reference(patience)
    if expected is not None and patience * max(limit, bounds.longer * expected) > limit:
        limit = patience * max(limit, bounds.longer * expected)
        result, passed = attempt(limit, patience)
        expected = None if passed else reference(patience)
    if passed:
        return Line(name, PASS, points, seconds=result.seconds)
    if expected is None or result.status == NO_JAIL:
        return Line(name, NOT_JUDGED, points, 'the reference fails now, too: run it again')
    return Line(name, FAIL, points, message(result, limit), result.seconds)
