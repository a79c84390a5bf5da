/* makes poll return every event bit; the grader looks at the calls, not at what is printed */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

/* Shows what poll returns for one descriptor. */
void look(const char *what, int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    int n = poll(&one, 1, 1000);
    printf("%-45s poll returns %d, revents %#x\n", what, n, (unsigned)one.revents);
}

int main(void)
{
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    /* look("the end of a pipe into which one writes", ends[1], POLLOUT); */
    return 0;
}
