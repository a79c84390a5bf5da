/* core/chat/room_read.c: what a member reads in the chat room; see room.h and room_ring.h
 *
 * A member is sent the log from its position on, without its own events. Nearly always that is one
 * piece of the ring, or two if it goes past the ring's end.
 */
#include "chat/room_private.h"

#include <stdlib.h>
#include <string.h>

/* Copies len bytes out of the ring. */
static void room_copy(const struct room *room, uint64_t at, void *bytes, size_t len)
{
    size_t start = (size_t)(at % room->capacity);
    size_t first = room->capacity - start < len ? room->capacity - start : len;
    memcpy(bytes, room->ring + start, first);
    memcpy((char *)bytes + first, room->ring, len - first);
}

/* The bytes from `at` on, up to `end` or to the ring's end. */
static struct iovec piece(const struct room *room, uint64_t at, uint64_t end)
{
    size_t start = (size_t)(at % room->capacity);
    size_t len = (size_t)(end - at);
    if (len > room->capacity - start)
        len = room->capacity - start;
    return (struct iovec){.iov_base = room->ring + start, .iov_len = len};
}

/* Where the event that `at` is in ends: after its LF. */
static uint64_t event_end(const struct room *room, uint64_t at, uint64_t end)
{
    while (at < end) {
        struct iovec part = piece(room, at, end);
        const char *lf = memchr(part.iov_base, '\n', part.iov_len);
        if (lf != NULL)
            return at + (uint64_t)(lf - (const char *)part.iov_base) + 1;
        at += part.iov_len;
    }
    return end;
}

/* Is the event that begins at `at` the member's own? "* SAY <nick> ", "* JOIN <nick>\n" */
static bool is_own(const struct room *room, const struct member *member, uint64_t at, uint64_t end)
{
    enum { WORD = 8 }; /* bytes of the longest word, "* LEAVE " */
    char start[WORD + PROTO_NICK_MAX + 1];
    size_t len = end - at < sizeof start ? (size_t)(end - at) : sizeof start;
    room_copy(room, at, start, len);
    if (start[2] == 'A')
        return false; /* the administrator */
    const char *nick = (const char *)memchr(start + 2, ' ', len - 2) + 1;
    size_t nick_len = strlen(member->nick), left = len - (size_t)(nick - start);
    return left > nick_len && memcmp(nick, member->nick, nick_len) == 0 &&
           (nick[nick_len] == ' ' || nick[nick_len] == '\n');
}

/* Where the log ends for this member. */
static uint64_t member_end(const struct room *room, const struct member *member)
{
    return member->state == MEMBER_LEFT ? member->end : room->head;
}

/* Skips the member's own events from `at` on, where an event begins. */
static uint64_t skip_own(const struct room *room, const struct member *member, uint64_t at,
                         uint64_t end)
{
    while (at < member->own_end && at < end && is_own(room, member, at, end))
        at = event_end(room, at, end);
    return at;
}

/* The other members' events from `at` on: returns where the member's next own event begins. `at` is
 * in an event, or where one begins that is not its own. */
static uint64_t up_to_own(const struct room *room, const struct member *member, uint64_t at,
                          uint64_t end)
{
    if (at >= member->own_end)
        return end;
    do
        at = event_end(room, at, end);
    while (at < member->own_end && at < end && !is_own(room, member, at, end));
    return at < member->own_end ? at : end;
}

/* Has what the member would read next been overwritten? */
static bool is_overrun(const struct room *room, const struct member *member)
{
    return room->head - member->position > room->capacity;
}

int room_peek(const struct room *room, const struct member *member, bool rest, struct iovec *vec,
              int max)
{
    uint64_t end = member_end(room, member), at = member->position;
    int count = 0;
    if (is_overrun(room, member))
        return 0;
    if (rest)
        end = event_end(room, at, end);
    else if (!member->in_event)
        at = skip_own(room, member, at, end);
    while (at < end && count < max) {
        uint64_t stop = up_to_own(room, member, at, end);
        for (; at < stop && count < max; at += vec[count++].iov_len)
            vec[count] = piece(room, at, stop);
        at = skip_own(room, member, at, end);
    }
    return count;
}

void room_sent(const struct room *room, struct member *member, size_t len)
{
    uint64_t end = member_end(room, member), at = member->position;
    if (!member->in_event)
        at = skip_own(room, member, at, end);
    while (len > 0) {
        uint64_t stop = up_to_own(room, member, at, end);
        if (stop - at > len) {
            at += len;
            char last;
            room_copy(room, at - 1, &last, 1);
            member->in_event = last != '\n';
            member->position = at;
            return;
        }
        len -= (size_t)(stop - at);
        at = skip_own(room, member, stop, end);
    }
    member->in_event = false;
    member->position = at;
}

size_t room_unread(const struct room *room, const struct member *member)
{
    return (size_t)(member_end(room, member) - member->position);
}

bool room_in_event(const struct member *member)
{
    return member->in_event;
}

size_t room_event_rest(const struct room *room, const struct member *member,
                       char rest[PROTO_EVENT_MAX])
{
    uint64_t at = member->position;
    if (!member->in_event || is_overrun(room, member))
        return 0;
    size_t len = (size_t)(event_end(room, at, room->head) - at);
    room_copy(room, at, rest, len);
    return len;
}

bool room_too_far_behind(const struct room *room, const struct member *member)
{
    return member_end(room, member) - member->position > room->backlog;
}

bool room_crowded(const struct room *room)
{
    return room->forward == NULL && room->head - room->delivered > room->backlog / 4;
}

uint64_t room_head(const struct room *room)
{
    return room->head;
}

void room_delivered(struct room *room, uint64_t head)
{
    room->delivered = head;
}

void *room_next(const struct room *room, unsigned int *place)
{
    while (*place < room->used) {
        const struct member *member = &room->members[(*place)++];
        if (member->state == MEMBER_PRESENT)
            return member->owner;
    }
    return NULL;
}

/* ---- the members ---- */

static int nick_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct body *names_print(const char **nicks, size_t count, struct budget *budget)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += strlen(nicks[i]) + 1;
    struct body *body = len == 0 ? NULL : body_new(budget, len);
    char *to = body == NULL ? NULL : body->bytes;
    for (size_t i = 0; to != NULL && i < count; i++) {
        size_t nick_len = strlen(nicks[i]);
        memcpy(to, nicks[i], nick_len);
        to += nick_len;
        *to++ = '\n';
    }
    return body;
}

struct body *room_names(struct room *room, struct budget *budget)
{
    struct body *names = NULL;
    room_lock(room);
    const char **nicks = malloc((room->used + 1) * sizeof(char *));
    if (nicks != NULL) {
        size_t count = 0;
        for (unsigned int i = 0; i < room->used; i++)
            if (room->members[i].state == MEMBER_PRESENT)
                nicks[count++] = room->members[i].nick;
        qsort(nicks, count, sizeof nicks[0], nick_compare);
        names = names_print(nicks, count, budget);
    }
    sync_release(&room->lock);
    free(nicks);
    return names;
}

/* ---- threads and processes ---- */

/* Copies whole events, as many as fit. */
static size_t read_events(const struct room *room, struct member *member, char *buffer, size_t size)
{
    uint64_t end = member_end(room, member);
    uint64_t at = skip_own(room, member, member->position, end);
    size_t used = 0;
    while (at < end) {
        uint64_t stop = up_to_own(room, member, at, end);
        bool all = stop - at <= size - used;
        size_t len = all ? (size_t)(stop - at) : size - used;
        room_copy(room, at, buffer + used, len);
        if (!all) { /* only whole events: up to the last LF */
            const char *lf = len == 0 ? NULL : memrchr(buffer + used, '\n', len);
            len = lf == NULL ? 0 : (size_t)(lf + 1 - (buffer + used));
            used += len;
            at += len;
            break;
        }
        used += len;
        at = skip_own(room, member, stop, end);
    }
    member->position = at;
    return used;
}

/* Too far behind, or what it would read next may be overwritten: also by an event that a process
 * has begun to write past the head. */
static bool is_slow(const struct room *room, const struct member *member)
{
    return room_too_far_behind(room, member) ||
           room->head - member->position > room->capacity - PROTO_EVENT_MAX;
}

ssize_t room_read(struct room *room, struct member *member, char *buffer, size_t size)
{
    room_lock(room);
    bool lags = is_slow(room, member);
    size_t used = lags ? 0 : read_events(room, member, buffer, size);
    if (room->waiting > 0)
        sync_wake(&room->was_read);
    sync_release(&room->lock);
    return lags ? -1 : (ssize_t)used;
}

bool room_lags(struct room *room, struct member *member)
{
    room_lock(room);
    bool lags = is_slow(room, member);
    sync_release(&room->lock);
    return lags;
}
