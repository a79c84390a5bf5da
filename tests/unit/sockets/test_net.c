/* test_net.c: error lines, listening, options of sockets */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/descriptors.h"
#include "base/options.h"
#include "sink.h"
#include "sockets.h"
#include "sockets/net.h"

static void test_tell(void)
{
    for (int code = PROTO_OK + 1; code < PROTO_CODES; code++) {
        int pair[2];
        struct sink got = {0};
        char want[200];
        sockets_pair(pair);
        net_send_error(pair[0], (enum proto_code)code);
        sockets_receive(pair[1], &got);
        int n = snprintf(want, sizeof want, "ERR %s %s\n", proto_code_word((enum proto_code)code),
                         proto_code_text((enum proto_code)code));
        unit_same("net_send_error", "", 0, want, (size_t)n, got.bytes, got.len);
        sink_free(&got);
        close(pair[1]);
        net_send_error(pair[0], (enum proto_code)code); /* to nobody: no signal, no wait */
        close(pair[0]);
    }
}

static void test_tell_does_not_wait(void)
{
    static char much[1 << 16];
    int pair[2];
    unit_bound(20, "an error line to a client that does not read");
    sockets_pair(pair);
    while (send(pair[0], much, sizeof much, MSG_DONTWAIT) > 0)
        ;
    net_send_error(pair[0], PROTO_SLOW);
    sockets_close(pair);
}

/* ---- listening ---- */

static int option_of(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    unit_check(getsockopt(fd, level, name, &value, &len) == 0, "getsockopt: %s", strerror(errno));
    return value;
}

static void test_listen(void)
{
    struct options options = {.address = "127.0.0.1"};
    char name[64], peer[64], again[64], why[300] = "";
    int pair[2];
    int fd = sockets_listener(&options);
    net_name(fd, name, sizeof name);
    unit_check(strncmp(name, "127.0.0.1:", 10) == 0 && strcmp(name, "127.0.0.1:0") != 0,
               "listens on %s", name);
    unit_check((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "inherited by children");
    options.port = (unsigned int)strtoul(name + 10, NULL, 10);
    int second = net_listen(&options, why, sizeof why);
    unit_check(second == -1 && strstr(why, name + 10) != NULL, "a port that is taken: %d, %s",
               second, why);
    close(fd);
    fd = sockets_listener(&options); /* at once */
    assert_string_equal(net_name(fd, again, sizeof again), name);
    close(fd);

    sockets_tcp(pair); /* what a connection inherits */
    unit_check(option_of(pair[0], IPPROTO_TCP, TCP_NODELAY) != 0 &&
                   option_of(pair[0], SOL_SOCKET, SO_KEEPALIVE) != 0 &&
                   option_of(pair[0], IPPROTO_TCP, TCP_KEEPIDLE) <= 120,
               "TCP_NODELAY, keepalive");
    assert_string_equal(net_name(pair[0], name, sizeof name), net_peer(pair[1], peer, sizeof peer));
    assert_string_equal(net_peer(pair[0], peer, sizeof peer), net_name(pair[1], name, sizeof name));
    sockets_close(pair);
}

static void test_listen_on_ipv6(void)
{
    static const char *const addresses[] = {"::1", "::"};
    for (size_t i = 0; i < UNIT_COUNT(addresses); i++) {
        struct options options = {.address = addresses[i]};
        char why[300], name[64], want[16];
        int fd = net_listen(&options, why, sizeof why);
        if (fd < 0)
            unit_skip("no IPv6 here: %s", why);
        (void)snprintf(want, sizeof want, "[%s]:", addresses[i]);
        net_name(fd, name, sizeof name);
        unit_check(strncmp(name, want, strlen(want)) == 0, "listens on %s", name);
        close(fd);
    }
}

static void test_listen_in_vain(void)
{
    static const char *const addresses[] = {
        "300.1.1.1", "no such name", "192.0.2.1", "2001:db8::1", ":", "-"};
    for (size_t i = 0; i < UNIT_COUNT(addresses); i++) {
        struct options options = {.address = addresses[i]};
        char why[300] = "";
        int fd = net_listen(&options, why, sizeof why);
        unit_check(fd == -1 && strstr(why, addresses[i]) != NULL && strchr(why, '\n') == NULL,
                   "%s: %d, %s", addresses[i], fd, unit_quote(why, strlen(why)));
        char little[10];
        fd = net_listen(&options, little, sizeof little);
        unit_check(fd == -1 && strnlen(little, sizeof little) < sizeof little, "%s in 10 bytes",
                   addresses[i]);
    }
}

/* ---- the rest ---- */

static void test_timeouts(void)
{
    int pair[2];
    char byte;
    unit_bound(20, "a timeout");
    sockets_pair(pair);
    unit_check(net_receive_timeout(pair[0], 1) && net_send_timeout(pair[0], 1), "setsockopt");
    unit_check(recv(pair[0], &byte, 1, 0) == -1 && errno == EAGAIN, "recv: %s", strerror(errno));
    static char much[1 << 16];
    while (send(pair[0], much, sizeof much, 0) > 0)
        ;
    unit_check(errno == EAGAIN, "send: %s", strerror(errno));
    unit_check(net_receive_timeout(pair[0], 0) && net_send_timeout(pair[0], 1500), "setsockopt");
    struct timeval value;
    socklen_t len = sizeof value;
    unit_check(getsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &value, &len) == 0 &&
                   value.tv_sec == 1 && value.tv_usec / 100000 == 5,
               "1500 ms: %ld s, %ld us", (long)value.tv_sec, (long)value.tv_usec);
    unit_check(!net_receive_timeout(-1, 1), "of no descriptor");
    sockets_close(pair);
}

static void test_descriptors(void)
{
    struct rlimit limit;
    int pair[2];
    unit_check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    size_t most = descriptors_raise();
    unit_check(most == limit.rlim_max, "the hard limit is %llu, received %zu",
               (unsigned long long)limit.rlim_max, most);
    unit_check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    sockets_pair(pair);
    unit_check(net_set_nonblocking(pair[0]) && (fcntl(pair[0], F_GETFL) & O_NONBLOCK) != 0,
               "O_NONBLOCK");
    sockets_close(pair);
    unit_check(!net_set_nonblocking(-1), "of no descriptor");
    unit_check(net_exhausted(EMFILE) && net_exhausted(ENFILE) && net_exhausted(ENOMEM) &&
                   net_exhausted(ENOBUFS),
               "what is exhausted");
    unit_check(!net_exhausted(EAGAIN) && !net_exhausted(ECONNABORTED) && !net_exhausted(EINTR),
               "what is not");
}

static const struct CMUnitTest tests[] = {
    TEST(test_tell),           TEST(test_tell_does_not_wait), TEST(test_listen),
    TEST(test_listen_on_ipv6), TEST(test_listen_in_vain),     TEST(test_timeouts),
    TEST(test_descriptors),
};
UNIT_MAIN("net", tests)
