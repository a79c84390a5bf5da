/* porter.h: a client that carries files in and out, and knows what must be there
 *
 * A porter has a few files of its own in the library, that nobody else writes. It uploads new ones
 * over the old, and downloads what it or somebody else has stored. What was answered OK must be
 * there; where the server died before it could answer, the file is the old or the new one, whole.
 */
#ifndef CHAOS_PORTER_H
#define CHAOS_PORTER_H

#include <stdbool.h>

#include "goods.h"
#include "peer.h"

enum { PORTER_SHELF = 6 };

struct place {
    bool stored, trying;
    struct goods goods; /* stored: what is there */
    struct goods tried; /* trying: an upload that is not answered */
};

struct porter {
    struct peer peer; /* first: a peer is its porter */
    struct place shelf[PORTER_SHELF];
    unsigned int number;
    unsigned int at; /* the place it is busy with */
    size_t about;    /* bytes of an upload */
    size_t owed;     /* bytes of the upload under way that are still to be sent */
    size_t body_at, body_size;
    unsigned long uploads, downloads, listings, unanswered;
    bool greeted, busy, getting;
    bool halts; /* begins nothing new */
    bool ended; /* by the server */
};

/* What a porter hears, as a peer_hear. It goes on by itself until it halts. */
void porter_hear(struct peer *peer, enum heard heard, const char *text, size_t n);

/* A porter of that number connects, once more after it has ended. */
void porter_open(struct porter *porter, int port);

/* Sends a little more of its upload: they take their time, so that many are under way. */
void porter_turn(struct porter *porter);

/* It has halted, and begins again. */
void porter_go_on(struct porter *porter);

/* Its connection has ended: which of the two is in the folder now? Ends the program where it is
 * neither, or not whole. */
void porter_settle(struct porter *porter, const char *dir);

/* All of it must be in the folder; nothing is under way. Returns the number of files. */
size_t porter_check(const struct porter *porter, const char *dir);

#endif
