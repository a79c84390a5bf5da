/* bench/network.c: see network.h */
#include "network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool failed(char why[160], const char *what)
{
    (void)snprintf(why, 160, "%s: %s", what, strerror(errno));
    return false;
}

static bool loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags |= IFF_UP;
    up = up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    if (fd >= 0)
        (void)close(fd);
    return up;
}

bool network_own(const char *congestion, char why[160])
{
    char what[64];
    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return failed(why, "a network namespace");
    if (!loopback_up())
        return failed(why, "loopback");
    int fd = open("/proc/sys/net/ipv4/tcp_congestion_control", O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, congestion, strlen(congestion)) >= 0;
    (void)snprintf(what, sizeof what, "congestion control %.30s", congestion);
    if (!ok)
        (void)failed(why, what);
    if (fd >= 0)
        (void)close(fd);
    return ok;
}
