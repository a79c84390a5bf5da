/* bench/probe/slow_disk.c: see slow_disk.h, and seccomp_unotify(2) */
#include "probe/slow_disk.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

bool slow_disk_possible(void)
{
    const uint32_t action = SECCOMP_RET_USER_NOTIF;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* For this thread and what it starts. Returns the descriptor to which reads are reported, or -1. */
static int filter_install(uint32_t bytes)
{
    const bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    const uint32_t count = offsetof(struct seccomp_data, args[2]) + (big ? 4 : 0);
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pread64, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, count),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, bytes, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof steps / sizeof steps[0], steps};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                        &program);
}

/* Room for what a later kernel reports. */
union report {
    struct seccomp_notif one;
    char room[512];
};
union reply {
    struct seccomp_notif_resp one;
    char room[512];
};

/* One read: it sleeps, and is then done as if nothing had been. */
static void read_delay(struct slow_disk *disk)
{
    union report report;
    union reply reply;
    const long ns = (long)(disk->ms * 1e6);
    struct timespec left = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    memset(&report, 0, sizeof report);
    memset(&reply, 0, sizeof reply);
    if (ioctl(disk->listener, SECCOMP_IOCTL_NOTIF_RECV, &report) < 0)
        return; /* the process has gone meanwhile */
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        continue;
    reply.one.id = report.one.id;
    reply.one.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (ioctl(disk->listener, SECCOMP_IOCTL_NOTIF_SEND, &reply) == 0)
        atomic_fetch_add(&disk->delayed, 1);
}

static void event_send(int event)
{
    ssize_t n = write(event, &(uint64_t){1}, sizeof(uint64_t));
    (void)n; /* it counts up to 2^64 - 2 */
}

static void event_await(int event)
{
    uint64_t count;
    while (read(event, &count, sizeof count) < 0 && errno == EINTR)
        continue;
}

static void *supervise(void *arg)
{
    struct slow_disk *disk = arg;
    disk->listener = filter_install(disk->bytes);
    disk->error = disk->listener < 0 ? errno : 0;
    disk->started = disk->listener >= 0 && disk->start(disk->context);
    event_send(disk->ready);
    struct pollfd wait[] = {{.fd = disk->end, .events = POLLIN},
                            {.fd = disk->listener, .events = POLLIN}};
    while (wait[0].revents == 0) {
        int ready = poll(wait, 2, -1);
        if (ready < 0 && errno != EINTR)
            break;
        if (ready > 0 && (wait[1].revents & POLLIN) != 0)
            read_delay(disk);
    }
    if (disk->listener >= 0)
        (void)close(disk->listener);
    return NULL;
}

static bool fail_early(struct slow_disk *disk, int error)
{
    if (disk->ready >= 0)
        (void)close(disk->ready);
    if (disk->end >= 0)
        (void)close(disk->end);
    disk->end = 0;
    errno = error;
    return false;
}

bool slow_disk_start(struct slow_disk *disk)
{
    atomic_store(&disk->delayed, 0);
    disk->started = false;
    disk->ready = eventfd(0, EFD_CLOEXEC);
    disk->end = eventfd(0, EFD_CLOEXEC);
    if (disk->ready < 0 || disk->end < 0)
        return fail_early(disk, errno);
    int error = pthread_create(&disk->thread, NULL, supervise, disk);
    if (error != 0)
        return fail_early(disk, error);
    event_await(disk->ready);
    (void)close(disk->ready);
    errno = disk->error;
    return disk->started;
}

void slow_disk_end(struct slow_disk *disk)
{
    if (disk->end <= 0)
        return;
    event_send(disk->end);
    (void)pthread_join(disk->thread, NULL);
    (void)close(disk->end);
    disk->end = 0;
}
