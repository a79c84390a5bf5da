"""Runs a conversation with a server: each step happens within its time, or the run has failed."""
import errno
import os
import re
import select
import signal
import socket
import struct
import time

from ..base.errors import MachineError
from . import procfs
from .server import Failed, Server, pattern

QUIET = 0.3           # seconds in which nothing is to arrive
WATCHED = 0.5         # seconds during which `check cpu` looks
SPINS = 0.5           # part of them: a server that wants a processor longer does not sleep
PATIENCE = 3.0        # seconds for which a server that wants a processor is waited for
FIXED = {'cpu', 'pause', 'nothing'}  # steps that take as long on any server
SHOWN = 200           # bytes of what arrived that are shown
TOTAL = 40            # seconds that a whole conversation may take, or more
GONE = {errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN, errno.ESRCH}  # the server, or its end
ESCAPES = {b'n': b'\n', b'r': b'\r', b'0': b'\0', b'e': b'\x1b'}  # see typed


def shown(data):
    """Bytes as text, shortened."""
    text = data[:SHOWN].decode('utf-8', 'backslashreplace').replace('\n', '\\n')
    return f"'{text}'" + ('...' if len(data) > SHOWN else '')


def typed(text):
    """The bytes of a text that is typed, whose escapes stand for single bytes."""
    return re.sub(rb'\\([nr0e]|x([0-9a-fA-F]{2}))',
                  lambda escape: bytes.fromhex(escape[2].decode()) if escape[2] else
                  ESCAPES[escape[1]], text.encode())


def readable(descriptor, seconds):
    """Waits until there is something to read; select would know no descriptor above 1023."""
    watched = select.poll()
    watched.register(descriptor, select.POLLIN)
    return seconds > 0 and bool(watched.poll(seconds * 1000))


class Client:
    """One connection: what has arrived waits in a buffer until a step expects it."""

    def __init__(self, port, slowly, seconds):
        self.socket = socket.socket()
        if slowly:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(seconds)
        try:
            self.socket.connect(('127.0.0.1', port))
        except OSError as error:
            raise Failed(f'the server can not be connected to: {error}') from error
        self.buffer, self.ended = bytearray(), False

    def receive(self, end):
        """Waits for more bytes. False: none came in time, or the connection has ended."""
        if self.ended or not readable(self.socket, end - time.monotonic()):
            return False
        try:
            data = self.socket.recv(1 << 20)
        except OSError:
            data = b''
        self.ended = not data
        self.buffer += data
        return bool(data)

    def why(self):
        """Why nothing more came."""
        return 'the connection has ended' if self.ended else \
            'nothing more comes, and the connection stays open'

    def line(self, end):
        """The next line, without its LF."""
        while b'\n' not in self.buffer:
            if not self.receive(end):
                raise Failed(f'expected a line; {self.why()}; received: {shown(self.buffer)}')
        line, _, rest = bytes(self.buffer).partition(b'\n')
        self.buffer = bytearray(rest)
        return line

    def take(self, size, end):
        """So many bytes."""
        while len(self.buffer) < size:
            if not self.receive(end):
                raise Failed(f'expected {size} bytes, {len(self.buffer)} have come; {self.why()}')
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    def send(self, data, end):
        """All of it, also if the server reads slowly."""
        self.socket.settimeout(max(0.1, end - time.monotonic()))
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Failed(f'the server does not take what is sent: {error}') from error


class Run:
    """One run of a conversation; `longest` is the time of its slowest step that may be slower,
    `taken` that of all of it."""

    def __init__(self, conversation, program, step_seconds, total=TOTAL):
        self.steps, self.seconds, self.total = conversation.steps, step_seconds, total
        self.server, self.clients, self.files = Server(program), {}, {}
        self.longest, self.taken, self.failure = 0.0, 0.0, None
        self.end = 0.0

    def run(self):
        """Runs all steps: True if each of them happened."""
        begin = time.monotonic()
        try:
            for step in self.steps:
                if failed := self._failed(step, begin):
                    self.failure = f'line {step.number}: {step.line}\n  {failed}'
                    return False
            return True
        finally:
            self.taken = time.monotonic() - begin
            for client in self.clients.values():
                client.socket.close()
            self.server.end()

    def _failed(self, step, begin):
        """Why a step did not happen; None: it did."""
        start = time.monotonic()
        self.end = start + self.seconds
        try:
            if start > begin + self.total:
                raise Failed(f'the conversation takes more than {self.total:.0f} seconds')
            self._do(step)
        except Failed as failed:
            return failed
        except OSError as error:
            if error.errno not in GONE:
                raise MachineError(f'line {step.number}: {step.line}\n  this machine can not do '
                                   f'that now: {error.strerror}') from error
            return f'the server, or its end of the connection, has gone: {error.strerror}'
        if step.kind not in FIXED:
            self.longest = max(self.longest, time.monotonic() - start)
        return None

    def _do(self, step):
        if self.server.process is None and step.kind not in ('file', 'inherit', 'start'):
            self.server.start([], self.seconds)
        target = self.clients.get(step.client) if step.client else None
        getattr(self, '_' + step.kind.replace('-', '_'))(step, target)

    # ---- the server ----

    def _file(self, step, _):
        self.files[step.words['file']] = pattern(step.size())
        (self.server.library / step.words['file']).write_bytes(self.files[step.words['file']])

    def _inherit(self, step, _):
        self.server.inherited = int(step.words['count'])

    def _leave(self, step, _):
        self.server.leave_descriptors(int(step.words['count']))

    def _start(self, step, _):
        if self.server.process is not None and self.server.process not in self.server.stopped:
            raise Failed('the server has been started already')
        if self.server.stopped:  # its first process gives up the port as soon as it runs
            before = self.server.stopped[-1].pid
            self._until(lambda: not procfs.listens(before, self.server.port))
        self.server.start(step.words['options'].split(), self.seconds)

    def _stop(self, _step, _):
        self.server.stop()

    def _ended(self, _step, _):
        if not self._until(lambda: self.server.process.poll() is not None):
            raise Failed('the server has not ended')
        if self.server.process.returncode != 0:
            raise Failed(f'the server has ended with status {self.server.process.returncode}')

    def _until(self, true):
        while not true():
            if time.monotonic() > self.end:
                return False
            time.sleep(0.01)
        return True

    def _idle(self, _step, _):
        while time.monotonic() < self.end:
            if self.wants(0.1) < 0.1:
                return
        raise Failed('the server does not come to rest: it uses the processor all the time')

    def wants(self, seconds):
        """The part of the time in which the server wanted a processor."""
        before, start = procfs.busy_seconds(self.server.process.pid, PATIENCE), time.monotonic()
        time.sleep(seconds)
        busy = procfs.busy_seconds(self.server.process.pid, PATIENCE) - before
        return busy / (time.monotonic() - start)

    def _cpu(self, _step, _):
        busy = self.wants(WATCHED)
        if busy > SPINS:
            busy = self.wants(WATCHED)  # it may have been busy with what came before
        if busy > SPINS:
            raise Failed(f'the server wants a processor {busy:.0%} of the time: it spins')

    def _count(self, step, what, look):
        wanted = int(step.words['count'])
        if not self._until(lambda: look(self.server.process.pid) == wanted):
            raise Failed(f'expected {wanted} {what}, there are {look(self.server.process.pid)}')

    def _zombies(self, step, _):
        self._count(step, 'zombies', procfs.zombies)

    def _processes(self, step, _):
        self._count(step, 'processes', procfs.processes)

    def _edge(self, step, _):
        wanted, port = int(step.words['count']), self.server.port
        look = lambda: procfs.interest(self.server.process.pid, port)
        if not self._until(lambda: len(look()) == wanted and all(look())):
            raise Failed(f'expected {wanted} connections that epoll watches edge-triggered; '
                         f'it watches {len(look())}, {sum(look())} of them edge-triggered')

    def _descriptors(self, step, _):
        wanted = self.server.at_start + int(step.words['more'] or 0)
        look = lambda: procfs.descriptors(self.server.process.pid)
        if not self._until(lambda: look() == wanted):
            raise Failed(f'expected {wanted} open descriptors in the server\'s first process '
                         f'({self.server.at_start} when it had started), there are {look()}')

    def _announce(self, step, _):
        self.server.process.stdin.write(step.words['text'].encode() + b'\n')
        self.server.process.stdin.flush()

    def _pause(self, step, _):
        time.sleep(min(int(step.words['count']), 2000) / 1000)

    # ---- a client ----

    def _connects(self, step, _):
        if step.client in self.clients:
            self.clients[step.client].socket.close()
        self.clients[step.client] = Client(self.server.port, step.words['slowly'], self.seconds)

    def _sends(self, step, client):
        client.send(step.words['text'].encode() + b'\n', self.end)

    def _types(self, step, client):
        client.send(typed(step.words['text']), self.end)

    def _uploads(self, step, client):
        client.send(pattern(step.size()), self.end)

    def _reply(self, step, client):
        while self._begins_with_event(client):
            client.line(self.end)
        self._expects(step, client)

    def _begins_with_event(self, client):
        while not client.buffer and client.receive(self.end):
            pass
        return client.buffer.startswith(b'*')

    def _expects(self, step, client):
        line, wanted = client.line(self.end), step.words['text'].encode()
        same = line.startswith(wanted[:-3]) if wanted.endswith(b'...') else line == wanted
        if not same:
            raise Failed(f'received: {shown(line)}')

    def _body(self, step, client):
        if step.words['file'] not in self.files:
            raise Failed(f'no line `file {step.words["file"]} SIZE` stands above')
        wanted = self.files[step.words['file']]
        got = client.take(len(wanted), self.end)
        if got != wanted:
            place = next(i for i, (a, b) in enumerate(zip(got, wanted)) if a != b)
            raise Failed(f'byte {place} of the body is wrong; there stands: '
                         f'{shown(got[place:place + 60])}')

    def _reads(self, step, client):
        client.take(step.size(), self.end)

    def _end(self, _step, client):
        while client.receive(self.end):
            del client.buffer[SHOWN + 1:]  # it may be gigabytes, and a part of them is shown
        if not client.ended:
            raise Failed('the connection stays open')
        if client.buffer:
            raise Failed(f'received before the end: {shown(client.buffer)}')

    def _nothing(self, _step, client):
        if client.buffer or client.receive(time.monotonic() + QUIET):
            raise Failed(f'received: {shown(client.buffer)}')

    def _half_closes(self, _step, client):
        client.socket.shutdown(socket.SHUT_WR)

    def _closes(self, _step, client):
        client.socket.close()

    def _resets(self, _step, client):
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        client.socket.close()

    def _killed(self, step, client):
        port = client.socket.getsockname()[1]
        pids = procfs.serving(self.server.process.pid, self.server.port, port)
        if not pids:
            raise Failed(f'no process below the server\'s first one serves {step.client}')
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
