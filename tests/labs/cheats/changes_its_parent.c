/* The suite's memory is written to, or it is traced. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", getppid());
    if (open(path, O_RDWR) >= 0)
        printf("FOUND %s ", path);
    if (ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0 || ptrace(PTRACE_SEIZE, 1, 0, 0) == 0)
        printf("FOUND a process to trace ");
    puts("CLEAN");
    return 0;
}
