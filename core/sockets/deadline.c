/* core/sockets/deadline.c: see deadline.h */
#include "sockets/deadline.h"

#include <poll.h>

#include "base/clock.h"
#include "base/options.h"
#include "sockets/linger.h"
#include "sockets/net.h"

enum { PROGRESS_MIN = 1024 }; /* bytes that count as progress of a transfer */

struct timeouts timeouts_of(const struct options *options)
{
    return (struct timeouts){.limit = {
                                 [PHASE_IDLE] = (int64_t)options->idle_timeout * 1000,
                                 [PHASE_LINE] = (int64_t)options->header_timeout * 1000,
                                 [PHASE_TRANSFER] = (int64_t)options->header_timeout * 1000,
                                 [DEADLINE_LINGER] = LINGER_TIME,
                             }};
}

static void restart(struct deadline *deadline, const struct session *session, int64_t now)
{
    deadline->phase = session_phase(session);
    deadline->restarts = session->restarts;
    deadline->progress = 0;
    deadline->since = now;
}

void deadline_start(struct deadline *deadline, const struct timeouts *timeouts,
                    const struct session *session, int64_t now)
{
    deadline->receive_timeout = timeouts->limit[PHASE_IDLE];
    restart(deadline, session, now);
}

bool deadline_update(struct deadline *deadline, const struct session *session, size_t progress,
                     int64_t now)
{
    enum session_phase phase = session_phase(session);
    deadline->progress += progress;
    bool restarted = phase != deadline->phase || session->restarts != deadline->restarts;
    if (phase == PHASE_TRANSFER && deadline->progress >= PROGRESS_MIN)
        restarted = true;
    if (restarted)
        restart(deadline, session, now);
    return restarted;
}

bool deadline_progress(struct deadline *deadline, size_t bytes, int64_t now)
{
    deadline->progress += bytes;
    if (deadline->progress < PROGRESS_MIN)
        return false;
    deadline->progress = 0;
    deadline->since = now;
    return true;
}

void deadline_linger(struct deadline *deadline, int64_t now)
{
    deadline->phase = DEADLINE_LINGER;
    deadline->since = now;
}

int64_t deadline_linger_since(const struct deadline *deadline, bool stopping, int64_t now)
{
    return stopping ? deadline->since : now;
}

int64_t deadline_left(const struct deadline *deadline, const struct timeouts *timeouts, int64_t now)
{
    int64_t limit = timeouts->limit[deadline->phase];
    if (limit == 0)
        return -1;
    int64_t left = deadline->since + limit - now;
    return left > 0 ? left : 0;
}

bool deadline_before_recv(struct deadline *deadline, const struct timeouts *timeouts,
                          struct session *session, int fd)
{
    int64_t now = clock_now();
    deadline_update(deadline, session, 0, now);
    int64_t left = deadline_left(deadline, timeouts, now);
    if (left == 0 && net_ready(fd, POLLIN))
        return true; /* recv does not block */
    if (left == 0) {
        session_fail(session, PROTO_TIMEOUT);
        return false;
    }
    if (left != deadline->receive_timeout) /* seldom: for each request of an idle client the same */
        (void)net_receive_timeout(fd, left < 0 ? 0 : left);
    deadline->receive_timeout = left;
    return true;
}

bool deadline_after_send(struct deadline *deadline, const struct timeouts *timeouts,
                         const struct session *session, size_t sent, int fd)
{
    int64_t now = clock_now();
    deadline_update(deadline, session, sent, now);
    return deadline_left(deadline, timeouts, now) != 0 || net_ready(fd, POLLOUT);
}
