/* bench/ratios/ratio.h: lab-bench ratio: the processor time of servers for the same work, compared
 *
 * ratio.c          the rounds
 * ratio_options.c  the command line
 * ratio_print.c    the table
 * selfcheck.c      lab-bench --self-check
 */
#ifndef BENCH_RATIO_H
#define BENCH_RATIO_H

#include "clients/spec.h"
#include "common/cpus.h"
#include "common/scratch.h"
#include "probe/server.h"
#include "results/sample.h"
#include "results/stats.h"

enum { RATIO_SERVERS = 16, RATIO_ROUNDS = 1000 };

/* A kind of work. */
struct ratio_kind {
    const char *name, *unit;
    enum load_kind load;
    bool crowd;             /* each server twice: without idle clients, and with them */
    enum figure cost, rate; /* of a unit; of units */
    double scale;           /* the cost is multiplied by it ... */
    const char *scaled;     /* ... and then is so many of these */
};

struct ratio_variant {
    const struct server_choice *server;
    unsigned int idle;
    struct sample samples[RATIO_ROUNDS];
};

struct ratio {
    char command[1024];
    const struct ratio_kind *kind;
    struct load_spec spec;
    struct cpus cpus;
    unsigned int rounds, idle, seed;
    double steal_limit;
    unsigned long long random;
    const char *congestion, *parent; /* NULL: the usual */
    size_t servers_count, variants_count;
    size_t bare; /* which variant the bare client drives (clients.h); 0: none */
    struct server_choice servers[RATIO_SERVERS];
    struct ratio_variant variants[2 * RATIO_SERVERS];
    char library[SCRATCH_PATH + 8];
    char log[SCRATCH_PATH + 8]; /* what a server writes to standard error */
    size_t done, dropped;       /* rounds */
};

/* argv[0] is its name. Returns the exit status: 0; 1: it failed; 2: wrong usage. */
int cmd_ratio(int argc, char **argv);

int cmd_self_check(void); /* the same */

/* What the rounds of a self-check say: variants 0 and 1 are one server, 2 is the slower one, 3 is
 * the first again, driven by the bare client. */
struct verdict {
    int cost, rate; /* which way the twins differ: -1, 0, 1 */
    bool enough;    /* rounds, for an interval */
    bool found;     /* the slower server */
    bool near;      /* the generator costs little more than the bare client */
};
struct verdict self_check_judge(const struct ratio *ratio); /* and prints it */
/* Why it fails; NULL: it does not. first is last when they were measured once only. */
const char *self_check_fails(const struct verdict *first, const struct verdict *last);

/* With the usual values; the caller frees it. NULL: no memory. */
struct ratio *ratio_new(int argc, char **argv);

/* -1: continue; otherwise the exit status, and an error has been printed. */
int ratio_options_read(struct ratio *ratio, int argc, char **argv);

/* All rounds. begin is called before the first; it may be NULL. */
bool ratio_measure(struct ratio *ratio, void (*begin)(const struct ratio *ratio), char why[WHY]);

/* A figure of v divided by that of base in the same round; NULL: by nothing. */
struct estimate ratio_of(const struct ratio *ratio, const struct ratio_variant *v,
                         const struct ratio_variant *base, enum figure figure);

void ratio_print_head(const struct ratio *ratio);
void ratio_print_table(const struct ratio *ratio);

#endif
