/* Lines: how they begin and end, and how long they may be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

enum { LINE_MAX_BYTES = 1024 }; /* with the LF */

static void greeting(void)
{
    struct wire *wire = suite_connect();
    const char *line = wire_line(wire);
    char expected[64];

    snprintf(expected, sizeof expected, "HELLO 1 %s", suite.model_name);
    verdict_check(line && strcmp(line, expected) == 0, "expected: %s\nreceived: %s", expected,
                  line ? line : "nothing");
    wire_expect_quiet(wire);
}

static void every_verb(struct wire *wire)
{
    wire_ask(wire, "L\n", "OK 0\n");
    wire_ask(wire, "P 5 verse\n", "GO\n");
    wire_ask(wire, "hello", "OK 0\n");
    wire_ask(wire, "L\n", "OK 8\n5 verse\n");
    wire_ask(wire, "G verse\n", "OK 5\nhello");
    wire_ask(wire, "R 2 verse\n", "OK 3\nllo");
    wire_ask(wire, "C anna\n", "OK 0\n");
    wire_ask(wire, "S good morning\n", "OK 0\n");
    wire_ask(wire, "W\n", "OK 5\nanna\n");
    wire_ask(wire, "X\n", "OK 0\n");
    wire_ask(wire, "N\n", "OK 0\n");
    suite_quit(wire);
}

static void crlf(struct wire *wire)
{
    wire_ask(wire, "N\r\n", "OK 0\n");
    wire_ask(wire, "P 5 a verse\r\n", "GO\n");
    wire_ask(wire, "\r\n\r\n\n", "OK 0\n");
    wire_ask(wire, "G a verse\r\n", "OK 5\n\r\n\r\n\n");
    wire_ask(wire, "R 4 a verse\r\n", "OK 1\n\n");
    wire_ask(wire, "C anna\r\n", "OK 0\n");
    wire_ask(wire, "W\r\n", "OK 5\nanna\n");
    wire_ask(wire, "Q\r\n", "OK 0\n");
    wire_expect_eof(wire);
}

/* Only one CR belongs to the end of a line; one more is a control character. */
static void cr_elsewhere(struct wire *wire)
{
    suite_refused(wire, "N\r\r\n", "bad-request");
    suite_refused(wire, "\rN\n", "bad-request");
    suite_refused(wire, "G a\rb\n", "bad-name");
    suite_refused(wire, "G a\r\r\n", "bad-name");
    suite_refused(wire, "C a\rb\n", "bad-nick");
    suite_refused(wire, "S a\rb\n", "bad-request");
}

/* A line of n bytes with its end: G and a name that is too long. */
static void long_line(char *line, size_t n, const char *end)
{
    size_t tail = strlen(end);

    memset(line, 'a', n);
    for (size_t i = 0; i < tail; i++)
        line[n - tail + i] = end[i];
    line[0] = 'G';
    line[1] = ' ';
}

static void line_of_1024(struct wire *wire)
{
    char line[LINE_MAX_BYTES];

    long_line(line, sizeof line, "\n");
    suite_refused_bytes(wire, line, sizeof line, "bad-name");
    long_line(line, sizeof line, "\r\n");
    suite_refused_bytes(wire, line, sizeof line, "bad-name");
    memset(line, 'N', sizeof line - 1);
    suite_refused_bytes(wire, line, sizeof line, "bad-request");
}

static void line_of_1025(void)
{
    char line[LINE_MAX_BYTES + 1];
    struct wire *wire;

    for (int i = 0; i < 2; i++) {
        wire = suite_open();
        long_line(line, sizeof line, i ? "\r\n" : "\n");
        wire_send(wire, line, sizeof line);
        wire_expect_last_error(wire, "too-long");
        wire_close(wire);
    }
}

/* The requests before it are answered, those behind it are not. */
static void line_too_long_between(struct wire *wire)
{
    char text[LINE_MAX_BYTES + 2];

    long_line(text, LINE_MAX_BYTES + 1, "\n");
    text[LINE_MAX_BYTES + 1] = '\0';
    wire_printf(wire, "N\nN\n%sN\nN\n", text);
    wire_expect(wire, "OK 0\nOK 0\n");
    wire_expect_last_error(wire, "too-long");
}

/* A client that sends without end gets ERR too-long and is closed, and nothing of the line stays in
 * memory. What is sent after the reply is dropped, or fills the sockets' buffers: that is all that
 * can be sent. */
static void line_without_end(struct wire *wire)
{
    enum { MIB = 1 << 20, MOST = 1024, MOST_OF_OTHERS = 64, KEPT_KB = 16384 };
    int most = serverproc_ours() ? MOST : MOST_OF_OTHERS;
    bool visible = serverproc_visible(suite.server);
    long before = procfs_memory_kb(suite.server->pid), start = bound_now();
    char *much = suite_repeated("a", MIB);
    bool open = true;
    int sent = 0;

    for (; sent < most && open; sent++) {
        open = wire_send(wire, much, MIB);
        if (visible) {
            long grown = procfs_memory_kb(suite.server->pid) - before;

            verdict_check(grown < KEPT_KB * bound_scale(),
                          "the server buffers for ever: it has grown by %ld KiB, of %d MiB of one "
                          "line without an end",
                          grown, sent);
        }
    }
    free(much);
    verdict_check(!open,
                  "a line of %d MiB is not refused: after 1024 bytes nothing of it is to be read",
                  sent);
    wire_expect_last_error(wire, "too-long");
    verdict_check(bound_now() - start < bound_of(BOUND_GENEROUS), "it took %ld ms to be cut off",
                  bound_now() - start);
}

static void usable_after_errors(struct wire *wire)
{
    suite_refused(wire, "Z\n", "bad-request");
    suite_refused(wire, "G ../x\n", "bad-name");
    suite_refused(wire, "C a b\n", "bad-nick");
    suite_refused(wire, "G nothing of that name\n", "not-found");
    suite_refused(wire, "R 0 nothing of that name\n", "not-found");
    suite_refused(wire, "P 9000000000000000000 x\n", "too-large");
    suite_refused(wire, "S hi\n", "not-in-chat");
    suite_refused(wire, "W\n", "not-in-chat");
    suite_refused(wire, "X\n", "not-in-chat");
    wire_ask_ok(wire, "C anna\n");
    suite_refused(wire, "C anna\n", "in-chat nick-taken");
    suite_refused(wire, "C berta\n", "in-chat");
    wire_ask(wire, "P 0 empty after errors\n", "GO\nOK 0\n");
    suite_refused(wire, "R 1 empty after errors\n", "bad-range");
    wire_expect_quiet(wire);
}

const struct conformance_case grammar_cases[] = {
    {"grammar_greeting", ON_ALL, CASE_SHARED, .run = greeting},
    {"grammar_every_verb", ON_ALL, .talk = every_verb},
    {"grammar_crlf", ON_ALL, CASE_SHARED, .talk = crlf},
    {"grammar_cr_elsewhere", ON_ALL, CASE_SHARED, .talk = cr_elsewhere},
    {"grammar_line_of_1024", ON_ALL, CASE_SHARED, .talk = line_of_1024},
    {"grammar_line_of_1025", ON_ALL, CASE_SHARED, .run = line_of_1025},
    {"grammar_line_too_long_between", ON_ALL, CASE_SHARED, .talk = line_too_long_between},
    {"grammar_line_without_end", ON_ALL, CASE_SHARED, .talk = line_without_end},
    {"grammar_usable_after_errors", ON_ALL, CASE_SHARED, .talk = usable_after_errors},
    {.name = NULL},
};
