/* bench/results/sample.c: a sample, its line in samples.tsv, its figures: see sample.h */
#include "results/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "results/field.h"

const char *const sample_state_word[SAMPLE_STATES] = {
    [SAMPLE_GOOD] = "good",       [SAMPLE_STEAL] = "steal",         [SAMPLE_OTHERS] = "others",
    [SAMPLE_LIMIT] = "limit",     [SAMPLE_GENERATOR] = "generator", [SAMPLE_ERRORS] = "errors",
    [SAMPLE_CRASHED] = "crashed", [SAMPLE_CANNOT] = "cannot",
};

#define COLUMN(name, kind, member) FIELD(name, kind, struct sample, member)
static const struct field columns[] = {
    COLUMN("experiment", TEXT, experiment),
    COLUMN("server", TEXT, server),
    COLUMN("x", NUMBER, x),
    COLUMN("round", SMALL, round),
    COLUMN("attempt", SMALL, attempt),
    COLUMN("state", STATE, state),
    COLUMN("note", TEXT, note),
    COLUMN("seconds", NUMBER, seconds),
    COLUMN("planned_s", NUMBER, planned),
    COLUMN("requests", LARGE, requests),
    COLUMN("deliveries", LARGE, deliveries),
    COLUMN("bytes", LARGE, bytes),
    COLUMN("p50_us", NUMBER, p50),
    COLUMN("p99_us", NUMBER, p99),
    COLUMN("p999_us", NUMBER, p999),
    COLUMN("max_us", NUMBER, max),
    COLUMN("uncorrected_p99_us", NUMBER, raw_p99),
    COLUMN("uncorrected_p999_us", NUMBER, raw_p999),
    COLUMN("spectrum_us", LIST, spectrum),
    COLUMN("uncorrected_spectrum_us", LIST, raw_spectrum),
    COLUMN("user_s", NUMBER, user),
    COLUMN("system_s", NUMBER, system),
    COLUMN("pss_bytes", NUMBER, pss),
    COLUMN("page_table_bytes", NUMBER, page_tables),
    COLUMN("before_bytes", NUMBER, memory_before),
    COLUMN("page_table_before_bytes", NUMBER, page_tables_before),
    COLUMN("kernel_bytes", NUMBER, kernel),
    COLUMN("kernel_before_bytes", NUMBER, kernel_before),
    COLUMN("processes", NUMBER, processes),
    COLUMN("threads", NUMBER, threads),
    COLUMN("server_cpus", NUMBER, server_cpus),
    COLUMN("offered_per_s", NUMBER, offered),
    COLUMN("steal", NUMBER, steal),
    COLUMN("others", NUMBER, others),
    COLUMN("generator_s", NUMBER, own_seconds),
    COLUMN("generator_share", NUMBER, own_share),
    COLUMN("lag_p99_us", NUMBER, lag_p99),
    COLUMN("errors_refused", LARGE, errors[LOAD_REFUSED]),
    COLUMN("errors_reset", LARGE, errors[LOAD_RESET]),
    COLUMN("errors_closed", LARGE, errors[LOAD_CLOSED]),
    COLUMN("errors_timeout", LARGE, errors[LOAD_TIMEOUT]),
    COLUMN("errors_busy", LARGE, errors[LOAD_BUSY]),
    COLUMN("errors_wrong", LARGE, errors[LOAD_WRONG]),
    COLUMN("errors_ports", LARGE, errors[LOAD_PORTS]),
    COLUMN("errors_descriptors", LARGE, errors[LOAD_DESCRIPTORS]),
    COLUMN("errors_other", LARGE, errors[LOAD_OTHER]),
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

void sample_figures_clear(struct sample *sample)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        void *member = (char *)sample + columns[i].offset;
        if (columns[i].offset < offsetof(struct sample, seconds))
            continue;
        memset(member, 0, columns[i].size);
        for (size_t n = 0; n < columns[i].size / sizeof(double); n++)
            if (columns[i].kind == FIELD_NUMBER || columns[i].kind == FIELD_LIST)
                ((double *)member)[n] = NAN;
    }
}

void sample_clear(struct sample *sample)
{
    memset(sample, 0, sizeof *sample);
    sample_figures_clear(sample);
}

/* --- writing ------------------------------------------------------------------------------- */

bool sample_write_head(FILE *out)
{
    for (size_t i = 0; i < COLUMNS; i++)
        (void)fprintf(out, "%s%s", i > 0 ? "\t" : "", columns[i].name);
    return fputc('\n', out) != EOF && ferror(out) == 0;
}

bool sample_write(FILE *out, const struct sample *sample)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i > 0)
            (void)fputc('\t', out);
        field_write(out, &columns[i], sample);
    }
    return fputc('\n', out) != EOF && ferror(out) == 0;
}

/* --- reading ------------------------------------------------------------------------------- */

enum { FIELDS_MAX = 128 }; /* in a file that a later version wrote */

struct reader {
    FILE *in;
    char *line;
    size_t size, number; /* of the line */
    char *texts[FIELDS_MAX];
    const struct field *meaning[FIELDS_MAX]; /* NULL: not known */
};

/* Splits the next whole line. Returns how many fields there are; 0 at the end of the file. */
static size_t line_read(struct reader *reader)
{
    ssize_t length = getline(&reader->line, &reader->size, reader->in);
    size_t count = 0;
    if (length <= 0 || reader->line[length - 1] != '\n')
        return 0;
    reader->line[length - 1] = '\0';
    reader->number++;
    for (char *rest = reader->line; rest != NULL && count < FIELDS_MAX;)
        reader->texts[count++] = strsep(&rest, "\t");
    return count;
}

static bool row_read(const struct reader *reader, size_t count, struct sample *sample,
                     char why[WHY])
{
    sample_clear(sample);
    for (size_t f = 0; f < count; f++) {
        const struct field *column = reader->meaning[f];
        if (column != NULL && !field_read(column, sample, reader->texts[f]))
            return fail(why, "line %zu: '%.40s' is no %s", reader->number, reader->texts[f],
                        column->name);
    }
    return true;
}

static bool rows_read(struct reader *reader, struct sample **samples, size_t *count, char why[WHY])
{
    size_t fields = line_read(reader), found;
    bool known = false;
    for (size_t f = 0; f < fields; f++) {
        reader->meaning[f] = field_find(columns, COLUMNS, reader->texts[f]);
        known = known || reader->meaning[f] == &columns[0];
    }
    if (!known)
        return fail(why, "no line with the names of columns");
    while ((found = line_read(reader)) > 0) {
        struct sample *more = realloc(*samples, (*count + 1) * sizeof *more);
        if (more == NULL)
            return fail(why, "no memory");
        *samples = more;
        if (found != fields)
            return fail(why, "line %zu: %zu fields, not %zu", reader->number, found, fields);
        if (!row_read(reader, fields, &more[(*count)++], why))
            return false;
    }
    return ferror(reader->in) == 0 || fail(why, "line %zu can't be read", reader->number + 1);
}

/* The first round shows how long samples may be. Those of another length have other percentiles. */
static void trials_mark(struct sample *samples, size_t count)
{
    for (struct sample *s = samples; s < samples + count; s++)
        for (const struct sample *t = samples; t < samples + count && !s->trial; t++)
            s->trial = t->planned > s->planned * 1.001 && fabs(t->x - s->x) <= 0 &&
                       strcmp(t->experiment, s->experiment) == 0;
}

bool sample_read_all(FILE *in, struct sample **samples, size_t *count, char why[WHY])
{
    struct reader reader = {.in = in};
    *samples = NULL;
    *count = 0;
    bool ok = rows_read(&reader, samples, count, why);
    free(reader.line);
    trials_mark(*samples, *count);
    if (!ok) {
        free(*samples);
        *samples = NULL;
        *count = 0;
    }
    return ok;
}

/* --- figures ------------------------------------------------------------------------------- */

/* NaN if there is nothing to divide by. */
static double quotient(double a, double b)
{
    return b > 0 ? a / b : NAN;
}

double sample_figure(const struct sample *s, enum figure figure)
{
    double requests = (double)s->requests, server = s->user + s->system;
    double client = quotient(s->pss + s->page_tables - s->memory_before, s->x);
    double kernel = s->x < SAMPLE_KERNEL ? NAN : quotient(s->kernel - s->kernel_before, s->x);
    double in_both = quotient(s->page_tables - s->page_tables_before, s->x);
    switch (figure) {
    case FIGURE_COST: return 1e6 * quotient(server, requests);
    case FIGURE_BOTH_COST: return 1e6 * quotient(server + s->own_seconds, requests);
    case FIGURE_OWN_COST: return 1e6 * quotient(s->own_seconds, requests);
    case FIGURE_DELIVERY_COST: return 1e6 * quotient(server, (double)s->deliveries);
    case FIGURE_GIB_COST: return 0x1p30 * quotient(server, (double)s->bytes);
    case FIGURE_CLIENT_MEMORY: return client;
    case FIGURE_KERNEL_MEMORY: return kernel;
    case FIGURE_ALL_MEMORY: return client + kernel - in_both;
    case FIGURE_RATE: return quotient(requests, s->seconds);
    case FIGURE_DELIVERIES: return quotient((double)s->deliveries, s->seconds);
    case FIGURE_GIB_RATE: return quotient((double)s->bytes, s->seconds) / 0x1p30;
    case FIGURE_BUSY: return 100 * quotient(server, s->seconds);
    case FIGURE_P50: return s->p50;
    case FIGURE_P99: return s->p99;
    case FIGURE_P999: return s->p999;
    case FIGURE_LONGEST: return s->max;
    case FIGURE_LAG: return s->lag_p99;
    }
    return NAN;
}

enum number_kind figure_kind(enum figure figure)
{
    if (figure >= FIGURE_CLIENT_MEMORY && figure <= FIGURE_ALL_MEMORY)
        return NUMBER_BYTES;
    return figure <= FIGURE_DELIVERY_COST || figure >= FIGURE_P50 ? NUMBER_TIME : NUMBER_PLAIN;
}

bool figure_is_cost(enum figure figure)
{
    return figure <= FIGURE_ALL_MEMORY;
}

bool figure_is_rate(enum figure figure)
{
    return figure >= FIGURE_RATE && figure <= FIGURE_GIB_RATE;
}
