"""Checks any exercise."""
from . import check_build, check_design, check_find, check_measure, check_observe
from . import check_own, check_repair

BY_KIND = {'build': check_build.check, 'find': check_find.check, 'own': check_own.check,
           'observe': check_observe.check, 'design': check_design.check,
           'repair': check_repair.check, 'measure': check_measure.check}


def check(exercise, folder, student):
    """The verdict on what a student has written in a folder."""
    return BY_KIND[exercise.kind](exercise, folder, student)
