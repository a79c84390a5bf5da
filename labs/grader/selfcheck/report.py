"""Runs the checks of labs-check. Exercises mostly wait, so several are checked side by side; what
can't be checked ends no other check."""
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from .. import checks
from ..base import judge

SIDE_BY_SIDE = 4
TRIES = 4           # of a verdict, on a busy machine
graded_again = []   # exercises, one for each time


def graded(one, folder, student):
    """The verdict that a teacher comes to: where the reference does not pass either because the
    machine is busy, a line is not judged, and the submission is graded again."""
    for _ in range(TRIES - 1):
        result = checks.check(one, folder, student)
        if checks.state(result) != checks.GRADE_AGAIN or not judge.busy():
            return result
        graded_again.append(one.name)
    return checks.check(one, folder, student)


class Report:
    """Prints a line for each check, and counts them."""

    def __init__(self, is_quick):
        self.is_quick = is_quick
        self.count = self.failed = 0
        self.lock = threading.Lock()

    def line(self, name, wrong, seconds):
        """wrong: what is, as text; '': nothing."""
        with self.lock:
            self.count += 1
            if wrong.startswith('SKIPPED'):
                print(f'  {name}: {wrong}', flush=True)
            elif wrong:
                self.failed += 1
                print(f'--- FAILED {name} ({seconds:.0f} s)\n{wrong}', flush=True)
            elif not self.is_quick:
                print(f'  ok  {name} ({seconds:.0f} s)', flush=True)

    def run(self, job):
        """Runs the checks of one job: its name, and a function that yields a name for each check
        and what was wrong. An exception is one more check that has failed."""
        name, checks = job
        begin = time.monotonic()
        try:
            for one, wrong in checks():
                self.line(one, wrong, time.monotonic() - begin)
                begin = time.monotonic()
        except Exception:  # pylint: disable=broad-except  (whatever it is, the others go on)
            self.line(f'{name}: no exception', traceback.format_exc(), time.monotonic() - begin)

    def side_by_side(self, jobs):
        """Runs jobs, several at once."""
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            list(pool.map(self.run, jobs))

    def alone(self, jobs):
        """Runs jobs, one after the other."""
        for job in jobs:
            self.run(job)
