"""Verdicts on a machine that is slow or busy, without one: what servers do is made up here."""
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

from ... import checks
from ...base import exercise, judge
from ...base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict
from ...checks import build as build_check, own, server
from ...conversations import talk
from ...conversations.conversation import Conversation
from ...observe import traces, udp
from ...safety import sandbox
from ...servers import build, variants
from .. import report
from ..exercises import design, measure

SLOW = 50.0      # seconds that the reference takes, and a submission four times as long
SPUN = 4         # times that a server is looked at which spins
CAUSE = 'cause: the server answers N with OK 1\n'
TALK = CAUSE + 'a connects\na expects HELLO 1 ...\na sends N\na expects OK 0\n'
PASSES = ', 1 faults of it, 0 not reached\n 3 cases run\n'  # what a sweep and a suite print


class Stage:
    """A server that takes so many seconds, in place of one in the sandbox."""

    def __init__(self, takes):
        self.takes = takes

    def _run(self, seconds):
        ended = seconds >= self.takes
        return sandbox.Result(0 if ended else None, PASSES, min(seconds, self.takes))

    def remove(self):
        """Nothing is left of it."""


class Suite(Stage):
    """See checks.build.Stage."""

    def run(self, _case, seconds, _patience=1):
        """How it ended."""
        return self._run(seconds)


class Sweep(Stage):
    """See checks.repair.FaultStage."""

    def run(self, seconds=60.0, _patience=1, **_what):
        """How it ended, and whether all was well."""
        result = self._run(seconds)
        return result, result.status == 0


def slow_machine():
    """Where the reference takes long, a submission may take longer, and is tried again."""
    group, found = {'name': 'a group', 'points': 1, 'cases': ['a', 'b']}, []
    with mock.patch.object(build, 'reference', lambda _: None), \
            mock.patch.object(checks.build, 'Stage', lambda *_: Suite(SLOW)), \
            mock.patch.object(checks.repair, 'FaultStage', lambda *_: Sweep(SLOW)):
        for takes in (4 * SLOW, 100 * SLOW):
            found.append(checks.server.group_line(Suite(takes), group).outcome)
            line = checks.repair.fault_line('a fault', 1, Sweep(takes), {'model': '05_poll'})
            found.append(line.outcome)
    return '' if found == [PASS, PASS, FAIL, FAIL] else f'{found}'


class Run:
    """A run of a conversation, see talk.Run. The servers: `ours` passes `good` times, and fails
    then; any other fails."""

    good, totals = 0, []

    def __init__(self, _conversation, program, _seconds, total=talk.TOTAL):
        self.program, self.longest, self.taken, self.failure = program, 0.1, 30.0, 'it fails'
        Run.totals.append((program, total))

    def run(self):
        """Does it pass?"""
        if self.program == 'ours':
            Run.good -= 1
        return self.program == 'ours' and Run.good >= 0


def _talked(number, module, good):
    """The verdict on a conversation."""
    one, Run.good, Run.totals = exercise.numbered(number), good, []
    with tempfile.TemporaryDirectory(prefix='labs-') as folder, \
            mock.patch.object(talk, 'Run', Run), \
            mock.patch.object(build, 'reference', lambda *_: 'ours'), \
            mock.patch.object(variants, 'program', lambda *_: 'another'):
        Path(folder, one.file).write_text(TALK, encoding='utf-8')
        return [line.outcome for line in module.check(one, folder, 1).lines]


def credit():
    """A conversation that fails now on the reference, too, has detected nothing."""
    wanted = {('7', 4): [PASS, PASS], ('7', 3): [PASS, NOT_JUDGED],
              ('31', 6): [PASS, PASS, PASS, PASS], ('31', 3): [PASS] + 3 * [NOT_JUDGED],
              ('31', 4): [PASS, PASS, NOT_JUDGED, NOT_JUDGED]}
    modules = {'7': checks.find, '31': checks.tester}
    found = {key: _talked(key[0], modules[key[0]], key[1]) for key in wanted}
    return '\n'.join(f'{key}: {found[key]}' for key in wanted if found[key] != wanted[key])


def totals():
    """A whole conversation may take four times as long as on the reference."""
    _talked('7', checks.find, 4)
    least = min(total for program, total in Run.totals if program == 'another')
    return '' if least >= 4 * 30.0 else f'it may take {least} s'


def graded_again():
    """labs-check grades again what a teacher would, of all kinds."""
    wrong = []
    for number, module in (('31', design), ('16', measure)):
        one, outcomes = exercise.numbered(number), [NOT_JUDGED, PASS]
        found = lambda one, *_, left=outcomes: Verdict(one, [Line('a', left.pop(0), 1)])
        with mock.patch.object(checks, 'check', found), \
                mock.patch.object(report, 'graded_again', []), \
                mock.patch.object(judge, 'busy', lambda: True):
            given = {} if one.kind == 'measure' else ''
            outcome = module._verdict(one, given).lines[0].outcome  # pylint: disable=W0212
        wrong += [] if outcome == PASS else [f'{number}: {outcome}']
    return '\n'.join(wrong)


def _second_time_lucky(module, number):
    """The outcomes of all lines that are judged only when they are checked for the second time."""
    asked, one = [], exercise.numbered(number)

    def line(name, points, *_):
        asked.append(name)
        return Line(name, NOT_JUDGED if asked.count(name) == 1 else PASS, points)

    def run(_, name, __):  # of exercise 29: the submission, then our own program
        asked.append(name)
        return sandbox.Result(1 if asked.count(name) <= 2 else 0, '', 0.1)
    stages = {}
    if module is build_check:
        ways = [build_check._way(one, case) for case in one.cases]  # pylint: disable=W0212
        stages = dict.fromkeys(ways, mock.Mock())
    with tempfile.TemporaryDirectory(prefix='labs-') as folder, \
            mock.patch.object(judge, 'line', line), \
            mock.patch.object(build_check, '_stages', lambda *_: (stages, '')), \
            mock.patch.object(build_check, 'Stage'), mock.patch.object(own, 'Climber'), \
            mock.patch.object(own, 'built'), mock.patch.object(udp, 'Program'), \
            mock.patch.object(server, 'compiled', lambda *_: ('', '')), \
            mock.patch.object(udp, '_run', run):
        for name in (one.file, one.document.get('file', one.file)):
            Path(folder, name).write_text('shares: nothing {port} {dir}\n', encoding='utf-8')
        lines = module.check(one, folder, 1).lines
    return [found for found in lines if found.name in asked or module is udp]


def judged_alone():
    """A line that is not judged beside the others of a submission is checked again without them."""
    wrong = []
    for number, module in (('9', build_check), ('32', server), ('3', own), ('29', udp)):
        lines = _second_time_lucky(module, number)
        wrong += [f'{number}: {one.name}: {one.outcome}' for one in lines if one.outcome != PASS]
        wrong += [] if lines else [f'{number}: no line']
    return '\n'.join(wrong)


def marks():
    """Exercise 18: without the line that was handed out no traces are those."""
    one, wrong = exercise.numbered('18'), []
    handed_out = traces.marked(1, '0123abcd')
    made_up = {'none': '', 'empty': 'traces:\n', 'a word': 'traces: mine\n',
               'a neighbour\'s': f'traces: {traces.marked(2, "0123abcd")}\n',
               'a digit changed': f'traces: 1{handed_out[1:]}\n'}
    with mock.patch.object(traces, '_make', mock.Mock(side_effect=traces.answers.NotMeasured)):
        for name, line in [*made_up.items(), ('as it was', f'traces: {handed_out}\n')]:
            with tempfile.TemporaryDirectory(prefix='labs-') as folder:
                Path(folder, one.file).write_text(line + 'a: ready\n', encoding='utf-8')
                outcome = traces.check(one, folder, 1).lines[0].outcome
            if outcome != (FAIL if name in made_up else NOT_JUDGED):
                wrong.append(f'{name}: {outcome}')
    return '\n'.join(wrong)


def spins():
    """A server that spins beside two hogs of its processor is seen each time, though it has to wait
    for most of the time; one that sleeps is not."""
    pin = ['taskset', '-c', str(min(os.sched_getaffinity(0)))]
    hog = [*pin, sys.executable, '-c', 'while True: pass']
    commands = [hog, hog, ['nice', '-n', '19', *hog], ['sleep', '60']]
    started = [subprocess.Popen(words) for words in commands]
    found = []
    try:
        for process in started[2:]:
            one = talk.Run(Conversation(TALK), '', 10.0)
            one.server.process = process
            found.append([one.wants(0.1) for _ in range(SPUN)])
    finally:
        for process in started:
            process.kill()
            process.wait()
    seen = [sum(part > talk.SPINS for part in parts) for parts in found]
    return '' if seen == [SPUN, 0] else f'{found}'


def run():
    """Yields a name and what was wrong ('': nothing)."""
    for name, function in [('where the reference takes long', slow_machine),
                           ('no credit for a machine that is slow', credit),
                           ('of a whole conversation', totals),
                           ('graded again in labs-check', graded_again),
                           ('not judged beside other lines', judged_alone),
                           ('a server that spins', spins),
                           ('the line of the traces', marks)]:
        try:
            yield f'limits: {name}', function()
        except Exception as error:  # pylint: disable=broad-except  (the others go on)
            yield f'limits: {name}', f'{type(error).__name__}: {error}'
