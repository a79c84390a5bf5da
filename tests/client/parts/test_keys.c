/* test_keys.c: from the bytes of a terminal to keys, and from keys to a line, without a terminal */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal/edit.h"
#include "terminal/keys.h"
#include "terminal/wide.h"

/* The source of the bytes: a pipe, in pieces. */
struct source {
    struct keys keys;
    int ends[2];
    char got[1024]; /* what was typed, <keys>, {what was pasted} */
    size_t at;
    bool pasted;
};

static void source_begin(struct source *source)
{
    memset(source, 0, sizeof *source);
    unit_check(pipe2(source->ends, O_CLOEXEC | O_NONBLOCK) == 0, "pipe: %s", strerror(errno));
}

static void source_end(struct source *source)
{
    (void)close(source->ends[0]);
    (void)close(source->ends[1]);
}

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
    while (keys_next(&source->keys, &key)) {
        pasting(source, key.pasted);
        add_key(source, key);
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
        pasting(&source, false);
        unit_same("keys", bytes, len, want, strlen(want), source.got, source.at);
        source_end(&source);
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
        struct source source;
        source_begin(&source);
        unit_check(keys_wait(&source.keys) == -1, "nothing has begun");
        give(&source, cases[i].before, strlen(cases[i].before));
        unit_check(source.at == 0, "%s came too early", source.got);
        unit_check(keys_wait(&source.keys) == KEYS_PAUSE, "it waits for %d ms",
                   keys_wait(&source.keys));
        keys_pause(&source.keys);
        take(&source);
        unit_check(keys_wait(&source.keys) == -1, "it waits on");
        give(&source, cases[i].behind, strlen(cases[i].behind));
        unit_same("behind a pause", cases[i].before, strlen(cases[i].before), cases[i].want,
                  strlen(cases[i].want), source.got, source.at);
        source_end(&source);
    }
}

/* No bytes at all make it stand still, or hand out what no key sends. */
static void test_random(void)
{
    static const char alphabet[] = "\033\033\033[[O]P_~200201;<?AM\007\\\r\n\302\233\200\344\270a";
    struct unit_random random = {.state = 5};
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

/* ---- what keys do to a line ---- */

/* Types it, and describes the line: | is the cursor. */
static void type(struct edit *edit, const char *bytes, char *got, size_t size)
{
    struct source source;
    struct key key;
    char *text;
    enum edit_result result = EDIT_MORE;
    source_begin(&source);
    unit_check(write(source.ends[1], bytes, strlen(bytes)) == (ssize_t)strlen(bytes), "write");
    unit_check(keys_read(&source.keys, source.ends[0]), "an end");
    edit_begin(edit);
    while (result == EDIT_MORE && keys_next(&source.keys, &key))
        result = edit_key(edit, key);
    text = wide_to_utf8(edit->text, edit->length);
    char *before = wide_to_utf8(edit->text, edit->cursor);
    unit_check(text != NULL && before != NULL, "no memory");
    (void)snprintf(got, size, "%s|%s%s", before, text + strlen(before),
                   result == EDIT_ENTER ? " enter"
                   : result == EDIT_EOF ? " end"
                                        : "");
    free(text);
    free(before);
    source_end(&source);
}

static void test_edit(void)
{
    static const struct {
        const char *bytes, *want;
    } cases[] = {
        {"", "|"},
        {"abc\r", "abc| enter"},
        {"a中文\n", "a中文| enter"},
        {"abc\001x\005y", "xabcy|"},
        {"abc\002\002\006x", "abx|c"},
        {"abc\033[D\033[D\033[Cx", "abx|c"},
        {"\002\006\177\013\025\027\031\033[3~\033[D\033[C", "|"}, /* an empty line stays empty */
        {"\004", "| end"},
        {"a\004", "a|"},
        {"ab\001\004", "|b"},
        {"a文b\177\010", "a|"},
        {"one two  three\027x", "one two  x|"},
        {"one two  \027\027x", "x|"},
        {"one two\033b\033bx\033fy", "xoney| two"},
        {"one two\033[1;5D\033[1;5D\033[1;5C.", "one.| two"},
        {"one two\001\033d!", "!| two"},
        {"one two\033\177!", "one !|"},
        {"one two\002\002\013\001\031", "wo|one t"},
        {"one two\025x\031\031", "xone twoone two|"},
        {"\026\001\026a", "\001a|"},
        {"x\026\033[Ay", "xy|"}, /* a key that is no character can't be quoted */
        {"\033[200~a\nb\001\033[201~c", "a\nbc|"},
        {"\033[A", "third|"},
        {"x\020\020\020\020", "first|"},
        {"own\033[A\033[A\033[B\033[B!", "own!|"},
        {"\033[Ax\033[A\033[B", "third|"}, /* a change to a line of the history is not kept */
        {"\033[B", "|"},
        {"ab\022fi\r", "first| enter"},
        {"ab\022fi\007", "ab|"},
        {"ab\022fi\033[D!", "firs!|t"},
        {"ab\022zz\r", "ab| enter"},
        {"\022i\022\001", "|first"},
        {"\022ii\177\001", "|third"},
        {"\022\033[200~sec\nx\033[201~\177\177\005", "second|"},
    };
    char *lines[] = {(char[]){"first"}, (char[]){"second"}, (char[]){"third"}};
    const struct history history = {.lines = lines, .count = UNIT_COUNT(lines)};
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct edit edit = {.history = &history};
        char got[256];
        type(&edit, cases[i].bytes, got, sizeof got);
        unit_same("edit", cases[i].bytes, strlen(cases[i].bytes), cases[i].want,
                  strlen(cases[i].want), got, strlen(got));
        edit_end(&edit);
    }
}

static const struct CMUnitTest tests[] = {
    TEST(test_sequences), TEST(test_long_sequences), TEST(test_pause),
    TEST(test_random),    TEST(test_edit),
};

int main(int argc, char **argv)
{
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return unit_run("keys", tests, argc, argv);
}
