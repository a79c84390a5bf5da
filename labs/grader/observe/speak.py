"""Exercise 1: a transcript of a conversation, replayed byte for byte."""
import re
import time

from ..base import submission
from ..base.errors import LabError
from ..base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict, nothing
from ..conversations import talk
from ..conversations.server import Failed, Server
from ..servers import build
from . import live
from .draw import Draw

MODELS = ('03_thread', '04_select', '05_poll', '06_epoll')
RUNS = 3
MOST_LINES = 400
TOTAL = 10.0    # seconds that one replay may take
HEARD = 0.1     # seconds in which nothing comes any more
LINE = re.compile(r'([a-z])([<>]) ?(.*)')
WORDS = ('river', 'stone', 'cloud', 'lamp', 'bridge', 'garden', 'window', 'paper', 'orange',
         'north', 'silver', 'train', 'winter', 'copper', 'island', 'music')
NICKS = ('Ada', 'Grace', 'Edsger', 'Barbara', 'Dennis', 'Radia', 'Ken', 'Margaret')

STARTER = '''\
# `a> TEXT`: client a sends a line. `a< TEXT`: client a receives a line. `b` is a second client.
# Lines happen in this order. README.md and task.md say what has to be in it.
a< HELLO 1 {word}
'''


class Numbers:
    """The server, its library, and what is to be done with it."""

    def __init__(self, one, student):
        draw = Draw(one, student)
        self.model = draw.choice('model', MODELS)
        words = draw.order('words', WORDS)
        self.library = {f'{words[n]}.txt': self._text(draw, n) for n in range(3)}
        self.get, self.resume = words[0] + '.txt', words[1] + '.txt'
        self.tail = draw.number('tail', 5, 15)
        self.put, self.body = words[3], f'{words[4]} {words[5]}\n'
        self.missing = words[6]
        self.nicks = draw.order('nicks', NICKS)[:2]
        self.text = f'{words[7]} and {words[8]}'

    @staticmethod
    def _text(draw, number):
        lines = draw.number(f'lines {number}', 2, 4)
        return ''.join(f'{draw.choice(f"{number}/{line}", WORDS)} '
                       f'{draw.number(f"{number}.{line}", 10, 99999)}\n' for line in range(lines))

    @property
    def offset(self):
        """Where the last bytes of the file begin."""
        return len(self.library[self.resume]) - self.tail


def starter(one, student):
    """The language, and the greeting of this student's server."""
    return STARTER.format(word=Numbers(one, student).model.partition('_')[2])


def files(one, student):
    """The library, to be served by the student too."""
    return {f'files/{name}': text.encode() for name, text in Numbers(one, student).library.items()}


def task(one, student):
    """What the conversation has to contain."""
    my = Numbers(one, student)
    word = my.model.partition('_')[2]
    return f'''# The conversation of student {student}

The server, with the library `files` that lies beside this page:

    {my.model}/{word}-server -p 9000 -d labs/answers/{one.name}/files

Speak to it by `nc 127.0.0.1 9000`, one `nc` for each client. In your conversation

1. client a pings;
2. asks for the list;
3. downloads {my.get};
4. resumes the download of {my.resume} so that exactly its last {my.tail} bytes come;
5. asks for a file {my.missing}, which is not there;
6. sends the request `hello`, which is none;
7. uploads a file {my.put} with the {len(my.body)} bytes of the line `{my.body.strip()}` and its LF,
   and downloads it afterwards;
8. enters the room as {my.nicks[0]}; client b enters it as {my.nicks[1]}, and says `{my.text}`;
9. client a asks who is in the room;
10. client b leaves the room; client a quits.

The grader begins with a fresh library: remove `files/{my.put}` before you begin anew.
'''


def parse(text):
    """[(client, direction, line)]"""
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith('#'):
            continue
        match = LINE.fullmatch(line)
        if not match:
            raise LabError(f'line {number} is neither `a> TEXT` nor `a< TEXT`: {line[:80]}')
        steps.append((number, *match.groups()))
    if len(steps) > MOST_LINES:
        raise LabError(f'{len(steps)} lines; {MOST_LINES} are allowed')
    return steps


class Replay:
    """One replay against a server: failure says which line did not happen."""

    def __init__(self, steps, my, program):
        self.steps, self.my, self.program = steps, my, program
        self.clients, self.failure, self.until = {}, '', 0.0

    def _end(self):
        now = time.monotonic()
        return min(now + live.STEP_SECONDS, self.until)

    def _client(self, name, port):
        if name not in self.clients:
            self.clients[name] = talk.Client(port, False, live.STEP_SECONDS)
        return self.clients[name]

    def _step(self, port, client, way, text):
        one = self._client(client, port)
        if way == '>':
            one.send(text.encode() + b'\n', self._end())
            return
        got = one.line(self._end())
        if got != text.encode():
            raise Failed(f'received: {talk.shown(got)}')

    def _rest(self):
        """When all lines have happened, nothing more may come."""
        for name, one in self.clients.items():
            while one.receive(time.monotonic() + talk.QUIET):
                pass
            if one.buffer:
                raise Failed(f'client {name} has received more: {talk.shown(one.buffer)}')

    def run(self):
        """True: every line happened."""
        server = Server(self.program)
        self.until = time.monotonic() + TOTAL
        try:
            for name, text in self.my.library.items():
                (server.library / name).write_text(text, encoding='utf-8')
            server.start([], live.STEP_SECONDS)
            for number, client, way, text in self.steps:
                try:
                    self._step(server.port, client, way, text)
                except Failed as failed:
                    self.failure = f'line {number}: {client}{way} {text}\n  {failed}'
                    return False
            self._rest()
        except Failed as failed:
            self.failure = str(failed)
            return False
        finally:
            for one in self.clients.values():
                one.socket.close()
            server.end()
        return True


def _follows(steps, wanted):
    """Do these lines stand in the conversation, in this order, others in between?"""
    left = iter((client + way + ' ' + text) for _, client, way, text in steps)
    return all(any(re.fullmatch(pattern, line) for line in left) for pattern in wanted)


def requirements(my):
    """(what is asked for, patterns of lines in their order): replies are the server's own."""
    quote = re.escape
    size = len(my.library[my.get])
    first, second = my.nicks
    return [
        ('1 a ping', [r'a> N', r'a< OK 0']),
        ('2 the list', [r'a> L', r'a< OK \d+', rf'a< {size} {quote(my.get)}']),
        ('3 the download', [rf'a> G {quote(my.get)}', rf'a< OK {size}']),
        ('4 the last bytes', [rf'a> R {my.offset} {quote(my.resume)}', rf'a< OK {my.tail}']),
        ('5 a file that is not there', [rf'a> G {my.missing}', r'a< ERR not-found .*']),
        ('6 no request', [r'a> hello', r'a< ERR bad-request .*']),
        ('7 the upload', [rf'a> P {len(my.body)} {my.put}', r'a< GO', rf'a> {my.body.strip()}',
                          r'a< OK 0', rf'a> G {my.put}', rf'a< OK {len(my.body)}']),
        ('8 both in the room', [rf'a> C {first}', r'a< OK 0', rf'b> C {second}',
                                rf'a< \* JOIN {second}', rf'b> S {my.text}',
                                rf'a< \* SAY {second} {my.text}']),
        ('9 who is there', [r'a> W', r'a< OK \d+', rf'a< {first}|a< {second}']),
        ('10 leaving', [r'b> X', rf'a< \* LEAVE {second}', r'a> Q', r'a< OK 0']),
    ]


def _replayed(one, steps, my, student):
    program = build.reference(my.model)
    for number in range(1, RUNS + 1):
        replay = Replay(steps, my, program)
        if replay.run():
            continue
        ours = parse(solve(one, student)) if number > 1 else None
        if ours and not Replay(ours, my, program).run():
            return NOT_JUDGED, 'a conversation of ours fails, too: check again'
        return FAIL, f'run {number} fails:\n{replay.failure}'
    return PASS, ''


def check(one, folder, student):
    """The verdict on a transcript.txt."""
    try:
        steps = parse(submission.text(folder, one.file))
    except LabError as error:
        return nothing(one, error)
    my = Numbers(one, student)
    outcome, message = _replayed(one, steps, my, student)
    lines = [Line(f'happens so, byte for byte ({RUNS} times)', outcome, 0, message)]
    wanted = requirements(my)
    for name, points, part in (('1 to 6: files', 2, wanted[:6]),
                               ('7 to 10: upload and room', 2, wanted[6:])):
        lost = [text for text, patterns in part if not _follows(steps, patterns)]
        if outcome != PASS:
            lines.append(Line(name, outcome, points, 'the conversation does not happen so'))
        else:
            lines.append(Line(name, FAIL if lost else PASS, points,
                              'missing: ' + '; '.join(lost) if lost else ''))
    return Verdict(one, lines)


def _ours(my):
    """What clients send in our own conversation."""
    first, second = my.nicks
    return ['a> N', 'a> L', f'a> G {my.get}', f'a> R {my.offset} {my.resume}',
            f'a> G {my.missing}', 'a> hello', f'a> P {len(my.body)} {my.put}',
            f'a> {my.body.strip()}', f'a> G {my.put}', f'a> C {first}', f'b> C {second}',
            f'b> S {my.text}', 'a> W', 'b> X', 'a> Q']


def solve(one, student):
    """Speaks our part to the server, and writes down what comes."""
    my, written, clients = Numbers(one, student), [], {}
    server = Server(build.reference(my.model))
    try:
        for name, text in my.library.items():
            (server.library / name).write_text(text, encoding='utf-8')
        server.start([], live.STEP_SECONDS)
        for step in ['a', 'b', *_ours(my)]:
            name, _, text = step.partition('> ')
            if name not in clients:
                clients[name] = talk.Client(server.port, False, live.STEP_SECONDS)
            if text:
                written.append(step)
                clients[name].send(text.encode() + b'\n', time.monotonic() + 1)
            clients[name].receive(time.monotonic() + live.STEP_SECONDS)
            for other in sorted(clients, key=lambda one: one != name):
                written += _heard(other, clients[other])
    finally:
        for client in clients.values():
            client.socket.close()
        server.end()
    return '\n'.join(written) + '\n'


def _heard(name, client):
    """Everything that comes until it is quiet."""
    while client.receive(time.monotonic() + HEARD):
        pass
    lines = client.buffer.decode('utf-8').splitlines()
    client.buffer.clear()
    return [f'{name}< {line}' for line in lines]
