#!/usr/bin/env python3
"""a_class.py [COUNT]: are COUNT submissions (60) graded twice, on a busy machine, alike?

In turn they are right, wrong, empty and hostile, for exercises of all kinds. Meanwhile two
processes do nothing but compute. If only one of two verdicts on a line is `not judged`, they
differ, too. SIGINT ends it early, with the sums so far.
"""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'labs'))

# pylint: disable=wrong-import-position
from grader import checks, given  # noqa: E402
from grader.base import exercise  # noqa: E402
from grader.base.errors import LabError  # noqa: E402
from grader.conversations import procfs  # noqa: E402
from grader.safety import sandbox  # noqa: E402
from grader.selfcheck.grading import hostile  # noqa: E402
from grader.servers import variants  # noqa: E402

BUSY = 2
PATTERN = ('right', 'wrong', 'right', 'wrong', 'hostile', 'right', 'wrong', 'right', 'empty',
           'wrong')
LONGEST = 600    # seconds for one submission, then the test itself has failed
SAMPLE = 0.1     # seconds between two looks at the memory
PAGE = os.sysconf('SC_PAGE_SIZE')


# ---- what students hand in ----

def files_of(folder, *names):
    """All files of a folder, or some."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())
            if path.is_file() and (not names or path.name in names)}


def right(one, student):
    """A model answer: {name: bytes}."""
    if one.kind == 'own':
        return checks.own.solution_files(one)
    if one.kind == 'observe':
        return {one.file: checks.observe.solution(one, student).encode()}
    if one.kind == 'build':
        return {one.file: one.solution.read_bytes()}
    if one.kind == 'repair':
        source = (ROOT / one.variant(student)['source']).read_bytes()
        return {one.file: b'/* cause: a sentence that says which call fails, and how */\n' + source}
    if one.kind == 'find':
        return {one.file: (one.folder / 'solution' / one.variant(student)['solution']).read_bytes()}
    if one.kind == 'measure':
        return {name: text.encode() for name, text in checks.measure.solution_files(one).items()}
    return files_of(one.folder / 'solution')


def with_a_mistake(one, student):
    """The source of a build exercise with a mutant in what the student writes, or nothing."""
    found = list(variants.of_functions(one).values())
    return {one.file: found[student % len(found)].encode()} if found else None


def wrong(one, student):
    """A mutant, the server of the exercise before, another student's answer, or the starter."""
    if one.kind == 'own':
        earlier = checks.own.before(one)
        return checks.own.solution_files(earlier) if earlier else files_of(checks.own.STARTER)
    if one.kind == 'observe':
        return right(one, student + 1)
    if one.kind == 'find' and len(one.variants) > 1:
        return right(one, student + 1)
    made = with_a_mistake(one, student) if one.kind == 'build' else None
    if made or one.kind == 'find':
        return made or {one.file: given.STARTER_OF_FIND.encode()}
    return {one.file: given.starter(one, student).encode()}


def hostile_ones():
    """Each submission of tests/labs that cheats: (number of its exercise, its files)."""
    found = []
    for path in hostile.SOURCES:
        text = path.read_text(encoding='utf-8').replace('@ROOT@', str(ROOT))
        found.append((9, {'server.c': text.replace('@PORT@', '1').encode()}))
    for path in sorted(hostile.ANSWERS.iterdir()):
        one = exercise.numbered(str(int(path.name[:2])))
        found.append((one.number, {one.file: path.read_bytes()}))
    found += [(3, files) for files in hostile.OWN.values()]
    return found + [(7, {'conversation.txt': text.encode()}) for text in hostile.SCRIPTS]


def written(student, folder):
    """Writes the submission of a student: its sort, and the exercise."""
    sort = PATTERN[student % len(PATTERN)]
    number = student // len(PATTERN)
    known = list(exercise.all_exercises().values())
    one = known[student * 7 % len(known)]  # 7: neighbours have different kinds
    if sort == 'hostile':
        cheats = hostile_ones()
        number, files = cheats[number * 5 % len(cheats)]
        one = exercise.numbered(str(number))
    elif sort == 'empty':
        files = {one.file: b''} if number % 2 else {}
    else:
        files = (right if sort == 'right' else wrong)(one, student)
    target = Path(folder) / one.name
    target.mkdir(parents=True)
    for name, content in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    return sort, one


# ---- grading ----

class Memory(threading.Thread):
    """The most memory that a process and all its descendants have had at once."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.most, self.ended = pid, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(SAMPLE):
            pages = sum(int(stat[21]) for stat in procfs.family(self.pid).values())
            self.most = max(self.most, pages * PAGE)


def grade(folder, student):
    """The lines of a verdict, the points in it, and the most memory."""
    words = [sys.executable, str(ROOT / 'labs' / 'lab'), 'grade', '--no-sandbox', '--format',
             'gradescope', folder]
    environment = {**os.environ, 'STUDENT': str(student), 'N': ''}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment) as process:
        memory = Memory(process.pid)
        try:
            out, errors = process.communicate(timeout=LONGEST)
        finally:
            process.terminate()  # and it ends all that it has started
            memory.ended.set()
            memory.join()
    if process.returncode not in (0, 3):
        raise LabError(f'grade ends with {process.returncode}:\n{errors}')
    tests = json.loads(out)['tests']
    lines = [(test['name'], test['output'].split('\n', 1)[0]) for test in tests]
    return lines, (sum(t['score'] for t in tests), sum(t['max_score'] for t in tests)), memory.most


def unexpected(sort, one, points):
    """What is wrong with the points. A wrong answer may earn some, and a conversation all of them:
    that of a neighbour may show two mistakes."""
    got, full = points
    if sort == 'right' and got != full:
        return f'a right answer has {got:g} of {full:g} points'
    if sort == 'wrong' and one.kind == 'build' and got == full:
        return 'a wrong answer has full marks'
    if sort in ('empty', 'hostile') and got:
        return f'{got:g} points'
    return ''


def one_student(student, folder):
    """Grades a submission twice: the words for a line, is it in order, the most memory."""
    sort, one = written(student, folder)
    begin = time.monotonic()
    first, points, most = grade(folder, student)
    second, _, again = grade(folder, student)
    lines = [f'{name}: {a}, then {b}' for (name, a), (_, b) in zip(first, second) if a != b]
    if [name for name, _ in first] != [name for name, _ in second]:
        lines.append('the second verdict has other lines')
    if why := unexpected(sort, one, points):
        lines.append('\n    '.join([why, *(f'{name}: {a}' for name, a in first if a != 'pass')]))
    seconds = (time.monotonic() - begin) / 2
    words = (f'{student:3} {sort:<8}{one.name:<24}{points[0]:4g} of {points[1]:<4g}'
             f'{seconds:6.1f} s{max(most, again) >> 20:6} MiB')
    return '\n    '.join([words, *lines]), not lines, max(most, again)


def main():
    """Prints a line for each submission, and the sums; 1: something was not as expected."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    busy = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(BUSY)]
    begin, graded, right_ones, most = time.monotonic(), 0, 0, 0
    try:
        if not sandbox.is_private():
            print('no name spaces on this machine: hostile submissions see its files')
        for student in range(1, count + 1):
            with tempfile.TemporaryDirectory(prefix='labs-class-') as folder:
                words, in_order, memory = one_student(student, folder)
            print(words, flush=True)
            graded += 1
            right_ones, most = right_ones + in_order, max(most, memory)
    except KeyboardInterrupt:
        print('ended early')
    finally:
        for process in busy:
            process.kill()
            process.wait()
    print(f'labs-class: {graded} of {count} submissions, graded twice beside {BUSY} busy ones: '
          f'{right_ones} alike and as expected, {graded - right_ones} not; '
          f'{time.monotonic() - begin:.0f} s, {most >> 20} MiB at most')
    return 0 if right_ones == count else 1


if __name__ == '__main__':
    sys.exit(main())
