/* crowd_acts.h: what a client of the crowd does, each kind its own; for crowd.c */
#ifndef CHAOS_CROWD_ACTS_H
#define CHAOS_CROWD_ACTS_H

#include "crowd.h"

struct extra {
    struct chaos_peer peer; /* first: a peer is its extra */
    enum client_kind kind;
    unsigned int number, visit;
    bool greeted, member;
    unsigned int steps; /* it has done since it came */
    long next;          /* when it does something again */
    size_t owed;        /* bytes of an upload */
};

/* It is connected and greeted: does one thing, and counts it. */
void extra_act(struct extra *extra, struct crowd_sums *sums);

#endif
