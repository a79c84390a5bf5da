/* bench/results/runfile.h: run.txt: how the samples of a folder came about
 *
 * Written at the beginning of a run (ended is "" then) and again at its end, so that a run that was
 * killed has one too. Lines of name=value, in UTF-8; a line "server=" for each server, with its
 * name, most, command and startup line between tabs, and a line "note=" for each note.
 */
#ifndef BENCH_RUNFILE_H
#define BENCH_RUNFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/why.h"
#include "probe/probe.h"
#include "results/sample.h"

enum { RUNFILE_SERVERS = 24, RUNFILE_NOTES = 24, RUNFILE_NOTE = 600 };

struct runfile {
    char command[1024]; /* as it was typed, for a shell */
    char started[32];   /* "2026-01-31T14:05:09+0100" */
    char ended[32];     /* "": under way, or killed */
    double duration;    /* seconds from start to end */
    double seconds;     /* of a sample of weight 1; see docs/benchmarking.md */
    double budget;      /* seconds that the run may take; 0: none, the seconds were given */
    double steal_limit; /* above it a sample counts as disturbed; 0 to 1 */
    double steal;       /* of the machine over the whole run; 0 to 1 */
    unsigned long long seed;
    unsigned int rounds;  /* that were asked for */
    bool full;            /* the points of --full */
    bool interrupted;     /* by Ctrl-C: not all samples are there */
    char server_cpus[64]; /* "0", "0-1"; "": any */
    char client_cpus[64];
    char congestion[32];                /* of the servers' and the generator's network */
    bool network_own;                   /* a network namespace of its own */
    char library[544];                  /* where the library was */
    unsigned int counts[SAMPLE_STATES]; /* lines of samples.tsv in each state */
    unsigned int repeated; /* samples that were taken once more since they had been disturbed */
    struct machine machine;

    size_t servers_count; /* in the order in which they were given */
    struct {
        char name[24];
        char command[2048];
        char startup[256];        /* its startup line */
        unsigned int max_clients; /* at once, by its startup line; UINT_MAX: not named in it */
    } servers[RUNFILE_SERVERS];

    size_t notes_count; /* sentences for the reader: a crash with its last log lines, … */
    char notes[RUNFILE_NOTES][RUNFILE_NOTE];
};

/* Adds a sentence, unless it is there already or there are too many. */
void runfile_note(struct runfile *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void runfile_print(FILE *out, const void *what); /* a struct runfile; see file_write */

/* folder/run.txt; written beside it first, so that there is always a whole one. False: a sentence
 * in why. */
bool runfile_write(const struct runfile *run, const char *folder, char why[WHY]);

/* A name that is missing in the file is 0 or "". */
bool runfile_read(struct runfile *run, const char *folder, char why[WHY]);

#endif
