"""What a student has done so far: labs/answers/progress.json; the number: labs/answers/student."""
import json
import os

from .base import paths
from .base.errors import LabError

FILE = paths.WORK / 'progress.json'
STUDENT = paths.WORK / 'student'


def load():
    """All that is remembered: {exercise: {points, hints, gave_up}}."""
    try:
        return json.loads(FILE.read_text(encoding='utf-8'))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise LabError(f'{FILE} is no JSON any more ({error}); remove it to begin anew') from error


def of(exercise):
    """What is remembered of one exercise."""
    return {'points': 0, 'hints': 0, 'gave_up': False, **load().get(exercise.name, {})}


def remember(exercise, **changes):
    """Writes changes down; the file is replaced as a whole."""
    everything = load()
    everything[exercise.name] = {**of(exercise), **changes}
    paths.WORK.mkdir(parents=True, exist_ok=True)
    new = FILE.with_suffix('.new')
    new.write_text(json.dumps(everything, indent=1) + '\n', encoding='utf-8')
    os.replace(new, FILE)


def remembered():
    """The student's number, None: none was given yet."""
    try:
        return int(STUDENT.read_text(encoding='utf-8'))
    except (FileNotFoundError, ValueError):
        return None


def student(given, drawn):
    """The student's number: the one given is remembered; without any it is 1. It can't be changed
    under what was handed out for it. drawn: the exercises that depend on it."""
    number = remembered() or 1
    if not given:
        return number
    if not given.isdecimal() or len(given) > 9:
        raise LabError(f'STUDENT={given} is no number')
    begun = [one for one in drawn if (paths.WORK / one.name).is_dir()]
    if int(given) != number and begun:
        numbers = ', '.join(str(one.number) for one in begun)
        raise LabError(f'you are student {number}, and have exercise {numbers} of that number: go '
                       'on without STUDENT=, or move the folders of these exercises out of '
                       f'labs/answers to become student {int(given)}')
    paths.WORK.mkdir(parents=True, exist_ok=True)
    STUDENT.write_text(given + '\n', encoding='utf-8')
    return int(given)
