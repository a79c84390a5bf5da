"""Observe exercises: what a student has seen, compared with what a live run shows."""
import importlib

from ..base.errors import LabError
from ..conversations.server import Failed


def scene(one):
    """The module that knows the exercise, see observe/__init__.py."""
    return importlib.import_module(f'..observe.{one.scene}', __package__)


def check(one, folder, student=0):
    """The verdict on a folder."""
    return scene(one).check(one, folder, student)


def _measured(make, one, student):
    """Some of it needs a run, which may fail."""
    try:
        return make(one, student)
    except Failed as why:
        raise LabError(f'it can not be measured now: {why}') from why


def starter(one, student):
    """What the student's file begins with."""
    return _measured(scene(one).starter, one, student)


def solution(one, student):
    """A model answer, made by a run or read from its file."""
    return _measured(scene(one).solve, one, student)


def hand_out(one, student, folder):
    """The page with the student's numbers, and the files of the scene: the page."""
    page = scene(one).task(one, student)
    (folder / 'task.md').write_text(page, encoding='utf-8')
    files = getattr(scene(one), 'files', lambda one, student: {})
    for name, content in _measured(files, one, student).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return page
