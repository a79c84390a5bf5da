/* shapes.h: latencies as they may be distributed, for tests of histograms */
#ifndef SHAPES_H
#define SHAPES_H

#include <stdint.h>

#include "unit.h"

enum { SHAPES = 6 };

extern const struct shape {
    const char *name;
    uint64_t (*value)(struct unit_random *random); /* the next one */
} shapes[SHAPES];

uint64_t shape_exponential(struct unit_random *random);

#endif
