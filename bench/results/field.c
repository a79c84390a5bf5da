/* bench/results/field.c: see field.h */
#include "results/field.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/arguments.h"
#include "results/sample.h"

void field_write_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        (void)fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
}

static void list_write(FILE *out, const struct field *field, const double *values)
{
    for (size_t i = 0; i < field->size / sizeof *values && !isnan(values[i]); i++)
        (void)fprintf(out, "%s%.4g", i > 0 ? " " : "", values[i]);
}

void field_write(FILE *out, const struct field *field, const void *structure)
{
    const void *value = (const char *)structure + field->offset;
    switch (field->kind) {
    case FIELD_TEXT: field_write_text(out, value); break;
    case FIELD_NUMBER:
        if (!isnan(*(const double *)value))
            (void)fprintf(out, "%.9g", *(const double *)value);
        break;
    case FIELD_LIST: list_write(out, field, value); break;
    case FIELD_SMALL: (void)fprintf(out, "%u", *(const unsigned int *)value); break;
    case FIELD_LARGE: (void)fprintf(out, "%" PRIu64, *(const uint64_t *)value); break;
    case FIELD_YES: (void)fputs(*(const bool *)value ? "yes" : "no", out); break;
    case FIELD_STATE: (void)fputs(sample_state_word[*(const enum sample_state *)value], out); break;
    }
}

static bool state_read(enum sample_state *state, const char *text)
{
    int found = argument_word(text, sample_state_word, SAMPLE_STATES);
    *state = (enum sample_state)found;
    return found >= 0;
}

/* Digits only: strtoull takes a sign and spaces, too. */
static bool count_read(const char *text, uint64_t max, uint64_t *count)
{
    errno = 0;
    *count = strtoull(text, NULL, 10);
    return text[strspn(text, "0123456789")] == '\0' && errno == 0 && *count <= max;
}

/* Values for which there is no room are skipped. */
static bool list_read(const struct field *field, double *values, const char *text)
{
    char *end;
    errno = 0;
    for (size_t i = 0; *text != '\0'; i++, text = end + (*end == ' ')) {
        double value = strtod(text, &end);
        if (end == text || (*end != ' ' && *end != '\0') || errno != 0)
            return false;
        if (i < field->size / sizeof *values)
            values[i] = value;
    }
    return true;
}

bool field_read(const struct field *field, void *structure, const char *text)
{
    void *value = (char *)structure + field->offset;
    char *end = NULL;
    uint64_t count;
    if (*text == '\0')
        return true;
    switch (field->kind) {
    case FIELD_TEXT: (void)snprintf(value, field->size, "%s", text); return true;
    case FIELD_STATE: return state_read(value, text);
    case FIELD_YES: *(bool *)value = strcmp(text, "yes") == 0; return true;
    case FIELD_LIST: return list_read(field, value, text);
    case FIELD_LARGE: return count_read(text, UINT64_MAX, value);
    case FIELD_SMALL:
        if (!count_read(text, UINT_MAX, &count))
            return false;
        *(unsigned int *)value = (unsigned int)count;
        return true;
    case FIELD_NUMBER: break;
    }
    errno = 0;
    *(double *)value = strtod(text, &end);
    return *end == '\0' && errno == 0;
}

const struct field *field_find(const struct field *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}
