/* a second thread writes all bits into revents, after the kernel and before the tracer looks */
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

static volatile struct pollfd one;
static volatile bool done;

static void *overwrite(void *unused)
{
    while (!done)
        one.revents = POLLIN | POLLOUT | POLLPRI | POLLERR | POLLHUP | POLLNVAL | POLLRDHUP;
    return unused;
}

int main(void)
{
    pthread_t thread;
    int pipe_end = 0;
    if (pthread_create(&thread, NULL, overwrite, NULL) != 0)
        return 1;
    for (int i = 0; i < 1000; i++) {
        one.fd = pipe_end;
        one.events = POLLIN;
        if (poll((struct pollfd *)&one, 1, 0) < 0)
            return 1;
    }
    done = true;
    return pthread_join(thread, NULL);
}
