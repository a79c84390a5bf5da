"""Documents, conversations and repairs that cheat: none earns a point."""
import tempfile
from pathlib import Path

from ... import checks
from ...base import exercise
from ...servers import variants

PADDING = ' '.join(['word'] * 400)
ROWS = '\n'.join(f'- row {i}' for i in range(12))
HEADINGS = '# Requirements\n\n# Limits and failures\n\n# Outline\n'
CAUSE = '/* cause: a call that fails, and nobody looks at it */\n'
TALK = 'cause: a promise of the protocol that is tested here\na connects\na expects HELLO 1 ...\n'

# by number: what is handed in, and why it is worth nothing
TEXTS = {
    '8': {'only headings': HEADINGS,
          'one word many times': HEADINGS.replace('\n\n', f'\n{PADDING}\n{ROWS}\n\n'),
          'headings inside a fence': f'```\n{HEADINGS}\n```\n{PADDING}',
          'no text': ''},
    '31': {'fails everywhere': TALK + 'a sends N\na expects ERR bad-request ...\n',
           'depends on time': TALK + '200 times a sends N\npause 2000 ms\na expects-nothing\n',
           'thirteen conversations': 13 * (TALK + 'a sends N\na expects OK 0\n'),
           'no cause': 'cause:\na connects\na expects HELLO 1 ...\n'},
    '30': {'no cause': 'int main(void) { return 0; }\n',
           'ends at once': CAUSE + '__attribute__((constructor)) static void end(void) '
                                   '{ __builtin_exit(0); }\n'},
    '32': {'shares what there is not': '/* shares: everything */\nint main(void) { return 0; }\n',
           'prints the startup line':
               '/* shares: nothing */\n#include <stdio.h>\n#include <unistd.h>\n'
               'int main(void) { puts("epoll: listening on 127.0.0.1:9, serving f, '
               'up to 9 clients"); fflush(stdout); pause(); }\n'},
}


def _starter_without_the_call(one, student):
    """A repair that does not make the call any more: here, of rename."""
    variant = one.variant(student)
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        variants.write_sources(variant, folder)
        text = (Path(folder) / variant['source']).read_text(encoding='utf-8')
    last = text.rindex('#include')
    end = text.index('\n', last) + 1
    define = '#define renameat(a, b, c, d) ((void)(b), (void)(d), 0)\n'
    return CAUSE + text[:end] + define + text[end:]


def run():
    """Yields a name and what was wrong ('': nothing)."""
    for number, texts in TEXTS.items():
        one = exercise.numbered(number)
        for name, text in texts.items():
            yield f'cheat in {number}: {name}', _points(one, text, 1)
    one = exercise.numbered('30')
    student = next(s for s in range(len(one.variants))
                   if one.variant(s)['fault'].startswith('renameat'))
    text = _starter_without_the_call(one, student)
    yield 'cheat in 30: the call is not made', _points(one, text, student)


def _points(one, text, student):
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        points = checks.check(exercise.Exercise(one.folder), folder, student).points
    return f'it has {points} points' if points else ''
