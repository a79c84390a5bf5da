/* guest.h: a member of the room that talks without end, and listens to every word */
#ifndef CHAOS_GUEST_H
#define CHAOS_GUEST_H

#include <stdbool.h>

#include "ledger.h"
#include "peer.h"

enum guest_state {
    GUEST_OUT,      /* connected at most */
    GUEST_ENTERING, /* C is not answered */
    GUEST_IN,
    GUEST_LEAVING, /* X is not answered */
    GUEST_LEFT,    /* X is answered, and the witness has not heard of it yet */
};

struct guest {
    struct peer peer; /* first: a peer is its guest */
    struct ear ear;
    enum guest_state state;
    unsigned int who;
    unsigned int sent, answered; /* words */
    unsigned int stays;          /* words until it leaves and comes back; 0: it does not */
    bool halts;                  /* says nothing new, and stays */
    bool greeted;
    bool ended; /* by the server */
    unsigned long visits;
};

/* Connects a guest; it enters as somebody new, talks, and now and then leaves and comes back. */
void guest_open(struct guest *guest, int port);

/* Goes on where it waits for the witness. */
void guest_turn(struct guest *guest);

/* Is it in the room, is all answered, and has it heard all? */
bool guest_is_level(struct guest *guest);

/* The witness: enters, hears, says nothing. */
struct witness {
    struct peer peer;
    bool in, left, asked, answered;
    char *names; /* the answer to W */
    size_t n, size;
};

void witness_open(struct witness *witness, int port);

/* Asks W until the answer agrees with the ledger. False: it never does, and why. */
bool witness_agrees(struct witness *witness, char *why, size_t size);

/* Lets things happen until ready says so. False: it never did. */
bool room_await(bool (*ready)(void *argument), void *argument);

#endif
