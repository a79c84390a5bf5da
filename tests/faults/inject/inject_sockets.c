/* tests/faults/inject/inject_sockets.c: sockets, and waiting for them; see inject_wrap.h */
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inject_wrap.h"

WRAP(int, socket, (int family, int type, int protocol), NEXT(socket)(family, type, protocol))
WRAP(int, bind, (int fd, const struct sockaddr *address, socklen_t len),
     NEXT(bind)(fd, address, len))
WRAP(int, listen, (int fd, int backlog), NEXT(listen)(fd, backlog))
WRAP(int, accept4, (int fd, struct sockaddr *address, socklen_t *len, int flags),
     NEXT(accept4)(fd, address, len, flags))
WRAP_AS(-1, int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
        NEXT(setsockopt)(fd, level, name, value, len), fd)
WRAP_SHORT(recv, (int fd, void *buffer, size_t len, int flags), NEXT(recv)(fd, buffer, len, flags),
           fd)
WRAP_SHORT(send, (int fd, const void *buffer, size_t len, int flags),
           NEXT(send)(fd, buffer, len, flags), fd)

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    int error = inject_fault(CALL_sendmsg, fd, HERE);
    if (error > 0)
        return inject_fail(error);
    if (error == 0 || message->msg_iovlen == 0)
        return NEXT(sendmsg)(fd, message, flags);
    return NEXT(send)(fd, message->msg_iov[0].iov_base, 1, flags);
}

ssize_t sendfile(int out, int in, off_t *offset, size_t len)
{
    int error = inject_fault(CALL_sendfile, out, HERE);
    if (error > 0)
        return inject_fail(error);
    if (error == EFFECT_ZERO)
        return 0;
    return NEXT(sendfile)(out, in, offset, error == EFFECT_SHORT ? 1 : len);
}

WRAP_SHORT(splice,
           (int in, off64_t *in_offset, int out, off64_t *out_offset, size_t len,
            unsigned int flags),
           NEXT(splice)(in, in_offset, out, out_offset, len, flags), out)

int shutdown(int fd, int how)
{
    int error = inject_fault(CALL_shutdown, fd, HERE);
    int done = NEXT(shutdown)(fd, how);
    return error != 0 ? inject_fail(error) : done;
}

int close(int fd)
{
    int error = inject_fault(CALL_close, fd, HERE);
    if (fd == inject_event_fd)
        inject_event_fd = -1; /* somebody else may get the number now */
    int done = NEXT(close)(fd);
    return error != 0 ? inject_fail(error) : done;
}

/* ---- waiting ---- */

WRAP(int, poll, (struct pollfd * polled, nfds_t count, int timeout),
     NEXT(poll)(polled, count, timeout))
WRAP(int, select,
     (int count, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *timeout),
     NEXT(select)(count, readers, writers, others, timeout))
WRAP(int, eventfd, (unsigned int count, int flags), (inject_event_fd = NEXT(eventfd)(count, flags)))
WRAP(int, epoll_create1, (int flags), NEXT(epoll_create1)(flags))
WRAP_AS(-1, int, epoll_ctl, (int epoll, int what, int fd, struct epoll_event *event),
        NEXT(epoll_ctl)(epoll, what, fd, event), what == EPOLL_CTL_ADD ? fd : SPARED)
WRAP(int, epoll_wait, (int epoll, struct epoll_event *events, int count, int timeout),
     NEXT(epoll_wait)(epoll, events, count, timeout))
