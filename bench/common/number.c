/* number.c: see number.h */
#include "common/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum number_kind number_kind_of(const char *label)
{
    if (strstr(label, "µs") != NULL || strstr(label, "microsecond") != NULL)
        return NUMBER_TIME;
    return strstr(label, "bytes") != NULL ? NUMBER_BYTES : NUMBER_PLAIN;
}

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
    size_t i = kind == NUMBER_TIME ? 1 : 0;
    if (kind == NUMBER_TIME && fabs(value) < 0.9995 && value != 0)
        i = 0;
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
        (void)snprintf(text, NUMBER_TEXT, "%.4g%s", value / scale->size,
                       value == 0 ? "" : scale->word);
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
    if (value == 0) {
        (void)snprintf(text, NUMBER_TEXT, "0");
        return;
    }
    int places = 2 - (int)floor(log10(fabs(value) * 1.0005));
    double unit = pow(10, -places);
    (void)snprintf(raw, sizeof raw, "%.*f",
                   places < 0   ? 0
                   : places < 9 ? places
                                : 9,
                   round(value / unit) * unit);
    group(raw, text);
}

const char *number_exact(enum number_kind kind, double value, char text[NUMBER_TEXT])
{
    char raw[NUMBER_TEXT];
    if (kind != NUMBER_PLAIN)
        return number_axis(kind, value, text);
    (void)snprintf(raw, sizeof raw, "%.10g", value);
    if (strchr(raw, 'e') == NULL)
        group(raw, text);
    else
        memcpy(text, raw, sizeof raw);
    return text;
}

const char *number_table(enum number_kind kind, double value, char text[NUMBER_TEXT])
{
    char figure[NUMBER_TEXT];
    if (!isfinite(value) || fabs(value) >= 1e15) {
        (void)snprintf(text, NUMBER_TEXT, "–");
        return text;
    }
    if (kind == NUMBER_PLAIN) {
        digits(value, text);
        return text;
    }
    const struct scale *scale = scale_for(kind, value);
    digits(value / scale->size, figure);
    (void)snprintf(text, NUMBER_TEXT, "%.15s%s", figure, scale->word);
    return text;
}

const char *number_ratio(double value, char text[NUMBER_TEXT])
{
    if (!isfinite(value) || fabs(value) >= 1e15)
        (void)snprintf(text, NUMBER_TEXT, "–");
    else if (fabs(value) < 9.95)
        (void)snprintf(text, NUMBER_TEXT, "%.2f", value);
    else
        digits(value, text);
    return text;
}

static size_t steps_even(double *low, double *high, double *steps, size_t room)
{
    double span = fmax(*high - *low, 1e-9);
    double power = pow(10, floor(log10(span / 4)));
    double step = power;
    if (span / step > 5)
        step = 2 * power;
    if (span / step > 5)
        step = 5 * power;
    if (span / step > 5)
        step = 10 * power;
    double first = floor(*low / step + 1e-9), last = ceil(*high / step - 1e-9);
    size_t count = 0;
    for (double i = first; i <= last && count < room; i++)
        steps[count++] = i * step;
    *low = first * step;
    *high = last * step;
    return count;
}

/* The nearest step at or below (up: at or above) a value: factors are those of one period. */
static double step_near(double value, double base, const double *factors, size_t many, bool up)
{
    double unit = pow(base, floor(log(value) / log(base) + 1e-9));
    double found = unit;
    for (size_t i = 0; i < many; i++)
        if (factors[i] * unit <= value * (1 + 1e-9))
            found = factors[i] * unit;
    if (!up || found >= value * (1 - 1e-9))
        return found;
    for (size_t i = 0; i < many; i++)
        if (factors[i] * unit > value)
            return factors[i] * unit;
    return base * unit;
}

static size_t steps_log(double base, const double *factors, size_t many, double low, double high,
                        double *steps, size_t room)
{
    size_t count = 0;
    double unit = pow(base, floor(log(low) / log(base) + 1e-9));
    while (unit <= high * (1 + 1e-9)) {
        for (size_t i = 0; i < many; i++) {
            double step = unit * factors[i];
            if (step < low * (1 - 1e-9) || step > high * (1 + 1e-9))
                continue;
            if (count == room)
                return room + 1;
            steps[count++] = step;
        }
        unit *= base;
    }
    return count;
}

size_t number_steps(enum number_kind kind, bool log, double *low, double *high, double *steps,
                    size_t room)
{
    static const double decimal[] = {1, 2, 5}, doubling[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
    if (!log)
        return steps_even(low, high, steps, room);
    bool binary = kind == NUMBER_BYTES;
    double base = binary ? 1024 : 10;
    const double *factors = binary ? doubling : decimal;
    size_t many = binary ? 10 : 3;
    if (!binary && *high / *low < 4) { /* 1, 2, 5 would leave one or two steps: even ones */
        double from = *low, to = *high;
        size_t count = steps_even(&from, &to, steps, room);
        if (from > 0) {
            *low = from;
            *high = to;
            return count;
        }
    }
    *low = step_near(*low, base, factors, many, false);
    *high = step_near(*high, base, factors, many, true);
    size_t count = steps_log(base, factors, many, *low, *high, steps, room < 8 ? room : 8);
    for (double wide = base; count > room || count > 8; wide *= binary ? 4 : base)
        count = steps_log(binary ? fmin(wide / 256, 1e12) : wide, decimal, 1, *low, *high, steps,
                          room < 8 ? room : 8);
    return count;
}
