/* client/script.c: see script.h */
#include "script.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/input.h"
#include "commands.h"

/* Where a script stands: for "line 3: …". */
struct position {
    struct app *app;
    unsigned long line;
};

static enum app_status line_error(const struct position *at, const char *why)
{
    app_error(at->app, _("line %lu: %s"), at->line, why);
    return APP_USAGE;
}

static enum app_status no_memory(const struct app *app)
{
    app_error(app, _("out of memory"));
    return APP_FILE;
}

/* NULL: the line is one that can be used. */
static const char *line_wrong(const struct input_line *line)
{
    if (line->cut)
        return _("too long");
    return strlen(line->text) < line->len ? _("there is a NUL in it") : NULL;
}

/* ---- commands ---- */

static enum app_status script_line(struct position *at, const struct input_line *line)
{
    const char *why = line_wrong(line);
    at->line++;
    return why != NULL ? line_error(at, why) : commands_run(at->app, line->text);
}

/* Not with stdio: a Ctrl-C must end the wait, and it may come just before it begins. */
static enum app_status input_await(struct input *input)
{
    struct pollfd wait[] = {{.fd = input->fd, .events = POLLIN},
                            {.fd = app_cancel_fd(), .events = POLLIN}};
    if (poll(wait, 2, -1) < 0 && errno != EINTR)
        return APP_FILE;
    if (app_cancelled())
        return APP_CANCELLED;
    if (wait[0].revents != 0)
        input_read(input);
    return APP_DONE;
}

enum app_status script_lines(struct app *app, int fd)
{
    struct position at = {.app = app};
    struct input_line line;
    enum app_status status = APP_DONE;
    struct input *input = malloc(sizeof *input);
    if (input == NULL)
        return no_memory(app);
    input_begin(input, fd);
    while (status == APP_DONE && !app->quitting) {
        if (input_take(input, &line))
            status = script_line(&at, &line);
        else if (input->ended)
            break;
        else
            status = input_await(input);
    }
    if (status == APP_DONE && input->error != 0) {
        app_error(app, _("reading commands: %s"), strerror(input->error));
        status = APP_FILE;
    }
    free(input);
    return status;
}

/* ---- chat ---- */

struct chat {
    struct position at;
    struct input input;
    enum app_status worst; /* of lines that could not be sent */
};

/* Sends a line. If that is refused, the next may be accepted: only the end of the connection ends
 * the chat. */
static enum app_status chat_line(struct chat *chat, const struct input_line *line)
{
    struct app *app = chat->at.app;
    const char *why = line_wrong(line);
    chat->at.line++;
    if (line->len == 0)
        return APP_DONE;
    if (why != NULL) {
        chat->worst = app_worse(chat->worst, line_error(&chat->at, why));
        return APP_DONE;
    }
    char what[32];
    snprintf(what, sizeof what, _("line %lu"), chat->at.line);
    enum app_status status = app_outcome(app, lab_say(app->lab, line->text), what);
    if (!lab_connected(app->lab))
        return status;
    chat->worst = app_worse(chat->worst, status);
    return APP_DONE;
}

/* Prints what has happened; the end of the connection and of the output are ends. */
static enum app_status chat_print_events(struct chat *chat)
{
    struct app *app = chat->at.app;
    enum app_status status = app_outcome(app, app_print_events(app), NULL);
    return status != APP_DONE ? status : app_flush(app);
}

/* Waits for input, events, Ctrl-C, or the end of the reader of our output. */
static enum app_status chat_await(struct chat *chat)
{
    struct app *app = chat->at.app;
    struct pollfd wait[] = {
        {.fd = chat->input.fd, .events = POLLIN},
        {.fd = lab_fd(app->lab), .events = POLLIN},
        {.fd = app_cancel_fd(), .events = POLLIN},
        {.fd = STDOUT_FILENO, .events = 0}, /* POLLERR: a pipe that nobody reads any more */
    };
    if (poll(wait, 4, lab_event_ready(app->lab) ? 0 : -1) < 0 && errno != EINTR)
        return APP_FILE;
    if (app_cancelled())
        return APP_CANCELLED;
    if ((wait[3].revents & POLLERR) != 0) {
        app_error(app, _("standard output: nobody reads it any more"));
        return APP_FILE;
    }
    if (wait[0].revents != 0)
        input_read(&chat->input);
    return APP_DONE;
}

static enum app_status chat_run(struct chat *chat)
{
    enum app_status status = APP_DONE;
    struct input_line line;
    while (status == APP_DONE) {
        status = chat_print_events(chat);
        if (status != APP_DONE)
            break;
        if (input_take(&chat->input, &line))
            status = chat_line(chat, &line);
        else if (chat->input.ended)
            break;
        else
            status = chat_await(chat);
    }
    if (status == APP_DONE && chat->input.error != 0) {
        app_error(chat->at.app, _("standard input: %s"), strerror(chat->input.error));
        chat->worst = app_worse(chat->worst, APP_FILE);
    }
    return status;
}

/* Leaving is answered after all that happened before it. */
static enum app_status chat_leave(struct chat *chat)
{
    struct app *app = chat->at.app;
    enum app_status status = app_outcome(app, lab_leave(app->lab), NULL);
    app->nick[0] = '\0';
    if (status == APP_DONE)
        status = chat_print_events(chat);
    return app_worse(status, chat->worst);
}

enum app_status script_chat(struct app *app, const char *nick)
{
    enum app_status status = app_connect(app);
    if (status == APP_DONE)
        status = app_outcome(app, lab_enter(app->lab, nick), NULL);
    if (status != APP_DONE)
        return status;
    struct chat *chat = malloc(sizeof *chat);
    if (chat == NULL)
        return no_memory(app);
    chat->at = (struct position){.app = app};
    chat->worst = APP_DONE;
    input_begin(&chat->input, STDIN_FILENO);
    status = chat_run(chat);
    if (status == APP_DONE)
        status = chat_leave(chat);
    free(chat);
    return status;
}
