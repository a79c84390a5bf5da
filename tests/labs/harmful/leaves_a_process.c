/* A process leaves its group and its session, and stays. */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() != 0)
            _exit(0);
        prctl(PR_SET_NAME, "labs-left");
        for (;;)
            pause();
    }
    puts("CLEAN");
    return 0;
}
