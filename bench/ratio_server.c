/* bench/ratio_server.c: starts a server on a free port, reads its processor time, ends it */
#include "ratio.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS = 64, START_SECONDS = 10, STOP_SECONDS = 15 };

/* Splits the command at spaces and fills in {port} and {dir}. The words are malloc'd. */
static bool command_split(const char *command, const char *dir, char **words)
{
    char copy[1024], *rest = copy, *word;
    int n = 0;
    if (snprintf(copy, sizeof copy, "%s", command) >= (int)sizeof copy)
        return fault_set("the command is too long: %s", command);
    while ((word = strtok_r(rest, " ", &rest)) != NULL && n < WORDS - 1) {
        words[n] = strdup(strcmp(word, "{port}") == 0  ? "0"
                          : strcmp(word, "{dir}") == 0 ? dir
                                                       : word);
        if (words[n++] == NULL)
            return fault_set("no memory");
    }
    words[n] = NULL;
    return n > 0 || fault_set("an empty command");
}

static void child_run(char **words, int out, const struct place *place)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY);
    int log = open(place->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (null < 0 || log < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(log, 2) < 0)
        _exit(126);
    if (place->server_cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)place->server_cpu, &set);
        if (sched_setaffinity(0, sizeof set, &set) < 0)
            _exit(125);
    }
    setpgid(0, 0); /* Ctrl-C is for ratio, which then ends the server in order */
    execvp(words[0], words);
    fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
    _exit(127);
}

/* 9006 in "epoll: listening on 127.0.0.1:9006, serving files, up to 10000 clients" */
static int port_find(const char *line)
{
    const char *at = strstr(line, "listening on ");
    const char *end = at == NULL ? NULL : strchr(at, ',');
    while (end != NULL && end > at && isdigit((unsigned char)end[-1]))
        end--;
    return end != NULL && end > at && end[-1] == ':' ? (int)strtol(end, NULL, 10) : 0;
}

static bool port_read(struct server *s)
{
    char line[1024] = "";
    size_t n = 0;
    double deadline = clock_seconds() + START_SECONDS;
    while (n < sizeof line - 1 && memchr(line, '\n', n) == NULL) {
        struct pollfd wait = {.fd = s->out, .events = POLLIN};
        int ready = poll(&wait, 1, 100);
        if (ratio_stopped)
            return fault_set("stopped");
        ssize_t got = ready > 0 ? read(s->out, line + n, sizeof line - 1 - n) : 0;
        if ((ready > 0 && got <= 0) || clock_seconds() > deadline)
            break;
        n += (size_t)(got > 0 ? got : 0);
    }
    line[n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if ((s->port = port_find(line)) == 0)
        return fault_set("%s (%s) did not say where it listens, but: '%s'", s->name, s->command,
                         line);
    return true;
}

bool server_start(struct server *s, const struct place *place)
{
    char *words[WORDS] = {NULL};
    int ends[2];
    bool ok = command_split(s->command, place->library, words) && words[0] != NULL;
    if (ok && pipe2(ends, O_CLOEXEC) < 0)
        ok = fault_set("pipe: %s", strerror(errno));
    if (ok) {
        s->pid = fork();
        if (s->pid == 0)
            child_run(words, ends[1], place);
        close(ends[1]);
        s->out = ends[0];
        if (s->pid < 0) {
            s->pid = 0;
            close(s->out);
            ok = fault_set("fork: %s", strerror(errno));
        }
    }
    for (int i = 0; i < WORDS; i++)
        free(words[i]);
    return ok && port_read(s);
}

bool server_stop(struct server *s)
{
    int status = 0;
    pid_t ended = 0;
    if (s->pid == 0)
        return true;
    kill(s->pid, SIGTERM);
    for (double end = clock_seconds() + STOP_SECONDS; ended == 0 && clock_seconds() < end;) {
        ended = waitpid(s->pid, &status, WNOHANG);
        if (ended == 0)
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    if (ended == 0) {
        kill(-s->pid, SIGKILL); /* its own group: its children with it */
        kill(s->pid, SIGKILL);
        waitpid(s->pid, &status, 0);
        fault_set("%s did not end within %d s of SIGTERM", s->name, STOP_SECONDS);
    }
    s->pid = 0;
    close(s->out);
    if (ended == 0)
        return false;
    if (WIFSIGNALED(status))
        return fault_set("%s was ended by signal %d", s->name, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return fault_set("%s ended with status %d", s->name, WEXITSTATUS(status));
    return true;
}

void server_blame(struct server *s)
{
    siginfo_t end = {0};
    char reason[400];
    snprintf(reason, sizeof reason, "%s", fault_text());
    for (int i = 0; i < 20 && s->pid != 0 && end.si_pid == 0; i++) {
        waitid(P_PID, (id_t)s->pid, &end, WEXITED | WNOHANG | WNOWAIT);
        if (end.si_pid == 0)
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    if (end.si_pid != 0)
        fault_set("%s (%s %d ended it)", reason, end.si_code == CLD_EXITED ? "status" : "signal",
                  end.si_status);
}

static bool process_time(pid_t pid, double *seconds, int *processes)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
        return false;
    *seconds += (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
    ++*processes;
    return true;
}

/* A process' clock, clock_getcpuclockid(3), holds all its threads, ended ones too, to the
 * nanosecond; /proc/PID/stat has whole ticks. */
static void tree_time(pid_t pid, double *seconds, int *processes)
{
    char path[64];
    long child;
    if (!process_time(pid, seconds, processes))
        return;
    /* Every thread has children of its own; the six fork in their first thread only. */
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *children = fopen(path, "re");
    while (children != NULL && fscanf(children, "%ld", &child) == 1)
        tree_time((pid_t)child, seconds, processes);
    if (children != NULL)
        fclose(children);
}

bool server_time(const struct server *s, double *seconds, int *processes)
{
    *seconds = 0;
    *processes = 0;
    tree_time(s->pid, seconds, processes);
    return *processes > 0 || fault_set("%s has gone", s->name);
}
