"""The line of something that has to pass. If it does not, the reference is asked."""
from .verdict import FAIL, NOT_JUDGED, PASS, Line

NO_JAIL = 125    # exit status: the sandbox could not be made


class Bounds:
    """How many seconds something may take: `least`, or `longer` times what the reference takes."""

    def __init__(self, least, longer=0):
        self.least, self.longer = least, longer


def line(name, points, bounds, attempt, reference, message):
    """attempt(limit): how the submission has ended, see sandbox.Result, and whether it has passed.
    reference(): how long the reference takes now; None: it does not pass. If that is long, there is
    a second attempt with more time. message(result, limit): why it has failed."""
    limit = bounds.least
    result, passed = attempt(limit)
    expected = None if passed else reference()
    if expected is not None and bounds.longer * expected > limit:
        limit = bounds.longer * expected
        result, passed = attempt(limit)
        expected = None if passed else reference()
    if passed:
        return Line(name, PASS, points, seconds=result.seconds)
    if expected is None or result.status == NO_JAIL:
        return Line(name, NOT_JUDGED, points, 'the reference fails now, too: run it again')
    return Line(name, FAIL, points, message(result, limit), result.seconds)
