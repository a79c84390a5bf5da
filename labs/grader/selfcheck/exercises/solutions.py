"""Are the model solutions that change a server of the project as new as that server?

What the exercise does not change is the server's, line by line. So whoever mends the server is told
to mend the solution, too."""
import re

from ...base import csource, exercise, paths

ALL = None
RESULT = 'return n >= 0 || errno == EAGAIN || errno == EINTR;'

# exercise: the server, and the functions that differ: which lines of the server's are gone there
CHANGES = {
    25: ('06_epoll/server.c', {'main': [], 'serve': [], 'watch': ALL, 'conn_recv': [],
                               'conn_send': [RESULT]}),
    32: ('06_epoll/server.c', {'main': ALL, 'serve': ALL, 'watch': ALL}),
}


def lines(function):
    """Its code: without comments, blanks at the ends of lines, and empty lines."""
    code = re.sub(r'/\*(?:[^*]|\*(?!/))*\*/', '', function)
    return [line.strip() for line in code.splitlines() if line.strip()]


def _gone(old, new):
    """Lines that have no counterpart, in their order."""
    rest = iter(new)
    found = []
    for line in old:
        kept = list(rest)
        if line in kept:
            rest = iter(kept[kept.index(line) + 1:])
        else:
            found.append(line)
            rest = iter(kept)
    return found


def differences(server, solution, changes):
    """What the solution has otherwise than the server, and should not; and what it has not changed,
    and should: {function: lines}"""
    found = {}
    common = set(csource.functions(server)) & set(csource.functions(solution))
    for name in sorted(common | set(changes)):
        old, new = (lines(csource.function(text, name)) for text in (server, solution))
        if name not in changes:
            wrong = [line for line in old if line not in new] or ([] if old == new else new)
        elif old == new:
            wrong = ['(it does not differ)']
        else:
            wrong = [] if changes[name] is ALL or _gone(old, new) == changes[name] else \
                _gone(old, new)
        if wrong:
            found[name] = wrong
    return found


def _texts(number):
    """The server and the solution."""
    one = exercise.numbered(str(number))
    return [path.read_text(encoding='utf-8') for path in
            (paths.ROOT / CHANGES[number][0], one.folder / 'solution' / 'server.c')]


def wrong(one):
    """What is wrong with the solution of an exercise; '': nothing."""
    source, changes = CHANGES[one.number]
    found = differences(*_texts(one.number), changes)
    return '\n'.join(f'{name} differs from that of {source}: {"; ".join(found[name])}'
                     for name in found)


def notices():
    """A line that is mended in the server, in a function that one exercise changes and the other
    does not: both solutions are told."""
    for number, (_, changes) in CHANGES.items():
        server, solution = _texts(number)
        found = differences(server.replace('max - sent', 'max'), solution, changes)
        if list(found) != ['conn_send']:
            return f'{number}: {found}'
    return ''


def is_changed_server(one):
    """Is its solution a server of the project, changed?"""
    return one.kind != 'own' and (one.folder / 'solution' / 'server.c').is_file()


def listed():
    """Each such exercise has its changes above."""
    numbers = {one.number for one in exercise.all_exercises().values() if is_changed_server(one)}
    return '' if numbers == set(CHANGES) else f'these have such a solution: {sorted(numbers)}'
