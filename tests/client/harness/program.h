/* program.h: the program lab-client, run by a test
 *
 *     struct program *run = RUN(&(struct program_options){.folder = folder}, "-p", port, "list");
 *     program_await(run, "a.txt");
 *     program_finish(run, 0, NULL);
 *
 * The program is named in the environment, CLIENT=client/lab-client: the Makefile sets it. Calls
 * that wait have a generous bound, and fail the test when it is over.
 */
#ifndef CLIENT_PROGRAM_H
#define CLIENT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lacks.h"

enum program_output {
    PROGRAM_PIPE,        /* standard output is a pipe that is read */
    PROGRAM_BROKEN_PIPE, /* a pipe that nobody reads */
    PROGRAM_DEV_FULL,    /* /dev/full */
    PROGRAM_CLOSED,      /* no descriptor at all */
    PROGRAM_FILE,        /* the file "output" in the folder, which is not emptied */
    PROGRAM_TERMINAL     /* a pseudo-terminal, as standard error too; TERM=xterm */
};

/* What is not the usual; all zero is the usual. */
struct program_options {
    const char *input;        /* standard input, for program_expect; NULL: none */
    const char *folder;       /* to be in; NULL: as it is */
    const char *const *env;   /* "NAME=VALUE", up to a NULL, besides TERM=dumb, LC_ALL=C.UTF-8 */
    unsigned long max_size;   /* RLIMIT_FSIZE in bytes; 0: as it is */
    bool ignores_sigint;      /* SIGINT is ignored, as nohup and the background of a shell do it */
    const char *closed;       /* of the descriptors "012": the ones that are closed; NULL: none */
    const struct lack *lacks; /* calls that fail, as on a file system without them; NULL: none */
    enum program_output output;
};

struct program_text {
    char *bytes; /* NUL behind them */
    size_t len, room;
};

struct program {
    pid_t pid; /* 0 when it has ended */
    int status;
    int in, from[2]; /* ends of pipes; -1 when closed */
    struct program_text out, err;
};

/* The path of the program, absolute. Fails the test if CLIENT is not set. */
const char *program_path(void);

/* Starts it with these words, NULL behind the last. how may be NULL. */
struct program *program_start(const struct program_options *how, const char *const *words);
#define RUN(how, ...) program_start(how, (const char *const[]){__VA_ARGS__, NULL})

/* Sends text to its standard input; ends that. */
void program_write(struct program *run, const char *text);
void program_close_input(struct program *run);

/* Waits until standard output, or standard error, has had this text. */
void program_await(struct program *run, const char *text);
void program_await_error(struct program *run, const char *text);

/* Waits until it is in the room: the administrator speaks until it receives that. */
struct test_server;
void program_await_member(struct program *run, const struct test_server *server);

/* Starts it with chat NICK, and waits for that. */
struct program *program_member(const struct program_options *how, const struct test_server *server,
                               const char *nick);

/* Ends the input and waits for the end. Returns the exit status; 128 and more if a signal ended
 * it. */
int program_wait(struct program *run);

/* The same; fails the test unless its exit status is this one, and this is in its standard error
 * (NULL: whatever is), and frees it. */
void program_finish(struct program *run, int status, const char *says);

/* Runs it from beginning to end, and fails the test unless its exit status is this one. What it
 * printed is to be had until the next call. */
const struct program *program_expect(int status, const struct program_options *how,
                                     const char *const *words);
#define EXPECT(status, how, ...) \
    program_expect(status, how, (const char *const[]){__VA_ARGS__, NULL})

/* Fails the test unless the text has this in it; all of it is printed. */
void program_has(const struct program_text *text, const char *what);

/* Fails the test unless the file is there and has this in it. */
void program_left(const char *folder, const char *name, const char *want);

/* Kills it if it still runs, and frees. */
void program_free(struct program *run);

#endif
