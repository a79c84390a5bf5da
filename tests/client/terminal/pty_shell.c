/* pty_shell.c: between a test and its client, what a shell does; see pty.h */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "pty.h"
#include "unit.h"

/* Also those that were ignored before us: a shell does that to what it starts in the background. */
static void signals_default(void)
{
    static const int all[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        (void)signal(all[i], SIG_DFL);
}

_Noreturn static void become_client(const struct pty_options *options, const char *program)
{
    char *words[16] = {(char *)program, options->port == NULL ? NULL : (char *)"127.0.0.1",
                       (char *)options->port, NULL};
    for (size_t i = 0; options->words != NULL && i + 2 < UNIT_COUNT(words); i++)
        if ((words[i + 1] = (char *)options->words[i]) == NULL)
            break;
    (void)setenv("TERM", options->term == NULL ? "xterm-256color" : options->term, 1);
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)setenv("LANGUAGE", options->language == NULL ? "" : options->language, 1);
    (void)setenv("XDG_STATE_HOME", pty_folder(), 1);
    (void)setenv("HOME", pty_folder(), 1);
    (void)(options->colour ? unsetenv("NO_COLOR") : setenv("NO_COLOR", "1", 1));
    if (chdir(options->folder == NULL ? pty_folder() : options->folder) == 0)
        (void)execv(program, words);
    _exit(127);
}

/* Does what the test asks for, until the client has ended. */
static void serve(pid_t client, int control)
{
    int watch = (int)syscall(SYS_pidfd_open, client, 0);
    struct pollfd ends[] = {{.fd = watch, .events = POLLIN}, {.fd = control, .events = POLLIN}};
    char job;
    while (ends[0].revents == 0 && watch >= 0) {
        if (poll(ends, 2, -1) < 0 || ends[1].revents == 0)
            continue;
        if (read(control, &job, 1) != 1) {
            ends[1].fd = -1;
            continue;
        }
        (void)tcsetpgrp(STDIN_FILENO, job == 'f' ? client : getpid());
        (void)kill(-client, SIGCONT);
    }
}

_Noreturn void pty_shell(const struct pty_options *options, const char *program, int slave,
                         int report, int control)
{
    int status;
    (void)login_tty(slave);
    (void)signal(SIGTTOU, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    pid_t client = fork();
    if (client == 0) {
        (void)setpgid(0, 0);
        if (!options->background)
            (void)tcsetpgrp(STDIN_FILENO, getpid());
        signals_default();
        become_client(options, program);
    }
    (void)setpgid(client, client);
    if (write(report, &client, sizeof client) != sizeof client)
        _exit(126);
    serve(client, control);
    while (waitpid(client, &status, 0) < 0 && errno == EINTR)
        ;
    /* bit 7 and the signal, as a shell reports it; _exit flushes nothing a second time */
    _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
