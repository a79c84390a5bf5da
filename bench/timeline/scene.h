/* bench/timeline/scene.h: four clients, the same for each server
 *
 * A connects, asks, thinks and asks again. Meanwhile D comes, and downloads a file that it reads
 * slowly; B, which wants one answer at once; C, which asks for the checksum of a large file. The
 * clients are threads of ours, and record themselves what they wait for.
 */
#ifndef BENCH_SCENE_H
#define BENCH_SCENE_H

#include "common/why.h"
#include "timeline/lanes.h"

enum { SCENE_CLIENTS = 4 };

/* In the order in which they come: A, D, B, C. */
extern const char scene_order[SCENE_CLIENTS];

/* Makes the two files that the clients ask for. */
bool scene_files(const char *library, char why[WHY]);

/* Plays it against a server on this port of 127.0.0.1; it takes about two seconds, and a minute at
 * most, if a client gets no answer. lanes: A, B, C and D, empty; to be freed whatever is returned.
 * began, ended: the wall clock, in seconds since 1970; the lanes' time 0 is began. */
bool scene_play(int port, struct lane lanes[SCENE_CLIENTS], double *began, double *ended,
                char why[WHY]);

#endif
