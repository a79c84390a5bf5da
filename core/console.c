/* core/console.c: see console.h */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

void console_init(struct console *console, const char *model)
{
    *console = (struct console){.model = model, .open = true};
}

static void line_end(struct console *console, struct room *room)
{
    size_t len = console->len;
    if (len > 0 && console->line[len - 1] == '\r')
        len--;
    if (console->too_long)
        log_line(console->model, "not announced: the line has more than %d bytes", PROTO_TEXT_MAX);
    else if (len > 0 && !proto_text_ok(console->line, len))
        log_line(console->model,
                 "not announced: the line is too long, not UTF-8 or has control characters");
    else if (len > 0)
        room_announce(room, console->line, len);
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

/* poll(2) first, so that read(2) never waits. O_NONBLOCK would do the same, but it would stay on
 * the terminal for the shell that shares it. */
static bool something_to_read(void)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&in, 1, 0) > 0;
}

/* A read in the background of a terminal fails (EIO, since SIGTTIN is ignored): the end, too. */
void console_read(struct console *console, struct room *room)
{
    enum { READS = 128 }; /* bounded: others wait too */
    char bytes[512];      /* of the shortest lines, five times as much is said to the room */
    for (int i = 0; i < READS && console->open && !room_crowded(room) && something_to_read(); i++) {
        ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
        for (ssize_t at = 0; at < n; at++)
            line_byte(console, room, bytes[at]);
        if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
            continue;
        if (console->len > 0)
            line_end(console, room); /* a last line without its LF */
        console->open = false;
    }
}
