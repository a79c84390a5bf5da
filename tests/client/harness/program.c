/* program.c: see program.h */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "grow.h"
#include "servers.h"
#include "unit.h"

const char *program_path(void)
{
    static char path[PATH_MAX];
    const char *named = getenv("CLIENT");
    unit_check(named != NULL && realpath(named, path) != NULL,
               "CLIENT=%s in the environment names no program", named == NULL ? "" : named);
    return path;
}

/* ---- the child ---- */

static int child_output(const struct program_options *how, int writing)
{
    if (how->output == PROGRAM_DEV_FULL)
        return open("/dev/full", O_WRONLY);
    if (how->output == PROGRAM_FILE)
        return open("output", O_RDWR | O_CREAT, 0600);
    return writing;
}

/* Between fork and exec; what fails there is seen by the exit status 127. */
static _Noreturn void child_become(const struct program_options *how, const char *program,
                                   const char *const *words, const int ends[3])
{
    struct rlimit limit = {how->max_size, how->max_size};
    (void)setpgid(0, 0); /* whoever is first of us and our parent */
    bool good = how->folder == NULL || chdir(how->folder) == 0;
    good = good && dup2(ends[0], 0) == 0 && dup2(child_output(how, ends[1]), 1) == 1 &&
           dup2(ends[2], 2) == 2;
    if (how->output == PROGRAM_CLOSED)
        close(1);
    if (how->max_size > 0)
        good = good && setrlimit(RLIMIT_FSIZE, &limit) == 0;
    good = good && setenv("TERM", how->output == PROGRAM_TERMINAL ? "xterm" : "dumb", 1) == 0 &&
           unsetenv("NO_COLOR") == 0 && setenv("LC_ALL", "C.UTF-8", 1) == 0 &&
           unsetenv("LANGUAGE") == 0;
    for (size_t i = 0; how->env != NULL && how->env[i] != NULL; i++)
        good = good && putenv((char *)(uintptr_t)how->env[i]) == 0;
    char *argv[32] = {(char *)(uintptr_t)program};
    for (size_t i = 0; words[i] != NULL && i + 2 < UNIT_COUNT(argv); i++)
        argv[i + 1] = (char *)(uintptr_t)words[i];
    (void)signal(SIGINT,
                 how->ignores_sigint ? SIG_IGN : SIG_DFL); /* whatever it is for this test */
    (void)signal(SIGPIPE, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const char *fd = how->closed; fd != NULL && *fd != '\0'; fd++)
        close(*fd - '0');
    if (good && lacks_begin(how->lacks))
        execv(program, argv);
    _exit(127);
}

/* In the place of the two pipes; a terminal is at its end by EIO. */
static void terminal_open(int out[2], int err[2])
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    unit_check(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0, "pty: %s",
               strerror(errno));
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    unit_check(slave >= 0, "pty: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        close(out[i]);
        close(err[i]);
    }
    out[0] = master;
    out[1] = slave;
    err[0] = -1;
    err[1] = fcntl(slave, F_DUPFD_CLOEXEC, 0);
}

struct program *program_start(const struct program_options *how, const char *const *words)
{
    static const struct program_options usual;
    const char *program = program_path();
    int in[2], out[2], err[2];
    struct program *run = calloc(1, sizeof *run);
    unit_check(run != NULL && pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
                   pipe2(err, O_CLOEXEC) == 0,
               "pipe: %s", strerror(errno));
    how = how == NULL ? &usual : how;
    if (how->output == PROGRAM_TERMINAL) {
        terminal_open(out, err);
    } else if (how->output != PROGRAM_PIPE) {
        close(out[0]);
        out[0] = -1;
    }
    run->pid = fork();
    unit_check(run->pid >= 0, "fork: %s", strerror(errno));
    if (run->pid == 0)
        child_become(how, program, words, (const int[]){in[0], out[1], err[1]});
    (void)setpgid(run->pid, run->pid);
    close(in[0]);
    close(out[1]);
    close(err[1]);
    run->in = in[1];
    run->from[0] = out[0];
    run->from[1] = err[0];
    (void)fcntl(run->in, F_SETFL, O_NONBLOCK);
    (void)signal(SIGPIPE, SIG_IGN);
    return run;
}

/* ---- the parent ---- */

static void text_add(struct program_text *text, const char *bytes, size_t len)
{
    text->bytes = grow(text->bytes, &text->room, text->len + len + 1, 1);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    text->bytes[text->len] = '\0';
}

static void receive(struct program *run, int which)
{
    char bytes[16384];
    ssize_t n = read(run->from[which], bytes, sizeof bytes);
    if (n > 0) {
        text_add(which == 0 ? &run->out : &run->err, bytes, (size_t)n);
    } else if (n == 0 || errno != EINTR) {
        close(run->from[which]);
        run->from[which] = -1;
    }
}

/* Reads what comes, once, and returns whether standard input takes something (that it is gone
 * counts). */
static bool step(struct program *run, bool writing, long end)
{
    struct pollfd wait[] = {{.fd = run->from[0], .events = POLLIN},
                            {.fd = run->from[1], .events = POLLIN},
                            {.fd = writing ? run->in : -1, .events = POLLOUT}};
    long left = end - bound_now();
    unit_check(left > 0 && poll(wait, 3, (int)left) >= 0,
               "lab-client is not done in time; it said \"%s\" and \"%s\"",
               unit_quote(run->out.bytes, run->out.len), unit_quote(run->err.bytes, run->err.len));
    for (int i = 0; i < 2; i++)
        if (wait[i].revents != 0)
            receive(run, i);
    return wait[2].revents != 0;
}

void program_write(struct program *run, const char *text)
{
    size_t len = strlen(text);
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    while (len > 0) {
        if (!step(run, true, end))
            continue;
        ssize_t n = write(run->in, text, len);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return; /* it does not read to the end: its exit status has the reason */
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
}

void program_close_input(struct program *run)
{
    if (run->in >= 0)
        close(run->in);
    run->in = -1;
}

/* Reads what comes within so many milliseconds, not stretched: for what is done again and again. */
static void program_look(struct program *run, long ms)
{
    struct pollfd wait = {.fd = run->from[0], .events = POLLIN};
    if (poll(&wait, 1, (int)ms) > 0)
        receive(run, 0);
}

static void await(struct program *run, const struct program_text *text, int which, const char *what)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    while (text->len == 0 || strstr(text->bytes, what) == NULL) {
        unit_check(run->from[which] >= 0,
                   "lab-client ended, and never said \"%s\", but \"%s\" and \"%s\"", what,
                   unit_quote(run->out.bytes, run->out.len),
                   unit_quote(run->err.bytes, run->err.len));
        (void)step(run, false, end);
    }
}

void program_await(struct program *run, const char *text)
{
    await(run, &run->out, 0, text);
}

void program_await_error(struct program *run, const char *text)
{
    await(run, &run->err, 1, text);
}

void program_await_member(struct program *run, const struct test_server *server)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    while (run->out.len == 0 && bound_now() < end) {
        serverproc_announce(server->process, "welcome\n");
        program_look(run, 20);
    }
    program_await(run, "*** the administrator: welcome");
}

int program_wait(struct program *run)
{
    long end = bound_now() + bound_of(BOUND_GENEROUS);
    program_close_input(run);
    while (run->from[0] >= 0 || run->from[1] >= 0)
        (void)step(run, false, end);
    /* both ends are closed, so it is about to end */
    while (run->pid > 0 && waitpid(run->pid, &run->status, 0) < 0 && errno == EINTR)
        ;
    run->pid = 0;
    text_add(&run->out, "", 0);
    text_add(&run->err, "", 0);
    return WIFEXITED(run->status) ? WEXITSTATUS(run->status) : 128 + WTERMSIG(run->status);
}

struct program *program_member(const struct program_options *how, const struct test_server *server,
                               const char *nick)
{
    struct program *run = RUN(how, "-p", server->port, "chat", nick);
    program_await_member(run, server);
    return run;
}

static void wait_for_status(struct program *run, int status)
{
    int got = program_wait(run);
    unit_check(got == status, "exit status %d, not %d; it said \"%s\" and \"%s\"", got, status,
               unit_quote(run->out.bytes, run->out.len), unit_quote(run->err.bytes, run->err.len));
}

void program_finish(struct program *run, int status, const char *says)
{
    wait_for_status(run, status);
    if (says != NULL)
        program_has(&run->err, says);
    program_free(run);
}

const struct program *program_expect(int status, const struct program_options *how,
                                     const char *const *words)
{
    static struct program *last;
    if (last != NULL)
        program_free(last);
    last = program_start(how, words);
    if (how != NULL && how->input != NULL)
        program_write(last, how->input);
    wait_for_status(last, status);
    return last;
}

void program_has(const struct program_text *text, const char *what)
{
    unit_check(text->bytes != NULL && strstr(text->bytes, what) != NULL, "\"%s\" is not in \"%s\"",
               what, unit_quote(text->bytes, text->len));
}

void program_left(const char *folder, const char *name, const char *want)
{
    size_t len;
    char *got = unit_read(folder, name, &len);
    unit_check(got != NULL, "there is no %s", name);
    unit_same(name, name, strlen(name), want, strlen(want), got, len);
    free(got);
}

void program_free(struct program *run)
{
    /* The whole group: at its end, a program with the leak sanitizer has a child that looks at it.
     * Who kills it just then inherits that child. */
    if (run->pid > 0) {
        (void)kill(-run->pid, SIGKILL);
        while (waitpid(-run->pid, NULL, 0) > 0 || errno == EINTR)
            ;
    }
    program_close_input(run);
    for (int i = 0; i < 2; i++)
        if (run->from[i] >= 0)
            close(run->from[i]);
    free(run->out.bytes);
    free(run->err.bytes);
    free(run);
}
