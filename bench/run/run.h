/* bench/run/run.h: what the parts of `lab-bench run` share
 *
 * run_options.c   the command line
 * run_servers.c   which servers, and their startup lines
 * run_place.c     the folder of results, the library, the processors, the network
 * run_plan.c      which samples, how long each is
 * run_sample.c    one sample
 * run_progress.c  what the user sees meanwhile
 * run.c           the rounds
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/cpus.h"
#include "common/fail.h"
#include "common/signals.h"
#include "experiments/experiment.h"
#include "probe/server.h"
#include "probe/slow_disk.h"
#include "results/runfile.h"

enum {
    RUN_SERVERS = RUNFILE_SERVERS,
    RUN_EXPERIMENTS = 24,
    RUN_BLOCKS = RUN_EXPERIMENTS * EXPERIMENT_POINTS,
    RUN_ENOUGH = 6, /* rounds, after which a run that takes longer than planned may end: of fewer no
                       interval is sure (stats.h) */
};

struct run_options {
    bool wanted[RUN_EXPERIMENTS];              /* as in experiments[] */
    size_t experiments_count;                  /* that are wanted */
    const char *models, *foreign[RUN_SERVERS]; /* as they were given */
    size_t foreigners;
    struct server_choice servers[RUN_SERVERS]; /* the baseline first */
    size_t servers_count;
    bool full, baseline, minimal, peers, report;
    bool timeline;                    /* record the timelines, too */
    double points[EXPERIMENT_POINTS]; /* in place of the experiments' own */
    size_t points_count;
    double duration; /* of every sample; 0: what the budget allows */
    double budget;   /* seconds for the whole run, the report apart */
    unsigned int reps, retries, threads;
    uint64_t seed;
    double steal_limit;
    const char *out, *dir, *congestion; /* NULL: as it comes */
    struct cpus cpus;
};

/* A point of an experiment: its samples of a round are taken one right after another. */
struct run_block {
    const struct experiment *experiment;
    double x;
    char file[64]; /* the name in its load */
    struct {
        bool cannot;        /* has its row already */
        unsigned int still; /* how often it stood still */
        unsigned int bound; /* how often the generator was the bottleneck */
    } cells[RUN_SERVERS];
};

struct run {
    struct run_options options;
    struct runfile file;
    char folder[PATH_MAX / 2];                          /* of the results */
    char library[sizeof((struct runfile *)0)->library]; /* in the temporary folder */
    char log[PATH_MAX];
    struct slow_disk slow; /* of the server that runs */
    FILE *samples;
    struct run_block blocks[RUN_BLOCKS + 1]; /* the last one is empty */
    size_t blocks_count;
    double seconds;               /* of a sample of weight 1 */
    unsigned int trial;           /* 1: the first round counts for nothing; see run_plan.c */
    double began;                 /* seconds_now() */
    double repeat_left;           /* seconds that may be spent on repeating what was disturbed */
    double weights;               /* of all samples of a round, added up */
    double took[RUN_EXPERIMENTS]; /* seconds, in this round; as in experiments[] */
    size_t samples_all, samples_done;
    int shown;    /* per cent, in the last line of progress */
    bool crashed; /* some server, some time */
};

int cmd_run(int argc, char **argv); /* the exit status: 0; 1: it failed; 2: wrong usage */

/* run_options.c: returns -1 on success; otherwise the exit status */
int run_options_read(struct run_options *options, int argc, char **argv);

/* run_servers.c */
bool servers_add(struct run_options *options, const char *models, char why[WHY]);
bool servers_add_foreign(struct run_options *options, const char *given, char why[WHY]);
/* The baseline, the minimal forms of the models that were added, the peers: those that options want
 * and an experiment has. A peer that is not installed is an error; the others may not be built. */
bool servers_add_besides(struct run_options *options, char why[WHY]);
/* Starts each one once, and keeps its startup line. False: one does not start. */
bool servers_try(struct run *run, char why[WHY]);
/* For a load; NULL: any. Whatever is returned, call servers_stop. */
bool servers_start(struct run *run, const struct server_choice *choice,
                   const struct load_spec *spec, struct server *server, char why[WHY]);
bool servers_stop(struct run *run, struct server *server, char why[WHY]); /* see server_stop */

/* run_place.c */
bool place_make(struct run *run, char why[WHY]);
void time_print(const char *format, char *text, size_t size); /* now; see strftime(3) */
void place_file_name(uint64_t bytes, char *name, size_t size);
/* Where the server of a load runs. False: there are not enough processors. */
bool place_server(const struct run *run, enum load_place place, cpu_set_t *where);

/* run_plan.c */
bool plan_points(struct run *run, char why[WHY]);
bool plan_make(struct run *run, char why[WHY]); /* when the servers' limits are known */
void plan_print(const struct run *run);
/* Of a round: experiments by chance, and behind one another the points of each, by chance too. */
void plan_order(const struct run *run, unsigned int order[RUN_BLOCKS], unsigned long long *random);
double plan_seconds(const struct run *run, const struct run_block *block); /* of a sample */
/* After a round: what does not fit into the budget is left out, and noted; after the first one,
 * samples get as long as the budget allows, and there may be another round in its place. False:
 * there is no time for another round. */
bool plan_fit(struct run *run, unsigned int round);

/* run_sample.c */
/* Of a sample that is clear but for its round and attempt. */
void run_sample(struct run *run, struct run_block *block, size_t server, struct sample *sample);
/* What the load of a sample is (its file's name may be the block's); false: the server can't do
 * it. */
bool run_spec(struct run *run, struct run_block *block, size_t server, struct load_spec *spec,
              char note[160]);
bool run_keep(struct run *run, const struct sample *sample); /* appends it to samples.tsv */

/* run_progress.c */
void progress_show(struct run *run, unsigned int round); /* a line for each 5 % */
void progress_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* For the user and for the report. */
void run_note(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
