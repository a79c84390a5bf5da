/* server.c: a process for each client; the parent accepts, reaps, and keeps the chat room
 *
 * usage: ./server PORT FOLDER
 */
#include "server.h"

#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS_MOST = 400 };

int folder;

static void serve(int listener);
static void accept_client(int listener);
static void serve_client(int fd, int from_room, int to_room);

/* One signal may stand for several children. */
static void reap_children(int number)
{
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

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
    signal(SIGCHLD, reap_children);
    signal(SIGPIPE, SIG_IGN); /* the other end of a pipe may have gone */
    serve(listener);
}

/* Waits for new clients, and for what the clients' processes ask of the room. */
static void serve(int listener)
{
    struct pollfd watched[CLIENTS_MOST + 1];

    for (;;) {
        size_t n = room_count();

        watched[n] = (struct pollfd){.fd = n < CLIENTS_MOST ? listener : -1, .events = POLLIN};
        for (size_t i = 0; i < n; i++)
            watched[i] = (struct pollfd){.fd = room_descriptor(i), .events = POLLIN};
        if (poll(watched, n + 1, -1) < 0)
            continue;                /* EINTR: a child has ended */
        for (size_t i = n; i-- > 0;) /* from the end: the last takes the place of one that leaves */
            if (watched[i].revents)
                room_serve(i);
        if (watched[n].revents)
            accept_client(listener);
    }
}

static void accept_client(int listener)
{
    int fd = accept(listener, NULL, NULL), from_room[2], to_room[2];

    if (fd < 0)
        return;
    if (pipe(from_room) != 0) {
        close(fd);
        return;
    }
    if (pipe(to_room) != 0) {
        close(fd), close(from_room[0]), close(from_room[1]);
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        close(listener);
        room_close_all(); /* the pipes of other clients */
        close(from_room[1]), close(to_room[0]);
        serve_client(fd, from_room[0], to_room[1]);
        _exit(0);
    }
    close(fd), close(from_room[0]), close(to_room[1]);
    if (child < 0 || !room_add(to_room[0], from_room[1]))
        close(from_room[1]), close(to_room[0]);
}

static void serve_client(int fd, int from_room, int to_room)
{
    struct client room = {.fd = from_room}, client = {.fd = fd, .room = &room, .to_room = to_room};
    char line[LINE_MOST];
    int n = 0;
    bool open = send_text(fd, "HELLO 1 fork\n");

    while (open && (n = read_line(&client, line)) > 0)
        open = answer(&client, line);
    close(to_room); /* the others see a LEAVE now, not when the connection is closed */
    if (n < 0)
        (void)send_text(fd, "ERR too-long a line has at most 1024 bytes\n");
    close_gently(fd);
}
