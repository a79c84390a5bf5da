/* three_calls: what select, poll and epoll_wait return for the same two sockets
 *
 * One socket has a byte to be read and room to write; the other has only room. All three calls ask
 * for both of both, at most 50 ms.
 */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int with_byte, without;

static void must(long result, const char *call)
{
    if (result < 0)
        err(1, "%s", call);
}

static void call_select(void)
{
    fd_set readers, writers;
    struct timeval left = {.tv_usec = 50000};
    FD_ZERO(&readers);
    FD_ZERO(&writers);
    FD_SET(with_byte, &readers);
    FD_SET(without, &readers);
    FD_SET(with_byte, &writers);
    FD_SET(without, &writers);
    int n =
        select((with_byte > without ? with_byte : without) + 1, &readers, &writers, NULL, &left);
    must(n, "select");
    printf("select      returned %d: bits left in all sets together\n", n);
    printf("            readers hold the first: %d, the second: %d\n",
           FD_ISSET(with_byte, &readers) != 0, FD_ISSET(without, &readers) != 0);
}

static void call_poll(void)
{
    struct pollfd entries[] = {{.fd = with_byte, .events = POLLIN | POLLOUT},
                               {.fd = without, .events = POLLIN | POLLOUT},
                               {.fd = -1, .events = POLLIN}};
    int n = poll(entries, 3, 50);
    must(n, "poll");
    printf("poll        returned %d: entries whose revents is not 0\n", n);
    printf("            of the entry with fd -1 it is %d\n", entries[2].revents);
}

static void call_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.fd = with_byte}, ready[8];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    must(epoll, "epoll_create1");
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, with_byte, &event), "epoll_ctl");
    event.data.fd = without;
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, without, &event), "epoll_ctl");
    int n = epoll_wait(epoll, ready, 8, 50);
    must(n, "epoll_wait");
    printf("epoll_wait  returned %d: events filled in\n", n);
    n = epoll_wait(epoll, ready, 1, 50);
    must(n, "epoll_wait");
    printf("            with room for one event: %d; the next wait reports the other\n", n);
    close(epoll);
}

static void call_with_nothing_ready(void)
{
    fd_set readers;
    struct timeval left = {.tv_usec = 50000};
    FD_ZERO(&readers);
    FD_SET(without, &readers);
    int n = select(without + 1, &readers, NULL, NULL, &left);
    must(n, "select");
    printf("timeout     select returned %d; the set is empty: %d; time left in timeval: %ld us\n",
           n, FD_ISSET(without, &readers) == 0, (long)left.tv_usec);
}

int main(void)
{
    int first[2], second[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, first), "socketpair");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, second), "socketpair");
    must(send(first[1], "x", 1, 0), "send");
    with_byte = first[0];
    without = second[0];
    call_select();
    call_poll();
    call_epoll();
    call_with_nothing_ready();
    return 0;
}
