/* client/interactive.c: see interactive.h */
#include "interactive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "editor.h"
#include "plain.h"
#include "terminal/tty.h"

/* ---- what is said at the beginning ---- */

static const char *model_sentence(const char *model)
{
    static const char *const models[][2] = {
        {"loop", "it serves one client at a time"},
        {"fork", "each client has a process of its own"},
        {"thread", "each client has a thread of its own"},
        {"select", "one thread waits for all, by select(2)"},
        {"poll", "one thread waits for all, by poll(2)"},
        {"epoll", "one thread waits for all, by epoll(7)"},
    };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strcmp(model, models[i][0]) == 0)
            return models[i][1];
    return "a model this client has not heard of";
}

static void introduce(const struct app *app)
{
    const char *model = lab_model(app->lab);
    app_remark(app, "%s port %s, model %s: %s", app->host, app->port, model, model_sentence(model));
}

static void greet(struct app *app)
{
    enum app_status status = app_connect(app);
    app_cancel_reset(); /* it was for the waiting */
    if (status == APP_DONE)
        introduce(app);
    if (app->nick[0] != '\0') { /* lab-client chat NICK */
        app_remark(app,
                   lab_connected(app->lab)
                       ? "you are in the room as %s: what you type is said to all"
                       : "the next line connects and enters the room as %s",
                   app->nick);
        app_remark(app, "  /help            all commands    /quit         or Ctrl-D");
        return;
    }
    app_remark(app, "  list             what is in the library");
    app_remark(app, "  get NAME...      download        put FILE...   upload");
    app_remark(app, "  chat NICK        enter the chat room");
    app_remark(app, "  help             all commands    quit          or Ctrl-D");
}

/* ---- lines ---- */

const char *terminal_prompt(const struct app *app)
{
    return app->nick[0] != '\0' ? "> " : "lab> ";
}

static enum app_status run_line(struct app *app, const char *line)
{
    bool met = app->met;
    enum app_status status = app->nick[0] != '\0' ? room_line(app, line) : commands_run(app, line);
    (void)fflush(stdout);
    app_cancel_reset();                  /* it was for the command */
    if (!met && lab_connected(app->lab)) /* it was not there at the beginning */
        introduce(app);
    /* to cancel is to close; but who is in the room wants to go on hearing what is said there */
    if (status == APP_CANCELLED && app->nick[0] != '\0' && !lab_connected(app->lab))
        (void)app_connect(app);
    return status;
}

enum app_status terminal_line(struct app *app, char *text)
{
    enum app_status status = APP_DONE;
    char *line;
    while (status == APP_DONE && !app->quitting && (line = strsep(&text, "\n")) != NULL)
        status = run_line(app, line);
    if (status != APP_DONE && text != NULL && text[0] != '\0')
        app_remark(app, "what was pasted behind that line is left out");
    return status;
}

void terminal_hear(struct app *app)
{
    enum lab_status status = app_hear(app);
    if (status == LAB_OK)
        return;
    lab_close(app->lab);
    app_complain(app, "%s; the next %s", lab_why(app->lab),
                 app->nick[0] != '\0' ? "line connects and enters again"
                                      : "command connects again");
}

static void edit(struct app *app, struct editor *editor)
{
    while (!app->quitting) {
        char *line;
        enum editor_end end = editor_line(editor, terminal_prompt(app), &line);
        if (end == EDITOR_LINE && terminal_line(app, line) == APP_CANCELLED)
            keys_drop(&editor->keys); /* what was typed before the Ctrl-C */
        if (end == EDITOR_EOF || end == EDITOR_GONE) {
            app->quitting = true;
            lab_close(app->lab); /* at once, whether or not the server would answer a goodbye */
        }
        free(line);
    }
}

/* ---- the whole ---- */

static bool can_draw(void)
{
    const char *term = getenv("TERM");
    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0 && isatty(STDIN_FILENO) &&
           isatty(STDOUT_FILENO);
}

static bool run_edited(struct app *app, struct editor *editor)
{
    bool begun = tty_begin() && editor_begin(editor, app);
    if (begun) {
        tty_quiet();
        tty_mark_pastes(true);
        greet(app);
        edit(app, editor);
    }
    editor_finish(editor);
    tty_end();
    return begun;
}

enum app_status terminal_run(struct app *app)
{
    struct editor *editor = calloc(1, sizeof *editor);
    if (editor == NULL || !can_draw() || !run_edited(app, editor)) {
        greet(app);
        terminal_plain(app);
    }
    free(editor);
    return APP_DONE;
}
