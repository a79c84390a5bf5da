/* bench/experiments/loads.h: the load of each experiment; only experiment.c needs it */
#ifndef BENCH_EXPERIMENTS_LOADS_H
#define BENCH_EXPERIMENTS_LOADS_H

#include "clients/spec.h"

/* See `load` in struct experiment. */
void load_clients(double x, struct load_spec *spec); /* so many, all alike */
void load_latency(double x, struct load_spec *spec);
void load_idle_crowd(double x, struct load_spec *spec);
void load_active_share(double x, struct load_spec *spec);
void load_memory(double x, struct load_spec *spec);
void load_files(double x, struct load_spec *spec);
void load_bad_neighbour(double x, struct load_spec *spec);
void load_blocked(double x, struct load_spec *spec);
void load_computing(double x, struct load_spec *spec);
void load_work(double x, struct load_spec *spec);
void load_offered(double x, struct load_spec *spec);

#endif
