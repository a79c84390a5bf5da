"""Exercise 23: a program makes poll return every event bit. What counts is the trace of its calls:
the kernel has written these bits, whatever the program prints."""
import re
import tempfile
from pathlib import Path

from ..base.errors import LabError
from ..base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict, nothing
from ..safety import sandbox
from . import live
from .program import Program

SECONDS = 10
SHOWN, WIDTH = 12, 1000  # lines of the trace that are shown, and how much of each
CALLS = 'execve,poll,ppoll,select,pselect6,clone,clone3,fork,vfork'
KINDS = ('pipe', 'socket')
THIRD = 'select: the third set'
SET = r'(?:NULL|\[[^\]]*\])'
SELECT = re.compile(rf'p?select6?\(\d+, {SET}, {SET}, ({SET}), [^<>]* = \d+ \((.*)\)')


def drawn(one, student):
    """What POLLERR and POLLHUP are to be shown on: neighbours get different ones."""
    number = (student + one.number) % 4
    return {'POLLERR': KINDS[number % 2], 'POLLHUP': KINDS[number // 2]}


def task(one, student):
    """Which descriptors this student has to use."""
    on = drawn(one, student)
    return (f'# The descriptors of student {student}\n\nShow POLLERR on a {on["POLLERR"]} and '
            f'POLLHUP on a {on["POLLHUP"]}. For the others any descriptor will do.\n')


def starter(one, _student):
    """A function that calls poll and shows what it returned."""
    return (one.folder / 'starter.c').read_text(encoding='utf-8')


def solve(one, _student):
    """The model program."""
    return (one.folder / 'solution' / one.file).read_text(encoding='utf-8')


def plain(line):
    """A line of the trace; of what a descriptor is open on only the kind, as the name of a file may
    look like anything, but for < and >, which strace escapes: 3</tmp/x> is 3<>."""
    return re.sub(r'<(?:(\w+):)?[^<>]*>', lambda on: f'<{on.group(1)}:>' if on.group(1) else '<>',
                  line)


class Trace:
    """What the calls of one process have shown."""

    def __init__(self, text, name):
        self.bits, self.third, self.not_in_third, self.cut = {}, False, False, False
        self.kinds, self.errors, self.shown = {}, {}, []
        whole = [re.sub(r'^\d+ +', '', line) for line in text.split('\n')[:-1]]
        lines = list(map(plain, whole))
        begin = [i for i, line in enumerate(lines) if re.match(rf'execve\("\./{name}".*= 0$', line)]
        self.found = bool(begin)
        self.lines = lines[begin[0] + 1:] if begin else []
        self.alone = not any(re.match(r'(clone3?|v?fork|execve)\(', line) for line in self.lines)
        for line in self.lines:
            self._kinds(line)
            self._poll(line)
            self._select(line)
        self.shown = [line[:WIDTH] for line in whole[len(whole) - len(self.lines):]
                      if re.match(r'p?poll\(|p?select6?\(', line)]

    def _kinds(self, line):
        """In what a call was given, a descriptor stands with what it is open on."""
        given = line.partition(' = ')[0]
        for number, kind in re.findall(r'(?:fd=|\[|[ ])(\d+)<(\w+):', given):
            self.kinds[number] = kind
        for number in re.findall(r'fd=(\d+),', given):
            self.kinds.pop(number, None)

    def _poll(self, line):
        if not re.match(r'p?poll\(', line):
            return
        for number, bits in re.findall(r'\{fd=(\d+)\S*, revents=([A-Z|]+)\}', line):
            names = bits.split('|')
            self.errors[number] = 'POLLERR' in names and 'POLLPRI' not in names
            for name in names:
                self.bits.setdefault(name, set()).add(self.kinds.get(number, ''))

    def _select(self, line):
        match = SELECT.match(line)
        if not match:
            return
        got = {name: set(numbers.split())
               for name, numbers in re.findall(r'(in|out|except) \[([^\]]*)\]', match.group(2))}
        read, write, third = (got.get(name, set()) for name in ('in', 'out', 'except'))
        self.third = self.third or bool(third)
        for number in set(re.findall(r'(\d+)<', match.group(1))) & read & write - third:
            self.not_in_third = self.not_in_third or self.errors.get(number, False)


def _bits(trace, on, *names):
    missing = []
    for name in names:
        kinds = trace.bits.get(name, set())
        if not kinds or (name in on and on[name] not in kinds):
            missing.append(name + (f' on a {on[name]}' if name in on else ''))
    return Line(' and '.join(names), FAIL if missing else PASS, 1,
                f'not returned by poll: {", ".join(missing)}' if missing else '')


def _third(trace):
    missing = [] if trace.third else ['a descriptor that is in the third set when select returns']
    if not trace.not_in_third:
        missing.append('a descriptor for which poll has returned POLLERR, and which select, asked '
                       'for it in all three sets, returns in the first two and not in the third')
    return Line(THIRD, FAIL if missing else PASS, 1, 'not seen: ' + '; '.join(missing)
                if missing else '')


def judge(trace, on):
    """The lines."""
    return [_bits(trace, on, 'POLLIN', 'POLLOUT'), _bits(trace, on, 'POLLERR'),
            _bits(trace, on, 'POLLHUP', 'POLLRDHUP'), _bits(trace, on, 'POLLNVAL'),
            _bits(trace, on, 'POLLPRI'), _third(trace)]


def run(program):
    """The program's trace, and how it has ended. The trace is written outside of the sandbox."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        path = Path(folder) / 'trace'
        before = ['strace', '-f', '-q', '-y', '-v', '-e', f'trace={CALLS}', '-e', 'signal=none',
                  '-o', str(path)]
        result = program.run([f'./{program.name}'], SECONDS, before)
        text = path.read_bytes() if path.exists() else b''  # see sandbox.TRACE
        trace = Trace(text.decode('utf-8', 'replace'), program.name)
        trace.cut = len(text) >= sandbox.TRACE
        return trace, result


def check(one, folder, student):
    """The verdict on an events.c."""
    if live.no_strace():
        return Verdict(one, [Line(one.file, NOT_JUDGED, one.full_points, live.no_strace())])
    try:
        program = Program(one, folder)
    except LabError as error:
        return nothing(one, error)
    try:
        trace, result = run(program)
    finally:
        program.remove()
    if not trace.found:
        return Verdict(one, [Line(one.file, NOT_JUDGED, one.full_points,
                                  f'strace does not see the program: {result.output[-500:]}')])
    if not trace.alone:
        return nothing(one, 'the program starts a process or a thread: it is to be one process '
                            'with one thread')
    lines = judge(trace, drawn(one, student))
    notes = [program.note] if program.note else []
    if any(line.outcome != PASS for line in lines):
        seen = trace.shown[-SHOWN:] or ['no call of poll or select']
        notes.append('\n'.join(['the last calls of the program, as strace shows them:', *seen]))
    if trace.cut:
        notes.append(f'the trace of its calls was cut after {sandbox.TRACE >> 20} MiB, and the '
                     'program with it: what came then is not seen')
    elif result.status is None:
        notes.append(f'the program was stopped after {SECONDS} seconds')
    elif result.status != 0:
        notes.append(f'the program has ended with status {result.status}:\n{result.output[-1000:]}')
    return Verdict(one, lines, '\n'.join(notes))
