/* fake.c: see fake.h */
#include "fake.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "results/runfile.h"
#include "results/stats.h"
#include "unit.h"

static const char *const fakes[] = {"idle-crowd", "ping", "bad-neighbour"};

void fake_add(struct sample **samples, size_t *count, const struct sample *sample)
{
    struct sample *more = realloc(*samples, (*count + 1) * sizeof **samples);
    unit_check(more != NULL, "no memory");
    *samples = more;
    more[(*count)++] = *sample;
}

struct sample fake_sample(const char *experiment, const char *server, double x)
{
    struct sample sample;
    sample_clear(&sample);
    (void)snprintf(sample.experiment, sizeof sample.experiment, "%s", experiment);
    (void)snprintf(sample.server, sizeof sample.server, "%s", server);
    sample.x = x;
    return sample;
}

struct sample fake_rate(const char *experiment, const char *server, double x, uint64_t requests)
{
    struct sample sample = fake_sample(experiment, server, x);
    sample.seconds = 1;
    sample.requests = requests;
    return sample;
}

static const char *const servers[] = {"01_loop", "02_fork",  "03_thread", "04_select",
                                      "05_poll", "06_epoll", "baseline"};

/* Between 1 - by and 1 + by. */
static double noise(unsigned long long *seed, double by)
{
    return 1 + by * ((double)(stats_random(seed) >> 11U) / 4503599627370496.0 - 1);
}

/* Microseconds a request. */
static double cost(const char *experiment, int server, double x)
{
    static const double base[] = {6.5, 9.5, 8.8, 7.2, 7.1, 7.3, 5.2};
    double idle = strcmp(experiment, "idle-crowd") == 0 ? x : 0;
    return base[server] +
           (server == 3   ? 0.023 * idle
            : server == 4 ? 0.037 * idle
                          : 0) +
           (strcmp(experiment, "ping") == 0 ? 0.15 * log2(x + 1) : 0);
}

static const char *cannot(const char *experiment, int server, double x)
{
    if (server == 0 && strcmp(experiment, "idle-crowd") == 0)
        return "serves one client at a time";
    if (server == 0 && strcmp(experiment, "ping") == 0 && x > 1)
        return "one client at a time";
    if (server == 0 && x > 0 && strcmp(experiment, "bad-neighbour") == 0)
        return "stands still until the neighbour goes";
    if (server == 3 && x > 1000)
        return "at most 1008 clients";
    return NULL;
}

static void fill(struct sample *sample, int server, double slow, unsigned long long *seed)
{
    const char *note = cannot(sample->experiment, server, sample->x);
    double us = cost(sample->experiment, server, sample->x) * (server == 5 ? slow : 1);
    if (note != NULL) {
        sample->state = SAMPLE_CANNOT;
        (void)snprintf(sample->note, sizeof sample->note, "%s", note);
        return;
    }
    us *= noise(seed, server == 1 ? 0.12 : 0.05);
    sample->seconds = 1;
    sample->requests = (uint64_t)(800000 / us);
    sample->user = 0.2 * us * (double)sample->requests / 1e6;
    sample->system = 0.8 * us * (double)sample->requests / 1e6;
    sample->p50 = us * 8 * noise(seed, 0.1);
    sample->p99 = us *
                  (strcmp(sample->experiment, "bad-neighbour") == 0 && sample->x == 2 ? 300 : 20) *
                  noise(seed, 0.3);
    sample->steal = 0.01 * noise(seed, 0.9);
    sample->state = sample->round == 3 && server == 4 ? SAMPLE_STEAL : SAMPLE_GOOD;
}

struct sample *fake_samples(unsigned long long seed, double slow, size_t *count)
{
    static const double ping[] = {1, 10, 100, 300, 1000, 4000},
                        crowd[] = {0, 10, 100, 300, 1000, 3000, 10000}, bad[] = {0, 1, 2, 3};
    struct sample *samples = NULL, sample;
    *count = 0;
    for (unsigned int round = 0; round < FAKE_ROUNDS; round++)
        for (size_t e = 0; e < UNIT_COUNT(fakes); e++) {
            const double *x = e == 0 ? crowd : e == 1 ? ping : bad;
            size_t points = e == 0   ? UNIT_COUNT(crowd)
                            : e == 1 ? UNIT_COUNT(ping)
                                     : UNIT_COUNT(bad);
            for (size_t i = 0; i < points; i++)
                for (int s = 0; s < (e == 2 ? 6 : 7); s++) {
                    sample = fake_sample(fakes[e], servers[s], x[i]);
                    sample.round = round;
                    fill(&sample, s, slow, &seed);
                    fake_add(&samples, count, &sample);
                }
        }
    return samples;
}

void fake_write(const char *folder, const struct sample *samples, size_t count)
{
    char why[WHY];
    FILE *out = fopen(folder_path(folder, "samples.tsv"), "we");
    unit_check(out != NULL, "samples.tsv can't be made in %s", folder);
    bool written = sample_write_head(out);
    for (size_t i = 0; i < count; i++)
        written = sample_write(out, &samples[i]) && written;
    unit_check(fclose(out) == 0 && written, "samples.tsv can't be written");

    struct runfile *run = calloc(1, sizeof *run);
    unit_check(run != NULL, "no memory");
    (void)snprintf(
        run->command, sizeof run->command, "%s",
        "lab-bench run --server 'mine=./mine <script>alert(1)</script> \"&\" \\ {port}'");
    (void)snprintf(run->started, sizeof run->started, "2026-01-31T14:05:09+0100");
    (void)snprintf(run->machine.processor, sizeof run->machine.processor,
                   "A <b>processor</b> & \"co\"");
    (void)snprintf(run->machine.boot, sizeof run->machine.boot, "a-boot");
    run->machine.processors = 2;
    run->rounds = FAKE_ROUNDS;
    runfile_note(run, "A note with <i>, \"quotes\", a\nnewline, a tab\t and \001");
    unit_check(runfile_write(run, folder, why), "run.txt: %s", why);
    free(run);
}
