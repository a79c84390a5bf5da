/* core/sockets/deliver.c: see deliver.h */
#include "sockets/deliver.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "sockets/net.h"

enum { EVENTS_AT_ONCE = 16 * 1024 }; /* bytes of events sent in one call */

static bool send_all(struct room *room, struct member *member, int fd, int64_t patience,
                     const char *events, size_t len)
{
    int64_t since = clock_now();
    int flags = MSG_NOSIGNAL | MSG_DONTWAIT; /* does the client read? Then this is all */
    bool fine = true;
    while (fine && len > 0) {
        ssize_t n = send(fd, events, len, flags);
        if (n > 0) {
            events += n;
            len -= (size_t)n;
            since = clock_now();
            continue;
        }
        /* When it fails here, the client is in the middle of an event: nothing can be said to it. */
        fine = errno == EAGAIN || errno == EINTR;
        fine = fine && !room_lags(room, member) && clock_now() - since < patience;
        flags = MSG_NOSIGNAL;
        room_client_waits(member, true);
    }
    room_client_waits(member, false);
    return fine;
}

bool deliver(struct room *room, struct member *member, int fd, int64_t patience)
{
    char events[EVENTS_AT_ONCE];
    ssize_t n;
    while ((n = room_read(room, member, events, sizeof events)) > 0)
        if (!send_all(room, member, fd, patience, events, (size_t)n))
            return false;
    if (n < 0)
        net_tell(fd, PROTO_SLOW);
    return n == 0;
}
