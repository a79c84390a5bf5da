/* ran.h: lab-bench, run as people run it, and what came of it
 *
 * LAB_BENCH in the environment is the program; it finds the servers beside itself.
 */
#ifndef RAN_H
#define RAN_H

#include <sys/types.h>

#include "results/runfile.h"
#include "results/sample.h"
#include "unit.h"

enum { RAN_COMMAND = 1024, RAN_WORDS = 40, RAN_BOUND_S = 240 };

/* In arguments: a space that does not end a word, and a word that is empty. */
#define RAN_SPACE "\x1f"
#define RAN_EMPTY "\x1e"

/* A run of the program; its results are in folder/out. */
struct ran {
    char folder[UNIT_PATH], out[UNIT_PATH + 8];
    pid_t pid;
    int status; /* its exit status; 128 and more: also the signal that ended it */
    bool signalled;
    char *output, *errors;
    struct sample *samples;
    size_t count;
    struct runfile *file;
};

/* How it is run; what is 0 or NULL is as usual, and so is all of it, if there is none. */
struct ran_how {
    const char *program;                 /* lab-bench */
    const char *dir;                     /* --dir: the folder; "": without --dir */
    const char *variable[2], *value[2];  /* of the environment */
    void (*prepare)(const struct ran *); /* in the child, before the program */
};

const char *ran_program(const char *variable); /* skips the test if it is not set */

/* Arguments; overwritten by the next call. */
const char *ran_words(const char *format, ...) __attribute__((format(printf, 1, 2)));

void ran_begin(struct ran *ran, const char *arguments);
void ran_begin_so(struct ran *ran, const struct ran_how *how, const char *arguments);
void ran_await_rows(struct ran *ran, size_t rows); /* of samples.tsv */
void ran_finish(struct ran *ran);
/* From beginning to end, with this exit status. */
void ran_expect(struct ran *ran, const struct ran_how *how, const char *arguments, int status);
void ran_results(struct ran *ran);
/* A run that goes well, and its results. */
void ran_measure(struct ran *ran, const struct ran_how *how, const char *arguments);
void ran_free(struct ran *ran);

bool ran_has(const struct ran *ran, const char *name);          /* a file among the results */
size_t ran_left(const char *folder);                            /* temporary folders in it */
void ran_no_process(const struct ran *ran, const char *folder); /* that names it */

bool ran_measured(const struct sample *s);
bool ran_starved(const struct sample *s);
const struct sample *ran_row(const struct ran *ran, const char *experiment, const char *server);

#endif
