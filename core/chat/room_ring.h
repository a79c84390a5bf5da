/* core/chat/room_ring.h: what threads or processes need of the chat room
 *
 * Each member has two threads or processes: its client's, and a forwarder that waits for the log to
 * grow. Whichever of them writes to the client's socket holds the member's write lock, for whole
 * replies and whole events.
 *
 * A process can be killed at any instruction in here. So a change is prepared in full, then made by
 * one store (the head's), then tidied up: the next process that takes the lock sees from the head
 * whether the change was made, and finishes it or forgets it. (A write-ahead log of one entry.)
 */
#ifndef CORE_ROOM_RING_H
#define CORE_ROOM_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "chat/room.h"

/* Waits until there is something to read. Returns false once it is not a member any more, or has
 * read all in a room that is closed. */
bool room_wait(struct room *room, struct member *member);

/* Copies whole events, as many as there are and fit (size >= PROTO_EVENT_MAX), and moves the read
 * position past them. Returns the bytes, 0 if there are no more; -1: the member is slow. The
 * caller holds the write lock. */
ssize_t room_read(struct room *room, struct member *member, char *buffer, size_t size);

/* Has the member fallen behind too far? */
bool room_lags(struct room *room, struct member *member);

/* Does something that is sent to the member's client wait until the client reads? Speakers wait a
 * little for forwarders that had no processor yet, but not for clients that do not read. */
void room_client_blocks(struct member *member, bool blocks);

/* The right to write to the member's client, for the session. Returns false if a process died while
 * it held the lock: the client may have received half a reply or event. Then the caller holds the
 * lock, and has to close the connection. */
bool room_write_lock(struct member *member);
void room_write_unlock(struct member *member);

/* The same for the forwarder: if the session waits for the lock, it gets it first. */
bool room_forward_lock(struct member *member);

/* Does the session wait for the lock? Then the forwarder gives it up between two events. */
bool room_reply_waits(const struct member *member);

/* Processes: stores the forwarder's pid in the member. 0: it has been reaped. */
void room_set_forwarder_pid(struct member *member, pid_t forwarder);

/* Processes: this one was reaped. Takes its member out of the room, if it still is one, and frees
 * the places whose processes have all ended. Returns false if the room's lock can't be had for now:
 * nothing has been done, and the caller tries again later. */
bool room_reap(struct room *room, pid_t dead);

#endif
