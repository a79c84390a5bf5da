/* core/sockets/pace.c: see pace.h */
#include "sockets/pace.h"

#include "base/clock.h"
#include "sockets/net.h"

void pace_begin(struct pace *pace, const struct patience *patience, const struct session *session,
                int64_t timeout)
{
    pace->patience = patience;
    pace->timeout = timeout;
    patience_begin(&pace->mark, session, clock_now());
}

bool pace_receive(struct pace *pace, struct session *session, int fd)
{
    int64_t now = clock_now();
    patience_note(&pace->mark, session, 0, now);
    int64_t left = patience_left(pace->patience, &pace->mark, now);
    if (left == 0) {
        session_fail(session, PROTO_TIMEOUT);
        return false;
    }
    if (left != pace->timeout) /* seldom: it is the same for all requests of an idle client */
        (void)net_receive_timeout(fd, left < 0 ? 0 : left);
    pace->timeout = left;
    return true;
}

bool pace_sent(struct pace *pace, const struct session *session, size_t sent)
{
    int64_t now = clock_now();
    patience_note(&pace->mark, session, sent, now);
    return sent > 0 || patience_left(pace->patience, &pace->mark, now) != 0;
}

void pace_received(struct pace *pace, const struct session *session, size_t received)
{
    patience_note(&pace->mark, session, received, clock_now());
}
