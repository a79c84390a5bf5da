/* bench/common/options.h: the options of a command, as a table: see getopt_long(3) */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/why.h"

enum option_kind {
    OPTION_YES,     /* no value: bool, becomes true */
    OPTION_NO,      /* no value: bool, becomes false */
    OPTION_COUNT,   /* unsigned int, from min to max */
    OPTION_NUMBER,  /* double, from min to max */
    OPTION_PERCENT, /* double, 0 to 1; as per cent */
    OPTION_SIZE,    /* uint64_t, from min to max; K, M and G are understood */
    OPTION_TEXT,    /* const char *, not empty */
    OPTION_CPUS,    /* cpu_set_t: see cpus_read */
    OPTION_TAKE     /* to.take decides */
};

struct option_row {
    const char *name;
    int letter; /* 0: none */
    enum option_kind kind;
    double min, max;
    union {
        void *at;
        bool (*take)(void *context, const char *text); /* false: it is no value for this option */
    } to;
};

struct options {
    const char *command, *help; /* "lab-bench run" */
    const struct option_row *rows;
    size_t count;
    /* A word that is no option; NULL: there must be none. */
    bool (*word)(void *context, const char *text, char why[WHY]);
    void *context;
};

/* Words and options in any order. -1: continue; otherwise the exit status: 0: the help was printed;
 * 2: an error was. */
int options_read(const struct options *options, int argc, char **argv);

/* Prints that sentence and where the help is; 2. */
int options_wrong(const struct options *options, const char *why);

#endif
