/* Which bytes may stand in a file name, a nick and a text: UTF-8, control characters, lengths. */
#include <stdio.h>
#include <string.h>

#include "conformance.h"

/* ---- three places for text ---- */

/* A request of a verb and n bytes; returns its length. */
static size_t make_line(char *line, char verb, const char *bytes, size_t n)
{
    verdict_check(n < 1000, "too much for a line of this test");
    line[0] = verb;
    line[1] = ' ';
    memcpy(line + 2, bytes, n);
    line[n + 2] = '\n';
    return n + 3;
}

static void try_name(struct wire *wire, const char *bytes, size_t n, bool good)
{
    char line[1100];

    n = make_line(line, 'G', bytes, n);
    suite_refused_bytes(wire, line, n, good ? "not-found" : "bad-name");
}

static void try_nick(struct wire *wire, const char *bytes, size_t n, bool good)
{
    char line[1100];

    n = make_line(line, 'C', bytes, n);
    wire_send(wire, line, n);
    if (!good) {
        wire_expect_error(wire, "bad-nick");
        return;
    }
    wire_expect_ok(wire);
    wire_puts(wire, "W\n");
    wire_expect_body(wire, line + 2, n - 2); /* the nick and its LF */
    wire_ask_ok(wire, "X\n");
}

/* The wire is a member's. */
static void try_text(struct wire *wire, const char *bytes, size_t n, bool good)
{
    char line[1100];

    n = make_line(line, 'S', bytes, n);
    wire_send(wire, line, n);
    if (good)
        wire_expect_ok(wire);
    else
        wire_expect_error(wire, "bad-request");
}

typedef void try_function(struct wire *wire, const char *bytes, size_t n, bool good);

/* ---- UTF-8 ---- */

struct sequence {
    const char *bytes;
    bool good;
};

/* After Markus Kuhn's decoder stress test: what is valid by table 3-7 of the Unicode standard. */
static const struct sequence sequences[] = {
    {"\xc2\xa0", true},     /* U+00A0, the first behind C1 */
    {"\xc3\xa4", true},     /* a umlaut */
    {"\xdf\xbf", true},     /* U+07FF, the last of two bytes */
    {"\xe0\xa0\x80", true}, /* U+0800, the first of three */
    {"\xe4\xbd\xa0\xe5\xa5\xbd", true},
    {"\xed\x9f\xbf", true},     /* U+D7FF, before the surrogates */
    {"\xee\x80\x80", true},     /* U+E000, behind them */
    {"\xef\xbf\xbd", true},     /* U+FFFD */
    {"\xef\xbf\xbf", true},     /* U+FFFF: no character, but valid UTF-8 */
    {"\xf0\x90\x80\x80", true}, /* U+10000 */
    {"\xf0\x9f\x90\xa7", true},
    {"\xf4\x8f\xbf\xbf", true}, /* U+10FFFF, the last of all */
    {"\x80", false},            /* lone continuation bytes */
    {"\xbf", false},
    {"\x80\xbf\x80", false},
    {"\xc0\x80", false}, /* overlong */
    {"\xc0\xaf", false},
    {"\xc1\xbf", false},
    {"\xe0\x80\x80", false},
    {"\xe0\x80\xaf", false},
    {"\xe0\x9f\xbf", false},
    {"\xf0\x80\x80\x80", false},
    {"\xf0\x80\x80\xaf", false},
    {"\xf0\x8f\xbf\xbf", false},
    {"\xf8\x80\x80\x80\xaf", false},
    {"\xfc\x80\x80\x80\x80\xaf", false},
    {"\xed\xa0\x80", false}, /* surrogates, alone and in pairs */
    {"\xed\xad\xbf", false},
    {"\xed\xae\x80", false},
    {"\xed\xbf\xbf", false},
    {"\xed\xa0\x80\xed\xb0\x80", false},
    {"\xf4\x90\x80\x80", false}, /* beyond U+10FFFF */
    {"\xf5\x80\x80\x80", false},
    {"\xf7\xbf\xbf\xbf", false},
    {"\xf8\x88\x80\x80\x80", false},
    {"\xfb\xbf\xbf\xbf\xbf", false},
    {"\xfd\xbf\xbf\xbf\xbf\xbf", false},
    {"\xfe", false}, /* never in UTF-8 */
    {"\xff", false},
    {"\xfe\xfe\xff\xff", false},
    {"\xc3", false}, /* cut short: at the end, and by the next character */
    {"\xe0\xa0", false},
    {"\xe4\xbd", false},
    {"\xf0\x90\x80", false},
    {"\xf0\x9f", false},
    {"\xf0", false},
    {"\xc3(", false},
    {"\xe4\xbd(", false},
    {"\xf0\x9f\x90(", false},
    {"\xe4(\xa0", false},
    {"\xf0(\x90\xa7", false},
    {"\xc3\xc3\xa4", false},
};

static void try_sequences(struct wire *wire, try_function *try)
{
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        char text[32];
        int n = snprintf(text, sizeof text, "%s", sequences[i].bytes);

        try(wire, text, (size_t)n, sequences[i].good);
        n = snprintf(text, sizeof text, "a%sz", sequences[i].bytes);
        try(wire, text, (size_t)n, sequences[i].good);
    }
}

/* Each byte between two letters. CR and LF belong to the line and are tried elsewhere. */
static void try_bytes(struct wire *wire, try_function *try, const char *forbidden)
{
    for (int byte = 0; byte < 256; byte++) {
        char text[3] = {'a', (char)byte, 'b'};
        bool good = byte >= 0x20 && byte < 0x7f && !strchr(forbidden, byte);

        if (byte != '\n')
            try(wire, text, sizeof text, good);
    }
}

/* U+0080 to U+009F are control characters as well, U+00A0 is none. */
static void try_c1(struct wire *wire, try_function *try)
{
    for (int code = 0x80; code <= 0xa0; code++) {
        char text[4] = {'a', '\xc2', (char)code, 'b'};

        try(wire, text, sizeof text, code == 0xa0);
    }
}

static void try_all(struct wire *wire, try_function *try, const char *forbidden)
{
    try_sequences(wire, try);
    try_bytes(wire, try, forbidden);
    try_c1(wire, try);
}

static void bytes_in_names(void)
{
    try_all(suite_open(), try_name, "/");
}

static void bytes_in_nicks(void)
{
    try_all(suite_open(), try_nick, " ");
}

static void bytes_in_texts(void)
{
    try_all(suite_member("linguist"), try_text, "");
}

/* ---- nicks and texts ---- */

static void nick_lengths(struct wire *wire)
{
    char nick[40];

    memset(nick, 'n', sizeof nick);
    try_nick(wire, nick, 1, true);
    try_nick(wire, nick, 32, true);
    try_nick(wire, nick, 33, false);
    try_nick(wire, nick, 40, false);
    for (size_t i = 0; i < 39; i++)
        nick[i] = "\xe5\xa5\xbd"[i % 3];
    try_nick(wire, nick, 30, true);
    try_nick(wire, nick, 33, false);
}

static void nick_admin(struct wire *wire)
{
    static const char *const refused[] = {"admin", "Admin", "ADMIN",
                                          "aDmIn", "adMIN", "\xe7\xae\xa1\xe7\x90\x86\xe5\x91\x98"};
    static const char *const taken[] = {"admin2", "administrator", "adm",
                                        "_admin", "admi",          "\xe7\xae\xa1\xe7\x90\x86"};

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        try_nick(wire, refused[i], strlen(refused[i]), false);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        try_nick(wire, taken[i], strlen(taken[i]), true);
}

/* A long text arrives as it was sent, with its spaces: so long that the event is longer than a
 * request may be. */
static void text_kept(void)
{
    struct wire *speaker, *listener;
    char text[1022];

    listener = suite_member("a_nick_of_thirty-two_bytes_12345");
    speaker = suite_member("b_nick_of_thirty-two_bytes_12345");
    wire_expect_event(listener, "* JOIN b_nick_of_thirty-two_bytes_12345");
    wire_puts(speaker, "S   two in front, two behind  \nS \nS  \nS x\r\n");
    wire_expect_ok(speaker);
    wire_expect_error(speaker, "bad-request");
    wire_expect_oks(speaker, 2);
    wire_expect_event(listener,
                      "* SAY b_nick_of_thirty-two_bytes_12345   two in front, two behind  ");
    wire_expect_event(listener, "* SAY b_nick_of_thirty-two_bytes_12345  ");
    wire_expect_event(listener, "* SAY b_nick_of_thirty-two_bytes_12345 x");
    for (size_t i = 0; i < sizeof text - 1; i++)
        text[i] = (char)('a' + i % 26);
    text[sizeof text - 1] = '\0';
    wire_ask_ok(speaker, "S %s\n", text);
    wire_expect_event(listener, "* SAY b_nick_of_thirty-two_bytes_12345 %s", text);
}

const struct conformance_case byte_cases[] = {
    {"name_bytes", ON_ALL, CASE_SHARED, .run = bytes_in_names},
    {"nick_bytes", ON_ALL, CASE_SHARED, .run = bytes_in_nicks},
    {"nick_lengths", ON_ALL, CASE_SHARED, .talk = nick_lengths},
    {"nick_admin", ON_ALL, CASE_SHARED, .talk = nick_admin},
    {"text_bytes", ON_ALL, CASE_SHARED, .run = bytes_in_texts},
    {"text_kept", ON_MANY, .run = text_kept},
    {.name = NULL},
};
