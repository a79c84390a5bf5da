/* tests/faults/dialog.c: see faults.h */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bound.h"
#include "faults.h"
#include "loopback.h"

enum {
    NEVER_MS = 8000,     /* milliseconds without a byte that mean "never" */
    FAULT_ENDS_MS = 120, /* milliseconds after which a fault that continues ends */
    SLICE = 30,
};

struct dialog dialogs[DIALOGS];

static void transcript(struct dialog *dialog, const char *what, const char *text, size_t n)
{
    size_t used = strlen(dialog->transcript);
    if (used >
        sizeof dialog->transcript - 300) { /* the beginning and the end are what is of interest */
        memmove(dialog->transcript + 400, dialog->transcript + 700, used - 700 + 1);
        used -= 300;
    }
    (void)snprintf(dialog->transcript + used, sizeof dialog->transcript - used, "      %s %.*s%s\n",
                   what, n > 100 ? 100 : (int)n, text, n > 100 ? " …" : "");
}

static void over(struct dialog *dialog)
{
    if (dialog->fd >= 0)
        close(dialog->fd);
    dialog->fd = -1;
    dialog->open = false;
}

/* It ended before all had come. */
static void cut(struct dialog *dialog)
{
    transcript(dialog, "<", "(the end)", 9);
    dialog->harmed = dialog->cut = true;
    over(dialog);
}

/* Waits for the socket; false: nothing happens any more. */
static bool await(struct dialog *dialog, short events, long since)
{
    struct pollfd polled = {.fd = dialog->fd, .events = events};
    long waited = bound_now() - since;
    if (waited >= FAULT_ENDS_MS)
        sweep_end_fault();
    if (waited >= bound_of(NEVER_MS)) {
        problem("%s: nothing more comes, and the connection stays open", dialog->name);
        return false;
    }
    (void)poll(&polled, 1, SLICE);
    return true;
}

/* Reads more. False: the connection has ended. */
static bool more(struct dialog *dialog)
{
    long since = bound_now();
    if (!dialog->open)
        return false;
    if (dialog->from == dialog->to)
        dialog->from = dialog->to = 0;
    if (dialog->to == sizeof dialog->in) {
        memmove(dialog->in, dialog->in + dialog->from, dialog->to - dialog->from);
        dialog->to -= dialog->from;
        dialog->from = 0;
    }
    do {
        ssize_t n =
            recv(dialog->fd, dialog->in + dialog->to, sizeof dialog->in - dialog->to, MSG_DONTWAIT);
        if (n > 0)
            dialog->to += (size_t)n;
        if (n > 0)
            return true;
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return false;
    } while (await(dialog, POLLIN, since));
    return false;
}

/* ---- events ---- */

static int member_of(struct dialog *dialog, const char *nick)
{
    for (int i = 0; i < NICKS; i++) {
        if (dialog->members[i].nick[0] == '\0')
            (void)snprintf(dialog->members[i].nick, sizeof dialog->members[i].nick, "%s", nick);
        if (strcmp(dialog->members[i].nick, nick) == 0)
            return i;
    }
    problem("%s received too many nicks: %s", dialog->name, nick);
    return 0;
}

static void check_say(struct dialog *dialog, int member, unsigned int number)
{
    if (dialog->strict && !dialog->members[member].in)
        problem("%s received SAY of %s, which is not in the room", dialog->name,
                dialog->members[member].nick);
    if (number <= dialog->members[member].last)
        problem("%s received line %u of %s after line %u", dialog->name, number,
                dialog->members[member].nick, dialog->members[member].last);
    dialog->members[member].last = number;
    dialog->received |= (uint64_t)1 << number % 64;
    dialog->received &= ~((uint64_t)1 << (number + 32) % 64);
}

static void check_event(struct dialog *dialog, const char *line)
{
    char nick[15];
    unsigned int number;
    int end = 0;
    if (sscanf(line, "* ADMIN news %u%n", &number, &end) == 1 && line[end] == '\0') {
        if (number <= dialog->news)
            problem("%s received announcement %u after %u", dialog->name, number, dialog->news);
        dialog->news = number;
    } else if (sscanf(line, "* SAY %14s line %u%n", nick, &number, &end) == 2 &&
               line[end] == '\0') {
        check_say(dialog, member_of(dialog, nick), number);
    } else if (sscanf(line, "* JOIN %14s%n", nick, &end) == 1 && line[end] == '\0') {
        int member = member_of(dialog, nick);
        if (dialog->members[member].in)
            problem("%s received JOIN of %s twice", dialog->name, nick);
        dialog->members[member].in = true;
        dialog->members[member].joins++;
    } else if (sscanf(line, "* LEAVE %14s%n", nick, &end) == 1 && line[end] == '\0') {
        int member = member_of(dialog, nick);
        if (dialog->strict && !dialog->members[member].in)
            problem("%s received LEAVE of %s, which was not in the room", dialog->name, nick);
        dialog->members[member].in = false;
    } else {
        problem("%s received an event that nobody caused: %s", dialog->name, line);
    }
}

/* ---- lines ---- */

/* The next line, an event or a reply; NULL: the connection has ended. */
static const char *next_line(struct dialog *dialog)
{
    size_t seen = 0;
    for (;;) {
        const char *start = dialog->in + dialog->from;
        const char *lf = memchr(start + seen, '\n', dialog->to - dialog->from - seen);
        size_t len = lf != NULL ? (size_t)(lf - start) : dialog->to - dialog->from;
        if (len >= sizeof dialog->line) {
            problem("%s: a line that does not end", dialog->name);
            return NULL;
        }
        if (lf != NULL) {
            memcpy(dialog->line, start, len);
            dialog->line[len] = '\0';
            dialog->from += len + 1;
            transcript(dialog, "<", dialog->line, len);
            return dialog->line;
        }
        seen = dialog->to - dialog->from;
        if (!more(dialog))
            return NULL;
    }
}

static const char *reply_line(struct dialog *dialog)
{
    const char *line = NULL;
    while (dialog->open && (line = next_line(dialog)) != NULL && strncmp(line, "* ", 2) == 0)
        check_event(dialog, line);
    return line;
}

enum reply { REPLY_OK, REPLY_GO, REPLY_ERR, REPLY_NONE };

/* ERR counts as harm, and so does the end. */
static enum reply reply(struct dialog *dialog, unsigned long long *size)
{
    int end = 0;
    *size = 0;
    if (!dialog->open)
        return REPLY_NONE;
    const char *line = reply_line(dialog);
    if (line == NULL) {
        cut(dialog);
        return REPLY_NONE;
    }
    if (sscanf(line, "OK %llu%n", size, &end) == 1 && line[end] == '\0')
        return REPLY_OK;
    if (strcmp(line, "GO") == 0)
        return REPLY_GO;
    if (strncmp(line, "ERR ", 4) != 0 || strlen(line) < 7)
        problem("%s: this is no reply: %s", dialog->name, line);
    dialog->harmed = true;
    return REPLY_ERR;
}

static void wrong(struct dialog *dialog, const char *wanted)
{
    problem("%s: expected %s, received %s", dialog->name, wanted, dialog->line);
    over(dialog);
}

bool dialog_expect_ok(struct dialog *dialog)
{
    return dialog_expect_body(dialog, "", 0);
}

bool dialog_expect_go(struct dialog *dialog)
{
    unsigned long long size;
    enum reply got = reply(dialog, &size);
    if (got == REPLY_OK)
        wrong(dialog, "GO");
    return got == REPLY_GO;
}

/* The head of a body of n bytes, or of other bytes. Returns how many come. -1: it was not that. */
static ssize_t body_head(struct dialog *dialog, size_t n, size_t other)
{
    unsigned long long size;
    char wanted[40];
    enum reply got = reply(dialog, &size);
    if (got == REPLY_ERR || got == REPLY_NONE)
        return -1;
    (void)snprintf(wanted, sizeof wanted, "OK %zu", n);
    if (got == REPLY_OK && (size == n || size == other))
        return (ssize_t)size;
    wrong(dialog, wanted);
    return -1;
}

static bool body_bytes(struct dialog *dialog, const void *bytes, size_t n)
{
    for (size_t done = 0; done < n;) {
        if (dialog->from == dialog->to && !more(dialog)) {
            cut(dialog);
            return false;
        }
        size_t part = dialog->to - dialog->from;
        if (part > n - done)
            part = n - done;
        if (memcmp(dialog->in + dialog->from, (const char *)bytes + done, part) != 0) {
            problem("%s: wrong bytes in a body of %zu, near byte %zu", dialog->name, n, done);
            over(dialog);
            return false;
        }
        dialog->from += part;
        done += part;
    }
    return true;
}

bool dialog_expect_body(struct dialog *dialog, const void *bytes, size_t n)
{
    return body_head(dialog, n, n) >= 0 && body_bytes(dialog, bytes, n);
}

bool dialog_expect_list(struct dialog *dialog, const char *text, size_t n)
{
    char kept[DIALOG_BUFFER];
    const char *end = text + n;
    unsigned long long size;
    size_t len = 0;
    if (reply(dialog, &size) != REPLY_OK || size > n || size > sizeof kept) {
        if (strncmp(dialog->line, "OK ", 3) == 0)
            wrong(dialog, "a listing that is no longer than the folder's");
        return false;
    }
    while (len < size) {
        if (dialog->from == dialog->to && !more(dialog)) {
            cut(dialog);
            return false;
        }
        kept[len++] = dialog->in[dialog->from++];
    }
    for (const char *at = kept; at < kept + len;) { /* each line, in the order of the folder's */
        const char *lf = memchr(at, '\n', (size_t)(kept + len - at));
        size_t line = lf != NULL ? (size_t)(lf + 1 - at) : 0;
        while (text < end && line > 0 && strncmp(text, at, line) != 0)
            text = (const char *)memchr(text, '\n', (size_t)(end - text)) + 1;
        if (text >= end || line == 0) {
            problem("%s: a listing with a line that is none of the folder's", dialog->name);
            over(dialog);
            return false;
        }
        text += line;
        at += line;
    }
    return true;
}

bool dialog_expect_either(struct dialog *dialog, const char *one, const char *other)
{
    ssize_t n = body_head(dialog, strlen(one), strlen(other));
    return n >= 0 && body_bytes(dialog, (size_t)n == strlen(one) ? one : other, (size_t)n);
}

void dialog_expect_error(struct dialog *dialog, const char *code)
{
    unsigned long long size;
    bool harmed = dialog->harmed;
    enum reply got = reply(dialog, &size);
    if (got == REPLY_OK || got == REPLY_GO)
        wrong(dialog, code);
    if (got != REPLY_ERR)
        return;
    size_t n = strlen(code);
    if (strncmp(dialog->line + 4, code, n) == 0 && dialog->line[4 + n] == ' ')
        dialog->harmed = harmed; /* that is what should come */
}

void dialog_expect_end(struct dialog *dialog)
{
    if (!dialog->open)
        return;
    const char *line = reply_line(dialog);
    if (line != NULL)
        problem("%s: expected the end, received %s", dialog->name, line);
    transcript(dialog, "<", "(the end)", 9);
    over(dialog);
}

bool dialog_await_event(struct dialog *dialog)
{
    if (!dialog->open)
        return false;
    const char *line = next_line(dialog);
    if (line == NULL) {
        cut(dialog);
        return false;
    }
    if (strncmp(line, "* ", 2) != 0) {
        wrong(dialog, "an event");
        return false;
    }
    check_event(dialog, line);
    return true;
}

bool dialog_readable(struct dialog *dialog)
{
    struct pollfd polled = {.fd = dialog->fd, .events = POLLIN};
    return !dialog->open || dialog->from < dialog->to || poll(&polled, 1, SLICE) == 1;
}

/* ---- saying ---- */

void dialog_send(struct dialog *dialog, const void *bytes, size_t n)
{
    long since = bound_now();
    const char *out = bytes;
    while (dialog->open && n > 0) {
        ssize_t sent = send(dialog->fd, out, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            out += sent;
            n -= (size_t)sent;
            since = bound_now();
        } else if ((errno != EAGAIN && errno != EINTR) || !await(dialog, POLLOUT, since)) {
            return; /* the next read shows how it ended */
        }
    }
}

void dialog_printf(struct dialog *dialog, const char *format, ...)
{
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!dialog->open || n < 0 || (size_t)n >= sizeof text)
        return;
    transcript(dialog, ">", text, n > 0 && text[n - 1] == '\n' ? (size_t)n - 1 : (size_t)n);
    dialog_send(dialog, text, (size_t)n);
}

void dialog_enter(struct dialog *dialog)
{
    dialog_printf(dialog, "C %s\n", dialog->name);
    bool let_in = dialog_expect_ok(dialog);
    dialog->entries += let_in;
    dialog->denied = !let_in && dialog->open;
}

unsigned int dialog_say(struct dialog *dialog)
{
    static unsigned int number;
    dialog_printf(dialog, "S line %u\n", ++number);
    return dialog_expect_ok(dialog) ? number : 0;
}

void dialog_await_line(struct dialog *dialog, unsigned int number)
{
    while (number != 0 && (dialog->received & (uint64_t)1 << number % 64) == 0)
        if (!dialog_await_event(dialog))
            return;
}

/* ---- beginning and end ---- */

static bool dialog_connect(struct dialog *dialog)
{
    struct sockaddr_in address = {0};
    socklen_t len = sizeof address;
    int one = 1;
    dialog->fd = loopback_connect(sweep_port());
    if (dialog->fd < 0 || getsockname(dialog->fd, (struct sockaddr *)&address, &len) != 0) {
        problem("%s can't connect: %s", dialog->name, strerror(errno));
        over(dialog);
        return false;
    }
    (void)setsockopt(dialog->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    dialog->port = ntohs(address.sin_port);
    return dialog->open = true;
}

struct dialog *dialog_open(const char *name)
{
    struct dialog *dialog = &dialogs[0];
    char wanted[40];
    while (dialog->name != NULL && dialog < &dialogs[DIALOGS - 1])
        dialog++;
    memset(dialog, 0, offsetof(struct dialog, in));
    dialog->name = name;
    if (!dialog_connect(dialog))
        return dialog;
    const char *line = next_line(dialog);
    (void)snprintf(wanted, sizeof wanted, "HELLO 1 %s", sweep_model() + 3);
    if (line == NULL) {
        cut(dialog);
    } else if (strncmp(line, "ERR busy ", 9) == 0) {
        dialog->harmed = true;
        dialog_expect_end(dialog);
    } else if (strcmp(line, wanted) != 0) {
        wrong(dialog, wanted);
    }
    return dialog;
}

void dialog_close(struct dialog *dialog)
{
    if (dialog->open)
        over(dialog);
}

void dialog_reset(struct dialog *dialog)
{
    const struct linger now = {1, 0};
    if (dialog->open)
        (void)setsockopt(dialog->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    dialog_close(dialog);
}

void dialog_shut(struct dialog *dialog)
{
    if (dialog->open)
        (void)shutdown(dialog->fd, SHUT_WR);
}

size_t dialogs_harmed(void)
{
    size_t n = 0;
    for (int i = 1; i < DIALOGS; i++)
        n += dialogs[i].name != NULL && dialogs[i].harmed;
    return n;
}
