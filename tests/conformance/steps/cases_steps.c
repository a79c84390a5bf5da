/* The first cases of each stage of the ladder: each needs one request more than those before it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"

/* ---- greeting, N ---- */

/* N is not asked for yet, as it is at the end of other cases. */
static void greeting(void)
{
    struct serverproc *server = suite_learn_model();

    wire_close_all();
    serverproc_signal(server, SIGKILL);
    verdict_check(serverproc_wait(server, BOUND_GENEROUS), "SIGKILL does not end the server");
}

static void ping(void)
{
    struct wire *wire = suite_open();

    wire_puts(wire, "N\n");
    if (!wire_readable(wire, bound_of(BOUND_GENEROUS))) {
        wire_shut(wire);
        verdict_check(!wire_readable(wire, bound_of(BOUND_GENEROUS)),
                      "the server reads to the end of input before it answers; a client that waits "
                      "for the reply to N before it sends more never gets it");
    }
    wire_expect(wire, "OK 0\n");
}

static void pings(void)
{
    struct wire *wire = suite_open();

    for (int i = 0; i < 20; i++)
        wire_ask(wire, "N\n", "OK 0\n");
}

static void next_client(void)
{
    for (int i = 0; i < 5; i++) {
        struct wire *wire = suite_open();

        wire_ask(wire, "N\n", "OK 0\n");
        wire_close(wire);
    }
}

/* A client that does not wait for its replies. A server with one client at a time accepts it when
 * it has gone already: each write then fails, and the second raises SIGPIPE. */
static void reset_before_replies(void)
{
    const struct wire_options options = {.may_fail = true};

    for (int i = 0; i < 20; i++) {
        struct wire *served = suite_open(), *waiting = suite_connect();

        wire_puts(waiting, "N\nN\nN\nN\n");
        wire_reset(waiting);
        wire_close(served);
        struct wire *next = serverproc_connect(suite.server, &options);
        verdict_check(next && wire_readable(next, bound_of(BOUND_GENEROUS)) &&
                          wire_line_or_end(next) && !serverproc_wait(suite.server, 0),
                      "the server dies of a client that has sent N and gone before the reply "
                      "(SIGPIPE, EPIPE or ECONNRESET)");
        wire_ask(next, "N\n", "OK 0\n");
        wire_close(next);
    }
}

/* ---- L ---- */

/* Whatever is in the folder: a line for each file, a size and a name. */
static void list_form(void)
{
    struct wire *wire = suite_open();
    const struct wire_reply *reply;

    wire_puts(wire, "L\n");
    reply = wire_reply(wire);
    verdict_check(reply && reply->ok, "expected: OK <n> and a list");
    const char *text = (const char *)reply->body;
    verdict_check(strlen(text) == reply->size, "the list has NUL bytes");
    while (*text) {
        size_t digits = strspn(text, "0123456789"), n = strcspn(text, "\n");

        verdict_check(digits > 0 && text[digits] == ' ' && n > digits + 1 && text[n] == '\n',
                      "expected lines <size> <name>, each with its LF\nreceived: %s",
                      verdict_quoted(text, n));
        text += n + 1;
    }
}

static void list_empty(void)
{
    struct wire *wire = suite_open();

    verdict_check(folder_hidden(suite.server->dir, NULL, 0) == 0, "a hidden file in a new folder");
    wire_ask(wire, "L\n", "OK 0\n");
    wire_ask(wire, "L\n", "OK 0\n");
}

static void list_files(void)
{
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "verse.txt", "twelve bytes", 12);
    folder_write(suite.server->dir, "empty", "", 0);
    folder_write(suite.server->dir, "a song.txt", "la la", 5);
    wire_ask_text(wire, "L\n", "5 a song.txt\n0 empty\n12 verse.txt\n");
}

/* What changes in the folder is seen by the next request. */
static void list_changes(void)
{
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "one", "1", 1);
    wire_ask_text(wire, "L\n", "1 one\n");
    folder_write(suite.server->dir, "one", "one", 3);
    folder_write(suite.server->dir, "two", "2", 1);
    wire_ask_text(wire, "L\n", "3 one\n1 two\n");
    verdict_check(unlink(suite_path("one")) == 0, "unlink");
    wire_ask_text(wire, "L\n", "1 two\n");
}

/* ---- G, R ---- */

static void download(void)
{
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "verse.txt", "roses are red\nviolets\n", 22);
    wire_ask(wire, "G verse.txt\n", "OK 22\nroses are red\nviolets\n");
    wire_ask(wire, "G verse.txt\n", "OK 22\nroses are red\nviolets\n");
    wire_ask(wire, "N\n", "OK 0\n");
}

static void download_missing(void)
{
    struct wire *wire = suite_open();

    suite_refused(wire, "G nothing of that name\n", "not-found");
}

static void download_empty(void)
{
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "empty", "", 0);
    wire_ask(wire, "G empty\n", "OK 0\n");
    wire_ask(wire, "N\n", "OK 0\n");
}

static void resume(void)
{
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "a song.txt", "0123456789", 10);
    wire_ask(wire, "R 4 a song.txt\n", "OK 6\n456789");
    wire_ask(wire, "R 0 a song.txt\n", "OK 10\n0123456789");
    wire_ask(wire, "R 10 a song.txt\n", "OK 0\n");
    wire_ask(wire, "N\n", "OK 0\n");
}

static void resume_refused(void)
{
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "ten", "0123456789", 10);
    suite_refused(wire, "R 11 ten\n", "bad-range");
    suite_refused(wire, "R 0 nothing of that name\n", "not-found");
}

/* ---- P ---- */

/* Seen by requests only, whatever folder the server has. */
static void upload(void)
{
    struct wire *wire = suite_open();

    wire_ask(wire, "P 5 verse\n", "GO\n");
    wire_ask(wire, "hello", "OK 0\n");
    wire_ask(wire, "G verse\n", "OK 5\nhello");
    wire_ask(wire, "P 0 empty\n", "GO\nOK 0\n");
    wire_ask(wire, "G empty\n", "OK 0\n");
}

/* Until its last byte has come, a name stands for what it was before. */
static void upload_invisible(void)
{
    struct wire *wire = suite_open();

    folder_write(suite.server->dir, "old", "old", 3);
    wire_ask(wire, "P 8 old\n", "GO\n");
    for (int i = 0; i < 7; i++) {
        wire_puts(wire, "x");
        bound_observe(10); /* it may look at each byte */
        verdict_check(folder_holds(suite.server->dir, "old", "old", 3),
                      "a part of an upload is under its name before the whole has come");
    }
    wire_ask(wire, "y", "OK 0\n");
    verdict_check(folder_holds(suite.server->dir, "old", "xxxxxxxy", 8),
                  "the file does not hold what was uploaded");
}

/* ---- names, lines ---- */

static void names_refused(void)
{
    static const char *const requests[] = {"G ../canary\n", "G /etc/passwd\n", "G .hidden\n",
                                           "G ..\n", "G a/b\n"};
    struct wire *wire = suite_open();

    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        suite_refused(wire, requests[i], "bad-name");
}

static void line_refused(void)
{
    struct wire *wire = suite_open();

    suite_refused(wire, "Z\n", "bad-request");
    suite_refused(wire, "\n", "bad-request");
    suite_refused(wire, "hello, server\n", "bad-request");
}

static void lines_together(void)
{
    struct wire *wire = suite_open();

    wire_ask(wire, "N\nN\nN\n", "OK 0\nOK 0\nOK 0\n");
}

/* A line may arrive in any portions: the server sleeps in between, or not. */
static void line_in_pieces(void)
{
    struct wire *wire = suite_open();

    for (int i = 0; i < 5; i++) {
        wire_puts(wire, "N");
        bound_observe(20);
        wire_ask(wire, "\n", "OK 0\n");
    }
    wire_ask(wire, "N\nN", "OK 0\n");
    wire_ask(wire, "\nN\n", "OK 0\nOK 0\n");
}

static void crlf(void)
{
    wire_ask(suite_open(), "N\r\nN\r\n", "OK 0\nOK 0\n");
}

/* ---- the end ---- */

static void quit(void)
{
    suite_quit(suite_open());
}

static void half_close(void)
{
    struct wire *wire = suite_open();

    wire_puts(wire, "N\nN\n");
    wire_shut(wire);
    wire_expect(wire, "OK 0\nOK 0\n");
    wire_expect_eof(wire);
}

/* ---- chat, several clients ---- */

static void member(void)
{
    struct wire *wire = suite_open();

    suite_refused(wire, "W\n", "not-in-chat");
    wire_ask(wire, "C anna\n", "OK 0\n");
    wire_ask(wire, "W\n", "OK 5\nanna\n");
    wire_ask(wire, "S hello\n", "OK 0\n");
    wire_ask(wire, "X\n", "OK 0\n");
    suite_refused(wire, "S hello\n", "not-in-chat");
}

static void second_client(void)
{
    struct wire *first = suite_open(), *second = suite_open();

    wire_ask(second, "N\n", "OK 0\n");
    wire_ask(first, "N\n", "OK 0\n");
    wire_close(first);
    wire_ask(second, "N\n", "OK 0\n");
}

static void waiting_client(void)
{
    struct wire *first = suite_open(), *second = suite_connect();

    wire_puts(second, "N\n");
    wire_ask(first, "N\n", "OK 0\n");
    verdict_check(!wire_readable(second, 100), "two clients are served at once: greet as another "
                                               "model than loop");
    wire_close(first);
    wire_expect(second, "HELLO 1 loop\nOK 0\n");
}

const struct conformance_case step_cases[] = {
    {"step_greeting", greeting, ON_ALL, CASE_OWN, NULL},
    {"step_ping", ping, ON_ALL, CASE_SHARED, NULL},
    {"step_pings", pings, ON_ALL, CASE_SHARED, NULL},
    {"step_next_client", next_client, ON_ALL, CASE_SHARED, NULL},
    {"step_reset", reset_before_replies, ON_ALL, CASE_SHARED, NULL},
    {"step_list_form", list_form, ON_ALL, CASE_SHARED, NULL},
    {"step_list_empty", list_empty, ON_ALL, 0, NULL},
    {"step_list", list_files, ON_ALL, 0, NULL},
    {"step_list_changes", list_changes, ON_ALL, 0, NULL},
    {"step_download", download, ON_ALL, 0, NULL},
    {"step_download_missing", download_missing, ON_ALL, CASE_SHARED, NULL},
    {"step_download_empty", download_empty, ON_ALL, 0, NULL},
    {"step_resume", resume, ON_ALL, 0, NULL},
    {"step_resume_refused", resume_refused, ON_ALL, 0, NULL},
    {"step_upload", upload, ON_ALL, 0, NULL},
    {"step_upload_invisible", upload_invisible, ON_ALL, 0, NULL},
    {"step_names_refused", names_refused, ON_ALL, CASE_SHARED, NULL},
    {"step_line_refused", line_refused, ON_ALL, CASE_SHARED, NULL},
    {"step_lines_together", lines_together, ON_ALL, CASE_SHARED, NULL},
    {"step_line_in_pieces", line_in_pieces, ON_ALL, CASE_SHARED, NULL},
    {"step_crlf", crlf, ON_ALL, CASE_SHARED, NULL},
    {"step_quit", quit, ON_ALL, CASE_SHARED, NULL},
    {"step_half_close", half_close, ON_ALL, CASE_SHARED, NULL},
    {"step_member", member, ON_ALL, CASE_SHARED, NULL},
    {"step_second_client", second_client, ON_MANY, CASE_SHARED, NULL},
    {"step_waiting_client", waiting_client, ON_LOOP, CASE_SHARED, NULL},
    {NULL, NULL, 0, 0, NULL},
};
