"""Programs that are not trusted: with limits, without network, without a view of the sources."""
import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import paths, private

JAIL = Path(__file__).with_name('jail.py')
MIB = 1024 * 1024
LIMITS = {'AS': 4096 * MIB, 'NPROC': 512, 'FSIZE': 128 * MIB, 'CPU': 60, 'CORE': 0, 'NOFILE': 2048}
DISK = 192 * MIB
OUTPUT = 256 * 1024  # bytes of what a program prints that are kept


class Result:
    """How a command has ended: status is its exit status, None: it was stopped after its time."""

    def __init__(self, status, output, seconds):
        self.status, self.output, self.seconds = status, output, seconds


def _hidden():
    home = os.path.expanduser('~')
    hidden = [str(paths.ROOT), *paths.git_folders(), str(private.folder() or '')]
    hidden.append(home if home not in ('/', '/tmp') else '')
    return [path for path in hidden if path]


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
    """Runs a command in the folder stage, which it can't change; it may write to out, and to /tmp.
    more_memory: without a limit of address space, which sanitizers need. before: the words of a
    program that runs all of it, outside of the sandbox: a tracer."""
    if private is None:
        private = is_private()
    spec = _spec(stage, out, environment or {}, private, more_memory)
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        process = subprocess.Popen([*before, sys.executable, '-I', '-S', str(JAIL), *words],
                                   stdin=subprocess.PIPE, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True)
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
    """Does this machine give an ordinary user name spaces of its own?"""
    with tempfile.TemporaryDirectory(prefix='labs-') as stage:
        make_readable(stage)
        return run(['true'], stage, 20, private=True).status == 0
