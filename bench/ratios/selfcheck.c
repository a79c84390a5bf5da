/* bench/ratios/selfcheck.c: lab-bench --self-check: can this machine be trusted today?
 *
 * Twins     one server, measured against itself. The ratio of the processor time for a request, and
 *           of the rates, must be 1 within its interval, which for 11 rounds holds the true ratio
 *           with 98.8 %. If it is not, they are measured once more with another seed: chance does
 *           not strike twice in the same direction.
 * Slower    in the same rounds, the same server that computes 1 µs more for each request. That must
 *           be found. By how much it appears is printed: where server and generator are both
 *           saturated, what is added to one of them changes how often both sleep.
 * Bare      in the same rounds, the same server is asked by the bare client. The generator, which
 *           checks each reply and times it, must do 0.9 times as much in the same processor time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "common/signals.h"
#include "ratios/ratio.h"

static int direction(const struct estimate *e)
{
    return e->low > 1 ? 1 : e->high < 1 ? -1 : 0;
}

enum { FIRST, TWIN, SLOWER, BARE };

static struct estimate against(const struct ratio *ratio, size_t variant, const char *what,
                               enum figure figure)
{
    struct estimate e = ratio_of(ratio, &ratio->variants[variant], &ratio->variants[FIRST], figure);
    printf("  %s: %.3f [%.3f %.3f] in %zu rounds\n", what, e.median, e.low, e.high, e.count);
    return e;
}

struct verdict self_check_judge(const struct ratio *ratio)
{
    struct estimate cost =
        against(ratio, TWIN, "one server twice, processor time for a request", FIGURE_COST);
    struct estimate rate = against(ratio, TWIN, "one server twice, requests a second", FIGURE_RATE);
    struct estimate slower =
        against(ratio, SLOWER, "with 1 µs more, processor time for a request", FIGURE_COST);
    struct estimate near = against(
        ratio, BARE, "a bare client, compared with the generator, its own time for a request",
        FIGURE_OWN_COST);
    double us = ratio_of(ratio, &ratio->variants[FIRST], NULL, FIGURE_COST).median;
    printf("  a request costs %.2f µs; 1 µs more appears as %.2f µs; a difference below %.2f µs "
           "would not be seen\n",
           us, us * (slower.median - 1), us * (cost.high - cost.low) / 2);
    return (struct verdict){.cost = direction(&cost),
                            .rate = direction(&rate),
                            .enough = cost.sure,
                            .found = direction(&slower) > 0,
                            .near = near.high >= 0.9};
}

const char *self_check_fails(const struct verdict *first, const struct verdict *last)
{
    bool same = (last->cost == 0 || last->cost != first->cost) &&
                (last->rate == 0 || last->rate != first->rate);
    return !last->enough  ? "TOO FEW rounds were quiet: other programs use this machine"
           : !same        ? "DIFFERENT: the machine or the generator differs by itself"
           : !last->found ? "NOT FOUND: a microsecond is lost in the noise"
           : !last->near  ? "SLOW: the generator does less than 0.9 of what a bare client does"
                          : NULL;
}

static bool measure(const char *seed, struct verdict *verdict)
{
    const char *words[] = {"ratio",  "ping",     "-c",     "10",       "-t",
                           "0.3",    "--steal",  "10",     "baseline", "baseline",
                           "slower", "baseline", "--seed", seed,       NULL};
    char why[WHY] = "it could not be prepared", **argv = (char **)words;
    int argc = sizeof words / sizeof words[0] - 1;
    struct ratio *ratio = ratio_new(argc, argv);
    bool ok = ratio != NULL && ratio_options_read(ratio, argc, argv) < 0;
    if (ok) {
        ratio->bare = BARE;
        ok = ratio_measure(ratio, NULL, why);
    }
    if (ok)
        *verdict = self_check_judge(ratio);
    else
        printf("  one server measured twice: %s\n", why);
    free(ratio);
    return ok;
}

static bool check(void)
{
    struct verdict first, second;
    if (!measure("1", &first))
        return false;
    if (self_check_fails(&first, &first) == NULL)
        return true;
    printf("  once more\n");
    if (!measure("2", &second))
        return false;
    const char *why = self_check_fails(&first, &second);
    if (why != NULL)
        printf("  %s\n", why);
    return why == NULL;
}

int cmd_self_check(void)
{
    stop_catch();
    bool ok = check();
    if (stop_signal)
        return stop_status();
    printf("%s\n",
           ok ? "self-check: one server is equal to itself, a microsecond is found, and the "
                "generator keeps up with a bare client"
              : "self-check: FAILED: do not trust what was measured here");
    return ok ? 0 : 1;
}
