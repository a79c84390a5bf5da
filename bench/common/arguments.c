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

bool argument_number(const char *text, double min, double max, double *number)
{
    char *end;
    *number = argument_parse(text, &end);
    return end != text && *end == '\0' && *number >= min && *number <= max; /* NaN is neither */
}

int argument_word(const char *text, const char *const words[], int count)
{
    while (--count >= 0 && strcmp(text, words[count]) != 0)
        continue;
    return count;
}

void arguments_print(char *text, size_t size, int argc, char **argv)
{
    static const char plain[] = "%+,-./0123456789:=@_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz";
    size_t n = (size_t)snprintf(text, size, "lab-bench");
    for (int i = 0; i < argc && n < size; i++) {
        const char *at = argv[i], *quote = *at != '\0' && at[strspn(at, plain)] == '\0' ? "" : "'";
        n += (size_t)snprintf(text + n, size - n, " %s", quote);
        for (; *at != '\0' && n < size; at++) /* a quote can't be quoted by quotes */
            n += (size_t)snprintf(text + n, size - n, "%s%c", *at == '\'' ? "'\\'" : "", *at);
        if (n < size)
            n += (size_t)snprintf(text + n, size - n, "%s", quote);
    }
}
