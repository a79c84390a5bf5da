/* bench/results/measure.h: one sample: what a load and the server that bears it cost, and a verdict
 *
 * `lab-bench run` and `lab-bench ratio` measure alike, and call the same samples disturbed.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "common/cpus.h"
#include "probe/slow_disk.h"
#include "probe/watch.h"
#include "results/sample.h"

struct measure {
    struct watch watch; /* the caller sets pid, and whether memory is read, which takes longest */
    const struct cpus *cpus;
    double steal_limit, others_limit;
    const struct slow_disk *slow; /* of the server; NULL: it has none */
    unsigned int delayed;         /* its own: reads before the measured time */
};

/* Drives a server with a load. The sample has its server's name, and gets figures, state and note.
 * Call load_result_free. */
void sample_measure(struct measure *measure, const struct load_spec *planned,
                    struct load_result *result, struct sample *sample);

/* How much of the processors that it could use a server used in this sample, 0 to 1; below 0: not
 * known, since it shares them with the load. */
double sample_server_share(const struct measure *measure, const struct sample *sample);

#endif
