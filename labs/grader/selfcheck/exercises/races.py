"""Mistakes that show only sometimes: is the verdict on each the same every time?"""
import functools
import tempfile
from pathlib import Path

from ...base import csource, exercise
from ...base.verdict import FAIL, NOT_JUDGED
from ..report import graded

TIMES = 3

NOT_DETACHED = '''serve_client((int)(intptr_t)argument);
    return NULL;'''
ADDS = '''connection_begin(&c->conn, &server.setup, fd, c, forwarder_start, forwarder_join);
    LIST_INSERT_HEAD(&server.threads.connections, &c->conn, link);'''
REMOVES = '''connection_end(&c->conn);
    LIST_REMOVE(&c->conn, link);
    pthread_mutex_lock(&server.threads.lock);
    if (--server.setup.clients == 0)
        pthread_cond_signal(&server.threads.all_gone);
    pthread_mutex_unlock(&server.threads.lock);
    close(c->conn.fd);'''
POLLS = '''sync_release(lock);
    (void)condition;
    (void)ms;
    return sync_acquire(lock);'''
OTHER_LOCK = '''static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
    const struct timespec until = clock_timespec(clock_now() + (ms < 0 ? 100000 : ms));
    sync_release(lock);
    pthread_mutex_lock(&other);
    pthread_cond_timedwait(&condition->changed, &other, &until);
    pthread_mutex_unlock(&other);
    return sync_acquire(lock);'''

# exercise, function, what a student may have written
MISTAKES = {
    'one is woken, not all': ('15', 'sync_wake', 'pthread_cond_signal(&condition->changed);'),
    'the wait polls': ('15', 'sync_wait', POLLS),
    'the wait has another lock': ('15', 'sync_wait', OTHER_LOCK),
    'the lock is none': ('15', 'sync_acquire', '(void)lock;\n    return SYNC_OK;'),
    'the clock is that of the wall': ('15', 'sync_condition_init',
                                      'pthread_cond_init(&condition->changed, NULL);'),
    'off the list without the lock': ('13', 'conn_close', REMOVES),
    'on the list without the lock': ('13', 'conn_open', ADDS),
    'threads are not detached': ('13', 'thread_main', NOT_DETACHED),
}


def verdict(number, function, body):
    """The outcomes of all lines, for a solution with this body of a function."""
    one = exercise.numbered(number)
    text = csource.with_body(one.solution.read_text(encoding='utf-8'), function, body)
    with tempfile.TemporaryDirectory(prefix='labs-') as folder:
        (Path(folder) / one.file).write_text(text, encoding='utf-8')
        return [(line.name, line.outcome) for line in graded(one, folder, 1).lines]


def _one(name, mistake):
    first, *others = [verdict(*mistake) for _ in range(TIMES)]
    wrong = [f'{line}: {outcome}, then {again}' for other in others
             for (line, outcome), (_, again) in zip(first, other) if outcome != again]
    if not any(outcome in (FAIL, NOT_JUDGED) for _, outcome in first):
        wrong.append('it passes')
    yield f'{mistake[0]}: {name}, {TIMES} times', '\n'.join(wrong)


def jobs(numbers):
    """The mistakes in these exercises, see Report.run of selfcheck/report.py."""
    return [(name, functools.partial(_one, name, mistake)) for name, mistake in MISTAKES.items()
            if int(mistake[0]) in numbers]
