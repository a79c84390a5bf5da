/* attempts.h: what a process in a sandbox may try */
#ifndef UNIT_ATTEMPTS_H
#define UNIT_ATTEMPTS_H

#include <netinet/in.h>

#include "files/store.h"
#include "unit.h"

/* What was there before the sandbox: the test makes it. In outside is a file called file, in inside
 * another, link, which leads to the first, and a folder with a file called deep. */
struct place {
    char inside[UNIT_PATH], outside[UNIT_PATH];
    struct store store;           /* on inside */
    struct sockaddr_in listening; /* a port that is somebody else's */
};

extern struct place place;

/* "<folder>/<name>" */
struct path {
    char text[2 * UNIT_PATH];
};
struct path path_of(const char *folder, const char *name);

/* Tries everything. What a kernel of this ABI can forbid must fail, and all else must work: with
 * abi 0 everything, since what fails anyway would show nothing. Not tried: ioctls of devices (ABI
 * 5), since there are none in a library. Prints what does not go as expected, on standard output,
 * since this runs in children. Returns whether all did. */
bool attempts_made(int abi, const char *where);

/* A single one: 0, or an errno value. */
int attempt_open(const char *folder, const char *name, int flags);

#endif
