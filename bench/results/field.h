/* bench/results/field.h: members of a structure by their names, written as text and read back
 *
 * What samples.tsv and run.txt have in common: a value is text without control characters, so a tab
 * or a line end is always a separator, and nothing has to be quoted.
 */
#ifndef BENCH_FIELD_H
#define BENCH_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum field_kind {
    FIELD_TEXT,   /* char [] */
    FIELD_NUMBER, /* double; NaN is written as nothing */
    FIELD_LIST,   /* double []: four digits each, between spaces; it ends at the first NaN */
    FIELD_SMALL,  /* unsigned int */
    FIELD_LARGE,  /* uint64_t */
    FIELD_YES,    /* bool: "yes" or "no" */
    FIELD_STATE   /* enum sample_state: its word */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset, size; /* in bytes */
};

#define FIELD(name, kind, type, member)                                         \
    {                                                                           \
        name, FIELD_##kind, offsetof(type, member), sizeof(((type *)0)->member) \
    }

/* Control characters become spaces. */
void field_write_text(FILE *out, const char *text);

void field_write(FILE *out, const struct field *field, const void *structure);

/* Sets the member; text that is too long is cut, and "" leaves it as it is. False: text is no such
 * value. */
bool field_read(const struct field *field, void *structure, const char *text);

/* NULL: none has this name. */
const struct field *field_find(const struct field *fields, size_t count, const char *name);

#endif
