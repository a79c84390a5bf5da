/* thousands of descriptors, with long names, in each line of the trace
 * Says: was cut after 8 MiB */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 2000 };

int main(void)
{
    static struct pollfd all[COUNT];
    static char name[250];
    memset(name, '\n', sizeof name - 1);
    if (chdir("/tmp") != 0)
        return 1;
    for (int i = 0; i < COUNT; i++) {
        all[i] = (struct pollfd){.fd = open(name, O_RDWR | O_CREAT, 0600), .events = POLLPRI};
        if (all[i].fd < 0)
            all[i].fd = 0;
    }
    for (;;)
        (void)poll(all, COUNT, 0);
}
