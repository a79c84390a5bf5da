/* tests/faults/clients/dialog.c: connecting, sending, receiving; see dialog.h */
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
#include "dialog.h"
#include "faults.h"
#include "loopback.h"

enum {
    NEVER_MS = 8000,     /* milliseconds without a byte that mean "never" */
    FAULT_ENDS_MS = 120, /* milliseconds after which a fault that continues ends */
    SLICE = 30,
};

struct dialog dialogs[DIALOGS];

void dialog_transcript(struct dialog *dialog, const char *what, const char *text, size_t n)
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

void dialog_over(struct dialog *dialog)
{
    if (dialog->fd >= 0)
        close(dialog->fd);
    dialog->fd = -1;
    dialog->open = false;
}

void dialog_cut(struct dialog *dialog)
{
    dialog_transcript(dialog, "<", "(the end)", 9);
    dialog->harmed = dialog->cut = true;
    dialog_over(dialog);
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

bool dialog_more(struct dialog *dialog)
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

/* ---- lines ---- */

const char *dialog_next_line(struct dialog *dialog)
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
            dialog_transcript(dialog, "<", dialog->line, len);
            return dialog->line;
        }
        seen = dialog->to - dialog->from;
        if (!dialog_more(dialog))
            return NULL;
    }
}

bool dialog_readable(struct dialog *dialog)
{
    struct pollfd polled = {.fd = dialog->fd, .events = POLLIN};
    return !dialog->open || dialog->from < dialog->to || poll(&polled, 1, SLICE) == 1;
}

/* ---- sending ---- */

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
    dialog_transcript(dialog, ">", text, n > 0 && text[n - 1] == '\n' ? (size_t)n - 1 : (size_t)n);
    dialog_send(dialog, text, (size_t)n);
}

void dialog_wrong(struct dialog *dialog, const char *wanted)
{
    problem("%s: expected %s, received %s", dialog->name, wanted, dialog->line);
    dialog_over(dialog);
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
        dialog_over(dialog);
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
    const char *line = dialog_next_line(dialog);
    (void)snprintf(wanted, sizeof wanted, "HELLO 1 %s", sweep_model() + 3);
    if (line == NULL) {
        dialog_cut(dialog);
    } else if (strncmp(line, "ERR busy ", 9) == 0) {
        dialog->harmed = true;
        dialog_expect_end(dialog);
    } else if (strcmp(line, wanted) != 0) {
        dialog_wrong(dialog, wanted);
    }
    return dialog;
}

void dialog_close(struct dialog *dialog)
{
    if (dialog->open)
        dialog_over(dialog);
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
