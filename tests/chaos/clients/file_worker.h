/* file_worker.h: a client that uploads and downloads files, and knows what must be there
 *
 * A worker has a few files of its own in the library, that nobody else writes. It uploads new ones
 * over the old, and downloads what it or somebody else has stored. What was answered OK must be
 * there; if the server died before it could answer, the file is the old or the new one, whole.
 */
#ifndef CHAOS_FILE_WORKER_H
#define CHAOS_FILE_WORKER_H

#include <stdbool.h>

#include "chaos_peer.h"
#include "payload.h"

enum { WORKER_FILES = 6 };

struct stored_file {
    bool stored, trying;
    struct payload payload; /* stored: what is there */
    struct payload tried;   /* trying: an upload that is not answered */
};

struct file_worker {
    struct chaos_peer peer; /* first: a peer is its worker */
    struct stored_file files[WORKER_FILES];
    unsigned int number;
    unsigned int at; /* the place it is busy with */
    size_t about;    /* bytes of an upload */
    size_t owed;     /* bytes of the upload under way that are still to be sent */
    size_t body_at, body_size;
    unsigned long uploads, downloads, unanswered;
    bool greeted, busy, getting;
    bool stops; /* begins nothing new */
    bool ended; /* by the server */
};

/* A worker of that number connects, once more after it has ended. It continues by itself until
 * `stops` is set. */
void file_worker_open(struct file_worker *worker, int port);

/* Sends a little more of its upload: they take their time, so that many are under way. */
void file_worker_turn(struct file_worker *worker);

/* It has halted, and begins again. */
void file_worker_resume(struct file_worker *worker);

/* Its connection has ended: which of the two is in the folder now? Ends the program if it is
 * neither, or not whole. */
void file_worker_resolve(struct file_worker *worker, const char *dir);

/* Nothing is under way: what these have stored is in the folder, and nothing else, all of it whole.
 * Returns the number of files. */
size_t file_workers_check(const struct file_worker *workers, unsigned int n, const char *dir);

#endif
