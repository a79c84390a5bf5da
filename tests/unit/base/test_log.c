/* test_log.c: the log, and what it makes of texts of other people */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"
#include "redirect.h"

static void test_escape(void)
{
    static const struct {
        const char *bytes, *want;
    } cases[] = {
        {"", ""},
        {"plain text, \"quoted\" \\ and all", "plain text, \"quoted\" \\ and all"},
        {"\xe4\xbd\xa0\xe5\xa5\xbd \xc3\xbc", "\xe4\xbd\xa0\xe5\xa5\xbd \xc3\xbc"},
        {"\n", "\\x0a"},
        {"a\rb", "a\\x0db"},
        {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b", "\\xc2\\x9b"},
        {"\xc2\xa0", "\xc2\xa0"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xc0\xaf", "\\xc0\\xaf"},
    };
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        char to[256];
        size_t len = strlen(cases[i].bytes);
        const char *got = log_escape(to, sizeof to, cases[i].bytes, len);
        unit_check(got == to, "returns something else");
        unit_same("log_escape", cases[i].bytes, len, cases[i].want, strlen(cases[i].want), got,
                  strlen(got));
    }
    char to[16];
    (void)log_escape(to, sizeof to, "a\0b", 3);
    assert_string_equal(to, "a\\x00b");
}

static void test_every_byte(void)
{
    for (unsigned int byte = 0; byte <= 0xff; byte++) {
        const char in[3] = {'<', (char)byte, '>'};
        char to[16], want[16];
        bool plain = byte >= 0x20 && byte < 0x7f;
        (void)snprintf(want, sizeof want, plain ? "<%c>" : "<\\x%02x>", byte);
        assert_string_equal(log_escape(to, sizeof to, in, 3), want);
    }
}

/* Whatever the size: it ends with a NUL, writes no byte behind, and is printable. */
static void test_every_size(void)
{
    static const char bytes[] = "a\x1b\xc3\xbc\xe4\xbd\xa0\xf0\x9f\x98\x80\xff\x00z";
    char full[128];
    (void)log_escape(full, sizeof full, bytes, sizeof bytes - 1);
    for (size_t size = 1; size < 64; size++) {
        char *to = malloc(size); /* the sanitizer watches its end */
        unit_check(to != NULL, "out of memory");
        (void)log_escape(to, size, bytes, sizeof bytes - 1);
        size_t len = strnlen(to, size);
        unit_check(len < size, "size %zu: no NUL at its end", size);
        unit_check(strncmp(to, full, len) == 0 && utf8_printable(to, len), "size %zu: %s", size,
                   unit_quote(to, len));
        free(to);
    }
}

/* ---- lines, through a pipe in the place of standard error ---- */

static void test_line(void)
{
    struct redirect err;
    char bytes[256];
    redirect_begin(&err, STDERR_FILENO);
    log_line("epoll", "%d clients, %s", 3, "all well");
    log_line("loop", "%s", "");
    size_t len = redirect_take(&err, bytes, sizeof bytes);
    static const char want[] = "epoll: 3 clients, all well\nloop: \n";
    unit_same("two lines", "", 0, want, sizeof want - 1, bytes, len);
}

static void test_long_lines(void)
{
    static char text[3000], bytes[4096];
    for (int len = 1000; len < 1040; len++) {
        struct redirect err;
        memset(text, 'x', sizeof text);
        redirect_begin(&err, STDERR_FILENO);
        log_line("test", "%.*s", len, text);
        size_t got = redirect_take(&err, bytes, sizeof bytes);
        size_t want = 6 + (size_t)len + 1 < 1024 ? 6 + (size_t)len + 1 : 1024;
        unit_check(got == want && bytes[got - 1] == '\n' && memchr(bytes, '\0', got) == NULL,
                   "a text of %d: expected %zu bytes, received %s", len, want,
                   unit_quote(bytes, got));
    }
}

/* The reader of the pipe sleeps: lines are lost, the server continues, the flags of the pipe, which
 * others share, stay as they are. */
static void test_full_pipe(void)
{
    static char bytes[1024 * 1024];
    struct redirect err;
    unit_bound(20, "a log whose reader sleeps");
    redirect_begin(&err, STDERR_FILENO);
    for (int i = 0; i < 10000; i++)
        log_line("test", "line %d of a log that nobody reads", i);
    int flags = fcntl(STDERR_FILENO, F_GETFL);
    size_t len = redirect_take(&err, bytes, sizeof bytes);
    unit_check((flags & O_NONBLOCK) == 0, "the pipe does not wait any more");
    unit_check(len > 4096 && len < 200000 && bytes[len - 1] == '\n', "%zu bytes were written", len);
}

/* ---- a file ---- */

static bool nowait_fails; /* as on btrfs, and on XFS when the time of the file changes */

ssize_t pwritev2(int fd, const struct iovec *vec, int count, off_t at, int flags)
{
    if (nowait_fails && (flags & RWF_NOWAIT) != 0) {
        errno = EAGAIN;
        return -1;
    }
    return syscall(SYS_pwritev2, fd, vec, count, at, at, flags);
}

static void test_file(void)
{
    char path[UNIT_PATH];
    size_t len;
    unit_folder(path);
    unit_write_text(path, "log", "");
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int file = openat(folder, "log", O_WRONLY | O_CLOEXEC);
    int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    unit_check(dup2(file, STDERR_FILENO) == STDERR_FILENO, "%s", strerror(errno));
    nowait_fails = true;
    log_line("test", "a line");
    nowait_fails = false;
    (void)dup2(saved, STDERR_FILENO);
    char *bytes = unit_read(path, "log", &len);
    unit_same("a file", "", 0, "test: a line\n", 13, bytes, len);
    free(bytes);
    close(saved);
    close(file);
    close(folder);
    unit_folder_remove(path);
}

static void test_no_reader_at_all(void)
{
    int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    unit_check(saved >= 0 && close(STDERR_FILENO) == 0, "%s", strerror(errno));
    log_line("test", "to nobody");
    (void)dup2(saved, STDERR_FILENO);
    close(saved);
}

static const struct CMUnitTest tests[] = {
    TEST(test_escape),     TEST(test_every_byte), TEST(test_every_size),       TEST(test_line),
    TEST(test_long_lines), TEST(test_full_pipe),  TEST(test_no_reader_at_all), TEST(test_file),
};
UNIT_MAIN("log", tests)
