"""A case of a build exercise that is a conversation, with the student's server in the sandbox."""
import re
import shutil
from pathlib import Path

from .verdict import FAIL, NOT_JUDGED, PASS, Line

MODULES = ('__init__', 'conversation', 'errors', 'jailed', 'procfs', 'server', 'talk')
RUNS = 3                   # that have to pass
REFERENCE_SECONDS = 10.0   # that a step may take with the reference
TIMES_LONGER = 10          # than the reference's slowest step
LEAST_SECONDS = 2.0        # that a step may take, whatever the reference takes
TOTAL = 60                 # seconds for a whole conversation

_reference_steps = {}


def words(stage, conversation, step_seconds):
    """Puts a conversation, and what runs it, into a stage: the command, see jailed.py."""
    folder = Path(stage) / 'talks' / conversation.stem
    package = folder / 'grader'
    if not package.exists():
        package.mkdir(parents=True)
        for name in MODULES:
            shutil.copy(Path(__file__).with_name(f'{name}.py'), package)
        shutil.copy(conversation, folder / 'conversation.txt')
        for path in [folder.parent, folder, *folder.rglob('*')]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    program = f'talks/{conversation.stem}/grader/jailed.py'
    return ['python3', '-I', '-B', program, str(step_seconds)]


def slowest_step(result):
    """Seconds; None: the conversation has not passed."""
    found = re.search(r'^slowest step: (\d+\.\d+)$', result.output, re.M)
    return float(found.group(1)) if result.status == 0 and found else None


def _reference(key, path, stage_of_reference, fresh=False):
    if fresh or key not in _reference_steps:
        stage = stage_of_reference()
        try:
            _reference_steps[key] = slowest_step(stage.converse(path, REFERENCE_SECONDS, TOTAL))
        finally:
            stage.remove()
    return _reference_steps[key]


def check(name, exercise, case, stage, stage_of_reference):
    """The line of a case. stage_of_reference(): a new stage with the reference in it."""
    points, path = case['points'], exercise.folder / 'cases' / case['conversation']
    key = (exercise.name, name)
    again = Line(name, NOT_JUDGED, points, 'the reference does not pass it now: run it again')
    longest = _reference(key, path, stage_of_reference)
    if longest is None:
        return again
    step_seconds, seconds = max(LEAST_SECONDS, TIMES_LONGER * longest), 0.0
    for _ in range(RUNS):
        result = stage.converse(path, step_seconds, TOTAL)
        seconds += result.seconds
        if slowest_step(result) is None:
            break
    else:
        return Line(name, PASS, points, seconds=seconds)
    if result.status == 125 or _reference(key, path, stage_of_reference, fresh=True) is None:
        return again
    message = f'stopped after {TOTAL} seconds' if result.status is None else result.output
    return Line(name, FAIL, points, message, result.seconds)
