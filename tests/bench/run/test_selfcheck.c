/* test_selfcheck.c: what the self-check says of rounds that are made up
 *
 * A request costs the server 5 µs, give or take `noise` per cent, and the generator as much again;
 * the bare client less.
 */
#include <stdlib.h>
#include <string.h>

#include "ratios/ratio.h"
#include "unit.h"

enum { VARIANTS = 4, BARE = 3, REQUESTS = 100000 };

static const struct measured {
    double more[VARIANTS]; /* microseconds more than 5 that a request costs each server; the last is
                            * of the bare client's processor time */
    double noise;
    size_t rounds;
    struct verdict is;
    const char *says;
} found = {{0, 0, 1, -0.3}, 2, 11, {0, 0, true, true, true}, "found"},
  rows[] = {{{0, 0, 0, -0.3}, 2, 11, {0, 0, true, false, true}, "NOT FOUND"},
            {{0, 0, 1, -0.3}, 60, 11, {0, 0, true, false, true}, "NOT FOUND"},
            {{0, 0, 1, -0.3}, 2, 5, {0, 0, false, true, true}, "TOO FEW"},
            {{0, 1, 1, -0.3}, 2, 11, {1, -1, true, true, true}, "DIFFERENT"},
            {{0, -1, 1, -0.3}, 2, 11, {-1, 1, true, true, true}, "DIFFERENT"},
            {{0, 0, 1, -0.8}, 2, 11, {0, 0, true, true, false}, "SLOW"}};

/* What is concluded from such rounds is right. */
static struct verdict judged(const struct measured *measured)
{
    unsigned long long random = 1;
    struct ratio *ratio = ratio_new(0, NULL);
    unit_check(ratio != NULL, "no memory");
    ratio->done = measured->rounds;
    for (size_t i = 0; i < VARIANTS * measured->rounds; i++) {
        size_t variant = i / measured->rounds;
        struct sample *sample = &ratio->variants[variant].samples[i % measured->rounds];
        double part = (double)(stats_random(&random) >> 11) * 0x1p-52 - 1; /* -1 to 1 */
        double noise = 1 + part * measured->noise / 100, more = measured->more[variant];
        double us = (variant == BARE ? 5 : 5 + more) * noise;
        sample_clear(sample);
        sample->requests = REQUESTS;
        sample->user = sample->system = us * REQUESTS / 2e6;
        sample->seconds = (us + 5) * REQUESTS / 1e6;
        sample->own_seconds = (variant == BARE ? 5 + more : 5) * noise * REQUESTS / 1e6;
    }
    struct verdict v = self_check_judge(ratio);
    free(ratio);
    unit_check(v.cost == measured->is.cost && v.rate == measured->is.rate &&
                   v.enough == measured->is.enough && v.found == measured->is.found &&
                   v.near == measured->is.near,
               "%s: %d %d %d %d %d", measured->says, v.cost, v.rate, v.enough, v.found, v.near);
    return v;
}

/* A microsecond more is found; between a server and itself, in noise and of too few rounds nothing
 * is. Twins that differ the same way twice differ; those that do once, by chance. */
static void test_verdicts(void)
{
    struct verdict good = judged(&found);
    unit_check(self_check_fails(&good, &good) == NULL, "a microsecond is not found");
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct verdict v = judged(&rows[i]);
        const char *why = self_check_fails(&v, &v);
        unit_check(why != NULL && strncmp(why, rows[i].says, strlen(rows[i].says)) == 0,
                   "%s, not %s", why != NULL ? why : "it passes", rows[i].says);
        unit_check(self_check_fails(&v, &good) == NULL, "%s, and then not", rows[i].says);
    }
}

static const struct CMUnitTest tests[] = {TEST(test_verdicts)};
UNIT_MAIN("selfcheck", tests)
