/* All that can be written to is filled. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static const char *const folders[] = {"/tmp",     "/tmp/lab", "/var/tmp",
                                          "/dev/shm", ".",        "@ROOT@"};
    static char block[1 << 20];
    signal(SIGXFSZ, SIG_IGN);
    memset(block, 1, sizeof block);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        for (int k = 0; k < 400; k++) {
            char path[300];
            snprintf(path, sizeof path, "%s/filler-of-labs-check-%d", folders[i], k);
            int fd = open(path, O_WRONLY | O_CREAT, 0600);
            while (fd >= 0 && write(fd, block, sizeof block) > 0)
                continue;
        }
    }
    return 0;
}
