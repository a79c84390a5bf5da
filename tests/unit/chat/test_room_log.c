/* test_room_log.c: what a member is sent out of the room's log, however much of it at a time
 *
 * A script is a word of letters: which member speaks, and how much is sent. The same script is done
 * to a room and to a model of it: the bytes of all events but the member's own.
 */
#include <stdio.h>
#include <string.h>

#include "chat/room_private.h"
#include "ring.h"
#include "sink.h"

enum { BACKLOG = 512, MEMBERS = 5 };

static struct log {
    const char *script; /* for reports */
    struct room *room;
    struct member *reader, *other; /* "a" and "aa" */
    unsigned int said;
    struct sink want, got; /* of this script; what was sent of it */
} lab;

static void lab_begin(void)
{
    lab = (struct log){.script = "", .room = ring_new(MEMBERS, BACKLOG, NULL)};
    lab.other = ring_enter(lab.room, "aa");
    lab.reader = ring_enter(lab.room, "a");
}

static void lab_end(void)
{
    room_ring_free(lab.room);
    sink_free(&lab.want);
    sink_free(&lab.got);
}

#define LAB(function) TEST_BETWEEN(lab_begin, function, lab_end)

static void event(const char *begin, const char *text)
{
    sink_add(&lab.want, begin, strlen(begin));
    sink_add(&lab.want, text, strlen(text));
    sink_add(&lab.want, "\n", 1);
}

/* ---- the model ---- */

static size_t left(void)
{
    return lab.want.len - lab.got.len;
}

static bool in_event(void)
{
    return lab.got.len > 0 && lab.got.bytes[lab.got.len - 1] != '\n';
}

/* Up to the end of the event that has begun. */
static size_t rest(void)
{
    const char *at = lab.want.bytes + lab.got.len, *lf = memchr(at, '\n', left());
    return (size_t)(lf + 1 - at);
}

static size_t peek_sum(bool only_rest, int most)
{
    struct iovec vec[16];
    size_t sum = 0;
    int count = room_peek(lab.room, lab.reader, only_rest, vec, most);
    unit_check(count >= 0 && count <= most, "%s: %d pieces", lab.script, count);
    for (int i = 0; i < count; i++) {
        size_t len = vec[i].iov_len, at = lab.got.len + sum;
        unit_check(len > 0 && at + len <= lab.want.len &&
                       memcmp(vec[i].iov_base, lab.want.bytes + at, len) == 0,
                   "%s: piece %d of %d at byte %zu: %s, expected %s", lab.script, i, count, at,
                   unit_quote(vec[i].iov_base, len),
                   unit_quote(lab.want.bytes + at, lab.want.len - at));
        sum += len;
    }
    return sum;
}

static void check(void)
{
    char bytes[PROTO_EVENT_MAX];
    unit_check(room_in_event(lab.reader) == in_event(), "%s: %zu bytes were sent, in an event: %d",
               lab.script, lab.got.len, room_in_event(lab.reader));
    unit_check((room_unread(lab.room, lab.reader) == 0) == (left() == 0),
               "%s: %zu bytes are left, and %zu are not read", lab.script, left(),
               room_unread(lab.room, lab.reader));
    unit_check(peek_sum(false, 16) == left(), "%s: not all can be sent", lab.script);
    unit_check((peek_sum(false, 1) > 0) == (left() > 0), "%s: no first piece", lab.script);
    size_t len = room_event_rest(lab.room, lab.reader, bytes);
    unit_check(len == (in_event() ? rest() : 0), "%s: %zu bytes of an event are left", lab.script,
               len);
    if (in_event())
        unit_check(peek_sum(true, 16) == len &&
                       memcmp(bytes, lab.want.bytes + lab.got.len, len) == 0,
                   "%s: the rest of the event: %s", lab.script, unit_quote(bytes, len));
}

static void send(size_t len)
{
    if (len == 0)
        return;
    sink_add(&lab.got, lab.want.bytes + lab.got.len, len);
    room_sent(lab.room, lab.reader, len);
}

static void letter_do(char letter)
{
    char text[32];
    int n = snprintf(text, sizeof text, "a %u", lab.said++);
    switch (letter) {
    case 'o': room_say(lab.room, lab.reader, text, (size_t)n); break;
    case 'x':
        room_say(lab.room, lab.other, text, (size_t)n);
        event("* SAY aa ", text);
        break;
    case 'A':
        room_announce(lab.room, text, (size_t)n);
        event("* ADMIN ", text);
        break;
    case 'j': {
        struct member *visitor = ring_enter(lab.room, "ab");
        ring_leave(lab.room, visitor);
        event("* JOIN ab\n* LEAVE ", "ab");
        break;
    }
    case '1': send(left() > 0 ? 1 : 0); break;
    case '-': send(left() > 0 ? left() - 1 : 0); break;
    default: send(left()); break; /* '!' */
    }
}

static void letters_do(const char *letters)
{
    for (; *letters != '\0'; letters++)
        letter_do(*letters);
}

static void script_begin(const char *script)
{
    lab.script = script;
    lab.said = 0;
    sink_reset(&lab.want);
    sink_reset(&lab.got);
}

/* ---- tests ---- */

static void order_run(const char *word)
{
    script_begin(word);
    for (const char *p = word; *p != '\0'; p++) {
        letter_do(*p);
        check();
    }
    letter_do('!');
    check();
}

static void test_every_order_of_speaking_and_sending(void)
{
    every_word("oxA1-!", 6, order_run);
    every_word("oxj1-", 6, order_run);
}

/* In three parts, wherever they are cut. */
static void parts_run(const char *word)
{
    script_begin(word);
    letters_do(word);
    letter_do('!');
    size_t all = lab.want.len;
    for (size_t one = 0; one <= all; one++)
        for (size_t two = one; two <= all; two++) {
            script_begin(word);
            letters_do(word);
            send(one);
            check();
            send(two - one);
            check();
            letter_do('!');
            check();
        }
}

static void test_cut_everywhere(void)
{
    every_word("oxA", 4, parts_run);
}

/* Announcements that everybody reads, until the next event begins that many bytes before the ring's
 * end. */
static void move_to_edge(size_t before)
{
    static char text[PROTO_TEXT_MAX];
    enum { FRAME = sizeof "* ADMIN \n" - 1 };
    size_t capacity = lab.room->capacity;
    memset(text, '.', sizeof text);
    for (;;) {
        size_t at = (size_t)(room_head(lab.room) % capacity);
        size_t way = (2 * capacity - before - at) % capacity;
        if (way == 0)
            break;
        if (way < FRAME + 1)
            way += capacity;
        size_t part = way > 500 ? way - 500 < FRAME + 1 ? 400 : 500 : way;
        room_announce(lab.room, text, part - FRAME);
        sink_reset(&lab.want);
        sink_reset(&lab.got);
        room_sent(lab.room, lab.reader, part);
        unit_check(room_unread(lab.room, lab.reader) == 0, "an announcement of %zu bytes", part);
    }
}

/* The ring's end falls behind every byte of what is sent, and each byte of it is where it is
 * cut. */
static void test_the_edge_of_the_ring(void)
{
    static const char *const words[] = {"x", "ox", "xo", "xoxA", "oxxo", "jox", "xoooA", "Aox"};
    for (size_t w = 0; w < UNIT_COUNT(words); w++)
        for (size_t before = 0; before < 70; before++)
            for (size_t cut = 0, all = 1; cut <= all; cut++) {
                script_begin(words[w]);
                move_to_edge(before);
                lab.said = 0;
                letters_do(words[w]);
                all = lab.want.len;
                check();
                send(cut);
                check();
                letter_do('!');
                check();
            }
}

/* What it has not read when it leaves can still be read, and nothing that is sent later. */
static void leaver_run(const char *word)
{
    script_begin(word);
    letters_do(word);
    room_leave(lab.room, lab.reader);
    check();
    room_say(lab.room, lab.other, "after", 5);
    struct member *later = ring_enter(lab.room, "a"); /* and its nick is somebody else's */
    room_say(lab.room, later, "after", 5);
    check();
    while (left() > 0) {
        send(left() < 3 ? left() : 3);
        check();
    }
    room_release(lab.room, lab.reader);
    lab.reader = later;
}

static void test_one_that_has_left(void)
{
    every_word("oxA1-", 5, leaver_run);
}

/* Another member had the nick before, and spoke under it: those are not its own words. */
static void test_a_nick_of_before(void)
{
    struct iovec vec[4];
    struct member *old = ring_enter(lab.room, "b");
    room_say(lab.room, old, "old", 3);
    ring_leave(lab.room, old);
    struct member *new = ring_enter(lab.room, "b");
    unit_check(room_peek(lab.room, new, false, vec, 4) == 0 && room_unread(lab.room, new) == 0,
               "something from before it entered");
    room_say(lab.room, new, "new", 3);
    unit_check(room_unread(lab.room, new) == 0, "it hears itself");
    event("* JOIN b\n* SAY b old\n* LEAVE b\n* JOIN b\n* SAY b ", "new");
    check();
}

/* Far behind, but not too far: at the longest that may wait, with the ring's end in between. */
static void test_far_behind(void)
{
    for (int round = 0; round < 200; round++) {
        script_begin("as far behind as it may be");
        while (!room_too_far_behind(lab.room, lab.reader)) {
            check();
            letter_do(round % 3 == 0 ? 'A' : 'x');
        }
        unit_check(left() > BACKLOG && left() <= BACKLOG + 20, "%zu bytes are too many", left());
        check(); /* it is slow, but nothing of it is gone yet */
        for (int i = 0; left() > 0; i++) {
            send(left() < 100 ? left() : 100 - (size_t)i);
            check();
        }
    }
}

/* What has been overwritten is not sent. */
static void test_overwritten(void)
{
    struct iovec vec[4];
    char bytes[PROTO_EVENT_MAX];
    for (size_t begun = 0; begun < 2; begun++) {
        lab_begin();
        script_begin("overwritten");
        letter_do('x');
        send(begun);
        while (room_head(lab.room) - lab.reader->position <= lab.room->capacity) {
            unit_check(room_peek(lab.room, lab.reader, false, vec, 4) > 0, "it is there still");
            letter_do('A');
        }
        unit_check(room_peek(lab.room, lab.reader, false, vec, 4) == 0 &&
                       room_peek(lab.room, lab.reader, true, vec, 4) == 0 &&
                       room_event_rest(lab.room, lab.reader, bytes) == 0,
                   "what stands there now is sent");
        unit_check(room_too_far_behind(lab.room, lab.reader), "it is not slow");
        lab_end();
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        LAB(test_every_order_of_speaking_and_sending),
        LAB(test_cut_everywhere),
        LAB(test_the_edge_of_the_ring),
        LAB(test_one_that_has_left),
        LAB(test_a_nick_of_before),
        LAB(test_far_behind),
        TEST(test_overwritten),
    };
    return unit_run("room_log", tests, argc, argv);
}
