/* unit.c: see unit.h */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    pid_t pid;       /* of the program: its children run no tests */
    int descriptors; /* open when the test began */
    const char *bounded;
    void (*end)(void); /* of the test that runs, as it is in its table; NULL: none */
} unit;

int unit_begin(void **test)
{
    (void)test;
    unit.descriptors = unit_descriptors();
    unit.end = NULL;
    return 0;
}

/* Ends the children that a test has left behind. Returns how many there were. */
static int children_end(void)
{
    int pid, count = 0;
    FILE *children = fopen("/proc/thread-self/children", "re");
    while (children != NULL && fscanf(children, "%d", &pid) == 1) {
        print_error("process left: %d\n", pid);
        (void)kill(pid, SIGKILL);
        count++;
    }
    if (children != NULL)
        (void)fclose(children);
    while (waitpid(-1, NULL, count > 0 ? 0 : WNOHANG) > 0)
        ;
    return count;
}

int unit_end(void **test)
{
    int left = children_end();
    (void)test;
    alarm(0); /* of unit_bound */
    left += unit_folders_end();
    int now = unit_descriptors();
    if (now != unit.descriptors)
        print_error("descriptors left open: %d before the test, %d after it\n", unit.descriptors,
                    now);
    return now == unit.descriptors && left == 0 ? 0 : -1;
}

void unit_case_run(void **test)
{
    const struct unit_case *one = *test;
    if (one->begin != NULL)
        one->begin();
    unit.end = one->end;
    one->run();
    unit.end = NULL;
    if (one->end != NULL)
        one->end();
}

void unit_filter(int argc, char **argv)
{
    unit.pid = getpid();
    (void)setvbuf(stdout, NULL, _IOLBF, 0); /* a child that forks has nothing to print twice */
    /* nohup(1), or a shell's &, ignores them for us and for all that we start */
    static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT};
    for (size_t i = 0; i < UNIT_COUNT(ignored); i++)
        (void)signal(ignored[i], SIG_DFL);
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
}

_Noreturn void unit_fail(const char *file, int line, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_error("%s\n", text);
    if (getpid() != unit.pid)
        _exit(1);
    _fail(file, line);
    abort(); /* not reached: _fail jumps out of the test */
}

_Noreturn void unit_skip(const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    print_message("SKIPPED: %s\n", text);
    void (*end)(void) = unit.end;
    unit.end = NULL;
    if (end != NULL)
        end();
    skip();
    abort(); /* not reached either */
}

static size_t quote_byte(char *to, size_t size, unsigned char byte)
{
    static const char special[] = "\nn\rr\tt\"\"\\\\";
    for (size_t i = 0; i + 1 < sizeof special; i += 2)
        if ((unsigned char)special[i] == byte)
            return (size_t)snprintf(to, size, "\\%c", special[i + 1]);
    if (byte >= 0x20 && byte < 0x7f)
        return (size_t)snprintf(to, size, "%c", byte);
    return (size_t)snprintf(to, size, "\\x%02x", byte);
}

const char *unit_quote(const char *bytes, size_t len)
{
    enum { MOST = 240, SIZE = MOST * 4 + 64 };
    static char texts[8][SIZE];
    static unsigned int turn;
    char *text = texts[turn++ % 8];
    size_t used = (size_t)snprintf(text, SIZE, "\"");
    for (size_t i = 0; i < len; i++) {
        if (len > MOST && i == MOST / 2) {
            i = len - MOST / 2;
            used += (size_t)snprintf(text + used, SIZE - used, "\"...\"");
        }
        used += quote_byte(text + used, SIZE - used, (unsigned char)bytes[i]);
    }
    (void)snprintf(text + used, SIZE - used, "\" (%zu bytes)", len);
    return text;
}

void unit_compare(const char *file, int line, const char *what, const char *fed, size_t fed_len,
                  const char *want, size_t want_len, const char *got, size_t got_len)
{
    if (want_len == got_len && (want_len == 0 || memcmp(want, got, want_len) == 0))
        return;
    size_t at = 0;
    while (at < want_len && at < got_len && want[at] == got[at])
        at++;
    unit_fail(file, line, "%s: differs at byte %zu\n  fed      %s\n  expected %s\n  received %s",
              what, at, unit_quote(fed, fed_len), unit_quote(want, want_len),
              unit_quote(got, got_len));
}

int unit_wait(pid_t child)
{
    int status;
    unit_check(child > 0 && waitpid(child, &status, 0) == child, "fork or waitpid: %s",
               strerror(errno));
    return status;
}

bool unit_killed(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

uint64_t unit_random(struct unit_random *random)
{
    uint64_t x = random->state;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    random->state = x;
    return x * 0x2545f4914f6cdd1dU;
}

uint64_t unit_random_below(struct unit_random *random, uint64_t limit)
{
    return (unit_random(random) >> 11) % limit;
}

static void on_alarm(int signal)
{
    static const char text[] = "\nnothing happens any more in: ";
    (void)signal;
    ssize_t n = write(STDOUT_FILENO, text, sizeof text - 1); /* a test may have its own stderr */
    n += write(STDOUT_FILENO, unit.bounded, strlen(unit.bounded));
    n += write(STDOUT_FILENO, "\n", 1);
    _exit(n > 0 ? 99 : 98);
}

void unit_bound(unsigned int seconds, const char *what)
{
    unit.bounded = what;
    struct sigaction action = {.sa_handler = on_alarm};
    sigemptyset(&action.sa_mask);
    unit_check(sigaction(SIGALRM, &action, NULL) == 0, "sigaction: %s", strerror(errno));
    /* BOUND_MS as in tests/support/bound.h; but this bound is for a whole test: three times that */
    const char *text = getenv("BOUND_MS");
    long most = text != NULL ? strtol(text, NULL, 10) * 3 / 1000 : 0;
    alarm(most > 0 && most < (long)seconds ? (unsigned int)most : seconds);
}
