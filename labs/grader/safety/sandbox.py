"""Programs that are not trusted: with limits, without network, without a view of the sources."""
import functools
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ..base import paths, private
from ..base.errors import LabError

JAIL = Path(__file__).with_name('jail.py')
MIB = 1024 * 1024
LIMITS = {'AS': 4096 * MIB, 'NPROC': 512, 'FSIZE': 128 * MIB, 'CPU': 60, 'CORE': 0, 'NOFILE': 2048}
DISK = 192 * MIB
OUTPUT = 256 * 1024  # bytes of what a program prints that are kept
TRACE = 8 * MIB      # of what a tracer writes, outside of the sandbox
TRIES = (20, 40, 80)  # seconds that a sandbox with nothing to do may take, on a busy machine

# folders that commands need, or that hold some which they need: only folders below are hidden
NEEDED = ('/', '/bin', '/dev', '/etc', '/gnu', '/lib', '/lib64', '/nix', '/opt', '/proc', '/run',
          '/sbin', '/sys', '/tmp', '/usr', '/usr/local', '/var')
_submissions = []


class Result:
    """How a command has ended: status is its exit status, None: it was stopped after its time."""

    def __init__(self, status, output, seconds):
        self.status, self.output, self.seconds = status, output, seconds


def hide(submission):
    """Neither what is graded nor what lies beside it, the work of others, is seen from now on."""
    given = Path(os.path.abspath(submission))
    _submissions.extend([given.resolve(), given.parent.resolve() / given.name])


def highest(folder):
    """The highest folder on the way to this one that no command needs; nothing: there is none."""
    tools = [shutil.which(name) for name in (*os.environ.get('LAB_CC', '').split()[:1], 'gcc')]
    needed = [Path(tool).resolve() for tool in [sys.executable, *filter(None, tools)]]
    for one in [*reversed(folder.parents), folder]:
        if str(one) not in NEEDED and not any(tool.is_relative_to(one) for tool in needed):
            return str(one)
    return ''


def _hidden():
    home = os.path.expanduser('~')
    hidden = [str(paths.ROOT), *paths.git_folders(), str(private.folder() or '')]
    hidden.append(home if home not in ('/', '/tmp') else '')
    hidden += map(highest, [Path(tempfile.gettempdir()).resolve(), *_submissions])
    return [path for path in dict.fromkeys(hidden) if path]


def _spec(stage, out, environment, private, more_memory):
    limits = {name: value for name, value in LIMITS.items() if name != 'AS' or not more_memory}
    base = {'PATH': '/usr/local/bin:/usr/bin:/bin', 'LC_ALL': 'C.UTF-8', 'HOME': '/nonexistent',
            'TMPDIR': '/tmp' if private else str(out or stage)}
    return json.dumps({'stage': str(stage), 'out': str(out) if out else None, 'hide': _hidden(),
                       'disk': DISK, 'limits': limits, 'private': private,
                       'environment': {**base, **environment}})


def _kill_all(process):
    """The jail, and with it everything that it runs; first it is asked, to end its orphans."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run(words, stage, seconds, out=None, environment=None, private=None, more_memory=False,
        before=()):
    """Runs a command in the folder stage, which it can't change; it may write to /tmp. If it ends
    with status 0, what it has left in /tmp/out is put into the folder out, see jail.py; without
    name spaces it writes there itself. more_memory: without a limit of address space, which
    sanitizers need. before: the words of a program that runs all of it, outside of the sandbox: a
    tracer, which may write TRACE bytes."""
    if private is None:
        private = is_private()
    spec = _spec(stage, out, environment or {}, private, more_memory)
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        process = subprocess.Popen([*before, sys.executable, '-I', '-S', str(JAIL), *words],
                                   stdin=subprocess.PIPE, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        if before:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (TRACE, TRACE))
            resource.prlimit(process.pid, resource.RLIMIT_CORE, (0, 0))
        process.stdin.write(spec.encode())
        process.stdin.close()
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _kill_all(process)
            process.wait()
        taken = time.monotonic() - start
        size = output.seek(0, os.SEEK_END)
        output.seek(max(0, size - OUTPUT))
        return Result(status, output.read().decode('utf-8', 'replace'), taken)


def make_readable(folder):
    """The jail's user may be another: everybody may read the stage."""
    for path in [Path(folder), *Path(folder).rglob('*')]:
        path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


@functools.lru_cache
def is_private():
    """Does this machine give an ordinary user name spaces of its own? What it answers first counts
    as long as the grader runs. It is asked several times, since nobody may go without a sandbox
    because the machine is busy. LabError: it does not answer at all."""
    with tempfile.TemporaryDirectory(prefix='labs-') as stage:
        make_readable(stage)
        late = False
        for seconds in TRIES:
            status = run(['true'], stage, seconds, private=True).status
            if status == 0:
                return True
            late = late or status is None
    if late:
        raise LabError('no sandbox can be made in time: the machine is too busy, try again later')
    return False
