/* bench/timeline/draw.h: lanes as SVG
 *
 * Clients above, processes and threads of the server below, one time axis. Each bar has a title
 * that a browser shows under the mouse: the call, and how long.
 */
#ifndef BENCH_DRAW_H
#define BENCH_DRAW_H

#include <stdio.h>

#include "timeline/scene.h"
#include "timeline/trace.h"

struct picture {
    int model; /* 1 to 6 */
    struct lane clients[SCENE_CLIENTS];
    struct trace server;
};

/* Names the server's lanes, and joins what is too short to be seen on an axis of that length. */
void picture_prepare(struct picture *picture, double seconds);

void picture_free(struct picture *picture);

/* Prepared pictures: one, or several in two columns, with a legend. */
struct drawing {
    const struct picture *pictures;
    size_t count;
    double seconds; /* the length of the axis */
};
void drawing_print(FILE *out, const void *what); /* a struct drawing; see file_write */

#endif
