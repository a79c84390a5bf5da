/* bench/load/load_event.c: a client's connection is ready
 *
 * What is received goes to those who check it, and a client that can send again is scheduled.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "load/load_private.h"

static bool write_more(struct worker *w, struct client *c)
{
    bool first = c->state == CLIENT_GREETING; /* connected to a server that sends no greeting */
    return client_writable(w, c) && (!first || schedule_client(w, c, w->now));
}

static void client_ended(struct worker *w, struct client *c)
{
    if (c->state != CLIENT_LEAVING) {
        client_lose(w, c, LOAD_CLOSED, "closed by the server");
        return;
    }
    client_answered(w, c, 0);
    client_close(w, c); /* the server has closed first: TIME_WAIT is on its side */
    schedule_client(w, c, w->now);
}

void client_event(struct worker *w, struct client *c, uint32_t events)
{
    if (c->fd < 0 || ((events & EPOLLOUT) != 0 && !write_more(w, c)) ||
        (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) == 0)
        return;
    ssize_t got = recv(c->fd, w->buffer, LOAD_CHUNK, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got < 0) {
        client_lose(w, c, load_error_of(errno), strerror(errno));
        return;
    }
    if (got == 0) {
        client_ended(w, c);
        return;
    }
    const char *bytes = w->buffer;
    size_t n = (size_t)got;
    bool full = c->in_flight == w->load->pipeline || c->state != CLIENT_READY;
    if (c->state == CLIENT_GREETING && !client_greeted(w, c, &bytes, &n))
        return;
    bool room = w->load->spec->kind == LOAD_CHAT && !c->idle;
    bool ok = room ? w->load->dialect->room_receive(w, c, bytes, n) : reply_receive(w, c, bytes, n);
    if (ok && c->state == CLIENT_READY && !c->idle)
        schedule_client(w, c, full ? w->now : 0);
}
