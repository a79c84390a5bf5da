/* fake.h: samples like measured ones, for tests of charts and reports */
#ifndef FAKE_H
#define FAKE_H

#include <stddef.h>

#include "experiments/experiment.h"
#include "results/sample.h"

enum { FAKE_ROUNDS = 7 };

/* Samples of all six and the baseline in three experiments: "idle-crowd" (x from 0; loop and select
 * can't do some of it), "ping", and "bad-neighbour" (words; loop stands still). The same for the
 * same seed. slow: epoll's processor time is multiplied by it. The caller frees them. */
struct sample *fake_samples(unsigned long long seed, double slow, size_t *count);

/* Writes them as folder/samples.tsv, and a run.txt with hostile text in it beside. */
void fake_write(const char *folder, const struct sample *samples, size_t count);

/* A sample without figures. */
struct sample fake_sample(const char *experiment, const char *server, double x);

/* One with so many requests in a second. */
struct sample fake_rate(const char *experiment, const char *server, double x, uint64_t requests);

/* A further sample at the end of *samples. */
void fake_add(struct sample **samples, size_t *count, const struct sample *sample);

#endif
