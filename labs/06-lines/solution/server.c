/* server.c: one client at a time: greets, then answers each line that it sends
 *
 * usage: ./server PORT FOLDER
 */
#include "server.h"

#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

int folder;

static void serve_client(int fd);

int main(int argc, char **argv)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    if (argc != 3)
        errx(2, "usage: server PORT FOLDER");
    at.sin_port = htons((in_port_t)strtol(argv[1], NULL, 10));
    folder = open(argv[2], O_RDONLY | O_DIRECTORY);
    if (folder < 0)
        err(1, "%s", argv[2]);
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, SOMAXCONN) != 0)
        err(1, "can't listen on port %s", argv[1]);

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0)
            serve_client(fd);
    }
}

static void serve_client(int fd)
{
    struct client client = {.fd = fd};
    char line[LINE_MOST];
    int n = 0;
    bool open = send_text(fd, "HELLO 1 loop\n");

    while (open && (n = read_line(&client, line)) > 0)
        open = answer(&client, line);
    if (n < 0)
        (void)send_text(fd, "ERR too-long a line has at most 1024 bytes\n");
    close_gently(fd);
}
