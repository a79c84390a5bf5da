/* client/terminal/tty.c: see tty.h */
#include "terminal/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Handlers need all of it. */
static struct {
    struct termios found, ours;
    volatile sig_atomic_t taken; /* found and ours are known, and ours are set */
    volatile sig_atomic_t resized, resumed;
    int wake[2];
} tty = {.wake = {-1, -1}};

static const int ending[] = {SIGTERM, SIGHUP, SIGQUIT};
static const int telling[] = {SIGTSTP, SIGCONT, SIGWINCH};

enum { ENDING = sizeof ending / sizeof ending[0], TELLING = sizeof telling / sizeof telling[0] };

static const char mark[] = "\033[?2004h", unmark[] = "\033[?2004l",
                  unmark_line[] = "\033[?2004l\r\n";

bool tty_in_front(int fd)
{
    pid_t front = tcgetpgrp(fd);
    return front < 0 || front == getpgrp();
}

/* Only in the foreground: in the background the terminal belongs to others. All that handlers call
 * here is async-signal-safe (signal-safety(7)). */
static void set_modes(const struct termios *modes)
{
    if (tty.taken && tty_in_front(STDIN_FILENO))
        while (tcsetattr(STDIN_FILENO, TCSANOW, modes) != 0 && errno == EINTR)
            ;
}

static void put(const char *text, size_t size)
{
    ssize_t written;
    do
        written = write(STDOUT_FILENO, text, size);
    while (written < 0 && errno == EINTR);
}

static void set_ours(void)
{
    set_modes(&tty.ours);
    if (tty.taken && tty_in_front(STDIN_FILENO))
        put(mark, sizeof mark - 1);
}

static void give_back(const char *text, size_t size)
{
    if (tty.taken && tty_in_front(STDIN_FILENO))
        put(text, size);
    set_modes(&tty.found);
}

/* Dies or stops of the signal, as if there were no handler. */
static void take_default(int signal)
{
    struct sigaction action = {.sa_handler = SIG_DFL}, old;
    sigset_t only, before;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(signal, &action, &old);
    (void)raise(signal);
    (void)sigemptyset(&only);
    (void)sigaddset(&only, signal);
    (void)sigprocmask(SIG_UNBLOCK, &only, &before); /* here */
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)sigaction(signal, &old, NULL);
}

static void on_ending(int signal)
{
    give_back(unmark_line, sizeof unmark_line - 1);
    take_default(signal);
}

static void on_telling(int signal)
{
    int error = errno;
    if (signal == SIGTSTP) {
        give_back(unmark_line, sizeof unmark_line - 1);
        take_default(signal);
    }
    if (signal == SIGWINCH)
        tty.resized = 1;
    else
        tty.resumed = 1;
    if (signal != SIGWINCH)
        set_ours();
    if (write(tty.wake[1], "", 1) < 0) {
        /* full: it can be read, which is all it is for */
    }
    errno = error;
}

static void install(void (*handler)(int), const int *signals, int count)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    for (int i = 0; i < ENDING; i++)
        (void)sigaddset(&action.sa_mask, ending[i]);
    for (int i = 0; i < TELLING; i++)
        (void)sigaddset(&action.sa_mask, telling[i]);
    for (int i = 0; i < count; i++) {
        struct sigaction old;
        /* what was ignored stays so: SIGHUP under nohup(1), SIGTSTP without job control */
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(signals[i], &action, NULL);
    }
}

static void uninstall(const int *signals, int count, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = SIG_DFL}, old;
    (void)sigemptyset(&action.sa_mask);
    for (int i = 0; i < count; i++)
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == handler)
            (void)sigaction(signals[i], &action, NULL);
}

/* SIGTTIN stops us as reading would, and nothing is lost by asking again. If it does not stop us,
 * nothing continues us either, and resumed stays as it is: there is no shell that could. */
static bool await_front(void)
{
    while (!tty_in_front(STDIN_FILENO)) {
        sig_atomic_t before = tty.resumed;
        tty.resumed = 0;
        if (kill(0, SIGTTIN) != 0 || !tty.resumed) {
            tty.resumed = before;
            return false;
        }
    }
    return true;
}

bool tty_begin(void)
{
    if (pipe2(tty.wake, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    install(on_ending, ending, ENDING);
    install(on_telling, telling, TELLING);
    /* before: the modes are those of a shell that edits its own line */
    if (!await_front() || tcgetattr(STDIN_FILENO, &tty.found) != 0)
        return false;
    tty.ours = tty.found;
    tty.ours.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR); /* CR LF in a paste is one line end */
    tty.ours.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL);
    tty.ours.c_lflag |= ISIG;
    tty.ours.c_cc[VMIN] = 1;
    tty.ours.c_cc[VTIME] = 0;
    tty.taken = 1;
    set_ours();
    return true;
}

void tty_end(void)
{
    if (tty.wake[0] < 0)
        return;
    (void)fflush(stdout);
    give_back(unmark, sizeof unmark - 1);
    tty.taken = 0;
    uninstall(ending, ENDING, on_ending);
    uninstall(telling, TELLING, on_telling);
    (void)close(tty.wake[0]);
    (void)close(tty.wake[1]);
    tty.wake[0] = tty.wake[1] = -1;
}

bool tty_take(void)
{
    if (!await_front())
        return false;
    set_ours(); /* a shell may have brought us to the foreground without SIGCONT */
    return true;
}

int tty_fd(void)
{
    return tty.wake[0];
}

unsigned int tty_happened(void)
{
    char bytes[64];
    if (!tty.resized && !tty.resumed)
        return 0;
    while (read(tty.wake[0], bytes, sizeof bytes) > 0)
        ;
    unsigned int happened = (tty.resized ? TTY_RESIZED : 0U) | (tty.resumed ? TTY_RESUMED : 0U);
    tty.resized = tty.resumed = 0;
    return happened;
}

void tty_size(int *columns, int *rows)
{
    struct winsize size;
    *columns = 80;
    *rows = 24;
    if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0)
        return;
    if (size.ws_col > 0)
        *columns = size.ws_col;
    if (size.ws_row > 0)
        *rows = size.ws_row;
}
