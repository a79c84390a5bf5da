"""Checks a find exercise: a conversation passes on the reference, and not on the server drawn."""
from . import build, submission, talk, variants
from .conversation import Conversation
from .errors import LabError
from .verdict import FAIL, NOT_JUDGED, PASS, Line, Verdict, nothing

ON_REFERENCE, ON_MISTAKE = 3, 2   # how often it is run on each
REFERENCE_SECONDS = 10.0          # that a step may take there
TIMES_LONGER = 10                 # than the reference's slowest step
LEAST_SECONDS = 1.5               # that a step may take on the other

FIRST, SECOND = f'passes on the server without the mistake ({ON_REFERENCE} times)', \
    'fails on the server with the mistake'


def model_works(exercise, variant, reference):
    """Does the model solution pass on the reference now? None: there is no model solution."""
    path = exercise.folder / 'solution' / variant.get('solution', '')
    if not path.is_file():
        return None
    conversation = Conversation(path.read_text(encoding='utf-8'))
    return talk.Run(conversation, reference, REFERENCE_SECONDS).run()


def on_reference(exercise, variant, conversation, reference):
    """Runs it three times there: the line, and the time of the slowest step."""
    longest = 0.0
    for number in range(1, ON_REFERENCE + 1):
        run = talk.Run(conversation, reference, REFERENCE_SECONDS)
        if not run.run():
            if model_works(exercise, variant, reference) is False:
                return Line(FIRST, NOT_JUDGED, 0, 'the model solution fails, too: run it again'), 0
            return Line(FIRST, FAIL, 0, f'run {number} fails:\n{run.failure}'), 0
        longest = max(longest, run.longest)
    return Line(FIRST, PASS, 0), longest


def on_mistake(exercise, conversation, program, longest):
    """Runs it on the server with the mistake: it has to fail each time. That earns the points."""
    points = exercise.full_points
    seconds = max(LEAST_SECONDS, TIMES_LONGER * longest)
    shown = ''
    for number in range(1, ON_MISTAKE + 1):
        run = talk.Run(conversation, program, seconds)
        if run.run():
            often = ', or not always' if number > 1 else ''
            return Line(SECOND, FAIL, points,
                        f'run {number} passes: the conversation does not show the mistake{often}. '
                        'Your cause may be right all the same: what of it does a client notice, or '
                        '`check`?')
        shown = run.failure
    return Line(SECOND, PASS, points, f'there it ends so:\n{shown}')


def check(exercise, folder, student=0):
    """The verdict on a folder with a conversation.txt."""
    try:
        conversation = Conversation(submission.text(folder, exercise.file))
    except LabError as error:
        return nothing(exercise, str(error))
    variant = exercise.variant(student)
    reference, program = build.reference(variant['model']), variants.program(exercise, variant)
    first, longest = on_reference(exercise, variant, conversation, reference)
    if first.outcome == PASS:
        second = on_mistake(exercise, conversation, program, longest)
    else:
        second = Line(SECOND, first.outcome, exercise.full_points,
                      'not tried: it does not pass without the mistake')
    return Verdict(exercise, [first, second],
                   f'cause, for the teacher to read: {conversation.cause}')
