/* core/protocol/event.c: see event.h */
#include "protocol/event.h"

#include <string.h>

static char *put(char *to, const char *bytes, size_t len)
{
    memcpy(to, bytes, len);
    return to + len;
}

size_t event_format(char line[PROTO_EVENT_MAX], enum event_kind kind, const char *nick,
                    const char *text, size_t text_len)
{
    static const char *const words[] = {[EVENT_JOIN] = "* JOIN ",
                                        [EVENT_LEAVE] = "* LEAVE ",
                                        [EVENT_SAY] = "* SAY ",
                                        [EVENT_ADMIN] = "* ADMIN "};
    char *p = put(line, words[kind], strlen(words[kind]));
    if (kind != EVENT_ADMIN)
        p = put(p, nick, strlen(nick));
    if (kind == EVENT_SAY)
        *p++ = ' ';
    if (kind == EVENT_SAY || kind == EVENT_ADMIN)
        p = put(p, text, text_len);
    *p++ = '\n';
    return (size_t)(p - line);
}
