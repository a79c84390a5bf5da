/* bench/results/sample.c: a sample, its line in samples.tsv, its figures: see sample.h */
#include "results/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "results/field.h"

const char *const sample_state_word[SAMPLE_STATES] = {
    [SAMPLE_GOOD] = "good",     [SAMPLE_STEAL] = "steal",     [SAMPLE_GENERATOR] = "generator",
    [SAMPLE_ERRORS] = "errors", [SAMPLE_CRASHED] = "crashed", [SAMPLE_CANNOT] = "cannot",
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
    COLUMN("requests", LARGE, requests),
    COLUMN("deliveries", LARGE, deliveries),
    COLUMN("bytes", LARGE, bytes),
    COLUMN("p50_us", NUMBER, p50),
    COLUMN("p99_us", NUMBER, p99),
    COLUMN("p999_us", NUMBER, p999),
    COLUMN("max_us", NUMBER, most),
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

enum { FIELDS_MOST = 128 }; /* in a file that a later version wrote */

struct reader {
    FILE *in;
    char *line;
    size_t size, number; /* of the line */
    char *texts[FIELDS_MOST];
    const struct field *meaning[FIELDS_MOST]; /* NULL: not known */
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
    for (char *rest = reader->line; rest != NULL && count < FIELDS_MOST;)
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

bool sample_read_all(FILE *in, struct sample **samples, size_t *count, char why[WHY])
{
    struct reader reader = {.in = in};
    *samples = NULL;
    *count = 0;
    bool ok = rows_read(&reader, samples, count, why);
    free(reader.line);
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

double sample_rate(const struct sample *sample)
{
    return quotient((double)sample->requests, sample->seconds);
}

double sample_cost(const struct sample *sample)
{
    return 1e6 * quotient(sample->user + sample->system, (double)sample->requests);
}

double sample_both_cost(const struct sample *sample)
{
    double seconds = sample->user + sample->system + sample->own_seconds;
    return 1e6 * quotient(seconds, (double)sample->requests);
}

double sample_deliveries(const struct sample *sample)
{
    return quotient((double)sample->deliveries, sample->seconds);
}

double sample_delivery_cost(const struct sample *sample)
{
    return 1e6 * quotient(sample->user + sample->system, (double)sample->deliveries);
}

double sample_gib_cost(const struct sample *sample)
{
    return 0x1p30 * quotient(sample->user + sample->system, (double)sample->bytes);
}

double sample_gib_rate(const struct sample *sample)
{
    return quotient((double)sample->bytes, sample->seconds) / 0x1p30;
}

bool sample_is_cost(double (*value)(const struct sample *sample))
{
    return value == sample_cost || value == sample_both_cost || value == sample_delivery_cost ||
           value == sample_gib_cost || value == sample_client_memory ||
           value == sample_kernel_memory || value == sample_all_memory;
}

double sample_client_memory(const struct sample *sample)
{
    return quotient(sample->pss + sample->page_tables - sample->memory_before, sample->x);
}

double sample_kernel_memory(const struct sample *sample)
{
    return quotient(sample->kernel - sample->kernel_before, sample->x);
}

double sample_all_memory(const struct sample *sample)
{
    double twice = quotient(sample->page_tables - sample->page_tables_before, sample->x);
    return sample_client_memory(sample) + sample_kernel_memory(sample) - twice;
}

double sample_p50(const struct sample *sample)
{
    return sample->p50;
}

double sample_p99(const struct sample *sample)
{
    return sample->p99;
}

double sample_p999(const struct sample *sample)
{
    return sample->p999;
}

double sample_last(const struct sample *sample)
{
    return sample->most;
}
