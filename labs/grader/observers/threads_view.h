/* threads_view.h: what threads.c sees of the server, and what is wrong with it
 *
 * Never more than one thread runs at once, so whatever has changed was changed by the thread that
 * looks. The lock checks errors (pthread_mutex_lock(3)), so a thread can ask whether it holds it.
 */
#ifndef THREADS_VIEW_H
#define THREADS_VIEW_H

#include <stdbool.h>

#include "blocking/threads.h"

enum { CLIENTS = 2 };

/* Which rule is judged: each is a line of the verdict. */
enum { CLOSED_LAST, UNDER_LOCK };

/* What can be seen of the server at a moment. */
struct view {
    unsigned int count;
    bool listed[CLIENTS], holds; /* holds: this thread holds the lock */
};

struct observed {
    unsigned int rule;
    struct threads *threads;
    struct view before; /* at the last look */
    int fds[CLIENTS];
    struct connection *connections[CLIENTS]; /* each is on the stack of its thread */
    bool closed[CLIENTS], left[CLIENTS];     /* left: its thread has ended */
    bool woken, woken_early;                 /* early: under the lock, the count is not 0 yet */
};

extern struct observed now;

struct view view(void);

/* Compares with the last look, and remembers. A change was right if the lock was held before or
 * after it. Returns what is seen. */
struct view look(void);

/* Which client has this descriptor; -1: none. */
int number_of(int fd);

/* Ends the test as failed; complain: if this rule is the one that is judged. */
__attribute__((noreturn)) void fail_with(const char *text); /* cppcheck knows no _Noreturn */
void complain(unsigned int rule, const char *text);

#endif
