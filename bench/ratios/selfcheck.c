/* bench/ratios/selfcheck.c: lab-bench --self-check: can this machine be trusted today?
 *
 * Twins     one server, measured against itself. The ratio of the processor time for a request, and
 *           of the rates, must be 1 within its interval, which for 11 rounds holds the true ratio
 *           with 98.8 %. If it is not, they are measured once more with another seed: chance does
 *           not strike twice in the same direction.
 * Counts    the generator's counts against those of a relay between it and each of the six servers,
 *           which shares no code with it: requests answered, messages sent, messages delivered.
 *           Exactly.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/scratch.h"
#include "common/signals.h"
#include "load/load.h"
#include "ratios/ratio.h"
#include "ratios/relay.h"

enum { CLIENTS = 10 };

/* --- twins --------------------------------------------------------------------------------- */

/* Which way two to one differs: -1, 0, 1; 2: too few rounds. */
static int twins_differ(const struct ratio *ratio, const char *what, bool rate)
{
    struct estimate e = ratio_against(ratio, &ratio->variants[1], &ratio->variants[0], rate);
    printf("  one server measured twice, %s: %.3f [%.3f %.3f] in %zu rounds\n", what, e.median,
           e.low, e.high, e.count);
    if (!e.sure)
        return 2;
    return e.low > 1 ? 1 : e.high < 1 ? -1 : 0;
}

struct twins {
    int cost, rate;
};

static bool twins_measure(const char *seed, struct twins *twins)
{
    static const char *const words[] = {"ratio",   "ping", "-c",    "10",    "-t",    "0.3",
                                        "--steal", "10",   "epoll", "epoll", "--seed"};
    char *argv[sizeof words / sizeof words[0] + 2] = {NULL}, why[WHY] = "no memory";
    int argc = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        argv[argc++] = (char *)words[i];
    argv[argc++] = (char *)seed;
    struct ratio *ratio = ratio_new(argc, argv);
    bool ok = ratio != NULL && ratio_options_read(ratio, argc, argv) < 0 &&
              ratio_measure(ratio, NULL, why);
    if (ok) {
        twins->cost = twins_differ(ratio, "processor time for a request", false);
        twins->rate = twins_differ(ratio, "requests a second", true);
    } else {
        printf("  one server measured twice: %s\n", why);
    }
    free(ratio);
    return ok;
}

static bool twins_check(void)
{
    struct twins first, second;
    if (!twins_measure("1", &first))
        return false;
    if (first.cost == 0 && first.rate == 0)
        return true;
    printf("  once more\n");
    if (!twins_measure("2", &second))
        return false;
    bool same = (second.cost == 0 || second.cost != first.cost) &&
                (second.rate == 0 || second.rate != first.rate);
    if (second.cost == 2)
        printf("  TOO FEW rounds were quiet: other programs use this machine\n");
    else if (!same)
        printf("  DIFFERENT: the machine or the generator differs by itself\n");
    return same && second.cost != 2;
}

/* --- counts -------------------------------------------------------------------------------- */

static bool equal(const char *model, const char *what, uint64_t ours, uint64_t theirs)
{
    printf("  %-7s %-22s generator %8llu, server %8llu%s\n", model, what, (unsigned long long)ours,
           (unsigned long long)theirs, ours == theirs ? "" : "  DIFFERENT");
    return ours == theirs;
}

static bool counts_compare(const char *model, enum load_kind kind, const struct load_result *result,
                           const struct relay_counts *counts)
{
    if (kind == LOAD_PING)
        return (int)equal(model, "pings asked", result->sent, counts->asked['N']) &
               (int)equal(model, "pings answered", result->sent, counts->replies);
    if (kind == LOAD_SESSION)
        return (int)equal(model, "sessions", result->sent, counts->asked['Q']) &
               (int)equal(model, "replies in them", 2 * result->sent, counts->replies);
    return (int)equal(model, "messages sent", result->sent, counts->asked['S']) &
           (int)equal(model, "messages delivered", result->received, counts->says);
}

static bool count_one(const char *model, enum load_kind kind, unsigned int clients, int port)
{
    struct relay relay;
    struct relay_counts counts;
    struct load_result result;
    struct load_spec spec = {.host = "127.0.0.1",
                             .kind = kind,
                             .clients = clients,
                             .speakers = 2,
                             .warmup = 0.05,
                             .seconds = 0.25,
                             .timeout_ms = 5000,
                             .stop = &stop_signal};
    if (!relay_start(&relay, port)) {
        printf("  %s: no relay: %s\n", model, strerror(errno));
        return false;
    }
    spec.port = relay.port;
    bool ok = load_run(&spec, &result);
    bool well = relay_stop(&relay, &counts);
    for (int i = 0; i < LOAD_ERRORS; i++)
        ok = ok && result.errors[i] == 0;
    if (!ok || !well)
        printf("  %s: something went wrong: %s\n", model, result.example);
    ok = ok && well && counts_compare(model, kind, &result, &counts);
    load_result_free(&result);
    return ok;
}

/* A server to check, its library in folder. */
static bool counts_check(const char *folder, const char *model)
{
    static const enum load_kind kinds[] = {LOAD_PING, LOAD_SESSION, LOAD_CHAT};
    char log[PATH_MAX], why[WHY] = "";
    struct server_choice choice;
    bool ok = server_choose(&choice, model, why);
    struct server server = server_chosen(&choice);
    struct server_place place = {.library = folder, .log = log, .stop = &stop_signal};
    (void)snprintf(log, sizeof log, "%s/log", folder);
    ok = ok && server_start(&server, &place, why);
    if (!ok)
        printf("  %s does not start: %s\n", model, why);
    for (size_t i = 0; ok && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (server.most > 1 || kinds[i] != LOAD_CHAT)
            ok = count_one(model, kinds[i], server.most > 1 ? CLIENTS : 1, server.port);
    }
    if (!server_stop(&server, why) && ok) {
        printf("  %s\n", why);
        return false;
    }
    return ok;
}

/* --- both ---------------------------------------------------------------------------------- */

static bool counts_check_all(void)
{
    static const char *const models[] = {"loop", "fork", "thread", "select", "poll", "epoll"};
    char why[WHY];
    bool ok = true;
    if (!scratch_make("lab-bench", "/tmp", why)) {
        printf("  %s\n", why);
        return false;
    }
    for (size_t i = 0; i < sizeof models / sizeof models[0] && !stop_signal; i++)
        ok = counts_check(scratch_path(), models[i]) && ok;
    if (!scratch_remove())
        (void)fprintf(stderr, "lab-bench: the temporary folder is left behind\n");
    return ok;
}

int cmd_self_check(void)
{
    stop_catch();
    bool ok = counts_check_all();
    ok = !stop_signal && twins_check() && ok;
    if (stop_signal)
        return stop_status();
    printf("%s\n", ok ? "self-check: all counts are equal, and one server is equal to itself"
                      : "self-check: FAILED: do not trust what was measured here");
    return ok ? 0 : 1;
}
