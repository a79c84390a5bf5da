/* test_keys.c: from the bytes of a terminal to characters, without a terminal */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "terminal/keys.h"
#include "terminal/wide.h"

/* Somebody has bound these. */
static bool is_bound(void *context, const char *key, size_t len)
{
    static const char *const bound[] = {"\033[A", "\033[3~", "\033OH", "\033[1;5C"};
    (void)context;
    for (size_t i = 0; i < UNIT_COUNT(bound); i++)
        if (strlen(bound[i]) == len && memcmp(bound[i], key, len) == 0)
            return true;
    return false;
}

/* Where the bytes come from: a pipe, in pieces. */
struct source {
    struct keys keys;
    int ends[2];
    char got[1024]; /* what was typed, {what was pasted} */
    size_t at;
};

static void source_begin(struct source *source)
{
    memset(source, 0, sizeof *source);
    source->keys.is_bound = is_bound;
    unit_check(pipe2(source->ends, O_CLOEXEC | O_NONBLOCK) == 0, "pipe: %s", strerror(errno));
}

static void source_end(struct source *source)
{
    (void)close(source->ends[0]);
    (void)close(source->ends[1]);
}

static void add(struct source *source, const wchar_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unit_check(source->at + WIDE_BYTES < sizeof source->got, "too much of it");
        source->at += wide_encode(source->got + source->at, text[i]);
    }
    source->got[source->at] = '\0';
}

static void take(struct source *source)
{
    wchar_t c;
    while (keys_next(&source->keys, &c)) {
        size_t len = 1;
        const wchar_t *text = c == KEYS_PASTED ? keys_paste(&source->keys, &len) : &c;
        bool begins = c == KEYS_PASTED && (source->at == 0 || source->got[source->at - 1] != '}');
        if (c == KEYS_PASTED && !begins)
            source->at--; /* the next piece of the same */
        if (begins)
            add(source, L"{", 1);
        add(source, text, len);
        if (c == KEYS_PASTED)
            add(source, L"}", 1);
    }
}

static void give(struct source *source, const char *bytes, size_t len)
{
    if (len > 0)
        unit_check(write(source->ends[1], bytes, len) == (ssize_t)len, "write");
    unit_check(keys_read(&source->keys, source->ends[0]), "an end");
    take(source);
}

/* Every cut in two, and a byte at a time. */
static void expect(const char *bytes, const char *want)
{
    size_t len = strlen(bytes);
    for (size_t cut = 0; cut <= len + 1; cut++) {
        struct source source;
        source_begin(&source);
        if (cut <= len) {
            give(&source, bytes, cut);
            give(&source, bytes + cut, len - cut);
        }
        for (size_t i = 0; cut > len && i < len; i++)
            give(&source, bytes + i, 1);
        unit_same("keys", bytes, len, want, strlen(want), source.got, source.at);
        source_end(&source);
    }
}

static void test_sequences(void **state)
{
    static const struct {
        const char *bytes, *want;
    } cases[] = {
        {"abc", "abc"},
        {"a中\U0001f642z", "a中\U0001f642z"},
        {"a\xe4\xb8z\xff.", "az."}, /* no UTF-8 */
        {"a\033[Ab", "a\033[Ab"},   /* bound */
        {"a\033[3~b\033OHc", "a\033[3~b\033OHc"},
        {"a\033[1;5Cb", "a\033[1;5Cb"},
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
        {"a\033]0;half\033[Ab", "a\033[Ab"},
        {"a\033\033[Ab\033\033OPc\033\033\033[15~d", "abcd"}, /* Alt, and a key */
        {"a\033bc\033\rd", "a\033bc\033\rd"},                 /* Alt and b, and Enter */
        {"a\033中b", "a\033中b"},
        {"a\033[1\rb\033[2\033[Ac\033O\003d", "a\rb\033[Ac\003d"}, /* broken off */
        {"a\033[1中b", "a中b"},
        {"a\302\233Ab\302\233"
         "15~c\302\217Pd\302\235x\007e",
         "a\033[Abcde"}, /* C1 */
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
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        expect(cases[i].bytes, cases[i].want);
}

/* What is longer than can be kept is dropped all the same. */
static void test_long_sequences(void **state)
{
    static const char *const heads[] = {"\033[", "\033]52;c;", "\033P", "\033O"};
    static const char *const ends[] = {"A", "\007", "\033\\", "A"};
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(heads); i++)
        for (size_t size = 1; size < 2000; size += 37) {
            char bytes[2100];
            size_t len =
                (size_t)snprintf(bytes, sizeof bytes, "%s%0*d%sz", heads[i], (int)size, 0, ends[i]);
            struct source source;
            source_begin(&source);
            for (size_t at = 0, n; at < len; at += n) {
                n = len - at < 100 ? len - at : 100;
                give(&source, bytes + at, n);
            }
            unit_same("long", bytes, len, "z", 1, source.got, source.at);
            source_end(&source);
        }
}

/* A key that is not continued was one: nobody waits for the end of what is none. */
static void test_pause(void **state)
{
    static const struct {
        const char *before, *behind, *want;
        bool escape;
    } cases[] = {
        {"\033", "b", "\033b", false},
        {"\033", "^", "\033^", true},
        {"\033[", "A", "A", false},
        {"\033[", "A", "\033[A", true},
        {"\033P", "list", "list", false},
        {"\033P", "list", "\033Plist", true},
        {"\033]0;title", "x", "x", false},
        {"\033]0;title\033", "x", "\033x", false},
        {"\033\033", "x", "\033\033x", false},
    };
    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct source source;
        source_begin(&source);
        source.keys.escape = cases[i].escape;
        unit_check(keys_wait(&source.keys) == -1, "nothing has begun");
        give(&source, cases[i].before, strlen(cases[i].before));
        unit_check(source.at == 0, "%s came too early", source.got);
        unit_check(keys_wait(&source.keys) == (cases[i].escape ? KEYS_PAUSE_SHORT : KEYS_PAUSE),
                   "it waits for %d ms", keys_wait(&source.keys));
        keys_pause(&source.keys);
        take(&source);
        unit_check(keys_wait(&source.keys) == -1, "it waits on");
        give(&source, cases[i].behind, strlen(cases[i].behind));
        unit_same("behind a pause", cases[i].before, strlen(cases[i].before), cases[i].want,
                  strlen(cases[i].want), source.got, source.at);
        source_end(&source);
    }
}

/* Whoever knows no KEYS_PASTED gets it as text. */
static void test_paste_as_characters(void **state)
{
    static const char bytes[] = "\033[200~ab\nc\033[201~d";
    static const wchar_t want[] = {KEYS_PASTED, KEYS_PASTED, L'a', L'b', L' ', L'c', L'd'};
    struct source source;
    wchar_t c;
    size_t at = 0;
    (void)state;
    source_begin(&source);
    unit_check(write(source.ends[1], bytes, sizeof bytes - 1) > 0, "write");
    unit_check(keys_read(&source.keys, source.ends[0]), "an end");
    for (; keys_next(&source.keys, &c); at++)
        unit_check(at < UNIT_COUNT(want) && c == want[at], "character %zu is %x", at,
                   (unsigned int)c);
    unit_check(at == UNIT_COUNT(want), "%zu characters", at);
    source_end(&source);
}

/* No bytes at all make it stand still, or hand out what no key sends. */
static void test_random(void **state)
{
    static const char alphabet[] = "\033\033\033[[O]P_~200201;<?AM\007\\\r\n\302\233\200\344\270a";
    struct unit_random random = {.state = 5};
    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct source source;
        source_begin(&source);
        for (int piece = 0; piece < 4; piece++) {
            char bytes[16];
            for (size_t i = 0; i < sizeof bytes; i++)
                bytes[i] = alphabet[unit_random_below(&random, sizeof alphabet - 1)];
            give(&source, bytes, unit_random_below(&random, sizeof bytes - 1) + 1);
        }
        keys_pause(&source.keys);
        take(&source);
        unit_check(source.keys.pasting || source.keys.to - source.keys.from < 4,
                   "%zu bytes are left", source.keys.to - source.keys.from);
        source_end(&source);
    }
}

static const struct CMUnitTest tests[] = {
    UNIT(test_sequences),           UNIT(test_long_sequences), UNIT(test_pause),
    UNIT(test_paste_as_characters), UNIT(test_random),
};

int main(int argc, char **argv)
{
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return unit_run("keys", tests, argc, argv);
}
