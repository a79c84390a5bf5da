/* bench/results/sample.c: a sample, its row in samples.csv (RFC 4180), its figures: see sample.h */
#include "results/sample.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "results/sample_columns.h"

const char *const sample_state_word[SAMPLE_STATES] = {
    [SAMPLE_GOOD] = "good",     [SAMPLE_STEAL] = "steal",     [SAMPLE_GENERATOR] = "generator",
    [SAMPLE_ERRORS] = "errors", [SAMPLE_CRASHED] = "crashed", [SAMPLE_CANNOT] = "cannot",
    [SAMPLE_TRACED] = "traced",
};

static const struct sample_column columns[] = {
#define COLUMN(name, kind, field)                                                       \
    {                                                                                   \
        name, kind, offsetof(struct sample, field), sizeof(((struct sample *)0)->field) \
    }
    COLUMN("experiment", TEXT, experiment),
    COLUMN("server", TEXT, server),
    COLUMN("x", NUMBER, x),
    COLUMN("round", SMALL, round),
    COLUMN("attempt", SMALL, attempt),
    COLUMN("state", STATE, state),
    COLUMN("note", TEXT, note),
    COLUMN("seconds", NUMBER, seconds),
    COLUMN("requests", COUNT, requests),
    COLUMN("deliveries", COUNT, deliveries),
    COLUMN("bytes", COUNT, bytes),
    COLUMN("p50_us", NUMBER, p50),
    COLUMN("p90_us", NUMBER, p90),
    COLUMN("p99_us", NUMBER, p99),
    COLUMN("p999_us", NUMBER, p999),
    COLUMN("p9999_us", NUMBER, p9999),
    COLUMN("max_us", NUMBER, most),
    COLUMN("mean_us", NUMBER, mean),
    COLUMN("uncorrected_p50_us", NUMBER, raw_p50),
    COLUMN("uncorrected_p99_us", NUMBER, raw_p99),
    COLUMN("uncorrected_p999_us", NUMBER, raw_p999),
    COLUMN("uncorrected_max_us", NUMBER, raw_most),
    COLUMN("user_s", NUMBER, user),
    COLUMN("system_s", NUMBER, system),
    COLUMN("voluntary_switches", NUMBER, voluntary),
    COLUMN("involuntary_switches", NUMBER, involuntary),
    COLUMN("pss_bytes", NUMBER, pss),
    COLUMN("page_table_bytes", NUMBER, page_tables),
    COLUMN("peak_bytes", NUMBER, peak),
    COLUMN("before_bytes", NUMBER, memory_before),
    COLUMN("processes", NUMBER, processes),
    COLUMN("threads", NUMBER, threads),
    COLUMN("calls_per_request", NUMBER, calls),
    COLUMN("steal", NUMBER, steal),
    COLUMN("others", NUMBER, others),
    COLUMN("load1", NUMBER, load1),
    COLUMN("generator_s", NUMBER, own_seconds),
    COLUMN("generator_share", NUMBER, own_share),
    COLUMN("lag_p99_us", NUMBER, lag_p99),
#undef COLUMN
};
enum { NAMED = sizeof columns / sizeof columns[0] };

/* Behind those of the table come the errors, named by load_error_word. */
bool sample_column(size_t i, struct sample_column *column)
{
    size_t error = i - NAMED;
    if (i < NAMED) {
        *column = columns[i];
        return true;
    }
    if (error >= LOAD_ERRORS)
        return false;
    *column = (struct sample_column){
        .kind = COUNT, .offset = offsetof(struct sample, errors) + error * sizeof(uint64_t)};
    (void)snprintf(column->name, sizeof column->name, "errors_%s", load_error_word[error]);
    return true;
}

void sample_clear(struct sample *sample)
{
    memset(sample, 0, sizeof *sample);
    for (size_t i = 0; i < NAMED; i++) {
        void *field = (char *)sample + columns[i].offset;
        if (columns[i].kind == NUMBER)
            *(double *)field = NAN;
    }
    sample->x = 0;
}

void sample_figures_clear(struct sample *sample)
{
    struct sample kept = *sample;
    sample_clear(sample);
    memcpy(sample->experiment, kept.experiment, sizeof sample->experiment);
    memcpy(sample->server, kept.server, sizeof sample->server);
    memcpy(sample->note, kept.note, sizeof sample->note);
    sample->x = kept.x;
    sample->round = kept.round;
    sample->attempt = kept.attempt;
    sample->state = kept.state;
}

/* --- writing ------------------------------------------------------------------------------- */

/* Control characters become spaces, so that a row is a line. */
static bool text_write(FILE *csv, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    bool ok = !quoted || fputc('"', csv) != EOF;
    for (; ok && *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        ok = (c != '"' || fputc('"', csv) != EOF) && fputc(c < ' ' ? ' ' : c, csv) != EOF;
    }
    return ok && (!quoted || fputc('"', csv) != EOF);
}

static bool field_write(FILE *csv, const struct sample_column *column, const void *field)
{
    double number;
    switch (column->kind) {
    case TEXT: return text_write(csv, field);
    case COUNT: return fprintf(csv, "%" PRIu64, *(const uint64_t *)field) > 0;
    case SMALL: return fprintf(csv, "%u", *(const unsigned int *)field) > 0;
    case STATE: return fputs(sample_state_word[*(const enum sample_state *)field], csv) != EOF;
    case NUMBER: break;
    }
    number = *(const double *)field;
    return isnan(number) || fprintf(csv, "%.9g", number) > 0;
}

bool sample_write_head(FILE *csv)
{
    struct sample_column column;
    bool ok = true;
    for (size_t i = 0; ok && sample_column(i, &column); i++)
        ok = fprintf(csv, "%s%s", i > 0 ? "," : "", column.name) > 0;
    return ok && fputc('\n', csv) != EOF;
}

bool sample_write(FILE *csv, const struct sample *sample)
{
    struct sample_column column;
    bool ok = true;
    for (size_t i = 0; ok && sample_column(i, &column); i++) {
        ok = (i == 0 || fputc(',', csv) != EOF) &&
             field_write(csv, &column, (const char *)sample + column.offset);
    }
    return ok && fputc('\n', csv) != EOF;
}

/* --- figures ------------------------------------------------------------------------------- */

/* NaN where there is nothing to divide by. */
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
    return value == sample_cost || value == sample_delivery_cost || value == sample_gib_cost ||
           value == sample_client_memory;
}

double sample_client_memory(const struct sample *sample)
{
    return quotient(sample->pss + sample->page_tables - sample->memory_before, sample->x);
}
