"""Submissions that cheat, in tests/labs: none earns a point, and nothing is left of them."""
import functools
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from ... import handout
from ...base import csource, exercise, paths
from ...base.errors import LabError
from ...base.verdict import FAIL
from ...conversations.conversation import Conversation
from ...safety import sandbox
from ...servers import build
from ..report import graded
from . import hostile_design

SOURCES = [*sorted((paths.ROOT / 'tests' / 'labs' / 'cheats').glob('*.c')),
           *sorted((paths.ROOT / 'tests' / 'labs' / 'harmful').glob('*.c'))]
QUICK = ('reads_the_solution', 'connects_to_the_reference', 'kills_its_parent')
ANSWERS = paths.ROOT / 'tests' / 'labs' / 'observe'
EXERCISE = '9'
PLACES, FILLER = (paths.ROOT, '/tmp', '/var/tmp', '/dev/shm'), 'filler-of-labs-check'
ONLY_CASES = 2   # of the exercise: they all meet the same server

CAUSE = 'cause: a sentence of more than five words\n'

# a unit test and the student's function are one process: bodies of room_enter in exercise 28
UNIT_EXERCISE = '28'
UNIT_BODIES = {
    'ends the test': 'exit(0);',
    'prints what the test prints': 'puts("[==========] 1 test(s) run."); fflush(stdout); _exit(0);',
    'runs another test': 'extern int main(int, char **);'
                         'char *words[] = {"unit", "case_names_are_sorted_by_bytes", NULL};'
                         'exit(main(2, words));',
}

SCRIPTS = [CAUSE + 'file ../outside 1K\na connects\na expects-end',
           CAUSE + '1000 times c1..c1000 connects\nc1 expects-end',
           CAUSE + 'start -d /\na connects\na expects-end',
           CAUSE + 'a connects\na closes',
           CAUSE + ''.join(f'file f{i} 64M\n' for i in range(390)) + 'a connects\na expects-end',
           CAUSE + 'a connects\n1000 times a uploads 64M\na expects-end',
           'cause: none\na connects\na expects-end']


# servers of one's own, by their files; exercise 3
OWN = {
    'kills_everybody': {'run': b'python3 server.py {port} {dir}',
                        'server.py': b'import os\nos.kill(-1, 9)\n'},
    'prints_the_report': {'run': b'echo stages complete: 1 of 1 {port} {dir}'},
    'is_the_suite': {'run': b'./conformance --help {port} {dir}'},
    'replaces_the_suite': {
        'run': b'./conformance {port} {dir}',
        'Makefile': b'all:\n\tmkdir conformance\n\ttouch conformance/x\n\tln -s / root\n'},
    'fills_the_disk_by_make': {
        'run': b'./server {port} {dir}', 'Makefile': b'all:\n\tseq 999 | xargs truncate -s 60M\n'},
    'ends_the_suite_well': {
        'run': b'sh server.sh {port} {dir}', 'conformance': b'#!/bin/sh\nexit 0\n',
        'server.sh': b'kill -TERM $PPID\nexit 0\n'},
}


class Listener:
    """A server of this machine, which a submission would find if it shared our network."""

    def __enter__(self):
        self.socket = socket.create_server(('127.0.0.1', 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def _serve(self):
        try:
            while True:
                self.socket.accept()[0].close()
        except OSError:
            return

    def __exit__(self, *_):
        self.socket.close()


def left_over():
    """Processes that a submission has left, by the name that it gave them."""
    found = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if Path(f'/proc/{pid}/comm').read_text(encoding='utf-8').strip() == 'labs-left':
                found.append(pid)
        except OSError:
            pass
    return found


def try_one(source, port, cases=ONLY_CASES):
    """What was wrong with the grader's answer to this submission; '' if nothing."""
    one = exercise.Exercise(exercise.numbered(EXERCISE).folder)
    one.cases = one.cases[:cases]
    text = source.read_text(encoding='utf-8').replace('@ROOT@', str(paths.ROOT))
    text = text.replace('@PORT@', str(port))
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / 'server.c').write_text(text, encoding='utf-8')
        verdict = graded(one, folder, 1)
    messages = '\n'.join(line.message for line in verdict.lines)
    if verdict.points or any(line.outcome != FAIL for line in verdict.lines):
        return 'it has ' + ', '.join(f'{line.name}: {line.outcome}' for line in verdict.lines)
    if 'FOUND' in messages:
        return messages
    if '"CLEAN"' in text and 'CLEAN' not in messages:
        return f'it was not run to its end:\n{messages}'
    left = left_over() + [str(path) for place in PLACES for path in Path(place).glob(f'{FILLER}*')]
    return f'it has left {left}' if left else ''


def try_answer(path):
    """The same of an answer to an observe exercise: its number begins the file's name."""
    one = exercise.numbered(str(int(path.name[:2])))
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_bytes(path.read_bytes())
        verdict = graded(one, folder, 1)
    if verdict.points:
        return f'it has {verdict.points} points'
    messages = '\n'.join(line.message for line in verdict.lines)
    says = re.search(r'^[ /]\* Says: (.*) \*/$', path.read_text(encoding='utf-8'), re.M)
    if 'FOUND' in messages or (says and says.group(1) not in verdict.note):
        return f'{messages}\n{verdict.note}'
    left = left_over()
    return f'it has left {left}' if left else ''


def try_neighbour():
    """What a submission finds of the work of others, beside it and in the folder for temporary
    files, when it is graded as teachers do it; not below /tmp, which nobody sees."""
    source = (paths.ROOT / 'tests/labs/cheats/reads_a_neighbour.c').read_text(encoding='utf-8')
    one = exercise.numbered(EXERCISE)
    with tempfile.TemporaryDirectory(prefix='labs-', dir='/var/tmp') as course:
        for name in (f'handed-in/17/{one.name}/server.c', f'handed-in/18/{one.name}/server.c',
                     'tmp/labs-other/labs-stage/server'):
            (Path(course) / name).parent.mkdir(parents=True)
            (Path(course) / name).write_text(source.replace('@COURSE@', course), encoding='utf-8')
        sandbox.make_readable(course)
        words = [sys.executable, str(paths.LABS / 'lab'), 'grade', f'{course}/handed-in/17']
        environment = {**os.environ, 'N': EXERCISE, 'STUDENT': '', 'TMPDIR': f'{course}/tmp'}
        run = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    fine = 'CLEAN' in run.stdout and 'FOUND' not in run.stdout
    return '' if fine else run.stdout + run.stderr


def try_unit(body):
    """What was wrong with the grader's answer to a function that ends the test."""
    one = exercise.Exercise(exercise.numbered(UNIT_EXERCISE).folder)
    one.cases = [case for case in one.cases if case.get('unit') == 'ring_threads']
    text = csource.with_body(one.solution.read_text(encoding='utf-8'), 'room_enter', body)
    text = '#include <stdio.h>\n' + text
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        verdict = graded(one, folder, 1)
    return '' if all(line.outcome == FAIL for line in verdict.lines) else \
        ', '.join(f'{line.name}: {line.outcome}' for line in verdict.lines)


def try_own(files):
    """What was wrong with the grader's answer to a server of one's own."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        for name, text in files.items():
            (Path(folder) / name).write_bytes(text)
        verdict = graded(exercise.numbered('3'), folder, 1)
    if verdict.points or any(line.outcome != FAIL for line in verdict.lines):
        return 'it has ' + ', '.join(f'{line.name}: {line.outcome}' for line in verdict.lines)
    return ''


def our_program():
    """The server of the project as handouts have it, handed in as one's own."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        handout.write_program(build.reference('01_loop', ''), 'ours', folder)
        ours = (Path(folder) / 'labs' / 'reference' / 'ours').read_bytes()
    return {'run': b'./server -p {port} -d {dir}', 'ours': ours,
            'Makefile': b'server: ours\n\tcp ours server && chmod +x server\n'}


def programs():
    """Servers that cheat, one after the other: what one leaves behind must not be taken for
    another's. Yields a name and what was wrong ('': nothing)."""
    if not sandbox.is_private():
        yield 'cheats', 'SKIPPED: this machine gives no name spaces'
        return
    with Listener() as listener:
        for source in SOURCES:
            yield f'cheat {source.stem}', try_one(source, listener.socket.getsockname()[1])


def _quick(source):
    with Listener() as listener:
        yield f'cheat {source.stem}', try_one(source, listener.socket.getsockname()[1], 1)


def quick():
    """Those of them that guard the most, with one case each, as jobs of selfcheck/report.py. They
    leave nothing that could be taken for another's."""
    if not sandbox.is_private():
        return [('cheats', programs)]
    return [(source.stem, functools.partial(_quick, source)) for source in SOURCES
            if source.stem in QUICK]


def others():
    """The same of all that leaves nothing behind, and uses up nothing."""
    if not sandbox.is_private():
        return
    for path in sorted(ANSWERS.iterdir()):
        yield f'cheat {path.stem}', try_answer(path)
    for name, body in UNIT_BODIES.items():
        yield f'cheat in a unit test: {name}', try_unit(body)
    yield 'cheat reads_a_neighbour, graded', try_neighbour()
    yield from hostile_design.run()
    for name, files in {**OWN, 'hands_in_our_program': our_program()}.items():
        yield f'cheat {name}', try_own(files)
    for number, text in enumerate(SCRIPTS, 1):
        try:
            Conversation(text)
            yield f'hostile conversation {number}', 'it is accepted'
        except LabError:
            yield f'hostile conversation {number}', ''
