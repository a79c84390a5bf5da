/* core/chat/room_ring.c: how the chat room's log is written, and who enters and leaves; see room.h
 * and room_ring.h */
#include "chat/room_ring.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "chat/room_private.h"
#include "protocol/event.h"

/* Milliseconds to wait for the lock when the server ends, which has more of them than ROOM_SOON. */
enum { AT_THE_END = 100 };

/* Space for an event that is written while a member lags as far as it may. */
enum { SLACK = 2 * PROTO_EVENT_MAX };

struct room *room_new(unsigned int members, size_t backlog, room_forward *forward)
{
    size_t capacity = 2 * backlog + SLACK;
    size_t head_size = sizeof(struct room) + members * sizeof(struct member);
    struct room *room = sync_alloc(head_size + capacity);
    if (room == NULL)
        return NULL;
    room->size = head_size + capacity;
    room->capacity = capacity;
    room->backlog = backlog;
    room->places = members;
    room->forward = forward;
    room->ring = (char *)room + head_size;
    sync_lock_init(&room->lock);
    sync_condition_init(&room->grown);
    sync_condition_init(&room->was_read);
    return room;
}

void room_free(struct room *room)
{
    sync_lock_destroy(&room->lock);
    sync_free(room, room->size);
}

/* ---- the ring ---- */

static void ring_write(struct room *room, uint64_t at, const void *bytes, size_t len)
{
    size_t start = (size_t)(at % room->capacity);
    size_t first = room->capacity - start < len ? room->capacity - start : len;
    memcpy(room->ring + start, bytes, first);
    memcpy(room->ring, (const char *)bytes + first, len - first);
}

/* ---- crash-safe changes of state ---- */

static void change_finish(struct member *member, uint64_t head)
{
    if (member->next_at == 0)
        return;
    if (head >= member->next_at) { /* the event is in the log, so the change has been made */
        if (member->next_state == MEMBER_PRESENT)
            member->position = member->next_at;
        else
            member->end = member->next_at;
        member->state = member->next_state;
    }
    member->next_at = 0;
}

void room_acquired(struct room *room, enum sync_state state)
{
    if (state != SYNC_ORPHANED)
        return;
    for (unsigned int i = 0; i < room->used; i++)
        change_finish(&room->members[i], room->head);
}

void room_lock(struct room *room)
{
    room_acquired(room, sync_acquire(&room->lock));
}

/* WHY      a process that holds the lock can be stopped (SIGSTOP, a debugger)
 * WITHOUT  the parent waits for it: nobody is accepted any more, and SIGTERM is not noticed
 *                                                        [mutant: 02-waits-for-stopped]
 * MAN      pthread_mutex_clocklock(3), signal(7)
 */
bool room_lock_soon(struct room *room, int64_t ms)
{
    enum sync_state state = sync_acquire_soon(&room->lock, ms);
    if (state == SYNC_BUSY)
        return false;
    room_acquired(room, state);
    return true;
}

/* WHY      the head moves last, in one store: before it nothing has happened, after it all has
 * WITHOUT  a process killed in between leaves half an event, or a LEAVE twice or never
 *                                                        [mutant: 02-head-first]
 * MAN      pthread_mutex_consistent(3)
 */
void room_publish(struct room *room, enum event_kind kind, struct member *sender,
                  enum member_state next_state, const char *text, size_t text_len)
{
    char line[PROTO_EVENT_MAX];
    size_t len = event_format(line, kind, sender == NULL ? "" : sender->nick, text, text_len);
    uint64_t before = room->head, head = before + len;
    ring_write(room, before, line, len);
    if (sender != NULL)
        sender->own_end = head;
    if (sender != NULL && sender->state != next_state) {
        sender->next_state = next_state;
        sender->next_at = head;
    }
    room->head = head;
    if (sender != NULL && sender->position == before)
        sender->position = head; /* it has nothing else to read, and does not get its own */
    if (sender != NULL)
        change_finish(sender, head);
    sync_wake(&room->grown);
}

/* ---- the room ---- */

/* A free place, or NULL. Sets *taken if a member has the nick. */
static struct member *place_find(struct room *room, const char *nick, bool *taken)
{
    struct member *free_place = NULL;
    *taken = false;
    for (unsigned int i = 0; i < room->used; i++) {
        struct member *member = &room->members[i];
        if (member->state == MEMBER_NONE && free_place == NULL)
            free_place = member;
        bool has_nick = member->state == MEMBER_ENTERING || member->state == MEMBER_PRESENT;
        if (has_nick && strcmp(member->nick, nick) == 0)
            *taken = true;
    }
    if (free_place == NULL && room->used < room->places)
        free_place = &room->members[room->used++];
    return free_place;
}

enum proto_code room_enter(struct room *room, const char *nick, size_t len, void *owner,
                           struct member **member)
{
    char name[PROTO_NICK_MAX + 1];
    memcpy(name, nick, len);
    name[len] = '\0';

    bool taken;
    room_lock(room);
    struct member *new = place_find(room, name, &taken);
    if (new != NULL && !taken) {
        memcpy(new->nick, name, len + 1);
        new->session_pid = getpid();
        new->forwarder_pid = 0;
        new->client_blocks = false;
        new->in_event = false;
        new->own_end = 0;
        new->owner = owner;
        room_write_init(new);
        new->state = MEMBER_ENTERING;
    }
    sync_release(&room->lock);
    if (taken)
        return PROTO_NICK_TAKEN;
    if (new == NULL)
        return PROTO_IO;

    bool entered = room->forward == NULL || room->forward(owner, new);
    room_lock(room);
    if (entered)
        room_publish(room, EVENT_JOIN, new, MEMBER_PRESENT, "", 0);
    else
        new->state = MEMBER_NONE;
    sync_release(&room->lock);
    *member = entered ? new : NULL;
    return entered ? PROTO_OK : PROTO_IO;
}

/* The member leaves: an event, or one store in a room that is closed. The caller holds the room's
 * lock. */
static void take_out(struct room *room, struct member *member)
{
    if (!room->closed) {
        room_publish(room, EVENT_LEAVE, member, MEMBER_LEFT, "", 0);
        return;
    }
    member->end = room->head; /* only of one that has left it means anything */
    member->state = MEMBER_LEFT;
}

void room_leave(struct room *room, struct member *member)
{
    room_lock(room);
    take_out(room, member);
    sync_release(&room->lock);
}

/* WHY      the room closes before its members are sent away
 * WITHOUT  each is told of all who leave before it: a thousand processes wake each other a
 *          thousand times, and the server's end takes many seconds longer
 *                                                        [mutant: core-not-closed]
 */
bool room_close(struct room *room)
{
    if (!room_lock_soon(room, AT_THE_END))
        return false;
    room->closed = true;
    sync_wake(&room->grown);
    sync_release(&room->lock);
    return true;
}

bool room_wait(struct room *room, struct member *member)
{
    room_lock(room);
    while (member->state == MEMBER_ENTERING ||
           (member->state == MEMBER_PRESENT && member->position == room->head && !room->closed))
        room_acquired(room, sync_wait(&room->grown, &room->lock, -1));
    bool more =
        member->state == MEMBER_PRESENT && !(room->closed && member->position == room->head);
    sync_release(&room->lock);
    return more;
}

/* ---- the end of a member ---- */

void room_set_forwarder_pid(struct member *member, pid_t forwarder)
{
    member->forwarder_pid = forwarder;
}

void room_release(struct room *room, struct member *member)
{
    room_lock(room);
    room_write_destroy(member);
    member->state = MEMBER_NONE;
    sync_release(&room->lock);
}

/* A forwarder that was reaped by its own session is never reported to room_reap, so ask the
 * kernel. */
static bool process_gone(pid_t pid)
{
    return pid == 0 || (kill(pid, 0) != 0 && errno == ESRCH);
}

bool room_reap(struct room *room, pid_t dead)
{
    if (!room_lock_soon(room, ROOM_SOON))
        return false;
    for (unsigned int i = 0; i < room->used; i++) {
        struct member *member = &room->members[i];
        if (member->session_pid == dead && member->state == MEMBER_PRESENT)
            take_out(room, member);
        else if (member->session_pid == dead && member->state == MEMBER_ENTERING)
            member->state = MEMBER_LEFT; /* its JOIN was not published */
        if (member->session_pid == dead) /* from now on this number may be somebody else's */
            member->session_pid = 0;
        if (member->forwarder_pid == dead)
            member->forwarder_pid = 0;
        if (member->state == MEMBER_LEFT && process_gone(member->session_pid) &&
            process_gone(member->forwarder_pid))
            member->state = MEMBER_NONE;
    }
    sync_wake(&room->grown); /* in case it died between its change and its wake-up */
    sync_release(&room->lock);
    return true;
}
