/* Many members: one order for all, races, bodies and events on one connection. */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "conformance.h"

enum { MEMBERS = 20, MESSAGES = 100, OTHERS = (MEMBERS - 1) * MESSAGES };

static struct received {
    int speaker[MEMBERS * MESSAGES];
    int number[MEMBERS * MESSAGES];
    size_t n;
} received[MEMBERS];

/* Takes its own replies and everything the others have sent. */
static void listen_to_all(struct wire *wire, struct received *log)
{
    log->n = 0;
    wire_expect_oks(wire, MESSAGES);
    while (log->n < OTHERS) {
        const char *event = wire_event(wire);
        int *speaker = &log->speaker[log->n], *number = &log->number[log->n];

        verdict_check(event && sscanf(event, "* SAY m%d number %d", speaker, number) == 2 &&
                          *speaker >= 0 && *speaker < MEMBERS,
                      "expected a SAY, received %s", event ? event : "something else");
        log->n++;
    }
    wire_expect_quiet(wire);
}

/* Every speaker's messages are complete, and in the order they were sent. */
static void check_complete(const struct received *log, int self)
{
    int next[MEMBERS] = {0};

    for (size_t i = 0; i < log->n; i++) {
        int speaker = log->speaker[i];

        verdict_check(speaker != self, "m%02d received its own message", self);
        verdict_check(log->number[i] == next[speaker],
                      "m%02d received number %d of m%02d, expected number %d", self, log->number[i],
                      speaker, next[speaker]);
        next[speaker]++;
    }
}

/* Apart from their own messages, both have received the same. */
static void check_same_order(int a, int b)
{
    size_t i = 0, k = 0;

    for (;;) {
        while (i < received[a].n && received[a].speaker[i] == b)
            i++;
        while (k < received[b].n && received[b].speaker[k] == a)
            k++;
        if (i == received[a].n || k == received[b].n)
            break;
        verdict_check(received[a].speaker[i] == received[b].speaker[k] &&
                          received[a].number[i] == received[b].number[k],
                      "m%02d received number %d of m%02d, but m%02d received number %d of m%02d", a,
                      received[a].number[i], received[a].speaker[i], b, received[b].number[k],
                      received[b].speaker[k]);
        i++;
        k++;
    }
    verdict_check(i == received[a].n && k == received[b].n,
                  "m%02d and m%02d received different events", a, b);
}

static void one_order(void)
{
    struct wire *members[MEMBERS];

    suite_room(members, MEMBERS);
    for (int i = 0; i < MESSAGES; i += 10) { /* ten at a time, so that the speakers mix */
        for (int m = 0; m < MEMBERS; m++) {
            char text[400];
            size_t n = 0;

            for (int k = i; k < i + 10; k++)
                n += (size_t)snprintf(text + n, sizeof text - n, "S number %d\n", k);
            wire_send(members[m], text, n);
        }
    }
    for (int m = 0; m < MEMBERS; m++) {
        listen_to_all(members[m], &received[m]);
        check_complete(&received[m], m);
    }
    for (int a = 0; a < MEMBERS; a++) {
        for (int b = a + 1; b < MEMBERS; b++)
            check_same_order(a, b);
    }
}

/* Coming and going are part of the one order: two who stay receive the same, event for event. */
static void one_order_of_joins(void)
{
    struct wire *a = suite_member("anna"), *b = suite_member("berta"), *visitors[10];
    char *first = NULL;

    wire_expect_event(a, "* JOIN berta");
    for (int turn = 0; turn < 5; turn++) {
        for (int i = 0; i < 10; i++) {
            visitors[i] = suite_open();
            wire_printf(visitors[i], "C g%d-%d\nS hi\n", turn, i);
        }
        for (int i = 0; i < 10; i++) {
            wire_expect_oks(visitors[i], 2);
            if (i % 2)
                wire_puts(visitors[i], "X\n");
            else
                wire_reset(visitors[i]);
        }
        for (int i = 1; i < 10; i += 2) {
            wire_expect_ok(visitors[i]);
            wire_close(visitors[i]);
        }
    }
    for (int i = 0; i < 5 * 10 * 3; i++) {
        const char *event = suite_some_event(a);

        free(first);
        first = strdup(event);
        wire_expect_event(b, "%s", first);
    }
    free(first);
    wire_expect_quiet(a);
    wire_expect_quiet(b);
    wire_ask_text(a, "W\n", "anna\nberta\n");
}

static void race_for_a_nick(void)
{
    enum { RACERS = 50 };
    struct wire *racers[RACERS];
    int winners = 0;

    suite_open_many(racers, RACERS);
    for (int turn = 0; turn < 3; turn++) {
        struct wire *winner = NULL;

        for (int i = 0; i < RACERS; i++)
            wire_printf(racers[i], "C prize%d\n", turn);
        winners = 0;
        for (int i = 0; i < RACERS; i++) {
            const struct wire_reply *reply = wire_reply(racers[i]);

            verdict_check(reply, "the connection has ended");
            verdict_check(reply->ok || strcmp(reply->code, "nick-taken") == 0,
                          "expected OK 0 or ERR nick-taken, received ERR %s", reply->code);
            if (reply->ok) {
                winners++;
                winner = racers[i];
            }
        }
        verdict_check(winners == 1, "%d clients have got the same nick", winners);
        wire_ask_ok(winner, "X\n");
    }
}

/* Strictly read: a reply's line, its body to the byte, and events only in between. */
static void events_never_in_a_body(void)
{
    enum { SIZE = 4 << 20, DOWNLOADS = 5, SAYS = 400 };
    struct wire *reader = suite_member("reader"), *speaker = suite_member("speaker");
    int said = 0;

    wire_expect_event(reader, "* JOIN speaker");
    folder_write_pattern(suite.server->dir, "file", SIZE, 1);
    for (int i = 0; i < DOWNLOADS; i++)
        wire_puts(reader, "G file\nW\nN\n");
    for (int i = 0; i < DOWNLOADS; i++) {
        const struct wire_reply *reply;

        for (; said < SAYS * (i + 1) / DOWNLOADS; said++)
            wire_printf(speaker, "S number %d of some length, so that it may do harm\n", said);
        reply = wire_reply(reader);
        verdict_check(reply && reply->ok && reply->size == SIZE, "expected OK %d", SIZE);
        verdict_check(pattern_matches(reply->body, SIZE, 1, 0), "something stands in the body");
        wire_expect_text(reader, "reader\nspeaker\n");
        wire_expect_ok(reader);
    }
    wire_expect_oks(speaker, SAYS);
    for (int i = 0; i < SAYS; i++)
        wire_expect_event(reader, "* SAY speaker number %d of some length, so that it may do harm",
                          i);
}

/* An upload's GO and OK and the events do not mix either. */
static void events_while_uploading(void)
{
    struct wire *writer = suite_member("writer"), *speaker = suite_member("speaker");

    wire_expect_event(writer, "* JOIN speaker");
    wire_ask(writer, "P 100000 file\n", "GO\n");
    for (int i = 0; i < 20; i++) {
        wire_ask_ok(speaker, "S number %d\n", i);
        wire_send_pattern(writer, 5000, 1);
    }
    wire_expect_ok(writer);
    for (int i = 0; i < 20; i++)
        wire_expect_event(writer, "* SAY speaker number %d", i);
}

static unsigned segments_received(const struct wire *wire)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;

    verdict_check(getsockopt(wire_fd(wire), IPPROTO_TCP, TCP_INFO, &info, &size) == 0,
                  "TCP_INFO: %s", strerror(errno));
    return info.tcpi_data_segs_in;
}

/* What a member is sent in one turn of the loop is one system call, and so travels together: each
 * call makes a segment of its own (TCP_NODELAY). */
static void lines_share_a_send(void)
{
    enum { LINES = 400, MOST = 8 };
    struct wire *speaker = suite_member("speaker"), *listener = suite_member("listener");
    char *lines = suite_repeated("S one of many\n", LINES);
    unsigned before, segments;

    wire_expect_event(speaker, "* JOIN listener");
    wire_expect_quiet(listener);
    before = segments_received(listener);
    wire_puts(speaker, lines);
    free(lines);
    for (int i = 0; i < LINES; i++)
        wire_expect_event(listener, "* SAY speaker one of many");
    wire_expect_oks(speaker, LINES);
    segments = segments_received(listener) - before;
    verdict_check(segments <= MOST,
                  "%d lines that came at once were sent on in %u segments; expected at most %d",
                  LINES, segments, MOST);
}

static void crowd(void)
{
    enum { CROWD = 200 };
    static struct wire *wires[CROWD];

    folder_write(suite.server->dir, "file", "content", 7);
    for (int i = 0; i < CROWD; i++)
        wires[i] = suite_connect();
    for (int i = 0; i < CROWD; i++)
        wire_printf(wires[i], "L\nN\nC c%03d\nG file\nS hello from %d\nN\n", i, i);
    for (int i = 0; i < CROWD; i++) {
        const char *line = wire_line(wires[i]);

        if (line && strncmp(line, "ERR busy ", 9) == 0 && !serverproc_ours())
            verdict_skip("this server does not take %d clients", CROWD);
        verdict_check(line && strncmp(line, "HELLO 1 ", 8) == 0, "expected HELLO, received %s",
                      line ? line : "the end");
        wire_expect_text(wires[i], "7 file\n");
        wire_expect_oks(wires[i], 2);
        wire_expect_text(wires[i], "content");
        wire_expect_oks(wires[i], 2);
    }
    wire_puts(wires[0], "W\n");
    verdict_check(wire_reply(wires[0])->size == 5UL * CROWD, "not everybody is in the room");
    wire_ask_ok(wires[0], "S the last word\n");
    for (int i = 1; i < CROWD; i++) {
        const char *event;

        do
            event = wire_event(wires[i]);
        while (event && strcmp(event, "* SAY c000 the last word") != 0);
        verdict_check(event, "client %d did not receive the last message", i);
    }
}

const struct conformance_case room_cases[] = {
    {"room_one_order", ON_MANY, .run = one_order},
    {"room_one_order_of_joins", ON_MANY, .run = one_order_of_joins},
    {"room_race_for_a_nick", ON_MANY, .run = race_for_a_nick},
    {"room_events_never_in_a_body", ON_MANY, .run = events_never_in_a_body},
    {"room_events_while_uploading", ON_MANY, .run = events_while_uploading},
    {"room_lines_share_a_send", ON_TURN, CASE_OURS, .run = lines_share_a_send},
    {"room_crowd", ON_MANY, .run = crowd},
    {.name = NULL},
};
