/* test_turn_console.c: the console of a server with one thread: a pipe, a file, a lot at once */
#include "turns.h"

#include <fcntl.h>
#include <unistd.h>

static void test_console(void)
{
    turns_begin(4096, NULL);
    struct turn_peer *member = turns_member();
    unit_check(write(turns.in.other, "hello\nwor", 9) == 9, "write");
    turns_pass();
    peer_expect(member, "* ADMIN hello\n");
    unit_check(turn_timeout(&turns.turn) == -1 && turns.watched[STDIN_FILENO] == WATCH_READ,
               "it does not sleep");
    unit_check(write(turns.in.other, "ld", 2) == 2, "write");
    close(turns.in.other);
    turns.in.other = -1;
    for (int i = 0; i < 3; i++)
        turns_pass();
    peer_expect(member, "* ADMIN world\n");
    unit_check(turns.watched[STDIN_FILENO] == 0 && turn_timeout(&turns.turn) == -1,
               "its end is watched, or it does not sleep");
    turns_end();
}

/* A file can't be watched, and is always ready: until its end it is read in every turn. */
static void test_console_is_a_file(void)
{
    turns_begin(4096, "one\ntwo");
    unit_check(turns.watched[STDIN_FILENO] == 0 && turn_timeout(&turns.turn) == 0,
               "it would sleep");
    turns_pass();
    unit_check(turn_timeout(&turns.turn) == -1, "it does not sleep after the end of the file");
    unit_check(turns.watched[STDIN_FILENO] == 0, "it is watched");
    turns_end();
}

/* Much at once, and the shortest lines: a member that reads receives all of it, and no line is
 * lost. */
static void test_a_lot_on_the_console(void)
{
    enum { LINES = 30000 };
    static char lines[LINES * 2];
    for (size_t backlog = 4096; backlog <= 256 * 1024; backlog *= 8) {
        turns_begin(backlog, NULL);
        struct turn_peer *reader = turns_member(), *other = turns_member();
        turns_forget();
        for (size_t i = 0; i < sizeof lines; i++)
            lines[i] = "x\n"[i % 2];
        unit_check(fcntl(turns.in.other, F_SETFL, O_NONBLOCK) == 0, "fcntl");
        ssize_t n = write(turns.in.other, lines, sizeof lines);
        unit_check(n > 0, "write");
        for (int i = 0; i < 400; i++) {
            turns_pass();
            unit_check(peer_read(reader) && peer_read(other), "backlog %zu: one that reads is slow",
                       backlog);
        }
        unit_check(reader->received.len == (size_t)n / 2 * 10 &&
                       other->received.len == reader->received.len,
                   "backlog %zu: %zu of %zu bytes are heard", backlog, reader->received.len,
                   (size_t)n / 2 * 10);
        turns_end();
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_console),
    TEST(test_console_is_a_file),
    TEST(test_a_lot_on_the_console),
};
UNIT_MAIN("turn_console", tests)
