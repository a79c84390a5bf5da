"""Checks a design exercise, by what is handed in."""
from . import check_document, check_server, check_tester

BY_FORM = {'tester': check_tester.check, 'document': check_document.check,
           'server': check_server.check}


def check(exercise, folder, student=0):
    """The verdict on a folder with what the exercise names."""
    return BY_FORM[exercise.form](exercise, folder, student)
