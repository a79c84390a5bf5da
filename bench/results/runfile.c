/* bench/results/runfile.c: see runfile.h */
#include "results/runfile.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/file.h"
#include "results/field.h"

#define RUN(name, kind, member) FIELD(name, kind, struct runfile, member)
static const struct field run_fields[] = {
    RUN("command", TEXT, command),
    RUN("started", TEXT, started),
    RUN("ended", TEXT, ended),
    RUN("duration_s", NUMBER, duration),
    RUN("sample_s", NUMBER, seconds),
    RUN("budget_s", NUMBER, budget),
    RUN("steal_limit", NUMBER, steal_limit),
    RUN("steal", NUMBER, steal),
    RUN("seed", LARGE, seed),
    RUN("rounds", SMALL, rounds),
    RUN("repeated", SMALL, repeated),
    RUN("full", YES, full),
    RUN("interrupted", YES, interrupted),
    RUN("samples_good", SMALL, counts[SAMPLE_GOOD]),
    RUN("samples_steal", SMALL, counts[SAMPLE_STEAL]),
    RUN("samples_others", SMALL, counts[SAMPLE_OTHERS]),
    RUN("samples_limit", SMALL, counts[SAMPLE_LIMIT]),
    RUN("samples_generator", SMALL, counts[SAMPLE_GENERATOR]),
    RUN("samples_errors", SMALL, counts[SAMPLE_ERRORS]),
    RUN("samples_crashed", SMALL, counts[SAMPLE_CRASHED]),
    RUN("samples_cannot", SMALL, counts[SAMPLE_CANNOT]),
    RUN("server_cpus", TEXT, server_cpus),
    RUN("client_cpus", TEXT, client_cpus),
    RUN("congestion", TEXT, congestion),
    RUN("network_own", YES, network_own),
    RUN("library", TEXT, library),
    RUN("processor", TEXT, machine.processor),
    RUN("processors", SMALL, machine.processors),
    RUN("governor", TEXT, machine.governor),
    RUN("memory_bytes", LARGE, machine.memory),
    RUN("kernel", TEXT, machine.kernel),
    RUN("boot", TEXT, machine.boot),
    RUN("hypervisor", TEXT, machine.hypervisor),
    RUN("idle_driver", TEXT, machine.idle_driver),
    RUN("clocksource", TEXT, machine.clocksource),
    RUN("machine_congestion", TEXT, machine.congestion),
    RUN("compiler", TEXT, machine.compiler),
    RUN("flags", TEXT, machine.flags),
    RUN("commit", TEXT, machine.commit),
};

static const struct field server_fields[] = {
    RUN("name", TEXT, servers[0].name),
    RUN("most", SMALL, servers[0].max_clients),
    RUN("command", TEXT, servers[0].command),
    RUN("startup", TEXT, servers[0].startup),
};
enum {
    RUN_FIELDS = sizeof run_fields / sizeof run_fields[0],
    SERVER_FIELDS = sizeof server_fields / sizeof server_fields[0],
    SERVER_STEP = sizeof(((struct runfile *)0)->servers[0])
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
    for (size_t i = 0; i < run->notes_count; i++)
        if (strcmp(run->notes[i], note) == 0)
            return;
    run->notes_count++;
}

/* --- writing ------------------------------------------------------------------------------- */

void runfile_print(FILE *out, const void *what)
{
    const struct runfile *run = what;
    for (size_t i = 0; i < RUN_FIELDS; i++) {
        (void)fprintf(out, "%s=", run_fields[i].name);
        field_write(out, &run_fields[i], run);
        (void)fputc('\n', out);
    }
    for (size_t s = 0; s < run->servers_count; s++) {
        for (size_t i = 0; i < SERVER_FIELDS; i++) {
            (void)fputs(i > 0 ? "\t" : "server=", out);
            field_write(out, &server_fields[i], (const char *)run + s * SERVER_STEP);
        }
        (void)fputc('\n', out);
    }
    for (size_t i = 0; i < run->notes_count; i++) {
        (void)fputs("note=", out);
        field_write_text(out, run->notes[i]);
        (void)fputc('\n', out);
    }
}

bool runfile_write(const struct runfile *run, const char *folder, char why[WHY])
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/run.txt", folder);
    return file_write(path, runfile_print, run, why);
}

/* --- reading ------------------------------------------------------------------------------- */

static bool server_read(struct runfile *run, char *text)
{
    size_t number = run->servers_count;
    if (number == RUNFILE_SERVERS)
        return true;
    run->servers_count++;
    for (size_t i = 0; i < SERVER_FIELDS && text != NULL; i++)
        if (!field_read(&server_fields[i], (char *)run + number * SERVER_STEP, strsep(&text, "\t")))
            return false;
    return true;
}

/* False: the line has no "=", or its value is none of its kind. Unknown names are skipped. */
static bool line_take(struct runfile *run, char *line)
{
    char *value = strchr(line, '=');
    if (value == NULL)
        return false;
    *value++ = '\0';
    const struct field *field = field_find(run_fields, RUN_FIELDS, line);
    if (field != NULL)
        return field_read(field, run, value);
    if (strcmp(line, "server") == 0)
        return server_read(run, value);
    if (strcmp(line, "note") == 0)
        runfile_note(run, "%s", value);
    return true;
}

bool runfile_read(struct runfile *run, const char *folder, char why[WHY])
{
    char path[PATH_MAX], *line = NULL;
    size_t size = 0, number = 0;
    memset(run, 0, sizeof *run);
    (void)snprintf(path, sizeof path, "%s/run.txt", folder);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return fail(why, "%.200s: %s", path, strerror(errno));
    bool ok = true;
    while (ok && getline(&line, &size, in) > 0) {
        line[strcspn(line, "\n")] = '\0';
        number++;
        if (!line_take(run, line))
            ok = fail(why, "%.200s, line %zu: '%.40s' is no fact", path, number, line);
    }
    if (ok && (number == 0 || ferror(in) != 0))
        ok = fail(why, "%.200s is empty or can't be read", path);
    free(line);
    (void)fclose(in);
    return ok;
}
