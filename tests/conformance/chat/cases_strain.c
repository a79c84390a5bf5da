/* The room under strain: members that come and go all the time, and one that speaks without end. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conformance.h"
#include "flood.h"

/* Members come and go all the time, several at once, as fast as the server lets them; JOINS=1000000
 * for a million of them. One who stays sees each come and go in turn, and never two of a name. */
static void joins_and_leaves(void)
{
    enum { GUESTS = 8, AT_ONCE = 25 };
    const char *wanted = getenv("JOINS");
    long rounds = (wanted ? strtol(wanted, NULL, 10) : 4000) / (GUESTS * AT_ONCE);
    struct wire *witness = suite_member("witness"), *visitors[GUESTS];
    char *requests[GUESTS];
    bool in[GUESTS] = {false};

    for (int i = 0; i < GUESTS; i++) {
        char pair[16];

        visitors[i] = suite_open();
        snprintf(pair, sizeof pair, "C g%d\nX\n", i);
        requests[i] = suite_repeated(pair, AT_ONCE);
    }
    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < GUESTS; i++)
            wire_puts(visitors[i], requests[i]);
        for (int i = 0; i < GUESTS * AT_ONCE * 2; i++) {
            const char *event = suite_some_event(witness);
            bool joins = strncmp(event, "* JOIN g", 8) == 0;
            int visitor = event[joins ? 8 : 9] - '0';

            verdict_check(joins || strncmp(event, "* LEAVE g", 9) == 0, "unexpected: %s", event);
            verdict_check(visitor >= 0 && visitor < GUESTS && in[visitor] != joins,
                          "%s, but it %s in the room", event, joins ? "was" : "was not");
            in[visitor] = joins;
        }
        for (int i = 0; i < GUESTS * AT_ONCE * 2; i++)
            wire_expect_ok(visitors[i % GUESTS]);
        for (int i = 0; i < GUESTS; i++) /* while it was in, it may have received others */
            while (wire_events(visitors[i]) > 0)
                (void)suite_some_event(visitors[i]);
    }
    wire_ask_text(witness, "W\n", "witness\n");
    for (int i = 0; i < GUESTS; i++)
        free(requests[i]);
}

/* ---- a member that speaks without end ---- */

/* What a member receives, read all the time: else it would be slow itself. A test that gets
 * no processor does not read either, so in this case much may wait for a member. */
struct event_reader {
    int fd;
    size_t n;
    char text[65536 + 64]; /* what was read last, and the end of what was read before it */
};

static bool reader_received(struct event_reader *reader, const char *text)
{
    size_t kept = reader->n < 64 ? reader->n : 64;
    ssize_t n;

    memmove(reader->text, reader->text + reader->n - kept, kept);
    n = recv(reader->fd, reader->text + kept, sizeof reader->text - kept, MSG_DONTWAIT);
    verdict_check(n != 0, "a member that reads all the time was dropped");
    reader->n = kept + (n > 0 ? (size_t)n : 0);
    return n > 0 && memmem(reader->text, reader->n, text, strlen(text)) != NULL;
}

enum { EARS = 3 };

/* Sends a line, and reads until this one of all has received a text. Returns the milliseconds that
 * took. */
static long say_and_receive(struct wire *speaker, const char *line, struct event_reader *readers,
                            int which, const char *text)
{
    long start = bound_now(), end = start + bound_of(BOUND_GENEROUS);
    struct pollfd polled[EARS];
    bool received = false;

    verdict_check(send(wire_fd(speaker), line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line),
                  "send");
    while (!received) {
        for (int i = 0; i < EARS; i++)
            polled[i] = (struct pollfd){.fd = readers[i].fd, .events = POLLIN};
        poll(polled, EARS, 100);
        for (int i = 0; i < EARS; i++)
            if (polled[i].revents && reader_received(&readers[i], i == which ? text : "\n\n"))
                received = true;
        verdict_check(received || bound_now() < end,
                      "one member speaks without end, and the others wait for ever");
    }
    return bound_now() - start;
}

/* Of most probes it is asked, not of the slowest: on a busy machine one may have had no processor.
 */
static void check_median(const char *what, long *took, size_t n)
{
    long median = suite_median(took, n);

    verdict_check(median < bound_of(500), "one member speaks without end, and %s after %ld ms",
                  what, median);
}

/* The others are answered, and what they send is received, as usual. */
static void flood(void)
{
    enum { PROBES = 25 };
    static struct event_reader readers[EARS];
    struct wire *anna = suite_member("anna"), *berta = suite_member("berta"),
                *stranger = suite_open();
    struct wire *flooder = suite_member("flooder"), *const wires[EARS] = {anna, berta, stranger};
    long pings[PROBES], says[PROBES], replies[PROBES];
    pid_t child;

    wire_expect_event(anna, "* JOIN berta");
    wire_expect_event(anna, "* JOIN flooder");
    wire_expect_event(berta, "* JOIN flooder");
    for (int i = 0; i < EARS; i++)
        readers[i] = (struct event_reader){.fd = wire_fd(wires[i])};
    child = flood_start(&flooder, 1, "S a flood of words\n");
    (void)say_and_receive(stranger, "N\n", readers, 0, "* SAY flooder a flood"); /* it has begun */
    for (int i = 0; i < PROBES; i++) {
        char line[32], text[48];

        snprintf(line, sizeof line, "S probe %d\n", i);
        snprintf(text, sizeof text, "* SAY berta probe %d\n", i);
        says[i] = say_and_receive(berta, line, readers, 0, text);
        replies[i] = say_and_receive(anna, "N\n", readers, 0, "OK 0\n");
        pings[i] = say_and_receive(stranger, "N\n", readers, 2, "OK 0\n");
    }
    flood_stop(child);
    check_median("a message arrives", says, PROBES);
    check_median("a member is answered", replies, PROBES);
    check_median("a stranger is answered", pings, PROBES);
}

/* Events wait for a member all the time: whenever it has read some, others are said. What is said
 * before its ping it has to read first, but not what is said later. */
static void reply_among_events(void)
{
    enum { AHEAD = 4000, AT_ONCE = 20 }; /* lines; the kernel takes fewer for it */
    struct wire *speaker = suite_member("speaker"), *reader = suite_open_narrowest(suite.server);
    char *text = suite_repeated("t", 1000);
    const char *line;

    wire_ask_ok(reader, "C reader\n");
    for (int i = 0; i < AHEAD; i++)
        wire_ask_ok(speaker, "S %s\n", text);
    wire_puts(reader, "N\n");
    for (int n = 0; (line = wire_line(reader)) && strcmp(line, "OK 0") != 0; n++) {
        verdict_check(n < 2 * AHEAD, "%d events were sent, and no reply", n);
        for (int i = 0; i < AT_ONCE && n % AT_ONCE == 0; i++)
            wire_ask_ok(speaker, "S %s\n", text);
    }
    free(text);
}

const struct conformance_case strain_cases[] = {
    {"room_joins_and_leaves", ON_MANY, .run = joins_and_leaves},
    {"room_flood", ON_MANY, CASE_OURS, "--max-backlog 256M", .run = flood},
    {"room_reply_among_events", ON_MANY, CASE_OURS, "--max-backlog 16M", .run = reply_among_events},
    {.name = NULL},
};
