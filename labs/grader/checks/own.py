"""Checks a server of one's own, in any language: stages of the ladder of the conformance suite."""
import os
import shlex
import shutil
import tempfile
from pathlib import Path

from ..base import exercise as exercises, judge, paths, submission
from ..base.errors import LabError
from ..base.verdict import Verdict, nothing
from ..safety import jail, sandbox
from ..servers import build

STARTER = paths.LABS / 'starter'
SUITE = 'conformance'
# the text, what is built here, and what a student tries the server with
NOT_TAKEN = ('README.md', 'server', SUITE, 'files')
REFERENCE_SECONDS = 100.0
REFERENCE_TRIES = 2
BUILD = judge.Bounds(60.0, 30)  # of make, and how much longer than for the starter
BOUND_MS = 3000           # how long a case waits for what never comes
BOUNDS = judge.Bounds(60.0, 6, BOUND_MS / 1000)  # 40 ms for each small packet are allowed
SIDE_BY_SIDE = 3          # stages mostly wait
DOES_NOT_APPLY = 4        # exit statuses of the suite
HIDE = '/usr/bin/env -u SERVER -u STAGE -u CASE -u GREETS -u BOUND_MS '  # what is tried

# ---- what is handed out ----

def program(folder):
    """The files of a program in a folder; nothing if there is none."""
    if not (Path(folder) / 'run').is_file():
        return {}
    return submission.tree(folder, NOT_TAKEN)


def _write(files, folder):
    for name, text in files.items():
        target = Path(folder) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)


def before(one):
    """The exercise whose server this one continues, or None."""
    return exercises.all_exercises().get(one.continues)


def hand_out(one, folder):
    """What the student has written for the exercise before; else the starter. A handout may be
    without that exercise: the student's folder counts."""
    earlier = paths.WORK.glob(f'{one.continues:02}-*') if one.continues else []
    files = [program(path) for path in earlier]
    _write(next(filter(None, files), program(STARTER)), folder)


def solution_files(one):
    """The model solution, {name: bytes}: files that are not there are those of the one before."""
    earlier = before(one)
    files = solution_files(earlier) if earlier else {}
    for path in sorted((one.folder / 'solution').glob('*')):
        files[path.name] = path.read_bytes()
    return files


def solution_text(one):
    """What is new in the model solution, as text."""
    parts = [f'==== {path.name}\n{path.read_text(encoding="utf-8")}'
             for path in sorted((one.folder / 'solution').glob('*'))]
    earlier = before(one)
    rest = f'\nAll other files are those of exercise {earlier.number}.' if earlier else ''
    return '\n'.join(parts) + rest


# ---- the command ----

def command(text):
    """The one line of `run`, checked."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] != '#']
    if len(lines) != 1:
        raise LabError(f'the file run has {len(lines)} lines; it has one: a command such as '
                       'python3 server.py {port} {dir}')
    if '{port}' not in lines[0] or '{dir}' not in lines[0]:
        raise LabError('the command in run has {port} and {dir} where the port and the folder '
                       f'belong: {lines[0]}')
    if '{options}' in lines[0]:
        raise LabError('{options} in run is for the servers of the project')
    try:
        shlex.split(lines[0])
    except ValueError as error:
        raise LabError(f'the command in run: {error}') from error
    return lines[0]


# ---- the program in the sandbox ----

def built(files, folder):
    """The program as it is run: its files; if there is a Makefile, what make makes of them."""
    if 'Makefile' not in files:
        _write(files, folder)
        return

    def attempt(limit, _):
        result = _make(files, limit, folder)
        return result, result.status == 0

    def reference(_):
        result = _make(program(STARTER), REFERENCE_SECONDS)
        return result.seconds if result.status == 0 else None
    result = judge.made('make', BUILD, attempt, reference)
    if result.status != 0:
        raise LabError(f'make fails:\n{result.output.strip()}')


def _make(files, seconds, folder=None):
    """How make has ended, see sandbox.Result; if well, what it has made is in the folder then."""
    with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
        stage, out = Path(scratch) / 'stage', Path(scratch) / 'out'
        stage.mkdir()
        out.mkdir()
        _write(files, stage)
        sandbox.make_readable(scratch)
        out.chmod(0o777)
        target = '/tmp/out' if sandbox.is_private() else str(out)
        script = f"cp -r . '{target}' && exec make -s -C '{target}'"
        result = sandbox.run(['sh', '-c', script], stage, seconds, out=out)
        if folder and result.status == 0:
            try:
                jail.take(str(out), str(folder), without=(SUITE,))
            except OSError as error:
                raise LabError(f'what make leaves is not taken: {error}') from error
        return result


class Climber:
    """A folder with the suite and one server in it, to be run in the sandbox."""

    def __init__(self, line, greets=''):
        self.folder = tempfile.mkdtemp(prefix='labs-')
        self.line, self.greets = line, greets

    def ready(self):
        """Everything is in the folder: the suite joins it, and can not be read."""
        suite = Path(self.folder) / SUITE
        suite.unlink(missing_ok=True)
        shutil.copy(build.conformance(), suite)
        sandbox.make_readable(self.folder)
        os.chmod(suite, 0o111)

    def run(self, case, seconds, patience=1):
        """A stage, or some cases of it: how it ended, see sandbox.Result. patience: see
        judge.line."""
        environment = {'SERVER': HIDE + self.line, 'BOUND_MS': str(BOUND_MS * patience),
                       'GREETS': self.greets}
        if 'cases' in case:
            environment['CASE'] = f'@({"|".join(case["cases"])})'
        else:
            environment['STAGE'] = str(case['stage'])
        if sandbox.is_private():
            return sandbox.run([f'./{SUITE}'], self.folder, seconds, environment=environment)
        with tempfile.TemporaryDirectory(prefix='labs-') as out:
            Path(out).chmod(0o777)
            return sandbox.run([f'./{SUITE}'], self.folder, seconds, out=out,
                               environment=environment)

    def remove(self):
        """Nothing is left of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


# ---- the verdict ----

def reference_seconds(one, case, patience):
    """How long the project's server takes for it on this machine; None: it fails now."""
    climber = Climber('./server -p {port} -d {dir}')
    try:
        shutil.copy(build.reference(one.model), Path(climber.folder) / 'server')
        climber.ready()
        for _ in range(REFERENCE_TRIES):
            result = climber.run(case, patience * REFERENCE_SECONDS, patience)
            if result.status == 0:
                return result.seconds
        return None
    finally:
        climber.remove()


def first_failure(output):
    """What is printed of the first case that has failed; nothing: none has."""
    rest = ('\n' + output).partition('\n--- FAILED ')[2]
    text, end, _ = f'{rest}\n'.partition('\n---\n')
    return f'FAILED {text}' if end else ''


def _message(result, limit):
    if result.status is None:
        return f'stopped after {limit:.0f} seconds: the reference takes much less'
    if result.status == DOES_NOT_APPLY:
        return f'nothing of it applies:\n{result.output}'
    if result.status > 128:
        return f'the test was ended by signal {result.status - 128}\n{result.output}'
    start, end = result.output.find('Next: '), result.output.rfind('All of it: ')
    return result.output[start:end] if 0 <= start < end else \
        first_failure(result.output) or result.output


def check_stage(one, climber, case):
    """The line of a stage, or of some of its cases."""
    def attempt(limit, patience):
        for _ in range(patience):
            result = climber.run(case, limit, patience)
            if result.status != 0:
                break
        return result, result.status == 0
    return judge.line(case['name'], case['points'], BOUNDS, attempt,
                      lambda patience: reference_seconds(one, case, patience), _message)


def check(one, folder, student=None):
    """The verdict on a folder with a program and the file run."""
    del student  # everybody writes the same server
    climber = None
    try:
        line = command(submission.text(folder, 'run'))
        climber = Climber(line, one.greets)
        built(program(folder), climber.folder)
        climber.ready()
        lines = judge.side_by_side(SIDE_BY_SIDE, lambda case: check_stage(one, climber, case),
                                   one.cases)
    except LabError as error:
        return nothing(one, error)
    finally:
        if climber:
            climber.remove()
    return Verdict(one, lines)
