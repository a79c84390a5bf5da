/* Members that do not read, and that go while others speak to them. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

enum { BATCH = 100 };

/* Sends a numbered line of 900 bytes, and does not wait for the reply. */
static void say_long(struct wire *speaker, int number)
{
    char *filler = suite_repeated("f", 900);

    wire_printf(speaker, "S %d %s\n", number, filler);
    free(filler);
}

/* ---- members that do not read ---- */

struct flood {
    int number; /* of the next message */
    int leaves; /* how often LEAVE was received */
};

/* Sends a batch of long messages and reads the replies; what the other member receives is read. */
static void flood_once(struct wire *speaker, struct wire *listener, struct flood *flood)
{
    for (int i = 0; i < BATCH; i++)
        say_long(speaker, flood->number++);
    wire_expect_oks(speaker, BATCH);
    for (int i = 0; i < BATCH;) {
        const char *event = suite_some_event(listener);

        if (strncmp(event, "* LEAVE deaf", 12) == 0)
            flood->leaves++;
        else
            verdict_check(strncmp(event, "* SAY speaker ", 14) == 0, "unexpected: %s", event);
        i += strncmp(event, "* SAY ", 6) == 0;
    }
}

/* A member that enters and never reads again, and a flood until it has been dropped. */
static struct flood flood_stalled(struct wire *speaker, struct wire *listener, struct wire *stalled)
{
    struct flood flood = {0, 0};
    long end;

    wire_ask_ok(stalled, "C deaf\n");
    wire_stop_reading(stalled);
    wire_expect_event(listener, "* JOIN speaker");
    wire_expect_event(listener, "* JOIN deaf");
    wire_expect_event(speaker, "* JOIN deaf");
    end = bound_now() + bound_of(BOUND_GENEROUS);
    while (flood.leaves == 0 && bound_now() < end)
        flood_once(speaker, listener, &flood);
    verdict_check(flood.leaves > 0,
                  "%d messages of 900 bytes were sent to a member that does not "
                  "read, and it is still a member",
                  flood.number);
    wire_expect_event(speaker, "* LEAVE deaf");
    return flood;
}

static void slow_member(void)
{
    struct wire *listener = suite_member("listener"), *speaker = suite_member("speaker");
    struct wire *stalled = suite_open_narrow(suite.server);
    long before = procfs_memory_kb(suite.server->pid), grown;
    struct flood flood = flood_stalled(speaker, listener, stalled);

    grown = procfs_memory_kb(suite.server->pid) - before;
    verdict_check(grown < 65536 * bound_scale(), "the server has grown by %ld KiB", grown);
    wire_ask_text(listener, "W\n", "listener\nspeaker\n");
    wire_drain(stalled, NULL); /* the connection has been closed as well */
    flood_once(speaker, listener, &flood);
    verdict_check(flood.leaves == 1, "LEAVE was sent %d times", flood.leaves);
    wire_expect_quiet(listener);
}

/* What the slow one did get has no gap, and ERR slow stands on a line of its own. */
static void slow_member_sees_no_gap(void)
{
    struct wire *listener = suite_member("listener"), *speaker = suite_member("speaker");
    struct wire *stalled = suite_open_narrow(suite.server);
    const char *line;

    flood_stalled(speaker, listener, stalled);
    for (int next = 0, got; (line = wire_line_or_end(stalled)); next++) {
        if (strncmp(line, "ERR slow ", 9) == 0) {
            wire_expect_closed(stalled);
            break;
        }
        verdict_check(sscanf(line, "* SAY speaker %d f", &got) == 1 && got == next,
                      "expected number %d, received %.60s", next, line);
        verdict_check(strlen(line) > 900, "number %d was cut: %s", next, line);
    }
}

struct slowest {
    long ping, batch; /* milliseconds */
};

/* The kernel takes megabytes for members that do not read; so the flood continues until they are
 * dropped. */
static struct slowest flood_many_stalled(struct wire *speaker, struct wire *listener,
                                         struct wire *stranger)
{
    enum { DEAF = 5 };
    struct wire *stalled[DEAF];
    struct flood flood = {0, 0};
    struct slowest slowest = {0, 0};
    long end = bound_now() + bound_of(3 * BOUND_GENEROUS);

    for (int i = 0; i < DEAF; i++) {
        stalled[i] = suite_open_narrow(suite.server);
        wire_ask_ok(stalled[i], "C deaf%d\n", i);
        wire_stop_reading(stalled[i]);
    }
    for (int i = 0; i < DEAF; i++)
        wire_expect_event(listener, "* JOIN deaf%d", i);
    while (flood.leaves < DEAF && bound_now() < end) {
        long start = bound_now(), then;

        wire_expect_quiet(stranger);
        then = bound_now();
        flood_once(speaker, listener, &flood);
        slowest.ping = then - start > slowest.ping ? then - start : slowest.ping;
        slowest.batch = bound_now() - then > slowest.batch ? bound_now() - then : slowest.batch;
    }
    verdict_check(flood.leaves == DEAF,
                  "after %d messages %d of %d members that do not read have left", flood.number,
                  flood.leaves, DEAF);
    suite_close_many(stalled, DEAF);
    return slowest;
}

/* Nobody is held up by members that are stuck: everybody else is answered, and receives what is
 * sent, as soon as ever. A machine with much else to do may hold them up, but not each time. */
static void others_not_delayed(void)
{
    enum { TRIES = 4, SOON = 700 };
    struct wire *speaker = suite_member("speaker"), *listener = suite_member("listener");
    struct wire *stranger = suite_open();
    struct slowest slowest = {0, 0};
    bool soon = false;

    for (int i = 0; i < TRIES && !soon; i++) {
        slowest = flood_many_stalled(speaker, listener, stranger);
        soon = slowest.ping < bound_of(SOON) && slowest.batch < bound_of(SOON);
    }
    verdict_check(
        soon,
        "%d times of %d it took up to %ld ms to answer a ping, or %ld ms to say %d lines to a "
        "member that reads: the others hold it up",
        TRIES, TRIES, slowest.ping, slowest.batch, BATCH);
}

/* A member that can be sent ERR slow is sent it: this one was in the middle of a download all
 * the time, gets it whole, then what was sent as far as it goes, then the reason on a line of its
 * own. */
static void slow_error_is_sent(void)
{
    enum { SIZE = 16 << 20, BATCHES = 40 };
    struct wire *listener = suite_member("listener"), *speaker = suite_member("speaker");
    struct wire *stalled = suite_open_narrow(suite.server);
    struct flood flood = {0, 0};
    const char *line;

    folder_write_pattern(suite.server->dir, "big", SIZE, 1);
    wire_ask(stalled, "C deaf\nG big\n", "OK 0\nOK 16777216\n");
    wire_stop_reading(stalled);
    wire_expect_event(listener, "* JOIN speaker");
    wire_expect_event(listener, "* JOIN deaf");
    for (int i = 0; i < BATCHES; i++) /* twelve times what may wait for it */
        flood_once(speaker, listener, &flood);
    wire_expect_pattern(stalled, SIZE, 1, 0);
    for (int next = 0, got; (line = wire_line(stalled)) && strncmp(line, "* ", 2) == 0; next++)
        verdict_check(sscanf(line, "* SAY speaker %d f", &got) == 1 && got == next,
                      "expected number %d, received %.60s", next, line);
    verdict_check(line && strncmp(line, "ERR slow ", 9) == 0,
                  "a slow member was dropped without ERR slow, which it could have received\n"
                  "expected: ERR slow\nreceived: %s",
                  line ? line : "the end");
    wire_expect_closed(stalled);
    if (flood.leaves == 0)
        wire_expect_event(listener, "* LEAVE deaf");
}

/* ---- a member that goes while others speak ---- */

enum { STAY = 3, WORDS = 50 };

/* What those who stay receive of WORDS lines, and when in between the member has left. */
struct seen {
    int words, left_after, leaves;
};

static void see(struct wire *wire, int first, struct seen *seen)
{
    *seen = (struct seen){0, -1, 0};
    while (seen->words < WORDS || seen->leaves == 0) {
        const char *event = suite_some_event(wire);
        int number;

        if (strcmp(event, "* LEAVE deaf") == 0) {
            seen->left_after = seen->words;
            seen->leaves++;
            continue;
        }
        verdict_check(sscanf(event, "* SAY speaker %d f", &number) == 1 &&
                          number == first + seen->words,
                      "a member leaves during a broadcast, and another one misses a line\n"
                      "expected: number %d\nreceived: %.60s",
                      first + seen->words, event);
        seen->words++;
    }
    verdict_check(seen->leaves == 1, "LEAVE was sent %d times", seen->leaves);
}

/* The server is stopped; somebody speaks; a member for whom much waits resets its connection: so it
 * may be in the middle of telling everybody that the server finds out. How much the kernel takes
 * for the member before anything waits in the server is found out by the first one, which is let be
 * too slow; and by each that is too slow after it, since the kernel does not take as much every
 * time. */
static void leaving_in_a_broadcast(void)
{
    enum { ROUNDS = 8 };
    struct wire *speaker = suite_member("speaker"), *stay[STAY];
    static const char *const nicks[STAY] = {"anna", "emil", "zoe"}; /* on both sides of "deaf" */
    struct flood flood = {0, 0};
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    int full = 0, tried = 0;

    for (int i = 0; i < STAY; i++)
        stay[i] = suite_member("%s", nicks[i]);
    for (int round = 0; round < ROUNDS || (tried == 0 && bound_now() < end); round++) {
        struct wire *stalled = suite_open_narrow(suite.server);
        struct seen seen[STAY];
        int first, said = 0;

        wire_ask_ok(stalled, "C deaf\n");
        wire_stop_reading(stalled);
        flood.leaves = 0;
        for (int i = 0; i < STAY; i++)
            while (strcmp(suite_some_event(stay[i]), "* JOIN deaf") != 0)
                ;
        while (flood.leaves == 0 && (round == 0 || said < full - 2 * BATCH)) {
            flood_once(speaker, stay[0], &flood);
            for (int i = 1; i < STAY; i++)
                for (int words = 0; words < BATCH;)
                    words += strncmp(suite_some_event(stay[i]), "* SAY ", 6) == 0;
            said += BATCH;
        }
        if (flood.leaves > 0) {
            full = said;
            wire_close(stalled);
            continue;
        }
        first = flood.number;
        kill(-suite.server->pid, SIGSTOP);
        for (int i = 0; i < WORDS; i++)
            say_long(speaker, flood.number++);
        wire_reset(stalled);
        kill(-suite.server->pid, SIGCONT);
        wire_expect_oks(speaker, WORDS);
        for (int i = 0; i < STAY; i++) {
            see(stay[i], first, &seen[i]);
            verdict_check(seen[i].left_after == seen[0].left_after,
                          "%s received LEAVE after %d lines, %s after %d", nicks[i],
                          seen[i].left_after, nicks[0], seen[0].left_after);
        }
        tried++;
    }
    verdict_check(tried > 0, "the member was always too slow before it could go");
}

const struct conformance_case slow_cases[] = {
    {"room_slow_member", ON_MANY, .run = slow_member},
    {"room_slow_member_small_backlog", ON_MANY, CASE_OURS, "--max-backlog 16K", .run = slow_member},
    {"room_slow_member_sees_no_gap", ON_MANY, .run = slow_member_sees_no_gap},
    {"room_slow_error_is_sent", ON_MANY, .run = slow_error_is_sent},
    {"room_others_not_delayed", ON_MANY, .run = others_not_delayed},
    {"room_leaving_in_a_broadcast", ON_MANY, CASE_OURS, .run = leaving_in_a_broadcast},
    {.name = NULL},
};
