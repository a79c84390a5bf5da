/* serverproc_port.c: serverproc.h, ports that nobody else gets */
#include "serverproc_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "verdict.h"

enum {
    FREE_LOWEST = 10000, /* the first of the ports for servers that are not ours */
    PLACES = 400,
    PLACE_PORTS = 50
};

static int first_place; /* among the free ports, that this run looks at */

void serverproc_ports_begin(void)
{
    first_place = (int)(getpid() % PLACES) * PLACE_PORTS;
}

/* While a socket is bound to a port and does not listen, the kernel gives that port to no process
 * that asks for any; and one that asks for it by number gets it, if both set SO_REUSEADDR
 * (socket(7)). */
int serverproc_reserve_port(int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    verdict_check(*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                      bind(*fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                      getsockname(*fd, (struct sockaddr *)&address, &size) == 0,
                  "no free port: %s", strerror(errno));
    return ntohs(address.sin_port);
}

/* Of all who look for a port here, one gets it: who binds this name, until the socket is closed. A
 * name like this is no file, and belongs to a network as ports do (unix(7), abstract). */
static bool serverproc_claim(int port, int *claim)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int length = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "six-ways-port-%d", port);

    *claim = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(*claim, (struct sockaddr *)&name,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) == 0)
        return true;
    close(*claim);
    *claim = -1;
    return false;
}

/* A server may not set SO_REUSEADDR, so that no TCP socket can keep the port for it. It is one that
 * the kernel gives to nobody who asks for any, below those of ip_local_port_range, and that is
 * claimed from all others who run these tests; runs begin at different numbers. */
int serverproc_free_port(int *claim)
{
    enum { PORTS = PLACES * PLACE_PORTS };
    static int next;

    for (int tried = 0; tried < PORTS; tried++) {
        int port = FREE_LOWEST + (first_place + next++) % PORTS;
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        int fd;
        bool unused;

        if (!serverproc_claim(port, claim))
            continue;
        fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        unused = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
        close(fd);
        if (unused)
            return port;
        close(*claim);
    }
    *claim = -1;
    verdict_fail("no free port");
}
