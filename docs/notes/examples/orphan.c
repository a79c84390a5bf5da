/* orphan: a zombie, from its end until it is reaped; an orphan, and its new parent */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(void)
{
    pid_t pid = fork();
    if (pid < 0)
        err(1, "fork");
    return pid;
}

static void zombie(void)
{
    int status;
    siginfo_t info;
    pid_t child = start();
    if (child == 0)
        _exit(7);
    if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0) /* waits, and does not reap */
        err(1, "waitid");
    printf("zombie  kill(pid, SIGKILL) returns %d, and changes nothing\n", kill(child, SIGKILL));
    if (waitpid(child, &status, 0) != child)
        err(1, "waitpid");
    printf("        reaped: exit status %d\n", WEXITSTATUS(status));
    printf("        and now: %s\n",
           kill(child, 0) != 0 && errno == ESRCH ? "no such process" : "?");
}

/* Starts a process that starts another and ends before it. The last sends the number of its new
 * parent. */
static void leave_orphan(int report)
{
    pid_t parent = getpid();
    if (start() > 0)
        _exit(0);
    while (getppid() == parent) /* until the parent has ended */
        usleep(1000);
    pid_t heir = getppid();
    _exit(write(report, &heir, sizeof heir) == sizeof heir ? 0 : 1);
}

static void orphan(void)
{
    int report[2];
    pid_t heir;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || pipe(report) != 0)
        err(1, "pipe");
    pid_t child = start();
    if (child == 0)
        leave_orphan(report[1]);
    if (waitpid(child, NULL, 0) != child || read(report[0], &heir, sizeof heir) != sizeof heir)
        err(1, "waitpid");
    printf("orphan  its parent has ended; its new parent is the nearest subreaper: %s\n",
           heir == getpid() ? "yes" : "no");
    printf("        which can reap it: %s\n", wait(NULL) > 0 ? "yes" : "no");
}

int main(void)
{
    (void)setvbuf(stdout, NULL, _IONBF,
                  0); /* or a child would write what its parent had buffered */
    zombie();
    orphan();
    return 0;
}
