/* family.h: the processes of a server that has some for each client */
#ifndef CONFORMANCE_FAMILY_H
#define CONFORMANCE_FAMILY_H

#include <sys/types.h>

#include "conformance.h"

enum { FAMILY_MOST = 64 };

struct family {
    pid_t pids[FAMILY_MOST];
    size_t n;
};

/* The processes of suite.server: its children, and theirs. */
void family_take(struct family *family);

/* The processes that are not in before: those of a client that has come since. */
struct family family_new(const struct family *before);

/* A client, a member if it has a nick, and the processes that it has. */
struct wire *family_open(const char *nick, struct family *both);

/* Sends a signal to one of them. */
void family_signal(pid_t pid, int signal);

#endif
