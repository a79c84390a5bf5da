/* ran.c: see ran.h */
#include "ran.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "folder.h"

enum { ROWS_MS = 60000 };

const char *ran_program(const char *variable)
{
    const char *path = getenv(variable);
    if (path == NULL)
        unit_skip("%s is not set", variable);
    return path;
}

const char *ran_words(const char *format, ...)
{
    static char words[RAN_COMMAND];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(words, sizeof words, format, args);
    va_end(args);
    unit_check(n >= 0 && n < RAN_COMMAND, "too long");
    return words;
}

/* ---- running ---- */

static void child_run(const struct ran *ran, const struct ran_how *how, char **words)
{
    int output = open(folder_path(ran->folder, "output"), O_WRONLY | O_CREAT, 0600);
    int errors = open(folder_path(ran->folder, "errors"), O_WRONLY | O_CREAT, 0600);
    if (output < 0 || errors < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0)
        _exit(125);
    (void)close(output);
    (void)close(errors);
    for (size_t i = 0; i < 2; i++)
        if (how->variable[i] != NULL && setenv(how->variable[i], how->value[i], 1) < 0)
            _exit(125);
    if (how->prepare != NULL)
        how->prepare(ran);
    (void)execv(words[0], words);
    _exit(126);
}

void ran_begin_so(struct ran *ran, const struct ran_how *how, const char *arguments)
{
    static const struct ran_how usual;
    char copy[RAN_COMMAND], *words[RAN_WORDS] = {NULL}, *rest = copy;
    size_t n = 1;
    how = how != NULL ? how : &usual;
    memset(ran, 0, sizeof *ran);
    words[0] = (char *)(uintptr_t)(how->program != NULL ? how->program : ran_program("LAB_BENCH"));
    unit_folder(ran->folder);
    (void)snprintf(ran->out, sizeof ran->out, "%s/out", ran->folder);
    unit_check(snprintf(copy, sizeof copy, "%s", arguments) < RAN_COMMAND, "too long");
    while (n + 5 < RAN_WORDS && (words[n] = strtok_r(rest, " ", &rest)) != NULL)
        n++;
    bool is_run = n > 1 && strcmp(words[1], "run") == 0;
    for (size_t i = 1; i < n; i++) {
        if (strcmp(words[i], RAN_EMPTY) == 0)
            words[i][0] = '\0';
        for (char *at = words[i]; (at = strchr(at, RAN_SPACE[0])) != NULL;)
            *at = ' ';
    }
    char *dir = (char *)(uintptr_t)(how->dir != NULL ? how->dir : ran->folder);
    char *const more[] = {"--out", ran->out, dir[0] != '\0' ? "--dir" : NULL, dir, NULL};
    for (size_t i = 0; is_run && more[i] != NULL; i++)
        words[n++] = more[i];
    words[n] = NULL;
    ran->pid = fork();
    unit_check(ran->pid >= 0, "fork");
    if (ran->pid == 0)
        child_run(ran, how, words);
}

void ran_begin(struct ran *ran, const char *arguments)
{
    ran_begin_so(ran, NULL, arguments);
}

struct rows {
    const struct ran *ran;
    size_t wanted;
};

static bool rows_there(void *arg)
{
    const struct rows *rows = arg;
    size_t len, lines = 0;
    char *text =
        ran_has(rows->ran, "samples.tsv") ? unit_read(rows->ran->out, "samples.tsv", &len) : NULL;
    for (size_t i = 0; text != NULL && i < len; i++)
        lines += text[i] == '\n';
    free(text);
    return lines > rows->wanted; /* the first is the head */
}

static void texts_read(struct ran *ran)
{
    size_t len;
    ran->output = unit_read(ran->folder, "output", &len);
    ran->errors = unit_read(ran->folder, "errors", &len);
}

void ran_await_rows(struct ran *ran, size_t rows)
{
    struct rows wanted = {ran, rows};
    bool came = bound_await(rows_there, &wanted, ROWS_MS);
    if (!came)
        texts_read(ran);
    unit_check(came, "no samples: %s", ran->errors);
}

void ran_finish(struct ran *ran)
{
    int status = unit_wait(ran->pid);
    ran->signalled = WIFSIGNALED(status);
    ran->status = ran->signalled ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    texts_read(ran);
}

void ran_expect(struct ran *ran, const struct ran_how *how, const char *arguments, int status)
{
    unit_bound(RAN_BOUND_S, arguments);
    ran_begin_so(ran, how, arguments);
    ran_finish(ran);
    unit_check(ran->status == status, "%s: status %d: %s", arguments, ran->status, ran->errors);
}

void ran_results(struct ran *ran)
{
    char why[WHY] = "";
    FILE *in = fopen(folder_path(ran->out, "samples.tsv"), "re");
    unit_check(in != NULL, "no samples.tsv; %s", ran->errors);
    bool ok = sample_read_all(in, &ran->samples, &ran->count, why);
    (void)fclose(in);
    unit_check(ok, "samples.tsv: %s", why);
    ran->file = calloc(1, sizeof *ran->file);
    unit_check(ran->file != NULL && runfile_read(ran->file, ran->out, why), "run.txt: %s", why);
}

void ran_measure(struct ran *ran, const struct ran_how *how, const char *arguments)
{
    ran_expect(ran, how, arguments, 0);
    ran_results(ran);
}

void ran_free(struct ran *ran)
{
    free(ran->output);
    free(ran->errors);
    free(ran->samples);
    free(ran->file);
    unit_folder_remove(ran->folder);
}

/* ---- what is left ---- */

bool ran_has(const struct ran *ran, const char *name)
{
    return access(folder_path(ran->out, name), R_OK) == 0;
}

size_t ran_left(const char *folder)
{
    size_t left = 0;
    DIR *dir = opendir(folder);
    unit_check(dir != NULL, "opendir");
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        left += strncmp(entry->d_name, "lab-bench-", 10) == 0;
    (void)closedir(dir);
    return left;
}

/* Does the process have a word in its command line that begins with the folder? */
static bool names(const char *pid, const char *folder)
{
    char path[64], line[4096];
    bool found = false;
    (void)snprintf(path, sizeof path, "/proc/%.20s/cmdline", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, line, sizeof line - 1) : 0;
    if (fd >= 0)
        (void)close(fd);
    line[n > 0 ? n : 0] = '\0';
    for (ssize_t at = 0; at < n; at += (ssize_t)strlen(line + at) + 1)
        found = found || strncmp(line + at, folder, strlen(folder)) == 0;
    return found;
}

static bool nobody_names(void *folder)
{
    size_t found = 0;
    DIR *dir = opendir("/proc");
    unit_check(dir != NULL, "opendir");
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        found += isdigit((unsigned char)entry->d_name[0]) != 0 && names(entry->d_name, folder);
    (void)closedir(dir);
    return found == 0;
}

void ran_no_process(const struct ran *ran, const char *folder)
{
    unit_check(bound_await(nobody_names, (char *)(uintptr_t)folder, BOUND_GENEROUS),
               "a server is left that uses %s; %s", folder, ran->errors);
}

/* ---- samples ---- */

bool ran_measured(const struct sample *s)
{
    return s->state < SAMPLE_ERRORS && s->requests > 0 && s->seconds > 0 && s->p50 > 0 &&
           s->user + s->system > 0 && s->pss > 0 && s->processes >= 1 && s->threads >= 1;
}

/* A machine on which twenty others want the same processor is no fault of the program. */
bool ran_starved(const struct sample *s)
{
    static const char nothing[] = "nothing was answered in this time";
    return s->state == SAMPLE_ERRORS && strncmp(s->note, nothing, sizeof nothing - 1) == 0;
}

/* The last row of a server at a point; NULL: none. */
const struct sample *ran_row(const struct ran *ran, const char *experiment, const char *server)
{
    const struct sample *last = NULL;
    for (size_t i = 0; i < ran->count; i++) {
        if (strcmp(ran->samples[i].experiment, experiment) == 0 &&
            strcmp(ran->samples[i].server, server) == 0)
            last = &ran->samples[i];
    }
    return last;
}
