/* core/room_list.c: see room_list.h */
#include "room_list.h"

#include <stdlib.h>
#include <string.h>

#include "event.h"

struct member {
    void *owner;
    char nick[PROTO_NICK_MAX + 1];
};

struct room {
    room_hear *hear;
    struct member **members; /* sorted by the bytes of their nicks */
    size_t count, size;
};

struct room *room_list_new(room_hear *hear)
{
    struct room *room = calloc(1, sizeof *room);
    if (room != NULL)
        room->hear = hear;
    return room;
}

void room_list_free(struct room *room)
{
    free(room->members);
    free(room);
}

/* The index of a nick, or where it would have to be inserted. */
static size_t member_find(const struct room *room, const char *nick)
{
    size_t low = 0, high = room->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(room->members[middle]->nick, nick) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void tell_all(struct room *room, const struct member *but, enum event_kind kind,
                     const char *nick, const char *text, size_t len)
{
    char line[PROTO_EVENT_MAX];
    size_t line_len = event_format(line, kind, nick, text, len);
    for (size_t i = 0; i < room->count; i++)
        if (room->members[i] != but)
            room->hear(room->members[i]->owner, line, line_len);
}

enum proto_code room_enter(struct room *room, const char *nick, size_t len, void *owner,
                           struct member **member)
{
    if (room->count == room->size) {
        size_t size = room->size == 0 ? 16 : room->size * 2;
        struct member **members = realloc(room->members, size * sizeof(struct member *));
        if (members == NULL)
            return PROTO_IO;
        room->members = members;
        room->size = size;
    }
    struct member *new = malloc(sizeof *new);
    if (new == NULL)
        return PROTO_IO;
    new->owner = owner;
    memcpy(new->nick, nick, len);
    new->nick[len] = '\0';

    size_t at = member_find(room, new->nick);
    if (at < room->count && strcmp(room->members[at]->nick, new->nick) == 0) {
        free(new);
        return PROTO_NICK_TAKEN;
    }
    memmove(&room->members[at + 1], &room->members[at], (room->count - at) * sizeof new);
    room->members[at] = new;
    room->count++;
    tell_all(room, new, EVENT_JOIN, new->nick, "", 0);
    *member = new;
    return PROTO_OK;
}

void room_say(struct room *room, struct member *speaker, const char *text, size_t len)
{
    tell_all(room, speaker, EVENT_SAY, speaker->nick, text, len);
}

bool room_announce(struct room *room, const char *text, size_t len)
{
    tell_all(room, NULL, EVENT_ADMIN, "", text, len);
    return true;
}

void room_leave(struct room *room, struct member *member)
{
    size_t at = member_find(room, member->nick);
    room->count--;
    memmove(&room->members[at], &room->members[at + 1], (room->count - at) * sizeof member);
    tell_all(room, NULL, EVENT_LEAVE, member->nick, "", 0);
    free(member);
}

char *room_names(struct room *room, size_t *len)
{
    *len = 0;
    char *names = malloc(room->count * (PROTO_NICK_MAX + 1));
    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < room->count; i++) {
        size_t nick_len = strlen(room->members[i]->nick);
        memcpy(names + *len, room->members[i]->nick, nick_len);
        *len += nick_len;
        names[(*len)++] = '\n';
    }
    return names;
}
