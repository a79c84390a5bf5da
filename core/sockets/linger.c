/* core/sockets/linger.c: see linger.h */
#include "sockets/linger.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

void linger_begin(int fd)
{
    (void)shutdown(fd, SHUT_WR); /* fails if the connection is broken: linger_drain notices */
}

bool linger_drain(int fd, size_t *dropped)
{
    char bytes[16 * 1024];
    for (int i = 0; i < 4; i++) { /* bounded, even if the peer sends without end */
        ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return errno != EAGAIN && errno != EWOULDBLOCK;
        *dropped += n > 0 ? (size_t)n : 0;
        if (*dropped > LINGER_MAX)
            return true;
    }
    return false;
}

void linger_wait(int fd, int64_t since)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    int64_t end = since + LINGER_TIME, left = end - clock_now();
    size_t dropped = 0;
    bool done = false;
    linger_begin(fd);
    if (left <= 0)
        (void)linger_drain(fd, &dropped); /* what has come until now causes no reset */
    while (!done && left > 0) {
        if (poll(&polled, 1, (int)left) > 0) /* else: the time is over, or a signal came */
            done = linger_drain(fd, &dropped);
        left = end - clock_now();
    }
}

/* Drains once more: if it is closed early, what has arrived until now causes no reset. */
static void close_first(struct linger_list *list)
{
    unsigned int first = list->first;
    (void)linger_drain(list->sockets[first].fd, &list->sockets[first].dropped);
    close(list->sockets[first].fd);
    list->first = (first + 1) % LINGER_LIST;
    list->count--;
}

void linger_add(struct linger_list *list, int fd, int64_t now)
{
    linger_begin(fd);
    if (list->count == LINGER_LIST)
        close_first(list);
    unsigned int last = (list->first + list->count) % LINGER_LIST;
    list->sockets[last].fd = fd;
    list->sockets[last].dropped = 0;
    list->sockets[last].until = now + LINGER_TIME;
    list->count++;
}

int64_t linger_sweep(struct linger_list *list, int64_t now)
{
    enum { AGAIN = 50 }; /* milliseconds: nothing reports that these sockets are readable */
    while (list->count > 0) {
        unsigned int first = list->first;
        if (!linger_drain(list->sockets[first].fd, &list->sockets[first].dropped) &&
            now < list->sockets[first].until)
            return AGAIN;
        close_first(list);
    }
    return -1;
}

void linger_finish(struct linger_list *list)
{
    int64_t ms;
    while ((ms = linger_sweep(list, clock_now())) >= 0)
        clock_pause(ms);
}

void linger_close_all(struct linger_list *list)
{
    while (list->count > 0)
        close_first(list);
}
