/* core/files/store.h: the library, one flat folder of files
 *
 * Everything is opened relative to the folder's descriptor, never through a link, and checked
 * with fstat(2) once it is open: what stands in the folder may be a FIFO, a device, a link out
 * of it, or may change under our hands. Names are checked (proto_name_ok) before they come here.
 *
 * Functions return 0, or an errno value. Several processes may share one folder.
 */
#ifndef CORE_STORE_H
#define CORE_STORE_H

#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/proto.h"

/* Temporary files of uploads are called this and sixteen random hexadecimal digits. */
#define STORE_TEMP_PREFIX ".lab-upload-"

/* What was found about the folder, and is logged once by each process. */
enum store_finding {
    STORE_ENTRY, /* an entry can't be examined */
    STORE_LOCK,  /* no locks: what a dead server leaves behind stays */
    STORE_MODE,  /* no modes: a stored file keeps that of an incomplete one */
    STORE_SYNC,  /* no fsync: durable is not to be had */
    STORE_FINDINGS
};

struct store_log {
    const char *model;
    atomic_bool logged[STORE_FINDINGS];
};

struct store {
    int dir;               /* descriptor of the folder */
    mode_t mode;           /* of a stored file: 0644 less the umask */
    uint64_t max_upload;   /* bytes of one file */
    uint64_t quota;        /* bytes of all files; 0: no limit */
    uint64_t max_files;    /* 0: no limit */
    bool durable;          /* fsync(2) file and folder before an upload counts as stored */
    struct store_log *log; /* NULL: nothing is logged */
};

/* Logs a finding with the call that failed, unless that has been done. */
void store_log_once(const struct store *store, enum store_finding finding, const char *call,
                    int errnum);

/* Has a call failed because the file system does not have it? */
bool store_lacks(int errnum);

/* Opens the folder, makes it if it is missing, and calls store_clean. Sets dir and mode; the caller
 * sets the other members, the log before this call. Reads the umask, which is possible only by
 * setting it: call it before there are threads. */
int store_open(struct store *store, const char *path);
void store_close(struct store *store);

/* Removes the temporary files of uploads whose process died; those of living ones are locked. */
int store_clean(const struct store *store);

/* Opens a file to read. *file is the caller's to close. */
int store_get(const struct store *store, const char *name, size_t len, int *file, uint64_t *size);

/* An upload: bytes on their way into a hidden temporary file, which is renamed when whole. */
struct upload {
    const struct store *store;
    int file;
    bool reserved;      /* the temporary file has its full size from the start */
    uint64_t left;      /* bytes still to come */
    uint64_t uncounted; /* bytes written since the last quota scan; not of a reserved upload */
    char temp[32];      /* name of the temporary file */
    char name[PROTO_NAME_MAX + 1];
};

/* Makes the temporary file. If that is not too much, gives it its full size at once without
 * writing: by that size every server that shares the folder sees the space that is reserved.
 * Whether it can stay so, and whether the upload keeps to the quota, is for the caller to find
 * out with a quota scan. *upload is freed by upload_end. */
int upload_begin(const struct store *store, const char *name, size_t len, uint64_t size,
                 struct upload **upload);

/* Writes the next len <= left bytes. */
int upload_write(struct upload *upload, const char *bytes, size_t len);

/* Is a quota scan due? Of an upload that could not be reserved, what has come is counted now and
 * then, and always when it is whole. */
bool upload_uncounted(const struct upload *upload);

/* Gives a whole upload (left is 0, and all is counted) its name. If that fails, the old file
 * is intact, except in one case: if the folder can't be synced (durable), the new file stands.
 * upload_end is still to be called. */
int upload_store(struct upload *upload);

/* Frees the upload; if it was not stored, its temporary file goes too. NULL is allowed. */
void upload_end(struct upload *upload);

/* A walk over the folder, an entry at a time: over the files that belong to the library, or over
 * the temporary files of uploads under way, of this or another server. */
enum walk_kind { WALK_LIBRARY, WALK_UPLOADS };

struct walk_entry {
    const char *name;   /* valid until the next step */
    uint64_t size;      /* bytes */
    uint64_t unwritten; /* of them, bytes for which the disk has no block yet */
};

int walk_begin(const struct store *store, DIR **walk);

/* The next file of that kind. At the end entry->name is NULL. Reads one entry of the folder only:
 * entry->name may be "" if that was none of ours, is gone, or can't be examined: the others are
 * served all the same. */
int walk_next(const struct store *store, DIR *walk, enum walk_kind kind, struct walk_entry *entry);

/* Is there space for this upload? Counts in bounded steps what the folder holds.
 *
 * Space that uploads have reserved, and for which they have sent nothing yet, is at most a
 * quarter of what is free: else a few that never send could keep everybody out. Beyond that an
 * upload gets nothing in advance, and is counted as it comes. */
struct quota_scan {
    DIR *walk;
    enum walk_kind kind; /* what it reads now: the uploads, then the library */
    uint64_t files, bytes;
    uint64_t stored;    /* of the bytes, those of whole files */
    uint64_t unwritten; /* of the bytes, those that are only reserved */
};

int quota_scan_begin(struct quota_scan *scan, const struct upload *upload);

/* Begins once more. That takes no descriptor and no memory, and can't fail. */
void quota_scan_again(struct quota_scan *scan);

/* Reads up to `entries` more. Sets *done; then the answer is 0 for space, or ENOSPC. The
 * first one, before anything is written, also decides whether the upload stays reserved. */
int quota_scan_step(struct quota_scan *scan, struct upload *upload, unsigned int entries,
                    bool *done);
void quota_scan_end(struct quota_scan *scan);

#endif
