/* test_edit.c: from keys to a line, without a terminal */
#include "parts_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key_source.h"
#include "terminal/edit.h"
#include "terminal/wide.h"

/* Types it, and describes the line: | is the cursor. */
static void type(struct edit *edit, const char *bytes, char *got, size_t size)
{
    struct key_source source;
    struct key key;
    char *text;
    enum edit_result result = EDIT_MORE;
    key_source_begin(&source);
    key_source_type(&source, bytes, strlen(bytes));
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
    key_source_end(&source);
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
    TEST(test_edit),
};
PARTS_MAIN("edit", tests)
