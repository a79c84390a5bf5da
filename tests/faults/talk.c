/* tests/faults/talk.c: see faults.h */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bound.h"
#include "faults.h"

enum {
    PATIENCE = 8000, /* milliseconds without a byte that mean "never" */
    LET_GO = 120,    /* milliseconds after which a fault that goes on ends */
    SLICE = 30,
};

struct talk talks[TALKS];

static void trail(struct talk *talk, const char *what, const char *text, size_t n)
{
    size_t used = strlen(talk->trail);
    if (used > sizeof talk->trail - 300) { /* the beginning and the end are what is of interest */
        memmove(talk->trail + 400, talk->trail + 700, used - 700 + 1);
        used -= 300;
    }
    (void)snprintf(talk->trail + used, sizeof talk->trail - used, "      %s %.*s%s\n", what,
                   n > 100 ? 100 : (int)n, text, n > 100 ? " …" : "");
}

static void over(struct talk *talk)
{
    if (talk->fd >= 0)
        close(talk->fd);
    talk->fd = -1;
    talk->open = false;
}

/* It ended where more should have come. */
static void cut(struct talk *talk)
{
    trail(talk, "<", "(the end)", 9);
    talk->harmed = talk->cut = true;
    over(talk);
}

/* Waits for the socket; false: nothing happens any more. */
static bool await(struct talk *talk, short events, long since)
{
    struct pollfd polled = {.fd = talk->fd, .events = events};
    long waited = bound_now() - since;
    if (waited >= LET_GO)
        sweep_let_go();
    if (waited >= bound_of(PATIENCE)) {
        trouble("%s: nothing more comes, and the connection stays open", talk->name);
        return false;
    }
    (void)poll(&polled, 1, SLICE);
    return true;
}

/* Reads more. False: the connection has ended. */
static bool more(struct talk *talk)
{
    long since = bound_now();
    if (!talk->open)
        return false;
    if (talk->from == talk->to)
        talk->from = talk->to = 0;
    if (talk->to == sizeof talk->in) {
        memmove(talk->in, talk->in + talk->from, talk->to - talk->from);
        talk->to -= talk->from;
        talk->from = 0;
    }
    do {
        ssize_t n = recv(talk->fd, talk->in + talk->to, sizeof talk->in - talk->to, MSG_DONTWAIT);
        if (n > 0)
            talk->to += (size_t)n;
        if (n > 0)
            return true;
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return false;
    } while (await(talk, POLLIN, since));
    return false;
}

/* ---- events ---- */

static int ear_of(struct talk *talk, const char *nick)
{
    for (int i = 0; i < NICKS; i++) {
        if (talk->ears[i].nick[0] == '\0')
            (void)snprintf(talk->ears[i].nick, sizeof talk->ears[i].nick, "%s", nick);
        if (strcmp(talk->ears[i].nick, nick) == 0)
            return i;
    }
    trouble("%s hears of too many nicks: %s", talk->name, nick);
    return 0;
}

static void hear_say(struct talk *talk, int ear, unsigned int number)
{
    if (talk->strict && !talk->ears[ear].in)
        trouble("%s hears %s, who is not in the room", talk->name, talk->ears[ear].nick);
    if (number <= talk->ears[ear].last)
        trouble("%s hears line %u of %s after line %u", talk->name, number, talk->ears[ear].nick,
                talk->ears[ear].last);
    talk->ears[ear].last = number;
    talk->heard |= (uint64_t)1 << number % 64;
    talk->heard &= ~((uint64_t)1 << (number + 32) % 64);
}

static void hear(struct talk *talk, const char *line)
{
    char nick[15];
    unsigned int number;
    int end = 0;
    if (sscanf(line, "* ADMIN news %u%n", &number, &end) == 1 && line[end] == '\0') {
        if (number <= talk->news)
            trouble("%s hears announcement %u after %u", talk->name, number, talk->news);
        talk->news = number;
    } else if (sscanf(line, "* SAY %14s line %u%n", nick, &number, &end) == 2 &&
               line[end] == '\0') {
        hear_say(talk, ear_of(talk, nick), number);
    } else if (sscanf(line, "* JOIN %14s%n", nick, &end) == 1 && line[end] == '\0') {
        int ear = ear_of(talk, nick);
        if (talk->ears[ear].in)
            trouble("%s hears of %s joining twice", talk->name, nick);
        talk->ears[ear].in = true;
        talk->ears[ear].joins++;
    } else if (sscanf(line, "* LEAVE %14s%n", nick, &end) == 1 && line[end] == '\0') {
        int ear = ear_of(talk, nick);
        if (talk->strict && !talk->ears[ear].in)
            trouble("%s hears of %s leaving, who was not there", talk->name, nick);
        talk->ears[ear].in = false;
    } else {
        trouble("%s hears what nobody has said: %s", talk->name, line);
    }
}

/* ---- lines ---- */

/* The next line, an event or a reply; NULL: the connection has ended. */
static const char *next_line(struct talk *talk)
{
    size_t seen = 0;
    for (;;) {
        const char *start = talk->in + talk->from;
        const char *lf = memchr(start + seen, '\n', talk->to - talk->from - seen);
        size_t len = lf != NULL ? (size_t)(lf - start) : talk->to - talk->from;
        if (len >= sizeof talk->line) {
            trouble("%s: a line that does not end", talk->name);
            return NULL;
        }
        if (lf != NULL) {
            memcpy(talk->line, start, len);
            talk->line[len] = '\0';
            talk->from += len + 1;
            trail(talk, "<", talk->line, len);
            return talk->line;
        }
        seen = talk->to - talk->from;
        if (!more(talk))
            return NULL;
    }
}

static const char *reply_line(struct talk *talk)
{
    const char *line = NULL;
    while (talk->open && (line = next_line(talk)) != NULL && strncmp(line, "* ", 2) == 0)
        hear(talk, line);
    return line;
}

enum reply { REPLY_OK, REPLY_GO, REPLY_ERR, REPLY_NONE };

/* ERR counts as harm, and so does the end. */
static enum reply reply(struct talk *talk, unsigned long long *size)
{
    int end = 0;
    *size = 0;
    if (!talk->open)
        return REPLY_NONE;
    const char *line = reply_line(talk);
    if (line == NULL) {
        cut(talk);
        return REPLY_NONE;
    }
    if (sscanf(line, "OK %llu%n", size, &end) == 1 && line[end] == '\0')
        return REPLY_OK;
    if (strcmp(line, "GO") == 0)
        return REPLY_GO;
    if (strncmp(line, "ERR ", 4) != 0 || strlen(line) < 7)
        trouble("%s: this is no reply: %s", talk->name, line);
    talk->harmed = true;
    return REPLY_ERR;
}

static void wrong(struct talk *talk, const char *wanted)
{
    trouble("%s: expected %s, received %s", talk->name, wanted, talk->line);
    over(talk);
}

bool talk_ok(struct talk *talk)
{
    return talk_body(talk, "", 0);
}

bool talk_go(struct talk *talk)
{
    unsigned long long size;
    enum reply got = reply(talk, &size);
    if (got == REPLY_OK)
        wrong(talk, "GO");
    return got == REPLY_GO;
}

/* The head of a body of n bytes, or of other bytes. Returns how many come. -1: it was not that. */
static ssize_t body_head(struct talk *talk, size_t n, size_t other)
{
    unsigned long long size;
    char wanted[40];
    enum reply got = reply(talk, &size);
    if (got == REPLY_ERR || got == REPLY_NONE)
        return -1;
    (void)snprintf(wanted, sizeof wanted, "OK %zu", n);
    if (got == REPLY_OK && (size == n || size == other))
        return (ssize_t)size;
    wrong(talk, wanted);
    return -1;
}

static bool body_bytes(struct talk *talk, const void *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        if (talk->from == talk->to && !more(talk)) {
            cut(talk);
            return false;
        }
        size_t part = talk->to - talk->from;
        if (part > n - done)
            part = n - done;
        if (memcmp(talk->in + talk->from, (const char *)bytes + done, part) != 0) {
            trouble("%s: wrong bytes in a body of %zu, near byte %zu", talk->name, n, done);
            over(talk);
            return false;
        }
        talk->from += part;
        done += part;
    }
    return true;
}

bool talk_body(struct talk *talk, const void *bytes, size_t n)
{
    return body_head(talk, n, n) >= 0 && body_bytes(talk, bytes, n);
}

bool talk_list(struct talk *talk, const char *text, size_t n)
{
    char kept[TALK_BUFFER];
    const char *end = text + n;
    unsigned long long size;
    size_t len = 0;
    if (reply(talk, &size) != REPLY_OK || size > n || size > sizeof kept) {
        if (strncmp(talk->line, "OK ", 3) == 0)
            wrong(talk, "a listing that is no longer than the folder's");
        return false;
    }
    while (len < size) {
        if (talk->from == talk->to && !more(talk)) {
            cut(talk);
            return false;
        }
        kept[len++] = talk->in[talk->from++];
    }
    for (const char *at = kept; at < kept + len;) { /* each line, in the order of the folder's */
        const char *lf = memchr(at, '\n', (size_t)(kept + len - at));
        size_t line = lf != NULL ? (size_t)(lf + 1 - at) : 0;
        while (text < end && line > 0 && strncmp(text, at, line) != 0)
            text = (const char *)memchr(text, '\n', (size_t)(end - text)) + 1;
        if (text >= end || line == 0) {
            trouble("%s: a listing with a line that is none of the folder's", talk->name);
            over(talk);
            return false;
        }
        text += line;
        at += line;
    }
    return true;
}

bool talk_either(struct talk *talk, const char *one, const char *other)
{
    ssize_t n = body_head(talk, strlen(one), strlen(other));
    return n >= 0 && body_bytes(talk, (size_t)n == strlen(one) ? one : other, (size_t)n);
}

void talk_error(struct talk *talk, const char *code)
{
    unsigned long long size;
    bool harmed = talk->harmed;
    enum reply got = reply(talk, &size);
    if (got == REPLY_OK || got == REPLY_GO)
        wrong(talk, code);
    if (got != REPLY_ERR)
        return;
    size_t n = strlen(code);
    if (strncmp(talk->line + 4, code, n) == 0 && talk->line[4 + n] == ' ')
        talk->harmed = harmed; /* that is what should come */
}

void talk_over(struct talk *talk)
{
    if (!talk->open)
        return;
    const char *line = reply_line(talk);
    if (line != NULL)
        trouble("%s: expected the end, received %s", talk->name, line);
    trail(talk, "<", "(the end)", 9);
    over(talk);
}

bool talk_event(struct talk *talk)
{
    if (!talk->open)
        return false;
    const char *line = next_line(talk);
    if (line == NULL) {
        cut(talk);
        return false;
    }
    if (strncmp(line, "* ", 2) != 0) {
        wrong(talk, "an event");
        return false;
    }
    hear(talk, line);
    return true;
}

bool talk_ready(struct talk *talk)
{
    struct pollfd polled = {.fd = talk->fd, .events = POLLIN};
    return !talk->open || talk->from < talk->to || poll(&polled, 1, SLICE) == 1;
}

/* ---- saying ---- */

void talk_send(struct talk *talk, const void *bytes, size_t n)
{
    long since = bound_now();
    const char *out = bytes;
    while (talk->open && n > 0) {
        ssize_t sent = send(talk->fd, out, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            out += sent;
            n -= (size_t)sent;
            since = bound_now();
        } else if ((errno != EAGAIN && errno != EINTR) || !await(talk, POLLOUT, since)) {
            return; /* reading will tell how it ended */
        }
    }
}

void talk_say(struct talk *talk, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!talk->open || n < 0 || (size_t)n >= sizeof text)
        return;
    trail(talk, ">", text, n > 0 && text[n - 1] == '\n' ? (size_t)n - 1 : (size_t)n);
    talk_send(talk, text, (size_t)n);
}

void talk_enter(struct talk *talk)
{
    talk_say(talk, "C %s\n", talk->name);
    bool let_in = talk_ok(talk);
    talk->entries += let_in;
    talk->denied = !let_in && talk->open;
}

unsigned int talk_speak(struct talk *talk)
{
    static unsigned int number;
    talk_say(talk, "S line %u\n", ++number);
    return talk_ok(talk) ? number : 0;
}

void talk_hear(struct talk *talk, unsigned int number)
{
    while (number != 0 && (talk->heard & (uint64_t)1 << number % 64) == 0)
        if (!talk_event(talk))
            return;
}

/* ---- beginning and end ---- */

static bool talk_connect(struct talk *talk)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)sweep_port()),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int one = 1;
    talk->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (talk->fd < 0 || connect(talk->fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(talk->fd, (struct sockaddr *)&address, &len) != 0) {
        trouble("%s can't connect: %s", talk->name, strerror(errno));
        over(talk);
        return false;
    }
    (void)setsockopt(talk->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    talk->port = ntohs(address.sin_port);
    return talk->open = true;
}

struct talk *talk_open(const char *name)
{
    struct talk *talk = &talks[0];
    char wanted[40];
    while (talk->name != NULL && talk < &talks[TALKS - 1])
        talk++;
    memset(talk, 0, offsetof(struct talk, in));
    talk->name = name;
    if (!talk_connect(talk))
        return talk;
    const char *line = next_line(talk);
    (void)snprintf(wanted, sizeof wanted, "HELLO 1 %s", sweep_model() + 3);
    if (line == NULL) {
        cut(talk);
    } else if (strncmp(line, "ERR busy ", 9) == 0) {
        talk->harmed = true;
        talk_over(talk);
    } else if (strcmp(line, wanted) != 0) {
        wrong(talk, wanted);
    }
    return talk;
}

void talk_close(struct talk *talk)
{
    if (talk->open)
        over(talk);
}

void talk_reset(struct talk *talk)
{
    const struct linger now = {1, 0};
    if (talk->open)
        (void)setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    talk_close(talk);
}

void talk_shut(struct talk *talk)
{
    if (talk->open)
        (void)shutdown(talk->fd, SHUT_WR);
}

size_t talks_harmed(void)
{
    size_t n = 0;
    for (int i = 1; i < TALKS; i++)
        n += talks[i].name != NULL && talks[i].harmed;
    return n;
}
