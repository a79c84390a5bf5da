/* client/lib/lab_room.c: the chat room */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lab_private.h"

enum lab_status lab_enter(struct lab *lab, const char *nick)
{
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_check_nick(lab, nick);
    if (status == LAB_OK)
        status = lab_request(lab, "C %s\n", nick);
    if (status == LAB_OK)
        status = lab_ask(lab);
    return lab_end(lab, status);
}

enum lab_status lab_say(struct lab *lab, const char *text)
{
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_check_text(lab, text);
    if (status == LAB_OK)
        status = lab_request(lab, "S %s\n", text);
    if (status == LAB_OK)
        status = lab_ask(lab);
    return lab_end(lab, status);
}

enum lab_status lab_leave(struct lab *lab)
{
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_request(lab, "X\n");
    if (status == LAB_OK)
        status = lab_ask(lab);
    return lab_end(lab, status);
}

/* ---- who ---- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Cuts the text into nicks, each ended by a NUL. */
static enum lab_status names_cut(struct lab *lab, struct lab_names *names, size_t len)
{
    size_t lines = 0;
    for (size_t i = 0; i < len; i++)
        lines += names->text[i] == '\n';
    names->names = calloc(lines + 1, sizeof *names->names);
    if (names->names == NULL)
        return lab_no_memory(lab);
    for (char *at = names->text, *end = at + len; at < end;) {
        char *lf = memchr(at, '\n', (size_t)(end - at));
        struct lab_line line = {at, (size_t)((lf != NULL ? lf : end) - at)};
        if (!proto_nick_ok(line.bytes, line.len))
            return lab_broken(lab, line, _("a nick"));
        at[line.len] = '\0';
        names->names[names->count++] = at;
        at += line.len + 1;
    }
    qsort(names->names, names->count, sizeof *names->names, by_bytes);
    return LAB_OK;
}

enum lab_status lab_who(struct lab *lab, struct lab_names *names)
{
    size_t len = 0;
    *names = (struct lab_names){0};
    enum lab_status status = lab_begin(lab);
    if (status == LAB_OK)
        status = lab_request(lab, "W\n");
    if (status == LAB_OK)
        status = lab_reply_text(lab, lab_deadline(lab->timeout_ms), _("list of nicks"), LAB_WHO_MAX,
                                &names->text, &len);
    if (status == LAB_OK)
        status = names_cut(lab, names, len);
    if (status != LAB_OK)
        lab_names_free(names);
    return lab_end(lab, status);
}

void lab_names_free(struct lab_names *names)
{
    free(names->names);
    free(names->text);
    *names = (struct lab_names){0};
}

/* ---- events ---- */

/* A line that is no reply. LAB_WAITING: an event of a kind that came after us. */
static enum lab_status unasked_take(struct lab *lab, struct lab_line line, struct lab_event *event)
{
    const char *due = _("an event");
    if (line.len > 0 && line.bytes[0] == '*') {
        switch (lab_event_parse(line, event)) {
        case LAB_EVENT_KNOWN: return LAB_OK;
        case LAB_EVENT_UNKNOWN: return LAB_WAITING;
        default: return lab_broken(lab, line, due);
        }
    }
    enum lab_status status = lab_reply_error(lab, line, due);
    if (status == LAB_REFUSED && !lab_code_is_last(lab->code)) {
        lab->code[0] = '\0'; /* no request was refused */
        return lab_broken(lab, line, due);
    }
    return status;
}

enum lab_status lab_next_event(struct lab *lab, struct lab_event *event, int ms)
{
    struct lab_line line;
    lab->code[0] = '\0'; /* of an earlier call */
    lab->error = 0;
    if (lab_event_take(lab, event)) /* also after the end of the connection */
        return LAB_OK;
    enum lab_status status = lab_begin(lab);
    if (status != LAB_OK)
        return status;
    int64_t deadline = lab_deadline(ms);
    do {
        status = lab_next_line(lab, deadline, &line);
        if (status == LAB_OK)
            status = unasked_take(lab, line, event);
    } while (status == LAB_WAITING && clock_now() <= deadline);
    if (status == LAB_TIMEOUT || status == LAB_WAITING)
        return lab_fail(lab, LAB_WAITING, _("nothing has happened in the room"));
    return lab_end(lab, status);
}

bool lab_event_ready(const struct lab *lab)
{
    return lab->events_from < lab->events_to ||
           memchr(lab->in + lab->from, '\n', lab->to - lab->from) != NULL;
}
