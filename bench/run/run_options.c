/* bench/run/run_options.c: the command line of `lab-bench run` */
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "common/arguments.h"
#include "common/options.h"
#include "run/run.h"
#include "texts/texts.h"

enum { SMALL_SECONDS = 180, FULL_SECONDS = 3300 };

static bool points_take(void *context, const char *text)
{
    struct run_options *options = context;
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

static bool server_take(void *context, const char *text)
{
    struct run_options *options = context;
    if (options->foreigners < RUN_SERVERS)
        options->foreign[options->foreigners++] = text;
    return true;
}

static bool experiment_add(void *context, const char *word, char why[WHY])
{
    struct run_options *options = context;
    bool all = strcmp(word, "all") == 0, found = false;
    for (size_t i = 0; i < experiments_count; i++) {
        bool it = all || strcmp(word, experiments[i].name) == 0;
        options->experiments_count += it && !options->wanted[i];
        options->wanted[i] |= it;
        found |= it;
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
        options->threads = own == 0 ? 1 : own < 4 ? (unsigned int)own : 4;
    if (options->seed == UINT64_MAX)
        options->seed = (uint64_t)time(NULL);
}

/* What depends on several options. */
static bool servers_choose(struct run_options *options, char why[WHY])
{
    if (options->experiments_count == 0)
        return fail(why, "which experiment? ping, for example, or all");
    if (!servers_add(options, options->models, why))
        return false;
    for (size_t i = 0; i < options->foreigners; i++)
        if (!servers_add_foreign(options, options->foreign[i], why))
            return false;
    if (!servers_add_besides(options, why))
        return false;
    return options->servers_count > 0 || fail(why, "which server?");
}

int run_options_read(struct run_options *o, int argc, char **argv)
{
    char why[WHY];
    const struct option_row rows[] = {
        {"models", 'm', OPTION_TEXT, 0, 0, {&o->models}},
        {"clients", 'c', OPTION_TAKE, 0, 0, {.take = points_take}},
        {"points", 0, OPTION_TAKE, 0, 0, {.take = points_take}},
        {"reps", 'r', OPTION_COUNT, 1, 1000, {&o->reps}},
        {"duration", 't', OPTION_NUMBER, 0.01, 600, {&o->duration}},
        {"out", 'o', OPTION_TEXT, 0, 0, {&o->out}},
        {"server", 0, OPTION_TAKE, 0, 0, {.take = server_take}},
        {"small", 0, OPTION_NO, 0, 0, {&o->full}},
        {"full", 0, OPTION_YES, 0, 0, {&o->full}},
        {"seed", 0, OPTION_SIZE, 0, 1e15, {&o->seed}},
        {"steal", 0, OPTION_PERCENT, 0, 0, {&o->steal_limit}},
        {"retries", 0, OPTION_COUNT, 0, 20, {&o->retries}},
        {"server-cpus", 0, OPTION_CPUS, 0, 0, {&o->cpus.server}},
        {"client-cpus", 0, OPTION_CPUS, 0, 0, {&o->cpus.client}},
        {"threads", 0, OPTION_COUNT, 1, 64, {&o->threads}},
        {"congestion", 0, OPTION_TEXT, 0, 0, {&o->congestion}},
        {"dir", 0, OPTION_TEXT, 0, 0, {&o->dir}},
        {"budget", 0, OPTION_NUMBER, 1, 86400, {&o->budget}},
        {"no-baseline", 0, OPTION_NO, 0, 0, {&o->baseline}},
        {"timeline", 0, OPTION_YES, 0, 0, {&o->timeline}},
        {"no-minimal", 0, OPTION_NO, 0, 0, {&o->minimal}},
        {"peers", 0, OPTION_YES, 0, 0, {&o->peers}},
        {"no-report", 0, OPTION_NO, 0, 0, {&o->report}},
    };
    const struct options options = {
        "lab-bench run", text_run_help, rows, sizeof rows / sizeof rows[0], experiment_add, o};
    *o = (struct run_options){.models = "all",
                              .baseline = true,
                              .minimal = true,
                              .report = true,
                              .retries = 2,
                              .steal_limit = 0.1,
                              .seed = UINT64_MAX};
    int status = options_read(&options, argc, argv);
    if (status < 0 && !servers_choose(o, why))
        status = options_wrong(&options, why);
    cpus_choose(&o->cpus, CPU_SETSIZE);
    defaults_fill(o);
    return status;
}
