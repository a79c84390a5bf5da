"""A case of a build exercise that is a unit test, linked with the student's source.

The test is one of tests/unit, for a source of core/; or an observer, for a server.c: a source of
observers/ that stands between the student's functions and what they call.

Student and test are one process here, so neither its exit status nor what it prints is proof. A
word that is new each time is linked in, and printed when main has returned. A program that ends
earlier has not printed it.
"""
import collections
import functools
import re
import secrets
import shutil
import tempfile
from pathlib import Path

from ..base import judge, paths
from ..base.errors import LabError, MachineError
from ..safety import sandbox
from ..servers import build

RUNS = 3                        # that have to pass, unless the case has other `runs`
BOUNDS = judge.Bounds(12.0, 4)  # of all runs of a test
REFERENCE_SECONDS = 60
PROOF = Path(__file__).with_name('proof.c')
STUDENT_MAIN = 'student_main'   # what an observer calls

Parts = collections.namedtuple('Parts', 'objects test wrapped')
Parts.__doc__ = """What a unit test is linked of: {name of a source: its object}, the source with
the test's main, and the functions that are called in place of others, by --wrap of ld."""


def wrapped(source):
    """The functions that a source of ours stands in for."""
    return re.findall(r'\b__wrap_(\w+)\([^;{]*\)\n\{', source.read_text(encoding='utf-8'))


@functools.lru_cache
def _unit(unit):
    made = build.make('lab-unit', f'UNIT={unit}',
                      makes=f'unit/test_{unit}').splitlines()[-1].split()
    objects = {name: paths.ROOT / path for name, path in zip(made[::2], made[1::2])}
    test = next(name for name in objects if Path(name).name == f'test_{unit}.c')
    return Parts(objects, test, ())


@functools.lru_cache
def _observer(observer, model):
    own = sorted(paths.OBSERVERS.glob(f'{observer}*.c'))  # the test is in the first
    names = build.sources(model) + [str(path.relative_to(paths.ROOT)) for path in own]
    return Parts(dict(zip(names, build.objects(paths.ROOT, names))), names[-len(own)],
                 sum(map(wrapped, own), []))


def parts(exercise, case):
    """What the test of a case is linked of."""
    return _unit(case['unit']) if 'unit' in case else _observer(case['observer'], exercise.model)


class UnitStage:
    """A folder with a unit test that a source is linked into. source None: the project's own."""

    def __init__(self, linked, source, compiled):
        self.folder, self.proof = tempfile.mkdtemp(prefix='labs-'), secrets.token_hex(16)
        self.linked_in = 0.0  # seconds
        folder, main = Path(self.folder), 'test_' + secrets.token_hex(16)
        for number, (name, path) in enumerate(linked.objects.items()):
            target = folder / f'{number:03}.o'
            shutil.copy(compiled if name == source else path, target)
            if name == linked.test or name.endswith('/server.c'):
                new = main if name == linked.test else STUDENT_MAIN
                self._rename(target, f'main={new}', name == source)
        shutil.copy(PROOF, folder)
        sandbox.make_readable(folder)
        (folder / 'out').mkdir()
        (folder / 'out').chmod(0o777)
        flags = ['-pthread', f'-DPROOF="{self.proof}"', f'-DMAIN={main}']
        names = [*wrapped(PROOF), *linked.wrapped]
        try:
            self._link(flags + [f'-Wl,--wrap={name}' for name in names],
                       (lambda _: _link_seconds(linked)) if source else (lambda _: None))
        except LabError:
            self.remove()
            raise

    def _rename(self, target, symbols, is_of_student):
        try:
            build.run_tool(['objcopy', '--redefine-sym', symbols, str(target)])
        except MachineError as error:
            self.remove()
            raise LabError(str(error)) if is_of_student else error

    def _link(self, flags, reference):
        """reference: see judge.line; the project's own test has none but itself."""
        folder = Path(self.folder)
        target = '/tmp/out/unit' if sandbox.is_private() else str(folder / 'out' / 'unit')
        names = ['proof.c', *sorted(path.name for path in folder.glob('*.o'))]
        words = [*build.compiler(), *flags, '-o', target, *names, '-lcmocka', *build.LIBRARIES]

        def attempt(limit, _):
            result = sandbox.run(words, folder, limit, out=folder / 'out')
            return result, result.status == 0
        result = judge.made('the linker', build.BOUNDS, attempt, reference)
        if result.status != 0:
            raise LabError(f'the test can not be linked:\n{result.output.strip()}')
        self.linked_in = result.seconds
        shutil.copy(folder / 'out' / 'unit', folder / 'unit')
        for name in names:
            (folder / name).unlink()
        (folder / 'unit').chmod(0o111)

    def run(self, name, seconds, runs):
        """All runs of one test: how they ended, and whether each has passed."""
        out = None if sandbox.is_private() else Path(self.folder) / 'out'
        script = f'for run in $(seq {runs}); do ./unit "$0" || exit 1; done'
        result = sandbox.run(['sh', '-c', script, name], self.folder, seconds, out=out)
        *ended, _ = result.output.split(self.proof)
        return result, result.status == 0 and sum('1 test(s) run' in one for one in ended) == runs

    def remove(self):
        """Nothing is left of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _link_seconds(linked):
    """How long it takes to link the project's own test; None: that fails now."""
    try:
        stage = UnitStage(linked, None, None)
    except MachineError:
        return None
    stage.remove()
    return stage.linked_in


def compiled(exercise, text, folder):
    """The student's source as an object file; else what the compiler printed."""
    Path(folder).chmod(0o755)
    made = Path(folder) / 'object' / 'student.o'

    def compile_one(source, seconds):
        out = build.fresh(made.parent)
        target = '/tmp/out/student.o' if sandbox.is_private() else str(made)
        with tempfile.TemporaryDirectory(prefix='labs-') as stage:
            build.stage_headers(stage)
            (Path(stage) / exercise.file).write_bytes(source)
            sandbox.make_readable(stage)
            return sandbox.run([*build.compiler(), *build.FLAGS, '-I.', '-Icore', '-c', '-o',
                                target, exercise.file], stage, seconds, out=out)
    result = build.compiled(compile_one, text, exercise.source)
    if result.status != 0 or made.is_symlink() or not made.is_file():
        raise LabError(f'{exercise.file} does not compile:\n{result.output.strip()}')
    return made


def _reference(exercise, case, patience):
    stage = UnitStage(parts(exercise, case), None, None)
    try:
        result, passes = stage.run(case['name'], patience * REFERENCE_SECONDS,
                                   case.get('runs', RUNS))
        return result.seconds if passes else None
    finally:
        stage.remove()


def check(name, exercise, case, stage):
    """The line of a case."""
    def message(result, limit):
        text = result.output.replace(stage.proof, '')
        if result.status is None:
            return f'stopped after {limit:.0f} s: the reference takes much less\n{text}'
        return text if result.status else f'the test has not come to its end\n{text}'
    return judge.line(name, case['points'], BOUNDS,
                      lambda limit, _: stage.run(case['name'], limit, case.get('runs', RUNS)),
                      lambda patience: _reference(exercise, case, patience), message)
