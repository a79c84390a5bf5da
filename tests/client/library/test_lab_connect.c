/* test_lab_connect.c: connecting, the greeting, calls in the wrong order */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "labtest.h"

static void waiting_for_our_turn(void)
{
    struct test_server *server = server_start("loop", NULL);
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
}

static void server_dies(struct test_server *server)
{
    struct lab *lab = labtest_open(server->port);
    struct lab_event event;
    server_kill(server);
    labtest_expect(lab, LAB_LOST, lab_next_event(lab, &event, -1));
    labtest_expect(lab, LAB_LOST, lab_connect(lab, "127.0.0.1", server->port, labtest_long()));
    unit_check(strstr(lab_why(lab), "connection refused by 127.0.0.1:") != NULL, "%s",
               lab_why(lab));
    server_restart(server);
    labtest_expect(lab, LAB_OK, lab_connect(lab, "localhost", server->port, labtest_long()));
    labtest_expect(lab, LAB_OK, lab_greet(lab, labtest_long()));
    server_kill(server);
    labtest_expect(lab, LAB_LOST, lab_ping(lab));
}

static void no_server(void)
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
    struct lab *lab = labtest_new();
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        labtest_expect(lab, LAB_LOST, lab_connect(lab, cases[i].host, cases[i].port, 1000));
        unit_check(strstr(lab_why(lab), cases[i].why) != NULL ||
                       strstr(lab_why(lab), "cannot look up") != NULL, /* no name server here */
                   "expected: %s\n  received: %s", cases[i].why, lab_why(lab));
    }
    lab_free(NULL);
}

static void refused_v6(void)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t len = sizeof at;
    char port[8];
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0); /* bound, and not listening */
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) < 0) {
        if (fd >= 0)
            close(fd);
        unit_skip("no IPv6 here: %s", strerror(errno));
    }
    (void)snprintf(port, sizeof port, "%u", (unsigned)ntohs(at.sin6_port));
    struct lab *lab = labtest_new();
    labtest_expect(lab, LAB_LOST, lab_connect(lab, "::1", port, labtest_long()));
    unit_check(strncmp(lab_why(lab), "connection refused by [::1]:", 28) == 0, "%s", lab_why(lab));
    close(fd);
}

static void order_of_calls(void)
{
    struct lab_listing listing;
    struct lab_names names;
    struct lab_event event;
    struct lab *lab = labtest_new();
    labtest_expect(lab, LAB_LOST, lab_greet(lab, 0));
    labtest_expect(lab, LAB_LOST, lab_ping(lab));
    labtest_expect(lab, LAB_LOST, lab_list(lab, &listing));
    lab_listing_free(&listing);
    labtest_expect(lab, LAB_LOST, lab_who(lab, &names));
    lab_names_free(&names);
    labtest_expect(lab, LAB_LOST, lab_next_event(lab, &event, -1));
    labtest_expect(lab, LAB_LOST, lab_quit(lab));
    unit_check(!lab_event_ready(lab) && lab_fd(lab) == -1, "nothing is there");
    struct hostile *server = hostile_start(HOSTILE_SCRIPT(HOSTILE_HELLO));
    lab = labtest_open(server->port);
    labtest_expect(lab, LAB_USAGE, lab_connect(lab, "127.0.0.1", server->port, 1000));
    unit_check(lab_connected(lab), "still connected");
    lab_close(lab);
    lab_close(lab);
    hostile_finish(server);
}

static void greeting_in_pieces(void)
{
    int go[2];
    unit_check(pipe2(go, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
    const struct hostile_step script[] = {
        HOSTILE_AWAIT(go[0]), HOSTILE_SEND("HEL"),    HOSTILE_AWAIT(go[0]), HOSTILE_SEND("LO 1 sl"),
        HOSTILE_AWAIT(go[0]), HOSTILE_SEND("ow\r\n"), HOSTILE_END};
    struct hostile *server = hostile_start(script);
    struct lab *lab = labtest_connect(server->port, labtest_long());
    for (int i = 0; i < 3; i++) {
        labtest_expect(lab, LAB_WAITING, lab_greet(lab, 10));
        unit_check(lab_connected(lab) && write(go[1], "x", 1) == 1, "write: %s", strerror(errno));
    }
    labtest_expect(lab, LAB_OK, lab_greet(lab, labtest_long()));
    unit_check(strcmp(lab_model(lab), "slow") == 0, "the model is %s", lab_model(lab));
    close(go[0]);
    close(go[1]);
}

static const struct CMUnitTest table[] = {
    LAB(waiting_for_our_turn), LAB_EACH(server_dies, NULL), LAB(no_server),
    LAB(refused_v6),           LAB(order_of_calls),         LAB(greeting_in_pieces),
};
UNIT_MAIN("lab_connect", table)
