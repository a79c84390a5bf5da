/* client/plain.c: see plain.h */
#include "plain.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/input.h"
#include "lines.h"

/* Waits for the next line, and prints events that arrive meanwhile. NULL: the input has ended, or
 * was cancelled. */
static char *next_line(struct app *app, struct input *input, bool *cancelled)
{
    struct input_line line;
    *cancelled = false;
    while (!input_take(input, &line)) {
        bool ready = lab_event_ready(app->lab);
        struct pollfd ends[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = app_cancel_fd(), .events = POLLIN},
                                {.fd = lab_fd(app->lab), .events = POLLIN}};
        if (input->ended || (poll(ends, 3, ready ? 0 : -1) < 0 && errno != EINTR))
            return NULL;
        *cancelled = app_cancelled();
        if (*cancelled)
            return NULL;
        if (ready || ends[2].revents != 0) {
            (void)putchar('\n');
            lines_print_events(app);
            (void)fputs(lines_prompt(app), stdout);
            (void)fflush(stdout);
        }
        if (ends[0].revents != 0)
            input_read(input);
    }
    return line.text;
}

void plain_run(struct app *app)
{
    struct input *input = malloc(sizeof *input); /* 64 KiB: not on the stack */
    if (input == NULL)
        return;
    input_begin(input, STDIN_FILENO);
    while (!app->quitting) {
        bool cancelled;
        (void)fputs(lines_prompt(app), stdout);
        (void)fflush(stdout);
        char *line = next_line(app, input, &cancelled);
        if (line == NULL) {
            (void)putchar('\n');
            app_cancel_reset();
            app->quitting = !cancelled;
        } else {
            (void)lines_run(app, line);
        }
    }
    free(input);
}
