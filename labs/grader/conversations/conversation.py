"""Conversations: the script of a find exercise, read (labs/conversations.md)."""
import re

from ..base import language
from ..base.errors import LabError

MOST_LINES, MOST_CLIENTS, MOST_TIMES = 400, 1500, 1000
MOST_BYTES, MOST_SUM = 64 * 1024 * 1024, 128 * 1024 * 1024
MOST_LETTERS = 40     # of a client's name
SIZES = {'': 1, 'K': 1024, 'M': 1024 * 1024}

# every step: what it looks like; NAME at its beginning is one client or a range of them
SERVER_STEPS = {
    'file': r'file (?P<file>[A-Za-z0-9][\w.-]*) (?P<size>\d{1,9}[KM]?)',
    'inherit': r'inherit (?P<count>\d{1,4}) descriptors',
    'leave': r'leave (?P<count>\d{1,3}) descriptors',
    'start': r'start(?P<options>( --[a-z-]+( [0-9]+[KMG]?)?)*)',
    'stop': r'stop',
    'ended': r'expect the server to end',
    'idle': r'wait until idle',
    'cpu': r'check cpu',
    'zombies': r'check zombies (?P<count>\d{1,4})',
    'processes': r'check processes (?P<count>\d{1,4})',
    'descriptors': r'check descriptors(?P<more> \+\d{1,4})?',
    'edge': r'check edge-triggered (?P<count>\d{1,4})',
    'announce': r'announce (?P<text>.+)',
    'pause': r'pause (?P<count>\d{1,4}) ms',
}
CLIENT_STEPS = {
    'connects': r'connects(?P<slowly> slowly)?',
    'sends': r'sends (?P<text>.*)',
    'types': r'types (?P<text>.+)',
    'uploads': r'uploads (?P<size>\d{1,9}[KM]?)',
    'expects': r'expects (?P<text>.*)',
    'reply': r'expects-reply (?P<text>.*)',
    'body': r'expects-body (?P<file>[A-Za-z0-9][\w.-]*)',
    'reads': r'reads (?P<size>\d{1,9}[KM]?)',
    'end': r'expects-end',
    'nothing': r'expects-nothing',
    'half-closes': r'half-closes',
    'closes': r'closes',
    'resets': r'resets',
    'killed': r'process-killed',
}
SHOWS = {'ended', 'idle', 'cpu', 'zombies', 'processes', 'descriptors', 'edge'} | \
    {'expects', 'reply', 'body', 'end', 'nothing'}
ENDS = {'closes', 'resets'}  # after these a client has to connect anew


class Step:
    """One line: what is done, by which client (None: to the server), with which words."""

    def __init__(self, number, line, kind, client, words):
        self.number, self.line, self.kind = number, line, kind
        self.client, self.words = client, words

    def size(self):
        """Bytes that the line names."""
        text = self.words['size']
        return int(text.rstrip('KM')) * SIZES[text.lstrip('0123456789')]


class Conversation:
    """cause: the student's sentence; steps: ranges and repetitions are written out."""

    def __init__(self, text):
        self.cause, self.steps = '', []
        lines = text.splitlines()
        if len(lines) > MOST_LINES:
            raise LabError(f'the conversation has {len(lines)} lines; {MOST_LINES} are allowed')
        for number, line in enumerate(lines, 1):
            line = line.strip('\r')
            if line.startswith('cause:'):
                self.cause = line[len('cause:'):].strip()
            elif line.strip() and not line.startswith('#'):
                self._read(number, line.lstrip())
        self._check()

    def _read(self, number, line):
        times = re.match(r'(\d{1,4}) times ', line)
        count = int(times.group(1)) if times else 1
        if count > MOST_TIMES:
            raise LabError(f'line {number}: {MOST_TIMES} times are the most')
        rest = line[times.end():] if times else line
        steps = list(self._steps(number, line, rest))
        if len(self.steps) + count * len(steps) > 20000:
            raise LabError(f'line {number}: that is more than 20000 steps')
        self.steps += steps * count

    def _steps(self, number, line, rest):
        for kind, pattern in SERVER_STEPS.items():
            if match := re.fullmatch(pattern, rest):
                yield Step(number, line, kind, None, match.groupdict())
                return
        name, _, action = rest.partition(' ')
        for kind, pattern in CLIENT_STEPS.items():
            if match := re.fullmatch(pattern, action):
                for client in _names(number, name):
                    yield Step(number, line, kind, client, match.groupdict())
                return
        raise LabError(f'line {number} is no step of a conversation: {line}\n'
                       'labs/conversations.md lists them all')

    def _check(self):
        language.sentence(self.cause, 'behind `cause:` belongs a sentence on what the server does '
                                      'wrong')
        clients = {step.client for step in self.steps if step.client}
        if len(clients) > MOST_CLIENTS:
            raise LabError(f'{len(clients)} clients are too many; {MOST_CLIENTS} are allowed')
        _check_clients(self.steps)
        for step in self.steps:
            if 'size' in step.words and step.size() > MOST_BYTES:
                raise LabError(f'line {step.number}: 64M are the most')
        self._check_sum()
        if not any(step.kind in SHOWS for step in self.steps):
            raise LabError('the conversation expects nothing: it would pass with any server')

    def _check_sum(self):
        """Files stand in the library, and uploads, too."""
        total = 0
        for step in self.steps:
            total += step.size() if step.kind in ('file', 'uploads') else 0
            if total > MOST_SUM:
                raise LabError(f'line {step.number}: with it, files and uploads have more than '
                               '128M in sum')


def _check_clients(steps):
    """A client can do nothing before it connects, and after it has closed."""
    connected = {}
    for step in steps:
        if step.client and step.kind != 'connects' and not connected.get(step.client):
            why = 'has closed its connection' if step.client in connected else 'has not connected'
            raise LabError(f'line {step.number}: {step.client} {why}: {step.line}')
        if step.client:
            connected[step.client] = step.kind not in ENDS


def _names(number, text):
    if len(text) > MOST_LETTERS:
        raise LabError(f'line {number}: the name of a client has at most {MOST_LETTERS} letters')
    if match := re.fullmatch(r'([A-Za-z]+)(\d{1,4})\.\.\1(\d{1,4})', text):
        first, last = int(match.group(2)), int(match.group(3))
        if first > last:
            raise LabError(f'line {number}: {text} is an empty range')
        return [f'{match.group(1)}{i}' for i in range(first, last + 1)]
    if re.fullmatch(r'[A-Za-z]\w*', text):
        return [text]
    raise LabError(f'line {number}: {text} is no name of a client: letters, then perhaps digits')
