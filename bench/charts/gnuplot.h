/* bench/charts/gnuplot.h: the program gnuplot, run without a shell and for a bounded time */
#ifndef BENCH_GNUPLOT_H
#define BENCH_GNUPLOT_H

#include <stdbool.h>

#include "common/why.h"

/* Runs the script in the folder. False: why has the end of what gnuplot printed. */
bool gnuplot_run(const char *folder, const char *script, char why[WHY]);

#endif
