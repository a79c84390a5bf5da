/* tests/chaos/races.c: 64 clients that join, talk, transfer, leave and die, while somebody watches
 * the server's memory
 *
 *     SECS=20 SEED=1 races 03_thread/thread-server valgrind --tool=helgrind …
 *     SECS=20 SEED=1 races build/gcc-thread/03_thread/thread-server
 *
 * The watcher's word is what counts: a report in the server's log is a failure, and so is a server
 * that does not end in order.
 */
#include <signal.h>
#include <stdio.h>

#include "bound.h"
#include "crowd.h"
#include "harness.h"
#include "serverproc.h"
#include "verdict.h"

static const struct crowd_plan plan = {
    .count = {[KIND_STANDING] = 4,
              [KIND_LISTENER] = 10,
              [KIND_TALKER] = 20,
              [KIND_SLOW] = 4,
              [KIND_DYING] = 16,
              [KIND_HOSTILE] = 4,
              [KIND_FILES] = 6},
    .pace = 100,
    .payload = 20000,
};

static void prefix_of(char *prefix, size_t size, int argc, char **argv)
{
    size_t n = 0;
    prefix[0] = '\0';
    for (int i = 2; i < argc && n < size; i++)
        n += (size_t)snprintf(prefix + n, size - n, "%s ", argv[i]);
}

int main(int argc, char **argv)
{
    char prefix[600];
    harness_begin("races", argc >= 2, "SERVER [WATCHER…]");
    prefix_of(prefix, sizeof prefix, argc, argv);
    harness_server(argv[1], prefix);
    struct serverproc *server = serverproc_start(NULL);
    crowd_begin(&plan, server->port);
    long until = bound_now() + 1000 * (long)harness_number("SECS", 20);
    unsigned int times = 0;
    for (; bound_now() < until; times++) {
        crowd_run(3000);
        crowd_leave();
    }
    crowd_run(1000); /* it is stopped while they are busy */
    serverproc_signal(server, SIGTERM);
    serverproc_check_ended(server, BOUND_GENEROUS);
    crowd_end();
    struct crowd_sums sums = crowd_sums();
    verdict_check(sums.events > 0 && sums.uploads > 0 && sums.downloads > 0,
                  "%lu events, %lu uploads, %lu downloads: that is no load", sums.events,
                  sums.uploads, sums.downloads);
    printf(
        "races, %s: %lu connections, %lu words, %lu events, %lu uploads, %lu downloads, %lu died, "
        "all left %u times: 0 reports\n",
        prefix[0] != '\0' ? prefix : "sanitizer", sums.connections, sums.words, sums.events,
        sums.uploads, sums.downloads, sums.killed, times);
    return 0;
}
