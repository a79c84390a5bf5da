/* turn.c: what the loop of a student's server tells core/turn; see checks/unit.py
 *
 * The student's server is linked with this file in between: what it calls of core/turn, and what
 * its loop asks the kernel (turn_kernel.c), come here first (ld(1), --wrap). Its descriptors are
 * pipes and sockets that are in a known state, so each turn has one right report, whenever and
 * however it is made: by one call of turn_ready or by several, after one wait or after more.
 */
#include <errno.h>
#include <string.h>
#include <sys/select.h>

#include "observer.h"
#include "turn/turn.h"
#include "turn_kernel.h"

enum { WAIT = 10 * 1000 }; /* milliseconds, of a wait that something ends at once */

/* What is judged: what the loop reports, what watch does, or what a request costs. */
enum { REPORTS, WATCHES, REQUESTS };

/* One turn, or one for each of several requests: then a byte is read, and another one comes.
 * `can_read` and `failed` are what has to be reported of its descriptor. refuses: watch is also
 * called for one that can't be watched. */
struct loop_scene {
    const char *what;
    int (*open)(int *other); /* the descriptor to be watched, and another to be closed; or -1 */
    bool can_read, failed, refuses;
    int wait_fails; /* with this errno; 0: it does not */
    int requests;
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
    int requests, list_changes; /* in this scene: those that were reported; calls of epoll_ctl */
    bool ended;                 /* turn_end was called */
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

static void turn_reset(void)
{
    now.waited = now.reported = now.can_read = now.failed = false;
    now.wait_failed = 0;
}

static void scene_begin(void)
{
    turn_reset();
    now.fd = now.scene->open(&now.other);
    if (now.scene->refuses)
        watch_refuses();
    if (!now.watch(now.fd, 0, WATCH_READ))
        complain("watch has returned false");
    now.requests = now.list_changes = 0;
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

static void judge_turn(void)
{
    const struct loop_scene *scene = now.scene;
    if (!now.waited)
        complain("turn_end was called, and the loop had not waited in this turn");
    if (now.wait_failed != 0)
        return;
    if (!now.reported)
        complain("it is ready, the wait has returned, and turn_ready was not called");
    if (scene->can_read && !now.can_read)
        complain_of(REPORTS, "it can be read, and turn_ready was not told so");
    if (scene->failed && !now.failed)
        complain_of(REPORTS, "the last argument of turn_ready was false");
    if (!scene->failed && now.failed)
        complain_of(REPORTS, "nothing has failed, and the last argument of turn_ready was true");
}

static bool request_follows(void)
{
    char byte;
    if (++now.requests >= now.scene->requests)
        return false;
    assert_int_equal(read(now.fd, &byte, 1), 1);
    assert_int_equal(write(now.other, "N", 1), 1);
    turn_reset();
    return true;
}

/* A loop may begin with it, and wait then. */
static bool ends_before_all(void)
{
    bool first = !now.ended;
    now.ended = true;
    return first && !now.waited;
}

bool __wrap_turn_end(struct turn *turn)
{
    (void)turn;
    if (ends_before_all())
        return true;
    unhandled_failure();
    judge_turn();
    if (request_follows())
        return true;
    if (now.rule == REQUESTS && now.list_changes > 0)
        observer_fail("%s: what it waits for has not changed, and the loop has called epoll_ctl, "
                      "%d times in %d turns",
                      now.scene->what, now.list_changes, now.requests);
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

/* ---- what its loop asks the kernel, see turn_kernel.h ---- */

bool loop_wait_fails(void)
{
    unhandled_failure();
    bool fails = !now.waited && now.scene->wait_fails != 0;
    now.waited = true;
    now.wait_failed = fails ? now.scene->wait_fails : 0;
    errno = now.wait_failed;
    return fails;
}

void loop_changes_list(void)
{
    now.list_changes++;
}

/* ---- tests ---- */

static void run(unsigned int rule, const struct loop_scene *scenes)
{
    char *words[] = {"server", NULL};
    now.rule = rule;
    now.scene = scenes;
    now.ended = false;
    int status = student_main(1, words);
    if (now.scene->what != NULL)
        complain("the loop has ended, and turn_end had not returned false");
    assert_int_equal(status, 0);
}

static void events_are_reported(void **state)
{
    static const struct loop_scene scenes[] = {
        {"EPOLLHUP alone, of a pipe to which nobody writes", kernel_without_writer, .failed = true},
        {"EPOLLERR alone, of a pipe from which nobody reads", kernel_without_reader,
         .failed = true},
        {"EPOLLIN alone, of a socket with a byte in it", kernel_readable, .can_read = true},
        {.what = NULL},
    };
    (void)state;
    run(REPORTS, scenes);
}

static void failed_waits_are_reported(void **state)
{
    static const struct loop_scene scenes[] = {
        {"a socket with a byte in it", kernel_readable, .can_read = true},
        {"a wait that a signal interrupts", kernel_readable, .can_read = true, .wait_fails = EINTR},
        {"a wait without memory", kernel_readable, .can_read = true, .wait_fails = ENOMEM},
        {"a wait after those that have failed", kernel_readable, .can_read = true},
        {.what = NULL},
    };
    (void)state;
    run(REPORTS, scenes);
}

static void watch_removes_and_refuses(void **state)
{
    static const struct loop_scene scenes[] = {
        {"a pipe to which nobody writes", kernel_without_writer, .failed = true, .refuses = true},
        {"a socket, and the pipe is still open", kernel_readable, .can_read = true},
        {"another socket, and the first is still open", kernel_readable, .can_read = true},
        {"a pipe from which nobody reads", kernel_without_reader, .failed = true, .refuses = true},
        {"a socket, and that pipe is still open", kernel_readable, .can_read = true},
        {.what = NULL},
    };
    (void)state;
    run(WATCHES, scenes);
}

static void requests_cost_no_epoll_ctl(void **state)
{
    static const struct loop_scene scenes[] = {
        {"a client that sends eight requests", kernel_readable, .can_read = true, .requests = 8},
        {.what = NULL},
    };
    (void)state;
    run(REQUESTS, scenes);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(events_are_reported),
    cmocka_unit_test(failed_waits_are_reported),
    cmocka_unit_test(watch_removes_and_refuses),
    cmocka_unit_test(requests_cost_no_epoll_ctl),
};
OBSERVER_MAIN(tests)
