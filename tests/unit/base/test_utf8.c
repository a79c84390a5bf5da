/* test_utf8.c: every code point, every short sequence of bytes, and the known stress cases */
#include "unit.h"

#include <string.h>

#include "base/utf8.h"

/* ---- an encoder, and a decoder of another make: decode loosely, then look at the result ---- */

static size_t encode(uint32_t code, size_t len, char bytes[4])
{
    static const unsigned char marks[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3f));
    bytes[0] = (char)(marks[len] | code);
    return len;
}

static size_t shortest(uint32_t code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

static bool is_scalar(uint32_t code)
{
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

static size_t other_decode(const char *bytes, size_t len, uint32_t *code)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t want = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (want == 0 || want > len || p[0] >= 0xf8)
        return 0;
    uint32_t value = want == 1 ? p[0] : p[0] & (0xffU >> (want + 1));
    for (size_t i = 1; i < want; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3fU);
    }
    *code = value;
    return shortest(value) == want && is_scalar(value) ? want : 0;
}

static void compare(const char *bytes, size_t len)
{
    uint32_t want = 0, got = 0;
    size_t want_len = other_decode(bytes, len, &want);
    size_t got_len = utf8_decode(bytes, len, &got);
    unit_check(got_len == want_len && (got_len == 0 || got == want),
               "utf8_decode(%s): expected %zu bytes U+%04X, received %zu bytes U+%04X",
               unit_quote(bytes, len), want_len, want, got_len, got);
}

/* ---- tests ---- */

static void test_every_code_point(void)
{
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[4];
        uint32_t got = 0xffffffff;
        size_t len = encode(code, shortest(code), bytes);
        size_t used = utf8_decode(bytes, len, &got);
        if (!is_scalar(code)) {
            unit_check(used == 0, "the surrogate U+%04X was taken", code);
            continue;
        }
        unit_check(used == len && got == code, "U+%04X: received U+%04X, %zu bytes", code, got,
                   used);
        for (size_t cut = 1; cut < len; cut++)
            unit_check(utf8_decode(bytes, cut, &got) == 0, "%zu bytes of U+%04X were taken", cut,
                       code);
    }
}

static void test_overlong(void)
{
    static const uint32_t ends[] = {0, 0, 0x80, 0x800, 0x10000};
    for (size_t len = 2; len <= 4; len++)
        for (uint32_t code = 0; code < ends[len]; code++) {
            char bytes[4];
            uint32_t got;
            encode(code, len, bytes);
            unit_check(utf8_decode(bytes, len, &got) == 0, "U+%04X in %zu bytes was taken", code,
                       len);
        }
}

static void test_beyond_the_last(void)
{
    for (uint32_t code = 0x110000; code <= 0x1fffff; code++) {
        char bytes[4];
        uint32_t got;
        encode(code, 4, bytes);
        unit_check(utf8_decode(bytes, 4, &got) == 0, "U+%06X was taken", code);
    }
}

static void test_every_two_and_three_bytes(void)
{
    for (uint32_t all = 0; all < 1U << 24; all++) {
        const char bytes[3] = {(char)(all >> 16), (char)(all >> 8), (char)all};
        if (bytes[2] == 0)
            compare(bytes, 2);
        compare(bytes, 3);
    }
}

static void test_four_bytes_at_the_limits(void)
{
    static const unsigned char limits[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90,
                                           0x9f, 0xa0, 0xbf, 0xc0, 0xf4, 0xff};
    for (unsigned int lead = 0xe0; lead <= 0xff; lead++)
        for (unsigned int second = 0; second <= 0xff; second++)
            for (size_t i = 0; i < sizeof limits; i++)
                for (size_t j = 0; j < sizeof limits; j++) {
                    const char bytes[4] = {(char)lead, (char)second, (char)limits[i],
                                           (char)limits[j]};
                    compare(bytes, 4);
                }
}

/* The cases of Markus Kuhn's decoder stress test, by their numbers there, and some more. */
static void test_stress_cases(void)
{
    static const struct {
        const char *name, *bytes;
        bool valid;
    } cases[] = {
        {"1 kosme", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", true},
        {"2.1.2 first of two bytes", "\xc2\x80", false}, /* U+0080: valid, but a control */
        {"2.1.3 first of three bytes", "\xe0\xa0\x80", true},
        {"2.1.4 first of four bytes", "\xf0\x90\x80\x80", true},
        {"2.1.5 first of five bytes", "\xf8\x88\x80\x80\x80", false},
        {"2.1.6 first of six bytes", "\xfc\x84\x80\x80\x80\x80", false},
        {"2.2.1 last of one byte", "\x7f", false}, /* DEL: a control */
        {"2.2.2 last of two bytes", "\xdf\xbf", true},
        {"2.2.3 last of three bytes", "\xef\xbf\xbf", true},
        {"2.2.4 last of four bytes", "\xf7\xbf\xbf\xbf", false},
        {"2.2.5 last of five bytes", "\xfb\xbf\xbf\xbf\xbf", false},
        {"2.2.6 last of six bytes", "\xfd\xbf\xbf\xbf\xbf\xbf", false},
        {"2.3.1 U+D7FF", "\xed\x9f\xbf", true},
        {"2.3.2 U+E000", "\xee\x80\x80", true},
        {"2.3.3 U+FFFD", "\xef\xbf\xbd", true},
        {"2.3.4 U+10FFFF", "\xf4\x8f\xbf\xbf", true},
        {"2.3.5 U+110000", "\xf4\x90\x80\x80", false},
        {"3.1.1 first continuation byte", "\x80", false},
        {"3.1.2 last continuation byte", "\xbf", false},
        {"3.1.3 two continuation bytes", "\x80\xbf", false},
        {"3.1.4 three continuation bytes", "\x80\xbf\x80", false},
        {"3.2.1 lonely lead of two", "\xc3 ", false},
        {"3.2.2 lonely lead of three", "\xe3 ", false},
        {"3.2.3 lonely lead of four", "\xf1 ", false},
        {"3.3.1 two bytes, last missing", "\xc3", false},
        {"3.3.2 three bytes, last missing", "\xe0\xa0", false},
        {"3.3.3 four bytes, last missing", "\xf0\x90\x80", false},
        {"3.3.6 three bytes, last missing", "\xef\xbf", false},
        {"3.3.7 four bytes, last missing", "\xf7\xbf\xbf", false},
        {"3.4 all of them in a row", "\xc0\xe0\x80\xf0\x80\x80\xf8\x80\x80\x80", false},
        {"3.5.1 FE", "\xfe", false},
        {"3.5.2 FF", "\xff", false},
        {"3.5.3 FE FE FF FF", "\xfe\xfe\xff\xff", false},
        {"4.1.1 overlong slash in two", "\xc0\xaf", false},
        {"4.1.2 overlong slash in three", "\xe0\x80\xaf", false},
        {"4.1.3 overlong slash in four", "\xf0\x80\x80\xaf", false},
        {"4.1.4 overlong slash in five", "\xf8\x80\x80\x80\xaf", false},
        {"4.2.1 longest overlong of two", "\xc1\xbf", false},
        {"4.2.2 longest overlong of three", "\xe0\x9f\xbf", false},
        {"4.2.3 longest overlong of four", "\xf0\x8f\xbf\xbf", false},
        {"4.3.1 overlong NUL in two", "\xc0\x80", false},
        {"4.3.2 overlong NUL in three", "\xe0\x80\x80", false},
        {"4.3.3 overlong NUL in four", "\xf0\x80\x80\x80", false},
        {"5.1.1 U+D800", "\xed\xa0\x80", false},
        {"5.1.3 U+DB80", "\xed\xae\x80", false},
        {"5.1.7 U+DFFF", "\xed\xbf\xbf", false},
        {"5.2.1 a pair of surrogates", "\xed\xa0\x80\xed\xb0\x80", false},
        {"5.3.1 U+FFFE", "\xef\xbf\xbe", true},
        {"a byte order mark", "\xef\xbb\xbf", true},
        {"good, then a lonely lead", "gr\xc3\xbc\xc3\x9f\x65\xe2\x82", false},
        {"lead, ASCII, continuation", "\xe2\x41\x82\xac", false},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        bool got = utf8_printable(cases[i].bytes, strlen(cases[i].bytes));
        unit_check(got == cases[i].valid, "%s, %s: expected %d, received %d", cases[i].name,
                   unit_quote(cases[i].bytes, strlen(cases[i].bytes)), cases[i].valid, got);
    }
}

static void test_printable_is_no_control(void)
{
    unit_check(utf8_printable("", 0), "empty text was refused");
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[4];
        size_t len = encode(code, shortest(code), bytes);
        bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
        unit_check(utf8_printable(bytes, len) == (is_scalar(code) && !control),
                   "U+%04X: printable is %d", code, utf8_printable(bytes, len));
    }
    for (unsigned int byte = 0; byte <= 0xff; byte++) {
        const char one[1] = {(char)byte};
        unit_check(utf8_printable(one, 1) == (byte >= 0x20 && byte < 0x7f), "byte %02x alone",
                   byte);
    }
}

static void test_one_bad_byte_anywhere(void)
{
    static const char text[] = "Gr\xc3\xbc\xc3\x9f\x65, \xe7\xae\xa1\xe7\x90\x86 \xf0\x9f\x98\x80!";
    const size_t len = sizeof text - 1;
    unit_check(utf8_printable(text, len), "the good text was refused");
    for (size_t at = 0; at < len; at++) {
        static const unsigned char bad[] = {0x00, 0x1b, 0x0a, 0x0d, 0x7f, 0xc0, 0xff};
        for (size_t i = 0; i < sizeof bad; i++) {
            char copy[sizeof text];
            memcpy(copy, text, sizeof text);
            copy[at] = (char)bad[i];
            unit_check(!utf8_printable(copy, len), "byte %02x at %zu was taken", bad[i], at);
        }
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_every_code_point),         TEST(test_overlong),
    TEST(test_beyond_the_last),          TEST(test_every_two_and_three_bytes),
    TEST(test_four_bytes_at_the_limits), TEST(test_stress_cases),
    TEST(test_printable_is_no_control),  TEST(test_one_bad_byte_anywhere),
};
UNIT_MAIN("utf8", tests)
