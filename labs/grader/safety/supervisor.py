"""Whatever a command has started ends with it, also if a signal ends it: servers, tracers, the
files in /tmp.

Servers are sessions of their own, so no signal of a terminal reaches them; and a process that
several threads start can't be bound to its parent by PR_SET_PDEATHSIG, as that is bound to the
thread. So the command runs in a child. We get its orphans (PR_SET_CHILD_SUBREAPER, prctl(2)), and
when it has ended, for whatever reason, end all that is left.
"""
import os
import shutil
import signal
import sys
import tempfile

from . import jail

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _Ended(Exception):
    """A signal asks us to end."""


def _on_signal(number, _):
    raise _Ended(number)


def _watch(child):
    """Its exit status; as a shell does, if a signal has ended it or us."""
    try:
        status = jail.wait_for(child)
        return status if status >= 0 else 128 - status
    except _Ended as ended:
        return 128 + ended.args[0]


def run(command):
    """Runs a function that returns an exit status in a child process, and returns that."""
    jail.libc.prctl(jail.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    folder = tempfile.mkdtemp(prefix='labs-')
    os.chmod(folder, 0o755)  # nobody, the user of the sandbox, has to get through
    ours = os.getpid()
    before = {number: signal.signal(number, _on_signal) for number in SIGNALS
              if signal.getsignal(number) != signal.SIG_IGN}  # nohup(1) has it ignored
    child = os.fork()
    if child == 0:
        jail.libc.prctl(jail.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        for number, action in before.items():
            signal.signal(number, action)
        tempfile.tempdir = os.environ['TMPDIR'] = folder
        sys.exit(command() if os.getppid() == ours else 1)
    status = _watch(child)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    jail.kill_descendants()
    shutil.rmtree(folder, ignore_errors=True)
    return status
