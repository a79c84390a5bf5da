"""Exercise 29: a server of UDP and HTTP, tried by the test that students have, too."""
import threading

from ..base import judge, paths
from ..base.errors import LabError
from ..base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict, nothing
from .draw import Draw
from .program import Program

SECONDS = 20
SIDE_BY_SIDE = 3
TEST = 'test.py'
# names of checks in test.py, and what the line is called
CHECKS = (('pings', 'several clients ping'), ('datagrams', 'a datagram is a request'),
          ('page', 'a browser gets the page'), ('options', 'what getsockopt returns'),
          ('silent', 'silent browsers'), ('gone', 'clients that leave'))
OPTIONS = ('udp SO_SNDBUF', 'udp SO_TYPE', 'udp SO_PROTOCOL', 'tcp SO_RCVBUF', 'tcp SO_TYPE',
           'tcp SO_DOMAIN', 'tcp SO_ACCEPTCONN')


def drawn(one, student):
    """The options on this student's page: SO_RCVBUF, and two others."""
    return ['udp SO_RCVBUF', *Draw(one, student).order('options', OPTIONS)[:2]]


def task(one, student):
    """Which options are to be shown."""
    names = drawn(one, student)
    quoted = ' '.join(f"'{name}'" for name in names)
    return (f'# The options of student {student}\n\nBelow `pings`, the page has these lines, each '
            'with the value that getsockopt returns:\n\n' +
            ''.join(f'    {name} VALUE\n' for name in names) +
            '\n`udp` is the UDP socket, `tcp` the listening one. To try only this:\n\n'
            f'    python3 test.py ./udp options {quoted}\n')


def files(one, _student):
    """The test."""
    return {TEST: (one.folder / TEST).read_bytes()}


def starter(one, _student):
    """Sockets, bound to the port."""
    return (one.folder / 'starter.c').read_text(encoding='utf-8')


def solve(one, _student):
    """The model program."""
    return (one.folder / 'solution' / one.file).read_text(encoding='utf-8')


def _run(program, check, names):
    return program.run(['python3', TEST, f'./{program.name}', check, *names], SECONDS)


class Model:
    """The model program, compiled when it is first asked for."""

    def __init__(self, one):
        self.one, self.program, self.lock = one, None, threading.Lock()

    def passes(self, check, names):
        """Does it pass now? True also in a handout, which has none."""
        if paths.is_handout():
            return True
        with self.lock:
            if self.program is None:
                self.program = Program(self.one, self.one.folder / 'solution')
                self.program.add(self.one.folder / TEST)
        return _run(self.program, check, names).status == 0

    def remove(self):
        """Nothing is left of it."""
        if self.program:
            self.program.remove()


def _line(one, program, model, names, words):
    check, title = words
    names = names if check == 'options' else []
    result = _run(program, check, names)
    points = one.full_points // len(CHECKS)
    if result.status == 0:
        return Line(title, PASS, points, seconds=result.seconds)
    if not model.passes(check, names):
        return Line(title, NOT_JUDGED, points, 'a program of ours fails, too: check again')
    why = f'stopped after {SECONDS} seconds' if result.status is None else \
        f'the test has ended with status {result.status}'
    return Line(title, FAIL, points, result.output or why, result.seconds)


def check(one, folder, student):
    """The verdict on a udp.c."""
    try:
        program = Program(one, folder)
    except LabError as error:
        return nothing(one, error)
    model, names = Model(one), drawn(one, student)
    try:
        program.add(one.folder / TEST)
        lines = judge.side_by_side(
            SIDE_BY_SIDE, lambda words: _line(one, program, model, names, words), CHECKS)
    finally:
        program.remove()
        model.remove()
    return Verdict(one, lines, program.note)
