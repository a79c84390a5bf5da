/* bench/report/report_points.c: which figures of an experiment there are, and which is its cost */
#include <stdlib.h>
#include <string.h>

#include "report/report_private.h"

size_t report_tally(const struct report *report, const char *experiment,
                    size_t states[SAMPLE_STATES])
{
    size_t all = 0;
    for (size_t i = 0; i < report->count; i++)
        if (strcmp(report->samples[i].experiment, experiment) == 0) {
            all++;
            if (states != NULL)
                states[report->samples[i].state]++;
        }
    return all;
}

bool report_evidence(const struct report *report, const struct experiment *experiment,
                     const struct view *view, struct evidence *evidence)
{
    *evidence = (struct evidence){
        experiment, view,
        grid_make(experiment->name, view->figure, report->samples, report->count)};
    return evidence->grid != NULL;
}

const struct view *report_cost_view(const struct experiment *experiment)
{
    for (const struct view *view = experiment->views; view->name != NULL; view++)
        if (strstr(view->y_label, "processor time") != NULL)
            return view;
    return experiment->views;
}

struct view report_spectrum(const struct experiment *experiment)
{
    static char name[48];
    (void)snprintf(name, sizeof name, "%s-spectrum", experiment->name);
    return (struct view){.name = name,
                         .title = "How long do the slowest wait, and what hides it?",
                         .y_label = "latency (µs)"};
}
