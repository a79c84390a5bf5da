/* reap.c: what a student's 02_fork/server.c does with children that have ended; see checks/unit.py
 *
 * The student's server is linked with this file in between: waitpid, and what is called of
 * core/blocking, come here first (ld(1), --wrap). The children are made up: so many have ended, and
 * the list has space for so many.
 */
#include <errno.h>
#include <sys/wait.h>

#include "blocking/acceptor.h"
#include "blocking/children.h"
#include "observer.h"

enum { MOST = 5, PID = 1000 }; /* the number of the first child */

/* What there is when the parent is about to wait. */
struct reap_scene {
    const char *what;
    unsigned int ended, space; /* children, and places for dead ones */
    bool alone;                /* there is no child besides */
    int64_t again;             /* what children_clean returns */
};

static struct {
    const struct reap_scene *scene; /* NULL behind the last one */
    unsigned int reaped, removed;
    bool is_removed[MOST], cleaned;
} now;

static _Noreturn void complain(const char *text)
{
    observer_fail("%s: %s", now.scene->what, text);
}

static int status_of(unsigned int child)
{
    return child % 2 == 0 ? 0 : SIGKILL; /* as waitpid returns it */
}

/* ---- what the student's server calls ---- */

int __wrap_setup_begin(struct setup *setup, const char *model, unsigned int port,
                       unsigned int descriptors, unsigned int most, int argc, char **argv)
{
    (void)setup, (void)model, (void)port, (void)descriptors, (void)most, (void)argc, (void)argv;
    return -1;
}

bool __wrap_children_begin(struct children *children, struct setup *setup)
{
    (void)children, (void)setup;
    return true;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
    if ((options & WNOHANG) == 0)
        complain("waitpid was called without WNOHANG: the parent serves nobody until a child ends");
    if (pid != -1)
        complain("waitpid was not asked for any child");
    if (now.reaped == now.scene->ended) {
        errno = ECHILD;
        return now.scene->alone ? -1 : 0;
    }
    if (now.reaped >= now.scene->space)
        complain("a child was reaped that the list has no space for: it is lost");
    if (status != NULL)
        *status = status_of(now.reaped);
    now.reaped++;
    return PID + (pid_t)now.reaped - 1;
}

pid_t __wrap_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    (void)usage;
    return __wrap_waitpid(pid, status, options);
}

pid_t __wrap_wait3(int *status, int options, struct rusage *usage)
{
    (void)usage;
    return __wrap_waitpid(-1, status, options);
}

bool __wrap_children_can_remove(const struct children *children)
{
    (void)children;
    return now.removed < now.scene->space;
}

void __wrap_children_remove(struct children *children, pid_t pid, int status)
{
    unsigned int child = (unsigned int)(pid - PID);
    (void)children;
    if (pid < PID || child >= now.reaped)
        complain("children_remove was called for something else than a child that was reaped");
    if (now.is_removed[child])
        complain("children_remove was called for a child a second time");
    if (status != status_of(child))
        complain("children_remove was given another status than that of the child");
    now.is_removed[child] = true;
    now.cleaned = false;
    now.removed++;
}

int64_t __wrap_children_clean(struct children *children)
{
    (void)children;
    now.cleaned = true;
    return now.scene->again;
}

bool __wrap_acceptor_wait(struct setup *setup, int64_t ms)
{
    const struct reap_scene *scene = now.scene;
    (void)setup;
    if (now.removed < now.reaped)
        complain("a child was reaped, and children_remove was not called");
    if (now.removed < scene->ended && now.removed < scene->space)
        complain("a child that has ended is still a zombie");
    if (!now.cleaned)
        complain("children_clean was not called, or before the last child was handed over");
    if (ms != scene->again)
        complain("reap_children has returned something else than children_clean");
    now.scene++;
    now.reaped = now.removed = 0;
    now.cleaned = false;
    for (unsigned int i = 0; i < MOST; i++)
        now.is_removed[i] = false;
    return false;
}

unsigned int __wrap_stop_requests(void)
{
    return now.scene->what == NULL ? 1 : 0;
}

int __wrap_children_stop(struct children *children, int64_t (*reap)(void))
{
    (void)children, (void)reap;
    return 0;
}

/* ---- the test ---- */

static void no_child_is_lost(void **state)
{
    static const struct reap_scene scenes[] = {
        {"a child has ended, others live", 1, MOST, .again = -1},
        {"none has ended", 0, MOST, .again = -1},
        {"there is no child", 0, MOST, .alone = true, .again = -1},
        {"all have ended", MOST, MOST, .alone = true, .again = -1},
        {"three have ended, and the list has space for two", 3, 2, .again = 100},
        {"two have ended, and the list is full", 2, 0, .again = 100},
        {"the list is full, and none has ended", 0, 0, .again = 100},
        {.what = NULL},
    };
    char *words[] = {"server", NULL};
    (void)state;
    now.scene = scenes;
    assert_int_equal(student_main(1, words), 0);
    assert_null(now.scene->what);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(no_child_is_lost),
};
OBSERVER_MAIN(tests)
