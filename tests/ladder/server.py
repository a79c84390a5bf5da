#!/usr/bin/env python3
"""A server with N and L, and one mistake, or none: server.py MISTAKE PORT [FOLDER]"""
import errno
import os
import signal
import socket
import sys
import threading

KEPT = []
MOST = 1024


def listing(folder):
    """The body of L."""
    names = sorted(os.listdir(os.fsencode(folder)))
    sizes = [os.path.getsize(os.path.join(os.fsencode(folder), name)) for name in names]
    return b''.join(b'%d %s\n' % pair for pair in zip(sizes, names))


def reply(line, folder):
    """N and L; everything else is refused."""
    if line == b'N':
        return b'OK 0\n'
    if line == b'L':
        body = listing(folder)
        return b'OK %d\n%s' % (len(body), body)
    return b'ERR bad-request N and L only\n'


def lines(conn, mistake):
    """The lines of a client, as they come; None: one is too long. Nothing is searched twice, so a
    buffer that only grows does so as fast as it is filled, on a slow machine, too."""
    data = bytearray()
    while part := conn.recv(65536):
        data += part
        if mistake == 'buffers' and b'\n' not in part:
            continue
        while b'\n' in data[:MOST] or (b'\n' in data and mistake == 'buffers'):
            line, _, data = data.partition(b'\n')
            yield bytes(line.removesuffix(b'\r'))
        if len(data) >= MOST and mistake != 'buffers':
            yield None


def converse(conn, mistake, folder):
    """One client, to its end."""
    conn.sendall(b'HELLO 1 %s\n' % {'fork': b'fork', 'never-reaps': b'fork',
                                    'one-at-a-time': b'select'}.get(mistake, b'loop'))
    if mistake == 'reads-to-the-end':
        everything = conn.makefile('rb').read()
        conn.sendall(b''.join(reply(line, folder) for line in everything.splitlines()))
        return
    for line in lines(conn, mistake):
        if mistake == 'dies-of-a-request' and line != b'N':
            print({}['no such request'])
        if line is None:
            conn.sendall(b'ERR too-long a line\n')
            return
        conn.sendall(b'OK 0\n' if mistake == 'always-ok' else reply(line, folder))


def serve(conn, mistake, folder):
    """One client; it may break off."""
    try:
        if mistake == 'echo':
            while data := conn.recv(4096):
                conn.sendall(data)
        elif mistake == 'silent':
            while conn.recv(4096):
                pass
        elif mistake != 'closes':
            converse(conn, mistake, folder)
    except OSError as error:
        if mistake == 'dies-of-a-reset' or error.errno not in (errno.EPIPE, errno.ECONNRESET):
            raise
    if mistake == 'leaks':
        KEPT.append(os.dup(conn.fileno()))
        conn.shutdown(socket.SHUT_RDWR)
    conn.close()


def spin():
    """For ever at 100 % of a processor."""
    while True:
        pass


def main():
    """Accepts one client after the other, or forks."""
    mistake, port, folder = sys.argv[1], int(sys.argv[2]), (sys.argv[3:] or ['.'])[0]
    if mistake == 'never-listens':
        signal.pause()
    if mistake == 'crashes':
        raise RuntimeError('no server')
    if mistake == 'daemon' and os.fork() > 0:
        signal.pause()
    if mistake == 'daemon':
        os.setsid()
    if mistake == 'spins':
        threading.Thread(target=spin, daemon=True).start()
    if mistake == 'fork':
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.create_server(('127.0.0.1', port))
    while True:
        conn = listener.accept()[0]
        if mistake not in ('fork', 'never-reaps'):
            serve(conn, mistake, folder)
        elif os.fork() == 0:
            listener.close()
            serve(conn, mistake, folder)
            os._exit(0)
        conn.close()


if __name__ == '__main__':
    main()
