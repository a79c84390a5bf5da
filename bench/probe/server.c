/* bench/probe/server.c: see server.h */
#include "probe/server.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/seconds.h"
#include "common/signals.h"

enum { WORDS = 64, START_SECONDS = 10, ENDED_MS = 100 };

/* It takes the port that it is given, and is up when it accepts. */
static bool is_foreign(const struct server *server)
{
    return (server->choice->kind & (SERVER_PEER | SERVER_GIVEN)) != 0;
}

/* --- starting ------------------------------------------------------------------------------ */

/* The word with {port} and {dir} filled in, malloc'd. NULL: no memory. */
static char *word_fill(const char *word, const char *port, const char *dir)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    while (out != NULL && *word != '\0') {
        const char *value = strncmp(word, "{port}", 6) == 0  ? port
                            : strncmp(word, "{dir}", 5) == 0 ? dir
                                                             : NULL;
        if (value != NULL)
            (void)fputs(value, out);
        else
            (void)fputc(*word, out);
        word += value != NULL ? strcspn(word, "}") + 1 : 1;
    }
    if (out != NULL && fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* Splits the command at spaces and fills in {port} and {dir}. The words are malloc'd. */
static bool command_split(const struct server *server, const char *dir, char **words, char why[WHY])
{
    char copy[SERVER_COMMAND], port[16], *rest = copy, *word;
    int n = 0;
    (void)snprintf(port, sizeof port, "%d", server->port);
    (void)snprintf(copy, sizeof copy, "%s", server->choice->command);
    while ((word = strtok_r(rest, " ", &rest)) != NULL && n < WORDS - 1) {
        words[n] = word_fill(word, port, dir);
        if (words[n++] == NULL)
            return fail(why, "no memory");
    }
    words[n] = NULL;
    return n > 0 || fail(why, "%s has an empty command", server->choice->name);
}

/* In the child, until exec. Ctrl-C is for us, so it has a process group of its own; and if we are
 * killed, it gets a SIGTERM. */
static _Noreturn void child_run(char **words, const char *program, int out, pid_t parent,
                                const struct server_place *place)
{
    sigset_t none;
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGTERM, SIG_DFL); /* until exec our handler would take it */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)setpgid(0, 0);
    if (getppid() != parent)
        _exit(124); /* killed before it could be a SIGTERM */
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int log = open(place->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (null < 0 || log < 0 || dup2(null, 0) < 0 || dup2(out < 0 ? log : out, 1) < 0 ||
        dup2(log, 2) < 0)
        _exit(126);
    if (place->cpus != NULL && sched_setaffinity(0, sizeof *place->cpus, place->cpus) < 0) {
        (void)fprintf(stderr, "sched_setaffinity: %s\n", strerror(errno));
        _exit(125);
    }
    (void)execvp(program, words);
    (void)fprintf(stderr, "%s: %s\n", program, strerror(errno));
    _exit(127);
}

static bool child_start(struct server *server, const struct server_place *place, char why[WHY])
{
    char *words[WORDS] = {NULL};
    int ends[2] = {-1, -1};
    bool ok = command_split(server, place->library, words, why) && words[0] != NULL;
    if (ok && !is_foreign(server) && pipe2(ends, O_CLOEXEC) < 0)
        ok = fail(why, "pipe: %s", strerror(errno));
    const char *program = server->choice->program[0] != '\0' ? server->choice->program : words[0];
    pid_t parent = getpid(), pid = ok ? fork() : -1;
    if (pid == 0)
        child_run(words, program, ends[1], parent, place);
    stop_child = pid > 0 ? pid : 0;
    if (ok && pid < 0)
        ok = fail(why, "fork: %s", strerror(errno));
    for (int i = pid > 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
    server->pid = pid > 0 ? pid : 0;
    server->out = pid > 0 ? ends[0] : -1;
    for (int i = 0; i < WORDS; i++)
        free(words[i]);
    return ok;
}

/* 9006 and 10000 in "epoll: listening on 127.0.0.1:9006, serving files, up to 10000 clients" */
static void startup_take(struct server *server, const char *line)
{
    const char *at = strstr(line, "listening on ");
    const char *end = at == NULL ? NULL : strchr(at, ',');
    const char *up_to = strstr(line, ", up to ");
    while (end != NULL && end > at && isdigit((unsigned char)end[-1]) != 0)
        end--;
    if (end != NULL && end > at && end[-1] == ':')
        server->port = (int)strtol(end, NULL, 10);
    if (up_to != NULL && strtoul(up_to + 8, NULL, 10) > 0)
        server->max_clients = (unsigned int)strtoul(up_to + 8, NULL, 10);
    if (at != NULL)
        (void)snprintf(server->startup, sizeof server->startup, "%s", line);
}

/* A foreign server may print such a line too: then it is in the log. */
static void startup_find(struct server *server, const char *log)
{
    char line[256];
    FILE *file = fopen(log, "re");
    while (file != NULL && server->startup[0] == '\0' && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        startup_take(server, line);
    }
    if (file != NULL)
        (void)fclose(file);
}

static bool startup_read(struct server *server, const struct server_place *place, char why[WHY])
{
    char line[256] = "";
    size_t n = 0;
    double deadline = seconds_now() + START_SECONDS;
    while (n < sizeof line - 1 && memchr(line, '\n', n) == NULL) {
        struct pollfd wait = {.fd = server->out, .events = POLLIN};
        int ready = poll(&wait, 1, 100);
        if (place->stop != NULL && *place->stop)
            return fail(why, "stopped");
        ssize_t got = ready > 0 ? read(server->out, line + n, sizeof line - 1 - n) : 0;
        if ((ready > 0 && got <= 0) || seconds_now() > deadline)
            break;
        n += (size_t)(got > 0 ? got : 0);
    }
    line[n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    startup_take(server, line);
    if (server->port > 0)
        return true;
    (void)fail(why, "%s (%.200s) printed no startup line, but: '%.80s'", server->choice->name,
               server->choice->program[0] != '\0' ? server->choice->program
                                                  : server->choice->command,
               line);
    (void)server_ended(server, ENDED_MS, why);
    return false;
}

/* Connects to a port; or, for 0, finds one that is free. */
static int port_use(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && (port > 0 ? connect(fd, (struct sockaddr *)&at, size) == 0
                                   : bind(fd, (struct sockaddr *)&at, size) == 0 &&
                                         getsockname(fd, (struct sockaddr *)&at, &size) == 0);
    if (fd >= 0)
        (void)close(fd);
    return ok ? ntohs(at.sin_port) : 0;
}

static bool accepting_await(const struct server *server, const struct server_place *place,
                            char why[WHY])
{
    double deadline = seconds_now() + START_SECONDS;
    while (port_use(server->port) == 0) {
        if (place->stop != NULL && *place->stop)
            return fail(why, "stopped");
        (void)fail(why, "%s does not accept connections on port %d", server->choice->name,
                   server->port);
        if (seconds_now() > deadline || server_ended(server, 5, why))
            return false;
    }
    return true;
}

bool server_start(struct server *server, const struct server_place *place, char why[WHY])
{
    *server = (struct server){.choice = server->choice, .out = -1, .max_clients = UINT_MAX};
    server->port = is_foreign(server) ? port_use(0) : 0;
    if (!child_start(server, place, why))
        return false;
    if (!is_foreign(server))
        return startup_read(server, place, why);
    if (!accepting_await(server, place, why))
        return false;
    int port = server->port;
    startup_find(server, place->log);
    server->port = port;
    return true;
}
