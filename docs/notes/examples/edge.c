/* edge: two bytes arrive, the reader takes one at a time, level-triggered and edge-triggered */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(long result, const char *call)
{
    if (result < 0)
        err(1, "%s", call);
}

static void show(const char *name, uint32_t extra)
{
    int pair[2], epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | extra}, ready;
    char byte;
    must(epoll, "epoll_create1");
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, pair[0], &event), "epoll_ctl");

    printf("%-17s", name);
    must(send(pair[1], "ab", 2, 0), "send");
    printf("two bytes came: %d", epoll_wait(epoll, &ready, 1, 0));
    must(recv(pair[0], &byte, 1, 0), "recv");
    printf("   one read: %d", epoll_wait(epoll, &ready, 1, 0));
    must(send(pair[1], "c", 1, 0), "send");
    printf("   another came: %d", epoll_wait(epoll, &ready, 1, 0));
    printf("   nothing since: %d\n", epoll_wait(epoll, &ready, 1, 0));
    close(epoll);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    show("level-triggered", 0);
    show("edge-triggered", EPOLLET);
    show("one shot", EPOLLONESHOT);
    return 0;
}
