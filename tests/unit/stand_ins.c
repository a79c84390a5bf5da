/* stand_ins.c: for tests without a chat room, and for those that share nothing
 *
 * The core calls room.h and sync.h, and a program links the implementation it wants. If a test
 * links one, or brings a function of its own, that one wins over these weak ones.
 */
#include <stdlib.h>

#include "chat/room.h"
#include "shared/sync.h"

#define WEAK __attribute__((weak))

WEAK enum proto_code room_enter(struct room *room, const char *nick, size_t len, void *owner,
                                struct member **member)
{
    (void)room, (void)nick, (void)len, (void)owner, (void)member;
    return PROTO_IO;
}

WEAK void room_say(struct room *room, struct member *speaker, const char *text, size_t len)
{
    (void)room, (void)speaker, (void)text, (void)len;
    abort();
}

WEAK bool room_announce(struct room *room, const char *text, size_t len)
{
    (void)room, (void)text, (void)len;
    abort();
}

WEAK void room_leave(struct room *room, struct member *member)
{
    (void)room, (void)member;
    abort();
}

WEAK void room_release(struct room *room, struct member *member)
{
    (void)room, (void)member;
    abort();
}

WEAK struct body *room_names(struct room *room, struct budget *budget)
{
    (void)room, (void)budget;
    abort();
}

WEAK int room_peek(const struct room *room, const struct member *member, bool rest,
                   struct iovec *vec, int most)
{
    (void)room, (void)member, (void)rest, (void)vec, (void)most;
    abort();
}

WEAK void room_sent(const struct room *room, struct member *member, size_t len)
{
    (void)room, (void)member, (void)len;
    abort();
}

WEAK size_t room_unread(const struct room *room, const struct member *member)
{
    (void)room, (void)member;
    abort();
}

WEAK bool room_in_event(const struct member *member)
{
    (void)member;
    abort();
}

WEAK size_t room_event_rest(const struct room *room, const struct member *member,
                            char rest[PROTO_EVENT_MAX])
{
    (void)room, (void)member, (void)rest;
    abort();
}

WEAK bool room_too_far_behind(const struct room *room, const struct member *member)
{
    (void)room, (void)member;
    abort();
}

WEAK bool room_crowded(const struct room *room)
{
    (void)room;
    return false;
}

WEAK void sync_lock_init(struct sync_lock *lock)
{
    (void)lock;
}

WEAK void sync_lock_destroy(struct sync_lock *lock)
{
    (void)lock;
}

WEAK enum sync_state sync_acquire(struct sync_lock *lock)
{
    (void)lock;
    return SYNC_OK;
}

WEAK void sync_release(struct sync_lock *lock)
{
    (void)lock;
}
