/* chatter.h: a member of the room that talks all the time, and checks every event */
#ifndef CHAOS_CHATTER_H
#define CHAOS_CHATTER_H

#include <stdbool.h>

#include "chaos_peer.h"
#include "ledger.h"

enum chatter_state {
    CHATTER_OUT,      /* connected at most */
    CHATTER_ENTERING, /* C is not answered */
    CHATTER_IN,
    CHATTER_LEAVING, /* X is not answered */
    CHATTER_LEFT,    /* X is answered, and the witness has not received LEAVE yet */
};

struct chatter {
    struct chaos_peer peer; /* first: a peer is its chatter */
    struct cursor cursor;
    enum chatter_state state;
    unsigned int member;
    unsigned int sent, answered; /* words */
    unsigned int stays;          /* words until it leaves and comes back; 0: it does not */
    bool stops;                  /* sends nothing new, and stays */
    bool greeted;
    bool ended; /* by the server */
};

/* Connects a chatter; it enters as somebody new, talks, and now and then leaves and comes back. */
void chatter_open(struct chatter *chatter, int port);

/* Ends its wait for the witness. */
void chatter_turn(struct chatter *chatter);

/* Is it in the room, is all answered, and has it received all? */
bool chatter_caught_up(struct chatter *chatter);

/* The witness: enters, receives, sends nothing. */
struct witness {
    struct chaos_peer peer;
    bool in, left, answered;
    char *names; /* the answer to W */
    size_t n, size;
};

void witness_open(struct witness *witness, int port);

/* Asks W until the answer agrees with the ledger. False: it never does, and why. */
bool witness_agrees(struct witness *witness, char *why, size_t size);

#endif
