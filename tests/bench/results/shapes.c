/* shapes.c: see shapes.h */
#include "shapes.h"

#include <math.h>

static double random_unit(struct unit_random *random)
{
    return ((double)(unit_random(random) >> 11) + 0.5) / 9007199254740992.0; /* never 0 or 1 */
}

static uint64_t uniform(struct unit_random *random)
{
    return unit_random_below(random, 50000000);
}

uint64_t shape_exponential(struct unit_random *random)
{
    return (uint64_t)(-log(random_unit(random)) * 80000);
}

/* A fast path, and one in fifty that takes ten thousand times as long. */
static uint64_t two_humps(struct unit_random *random)
{
    uint64_t base = 20000 + unit_random_below(random, 5000);
    return unit_random_below(random, 50) == 0 ? base * 10000 : base;
}

/* From a few nanoseconds to an hour, evenly over the powers of ten. */
static uint64_t all_sizes(struct unit_random *random)
{
    return (uint64_t)pow(10, random_unit(random) * 12.5);
}

static uint64_t constant(struct unit_random *random)
{
    (void)random;
    return 123456789;
}

static uint64_t small(struct unit_random *random)
{
    return unit_random_below(random, 1500);
}

const struct shape shapes[SHAPES] = {{"uniform", uniform},     {"exponential", shape_exponential},
                                     {"two humps", two_humps}, {"all sizes", all_sizes},
                                     {"constant", constant},   {"small", small}};
