/* bench/run/selfcheck.c: lab-bench --self-check: is it to be trusted on this machine, today?
 *
 * Twins     one server under two names, measured as any two are. The ratio of their processor time for a
 *           request, and of their rates, must be 1 within its interval, which for 11 rounds holds the true
 *           ratio with 98.8 %. Where it is not, they are measured once more with other seeds: chance does not
 *           strike twice in the same direction.
 * Counts    the generator's counts against those of a relay between it and each of the six servers, which shares no
 *           code with it: requests answered, messages said, messages delivered. Exactly.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/scratch.h"
#include "load/load.h"
#include "results/stats.h"
#include "run/relay.h"
#include "run/run.h"

enum { ROUNDS = 11, CLIENTS = 10 };

/* --- twins --------------------------------------------------------------------------------- */

/* A run is measured by a process of its own, since it pins itself and moves to another network. It ends with us. */
static bool run_apart(int argc, const char **words)
{
    int status = -1;
    pid_t parent = getpid();
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        int ended = getppid() == parent ? cmd_run(argc, (char **)words) : 1;
        (void)fflush(stdout);
        _exit(ended);
    }
    for (bool told = false; pid > 0 && waitpid(pid, &status, WNOHANG) == 0;) {
        if (stop_signal && !told)
            told = kill(pid, SIGTERM) == 0;
        (void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    return status == 0;
}

static bool twins_run(const char *folder, const char *seed)
{
    char whole[PATH_MAX], one[SERVER_COMMAND], two[SERVER_COMMAND], out[PATH_MAX];
    char link[SCRATCH_PATH + 8], why[SERVER_WHY];
    struct server_choice epoll;
    /* a name without blanks, at which the command would be split */
    (void)snprintf(link, sizeof link, "%s/epoll", folder);
    if (!server_choose(&epoll, "epoll", why) || realpath(epoll.program, whole) == NULL ||
        (symlink(whole, link) < 0 && errno != EEXIST))
        return false;
    (void)snprintf(one, sizeof one, "one=%s -p {port} -d {dir}", link);
    (void)snprintf(two, sizeof two, "two=%s -p {port} -d {dir}", link);
    (void)snprintf(out, sizeof out, "%s/%s", folder, seed);
    char reps[16];
    (void)snprintf(reps, sizeof reps, "%d", ROUNDS);
    const char *words[] = {
        "run", "ping",          "--models",   "none",        "--server", one,     "--server",
        two,   "--no-baseline", "--no-trace", "--no-report", "--reps",   reps,    "--duration",
        "0.3", "--clients",     "10",         "--seed",      seed,       "--out", out,
        NULL};
    return run_apart((int)(sizeof words / sizeof words[0]) - 1, words);
}

/* The value of a server's last sample in each round that is fit for it, NaN where there is none. */
static void rounds_collect(const struct sample *samples, size_t count, const char *server,
                           double (*value)(const struct sample *), bool rate, double *values)
{
    for (int i = 0; i < ROUNDS; i++)
        values[i] = NAN;
    for (size_t i = 0; i < count; i++) {
        const struct sample *s = &samples[i];
        bool fit = s->state == SAMPLE_GOOD || (!rate && s->state == SAMPLE_GENERATOR);
        if (fit && strcmp(s->server, server) == 0 && s->round >= 1 && s->round <= ROUNDS)
            values[s->round - 1] = value(s);
    }
}

/* Which way two to one differs: -1, 0, 1; 2: it can't be said. */
static int twins_differ(const struct sample *samples, size_t count, const char *what,
                        double (*value)(const struct sample *), bool rate)
{
    double one[ROUNDS], two[ROUNDS];
    rounds_collect(samples, count, "one", value, rate, one);
    rounds_collect(samples, count, "two", value, rate, two);
    struct estimate e = stats_ratio(two, one, ROUNDS);
    printf("  one server under two names, %s: %.3f [%.3f %.3f] in %zu rounds\n", what, e.median,
           e.low, e.high, e.count);
    if (!e.sure)
        return 2;
    return e.low > 1 ? 1 : e.high < 1 ? -1 : 0;
}

struct twins {
    int cost, rate;
};

static bool twins_measure(const char *folder, const char *seed, struct twins *twins)
{
    char path[PATH_MAX], why[160] = "it could not be measured";
    struct sample *samples = NULL;
    size_t count = 0;
    bool ok = twins_run(folder, seed);
    (void)snprintf(path, sizeof path, "%s/%s/samples.csv", folder, seed);
    FILE *csv = ok ? fopen(path, "re") : NULL;
    ok = csv != NULL && sample_read_all(csv, &samples, &count, why);
    if (csv != NULL)
        (void)fclose(csv);
    if (!ok)
        printf("  one server under two names: %s\n", why);
    else
        *twins = (struct twins){
            .cost =
                twins_differ(samples, count, "processor time for a request", sample_cost, false),
            .rate = twins_differ(samples, count, "requests a second", sample_rate, true)};
    free(samples);
    return ok;
}

/* 2 and a rate: where the generator is the bottleneck of all samples there is nothing to compare. */
static bool twins_check(const char *folder)
{
    struct twins first, second;
    if (!twins_measure(folder, "1", &first))
        return false;
    if (first.cost == 0 && (first.rate == 0 || first.rate == 2))
        return true;
    printf("  once more\n");
    if (!twins_measure(folder, "2", &second))
        return false;
    bool same_cost = second.cost == 0 || (second.cost != 2 && second.cost != first.cost);
    bool same_rate = second.rate != first.rate || second.rate == 0 || second.rate == 2;
    if (second.cost == 2)
        printf("  TOO FEW rounds were quiet: other programs use this machine\n");
    else if (!same_cost || !same_rate)
        printf("  DIFFERENT: what differs where nothing does is the machine's doing or ours\n");
    return same_cost && same_rate;
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
    return (int)equal(model, "messages said", result->sent, counts->asked['S']) &
           (int)equal(model, "messages delivered", result->heard, counts->said);
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
    char log[PATH_MAX], why[SERVER_WHY] = "";
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

int cmd_self_check(void)
{
    static const char *const models[] = {"loop", "fork", "thread", "select", "poll", "epoll"};
    char why[SCRATCH_WHY];
    bool ok = true;
    stop_catch();
    if (!scratch_make("lab-bench", "/tmp", why)) {
        (void)fprintf(stderr, "lab-bench: %s\n", why);
        return 1;
    }
    const char *folder = scratch_path();
    for (size_t i = 0; i < sizeof models / sizeof models[0] && !stop_signal; i++)
        ok = counts_check(folder, models[i]) && ok;
    ok = !stop_signal && twins_check(folder) && ok;
    if (!scratch_remove())
        (void)fprintf(stderr, "lab-bench: the temporary folder is left behind\n");
    if (stop_signal)
        return stop_status();
    printf("%s\n",
           ok ? "self-check: nothing lost, nothing invented, no difference where there is none"
              : "self-check: FAILED: do not trust what was measured here");
    return ok ? 0 : 1;
}
