/* bench/charts/gnuplot.c: see gnuplot.h */
#include "charts/gnuplot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "common/fail.h"

/* -d: no ~/.gnuplot. The names come as variables, so the shell makes nothing of what is in them. */
static const char command[] =
    "cd -- \"$FOLDER\" && exec timeout 60 gnuplot -d \"$SCRIPT\" 2>&1 </dev/null";

bool gnuplot_run(const char *folder, const char *script, char why[WHY])
{
    char printed[301] = "", byte[2] = "";
    FILE *gnuplot = setenv("FOLDER", folder, 1) == 0 && setenv("SCRIPT", script, 1) == 0
                        ? popen(command, "re")
                        : NULL;
    if (gnuplot == NULL)
        return fail(why, "gnuplot: %s", strerror(errno));
    for (int c; (c = getc(gnuplot)) != EOF;) { /* its last words, on one line */
        byte[0] = (char)(c < ' ' ? ' ' : c);
        size_t length = strlen(printed);
        if (length == sizeof printed - 1)
            memmove(printed, printed + 1, length--);
        memcpy(printed + length, byte, 2);
    }
    int status = pclose(gnuplot);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 124)
        return fail(why, "gnuplot took more than a minute");
    const char *words = printed + strspn(printed, " ");
    return fail(why, "gnuplot failed: %s%s", *words != '\0' ? words : "no message",
                WIFEXITED(status) && WEXITSTATUS(status) == 127 ? " (install gnuplot-nox)" : "");
}
