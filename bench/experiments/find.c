/* bench/experiments/find.c: an experiment by its name; its points, and what they are called */
#include <string.h>

#include "experiments/experiment.h"

const struct experiment *experiment_find(const char *name)
{
    for (size_t i = 0; i < experiments_count; i++)
        if (strcmp(experiments[i].name, name) == 0)
            return &experiments[i];
    return NULL;
}

const char *experiment_x(const struct experiment *experiment, double x, char text[NUMBER_TEXT])
{
    for (size_t i = 0; experiment->x.words != NULL && experiment->x.words[i] != NULL; i++)
        if (x >= (double)i && x < (double)i + 1)
            return experiment->x.words[i];
    return number_exact(experiment->x.kind, x, text);
}

size_t experiment_points(const struct experiment *experiment, bool full, double *points)
{
    size_t n = 1;
    memcpy(points, experiment->points[full], sizeof experiment->points[full]);
    while (n < EXPERIMENT_POINTS && points[n] > 0)
        n++;
    return n;
}
