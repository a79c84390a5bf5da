/* turns.c: see turns.h */
#include "turns.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "process/stop.h"
#include "sockets/net.h"
#include "sockets/sender.h"

struct turns turns;

char turns_pings[4000];

int64_t __wrap_clock_now(void);
int64_t __wrap_clock_now(void)
{
    return turns.now;
}

/* ---- the mechanism ---- */

static bool watch(int fd, unsigned int from, unsigned int to)
{
    unit_check(fd >= 0 && fd < 1024, "descriptor %d", fd);
    unit_check(turns.watched[fd] == from && from != to, "descriptor %d: is watched for %u, not %u",
               fd, turns.watched[fd], from);
    if (fd == turns.unwatchable) {
        errno = EPERM;
        return false;
    }
    turns.watched[fd] = to;
    return true;
}

static void accept_clients(void)
{
    int fd;
    do {
        turns.accepts++;
        fd = -1;
        if (turns.accept_error != 0)
            errno = turns.accept_error;
        else
            fd = accept4(turns.turn.setup.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (turn_accepted(&turns.turn, fd));
}

static void note(char what, const struct client *c, size_t max)
{
    unit_check(turns.noted < TURNS_NOTES, "too much happens");
    turns.notes[turns.noted++] = (struct note){what, c->fd, max};
}

static bool conn_recv(struct client *c)
{
    static char scratch[SESSION_READ_MAX];
    ssize_t n = recv(c->fd, scratch, session_read_size(&c->session), MSG_DONTWAIT);
    note('r', c, 0);
    turns.now += turns.receive_cost;
    if (n >= 0) {
        c->progress += (size_t)n;
        session_feed(&c->session, scratch, (size_t)n);
    }
    return n >= 0 || errno == EAGAIN;
}

static bool conn_send(struct client *c, size_t max)
{
    if (outbox_empty(&c->session.out))
        return true;
    note('s', c, max);
    turns.now += turns.send_cost;
    for (size_t sent = 0; sent < max && !outbox_empty(&c->session.out);) {
        ssize_t n = sender_send(&turns.turn.sender, c->fd, &c->session.out, max - sent);
        if (n <= 0)
            return n == 0 || errno == EAGAIN;
        sent += (size_t)n;
        c->progress += (size_t)n;
    }
    return true;
}

/* ---- beginning and end ---- */

static void console_begin(const char *file)
{
    redirect_begin(&turns.in, STDIN_FILENO);
    if (file != NULL) {
        unit_check(write(turns.in.other, file, strlen(file)) == (ssize_t)strlen(file), "write");
        close(turns.in.other);
        turns.in.other = -1;
        turns.unwatchable = STDIN_FILENO;
    }
}

void turns_begin(size_t backlog, const char *file)
{
    char why[256];
    memset(&turns, 0, sizeof turns);
    for (size_t i = 0; i < sizeof turns_pings; i++)
        turns_pings[i] = "N\n"[i % 2];
    turns.now = 1000000;
    turns.unwatchable = -1;
    struct setup *setup = &turns.turn.setup;
    setup->options = (struct options){.model = "test",
                                      .address = "127.0.0.1",
                                      .dir = ".",
                                      .max_clients = TURNS_PEERS,
                                      .idle_timeout = TURNS_IDLE,
                                      .header_timeout = TURNS_HEADER,
                                      .max_backlog = backlog};
    setup->store.dir = -1;
    budget_init(&setup->budget, &setup->budget_part, 2 * 1024 * 1024);
    setup->shared =
        (struct session_shared){.model = "test", .store = &setup->store, .budget = &setup->budget};
    setup->shared.catalog = catalog_new(&setup->store, &setup->budget);
    unit_check(setup->shared.catalog != NULL, "out of memory");
    setup->timeouts = timeouts_of(&setup->options);
    console_init(&setup->console, "test");
    setup->listener = net_listen(&setup->options, why, sizeof why);
    unit_check(setup->listener >= 0, "%s", why);
    console_begin(file);
    unit_check(turn_begin(&turns.turn, watch, accept_clients, conn_recv, conn_send),
               "turn_begin: %s", strerror(errno));
    turns.running = true;
    turns.unwatchable = -1;
}

void turns_begin_usual(void)
{
    turns_begin(TURNS_BACKLOG, NULL);
}

void turns_end(void)
{
    for (size_t i = 0; i < turns.count; i++) {
        if (turns.peers[i].fd >= 0)
            close(turns.peers[i].fd);
        sink_free(&turns.peers[i].received);
    }
    struct clients *clients = &turns.turn.clients;
    if (clients->stop_at == 0 || clients->count > 0)
        for (int fd = 0; fd < 1024; fd++)
            if (clients_find(clients, fd) != NULL)
                clients_close(clients, clients_find(clients, fd));
    for (int i = 0; clients->count > 0; i++) {
        unit_check(i < 100000, "%u clients don't go", clients->count);
        turns_pass();
    }
    unit_check(room_names(turns.turn.setup.shared.room, &turns.turn.setup.budget) == NULL,
               "somebody is still in the room");
    unit_check(turns.turn.setup.budget_part.used == 0, "%zu bytes of the budget are not given back",
               (size_t)turns.turn.setup.budget_part.used);
    turns.watched[STDIN_FILENO] = turns.watched[stop_descriptor()] = 0;
    if (turns.turn.setup.listener >= 0)
        turns.watched[turns.turn.setup.listener] = 0;
    for (int fd = 0; fd < 1024; fd++)
        unit_check(turns.watched[fd] == 0, "descriptor %d is still watched", fd);
    turn_free(&turns.turn);
    redirect_end(&turns.in);
}

/* ---- turns ---- */

void turns_pass(void)
{
    struct pollfd ready[1024];
    nfds_t count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        short events = (short)(((turns.watched[fd] & WATCH_READ) != 0 ? POLLIN : 0) |
                               ((turns.watched[fd] & WATCH_WRITE) != 0 ? POLLOUT : 0));
        if (events != 0)
            ready[count++] = (struct pollfd){.fd = fd, .events = events};
    }
    unit_check(poll(ready, count, 0) >= 0, "poll: %s", strerror(errno));
    for (nfds_t i = 0; i < count; i++) {
        short r = ready[i].revents;
        if (r != 0)
            turn_ready(&turns.turn, ready[i].fd, r & POLLIN, r & POLLOUT, r & (POLLERR | POLLHUP));
    }
    turns.running = turn_end(&turns.turn);
}

void turns_pass_after(int64_t ms)
{
    turns.now += ms;
    turns_pass();
}

static bool is_listed(void)
{
    for (int list = 0; list < LISTS; list++)
        if (turns.turn.clients.lists[list].first != NULL)
            return true;
    return false;
}

void turns_until_idle(void)
{
    int i = 0;
    do {
        turns_pass();
        unit_check(i++ < 10000, "it never comes to rest");
    } while (is_listed() || turn_timeout(&turns.turn) == 0);
}

void turns_sleeps(const char *when, int want)
{
    int got = turn_timeout(&turns.turn);
    unit_check(got == want, "%s: sleeps for %d ms, expected %d", when, got, want);
}

unsigned int notes_count(size_t from, char what, const struct turn_peer *peer)
{
    unsigned int count = 0;
    for (size_t i = from; i < turns.noted; i++)
        count += turns.notes[i].what == what && turns.notes[i].fd == peer->server_fd;
    return count;
}

size_t notes_find(size_t from, char what, const struct turn_peer *peer)
{
    for (size_t i = from; i < turns.noted; i++)
        if (turns.notes[i].what == what && turns.notes[i].fd == peer->server_fd)
            return i;
    unit_check(false, "client %td: no '%c'", peer - turns.peers, what);
    return 0;
}
