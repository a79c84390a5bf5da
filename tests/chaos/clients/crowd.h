/* crowd.h: clients of all kinds, for a long time: what they do is load, and what they get is looked
 * at only as far as that it is the protocol */
#ifndef CHAOS_CROWD_H
#define CHAOS_CROWD_H

#include <stdbool.h>
#include <stddef.h>

#include "chaos_peer.h"
#include "file_worker.h"

enum client_kind {
    KIND_STANDING, /* a member that listens, from the beginning to the end */
    KIND_LISTENER, /* a member that listens */
    KIND_TALKER,   /* a member that talks */
    KIND_SLOW,     /* a member, or somebody with a download, that hardly reads */
    KIND_DYING,    /* ends in the middle of whatever it does, mostly by RST */
    KIND_HOSTILE,  /* sends what no client should */
    KIND_FILES,    /* uploads and downloads, see file_worker.h */
    KINDS
};

struct crowd_plan {
    unsigned int count[KINDS];
    bool one_by_one; /* the server serves one at a time: nobody stays for long */
    long pace;       /* milliseconds between two things a client does, about; >= 1 */
    size_t payload;  /* bytes of an upload, about */
};

struct crowd_sums {
    unsigned long connections, refused, ended; /* by the server */
    unsigned long words, events, errors, hostile, killed, uploads, downloads;
};

/* Starts the standing members, and waits until they are in. */
void crowd_begin(const struct crowd_plan *plan, int port);

/* All are there and busy for so many milliseconds. */
void crowd_run(long ms);

/* All but the standing members go, each in its way. */
void crowd_leave(void);

void crowd_end(void);
struct crowd_sums crowd_sums(void);

#endif
