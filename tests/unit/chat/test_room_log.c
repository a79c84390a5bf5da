/* test_room_log.c: what a member is sent out of the room's log, however much of it at a time */
#include <string.h>

#include "chat/room_private.h"
#include "reading.h"

static void order_run(const char *word)
{
    reading_script(word);
    for (const char *p = word; *p != '\0'; p++) {
        reading_letter(*p);
        reading_check();
    }
    reading_letter('!');
    reading_check();
}

static void test_every_order_of_speaking_and_sending(void)
{
    every_word("oxA1-!", 6, order_run);
    every_word("oxj1-", 6, order_run);
}

/* In three parts, wherever they are cut. */
static void parts_run(const char *word)
{
    reading_script(word);
    reading_letters(word);
    reading_letter('!');
    size_t all = reading.want.len;
    for (size_t one = 0; one <= all; one++)
        for (size_t two = one; two <= all; two++) {
            reading_script(word);
            reading_letters(word);
            reading_send(one);
            reading_check();
            reading_send(two - one);
            reading_check();
            reading_letter('!');
            reading_check();
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
    size_t capacity = reading.room->capacity;
    memset(text, '.', sizeof text);
    for (;;) {
        size_t at = (size_t)(room_head(reading.room) % capacity);
        size_t way = (2 * capacity - before - at) % capacity;
        if (way == 0)
            break;
        if (way < FRAME + 1)
            way += capacity;
        size_t part = way > 500 ? way - 500 < FRAME + 1 ? 400 : 500 : way;
        room_announce(reading.room, text, part - FRAME);
        sink_reset(&reading.want);
        sink_reset(&reading.got);
        room_sent(reading.room, reading.reader, part);
        unit_check(room_unread(reading.room, reading.reader) == 0, "an announcement of %zu bytes",
                   part);
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
                reading_script(words[w]);
                move_to_edge(before);
                reading.said = 0;
                reading_letters(words[w]);
                all = reading.want.len;
                reading_check();
                reading_send(cut);
                reading_check();
                reading_letter('!');
                reading_check();
            }
}

/* What it has not read when it leaves can still be read, and nothing that is sent later. */
static void leaver_run(const char *word)
{
    reading_script(word);
    reading_letters(word);
    room_leave(reading.room, reading.reader);
    reading_check();
    room_say(reading.room, reading.other, "after", 5);
    struct member *later = ring_enter(reading.room, "a"); /* and its nick is somebody else's */
    room_say(reading.room, later, "after", 5);
    reading_check();
    while (reading_left() > 0) {
        reading_send(reading_left() < 3 ? reading_left() : 3);
        reading_check();
    }
    room_release(reading.room, reading.reader);
    reading.reader = later;
}

static void test_one_that_has_left(void)
{
    every_word("oxA1-", 5, leaver_run);
}

/* Another member had the nick before, and spoke under it: those are not its own words. */
static void test_a_nick_of_before(void)
{
    struct iovec vec[4];
    struct member *old = ring_enter(reading.room, "b");
    room_say(reading.room, old, "old", 3);
    ring_leave(reading.room, old);
    struct member *new = ring_enter(reading.room, "b");
    unit_check(room_peek(reading.room, new, false, vec, 4) == 0 &&
                   room_unread(reading.room, new) == 0,
               "something from before it entered");
    room_say(reading.room, new, "new", 3);
    unit_check(room_unread(reading.room, new) == 0, "it hears itself");
    reading_event("* JOIN b\n* SAY b old\n* LEAVE b\n* JOIN b\n* SAY b ", "new");
    reading_check();
}

/* Far behind, but not too far: at the longest that may wait, with the ring's end in between. */
static void test_far_behind(void)
{
    for (int round = 0; round < 200; round++) {
        reading_script("as far behind as it may be");
        while (!room_too_far_behind(reading.room, reading.reader)) {
            reading_check();
            reading_letter(round % 3 == 0 ? 'A' : 'x');
        }
        unit_check(reading_left() > BACKLOG && reading_left() <= BACKLOG + 20,
                   "%zu bytes are too many", reading_left());
        reading_check(); /* it is slow, but nothing of it is gone yet */
        for (int i = 0; reading_left() > 0; i++) {
            reading_send(reading_left() < 100 ? reading_left() : 100 - (size_t)i);
            reading_check();
        }
    }
}

/* What has been overwritten is not sent. */
static void test_overwritten(void)
{
    struct iovec vec[4];
    char bytes[PROTO_EVENT_MAX];
    for (size_t begun = 0; begun < 2; begun++) {
        reading_begin();
        reading_script("overwritten");
        reading_letter('x');
        reading_send(begun);
        while (room_head(reading.room) - reading.reader->position <= reading.room->capacity) {
            unit_check(room_peek(reading.room, reading.reader, false, vec, 4) > 0,
                       "it is there still");
            reading_letter('A');
        }
        unit_check(room_peek(reading.room, reading.reader, false, vec, 4) == 0 &&
                       room_peek(reading.room, reading.reader, true, vec, 4) == 0 &&
                       room_event_rest(reading.room, reading.reader, bytes) == 0,
                   "what stands there now is sent");
        unit_check(room_too_far_behind(reading.room, reading.reader), "it is not slow");
        reading_end();
    }
}

static const struct CMUnitTest tests[] = {
    READING(test_every_order_of_speaking_and_sending),
    READING(test_cut_everywhere),
    READING(test_the_edge_of_the_ring),
    READING(test_one_that_has_left),
    READING(test_a_nick_of_before),
    READING(test_far_behind),
    TEST(test_overwritten),
};
UNIT_MAIN("room_log", tests)
