/* client/app/app.c: see app.h */
#include "app/app.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/show.h"
#include "base/clock.h"
#include "terminal/tty.h"

enum {
    GREETING_SILENCE = 1000, /* milliseconds after which the wait is explained */
    NICK_TRIES = 20,         /* our own old connection may still be in the room */
    NICK_PAUSE = 100         /* milliseconds between them */
};

/* ---- Ctrl-C: the self-pipe trick (signal-safety(7)) ---- */

/* What a signal handler needs can't be anywhere else. */
static struct {
    int pipe[2];
    volatile sig_atomic_t waiting; /* one came, and has not been handled yet */
    bool insist;                   /* a second one ends the program: a script has no prompt */
} interrupt = {.pipe = {-1, -1}};

static void on_interrupt(int signal)
{
    int kept = errno;
    (void)signal;
    if (interrupt.waiting && interrupt.insist)
        _exit(APP_CANCELLED);
    interrupt.waiting = 1;
    if (write(interrupt.pipe[1], "", 1) < 0) {
        /* full: it can be read, which is all it is for */
    }
    errno = kept;
}

/* A program that was started with SIGINT ignored (nohup, a shell's background) keeps it ignored. */
static bool interrupt_begin(bool insist)
{
    struct sigaction old, ours = {.sa_handler = on_interrupt};
    if (pipe2(interrupt.pipe, O_NONBLOCK | O_CLOEXEC) != 0)
        return false;
    interrupt.insist = insist;
    interrupt.waiting = 0;
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGINT, NULL, &old) == 0 && (old.sa_handler != SIG_IGN || !insist))
        (void)sigaction(SIGINT, &ours, NULL);
    return true;
}

void app_cancel_reset(void)
{
    char bytes[64];
    interrupt.waiting = 0;
    while (read(interrupt.pipe[0], bytes, sizeof bytes) > 0)
        ;
}

bool app_cancelled(void)
{
    struct pollfd end = {.fd = interrupt.pipe[0], .events = POLLIN};
    return poll(&end, 1, 0) > 0;
}

int app_cancel_fd(void)
{
    return interrupt.pipe[0];
}

/* ---- beginning and end ---- */

bool app_begin(struct app *app, const char *host, const char *port, int timeout_ms,
               bool interactive)
{
    const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    bool draws = term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
    *app = (struct app){.host = host,
                        .port = port,
                        .timeout_ms = timeout_ms,
                        .interactive = interactive,
                        .redraws = draws && isatty(STDERR_FILENO) == 1,
                        .colour = draws && isatty(STDOUT_FILENO) == 1 &&
                                  (no_colour == NULL || no_colour[0] == '\0')};
    /* a failed write returns EPIPE or EFBIG instead of killing us */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    /* in the background of a terminal with tostop (stty(1)), output would stop us */
    (void)signal(SIGTTOU, SIG_IGN);
    app->lab = lab_new();
    if (app->lab == NULL || !interrupt_begin(!interactive))
        return false;
    lab_cancel_fd(app->lab, interrupt.pipe[0]);
    return true;
}

void app_end(struct app *app)
{
    lab_free(app->lab);
    app->lab = NULL;
    (void)signal(SIGINT, SIG_DFL);
    for (int i = 0; i < 2; i++) {
        if (interrupt.pipe[i] >= 0)
            close(interrupt.pipe[i]);
        interrupt.pipe[i] = -1;
    }
}

/* ---- the connection ---- */

static void tick_draw(const struct app *app, int64_t seconds)
{
    if (!app->redraws || !tty_in_front(STDERR_FILENO))
        return;
    if (seconds >= 0)
        fprintf(stderr, "\r%lld s\033[K", (long long)seconds);
    else
        fputs("\r\033[K", stderr);
}

/* There is no bound for a person, who sees the seconds and has Ctrl-C. */
static enum lab_status await_greeting(struct app *app)
{
    int64_t begun = clock_now();
    int64_t end = app->interactive ? INT64_MAX : begun + app->timeout_ms;
    bool explained = false;
    enum lab_status status = LAB_WAITING;
    while (status == LAB_WAITING) {
        int64_t now = clock_now(), next = 1000 - (now - begun) % 1000;
        if (now >= end)
            break;
        if (explained)
            tick_draw(app, (now - begun) / 1000);
        status = lab_greet(app->lab, (int)(end - now < next ? end - now : next));
        if (status == LAB_WAITING && !explained && clock_now() - begun >= GREETING_SILENCE) {
            explained = true;
            fprintf(stderr, "%s%s%s\n", app->interactive ? "" : "lab-client: ",
                    _("waiting for the server to take us (an iterative server serves one client "
                      "at a time)"),
                    app->interactive ? _("; Ctrl-C gives up") : "");
        }
    }
    if (explained)
        tick_draw(app, -1);
    return status;
}

/* The server may not have noticed yet that our old connection is gone. */
static enum app_status enter_again(struct app *app)
{
    struct pollfd cancel = {.fd = interrupt.pipe[0], .events = POLLIN};
    enum lab_status status = lab_enter(app->lab, app->nick);
    for (int i = 0; app->connected_before && i < NICK_TRIES && status == LAB_REFUSED; i++) {
        if (strcmp(lab_code(app->lab), "nick-taken") != 0 || poll(&cancel, 1, NICK_PAUSE) > 0)
            break;
        status = lab_enter(app->lab, app->nick);
    }
    if (status == LAB_OK)
        return APP_DONE;
    enum app_status outcome = app_outcome(app, status, NULL);
    if (status != LAB_REFUSED && status != LAB_USAGE)
        return outcome;
    app_error(app, _("you are outside of the room"));
    app->nick[0] = '\0';
    return lab_connected(app->lab) ? APP_DONE : outcome;
}

/* Is the connection alive? If it ended between two commands, only reading shows that. */
static bool still_connected(struct app *app)
{
    if (!lab_connected(app->lab))
        return false;
    if (app_print_events(app) != LAB_OK) {
        app_info(app, "%s", lab_why(app->lab));
        lab_close(app->lab);
    }
    return lab_connected(app->lab);
}

enum app_status app_connect(struct app *app)
{
    if (still_connected(app))
        return APP_DONE;
    enum lab_status status = lab_connect(app->lab, app->host, app->port, app->timeout_ms);
    if (status == LAB_OK)
        status = await_greeting(app);
    if (status == LAB_WAITING) {
        lab_close(app->lab);
        app_error(app, _("the server has not greeted within %g s"), app->timeout_ms / 1000.0);
        return APP_NO_SERVER;
    }
    if (status != LAB_OK)
        return app_outcome(app, status, NULL);
    if (app->connected_before)
        app_info(app, _("connected again"));
    enum app_status outcome = app->nick[0] != '\0' ? enter_again(app) : APP_DONE;
    app->connected_before = true;
    return outcome;
}

enum app_status app_outcome(struct app *app, enum lab_status status, const char *what)
{
    if (status == LAB_OK)
        return APP_DONE;
    /* a server's text alone could be taken for one of ours: "Operation not permitted" */
    const char *whose = "";
    if (status == LAB_REFUSED)
        whose = lab_connected(app->lab) ? _("the server refuses: ") : _("the server says: ");
    app_error(app, "%s%s%s%s", what == NULL ? "" : what, what == NULL ? "" : ": ", whose,
              lab_why(app->lab));
    switch (status) {
    case LAB_OK: return APP_DONE;
    case LAB_REFUSED: return APP_REFUSED;
    case LAB_USAGE: return APP_USAGE;
    case LAB_LOCAL: return APP_FILE;
    case LAB_CANCELLED: return APP_CANCELLED;
    case LAB_WAITING:
    case LAB_LOST:
    case LAB_TIMEOUT:
    case LAB_BROKEN: break;
    }
    return APP_NO_SERVER;
}

enum app_status app_worse(enum app_status a, enum app_status b)
{
    return a > b ? a : b;
}

/* ---- printing ---- */

void app_error(const struct app *app, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    show_sentence(app->interactive ? "" : "lab-client: ", format, values);
    va_end(values);
}

void app_report(const struct app *app, const char *format, ...)
{
    va_list values;
    (void)app;
    va_start(values, format);
    show_sentence("", format, values);
    va_end(values);
}

void app_info(const struct app *app, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    if (app->interactive)
        show_sentence("", format, values);
    va_end(values);
}

enum lab_status app_print_events(struct app *app)
{
    struct lab_event event;
    enum lab_status status = LAB_OK;
    for (int i = 0; i < APP_EVENTS_MAX && status == LAB_OK; i++) {
        status = lab_next_event(app->lab, &event, 0);
        if (status == LAB_OK)
            show_event(app, &event);
    }
    (void)fflush(stdout); /* an error stays in the stream: app_flush */
    return status == LAB_WAITING ? LAB_OK : status;
}

enum app_status app_flush(struct app *app)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return APP_DONE;
    if (app_cancelled())
        return APP_CANCELLED;
    app_error(app, _("standard output: %s"), errno != 0 ? strerror(errno) : _("can't be written"));
    clearerr(stdout);
    return APP_FILE;
}
