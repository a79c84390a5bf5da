/* chart_gnuplot.c: runs gnuplot, without a shell, for a bounded time */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "charts/chart_parts.h"

extern char **environ;

/* Starts it in the folder, with its standard error on the pipe. Returns an errno. */
static int start(const char *folder, const char *script, int err, pid_t *pid)
{
    char *words[] = {"gnuplot", "-d", (char *)script, NULL}; /* -d: nobody's own settings */
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    if ((error = posix_spawnattr_init(&attributes)) != 0) {
        (void)posix_spawn_file_actions_destroy(&actions);
        return error;
    }
    (void)sigemptyset(&none);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    if ((error = posix_spawn_file_actions_addchdir_np(&actions, folder)) == 0 &&
        (error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) == 0 &&
        (error = posix_spawn_file_actions_adddup2(&actions, err, 2)) == 0)
        error = posix_spawnp(pid, words[0], &actions, &attributes, words, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Reads what it complains of until it ends. False: it took too long. */
static bool listen_to(int err, int seconds, char *said, size_t size)
{
    int64_t until = clock_now() + (int64_t)seconds * 1000;
    size_t used = 0;
    char bytes[512];
    for (;;) {
        struct pollfd one = {.fd = err, .events = POLLIN};
        int64_t left = until - clock_now();
        int ready = left <= 0 ? 0 : poll(&one, 1, (int)left);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t got = read(err, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return true;
        for (ssize_t i = 0; i < got && used + 1 < size; i++)
            said[used++] = bytes[i];
        said[used] = '\0';
    }
}

/* One line of it: what matters stands in its last words. */
static void tell(char why[160], const char *said)
{
    char line[120];
    size_t used = 0;
    size_t len = strlen(said), from = len > 600 ? len - 600 : 0;
    for (const char *at = said + from; *at != '\0' && used + 1 < sizeof line; at++)
        if ((unsigned char)*at > ' ' || (used > 0 && line[used - 1] != ' '))
            line[used++] = (char)((unsigned char)*at > ' ' ? *at : ' ');
    line[used] = '\0';
    (void)snprintf(why, 160, "gnuplot failed: %s", used > 0 ? line : "it says nothing");
}

bool chart_gnuplot(const char *folder, const char *script, int seconds, char why[160])
{
    char said[2048] = "";
    int err[2], status = 0;
    pid_t pid;
    if (pipe2(err, O_CLOEXEC) < 0) {
        (void)snprintf(why, 160, "no pipe: %s", strerror(errno));
        return false;
    }
    int error = start(folder, script, err[1], &pid);
    (void)close(err[1]);
    if (error != 0) {
        (void)close(err[0]);
        (void)snprintf(why, 160, "gnuplot could not be started: %s%s", strerror(error),
                       error == ENOENT ? " (install gnuplot-nox)" : "");
        return false;
    }
    bool ended = listen_to(err[0], seconds, said, sizeof said);
    (void)close(err[0]);
    if (!ended)
        (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!ended)
        (void)snprintf(why, 160, "gnuplot took more than %d seconds", seconds);
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        tell(why, said);
    return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
