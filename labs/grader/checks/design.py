"""Checks a design exercise, by what is handed in."""
from . import document, server, tester

BY_FORM = {'tester': tester.check, 'document': document.check, 'server': server.check}


def check(exercise, folder, student=0):
    """The verdict on a folder with what the exercise names."""
    return BY_FORM[exercise.form](exercise, folder, student)
