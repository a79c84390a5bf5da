/* test_script_words.c: lab-client and words: of the command line, of scripts, of other people */
#include "unit.h"

#include <netdb.h>
#include <stdio.h>

#include "fixture.h"
#include "program.h"
#include "servers.h"

/* ---- words that are none ---- */

/* Whatever the input is, and however little there is in it. */
static void test_unknown_command(void)
{
    static const char *const inputs[] = {"", "list\n", "# nothing\n"};
    struct addrinfo *found;
    if (getaddrinfo("lsit", NULL, NULL, &found) == 0) {
        freeaddrinfo(found);
        (void)printf("skipped: in this network whatever one asks for is a host, even \"lsit\"\n");
        skip();
    }
    for (size_t i = 0; i < UNIT_COUNT(inputs); i++) {
        static const char neither[] = "neither a command nor a host";
        const struct program_options *how = fixture_fed(inputs[i]);
        program_has(&EXPECT(2, how, "lsit")->err, neither);
        program_has(&EXPECT(2, how, "gte", "a.txt")->err, neither);
        program_has(&EXPECT(2, how, "gte", "a.txt", "b.txt")->err, "no such command: gte");
        program_has(&EXPECT(2, how, "-p", "1", "lsit")->err, neither);
        program_has(&EXPECT(2, how, "li")->err, neither);
        program_has(&EXPECT(2, how, "")->err, neither);
        program_has(&EXPECT(2, how, "localhost", "a.txt")->err, "not a port: a.txt");
        program_has(&EXPECT(2, how, "-p", "a.txt")->err, "not a port: a.txt");
    }
    EXPECT(0, fixture_fed(""), "localhost");
    EXPECT(0, fixture_fed(""), "127.0.0.1", "9006");
    EXPECT(0, fixture_fed(""), "::1");
    EXPECT(0, fixture_fed(""), "nowhere.invalid"); /* without a command it need not be found */
    EXPECT(2, fixture_fed("lsit"), "127.0.0.1");
    EXPECT(2, fixture_fed("help\nlsit\n"), "-p", "9006");
    EXPECT(2, fixture_fed("lsit\nhelp\n"), "-f", "-");
    EXPECT(2, fixture_fed(""), "-c", "lsit");
    EXPECT(2, fixture_fed(""), "help", "lsit");
}

/* ---- what editors of other systems do to a script ---- */

static void test_windows_script(void)
{
    static const char script[] =
        "\xef\xbb\xbflist\r\n# a comment\r\n\r\nget a.txt -; get 'b' -\r\n";
    struct test_server *server = server_start("poll", NULL);
    unit_write_text(server->dir, "a.txt", "1\n");
    unit_write_text(server->dir, "b", "2\n");
    unit_write_text(fixture.folder, "script", script);
    const char *const want = "2 a.txt\n2 b\n1\n2\n";
    assert_string_equal(EXPECT(0, fixture_fed(script), "-p", server->port)->out.bytes, want);
    assert_string_equal(EXPECT(0, fixture_fed(""), "-p", server->port, "-f", "script")->out.bytes,
                        want);
    assert_string_equal(EXPECT(0, fixture_fed(""), "-p", server->port, "-c", script)->out.bytes,
                        want);
    struct program *reader = program_member(NULL, server, "ear");
    EXPECT(0, fixture_fed("\xef\xbb\xbfhello\r\nworld\r\n"), "-p", server->port, "chat", "ann");
    program_await(reader, "→ ann joined\nann say ： hello\nann say ： world\n← ann left\n");
    program_finish(reader, 0, NULL);
}

/* ---- names and texts in a pipe ---- */

/* All that the protocol allows, and that looks otherwise on a terminal. */
static const char *const texts[] = {"a\u200db", "می\u200cخواهم", "x\u202ey",
                                    "z\ufeff",  "s\u00adt",      "👨\u200d👩\u200d👧"};

static void test_bytes_as_they_are(void)
{
    struct test_server *server = server_start("epoll", NULL);
    struct program *reader = program_member(NULL, server, "ear");
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        char want[128], said[128];
        (void)snprintf(want, sizeof want, "1 %s\n", texts[i]);
        unit_write_text(server->dir, texts[i], "1");
        program_has(&EXPECT(0, fixture_fed(""), "-p", server->port, "list")->out, want);
        EXPECT(0, fixture_fed(""), "-p", server->port, "get", texts[i]);
        program_left(fixture.folder, texts[i], "1");
        program_has(&EXPECT(0, fixture_fed(""), "lls")->out, want);
        (void)snprintf(said, sizeof said, "%s\n", texts[i]);
        EXPECT(0, fixture_fed(said), "-p", server->port, "chat", texts[i]);
        (void)snprintf(want, sizeof want, "→ %s joined\n%s say ： %s\n← %s left\n", texts[i],
                       texts[i], texts[i], texts[i]);
        program_await(reader, want);
    }
    /* also what is no UTF-8 */
    unit_write_text(fixture.folder, "caf\xe9", "1");
    program_has(&EXPECT(0, fixture_fed(""), "lls")->out, "1 caf\xe9\n");
    program_finish(reader, 0, NULL);
}

static const struct CMUnitTest tests[] = {
    SERVERS(test_unknown_command),
    FOLDER(test_windows_script),
    FOLDER(test_bytes_as_they_are),
};
UNIT_MAIN("client, scripts, words", tests)
