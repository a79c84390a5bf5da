/* core/process/console.c: see console.h */
#include "process/console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

void console_init(struct console *console, const char *model)
{
    *console = (struct console){.model = model, .open = true};
}

static void line_end(struct console *console, struct room *room)
{
    size_t len = console->len;
    console->waits = false;
    if (len > 0 && console->line[len - 1] == '\r')
        len--;
    if (console->too_long)
        log_line(console->model, "not announced: the line has more than %d bytes", PROTO_TEXT_MAX);
    else if (len > 0 && !proto_text_ok(console->line, len))
        log_line(console->model,
                 "not announced: the line is too long, not UTF-8 or has control characters");
    else if (len > 0 && !room_announce(room, console->line, len))
        console->waits = true;
    if (console->waits)
        return; /* with this line */
    console->len = 0;
    console->too_long = false;
}

static void line_byte(struct console *console, struct room *room, char byte)
{
    if (byte == '\n')
        line_end(console, room);
    else if (console->len < sizeof console->line)
        console->line[console->len++] = byte;
    else
        console->too_long = true;
}

/* poll(2) first, so that read(2) does not wait even if setup.c could not reopen standard input:
 * O_NONBLOCK would also hold for the shell, which shares it. (A socket that another process reads,
 * too, can make read wait all the same.) */
static bool something_to_read(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&in, 1, 0) > 0;
}

/* Announces the lines that were read, up to one that can't be announced now. Returns false if that
 * is not all of them. */
static bool bytes_take(struct console *console, struct room *room)
{
    if (console->waits)
        line_end(console, room);
    while (!console->waits && console->at < console->end && !room_crowded(room))
        line_byte(console, room, console->bytes[console->at++]);
    return !console->waits && console->at == console->end;
}

bool console_pending(const struct console *console)
{
    return console->waits || console->at < console->end;
}

/* A read in the background of a terminal fails (EIO, since SIGTTIN is ignored): the end, too. */
void console_read(struct console *console, struct room *room)
{
    enum { READS = 16 }; /* bounded: others wait too */
    bool all = bytes_take(console, room);
    for (int i = 0; i < READS && all && console->open && something_to_read(); i++) {
        ssize_t n = read(STDIN_FILENO, console->bytes, sizeof console->bytes);
        console->at = 0;
        console->end = n > 0 ? (size_t)n : 0;
        if (n > 0)
            all = bytes_take(console, room);
        if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
            continue;
        if (console->len > 0)
            line_end(console, room); /* a last line without its LF */
        console->open = console->waits;
    }
}
