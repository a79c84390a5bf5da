"""A case of a build exercise that is a conversation, with the student's server in the sandbox."""
import re
import shutil
from pathlib import Path

from ..base import judge, paths

# what runs a conversation in the sandbox: a whole room, and what it needs of a lower one
MODULES = ('__init__', 'base/__init__', 'base/errors', 'base/language',
           *(f'conversations/{name}' for name in
             ('__init__', 'conversation', 'jailed', 'procfs', 'server', 'talk')))
BOUNDS = judge.Bounds(2.0, 10, 2.0)  # of a step; the last: of all runs
RUNS = 3                        # that have to pass
REFERENCE_SECONDS = 10.0        # that a step may take with the reference
TOTAL = 100                     # seconds for so many runs of a conversation, or more:
LONGER = 4                      # times what they take with the reference


def words(stage, conversation, step_seconds, seconds, runs):
    """Puts a conversation, and what runs it, into a stage: the command, see
    conversations/jailed.py. All runs together may take so many seconds; the sandbox ends them."""
    folder = Path(stage) / 'talks' / conversation.stem
    package = folder / 'grader'
    if not package.exists():
        package.mkdir(parents=True)
        for name in MODULES:
            target = package / f'{name}.py'
            target.parent.mkdir(exist_ok=True)
            shutil.copy(paths.GRADER / f'{name}.py', target)
        shutil.copy(conversation, folder / 'conversation.txt')
        for path in [folder.parent, folder, *folder.rglob('*')]:
            path.chmod(0o755 if path.is_dir() else 0o644)
    program = f'talks/{conversation.stem}/grader/conversations/jailed.py'
    return ['python3', '-I', '-S', '-B', program, str(runs), str(step_seconds),
            str(seconds)]


def slowest_step(result):
    """Seconds; None: the conversation has not passed."""
    found = re.search(r'^slowest step: (\d+\.\d+)$', result.output, re.M)
    return float(found.group(1)) if result.status == 0 and found else None


def check(name, exercise, case, stage, stage_of_reference):
    """The line of a case. stage_of_reference(): a new stage with the reference in it."""
    path = exercise.folder / 'cases' / case['conversation']
    seen = [0.0]  # seconds of RUNS runs with the reference

    def converse(on, step_seconds, patience):
        total = patience * max(TOTAL, LONGER * seen[0])
        return on.converse(path, step_seconds, total, patience * RUNS)

    def attempt(limit, patience):
        result = converse(stage, limit, patience)
        return result, slowest_step(result) is not None

    def reference(patience):
        other = stage_of_reference()
        try:
            result = converse(other, patience * REFERENCE_SECONDS, patience)
            seen[0] = result.seconds / patience
            return slowest_step(result)
        finally:
            other.remove()

    def message(result, _):
        return f'stopped after {result.seconds:.0f} seconds' if result.status is None \
            else result.output
    return judge.line(name, case['points'], BOUNDS, attempt, reference, message)
