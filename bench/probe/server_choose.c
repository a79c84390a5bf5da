/* bench/probe/server_choose.c: servers as words of a command line: see server.h */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fail.h"
#include "probe/server.h"

static const struct {
    const char *number, *name, *command;
    enum server_kind kind;
} known[] = {
    {"01", "loop", "01_loop/loop-server -p {port} -d {dir}", SERVER_MODEL},
    {"02", "fork", "02_fork/fork-server -p {port} -d {dir}", SERVER_MODEL},
    {"03", "thread", "03_thread/thread-server -p {port} -d {dir}", SERVER_MODEL},
    {"04", "select", "04_select/select-server -p {port} -d {dir}", SERVER_MODEL},
    {"05", "poll", "05_poll/poll-server -p {port} -d {dir}", SERVER_MODEL},
    {"06", "epoll", "06_epoll/epoll-server -p {port} -d {dir}", SERVER_MODEL},
    {"", "minimal-loop", "01_loop/loop-minimal -p {port}", SERVER_MINIMAL},
    {"", "minimal-fork", "02_fork/fork-minimal -p {port}", SERVER_MINIMAL},
    {"", "minimal-thread", "03_thread/thread-minimal -p {port}", SERVER_MINIMAL},
    {"", "minimal-select", "04_select/select-minimal -p {port}", SERVER_MINIMAL},
    {"", "minimal-poll", "05_poll/poll-minimal -p {port}", SERVER_MINIMAL},
    {"", "minimal-epoll", "06_epoll/epoll-minimal -p {port}", SERVER_MINIMAL},
    {"", "baseline", "bench/baseline -p {port} -d {dir}", SERVER_BASELINE},
    {"", "batching", "bench/baseline --batch -p {port} -d {dir}", SERVER_BASELINE},
    {"", "slower", "bench/baseline --work 1000 -p {port} -d {dir}", SERVER_BASELINE},
    {"", "redis", "bench/peers/start redis {port} {dir}", SERVER_PEER},
    {"", "nginx", "bench/peers/start nginx {port} {dir}", SERVER_PEER},
};
enum { KNOWN = sizeof known / sizeof known[0] };

/* Whether the folder is bench/ in the working directory: then the short names will do. */
static bool beside_us(const char *folder)
{
    char parent[PATH_MAX + 8];
    struct stat theirs, here;
    (void)snprintf(parent, sizeof parent, "%s/..", folder);
    return stat(parent, &theirs) == 0 && stat(".", &here) == 0 && theirs.st_dev == here.st_dev &&
           theirs.st_ino == here.st_ino;
}

/* Finds the program of a command like "05_poll/poll-server ...": beside this program, as in the
 * source tree and in each folder of build/; in the same folder, as it is installed; or from the
 * working directory. False: nowhere. */
static bool program_locate(const char *command, char program[PATH_MAX])
{
    char exe[PATH_MAX];
    int word = (int)strcspn(command, " ");
    const char *name = strchr(command, '/') + 1; /* all of ours are in a folder */
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = '\0';
    const char *folder = dirname(exe);
    for (int way = beside_us(folder) ? 2 : 0; way < 3; way++) {
        int length = way == 0   ? snprintf(program, PATH_MAX, "%s/../%.*s", folder, word, command)
                     : way == 1 ? snprintf(program, PATH_MAX, "%s/%.*s", folder,
                                           (int)(command + word - name), name)
                                : snprintf(program, PATH_MAX, "%.*s", word, command);
        if (length < PATH_MAX && access(program, X_OK) == 0)
            return true;
    }
    return false;
}

/* NAME=COMMAND. The name appears on charts and in names of files. */
static bool given_choose(struct server_choice *choice, const char *given, char why[WHY])
{
    static const char usable[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    const char *command = strchr(given, '=') + 1;
    size_t length = (size_t)(command - 1 - given);
    choice->kind = SERVER_GIVEN;
    if (length == 0 || length >= sizeof choice->name || *command == '\0' ||
        strspn(given, usable) != length)
        return fail(why, "a server is NAME=COMMAND, with a name of at most %zu letters and digits",
                    sizeof choice->name - 1);
    if (strstr(command, "{port}") == NULL)
        return fail(why, "the command of '%.*s' has no {port} in it", (int)length, given);
    (void)snprintf(choice->name, sizeof choice->name, "%.*s", (int)length, given);
    return snprintf(choice->command, sizeof choice->command, "%s", command) <
               (int)sizeof choice->command ||
           fail(why, "the command of '%s' is too long", choice->name);
}

/* The name of a peer gets its version, as its program prints it. */
static bool version_add(struct server_choice *choice, char why[WHY])
{
    char version[24] = "";
    size_t n = strlen(choice->name);
    bool asked = setenv("START", choice->program, 1) == 0 && setenv("PEER", choice->name, 1) == 0;
    FILE *start = asked ? popen("exec \"$START\" version \"$PEER\" 2>/dev/null", "re") : NULL;
    if (start != NULL && fgets(version, sizeof version, start) != NULL)
        version[strcspn(version, "\n")] = '\0';
    if (start == NULL || pclose(start) != 0 || version[0] == '\0')
        return fail(why, "%s is not installed: make deps-peers", choice->name);
    (void)snprintf(choice->name + n, sizeof choice->name - n, "-%s", version);
    return true;
}

bool server_choose(struct server_choice *choice, const char *given, char why[WHY])
{
    *choice = (struct server_choice){.max_clients = UINT_MAX};
    if (strchr(given, '=') != NULL)
        return given_choose(choice, given, why);
    for (size_t i = 0; i < KNOWN; i++) {
        if (*given == '\0' ||
            (strcmp(given, known[i].number) != 0 && strcmp(given, known[i].name) != 0))
            continue;
        (void)snprintf(choice->name, sizeof choice->name, "%s", known[i].name);
        (void)snprintf(choice->command, sizeof choice->command, "%s", known[i].command);
        choice->kind = known[i].kind;
        if (!program_locate(choice->command, choice->program))
            return fail(why, "%.*s does not exist: build it with make",
                        (int)strcspn(choice->command, " "), choice->command);
        return choice->kind != SERVER_PEER || version_add(choice, why);
    }
    return fail(why,
                "no server is called '%.40s': 01 to 06, or loop, fork, thread, select, poll, "
                "epoll; minimal-loop to minimal-epoll; baseline; batching; slower; redis; nginx",
                given);
}

enum server_kind server_kind_of(const char *name)
{
    for (size_t i = 0; i < KNOWN; i++) {
        size_t n = strlen(known[i].name);
        /* that is all of it, or a version follows */
        if (strncmp(name, known[i].name, n) == 0 && strchr("-", name[n]) != NULL)
            return known[i].kind;
    }
    return SERVER_GIVEN;
}
