/* bench/common/arguments.c: see arguments.h */
#include "common/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double argument_parse(const char *text, char **end)
{
    static const char units[] = "KMG";
    double number = strtod(text, end);
    const char *unit = *end != text && **end != '\0' ? strchr(units, **end) : NULL;
    for (const char *at = units; unit != NULL && at <= unit; at++)
        number *= 1024;
    *end += unit != NULL;
    return number;
}

bool argument_number(const char *text, double least, double most, double *number)
{
    char *end;
    *number = argument_parse(text, &end);
    return end != text && *end == '\0' && *number >= least && *number <= most; /* NaN is neither */
}

void arguments_print(char *text, size_t size, int argc, char **argv)
{
    size_t n = 0;
    for (int i = 0; i < argc && n < size; i++) {
        const char *quote = strpbrk(argv[i], " {}$*?&;|<>()\"\\") != NULL ? "'" : "";
        int more = snprintf(text + n, size - n, "%s%s%s%s", i > 0 ? " " : "lab-bench ", quote,
                            argv[i], quote);
        n += more > 0 ? (size_t)more : 0;
    }
}
