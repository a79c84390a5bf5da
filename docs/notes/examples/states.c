/* states: puts a process into each state that ps(1) shows, and prints it, from /proc/PID/stat */
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static char state_of(pid_t pid)
{
    char path[64], line[256] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(line, sizeof line, file) == NULL)
        err(1, "%s", path);
    (void)fclose(file);
    return strrchr(line, ')')[2]; /* the name before it may hold anything, also a ')' */
}

/* Waits until the process is in that state, 10 s at most. */
static void show(pid_t pid, char state, const char *what)
{
    for (int i = 0; i < 10000 && state_of(pid) != state; i++)
        usleep(1000);
    printf("%c  %s\n", state_of(pid), what);
}

static pid_t child(void (*run)(void))
{
    pid_t pid = fork();
    if (pid < 0)
        err(1, "fork");
    if (pid == 0) {
        run();
        _exit(0);
    }
    return pid;
}

/* Ends it, and reaps it and what it has started. */
static void end(pid_t pid)
{
    if (kill(pid, SIGKILL) != 0)
        err(1, "kill");
    while (wait(NULL) > 0)
        continue;
}

static void compute(void)
{
    for (;;)
        __asm__ volatile("");
}

static void sleep_for_ever(void)
{
    for (;;)
        pause();
}

static int die_with(void *parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == *(pid_t *)parent)
        sleep_for_ever();
    return 1;
}

/* As after vfork(2), the caller sleeps until its child ends or calls execve. */
static void wait_for_vfork(void)
{
    static _Alignas(16) char stack[64 * 1024];
    pid_t self = getpid();
    if (clone(die_with, stack + sizeof stack, CLONE_VFORK | SIGCHLD, &self) < 0)
        err(1, "clone");
}

static void be_traced(void)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        exit(1);
    (void)raise(SIGTRAP); /* a signal stops a traced process */
}

static void exit_at_once(void)
{
}

int main(void)
{
    static const struct {
        void (*run)(void);
        char state;
        const char *what;
    } cases[] = {
        {compute, 'R', "running, or ready to run and waiting for a processor"},
        {sleep_for_ever, 'S', "asleep; a signal wakes it: recv, poll, pause, ..."},
        {wait_for_vfork, 'D', "asleep, no handler can run: it waits for a disk, or for its vfork"},
        {be_traced, 't', "stopped by its tracer: a debugger, strace"},
        {exit_at_once, 'Z', "a zombie: ended, and its parent has not asked for its exit status"},
    };
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        err(1, "prctl");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pid_t pid = child(cases[i].run);
        show(pid, cases[i].state, cases[i].what);
        end(pid);
    }
    pid_t pid = child(sleep_for_ever);
    if (kill(pid, SIGSTOP) != 0)
        err(1, "kill");
    show(pid, 'T', "stopped by SIGSTOP or Ctrl-Z, until SIGCONT");
    end(pid);
    return 0;
}
