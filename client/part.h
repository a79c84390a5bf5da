/* client/part.h: a download while it comes
 *
 * Its bytes are in a hidden folder beside the place where they belong, ".x.lab-part" for "x", and
 * get the name "x" by a rename when they are whole. The folder holds two files:
 *
 *     data    the bytes so far
 *     mark    "lab-client, part of a download", and on a line each: how long the file is, what it is
 *             called in the library, and what it is to be called here
 *
 * No file of a library begins with a '.', so no other download has this path; and what has no mark
 * that names both this file of the library and this local name is not ours: it stays as it is, and
 * the folder is called ".x.lab-part.2". So a part belongs to one name, also where a long name had to
 * be cut.
 *
 * The mark is locked (flock(2)) as long as a client downloads. It needs nothing of a file system
 * but folders and rename(2): where there are no locks, a part that is there is only continued, and
 * never removed, since somebody else may be writing to it.
 */
#ifndef CLIENT_PART_H
#define CLIENT_PART_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "app.h"

enum {
    PART_SLOTS = 9, /* folders that are tried: ".x.lab-part" to ".x.lab-part.9" */
    PART_CHECK =
        4096 /* bytes before the end that are requested again, to see that they are the same */
};

struct part {
    const char *name, *local; /* in the library; here, as it was typed: borrowed */
    const char *base;         /* the last component of local */
    int folder;               /* where base goes; -1: none */
    char slot[NAME_MAX + 1];  /* the hidden folder in it */
    int dir, mark, fd;        /* that folder, and the files in it; -1: not there yet, or not open */
    bool resume;
    int lock_error; /* why it is not locked; 0: it is */
    uint64_t size;  /* bytes that are here, and are kept */
    uint64_t total; /* of the file in the library, when they came */
};

/* Looks for a part of this download and locks it, or for a place for a new one. Changes nothing:
 * the server has not agreed yet. With resume, size is what is here of it. */
enum app_status part_find(struct app *app, struct part *part, const char *name, const char *local,
                          bool resume);

/* The server has agreed, and says that the file has total bytes: opens the part, or makes one. What a
 * part that is not resumed has held is gone. Returns LAB_OK, and fd stands at its end. */
enum lab_status part_begin(struct app *app, struct part *part, uint64_t total);

/* It is whole: gives it its name, which must be free unless it may replace. Ends the struct. */
enum app_status part_finish(struct app *app, struct part *part, bool replace);

/* It is not, or never began. Keeps what there is, and says so; removes the folder if that is nothing.
 * Ends the struct. */
void part_keep(struct app *app, struct part *part);

/* ---- the hidden folder: part_slot.c ---- */

/* What a part's functions return in place of an errno. */
enum {
    PART_NONE = -1, /* there is no part of this download */
    PART_BUSY = -2  /* another program is downloading it */
};

/* Opens and locks the part, and reads its mark. Returns 0, an errno, or one of the above; in both of
 * those cases slot is a name that is free, "" if none is. */
int slot_find(struct part *part);

/* Makes the folder and its mark, locked. Returns 0 or an errno, or PART_BUSY. */
int slot_make(struct part *part, uint64_t total);

/* Removes the part, as far as it is here. */
void slot_remove(struct part *part);

/* Closes what is open. */
void slot_close(struct part *part);

#endif
