"""Checks a find exercise: a conversation passes on the reference, and not on the server drawn."""
from ..base import judge, submission
from ..base.errors import LabError
from ..base.verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict, nothing
from ..conversations import talk
from ..conversations.conversation import Conversation
from ..servers import build, variants

ON_REFERENCE, ON_MISTAKE = 3, 2   # how often it is run on each
REFERENCE_SECONDS = 10.0          # that a step may take there
TIMES_LONGER = 10                 # than the reference's slowest step
LEAST_SECONDS = 1.5               # that a step may take on the other
ALL_LONGER = 4                    # than the whole conversation takes there

FIRST, SECOND = f'passes on the server without the mistake ({ON_REFERENCE} times)', \
    'fails on the server with the mistake'


class Seen:
    """What a conversation has taken on the reference, and how much more it may take."""

    def __init__(self):
        self.slowest, self.taken = 0.0, 0.0

    def passes(self, conversation, reference):
        """Runs it there: why it does not pass; None: it does. On a busy machine all of it may
        take longer."""
        total = talk.TOTAL * (judge.PATIENCE if judge.busy() else 1)
        run = talk.Run(conversation, reference, REFERENCE_SECONDS, total)
        if not run.run():
            return run.failure
        self.slowest, self.taken = max(self.slowest, run.longest), max(self.taken, run.taken)
        return None

    def on(self, conversation, program):
        """A run with another server, and the limits that follow."""
        return talk.Run(conversation, program, max(LEAST_SECONDS, TIMES_LONGER * self.slowest),
                        max(talk.TOTAL, ALL_LONGER * self.taken))


def model_works(exercise, variant, reference):
    """Does the model solution pass on the reference now? None: there is no model solution."""
    path = exercise.folder / 'solution' / variant.get('solution', '')
    if not path.is_file():
        return None
    conversation = Conversation(path.read_text(encoding='utf-8'))
    return talk.Run(conversation, reference, REFERENCE_SECONDS).run()


def on_reference(exercise, variant, conversation, reference):
    """Runs it three times there: the line, and what it took."""
    seen = Seen()
    for number in range(1, ON_REFERENCE + 1):
        if failure := seen.passes(conversation, reference):
            if model_works(exercise, variant, reference) is False:
                return Line(FIRST, NOT_JUDGED, 0, 'the model solution fails, too: run it again'), \
                    seen
            return Line(FIRST, FAIL, 0, f'run {number} fails:\n{failure}'), seen
    return Line(FIRST, PASS, 0), seen


def on_mistake(exercise, conversation, program, reference, seen):
    """Runs it on the server with the mistake: it has to fail each time. That earns the points, if
    it is not for the machine: within the same limits it still has to pass on the reference."""
    points = exercise.full_points
    shown = ''
    for number in range(1, ON_MISTAKE + 1):
        run = seen.on(conversation, program)
        if run.run():
            often = ', or not always' if number > 1 else ''
            return Line(SECOND, FAIL, points,
                        f'run {number} passes: the conversation does not show the mistake{often}. '
                        'Your cause may be right all the same: what of it does a client notice, or '
                        '`check`?')
        shown = run.failure
    again = seen.on(conversation, reference)
    if not again.run():
        return Line(SECOND, NOT_JUDGED, points, 'now it fails on the server without the mistake, '
                                                f'too: run it again\n{again.failure}')
    return Line(SECOND, PASS, points, f'there it ends so:\n{shown}')


def check(exercise, folder, student=0):
    """The verdict on a folder with a conversation.txt."""
    try:
        conversation = Conversation(submission.text(folder, exercise.file))
    except LabError as error:
        return nothing(exercise, error)
    variant = exercise.variant(student)
    reference, program = build.reference(variant['model']), variants.program(exercise, variant)
    first, seen = on_reference(exercise, variant, conversation, reference)
    if first.outcome == PASS:
        second = on_mistake(exercise, conversation, program, reference, seen)
    else:
        second = Line(SECOND, first.outcome, exercise.full_points,
                      'not tried: it does not pass without the mistake')
    return Verdict(exercise, [first, second],
                   f'cause, for the teacher to read: {conversation.cause}')
