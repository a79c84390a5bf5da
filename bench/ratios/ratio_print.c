/* bench/ratios/ratio_print.c: what came out, by medians: see stats.h */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probe/probe.h"
#include "ratios/ratio.h"

struct estimate ratio_of(const struct ratio *ratio, const struct ratio_variant *v,
                         const struct ratio_variant *base, enum figure figure)
{
    double own[RATIO_ROUNDS], others[RATIO_ROUNDS];
    for (size_t r = 0; r < ratio->done; r++) {
        own[r] = sample_figure(&v->samples[r], figure);
        others[r] = base != NULL ? sample_figure(&base->samples[r], figure) : 1;
    }
    return stats_ratio(own, others, ratio->done);
}

static void print_against(const struct ratio *ratio, const struct ratio_variant *v,
                          const struct ratio_variant *base)
{
    struct estimate e = ratio_of(ratio, v, base, ratio->kind->cost);
    printf("%9.3f  %c%.3f %.3f%c", e.median, e.sure ? '[' : '(', e.low, e.high, e.sure ? ']' : ')');
}

static void print_variant(const struct ratio *ratio, const struct ratio_variant *v)
{
    const struct ratio_kind *kind = ratio->kind;
    bool among = kind->crowd && v->idle > 0;
    printf("%-14s ", v->server->name);
    if (kind->crowd)
        printf("%6u ", v->idle);
    printf("%10.2f ", kind->scale * ratio_of(ratio, v, NULL, kind->cost).median);
    print_against(ratio, v, &ratio->variants[among]);
    printf("  %4.0f %% %12.*f", ratio_of(ratio, v, NULL, FIGURE_BUSY).median,
           kind->rate == FIGURE_GIB_RATE ? 2 : 0, ratio_of(ratio, v, NULL, kind->rate).median);
    if (among)
        print_against(ratio, v, v - 1);
    printf("\n");
}

void ratio_print_head(const struct ratio *ratio)
{
    struct machine machine;
    char server[64], client[64];
    machine_read(&machine);
    cpus_print(&ratio->cpus.server, server, sizeof server);
    cpus_print(&ratio->cpus.client, client, sizeof client);
    printf("command: %s\n", ratio->command);
    printf(
        "%u rounds of %g s per sample, server on cpu %s, load on cpu %s, congestion control %s\n",
        ratio->rounds, ratio->spec.seconds, server[0] != '\0' ? server : "any",
        client[0] != '\0' ? client : "any", machine.congestion);
    if (strcmp(machine.congestion, "bbr") == 0 && ratio->kind->load == LOAD_DOWNLOAD)
        printf("NOTE: bbr paces by a timer; most of what you see is bbr. Try --congestion reno\n");
    (void)fflush(stdout);
}

void ratio_print_table(const struct ratio *ratio)
{
    const struct ratio_kind *kind = ratio->kind;
    size_t bounded = 0, all = ratio->variants_count * ratio->done;
    double steal = 0;
    char cost[32], rate[32];
    for (size_t i = 0; i < all; i++) {
        const struct sample *sample = &ratio->variants[i / ratio->done].samples[i % ratio->done];
        bounded += sample->state == SAMPLE_GENERATOR;
        steal = fmax(steal, sample->steal);
    }
    printf("%zu rounds count, at most %.1f %% stolen in any; %zu dropped for more than %.1f %%, or "
           "for other programs\n",
           ratio->done, 100 * steal, ratio->dropped, 100 * ratio->steal_limit);
    printf("in %zu of %zu samples the generator was the bottleneck: their rate is its own\n\n",
           bounded, all);
    if (ratio->done == 0)
        return;
    if (stats_skip(ratio->done) < 0)
        printf("fewer than 6 rounds: (least most) in place of the 95 %% interval\n");
    (void)snprintf(cost, sizeof cost, "%s/%s", kind->scaled, kind->unit);
    (void)snprintf(rate, sizeof rate, "%s/s", kind->unit);
    printf("%-14s %s%10s  to %-14s 95 %%     busy %12s%s\n", "server", kind->crowd ? "  idle " : "",
           cost, ratio->servers[0].name, rate, kind->crowd ? "  to itself without idle" : "");
    for (size_t i = 0; i < ratio->variants_count; i++)
        print_variant(ratio, &ratio->variants[i]);
}
