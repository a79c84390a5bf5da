/* client/app/app.h: the program between its commands: the connection, the nick, what is printed
 *
 * The interactive mode (interactive.h) and the script mode (script.h) share it; they differ in
 * where lines come from and in how they are printed.
 */
#ifndef CLIENT_APP_H
#define CLIENT_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/lab.h"
#include "lib/translate.h"

/* The program's exit status, and what every command returns. The worst of several wins. */
enum app_status {
    APP_DONE = 0,
    APP_REFUSED = 1,    /* the server refused */
    APP_USAGE = 2,      /* wrong usage */
    APP_NO_SERVER = 3,  /* no connection, or one that broke */
    APP_FILE = 4,       /* trouble with a local file */
    APP_DIFFERS = 5,    /* --check: the file is another one here than in the library */
    APP_CANCELLED = 130 /* Ctrl-C */
};

struct app {
    const char *host, *port;
    int timeout_ms;
    struct lab *lab;
    char nick[LAB_NICK];   /* in the room under this nick, "" outside. Outlives the connection, so
                          * that the next one can enter again */
    bool interactive;      /* a person types and reads */
    bool colour;           /* on standard output */
    bool redraws;          /* standard error is a terminal that can redraw a line */
    bool quitting;         /* after quit */
    bool connected_before; /* for "connected again" */
    bool input_taken;      /* commands are read from standard input: it is no file to put */
    bool single_command;   /* one command from the command line: chat may have standard input */
};

/* Sets everything from the environment (NO_COLOR, TERM, what is a terminal), installs the handler
 * of SIGINT. Returns false if memory ran out. host and port are kept by reference. */
bool app_begin(struct app *app, const char *host, const char *port, int timeout_ms,
               bool interactive);
void app_end(struct app *app);

/* Connects and waits for the greeting, or prints in one sentence why not. A lost connection is
 * replaced, and the room entered again under the same nick (if that was taken meanwhile, prints
 * that, and nick is ""). While a server does not greet, explains the wait and counts the seconds;
 * Ctrl-C gives up, and a script after its timeout. Every command that needs the server begins with
 * it. */
enum app_status app_connect(struct app *app);

/* What a call of the library means for the program: prints the sentence, "what: why", unless it was
 * LAB_OK. what may be NULL. */
enum app_status app_outcome(struct app *app, enum lab_status status, const char *what);

/* Sentences on standard error, made visible (lab_visible). app_error: what went wrong, with
 * "lab-client: " before it in a script. app_report: what was done. app_info: for a person only,
 * nothing in a script. */
void app_error(const struct app *app, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void app_report(const struct app *app, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void app_info(const struct app *app, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the events that can be had without waiting, to standard output; but no more than
 * APP_EVENTS_MAX, so that a flood of them does not hold the program: lab_event_ready is true if
 * there are more. Returns LAB_OK, or the status of lab_next_event at the end of the connection. */
enum { APP_EVENTS_MAX = 1000 };
enum lab_status app_print_events(struct app *app);

/* Flushes standard output. Prints the error of any write to it. */
enum app_status app_flush(struct app *app);

/* Ctrl-C: forgets one that came before; has one come since? The descriptor is readable then. */
void app_cancel_reset(void);
bool app_cancelled(void);
int app_cancel_fd(void);

/* The worse of two. */
enum app_status app_worse(enum app_status a, enum app_status b);

#endif
