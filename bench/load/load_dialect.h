/* bench/load/load_dialect.h: the same work in the words of other programs: one table
 *
 * A request is bytes. A reply is its first line, to the byte; then, in some dialects, headers up to
 * an empty line; then, for some work, the bytes of a file. So redis answers a ping with a line, and
 * nginx with a file of LOAD_PING_BYTES.
 */
#ifndef BENCH_LOAD_DIALECT_H
#define BENCH_LOAD_DIALECT_H

#include "load/load.h"

enum { LOAD_PING_BYTES = 64 };

struct load;
struct worker;
struct client;

struct load_work {
    const char *verb;    /* for messages; NULL: this work can't be done */
    const char *request; /* all of it; or the name of the file stands between it and rest */
    const char *rest;
    const char *head; /* the first line of the reply; "OK ": its size and LF follow */
    bool file;        /* the reply holds the file */
};

struct load_dialect {
    const char *name;
    const char *greeting; /* how the line begins that the server sends first; NULL: it sends none */
    bool headers;         /* between first line and file */
    struct load_work work[LOAD_KINDS];

    /* LOAD_CHAT. A message is what room_prepare makes of load->say, its text, and say_end. */
    const char *say_end;
    void (*room_prepare)(struct load *load);
    bool (*room_enter)(struct worker *w, struct client *c);
    bool (*room_receive)(struct worker *w, struct client *c, const char *bytes, size_t n);
};

extern const struct load_dialect load_dialects[]; /* ours is the first */

/* The dialect of a server by its name ("redis-7.0.15": redis), and what follows from it. */
void load_dialect_choose(struct load_spec *spec, const char *server);

/* dialect: NULL: ours, which can do all. */
bool load_dialect_can(const struct load_dialect *dialect, enum load_kind kind);

/* The request without a NUL, at most `size` bytes. Returns its length. */
size_t dialect_request(const struct load_spec *spec, const struct load_dialect *dialect, char *text,
                       size_t size);

#endif
