/* threads_view.c: see threads_view.h; and what guards or changes the list of clients, in between */
#include "threads_view.h"

#include <errno.h>

#include "observer.h"

struct observed now = {.fds = {-1, -1}};

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __real_pthread_cond_signal(pthread_cond_t *condition);
int __real_pthread_cond_broadcast(pthread_cond_t *condition);
int __real_close(int fd);

void fail_with(const char *text)
{
    observer_fail("%s", text);
}

void complain(unsigned int rule, const char *text)
{
    if (now.rule == rule)
        fail_with(text);
}

static bool holds_lock(void)
{
    if (__real_pthread_mutex_lock(&now.threads->lock) == EDEADLK)
        return true;
    __real_pthread_mutex_unlock(&now.threads->lock);
    return false;
}

struct view view(void)
{
    struct view view = {.count = now.threads->setup->clients, .holds = holds_lock()};
    struct connection *connection = LIST_FIRST(&now.threads->connections);
    while (connection != NULL) {
        bool left = false; /* then its memory is no longer a connection */
        for (int i = 0; i < CLIENTS; i++) {
            view.listed[i] = view.listed[i] || connection == now.connections[i];
            left = left || (connection == now.connections[i] && now.left[i]);
        }
        connection = left ? NULL : LIST_NEXT(connection, link);
    }
    return view;
}

struct view look(void)
{
    struct view before = now.before, after = view();
    now.before = after;
    for (int i = 0; i < CLIENTS; i++) {
        bool guarded = before.holds || after.holds;
        if (!guarded && before.listed[i] != after.listed[i])
            complain(UNDER_LOCK, after.listed[i]
                                     ? "a client was put on the list without the lock"
                                     : "a client was taken off the list without the lock");
        if (!after.holds && after.listed[i] && now.closed[i])
            complain(CLOSED_LAST, "the descriptor of a client was closed while the client was on "
                                  "the list: its number may belong to another client by now");
    }
    if (!before.holds && !after.holds && before.count != after.count)
        complain(UNDER_LOCK, "the count of clients was changed without the lock: the main thread "
                             "may be about to wait, and miss the wakeup");
    return after;
}

int number_of(int fd)
{
    for (int i = 0; i < CLIENTS; i++)
        if (fd >= 0 && fd == now.fds[i])
            return i;
    return -1;
}

/* ---- what is called by the student's functions ---- */

int __wrap_close(int fd)
{
    int i = now.threads == NULL ? -1 : number_of(fd);
    if (i >= 0) {
        now.closed[i] = true;
        look();
    }
    return __real_close(fd);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (now.threads == NULL || mutex != &now.threads->lock)
        return __real_pthread_mutex_lock(mutex);
    look();
    int error = __real_pthread_mutex_lock(mutex);
    now.before = view();
    return error;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (now.threads == NULL || mutex != &now.threads->lock)
        return __real_pthread_mutex_unlock(mutex);
    now.woken = now.woken || (now.woken_early && look().count == 0);
    now.woken_early = false;
    look();
    int error = __real_pthread_mutex_unlock(mutex);
    now.before.holds = false;
    look();
    return error;
}

static void woken(pthread_cond_t *condition)
{
    if (now.threads == NULL || condition != &now.threads->all_gone)
        return;
    struct view seen = look();
    now.woken = now.woken || seen.count == 0;
    now.woken_early = seen.holds;
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition)
{
    woken(condition);
    return __real_pthread_cond_signal(condition);
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition)
{
    woken(condition);
    return __real_pthread_cond_broadcast(condition);
}
