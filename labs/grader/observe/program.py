"""A program of a student: one C file, compiled and run in the sandbox."""
import shutil
import tempfile
from pathlib import Path

from ..base import submission
from ..base.errors import LabError
from ..safety import sandbox
from ..servers import build


class Program:
    """A folder with the program in it, to be run in the sandbox. LabError: it does not compile."""

    def __init__(self, one, folder):
        self.source, self.name = submission.take(folder, one.file), Path(one.file).stem
        self.scratch = tempfile.mkdtemp(prefix='labs-')
        self.stage = Path(self.scratch) / 'stage'
        self.warnings = ''
        try:
            self._compile(one.file)
        except LabError:
            self.remove()
            raise

    def _compile(self, file):
        source, out = Path(self.scratch) / 'source', Path(self.scratch) / 'out'
        for path in (source, self.stage):
            path.mkdir()
        target = f'/tmp/out/{self.name}' if sandbox.is_private() else str(out / self.name)

        def compile_one(text, seconds):
            (source / file).write_bytes(text)
            sandbox.make_readable(self.scratch)
            return sandbox.run([*build.compiler(), *build.FLAGS, '-o', target, file], source,
                               seconds, out=build.fresh(out))
        result, made = build.compiled(compile_one, self.source), out / self.name
        if result.status != 0 or made.is_symlink() or not made.is_file():
            raise LabError(f'{file} does not compile:\n{result.output.strip()}')
        self.warnings = result.output.strip()
        shutil.copy(made, self.stage)
        sandbox.make_readable(self.stage)

    def add(self, path):
        """A file of ours beside the program."""
        shutil.copy(path, self.stage)
        sandbox.make_readable(self.stage)

    def run(self, words, seconds, before=()):
        """How the command has ended, see sandbox.Result."""
        out = None if sandbox.is_private() else Path(self.scratch) / 'out'
        return sandbox.run(words, self.stage, seconds, out=out, before=before)

    @property
    def note(self):
        """What the compiler has printed."""
        return f'the compiler warns:\n{self.warnings}' if self.warnings else ''

    def remove(self):
        """Nothing is left of it."""
        shutil.rmtree(self.scratch, ignore_errors=True)
