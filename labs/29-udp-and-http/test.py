#!/usr/bin/env python3
"""python3 test.py ./udp: tries a server of exercise 29; each check starts a server of its own.

python3 test.py ./udp CHECK: only one. The status is 0 if all of them have passed.
"""
import contextlib
import ctypes
import http.client
import os
import random
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 3.0   # that an answer may take
SILENT = 50     # browsers
COOKIE = 20000  # bytes of a long request
PR_SET_DUMPABLE = 4
TYPES = {'udp': socket.SOCK_DGRAM, 'tcp': socket.SOCK_STREAM}


class Wrong(Exception):
    """What was expected, and what came."""


def free_port():
    """A port that neither UDP nor TCP uses now, and a socket that claims it while it is open.

    It is one below those that the kernel gives to clients; of two runs of this test only one can
    have the socket's name, which is no file and belongs to a network as ports do (unix(7)).
    """
    while True:
        port = random.randrange(10000, 30000)
        claim = socket.socket(socket.AF_UNIX)
        with socket.socket(type=socket.SOCK_STREAM) as tcp, \
                socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                claim.bind(f'\0six-ways-port-{port}')
                tcp.bind(('127.0.0.1', port))
                udp.bind(('127.0.0.1', port))
                return port, claim
            except OSError:
                claim.close()


class Server:
    """The server under test; it has started when it takes connections."""

    def __init__(self, program):
        port, self.claim = free_port()
        self.at, self.bytes = ('127.0.0.1', port), random.randrange(3000, 60000)
        self.process = subprocess.Popen([program, str(self.at[1]), str(self.bytes)],
                                        stdin=subprocess.DEVNULL)
        end = time.monotonic() + SECONDS
        while True:
            try:
                socket.create_connection(self.at, 1).close()
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.end()
                    raise Wrong(f'no TCP connection to the server: {error}; '
                                f'its status: {self.process.returncode}') from error
                time.sleep(0.01)

    def end(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()
        self.claim.close()

    def client(self):
        """A UDP client."""
        one = socket.socket(type=socket.SOCK_DGRAM)
        one.settimeout(SECONDS)
        one.connect(self.at)
        return one

    def browser(self):
        """A TCP connection."""
        return socket.create_connection(self.at, SECONDS)

    def tasks(self):
        """Its threads, and processes that it has started."""
        found, folder = 0, f'/proc/{self.process.pid}/task'
        for task in os.listdir(folder):
            with contextlib.suppress(OSError):  # a thread that has just ended
                text = Path(folder, task, 'children').read_text(encoding='ascii')
                found += 1 + len(text.split())
        return found

    def page(self, headers=None):
        """What a browser gets: the response, and the body's lines."""
        connection = http.client.HTTPConnection(*self.at, timeout=SECONDS)
        try:
            connection.request('GET', '/', headers=headers or {})
            response = connection.getresponse()
            return response, response.read().decode('utf-8', 'replace').splitlines()
        except (OSError, http.client.HTTPException) as error:
            raise Wrong(f'GET / is not answered as HTTP wants it: {error!r}') from error
        finally:
            connection.close()


def answer(client, what):
    """The next datagram that a client gets, without a LF at its end."""
    try:
        return client.recv(4096).removesuffix(b'\n')
    except OSError as error:
        raise Wrong(f'{what}: no answer ({error})') from error


def ask(client, text, wanted):
    """Sends a datagram, and expects an answer that begins so."""
    client.send(text)
    got = answer(client, f'{len(text)} bytes, {text[:20]!r}')
    if not got.startswith(wanted):
        raise Wrong(f'{len(text)} bytes, {text[:20]!r}: expected {wanted!r}, received {got!r}')


def pings(server, _):
    """Several clients ping at once; each gets its own answer."""
    clients = [server.client() for _ in range(5)]
    for number, client in enumerate(clients):
        client.send(b'N' if number % 2 == 0 else b'what')
    for number, client in enumerate(clients):
        wanted = b'OK 0' if number % 2 == 0 else b'ERR bad-request'
        got = answer(client, f'client {number}')
        if not got.startswith(wanted):
            raise Wrong(f'client {number}: expected {wanted!r}, received {got!r}')


def datagrams(server, _):
    """A datagram is one request, also an empty one; one that is too long is not cut to a ping."""
    client = server.client()
    client.send(b'N')
    client.send(b'N')
    for number in (1, 2):
        if answer(client, f'ping {number} of 2') != b'OK 0':
            raise Wrong('two pings, one after the other, are not answered by OK 0 twice')
    ask(client, b'', b'ERR bad-request')
    ask(client, b'NN', b'ERR bad-request')
    ask(client, b'N' * 1024, b'ERR bad-request')
    ask(client, b'N' * 1025, b'ERR too-long')
    ask(client, b'N' + b'\0' * 8000, b'ERR too-long')
    ask(client, b'N', b'OK 0')


def page(server, _):
    """A browser gets a page of text, with the number of pings that were answered; also for a long
    request."""
    client, count = server.client(), random.randrange(2, 20)
    for _ in range(count):
        ask(client, b'N', b'OK 0')
    ask(client, b'X', b'ERR bad-request')
    response, lines = server.page()
    if response.status != 200 or not response.getheader('Content-Type', '').startswith('text/'):
        raise Wrong(f'status {response.status}, Content-Type {response.getheader("Content-Type")}')
    if [line for line in lines if line.startswith('pings')] != [f'pings {count}']:
        raise Wrong(f'expected one line `pings {count}`, received {lines[:10]}')
    server.page({'Cookie': 'c' * COOKIE})


def options(server, names):
    """The page shows what getsockopt returns: compared with sockets of our own."""
    lines = server.page()[1]
    for name in names or ['udp SO_RCVBUF', 'tcp SO_TYPE']:
        kind, _, option = name.partition(' ')
        with socket.socket(type=TYPES[kind]) as mine:
            if kind == 'udp':
                mine.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, server.bytes)
            else:
                mine.listen()
            value = mine.getsockopt(socket.SOL_SOCKET, getattr(socket, option))
        found = [line for line in lines if line.startswith(name)]
        if found != [f'{name} {value}']:
            raise Wrong(f'{name}: the page has {found}; a socket like yours has another value '
                        f'(the server was given {server.bytes})')


def silent(server, _):
    """Browsers that connect and are silent keep nobody waiting, and are no processes or threads."""
    quiet = [server.browser() for _ in range(SILENT)]
    ask(server.client(), b'N', b'OK 0')
    if server.page()[0].status != 200:
        raise Wrong('no page')
    tasks = server.tasks()
    if tasks != 1:
        raise Wrong(f'the server is {tasks} processes and threads, and not one')
    quiet[0].close()
    ask(server.client(), b'N', b'OK 0')


def gone(server, _):
    """Clients that leave before the answer do no harm."""
    for number in range(10):
        browser = server.browser()
        browser.send(b'GET / HTTP/1.0\r\n\r\n')
        if number % 2 == 0:  # a reset at once; else one as the answer to the first part of the page
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        browser.close()
        client = server.client()
        client.send(b'N')
        client.close()
    ask(server.client(), b'N', b'OK 0')
    if server.page()[0].status != 200 or server.process.poll() is not None:
        raise Wrong('no page afterwards')


CHECKS = [pings, datagrams, page, options, silent, gone]


def run(check, program, names):
    """True if it has passed; prints why not."""
    server = None
    try:
        server = Server(program)
        check(server, names)
        return True
    except (Wrong, OSError) as wrong:
        print(f'{check.__name__}: {check.__doc__}\n  {wrong}', flush=True)
        return False
    finally:
        if server:
            server.end()


def main():
    """A server can neither look into this process nor change it."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    program, wanted, names = sys.argv[1], sys.argv[2:3], sys.argv[3:]
    chosen = [check for check in CHECKS if not wanted or check.__name__ in wanted]
    passed = [run(check, program, names) for check in chosen]
    print(f'{sum(passed)} of {len(passed)} passed')
    return 0 if passed and all(passed) else 1


if __name__ == '__main__':
    sys.exit(main())
