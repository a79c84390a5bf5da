/* threads.c: how clients' threads come and go in a student's 03_thread/server.c; see checks/unit.py
 *
 * The student's server is linked with this file and threads_view.c in between: what it calls of
 * core/, and what changes or guards the list of clients, come here first (ld(1), --wrap). Two
 * clients come, then one leaves after the other. Each of these calls looks what has changed.
 */
#include <fcntl.h>
#include <semaphore.h>

#include "blocking/acceptor.h"
#include "blocking/connection.h"
#include "observer.h"
#include "threads_view.h"

static struct {
    sem_t served[CLIENTS], leave[CLIENTS], ended[CLIENTS];
    pthread_key_t key; /* its destructor runs when a client's thread has ended */
    int arrived;
    bool stopped;
} scene;

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
    LIST_INIT(&threads->connections);
    threads->setup = setup;
    now.threads = threads;
    return true;
}

unsigned int __wrap_stop_requests(void)
{
    return scene.stopped ? 1 : 0;
}

/* The clients that have come leave, one after the other. */
static void clients_leave(void)
{
    for (int i = 0; i < CLIENTS; i++) {
        now.before = view();
        now.woken = now.woken_early = false;
        sem_post(&scene.leave[i]);
        sem_wait(&scene.ended[i]);
    }
    if (!now.woken)
        complain(UNDER_LOCK, "the last client has left, and the main thread was not woken after "
                             "the count had become 0");
}

bool __wrap_acceptor_wait(struct setup *setup, int64_t ms)
{
    (void)setup, (void)ms;
    if (scene.arrived < CLIENTS)
        return true;
    clients_leave();
    scene.stopped = true;
    return false;
}

void __wrap_acceptor_accepted(struct setup *setup, int fd, bool (*start)(int fd))
{
    int i = scene.arrived++;
    (void)fd; /* of a listener that there is not */
    now.fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
    setup->clients++;
    now.before = view();
    if (now.fds[i] < 0 || !start(now.fds[i]))
        fail_with("no thread was started for a client");
    sem_wait(&scene.served[i]);
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
    sem_post(&scene.served[i]); /* if it has never come so far */
    sem_post(&scene.ended[i]);
}

void __wrap_connection_begin(struct connection *connection, const struct setup *setup, int fd,
                             struct client *client, bool (*start)(struct client *client),
                             void (*join)(struct client *client))
{
    int i = number_of(fd);
    if (i < 0)
        fail_with("connection_begin was given another descriptor than that of "
                  "the client");
    (void)start, (void)join; /* nobody enters the chat room */
    *connection = (struct connection){.fd = fd, .setup = setup, .client = client};
    now.connections[i] = connection;
    pthread_setspecific(scene.key, (void *)(intptr_t)(i + 1));
    look();
}

bool __wrap_connection_next(struct connection *connection, bool *sends)
{
    int i = number_of(connection->fd);
    struct view seen = look();
    *sends = false;
    if (i < 0 || !seen.listed[i])
        fail_with("a client is served that is not on the list");
    if (seen.holds)
        fail_with("a client is served while its thread holds the lock");
    sem_post(&scene.served[i]);
    sem_wait(&scene.leave[i]);
    look();
    return false;
}

void __wrap_connection_end(struct connection *connection)
{
    (void)connection;
    look();
}

/* ---- tests ---- */

static void run(unsigned int rule)
{
    char *words[] = {"server", NULL};
    now.rule = rule;
    assert_int_equal(pthread_key_create(&scene.key, thread_ends), 0);
    for (int i = 0; i < CLIENTS; i++) {
        sem_init(&scene.served[i], 0, 0);
        sem_init(&scene.leave[i], 0, 0);
        sem_init(&scene.ended[i], 0, 0);
    }
    assert_int_equal(student_main(1, words), 0);
    assert_true(scene.stopped);
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

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(descriptor_is_closed_last),
    cmocka_unit_test(changes_are_under_the_lock),
};
OBSERVER_MAIN(tests)
