/* core/process/console.h: the administrator's lines, from standard input
 *
 * Every line is an announcement to the chat room. The end of the input (</dev/null of a daemon),
 * or a terminal that has gone, is just that: the console closes and is not watched any more.
 */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "chat/room.h"
#include "protocol/proto.h"

struct console {
    const char *model; /* for the log */
    bool open;
    bool waits;                    /* the line in `line` could not be announced yet */
    bool too_long;                 /* the line is; it is dropped up to its end */
    size_t len;                    /* bytes of a line that has begun */
    char line[PROTO_TEXT_MAX + 2]; /* with CR and LF */
    size_t at, end;                /* of `bytes`: what is not parsed yet */
    char bytes[4096];              /* what was read */
};

void console_init(struct console *console, const char *model);

/* Reads what is there, never waits, and announces the complete lines; none while the room is
 * crowded. An empty line is ignored. A line that may not be sent (control characters, not UTF-8,
 * more than PROTO_TEXT_MAX bytes) is dropped, and that is logged. */
void console_read(struct console *console, struct room *room);

/* Have lines been read that could not be announced yet? Then console_read is to be called again. */
bool console_pending(const struct console *console);

#endif
