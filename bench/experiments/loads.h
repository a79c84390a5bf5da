/* bench/experiments/loads.h: the load of each experiment; only experiment.c needs it */
#ifndef BENCH_EXPERIMENTS_LOADS_H
#define BENCH_EXPERIMENTS_LOADS_H

#include "load/load.h"

/* See `load` in struct experiment. */
#define EXPERIMENT_LOAD(name)                                                 \
    bool name(const char *model, unsigned int most, double x, double seconds, \
              struct load_spec *spec, char note[160])
EXPERIMENT_LOAD(load_ping);
EXPERIMENT_LOAD(load_latency);
EXPERIMENT_LOAD(load_idle_crowd);
EXPERIMENT_LOAD(load_active_share);
EXPERIMENT_LOAD(load_come_and_go);
EXPERIMENT_LOAD(load_memory);
EXPERIMENT_LOAD(load_download);
EXPERIMENT_LOAD(load_upload);
EXPERIMENT_LOAD(load_chat);
EXPERIMENT_LOAD(load_bad_neighbour);
EXPERIMENT_LOAD(load_computing);
EXPERIMENT_LOAD(load_work);
EXPERIMENT_LOAD(load_blocked);
EXPERIMENT_LOAD(load_storm);
EXPERIMENT_LOAD(load_offered);

#endif
