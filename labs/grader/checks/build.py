"""Checks a build exercise: cases of the conformance suite, against the student's server."""
import os
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..base import judge, submission
from ..base.errors import LabError
from ..base.verdict import FAIL, NOT_JUDGED, Line, Verdict, nothing
from ..safety import sandbox
from ..servers import build
from . import talk, unit

RUNS = 3                       # that have to pass: a server with a race passes one by luck
REFERENCE_SECONDS = 60   # after that the machine is not fit to judge
BOUND_MS = 3000          # how long a case waits for what never comes
BOUNDS = judge.Bounds(12.0, 4, BOUND_MS / 1000)  # of all runs of a case
LONGEST_LINE = 160       # of what is shown: a body may be megabytes
SIDE_BY_SIDE = 5         # cases mostly wait

# the server does not see which case is tried, and can not look into the suite (mode 111)
COMMAND = '/usr/bin/env -u SERVER -u CASE -u REPEAT -u BOUND_MS' \
    ' ./server -p {port} -d {dir} {options}'


class Stage:
    """A folder with the suite and one server in it, to be run in the sandbox."""

    def __init__(self, server, sanitizer=''):
        self.sanitizer = sanitizer
        self.folder = tempfile.mkdtemp(prefix='labs-')
        shutil.copy(build.conformance(), Path(self.folder) / 'conformance')
        shutil.copy(server, Path(self.folder) / 'server')
        sandbox.make_readable(self.folder)
        os.chmod(Path(self.folder) / 'conformance', 0o111)

    def run(self, case, seconds, patience=1):
        """All runs of a case: how they ended, see sandbox.Result. patience: see judge.line."""
        out = None if sandbox.is_private() else self._out()
        return sandbox.run(['./conformance'], self.folder, seconds, out=out,
                           more_memory=bool(self.sanitizer),
                           environment={'SERVER': COMMAND, 'CASE': case,
                                        'REPEAT': str(RUNS * patience),
                                        'BOUND_MS': str(BOUND_MS * patience)})

    def converse(self, conversation, step_seconds, seconds, runs):
        """A conversation, several times; a step may take step_seconds: how it ended, see
        sandbox.Result."""
        words = talk.words(self.folder, conversation, step_seconds, seconds, runs)
        out = None if sandbox.is_private() else self._out()
        return sandbox.run(words, self.folder, seconds, out=out)

    def _out(self):
        out = Path(self.folder) / 'out'
        out.mkdir(mode=0o777, exist_ok=True)
        out.chmod(0o777)
        return out

    def remove(self):
        """Nothing is left of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def passed(result):
    """A case that was left out has not passed."""
    return result.status == 0 and 'SKIPPED' not in result.output and \
        re.search(r'\b[1-9]\d* (cases? run|ran)\b', result.output) is not None


def reference_seconds(exercise, case, patience):
    """How long the reference takes for RUNS runs of a case; None: it does not pass now."""
    sanitizer = case.get('sanitizer', '')
    stage = Stage(build.solution(exercise, exercise.model_of(case), sanitizer), sanitizer)
    try:
        result = stage.run(case['name'], patience * REFERENCE_SECONDS, patience)
        return result.seconds / patience if passed(result) else None
    finally:
        stage.remove()


def message(result, limit):
    if result.status is None:
        return f'stopped after {limit:.0f} seconds: the reference takes much less. Does the ' \
            'server wait for what never comes, or not end when it is asked to (SIGTERM)?'
    if result.status > 128:
        return f'the test was ended by signal {result.status - 128}\n{result.output}'
    start = result.output.find('--- FAILED')
    text = result.output[start:] if start >= 0 else result.output
    text = '\n'.join(line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + '...'
                     for line in text.split('\n'))
    end = re.search(r'^\[ +(ERROR|FAILED) +\]|^\[==========\]', text, re.M)
    return text[:end.start()] if end else text


def is_unit(case):
    """Is it a test that is linked with the student's source?"""
    return 'unit' in case or 'observer' in case


def check_case(exercise, stage, case):
    """The line of one case. If it fails, the reference is asked whether the machine is fit."""
    if is_unit(case):
        return unit.check(line_name(exercise, case), exercise, case, stage)
    if 'conversation' in case:
        reference = build.solution(exercise, exercise.model_of(case))
        return talk.check(line_name(exercise, case), exercise, case, stage,
                          lambda: Stage(reference))

    def attempt(limit, patience):
        result = stage.run(case['name'], limit, patience)
        return result, passed(result)
    return judge.line(line_name(exercise, case), case['points'], BOUNDS, attempt,
                      lambda patience: reference_seconds(exercise, case, patience), message)


def line_name(exercise, case):
    """What a case is called; the server stands behind it if there are several."""
    name = case.get('name') or case['conversation']
    if 'observer' in case:
        return f'{name} (observed)'
    if case.get('sanitizer'):
        name += f' ({case["sanitizer"]} sanitizer)'
    several = len({_way(exercise, one)[1] for one in exercise.cases if 'observer' not in one}) > 1
    return f'{name} ({_way(exercise, case)[1]})' if several else name


def compile_student(exercise, text, folder, sanitizer, model=None):
    """The student's server in folder/server; else what the compiler printed."""
    model = model or exercise.model
    Path(folder).chmod(0o755)

    def compile_one(source, seconds):
        out = build.fresh(Path(folder) / f'out{sanitizer}{model}')
        with tempfile.TemporaryDirectory(prefix='labs-') as stage:
            return build.student(stage, model, exercise.source, source, out, sanitizer, seconds)
    result = build.compiled(compile_one, text, exercise.source)
    server = Path(folder) / f'out{sanitizer}{model}' / 'server'
    if result.status != 0 or server.is_symlink() or not server.is_file():
        raise LabError(f'{exercise.file} does not compile:\n{result.output.strip()}')
    return server, result.output.strip()


def _stages(exercise, folder, scratch):
    """A stage for each way in which the server is built, and what the compiler warns of."""
    text = submission.take(folder, exercise.file)
    ways = sorted({_way(exercise, case) for case in exercise.cases})
    units = {_way(exercise, case): case for case in exercise.cases if is_unit(case)}
    compiled = unit.compiled(exercise, text, scratch) if units else None

    def stage(way):
        sanitizer, model = way
        if way in units:
            parts = unit.parts(exercise, units[way])
            return unit.UnitStage(parts, exercise.source, compiled), ''
        if not build.has_sanitizer(sanitizer):
            return None, ''
        server, warnings = compile_student(exercise, text, scratch, sanitizer, model)
        return Stage(server, sanitizer), warnings
    build.conformance()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        made = dict(zip(ways, pool.map(stage, ways)))
    return {way: one for way, (one, _) in made.items() if one}, \
        next((warnings for _, warnings in made.values() if warnings), '')


def _way(exercise, case):
    """How the source is built for a case: with a sanitizer or without, and into what."""
    test = case.get('unit') or case.get('observer')
    return case.get('sanitizer', ''), test or exercise.model_of(case)


def _line(exercise, stages, case):
    stage = stages.get(_way(exercise, case))
    if stage is None:
        return Line(line_name(exercise, case), NOT_JUDGED, case['points'],
                    f'there is no {case["sanitizer"]} sanitizer on this machine')
    return check_case(exercise, stage, case)


def _lines(exercise, stages):
    """All lines; if a case that the others need does not pass, they have failed."""
    needed = [case for case in exercise.cases if case.get('needed')]
    rest = [case for case in exercise.cases if not case.get('needed')]

    def lines_of(cases):
        return judge.side_by_side(SIDE_BY_SIDE, lambda case: _line(exercise, stages, case), cases)
    lines = lines_of(needed)
    wrong = [line for line in lines if line.outcome == FAIL]
    if not wrong:
        return lines + lines_of(rest)
    return lines + [Line(line_name(exercise, case), FAIL, case['points'],
                         f'not tried: {wrong[0].name} has to pass first') for case in rest]


def check(exercise, folder, student=None):
    """The verdict on a folder with the source that the exercise names."""
    del student  # everybody builds the same
    with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
        try:
            stages, warnings = _stages(exercise, folder, scratch)
        except LabError as error:
            return nothing(exercise, error)
    try:
        lines = _lines(exercise, stages)
    finally:
        for stage in stages.values():
            stage.remove()
    empty = sorted(set(re.findall(rb'LAB_TODO\("(\w+)"\)', submission.take(folder, exercise.file))))
    notes = [f'the compiler warns:\n{warnings}'] if warnings else []
    notes += [f'{name.decode()} is still empty (LAB_TODO): the server ends when it is called'
              for name in empty]
    return Verdict(exercise, lines, '\n'.join(notes))
