"""The line of something that has to pass several times. If it fails, the reference is asked."""
from .verdict import FAIL, NOT_JUDGED, PASS, Line

NO_JAIL = 125    # exit status: the sandbox could not be made


class Bounds:
    """How often something is run, and how many seconds a run may take: `least`, or `longer` times
    what the reference takes."""

    def __init__(self, runs, least, longer=0):
        self.runs, self.least, self.longer = runs, least, longer


def _first_failure(attempt, runs, limit):
    """The first run that has not passed, or None, and the seconds of all."""
    seconds = 0.0
    for _ in range(runs):
        result, passed = attempt(limit)
        seconds += result.seconds
        if not passed:
            return result, seconds
    return None, seconds


def line(name, points, bounds, attempt, reference, message):
    """attempt(limit): how one run of the submission has ended, see sandbox.Result, and whether it
    has passed. reference(): how long the reference takes now; None: it does not pass. The limit
    comes from it if that is longer than `least`. message(result, limit): why a run has failed."""
    limit = bounds.least
    failed, seconds = _first_failure(attempt, bounds.runs, limit)
    if failed:
        expected = reference()
        if expected is not None and bounds.longer * expected > limit:
            limit = bounds.longer * expected
            failed, more = _first_failure(attempt, bounds.runs, limit)
            seconds += more
            expected = reference() if failed else expected
        if failed and (expected is None or failed.status == NO_JAIL):
            return Line(name, NOT_JUDGED, points, 'the reference fails now, too: run it again')
    if failed:
        return Line(name, FAIL, points, message(failed, limit), seconds)
    return Line(name, PASS, points, seconds=seconds)
