"""What a live run shows: queues and owners of sockets, states of processes, traces."""
import functools
import os
import shutil
import subprocess
import tempfile
import time

from ..conversations import procfs
from ..conversations.server import Failed

STATES = {'01': 'ESTAB', '02': 'SYN-SENT', '03': 'SYN-RECV', '04': 'FIN-WAIT-1', '05': 'FIN-WAIT-2',
          '06': 'TIME-WAIT', '07': 'UNCONN', '08': 'CLOSE-WAIT', '09': 'LAST-ACK', '0A': 'LISTEN',
          '0B': 'CLOSING'}  # as ss(8) calls those of the kernel's enum in net/tcp_states.h
STEP_SECONDS = 5.0
LOOKS = 4        # that have to show the same


class Socket:
    """A line of /proc/net/tcp."""

    def __init__(self, line):
        words = line.split()
        self.local, self.remote = (int(word.rpartition(':')[2], 16) for word in words[1:3])
        self.state, self.inode = STATES.get(words[3], words[3]), words[9]
        self.receive_queue = int(words[4].rpartition(':')[2], 16)


def sockets(port):
    """All TCP sockets (IPv4) with this port of their own."""
    with open('/proc/net/tcp', encoding='ascii') as table:
        found = [Socket(line) for line in list(table)[1:]]
    return [one for one in found if one.local == port]


def listener(port):
    """The listening socket: its receive queue counts connections, others' count bytes."""
    for one in sockets(port):
        if one.state == 'LISTEN':
            return one
    raise Failed(f'nothing listens on port {port}')


def server_end(port, client):
    """The server's end of the connection of a client (a socket of ours)."""
    for one in sockets(port):
        if one.remote == client and one.state != 'LISTEN':
            return one
    raise Failed('a connection has gone')


def until(true, what):
    """Waits until something is so."""
    end = time.monotonic() + STEP_SECONDS
    while not true():
        if time.monotonic() > end:
            raise Failed(f'this machine does not come so far: {what}')
        time.sleep(0.01)


def settled(look):
    """What look() returns once it returns the same for a while."""
    end, seen, since = time.monotonic() + STEP_SECONDS, look(), time.monotonic()
    while time.monotonic() < since + 0.15:
        time.sleep(0.02)
        now = look()
        if now != seen:
            seen, since = now, time.monotonic()
        if since > end:
            raise Failed('what the kernel shows does not come to rest')
    return seen


def state(pid):
    """R, S, T, Z ... of a process; nothing: it is gone."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0]
    except OSError:
        return ''


def has_memory(pid):
    """Does its status have a line VmRSS?"""
    with open(f'/proc/{pid}/status', encoding='utf-8') as file:
        return any(line.startswith('VmRSS:') for line in file)


def _states(pid):
    """Those of all threads of a process and its descendants."""
    found = []
    for one in procfs.family(pid):
        try:
            found += [state(f'{one}/task/{task}') for task in os.listdir(f'/proc/{one}/task')]
        except OSError:
            pass  # it has just ended
    return found


def at_rest(pid):
    """Waits until all threads of a process and its descendants sleep, at several looks in a row."""
    end, looks = time.monotonic() + STEP_SECONDS, 0
    while looks < LOOKS:
        time.sleep(0.01)
        looks = looks + 1 if set(_states(pid)) <= {'S', 'Z', ''} else 0
        if looks < LOOKS and time.monotonic() > end:
            raise Failed('the server does not come to rest')


@functools.lru_cache
def no_strace():
    """A sentence: why this machine shows no traces; nothing: it does."""
    if shutil.which('strace') is None:
        return 'strace is missing: `make deps` installs it'
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        run = subprocess.run(['strace', '-f', '-o', os.path.join(folder, 'trace'), 'true'],
                             capture_output=True, text=True, check=False)
        return f'strace does not work here: {run.stderr.strip()}' if run.returncode else ''
