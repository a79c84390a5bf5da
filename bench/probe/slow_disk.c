/* bench/probe/slow_disk.c: see slow_disk.h, and seccomp_unotify(2) */
#include "probe/slow_disk.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/fail.h"

bool slow_disk_possible(void)
{
    const uint32_t action = SECCOMP_RET_USER_NOTIF;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* For this thread and what it starts. Returns the descriptor to which reads are reported, or -1. */
static int filter_install(uint32_t bytes)
{
    const uint32_t low = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0;
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pread64, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]) + low),
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

/* The address sanitizer does not notice that a cancelled thread's frames are gone. */
#define CANCELLED __attribute__((no_sanitize_address))

/* One read: it sleeps, and is then done as if nothing had been. It is counted before it goes on: a
 * client that gets what was read may look at the count at once. */
CANCELLED static void read_delay(struct slow_disk *disk)
{
    struct { /* with room for what a later kernel reports */
        struct seccomp_notif one;
        char more[256];
    } report = {0};
    struct timespec left = {.tv_nsec = (long)(disk->ms * 1e6)};
    if (ioctl(disk->listener, SECCOMP_IOCTL_NOTIF_RECV, &report) < 0)
        return; /* the process has gone meanwhile */
    while (disk->ms > 0 && nanosleep(&left, &left) < 0 && errno == EINTR)
        continue;
    struct seccomp_notif_resp reply = {.id = report.one.id,
                                       .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    atomic_fetch_add(&disk->delayed, 1);
    (void)ioctl(disk->listener, SECCOMP_IOCTL_NOTIF_SEND,
                &reply); /* fails if the process has gone */
}

/* Until it is cancelled, which happens in poll. */
CANCELLED static void *supervise(void *arg)
{
    struct slow_disk *disk = arg;
    disk->listener = filter_install(disk->bytes);
    disk->started = disk->listener >= 0 ? server_start(disk->server, disk->place, disk->why)
                                        : fail(disk->why, "no slow disk: %s", strerror(errno));
    (void)sem_post(&disk->ready);
    struct pollfd wait = {.fd = disk->listener, .events = POLLIN};
    while (poll(&wait, 1, -1) > 0 || errno == EINTR)
        if ((wait.revents & POLLIN) != 0)
            read_delay(disk);
    return NULL;
}

bool slow_disk_start(struct slow_disk *disk)
{
    (void)sem_init(&disk->ready, 0, 0); /* fails with a value that is too large only */
    int error = pthread_create(&disk->thread, NULL, supervise, disk);
    disk->runs = error == 0;
    if (!disk->runs)
        return fail(disk->why, "no slow disk: %s", strerror(error));
    while (sem_wait(&disk->ready) < 0)
        continue; /* a signal */
    return disk->started;
}

void slow_disk_end(struct slow_disk *disk)
{
    if (!disk->runs)
        return;
    (void)pthread_cancel(disk->thread);
    (void)pthread_join(disk->thread, NULL);
    if (disk->listener >= 0)
        (void)close(disk->listener);
    disk->runs = false;
}
