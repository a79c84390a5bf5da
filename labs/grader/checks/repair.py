"""Checks a repair: one fault of the sweep (tests/faults), a sample of others, and a few cases."""
import functools
import re
import shutil
import tempfile
from pathlib import Path

from ..base import judge, language, paths, submission
from ..base.errors import LabError
from ..base.verdict import FAIL, PASS, Line, Verdict, nothing
from ..safety import sandbox
from ..servers import build
from . import build as check_build, unit

RUNS = 2                 # of the fault, that have to pass
BOUNDS = judge.Bounds(60.0, 6, 3.0)  # of a run of a fault, or of a sample of them
REFERENCE_SECONDS = 120  # after that the machine is not fit to judge
SEED = '1'


@functools.lru_cache
def programs():
    """The sweep, and the library that makes calls fail."""
    made = build.make('lab-faults', makes='faults/faults')
    return [paths.ROOT / name for name in made.splitlines()[-1].split()]


class FaultStage:
    """A folder with the sweep and one server in it, to be run in the sandbox."""

    def __init__(self, model, server):
        self.model, self.folder = model, tempfile.mkdtemp(prefix='labs-')
        for program in programs():
            shutil.copy(program, self.folder)
        place = Path(self.folder) / model / f'{model.split("_")[1]}-server'
        place.parent.mkdir()
        shutil.copy(server, place)
        sandbox.make_readable(self.folder)
        (Path(self.folder) / 'faults').chmod(0o111)

    def run(self, seconds, patience, fault='', sample=0):
        """One fault, or a sample: how it ended, and whether all was well. patience: see
        judge.line."""
        environment = {'ONLY': f'{self.model} {fault}'} if fault else \
            {'SAMPLE': str(sample), 'SEED': SEED}
        environment['BOUND'] = str(patience)
        out = None
        if not sandbox.is_private():
            out = Path(self.folder) / 'out'
            out.mkdir(exist_ok=True)
            out.chmod(0o777)
        words = ['./faults', './inject.so'] + ([] if fault else [self.model])
        result = sandbox.run(words, self.folder, seconds, out=out, environment=environment)
        done = re.search(r', (\d+) faults .{,200}?, (\d+) not reached', result.output)
        enough = done is not None and int(done.group(1)) > 0 and \
            (not fault or int(done.group(2)) == 0)
        return result, result.status == 0 and enough

    def remove(self):
        """Nothing is left of it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _reference_seconds(variant, patience, **what):
    """How long a run takes with the reference; None: it does not pass now."""
    stage = FaultStage(variant['model'], build.reference(variant['model']))
    try:
        result, fine = stage.run(patience * REFERENCE_SECONDS, patience, **what)
        return result.seconds / patience if fine else None
    finally:
        stage.remove()


def _message(result, limit):
    if result.status is None:
        return f'stopped after {limit:.0f} seconds: the reference takes much less'
    text = re.sub(r'^ +again: make faults.*\n', '', result.output, flags=re.M)
    text = re.sub(r', the first returns to: addr2line .*', '', text)  # in our program
    if 'VIOLATION' in text:  # the same once more stands below that it was the only one
        return re.split(r'^\S+ \w+:\d+:.* calls have failed$', text[text.index('VIOLATION'):],
                        maxsplit=1, flags=re.M)[0]
    return f'the call is not made any more, or the server does not start:\n{text[-1500:]}'


def fault_line(name, points, stage, variant, runs=1, **what):
    """The line of a fault or a sample, which has to pass so often."""
    def attempt(limit, patience):
        for _ in range(runs * patience):
            result, fine = stage.run(limit, patience, **what)
            if not fine:
                break
        return result, fine
    return judge.line(name, points, BOUNDS, attempt,
                      lambda patience: _reference_seconds(variant, patience, **what), _message)


def cause_of(text):
    """The sentence behind `cause:`."""
    match = re.search(r'^[ */]*cause:(.*(?:\n[ ]\*[ ](?!cause)[^\n]*\w[^\n]*)*)', text, re.M)
    lines = match.group(1).split('\n') if match else []
    sentence = ' '.join(line.partition('*/')[0].removeprefix(' *') for line in lines)
    sentence = ' '.join(sentence.split())
    language.sentence(sentence, 'a comment with a line `cause:` needs a sentence behind it (which '
                                'call, which errno, and what happened?)')
    return sentence


def check_file(text, source):
    """Its first line says which file it is; a student number may have been mistyped."""
    match = re.search(r'^/\* (\S+) of the server, with a mistake', text, re.M)
    if match and match.group(1) != source:
        raise LabError(f'this is {match.group(1)}; the server that was drawn for this student '
                       f'number has its mistake in {source}. Move repaired.c away; make lab N=30 '
                       'hands it out anew')


def unit_lines(exercise, variant, text):
    """The line of a damage that clients do not notice: a unit test, for some of the points of the
    first line."""
    case = variant.get('unit')
    if case is None:
        return []
    with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
        stage = unit.UnitStage(unit.parts(exercise, case), variant['source'],
                               unit.compiled(exercise, text, scratch))
    try:
        return [unit.check(case['name'], exercise, case, stage)]
    finally:
        stage.remove()


def _asked(text):
    """The sentence on the cause, and what is wrong with it. Without one the fault is shown all the
    same, since who has not seen it yet can't know the cause; but nothing is earned."""
    try:
        return cause_of(text), ''
    except LabError as error:
        return 'none', str(error)


def _lines(exercise, variant, text, server, no_cause):
    one, two = FaultStage(variant['model'], server), check_build.Stage(server)
    fault, sample, *cases = exercise.cases
    units = [variant['unit']] if 'unit' in variant else []
    points = fault['points'] - sum(case['points'] for case in units)
    try:
        first = fault_line(f'the server when the call fails ({RUNS} times)', points, one,
                           variant, RUNS, fault=variant['fault'])
        if first.outcome == PASS and no_cause:
            first = Line(first.name, FAIL, points, f'the call is handled, but {no_cause}')
        if first.outcome != PASS:
            return [first] + [Line(case.get('name', 'other calls fail'), first.outcome,
                                   case['points'], 'not tried: the first line has to pass')
                              for case in units + exercise.cases[1:]]
        lines = [first, *unit_lines(exercise, variant, text),
                 fault_line(f'{sample["sample"]} other calls fail', sample['points'], one,
                            variant, sample=sample['sample'])]
        for case in cases:
            case = {**case, 'model': variant['model']}
            lines.append(check_build.check_case(exercise, two, case))
        return lines
    finally:
        one.remove()
        two.remove()


def check(exercise, folder, student=0):
    """The verdict on a folder with the repaired file."""
    variant = exercise.variant(student)
    with tempfile.TemporaryDirectory(prefix='labs-') as scratch:
        try:
            text = submission.take(folder, exercise.file)
            cause, no_cause = _asked(text.decode('utf-8', 'replace'))
            check_file(text.decode('utf-8', 'replace'), variant['source'])
            exercise.of_source = variant['source']
            server, warnings = check_build.compile_student(exercise, text, scratch, '',
                                                           variant['model'])
            lines = _lines(exercise, variant, text, server, no_cause)
        except LabError as error:
            return nothing(exercise, error)
    note = f'the compiler warns:\n{warnings}\n' if warnings else ''
    return Verdict(exercise, lines, f'{note}cause, for the teacher to read: {cause}')


def starter(text, source):
    """What the student begins with: the file with the mistake."""
    return f'/* {source} of the server, with a mistake: repair it\n *\n * cause:\n */\n{text}'
