/* test_script.c: lab-client in scripts: every command against all six servers */
#include "unit.h"

#include <string.h>

#include "fixture.h"
#include "program.h"
#include "servers.h"

/* ---- each of the six ---- */

static void fill(const struct test_server *server)
{
    unit_write_text(server->dir, "a.txt", "first\n");
    unit_write_text(server->dir, "b.txt", "second\n");
    unit_write_text(server->dir, "reading list.txt", "books\n");
    unit_write_text(server->dir, "诗.md", "一人守一门\n");
}

static void test_files(struct test_server *server)
{
    const char *port = server->port;
    fixture_folder();
    fill(server);
    const struct program *ran = EXPECT(0, HERE, "-p", port, "list");
    assert_string_equal(ran->out.bytes, "6 a.txt\n7 b.txt\n6 reading list.txt\n16 诗.md\n");
    assert_string_equal(ran->err.bytes, "");
    ran = EXPECT(0, HERE, "-p", port, "get", "a.txt");
    assert_string_equal(ran->out.bytes, "");
    program_has(&ran->err, "a.txt: 6 bytes in ");
    program_left(fixture.folder, "a.txt", "first\n");
    EXPECT(0, HERE, "-p", port, "get", "reading list.txt", "诗.md", "b.txt");
    program_left(fixture.folder, "reading list.txt", "books\n");
    program_left(fixture.folder, "诗.md", "一人守一门\n");
    ran = EXPECT(0, HERE, "-p", port, "get", "b.txt", "-");
    assert_string_equal(ran->out.bytes, "second\n");
    EXPECT(0, fixture_fed("from a pipe\n"), "-p", port, "put", "-", "piped.txt");
    program_left(server->dir, "piped.txt", "from a pipe\n");
    EXPECT(0, HERE, "-p", port, "put", "a.txt", "a new one.txt");
    program_left(server->dir, "a new one.txt", "first\n");
    ran = EXPECT(0, HERE, "-H", "localhost", "-p", port, "-c", "list a*; get 'a new one.txt'");
    assert_string_equal(ran->out.bytes, "6 a new one.txt\n6 a.txt\n");
    ran = EXPECT(0, fixture_fed("# a script\n\nget a.txt -\nli b*\n"), "127.0.0.1", port);
    assert_string_equal(ran->out.bytes, "first\n7 b.txt\n");
    EXPECT(1, HERE, "-p", port, "get", "none.txt");
    fixture_end();
}

static void test_room(struct test_server *server)
{
    fixture.folder[0] = '\0'; /* whatever the test before has left */
    const struct program *ran =
        EXPECT(0, HERE, "-p", server->port, "-c", "chat ann; who; say it's #1; leave; quit; list");
    assert_string_equal(ran->out.bytes, "ann\n");
    assert_string_equal(ran->err.bytes, "");
    ran = EXPECT(1, HERE, "-p", server->port, "who");
    program_has(&ran->err, "you are not in the room");
    EXPECT(1, HERE, "-p", server->port, "say", "hello");
    EXPECT(1, HERE, "-p", server->port, "leave");
    EXPECT(2, HERE, "-p", server->port, "chat", "admin");
    EXPECT(0, fixture_fed("hello\n"), "-p", server->port, "chat", "ann");
}

/* Two in the room: each line of one is received by the other, as a line a program can read. */
static void test_chat(struct test_server *server)
{
    struct program *ann = program_member(NULL, server, "ann");
    struct program *ming = RUN(NULL, "-p", server->port, "chat", "小明");
    program_await(ann, "→ 小明 joined\n");
    program_write(ann, "hello, 小明\r\n\nsecond\n");
    program_await(ming, "ann say ： hello, 小明\nann say ： second\n");
    program_write(ming, "可以，你好\n");
    program_await(ann, "小明 say ： 可以，你好\n");
    serverproc_announce(server->process, "five minutes\n");
    program_await(ann, "*** the administrator: five minutes\n");
    program_await(ming, "*** the administrator: five minutes\n");
    program_write(ming, "no line end");
    program_finish(ming, 0, NULL);
    program_await(ann, "← 小明 left\n");
    program_has(&ann->out, "小明 say ： no line end\n");
    assert_int_equal(program_wait(ann), 0);
    unit_check(memchr(ann->out.bytes, '\033', ann->out.len) == NULL, "there is colour in a pipe");
    assert_string_equal(ann->err.bytes, "");
    program_free(ann);
}

static void test_server_dies(struct test_server *server)
{
    struct program *run = program_member(NULL, server, "ann");
    server_kill(server);
    program_await_error(run, "\n");
    program_finish(run, 3, NULL);
}

/* ---- where commands come from ---- */

static void test_lists(void)
{
    struct test_server *server = server_start("thread", NULL);
    const char *port = server->port;
    fill(server);
    unit_write_text(fixture.folder, "all.lab",
                    "# what is there\n  list a*\r\n\nget a.txt -; get b.txt -");
    assert_string_equal(EXPECT(0, HERE, "-p", port, "-f", "all.lab")->out.bytes,
                        "6 a.txt\nfirst\nsecond\n");
    assert_string_equal(EXPECT(0, fixture_fed("list b*\n"), "-p", port, "-f", "-")->out.bytes,
                        "7 b.txt\n");
    EXPECT(4, HERE, "-p", port, "-f", "none.lab");
    EXPECT(4, HERE, "-p", port, "-f", ".");
    /* until one fails */
    assert_string_equal(EXPECT(1, HERE, "-p", port, "-c", "get none; list")->out.bytes, "");
    assert_string_equal(EXPECT(1, fixture_fed("get none\nlist\n"), "-p", port)->out.bytes, "");
    program_has(&EXPECT(2, fixture_fed("list\nnonsense\nlist\n"), "-p", port)->err,
                "no command nonsense");
    /* standard input can't be both */
    program_has(&EXPECT(2, fixture_fed("put - x\n"), "-p", port)->err,
                "where the commands come from");
    EXPECT(0, fixture_fed("x\n"), "-p", port, "-c", "put - x; quit; nonsense");
    program_left(server->dir, "x", "x\n");
}

static const struct CMUnitTest tests[] = {
    EACH(test_files),       EACH(test_room),    EACH_BUT_LOOP(test_chat),
    EACH(test_server_dies), FOLDER(test_lists),
};
UNIT_MAIN("the client in scripts", tests)
