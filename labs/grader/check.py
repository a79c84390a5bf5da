"""Checks any exercise, and says what is to be done if a verdict is none."""
from . import check_build, check_design, check_find, check_measure, check_observe
from . import check_own, check_repair
from .verdict import NOT_JUDGED

BY_KIND = {'build': check_build.check, 'find': check_find.check, 'own': check_own.check,
           'observe': check_observe.check, 'design': check_design.check,
           'repair': check_repair.check, 'measure': check_measure.check}


def check(exercise, folder, student):
    """The verdict on what a student has written in a folder."""
    return BY_KIND[exercise.kind](exercise, folder, student)


JUDGED, GRADE_AGAIN, MEASURE_AGAIN = 'judged', 'grade again', 'measure again'


def state(verdict):
    """What is to be done: a line that is not judged mostly is when it is graded again. But a
    prediction that too few samples were measured for never is."""
    lines = {line.name for line in verdict.lines if line.outcome == NOT_JUDGED}
    if not lines:
        return JUDGED
    few = verdict.exercise.kind == 'measure' and lines == {check_measure.DIFFERENCE}
    return MEASURE_AGAIN if few else GRADE_AGAIN
