/* scripted.c: see scripted.h */
#include "scripted.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "clients/spec.h"
#include "loopback.h"
#include "unit.h"

enum { LINE = 2048, SPECIAL = 5 };

struct scripted_connection {
    char line[LINE], nick[40];
    size_t len;
    unsigned int requests, before; /* it: so many connections */
    unsigned long long body;       /* of an upload, still to come */
    bool member, stalled;
};

static struct {
    struct scripted *script;
    pthread_t thread;
    bool running;
    int wake[2];
    atomic_bool stall;
    struct pollfd polled[SCRIPTED_CONNECTIONS + 2]; /* the pipe, the listener, the connections */
    struct scripted_connection connections[SCRIPTED_CONNECTIONS + 2];
    nfds_t count;
    char held[LINE]; /* ROOM_SWAPS: the message that comes after the next one */
    unsigned int messages;
    char file[SCRIPTED_FILE];
} server;

static void close_one(nfds_t i, bool reset)
{
    struct linger at_once = {.l_onoff = reset};
    setsockopt(server.polled[i].fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(server.polled[i].fd);
    server.polled[i].fd = -1; /* taken out after the turn */
}

/* A client that does not read is no matter here: it waits. */
static void tell(nfds_t i, const char *bytes, size_t n)
{
    size_t piece = server.script->pieces;
    while (n > 0 && server.polled[i].fd >= 0) {
        size_t part = piece > 0 && piece < n ? piece : n;
        ssize_t sent = send(server.polled[i].fd, bytes, part, MSG_NOSIGNAL);
        if (sent <= 0) {
            close_one(i, false);
            return;
        }
        bytes += sent;
        n -= (size_t)sent;
    }
}

static void do_then(nfds_t i)
{
    switch (server.script->then) {
    case THEN_GO_ON: break;
    case THEN_CLOSE: shutdown(server.polled[i].fd, SHUT_WR); break;
    case THEN_RESET: close_one(i, true); break;
    case THEN_STALLED: server.connections[i].stalled = true; break;
    }
}

/* ---- the room ---- */

static void tell_others(nfds_t speaker, const char *event)
{
    for (nfds_t i = 2; i < server.count; i++) {
        if (i == speaker || !server.connections[i].member)
            continue;
        tell(i, event, strlen(event));
        atomic_fetch_add(&server.script->delivered, 1);
    }
}

static void say(nfds_t i, const char *text)
{
    char event[LINE + 64], shout[1200];
    bool special = server.messages++ == SPECIAL;
    enum scripted_room room = special ? server.script->room : ROOM_FAIR;
    (void)snprintf(event, sizeof event, "* SAY %s %s\n", server.connections[i].nick, text);
    atomic_fetch_add(&server.script->messages, 1);
    if (server.held[0] != '\0') {
        tell_others(i, event);
        tell_others(i, server.held);
        server.held[0] = '\0';
        return;
    }
    if (room == ROOM_SWAPS)
        (void)snprintf(server.held, sizeof server.held, "%.*s", LINE - 1, event);
    if (room == ROOM_LOSES || room == ROOM_SWAPS)
        return;
    if (room == ROOM_TWICE)
        tell_others(i, event);
    if (room == ROOM_ECHOES)
        tell(i, event, strlen(event));
    if (room == ROOM_SHOUTS) {
        (void)snprintf(shout, sizeof shout, "* ADMIN %01000d\n* SAY somebody hello\n", 7);
        for (nfds_t j = 2; j < server.count; j++)
            tell(j, shout, strlen(shout));
    }
    tell_others(i, event);
}

/* ---- requests ---- */

static void answer_rightly(nfds_t i, const char *line)
{
    struct scripted_connection *c = &server.connections[i];
    static const char list[] = "OK 20\n12 a poem\n7 b\n0 c d\n";
    char head[32 + SHA256_DIGEST_STRING_LENGTH];
    const char *reply = "OK 0\n";
    if (line[0] == 'L')
        reply = list;
    if (line[0] == 'P') {
        c->body = strtoull(line + 2, NULL, 10);
        reply = c->body > 0 ? "GO\n" : "GO\nOK 0\n";
    }
    if (line[0] == 'G') {
        (void)snprintf(head, sizeof head, "OK %d\n", SCRIPTED_FILE);
        reply = head;
    }
    if (line[0] == 'H') {
        char sum[SHA256_DIGEST_STRING_LENGTH];
        (void)SHA256Data((const uint8_t *)server.file, sizeof server.file, sum);
        (void)snprintf(head, sizeof head, "OK %zu\n%s\n", strlen(sum) + 1, sum);
        reply = head;
    }
    if (line[0] == 'C') {
        (void)snprintf(c->nick, sizeof c->nick, "%.32s", line + 2);
        c->member = true;
    }
    tell(i, reply, strlen(reply));
    if (line[0] == 'G')
        tell(i, server.file, sizeof server.file);
    if (line[0] == 'S')
        say(i, line + 2);
    if (line[0] == 'Q' && server.polled[i].fd >= 0)
        shutdown(server.polled[i].fd, SHUT_WR);
}

static void answer(nfds_t i, const char *line)
{
    const struct scripted *script = server.script;
    atomic_fetch_add(&server.script->requests, 1);
    if (server.connections[i].before < SCRIPTED_CONNECTIONS && server.connections[i].requests == 0)
        server.script->asked[server.connections[i].before] = line[0];
    clock_pause(script->late_ms);
    if (server.connections[i].requests++ < script->good ||
        (script->reply == NULL && script->then == THEN_GO_ON)) {
        answer_rightly(i, line);
        return;
    }
    if (script->reply != NULL)
        tell(i, script->reply, script->reply_len > 0 ? script->reply_len : strlen(script->reply));
    if (server.polled[i].fd >= 0)
        do_then(i);
}

static void receive(nfds_t i)
{
    struct scripted_connection *c = &server.connections[i];
    static char bytes[65536];
    ssize_t n = recv(server.polled[i].fd, bytes, sizeof bytes, 0);
    if (n <= 0) {
        close_one(i, false);
        return;
    }
    for (ssize_t at = 0; at < n && server.polled[i].fd >= 0; at++) {
        if (c->body > 0) {
            if (--c->body == 0)
                tell(i, "OK 0\n", 5);
        } else if (bytes[at] != '\n') {
            c->line[c->len < LINE - 1 ? c->len++ : 0] = bytes[at];
        } else {
            c->line[c->len] = '\0';
            c->len = 0;
            if (!c->stalled)
                answer(i, c->line);
        }
    }
}

/* ---- the thread ---- */

static void take_client(void)
{
    const char *greeting = server.script->greeting;
    int fd = accept4(server.polled[1].fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 || server.count == SCRIPTED_CONNECTIONS + 2) {
        if (fd >= 0)
            close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    nfds_t i = server.count++;
    server.polled[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    server.connections[i] =
        (struct scripted_connection){.before = atomic_fetch_add(&server.script->connections, 1)};
    const char *text = greeting != NULL ? greeting : "HELLO 1 scripted\n";
    tell(i, text, strlen(text));
    if (greeting != NULL && server.polled[i].fd >= 0)
        do_then(i);
}

static void take_out(void)
{
    nfds_t kept = 2;
    for (nfds_t i = 2; i < server.count; i++) {
        if (server.polled[i].fd < 0)
            continue;
        server.polled[kept] = server.polled[i];
        if (kept != i)
            server.connections[kept] = server.connections[i];
        kept++;
    }
    server.count = kept;
}

static void *serve(void *none)
{
    for (;;) {
        if (poll(server.polled, server.count, -1) < 0)
            continue;
        if (server.polled[0].revents != 0)
            return none;
        if (atomic_exchange(&server.stall, false))
            clock_pause(server.script->stall_ms);
        nfds_t count = server.count;
        for (nfds_t i = 2; i < count; i++)
            if (server.polled[i].revents != 0 && server.polled[i].fd >= 0)
                receive(i);
        if (server.polled[1].revents != 0)
            take_client();
        take_out();
    }
}

int scripted_start(struct scripted *script)
{
    int port = 0, fd = loopback_listen(&port, 128);
    unit_check(fd >= 0 && pipe(server.wake) == 0, "a listener: %s", strerror(errno));
    server.script = script;
    server.count = 2;
    server.messages = 0;
    server.held[0] = '\0';
    memset(script->asked, '.', SCRIPTED_CONNECTIONS);
    atomic_store(&server.stall, false);
    for (size_t i = 0; i < SCRIPTED_FILE; i++)
        server.file[i] = (char)load_file_byte(i);
    server.polled[0] = (struct pollfd){.fd = server.wake[0], .events = POLLIN};
    server.polled[1] = (struct pollfd){.fd = fd, .events = POLLIN};
    unit_check(pthread_create(&server.thread, NULL, serve, NULL) == 0, "no thread");
    server.running = true;
    return port;
}

void scripted_stall(void)
{
    atomic_store(&server.stall, true);
}

void scripted_stop(void)
{
    if (!server.running)
        return;
    close(server.wake[1]);
    pthread_join(server.thread, NULL);
    for (nfds_t i = 0; i < server.count; i++)
        if (server.polled[i].fd >= 0)
            close(server.polled[i].fd);
    server.running = false;
}
