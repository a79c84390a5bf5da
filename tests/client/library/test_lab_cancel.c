/* test_lab_cancel.c: every wait can be cancelled, and signals that cancel nothing disturb
 * nothing */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "labtest.h"

static int cancel_pipe[2]; /* for the signal handler, too */

static void on_signal(int signal)
{
    int error = errno;
    (void)signal;
    if (write(cancel_pipe[1], "x", 1) < 0 && errno != EAGAIN)
        _exit(97);
    errno = error;
}

static void cancel_begin(void)
{
    const struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: EINTR comes */
    unit_check(pipe2(cancel_pipe, O_CLOEXEC) == 0 && sigaction(SIGUSR1, &action, NULL) == 0 &&
                   sigaction(SIGALRM, &action, NULL) == 0,
               "setting up: %s", strerror(errno));
}

static void cancel_end(void)
{
    labtest_end();
    (void)signal(SIGALRM, SIG_DFL);
    (void)signal(SIGUSR1, SIG_DFL);
    close(cancel_pipe[0]);
    close(cancel_pipe[1]);
}

#define LAB_CANCEL(function) LAB_BETWEEN(cancel_begin, function, cancel_end)

static void cancel_connect(void)
{
    const struct itimerval soon = {.it_value = {.tv_usec = 30000}};
    struct labtest_full stalled;
    labtest_full_open(&stalled);
    struct lab *lab = labtest_new();
    lab_cancel_fd(lab, cancel_pipe[0]);
    unit_check(setitimer(ITIMER_REAL, &soon, NULL) == 0, "setitimer: %s", strerror(errno));
    labtest_expect(lab, LAB_CANCELLED, lab_connect(lab, "127.0.0.1", stalled.port, labtest_long()));
    labtest_full_close(&stalled);
}

static void cancel_greet(void)
{
    struct hostile *server = hostile_start(HOSTILE_SCRIPT(HOSTILE_WRITE(cancel_pipe[1])));
    struct lab *lab = labtest_new();
    labtest_expect(lab, LAB_OK, lab_connect(lab, "127.0.0.1", server->port, labtest_long()));
    lab_cancel_fd(lab, cancel_pipe[0]);
    labtest_expect(lab, LAB_CANCELLED, lab_greet(lab, labtest_long()));
}

/* The server cancels for us, in the middle of the script. */
static void cancel_one(const struct hostile_step *script, enum labtest_call what)
{
    struct lab *lab = labtest_meet(script, labtest_long());
    lab_cancel_fd(lab, cancel_pipe[0]);
    labtest_expect(lab, LAB_CANCELLED, labtest_ask(lab, what, 30000000, -1));
    char byte;
    unit_check(read(cancel_pipe[0], &byte, 1) == 1, "it was not read from");
    labtest_stop();
}

static void cancel_anywhere(void)
{
    int end = cancel_pipe[1];
    const struct hostile_step head[] = {HOSTILE_ASKED, HOSTILE_WRITE(end), HOSTILE_END};
    const struct hostile_step body[] = {HOSTILE_ASKED, HOSTILE_SEND("OK 900000\nabc"),
                                        HOSTILE_WRITE(end), HOSTILE_END};
#define CANCEL_ONE(what, ...) cancel_one(HOSTILE_SCRIPT(__VA_ARGS__), what)
    cancel_one(head, LABTEST_PING);
    cancel_one(head, LABTEST_PUT);
    cancel_one(head, LABTEST_SUM);
    CANCEL_ONE(LABTEST_PING, HOSTILE_ASKED, HOSTILE_SIGNAL(SIGUSR1));
    cancel_one(body, LABTEST_GET);
    cancel_one(body, LABTEST_LIST);
    CANCEL_ONE(LABTEST_GET, HOSTILE_ASKED, HOSTILE_SEND("OK 900000000000\n"),
               HOSTILE_REPEAT("x", 5000000), HOSTILE_WRITE(end), HOSTILE_REPEAT("x", 900000000000));
    CANCEL_ONE(LABTEST_PUT, HOSTILE_ASKED, HOSTILE_GO, HOSTILE_WRITE(end), HOSTILE_STAY);
    CANCEL_ONE(LABTEST_PUT, HOSTILE_ASKED, HOSTILE_GO, HOSTILE_READ(30000000), HOSTILE_WRITE(end));
    CANCEL_ONE(LABTEST_NEXT, HOSTILE_HELLO, HOSTILE_WRITE(end));
}

/* Nobody reads the pipe that we write to. */
static void cancel_local_write(void)
{
    int to[2];
    unit_check(pipe2(to, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    struct lab *lab = LABTEST_MEET(HOSTILE_ASKED, HOSTILE_SEND("OK 5000000\n"),
                                   HOSTILE_REPEAT("x", 60000), HOSTILE_WRITE(cancel_pipe[1]));
    (void)fcntl(to[1], F_SETPIPE_SZ, 8192);
    lab_cancel_fd(lab, cancel_pipe[0]);
    labtest_expect(lab, LAB_CANCELLED, lab_get(lab, "file", 0, to[1]));
    labtest_stop();
    close(to[0]);
    close(to[1]);
}

/* Signals that cancel nothing disturb nothing, and what was cancelled connects again. */
static void signals(void)
{
    enum { SIZE = 30000000 };
    const struct itimerval storm = {{.tv_usec = 500}, {.tv_usec = 500}}, idle = {0};
    struct test_server *server = server_start("epoll", NULL);
    struct lab *lab = labtest_open(server->port);
    int file = labtest_file(SIZE, 3), to = labtest_file(0, 0);
    (void)fcntl(cancel_pipe[1], F_SETFL, O_NONBLOCK);
    unit_check(setitimer(ITIMER_REAL, &storm, NULL) == 0, "setitimer: %s", strerror(errno));
    labtest_expect(lab, LAB_OK, lab_put(lab, "file", file, SIZE));
    labtest_expect(lab, LAB_OK, lab_get(lab, "file", 0, to));
    unit_check(setitimer(ITIMER_REAL, &idle, NULL) == 0, "setitimer: %s", strerror(errno));
    unit_check(labtest_file_holds(to, SIZE, 3), "the file is not the same");
    lab_cancel_fd(lab, cancel_pipe[0]); /* it has been readable for long */
    labtest_expect(lab, LAB_CANCELLED, lab_get(lab, "file", 0, to));
    lab_cancel_fd(lab, -1);
    labtest_again(lab, server->port);
    labtest_expect(lab, LAB_OK, lab_ping(lab));
}

static const struct CMUnitTest table[] = {
    LAB_CANCEL(cancel_connect),     LAB_CANCEL(cancel_greet), LAB_CANCEL(cancel_anywhere),
    LAB_CANCEL(cancel_local_write), LAB_CANCEL(signals),
};
UNIT_MAIN("lab_cancel", table)
