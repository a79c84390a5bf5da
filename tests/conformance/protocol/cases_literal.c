/* Tables of requests that are no requests, each answered by ERR and nothing worse. */
#include <stdio.h>
#include <string.h>

#include "conformance.h"

/* Letters and words that are no verbs; then what servers say, and HTTP. */
static void verbs(struct wire *wire)
{
    static const char *const words[] = {
        "\n",  "\r\n", " \n",    " N\n",    "l\n", "n\n",    "q\n",   "g x\n",    "p 5 x\n", "Z\n",
        "A\n", "NN\n", "LIST\n", "GET /\n", "Ä\n", "\xff\n", "N\t\n", "\x1b[A\n", NULL,
    };
    static const char *const lines[] = {"GO\n",
                                        "OK 0\n",
                                        "HELLO 1 epoll\n",
                                        "* SAY anna hi\n",
                                        "GET / HTTP/\n",
                                        "HTTP/1.1 200 OK\n",
                                        NULL};

    suite_refused_all(wire, words, "bad-request");
    suite_refused_all(wire, lines, "bad-request");
}

static void words(struct wire *wire)
{
    static const char *const bad_requests[] = {
        "L \n",  "L x\n", "N \n",    "N x\n",    "Q \n",  "Q x\n",   "W x\n",    "X x\n",  "G\n",
        "Gx\n",  "R\n",   "R \n",    "R 5\n",    "R x\n", "R x 5\n", "R  5 x\n", "P\n",    "P \n",
        "P 5\n", "P x\n", "P x 5\n", "P  5 x\n", "C\n",   "S\n",     "S \n",     "S\tx\n", NULL};
    static const char *const bad_names[] = {"G \n",     "G  x\n",   "G x \n",
                                            "R 5  x\n", "P 5  x\n", NULL};
    static const char *const bad_nicks[] = {"C \n", "C  anna\n", "C anna \n", "C anna berta\n",
                                            NULL};

    suite_refused_all(wire, bad_requests, "bad-request");
    suite_refused_all(wire, bad_names, "bad-name");
    suite_refused(wire, "R 5 \n", "bad-name bad-request");
    suite_refused(wire, "P 5 \n", "bad-name bad-request");
    suite_refused_all(wire, bad_nicks, "bad-nick");
}

/* An error of the line itself takes precedence over one of the present state. */
static void chat_requests_out_of_state(struct wire *wire)
{
    static const char *const bad_requests[] = {"S \n",
                                               "S a\x01\n",
                                               "S \xff\n",
                                               "W x\n",
                                               "X x\n",
                                               "P -1 ../x\n",
                                               "R -1 nothing of that name\n",
                                               NULL};
    static const char *const bad_names[] = {"P 9000000000000000000 ../x\n",
                                            "R 9000000000000000000 a/b\n", NULL};
    static const char *const inside[] = {"C\n", "S \n", "X x\n", "Z\n", NULL};

    suite_refused_all(wire, bad_requests, "bad-request");
    suite_refused_all(wire, bad_names, "bad-name");
    suite_refused(wire, "P 9000000000000000000 \n", "bad-name bad-request");
    wire_ask_ok(wire, "C grammarian\n");
    suite_refused_all(wire, inside, "bad-request");
    suite_refused(wire, "C a b\n", "bad-nick in-chat");
    wire_ask_text(wire, "W\n", "grammarian\n");
}

/* ---- numbers ---- */

static const char *const no_numbers[] = {
    "-1",  "+5",  "-0",  "0x10",  "5x", "x5", "1e3", "1.5", "1,5", "5.",
    "\t5", "5\t", "0b1", "1_000", "٣",  "５", "''5", "5K",  "nan", NULL,
};

static const char *const long_numbers[] = {"18446744073709551616", "00000000000000000005",
                                           "99999999999999999999",
                                           "340282366920938463463374607431768211456", NULL};

/* As an offset and as a size each is refused, with one of these codes. */
static void refuse_numbers(struct wire *wire, const char *const *numbers, const char *offset,
                           const char *size)
{
    char request[128];

    wire_ask(wire, "P 0 numbered\n", "GO\nOK 0\n");
    for (; *numbers; numbers++) {
        snprintf(request, sizeof request, "R %s numbered\n", *numbers);
        suite_refused(wire, request, offset);
        snprintf(request, sizeof request, "P %s numbered\n", *numbers);
        suite_refused(wire, request, size);
    }
}

static void numbers_that_are_none(struct wire *wire)
{
    refuse_numbers(wire, no_numbers, "bad-request", "bad-request");
    refuse_numbers(wire, long_numbers, "bad-request", "bad-request");
}

/* 19 digits are a number, also beyond 2^63. */
static void numbers_that_are_huge(struct wire *wire)
{
    static const char *const numbers[] = {"1000000000000000000", "9223372036854775807",
                                          "9223372036854775808", "9223372036854775809",
                                          "9999999999999999999", NULL};

    refuse_numbers(wire, numbers, "bad-range", "too-large");
}

static void numbers_with_zeros(struct wire *wire)
{
    wire_ask(wire, "P 0000000000000000005 numbered\n", "GO\n");
    wire_ask(wire, "12345", "OK 0\n");
    wire_ask(wire, "R 0000000000000000003 numbered\nR 00 numbered\n", "OK 2\n45OK 5\n12345");
}

/* ---- bytes that no line may hold ---- */

static void nul_bytes(struct wire *wire)
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

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        suite_refused_bytes(wire, lines[i].request, lines[i].n, lines[i].codes);
}

/* One byte alone is a request only when it is L, N, Q, W or X. */
static void every_byte_as_a_verb(struct wire *wire)
{
    for (int byte = 0; byte < 256; byte++) {
        char line[2] = {(char)byte, '\n'};

        if (byte == '\n' || (byte > 0 && strchr("LNQWX", byte)))
            continue;
        suite_refused_bytes(wire, line, 2, "bad-request");
    }
}

const struct conformance_case literal_cases[] = {
    {"grammar_unknown_verbs", ON_ALL, CASE_SHARED, .talk = verbs},
    {"grammar_wrong_words", ON_ALL, CASE_SHARED, .talk = words},
    {"grammar_chat_requests_out_of_state", ON_ALL, CASE_SHARED, .talk = chat_requests_out_of_state},
    {"grammar_no_numbers", ON_ALL, CASE_SHARED, .talk = numbers_that_are_none},
    {"grammar_huge_numbers", ON_ALL, CASE_SHARED, .talk = numbers_that_are_huge},
    {"grammar_leading_zeros", ON_ALL, CASE_SHARED, .talk = numbers_with_zeros},
    {"grammar_nul_bytes", ON_ALL, CASE_SHARED, .talk = nul_bytes},
    {"grammar_every_byte_as_a_verb", ON_ALL, CASE_SHARED, .talk = every_byte_as_a_verb},
    {.name = NULL},
};
