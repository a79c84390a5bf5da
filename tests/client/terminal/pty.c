/* pty.c: see pty.h */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "procfs.h"
#include "program.h"

enum { MOST = 8 };

static struct {
    struct pty *ptys[MOST];
    char folder[UNIT_PATH];
} tests;

/* ---- beginning and end of a test ---- */

static void drop(struct pty *pty)
{
    if (pty->shell > 0) {
        (void)kill(pty->pid > 0 ? pty->pid : pty->shell, SIGKILL);
        (void)waitpid(pty->shell, NULL, 0);
    }
    (void)close(pty->master);
    (void)close(pty->control);
    for (int i = 0; i < MOST; i++)
        if (tests.ptys[i] == pty)
            tests.ptys[i] = NULL;
    free(pty->bytes);
    free(pty);
}

int pty_test_begin(void **state)
{
    int result = servers_begin(state);
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* for wcwidth(3) */
    unit_folder(tests.folder);
    return result;
}

int pty_test_end(void **state)
{
    for (int i = 0; i < MOST; i++)
        if (tests.ptys[i] != NULL)
            drop(tests.ptys[i]);
    unit_folder_remove(tests.folder);
    return servers_end(state);
}

const char *pty_folder(void)
{
    return tests.folder;
}

/* ---- starting ---- */

/* The two ends of a terminal of its own. Returns the client's. */
static int terminal_open(struct pty *pty, const struct pty_options *options)
{
    struct winsize size = {.ws_col = (unsigned short)(options->columns > 0 ? options->columns : 80),
                           .ws_row = (unsigned short)(options->rows > 0 ? options->rows : 24)};
    int slave;
    screen_begin(&pty->screen, size.ws_col, size.ws_row);
    pty->screen.joins = options->joins;
    unit_check(openpty(&pty->master, &slave, NULL, NULL, &size) == 0, "openpty: %s",
               strerror(errno));
    (void)fcntl(pty->master, F_SETFD, FD_CLOEXEC);
    (void)fcntl(pty->master, F_SETFL, O_NONBLOCK);
    (void)tcgetattr(slave, &pty->found);
    if (options->tostop) {
        pty->found.c_lflag |= TOSTOP;
        (void)tcsetattr(slave, TCSANOW, &pty->found);
    }
    return slave;
}

struct pty *pty_start(const struct pty_options *options)
{
    const char *program = program_path();
    struct pty *pty = calloc(1, sizeof *pty);
    int slot = 0, report[2], control[2];
    while (slot < MOST && tests.ptys[slot] != NULL)
        slot++;
    unit_check(pty != NULL && slot < MOST, "no room for another terminal");
    unit_check(pipe2(report, O_CLOEXEC) == 0 && pipe2(control, O_CLOEXEC) == 0, "pipe: %s",
               strerror(errno));
    int slave = terminal_open(pty, options);
    tests.ptys[slot] = pty;
    pty->control = control[1];
    pty->shell = fork();
    if (pty->shell == 0) {
        (void)close(control[1]);
        pty_shell(options, program, slave, report[1], control[0]);
    }
    (void)close(slave);
    (void)close(report[1]);
    (void)close(control[0]);
    bool told = pty->shell > 0 && read(report[0], &pty->pid, sizeof pty->pid) == sizeof pty->pid;
    (void)close(report[0]);
    unit_check(told && pty->pid > 0, "no client was started");
    return pty;
}

struct pty *pty_client(const char *port)
{
    struct pty *pty = pty_start(&(struct pty_options){.port = port});
    pty_expect_prompt(pty, "lab>");
    return pty;
}

struct pty *pty_member(const char *port, const char *nick)
{
    char text[128];
    struct pty *pty = pty_client(port);
    (void)snprintf(text, sizeof text, "chat %s\r", nick);
    pty_ask(pty, text, "you are in the room as");
    pty_expect_prompt(pty, ">");
    return pty;
}

/* ---- acting ---- */

void pty_type(struct pty *pty, const char *text)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    for (size_t left = strlen(text); left > 0;) {
        ssize_t sent = write(pty->master, text, left);
        if (sent > 0) {
            text += sent;
            left -= (size_t)sent;
        } else if (!pty_more(pty, end)) {
            pty_give_up(pty, "it takes no keys", text);
        }
    }
}

void pty_resize(struct pty *pty, int columns, int rows)
{
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    pty_pump(pty);
    screen_resize(&pty->screen, columns, rows);
    (void)ioctl(pty->master, TIOCSWINSZ, &size);
}

static bool restored(void *arg)
{
    struct pty *pty = arg;
    struct termios now;
    pty_pump(pty);
    return tcgetattr(pty->master, &now) == 0 && now.c_lflag == pty->found.c_lflag &&
           now.c_iflag == pty->found.c_iflag && now.c_oflag == pty->found.c_oflag &&
           memcmp(now.c_cc, pty->found.c_cc, sizeof now.c_cc) == 0 && !pty->screen.pastes_marked;
}

void pty_expect_restored(struct pty *pty)
{
    if (!bound_await(restored, pty, BOUND_GENEROUS))
        pty_give_up(pty, "the modes of the terminal", "as they were");
}

static bool stopped(void *arg)
{
    struct pty *pty = arg;
    struct procfs_process client;
    pty_pump(pty);
    return procfs_read(pty->pid, &client) && client.state == 'T';
}

void pty_expect_stopped(struct pty *pty)
{
    if (!bound_await(stopped, pty, BOUND_GENEROUS))
        pty_give_up(pty, "the client", "to be stopped");
    pty_expect_restored(pty);
}

void pty_front(struct pty *pty)
{
    unit_check(write(pty->control, "f", 1) == 1, "no shell");
}

void pty_back(struct pty *pty)
{
    unit_check(write(pty->control, "b", 1) == 1, "no shell");
}

static bool gone(void *arg)
{
    struct pty *pty = arg;
    pty_pump(pty);
    return waitpid(pty->shell, &pty->status, WNOHANG) > 0;
}

void pty_finish(struct pty *pty, int status)
{
    if (!bound_await(gone, pty, BOUND_GENEROUS))
        pty_give_up(pty, "the client", "to end");
    pty->shell = 0;
    pty_pump(pty);
    if (!WIFEXITED(pty->status) || WEXITSTATUS(pty->status) != status) {
        char text[32];
        (void)snprintf(text, sizeof text, "%d", WEXITSTATUS(pty->status));
        pty_give_up(pty, "another exit status", text);
    }
    drop(pty);
}
