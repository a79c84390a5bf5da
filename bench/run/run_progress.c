/* bench/run/run_progress.c: what the user sees meanwhile */
#include <stdarg.h>

#include "common/seconds.h"
#include "run/run.h"

enum { STEP = 5 }; /* per cent */

void progress_print(const char *format, ...)
{
    va_list arguments;
    (void)fflush(stdout);
    va_start(arguments, format);
    (void)fputs("lab-bench: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
}

void run_note(struct run *run, const char *format, ...)
{
    char sentence[RUNFILE_NOTE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    progress_print("%s", sentence);
    runfile_note(&run->file, "%s", sentence);
}

/* The time that is left, by the speed so far. */
void progress_show(struct run *run, unsigned int round)
{
    double done = (double)run->samples_done / (double)run->samples_all;
    double spent = seconds_now() - run->began, left = done > 0 ? spent / done - spent : 0;
    int percent = (int)(100 * done) / STEP * STEP;
    if (percent <= run->shown)
        return;
    run->shown = percent;
    (void)fprintf(stderr, "%3d %%, round %u of %u, %d:%02d left\n", percent, round,
                  run->options.reps, (int)left / 60, (int)left % 60);
}
