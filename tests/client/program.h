/* program.h: the program lab-client, run by a test
 *
 *     struct run *run = RUN(&(struct run_how){.folder = folder}, "-p", server->port, "list");
 *     unit_check(run_end(run) == 0, "%s", run->err.bytes);
 *     ... run->out.bytes
 *     run_free(run);
 *
 * The program is named in the environment, CLIENT=client/lab-client: the Makefile sets it. Calls
 * that wait have a generous bound, and fail the test when it is over.
 */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lacks.h"

enum run_output {
    RUN_PIPE,    /* standard output is a pipe that is read */
    RUN_BROKEN,  /* a pipe that nobody reads */
    RUN_FULL,    /* /dev/full */
    RUN_CLOSED,  /* no descriptor at all */
    RUN_FILE,    /* the file "output" in the folder, which is not emptied */
    RUN_TERMINAL /* a pseudo-terminal, as standard error too; TERM=xterm */
};

/* What is not the usual; all zero is the usual. */
struct run_how {
    const char *input;        /* standard input, for run_expect; NULL: none */
    const char *folder;       /* to be in; NULL: as it is */
    const char *const *env;   /* "NAME=VALUE", up to a NULL, besides TERM=dumb; may be NULL */
    unsigned long max_size;   /* RLIMIT_FSIZE in bytes; 0: as it is */
    bool deaf;                /* SIGINT is ignored, as nohup and the background of a shell do it */
    const char *closed;       /* of the descriptors "012": the ones that are closed; NULL: none */
    const struct lack *lacks; /* calls that fail, as on a file system without them; NULL: none */
    enum run_output output;
};

struct run_text {
    char *bytes; /* NUL behind them */
    size_t len, room;
};

struct run {
    pid_t pid; /* 0 when it has ended */
    int status;
    int in, from[2]; /* ends of pipes; -1 when closed */
    struct run_text out, err;
};

/* The path of the program, absolute. Fails the test where CLIENT does not say. */
const char *run_program(void);

/* Starts it with these words, NULL behind the last. how may be NULL. */
struct run *run_start(const struct run_how *how, const char *const *words);
#define RUN(how, ...) run_start(how, (const char *const[]){__VA_ARGS__, NULL})

/* Sends text to its standard input; ends that. */
void run_feed(struct run *run, const char *text, size_t len);
void run_say(struct run *run, const char *text);
void run_close(struct run *run);

/* Waits until standard output, or standard error, has had this text. */
void run_await(struct run *run, const char *text);
void run_await_error(struct run *run, const char *text);

/* Reads what comes within so many milliseconds, not stretched: for what is done again and again. */
void run_look(struct run *run, long ms);

/* Waits until it is in the room: the administrator speaks until it is heard. */
struct fleet;
void run_enter(struct run *run, const struct fleet *server);

/* Ends the input and waits for the end. Returns the exit status; 128 and more where a signal ended
 * it. */
int run_end(struct run *run);

/* Runs it from beginning to end, and fails the test unless its exit status is this one. What it
 * printed is to be had until the next call. */
const struct run *run_expect(int status, const struct run_how *how, const char *const *words);
#define EXPECT(status, how, ...) run_expect(status, how, (const char *const[]){__VA_ARGS__, NULL})

/* Fails the test unless the text has this in it; all of it is told. */
void run_has(const struct run_text *text, const char *what);

/* Fails the test unless the file is there and has this in it. */
void run_left(const char *folder, const char *name, const char *want);

/* Kills it where it still runs, and frees. */
void run_free(struct run *run);

#endif
