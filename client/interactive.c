/* client/interactive.c: see interactive.h */
#include "interactive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "editor.h"
#include "lines.h"
#include "plain.h"
#include "terminal/tty.h"

/* ---- the beginning ---- */

static void greet(struct app *app)
{
    enum app_status status = app_connect(app);
    app_cancel_reset(); /* it was for the waiting */
    if (status == APP_DONE)
        lines_introduce(app);
    if (app->nick[0] != '\0') { /* lab-client chat NICK */
        app_info(app,
                 lab_connected(app->lab)
                     ? _("you are in the room as %s: what you type is said to all")
                     : _("the next line connects and enters the room as %s"),
                 app->nick);
        app_info(app, _("  /help            all commands    /quit         or Ctrl-D"));
        return;
    }
    app_info(app, _("  list             what is in the library"));
    app_info(app, _("  get NAME...      download        put FILE...   upload"));
    app_info(app, _("  chat NICK        enter the chat room"));
    app_info(app, _("  help             all commands    quit          or Ctrl-D"));
}

/* ---- lines ---- */

static void edit(struct app *app, struct editor *editor)
{
    while (!app->quitting) {
        char *line;
        enum editor_end end = editor_line(editor, lines_prompt(app), &line);
        if (end == EDITOR_LINE && lines_run(app, line) == APP_CANCELLED)
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
    if (!tty_begin()) {
        tty_end();
        return false;
    }
    editor_begin(editor, app);
    greet(app);
    edit(app, editor);
    editor_finish(editor);
    tty_end();
    return true;
}

enum app_status interactive_run(struct app *app)
{
    struct editor editor;
    if (!can_draw() || !run_edited(app, &editor)) {
        greet(app);
        plain_run(app);
    }
    return APP_DONE;
}
