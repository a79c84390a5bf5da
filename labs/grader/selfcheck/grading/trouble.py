"""What goes wrong while a submission is graded: only that exercise is not judged, and if it is the
student's doing, it has failed."""
import argparse
import contextlib
import io
import os
import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

from ... import checks, cli, given, grade
from ...base import exercise, paths, submission, verdict
from ...base.errors import LabError
from ...base.verdict import FAIL, NOT_JUDGED, PASS
from ...conversations import talk
from ...conversations.conversation import Conversation
from ...safety import sandbox
from ...servers import build
from ...texts import samples

CAUSE = 'cause: what may go wrong while it runs\n'
GREETING = 'a connects\na expects HELLO 1 ...\n'
STARTS = '''#!/usr/bin/env python3
import os, socket, struct
listener = socket.create_server(('127.0.0.1', 0))
print(f'a server: listening on 127.0.0.1:{listener.getsockname()[1]}, serving', flush=True)
'''
RESETS = STARTS + '''
one, _ = listener.accept()
one.recv(1)
one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
one.close()
os.read(0, 1)
'''
GBK = '/* \u4f60\u597d */'.encode('gbk')


def said(function, *arguments):
    """What a LabError says, or which other exception there was; '': none."""
    try:
        function(*arguments)
    except LabError as error:
        return str(error)
    except Exception as error:  # pylint: disable=broad-except
        return f'EXCEPTION {type(error).__name__}: {error}'
    return ''


# ---- conversations ----

def closed_clients():
    """A client that has closed can't be used until it connects anew."""
    wrong = []
    for end in ('closes', 'resets'):
        for step in ('expects OK 0', 'sends N', 'half-closes', 'resets', 'closes',
                     'process-killed'):
            text = f'{CAUSE}{GREETING}a {end}\na {step}\n'
            found = said(Conversation, text)
            if found != f'line 5: a has closed its connection: a {step}':
                wrong.append(f'{end}, {step}: {found or "it is taken"}')
        wrong.append(said(Conversation, f'{CAUSE}{GREETING}a {end}\n{GREETING}'))
    return '\n'.join(filter(None, wrong))


def _ends(program, steps):
    """How a conversation with a server that is written here ends: why it failed, or said()."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        path = Path(folder) / 'server'
        path.write_text(program, encoding='utf-8')
        path.chmod(0o755)
        run = talk.Run(Conversation(CAUSE + steps), path, 10.0)
        return said(run.run) or str(run.failure)


def server_has_gone():
    """What a server does to its connections and to itself is a step that does not happen."""
    cases = {'half-closes': (RESETS, 'a connects\na sends N\na expects-end\na half-closes\n'),
             'announce': (STARTS, 'expect the server to end\nannounce x\nannounce y\n')}
    found = {name: _ends(*case) for name, case in cases.items()}
    return '\n'.join(f'{name}: {text}' for name, text in found.items() if 'has gone' not in text)


def descriptors():
    """A machine that gives a process few descriptors can't start a server with many."""
    with mock.patch.object(resource, 'getrlimit', lambda _: (64, 64)):
        found = _ends(STARTS, 'inherit 1000 descriptors\nexpect the server to end\n')
    return '' if 'ulimit' in found else found


# ---- what is handed in ----

def tables():
    """samples.tsv can be anything."""
    head = '\t'.join(samples.COLUMNS)
    texts = {'a long field': 'x' * 200000, 'a short row': 'ping\tloop\t1\t1\t1\tcannot'}
    for name, row in texts.items():
        def still(row=row):
            results = samples.Results('ping', 'p50', 1, f'{head}\n{row}\n', '')
            results.stands_still(('loop', 1.0))
        found = said(still)
        if 'samples.tsv' not in found:
            return f'{name}: {found}'
    return ''


def states():
    """A sample may be in each state that lab-bench writes, and none is lost when they are counted:
    on a busy machine others are at work in many of them."""
    source = (paths.ROOT / 'bench' / 'results' / 'sample.c').read_text(encoding='utf-8')
    written = re.findall(r'\[SAMPLE_\w+\] = "(\w+)"', source)
    if sorted(written) != sorted(samples.COUNTED):
        return f'lab-bench writes {written}, the grader counts {samples.COUNTED}'
    return ''


def numbers():
    """Not all that is a digit is a number."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        Path(folder, 'student').write_text('\u00b2\n', encoding='utf-8')
        wrong = [said(submission.student_number, folder)]
        arguments = argparse.Namespace(format='text', submission=folder, student='\u00b2')
        found = [said(exercise.numbered, '\u00b2'), said(grade.grade, arguments)]
    wrong += [text or 'it is taken' for text in found if 'no ' not in text]
    return '\n'.join(filter(None, wrong))


def names_of_files():
    """A folder whose name is not UTF-8, in a language whose output is."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        Path(folder, 'of \udcff').mkdir()
        words = [sys.executable, str(paths.LABS / 'lab'), 'grade', f'{folder}/of \udcff']
        run = subprocess.run(words, env={**os.environ, 'N': '9', 'STUDENT': '',
                                         'PYTHONIOENCODING': 'utf-8:strict'},
                             capture_output=True, check=False)
    text = (run.stdout + run.stderr).decode('utf-8', 'replace')
    return '' if run.returncode == 0 and 'server.c is missing' in text else text


def _command(words, folder, number):
    """A command with the student's folder: its status, and what it prints to stderr."""
    with mock.patch.object(sys, 'argv', ['lab', *words]), \
            mock.patch.dict(os.environ, N=number, STUDENT='', LC_ALL='C.UTF-8'), \
            mock.patch.object(cli, 'folder_of', lambda _: Path(folder)), \
            mock.patch.object(sys, 'stdout', io.TextIOWrapper(io.BytesIO(), 'utf-8')), \
            contextlib.redirect_stderr(io.StringIO()) as errors:
        try:
            return cli.run(), errors.getvalue()
        except Exception as error:  # pylint: disable=broad-except
            return 1, f'EXCEPTION {type(error).__name__}: {error}'


def no_place():
    """Where nothing can be written, a sentence says so."""
    status, text = _command(['lab'], '/proc/none', '8')
    return '' if status == 2 and text.startswith('labs: /proc/none') else f'{status}: {text}'


def encodings():
    """Comments may have another encoding than ours; the compiler shows them."""
    wrong = []
    for number, wanted in (('24', ''), ('32', 'server.c is not UTF-8')):
        one = exercise.numbered(number)
        with tempfile.TemporaryDirectory(prefix='labs-') as folder:
            text = given.starter(one).encode() + b'\n#warning ' + GBK + b'\n'
            Path(folder, one.file).write_bytes(text)
            status, found = _command(['try'], folder, number)
        if (status, wanted in found) != (2 if wanted else 0, True):
            wrong.append(f'{number}: {status}, {found}')
    return '\n'.join(wrong)


# ---- the grader and the machine ----

def graded(numbered, instead):
    """grade, with another check in place of the real ones: its status and its rows."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder, \
            mock.patch.object(checks, 'check', instead), \
            mock.patch.object(sandbox, 'hide'), \
            contextlib.redirect_stdout(io.StringIO()) as rows:
        for number in numbered:
            Path(folder, exercise.numbered(number).name).mkdir()
        arguments = argparse.Namespace(format='tsv', submission=folder, student='1', tsv='',
                                       number='', no_sandbox=True)
        status = grade.grade(arguments)
    return status, [row.split('\t') for row in rows.getvalue().splitlines()]


def others_are_graded():
    """An exception ends the verdict on one exercise."""
    def instead(one, *_):
        if one.number == 7:
            raise ValueError('of the grader')
        return verdict.Verdict(one, [verdict.Line('a', PASS, 8)])
    status, rows = graded(['7', '9'], instead)
    return '' if status == 3 and [row[6] for row in rows] == ['grade again', 'judged'] else \
        f'{status}: {rows}'


def _outcome(number, files, results):
    """The first line of a verdict, when the sandbox has these results, one after the other, the
    last again and again."""
    left = list(results)

    def run(*_, **_more):
        status = left.pop(0) if len(left) > 1 else left[0]
        return sandbox.Result(status, 'what the compiler says', 0.1 if status == 0 else 60.0)
    with tempfile.TemporaryDirectory(prefix='labs-') as folder, \
            mock.patch.object(sandbox, 'run', run), \
            mock.patch.object(sandbox, 'is_private', lambda: True):
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding='utf-8')
        return checks.check(exercise.numbered(number), folder, 1).lines[0].outcome


SUBMISSIONS = {
    '9': {'server.c': 'int main(void) { return 0; }\n'},
    '3': {'run': './server {port} {dir}\n', 'Makefile': 'server:\n\tsleep 1000\n'},
    '22': {'outbox.c': 'int x;\n'},
    '30': {'repaired.c': '/* cause: a call that fails, and nobody looks at it */\n'},
    '32': {'server.c': '/* shares: nothing */\nint main(void) { return 0; }\n'},
    '29': {'udp.c': 'int main(void) { return 0; }\n'},
}


def compilers():
    """A compiler that does not end, or no sandbox for it: the project's own source decides."""
    cases = {'the reference too': ([None], NOT_JUDGED), 'no sandbox': ([125], NOT_JUDGED),
             'only on what was handed in': ([None, 0, None, 0], FAIL),
             'an error of the linker': ([1, 0, 1, 0], FAIL), 'a full disk': ([1], NOT_JUDGED)}
    wrong = []
    for number, files in SUBMISSIONS.items():
        files = {exercise.numbered(number).file: text for text in files.values()} \
            if len(files) == 1 else files
        for name, (results, wanted) in cases.items():
            outcome = _outcome(number, files, results)
            if outcome != wanted:
                wrong.append(f'{number}: {name}: {outcome}')
    return '\n'.join(wrong)


def project():
    """The project itself may not build now."""
    with mock.patch.object(build, 'conformance', lambda: build.make('no-such-target')):
        outcome = _outcome('3', {'run': './server {port} {dir}\n'}, [0])
    return '' if outcome == NOT_JUDGED else outcome


def run():
    """Yields a name and what was wrong ('': nothing)."""
    for name, function in [
            ('a client that has closed', closed_clients),
            ('a server that has gone', server_has_gone),
            ('too few descriptors', descriptors), ('samples that nobody measured', tables),
            ('states of samples', states),
            ('digits that are no numbers', numbers), ('names of files', names_of_files),
            ('no place to write', no_place), ('encodings', encodings),
            ('other exercises are graded', others_are_graded),
            ('compilers that fail', compilers), ('a project that does not build', project)]:
        try:
            yield f'trouble: {name}', function()
        except Exception as error:  # pylint: disable=broad-except  (the others go on)
            yield f'trouble: {name}', f'{type(error).__name__}: {error}'
