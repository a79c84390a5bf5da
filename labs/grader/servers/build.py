"""Building servers: the reference, one with a mistake, one whose server.c is a student's."""
import fcntl
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..base import judge, paths
from ..base.errors import LabError, MachineError
from ..safety import sandbox

FLAGS = ['-std=c11', '-D_GNU_SOURCE', '-O1', '-g', '-Wall', '-Wextra', '-Wshadow', '-Wconversion',
         '-pthread']
LIBRARIES = ['-lmd']
SANITIZED = {'': [], 'thread': ['-fsanitize=thread']}
COMPILE_SECONDS = 60
BOUNDS = judge.Bounds(COMPILE_SECONDS, 10)  # of a compiler that is given a student's source
REFERENCE_SECONDS = 120                     # after that the machine is not fit to judge
CERTAIN = re.compile(r'^[^\s:]+:\d+:\d+: error: ', re.M)  # of the source, not of the machine


def compiler():
    """The compiler's words for a command line."""
    words = os.environ.get('LAB_CC', 'gcc').split()
    if not words or shutil.which(words[0]) is None:
        name = words[0] if words else ''
        raise LabError(f'there is no compiler {name}: `make deps` installs gcc')
    return words


def announce(what, count, build_first):
    """Before a build that takes a while: how long, from the time that the first file takes."""
    start = time.monotonic()
    build_first()
    about = round((count - 1) * (time.monotonic() - start) / (os.cpu_count() or 1))
    if about >= 2:
        print(f'building {what}, once: {count} files, about {about} s', file=sys.stderr, flush=True)


def make(*targets, makes=''):
    """Lets make build something that is the project's own. makes: a program below tests/ that
    takes a while to build. Two makes at once would write the same files: one waits."""
    root = os.open(paths.ROOT, os.O_RDONLY)
    try:
        fcntl.flock(root, fcntl.LOCK_EX)
        return _make(targets, makes)
    finally:
        os.close(root)


def _make(targets, makes):
    outer = ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')
    environment = {key: value for key, value in os.environ.items() if key not in outer}
    words = ['make', '-s', '--no-print-directory', '-j2', '-C', str(paths.ROOT)]

    def run(*more):
        return subprocess.run([*words, *more], capture_output=True, text=True, check=False,
                              env=environment)
    if makes and not list(paths.ROOT.glob(f'build/*/tests/{makes}')):
        missing = re.findall(r' -c -o (\S+\.o) ', run('-n', *targets).stdout)
        if missing:
            announce('the tests', len(missing), lambda: run(missing[0]))  # fails again below
    made = run(*targets)
    if made.returncode != 0:
        raise MachineError(f'the project itself does not build (make {" ".join(targets)}):\n'
                           f'{made.stdout}{made.stderr}')
    return made.stdout


@functools.lru_cache
def sources(model):
    """The sources of a server, as the Makefile has them, its server.c among them."""
    return make('lab-sources', f'MODEL={model}').split()


@functools.lru_cache
def conformance():
    """The conformance suite, built."""
    return paths.ROOT / make('lab-conformance', makes='conformance/conformance').splitlines()[-1]


def run_tool(words):
    """Runs a tool that comes with the compiler, on files of the project."""
    _run(words, paths.ROOT)


def _run(words, folder):
    run = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise MachineError(f'{words[0]} fails on what is the project\'s own:\n'
                           f'{run.stdout}{run.stderr}')


@functools.lru_cache
def _headers_digest(root):
    digest = hashlib.sha1()
    for path in [*sorted(Path(root).glob('core/**/*.h')), *sorted(paths.OBSERVERS.glob('*.h'))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _object_file(root, source, flags):
    """Its name tells what it is made of."""
    digest = hashlib.sha1(repr((compiler(), flags, source, _headers_digest(root))).encode())
    digest.update((Path(root) / source).read_bytes())
    return paths.BUILD / 'objects' / f'{digest.hexdigest()}.o'


def _object(root, source, flags):
    """One object file of trusted sources, which is kept."""
    target = _object_file(root, source, flags)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            made = Path(scratch) / 'made.o'
            _run([*compiler(), *flags, '-Icore', '-c', source, '-o', str(made)], root)
            os.replace(made, target)
    return target


def object_beside(root, name, sanitizer=''):
    """In a handout: our object of a source whose functions are empty; it lies beside that."""
    path = Path(root) / name
    return path.with_name('-'.join(filter(None, (path.stem, sanitizer))) + '.obj')


def objects(root, names, sanitizer=''):
    """Object files of these sources, a compiler for each processor; given ones as they are."""
    flags = FLAGS + SANITIZED[sanitizer]
    beside = {name: object_beside(root, name, sanitizer) for name in names}
    there = {name: path for name, path in beside.items() if path.exists()}
    missing = [name for name in names
               if name not in there and not _object_file(root, name, flags).exists()]
    if missing:
        announce('the reference', len(missing), lambda: _object(root, missing[0], flags))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(lambda name: there.get(name) or _object(root, name, flags), names))


def _server_file(name, made, text=b''):
    """Its name tells what it is linked of."""
    digest = hashlib.sha1(text + b''.join(path.read_bytes() for path in made)).hexdigest()
    return paths.BUILD / 'servers' / f'{name}-{digest[:12]}'


def minimal(model):
    """The server of one page."""
    return _linked(paths.ROOT, [f'{model}/minimal.c'], f'{model}-minimal')


def from_tree(root, model, name, sanitizer=''):
    """A server of trusted sources, all of them below root."""
    return _linked(root, sources(model), name, sanitizer)


def _linked(root, names, name, sanitizer=''):
    made = objects(root, names, sanitizer)
    target = _server_file(name, made)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            linked = Path(scratch) / 'server'
            flags = FLAGS + SANITIZED[sanitizer]
            _run([*compiler(), *flags, '-o', str(linked), *map(str, made), *LIBRARIES], root)
            os.replace(linked, target)
    return target


def reference(model, sanitizer=''):
    """The server without a mistake: built, or of the handout."""
    name = f'{model}-{sanitizer}' if sanitizer else model
    given = paths.REFERENCE / name
    return given if given.exists() else from_tree(paths.ROOT, model, name, sanitizer)


def solution(exercise, model, sanitizer=''):
    """The same; if the exercise has a solution in its own folder, the server with that."""
    name = f'{exercise.name}-{sanitizer}' if sanitizer else exercise.name
    given = paths.REFERENCE / name
    if given.exists():
        return given
    if exercise.solution == paths.ROOT / exercise.source:
        return reference(model, sanitizer)
    return linked(exercise, model, name, sanitizer)


def linked(exercise, model, name, sanitizer):
    """Compiles a trusted solution, and links it with the project's own objects."""
    made = rest_of(model, exercise.source, sanitizer)
    target = _server_file(name, made, exercise.solution.read_bytes())
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            flags = FLAGS + SANITIZED[sanitizer]
            _run([*compiler(), *flags, '-Icore', '-o', f'{scratch}/server',
                  str(exercise.solution), *map(str, made), *LIBRARIES], paths.ROOT)
            os.replace(f'{scratch}/server', target)
    return target


@functools.lru_cache
def has_sanitizer(name):
    """Does the compiler have it, and does a program of it run here?"""
    with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
        source, program = Path(scratch) / 'empty.c', Path(scratch) / 'empty'
        source.write_text('int main(void) { return 0; }\n', encoding='utf-8')
        words = [*compiler(), *SANITIZED[name], '-o', str(program), str(source)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0 and \
            subprocess.run([str(program)], capture_output=True, check=False).returncode == 0


def rest_of(model, source, sanitizer=''):
    """Objects of all that a server is made of, but for one source."""
    names = [name for name in sources(model) if name != source] if model != 'nothing' else []
    return objects(paths.ROOT, names, sanitizer)


def to_try(exercise, source, target):
    """Builds the server with a student's source, for that student: what the compiler warns of."""
    made = rest_of(exercise.model, exercise.source)
    run = subprocess.run([*compiler(), *FLAGS, '-Icore', '-Ilabs', '-o', str(target), str(source),
                          *map(str, made), *LIBRARIES], cwd=paths.ROOT, capture_output=True,
                         encoding='utf-8', errors='replace', check=False)
    if run.returncode != 0:
        raise LabError(f'{exercise.file} does not compile:\n{run.stdout}{run.stderr}')
    return run.stdout + run.stderr


def give(root, name, into, sanitizer=''):
    """Puts the object of a source into a handout, without what a debugger shows of the source."""
    target = object_beside(into, name, sanitizer)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(objects(root, [name], sanitizer)[0], target)
    run_tool(['strip', '--strip-debug', str(target)])


def stage_headers(folder):
    """What any source of a student is compiled with."""
    shutil.copytree(paths.ROOT / 'core', Path(folder) / 'core',
                    ignore=lambda where, names: [n for n in names if n.endswith('.c')])
    shutil.copy(paths.LABS / 'lab_todo.h', folder)


def stage_sources(folder, model, source, sanitizer):
    """What a student's source is compiled with: the headers, and objects of everything else."""
    folder = Path(folder)
    stage_headers(folder)
    for number, path in enumerate(rest_of(model, source, sanitizer)):
        shutil.copy(path, folder / f'{number:02}.o')


def student(folder, model, source, text, out, sanitizer='', seconds=COMPILE_SECONDS):
    """Compiles and links a student's source in the sandbox: how the compiler ended."""
    stage_sources(folder, model, source, sanitizer)
    name = Path(source).name
    (Path(folder) / name).write_bytes(text)
    sandbox.make_readable(folder)
    target = '/tmp/out/server' if sandbox.is_private() else str(Path(out) / 'server')
    linked = sorted(path.name for path in Path(folder).glob('*.o'))
    flags = FLAGS + SANITIZED[sanitizer]
    return sandbox.run([*compiler(), *flags, '-I.', '-Icore', '-o', target, name, *linked,
                        *LIBRARIES], folder, seconds, out=out)


def fresh(path):
    """A new folder into which the compiler may write, in place of one of an earlier try."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    path.chmod(0o777)
    return path


def compiled(compile_one, text, source=''):
    """How the compiler has ended on a student's source; MachineError: it is not fit now.
    compile_one(text, seconds): compiles such a text. source: the project's own, with which it is
    compared."""
    ours = paths.ROOT / source
    reference = ours.read_bytes() if ours.is_file() else b'int main(void) { return 0; }\n'

    def attempt(limit, _):
        result = compile_one(text, limit)
        return result, result.status == 0 or CERTAIN.search(result.output) is not None

    def expected(_):
        result = compile_one(reference, REFERENCE_SECONDS)
        return result.seconds if result.status == 0 else None
    return judge.made('the compiler', BOUNDS, attempt, expected)
