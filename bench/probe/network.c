/* bench/probe/network.c: see network.h */
#include "probe/network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"

static bool file_write(const char *path, const char *text)
{
    size_t n = strlen(text);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n;
    if (fd >= 0)
        (void)close(fd);
    return ok;
}

/* Both namespaces. Without a map all users would be the overflow user in there, and a program that
 * checks its user, as gnuplot does, would refuse to run: user_namespaces(7). */
static bool unshare_unprivileged(void)
{
    char uid[64], gid[64];
    (void)snprintf(uid, sizeof uid, "%u %u 1", geteuid(), geteuid());
    (void)snprintf(gid, sizeof gid, "%u %u 1", getegid(), getegid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
           file_write("/proc/self/setgroups", "deny") && file_write("/proc/self/uid_map", uid) &&
           file_write("/proc/self/gid_map", gid);
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

static bool enter(const char *congestion, char why[WHY])
{
    if (unshare(CLONE_NEWNET) < 0 && !unshare_unprivileged())
        return fail(why, "a network namespace: %s", strerror(errno));
    if (!loopback_up())
        return fail(why, "loopback: %s", strerror(errno));
    return file_write("/proc/sys/net/ipv4/tcp_congestion_control", congestion) ||
           fail(why, "congestion control %.30s: %s", congestion, strerror(errno));
}

/* There is no way back from a namespace in which loopback stays down, or the congestion control
 * can't be set (AppArmor, a read-only /proc): so a child tries it first, and reports what fails. */
static bool try(const char *congestion, char why[WHY])
{
    int ends[2], status = -1;
    size_t n = 0;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return fail(why, "pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        bool ok = enter(congestion, why);
        ssize_t told = ok ? 0 : write(ends[1], why, strlen(why));
        _exit(ok && told == 0 ? 0 : 1);
    }
    (void)close(ends[1]);
    for (ssize_t got = 1; pid > 0 && n < WHY - 1 && (got > 0 || (got < 0 && errno == EINTR));) {
        got = read(ends[0], why + n, WHY - 1 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    why[n] = '\0';
    (void)close(ends[0]);
    if (pid < 0)
        return fail(why, "fork: %s", strerror(errno));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status == 0;
}

bool network_own(const char *congestion, char why[WHY])
{
    return try(congestion, why) && enter(congestion, why);
}
