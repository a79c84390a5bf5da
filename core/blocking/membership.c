/* core/blocking/membership.c: see membership.h */
#include "blocking/membership.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sockets/net.h"

enum { EVENTS_AT_ONCE = 16 * 1024 }; /* bytes of events sent in one call */

void membership_begin(struct membership *membership, struct room *room, struct member *member)
{
    membership->room = room;
    membership->member = member;
    (void)membership_lock(membership); /* it is new: nobody has died with it */
}

void membership_end(struct membership *membership)
{
    room_set_forwarder_pid(membership->member, 0);
    room_release(membership->room, membership->member);
    membership->member = NULL;
    membership->has_left = false;
}

void membership_cancel(struct membership *membership)
{
    membership_unlock(membership);
    membership->member = NULL;
}

bool membership_lock(struct membership *membership)
{
    if (membership->member == NULL || membership->writing)
        return true;
    membership->writing = true;
    bool ok = room_write_lock(membership->member);
    room_client_blocks(membership->member, true); /* speakers do not wait for a download */
    return ok;
}

void membership_unlock(struct membership *membership)
{
    if (!membership->writing)
        return;
    membership->writing = false;
    room_client_blocks(membership->member, false);
    room_write_unlock(membership->member);
}

static bool send_all(const struct membership *membership, const char *events, size_t len)
{
    struct room *room = membership->room;
    struct member *member = membership->member;
    struct deadline deadline = {.phase = PHASE_TRANSFER, .since = clock_now()};
    int flags = MSG_NOSIGNAL | MSG_DONTWAIT; /* does the client read? Then this is all */
    bool ok = true;
    while (ok && len > 0) {
        ssize_t n = send(membership->fd, events, len, flags);
        if (n > 0) {
            events += n;
            len -= (size_t)n;
            deadline_progress(&deadline, (size_t)n, clock_now());
        } else {
            ok = (errno == EAGAIN || errno == EINTR) && !room_lags(room, member);
            flags = MSG_NOSIGNAL;
            room_client_blocks(member, true);
        }
        /* if it fails here, half an event was sent: no error line can follow */
        if (len > 0 && deadline_left(&deadline, membership->timeouts, clock_now()) == 0)
            ok = ok && net_ready(membership->fd, POLLOUT);
    }
    room_client_blocks(member, false);
    return ok;
}

/* WHY      between two parts of the events, a reply that waits goes first
 * WITHOUT  a member for whom events wait all the time gets no reply, though it reads
 *                                                        [mutant: core-events-first]
 */
bool membership_deliver(struct membership *membership)
{
    struct room *room = membership->room;
    struct member *member = membership->member;
    char events[EVENTS_AT_ONCE];
    ssize_t n;
    do {
        n = room_read(room, member, events, sizeof events);
        if (n > 0 && !send_all(membership, events, (size_t)n))
            return false;
    } while (n > 0 && !room_reply_waits(member));
    if (n < 0)
        net_send_error(membership->fd, PROTO_SLOW);
    return n >= 0;
}

/* WHY      events go out under the member's write lock, whole
 * WITHOUT  an event lands in the middle of a reply that is being sent
 *          [mutant: 02-no-write-lock] [mutant: 03-no-write-lock]
 */
bool membership_forward(struct membership *membership)
{
    bool ok = true;
    room_set_forwarder_pid(membership->member, getpid());
    while (ok && room_wait(membership->room, membership->member)) {
        ok = room_forward_lock(membership->member) && membership_deliver(membership);
        room_write_unlock(membership->member);
    }
    return ok;
}
