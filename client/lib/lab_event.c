/* client/lib/lab_event.c: events: what they look like, and keeping them */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "lab_private.h"

static bool begins(struct lab_line line, const char *text)
{
    size_t len = strlen(text);
    return line.len >= len && memcmp(line.bytes, text, len) == 0;
}

static bool nick_copy(struct lab_event *event, const char *nick, size_t len)
{
    if (!proto_nick_ok(nick, len))
        return false;
    memcpy(event->nick, nick, len);
    event->nick[len] = '\0';
    return true;
}

static bool text_copy(struct lab_event *event, const char *text, size_t len)
{
    if (!proto_text_ok(text, len))
        return false;
    memcpy(event->text, text, len);
    event->text[len] = '\0';
    return true;
}

static bool said_copy(struct lab_event *event, const char *bytes, size_t len)
{
    const char *space = memchr(bytes, ' ', len);
    size_t nick = space != NULL ? (size_t)(space - bytes) : 0;
    return space != NULL && nick_copy(event, bytes, nick) &&
           text_copy(event, space + 1, len - nick - 1);
}

enum lab_event_verdict lab_event_parse(struct lab_line line, struct lab_event *event)
{
    static const struct {
        const char *word;
        bool (*copy)(struct lab_event *event, const char *bytes, size_t len);
    } kinds[] = {[LAB_JOIN] = {"* JOIN ", nick_copy},
                 [LAB_LEFT] = {"* LEAVE ", nick_copy},
                 [LAB_SAID] = {"* SAY ", said_copy},
                 [LAB_ADMIN] = {"* ADMIN ", text_copy}};
    event->nick[0] = event->text[0] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i].word);
        if (!begins(line, kinds[i].word))
            continue;
        event->kind = (enum lab_event_kind)i;
        bool good = kinds[i].copy(event, line.bytes + len, line.len - len);
        return good ? LAB_EVENT_KNOWN : LAB_EVENT_BAD;
    }
    bool event_of_later = begins(line, "* ") && utf8_printable(line.bytes, line.len);
    return event_of_later ? LAB_EVENT_UNKNOWN : LAB_EVENT_BAD;
}

/* Room for len more: by moving what is there to the front, or by growing. */
static enum lab_status events_room(struct lab *lab, size_t len)
{
    size_t used = lab->events_to - lab->events_from;
    if (used + len > LAB_EVENTS_MAX)
        return lab_fail(lab, LAB_BROKEN, _("the server sends events without an end"));
    if (lab->events_room - lab->events_to >= len)
        return LAB_OK;
    if (lab->events_from > 0)
        memmove(lab->events, lab->events + lab->events_from, used);
    lab->events_from = 0;
    lab->events_to = used;
    if (lab->events_room >= 2 * (used + len))
        return LAB_OK;
    size_t room = 2 * (used + len) > 4096 ? 2 * (used + len) : 4096;
    char *grown = realloc(lab->events, room);
    if (grown == NULL)
        return lab_no_memory(lab);
    lab->events = grown;
    lab->events_room = room;
    return LAB_OK;
}

enum lab_status lab_event_keep(struct lab *lab, struct lab_line line)
{
    struct lab_event event;
    enum lab_event_verdict verdict = lab_event_parse(line, &event);
    if (verdict == LAB_EVENT_BAD)
        return lab_broken(lab, line, _("an event"));
    if (verdict == LAB_EVENT_UNKNOWN)
        return LAB_OK;
    enum lab_status status = events_room(lab, line.len + 1);
    if (status != LAB_OK)
        return status;
    memcpy(lab->events + lab->events_to, line.bytes, line.len);
    lab->events_to += line.len;
    lab->events[lab->events_to++] = '\n';
    return LAB_OK;
}

bool lab_event_take(struct lab *lab, struct lab_event *event)
{
    if (lab->events_from == lab->events_to)
        return false;
    const char *begin = lab->events + lab->events_from;
    const char *end = memchr(begin, '\n', lab->events_to - lab->events_from);
    struct lab_line line = {begin, (size_t)(end - begin)}; /* only whole lines are kept */
    (void)lab_event_parse(line, event);                    /* it was good when it was kept */
    lab->events_from += line.len + 1;
    if (lab->events_from == lab->events_to) { /* a burst is over: its memory goes */
        free(lab->events);
        lab->events = NULL;
        lab->events_from = lab->events_to = lab->events_room = 0;
    }
    return true;
}
