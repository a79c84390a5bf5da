/* test_setup.c: how a server starts: in the background of a terminal, without standard streams,
 * with odd words on its command line
 *
 * Each start is a process of its own: it changes what can't be changed back.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "process/console.h"
#include "process/setup.h"

enum { BOUND = 20 }; /* seconds */

static struct setup setup;

bool room_announce(struct room *room, const char *text, size_t len)
{
    (void)room, (void)text, (void)len;
    return true;
}

/* As main does, up to the startup line. */
static int start(const char *dir)
{
    char name[] = "test-server", p[] = "-p", zero[] = "0", d[] = "-d", words[2 * UNIT_PATH];
    char *argv[] = {name, p, zero, d, words, NULL};
    (void)snprintf(words, sizeof words, "%s", dir);
    int status = setup_begin(&setup, "test", 0, 1, 10, 5, argv);
    if (status < 0)
        setup_announce(&setup);
    return status;
}

/* ---- a terminal ---- */

/* What a job in the background does: writes its startup line and its log, reads its console. */
static void background(const char *dir)
{
    struct console console;
    if (start(dir) >= 0)
        _exit(2);
    log_line("test", "a log line");
    console_init(&console, "test");
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    while (poll(&in, 1, -1) < 0)
        ;
    console_read(&console, NULL);
    _exit(console.open ? 3 : 0); /* what is typed there is the shell's */
}

/* The shell: the terminal is its own, and it starts a job in the background. */
static void shell(int terminal, const char *dir)
{
    struct termios settings;
    int status, null = open("/dev/null", O_WRONLY);
    if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0 || tcgetattr(terminal, &settings) != 0)
        _exit(10);
    settings.c_lflag |= TOSTOP;
    if (tcsetattr(terminal, TCSANOW, &settings) != 0 || null < 0)
        _exit(11);
    pid_t job = fork();
    if (job == 0) {
        if (setpgid(0, 0) != 0 || dup2(terminal, 0) < 0 || dup2(terminal, 1) < 0 ||
            dup2(terminal, 2) < 0)
            _exit(4);
        background(dir);
    }
    if (waitpid(job, &status, WUNTRACED) != job)
        _exit(12);
    if (WIFSTOPPED(status)) {
        (void)kill(job, SIGKILL);
        _exit(WSTOPSIG(status) == SIGTTOU ? 20 : 21);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 13);
}

static void test_in_the_background(void)
{
    char path[UNIT_PATH], shown[4096] = "";
    int master, terminal;
    size_t len = 0;
    unit_folder(path);
    unit_bound(BOUND, "a job in the background");
    unit_check(openpty(&master, &terminal, NULL, NULL, NULL) == 0, "openpty: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0)
        shell(terminal, path);
    close(terminal);
    while (strstr(shown, "a log line\r\n") == NULL) { /* until both lines are there, or nobody is */
        ssize_t n = read(master, shown + len, sizeof shown - 1 - len);
        if (n <= 0)
            break;
        len += (size_t)n;
        shown[len] = '\0';
    }
    (void)!write(master, "a line\n", 7);
    int status = unit_wait(child);
    unit_check(WIFEXITED(status), "the shell: %x", (unsigned int)status);
    unit_check(WEXITSTATUS(status) != 20, "stopped by what it writes (SIGTTOU)");
    unit_check(WEXITSTATUS(status) != 21, "stopped by what it reads (SIGTTIN)");
    unit_check(status == 0, "status %d of the job", WEXITSTATUS(status));
    unit_check(strstr(shown, "test: listening on ") != NULL, "no startup line: %s", shown);
    unit_check(strstr(shown, "a log line\r\n") != NULL, "no log line: %s", shown);
    close(master);
    unit_folder_remove(path);
}

/* ---- descriptors 0, 1 and 2 ---- */

/* Returns 0 if nothing of ours stands where standard streams do. */
static int streams_after(const char *dir, unsigned int closed)
{
    struct stat null, st;
    for (int fd = 0; fd < 3; fd++)
        if ((closed & 1U << fd) != 0)
            close(fd);
    if (setup_begin(&setup, "test", 0, 1, 10, 5,
                    (char *[]){(char *)"x", (char *)"-p", (char *)"0", (char *)"-d", (char *)dir,
                               NULL}) >= 0)
        return 10;
    if (setup.listener <= 2 || setup.store.dir <= 2)
        return 11;
    for (int fd = 0; fd < 3; fd++)
        if ((closed & 1U << fd) != 0 &&
            (stat("/dev/null", &null) != 0 || fstat(fd, &st) != 0 || st.st_rdev != null.st_rdev))
            return 20 + fd;
    return 0;
}

static void test_closed_streams(void)
{
    char path[UNIT_PATH];
    unit_folder(path);
    for (unsigned int closed = 0; closed < 8; closed++) {
        pid_t child = fork();
        if (child == 0)
            _exit(streams_after(path, closed));
        int status = unit_wait(child);
        unit_check(status == 0, "with descriptors closed (%x): step %d", closed,
                   WEXITSTATUS(status));
    }
    unit_folder_remove(path);
}

/* ---- streams that others have, too ---- */

/* Nobody reads the terminal, and nothing comes from `in`: returns 0 if neither makes us wait. */
static int shared_after(const char *dir, int in, int terminal)
{
    char byte;
    alarm(BOUND);
    if (dup2(in, STDIN_FILENO) < 0 || dup2(terminal, STDERR_FILENO) < 0 || start(dir) >= 0)
        return 10;
    for (int i = 0; i < 1000; i++)
        log_line("test", "a line of %0*d digits", i, 0);
    return read(STDIN_FILENO, &byte, 1) < 0 && errno == EAGAIN ? 0 : 11;
}

static void test_shared_streams(void)
{
    char path[UNIT_PATH];
    int in[3]; /* the terminal, and a pipe */
    int master;
    unit_folder(path);
    unit_check(pipe(in + 1) == 0 && openpty(&master, in, NULL, NULL, NULL) == 0, "openpty: %s",
               strerror(errno));
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(shared_after(path, in[i], in[0]));
        int status = unit_wait(child);
        unit_check(!WIFSIGNALED(status), "%d: it waits for who shares its streams", i);
        unit_check(status == 0, "%d: status %d", i, WEXITSTATUS(status));
        unit_check((fcntl(in[i], F_GETFL) & O_NONBLOCK) == 0, "%d: nobody waits there now", i);
    }
    for (int i = 0; i < 3; i++)
        close(in[i]);
    close(master);
    unit_folder_remove(path);
}

/* ---- what is printed ---- */

/* Starts with this folder, its output in `text`. Returns the exit status, 0 if it has started. */
static int output_of(const char *dir, char *text, size_t size)
{
    int ends[2];
    size_t len = 0;
    ssize_t n;
    unit_check(pipe(ends) == 0, "pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)dup2(ends[1], STDERR_FILENO);
        int failed = start(dir);
        _exit(failed < 0 ? 0 : failed);
    }
    close(ends[1]);
    while ((n = read(ends[0], text + len, size - 1 - len)) > 0)
        len += (size_t)n;
    text[len] = '\0';
    close(ends[0]);
    int status = unit_wait(child);
    unit_check(WIFEXITED(status), "status %x", (unsigned int)status);
    return WEXITSTATUS(status);
}

/* A name with a line end, an escape sequence or half a character makes no line of its own. */
static void test_odd_folders(void)
{
    static const struct {
        const char *name, *shown;
    } cases[] = {
        {"plain", "plain"},
        {"two words", "two words"},
        {"\xe8\xaf\x97", "\xe8\xaf\x97"},
        {"a\nepoll: listening on", "a\\x0aepoll: listening on"},
        {"\x1b[2J", "\\x1b[2J"},
        {"half \xe8\xaf", "half \\xe8\\xaf"},
    };
    char path[UNIT_PATH], dir[UNIT_PATH + 64], want[UNIT_PATH + 128], text[4096];
    unit_folder(path);
    for (size_t i = 0; i < UNIT_COUNT(cases); i++)
        for (int fails = 0; fails < 2; fails++) {
            (void)snprintf(dir, sizeof dir, "%s%s/%s", path, fails == 1 ? "/none" : "",
                           cases[i].name);
            (void)snprintf(want, sizeof want, "%s/%s%s", fails == 1 ? "/none" : "", cases[i].shown,
                           fails == 1 ? ": No such file or directory\n" : ", up to ");
            int status = output_of(dir, text, sizeof text);
            unit_check(status == fails, "%s: status %d", cases[i].shown, status);
            unit_check(strstr(text, want) != NULL, "expected ...%s\nreceived %s", want, text);
            unit_check(fails == 1 || rmdir(dir) == 0, "rmdir: %s", strerror(errno));
        }
    unit_folder_remove(path);
}

static const struct CMUnitTest tests[] = {
    TEST(test_in_the_background),
    TEST(test_closed_streams),
    TEST(test_shared_streams),
    TEST(test_odd_folders),
};
UNIT_MAIN("setup", tests)
