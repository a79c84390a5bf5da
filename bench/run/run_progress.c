/* bench/run/run_progress.c: one line that is overwritten on a terminal; elsewhere a line now and
 * then */
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/seconds.h"
#include "run/run.h"

enum { LINE_SECONDS = 15 };

static bool shown; /* there is a line that is to be overwritten */

void progress_clear(void)
{
    if (shown)
        (void)fputs("\r\033[K", stderr);
    shown = false;
}

void progress_print(const char *format, ...)
{
    va_list arguments;
    progress_clear();
    (void)fflush(stdout);
    va_start(arguments, format);
    (void)fputs("lab-bench: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

/* The time that is left, by the speed so far; by the plan as long as little is done. */
static double seconds_left(const struct run *run)
{
    double left = run->work_all - run->work_done, spent = seconds_now() - run->began;
    double pace = run->work_done > 0.05 * run->work_all ? spent / run->work_done : 1;
    return left > 0 ? left * pace : 0;
}

/* A line that wraps can't be overwritten. The last column stays free: some terminals wrap there. */
static int columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return 79;
    return size.ws_col - 1;
}

void progress_show(struct run *run, unsigned int round, const struct run_block *block,
                   size_t server)
{
    double done = run->work_all > 0 ? 100 * run->work_done / run->work_all : 0;
    int left = (int)seconds_left(run) + 1;
    char line[160];
    if (isatty(STDERR_FILENO) == 0) {
        if (seconds_now() - run->line_at < LINE_SECONDS)
            return;
        run->line_at = seconds_now();
        (void)fprintf(stderr, "round %u of %u, %s: %.0f %% done, %d:%02d left\n", round,
                      run->options.reps, block->experiment->name, done, left / 60, left % 60);
        return;
    }
    (void)snprintf(line, sizeof line, "%3.0f %%  %d:%02d left  round %u of %u  %s %g  %s", done,
                   left / 60, left % 60, round, run->options.reps, block->experiment->name,
                   block->x, run->options.servers[server].name);
    (void)fprintf(stderr, "\r\033[K%.*s", columns(), line);
    (void)fflush(stderr);
    shown = true;
}
