/* tries to end its parent, the test, with status 0, or to change the test */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    static const char nothing[] = "import sys; sys.exit(0)\n";
    char path[64];
    pid_t parent = getppid();
    snprintf(path, sizeof path, "/proc/%d/mem", (int)parent);
    if (open(path, O_RDWR) >= 0)
        puts("FOUND: the memory of the test");
    if (ptrace(PTRACE_ATTACH, parent, NULL, NULL) == 0)
        puts("FOUND: the test can be traced");
    int fd = open("test.py", O_WRONLY | O_TRUNC);
    if (fd >= 0 && write(fd, nothing, sizeof nothing - 1) > 0)
        puts("FOUND: the test can be written");
    if (unlink("test.py") == 0 || rename("udp", "test.py") == 0)
        puts("FOUND: the test can be removed");
    return 0;
}
