/* client/lib/lab_connect.c: connecting, the greeting, the goodbye
 *
 * connect(2) on a socket that does not wait, then poll(2): so that a deadline and cancelling hold
 * here, too. With 01_loop a connection is made long before the server accepts it: the kernel does
 * that by itself (listen(2), backlog).
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/utf8.h"
#include "lab_private.h"

/* Where to, for people. */
struct address {
    const char *host, *port;
    const char *before, *behind; /* brackets around an IPv6 address */
};

static enum lab_status unreachable(struct lab *lab, const struct address *to, int error)
{
    if (error == ECONNREFUSED)
        return lab_fail(lab, LAB_LOST, _("connection refused by %s%s%s:%s"), to->before, to->host,
                        to->behind, to->port);
    return lab_fail(lab, LAB_LOST, _("cannot connect to %s%s%s:%s: %s"), to->before, to->host,
                    to->behind, to->port, strerror(error));
}

/* Waits for a connection under way; *error is why there is none. */
static enum lab_status connect_wait(struct lab *lab, int fd, int *error)
{
    socklen_t len = sizeof *error;
    enum lab_status status = lab_wait(lab, fd, POLLOUT, lab_deadline(lab->timeout_ms), NULL);
    *error = 0;
    if (status == LAB_OK && getsockopt(fd, SOL_SOCKET, SO_ERROR, error, &len) < 0)
        *error = errno;
    return status;
}

static enum lab_status connect_one(struct lab *lab, const struct addrinfo *address,
                                   const struct address *to)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    address->ai_protocol);
    if (fd < 0)
        return unreachable(lab, to, errno);
    enum lab_status status = LAB_OK;
    int error = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS || error == EINTR) /* a signal does not stop it, see connect(2) */
        status = connect_wait(lab, fd, &error);
    if (status == LAB_TIMEOUT)
        (void)lab_fail(lab, status, _("no answer from %s%s%s:%s"), to->before, to->host, to->behind,
                       to->port);
    if (status == LAB_OK && error != 0)
        status = unreachable(lab, to, error);
    if (status != LAB_OK) {
        close(fd);
        return status;
    }
    /* a request is one small segment, which should not wait for others (tcp(7)) */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    lab->fd = fd;
    return LAB_OK;
}

static enum lab_status not_found(struct lab *lab, const struct address *to, int reason)
{
    if (reason == EAI_NONAME)
        return lab_fail(lab, LAB_LOST, _("no such host: %s"), to->host);
    if (reason == EAI_SERVICE)
        return lab_fail(lab, LAB_LOST, _("no such port: %s"), to->port);
    return lab_fail(lab, LAB_LOST, _("cannot look up %s: %s"), to->host,
                    reason == EAI_SYSTEM ? strerror(errno) : gai_strerror(reason));
}

/* getaddrinfo(3) takes a number of any size and cuts it to 16 bits. */
static bool port_ok(const char *port)
{
    uint64_t number;
    bool digits = port[0] != '\0' && port[strspn(port, "0123456789")] == '\0';
    if (!digits)
        return port[0] != '\0';
    return proto_number(port, strlen(port), &number) && number > 0 && number < 65536;
}

enum lab_status lab_connect(struct lab *lab, const char *host, const char *port, int timeout_ms)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    bool v6 = strchr(host, ':') != NULL;
    const struct address to = {host, port, v6 ? "[" : "", v6 ? "]" : ""};
    struct addrinfo *found;
    lab->why[0] = lab->code[0] = '\0';
    lab->error = 0;
    if (lab->fd >= 0)
        return lab_fail(lab, LAB_USAGE, _("connected already"));
    lab->timeout_ms = timeout_ms;
    lab->model[0] = '\0';
    lab->events_from = lab->events_to = 0; /* of the room as it was before */
    if (!port_ok(port))
        return not_found(lab, &to, EAI_SERVICE);
    int reason = getaddrinfo(host, port, &hints, &found);
    if (reason != 0)
        return not_found(lab, &to, reason);
    enum lab_status status = LAB_LOST;
    for (const struct addrinfo *address = found; address != NULL; address = address->ai_next) {
        status = connect_one(lab, address, &to);
        if (status == LAB_OK || status == LAB_CANCELLED)
            break;
    }
    freeaddrinfo(found);
    return status;
}

/* "HELLO <version> <model>": the word may be any, since servers of other people are welcome. */
static enum lab_status greeting_take(struct lab *lab, struct lab_line line)
{
    static const char hello[] = "HELLO ";
    size_t head = sizeof hello - 1;
    if (line.len < head || memcmp(line.bytes, hello, head) != 0)
        return lab_reply_error(lab, line, "HELLO");
    const char *version = line.bytes + head;
    const char *space = memchr(version, ' ', line.len - head);
    size_t digits = space != NULL ? (size_t)(space - version) : line.len - head;
    uint64_t number;
    if (!proto_number(version, digits, &number))
        return lab_broken(lab, line, "HELLO 1");
    if (number != 1)
        return lab_fail(lab, LAB_BROKEN,
                        _("the server speaks version %.*s of the protocol, and we speak version 1"),
                        (int)digits, version);
    size_t len = space != NULL ? line.len - head - digits - 1 : 0;
    if (len == 0 || len > LAB_MODEL_MAX || memchr(space + 1, ' ', len) != NULL ||
        !utf8_printable(space + 1, len))
        return lab_broken(lab, line, _("HELLO 1 and one word"));
    memcpy(lab->model, space + 1, len);
    lab->model[len] = '\0';
    return LAB_OK;
}

enum lab_status lab_greet(struct lab *lab, int ms)
{
    struct lab_line line;
    enum lab_status status = lab_begin(lab);
    if (status != LAB_USAGE) /* not connected; or greeted before */
        return status;
    lab->why[0] = '\0';
    status = lab_next_line(lab, lab_deadline(ms), &line);
    if (status == LAB_OK)
        status = greeting_take(lab, line);
    if (status == LAB_TIMEOUT)
        return lab_fail(lab, LAB_WAITING, _("the server has not greeted us yet"));
    if (status == LAB_REFUSED) /* what it sends instead of a greeting is its last line */
        lab_close(lab);
    return lab_end(lab, status);
}

enum lab_status lab_quit(struct lab *lab)
{
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_request(lab, "Q\n");
    if (status == LAB_OK)
        status = lab_ask(lab);
    lab_close(lab);
    return status == LAB_USAGE ? LAB_OK : status; /* not greeted: no goodbye is due */
}
