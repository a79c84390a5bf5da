/* bench/run/run_sample.c: one sample: a server that is started for it, a load, and what both
 * cost */
#include <string.h>

#include "load/load.h"
#include "results/measure.h"
#include "run/run.h"

enum { TRIES = 3 };

/* The server has ended by itself: a row, a note for the report, its log under another name. */
static void crash_take(struct run *run, struct sample *sample, char why[WHY])
{
    char kept[PATH_MAX + 64];
    sample_figures_clear(sample);
    sample->state = SAMPLE_CRASHED;
    (void)snprintf(sample->note, sizeof sample->note, "%.100s", why);
    server_log_add(run->log, why);
    (void)snprintf(kept, sizeof kept, "%s.crashed-%s-%g-%u", run->log, sample->experiment,
                   sample->x, sample->round);
    (void)rename(run->log, kept);
    run_note(run, "%s ended in %s at %g: %s", sample->server, sample->experiment, sample->x, why);
    run->crashed = true;
}

/* --- taking it ----------------------------------------------------------------------------- */

bool run_spec(struct run *run, struct run_block *block, size_t server, struct load_spec *spec,
              char note[160])
{
    const struct server_choice *which = &run->options.servers[server];
    cpu_set_t where;
    if (!experiment_load(block->experiment, which->name, which->max_clients, block->x,
                         plan_seconds(run, block), spec, note))
        return false;
    if (!place_server(run, spec->place, &where)) {
        (void)snprintf(note, 160, "there is one processor only");
        return false;
    }
    if (spec->neighbour == NEIGHBOUR_BLOCKED && !slow_disk_possible()) {
        (void)snprintf(note, 160, "this kernel can't delay a read");
        return false;
    }
    spec->host = "127.0.0.1";
    spec->whole = true;
    spec->threads = run->options.threads;
    spec->cpus = cpus_given(&run->options.cpus.client);
    spec->stop = &stop_signal;
    place_file_name(spec->file_bytes, block->file, sizeof block->file);
    spec->file = spec->kind == LOAD_UPLOAD ? "upload" : block->file;
    load_dialect_choose(spec, which->name);
    return true;
}

/* What the server has before the first client comes. */
static void before_take(struct sample *sample, const struct server *server)
{
    struct probe before;
    if (probe_read(server->pid, true, &before)) {
        sample->memory_before = (double)(before.pss + before.page_tables);
        sample->page_tables_before = (double)before.page_tables;
    }
    sample->kernel_before =
        (double)machine_kernel_memory(experiment_find(sample->experiment)->load.settles);
}

static void measure(struct run *run, struct server *server, struct load_spec *spec,
                    struct sample *sample)
{
    struct load_result result;
    const double limit = run->options.steal_limit;
    const struct slow_disk *slow = run->slow.runs ? &run->slow : NULL;
    struct measure how = {
        {.pid = server->pid, .memory = true}, &run->options.cpus, limit, limit, slow, 0};
    char why[WHY] = "";
    before_take(sample, server);
    spec->port = server->port;
    sample_measure(&how, spec, &result, sample);
    /* Errors may come from its end, which is visible a moment later. */
    if (server_ended(server, sample->state == SAMPLE_ERRORS ? 100 : 0, why))
        crash_take(run, sample, why);
    load_result_free(&result);
}

void run_sample(struct run *run, struct run_block *block, size_t server, struct sample *sample)
{
    struct server_choice *which = &run->options.servers[server];
    struct load_spec spec;
    struct server process;
    char why[WHY] = "";
    sample->x = block->x;
    (void)snprintf(sample->experiment, sizeof sample->experiment, "%s", block->experiment->name);
    (void)snprintf(sample->server, sizeof sample->server, "%s", which->name);
    if (which->failures >= TRIES) {
        sample->state = SAMPLE_CRASHED;
        (void)snprintf(sample->note, sizeof sample->note, "given up: it did not start %d times",
                       TRIES);
        return;
    }
    if (!run_spec(run, block, server, &spec, sample->note))
        return;
    bool up = servers_start(run, which, &spec, &process, why);
    which->failures = up || stop_signal ? 0 : which->failures + 1;
    if (up)
        measure(run, &process, &spec, sample);
    else if (!stop_signal)
        crash_take(run, sample, why);
    if (servers_stop(run, &process, why) || sample->state == SAMPLE_CRASHED || stop_signal)
        return;
    if (!process.killed)
        crash_take(run, sample, why);
    else /* the sample is good, the end of the server was not */
        run_note(run, "%s at %g: %.150s", sample->experiment, sample->x, why);
}

bool run_keep(struct run *run, const struct sample *sample)
{
    run->file.counts[sample->state]++;
    return sample_write(run->samples, sample) && fflush(run->samples) == 0;
}
