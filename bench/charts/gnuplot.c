/* bench/charts/gnuplot.c: see gnuplot.h */
#include "charts/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"

enum { SECONDS_MOST = 60, PRINTED = 4096 };

/* In the child. An alarm outlives exec, and ends it. */
static void become(const char *folder, const char *script, int err)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGALRM, SIG_DFL);
    (void)alarm(SECONDS_MOST);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO &&
        dup2(err, STDERR_FILENO) == STDERR_FILENO && chdir(folder) == 0)
        (void)execlp("gnuplot", "gnuplot", "-d", script, (char *)NULL); /* -d: no ~/.gnuplot */
    (void)dprintf(STDERR_FILENO, "%s%s", strerror(errno),
                  errno == ENOENT ? " (install gnuplot-nox)" : "");
    _exit(127);
}

/* On one line; the reason is in its last words. */
static bool failed(char *printed, int status, char why[WHY])
{
    size_t length = strlen(printed), from = length > 300 ? length - 300 : 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return fail(why, "gnuplot took more than %d seconds", SECONDS_MOST);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)printed[i] < ' ')
            printed[i] = ' ';
    from += strspn(printed + from, " ");
    return fail(why, "gnuplot failed: %s", printed[from] != '\0' ? printed + from : "no message");
}

bool gnuplot_run(const char *folder, const char *script, char why[WHY])
{
    char printed[PRINTED] = "";
    int err[2], status = 0;
    if (pipe2(err, O_CLOEXEC | O_NONBLOCK) < 0)
        return fail(why, "no pipe for gnuplot: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        become(folder, script, err[1]);
    (void)close(err[1]);
    if (pid < 0)
        (void)snprintf(printed, sizeof printed, "%s", strerror(errno));
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    ssize_t length = pid > 0 ? read(err[0], printed, sizeof printed - 1) : 0;
    if (length > 0)
        printed[length] = '\0';
    (void)close(err[0]);
    return (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           failed(printed, status, why);
}
