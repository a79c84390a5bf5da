/* test_lab_waits.c: connecting, deadlines, and cancelling */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "bound.h"
#include "fleet.h"
#include "labtest.h"

/* ---- the connection ---- */

static void waiting_for_our_turn(void **state)
{
    (void)state;
    struct fleet *server = fleet_start("loop", NULL);
    struct lab *first = labtest_open(server->port);
    struct lab *second = labtest_connect(server->port, labtest_long());
    labtest_expect(second, LAB_WAITING, lab_greet(second, 20));
    labtest_expect(second, LAB_WAITING, lab_greet(second, 0));
    unit_check(lab_connected(second) && lab_model(second)[0] == '\0', "connected, not greeted");
    labtest_expect(second, LAB_USAGE, lab_ping(second));
    labtest_expect(first, LAB_OK, lab_quit(first));
    labtest_expect(second, LAB_OK, lab_greet(second, labtest_long()));
    labtest_expect(second, LAB_OK, lab_greet(second, 0));
    labtest_expect(second, LAB_OK, lab_ping(second));
    lab_free(first);
    lab_free(second);
}

static void server_dies_on(struct fleet *server)
{
    struct lab *lab = labtest_open(server->port);
    struct lab_event event;
    fleet_kill(server);
    labtest_expect(lab, LAB_LOST, lab_next_event(lab, &event, -1));
    labtest_expect(lab, LAB_LOST, lab_connect(lab, "127.0.0.1", server->port, labtest_long()));
    unit_check(strstr(lab_why(lab), "connection refused by 127.0.0.1:") != NULL, "%s",
               lab_why(lab));
    fleet_again(server);
    labtest_expect(lab, LAB_OK, lab_connect(lab, "localhost", server->port, labtest_long()));
    labtest_expect(lab, LAB_OK, lab_greet(lab, labtest_long()));
    fleet_kill(server);
    labtest_expect(lab, LAB_LOST, lab_ping(lab));
    lab_free(lab);
}

static void server_dies(void **state)
{
    (void)state;
    fleet_each(server_dies_on, NULL);
}

static void no_server(void **state)
{
    static const struct {
        const char *host, *port, *why;
    } cases[] = {
        {"no.such.host.invalid", "9006", "no such host: no.such.host.invalid"},
        {"127.0.0.1", "65536", "no such port: 65536"},
        {"127.0.0.1", "0", "no such port: 0"},
        {"127.0.0.1", "", "no such port: "},
        {"127.0.0.1", "99999999999999999999", "no such port: 99999999999999999999"},
        {"127.0.0.1", "no-such-service", "no such port: no-such-service"},
        {"\033[2Jhost", "9006", "\\x1b[2Jhost"},
    };
    (void)state;
    struct lab *lab = lab_new();
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        labtest_expect(lab, LAB_LOST, lab_connect(lab, cases[i].host, cases[i].port, 1000));
        unit_check(strstr(lab_why(lab), cases[i].why) != NULL ||
                       strstr(lab_why(lab), "cannot look up") != NULL, /* no name server here */
                   "expected: %s\n  received: %s", cases[i].why, lab_why(lab));
    }
    lab_free(lab);
    lab_free(NULL);
}

static void refused_v6(void **state)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t len = sizeof at;
    char port[8];
    (void)state;
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0); /* bound, and not listening */
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
        if (fd >= 0)
            close(fd);
        unit_skip("no IPv6 here: %s", strerror(errno));
    }
    (void)snprintf(port, sizeof port, "%u", (unsigned)ntohs(at.sin6_port));
    struct lab *lab = lab_new();
    labtest_expect(lab, LAB_LOST, lab_connect(lab, "::1", port, labtest_long()));
    unit_check(strncmp(lab_why(lab), "connection refused by [::1]:", 28) == 0, "%s", lab_why(lab));
    lab_free(lab);
    close(fd);
}

static void order_of_calls(void **state)
{
    const struct hostile_step script[] = {HOSTILE_SAY("HELLO 1 x\n"), HOSTILE_END};
    struct lab_listing listing;
    struct lab_names names;
    struct lab_event event;
    struct hostile *server;
    (void)state;
    struct lab *lab = lab_new();
    labtest_expect(lab, LAB_LOST, lab_greet(lab, 0));
    labtest_expect(lab, LAB_LOST, lab_ping(lab));
    labtest_expect(lab, LAB_LOST, lab_list(lab, &listing));
    lab_listing_free(&listing);
    labtest_expect(lab, LAB_LOST, lab_who(lab, &names));
    lab_names_free(&names);
    labtest_expect(lab, LAB_LOST, lab_next_event(lab, &event, -1));
    labtest_expect(lab, LAB_LOST, lab_quit(lab));
    unit_check(!lab_event_ready(lab) && lab_fd(lab) == -1, "nothing is there");
    lab_free(lab);
    lab = labtest_meet(&server, script, labtest_long());
    labtest_expect(lab, LAB_USAGE, lab_connect(lab, "127.0.0.1", server->port, 1000));
    unit_check(lab_connected(lab), "still connected");
    lab_close(lab);
    lab_close(lab);
    hostile_finish(server);
    lab_free(lab);
}

static void greeting_in_pieces(void **state)
{
    int go[2];
    (void)state;
    unit_check(pipe2(go, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    const struct hostile_step script[] = {
        HOSTILE_AWAIT(go[0]), HOSTILE_SAY("HEL"),    HOSTILE_AWAIT(go[0]), HOSTILE_SAY("LO 1 sl"),
        HOSTILE_AWAIT(go[0]), HOSTILE_SAY("ow\r\n"), HOSTILE_END};
    struct hostile *server = hostile_start(script);
    struct lab *lab = labtest_connect(server->port, labtest_long());
    for (int i = 0; i < 3; i++) {
        labtest_expect(lab, LAB_WAITING, lab_greet(lab, 10));
        unit_check(lab_connected(lab) && write(go[1], "x", 1) == 1, "write: %s", strerror(errno));
    }
    labtest_expect(lab, LAB_OK, lab_greet(lab, labtest_long()));
    unit_check(strcmp(lab_model(lab), "slow") == 0, "the model is %s", lab_model(lab));
    lab_free(lab);
    close(go[0]);
    close(go[1]);
    hostile_finish(server);
}

/* ---- deadlines ---- */

/* A port at which connections hang: nobody accepts, and the queue is full. */
struct deaf {
    int listener, fill[4];
    char port[8];
};

static void deaf_open(struct deaf *deaf)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    deaf->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unit_check(bind(deaf->listener, (struct sockaddr *)&at, len) == 0 &&
                   listen(deaf->listener, 0) == 0 &&
                   getsockname(deaf->listener, (struct sockaddr *)&at, &len) == 0,
               "listening: %s", strerror(errno));
    (void)snprintf(deaf->port, sizeof deaf->port, "%u", (unsigned)ntohs(at.sin_port));
    for (size_t i = 0; i < UNIT_COUNT(deaf->fill); i++) {
        deaf->fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(deaf->fill[i], (struct sockaddr *)&at, sizeof at);
    }
}

static void deaf_close(const struct deaf *deaf)
{
    close(deaf->listener);
    for (size_t i = 0; i < UNIT_COUNT(deaf->fill); i++)
        close(deaf->fill[i]);
}

static void connect_times_out(void **state)
{
    struct deaf deaf;
    (void)state;
    deaf_open(&deaf);
    struct lab *lab = lab_new();
    labtest_expect(lab, LAB_TIMEOUT, lab_connect(lab, "127.0.0.1", deaf.port, labtest_short()));
    unit_check(strncmp(lab_why(lab), "no answer from 127.0.0.1:", 25) == 0, "%s", lab_why(lab));
    lab_free(lab);
    deaf_close(&deaf);
}

enum ask { PING, GET, PUT, LIST, NEXT };

/* One call of the library against a script. Returns what it said; *ms is how long that took. */
static enum lab_status ask(struct lab *lab, enum ask what, size_t size, long *ms)
{
    struct lab_listing listing = {0};
    struct lab_event event;
    enum lab_status status = LAB_OK;
    int file = labtest_file(size, 1);
    long begin = bound_now();
    switch (what) {
    case PING: status = lab_ping(lab); break;
    case GET: status = lab_get(lab, "file", 0, file); break;
    case PUT: status = lab_put(lab, "file", file, size); break;
    case LIST: status = lab_list(lab, &listing); break;
    case NEXT: status = lab_next_event(lab, &event, labtest_short()); break;
    }
    *ms = bound_now() - begin;
    lab_listing_free(&listing);
    close(file);
    return status;
}

/* However the server keeps us waiting, the call ends a timeout after it began. */
static void timeout_one(const struct hostile_step *script, enum ask what, enum lab_status want)
{
    struct hostile *server;
    struct lab *lab = labtest_meet(&server, script, labtest_short());
    long ms;
    labtest_expect(lab, want, ask(lab, what, 30000000, &ms));
    unit_check(ms >= labtest_short() - 1 && ms < labtest_short() + bound_of(1500),
               "it took %ld ms, with a timeout of %d ms", ms, labtest_short());
    lab_free(lab);
    hostile_stop(server);
}

#define HELLO HOSTILE_SAY("HELLO 1 evil\n")
#define LOTS  1000000000ULL

static void silence(void **state)
{
    (void)state;
    const struct hostile_step never[] = {HELLO, HOSTILE_END};
    const struct hostile_step half[] = {HELLO, HOSTILE_LINE, HOSTILE_SAY("OK"), HOSTILE_END};
    const struct hostile_step body[] = {HELLO, HOSTILE_LINE, HOSTILE_SAY("OK 5000\nabc"),
                                        HOSTILE_END};
    const struct hostile_step deaf[] = {HELLO, HOSTILE_LINE, HOSTILE_SAY("GO\n"), HOSTILE_STAY};
    const struct hostile_step stored[] = {HELLO, HOSTILE_LINE, HOSTILE_SAY("GO\n"), HOSTILE_END};
    timeout_one(never, PING, LAB_TIMEOUT);
    timeout_one(half, PING, LAB_TIMEOUT);
    timeout_one(body, GET, LAB_TIMEOUT);
    timeout_one(body, LIST, LAB_TIMEOUT);
    timeout_one(never, PUT, LAB_TIMEOUT);
    timeout_one(deaf, PUT, LAB_TIMEOUT);
    timeout_one(stored, PUT, LAB_TIMEOUT);
    timeout_one(never, NEXT, LAB_WAITING);
}

static void dripping(void **state)
{
    (void)state;
    const struct hostile_step head[] = {HELLO, HOSTILE_LINE,
                                        HOSTILE_DRIP("* SAY amy oh ", LOTS, 15), HOSTILE_END};
    const struct hostile_step events[] = {HELLO, HOSTILE_LINE,
                                          HOSTILE_TRICKLE("* JOIN amy\n", LOTS, 15), HOSTILE_END};
    const struct hostile_step body[] = {HELLO, HOSTILE_LINE, HOSTILE_SAY("OK 900000\n"),
                                        HOSTILE_DRIP("x", LOTS, 15), HOSTILE_END};
    const struct hostile_step unknown[] = {HELLO, HOSTILE_TRICKLE("* MOOD amy fine\n", LOTS, 15),
                                           HOSTILE_END};
    timeout_one(head, PING, LAB_TIMEOUT);
    timeout_one(events, PING, LAB_TIMEOUT);
    timeout_one(body, GET, LAB_TIMEOUT);
    timeout_one(body, LIST, LAB_TIMEOUT);
    timeout_one(unknown, NEXT, LAB_WAITING);
}

/* Streams without a pause, of what is passed over, and so is not bounded by memory. */
static void streaming(void **state)
{
    (void)state;
    const struct hostile_step reply[] = {
        HELLO, HOSTILE_LINE, HOSTILE_REPEAT("* MOOD amy fine\n", 100 * LOTS), HOSTILE_END};
    const struct hostile_step idle[] = {HELLO, HOSTILE_REPEAT("* MOOD amy fine\n", 100 * LOTS),
                                        HOSTILE_END};
    const struct hostile_step body[] = {HELLO, HOSTILE_LINE, HOSTILE_SAY("GO\n"),
                                        HOSTILE_REPEAT("* MOOD amy fine\n", 100 * LOTS),
                                        HOSTILE_END};
    timeout_one(reply, PING, LAB_TIMEOUT);
    timeout_one(idle, NEXT, LAB_WAITING);
    timeout_one(body, PUT, LAB_TIMEOUT);
}

/* Slow, but moving: longer than the timeout in all. */
static void slow_is_not_silent(void **state)
{
    enum { PIECE = 2048, PIECES = 10, PAUSE = 100 };
    static const char piece[PIECE + 1] = "1 x\n";
    struct hostile *server;
    long ms;
    (void)state;
    const struct hostile_step script[] = {HELLO,
                                          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 20480\n"),
                                          HOSTILE_TRICKLE(piece, PIECE * PIECES, PAUSE),
                                          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 20480\n"),
                                          HOSTILE_TRICKLE(piece, PIECE * PIECES, PAUSE),
                                          HOSTILE_END};
    struct lab *lab = labtest_meet(&server, script, (int)bound_of(700));
    labtest_expect(lab, LAB_OK, ask(lab, GET, 0, &ms));
    labtest_expect(lab, LAB_OK, ask(lab, LIST, 0, &ms));
    lab_free(lab);
    hostile_finish(server);
}

/* ---- cancelling ---- */

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
    (void)signal(SIGALRM, SIG_DFL);
    (void)signal(SIGUSR1, SIG_DFL);
    close(cancel_pipe[0]);
    close(cancel_pipe[1]);
}

static void cancel_connect(void **state)
{
    const struct itimerval soon = {.it_value = {.tv_usec = 30000}};
    struct deaf deaf;
    (void)state;
    cancel_begin();
    deaf_open(&deaf);
    struct lab *lab = lab_new();
    lab_cancel_fd(lab, cancel_pipe[0]);
    unit_check(setitimer(ITIMER_REAL, &soon, NULL) == 0, "setitimer: %s", strerror(errno));
    labtest_expect(lab, LAB_CANCELLED, lab_connect(lab, "127.0.0.1", deaf.port, labtest_long()));
    lab_free(lab);
    deaf_close(&deaf);
    cancel_end();
}

static void cancel_greet(void **state)
{
    (void)state;
    cancel_begin();
    const struct hostile_step script[] = {HOSTILE_WRITE(cancel_pipe[1]), HOSTILE_END};
    struct hostile *server = hostile_start(script);
    struct lab *lab = lab_new();
    labtest_expect(lab, LAB_OK, lab_connect(lab, "127.0.0.1", server->port, labtest_long()));
    lab_cancel_fd(lab, cancel_pipe[0]);
    labtest_expect(lab, LAB_CANCELLED, lab_greet(lab, labtest_long()));
    lab_free(lab);
    hostile_finish(server);
    cancel_end();
}

/* The server cancels for us, in the middle of what the script says. */
static void cancel_one(const struct hostile_step *script, enum ask what)
{
    struct hostile *server;
    struct lab_event event;
    long ms;
    struct lab *lab = labtest_meet(&server, script, labtest_long());
    lab_cancel_fd(lab, cancel_pipe[0]);
    enum lab_status status =
        what == NEXT ? lab_next_event(lab, &event, -1) : ask(lab, what, 30000000, &ms);
    labtest_expect(lab, LAB_CANCELLED, status);
    char byte;
    unit_check(read(cancel_pipe[0], &byte, 1) == 1, "it was not read from");
    lab_free(lab);
    hostile_stop(server);
}

static void cancel_anywhere(void **state)
{
    (void)state;
    cancel_begin();
    int end = cancel_pipe[1];
    const struct hostile_step head[] = {HELLO, HOSTILE_LINE, HOSTILE_WRITE(end), HOSTILE_END};
    const struct hostile_step body[] = {HELLO, HOSTILE_LINE, HOSTILE_SAY("OK 900000\nabc"),
                                        HOSTILE_WRITE(end), HOSTILE_END};
    const struct hostile_step flow[] = {HELLO,
                                        HOSTILE_LINE,
                                        HOSTILE_SAY("OK 900000000000\n"),
                                        HOSTILE_REPEAT("x", 5000000),
                                        HOSTILE_WRITE(end),
                                        HOSTILE_REPEAT("x", 900000000000),
                                        HOSTILE_END};
    const struct hostile_step deaf[] = {HELLO, HOSTILE_LINE, HOSTILE_SAY("GO\n"),
                                        HOSTILE_WRITE(end), HOSTILE_STAY};
    const struct hostile_step taken[] = {
        HELLO,      HOSTILE_LINE, HOSTILE_SAY("GO\n"), HOSTILE_READ(30000000), HOSTILE_WRITE(end),
        HOSTILE_END};
    const struct hostile_step idle[] = {HELLO, HOSTILE_WRITE(end), HOSTILE_END};
    const struct hostile_step by_signal[] = {HELLO, HOSTILE_LINE, HOSTILE_SIGNAL(SIGUSR1),
                                             HOSTILE_END};
    cancel_one(head, PING);
    cancel_one(head, PUT);
    cancel_one(by_signal, PING);
    cancel_one(body, GET);
    cancel_one(body, LIST);
    cancel_one(flow, GET);
    cancel_one(deaf, PUT);
    cancel_one(taken, PUT);
    cancel_one(idle, NEXT);
    cancel_end();
}

/* Nobody reads the pipe that we write to. */
static void cancel_local_write(void **state)
{
    int to[2];
    struct hostile *server;
    (void)state;
    cancel_begin();
    unit_check(pipe2(to, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    const struct hostile_step script[] = {HELLO,
                                          HOSTILE_LINE,
                                          HOSTILE_SAY("OK 5000000\n"),
                                          HOSTILE_REPEAT("x", 60000),
                                          HOSTILE_WRITE(cancel_pipe[1]),
                                          HOSTILE_END};
    struct lab *lab = labtest_meet(&server, script, labtest_long());
    (void)fcntl(to[1], F_SETPIPE_SZ, 8192);
    lab_cancel_fd(lab, cancel_pipe[0]);
    labtest_expect(lab, LAB_CANCELLED, lab_get(lab, "file", 0, to[1]));
    lab_free(lab);
    close(to[0]);
    close(to[1]);
    hostile_stop(server);
    cancel_end();
}

/* Signals that cancel nothing disturb nothing, and what was cancelled connects again. */
static void signals(void **state)
{
    enum { SIZE = 30000000 };
    const struct itimerval storm = {{.tv_usec = 500}, {.tv_usec = 500}}, calm = {0};
    (void)state;
    struct fleet *server = fleet_start("epoll", NULL);
    struct lab *lab = labtest_open(server->port);
    int file = labtest_file(SIZE, 3), to = labtest_file(0, 0);
    cancel_begin();
    (void)fcntl(cancel_pipe[1], F_SETFL, O_NONBLOCK);
    unit_check(setitimer(ITIMER_REAL, &storm, NULL) == 0, "setitimer: %s", strerror(errno));
    labtest_expect(lab, LAB_OK, lab_put(lab, "file", file, SIZE));
    labtest_expect(lab, LAB_OK, lab_get(lab, "file", 0, to));
    unit_check(setitimer(ITIMER_REAL, &calm, NULL) == 0, "setitimer: %s", strerror(errno));
    unit_check(labtest_file_holds(to, SIZE, 3), "the file is not the same");
    lab_cancel_fd(lab, cancel_pipe[0]); /* it has been readable for long */
    labtest_expect(lab, LAB_CANCELLED, lab_get(lab, "file", 0, to));
    lab_cancel_fd(lab, -1);
    labtest_expect(lab, LAB_OK, lab_connect(lab, "127.0.0.1", server->port, labtest_long()));
    labtest_expect(lab, LAB_OK, lab_greet(lab, labtest_long()));
    labtest_expect(lab, LAB_OK, lab_ping(lab));
    lab_free(lab);
    close(file);
    close(to);
    cancel_end();
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest table[] = {
        FLEET(waiting_for_our_turn),
        FLEET(server_dies),
        FLEET(no_server),
        FLEET(refused_v6),
        FLEET(order_of_calls),
        FLEET(greeting_in_pieces),
        FLEET(connect_times_out),
        FLEET(silence),
        FLEET(dripping),
        FLEET(streaming),
        FLEET(slow_is_not_silent),
        FLEET(cancel_connect),
        FLEET(cancel_greet),
        FLEET(cancel_anywhere),
        FLEET(cancel_local_write),
        FLEET(signals),
    };
    return unit_run("lab_waits", table, argc, argv);
}
