/* core/sockets/deliver.c: see deliver.h */
#include "sockets/deliver.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "sockets/net.h"

enum { EVENTS_AT_ONCE = 16 * 1024 }; /* bytes of events sent in one call */

static bool send_all(struct room *room, struct member *member, int fd, int64_t timeout,
                     const char *events, size_t len)
{
    int64_t since = clock_now();
    int flags = MSG_NOSIGNAL | MSG_DONTWAIT; /* does the client read? Then this is all */
    bool ok = true;
    while (ok && len > 0) {
        ssize_t n = send(fd, events, len, flags);
        if (n > 0) {
            events += n;
            len -= (size_t)n;
            since = clock_now();
            continue;
        }
        /* if this fails, half an event was sent: no reply can follow */
        ok = errno == EAGAIN || errno == EINTR;
        ok = ok && !room_lags(room, member) && clock_now() - since < timeout;
        flags = MSG_NOSIGNAL;
        room_client_waits(member, true);
    }
    room_client_waits(member, false);
    return ok;
}

bool deliver(struct room *room, struct member *member, int fd, int64_t timeout)
{
    char events[EVENTS_AT_ONCE];
    ssize_t n;
    while ((n = room_read(room, member, events, sizeof events)) > 0)
        if (!send_all(room, member, fd, timeout, events, (size_t)n))
            return false;
    if (n < 0)
        net_send_error(fd, PROTO_SLOW);
    return n == 0;
}
