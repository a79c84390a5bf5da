/* bench/results/sample.h: one measurement, and the file that keeps them all
 *
 * samples.tsv has a line for each sample and a column for each figure, separated by tabs, below a
 * line with the names of the columns. Nothing is averaged and nothing left out; an empty field was
 * not measured. Charts, report and compare read this file, so they need no new measurement.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "clients/spec.h"
#include "common/number.h"
#include "common/why.h"

enum sample_state {
    SAMPLE_GOOD,
    SAMPLE_STEAL,     /* disturbed: too much was stolen from the machine, ... */
    SAMPLE_OTHERS,    /* ... or used by other programs */
    SAMPLE_LIMIT,     /* what the server can do was measured too low */
    SAMPLE_GENERATOR, /* the generator was the bottleneck */
    SAMPLE_ERRORS,    /* some requests failed */
    SAMPLE_CRASHED,   /* the server ended */
    SAMPLE_CANNOT, /* the model can't do this: note has the reason, for the chart too. No figures */
    SAMPLE_STATES
};
extern const char *const sample_state_word[SAMPLE_STATES]; /* "good", "steal", … */

/* Medians are made of SAMPLE_GOOD; those of the server's own cost also of SAMPLE_GENERATOR: the
 * processor time is the server's, however many requests it was asked for. But a server with less to
 * do sleeps more often, and wakes for fewer requests at once: then each costs it more, so a cost
 * belongs to the load at which it was measured. If a third of the samples of a point or more are
 * SAMPLE_GENERATOR, their rates and latencies are shown too, marked as the generator's.
 */

/* Quantiles lie evenly on a logarithmic axis of 1 / (1 - q): the i-th is q = 1 - 2^(-i/2). */
enum { SAMPLE_QUANTILES = 28 };

/* Of fewer requests in a sample no figure of a request is as good as others; no 99th percentile of
 * fewer than SAMPLE_TAIL, no 99.9th of fewer than SAMPLE_LONG_TAIL. Of fewer clients the kernel's
 * memory is not known: they find place in what it had kept free, and Slab in /proc/meminfo grows by
 * a part of what they use, or not at all. */
enum { SAMPLE_FEW = 10, SAMPLE_TAIL = 100, SAMPLE_LONG_TAIL = 1000, SAMPLE_KERNEL = 1000 };

struct sample {
    char experiment[24], server[24];
    double x;             /* what the experiment varies: clients, bytes, per cent */
    unsigned int round;   /* samples of one round were taken within seconds of each other */
    unsigned int attempt; /* 0, or how often it was repeated since it had been disturbed */
    enum sample_state state;
    bool trial;     /* no column: of a point of which there are samples of a longer planned time */
    char note[160]; /* why, or what was wrong first */

    double seconds, planned; /* planned: before it was prolonged; 0 or NaN in older files */
    uint64_t requests, deliveries, bytes;
    uint64_t errors[LOAD_ERRORS];
    double p50, p99, p999, max; /* latency, microseconds; NaN: not measured */
    double raw_p99, raw_p999;   /* uncorrected, open loop only */
    /* Open loop only, µs: the quantiles that at least one latency exceeds, then the greatest
     * latency, then NaN; corrected, and not. */
    double spectrum[SAMPLE_QUANTILES + 1], raw_spectrum[SAMPLE_QUANTILES + 1];
    double user, system;          /* server, seconds of processor time */
    double pss, page_tables;      /* bytes, with all clients connected */
    double memory_before;         /* bytes: pss + page_tables before the first client came; NaN */
    double page_tables_before;    /* the page tables in it */
    double kernel, kernel_before; /* bytes: machine_kernel_memory(), then and before */
    double processes, threads;
    double server_cpus;            /* processors that the server may run on */
    double offered;                /* requests a second, by the schedule; closed loop: NaN */
    double steal, others;          /* of the machine meanwhile: 0 to 1, both */
    double own_seconds, own_share; /* the generator's */
    double lag_p99;                /* microseconds, open loop */
};

void sample_clear(struct sample *sample);         /* all figures NaN or 0 */
void sample_figures_clear(struct sample *sample); /* but not which sample it is */

/* The figures of charts and tables, from the columns above. */
enum figure {
    /* the server's own costs */
    FIGURE_COST,          /* µs of its processor time a request */
    FIGURE_BOTH_COST,     /* the same of server and generator together */
    FIGURE_OWN_COST,      /* of the generator alone */
    FIGURE_DELIVERY_COST, /* µs a delivery */
    FIGURE_GIB_COST,      /* seconds of processor time a GiB */
    FIGURE_CLIENT_MEMORY, /* bytes for one client; x: clients */
    FIGURE_KERNEL_MEMORY, /* bytes that the kernel keeps for one at both ends, with page tables */
    FIGURE_ALL_MEMORY,    /* both together; page tables once */
    /* not its own */
    FIGURE_RATE,       /* requests a second */
    FIGURE_DELIVERIES, /* deliveries a second */
    FIGURE_GIB_RATE,   /* GiB a second */
    FIGURE_BUSY,       /* per cent: how much of one processor the server used */
    FIGURE_P50,        /* latency, µs: of half, of 99 %, of 99.9 %, the longest */
    FIGURE_P99,
    FIGURE_P999,
    FIGURE_LONGEST,
    FIGURE_LAG /* how late the generator was, µs: of 99 % */
};
double sample_figure(const struct sample *s, enum figure figure); /* NaN: not measured */
bool figure_is_cost(enum figure figure);
bool figure_is_rate(enum figure figure);          /* more is better; of all others less is */
enum number_kind figure_kind(enum figure figure); /* its unit */

/* Writes the line with the names of the columns; a line. False: a write error. */
bool sample_write_head(FILE *out);
bool sample_write(FILE *out, const struct sample *sample);

/* Reads a whole file. Columns are found by name, so older files can be read; a last line without
 * its end, by a run that was killed, is left out. *samples is the caller's to free. False with a
 * sentence in why. */
bool sample_read_all(FILE *in, struct sample **samples, size_t *count, char why[WHY]);

#endif
