"""Checks an exercise for testers: conversations that tell mistakes which the student never sees."""
import re

from ..base import paths, submission
from ..base.errors import LabError
from ..base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict, nothing
from ..conversations import talk
from ..conversations.conversation import Conversation
from ..servers import build, variants
from .find import ON_MISTAKE, ON_REFERENCE, REFERENCE_SECONDS, Seen

MOST = 12                  # conversations
TOLD = ('one mistake is detected', 'a second one is detected', 'a third one is detected')
POINTS = (3, 3, 4)
ORDER = (PASS, NOT_JUDGED, FAIL)  # of the three lines
UNCLEAR = 'now a conversation fails on the server without a mistake, too: run it again'


def conversations(text):
    """The file, cut before each `cause:`, with the number of the line where each begins."""
    parts = re.split(r'^(?=cause:)', text, flags=re.M)
    parts = [part for part in parts if part.startswith('cause:')]
    if not parts:
        raise LabError('there is no conversation: each begins with a line `cause:`')
    if len(parts) > MOST:
        raise LabError(f'there are {len(parts)} conversations; {MOST} are allowed')
    found, line = [], text[:text.index(parts[0])].count('\n') + 1
    for part in parts:
        try:
            found.append((line, Conversation(part)))
        except LabError as error:
            raise LabError(f'the conversation of line {line}: {error}') from error
        line += part.count('\n')
    return found


def drawn(exercise, student):
    """A mistake of each group. Neighbours differ in all three, and few share two."""
    groups = exercise.unseen
    return [group[(student + place * (student // len(group))) % len(group)]
            for place, group in enumerate(groups)]


def program(exercise, mutant):
    """The server with a mistake; in a handout it is there, under a number."""
    if paths.is_handout():
        return paths.REFERENCE / mutant
    return variants.program(exercise, {'mutant': mutant, 'model': exercise.model})


def _on_reference(exercise, number, conversation):
    """The line of one conversation, and what it took there."""
    name = f'the conversation of line {number} passes without a mistake ({ON_REFERENCE} times)'
    reference, seen = build.reference(exercise.model), Seen()
    for _ in range(ON_REFERENCE):
        if failure := seen.passes(conversation, reference):
            return Line(name, FAIL, 0, f'{failure}\n(lines count from `cause:` on)'), seen
    return Line(name, PASS, 0), seen


def _tells(conversation, server, reference, seen):
    """Does it fail on a server each time? Without a verdict if it fails on the reference now, too:
    then perhaps both took too long."""
    if any(seen.on(conversation, server).run() for _ in range(ON_MISTAKE)):
        return FAIL
    return PASS if seen.on(conversation, reference).run() else NOT_JUDGED


def _detected(usable, server, reference):
    """The best that one of the conversations says of a server."""
    unclear = FAIL
    for conversation, seen in usable:
        outcome = _tells(conversation, server, reference, seen)
        if outcome == PASS:
            return PASS
        unclear = NOT_JUDGED if outcome == NOT_JUDGED else unclear
    return unclear


def _reference_works(exercise):
    model = Conversation('cause: is the machine fit to judge at all\na connects\na expects HELLO 1 '
                         '...\na sends N\na expects OK 0\n')
    return talk.Run(model, build.reference(exercise.model), REFERENCE_SECONDS).run()


def check(exercise, folder, student=0):
    """The verdict on a folder with the conversations."""
    try:
        found = conversations(submission.text(folder, exercise.file))
    except LabError as error:
        return nothing(exercise, error)
    lines, usable = [], []
    for number, conversation in found:
        line, seen = _on_reference(exercise, number, conversation)
        lines.append(line)
        if line.outcome == PASS:
            usable.append((conversation, seen))
    if not usable and not _reference_works(exercise):
        return Verdict(exercise, [Line(exercise.file, NOT_JUDGED, exercise.full_points,
                                       'the server of the project fails, too: run it again')])
    reference = build.reference(exercise.model)
    outcomes = [_detected(usable, program(exercise, mutant), reference)
                for mutant in drawn(exercise, student)]
    lines += [Line(name, outcome, points, UNCLEAR if outcome == NOT_JUDGED else '')
              for name, points, outcome in zip(TOLD, POINTS, sorted(outcomes, key=ORDER.index))]
    note = '\n'.join(f'line {number} tests, for the teacher to read: {one.cause}'
                     for number, one in found)
    return Verdict(exercise, lines, note)
