/* threads.c: how clients' threads come and go in a student's 03_thread/server.c; see check_unit.py
 *
 * The student's server is linked with this file in between: what it calls of core/, and what
 * changes or guards the list of clients, come here first (ld(1), --wrap). Two clients come, then
 * one leaves after the other; never more than one thread runs at once, so whatever has changed was
 * changed by that thread. The lock checks errors (pthread_mutex_lock(3)), so a thread can ask
 * whether it holds it. Whatever changes the list or the count is seen at the next of these calls:
 * it was right if the lock was held before or after the change.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "blocking/acceptor.h"
#include "blocking/peer.h"
#include "blocking/threads.h"

enum { CLIENTS = 2 };

/* Which rule is judged: each is a line of the verdict. */
enum { CLOSED_LAST, UNDER_LOCK };

/* What can be seen of the server at a moment. */
struct view {
    unsigned int count;
    bool listed[CLIENTS], holds; /* holds: this thread holds the lock */
};

static struct {
    unsigned int rule;
    struct threads *threads;
    struct view before;
    int fds[CLIENTS];
    struct peer *peers[CLIENTS];         /* each is on the stack of its thread */
    bool closed[CLIENTS], left[CLIENTS]; /* left: its thread has ended */
    sem_t served[CLIENTS], leave[CLIENTS], ended[CLIENTS];
    pthread_key_t key; /* its destructor runs when a client's thread has ended */
    int arrived;
    bool stopped, woken, woken_early; /* early: under the lock, the count is not 0 yet */
} now;

int student_main(int argc, char **argv);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __real_pthread_cond_signal(pthread_cond_t *condition);
int __real_pthread_cond_broadcast(pthread_cond_t *condition);
int __real_close(int fd);

__attribute__((noreturn)) static void fail_with(const char *text) /* cppcheck knows no _Noreturn */
{
    printf("%s\n", text);
    fflush(stdout);
    _exit(1);
}

/* Fails if this rule is the one that is judged. */
static void complain(unsigned int rule, const char *text)
{
    if (now.rule == rule)
        fail_with(text);
}

/* ---- looking ---- */

static bool holds_lock(void)
{
    if (__real_pthread_mutex_lock(&now.threads->lock) == EDEADLK)
        return true;
    __real_pthread_mutex_unlock(&now.threads->lock);
    return false;
}

static struct view view(void)
{
    struct view view = {.count = now.threads->setup->clients, .holds = holds_lock()};
    struct peer *peer = LIST_FIRST(&now.threads->peers);
    while (peer != NULL) {
        bool left = false; /* then its memory is no longer a peer */
        for (int i = 0; i < CLIENTS; i++) {
            view.listed[i] = view.listed[i] || peer == now.peers[i];
            left = left || (peer == now.peers[i] && now.left[i]);
        }
        peer = left ? NULL : LIST_NEXT(peer, link);
    }
    return view;
}

/* Compares with the last look, and remembers. Returns what is seen. */
static struct view look(void)
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

static int number_of(int fd)
{
    for (int i = 0; i < CLIENTS; i++)
        if (fd >= 0 && fd == now.fds[i])
            return i;
    return -1;
}

/* ---- what the student's server calls ---- */

int __wrap_setup_begin(struct setup *setup, const char *model, unsigned int port,
                       unsigned int descriptors, unsigned int most, int argc, char **argv)
{
    (void)model, (void)port, (void)descriptors, (void)most, (void)argc, (void)argv;
    setup->options.max_clients = CLIENTS;
    return -1;
}

bool __wrap_threads_begin(struct threads *threads, struct setup *setup, size_t stack)
{
    pthread_mutexattr_t checked;
    pthread_mutexattr_init(&checked);
    pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&threads->lock, &checked);
    pthread_mutexattr_destroy(&checked);
    pthread_cond_init(&threads->all_gone, NULL);
    pthread_attr_init(&threads->attributes);
    pthread_attr_setstacksize(&threads->attributes, stack);
    LIST_INIT(&threads->peers);
    threads->setup = setup;
    now.threads = threads;
    return true;
}

unsigned int __wrap_stop_requests(void)
{
    return now.stopped ? 1 : 0;
}

/* The clients that have come leave, one after the other. */
static void clients_leave(void)
{
    for (int i = 0; i < CLIENTS; i++) {
        now.before = view();
        now.woken = now.woken_early = false;
        sem_post(&now.leave[i]);
        sem_wait(&now.ended[i]);
    }
    if (!now.woken)
        complain(UNDER_LOCK, "the last client has left, and the main thread was not woken after "
                             "the count had become 0");
}

bool __wrap_acceptor_wait(struct setup *setup, int64_t ms)
{
    (void)setup, (void)ms;
    if (now.arrived < CLIENTS)
        return true;
    clients_leave();
    now.stopped = true;
    return false;
}

void __wrap_acceptor_accepted(struct setup *setup, int fd, bool (*start)(int fd))
{
    int i = now.arrived++;
    (void)fd; /* of a listener that there is not */
    now.fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
    setup->clients++;
    now.before = view();
    if (now.fds[i] < 0 || !start(now.fds[i]))
        fail_with("no thread was started for a client");
    sem_wait(&now.served[i]);
}

int __wrap_threads_stop(struct threads *threads)
{
    (void)threads;
    return 0;
}

/* ---- in a client's thread ---- */

static void thread_ends(void *value)
{
    int i = (int)(intptr_t)value - 1;
    now.left[i] = true;
    struct view seen = look();
    if (seen.holds)
        fail_with("a thread has ended, and still holds the lock");
    if (seen.listed[i])
        fail_with("a client has left, and is still on the list");
    if (seen.count != (unsigned int)(CLIENTS - 1 - i))
        complain(UNDER_LOCK, "a client has left, and was not taken off the count, or twice");
    if (fcntl(now.fds[i], F_GETFD) >= 0)
        complain(CLOSED_LAST, "a client has left, and its descriptor is still open");
    sem_post(&now.served[i]); /* if it has never come so far */
    sem_post(&now.ended[i]);
}

void __wrap_peer_begin(struct peer *peer, const struct setup *setup, int fd, struct client *client,
                       bool (*start)(struct client *client), void (*join)(struct client *client))
{
    int i = number_of(fd);
    if (i < 0)
        fail_with("peer_begin was given another descriptor than that of "
                  "the client");
    (void)start, (void)join; /* nobody enters the chat room */
    *peer = (struct peer){.fd = fd, .setup = setup, .client = client};
    now.peers[i] = peer;
    pthread_setspecific(now.key, (void *)(intptr_t)(i + 1));
    look();
}

bool __wrap_peer_next(struct peer *peer, bool *sends)
{
    int i = number_of(peer->fd);
    struct view seen = look();
    *sends = false;
    if (i < 0 || !seen.listed[i])
        fail_with("a client is served that is not on the list");
    if (seen.holds)
        fail_with("a client is served while its thread holds the lock");
    sem_post(&now.served[i]);
    sem_wait(&now.leave[i]);
    look();
    return false;
}

void __wrap_peer_end(struct peer *peer)
{
    (void)peer;
    look();
}

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

/* ---- tests ---- */

static void run(unsigned int rule)
{
    char *words[] = {"server", NULL};
    now.rule = rule;
    assert_int_equal(pthread_key_create(&now.key, thread_ends), 0);
    for (int i = 0; i < CLIENTS; i++) {
        sem_init(&now.served[i], 0, 0);
        sem_init(&now.leave[i], 0, 0);
        sem_init(&now.ended[i], 0, 0);
        now.fds[i] = -1;
    }
    assert_int_equal(student_main(1, words), 0);
    assert_true(now.stopped);
}

static void descriptor_is_closed_last(void **state)
{
    (void)state;
    run(CLOSED_LAST);
}

static void changes_are_under_the_lock(void **state)
{
    (void)state;
    run(UNDER_LOCK);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(descriptor_is_closed_last),
                                       cmocka_unit_test(changes_are_under_the_lock)};
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
