#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "grow.h"
#include "serverproc.h"
#include "wire.h"

enum { SHOWN = 400, RUN = 16 /* equal bytes are counted from here on */ };

struct left_out {
    char name[64];
    char reason[256];
};

static struct {
    const char *name;
    const char *model;
    const char *file;
    int line;
    bool skipped;
    struct left_out *left_out;
    size_t n_left_out, room;
    char *report; /* of the failure or skip that came last */
} now = {.model = "?", .file = "?"};

void verdict_case(const char *name, const char *model)
{
    now.name = name;
    now.model = model;
    now.skipped = false;
}

void verdict_at(const char *file, int line)
{
    now.file = file;
    now.line = line;
}

static void quote_byte(FILE *out, unsigned char byte)
{
    if (byte == '\n')
        fputs("\\n", out);
    else if (byte == '\\')
        fputs("\\\\", out);
    else if (byte == '%')
        fputs("%%", out);
    else if (byte < 0x20 || byte >= 0x7f || byte == '\'')
        fprintf(out, "\\%03o", byte);
    else
        fputc(byte, out);
}

void verdict_quote(FILE *out, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++)
        quote_byte(out, p[i]);
}

/* How many bytes at the beginning are equal. */
static size_t run_length(const unsigned char *bytes, size_t n)
{
    size_t same = n > 0;

    while (same < n && bytes[same] == bytes[0])
        same++;
    return same;
}

const char *verdict_quoted(const void *bytes, size_t n)
{
    static char *kept[4];
    static unsigned turn;
    const unsigned char *p = bytes;
    size_t size = 0, shown = 0, printed = 0;
    char **text = &kept[turn++ % 4];

    free(*text);
    *text = NULL;
    FILE *out = open_memstream(text, &size);
    if (!out)
        return "(no memory to show it)";
    fputc('\'', out);
    while (shown < n && printed < SHOWN) {
        size_t same = run_length(p + shown, n - shown);

        quote_byte(out, p[shown]);
        if (same >= RUN)
            fprintf(out, "\u00d7%zu", same);
        shown += same >= RUN ? same : 1;
        printed++;
    }
    fputc('\'', out);
    if (shown < n)
        fprintf(out, " and %zu bytes more", n - shown);
    fclose(out);
    return *text ? *text : "";
}

const char *verdict_report(void)
{
    return now.report ? now.report : "";
}

void verdict_fail(const char *format, ...)
{
    va_list arguments;
    size_t size = 0;

    va_start(arguments, format);
    char *text = printed(format, arguments);
    va_end(arguments);
    free(now.report);
    now.report = NULL;
    FILE *out = open_memstream(&now.report, &size);
    if (!out)
        abort();
    serverproc_dump_ended(out);
    fprintf(out, "%s\n", text);
    free(text);
    wire_dump_all(out);
    serverproc_dump_all(out);
    fclose(out);
    fflush(stdout);
    fprintf(stderr, "\n--- FAILED %s, model %s\n%s---\n", now.name ? now.name : "(at the start)",
            now.model, verdict_report());
    fflush(stderr);
    if (!now.name)
        exit(2);
    _fail(now.file, now.line);
    abort();
}

bool verdict_skipped(void)
{
    return now.skipped;
}

void verdict_left_out(const char *name, const char *reason)
{
    now.left_out = grow(now.left_out, &now.room, now.n_left_out + 1, sizeof *now.left_out);
    struct left_out *entry = &now.left_out[now.n_left_out++];
    snprintf(entry->name, sizeof entry->name, "%s", name);
    snprintf(entry->reason, sizeof entry->reason, "%s", reason);
}

void verdict_skip(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *reason = printed(format, arguments);
    va_end(arguments);
    verdict_left_out(now.name ? now.name : "?", reason);
    free(now.report);
    now.report = reason;
    now.skipped = true;
    _skip(now.file, now.line);
    abort();
}

/* All entries with this reason, the names side by side. */
static void verdict_reason(FILE *out, const struct left_out *entry)
{
    const char *reason = entry->reason;
    int column = 0;

    fprintf(out, "  SKIPPED, %s:\n", reason);
    for (; entry < now.left_out + now.n_left_out; entry++) {
        if (strcmp(entry->reason, reason) != 0)
            continue;
        if (column > 0 && column + (int)strlen(entry->name) > 90)
            fprintf(out, "\n"), column = 0;
        column += fprintf(out, column ? " %s" : "      %s", entry->name);
    }
    fprintf(out, "\n");
}

size_t verdict_summary(FILE *out)
{
    if (now.n_left_out > 0)
        fprintf(out, "%zu cases SKIPPED for model %s:\n", now.n_left_out, now.model);
    for (size_t i = 0; i < now.n_left_out; i++) {
        size_t first = 0;

        while (strcmp(now.left_out[first].reason, now.left_out[i].reason) != 0)
            first++;
        if (first == i)
            verdict_reason(out, &now.left_out[i]);
    }
    return now.n_left_out;
}
