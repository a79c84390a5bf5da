/* test_script_hostile.c: lab-client in scripts, and servers and members that mean harm */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "fixture.h"
#include "folder.h"
#include "hostile.h"
#include "program.h"
#include "servers.h"

/* Nothing but line ends may be printed that is a control character. */
static void check_clean(const struct program_text *text)
{
    for (size_t i = 0; i < text->len; i++)
        unit_check((unsigned char)text->bytes[i] >= 0x20 || text->bytes[i] == '\n',
                   "a control character came out: %s", unit_quote(text->bytes, text->len));
    unit_check(strstr(text->bytes, "\u202e") == NULL && strstr(text->bytes, "\302\233") == NULL,
               "raw: %s", unit_quote(text->bytes, text->len));
}

static const struct program_options *terminal(void)
{
    static const char *const env[] = {"TERM=xterm", "NO_COLOR=1", NULL};
    static const struct program_options how = {.output = PROGRAM_TERMINAL, .env = env};
    return &how;
}

/* ---- a listing with names that lead out of the folder ---- */

static const char listing[] = "OK 75\n"
                              "1 ../../.bashrc\n1 .profile\n1 /etc/passwd\n1 a/b\n1 x\033[31m\n"
                              "4 good\n1 turn\u202eed\n";

static void test_names(void)
{
    static const struct hostile_step list[] = {HOSTILE_ASKED, HOSTILE_SEND(listing), HOSTILE_BYE,
                                               HOSTILE_END};
    static const struct hostile_step get[] = {
        HOSTILE_ASKED, HOSTILE_SEND(listing),   HOSTILE_LINE, HOSTILE_SEND("OK 4\ngood"),
        HOSTILE_LINE,  HOSTILE_SEND("OK 1\nx"), HOSTILE_BYE,  HOSTILE_END};
    struct hostile *evil = hostile_start(list);
    assert_int_equal(sizeof listing - 1 - 6, 75);
    const struct program *ran = EXPECT(0, NULL, "-p", evil->port, "list");
    assert_string_equal(ran->out.bytes, "4 good\n1 turn\u202eed\n");
    program_has(&ran->err, "5 names that the protocol does not allow are left out");
    check_clean(&ran->err);
    evil = hostile_start(list);
    ran = EXPECT(0, terminal(), "-p", evil->port, "list");
    program_has(&ran->out, "4 good\r\n1 turn<U+202E>ed\r\n");
    evil = hostile_start(get);
    EXPECT(0, HERE, "-p", evil->port, "get", "*");
    unit_check(folder_holds(fixture.folder, "good", "good", 4) &&
                   folder_has(fixture.folder, "turn\u202eed"),
               "not even the good ones");
    unit_check(strstr(hostile_received(evil), "G good\nG turn") != NULL, "%s",
               hostile_received(evil));
}

/* ---- texts ---- */

static void test_texts(void)
{
    static const struct hostile_step script[] = {
        HOSTILE_ASKED,
        HOSTILE_SEND("OK 0\n* JOIN a\u202eb\n* SAY x\u200by hello \u2066turned\u2069 \\n\n"
                     "* ADMIN \ufeffread me\n* NEWS of another version\n* LEAVE a\u202eb\n"),
        HOSTILE_CLOSE, HOSTILE_END};
    struct hostile *evil = hostile_start(script);
    struct program *run = RUN(NULL, "-p", evil->port, "chat", "ann");
    program_await(run, "left\n");
    assert_int_equal(program_wait(run), 3);
    assert_string_equal(run->out.bytes, "→ a\u202eb joined\n"
                                        "x\u200by say ： hello \u2066turned\u2069 \\n\n"
                                        "*** the administrator: \ufeffread me\n"
                                        "← a\u202eb left\n");
    program_free(run);
    evil = hostile_start(script);
    run = RUN(terminal(), "-p", evil->port, "chat", "ann");
    program_await(run, "left\r\n");
    assert_int_equal(program_wait(run), 3);
    program_has(&run->out, "→ a<U+202E>b joined\r\n"
                           "x\u200by say ： hello <U+2066>turned<U+2069> \\n\r\n"
                           "*** the administrator: <U+FEFF>read me\r\n"
                           "← a<U+202E>b left\r\n");
    program_free(run);
    evil = hostile_start(HOSTILE_SCRIPT(
        HOSTILE_ASKED, HOSTILE_SEND("ERR io \033]0;title\007 \302\233 31m\n"), HOSTILE_CLOSE));
    run = RUN(NULL, "-p", evil->port, "list");
    unit_check(program_wait(run) != 0, "it is content");
    check_clean(&run->out);
    check_clean(&run->err);
    program_free(run);
}

/* What is got and shown on a terminal. */
static void test_file_on_terminal(void)
{
    struct test_server *server = server_start("select", NULL);
    struct program_options how = {.output = PROGRAM_TERMINAL};
    unit_write_text(server->dir, "evil", "one\033[31m\ttwo\n诗\u202e\377\nthree");
    const struct program *ran = EXPECT(0, &how, "-p", server->port, "get", "evil", "-");
    program_has(&ran->out, "one\\x1b[31m\ttwo\r\n诗<U+202E>\\xff\r\nthree");
}

/* ---- silence, floods, ends ---- */

static void bad_reply(const struct hostile_step *script, int status, const char *command)
{
    struct hostile *evil = hostile_start(script);
    long begun = bound_now();
    struct program *run = RUN(HERE, "-p", evil->port, "--timeout", "1", "-c", command);
    int got = program_wait(run);
    unit_check(got == status, "exit status %d, not %d: %s", got, status, run->err.bytes);
    unit_check(run->err.len > 0, "not a word about it");
    unit_check(bound_now() - begun < bound_of(10000), "it took %ld ms", bound_now() - begun);
    check_clean(&run->out);
    check_clean(&run->err);
    program_free(run);
    hostile_stop(evil);
}

static void test_bad_replies(void)
{
#define BAD(status, command, ...) bad_reply(HOSTILE_SCRIPT(__VA_ARGS__), status, command)
    BAD(3, "list", HOSTILE_CLOSE);
    BAD(3, "list", HOSTILE_STAY);
    BAD(3, "list", HOSTILE_SEND("SSH-2.0-OpenSSH\r\n"));
    BAD(1, "list", HOSTILE_SEND("ERR busy too many\n"), HOSTILE_CLOSE);
    BAD(3, "list", HOSTILE_ASKED, HOSTILE_CLOSE);
    BAD(3, "list", HOSTILE_ASKED, HOSTILE_STAY);
    BAD(3, "list", HOSTILE_ASKED, HOSTILE_SEND("OK 9999999999999999999\n"));
    BAD(3, "list", HOSTILE_ASKED, HOSTILE_SEND("OK 99999999999\n1 a\n"));
    BAD(3, "list", HOSTILE_ASKED, HOSTILE_REPEAT("x", 10000000));
    BAD(3, "get a -", HOSTILE_ASKED, HOSTILE_SEND("OK 5\nab"), HOSTILE_CLOSE);
    BAD(3, "get a -", HOSTILE_ASKED, HOSTILE_SEND("OK 5\nab"), HOSTILE_STAY);
    BAD(3, "chat a; say b", HOSTILE_ASKED, HOSTILE_SEND("OK 0\n"), HOSTILE_LINE,
        HOSTILE_REPEAT("* SAY x aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
                       1000000000));
}

/* Of a file that never comes, nothing is left; of one that begins to, the beginning. */
static void test_bad_files(void)
{
    BAD(3, "get a", HOSTILE_ASKED, HOSTILE_CLOSE);
    unit_check(unit_hidden(fixture.folder) == 0 && !folder_has(fixture.folder, "a"),
               "something is left");
    BAD(3, "get a", HOSTILE_ASKED, HOSTILE_SEND("OK 9223372036854775807\nabc"), HOSTILE_CLOSE);
    unit_check(!folder_has(fixture.folder, "a"),
               "the beginning of a file has the name of a whole one");
    unit_check(folder_holds(fixture.folder, ".a.lab-partial/data", "abc", 3), "not kept");
}

/* ---- what is sent ---- */

static void test_lines(void)
{
    struct test_server *server = server_start("epoll", NULL);
    char *text = malloc(200000);
    assert_non_null(text);
    memset(text, 'x', 199999);
    text[199999] = '\0';
    memcpy(text, "one\n\001\n\377\n", 8);
    memcpy(text + 8, "two\n", 4);
    text[1200] = '\n';   /* longer than a text can be */
    text[100000] = '\n'; /* longer than a line is read */
    memcpy(text + 199990, "\nlast\n", 7);
    struct program *bob = program_member(NULL, server, "bob");
    struct program_options how = {.input = text};
    const struct program *ran = EXPECT(2, &how, "-p", server->port, "chat", "ann");
    program_has(&ran->err, "line 2: ");
    program_has(&ran->err, "line 3: ");
    program_has(&ran->err, "line 5: the text is too long");
    program_has(&ran->err, "line 6: too long");
    program_await(bob, "← ann left\n");
    program_has(&bob->out,
                "→ ann joined\nann say ： one\nann say ： two\nann say ： last\n← ann left\n");
    program_finish(bob, 0, NULL);
    free(text);
}

/* ---- colour and redrawing ---- */

static void chat_on_terminal(const struct test_server *server, const char *const *env, bool colour)
{
    struct program_options how = {.output = PROGRAM_TERMINAL, .env = env};
    struct program *run = program_member(&how, server, "ann");
    EXPECT(0, &(struct program_options){.input = "hello\n"}, "-p", server->port, "chat", "bob");
    program_await(run, "left");
    assert_int_equal(program_wait(run), 0);
    program_has(&run->out, colour ? "\033[32m→ bob joined\033[0m\r\n" : "→ bob joined\r\n");
    program_has(&run->out, colour ? "mbob\033[0m say ： hello\r\n" : "bob say ： hello\r\n");
    program_has(&run->out, colour ? "\033[1;31m*** the administrator: welcome\033[0m\r\n"
                                  : "*** the administrator: welcome\r\n");
    unit_check(colour || strchr(run->out.bytes, '\033') == NULL, "there is colour");
    program_free(run);
}

static void test_colour(void)
{
    struct test_server *server = server_start("epoll", NULL);
    chat_on_terminal(server, NULL, true);
    chat_on_terminal(server, (const char *const[]){"NO_COLOR=1", NULL}, false);
    chat_on_terminal(server, (const char *const[]){"TERM=dumb", NULL}, false);
    chat_on_terminal(server, (const char *const[]){"TERM=", NULL}, false);
}

/* A transfer that takes a while has a line that is redrawn, and wiped; or none. */
static void progress_of(const char *const *env, bool drawn)
{
    struct hostile *evil = hostile_start(HOSTILE_SCRIPT(
        HOSTILE_ASKED, HOSTILE_SEND("OK 8\n"), HOSTILE_DRIP("abcdefgh", 8, 60), HOSTILE_BYE));
    struct program_options how = {.output = PROGRAM_TERMINAL, .env = env, .folder = fixture.folder};
    const struct program *ran = EXPECT(0, &how, "-p", evil->port, "get", "-f", "诗.txt");
    program_has(&ran->out, "诗.txt: 8 bytes in 0.");
    unit_check((strstr(ran->out.bytes, "\r诗.txt  ") != NULL) == drawn &&
                   (strstr(ran->out.bytes, "\r\033[J\r诗.txt: 8 bytes") != NULL) == drawn &&
                   (strchr(ran->out.bytes, '\033') != NULL) == drawn,
               "%s", unit_quote(ran->out.bytes, ran->out.len));
}

static void test_progress(void)
{
    progress_of(NULL, true);
    progress_of((const char *const[]){"NO_COLOR=1", NULL}, true);
    progress_of((const char *const[]){"TERM=dumb", NULL}, false);
}

static const struct CMUnitTest tests[] = {
    FOLDER(test_names),       SERVERS(test_texts),    SERVERS(test_file_on_terminal),
    FOLDER(test_bad_replies), FOLDER(test_bad_files), SERVERS(test_lines),
    SERVERS(test_colour),     FOLDER(test_progress),
};
UNIT_MAIN("the client in scripts: hostility", tests)
