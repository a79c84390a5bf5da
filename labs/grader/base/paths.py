"""Where things are. In a handout the references are programs without sources."""
import functools
import subprocess
from pathlib import Path

GRADER = Path(__file__).resolve().parents[1]
LABS = GRADER.parent
ROOT = LABS.parent
WORK = LABS / 'answers'         # what students write; ignored by git
BUILD = ROOT / 'build' / 'labs'
REFERENCE = LABS / 'reference'  # in a handout only
MUTANTS = ROOT / 'tests' / 'mutants'
EXERCISES = LABS
OBSERVERS = GRADER / 'observers'


def is_handout():
    return REFERENCE.is_dir()


@functools.lru_cache
def git_folders():
    """Folders that hold this repository's history, and with it everything."""
    try:
        run = subprocess.run(['git', '-C', str(ROOT), 'rev-parse', '--git-common-dir'],
                             capture_output=True, text=True, check=False)
    except OSError:
        return []
    if run.returncode != 0:
        return []
    common = (ROOT / run.stdout.strip()).resolve()
    return [str(common.parent)]
