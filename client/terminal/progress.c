/* client/terminal/progress.c: see progress.h */
#include "terminal/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/translate.h"
#include "terminal/tty.h"
#include "terminal/wide.h"

enum { BETWEEN = 100 }; /* milliseconds between two drawings */

void progress_begin(struct progress *progress, const char *name, bool shown, uint64_t from)
{
    int64_t now = clock_now();
    *progress = (struct progress){
        .name = name, .shown = shown, .begun = now, .drawn_at = now, .from = from, .done = from};
}

const char *progress_bytes(char to[24], uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(to, 24, PLURAL("%u byte", "%u bytes", bytes), (unsigned int)bytes);
        return to;
    }
    /* 1024.0 of a unit is 1.0 of the next */
    for (; value >= 1023.95 && unit < 5; unit++)
        value /= 1024;
    snprintf(to, 24, "%.1f %s", value, units[unit]);
    return to;
}

const char *progress_seconds(char to[24], uint64_t seconds)
{
    unsigned int rest = (unsigned int)(seconds % 3600);
    if (seconds < 3600)
        snprintf(to, 24, "%u:%02u", rest / 60, rest % 60);
    else if (seconds / 3600 < 10000)
        snprintf(to, 24, "%u:%02u:%02u", (unsigned int)(seconds / 3600), rest / 60, rest % 60);
    else
        snprintf(to, 24, "%s", _("ages"));
    return to;
}

static unsigned int percent(const struct progress *progress)
{
    if (progress->done >= progress->total)
        return 100;
    return (unsigned int)((double)progress->done / (double)progress->total * 100);
}

static void rate_and_rest(const struct progress *progress, int64_t ms, char *to, size_t size)
{
    char a[24], b[24], rate[24], left[24] = "-:--";
    double second = (double)(progress->done - progress->from) / (double)(ms > 0 ? ms : 1) * 1000;
    if (second >= 1 && progress->total >= progress->done)
        progress_seconds(left, (uint64_t)((double)(progress->total - progress->done) / second + 1));
    snprintf(to, size, _("%3u %%  %s of %s  %s/s  %s left"), percent(progress),
             progress_bytes(a, progress->done), progress_bytes(b, progress->total),
             progress_bytes(rate, (uint64_t)second), left);
}

void progress_line(const struct progress *progress, int64_t ms, int columns, char *to,
                   unsigned int size)
{
    char tail[160];
    size_t wide = columns > 1 ? (size_t)columns - 1 : 0; /* a line that is full may wrap */
    size_t name = wide_columns(progress->name);
    rate_and_rest(progress, ms, tail, sizeof tail);
    if (wide_columns(tail) + 2 + (name < 12 ? name : 12) > wide)
        snprintf(tail, sizeof tail, "%3u %%", percent(progress));
    if (wide_columns(tail) > wide) {
        snprintf(to, size, "%s", "");
        return;
    }
    size_t left = wide - wide_columns(tail);
    size_t room = left < 2 ? 0 : left - 2;
    bool cut = name > room;
    int fits = (int)wide_fit(progress->name, cut && room > 0 ? room - 1 : room);
    snprintf(to, size, "%.*s%s%s%s", fits, progress->name, cut && room > 0 ? "…" : "",
             room > 0 ? "  " : "", tail);
}

static int terminal_columns(void)
{
    struct winsize window;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0)
        return 80;
    return window.ws_col;
}

/* One write for a line: nothing can come between its parts. The cursor stays at its beginning,
 * and all below is erased: when the terminal gets narrower and wraps the line, that is all of its
 * rows. */
static void progress_draw(const char *line)
{
    char bytes[2048];
    int n = snprintf(bytes, sizeof bytes, "\r%s\033[J\r", line);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof bytes ? (size_t)n : sizeof bytes - 1;
    if (write(STDERR_FILENO, bytes, len) < 0) {
        /* no reason to stop the transfer */
    }
}

void progress_step(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    progress->done = done;
    progress->total = total;
    if (!progress->shown)
        return;
    int64_t now = clock_now();
    if (now - progress->drawn_at < BETWEEN || !tty_in_front(STDERR_FILENO))
        return;
    char line[1536];
    progress_line(progress, now - progress->begun, terminal_columns(), line, sizeof line);
    progress_draw(line);
    progress->drawn = true;
    progress->drawn_at = now;
}

void progress_wipe(struct progress *progress)
{
    if (progress->drawn && tty_in_front(STDERR_FILENO))
        progress_draw("");
    progress->drawn = false;
}
