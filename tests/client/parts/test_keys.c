/* test_keys.c: from the bytes of a terminal to keys, without a terminal */
#include "parts_main.h"

#include <stdio.h>
#include <string.h>

#include "key_source.h"
#include "terminal/keys.h"
#include "terminal/wide.h"

/* The source of the bytes, and what came out. */
struct source {
    struct key_source in;
    char got[1024]; /* what was typed, <keys>, {what was pasted} */
    size_t at;
    bool pasted;
};

static void add(struct source *source, const char *text, size_t len)
{
    unit_check(source->at + len < sizeof source->got, "too much of it");
    memcpy(source->got + source->at, text, len);
    source->at += len;
    source->got[source->at] = '\0';
}

static void add_key(struct source *source, struct key key)
{
    static const char *const names[] = {"<up>",  "<down>", "<right>", "<left>",    "<home>",
                                        "<end>", "<del>",  "<word>",  "<wordback>"};
    char bytes[WIDE_BYTES + 1];
    size_t len = 0;
    if (key.code >= KEY_UP && key.code < KEY_UP + UNIT_COUNT(names)) {
        add(source, names[key.code - KEY_UP], strlen(names[key.code - KEY_UP]));
        return;
    }
    if (key.code >= KEY_ALT)
        bytes[len++] = '\033';
    len += wide_encode(bytes + len, (wchar_t)(key.code & ~(uint32_t)KEY_ALT));
    add(source, bytes, len);
}

static void pasting(struct source *source, bool pasted)
{
    if (pasted != source->pasted)
        add(source, pasted ? "{" : "}", 1);
    source->pasted = pasted;
}

static void take(struct source *source)
{
    struct key key;
    while (keys_next(&source->in.keys, &key)) {
        pasting(source, key.pasted);
        add_key(source, key);
    }
}

static void give(struct source *source, const char *bytes, size_t len)
{
    key_source_type(&source->in, bytes, len);
    take(source);
}

/* Every cut in two, and a byte at a time. */
static void expect(const char *bytes, const char *want)
{
    size_t len = strlen(bytes);
    for (size_t cut = 0; cut <= len + 1; cut++) {
        struct source source = {.at = 0};
        key_source_begin(&source.in);
        if (cut <= len) {
            give(&source, bytes, cut);
            give(&source, bytes + cut, len - cut);
        }
        for (size_t i = 0; cut > len && i < len; i++)
            give(&source, bytes + i, 1);
        pasting(&source, false);
        unit_same("keys", bytes, len, want, strlen(want), source.got, source.at);
        key_source_end(&source.in);
    }
}

static void test_sequences(void)
{
    static const struct {
        const char *bytes, *want;
    } cases[] = {
        {"abc", "abc"},
        {"a中\U0001f642z", "a中\U0001f642z"},
        {"a\xe4\xb8z\xff.", "az."}, /* no UTF-8 */
        {"a\033[Ab", "a<up>b"},
        {"a\033[3~b\033OHc", "a<del>b<home>c"},
        {"a\033[1;5Cb", "a<word>b"},
        {"a\033[15~b", "ab"},                     /* F5 */
        {"a\033[1;2Ab", "ab"},                    /* Shift and Up */
        {"a\033[27;5;9~b", "ab"},                 /* Ctrl and Tab, as xterm has it */
        {"a\033[105;5ub", "ab"},                  /* and as kitty */
        {"a\033OPb\033O5Qc", "abc"},              /* F1, Ctrl and F2 */
        {"a\033[[Ab\033[[Ec", "abc"},             /* F1 and F5 of the Linux console */
        {"a\033[Ib\033[Oc", "abc"},               /* focus comes and goes */
        {"a\033[<0;12;5Mb\033[<0;12;5mc", "abc"}, /* mouse: SGR, urxvt, X10 */
        {"a\033[32;12;5Mb", "ab"},
        {"a\033[M !!b", "ab"},
        {"a\033[M\x80\xff\x20z", "az"},
        {"a\033[24;80Rb\033[?62;22cc", "abc"}, /* answers: where, what */
        {"a\033[?2027;2$yb", "ab"},
        {"a\033]11;rgb:0000/0000/0000\007b", "ab"}, /* OSC, ended either way */
        {"a\033]11;rgb:0000/0000/0000\033\\b", "ab"},
        {"a\033P1$r0m\033\\b", "ab"}, /* DCS, APC, PM, SOS */
        {"a\033_Gi=1;OK\033\\b\033^x\033\\c\033Xy\033\\d", "abcd"},
        {"a\033]0;half\rb", "a\rb"}, /* Enter ends it */
        {"a\033]0;half\033[Ab", "a<up>b"},
        {"a\033\033[Ab\033\033OPc\033\033\033[15~d", "abcd"}, /* Alt, and a key */
        {"a\033bc\033\rd", "a\033bc\033\rd"},                 /* Alt and b, and Enter */
        {"a\033中b", "a\033中b"},
        {"a\033[1\rb\033[2\033[Ac\033O\003d", "a\rb<up>c\003d"}, /* broken off */
        {"a\033[1中b", "a中b"},
        {"a\302\233Ab\302\233"
         "15~c\302\217Pd\302\235x\007e",
         "a<up>bcde"}, /* C1 */
        {"a\302\205\302\200b", "ab"},
        {"\ufeffa\ufeff", "a"}, /* the byte order mark */
        {"\033[200~x\033[201~", "{x}"},
        {"a\033[200~list\r\nget b\rc\n\033[201~d", "a{list\nget b\nc\n}d"},
        {"\033[200~\ufeffa\tb\033[A\004\177\302\2335\033[201~", "{a b[A5}"},
        {"\033[200~\033[200~\033[201~\033[201~z", "{[200~}z"},
        {"\033\033[200~x\033[201~", "{x}"}, /* broken off by a paste */
        {"\033\033\033[200~x\033[201~", "{x}"},
        {"\033[1\033[200~x\033[201~", "{x}"},
        {"\033[M \033[200~x\033[201~\033[[\033[200~x\033[201~", "{xx}"},
        {"\033Px\033[200~x\033[201~", "{x}"},
        {"\033[200~\033[201~z\033[201~", "z"},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        expect(cases[i].bytes, cases[i].want);
}

/* What is longer than can be kept is dropped all the same. */
static void test_long_sequences(void)
{
    static const char *const heads[] = {"\033[", "\033]52;c;", "\033P", "\033O"};
    static const char *const ends[] = {"A", "\007", "\033\\", "A"};
    for (size_t i = 0; i < UNIT_COUNT(heads); i++)
        for (size_t size = 1; size < 2000; size += 37) {
            char bytes[2100];
            size_t len =
                (size_t)snprintf(bytes, sizeof bytes, "%s%0*d%sz", heads[i], (int)size, 0, ends[i]);
            struct source source = {.at = 0};
            key_source_begin(&source.in);
            for (size_t at = 0, n; at < len; at += n) {
                n = len - at < 100 ? len - at : 100;
                give(&source, bytes + at, n);
            }
            unit_same("long", bytes, len, "z", 1, source.got, source.at);
            key_source_end(&source.in);
        }
}

/* A key that is not continued was one: nobody waits for the end of what is none. */
static void test_pause(void)
{
    static const struct {
        const char *before, *behind, *want;
    } cases[] = {
        {"\033", "b", "\033b"},
        {"\033[", "A", "A"},
        {"\033P", "list", "list"},
        {"\033]0;title", "x", "x"},
        {"\033]0;title\033", "x", "\033x"},
        {"\033\033", "x", "\033x"},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct source source = {.at = 0};
        key_source_begin(&source.in);
        unit_check(keys_wait(&source.in.keys) == -1, "nothing has begun");
        give(&source, cases[i].before, strlen(cases[i].before));
        unit_check(source.at == 0, "%s came too early", source.got);
        unit_check(keys_wait(&source.in.keys) == KEYS_PAUSE, "it waits for %d ms",
                   keys_wait(&source.in.keys));
        keys_pause(&source.in.keys);
        take(&source);
        unit_check(keys_wait(&source.in.keys) == -1, "it waits on");
        give(&source, cases[i].behind, strlen(cases[i].behind));
        unit_same("behind a pause", cases[i].before, strlen(cases[i].before), cases[i].want,
                  strlen(cases[i].want), source.got, source.at);
        key_source_end(&source.in);
    }
}

/* No bytes at all make it stand still, or hand out what no key sends. */
static void test_random(void)
{
    static const char alphabet[] = "\033\033\033[[O]P_~200201;<?AM\007\\\r\n\302\233\200\344\270a";
    struct unit_random random = {.state = 5};
    for (int round = 0; round < 20000; round++) {
        struct source source = {.at = 0};
        key_source_begin(&source.in);
        for (int piece = 0; piece < 4; piece++) {
            char bytes[16];
            for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = alphabet[unit_random_below(&random, sizeof alphabet - 1)];
            give(&source, bytes, unit_random_below(&random, sizeof bytes - 1) + 1);
        }
        keys_pause(&source.in.keys);
        take(&source);
        unit_check(source.in.keys.pasting || source.in.keys.to - source.in.keys.from < 4,
                   "%zu bytes are left", source.in.keys.to - source.in.keys.from);
        key_source_end(&source.in);
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_sequences),
    TEST(test_long_sequences),
    TEST(test_pause),
    TEST(test_random),
};
PARTS_MAIN("keys", tests)
