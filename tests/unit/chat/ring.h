/* ring.h: short names for what tests do to a chat room */
#ifndef UNIT_RING_H
#define UNIT_RING_H

#include <sys/types.h>

#include "chat/room_ring.h"
#include "shared/sync.h"
#include "unit.h"

enum { BOUND = 100 }; /* seconds after which nothing happens any more */

/* For ring_new: a member without a forwarder. */
bool ring_forward_yes(void *owner, struct member *member);

/* The calls of room.h and room_ring.h; each fails the test if it fails. */
struct room *ring_new(unsigned int members, size_t backlog, room_forward *forward);
struct member *ring_enter(struct room *room, const char *nick);
void ring_refused(struct room *room, const char *nick, enum proto_code want);
void ring_say(struct room *room, struct member *member, const char *text);
void ring_leave(struct room *room, struct member *member);

/* These members leave, one after another, and the room goes. */
#define RING_END(room, ...) ring_end(room, (struct member *const[]){__VA_ARGS__, NULL})
void ring_end(struct room *room, struct member *const *members);

/* Reads all there is for the member, and compares. */
void ring_expect(struct room *room, struct member *member, const char *name, const char *want);

/* Compares the nicks in the room, a line each. */
void ring_who(struct room *room, const char *want);

/* For room_names; ring_who checks that nothing of it is in use. */
struct budget *ring_budget(void);

/* A child that does not outlive us: 0 in the child. */
pid_t ring_child(void);

/* As the parent does: now, or as soon as the lock is free. */
void ring_reap(struct room *room, pid_t dead);

#endif
