/* test_turn_room.c: the chat room of a server with one thread, turn by turn */
#include "turns.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* What its socket takes at once is about as much as may wait for it besides. */
static void buffer_size(const struct turn_peer *peer, size_t bytes)
{
    int size = (int)bytes;
    unit_check(setsockopt(peer->server_fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0,
               "setsockopt");
}

/* ---- speakers that never stop ---- */

/* Speaks as fast as its socket takes it: "S <number>", and a filler. */
struct speaker {
    struct turn_peer *peer;
    unsigned int number;
    char line[80]; /* and what is left of it */
    size_t left;
};

static void speak(struct speaker *speaker)
{
    for (;;) {
        if (speaker->left == 0)
            speaker->left =
                (size_t)snprintf(speaker->line, sizeof speaker->line,
                                 "S %u ..................................\n", speaker->number++);
        size_t len = strlen(speaker->line);
        size_t sent = peer_push(speaker->peer, speaker->line + len - speaker->left, speaker->left);
        speaker->left -= sent;
        if (speaker->left > 0)
            return;
    }
}

/* The next SAY event. False: there is none. */
static bool next_say(const struct sink *received, size_t *at, const char **line, size_t *len)
{
    while (*at < received->len) {
        *line = received->bytes + *at;
        const char *lf = memchr(*line, '\n', received->len - *at);
        if (lf == NULL)
            return false;
        *len = (size_t)(lf + 1 - *line);
        *at += *len;
        if (*len > 6 && memcmp(*line, "* SAY ", 6) == 0)
            return true;
        unit_check(memcmp(*line, "OK 0\n", 5) == 0 || memcmp(*line, "* LEAVE ", 8) == 0, "heard %s",
                   unit_quote(*line, *len));
    }
    return false;
}

/* Each speaker's numbers come one after another, and all of what has been sent. */
static void check_complete(const struct sink *received, const unsigned int *said, size_t speakers)
{
    unsigned int next[32] = {0};
    const char *line;
    size_t len;
    for (size_t at = 0; next_say(received, &at, &line, &len);) {
        char text[100];
        unsigned int speaker, number;
        (void)snprintf(text, sizeof text, "%.*s", (int)len, line);
        unit_check(sscanf(text, "* SAY m%u %u ", &speaker, &number) == 2 && speaker < speakers,
                   "heard %s", text);
        unit_check(number == next[speaker], "heard %s, expected number %u", text, next[speaker]);
        next[speaker]++;
    }
    for (size_t i = 0; i < speakers; i++)
        unit_check(next[i] == said[i], "m%zu has said %u lines, and %u were heard", i, said[i],
                   next[i]);
}

/* How many lines of each have been taken: those are answered. */
static unsigned int answered(const struct turn_peer *peer)
{
    unsigned int count = 0;
    for (size_t at = 0; at < peer->received.len;) {
        const char *line = peer->received.bytes + at,
                   *lf = memchr(line, '\n', peer->received.len - at);
        if (lf == NULL)
            break;
        count += *line == 'O';
        at += (size_t)(lf + 1 - line);
    }
    return count;
}

/* Speakers that never stop, members that read what comes, and some that don't. */
static void crowd(size_t speakers, size_t readers, size_t silent, size_t backlog)
{
    enum { ROUNDS = 60 };
    struct speaker all[32] = {{0}};
    unsigned int said[32] = {0}, least = UINT32_MAX, most = 0;
    turns_begin(backlog, NULL);
    for (size_t i = 0; i < speakers + readers + silent; i++)
        buffer_size(turns_member(), backlog);
    for (size_t i = 0; i < speakers; i++)
        all[i].peer = &turns.peers[i];
    struct turn_peer *bystander = turns_client();
    turns_forget();
    for (int round = 0; round < ROUNDS; round++) {
        turns.send_cost = round % 2; /* not all have their turn in each */
        turns.noted = 0;
        for (size_t i = 0; i < speakers; i++)
            speak(&all[i]);
        peer_say(bystander, "N\n");
        turns_pass();
        peer_expect(bystander, "OK 0\n");
        for (size_t i = 0; i < speakers + readers; i++)
            unit_check(peer_read(&turns.peers[i]), "round %d: m%zu is closed", round, i);
    }
    turns.send_cost = 0;
    for (size_t i = 0; i < speakers; i++) {
        unsigned int count = answered(&turns.peers[i]);
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    unit_check(least * 4 > most, "one has said %u lines, another one %u", most, least);
    for (int i = 0; i < 2000; i++) { /* what was sent to the room reaches all */
        turns.noted = 0;
        turns_pass();
        for (size_t k = 0; k < speakers + readers; k++)
            unit_check(peer_read(&turns.peers[k]), "at the end: m%zu is closed", k);
    }
    for (size_t i = 0; i < speakers; i++)
        said[i] = answered(&turns.peers[i]);
    unit_check(said[0] > 10 && said[speakers - 1] > 10, "only %u and %u lines were said", said[0],
               said[speakers - 1]);
    for (size_t i = speakers; i < speakers + readers; i++) {
        const struct sink *received = &turns.peers[i].received,
                          *first = &turns.peers[speakers].received;
        check_complete(received, said, speakers);
        unit_check(received->len == first->len &&
                       memcmp(received->bytes, first->bytes, first->len) == 0,
                   "m%zu and m%zu hear different things", i, speakers);
    }
    for (size_t i = speakers + readers; i < speakers + readers + silent; i++) {
        (void)peer_read(&turns.peers[i]);
        turns_pass();
        unit_check(!peer_read(&turns.peers[i]), "m%zu does not read, and is not slow", i);
        const struct sink *received = &turns.peers[i].received;
        unit_check(received->len > 20 && received->bytes[received->len - 1] == '\n' &&
                       memmem(received->bytes + received->len - 60, 60, "\nERR slow ", 10) != NULL,
                   "m%zu received %s", i, unit_quote(received->bytes, received->len));
    }
    turns_end();
}

static void test_speakers_without_end(void)
{
    unit_bound(100, "speakers without end");
    crowd(20, 100, 0, 4096);
    crowd(20, 100, 0, 256 * 1024);
    crowd(1, 3, 0, 4096);
}

static void test_members_that_do_not_read(void)
{
    unit_bound(100, "members that don't read");
    crowd(20, 50, 30, 4096);
    crowd(3, 10, 30, 16 * 1024);
}

/* One that floods the room with long lines, and one that sends a short one; in either order. */
static void test_a_word_in_a_flood(void)
{
    enum { READERS = 10 };
    static char line[PROTO_LINE_MAX] = "S ";
    memset(line + 2, '.', sizeof line - 3);
    line[sizeof line - 1] = '\n';
    for (int first = 0; first < 2; first++)
        for (size_t backlog = 4096; backlog <= 256 * 1024; backlog *= 8) {
            turns_begin(backlog, NULL);
            for (int i = 0; i < READERS; i++)
                (void)turns_member();
            struct turn_peer *a = turns_member(), *b = turns_member();
            turns_forget();
            turns.send_cost = 1; /* it takes several turns until all have received it */
            struct turn_peer *flood = first == 0 ? a : b, *quiet = first == 0 ? b : a;
            size_t part = 0; /* of a line that was begun */
            for (int i = 0; i < 100; i++) {
                for (size_t n = 1; n > 0; part = (part + n) % sizeof line)
                    n = peer_push(flood, line + part, sizeof line - part);
                if (i == 50)
                    peer_say(quiet, "S hello\n");
                turns_pass();
                for (size_t k = 0; k < turns.count; k++)
                    unit_check(peer_read(&turns.peers[k]), "m%zu is closed", k);
                struct sink *received = &turns.peers[0].received;
                if (i < 50)
                    sink_reset(received);
                if (i >= 50 + 3 * READERS)
                    unit_check(memmem(received->bytes, received->len, " hello\n", 7) != NULL,
                               "backlog %zu, flood %d: nobody has heard it after %d turns", backlog,
                               first, i - 49);
            }
            turns.send_cost = 0;
            turns_end();
        }
}

/* ---- many that come and go at once ---- */

static void test_all_but_one_leave_at_once(void)
{
    enum { MANY = 250 };
    turns_begin(4096, NULL);
    struct turn_peer *stays = turns_member();
    for (int i = 0; i < MANY; i++)
        (void)turns_member();
    turns_forget();
    for (size_t i = 1; i <= MANY; i++)
        peer_close(&turns.peers[i]);
    for (int i = 0; i < 500; i++) {
        turns_pass();
        unit_check(peer_read(stays), "one that reads is closed");
    }
    unsigned int leaves = 0;
    for (size_t i = 0; i < stays->received.len; i++)
        leaves += stays->received.bytes[i] == '\n';
    unit_check(leaves == MANY, "%u of %d have left", leaves, MANY);
    turns_end();
}

static const struct CMUnitTest tests[] = {
    TEST(test_speakers_without_end),
    TEST(test_members_that_do_not_read),
    TEST(test_a_word_in_a_flood),
    TEST(test_all_but_one_leave_at_once),
};
UNIT_MAIN("turn_room", tests)
