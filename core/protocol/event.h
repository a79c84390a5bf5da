/* core/protocol/event.h: the lines that members of the chat room are sent, as bytes */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include <stddef.h>

#include "protocol/proto.h"

enum event_kind { EVENT_JOIN, EVENT_LEAVE, EVENT_SAY, EVENT_ADMIN };

/* Writes the line of an event, its LF included and no NUL, and returns its length in bytes.
 * nick ends with a NUL, and is not used for EVENT_ADMIN; text is used for EVENT_SAY and
 * EVENT_ADMIN. What is not used may be "". */
size_t event_format(char line[PROTO_EVENT_MAX], enum event_kind kind, const char *nick,
                    const char *text, size_t text_len);

#endif
