/* bench/results/sample_read.c: samples.csv, read: see sample.h */
#include "results/sample.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "results/sample_columns.h"

enum {
    COLUMNS_MOST = 128, /* in a file that a later version wrote */
    UNKNOWN = COLUMNS_MOST,
    RECORD = 16384
};

struct record {
    char bytes[RECORD];
    char *fields[COLUMNS_MOST];
    size_t count;
    unsigned long line; /* where it begins */
    bool whole;         /* ended by a line end */
};

/* Takes the next record apart. False at the end of the file, and where it is too long (count is 0). */
static bool record_read(FILE *csv, struct record *record)
{
    size_t n = 0;
    bool quoted = false;
    int c = getc(csv), next;
    record->count = 1;
    record->fields[0] = record->bytes;
    record->whole = false;
    record->line++;
    if (c == EOF)
        return false;
    for (; c != EOF && !record->whole; c = record->whole ? c : getc(csv)) {
        if (n + 1 >= RECORD || record->count == COLUMNS_MOST) {
            record->count = 0;
            return false;
        }
        if (c == '"' && quoted && (next = getc(csv)) != '"') {
            quoted = false;
            (void)ungetc(next, csv);
        } else if (c == '"' && !quoted) {
            quoted = true;
        } else if (c == ',' && !quoted) {
            record->bytes[n++] = '\0';
            record->fields[record->count++] = record->bytes + n;
        } else if (c == '\n' && !quoted) {
            record->whole = true;
        } else if (c != '\r') {
            record->bytes[n++] = (char)c;
        }
    }
    record->bytes[n] = '\0';
    return true;
}

static bool field_read(const struct sample_column *column, void *field, const char *text)
{
    char *end = NULL;
    errno = 0;
    if (column->kind == TEXT) {
        (void)snprintf(field, column->size, "%s", text);
        return true;
    }
    if (column->kind == STATE) {
        for (int i = 0; i < SAMPLE_STATES; i++) {
            if (strcmp(text, sample_state_word[i]) == 0) {
                *(enum sample_state *)field = (enum sample_state)i;
                return true;
            }
        }
        return false;
    }
    if (*text == '\0')
        return true; /* not measured: as sample_clear left it */
    if (column->kind == NUMBER) {
        *(double *)field = strtod(text, &end);
        return *end == '\0' && errno == 0;
    }
    uint64_t count = strtoull(text, &end, 10); /* takes a sign and spaces, too */
    bool fits = column->kind == COUNT || count <= UINT_MAX;
    if (column->kind == COUNT)
        *(uint64_t *)field = count;
    else
        *(unsigned int *)field = (unsigned int)count;
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && fits;
}

/* Which column each field of the file is, or UNKNOWN. False where this is no such file. */
static bool head_read(FILE *csv, struct record *record, size_t *meaning)
{
    struct sample_column column = {.name = ""};
    bool known = false;
    if (!record_read(csv, record))
        return false;
    for (size_t f = 0; f < record->count; f++) {
        meaning[f] = UNKNOWN;
        for (size_t i = 0; meaning[f] == UNKNOWN && sample_column(i, &column); i++) {
            if (strcmp(column.name, record->fields[f]) == 0)
                meaning[f] = i;
        }
        known = known || strcmp(record->fields[f], "experiment") == 0;
    }
    return known;
}

/* A row into a sample. False: why says which field is wrong. */
static bool row_read(const struct record *record, const size_t *meaning, struct sample *sample,
                     char why[160])
{
    sample_clear(sample);
    for (size_t f = 0; f < record->count; f++) {
        struct sample_column column;
        if (!sample_column(meaning[f], &column))
            continue;
        if (!field_read(&column, (char *)sample + column.offset, record->fields[f])) {
            (void)snprintf(why, 160, "line %lu: '%.40s' is no %s", record->line, record->fields[f],
                           column.name);
            return false;
        }
    }
    return true;
}

/* Room for one sample more; NULL: no memory, and what there was is as it was. */
static struct sample *room_make(struct sample **samples, size_t count)
{
    if (count < 64 ? count == 0 : (count & (count - 1)) == 0) {
        size_t room = count == 0 ? 64 : 2 * count;
        struct sample *more = realloc(*samples, room * sizeof *more);
        if (more == NULL)
            return NULL;
        *samples = more;
    }
    return *samples + count;
}

static bool rows_read(FILE *csv, struct record *record, struct sample **samples, size_t *count,
                      char why[160])
{
    size_t meaning[COLUMNS_MOST] = {0};
    if (!head_read(csv, record, meaning)) {
        (void)snprintf(why, 160, "no line with the names of columns");
        return false;
    }
    size_t fields = record->count;
    while (record_read(csv, record)) {
        struct sample *sample = room_make(samples, *count);
        if (sample == NULL) {
            (void)snprintf(why, 160, "no memory");
            return false;
        }
        if (record->count != fields && !record->whole)
            break; /* whoever wrote it was killed within the row */
        if (record->count != fields) {
            (void)snprintf(why, 160, "line %lu: %zu fields, not %zu", record->line, record->count,
                           fields);
            return false;
        }
        if (!row_read(record, meaning, sample, why))
            return false;
        ++*count;
    }
    if (record->count == 0 || ferror(csv)) {
        (void)snprintf(why, 160, "line %lu: %s", record->line,
                       ferror(csv) ? "can't be read" : "too long");
        return false;
    }
    return true;
}

bool sample_read_all(FILE *csv, struct sample **samples, size_t *count, char why[160])
{
    struct record *record = calloc(1, sizeof *record);
    *samples = NULL;
    *count = 0;
    bool ok = record != NULL && rows_read(csv, record, samples, count, why);
    if (record == NULL)
        (void)snprintf(why, 160, "no memory");
    if (!ok) {
        free(*samples);
        *samples = NULL;
        *count = 0;
    }
    free(record);
    return ok;
}
