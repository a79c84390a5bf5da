"""Are the calls in a trace called what exercise 18 says? Of a trace that is written here."""
from ...observe import traces

PAUSE = 0.5
TRACE = '''\
0.10 {wait}([{{fd=3, events=POLLIN}}], 1, -1) = 1 <0.500000>
0.61 accept4(3, NULL, NULL, SOCK_NONBLOCK) = 4 <0.000010>
0.62 accept4(3, NULL, NULL, SOCK_NONBLOCK) = -1 EAGAIN (try again) <0.000010>
0.63 sendto(4, "HELLO 1 poll\\n", 13, MSG_NOSIGNAL, NULL, 0) = 13 <0.000010>
0.64 {wait}([{{fd=3, events=POLLIN}}, {{fd=4, events=POLLIN}}], 2, -1) = 1 <0.500000>
1.15 recvfrom(4, "", 256, 0, NULL, NULL) = 0 <0.000010>
1.16 {wait}([{{fd=3, events=POLLIN}}], 1, -1) = 1 <0.500000>
1.67 accept4(3, NULL, NULL, SOCK_NONBLOCK) = 4 <0.000010>
1.68 {wait}([{{fd=3, events=POLLIN}}, {{fd=4, events=POLLIN}}], 2, -1) = 1 <0.500000>
'''
KINDS = ['', traces.READY, traces.REFUSED, traces.READY, traces.MULTIPLEXES, '', '', traces.READY,
         traces.MULTIPLEXES]


def _servers(wait, lettered):
    """A server of one task, with letters at these calls."""
    calls = traces.calls_of(TRACE.format(wait=wait), 0.5, PAUSE)
    for letter, index in zip('abc', lettered):
        calls[index].letter = letter
    return [[calls]]


def run():
    """Yields a name and what was wrong ('': nothing)."""
    kinds = [call.kind for call in _servers('poll', [])[0][0]]
    yield 'traces: a wait for one descriptor is not asked for', \
        '' if kinds == KINDS else f'the calls are {kinds}'
    poll, ppoll = (traces.fingerprint(_servers(wait, (2, 4))) for wait in ('poll', 'ppoll'))
    yield 'traces: the same on a machine with other names of calls', \
        '' if poll == ppoll else 'another fingerprint'
    others = {traces.fingerprint(_servers('poll', letters)) for letters in ((1, 4), (4, 2), (2,))}
    yield 'traces: others if other calls are asked for', \
        '' if len(others | {poll}) == 4 else 'the same fingerprint'
