/* tries to get rid of its tracer, or to take its place */
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(void)
{
    puts(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? "FOUND: nobody traces" : "traced");
    for (pid_t pid = 2; pid < 200; pid++)
        if (pid != getpid() && kill(pid, 0) == 0 && kill(pid, SIGKILL) == 0)
            printf("killed %d\n", (int)pid);
    if (getppid() > 1 && kill(getppid(), SIGKILL) == 0)
        puts("killed the parent");
    return 0;
}
