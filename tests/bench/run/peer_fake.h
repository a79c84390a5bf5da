/* peer_fake.h: a tiny stand-in for redis and nginx, in a thread: it speaks as much of their
 * protocols as the load generator uses, rightly or, from some reply on, wrongly */
#ifndef PEER_FAKE_H
#define PEER_FAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { PEER_FILE = 50000, PEER_TEXT = 200, PEER_LOST = 5 };

struct peer_fake {
    bool http;         /* nginx; else redis */
    size_t pieces;     /* it sends no more than so many bytes at once; 0: all */
    const char *wrong; /* in place of all replies after the first `good`; NULL: none is wrong */
    unsigned int good;
    bool loses; /* redis: message PEER_LOST reaches no member, and the speaker is not told */

    /* what it has seen */
    atomic_uint requests, messages, delivered;
    char odd[PEER_TEXT]; /* the first request that it did not understand; "" */
};

/* Starts it; returns its port. Call peer_fake_stop before the test ends; without a peer it is
 * harmless. */
int peer_fake_start(struct peer_fake *peer);
void peer_fake_stop(void);

#endif
