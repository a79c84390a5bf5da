/* test_script.c: lab-client in scripts: every command against all six servers, and every exit status */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bound.h"
#include "fleet.h"
#include "folder.h"
#include "hostile.h"
#include "run.h"

static char folder[UNIT_PATH];

static const struct run_how *here(void)
{
    static struct run_how how;
    how = (struct run_how){.folder = folder};
    return &how;
}

static const struct run_how *fed(const char *input)
{
    static struct run_how how;
    how = (struct run_how){.folder = folder, .input = input};
    return &how;
}

static void check_file(const char *dir, const char *name, const char *want)
{
    size_t len;
    char *got = unit_read(dir, name, &len);
    unit_check(got != NULL, "there is no %s", name);
    unit_same(name, name, strlen(name), want, strlen(want), got, len);
    free(got);
}

/* ---- each of the six ---- */

static void fill(const struct fleet *server)
{
    unit_write_text(server->dir, "a.txt", "first\n");
    unit_write_text(server->dir, "b.txt", "second\n");
    unit_write_text(server->dir, "reading list.txt", "books\n");
    unit_write_text(server->dir, "诗.md", "一人守一门\n");
}

static void files_one(struct fleet *server)
{
    const char *port = server->port;
    unit_folder(folder);
    fill(server);
    const struct run *ran = EXPECT(0, here(), "-p", port, "list");
    assert_string_equal(ran->out.bytes, "6 a.txt\n7 b.txt\n6 reading list.txt\n16 诗.md\n");
    assert_string_equal(ran->err.bytes, "");
    ran = EXPECT(0, here(), "-p", port, "get", "a.txt");
    assert_string_equal(ran->out.bytes, "");
    run_has(&ran->err, "a.txt: 6 bytes in ");
    check_file(folder, "a.txt", "first\n");
    EXPECT(0, here(), "-p", port, "get", "reading list.txt", "诗.md", "b.txt");
    check_file(folder, "reading list.txt", "books\n");
    check_file(folder, "诗.md", "一人守一门\n");
    ran = EXPECT(0, here(), "-p", port, "get", "b.txt", "-");
    assert_string_equal(ran->out.bytes, "second\n");
    EXPECT(0, fed("from a pipe\n"), "-p", port, "put", "-", "piped.txt");
    check_file(server->dir, "piped.txt", "from a pipe\n");
    EXPECT(0, here(), "-p", port, "put", "a.txt", "a new one.txt");
    check_file(server->dir, "a new one.txt", "first\n");
    ran = EXPECT(0, here(), "-H", "localhost", "-p", port, "-c", "list a*; get 'a new one.txt'");
    assert_string_equal(ran->out.bytes, "6 a new one.txt\n6 a.txt\n");
    ran = EXPECT(0, fed("# a script\n\nget a.txt -\nli b*\n"), "127.0.0.1", port);
    assert_string_equal(ran->out.bytes, "first\n7 b.txt\n");
    EXPECT(1, here(), "-p", port, "get", "none.txt");
    unit_folder_remove(folder);
}

static void test_files(void **state)
{
    (void)state;
    fleet_each(files_one, NULL);
}

static void room_one(struct fleet *server)
{
    folder[0] = '.';
    folder[1] = '\0';
    const struct run *ran = EXPECT(0, here(), "-p", server->port, "-c",
                                   "chat ann; who; say it's #1; leave; quit; list");
    assert_string_equal(ran->out.bytes, "ann\n");
    assert_string_equal(ran->err.bytes, "");
    ran = EXPECT(1, here(), "-p", server->port, "who");
    run_has(&ran->err, "you are not in the room");
    EXPECT(1, here(), "-p", server->port, "say", "hello");
    EXPECT(1, here(), "-p", server->port, "leave");
    EXPECT(2, here(), "-p", server->port, "chat", "admin");
    EXPECT(0, fed("hello\n"), "-p", server->port, "chat", "ann");
}

static void test_room(void **state)
{
    (void)state;
    fleet_each(room_one, NULL);
}

/* The administrator speaks until it is heard: from then on, run is in the room. */
static void run_enter(struct run *run, const struct fleet *server)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    while (run->out.len == 0 && bound_now() < end) {
        serverproc_announce(server->process, "welcome\n");
        run_look(run, 20);
    }
    run_await(run, "*** the administrator: welcome\n");
}

/* Two in the room: each line of one is heard by the other, as a line a program can read. */
static void chat_one(struct fleet *server)
{
    struct run *ann = RUN(NULL, "-p", server->port, "chat", "ann");
    struct run *ming = NULL;
    run_enter(ann, server);
    ming = RUN(NULL, "-p", server->port, "chat", "小明");
    run_await(ann, "→ 小明 joined\n");
    run_say(ann, "hello, 小明\r\n\nsecond\n");
    run_await(ming, "ann say ： hello, 小明\nann say ： second\n");
    run_say(ming, "可以，你好\n");
    run_await(ann, "小明 say ： 可以，你好\n");
    serverproc_announce(server->process, "five minutes\n");
    run_await(ann, "*** the administrator: five minutes\n");
    run_await(ming, "*** the administrator: five minutes\n");
    run_say(ming, "no line end");
    assert_int_equal(run_end(ming), 0);
    run_await(ann, "← 小明 left\n");
    run_has(&ann->out, "小明 say ： no line end\n");
    assert_int_equal(run_end(ann), 0);
    unit_check(memchr(ann->out.bytes, '\033', ann->out.len) == NULL, "there is colour in a pipe");
    assert_string_equal(ann->err.bytes, "");
    run_free(ann);
    run_free(ming);
}

static void test_chat(void **state)
{
    (void)state;
    fleet_each_but_loop(chat_one, NULL);
}

static void chat_dies_one(struct fleet *server)
{
    struct run *run = RUN(NULL, "-p", server->port, "chat", "ann");
    run_enter(run, server);
    fleet_kill(server);
    run_await_error(run, "\n");
    assert_int_equal(run_end(run), 3);
    run_free(run);
}

static void test_server_dies(void **state)
{
    (void)state;
    fleet_each(chat_dies_one, NULL);
}

/* ---- exit statuses ---- */

static void test_usage(void **state)
{
    static const char *const wrong[][6] = {
        {"--nothing"},
        {"-x"},
        {"-p"},
        {"-p", "0", "list"},
        {"-p", "65536"},
        {"--timeout", "x", "list"},
        {"--timeout", "-1"},
        {"a", "b", "c"},
        {"-c", "list", "list"},
        {"-c", "a", "-f", "b"},
        {"get"},
        {"get", "-x", "a"},
        {"get", "-o"},
        {"put"},
        {"put", "-"},
        {"chat"},
        {"chat", "a", "b"},
        {"who", "x"},
        {"say"},
        {"lcd", "a", "b"},
        {"help", "nothing"},
        {"-H", "h", "other"},
        {"-c", "get 'a"},
        {"-c", "l"},
        {"-c", "nothing"},
        {"get", "../a"},
        {"get", "a", ""},
    };
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        const struct run *ran = run_expect(2, NULL, wrong[i]);
        assert_string_equal(ran->out.bytes, "");
        unit_check(strchr(ran->err.bytes, '\n') == ran->err.bytes + ran->err.len - 1,
                   "not one sentence: %s", ran->err.bytes);
    }
}

static void test_help(void **state)
{
    (void)state;
    run_has(&EXPECT(0, NULL, "--help")->out, "Exit status");
    run_has(&EXPECT(0, NULL, "--version")->out, "lab-client 1.0, protocol 1\n");
    run_has(&EXPECT(0, NULL, "help")->out, "get [-f]");
    run_has(&EXPECT(0, NULL, "help", "get")->out, "-o LOCAL");
    run_has(&EXPECT(0, NULL, "-c", "h get")->out, "-o LOCAL");
}

static void test_no_connection(void **state)
{
    (void)state;
    char port[8];
    snprintf(port, sizeof port, "%d", serverproc_free_port());
    const struct run *ran = EXPECT(3, NULL, "-p", port, "list");
    run_has(&ran->err, "refused");
    ran = EXPECT(3, NULL, "-p", port, "-c", "get a b; list");
    unit_check(strchr(ran->err.bytes, '\n') == ran->err.bytes + ran->err.len - 1,
               "not one sentence: %s", ran->err.bytes);
    /* what is local needs no server */
    EXPECT(0, &(struct run_how){.folder = "/"}, "-p", port, "-c", "lcd /; lls; help");
}

/* The second client of an iterative server. */
static void test_no_turn(void **state)
{
    struct fleet *server = fleet_start("loop", NULL);
    (void)state;
    struct run *first = RUN(NULL, "-p", server->port, "chat", "ann");
    run_enter(first, server);
    const struct run *ran = EXPECT(3, NULL, "-p", server->port, "--timeout", "0.2", "list");
    run_has(&ran->err, "has not greeted");
    struct run *second = RUN(NULL, "-p", server->port, "list");
    run_await_error(second, "waiting for the server to take us");
    assert_int_equal(run_end(first), 0);
    assert_int_equal(run_end(second), 0);
    run_free(first);
    run_free(second);
}

static bool has_part(void *nothing)
{
    (void)nothing;
    return folder_holds(folder, "a.txt.part", "12345", 5);
}

static void test_interrupted(void **state)
{
    static const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 evil\n"), HOSTILE_LINE,
                                                 HOSTILE_SAY("OK 100\n12345"), HOSTILE_END};
    struct hostile *server = hostile_start(script);
    (void)state;
    unit_folder(folder);
    struct run *run = RUN(here(), "-p", server->port, "get", "a.txt", "b.txt", "c.txt");
    unit_check(bound_await(has_part, NULL, BOUND_GENEROUS), "nothing was written");
    (void)kill(run->pid, SIGINT);
    assert_int_equal(run_end(run), 130);
    run_has(&run->err, "a.txt.part: 5 bytes are kept; get -c goes on with them");
    unit_check(strstr(run->err.bytes, "b.txt") == NULL, "it went on with the next one");
    run_free(run);
    hostile_finish(server);
    unit_folder_remove(folder);
}

/* Without a transfer: waiting for its input, for a greeting, in the room. */
static void test_interrupted_waits(void **state)
{
    static const struct hostile_step silent[] = {HOSTILE_END};
    struct fleet *epoll = fleet_start("epoll", NULL);
    struct hostile *server = hostile_start(silent);
    (void)state;
    struct run *runs[] = {RUN(NULL, "-p", epoll->port), RUN(NULL, "-p", server->port, "list"),
                          RUN(NULL, "-p", epoll->port, "chat", "ann")};
    run_say(runs[0], "help help\n");
    run_await(runs[0], "help [COMMAND]");
    run_await_error(runs[1], "waiting for the server");
    run_enter(runs[2], epoll);
    for (int i = 0; i < 3; i++) {
        (void)kill(runs[i]->pid, SIGINT);
        assert_int_equal(run_end(runs[i]), 130);
        run_free(runs[i]);
    }
    hostile_stop(server);
}

static const struct CMUnitTest tests[] = {
    FLEET(test_files),         FLEET(test_room),
    FLEET(test_chat),          FLEET(test_server_dies),
    FLEET(test_usage),         FLEET(test_help),
    FLEET(test_no_connection), FLEET(test_no_turn),
    FLEET(test_interrupted),   FLEET(test_interrupted_waits),
};

int main(int argc, char **argv)
{
    return unit_run("the client in scripts", tests, argc, argv);
}
