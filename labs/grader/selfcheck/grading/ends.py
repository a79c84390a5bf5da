"""A command that a signal ends leaves nothing: no process, no file."""
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ...base import paths
from ...conversations import procfs
from ...observe import live

SECONDS = 60     # until the command has started a server; and until it has ended
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def _name(pid):
    try:
        return Path(f'/proc/{pid}/comm').read_text(encoding='utf-8').strip()
    except OSError:
        return ''


def _marked(mark):
    """Processes that have a word in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if mark in Path(f'/proc/{pid}/environ').read_bytes():
                found.append(f'{pid} {_name(pid)}')
        except OSError:
            pass
    return found


def _until_it_has(process, names):
    """Waits until processes with these names descend from it."""
    end = time.monotonic() + SECONDS
    while not names <= {_name(pid) for pid in procfs.family(process.pid)}:
        if process.poll() is not None or time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _ended_by(number, folder):
    """What is wrong after this signal; '' if nothing. Exercise 18 traces servers."""
    mark = secrets.token_hex(16)
    only, names = ('10', {'fork-server'}) if live.no_strace() else ('18', {'strace'})
    # a job that a shell has started in the background ignores SIGINT, and so would this command
    words = ['env', '--default-signal', sys.executable, str(paths.LABS / 'lab'), 'self-check',
             '--only', only]
    environment = {**os.environ, 'LABS_MARK': mark, 'TMPDIR': folder}
    with subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True) as process:
        begun = _until_it_has(process, names)
        process.send_signal(number)
        try:
            status = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return 'it has not ended'
    left = _marked(mark.encode()) + os.listdir(folder)
    if not begun:
        return f'it has not started {names}'
    if left:
        return f'it has left {left}'
    return f'it has ended with {status}' if status != 128 + number else ''


def run():
    """Yields a name and what was wrong ('': nothing)."""
    for number in SIGNALS:
        with tempfile.TemporaryDirectory(prefix='labs-') as folder:
            os.chmod(folder, 0o755)
            yield f'{number.name}: nothing is left', _ended_by(number, folder)
