/* bench/results/runfile.c: see runfile.h */
#include "results/runfile.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_parts.h"
#include "results/jsonread.h"

enum kind { TEXT, NUMBER, SMALL, LARGE, YES };

struct field {
    const char *name;
    enum kind kind;
    size_t offset, size;
};

#define FIELD(name, kind, of, field)                                            \
    {                                                                           \
        name, kind, offsetof(struct of, field), sizeof(((struct of *)0)->field) \
    }

static const struct field run_fields[] = {
    FIELD("command", TEXT, runfile, command),
    FIELD("started", TEXT, runfile, started),
    FIELD("ended", TEXT, runfile, ended),
    FIELD("duration", NUMBER, runfile, duration),
    FIELD("seconds", NUMBER, runfile, seconds),
    FIELD("budget", NUMBER, runfile, budget),
    FIELD("steal_limit", NUMBER, runfile, steal_limit),
    FIELD("steal", NUMBER, runfile, steal),
    FIELD("seed", LARGE, runfile, seed),
    FIELD("rounds", SMALL, runfile, rounds),
    FIELD("repeated", SMALL, runfile, repeated),
    FIELD("full", YES, runfile, full),
    FIELD("interrupted", YES, runfile, interrupted),
    FIELD("server_cpus", TEXT, runfile, server_cpus),
    FIELD("client_cpus", TEXT, runfile, client_cpus),
    FIELD("congestion", TEXT, runfile, congestion),
    FIELD("network_own", YES, runfile, network_own),
    FIELD("library", TEXT, runfile, library),
    FIELD("processor", TEXT, runfile, machine.processor),
    FIELD("processors", SMALL, runfile, machine.processors),
    FIELD("governor", TEXT, runfile, machine.governor),
    FIELD("memory", LARGE, runfile, machine.memory),
    FIELD("kernel", TEXT, runfile, machine.kernel),
    FIELD("machine_congestion", TEXT, runfile, machine.congestion),
    FIELD("compiler", TEXT, runfile, machine.compiler),
    FIELD("flags", TEXT, runfile, machine.flags),
    FIELD("commit", TEXT, runfile, machine.commit),
    FIELD("load1", NUMBER, runfile, machine.load1),
    FIELD("descriptors", LARGE, runfile, machine.descriptors),
    FIELD("pids", LARGE, runfile, machine.pids),
};

static const struct field server_fields[] = {
    FIELD("name", TEXT, runfile, servers[0].name),
    FIELD("command", TEXT, runfile, servers[0].command),
    FIELD("startup", TEXT, runfile, servers[0].startup),
    FIELD("most", SMALL, runfile, servers[0].most),
};

enum {
    RUN_FIELDS = sizeof run_fields / sizeof run_fields[0],
    SERVER_FIELDS = sizeof server_fields / sizeof server_fields[0],
    SERVER_STEP = sizeof(((struct runfile *)0)->servers[0]),
    FILE_MOST = 1 << 20
};

void runfile_note(struct runfile *run, const char *format, ...)
{
    va_list arguments;
    if (run->notes_count == RUNFILE_NOTES)
        return;
    char *note = run->notes[run->notes_count];
    va_start(arguments, format);
    (void)vsnprintf(note, RUNFILE_NOTE, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < run->notes_count; i++) {
        if (strcmp(run->notes[i], note) == 0)
            return;
    }
    run->notes_count++;
}

bool runfile_durable(const char *command)
{
    static const char option[] = "--durable";
    while (*command != '\0') {
        size_t n = strcspn(command, " ");
        /* "--d" might be --dir too */
        if (n > 3 && n < sizeof option && strncmp(command, option, n) == 0)
            return true;
        command += n + (command[n] == ' ');
    }
    return false;
}

/* --- writing ------------------------------------------------------------------------------- */

static void field_write(FILE *out, const struct field *field, const char *base)
{
    const void *value = base + field->offset;
    uint64_t large = 0;
    (void)fprintf(out, "\"%s\": ", field->name);
    switch (field->kind) {
    case TEXT: json_text(out, value); break;
    case NUMBER: (void)fprintf(out, "%.9g", *(const double *)value); break;
    case SMALL: (void)fprintf(out, "%u", *(const unsigned int *)value); break;
    case LARGE:
        memcpy(&large, value, sizeof large);
        (void)fprintf(out, "%" PRIu64, large);
        break;
    case YES: (void)fputs(*(const bool *)value ? "true" : "false", out); break;
    }
}

static void all_write(FILE *out, const struct runfile *run)
{
    (void)fputs("{\n", out);
    for (size_t i = 0; i < RUN_FIELDS; i++) {
        (void)fputs("  ", out);
        field_write(out, &run_fields[i], (const char *)run);
        (void)fputs(",\n", out);
    }
    (void)fputs("  \"counts\": {", out);
    for (int i = 0; i < SAMPLE_STATES; i++)
        (void)fprintf(out, "%s\"%s\": %u", i > 0 ? ", " : "", sample_state_word[i], run->counts[i]);
    (void)fputs("},\n  \"servers\": [", out);
    for (size_t s = 0; s < run->servers_count; s++) {
        (void)fputs(s > 0 ? ",\n    {" : "\n    {", out);
        for (size_t i = 0; i < SERVER_FIELDS; i++) {
            (void)fputs(i > 0 ? ", " : "", out);
            field_write(out, &server_fields[i], (const char *)run + s * SERVER_STEP);
            if (i == 0)
                (void)fprintf(out, ", \"durable\": %s",
                              runfile_durable(run->servers[s].command) ? "true" : "false");
        }
        (void)fputs("}", out);
    }
    (void)fputs("\n  ],\n  \"notes\": [", out);
    for (size_t i = 0; i < run->notes_count; i++) {
        (void)fputs(i > 0 ? ",\n    " : "\n    ", out);
        json_text(out, run->notes[i]);
    }
    (void)fputs("\n  ]\n}\n", out);
}

bool runfile_write(const struct runfile *run, const char *folder, char why[160])
{
    char path[PATH_MAX], beside[PATH_MAX + 8];
    (void)snprintf(path, sizeof path, "%s/run.json", folder);
    (void)snprintf(beside, sizeof beside, "%s.new", path);
    FILE *out = fopen(beside, "we");
    if (out != NULL)
        all_write(out, run);
    bool ok = out != NULL && ferror(out) == 0;
    if (out != NULL && fclose(out) != 0)
        ok = false;
    ok = ok && rename(beside, path) == 0;
    if (!ok)
        (void)snprintf(why, 160, "%.100s: %s", path, strerror(errno));
    return ok;
}

/* --- reading ------------------------------------------------------------------------------- */

static void field_read(const struct field *fields, size_t count, char *base, const char *name,
                       const char *text)
{
    size_t i = 0;
    while (i < count && strcmp(fields[i].name, name) != 0)
        i++;
    if (i == count)
        return;
    void *value = base + fields[i].offset;
    uint64_t large = strtoull(text, NULL, 10);
    switch (fields[i].kind) {
    case TEXT: (void)snprintf(value, fields[i].size, "%s", text); break;
    case NUMBER: *(double *)value = strtod(text, NULL); break;
    case SMALL: *(unsigned int *)value = (unsigned int)strtoul(text, NULL, 10); break;
    case LARGE: memcpy(value, &large, sizeof large); break;
    case YES: *(bool *)value = strcmp(text, "true") == 0; break;
    }
}

static void value_take(void *context, const char *path, const char *value)
{
    struct runfile *run = context;
    char *rest = NULL;
    if (strncmp(path, "servers.", 8) == 0) {
        size_t i = strtoul(path + 8, &rest, 10);
        if (i < RUNFILE_SERVERS && *rest == '.') {
            field_read(server_fields, SERVER_FIELDS, (char *)run + i * SERVER_STEP, rest + 1,
                       value);
            run->servers_count = i + 1;
        }
    } else if (strncmp(path, "notes.", 6) == 0) {
        runfile_note(run, "%s", value);
    } else if (strncmp(path, "counts.", 7) == 0) {
        for (int i = 0; i < SAMPLE_STATES; i++) {
            if (strcmp(path + 7, sample_state_word[i]) == 0)
                run->counts[i] = (unsigned int)strtoul(value, NULL, 10);
        }
    } else {
        field_read(run_fields, RUN_FIELDS, (char *)run, path, value);
    }
}

bool runfile_read(struct runfile *run, const char *folder, char why[160])
{
    char path[PATH_MAX];
    memset(run, 0, sizeof *run);
    (void)snprintf(path, sizeof path, "%s/run.json", folder);
    FILE *in = fopen(path, "re");
    char *text = in != NULL ? calloc(1, FILE_MOST) : NULL;
    size_t n = text != NULL ? fread(text, 1, FILE_MOST - 1, in) : 0;
    bool ok = n > 0 && ferror(in) == 0;
    if (in != NULL && text != NULL && n == 0 && ferror(in) == 0)
        errno = ENODATA; /* an empty file */
    if (!ok)
        (void)snprintf(why, 160, "%.100s: %s", path, strerror(errno));
    ok = ok && jsonread(text, value_take, run, why);
    free(text);
    if (in != NULL)
        (void)fclose(in);
    return ok;
}
