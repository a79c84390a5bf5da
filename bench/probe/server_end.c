/* bench/probe/server_end.c: the end of a server, and what it left in its log: see server.h */
#include "probe/server.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "common/fail.h"
#include "common/seconds.h"
#include "common/signals.h"

enum { STOP_SECONDS = 15 };

bool server_ended(const struct server *server, long wait_ms, char why[WHY])
{
    siginfo_t end = {0};
    size_t n = strnlen(why, WHY - 1);
    double last = seconds_now() + 1e-3 * (double)wait_ms;
    while (server->pid != 0 &&
           waitid(P_PID, (id_t)server->pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           end.si_pid == 0 && seconds_now() < last)
        clock_pause(2);
    if (end.si_pid == 0)
        return false;
    (void)snprintf(why + n, WHY - n, n > 0 ? " (%s %d ended it)" : "%s %d ended it",
                   end.si_code == CLD_EXITED ? "status" : "signal", end.si_status);
    return true;
}

bool server_stop(struct server *server, char why[WHY])
{
    const char *name = server->choice->name;
    bool uncaught = (server->choice->kind & (SERVER_MINIMAL | SERVER_GIVEN)) != 0;
    int status = 0;
    pid_t ended;
    if (server->pid == 0)
        return true;
    (void)kill(server->pid, SIGTERM);
    double last = seconds_now() + STOP_SECONDS;
    while ((ended = waitpid(server->pid, &status, WNOHANG)) == 0 && seconds_now() < last)
        clock_pause(2);
    server->killed = ended == 0;
    if (ended == 0) {
        stop_child_kill();
        (void)waitpid(server->pid, &status, 0);
    }
    server->pid = stop_child = 0;
    if (server->out >= 0)
        (void)close(server->out);
    if (ended == 0)
        return fail(why, "%s did not end within %d s of SIGTERM", name, STOP_SECONDS);
    if (WIFSIGNALED(status) && !(uncaught && WTERMSIG(status) == SIGTERM))
        return fail(why, "%s was ended by signal %d", name, WTERMSIG(status));
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        return fail(why, "%s ended with status %d", name, WEXITSTATUS(status));
    return true;
}

void server_log_add(const char *log, char why[WHY])
{
    char text[256] = "";
    size_t n = strlen(why);
    FILE *file = fopen(log, "re");
    if (file == NULL)
        return;
    if (fseek(file, -(long)(sizeof text - 1), SEEK_END) < 0)
        rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    for (char *at = text + strlen(text); at > text && at[-1] == '\n';)
        *--at = '\0';
    for (char *at = text; (at = strchr(at, '\n')) != NULL;)
        *at = ';';
    (void)snprintf(why + n, WHY - n, "%s%s", text[0] != '\0' ? "; its log ends: " : "", text);
}
