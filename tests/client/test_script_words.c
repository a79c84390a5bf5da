/* test_script_words.c: lab-client and words: of the command line, of scripts, of other people */
#include "unit.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "program.h"
#include "servers.h"

static char folder[UNIT_PATH];

static const struct program_options *fed(const char *input)
{
    static struct program_options how;
    how = (struct program_options){.folder = folder, .input = input};
    return &how;
}

/* ---- words that are none ---- */

/* Whatever the input is, and however little there is in it. */
static void test_unknown_command(void **state)
{
    static const char *const inputs[] = {"", "list\n", "# nothing\n"};
    struct addrinfo *found;
    (void)state;
    if (getaddrinfo("lsit", NULL, NULL, &found) == 0) {
        freeaddrinfo(found);
        (void)printf("skipped: in this network whatever one asks for is a host, even \"lsit\"\n");
        skip();
    }
    folder[0] = '.';
    for (size_t i = 0; i < UNIT_COUNT(inputs); i++) {
        program_has(&EXPECT(2, fed(inputs[i]), "lsit")->err, "neither a command nor a host");
        program_has(&EXPECT(2, fed(inputs[i]), "gte", "a.txt")->err,
                    "neither a command nor a host");
        program_has(&EXPECT(2, fed(inputs[i]), "gte", "a.txt", "b.txt")->err,
                    "no such command: gte");
        program_has(&EXPECT(2, fed(inputs[i]), "-p", "1", "lsit")->err,
                    "neither a command nor a host");
        program_has(&EXPECT(2, fed(inputs[i]), "li")->err, "neither a command nor a host");
        program_has(&EXPECT(2, fed(inputs[i]), "")->err, "neither a command nor a host");
        program_has(&EXPECT(2, fed(inputs[i]), "localhost", "a.txt")->err, "not a port: a.txt");
        program_has(&EXPECT(2, fed(inputs[i]), "-p", "a.txt")->err, "not a port: a.txt");
    }
    EXPECT(0, fed(""), "localhost");
    EXPECT(0, fed(""), "127.0.0.1", "9006");
    EXPECT(0, fed(""), "::1");
    EXPECT(0, fed(""), "nowhere.invalid"); /* without a command it need not be found */
    EXPECT(2, fed("lsit"), "127.0.0.1");
    EXPECT(2, fed("help\nlsit\n"), "-p", "9006");
    EXPECT(2, fed("lsit\nhelp\n"), "-f", "-");
    EXPECT(2, fed(""), "-c", "lsit");
    EXPECT(2, fed(""), "help", "lsit");
}

/* ---- what editors of other systems do to a script ---- */

static void test_windows_script(void **state)
{
    static const char script[] =
        "\xef\xbb\xbflist\r\n# a comment\r\n\r\nget a.txt -; get 'b' -\r\n";
    char path[UNIT_PATH + 8];
    struct test_server *server = server_start("poll", NULL);
    (void)state;
    unit_folder(folder);
    unit_write_text(server->dir, "a.txt", "1\n");
    unit_write_text(server->dir, "b", "2\n");
    unit_write_text(folder, "script", script);
    (void)snprintf(path, sizeof path, "%s/script", folder);
    const char *const want = "2 a.txt\n2 b\n1\n2\n";
    assert_string_equal(EXPECT(0, fed(script), "-p", server->port)->out.bytes, want);
    assert_string_equal(EXPECT(0, fed(""), "-p", server->port, "-f", path)->out.bytes, want);
    assert_string_equal(EXPECT(0, fed(""), "-p", server->port, "-c", script)->out.bytes, want);
    struct program *reader = RUN(NULL, "-p", server->port, "chat", "ear");
    program_await_member(reader, server);
    EXPECT(0, fed("\xef\xbb\xbfhello\r\nworld\r\n"), "-p", server->port, "chat", "ann");
    program_await(reader, "→ ann joined\nann say ： hello\nann say ： world\n← ann left\n");
    assert_int_equal(program_wait(reader), 0);
    program_free(reader);
    unit_folder_remove(folder);
}

/* ---- names and texts in a pipe ---- */

/* All that the protocol allows, and that looks otherwise on a terminal. */
static const char *const texts[] = {"a\u200db", "می\u200cخواهم", "x\u202ey",
                                    "z\ufeff",  "s\u00adt",      "👨\u200d👩\u200d👧"};

static void test_bytes_as_they_are(void **state)
{
    struct test_server *server = server_start("epoll", NULL);
    (void)state;
    unit_folder(folder);
    struct program *reader = RUN(NULL, "-p", server->port, "chat", "ear");
    program_await_member(reader, server);
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        char want[128], said[128];
        (void)snprintf(want, sizeof want, "1 %s\n", texts[i]);
        unit_write_text(server->dir, texts[i], "1");
        program_has(&EXPECT(0, fed(""), "-p", server->port, "list")->out, want);
        EXPECT(0, fed(""), "-p", server->port, "get", texts[i]);
        program_left(folder, texts[i], "1");
        program_has(&EXPECT(0, fed(""), "lls")->out, want);
        (void)snprintf(said, sizeof said, "%s\n", texts[i]);
        EXPECT(0, fed(said), "-p", server->port, "chat", texts[i]);
        (void)snprintf(want, sizeof want, "→ %s joined\n%s say ： %s\n← %s left\n", texts[i],
                       texts[i], texts[i], texts[i]);
        program_await(reader, want);
    }
    /* also what is no UTF-8 */
    unit_write_text(folder, "caf\xe9", "1");
    program_has(&EXPECT(0, fed(""), "lls")->out, "1 caf\xe9\n");
    assert_int_equal(program_wait(reader), 0);
    program_free(reader);
    unit_folder_remove(folder);
}

static const struct CMUnitTest tests[] = {
    SERVERS(test_unknown_command),
    SERVERS(test_windows_script),
    SERVERS(test_bytes_as_they_are),
};

int main(int argc, char **argv)
{
    return unit_run("client, scripts, words", tests, argc, argv);
}
