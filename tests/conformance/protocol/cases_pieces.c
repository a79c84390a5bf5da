/* How requests arrive: in pieces, many at once, and with the end of input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

/* A session from its upload on. Each has a nick of its own: the one before may still be about
 * to leave. */
static size_t write_session(char *text, size_t size)
{
    static int number;

    return (size_t)snprintf(text, size,
                            "G piece\nR 1 piece\nZ\nC n%03d\r\nS hi there\nW\n"
                            "S \xe4\xbd\xa0\xe5\xa5\xbd\nX\nX\nQ\n",
                            number++ % 1000);
}

static struct wire *begin_session(size_t piece)
{
    struct wire *wire = suite_open();

    wire_send_pieces(wire, "P 3 piece\r\n", 11, piece);
    wire_expect(wire, "GO\n");
    wire_send_pieces(wire, "abc", 3, piece);
    wire_expect(wire, "OK 0\n");
    return wire;
}

static void end_session(struct wire *wire)
{
    wire_expect(wire, "OK 2\nbc");
    wire_expect_error(wire, "bad-request");
    wire_expect(wire, "OK 0\nOK 0\nOK 5\nn");
    verdict_check(strlen(wire_line(wire)) == 3, "expected the rest of a nick");
    wire_expect(wire, "OK 0\nOK 0\n");
    wire_expect_error(wire, "not-in-chat");
    wire_expect(wire, "OK 0\n");
    wire_expect_eof(wire);
    wire_close(wire);
}

static void split_pieces(void)
{
    char session[128];

    for (size_t piece = 1; piece <= 7; piece++) {
        size_t n = write_session(session, sizeof session);
        struct wire *wire = begin_session(piece);

        wire_send_pieces(wire, session, n, piece);
        wire_expect(wire, "OK 3\nabc");
        end_session(wire);
    }
}

/* Cut in two at every place; if the first part holds a request, the second part is sent only
 * after its reply has come, so that the two surely arrive apart. */
static void split_everywhere(void)
{
    size_t first = strlen("G piece\n"), all = first + 1;
    char session[128];

    for (size_t cut = 1; cut < all; cut++) {
        struct wire *wire = begin_session(100);

        all = write_session(session, sizeof session);
        wire_send(wire, session, cut);
        if (cut >= first)
            wire_expect(wire, "OK 3\nabc");
        wire_send(wire, session + cut, all - cut);
        if (cut < first)
            wire_expect(wire, "OK 3\nabc");
        end_session(wire);
    }
}

static void pipeline_mixed(struct wire *wire)
{
    char requests[8192];
    size_t n = 0;

    wire_ask(wire, "P 4 mixed\n", "GO\n");
    wire_ask(wire, "1234", "OK 0\n");
    for (int i = 0; i < 40; i++)
        n += (size_t)snprintf(requests + n, sizeof requests - n,
                              "N\nG mixed\nR %d mixed\nG missing%d\nS not in the room\n", i % 5, i);
    wire_send(wire, requests, n);
    for (int i = 0; i < 40; i++) {
        wire_expect(wire, "OK 0\nOK 4\n1234");
        wire_expect_text(wire, &"1234"[i % 5]);
        wire_expect_error(wire, "not-found");
        wire_expect_error(wire, "not-in-chat");
    }
    wire_expect_quiet(wire);
}

static void pipeline_5000(struct wire *wire)
{
    enum { MANY = 5000 };
    char *requests = suite_repeated("N\n", MANY);

    wire_puts(wire, requests);
    free(requests);
    for (int i = 0; i < MANY; i++)
        wire_expect(wire, "OK 0\n");
    wire_expect_quiet(wire);
}

/* ---- the end ---- */

/* The requests behind Q are not answered, and do no harm to the reply to Q. */
static void quit(struct wire *wire)
{
    wire_ask(wire, "N\nQ\nN\nL\nS x\n", "OK 0\nOK 0\n");
    wire_expect_eof(wire);
}

static void half_close(struct wire *wire)
{
    wire_puts(wire, "N\nG missing\nN\n");
    wire_shut(wire);
    wire_expect(wire, "OK 0\n");
    wire_expect_error(wire, "not-found");
    wire_expect(wire, "OK 0\n");
    wire_expect_eof(wire);
    wire_close(wire);

    suite_half_close(suite_open(), "N\nQ\n", "OK 0\nOK 0\n");
}

static void half_close_at_once(void)
{
    char replies[64];

    snprintf(replies, sizeof replies, "HELLO 1 %s\n", suite.model_name);
    suite_half_close(suite_connect(), "", replies);

    /* and the requests sent before the greeting has come */
    snprintf(replies, sizeof replies, "HELLO 1 %s\nOK 0\nOK 0\n", suite.model_name);
    suite_half_close(suite_connect(), "N\nQ\n", replies);
}

/* A last line without LF: whether it is answered is left open, the end of it all is not. */
static void half_close_in_a_line(struct wire *wire)
{
    unsigned long long rest;

    wire_puts(wire, "N\nN");
    wire_shut(wire);
    wire_expect(wire, "OK 0\n");
    verdict_check(wire_drain(wire, &rest) == WIRE_EOF && rest < 200,
                  "expected at most one reply more and the end, received %llu bytes", rest);
}

const struct conformance_case piece_cases[] = {
    {"grammar_split_pieces", ON_ALL, CASE_SHARED, .run = split_pieces},
    {"grammar_split_everywhere", ON_ALL, CASE_SHARED, .run = split_everywhere},
    {"grammar_pipeline_mixed", ON_ALL, CASE_SHARED, .talk = pipeline_mixed},
    {"grammar_pipeline_5000", ON_ALL, CASE_SHARED, .talk = pipeline_5000},
    {"grammar_quit", ON_ALL, CASE_SHARED, .talk = quit},
    {"grammar_half_close", ON_ALL, CASE_SHARED, .talk = half_close},
    {"grammar_half_close_at_once", ON_ALL, CASE_SHARED, .run = half_close_at_once},
    {"grammar_half_close_in_a_line", ON_ALL, CASE_SHARED, .talk = half_close_in_a_line},
    {.name = NULL},
};
