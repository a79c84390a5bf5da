"""Is the machine of the grader safe? What is too much or takes too long ends with a sentence; and
nobody goes without a sandbox by mistake."""
import os
import resource
import subprocess
import tempfile
from pathlib import Path
from unittest import mock

from ... import checks, grade
from ...base import submission
from ...base.errors import LabError
from ...conversations.conversation import Conversation
from ...observe import bits
from ...safety import sandbox
from ...texts import copied, names

LONG = 250_000     # characters: a file may have 256 KiB
SECONDS = 3        # of processor time, for one such text

# what a Makefile does, and what is said; without a sentence: which files are then there
FILES = {'run': b'', 'text': b'', 'folder/in': b''}
MAKES = {
    'fills the disk': ('for i in $$(seq 20); do head -c 100M /dev/zero >f$$i || exit 1; done',
                       'No space left on device'),
    'leaves sparse files': ('seq 20 | xargs truncate -s 60M', 'it has more than 128 MiB'),
    'leaves many files': ('seq 3000 | xargs touch', 'it has more than 2000 files and folders'),
    'leaves folders in folders': ("mkdir -p $$(printf 'd/%.0s' $$(seq 1500))",
                                  'it has more than 20 folders in each other'),
    'leaves what nobody may read': ('touch x && chmod 000 x && mkdir y && chmod 000 y',
                                    ['Makefile', 'folder/in', 'run', 'text', 'x']),
    'swaps files and folders': ('rm -r text folder && mkdir text && touch folder text/in',
                                ['Makefile', 'folder', 'run', 'text/in']),
    'leaves links and pipes': ('ln -s /etc/passwd x && ln -s / y && mkfifo z && rm run',
                               ['Makefile', 'folder/in', 'text']),
    'puts a link in place of the folder': ('cd /tmp && rm -r out && ln -s /etc out', []),
    'leaves a process that writes on': (
        'setsid sh -c "while echo x >>text; do :; done" >/dev/null 2>&1 &',
        ['Makefile', 'folder/in', 'run', 'text']),
}

CAUSE = 'cause: a sentence of more than five words\n'
TALKS = {'files': (CAUSE + ''.join(f'file f{i} 64M\n' for i in range(390)), 'line 4: with it'),
         'uploads': (CAUSE + 'a connects\n1000 times a uploads 64M', 'line 3: with it'),
         'a name': (CAUSE + f'{"a" * 100000}1..{"a" * 100000}9999 connects', 'line 2: the name')}

FOLDERS = {'/srv/handed-in/17': '/srv', '/home/teacher/17': '/home', '/var/tmp/labs-1': '/var/tmp',
           '/opt/handed-in/17': '/opt/handed-in', '/dev/shm': '/dev/shm', '/17': '/17', '/tmp': ''}


def _make(recipe):
    """What is said of a Makefile; else the files that are there after it."""
    files = {**FILES, 'Makefile': f'all:\n\t{recipe}\n'.encode()}
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        try:
            checks.own.built(files, folder)
        except LabError as error:
            return str(error)
        return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob('*')
                      if path.is_file())


def makes():
    """What a Makefile leaves is bounded, and has no links."""
    for name, (recipe, wanted) in MAKES.items():
        found = _make(recipe)
        fine = found == wanted if isinstance(wanted, list) else wanted in found
        yield f'a Makefile that {name}', '' if fine else f'{found}, not {wanted}'


def trees():
    """What is handed in as a program may be anything, too."""
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        top, deep = Path(folder, 'program'), Path(folder, 'deep')
        for path in (top / 'a', top / '.hidden', top / 'files', deep):
            path.mkdir(parents=True)
            (path / 'x').write_text('x', encoding='utf-8')
        (top / 'link').symlink_to('/')
        (top / 'x').symlink_to('/etc/passwd')
        os.mkfifo(top / 'pipe')
        found = sorted(submission.tree(top, ('files',)))
        yield 'what is taken of a program', '' if found == ['a/x'] else f'{found}'
        subprocess.run(['mkdir', '-p', deep / ('d/' * 1500)], check=True)
        try:
            submission.tree(deep)
            said = 'it is taken'
        except LabError as error:
            said = str(error)
        finally:
            subprocess.run(['rm', '-r', deep], check=True)
        yield 'folders in folders are not taken', '' if 'more than 20 folders' in said else said


def talks():
    """A conversation takes little memory, whatever it says."""
    for name, (text, wanted) in TALKS.items():
        try:
            Conversation(text + '\na connects\na expects-end\n')
            yield f'a conversation with too much: {name}', 'it is accepted'
        except LabError as error:
            said = str(error)
            yield f'a conversation with too much: {name}', \
                '' if said.startswith(wanted) else said[:200]


class Table:
    """Results of a measurement, as texts/copied.py wants them."""

    def __init__(self):
        row = {name: 0.5 + place for place, name in enumerate(copied.samples.COLUMNS)}
        self.all = [{**row, 'server': 'a', 'x': 1.0}] * 1500

    def by_round(self, point, figure):
        """Nothing was measured."""
        del point, figure
        return {}


def _texts():
    """By name: what is done with a text that is written to take long."""
    blanks, many = ' ' * LONG, LONG // 12
    inner = '], [' * 400
    trace = f'execve("./x") = 0\nselect(9, [3</tmp/{inner}>], [3</tmp/{inner}>], [3], x = 1\n'
    return {
        'a heading': lambda: checks.document.sections(f'# a{blanks}a\n#{blanks}#{blanks}a'),
        'the number of a heading': lambda: checks.document.sections('# ' + '1.' * (LONG // 2)),
        'many names': lambda: list(names.unknown_of_project('`a_b` ' * (LONG // 6))),
        'a long path': lambda: list(names.unknown_of_project(f'`core/{"a" * LONG}`')),
        'shares': lambda: checks.server.shares(f'shares: one{blanks}thread'),
        'cause': lambda: checks.repair.cause_of(f'/* cause: a{blanks}b c d e f */'),
        'failures': lambda: checks.own.first_failure('--- FAILED \n' * many),
        'numbers': lambda: copied.is_copied('1234 ' * (LONG // 5), 'p50', [(('a', 1.0),) * 2],
                                            Table()),
        'the trace of a program': lambda: bits.Trace(trace, 'x'),
    }


def _ends_in_time(act):
    """Does it, in a process that may use the processor for so long?"""
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            act()
        except LabError:
            pass
        except BaseException:  # pylint: disable=broad-except  (nothing else may run here)
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def texts():
    """No text takes the grader long."""
    names.known()
    names.modules()
    for name, act in _texts().items():
        yield f'a text that takes long: {name}', \
            '' if _ends_in_time(act) else f'more than {SECONDS} s, or an exception'


def _private(*statuses):
    """Is there a sandbox if it ends so, one time after the other? None: it was stopped."""
    results = [sandbox.Result(status, '', 0.0) for status in statuses]
    with mock.patch.object(sandbox, 'run', side_effect=results):
        try:
            return sandbox.is_private.__wrapped__()
        except LabError as error:
            return str(error)


def isolation():
    """A busy machine has a sandbox, or nothing is graded; one that has none says so."""
    found = [_private(0), _private(None, 125, 0), _private(125, 125, 125)]
    yield 'a sandbox, also if it takes long', '' if found == [True, True, False] else f'{found}'
    said = _private(None, 125, None)
    yield 'no sandbox in time', '' if 'too busy' in str(said) else f'{said}'
    with mock.patch.object(sandbox, 'is_private', return_value=False):
        try:
            grade.want_sandbox(False)
            yield 'no sandbox, nothing is graded', 'it is'
        except LabError as error:
            yield 'no sandbox, nothing is graded', '' if 'SANDBOX=no' in str(error) else str(error)


def run():
    """Yields a name and what was wrong ('': nothing)."""
    if sandbox.is_private():
        yield from makes()
    yield from trees()
    yield from talks()
    yield from texts()
    yield from isolation()
    found = {folder: sandbox.highest(Path(folder)) for folder in FOLDERS}
    yield 'which folders are hidden', '' if found == FOLDERS else f'{found}'
