/* client/lines.c: see lines.h */
#include "lines.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"

static const char *model_sentence(const char *model)
{
    static const char *const models[][2] = {
        {"loop", N_("it serves one client at a time")},
        {"fork", N_("each client has a process of its own")},
        {"thread", N_("each client has a thread of its own")},
        {"select", N_("one thread waits for all, by select(2)")},
        {"poll", N_("one thread waits for all, by poll(2)")},
        {"epoll", N_("one thread waits for all, by epoll(7)")},
    };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strcmp(model, models[i][0]) == 0)
            return _(models[i][1]);
    return _("a model this client has not heard of");
}

void lines_introduce(const struct app *app)
{
    const char *model = lab_model(app->lab);
    app_info(app, _("%s port %s, model %s: %s"), app->host, app->port, model,
             model_sentence(model));
}

const char *lines_prompt(const struct app *app)
{
    return app->nick[0] != '\0' ? "> " : "lab> ";
}

static enum app_status run_line(struct app *app, const char *line)
{
    bool met = app->connected_before;
    enum app_status status = app->nick[0] != '\0' ? room_line(app, line) : commands_run(app, line);
    (void)fflush(stdout);
    app_cancel_reset();                  /* it was for the command */
    if (!met && lab_connected(app->lab)) /* it was not there at the beginning */
        lines_introduce(app);
    /* to cancel is to close; a member wants to stay in the room */
    if (status == APP_CANCELLED && app->nick[0] != '\0' && !lab_connected(app->lab))
        (void)app_connect(app);
    return status;
}

enum app_status lines_run(struct app *app, char *text)
{
    enum app_status status = APP_DONE;
    char *line;
    while (status == APP_DONE && !app->quitting && (line = strsep(&text, "\n")) != NULL)
        status = run_line(app, line);
    if (status != APP_DONE && text != NULL && text[0] != '\0')
        app_info(app, _("what was pasted behind that line is left out"));
    return status;
}

void lines_print_events(struct app *app)
{
    enum lab_status status = app_print_events(app);
    if (status == LAB_OK)
        return;
    lab_close(app->lab);
    app_error(app,
              app->nick[0] != '\0' ? _("%s; the next line connects and enters again")
                                   : _("%s; the next command connects again"),
              lab_why(app->lab));
}
