/* bench/timeline/lanes.h: who waits for what, and when: one lane for each client, process or thread
 *
 * A lane is a row of spans that do not overlap. Times are seconds since the scene began.
 */
#ifndef BENCH_LANES_H
#define BENCH_LANES_H

#include <stdbool.h>
#include <stddef.h>

enum lane_state {
    LANE_GREETING,  /* a client waits for the greeting */
    LANE_REPLY,     /* a client waits for the first byte of a reply */
    LANE_RECEIVING, /* a client receives the rest of it */
    LANE_THINKING,  /* a client wants nothing */
    LANE_WORKING,   /* a process or thread of the server runs */
    LANE_ASLEEP     /* it sleeps in a call */
};

struct lane_span {
    double from, to;
    double took; /* the time in this state; less than to - from if shorter spans were joined */
    enum lane_state state;
    char call[16]; /* asleep in this call; "" otherwise */
};

enum { LANE_NAME = 40 };

struct lane {
    char name[LANE_NAME];
    struct lane_span *spans; /* malloc'd */
    size_t count;
    bool failed; /* no memory: spans are missing */
};

/* Adds a span behind the others. One without a length is left out; one that continues the last span
 * (same state and call, no gap) extends it. */
void lane_add(struct lane *lane, double from, double to, enum lane_state state, const char *call);

/* Joins spans until the eye can see each: what happens gets at least this length, and takes it from
 * the sleep or the thinking behind it. */
void lane_coarsen(struct lane *lane, double min);

/* A client waited so long in all. */
double lane_waited(const struct lane *lane);

void lane_free(struct lane *lane);

#endif
