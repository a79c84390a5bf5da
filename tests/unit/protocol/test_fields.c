/* test_fields.c: what a line of the protocol is made of: numbers, names, nicks, texts, codes */
#include "unit.h"

#include <string.h>

#include "protocol/proto.h"

/* ---- numbers ---- */

static void test_numbers(void)
{
    static const struct {
        const char *digits;
        bool ok;
        uint64_t value;
    } numbers[] = {
        {"0", true, 0},
        {"1", true, 1},
        {"10", true, 10},
        {"000", true, 0},
        {"4294967295", true, 4294967295U},
        {"4294967296", true, 4294967296U},
        {"9223372036854775807", true, 9223372036854775807U},
        {"9223372036854775808", true, 9223372036854775808U},
        {"9999999999999999999", true, 9999999999999999999U},
        {"0000000000000000000", true, 0},
        {"", false, 0},
        {" ", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"-1", false, 0},
        {"-0", false, 0},
        {"+5", false, 0},
        {"0x10", false, 0},
        {"10h", false, 0},
        {"1K", false, 0},
        {"1\n", false, 0},
        {"1\r", false, 0},
        {"1_000", false, 0},
        {"10000000000000000000", false, 0},
        {"18446744073709551615", false, 0},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"00000000000000000000", false, 0},
        {"340282366920938463463374607431768211456", false, 0},
    };
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
        uint64_t value = 0;
        bool ok = proto_number(numbers[i].digits, strlen(numbers[i].digits), &value);
        unit_check(ok == numbers[i].ok && (!ok || value == numbers[i].value),
                   "proto_number(\"%s\"): expected %d %llu, received %d %llu", numbers[i].digits,
                   numbers[i].ok, (unsigned long long)numbers[i].value, ok,
                   (unsigned long long)value);
    }
    for (unsigned int byte = 0; byte <= 0xff; byte++) {
        const char three[3] = {'1', (char)byte, '1'};
        uint64_t value;
        unit_check(proto_number(three, 3, &value) == (byte >= '0' && byte <= '9'), "1%c1 (%02x)",
                   (int)byte, byte);
    }
}

static void test_every_count_of_digits(void)
{
    for (size_t len = 0; len <= 40; len++) {
        char nines[40];
        uint64_t value = 1;
        memset(nines, '9', sizeof nines);
        bool ok = proto_number(nines, len, &value);
        unit_check(ok == (len >= 1 && len <= 19), "%zu digits: received %d", len, ok);
        uint64_t want = 0;
        for (size_t i = 0; i < len && ok; i++)
            want = want * 10 + 9;
        unit_check(!ok || value == want, "%zu nines: received %llu", len,
                   (unsigned long long)value);
    }
}

/* ---- lengths ---- */

/* Is a string of this many bytes allowed, made of one letter or of wide characters? */
static void lengths(bool (*ok)(const char *, size_t), const char *what, size_t max)
{
    static const char wide[] = "\xe2\x82\xac";
    static char bytes[2048];
    for (size_t len = 0; len <= sizeof bytes; len++) {
        memset(bytes, 'a', len);
        unit_check(ok(bytes, len) == (len >= 1 && len <= max), "%s of %zu bytes: received %d", what,
                   len, ok(bytes, len));
        if (len < 4)
            continue;
        for (size_t i = 0; i < 3; i++) /* the last character is wide */
            bytes[len - 3 + i] = wide[i];
        unit_check(ok(bytes, len) == (len <= max), "%s of %zu bytes that ends in U+20AC", what,
                   len);
        if (len < sizeof bytes) /* … and its last byte is cut off */
            unit_check(!ok(bytes, len - 1), "%s of %zu bytes with half a character", what, len - 1);
    }
}

static void test_lengths(void)
{
    lengths(proto_name_ok, "a name", 255);
    lengths(proto_nick_ok, "a nick", 32);
    lengths(proto_text_ok, "a text", 1021);
}

/* ---- characters ---- */

/* Which of the 256 bytes and of U+0080 to U+009F may stand at which place? */
static void test_every_byte_in_names(void)
{
    for (unsigned int byte = 0; byte <= 0xff; byte++) {
        const char first[2] = {(char)byte, 'b'}, middle[3] = {'a', (char)byte, 'b'};
        const char last[2] = {'a', (char)byte}, alone[1] = {(char)byte};
        bool plain = byte >= 0x20 && byte < 0x7f;
        bool name = plain && byte != '/';
        bool edge = name && byte != ' ';
        unit_check(proto_name_ok(middle, 3) == name, "name, byte %02x in the middle", byte);
        unit_check(proto_name_ok(first, 2) == (edge && byte != '.'), "name, byte %02x first", byte);
        unit_check(proto_name_ok(last, 2) == edge, "name, byte %02x last", byte);
        unit_check(proto_name_ok(alone, 1) == (edge && byte != '.'), "name, byte %02x", byte);
        bool nick = plain && byte != ' ';
        unit_check(proto_nick_ok(middle, 3) == nick && proto_nick_ok(first, 2) == nick &&
                       proto_nick_ok(last, 2) == nick && proto_nick_ok(alone, 1) == nick,
                   "nick with byte %02x", byte);
        unit_check(proto_text_ok(middle, 3) == plain && proto_text_ok(first, 2) == plain &&
                       proto_text_ok(last, 2) == plain && proto_text_ok(alone, 1) == plain,
                   "text with byte %02x", byte);
    }
    for (unsigned int low = 0x80; low <= 0xbf; low++) { /* U+0080 to U+00BF */
        const char bytes[4] = {'a', (char)0xc2, (char)low, 'b'};
        bool ok = low >= 0xa0;
        unit_check(proto_name_ok(bytes, 4) == ok && proto_nick_ok(bytes, 4) == ok &&
                       proto_text_ok(bytes, 4) == ok,
                   "U+%04X: allowed or not", low);
    }
}

static void test_admin_in_every_case(void)
{
    for (unsigned int bits = 0; bits < 32; bits++) {
        char nick[6] = "admin";
        for (unsigned int i = 0; i < 5; i++)
            if (bits >> i & 1)
                nick[i] = (char)(nick[i] - 'a' + 'A');
        unit_check(!proto_nick_ok(nick, 5), "the nick %s was allowed", nick);
        unit_check(proto_nick_ok(nick, 4), "the nick %.4s was refused", nick);
        nick[5] = '.';
        unit_check(proto_nick_ok(nick, 6), "the nick %.6s was refused", nick);
    }
}

/* ---- codes ---- */

static void test_codes(void)
{
    static const char *const words[PROTO_CODES] = {
        "ok",        "bad-request", "bad-name",   "bad-nick", "bad-range",   "not-found",
        "too-large", "no-space",    "nick-taken", "in-chat",  "not-in-chat", "io",
        "too-long",  "busy",        "timeout",    "slow"};
    for (int code = 0; code < PROTO_CODES; code++) {
        const char *text = proto_code_text((enum proto_code)code);
        assert_string_equal(proto_code_word((enum proto_code)code), words[code]);
        unit_check(proto_text_ok(text, strlen(text)) && strlen(text) < 200,
                   "the text of %s is not fit for a line", words[code]);
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_numbers),
    TEST(test_every_count_of_digits),
    TEST(test_lengths),
    TEST(test_every_byte_in_names),
    TEST(test_admin_in_every_case),
    TEST(test_codes),
};
UNIT_MAIN("fields", tests)
