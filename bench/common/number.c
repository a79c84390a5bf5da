/* number.c: see number.h */
#include "common/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A unit and how many of the base it is. */
struct scale {
    double size;
    const char *word;
};
static const struct scale times[] = {{1e-3, " ns"}, {1, " µs"}, {1e3, " ms"}, {1e6, " s"}};
static const struct scale bytes[] = {
    {1, " B"}, {1024, " KiB"}, {1048576, " MiB"}, {1073741824, " GiB"}};
static const struct scale plain[] = {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}};

static const struct scale *scale_for(enum number_kind kind, double value)
{
    const struct scale *all = kind == NUMBER_TIME ? times : kind == NUMBER_BYTES ? bytes : plain;
    size_t i = kind == NUMBER_TIME && value == 0;
    while (i < 3 && fabs(value) >= all[i + 1].size * 0.9995)
        i++;
    return &all[i];
}

const char *number_axis(enum number_kind kind, double value, char text[NUMBER_TEXT])
{
    const struct scale *scale = scale_for(kind, value);
    if (kind == NUMBER_PLAIN && fabs(value) < 9999.5)
        (void)snprintf(text, NUMBER_TEXT, "%.4g", value);
    else
        (void)snprintf(text, NUMBER_TEXT, "%.4g%s", value / scale->size, scale->word);
    return text;
}

/* A comma between thousands. */
static void group(const char *raw, char text[NUMBER_TEXT])
{
    size_t used = 0, len = strcspn(raw, ".");
    for (size_t i = 0; raw[i] != '\0' && used < NUMBER_TEXT - 2; i++) {
        text[used++] = raw[i];
        if (i + 1 < len && (len - i - 1) % 3 == 0 && raw[i] != '-')
            text[used++] = ',';
    }
    text[used] = '\0';
}

/* Three digits. */
static void digits(double value, char text[NUMBER_TEXT])
{
    char raw[NUMBER_TEXT];
    int places = value == 0 ? 0 : 2 - (int)floor(log10(fabs(value) * 1.0005));
    int shown = places < 0 ? 0 : places < 9 ? places : 9;
    double unit = pow(10, -places);
    (void)snprintf(raw, sizeof raw, "%.*f", shown, round(value / unit) * unit);
    group(raw, text);
}

const char *number_exact(enum number_kind kind, double value, char text[NUMBER_TEXT])
{
    char raw[NUMBER_TEXT];
    if (kind != NUMBER_PLAIN)
        return number_axis(kind, value, text);
    (void)snprintf(raw, sizeof raw, "%.10g", value);
    group(raw, text);
    return text;
}

const char *number_table(enum number_kind kind, double value, char text[NUMBER_TEXT])
{
    char figure[NUMBER_TEXT];
    if (!isfinite(value) || fabs(value) >= 1e15) {
        (void)snprintf(text, NUMBER_TEXT, "–");
    } else if (kind == NUMBER_PLAIN) {
        digits(value, text);
    } else {
        const struct scale *scale = scale_for(kind, value);
        digits(value / scale->size, figure);
        (void)snprintf(text, NUMBER_TEXT, "%.15s%s", figure, scale->word);
    }
    return text;
}

const char *number_ratio(double value, char text[NUMBER_TEXT])
{
    if (!(fabs(value) < 9.95))
        return number_table(NUMBER_PLAIN, value, text);
    (void)snprintf(text, NUMBER_TEXT, "%.2f", value);
    return text;
}
