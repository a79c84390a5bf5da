"""Exercise 10: processes of 02_fork that sleep, run, are stopped, and have ended."""
import os
import signal
import time

from ..conversations import procfs, talk
from ..conversations.server import Server
from ..servers import build
from . import answers, live
from .draw import Draw

ASLEEP = ('processes', 'state of the parent', 'state of a child',
          'state of a child that computes')
STOPPED = ('state of the stopped child', 'Recv-Q of its connection', 'its client is answered')
KILLED = ('children in state Z', 'a zombie has memory', 'the client of a zombie receives')
BIG = 64 << 30   # bytes of a file, none of them stored: its checksum takes a minute at least
LOOKS = 21       # at the child that computes; it may sleep for a moment
PARENT = ('the new clients are connected', 'the new clients are greeted', 'listener Recv-Q',
          'children in state Z at the end')
GROUPS = [answers.Group('a: asleep and running', 1, *ASLEEP),
          answers.Group('b: a stopped child', 1, *STOPPED),
          answers.Group('c: killed children of a stopped parent', 1, *KILLED),
          answers.Group('d: the stopped parent, and its return', 1, *PARENT)]
QUIET = 0.4     # seconds after which a client counts as not answered


class Numbers:
    """How many clients there are, which one's process is stopped, how many are killed, and come."""

    def __init__(self, one, student):
        draw = Draw(one, student)
        self.clients = draw.number('clients', 5, 9)
        self.stopped = draw.number('stopped', 1, self.clients)
        others = [n for n in range(1, self.clients + 1) if n != self.stopped]
        self.killed = draw.order('killed', others)[:draw.number('how many', 2, self.clients - 2)]
        self.pings = draw.number('pings', 2, 20)
        self.new = draw.number('new', 2, 6)


def starter(_one, _student):
    """The questions."""
    return answers.starter(GROUPS)


def task(one, student):
    """The scene with this student's numbers."""
    my = Numbers(one, student)
    killed = ', '.join(map(str, sorted(my.killed)))
    return f'''# The scene of student {student}

In the folder of the project, after `make`, all of it in one terminal of your own. Folder and port
are new, so others can play it on the same machine at the same time.

Start the server, and {my.clients} clients that stay. Each reads from a FIFO, by which you can send
a request later:

    mine=$(mktemp -d)
    mkdir $mine/library
    truncate -s 64G $mine/library/big
    02_fork/fork-server -p 0 -d $mine/library --idle-timeout 3600 >$mine/startup &
    server=$!
    sleep 1
    port=$(sed 's/.*:\\([0-9]*\\),.*/\\1/' $mine/startup)
    for i in $(seq {my.clients}); do
        mkfifo $mine/to-$i
        (sleep 3600 >$mine/to-$i & nc 127.0.0.1 $port <$mine/to-$i >$mine/from-$i) &
        sleep 1
    done
    ps -o pid,ppid,stat,cmd --forest -p $server --ppid $server

The children have been started in the order of the clients. Count the processes now. Then one more
client comes, and asks for the checksum of a large file:

    (echo H big; sleep 3600) | nc 127.0.0.1 $port &

Questions a; the number of processes is that before this client. Then end the child of this client,
the one that computes, by `kill -KILL PID`.

The child of client {my.stopped} is stopped by `kill -STOP PID`. Then its client sends
{my.pings} requests `N`:

    yes N | head -{my.pings} >$mine/to-{my.stopped}

Look at its process, its connection (`ss -tnp sport = :$port`) and at what the client has received
(`cat $mine/from-{my.stopped}`). Questions b.

The parent is stopped by `kill -STOP PID`. Then the children of clients {killed} are ended by
`kill -KILL PID`. Questions c.

Now {my.new} new clients come:

    for i in $(seq {my.new}); do sleep 3600 | nc 127.0.0.1 $port & done

Look at what they receive, at their connections and at the listener (`ss -tan sport = :$port`). Then
the parent goes on by `kill -CONT PID`. Look at the processes. Questions d.

At the end, or before you play it again; each job is a group of processes, and -PID is the group:

    kill -- $(jobs -p | sed 's/^/-/')
    rm -r $mine
'''


def _children_in(state, children):
    return [child for child in children.values() if live.state(child) == state]


def _connect(server, my, clients, children):
    for number in range(1, my.clients + 1):
        client = clients[number] = talk.Client(server.port, False, live.STEP_SECONDS)
        client.line(time.monotonic() + live.STEP_SECONDS)
        port = client.socket.getsockname()[1]
        children[number] = procfs.serving(server.process.pid, server.port, port)[0]


def _asleep(server, children, seen):
    pid = server.process.pid
    everybody = lambda: [live.state(one) for one in (pid, *children.values())]
    states = live.settled(everybody)
    seen[ASLEEP[0]] = procfs.processes(pid)
    seen[ASLEEP[1]], seen[ASLEEP[2]] = states[0], states[1]


def _computing(server, seen):
    """One more client asks for a checksum; its child is ended afterwards."""
    client = talk.Client(server.port, False, live.STEP_SECONDS)
    try:
        client.line(time.monotonic() + live.STEP_SECONDS)
        port = client.socket.getsockname()[1]
        child = procfs.serving(server.process.pid, server.port, port)[0]
        client.send(b'H big\n', time.monotonic() + live.STEP_SECONDS)
        live.until(lambda: live.server_end(server.port, port).receive_queue == 0, 'a request')
        states = []
        for _ in range(LOOKS):
            time.sleep(0.01)
            states.append(live.state(child))
        seen[ASLEEP[3]] = max(set(states), key=states.count)
        os.kill(child, signal.SIGKILL)
    finally:
        client.socket.close()


def _stop_child(server, my, clients, children, seen):
    child, client = children[my.stopped], clients[my.stopped]
    os.kill(child, signal.SIGSTOP)
    live.until(lambda: live.state(child) not in 'RS', 'a process is stopped')
    client.send(b'N\n' * my.pings, time.monotonic() + live.STEP_SECONDS)
    port = client.socket.getsockname()[1]
    seen[STOPPED[1]] = live.settled(
        lambda: live.server_end(server.port, port).receive_queue)
    seen[STOPPED[0]] = live.state(child)
    seen[STOPPED[2]] = 'yes' if client.receive(time.monotonic() + QUIET) else 'no'


def _kill_children(server, my, clients, children, seen):
    os.kill(server.process.pid, signal.SIGSTOP)
    live.until(lambda: live.state(server.process.pid) == 'T', 'a process is stopped')
    for number in my.killed:
        os.kill(children[number], signal.SIGKILL)
    live.until(lambda: all(live.state(children[n]) in 'Z' for n in my.killed), 'processes end')
    zombies = _children_in('Z', children)
    seen[KILLED[0]] = len(zombies)
    seen[KILLED[1]] = 'yes' if zombies and live.has_memory(zombies[0]) else 'no'
    client = clients[my.killed[0]]
    more = client.receive(time.monotonic() + QUIET)
    seen[KILLED[2]] = 'data' if more else 'the end' if client.ended else 'nothing'


def _parent(server, my, clients, children, seen):
    new = [talk.Client(server.port, False, live.STEP_SECONDS) for _ in range(my.new)]
    clients.update((f'new {number}', client) for number, client in enumerate(new))
    time.sleep(QUIET)
    ends = [live.server_end(server.port, one.socket.getsockname()[1]).state for one in new]
    seen[PARENT[0]] = 'yes' if set(ends) == {'ESTAB'} else 'no'
    seen[PARENT[1]] = 'yes' if any(one.receive(time.monotonic() + 0.01) for one in new) else 'no'
    seen[PARENT[2]] = live.settled(lambda: live.listener(server.port).receive_queue)
    os.kill(server.process.pid, signal.SIGCONT)
    for client in new:
        client.line(time.monotonic() + live.STEP_SECONDS)
    seen[PARENT[3]] = live.settled(lambda: len(_children_in('Z', children)))


def measure(one, student):
    """Plays the scene with the server of the project."""
    my, seen, clients, children = Numbers(one, student), {}, {}, {}
    server = Server(build.reference('02_fork'))
    try:
        with open(server.library / 'big', 'wb') as big:
            big.truncate(BIG)
        server.start([], live.STEP_SECONDS)
        _connect(server, my, clients, children)
        _asleep(server, children, seen)
        _computing(server, seen)
        _stop_child(server, my, clients, children, seen)
        _kill_children(server, my, clients, children, seen)
        _parent(server, my, clients, children, seen)
    finally:
        for client in clients.values():
            client.socket.close()
        server.end()
    return seen


def check(one, folder, student):
    """The verdict on an answers.txt."""
    return answers.check(one, folder, GROUPS, lambda: measure(one, student))


def solve(one, student):
    """The answers, from a run."""
    return answers.filled(GROUPS, measure(one, student))
