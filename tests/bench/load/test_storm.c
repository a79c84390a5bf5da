/* test_storm.c: many clients that connect at once, and how long until each is greeted */
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bound.h"
#include "load_fixture.h"
#include "loopback.h"

enum { STORM = 600, STORM_LATE_MS = 60 };

static void all_greeted(const struct load_spec *spec)
{
    unit_check(result.requests == spec->clients && result.latency.total == spec->clients, "%s",
               result_text());
    unit_check(result.latency.max <= (uint64_t)(1e9 * result.seconds), "%lu ns in %g s",
               (unsigned long)result.latency.max, result.seconds);
}

/* About a half of the processor time of a storm is the generator's; an eighth, if connecting did
 * not count. The rest is its beginning, its end, and reading the server's clocks: with a process
 * for each client that is the largest part, and nothing can be said. On a busy machine all of that
 * grows: the best of some storms. */
static void storm(void)
{
    for (size_t i = 0; i < models; i++) {
        struct serverproc *server = server_of(i, NULL);
        struct load_spec spec = spec_of(server, LOAD_STORM);
        double share = 0;
        spec.timeout_ms = BOUND_GENEROUS; /* hundreds of new processes, on a busy machine */
        spec.clients = model_is(i, "loop") ? 1 : 800;
        bool share_counts = spec.clients > 1 && !model_is(i, "fork");
        for (int tries = 0; tries < (share_counts ? 8 : 1) && share < 1.0 / 3; tries++) {
            clock_t before = clock();
            run_cleanly(&spec, paths[i]);
            share = result.own_seconds * CLOCKS_PER_SEC / (double)(clock() - before);
            all_greeted(&spec);
        }
        unit_check(!share_counts || share >= 1.0 / 3,
                   "to connect is work, too: %g of all processor time", share);
        serverproc_free(server);
    }
}

/* Greets nobody before all are there, and then the one that came last, a little later. */
static void *greet_late(void *listener)
{
    static int clients[STORM];
    const struct timespec late = {.tv_nsec = STORM_LATE_MS * 1000000};
    for (int i = 0; i < STORM; i++)
        clients[i] = accept(*(int *)listener, NULL, NULL);
    for (int i = 0; i < STORM; i++) {
        if (i + 1 == STORM)
            (void)nanosleep(&late, NULL); /* what the test measures */
        (void)send(clients[i], "HELLO 1 epoll\n", 14, MSG_NOSIGNAL);
    }
    for (int i = 0; i < STORM; i++) {
        char byte;
        (void)recv(clients[i], &byte, 1, 0); /* until it leaves */
        (void)close(clients[i]);
    }
    return NULL;
}

static void storm_at_once(void)
{
    int port = 0, listener = loopback_listen(&port, STORM);
    pthread_t thread;
    unit_check(listener >= 0, "a listener");
    unit_check(pthread_create(&thread, NULL, greet_late, &listener) == 0, "a thread");
    const struct serverproc server = {.port = port};
    struct load_spec spec = spec_of(&server, LOAD_STORM);
    spec.clients = STORM;
    run_cleanly(&spec, "a storm");
    (void)pthread_join(thread, NULL);
    (void)close(listener);
    all_greeted(&spec);
    unit_check(result.latency.max >= STORM_LATE_MS * 1000000, "the last was greeted after %lu ns",
               (unsigned long)result.latency.max);
}

static const struct CMUnitTest tests[] = {LOAD(storm), LOAD(storm_at_once)};
UNIT_MAIN("storm", tests)
