/* bench/probe/network.c: see network.h */
#include "probe/network.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"

static bool file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");
    bool ok = file != NULL && fputs(text, file) >= 0;
    return file != NULL && fclose(file) == 0 && ok; /* written in one piece */
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
    int status = -1;
    char *told = mmap(NULL, WHY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED)
        return fail(why, "mmap: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        _exit(enter(congestion, told) ? 0 : 1);
    if (pid < 0)
        (void)fail(told, "fork: %s", strerror(errno));
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    memcpy(why, told, WHY);
    (void)munmap(told, WHY);
    return status == 0;
}

bool network_own(const char *congestion, char why[WHY])
{
    return try(congestion, why) && enter(congestion, why);
}
