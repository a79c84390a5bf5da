/* core/chat/room.h: the chat room
 *
 * The room is an event log: a ring of bytes, and a read position for every member. To speak is to
 * write one event at the ring's head, however many listen. Every member sees the events in one and
 * the same order; a member never gets its own; it gets nothing from before it entered and nothing
 * from after it left. A member that falls more than the backlog behind is slow, and is closed; the
 * ring is larger than that, so nobody's unread events are overwritten before that is noticed.
 *
 * This is what a session needs in any model. How a member waits for the log to grow, and what
 * protects the log, depends on the model: room_ring.h has what threads and processes need for that.
 */
#ifndef CORE_ROOM_H
#define CORE_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "protocol/proto.h"
#include "shared/body.h"

struct room;
struct member;

/* Called in room_enter, before the JOIN of the new member is published: starts its forwarder, a
 * thread or process that calls room_wait (room_ring.h). Returns false if that is not possible. */
typedef bool room_forward(void *owner, struct member *member);

/* members: how many there can be at once; backlog: bytes of events that may wait for one of them;
 * forward: NULL in a server with one thread. Returns NULL if memory ran out. */
struct room *room_new(unsigned int members, size_t backlog, room_forward *forward);

/* Frees a room that nobody uses any more. */
void room_free(struct room *room);

/* Lets a member enter under a nick that proto_nick_ok allows, and announces it to the others. owner
 * is passed to room_forward, and returned by room_next. Returns PROTO_OK and sets *member; or
 * PROTO_NICK_TAKEN; or PROTO_IO if no place is free, or no forwarder can be started. */
enum proto_code room_enter(struct room *room, const char *nick, size_t len, void *owner,
                           struct member **member);

/* To all but the speaker: "* SAY <nick> <text>". proto_text_ok has allowed the text. */
void room_say(struct room *room, struct member *speaker, const char *text, size_t len);

/* To all: "* ADMIN <text>". False: not now, try again later: members that read are behind, or the
 * lock can't be had (see room_reap in room_ring.h). */
bool room_announce(struct room *room, const char *text, size_t len);

/* Takes a member out, frees its nick and announces that to the others (see room_close). The member
 * can still read what it has not read yet, until room_release. */
void room_leave(struct room *room, struct member *member);

/* The server stops: from now on nobody is told who leaves, and forwarders end once they have sent
 * what is in the log. (If n members leave, that would be n * n events.) False: not now, as in
 * room_announce; then they are told. */
bool room_close(struct room *room);

/* Frees a member's place, after room_leave, once nobody uses it any more. */
void room_release(struct room *room, struct member *member);

/* The nicks, sorted by bytes, a line each. Returns NULL if memory or the budget ran out. (There
 * always is a nick: the client that asks is a member.) */
struct body *room_names(struct room *room, struct budget *budget);

/* ---- one thread: members are sent what follows their positions, straight from the ring ---- */

/* The next bytes for a member: fills up to `max` entries of vec with pieces of the ring, and
 * returns how many; 0 also if the member is so far behind that they have been overwritten. rest:
 * only up to the end of an event that was sent in part. They are valid until somebody speaks. */
int room_peek(const struct room *room, const struct member *member, bool rest, struct iovec *vec,
              int max);

/* The first len bytes of what room_peek has returned have been sent. */
void room_sent(const struct room *room, struct member *member, size_t len);

/* Bytes of the log that a member has not read, its own events included. */
size_t room_unread(const struct room *room, const struct member *member);

/* Was a member sent only a part of an event? Then the rest has to be sent before anything else. */
bool room_in_event(const struct member *member);

/* Copies the rest of an event that was sent in part, and returns its length; 0: there is none, or
 * it has been overwritten. */
size_t room_event_rest(const struct room *room, const struct member *member,
                       char rest[PROTO_EVENT_MAX]);

/* Has a member fallen more than the backlog behind? */
bool room_too_far_behind(const struct room *room, const struct member *member);

/* One thread: has the log grown by more than a quarter of the backlog since room_delivered? Then
 * nobody may speak until every member was served once more. Always false with threads or processes:
 * there room_say waits for the readers, and room_announce returns false. */
bool room_crowded(const struct room *room);

/* Every member was served, so that it could be sent the log up to `head`, which room_head has
 * returned earlier. */
void room_delivered(struct room *room, uint64_t head);
uint64_t room_head(const struct room *room);

/* The owners of the members that are present, one in each call. Begin with *place 0; NULL: there
 * are no more. */
void *room_next(const struct room *room, unsigned int *place);

#endif
