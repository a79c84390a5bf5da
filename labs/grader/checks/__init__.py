"""Checks any exercise, and says what is to be done if a verdict is none."""
from ..base.verdict import NOT_JUDGED
from . import build, design, find, measure, observe, own, repair

BY_KIND = {'build': build.check, 'find': find.check, 'own': own.check, 'observe': observe.check,
           'design': design.check, 'repair': repair.check, 'measure': measure.check}


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
    few = verdict.exercise.kind == 'measure' and lines == {measure.DIFFERENCE}
    return MEASURE_AGAIN if few else GRADE_AGAIN
