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
    for (size_t i = 0; experiment->x_words != NULL && experiment->x_words[i] != NULL; i++)
        if (x >= (double)i && x < (double)i + 1)
            return experiment->x_words[i];
    return number_exact(experiment->x_kind, x, text);
}

size_t experiment_points(const struct experiment *experiment, bool full, double *points)
{
    const double *x = full ? experiment->full : experiment->small;
    size_t n = 0;
    while (n < EXPERIMENT_POINTS && (n == 0 || x[n] > 0)) {
        points[n] = x[n];
        n++;
    }
    return n;
}
