/* bench/load/load_sum.c: the results of all threads, added up; and whether to trust them */
#include <stdio.h>
#include <string.h>

#include "load/load_private.h"

static void sum_worker(const struct worker *w, double ours, struct load_result *result)
{
    const struct load_result *own = &w->own;
    result->requests += own->requests;
    result->deliveries += own->deliveries;
    result->bytes += own->bytes;
    result->sent += own->sent;
    result->received += own->received;
    result->under_way += own->under_way;
    result->oldest = own->oldest > result->oldest ? own->oldest : result->oldest;
    for (int i = 0; i < LOAD_ERRORS; i++)
        result->errors[i] += own->errors[i];
    histogram_add(&result->latency, &own->latency);
    histogram_add(&result->uncorrected, &own->uncorrected);
    histogram_add(&result->lag, &own->lag);
    if (!w->ended || ours <= 0)
        return;
    double cpu = (double)(w->end_cpu - w->begin_cpu) / 1e9;
    double share = (cpu + (double)(w->end_wait - w->begin_wait) / 1e9) / ours;
    bool later = w->load->spec->whole && w->drained_cpu > w->end_cpu;
    result->own_seconds += later ? (double)(w->drained_cpu - w->begin_cpu) / 1e9 : cpu;
    if (share > result->own_share)
        result->own_share = share < 1 ? share : 1;
}

static void sum_example(const struct load *load, struct load_result *result)
{
    const struct worker *first = NULL;
    for (unsigned int i = 0; i < load->threads; i++) {
        const struct worker *w = &load->workers[i];
        if (w->own.example[0] == '\0')
            continue;
        if (first == NULL || (w->example_detailed && !first->example_detailed) ||
            (w->example_detailed == first->example_detailed && w->example_at < first->example_at))
            first = w;
    }
    if (first != NULL && result->example[0] == '\0')
        memcpy(result->example, first->own.example, sizeof result->example);
}

void load_sum(const struct load *load, const struct machine_clock ticks[2],
              struct load_result *result)
{
    uint64_t from = atomic_load(&load->from), until = atomic_load(&load->until);
    result->seconds = from < until && until != UINT64_MAX ? (double)(until - from) / 1e9 : 0;
    for (unsigned int i = 0; i < load->threads; i++)
        sum_worker(&load->workers[i],
                   result->seconds * (1 - machine_steal(&ticks[0], &ticks[1], load->spec->cpus)),
                   result);
    if (load_unanswered(load->spec, result)) { /* what was charged so far is no distribution */
        histogram_clear(&result->latency);
        histogram_clear(&result->uncorrected);
    }
    sum_example(load, result);
    result->errors[LOAD_WRONG] += load->undelivered;
    if (load->undelivered > 0 && result->example[0] == '\0')
        (void)snprintf(result->example, sizeof result->example,
                       "%llu events \"%s...\" have not come, to members who were there",
                       (unsigned long long)load->undelivered, load->prefix);
    result->bound = load_bound(load->spec, result, -1);
}

bool load_unanswered(const struct load_spec *spec, const struct load_result *result)
{
    bool received = spec->kind == LOAD_CHAT && spec->clients > 1;
    return (received ? result->deliveries : result->requests) == 0;
}

bool load_bound(const struct load_spec *spec, const struct load_result *result, double server_share)
{
    const double busy = 0.9, enough = 500e3; /* nanoseconds */
    double lag = (double)histogram_percentile(&result->lag, 99);
    if (spec->rate <= 0)
        return result->own_share > busy && server_share >= 0 && server_share < busy;
    return result->own_share > busy ||
           (lag > enough && lag > (double)histogram_percentile(&result->latency, 99) / 2);
}

bool load_result_make(struct load_result *result)
{
    *result = (struct load_result){0};
    return histogram_init(&result->latency) && histogram_init(&result->uncorrected) &&
           histogram_init(&result->lag);
}

void load_result_free(struct load_result *result)
{
    histogram_free(&result->latency);
    histogram_free(&result->uncorrected);
    histogram_free(&result->lag);
}
