/* bench/baselines/baseline.h: what the two files of the bare server share */
#ifndef BENCH_BASELINE_H
#define BENCH_BASELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { BASELINE_LINE = 1024, NICK_BYTES = 33 };
enum { LINES, DOWNLOAD, UPLOAD };

struct client {
    int state, file, pipe[2];
    off_t left;               /* of the body under way, in either direction */
    size_t piped, kept, seat; /* bytes in the pipe; bytes in line[]; in members[], plus one */
    char nick[NICK_BYTES];
    char line[BASELINE_LINE]; /* the beginning of a request that has not ended yet */
};

extern int library; /* the folder's descriptor */

void watch(int fd, int operation, uint32_t events);
bool send_whole(int fd, const char *bytes, size_t n); /* false: the connection is broken */

/* False: the connection is broken, or the request was wrong. */
bool download_begin(int fd, struct client *c, const char *name);
bool download_turn(int fd, struct client *c);
bool upload_begin(int fd, struct client *c, const char *size, const char *name);
bool upload_turn(int fd, struct client *c);
void body_end(struct client *c);

#endif
