/* bench/results/spectrum.c: see spectrum.h */
#include "results/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/stats.h"

/* So many latencies of at most value, by which number_compare sorts: it comes first. */
struct weighted {
    double value, latencies;
};

double spectrum_place(int i)
{
    return exp2(i / 2.0);
}

/* Cuts a sample into parts. Returns how many. */
static size_t parts_add(struct weighted *parts, const double *values, double requests)
{
    size_t n = 0;
    for (int i = 0; i <= SAMPLE_QUANTILES && !isnan(values[i]); i++) {
        bool last = i == SAMPLE_QUANTILES || isnan(values[i + 1]);
        double from = i > 0 ? 1 / spectrum_place(i - 1) : 1, to = last ? 0 : 1 / spectrum_place(i);
        parts[n++] = (struct weighted){values[i], requests * (from - to)};
    }
    return n;
}

static void quantiles_fill(struct spectrum *spectrum, struct weighted *parts, size_t count)
{
    size_t next = 0;
    double below = 0;
    qsort(parts, count, sizeof *parts, number_compare);
    for (int i = 0; i < SAMPLE_QUANTILES; i++) {
        double above = spectrum->requests / spectrum_place(i);
        double rank = (spectrum->requests - above) * (1 - 1e-9);
        while (next < count && below + parts[next].latencies < rank)
            below += parts[next++].latencies;
        spectrum->at[i] = above >= 1 && next < count ? parts[next].value : NAN;
    }
}

struct spectrum spectrum_pool(const char *experiment, const char *server, double x, bool corrected,
                              const struct sample *samples, size_t count)
{
    struct spectrum spectrum = {.requests = 0};
    struct weighted *parts = calloc(count + 1, (SAMPLE_QUANTILES + 1) * sizeof *parts);
    size_t n = 0;
    for (size_t i = 0; parts != NULL && i < count; i++) {
        const struct sample *sample = &samples[i];
        const double *values = corrected ? sample->spectrum : sample->raw_spectrum;
        if (sample->state != SAMPLE_GOOD || sample->trial || isnan(values[0]) ||
            fabs(sample->x - x) > 0 || strcmp(sample->experiment, experiment) != 0 ||
            strcmp(sample->server, server) != 0)
            continue;
        n += parts_add(parts + n, values, (double)sample->requests);
        spectrum.requests += (double)sample->requests;
        spectrum.samples++;
    }
    if (parts != NULL)
        quantiles_fill(&spectrum, parts, n);
    free(parts);
    return spectrum;
}
