/* room_none.c: for tests without a chat room
 *
 * The core calls room.h, and a program links the implementation it wants. Where a test links one,
 * or brings a function of its own, that one wins over these weak ones.
 */
#include <stdlib.h>

#include "room.h"

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

WEAK char *room_names(struct room *room, size_t *len)
{
    (void)room, (void)len;
    abort();
}
