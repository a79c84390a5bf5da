"""Checks any exercise."""
from . import check_build, check_find, check_observe

BY_KIND = {'build': check_build.check, 'find': check_find.check,
           'observe': check_observe.check}


def check(exercise, folder, student):
    """The verdict on what a student has written in a folder."""
    return BY_KIND[exercise.kind](exercise, folder, student)
