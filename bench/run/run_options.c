/* bench/run/run_options.c: the command line of `lab-bench run` */
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/arguments.h"
#include "run/run.h"

enum { SMALL_SECONDS = 200, FULL_SECONDS = 2450, OPTION_FIRST = 256 };
enum {
    OPTION_SMALL = OPTION_FIRST,
    OPTION_FULL,
    OPTION_SEED,
    OPTION_STEAL,
    OPTION_OUT,
    OPTION_SERVER,
    OPTION_SERVER_CPUS,
    OPTION_CLIENT_CPUS,
    OPTION_CONGESTION,
    OPTION_THREADS,
    OPTION_DIR,
    OPTION_BUDGET,
    OPTION_RETRIES,
    OPTION_NO_BASELINE,
    OPTION_NO_TRACE,
    OPTION_NO_REPORT,
    OPTION_HELP
};

static const char help[] =
    "Usage: lab-bench run EXPERIMENT... [OPTION]...\n"
    "Measures what each way of serving many clients costs; draws charts and a report.\n"
    "\n"
    "experiments, or all of them: all\n"
    "  ping latency idle-crowd active-share come-and-go memory download upload chat bad-neighbour\n"
    "\n"
    "  -m, --models LIST     01 to 06, or loop,fork,thread,select,poll,epoll; all (default); none\n"
    "      --server NAME=COMMAND\n"
    "                        one more server; {port} and {dir} in its command are filled in\n"
    "  -c, --clients LIST    the points, in place of the experiment's own: clients, bytes, per "
    "cent,\n"
    "      --points LIST     whatever it varies; K, M and G are understood\n"
    "      --small, --full   few points, 6 rounds, at most 4 minutes (default); or\n"
    "                        all points, 7 rounds, at most 45 minutes\n"
    "  -r, --reps N          rounds: how often each sample is taken\n"
    "  -t, --duration S      of every sample; without it, what the budget allows\n"
    "      --budget S        seconds for the measuring (small 200, full 2450)\n"
    "      --seed N          of the order of the samples\n"
    "      --steal PERCENT   a sample with more stolen time, or more used by other programs, is\n"
    "                        disturbed (default 10)\n"
    "      --retries N       how often a disturbed sample is repeated at most (default 2)\n"
    "      --server-cpus LIST, --client-cpus LIST\n"
    "                        processors, as in 0-1,4 (default: the first half, the second half)\n"
    "      --threads N       of the generator (default: as many as it has processors, up to 4)\n"
    "      --congestion NAME measure in a network namespace of its own, with this congestion "
    "control\n"
    "      --dir DIR         where the library of files is made and removed\n"
    "  -o, --out DIR         results go there (default: bench/out/<time>)\n"
    "      --no-baseline, --no-trace, --no-report\n"
    "                        without the bare server; without strace; samples only\n"
    "\n"
    "status: 0; 1 something went wrong, a server crashed, a chart could not be drawn; 2 wrong\n"
    "usage; 128 + n ended by signal n, so 130 by Ctrl-C\n";

static const struct option longs[] = {
    {"models", required_argument, NULL, 'm'},
    {"clients", required_argument, NULL, 'c'},
    {"points", required_argument, NULL, 'c'},
    {"reps", required_argument, NULL, 'r'},
    {"duration", required_argument, NULL, 't'},
    {"out", required_argument, NULL, 'o'},
    {"server", required_argument, NULL, OPTION_SERVER},
    {"small", no_argument, NULL, OPTION_SMALL},
    {"full", no_argument, NULL, OPTION_FULL},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"steal", required_argument, NULL, OPTION_STEAL},
    {"retries", required_argument, NULL, OPTION_RETRIES},
    {"server-cpus", required_argument, NULL, OPTION_SERVER_CPUS},
    {"client-cpus", required_argument, NULL, OPTION_CLIENT_CPUS},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"congestion", required_argument, NULL, OPTION_CONGESTION},
    {"dir", required_argument, NULL, OPTION_DIR},
    {"budget", required_argument, NULL, OPTION_BUDGET},
    {"no-baseline", no_argument, NULL, OPTION_NO_BASELINE},
    {"no-trace", no_argument, NULL, OPTION_NO_TRACE},
    {"no-report", no_argument, NULL, OPTION_NO_REPORT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool points_read(struct run_options *options, const char *text)
{
    char *end;
    options->points_count = 0;
    do {
        if (options->points_count == EXPERIMENT_POINTS)
            return false;
        double point = argument_parse(text, &end);
        bool twice = false;
        if (end == text || !(point >= 0))
            return false;
        for (size_t i = 0; i < options->points_count; i++)
            twice = twice || options->points[i] == point;
        if (!twice)
            options->points[options->points_count++] = point;
        text = end + 1;
    } while (*end == ',');
    return *end == '\0';
}

static bool option_number(struct run_options *options, int option, const char *text)
{
    double number;
    switch (option) {
    case 'r': return argument_count(text, 1, 1000, &options->reps);
    case 't': return argument_number(text, 0.01, 600, &options->duration);
    case OPTION_SEED:
        return argument_number(text, 0, 1e15, &number) &&
               ((options->seed = (unsigned long long)number), true);
    case OPTION_STEAL:
        return argument_number(text, 0, 100, &number) &&
               ((options->steal_limit = number / 100), true);
    case OPTION_RETRIES: return argument_count(text, 0, 20, &options->retries);
    case OPTION_THREADS: return argument_count(text, 1, 64, &options->threads);
    case OPTION_BUDGET: return argument_number(text, 1, 86400, &options->budget);
    default: return false;
    }
}

static bool option_take(struct run_options *options, int option, const char *text,
                        const char **models)
{
    switch (option) {
    case 'm': *models = text; break;
    case 'c': return points_read(options, text);
    case 'o': return *(options->out = text) != '\0';
    case OPTION_DIR: return *(options->dir = text) != '\0';
    case OPTION_CONGESTION: return *(options->congestion = text) != '\0';
    case OPTION_SMALL: options->full = false; break;
    case OPTION_FULL: options->full = true; break;
    case OPTION_NO_BASELINE: options->baseline = false; break;
    case OPTION_NO_TRACE: options->trace = false; break;
    case OPTION_NO_REPORT: options->report = false; break;
    case OPTION_SERVER_CPUS:
        return options->cpus.server_pinned = cpus_read(text, &options->cpus.server);
    case OPTION_CLIENT_CPUS:
        return options->cpus.client_pinned = cpus_read(text, &options->cpus.client);
    default: return option_number(options, option, text);
    }
    return true;
}

static bool experiment_add(struct run_options *options, const char *word, char why[WHY])
{
    bool all = strcmp(word, "all") == 0, found = false;
    for (size_t i = 0; i < experiments_count; i++) {
        bool twice = false;
        if (!all && strcmp(word, experiments[i].name) != 0)
            continue;
        found = true;
        for (size_t j = 0; j < options->experiments_count; j++)
            twice = twice || options->experiments[j] == &experiments[i];
        if (!twice && options->experiments_count < RUN_EXPERIMENTS)
            options->experiments[options->experiments_count++] = &experiments[i];
    }
    return found || fail(why, "no experiment is called '%.40s'", word);
}

static void defaults_fill(struct run_options *options)
{
    int own = CPU_COUNT(&options->cpus.client);
    if (options->reps == 0)
        options->reps = options->full ? 7 : 6;
    if (options->budget <= 0)
        options->budget = options->full ? FULL_SECONDS : SMALL_SECONDS;
    if (options->threads == 0)
        options->threads = !options->cpus.client_pinned ? 1 : own < 4 ? (unsigned int)own : 4;
    if (options->seed == ULLONG_MAX)
        options->seed = (unsigned long long)time(NULL);
}

static int usage_wrong(const char *why)
{
    (void)fprintf(stderr, "lab-bench run: %s; see lab-bench run --help\n", why);
    return 2;
}

int run_options_read(struct run_options *options, int argc, char **argv)
{
    const char *models = NULL, *foreign[RUN_SERVERS];
    size_t foreigners = 0;
    char why[WHY];
    int at = -1;
    *options = (struct run_options){.baseline = true,
                                    .trace = true,
                                    .report = true,
                                    .retries = 2,
                                    .steal_limit = 0.1,
                                    .seed = ULLONG_MAX};
    opterr = 0;
    optind = 0;
    /* "-": words among the options come as option 1, also where POSIXLY_CORRECT is set */
    for (int option; (option = getopt_long(argc, argv, "-:m:c:r:t:o:", longs, &at)) != -1;
         at = -1) {
        const char *given = argv[optind - 1], *text = optarg != NULL ? optarg : "";
        if (option == OPTION_HELP)
            return fputs(help, stdout) < 0;
        (void)fail(why, option == ':' ? "%.60s needs a value" : "there is no option %.60s", given);
        if (option == ':' || option == '?')
            return usage_wrong(why);
        (void)fail(why, "'%.60s' is nothing for %s%.30s", text, at >= 0 ? "--" : "-",
                   at >= 0 ? longs[at].name : (char[]){(char)option, '\0'});
        if (option == OPTION_SERVER && foreigners < RUN_SERVERS)
            foreign[foreigners++] = text;
        else if (option == 1 ? !experiment_add(options, text, why)
                             : !option_take(options, option, text, &models))
            return usage_wrong(why);
    }
    for (; optind < argc; optind++) {
        if (!experiment_add(options, argv[optind], why))
            return usage_wrong(why);
    }
    if (options->experiments_count == 0)
        return usage_wrong("which experiment? ping, for example, or all");
    if (!servers_add(options, models != NULL ? models : "all", why))
        return usage_wrong(why);
    for (size_t i = 0; i < foreigners; i++) {
        if (!servers_add_foreign(options, foreign[i], why))
            return usage_wrong(why);
    }
    if (options->baseline)
        servers_add_baseline(options);
    if (options->servers_count == 0)
        return usage_wrong("which server?");
    cpus_choose(&options->cpus, CPU_SETSIZE);
    defaults_fill(options);
    return -1;
}
