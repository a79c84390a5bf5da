/* bench/common/options.c: see options.h */
#include "common/options.h"

#include <getopt.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

#include "common/arguments.h"
#include "common/cpus.h"
#include "common/fail.h"

enum { ROWS = 32, LONG_ONLY = 256, HELP = LONG_ONLY + ROWS };

int options_wrong(const struct options *options, const char *why)
{
    (void)fprintf(stderr, "%s: %s; see %s --help\n", options->command, why, options->command);
    return 2;
}

static bool row_take(const struct options *options, const struct option_row *row, const char *text)
{
    double *number = row->to.at, whole;
    switch (row->kind) {
    case OPTION_YES:
    case OPTION_NO: *(bool *)row->to.at = row->kind == OPTION_YES; return true;
    case OPTION_COUNT:
    case OPTION_SIZE:
        if (!argument_number(text, row->min, row->max, &whole) || whole != floor(whole))
            return false;
        if (row->kind == OPTION_COUNT)
            *(unsigned int *)row->to.at = (unsigned int)whole;
        else
            *(uint64_t *)row->to.at = (uint64_t)whole;
        return true;
    case OPTION_NUMBER: return argument_number(text, row->min, row->max, number);
    case OPTION_PERCENT: return argument_number(text, 0, 100, number) && ((*number /= 100), true);
    case OPTION_TEXT: *(const char **)row->to.at = text; return text != NULL && *text != '\0';
    case OPTION_CPUS: return cpus_read(text, row->to.at);
    default: return row->to.take(options->context, text);
    }
}

/* For getopt_long: "-" has words come as option 1, also if POSIXLY_CORRECT is set. */
static void rows_translate(const struct options *options, struct option *longs, char *shorts)
{
    size_t n = 0;
    shorts[n++] = '-';
    shorts[n++] = ':';
    for (size_t i = 0; i < options->count && i < ROWS; i++) {
        const struct option_row *row = &options->rows[i];
        bool valued = row->kind != OPTION_YES && row->kind != OPTION_NO;
        longs[i] = (struct option){row->name, valued, NULL, LONG_ONLY + (int)i};
        if (row->letter != 0)
            shorts[n++] = (char)row->letter;
        if (row->letter != 0 && valued)
            shorts[n++] = ':';
    }
    longs[options->count] = (struct option){"help", no_argument, NULL, HELP};
    shorts[n++] = 'h';
    shorts[n] = '\0';
}

static const struct option_row *row_find(const struct options *options, int option)
{
    for (size_t i = 0; i < options->count; i++)
        if (option == options->rows[i].letter || option == LONG_ONLY + (int)i)
            return &options->rows[i];
    return NULL;
}

static bool word_take(const struct options *options, const char *text, char why[WHY])
{
    if (options->word != NULL)
        return options->word(options->context, text, why);
    return fail(why, "'%.60s' is no option", text);
}

int options_read(const struct options *options, int argc, char **argv)
{
    struct option longs[ROWS + 2] = {{0}};
    char shorts[2 * ROWS + 4], why[WHY];
    rows_translate(options, longs, shorts);
    optind = opterr = 0; /* getopt may have been used before */
    for (int option; (option = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        const char *given = argv[optind - 1];
        const struct option_row *row = row_find(options, option);
        if (option == HELP || option == 'h')
            return fputs(options->help, stdout) < 0;
        (void)fail(why, option == ':' ? "%.60s needs a value" : "there is no option %.60s", given);
        if (row != NULL)
            (void)fail(why, "'%.60s' is nothing for --%s", optarg != NULL ? optarg : "", row->name);
        if (option == 1 ? !word_take(options, optarg, why)
                        : row == NULL || !row_take(options, row, optarg))
            return options_wrong(options, why);
    }
    for (; optind < argc; optind++)
        if (!word_take(options, argv[optind], why))
            return options_wrong(options, why);
    return -1;
}
