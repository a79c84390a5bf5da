/* core/chat/room_speak.c: speaking in the chat room, and waiting for those that read; see room.h */
#include "base/clock.h"
#include "chat/room_private.h"
#include "protocol/event.h"

/* Milliseconds that speakers wait for a member at the same position, and between two looks. */
enum { TIMEOUT = 1000, CHECK_AGAIN = 20 };

/* A member whose client reads, but for whom half of what may wait is waiting already; NULL:
 * none. */
static struct member *reader_behind(struct room *room)
{
    for (unsigned int i = 0; i < room->used; i++) {
        struct member *member = &room->members[i];
        if (member->state == MEMBER_PRESENT && !member->client_blocks &&
            member->position != member->stalled_at &&
            room->head - member->position > room->backlog / 2)
            return member;
    }
    return NULL;
}

/* Does everybody keep up? From `until` on nobody waits any more for those that do not move. */
static bool readers_keep_up(struct room *room, int64_t until)
{
    struct member *behind;
    while ((behind = reader_behind(room)) != NULL && clock_now() >= until)
        behind->stalled_at = behind->position;
    if (behind == NULL)
        room->checked_at = room->head;
    return behind == NULL;
}

/* Speakers are faster than forwarders: one copy here is a system call for every member there. So a
 * speaker waits for forwarders that had no chance to run yet. It does not wait for clients that do
 * not read, and for no member longer than TIMEOUT at the same position. */
static void wait_for_readers(struct room *room)
{
    int64_t until = clock_now() + TIMEOUT;
    while (!readers_keep_up(room, until)) {
        room->waiting++;
        room_acquired(room, sync_wait(&room->was_read, &room->lock, CHECK_AGAIN));
        room->waiting--;
    }
}

/* Has so much been said since all kept up that this is to be checked again? */
static bool must_check(const struct room *room)
{
    return room->forward != NULL && room->head - room->checked_at > room->backlog / 4;
}

void room_say(struct room *room, struct member *speaker, const char *text, size_t len)
{
    room_lock(room);
    room_publish(room, EVENT_SAY, speaker, MEMBER_PRESENT, text, len);
    if (must_check(room))
        wait_for_readers(room);
    sync_release(&room->lock);
}

/* WHY      the console is faster than forwarders, too; it does not wait, but tries again later
 * WITHOUT  much at once on the console makes all members slow, those that read as well
 *                                                        [mutant: core-announced-at-once]
 */
bool room_announce(struct room *room, const char *text, size_t len)
{
    if (!room_lock_soon(room, ROOM_SOON))
        return false;
    if (room->announce_until == 0)
        room->announce_until = clock_now() + TIMEOUT;
    bool can = !must_check(room) || readers_keep_up(room, room->announce_until);
    if (can) {
        room_publish(room, EVENT_ADMIN, NULL, MEMBER_PRESENT, text, len);
        room->announce_until = 0;
    }
    sync_release(&room->lock);
    return can;
}
