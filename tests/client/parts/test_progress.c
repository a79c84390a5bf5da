/* test_progress.c: the client's progress line, and the lines of its input */
#include "parts_main.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/input.h"
#include "terminal/progress.h"
#include "terminal/wide.h"

static void test_amounts(void)
{
    static const struct {
        uint64_t value;
        const char *bytes, *seconds;
    } cases[] = {
        {0, "0 bytes", "0:00"},
        {1, "1 byte", "0:01"},
        {1023, "1023 bytes", "17:03"},
        {3600, "3.5 KiB", "1:00:00"},
        {1048575, "1.0 MiB", "291:16:15"},
        {1073741824, "1.0 GiB", "ages"},
        {UINT64_MAX, "16.0 EiB", "ages"},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        char to[24];
        assert_string_equal(progress_bytes(to, cases[i].value), cases[i].bytes);
        assert_string_equal(progress_seconds(to, cases[i].value), cases[i].seconds);
    }
}

static void test_line(void)
{
    struct progress progress = {.name = "reading list.txt", .done = 431 << 20, .total = 1 << 30};
    char line[512];
    progress_line(&progress, 1000, 100, line, sizeof line);
    assert_string_equal(line,
                        "reading list.txt   42 %  431.0 MiB of 1.0 GiB  431.0 MiB/s  0:02 left");
    progress.from = 431 << 20;
    progress_line(&progress, 1000, 100, line, sizeof line);
    assert_string_equal(line,
                        "reading list.txt   42 %  431.0 MiB of 1.0 GiB  0 bytes/s  -:-- left");
    progress.from = 0;
    progress_line(&progress, 1000, 23, line, sizeof line);
    assert_string_equal(line, "reading list.t…   42 %");
    progress.name = "中文中文中文中文";
    progress_line(&progress, 1000, 16, line, sizeof line);
    assert_string_equal(line, "中文中…   42 %");
    progress.done = progress.total = 0;
    progress_line(&progress, 0, 80, line, sizeof line);
    assert_string_equal(line, "中文中文中文中文  100 %  0 bytes of 0 bytes  0 bytes/s  -:-- left");
}

/* In any width: narrower than that, so that it never wraps. */
static void test_line_never_wraps(void)
{
    struct progress progress = {
        .name = "中文 and a long name with é and 🙂.txt", .done = 999, .total = UINT64_MAX};
    for (int columns = 0; columns < 200; columns++) {
        char line[512];
        progress_line(&progress, 1, columns, line, sizeof line);
        unit_check(line[0] == '\0' || wide_columns(line) < (size_t)columns, "in %d columns: %s",
                   columns, line);
    }
}

/* ---- lines of input ---- */

static void input_cases(const char *bytes, size_t len, char *got, size_t size)
{
    int ends[2];
    size_t at = 0;
    static struct input input;
    struct input_line line;
    unit_check(pipe2(ends, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    input_begin(&input, ends[0]);
    got[0] = '\0';
    for (size_t i = 0; i <= len; i++) {
        if (i < len)
            unit_check(write(ends[1], bytes + i, 1) == 1, "write: %s", strerror(errno));
        else
            close(ends[1]);
        input_read(&input);
        while (input_take(&input, &line))
            at += (size_t)snprintf(got + at, size - at, "[%s]", line.text);
    }
    unit_check(input.ended && input.error == 0, "the end was not seen");
    close(ends[0]);
}

static void test_input(void)
{
    static const struct {
        const char *in, *want;
    } cases[] = {{"", ""},
                 {"a\nb\n", "[a][b]"},
                 {"a\r\n\n\r\n", "[a][][]"},
                 {"a\nb", "[a][b]"},
                 {"a\rb\n", "[a\rb]"},
                 {"\xef\xbb\xbf"
                  "a\r\nb",
                  "[a][b]"}, /* a byte order mark */
                 {"\xef\xbb\xbf", "[]"},
                 {"\xef\xbb\xbf\n", "[]"},
                 {"a\n\xef\xbb\xbf"
                  "b",
                  "[a][\xef\xbb\xbf"
                  "b]"},
                 {"\xef\xbb\n", "[\xef\xbb]"}};
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        char got[64];
        input_cases(cases[i].in, strlen(cases[i].in), got, sizeof got);
        assert_string_equal(got, cases[i].want);
    }
}

/* A line that never ends takes no more memory than any, and what follows it is whole. */
static void test_input_long(void)
{
    FILE *file = tmpfile();
    static struct input input;
    struct input_line line;
    unit_check(file != NULL, "tmpfile: %s", strerror(errno));
    for (int i = 0; i < 4 * INPUT_LINE; i++)
        fputc('x', file);
    fputs("\nshort\n", file);
    rewind(file);
    input_begin(&input, fileno(file));
    for (int lines = 0; lines < 2; lines++) {
        while (!input_take(&input, &line) && !input.ended)
            input_read(&input);
        assert_true(line.cut == (lines == 0));
        assert_true(lines == 0 || strcmp(line.text, "short") == 0);
    }
    fclose(file);
}

static const struct CMUnitTest tests[] = {
    TEST(test_amounts), TEST(test_line),       TEST(test_line_never_wraps),
    TEST(test_input),   TEST(test_input_long),
};
PARTS_MAIN("the progress line, and lines of input", tests)
