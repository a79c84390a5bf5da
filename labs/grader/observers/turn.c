/* turn.c: what the loop of a student's server tells core/turn; see check_unit.py
 *
 * The student's server is linked with this file in between: what it calls of core/turn, and the
 * waits, come here first (ld(1), --wrap). Its descriptors are pipes and sockets that are in a
 * known state, so each turn has one right report, whenever and however it is made: by one call of
 * turn_ready or by several, after one wait or after more of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "observer.h"
#include "turn/turn.h"

enum { WAIT = 10 * 1000 }; /* milliseconds, of a wait that something ends at once */

/* What is judged: what the loop reports, or what watch does. */
enum { REPORTS, WATCHES };

/* One turn. `can_read` and `failed` are what has to be reported of its descriptor. refuses: watch
 * is also called for one that can't be watched. */
struct loop_scene {
    const char *what;
    int (*open)(int *other); /* the descriptor to be watched, and another to be closed; or -1 */
    bool can_read, failed, refuses;
    int wait_fails; /* with this errno; 0: it does not */
};

static struct {
    const struct loop_scene *scene; /* NULL behind the last one */
    unsigned int rule;
    clients_watch *watch;
    int refusal; /* errno of a descriptor that can't be watched */
    int fd, other;
    int old[2]; /* those of the scene before: not watched any more, and still ready */
    bool waited, reported, can_read, failed; /* in this turn */
    int wait_failed;                         /* errno of a wait that has failed; then 0 */
} now;

static _Noreturn void complain(const char *text)
{
    observer_fail("%s: %s", now.scene->what, text);
}

static void complain_of(unsigned int rule, const char *text)
{
    if (now.rule == rule)
        complain(text);
}

/* ---- descriptors ---- */

static int without_writer(int *other)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[1]);
    *other = -1;
    return ends[0];
}

static int without_reader(int *other)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    *other = -1;
    return ends[1];
}

static int readable(int *other)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(write(ends[1], "N", 1), 1);
    *other = ends[1];
    return ends[0];
}

/* ---- what the student's server calls ---- */

int __wrap_setup_begin(struct setup *setup, const char *model, unsigned int port,
                       unsigned int descriptors, unsigned int most, int argc, char **argv)
{
    (void)setup, (void)port, (void)descriptors, (void)most, (void)argc, (void)argv;
    now.refusal = strcmp(model, "select") == 0 ? EMFILE : EBADF;
    return -1;
}

static void close_pair(int fd, int other)
{
    if (fd >= 0)
        close(fd);
    if (other >= 0)
        close(other);
}

/* A set has no bit for it, and epoll knows no such descriptor. */
static void watch_refuses(void)
{
    errno = 0;
    if (now.watch(FD_SETSIZE, 0, WATCH_READ))
        complain("watch has returned true for a descriptor that can't be watched: 1024, not open");
    if (errno != now.refusal)
        complain("watch has refused descriptor 1024, and left another errno");
}

static void scene_begin(void)
{
    now.waited = now.reported = now.can_read = now.failed = false;
    now.wait_failed = 0;
    now.fd = now.scene->open(&now.other);
    if (now.scene->refuses)
        watch_refuses();
    if (!now.watch(now.fd, 0, WATCH_READ))
        complain("watch has returned false");
}

bool __wrap_turn_begin(struct turn *turn, clients_watch *watch, turn_accept *accept,
                       turn_receive *receive, turn_send *send)
{
    (void)turn, (void)accept, (void)receive, (void)send;
    now.watch = watch;
    now.old[0] = now.old[1] = -1;
    scene_begin();
    return true;
}

int __wrap_turn_timeout(struct turn *turn)
{
    (void)turn;
    return WAIT;
}

void __wrap_turn_ready(struct turn *turn, int fd, bool can_read, bool can_write, bool failed)
{
    (void)turn, (void)can_write;
    if (now.wait_failed != 0)
        complain("the wait has failed, so nothing is known to be ready, and turn_ready was called");
    if (fd == now.old[0])
        complain_of(WATCHES, "turn_ready was called for a descriptor that is watched no longer");
    else if (fd != now.fd)
        complain("turn_ready was called for another descriptor than the one that is watched");
    if (fd != now.fd)
        return;
    now.reported = true;
    now.can_read = now.can_read || can_read;
    now.failed = now.failed || failed;
}

void __wrap_turn_wait_failed(void)
{
    if (now.wait_failed == ENOMEM && errno != ENOMEM)
        complain("when turn_wait_failed was called, errno was no longer that of the wait");
    if (now.wait_failed == ENOMEM)
        now.wait_failed = EINTR; /* nothing more has to be done about it */
}

static void unhandled_failure(void)
{
    if (now.wait_failed == ENOMEM)
        complain("the wait has failed with ENOMEM, and turn_wait_failed was not called");
}

bool __wrap_turn_end(struct turn *turn)
{
    (void)turn;
    const struct loop_scene *scene = now.scene;
    unhandled_failure();
    if (now.waited && now.wait_failed == 0) {
        if (!now.reported)
            complain("the wait has returned it, and turn_ready was not called");
        if (scene->can_read && !now.can_read)
            complain_of(REPORTS, "it can be read, and turn_ready was not told so");
        if (scene->failed && !now.failed)
            complain_of(REPORTS, "the last argument of turn_ready was false");
        if (!scene->failed && now.failed)
            complain_of(REPORTS, "nothing has failed, and the last argument of turn_ready was "
                                 "true");
    }
    if (!now.watch(now.fd, WATCH_READ, 0))
        complain("watch has returned false, and to watch it no longer was all it had to do");
    close_pair(now.old[0], now.old[1]);
    now.old[0] = now.fd;
    now.old[1] = now.other;
    now.scene++;
    if (now.scene->what == NULL)
        return false;
    scene_begin();
    return true;
}

void __wrap_turn_free(struct turn *turn)
{
    (void)turn;
}

/* ---- waits ---- */

/* Returns true if this wait is to fail, with errno: the first one of the scene. */
static bool wait_fails(void)
{
    unhandled_failure();
    bool fails = !now.waited && now.scene->wait_fails != 0;
    now.waited = true;
    now.wait_failed = fails ? now.scene->wait_fails : 0;
    errno = now.wait_failed;
    return fails;
}

int __real_epoll_wait(int epoll, struct epoll_event *events, int most, int ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int most, int ms)
{
    return wait_fails() ? -1 : __real_epoll_wait(epoll, events, most, ms);
}

int __real_epoll_pwait(int epoll, struct epoll_event *events, int most, int ms,
                       const sigset_t *signals);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int most, int ms,
                       const sigset_t *signals)
{
    return wait_fails() ? -1 : __real_epoll_pwait(epoll, events, most, ms, signals);
}

int __real_select(int count, fd_set *readers, fd_set *writers, fd_set *others,
                  struct timeval *wait);
int __wrap_select(int count, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *wait)
{
    return wait_fails() ? -1 : __real_select(count, readers, writers, others, wait);
}

int __real_pselect(int count, fd_set *readers, fd_set *writers, fd_set *others,
                   const struct timespec *wait, const sigset_t *signals);
int __wrap_pselect(int count, fd_set *readers, fd_set *writers, fd_set *others,
                   const struct timespec *wait, const sigset_t *signals)
{
    return wait_fails() ? -1 : __real_pselect(count, readers, writers, others, wait, signals);
}

/* ---- tests ---- */

static void run(unsigned int rule, const struct loop_scene *scenes)
{
    char *words[] = {"server", NULL};
    now.rule = rule;
    now.scene = scenes;
    int status = student_main(1, words);
    if (now.scene->what != NULL)
        complain("the loop has ended, and turn_end had not returned false");
    assert_int_equal(status, 0);
}

static void events_are_reported(void **state)
{
    static const struct loop_scene scenes[] = {
        {"EPOLLHUP alone, of a pipe to which nobody writes", without_writer, .failed = true},
        {"EPOLLERR alone, of a pipe from which nobody reads", without_reader, .failed = true},
        {"EPOLLIN alone, of a socket with a byte in it", readable, .can_read = true},
        {.what = NULL},
    };
    (void)state;
    run(REPORTS, scenes);
}

static void failed_waits_are_reported(void **state)
{
    static const struct loop_scene scenes[] = {
        {"a socket with a byte in it", readable, .can_read = true},
        {"a wait that a signal interrupts", readable, .can_read = true, .wait_fails = EINTR},
        {"a wait without memory", readable, .can_read = true, .wait_fails = ENOMEM},
        {"a wait after those that have failed", readable, .can_read = true},
        {.what = NULL},
    };
    (void)state;
    run(REPORTS, scenes);
}

static void watch_removes_and_refuses(void **state)
{
    static const struct loop_scene scenes[] = {
        {"a pipe to which nobody writes", without_writer, .failed = true, .refuses = true},
        {"a socket, and the pipe is still open", readable, .can_read = true},
        {"another socket, and the first is still open", readable, .can_read = true},
        {"a pipe from which nobody reads", without_reader, .failed = true, .refuses = true},
        {"a socket, and that pipe is still open", readable, .can_read = true},
        {.what = NULL},
    };
    (void)state;
    run(WATCHES, scenes);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(events_are_reported),
    cmocka_unit_test(failed_waits_are_reported),
    cmocka_unit_test(watch_removes_and_refuses),
};
OBSERVER_MAIN(tests)
