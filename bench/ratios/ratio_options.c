/* bench/ratios/ratio_options.c: the command line of `lab-bench ratio` */
#include <string.h>

#include "common/fail.h"
#include "common/options.h"
#include "ratios/ratio.h"
#include "texts/texts.h"

static const struct ratio_kind kinds[] = {
    {"ping", "ping", LOAD_PING, false, FIGURE_COST, FIGURE_RATE, 1, "us"},
    {"crowd", "ping", LOAD_PING, true, FIGURE_COST, FIGURE_RATE, 1, "us"},
    {"come-and-go", "visit", LOAD_SESSION, false, FIGURE_COST, FIGURE_RATE, 1, "us"},
    {"download", "GiB", LOAD_DOWNLOAD, false, FIGURE_GIB_COST, FIGURE_GIB_RATE, 1e3, "ms"},
    {"upload", "GiB", LOAD_UPLOAD, false, FIGURE_GIB_COST, FIGURE_GIB_RATE, 1e3, "ms"},
    {"chat", "delivery", LOAD_CHAT, false, FIGURE_DELIVERY_COST, FIGURE_DELIVERIES, 1e3, "ns"},
};

static bool server_add(struct ratio *ratio, const char *given, char why[WHY])
{
    if (ratio->servers_count == RATIO_SERVERS)
        return fail(why, "more than %d servers", RATIO_SERVERS);
    return server_choose(&ratio->servers[ratio->servers_count++], given, why) &&
           (load_dialect_can(given, ratio->kind->load) ||
            fail(why, "%s can't do %s", given, ratio->kind->name));
}

/* The kind of work, then servers. */
static bool word_take(void *context, const char *text, char why[WHY])
{
    struct ratio *ratio = context;
    if (ratio->kind != NULL)
        return server_add(ratio, text, why);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(text, kinds[i].name) == 0)
            ratio->kind = &kinds[i];
    return ratio->kind != NULL || fail(why, "'%.60s' is no kind of work", text);
}

/* What depends on several options. */
static bool defaults_fill(struct ratio *ratio, char why[WHY])
{
    struct load_spec *spec = &ratio->spec;
    if (ratio->kind == NULL)
        return fail(why, "it needs a kind of work: ping, crowd, chat, ...");
    bool chat = ratio->kind->load == LOAD_CHAT;
    spec->kind = ratio->kind->load;
    if (ratio->servers_count == 0 &&
        !(server_add(ratio, "baseline", why) && server_add(ratio, "epoll", why)))
        return false;
    if (spec->kind == LOAD_DOWNLOAD || spec->kind == LOAD_UPLOAD)
        spec->clients = 1;
    else if (spec->clients == 0)
        spec->clients = chat ? 100 : 10;
    cpus_choose(&ratio->cpus, 1);
    spec->cpus = cpus_given(&ratio->cpus.client);
    spec->burst = chat;
    spec->pipeline = chat ? spec->pipeline : 1;
    spec->warmup = spec->seconds / 10;
    return !chat || spec->clients > 1 || fail(why, "one member alone hears nothing");
}

int ratio_options_read(struct ratio *ratio, int argc, char **argv)
{
    char why[WHY];
    struct load_spec *spec = &ratio->spec;
    const struct option_row rows[] = {
        {"connections", 'c', OPTION_COUNT, 1, 1e6, {&spec->clients}},
        {"idle", 'i', OPTION_COUNT, 0, 1e6, {&ratio->idle}},
        {"active-first", 0, OPTION_YES, 0, 0, {&spec->active_first}},
        {"active-last", 0, OPTION_YES, 0, 0, {&spec->active_last}},
        {"size", 's', OPTION_SIZE, 1, 1e12, {&spec->file_bytes}},
        {"burst", 'b', OPTION_COUNT, 1, 4096, {&spec->pipeline}},
        {"rounds", 'r', OPTION_COUNT, 1, RATIO_ROUNDS, {&ratio->rounds}},
        {"seconds", 't', OPTION_NUMBER, 0.01, 600, {&spec->seconds}},
        {"steal", 0, OPTION_PERCENT, 0, 0, {&ratio->steal_limit}},
        {"seed", 0, OPTION_COUNT, 0, 1e9, {&ratio->seed}},
        {"server-cpus", 0, OPTION_CPUS, 0, 0, {&ratio->cpus.server}},
        {"client-cpus", 0, OPTION_CPUS, 0, 0, {&ratio->cpus.client}},
        {"congestion", 0, OPTION_TEXT, 0, 0, {&ratio->congestion}},
        {"dir", 0, OPTION_TEXT, 0, 0, {&ratio->parent}},
    };
    const struct options options = {
        "lab-bench ratio", text_ratio_help, rows, sizeof rows / sizeof rows[0], word_take, ratio};
    int status = options_read(&options, argc, argv);
    if (status < 0 && !defaults_fill(ratio, why))
        status = options_wrong(&options, why);
    return status;
}
