/* test_pieces.c: the pieces of the client that need no server: visible text, words, names of
 * commands */
#include "parts_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/argv_split.h"
#include "commands.h"
#include "terminal/wide.h"

/* ---- visible ---- */

static const struct {
    const char *in, *out;
} visible_cases[] = {
    {"", ""},
    {"plain text, 中文, é, 🙂", "plain text, 中文, é, 🙂"},
    {"a\\b", "a\\b"},
    {"\033[31mred\033[0m", "\\x1b[31mred\\x1b[0m"},
    {"a\tb\nc\rd", "a\\x09b\\x0ac\\x0dd"},
    {"\177", "\\x7f"},
    {"\302\233"
     "31m",
     "\\xc2\\x9b31m"}, /* CSI of C1 */
    {"\xff\xfe", "\\xff\\xfe"},
    {"\xc0\xaf", "\\xc0\\xaf"},          /* an overlong '/' */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
    {"\xe4\xb8", "\\xe4\\xb8"},          /* cut */
    {"\xe4\xb8x", "\\xe4\\xb8x"},
    {"abc\u202edcba", "abc<U+202E>dcba"},
    {"\u2028\u2029\u202a\u202b\u202c\u202d\u202e",
     "<U+2028><U+2029><U+202A><U+202B><U+202C><U+202D><U+202E>"},
    {"\u2066\u2067\u2068\u2069\u206f", "<U+2066><U+2067><U+2068><U+2069><U+206F>"},
    {"\ufeff\ufff9\ufffb\u00ad", "<U+FEFF><U+FFF9><U+FFFB><U+00AD>"},
    {"\U000e0001\U000e0067x\U000e007f", "<U+E0001><U+E0067>x<U+E007F>"},
    {"\u2010\u2027\u202f\u2070\ufffc", "\u2010\u2027\u202f\u2070\ufffc"}, /* just outside */
    {"👨‍👩‍👧", "👨‍👩‍👧"},
    {"❤️‍🔥", "❤️‍🔥"},
    /* what writing needs: Persian, Hindi, Sinhala, Khmer, Hebrew, Arabic, Mongolian */
    {"می\u200cخواهم", "می\u200cخواهم"},
    {"र्\u200dय क्\u200cष", "र्\u200dय क्\u200cष"},
    {"ශ්\u200dරී", "ශ්\u200dරී"},
    {"ភាសា\u200bខ្មែរ", "ភាសា\u200bខ្មែរ"},
    {"שלום\u200f!\u200e \u061cسلام", "שלום\u200f!\u200e \u061cسلام"},
    {"ᠠ\u180eᠠ\u034f\u2060", "ᠠ\u180eᠠ\u034f\u2060"},
    {"🏳️\u200d🌈👍🏽", "🏳️\u200d🌈👍🏽"},
    {"🏴󠁧󠁢󠁷󠁬󠁳󠁿", "🏴󠁧󠁢󠁷󠁬󠁳󠁿"}, /* Wales: a flag, and tags */
};

static void test_visible(void)
{
    for (size_t i = 0; i < UNIT_COUNT(visible_cases); i++) {
        const char *in = visible_cases[i].in, *want = visible_cases[i].out;
        char out[512];
        size_t len = strlen(in);
        lab_visible(out, sizeof out, in, len);
        unit_same("visible", in, len, want, strlen(want), out, strlen(out));
        unit_check(strlen(out) < LAB_VISIBLE_SIZE(len), "longer than VISIBLE_SIZE says");
        lab_visible(out, sizeof out, want, strlen(want));
        unit_same("made visible again", in, len, want, strlen(want), out, strlen(out));
    }
}

/* Cut at every length: never more than fits, never a part of something. */
static void test_visible_cut(void)
{
    static const char in[] = "a中\033\u202e🙂";
    static const char *const beginnings[] = {
        "", "a", "a中", "a中\\x1b", "a中\\x1b<U+202E>", "a中\\x1b<U+202E>🙂"};
    for (size_t size = 1; size < 40; size++) {
        char out[40];
        const char *want = "";
        for (size_t i = 0; i < UNIT_COUNT(beginnings); i++)
            if (strlen(beginnings[i]) < size)
                want = beginnings[i];
        lab_visible(out, size, in, sizeof in - 1);
        unit_same("cut", in, size, want, strlen(want), out, strlen(out));
    }
}

/* No input makes it print something that is not printable. */
static void test_visible_random(void)
{
    struct unit_random random = {.state = 3};
    for (int round = 0; round < 20000; round++) {
        char in[16], out[LAB_VISIBLE_SIZE(sizeof in)];
        for (size_t i = 0; i < sizeof in; i++)
            in[i] = (char)unit_random_below(&random, 256);
        lab_visible(out, sizeof out, in, sizeof in);
        for (const char *c = out; *c != '\0'; c++)
            unit_check((unsigned char)*c >= 0x20 && *c != 0x7f, "a control character came out");
    }
}

static void test_width(void)
{
    static const struct {
        const char *text;
        size_t width, columns, fits;
    } cases[] = {{"", 0, 5, 0},          {"abc", 3, 2, 2},
                 {"中文", 4, 3, 3},      {"中文", 4, 4, 6},
                 {"e\u0301x", 2, 1, 3},  {"\xff", 1, 1, 1},
                 {"🙂a", 3, 1, 0},     {"a：b", 4, 3, 4},
                 {"می\u200cخ", 3, 2, 7}, {"\u200e\u200f\u061c\u200b\u2060", 0, 0, 14},
                 {"क्\u200dष", 2, 1, 9}};
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        unit_check(wide_columns(cases[i].text) == cases[i].width, "\"%s\" is %zu columns wide",
                   cases[i].text, wide_columns(cases[i].text));
        unit_check(wide_fit(cases[i].text, cases[i].columns) == cases[i].fits,
                   "of \"%s\" %zu bytes fit into %zu columns", cases[i].text,
                   wide_fit(cases[i].text, cases[i].columns), cases[i].columns);
    }
}

/* ---- words ---- */

/* Words in brackets, a '*' before patterns; commands apart by '|'. */
static const struct {
    const char *line, *want;
} argv_cases[] = {
    {"", ""},
    {"   ", ""},
    {"list", "[list]"},
    {"  get  a\tb ", "[get][a][b]"},
    {"get 'reading list.txt'", "[get][reading list.txt]"},
    {"get \"a 'b' \\\"c\\\" \\\\ \\d\"", "[get][a 'b' \"c\" \\ \\d]"},
    {"get reading\\ list.txt", "[get][reading list.txt]"},
    {"say it's me", "[say][it's][me]"},
    {"say we're #1", "[say][we're][#1]"},
    {"get 'a'b", "[get][ab]"},
    {"get ''", "[get][]"},
    {"get *.txt '*.c' \\*.h a?b [x]", "[get]*[*.txt][*.c][*.h]*[a?b]*[[x]]"},
    {"list; get a;b", "[list]|[get][a]|[b]"},
    {"list;", "[list]|"},
    {";;", "||"},
    {"get 'a;b' \"c;d\" e\\;f", "[get][a;b][c;d][e;f]"},
    {"# all of it; list", ""},
    {"  # too\nlist", "|[list]"},
    {"list\nwho", "[list]|[who]"},
    {"list\r\nget a\r\n", "[list]|[get][a]|"},
    {"list a\r", "[list][a]"},
    {"list; who\r\n# no\r\n\r\nget 'a'\r\n", "[list]|[who]|||[get][a]|"},
    {"say a\rb", "[say][a\rb]"},
    {"get 诗.txt 「」", "[get][诗.txt][「」]"},
    {"get a\\", "[get][a\\]"},
    {"get 'a", "?"},
    {"get \"a\\\"", "?"},
    {"list; get \"", "[list]|?"},
};

static void describe(char *to, size_t size, const char *line)
{
    size_t at = 0;
    to[0] = '\0';
    while (line != NULL) {
        struct argv argv;
        enum argv_status status = argv_split(&argv, line, &line);
        for (size_t i = 0; status == ARGV_OK && i < argv.count; i++)
            at += (size_t)snprintf(to + at, size - at, "%s[%s]", argv.arg[i].pattern ? "*" : "",
                                   argv.arg[i].text);
        if (status != ARGV_OK)
            line = NULL;
        at += (size_t)snprintf(to + at, size - at, "%s%s", status != ARGV_OK ? "?" : "",
                               line != NULL ? "|" : "");
        argv_end(&argv);
    }
}

static void test_words(void)
{
    for (size_t i = 0; i < UNIT_COUNT(argv_cases); i++) {
        char got[512];
        const char *line = argv_cases[i].line, *want = argv_cases[i].want;
        describe(got, sizeof got, line);
        unit_same("words", line, strlen(line), want, strlen(want), got, strlen(got));
    }
}

/* What argv_quote makes of a text is one word, and that text again. */
static void quote_one(const char *text, char open)
{
    struct argv argv;
    const char *rest;
    char *quoted = argv_quote(text, open);
    unit_check(quoted != NULL, "no memory");
    unit_check(open == '\0' || quoted[0] == '\'' || quoted[0] == '"', "not quoted: %s", quoted);
    enum argv_status status = argv_split(&argv, quoted, &rest);
    unit_check(status == ARGV_OK && rest == NULL && argv.count == 1 && !argv.arg[0].pattern &&
                   strcmp(argv.arg[0].text, text) == 0,
               "\"%s\" was quoted as: %s", text, quoted);
    argv_end(&argv);
    free(quoted);
}

static void test_quote(void)
{
    static const char *const texts[] = {"a.txt", "reading list.txt",
                                        "it's",  "'",
                                        "\"",    "a\"b 'c' \\d",
                                        "*.txt", "#1",
                                        "a#",    "a;b",
                                        "诗 诗", "",
                                        "\\",    "-f",
                                        "a\tb"};
    struct unit_random random = {.state = 11};
    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        for (const char *open = "'\""; *open != '\0'; open++) {
            quote_one(texts[i], '\0');
            quote_one(texts[i], *open);
        }
    for (int round = 0; round < 20000; round++) {
        static const char alphabet[] = "ab '\"\\;#*?[";
        char text[8] = "";
        for (size_t i = 0; i < sizeof text - 1; i++)
            text[i] = alphabet[unit_random_below(&random, sizeof alphabet)];
        quote_one(text, "'\""[round & 1]);
        quote_one(text, '\0');
    }
}

/* ---- commands by a beginning of their names ---- */

static void test_prefixes(void)
{
    static const struct {
        const char *typed, *found;
        size_t matches;
    } cases[] = {
        {"list", "list", 1}, {"ls", "list", 1}, {"g", "get", 1},    {"l", NULL, 4},
        {"li", "list", 1},   {"ll", "lls", 1},  {"le", "leave", 1}, {"exit", "quit", 1},
        {"x", NULL, 0},      {"", NULL, 0},     {"lists", NULL, 0},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        size_t matches;
        const struct command *command = command_find(cases[i].typed, &matches);
        unit_check(matches == cases[i].matches, "%s: %zu", cases[i].typed, matches);
        unit_check(cases[i].found == NULL
                       ? command == NULL
                       : command != NULL && strcmp(command->name, cases[i].found) == 0,
                   "%s: another command", cases[i].typed);
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_visible), TEST(test_visible_cut), TEST(test_visible_random), TEST(test_width),
    TEST(test_words),   TEST(test_quote),       TEST(test_prefixes),
};
PARTS_MAIN("pieces of the client", tests)
