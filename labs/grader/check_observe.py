"""Observe exercises: what a student has seen, compared with what a live run shows."""
import importlib


def scene(one):
    """The module that knows the exercise, see observe/__init__.py."""
    return importlib.import_module(f'{__package__}.observe.{one.scene}')


def check(one, folder, student=0):
    """The verdict on a folder."""
    return scene(one).check(one, folder, student)


def starter(one, student):
    """What the student's file begins with."""
    return scene(one).starter(one, student)


def solution(one, student):
    """A model answer, made by a run or read from its file; None: a handout has none."""
    return scene(one).solve(one, student)


def hand_out(one, student, folder):
    """The page with the student's numbers, and the files of the scene: the page."""
    page = scene(one).task(one, student)
    (folder / 'task.md').write_text(page, encoding='utf-8')
    files = getattr(scene(one), 'files', lambda one, student: {})(one, student)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return page
