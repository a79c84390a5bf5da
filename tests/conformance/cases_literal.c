/* Tables of requests that are no requests, each answered by ERR and nothing worse. */
#include <stdio.h>
#include <string.h>

#include "conformance.h"

struct literal {
    const char *request;
    const char *codes;
};

static void refuse_all(struct wire *wire, const struct literal *literals)
{
    for (; literals->request; literals++)
        suite_refused(wire, literals->request, literals->codes);
}

static void verbs(void)
{
    static const struct literal literals[] = {
        {"\n", "bad-request"},
        {"\r\n", "bad-request"},
        {" \n", "bad-request"},
        {" N\n", "bad-request"},
        {"l\n", "bad-request"},
        {"n\n", "bad-request"},
        {"q\n", "bad-request"},
        {"g x\n", "bad-request"},
        {"p 5 x\n", "bad-request"},
        {"Z\n", "bad-request"},
        {"A\n", "bad-request"},
        {"NN\n", "bad-request"},
        {"LIST\n", "bad-request"},
        {"GO\n", "bad-request"},
        {"OK 0\n", "bad-request"},
        {"HELLO 1 epoll\n", "bad-request"},
        {"GET /\n", "bad-request"},
        {"GET / HTTP/\n", "bad-request"},
        {"HTTP/1.1 200 OK\n", "bad-request"},
        {"* SAY anna hi\n", "bad-request"},
        {"\xc3\x84\n", "bad-request"},
        {"\xff\n", "bad-request"},
        {"N\t\n", "bad-request"},
        {"\x1b[A\n", "bad-request"},
        {NULL, NULL},
    };
    refuse_all(suite_open(), literals);
}

static void words(void)
{
    static const struct literal literals[] = {
        {"L \n", "bad-request"},
        {"L x\n", "bad-request"},
        {"N \n", "bad-request"},
        {"N x\n", "bad-request"},
        {"Q \n", "bad-request"},
        {"Q x\n", "bad-request"},
        {"W x\n", "bad-request"},
        {"X x\n", "bad-request"},
        {"G\n", "bad-request"},
        {"Gx\n", "bad-request"},
        {"G \n", "bad-name"},
        {"G  x\n", "bad-name"},
        {"G x \n", "bad-name"},
        {"R\n", "bad-request"},
        {"R \n", "bad-request"},
        {"R 5\n", "bad-request"},
        {"R 5 \n", "bad-name bad-request"},
        {"R x\n", "bad-request"},
        {"R x 5\n", "bad-request"},
        {"R  5 x\n", "bad-request"},
        {"R 5  x\n", "bad-name"},
        {"P\n", "bad-request"},
        {"P \n", "bad-request"},
        {"P 5\n", "bad-request"},
        {"P 5 \n", "bad-name bad-request"},
        {"P x\n", "bad-request"},
        {"P x 5\n", "bad-request"},
        {"P  5 x\n", "bad-request"},
        {"P 5  x\n", "bad-name"},
        {"C\n", "bad-request"},
        {"C \n", "bad-nick"},
        {"C  anna\n", "bad-nick"},
        {"C anna \n", "bad-nick"},
        {"C anna berta\n", "bad-nick"},
        {"S\n", "bad-request"},
        {"S \n", "bad-request"},
        {"S\tx\n", "bad-request"},
        {NULL, NULL},
    };
    refuse_all(suite_open(), literals);
}

/* An error of the line itself takes precedence over one of the present state. */
static void chat_requests_out_of_state(void)
{
    static const struct literal outside[] = {
        {"S \n", "bad-request"},
        {"S a\x01\n", "bad-request"},
        {"S \xff\n", "bad-request"},
        {"W x\n", "bad-request"},
        {"X x\n", "bad-request"},
        {"P 9000000000000000000 ../x\n", "bad-name"},
        {"P 9000000000000000000 \n", "bad-name bad-request"},
        {"R 9000000000000000000 a/b\n", "bad-name"},
        {"P -1 ../x\n", "bad-request"},
        {"R -1 nothing of that name\n", "bad-request"},
        {NULL, NULL},
    };
    static const struct literal inside[] = {
        {"C\n", "bad-request"},   {"C a b\n", "bad-nick in-chat"}, {"S \n", "bad-request"},
        {"X x\n", "bad-request"}, {"Z\n", "bad-request"},          {NULL, NULL},
    };
    struct wire *wire = suite_open();

    refuse_all(wire, outside);
    wire_puts(wire, "C grammarian\n");
    wire_expect_ok(wire);
    refuse_all(wire, inside);
    wire_puts(wire, "W\n");
    wire_expect_text(wire, "grammarian\n");
}

/* ---- numbers ---- */

static const char *const no_numbers[] = {
    "-1",
    "+5",
    "-0",
    "0x10",
    "5x",
    "x5",
    "1e3",
    "1.5",
    "1,5",
    "5.",
    "\t5",
    "5\t",
    "0b1",
    "1_000",
    "\xd9\xa3",
    "\xef\xbc\x95",
    "''5",
    "5K",
    "nan",
    "18446744073709551616",
    "00000000000000000005",
    "99999999999999999999",
    "340282366920938463463374607431768211456",
};

static void numbers_that_are_none(void)
{
    struct wire *wire = suite_open();
    char request[128];

    wire_puts(wire, "P 0 numbered\n");
    wire_expect(wire, "GO\nOK 0\n");
    for (size_t i = 0; i < sizeof no_numbers / sizeof no_numbers[0]; i++) {
        snprintf(request, sizeof request, "R %s numbered\n", no_numbers[i]);
        suite_refused(wire, request, "bad-request");
        snprintf(request, sizeof request, "P %s numbered\n", no_numbers[i]);
        suite_refused(wire, request, "bad-request");
    }
}

/* 19 digits are a number, also beyond 2^63. */
static void numbers_that_are_huge(void)
{
    static const char *const numbers[] = {"1000000000000000000", "9223372036854775807",
                                          "9223372036854775808", "9223372036854775809",
                                          "9999999999999999999"};
    struct wire *wire = suite_open();
    char request[64];

    wire_puts(wire, "P 0 numbered\n");
    wire_expect(wire, "GO\nOK 0\n");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        snprintf(request, sizeof request, "R %s numbered\n", numbers[i]);
        suite_refused(wire, request, "bad-range");
        snprintf(request, sizeof request, "P %s numbered\n", numbers[i]);
        suite_refused(wire, request, "too-large");
    }
}

static void numbers_with_zeros(void)
{
    struct wire *wire = suite_open();

    wire_puts(wire, "P 0000000000000000005 numbered\n");
    wire_expect(wire, "GO\n");
    wire_puts(wire, "12345");
    wire_expect_ok(wire);
    wire_puts(wire, "R 0000000000000000003 numbered\nR 00 numbered\n");
    wire_expect(wire, "OK 2\n45OK 5\n12345");
}

/* ---- bytes that no line may hold ---- */

static void nul_bytes(void)
{
    static const struct {
        const char *request;
        size_t n;
        const char *codes;
    } lines[] = {
        {"\0\n", 2, "bad-request"},         {"N\0\n", 3, "bad-request"},
        {"\0N\n", 3, "bad-request"},        {"L\0\n", 3, "bad-request"},
        {"W\0\n", 3, "bad-request"},        {"X\0\n", 3, "bad-request"},
        {"Q\0\n", 3, "bad-request"},        {"G a\0\n", 5, "bad-name"},
        {"G \0\n", 4, "bad-name"},          {"G a\0b\n", 6, "bad-name"},
        {"R 0 a\0b\n", 8, "bad-name"},      {"R 0\0 a\n", 7, "bad-request"},
        {"R 0\0001 a\n", 8, "bad-request"}, {"P 1 a\0b\n", 8, "bad-name"},
        {"P 1\0 a\n", 7, "bad-request"},    {"P \0001 a\n", 7, "bad-request"},
        {"C a\0b\n", 6, "bad-nick"},        {"C \0\n", 4, "bad-nick"},
        {"S a\0b\n", 6, "bad-request"},     {"S \0\n", 4, "bad-request"},
        {"G\0a\n", 4, "bad-request"},       {"\0 a\n", 4, "bad-request"},
    };
    struct wire *wire = suite_open();

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        suite_refused_bytes(wire, lines[i].request, lines[i].n, lines[i].codes);
}

/* One byte alone is a request only when it is L, N, Q, W or X. */
static void every_byte_as_a_verb(void)
{
    struct wire *wire = suite_open();

    for (int byte = 0; byte < 256; byte++) {
        char line[2] = {(char)byte, '\n'};

        if (byte == '\n' || (byte > 0 && strchr("LNQWX", byte)))
            continue;
        suite_refused_bytes(wire, line, 2, "bad-request");
    }
}

const struct conformance_case literal_cases[] = {
    {"grammar_unknown_verbs", verbs, ON_ALL, CASE_SHARED, NULL},
    {"grammar_wrong_words", words, ON_ALL, CASE_SHARED, NULL},
    {"grammar_chat_requests_out_of_state", chat_requests_out_of_state, ON_ALL, CASE_SHARED, NULL},
    {"grammar_no_numbers", numbers_that_are_none, ON_ALL, CASE_SHARED, NULL},
    {"grammar_huge_numbers", numbers_that_are_huge, ON_ALL, CASE_SHARED, NULL},
    {"grammar_leading_zeros", numbers_with_zeros, ON_ALL, CASE_SHARED, NULL},
    {"grammar_nul_bytes", nul_bytes, ON_ALL, CASE_SHARED, NULL},
    {"grammar_every_byte_as_a_verb", every_byte_as_a_verb, ON_ALL, CASE_SHARED, NULL},
    {NULL, NULL, 0, 0, NULL},
};
