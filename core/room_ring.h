/* core/room_ring.h: the chat room of a server with many threads or processes
 *
 * A broadcast log: one ring of bytes in shared memory, written at its head under the room's lock,
 * and a read position for every member. To speak costs one copy, however many listen. Each member
 * has two flows of control: its session, and a listener that waits for the ring to grow; whoever
 * writes to the client's socket holds the member's write lock for whole frames.
 *
 * A member that falls more than the backlog behind is slow; the ring is larger than that, so a
 * position is never overrun.
 *
 * A process can be killed anywhere in here. A change is prepared in full, then made by one store
 * (the head's), then tidied up: whoever takes the lock next sees from the head whether the change
 * was made, and finishes it or forgets it. (A write-ahead log of one entry.)
 */
#ifndef CORE_ROOM_RING_H
#define CORE_ROOM_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "room.h"

/* Called in room_enter, before anybody hears of the new member: starts its listener, a thread or
 * process that calls room_wait. Returns false where that is not possible. */
typedef bool room_listen(void *owner, struct member *member);

/* members: how many there can be at once; backlog: bytes of events that may wait for one of them.
 * Returns NULL where memory ran out. */
struct room *room_ring_new(unsigned int members, size_t backlog, room_listen *listen);

/* Frees a room that nobody uses any more. */
void room_ring_free(struct room *room);

/* Waits until there is something to read. False: it is not a member any more. */
bool room_wait(struct room *room, struct member *member);

/* Copies whole events, as many as there are and fit (size >= PROTO_EVENT_MAX), and moves on.
 * Returns the bytes, 0 where there are no more; -1: the member is slow. Hold the write lock. */
ssize_t room_read(struct room *room, struct member *member, char *buffer, size_t size);

/* Has the member fallen behind too far? */
bool room_lags(struct room *room, struct member *member);

/* Says whether something that was sent to the member's client waits until it reads. Speakers wait a
 * little for listeners that had no processor yet, but not for clients that do not read. */
void room_client_waits(struct member *member, bool waits);

/* The right to write to the member's client. False: the last who had it died in the middle of
 * it, so what the client received so far may be half a frame; you have it now, but end it. */
bool room_write_lock(struct member *member);
void room_write_unlock(struct member *member);

/* Processes: notes the listener's pid in the member. 0: it has been reaped. */
void room_listener(struct member *member, pid_t listener);

/* Gives a member's place back, after room_leave, once its listener has ended. */
void room_release(struct room *room, struct member *member);

/* Processes: this one was reaped. Takes its member out of the room, if there still is one, and
 * gives back the places whose processes are all gone. False: the room's lock can't be had for
 * now; nothing is done, and the caller tries again later. */
bool room_bury(struct room *room, pid_t dead);

#endif
