/* known.c: see known.h */
#include "known.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fake.h"
#include "pages.h"

static const char *const models[] = {"loop", "fork", "thread", "select", "poll", "epoll"};

/* Microseconds a request, without silent clients and among 900. */
static const double known[][2] = {{NAN, NAN},  {8.3, 8.0},  {6.2, 6.3},
                                  {4.4, 17.9}, {4.3, 17.2}, {4.4, 4.5}};

void known_add(struct known *all, const char *experiment, int model, double x, unsigned int round,
               double us)
{
    struct sample sample = fake_sample(experiment, models[model], x);
    sample.round = round;
    sample.state = isnan(us) ? SAMPLE_CANNOT : SAMPLE_GOOD;
    (void)snprintf(sample.note, sizeof sample.note, "%s", isnan(us) ? "one client at a time" : "");
    sample.seconds = isnan(us) ? (double)NAN : 1;
    sample.requests = isnan(us) ? 0 : 100000;
    sample.user = us / 10;
    sample.system = 0;
    sample.p50 = us;
    sample.p99 = us;
    fake_add(&all->samples, &all->count, &sample);
}

double known_tilt(unsigned int round, int model, int point)
{
    return 1 + 0.01 * (double)((round + 2 * (unsigned int)model + 3 * (unsigned int)point) % 7);
}

struct known known_make(unsigned int rounds, bool scatter)
{
    struct known all = {NULL, 0};
    for (unsigned int round = 0; round < rounds; round++)
        for (int model = 0; model <= KNOWN_EPOLL; model++)
            for (int i = 0; i < 2; i++) {
                bool low = scatter && model == KNOWN_POLL && round % 2 == 0;
                known_add(&all, "idle-crowd", model, i * 900, round,
                          known[model][low ? 0 : i] * known_tilt(round, model, i));
            }
    return all;
}

char *known_page(struct known *all)
{
    char folder[UNIT_PATH];
    page_need_gnuplot();
    unit_folder(folder);
    page_make(folder, all->samples, all->count);
    char *page = page_text(folder, "report.html");
    free(all->samples);
    unit_folder_remove(folder);
    return page;
}
