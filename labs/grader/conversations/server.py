"""A server that is run for a conversation: started, looked at, ended."""
import contextlib
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from ..base.errors import LabError, MachineError
from . import procfs


class Failed(Exception):
    """A step of a conversation did not happen: the text says what was expected and what came."""


def pattern(size):
    """The bytes of a file: no two places look alike, and an event in between would be seen."""
    block = b''.join(b'%08d ' % i for i in range(0, 9 * 4096, 9))
    return (block * (size // len(block) + 1))[:size]


class Server:
    """One server program with its own library; port 0 until it has started once."""

    def __init__(self, program):
        self.program, self.port, self.process = str(program), 0, None
        self.folder = tempfile.mkdtemp(prefix='labs-')
        self.library = Path(self.folder) / 'files'
        self.library.mkdir()
        self.log = Path(self.folder) / 'log'
        self.inherited, self.at_start = 0, 0
        self.before = []  # the words of a tracer
        self.stopped = []

    def _inherit(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for _ in range(self.inherited):
            os.set_inheritable(os.open('/dev/null', os.O_RDONLY), True)

    def arguments(self):
        """What a server is given before its options."""
        return ['-p', str(self.port), '-d', str(self.library)]

    def start(self, options, seconds):
        """Starts it, and waits for its startup line."""
        words = [*self.before, self.program, *self.arguments(), *options]
        with open(self.log, 'ab') as log:
            try:
                self.process = subprocess.Popen(
                    words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                    start_new_session=True, close_fds=not self.inherited,
                    preexec_fn=self._inherit if self.inherited else None)
            except subprocess.SubprocessError as error:  # of _inherit
                raise MachineError(f'this machine does not let a process have {self.inherited} '
                                   'descriptors more: `ulimit -Hn` says how many') from error
        line = self._startup_line(seconds)
        match = re.search(r':(\d+), serving', line)
        if not match:
            raise Failed(f'the server does not start: {line}{self.last_words()}')
        self.port = int(match.group(1))
        self.at_start = procfs.descriptors(self.process.pid)

    def _startup_line(self, seconds):
        end, line, out = time.monotonic() + seconds, b'', self.process.stdout.fileno()
        while not line.endswith(b'\n') and time.monotonic() < end:
            if select.select([out], [], [], end - time.monotonic())[0]:
                got = os.read(out, 4096)
                if not got:
                    break
                line += got
        return line.decode('utf-8', 'replace')

    def last_words(self):
        """The end of its log, to be shown."""
        text = self.log.read_text(encoding='utf-8', errors='replace')[-1000:]
        return f'\nits log ends:\n{text}' if text else ''

    def leave_descriptors(self, count):
        """The server may open so many more descriptors than it has now."""
        pid = self.process.pid
        hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
        try:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (procfs.descriptors(pid) + count, hard))
        except ValueError as error:
            raise MachineError(f'this machine lets a process have {hard} descriptors, and no more: '
                               '`ulimit -Hn`') from error

    def stop(self):
        """SIGTERM; another server may be started afterwards, while this one ends."""
        self.process.send_signal(signal.SIGTERM)
        self.stopped.append(self.process)

    def end(self):
        """Nothing of it is left."""
        for process in [*self.stopped, self.process]:
            if process is None:
                continue
            pids = set(procfs.family(process.pid)) | {process.pid}
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
            process.wait()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):  # what it has not read can't be written now
                    stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def executable(program):
    """Is there such a program?"""
    if not os.access(program, os.X_OK):
        raise LabError(f'{program} is missing')
    return program
