/* core/chat/room_private.h: the memory of the chat room, shared by the files room_*.c only
 *
 * The log is a ring of bytes, and the bytes are the events as they are sent: a member that has not
 * spoken lately is sent a part of the ring as it is. A member's own events are recognised by the
 * nick in them.
 */
#ifndef CORE_ROOM_PRIVATE_H
#define CORE_ROOM_PRIVATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "chat/room_ring.h"
#include "protocol/event.h"
#include "shared/sync.h"

enum member_state {
    MEMBER_NONE,     /* the place is free */
    MEMBER_ENTERING, /* the nick is reserved, not announced to the others yet */
    MEMBER_PRESENT,
    MEMBER_LEFT, /* out of the room; the place is free once its forwarder has ended */
};

struct member {
    _Atomic unsigned int state;       /* enum member_state */
    _Atomic unsigned int next_state;  /* the state once head has reached next_at */
    _Atomic uint64_t next_at;         /* 0: no change is under way */
    uint64_t position;                /* read up to here */
    uint64_t own_end;                 /* where its own latest event ends */
    uint64_t end;                     /* MEMBER_LEFT: nothing from here on is for it */
    bool in_event;                    /* one thread: position is inside an event */
    void *owner;                      /* one thread: whose member it is */
    uint64_t stalled_at;              /* a position at which speakers have waited for it in vain */
    _Atomic bool client_blocks;       /* see room_client_blocks */
    pid_t session_pid, forwarder_pid; /* processes; forwarder_pid 0: none */
    struct sync_lock write;           /* see room_write_lock */
    struct sync_lock next;            /* the session holds it while it waits for `write` */
    _Atomic bool reply_waits;         /* it does so now */
    char nick[PROTO_NICK_MAX + 1];
};

struct room {
    struct sync_lock lock; /* guards all below, and the members except for their write locks */
    struct sync_condition grown;    /* the ring has grown, a member has left, it is closed */
    struct sync_condition was_read; /* a member has read, while a speaker waits for that */
    uint64_t checked_at;            /* the head when a speaker last checked whether all keep up */
    int64_t announce_until;         /* an announcement waits until then for readers; 0: none does */
    bool closed;                    /* see room_close */
    unsigned int waiting;  /* speakers that wait; too many if one was killed, which does no harm */
    _Atomic uint64_t head; /* bytes ever written; the byte at p is ring[p % capacity] */
    uint64_t delivered;    /* one thread: each member could be sent the log up to here */
    size_t size, capacity, backlog; /* bytes of all this memory; of the ring; that may wait */
    unsigned int places, used;      /* of members; places from `used` on were never taken */
    room_forward *forward;          /* NULL: one thread */
    char *ring;
    struct member members[];
};

/* Takes the room's lock, and finishes the change of a process that died while it held it. */
void room_lock(struct room *room);

/* The same for the parent of processes, which waits for `ms` milliseconds at most. Returns false if
 * somebody holds the lock, and may hold it for ever. No holder that is running needs ROOM_SOON. */
enum { ROOM_SOON = 20 };
bool room_lock_soon(struct room *room, int64_t ms);

/* The part of room_lock that follows sync_acquire, or sync_wait. */
void room_acquired(struct room *room, enum sync_state state);

/* The write lock of a new member, and of one whose place is to be free. */
void room_write_init(struct member *member);
void room_write_destroy(struct member *member);

/* Appends an event, and brings its member to the next state. The caller holds the room's lock. */
void room_publish(struct room *room, enum event_kind kind, struct member *sender,
                  enum member_state next_state, const char *text, size_t text_len);

#endif
