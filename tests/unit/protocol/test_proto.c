/* test_proto.c: the grammar of requests, as a table of whole lines
 *
 * test_fields.c has the numbers, names and texts in them.
 */
#include "unit.h"

#include <string.h>

#include "protocol/proto.h"

static enum proto_code parse(const char *line, size_t len, struct request *request)
{
    *request = (struct request){0};
    return proto_parse(line, len, request);
}

static void refused(const char *line, size_t len, enum proto_code want)
{
    struct request request;
    enum proto_code got = parse(line, len, &request);
    unit_check(got == want, "proto_parse(%s): expected %s, received %s", unit_quote(line, len),
               proto_code_word(want), proto_code_word(got));
}

static void accepted(const char *line, size_t len, char verb, uint64_t number, const char *arg,
                     size_t arg_len)
{
    struct request request;
    enum proto_code got = parse(line, len, &request);
    unit_check(got == PROTO_OK, "proto_parse(%s): expected ok, received %s", unit_quote(line, len),
               proto_code_word(got));
    unit_check(request.verb == verb && request.number == number,
               "proto_parse(%s): expected %c %llu, received %c %llu", unit_quote(line, len), verb,
               (unsigned long long)number, request.verb, (unsigned long long)request.number);
    unit_check((arg == NULL) == (request.arg == NULL), "proto_parse(%s): an argument or not",
               unit_quote(line, len));
    unit_same("the argument", line, len, arg, arg_len, request.arg, request.arg_len);
}

/* ---- whole lines ---- */

struct line {
    const char *line;
    enum proto_code code;
    uint64_t number;
    const char *arg; /* NULL: none */
};

static const struct line lines[] = {
    {"L", PROTO_OK, 0, NULL},
    {"W", PROTO_OK, 0, NULL},
    {"X", PROTO_OK, 0, NULL},
    {"N", PROTO_OK, 0, NULL},
    {"Q", PROTO_OK, 0, NULL},
    {"G a", PROTO_OK, 0, "a"},
    {"G a b", PROTO_OK, 0, "a b"},
    {"G a  b", PROTO_OK, 0, "a  b"},
    {"G \xe6\x96\x87.txt", PROTO_OK, 0, "\xe6\x96\x87.txt"},
    {"G a.", PROTO_OK, 0, "a."},
    {"G -rf", PROTO_OK, 0, "-rf"},
    {"G a..b", PROTO_OK, 0, "a..b"},
    {"G \\", PROTO_OK, 0, "\\"},
    {"H a", PROTO_OK, 0, "a"},
    {"H 1 a b", PROTO_OK, 0, "1 a b"},
    {"R 0 a", PROTO_OK, 0, "a"},
    {"R 5 a b", PROTO_OK, 5, "a b"},
    {"R 007 a", PROTO_OK, 7, "a"},
    {"R 9223372036854775807 a", PROTO_OK, 9223372036854775807U, "a"},
    {"R 9223372036854775808 a", PROTO_OK, 9223372036854775808U, "a"},
    {"R 9999999999999999999 a", PROTO_OK, 9999999999999999999U, "a"},
    {"R 0000000000000000001 a", PROTO_OK, 1, "a"},
    {"P 0 a", PROTO_OK, 0, "a"},
    {"P 12 34 56", PROTO_OK, 12, "34 56"},
    {"C a", PROTO_OK, 0, "a"},
    {"C \xc3\xa9", PROTO_OK, 0, "\xc3\xa9"},
    {"C Admin1", PROTO_OK, 0, "Admin1"},
    {"C admi", PROTO_OK, 0, "admi"},
    {"C \xe7\xae\xa1\xe7\x90\x86", PROTO_OK, 0, "\xe7\xae\xa1\xe7\x90\x86"},
    {"C .hidden", PROTO_OK, 0, ".hidden"},
    {"C a/b", PROTO_OK, 0, "a/b"},
    {"S a", PROTO_OK, 0, "a"},
    {"S  ", PROTO_OK, 0, " "},
    {"S   two before, two behind  ", PROTO_OK, 0, "  two before, two behind  "},
    {"S S", PROTO_OK, 0, "S"},
    {"S * SAY eve hello", PROTO_OK, 0, "* SAY eve hello"},

    {"", PROTO_BAD_REQUEST, 0, NULL},
    {" ", PROTO_BAD_REQUEST, 0, NULL},
    {" L", PROTO_BAD_REQUEST, 0, NULL},
    {"L ", PROTO_BAD_REQUEST, 0, NULL},
    {"L x", PROTO_BAD_REQUEST, 0, NULL},
    {"LL", PROTO_BAD_REQUEST, 0, NULL},
    {"l", PROTO_BAD_REQUEST, 0, NULL},
    {"W ", PROTO_BAD_REQUEST, 0, NULL},
    {"X x", PROTO_BAD_REQUEST, 0, NULL},
    {"N\t", PROTO_BAD_REQUEST, 0, NULL},
    {"N N", PROTO_BAD_REQUEST, 0, NULL},
    {"Q ", PROTO_BAD_REQUEST, 0, NULL},
    {"QUIT", PROTO_BAD_REQUEST, 0, NULL},
    {"HELLO", PROTO_BAD_REQUEST, 0, NULL},
    {"GET / HTTP/1.1", PROTO_BAD_REQUEST, 0, NULL},
    {"\xef\xbb\xbfL", PROTO_BAD_REQUEST, 0, NULL},
    {"L\r", PROTO_BAD_REQUEST, 0, NULL}, /* a second CR is not part of the line end */

    {"G", PROTO_BAD_REQUEST, 0, NULL},
    {"Ga", PROTO_BAD_REQUEST, 0, NULL},
    {"G\ta", PROTO_BAD_REQUEST, 0, NULL},
    {"G ", PROTO_BAD_NAME, 0, NULL},
    {"H ", PROTO_BAD_NAME, 0, NULL},
    {"H ../x", PROTO_BAD_NAME, 0, NULL},
    {"H .a", PROTO_BAD_NAME, 0, NULL},
    {"H", PROTO_BAD_REQUEST, 0, NULL},
    {"G  a", PROTO_BAD_NAME, 0, NULL},
    {"G a ", PROTO_BAD_NAME, 0, NULL},
    {"G .", PROTO_BAD_NAME, 0, NULL},
    {"G ..", PROTO_BAD_NAME, 0, NULL},
    {"G .a", PROTO_BAD_NAME, 0, NULL},
    {"G /", PROTO_BAD_NAME, 0, NULL},
    {"G /etc/passwd", PROTO_BAD_NAME, 0, NULL},
    {"G ../x", PROTO_BAD_NAME, 0, NULL},
    {"G a/b", PROTO_BAD_NAME, 0, NULL},
    {"G a/", PROTO_BAD_NAME, 0, NULL},
    {"G sub/../a", PROTO_BAD_NAME, 0, NULL},
    {"G \xc0\xae\xc0\xae\xc0\xaf", PROTO_BAD_NAME, 0, NULL},
    {"G a\x1b[31m", PROTO_BAD_NAME, 0, NULL},
    {"G a\r", PROTO_BAD_NAME, 0, NULL},
    {"G a\xc2\x85", PROTO_BAD_NAME, 0, NULL},
    {"G \xff", PROTO_BAD_NAME, 0, NULL},

    {"R", PROTO_BAD_REQUEST, 0, NULL},
    {"R ", PROTO_BAD_REQUEST, 0, NULL},
    {"R 5", PROTO_BAD_REQUEST, 0, NULL},
    {"R a", PROTO_BAD_REQUEST, 0, NULL},
    {"R 5 ", PROTO_BAD_NAME, 0, NULL},
    {"R 5  a", PROTO_BAD_NAME, 0, NULL},
    {"R  5 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R -1 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R +5 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R 0x10 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R 1e3 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R 1.0 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R 1,000 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R 10000000000000000000 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R 18446744073709551616 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R 00000000000000000001 a", PROTO_BAD_REQUEST, 0, NULL},
    {"R \xd9\xa1 a", PROTO_BAD_REQUEST, 0, NULL}, /* ARABIC-INDIC DIGIT ONE */
    {"R 5 ../a", PROTO_BAD_NAME, 0, NULL},
    {"R -1 ../a", PROTO_BAD_REQUEST, 0, NULL},
    {"P", PROTO_BAD_REQUEST, 0, NULL},
    {"P ", PROTO_BAD_REQUEST, 0, NULL},
    {"P a", PROTO_BAD_REQUEST, 0, NULL},
    {"P  a", PROTO_BAD_REQUEST, 0, NULL},
    {"P 5", PROTO_BAD_REQUEST, 0, NULL},
    {"P a 5", PROTO_BAD_REQUEST, 0, NULL},
    {"P -1 a", PROTO_BAD_REQUEST, 0, NULL},
    {"P 5\ta", PROTO_BAD_REQUEST, 0, NULL},
    {"P 5 .a", PROTO_BAD_NAME, 0, NULL},
    {"P 5 .lab-upload-0123456789abcdef", PROTO_BAD_NAME, 0, NULL},

    {"C", PROTO_BAD_REQUEST, 0, NULL},
    {"Ca", PROTO_BAD_REQUEST, 0, NULL},
    {"C ", PROTO_BAD_NICK, 0, NULL},
    {"C  a", PROTO_BAD_NICK, 0, NULL},
    {"C a ", PROTO_BAD_NICK, 0, NULL},
    {"C a b", PROTO_BAD_NICK, 0, NULL},
    {"C admin", PROTO_BAD_NICK, 0, NULL},
    {"C ADMIN", PROTO_BAD_NICK, 0, NULL},
    {"C aDmIn", PROTO_BAD_NICK, 0, NULL},
    {"C \xe7\xae\xa1\xe7\x90\x86\xe5\x91\x98", PROTO_BAD_NICK, 0, NULL},
    {"C a\x07", PROTO_BAD_NICK, 0, NULL},
    {"C a\xc2\x9b", PROTO_BAD_NICK, 0, NULL},
    {"C \xed\xa0\x80", PROTO_BAD_NICK, 0, NULL},

    {"S", PROTO_BAD_REQUEST, 0, NULL},
    {"S ", PROTO_BAD_REQUEST, 0, NULL},
    {"Sa", PROTO_BAD_REQUEST, 0, NULL},
    {"S\xc2\xa0text", PROTO_BAD_REQUEST, 0, NULL},
    {"S a\tb", PROTO_BAD_REQUEST, 0, NULL},
    {"S \x1b]0;title\x07", PROTO_BAD_REQUEST, 0, NULL},
    {"S a\xc2\x9b\x33\x31m", PROTO_BAD_REQUEST, 0, NULL},
    {"S caf\xe9", PROTO_BAD_REQUEST, 0, NULL},
};

static void test_lines(void)
{
    for (size_t i = 0; i < UNIT_COUNT(lines); i++) {
        const struct line *one = &lines[i];
        size_t len = strlen(one->line);
        if (one->code != PROTO_OK)
            refused(one->line, len, one->code);
        else
            accepted(one->line, len, one->line[0], one->number, one->arg,
                     one->arg == NULL ? 0 : strlen(one->arg));
    }
}

static void test_every_byte_as_verb(void)
{
    for (unsigned int byte = 0; byte <= 0xff; byte++) {
        const char alone[1] = {(char)byte};
        const char with_arg[] = {(char)byte, ' ', '1', ' ', 'a'};
        bool short_verb = byte != 0 && strchr("LWXNQ", (int)byte) != NULL;
        bool long_verb = byte != 0 && strchr("GRPHS", (int)byte) != NULL;
        struct request request;
        unit_check((parse(alone, 1, &request) == PROTO_OK) == short_verb, "verb %02x alone", byte);
        enum proto_code want = long_verb     ? PROTO_OK
                               : byte == 'C' ? PROTO_BAD_NICK
                                             : PROTO_BAD_REQUEST;
        unit_check(parse(with_arg, sizeof with_arg, &request) == want, "verb %02x with \"1 a\"",
                   byte);
    }
}

static void test_nul_anywhere(void)
{
    static const struct {
        const char *line;
        enum proto_code code; /* where the NUL stands in the argument */
    } good[] = {{"N", PROTO_BAD_REQUEST},     {"G abc", PROTO_BAD_NAME},
                {"R 12 abc", PROTO_BAD_NAME}, {"P 12 abc", PROTO_BAD_NAME},
                {"C abc", PROTO_BAD_NICK},    {"S abc", PROTO_BAD_REQUEST},
                {"H abc", PROTO_BAD_NAME}};
    for (size_t i = 0; i < UNIT_COUNT(good); i++) {
        char line[16];
        size_t len = strlen(good[i].line);
        for (size_t at = 0; at <= len; at++) { /* inserted, not replaced */
            memcpy(line, good[i].line, at);
            line[at] = '\0';
            memcpy(line + at + 1, good[i].line + at, len - at);
            size_t numbers_end = len > 2 && good[i].line[2] == '1' ? 4 : 1;
            refused(line, len + 1, at <= numbers_end ? PROTO_BAD_REQUEST : good[i].code);
        }
    }
}

static void test_lengths_in_lines(void)
{
    static const struct {
        const char *head;
        size_t max;
        enum proto_code code;
    } heads[] = {{"G ", 255, PROTO_BAD_NAME},
                 {"H ", 255, PROTO_BAD_NAME},
                 {"R 1234567890123456789 ", 255, PROTO_BAD_NAME},
                 {"P 0 ", 255, PROTO_BAD_NAME},
                 {"C ", 32, PROTO_BAD_NICK},
                 {"S ", 1021, PROTO_BAD_REQUEST}};
    for (size_t i = 0; i < UNIT_COUNT(heads); i++) {
        char line[1100];
        size_t head = strlen(heads[i].head), max = heads[i].max;
        uint64_t number = heads[i].head[0] == 'R' ? 1234567890123456789U : 0;
        memcpy(line, heads[i].head, head);
        memset(line + head, 'x', sizeof line - head);
        accepted(line, head + max, line[0], number, line + head, max);
        accepted(line, head + 1, line[0], number, line + head, 1);
        refused(line, head + max + 1, heads[i].code);
        refused(line, head, heads[i].code);
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_lines),
    TEST(test_every_byte_as_verb),
    TEST(test_nul_anywhere),
    TEST(test_lengths_in_lines),
};
UNIT_MAIN("proto", tests)
