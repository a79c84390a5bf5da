"""Exercise 2: clients wait in the kernel's queue while 01_loop serves another."""
import re
import tempfile
import time
from pathlib import Path

from ..conversations import talk
from ..conversations.server import Server
from ..servers import build
from . import answers, live
from .draw import Draw

GREETING = len('HELLO 1 loop\n')
PONG = len('OK 0\n')
WATCHED = 0.5   # seconds of the trace

QUEUE = ('clients with a greeting', 'listener Recv-Q')
WAITING = ('owner of the waiting connection', 'Recv-Q of the waiting connection')
LEFT = ('state after the client has left', 'Recv-Q after the client has left',
        'listener Recv-Q after the client has left')
NEXT = ('listener Recv-Q at the end', 'Recv-Q of client 2 at the end',
        'bytes that client 2 has received')
CALL = ('system call in which the server waits',)
GROUPS = [answers.Group('a: the queue of the listener, and the call', 1, *QUEUE, *CALL),
          answers.Group('b: a client that waits', 1, *WAITING),
          answers.Group('c: a client that leaves before its turn', 1, *LEFT),
          answers.Group('d: the first client leaves', 1, *NEXT)]


class Numbers:
    """How many clients wait, how many requests each has sent, which leaves, which is looked at."""

    def __init__(self, one, student):
        draw = Draw(one, student)
        self.last = draw.number('clients', 5, 8)     # clients 2 to this one wait
        self.pings = {client: draw.number(f'pings {client}', 2, 30)
                      for client in range(2, self.last + 1)}
        self.seen, self.leaves = draw.order('which', range(3, self.last + 1))[:2]


def starter(_one, _student):
    """The questions."""
    return answers.starter(GROUPS)


def task(one, student):
    """The commands with this student's numbers."""
    my = Numbers(one, student)
    lines = [f'# The scene of student {student}', '',
             'All in one terminal, by bash, in the top folder of the project, with the servers',
             'built (`make`). If others work on the machine too, take another port than 9001.',
             'Client 1 is silent:', '',
             '    mine=$(mktemp -d)',
             '    01_loop/loop-server -p 9001 --idle-timeout 3600 &', '    sleep 1',
             '    sleep 600 | nc 127.0.0.1 9001 &', '    sleep 1', '',
             f'Then clients 2 to {my.last}, one by one. Each sends some requests `N`, of two',
             'bytes, and stays:', '']
    for client, count in my.pings.items():
        lines += [f'    (yes N | head -{count}; sleep 600) | '
                  f'nc 127.0.0.1 9001 >$mine/client-{client} &', '    sleep 1']
    lines += ['', 'Look: `ss -tlnp` and `ss -tnp`, both with `sport = :9001`. Questions a and b.',
              f'*The waiting connection* of b is that of client {my.seen}.', '',
              'The server is job 1 of the shell, client 1 is job 2, client 2 is job 3, and so on.',
              '`jobs` shows them.', '',
              f'Client {my.leaves} leaves: `kill %{my.leaves + 1}` ends it. Look again.',
              'Questions c are about its connection, and the listener.', '',
              'Client 1 leaves in the same way. Look again: questions d.',
              'What client 2 has received is in `$mine/client-2`.', '',
              'At the end: `kill $(jobs -p); rm -r $mine`.', '']
    return '\n'.join(lines)


def _ask(client, text):
    client.send(text, time.monotonic() + live.STEP_SECONDS)


def _scene(server, my, seen):
    """Plays it, and writes down what is seen."""
    clients, port = {}, server.port
    try:
        clients[1] = talk.Client(port, False, live.STEP_SECONDS)
        clients[1].line(time.monotonic() + live.STEP_SECONDS)
        for number, count in my.pings.items():
            clients[number] = talk.Client(port, False, live.STEP_SECONDS)
            _ask(clients[number], b'N\n' * count)
        ports = {number: one.socket.getsockname()[1] for number, one in clients.items()}
        end = lambda number: live.server_end(port, ports[number])
        queue = lambda: live.listener(port).receive_queue
        live.settled(lambda: (queue(), end(my.last).receive_queue))
        time.sleep(WATCHED)
        seen[QUEUE[0]] = 1 + sum(one.receive(time.monotonic() + 0.01)
                                 for number, one in clients.items() if number > 1)
        seen[QUEUE[1]] = queue()
        seen[WAITING[0]] = 'none' if end(my.seen).inode == '0' else 'server'
        seen[WAITING[1]] = end(my.seen).receive_queue
        clients[my.leaves].socket.close()
        live.until(lambda: end(my.leaves).state != 'ESTAB', 'a client leaves')
        seen[LEFT[0]], seen[LEFT[1]] = end(my.leaves).state, end(my.leaves).receive_queue
        seen[LEFT[2]] = live.settled(queue)
        clients[1].socket.close()
        second = clients[2]
        second.take(GREETING + PONG * my.pings[2], time.monotonic() + live.STEP_SECONDS)
        seen[NEXT[0]], seen[NEXT[1]] = live.settled(lambda: (queue(), end(2).receive_queue))
        second.receive(time.monotonic() + 0.1)
        seen[NEXT[2]] = GREETING + PONG * my.pings[2] + len(second.buffer)
    finally:
        for client in clients.values():
            client.socket.close()


def longest_call(trace):
    """The call in which most of the time went by: its name, and the name of the C library's."""
    times = {}
    for name, seconds in re.findall(r'^(?:\d+ +)?(\w+)\(.*<(\d+\.\d+)>$', trace, re.M):
        times[name] = times.get(name, 0.0) + float(seconds)
    longest = max(times, key=times.get)
    return longest, {'recvfrom': 'recv', 'accept4': 'accept'}.get(longest, longest)


def measure(one, student):
    """Plays the scene with the server of the project."""
    seen, my = {}, Numbers(one, student)
    server = Server(build.reference('01_loop'))
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        trace = Path(folder) / 'trace'
        if not live.no_strace():
            server.before = ['strace', '-qq', '-T', '-o', str(trace)]
        try:
            server.start([], live.STEP_SECONDS)
            _scene(server, my, seen)
        finally:
            server.end()
        if live.no_strace():
            seen[CALL[0]], seen['why'] = None, live.no_strace()
        else:
            greetings = trace.read_text(encoding='utf-8').split('HELLO 1')
            seen[CALL[0]] = longest_call(greetings[1]) if len(greetings) > 2 else None
            seen['why'] = 'strace has shown too little'
    return seen


def check(one, folder, student):
    """The verdict on an answers.txt."""
    return answers.check(one, folder, GROUPS, lambda: measure(one, student))


def solve(one, student):
    """The answers, from a run."""
    seen = measure(one, student)
    return answers.filled(GROUPS, {key: value[0] if isinstance(value, tuple) else value
                                   for key, value in seen.items()})
