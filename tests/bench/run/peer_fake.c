/* peer_fake.c: see peer_fake.h */
#include "peer_fake.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients/spec.h"
#include "loopback.h"
#include "unit.h"

enum { CONNECTIONS = 40, REQUEST = 1024, WORDS = 3, WORD = 64 };

struct peer_client {
    char request[REQUEST]; /* what has come of the next one */
    size_t len;
    unsigned int replies;
    char channel[WORD]; /* "": it has not subscribed */
};

static struct {
    struct peer_fake *peer;
    pthread_t thread;
    bool running;
    int wake[2];
    struct pollfd polled[CONNECTIONS + 2]; /* the pipe, the listener, the connections */
    struct peer_client connections[CONNECTIONS + 2];
    nfds_t count;
} fake;

static void send_to(nfds_t i, const char *bytes, size_t n)
{
    size_t piece = fake.peer->pieces > 0 ? fake.peer->pieces : n;
    for (size_t part; n > 0; bytes += part, n -= part) {
        part = piece < n ? piece : n;
        if (send(fake.polled[i].fd, bytes, part, MSG_NOSIGNAL) != (ssize_t)part)
            return; /* the client has gone */
    }
}

/* The right reply, unless it is time for the wrong one. */
static bool reply(nfds_t i, const char *right)
{
    bool wrong = fake.peer->wrong != NULL && fake.connections[i].replies++ >= fake.peer->good;
    const char *text = wrong ? fake.peer->wrong : right;
    send_to(i, text, strlen(text));
    return !wrong;
}

static void odd(const char *request, size_t len)
{
    if (fake.peer->odd[0] == '\0')
        (void)snprintf(fake.peer->odd, PEER_TEXT, "%.*s", len < 99 ? (int)len : 99, request);
}

/* ---- redis ---- */

/* The words of "*2\r\n$3\r\nGET\r\n$1\r\na\r\n". Returns how many bytes they take; 0: not all are
 * there. */
static size_t words_parse(const char *request, char words[WORDS][WORD], size_t *count)
{
    char *at;
    *count = strtoul(request + 1, &at, 10);
    if (request[0] != '*' || *count > WORDS || strncmp(at, "\r\n", 2) != 0)
        return 0;
    at += 2;
    for (size_t i = 0; i < *count; i++) {
        size_t size = *at == '$' ? strtoul(at + 1, &at, 10) : WORD;
        if (size >= WORD || strncmp(at, "\r\n", 2) != 0 || strlen(at) < size + 4 ||
            strncmp(at + 2 + size, "\r\n", 2) != 0)
            return 0;
        (void)snprintf(words[i], WORD, "%.*s", (int)size, at + 2);
        at += size + 4;
    }
    return (size_t)(at - request);
}

static void publish(nfds_t speaker, const char *channel, const char *text)
{
    char event[REQUEST], told[32];
    unsigned int receivers = 0;
    bool lost = fake.peer->loses && atomic_load(&fake.peer->messages) == PEER_LOST;
    (void)snprintf(event, sizeof event, "*3\r\n$7\r\nmessage\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
                   strlen(channel), channel, strlen(text), text);
    atomic_fetch_add(&fake.peer->messages, 1);
    for (nfds_t i = 2; i < fake.count; i++) {
        if (strcmp(fake.connections[i].channel, channel) != 0)
            continue;
        receivers++;
        if (!lost)
            send_to(i, event, strlen(event));
    }
    (void)snprintf(told, sizeof told, ":%u\r\n", receivers);
    (void)reply(speaker, told);
}

static size_t redis_answer(nfds_t i, const char *request, size_t len)
{
    struct peer_client *c = &fake.connections[i];
    char words[WORDS][WORD], entered[2 * WORD];
    size_t count = 0, size = words_parse(request, words, &count);
    if (size == 0)
        return 0;
    atomic_fetch_add(&fake.peer->requests, 1);
    if (count == 1 && strcmp(words[0], "PING") == 0) {
        (void)reply(i, "+PONG\r\n");
    } else if (count == 2 && strcmp(words[0], "SUBSCRIBE") == 0) {
        (void)snprintf(c->channel, sizeof c->channel, "%s", words[1]);
        (void)snprintf(entered, sizeof entered, "*3\r\n$9\r\nsubscribe\r\n$%zu\r\n%s\r\n:1\r\n",
                       strlen(words[1]), words[1]);
        (void)reply(i, entered);
    } else if (count == 3 && strcmp(words[0], "PUBLISH") == 0 && c->channel[0] == '\0') {
        publish(i, words[1], words[2]);
    } else {
        odd(request, len);
    }
    return size;
}

/* ---- nginx ---- */

static size_t http_answer(nfds_t i, const char *request, size_t len)
{
    static char file[PEER_FILE];
    char head[256], name[WORD] = "";
    const char *end = strstr(request, "\r\n\r\n");
    if (end == NULL)
        return 0;
    atomic_fetch_add(&fake.peer->requests, 1);
    bool known = sscanf(request, "GET /%60[^ ] HTTP/1.1\r\n", name) == 1;
    size_t size = strcmp(name, LOAD_PING_FILE) == 0 ? LOAD_PING_BYTES : PEER_FILE;
    if (!known || strstr(request, "\r\nHost: ") == NULL ||
        (size == PEER_FILE && strcmp(name, "f") != 0))
        odd(request, len);
    for (size_t at = 0; at < size; at++)
        file[at] = (char)load_file_byte(at);
    (void)snprintf(head, sizeof head,
                   "HTTP/1.1 200 OK\r\nServer: a stand-in\r\nContent-Length: %zu\r\nConnection: "
                   "keep-alive\r\n\r\n",
                   size);
    if (reply(i, head))
        send_to(i, file, size);
    return (size_t)(end - request) + 4;
}

/* ---- the thread ---- */

static void receive(nfds_t i)
{
    struct peer_client *c = &fake.connections[i];
    ssize_t n = recv(fake.polled[i].fd, c->request + c->len, REQUEST - 1 - c->len, 0);
    size_t taken = 1;
    if (n <= 0) {
        (void)close(fake.polled[i].fd);
        fake.polled[i].fd = -1; /* poll(2) passes over it */
        c->channel[0] = '\0';
        return;
    }
    c->len += (size_t)n;
    while (taken > 0 && c->len > 0) {
        c->request[c->len] = '\0';
        taken = (fake.peer->http ? http_answer : redis_answer)(i, c->request, c->len);
        memmove(c->request, c->request + taken, c->len - taken);
        c->len -= taken;
    }
    if (c->len == REQUEST - 1)
        odd(c->request, c->len);
}

static void take_client(void)
{
    int fd = accept4(fake.polled[1].fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (fake.count == CONNECTIONS + 2) {
        (void)close(fd);
        return;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    fake.connections[fake.count] = (struct peer_client){.len = 0};
    fake.polled[fake.count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void *serve(void *none)
{
    while (poll(fake.polled, fake.count, -1) >= 0 && fake.polled[0].revents == 0) {
        nfds_t count = fake.count;
        for (nfds_t i = 2; i < count; i++)
            if (fake.polled[i].revents != 0)
                receive(i);
        if (fake.polled[1].revents != 0)
            take_client();
    }
    return none;
}

int peer_fake_start(struct peer_fake *peer)
{
    int port = 0, fd = loopback_listen(&port, 128);
    unit_check(fd >= 0 && pipe(fake.wake) == 0, "no listener");
    fake.peer = peer;
    fake.count = 2;
    fake.polled[0] = (struct pollfd){.fd = fake.wake[0], .events = POLLIN};
    fake.polled[1] = (struct pollfd){.fd = fd, .events = POLLIN};
    unit_check(pthread_create(&fake.thread, NULL, serve, NULL) == 0, "no thread");
    fake.running = true;
    return port;
}

void peer_fake_stop(void)
{
    if (!fake.running)
        return;
    (void)close(fake.wake[1]);
    (void)pthread_join(fake.thread, NULL);
    for (nfds_t i = 0; i < fake.count; i++)
        if (fake.polled[i].fd >= 0)
            (void)close(fake.polled[i].fd);
    fake.running = false;
}
