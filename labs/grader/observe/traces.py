"""Exercise 18: what calls of three servers do, in traces that are made for each student."""
import functools
import hashlib
import re
import socket
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..base import submission
from ..base.errors import LabError
from ..base.verdict import NOT_JUDGED, Line, Verdict, nothing
from ..conversations import talk
from ..conversations.server import Failed, Server
from ..servers import build
from . import answers, live
from .draw import Draw

SINGLE = ('01_loop', '02_fork', '03_thread')
MULTI = ('04_select', '05_poll', '06_epoll')
PAUSES = (0.3, 0.3, 0.6, 1.2)  # seconds between two steps of the clients: longer with each try
SLEPT, AT_ONCE = 1 / 2, 1 / 6  # of a pause: a call took longer, or less; in between it is not clear
WAITS = ('select', 'pselect6', 'poll', 'ppoll', 'epoll_wait', 'epoll_pwait')
ACCEPTS = ('accept', 'accept4')
RECEIVES = ('recvfrom', 'recvmsg', 'read')
MOVES = (*ACCEPTS, *RECEIVES, 'sendto', 'sendmsg')
SAME = {'pselect6': 'select', 'ppoll': 'poll', 'epoll_pwait': 'epoll_wait'}  # other names
LINE = re.compile(r'(\d+\.\d+) (\w+)\((.*) = (-?\d+)( E\w+)?.*<(\d+\.\d+)>')
BLOCKS, MULTIPLEXES, REFUSED, READY = 'blocks', 'multiplexes', 'would block', 'ready'
# how many lines of each kind get a letter in the three traces
LETTERS = ({BLOCKS: 2, READY: 2}, {MULTIPLEXES: 2, READY: 2},
           {MULTIPLEXES: 1, REFUSED: 2, READY: 1})
COMES, LEAVES = 'comes', 'leaves'
NAMES = ('trace 1', 'trace 2', 'trace 3')
POINTS = (1, 1, 2)


class Minimal(Server):
    """A server of one page knows no option but the port."""

    def arguments(self):
        return ['-p', str(self.port)]


class Call:
    """A line of a trace."""

    def __init__(self, match, begin, pause):
        self.at, self.pause = float(match.group(1)) - begin, pause
        self.name, self.result = match.group(2), int(match.group(4))
        self.error, self.seconds = (match.group(5) or '').strip(), float(match.group(6))
        self.text = match.group(0).partition(' ')[2]
        self.fd = int(match.group(3).partition(',')[0]) if self.name in MOVES else -1
        self.clients, self.letter = 0, ''

    @property
    def clear(self):
        """Is it certain whether it slept?"""
        return not AT_ONCE < self.seconds / self.pause < SLEPT

    @property
    def kind(self):
        """What it did; nothing: no word of the exercise fits."""
        slept = self.seconds >= SLEPT * self.pause
        if self.name in WAITS:  # without a client it may have the listener only: one descriptor
            return MULTIPLEXES if slept and self.clients > 0 else ''
        if self.error:
            return REFUSED if self.error == 'EAGAIN' and not slept else ''
        if self.result == 0:  # the end of input: is that something?
            return ''
        return BLOCKS if slept else READY


def _programs(one, student):
    """[(server, its class)]: one that blocks, one that multiplexes, one that never blocks."""
    draw = Draw(one, student)
    single = SINGLE[(student + one.number) % len(SINGLE)]
    multi, whole = draw.order('multi', MULTI)[:2]
    return [(build.minimal(single), Minimal), (build.minimal(multi), Minimal),
            (build.reference(whole), Server)]


def _steps(one, student):
    """The order in which two clients send pings; then a leaves, then b; then both come once more.

    A server asks for a second connection only if there was one in the turn before, so two that
    come one after the other make one call that would block."""
    draw = Draw(one, student)
    pings = [draw.choice(f'ping {n}', 'ab') for n in range(draw.number('pings', 2, 4))]
    come, leave = [('a', COMES), ('b', COMES)], [('a', LEAVES), ('b', LEAVES)]
    return [*come, *((name, b'N\n') for name in [*pings, 'b', 'a']), *leave, *come]


def _step(server, clients, name, text):
    """One step of a client, and all that the server does because of it."""
    end = time.monotonic() + live.STEP_SECONDS
    if text is COMES:
        clients[name] = talk.Client(server.port, False, live.STEP_SECONDS)
    elif text is LEAVES:  # without `Q`: then a server waits for the end, but not for long
        clients[name].socket.shutdown(socket.SHUT_WR)
        while clients[name].receive(end):
            pass
        clients.pop(name).socket.close()
    else:
        clients[name].send(text, end)
    live.at_rest(server.process.pid)


def _run(program, kind, steps, pause):
    """The calls of each process or thread of a server while clients take these steps. The pause
    begins when the server has done everything that a step asks for, however long that takes."""
    server, clients = kind(program), {}
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        server.before = ['strace', '-ff', '-qq', '-ttt', '-T', '-e',
                         'trace=' + ','.join((*WAITS, *MOVES)), '-e', 'signal=none',
                         '-o', f'{folder}/trace']
        try:
            server.start([], live.STEP_SECONDS)
            live.at_rest(server.process.pid)
            begin = time.time()
            for name, text in steps:
                time.sleep(pause)
                _step(server, clients, name, text)
        finally:
            server.end()
            for client in clients.values():
                client.socket.close()
        tasks = [calls_of(path.read_text(encoding='utf-8', errors='replace'), begin, pause)
                 for path in Path(folder).iterdir()]
    return sorted((task for task in tasks if task), key=lambda task: task[0].at)


def calls_of(text, begin, pause):
    """Of one process, from the first client on."""
    calls = [Call(match, begin, pause) for match in map(LINE.fullmatch, text.splitlines()) if match]
    _count_clients(calls)
    return [call for call in calls if call.at + call.seconds > 0 and call.name != 'read']


def _count_clients(calls):
    """How many clients one process has when it makes each of its calls."""
    clients = set()
    for call in calls:
        call.clients = len(clients)
        if call.name in ACCEPTS and call.result >= 0:
            clients.add(call.result)
        elif call.name in RECEIVES and call.result == 0:
            clients.discard(call.fd)  # the end of its input


def _give_letters(draw, number, tasks, first):
    """Chooses lines of each kind; their letters follow each other in the order of the page."""
    calls = [call for task in tasks for call in task]
    chosen = []
    for kind, count in LETTERS[number].items():
        found = [index for index, call in enumerate(calls) if call.kind == kind]
        if len(found) < count:
            raise answers.NotMeasured(
                f'a trace has {len(found)} calls of the kind `{kind}`; {count} are wanted')
        chosen += draw.order(f'letters {number} {kind}', found)[:count]
    for offset, index in enumerate(sorted(chosen)):
        calls[index].letter = chr(ord(first) + offset)


def fingerprint(servers):
    """The same for traces whose letters stand at the same calls, on whatever machine."""
    facts = [(SAME.get(call.name, call.name), call.error, call.kind, call.letter)
             for tasks in servers for task in tasks for call in task if call.letter]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]


def marked(student, of_traces):
    """A fingerprint with two digits by which a change of it is seen, and another student's."""
    digest = hashlib.sha256(f'{student} {of_traces}'.encode()).hexdigest()
    return of_traces + digest[:2]


def wanted_by(one, student, given):
    """The fingerprint of the traces that a student has been given. LabError: the line does not
    stand there as it was handed out, so no traces would be those."""
    found = given.get('traces', '')[:8]
    if given.get('traces') != marked(student, found):
        raise LabError(f'the line `traces:` of {one.file} is not as student {student} was given '
                       f'it. Remove the file, and `make lab N={one.number}` makes new traces')
    return found


class Traces:
    """The three traces of a student, with letters, and the right words for them."""

    def __init__(self, one, student, pause):
        with ThreadPoolExecutor(3) as pool:
            runs = [pool.submit(_run, *program, _steps(one, student), pause)
                    for program in _programs(one, student)]
            self.servers = [run.result() for run in runs]
        self.student, draw, first = student, Draw(one, student), 'a'
        order = draw.order('order', range(3))
        self.servers = [self.servers[kind] for kind in order]
        for place, tasks in enumerate(self.servers):
            _give_letters(draw, order[place], tasks, first)
            first = chr(ord(first) + sum(LETTERS[order[place]].values()))
        self.order = order

    def _all(self):
        return [call for tasks in self.servers for task in tasks for call in task]

    @property
    def clear(self):
        """Is every line with a letter certain?"""
        return all(call.clear for call in self._all() if call.letter)

    @property
    def right(self):
        """{letter: word}"""
        return {call.letter: call.kind for call in self._all() if call.letter}

    @property
    def fingerprint(self):
        """See fingerprint."""
        return fingerprint(self.servers)

    @property
    def mark(self):
        """What the student's file says behind `traces:`."""
        return marked(self.student, self.fingerprint)

    def groups(self):
        """The questions of each trace."""
        return [answers.Group(NAMES[place], POINTS[kind],
                              *(call.letter for task in self.servers[place] for call in task
                                if call.letter))
                for place, kind in enumerate(self.order)]

    def text(self, place):
        """A trace as it is handed out."""
        parts = []
        for number, task in enumerate(self.servers[place], 1):
            if len(self.servers[place]) > 1:
                parts.append(f'task {number} of this server\n\n')
            parts += [f'{call.letter or " "}  {max(call.at, 0):6.2f}  {call.text}\n'
                      for call in task]
            parts.append('\n')
        return ''.join(parts)


def _make(one, student, wanted=None):
    """Traces in which every line with a letter is certain; wanted: with this fingerprint."""
    if live.no_strace():
        raise answers.NotMeasured(live.no_strace())
    why, others = None, set()
    for pause in PAUSES:
        try:
            made = Traces(one, student, pause)
        except (answers.NotMeasured, Failed) as error:
            why = error
            continue
        if made.clear and wanted in (None, made.fingerprint):
            return made
        if made.clear and made.fingerprint in others:
            break  # twice the same: they will not be those that are wanted
        others |= {made.fingerprint} if made.clear else set()
    if why and not others:
        raise answers.NotMeasured(str(why))
    raise answers.NotMeasured(
        'the traces that this machine makes now are others than yours: check again, or remove '
        f'{one.file} and let `make lab N={one.number}` make new ones')


@functools.lru_cache
def _for_handing_out(one, student):
    return _make(one, student)


def starter(one, student):
    """A letter on each line, and by what the traces are known again."""
    made = _for_handing_out(one, student)
    return f'traces: {made.mark}\n' + answers.starter(made.groups())


def task(_one, student):
    """The page refers to the traces beside it."""
    return (f'# The traces of student {student}\n\nThey are trace-1.txt, trace-2.txt and '
            'trace-3.txt, beside this page.\n')


def files(one, student):
    """The three traces."""
    made = _for_handing_out(one, student)
    return {f'trace-{place + 1}.txt': made.text(place).encode() for place in range(3)}


def check(one, folder, student):
    """The verdict on an answers.txt: the traces are made again."""
    letters = [chr(ord('a') + n) for n in range(sum(sum(kinds.values()) for kinds in LETTERS))]
    try:
        given = answers.parse(submission.text(folder, one.file), {'traces', *letters})
        made = _make(one, student, wanted_by(one, student, given))
    except (answers.NotMeasured, Failed) as why:
        return Verdict(one, [Line(one.file, NOT_JUDGED, one.full_points, str(why))])
    except LabError as error:
        return nothing(one, error)
    return answers.check(one, folder, made.groups(), lambda: made.right, also=['traces'])


def solve(one, student):
    """What each letter is."""
    made = _make(one, student)
    return f'traces: {made.mark}\n' + answers.filled(made.groups(), made.right)
