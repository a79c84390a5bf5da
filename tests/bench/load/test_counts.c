/* test_counts.c: the generator's counts against those of a relay between it and each of the six
 * servers, which shares no code with it: requests answered, messages sent, messages delivered,
 * exactly; and those of the bare client, which asks once for each client in a warm-up of no time */
#include <errno.h>
#include <string.h>

#include "load_fixture.h"
#include "relay.h"

static void equal(size_t model, const char *what, uint64_t ours, uint64_t theirs)
{
    unit_check(ours == theirs && ours > 0, "%s, %s: generator %llu, server %llu", paths[model],
               what, (unsigned long long)ours, (unsigned long long)theirs);
}

static void compare(size_t model, enum load_kind kind, const struct relay_counts *counts)
{
    if (kind == LOAD_PING) {
        equal(model, "pings asked", result.sent, counts->asked['N']);
        equal(model, "pings answered", result.sent, counts->replies);
    } else if (kind == LOAD_SESSION) {
        equal(model, "sessions", result.sent, counts->asked['Q']);
        equal(model, "replies in them", 2 * result.sent, counts->replies);
    } else {
        equal(model, "messages sent", result.sent, counts->asked['S']);
        equal(model, "messages delivered", result.received, counts->says);
    }
}

static void count(void)
{
    static const enum load_kind kinds[] = {LOAD_PING, LOAD_PING, LOAD_SESSION, LOAD_CHAT};
    for (size_t i = 0; i < models; i++) {
        struct serverproc *server = server_of(i, NULL);
        for (size_t k = 0; k < UNIT_COUNT(kinds); k++) {
            struct load_spec spec = spec_of(server, kinds[k]);
            struct relay relay;
            struct relay_counts counts;
            bool alone = model_is(i, "loop");
            if (alone && kinds[k] == LOAD_CHAT)
                continue;
            spec.clients = alone ? 1 : 10;
            spec.threads = 1;
            spec.bare = k == 0;
            spec.warmup = spec.bare && i % 2 != 0 ? 0 : spec.warmup;
            spec.speakers = 2;
            unit_check(relay_start(&relay, server->port), "no relay: %s", strerror(errno));
            spec.port = relay.port;
            run_cleanly(&spec, paths[i]);
            unit_check(relay_stop(&relay, &counts), "the relay has failed");
            compare(i, kinds[k], &counts);
            unit_check(!spec.bare ||
                           (result.sent - result.requests > spec.clients) == (spec.warmup > 0),
                       "of %llu pings %llu came after the warm-up", (unsigned long long)result.sent,
                       (unsigned long long)result.requests);
        }
        serverproc_free(server);
    }
}

static const struct CMUnitTest tests[] = {LOAD(count)};
UNIT_MAIN("counts", tests)
