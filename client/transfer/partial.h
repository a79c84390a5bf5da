/* client/transfer/partial.h: the partial file of a download
 *
 * The bytes of a download are kept in a hidden folder beside the place where they belong,
 * ".x.lab-partial" for "x", and are renamed to "x" when they are complete. The folder has two
 * files:
 *
 *     data    the bytes so far
 *     info    "lab-client partial download", then a line each: the size of the file in the library,
 *             its name there, and its name here
 *
 * No file of a library begins with a '.', so no other download has this path. A folder whose info
 * does not name this remote file and this local name belongs to another download: it is left alone,
 * and the next name is tried, ".x.lab-partial.2". So a partial file belongs to one remote name,
 * also if a long name had to be cut.
 *
 * While a client downloads, info is locked (flock(2)). A file system without locks will do: there
 * an existing partial file is only resumed, never restarted, since another client may be writing to
 * it.
 */
#ifndef CLIENT_PARTIAL_H
#define CLIENT_PARTIAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"

enum {
    PARTIAL_SLOTS = 9,   /* folders that are tried: ".x.lab-partial" to ".x.lab-partial.9" */
    PARTIAL_CHECK = 4096 /* bytes at the end that are requested again and compared */
};

struct partial {
    const char *name, *local; /* in the library; here, as it was typed: borrowed */
    const char *base;         /* the last component of local */
    int folder;               /* where base goes; -1: none */
    char slot[NAME_MAX + 1];  /* the hidden folder in it */
    int dir, info, fd;        /* that folder, info and data in it; -1: not open */
    bool resume;
    int lock_error; /* why it is not locked; 0: it is */
    uint64_t size;  /* bytes that are here, and are kept */
    uint64_t total; /* of the file in the library, when they came */
};

/* Finds the partial file of this download and locks it, or finds a free name for a new one. Changes
 * nothing: the server has not agreed yet. size is how many bytes there are. */
enum app_status partial_find(struct app *app, struct partial *partial, const char *name,
                             const char *local, bool resume);

/* The server has agreed, and the file has total bytes: opens the partial file to resume it, or
 * removes it and makes a new one. Returns LAB_OK, and fd stands at its end; otherwise the error has
 * been printed. */
enum lab_status partial_begin(struct app *app, struct partial *partial, uint64_t total);

/* It is complete: gives it its name, which must be free, or a regular file if replace. Ends the
 * struct. */
enum app_status partial_finish(struct app *app, struct partial *partial, bool replace);

/* It is not complete, or was never begun. Keeps the bytes, and reports how many; removes the folder
 * if there are none. Ends the struct. */
void partial_keep(struct app *app, struct partial *partial);

/* It is not what the library has: removes it. Ends the struct. */
void partial_drop(struct partial *partial);

/* ---- the hidden folder: partial_slot.c ---- */

/* Returned in place of an errno. */
enum {
    PARTIAL_NONE = -1, /* this download has no partial file */
    PARTIAL_BUSY = -2  /* another program is downloading it */
};

/* Opens and locks the folder, and reads its info. Returns 0, an errno, or one of the above; in both
 * of those cases slot is a name that is free, "" if none is. */
int slot_find(struct partial *partial);

/* Makes the folder, its info (locked) and its data. Returns 0, an errno, or PARTIAL_BUSY. */
int slot_make(struct partial *partial, uint64_t total);

/* Removes the folder and what is in it, and closes them. */
void slot_remove(struct partial *partial);

/* Closes the folder and what is in it. */
void slot_close(struct partial *partial);

#endif
