/* client/lib/lab_reply.c: the head of a reply, and bodies that are kept in memory */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lab_private.h"

static bool line_is(struct lab_line line, const char *text)
{
    return line.len == strlen(text) && memcmp(line.bytes, text, line.len) == 0;
}

static bool line_begins(struct lab_line line, const char *text)
{
    size_t len = strlen(text);
    return line.len >= len && memcmp(line.bytes, text, len) == 0;
}

bool lab_code_is_last(const char *code)
{
    static const enum proto_code last[] = {PROTO_TOO_LONG, PROTO_BUSY, PROTO_TIMEOUT, PROTO_SLOW};
    for (size_t i = 0; i < sizeof last / sizeof last[0]; i++)
        if (strcmp(code, proto_code_word(last[i])) == 0)
            return true;
    return false;
}

/* Codes that this version does not know are codes all the same. */
enum lab_status lab_reply_error(struct lab *lab, struct lab_line line, const char *due)
{
    if (!line_begins(line, "ERR "))
        return lab_broken(lab, line, due);
    const char *code = line.bytes + 4;
    size_t len = 0, rest = line.len - 4;
    while (len < rest && ((code[len] >= 'a' && code[len] <= 'z') || code[len] == '-'))
        len++;
    if (len == 0 || len >= sizeof lab->code || (len < rest && code[len] != ' '))
        return lab_broken(lab, line, due);
    memcpy(lab->code, code, len);
    lab->code[len] = '\0';
    if (rest <= len + 1)
        return lab_fail(lab, LAB_REFUSED, "%s", lab->code);
    return lab_fail(lab, LAB_REFUSED, "%.*s", (int)(rest - len - 1), code + len + 1);
}

enum lab_status lab_reply_line(struct lab *lab, struct lab_line line, enum lab_due due,
                               uint64_t *size)
{
    static const char *const dues[] = {"OK", "OK 0", "GO"};
    if (line.len > 0 && line.bytes[0] == '*') {
        enum lab_status status = lab_event_keep(lab, line);
        return status == LAB_OK ? LAB_WAITING : status;
    }
    if (due == LAB_DUE_GO && line_is(line, "GO"))
        return LAB_OK;
    if (due != LAB_DUE_GO && line_begins(line, "OK ") &&
        proto_number(line.bytes + 3, line.len - 3, size) && (due == LAB_DUE_OK || *size == 0))
        return LAB_OK;
    return lab_reply_error(lab, line, dues[due]);
}

enum lab_status lab_reply(struct lab *lab, int64_t deadline, enum lab_due due, uint64_t *size)
{
    for (;;) {
        struct lab_line line;
        enum lab_status status = lab_next_line(lab, deadline, &line);
        if (status == LAB_TIMEOUT)
            return lab_fail(lab, status, _("the server has not answered for too long"));
        if (status == LAB_OK)
            status = lab_reply_line(lab, line, due, size);
        if (status != LAB_WAITING)
            return status;
        if (clock_now() > deadline) /* events alone are no answer */
            return lab_fail(lab, LAB_TIMEOUT, _("the server has not answered for too long"));
    }
}

enum lab_status lab_ask(struct lab *lab)
{
    uint64_t none;
    return lab_reply(lab, lab_deadline(lab->timeout_ms), LAB_DUE_EMPTY, &none);
}

/* Takes what is in the buffer already, at most want bytes. */
static size_t take_some(struct lab *lab, char *to, size_t want)
{
    size_t have = lab->to - lab->from;
    size_t n = have < want ? have : want;
    memcpy(to, lab->in + lab->from, n);
    lab->from += n;
    return n;
}

/* Memory grows with what has come, not with what was promised. */
static enum lab_status text_receive(struct lab *lab, char **text, size_t size)
{
    struct lab_timer timer = lab_timer_begin(lab);
    size_t room = 0;
    for (size_t done = 0;;) {
        if (done == room) {
            room = room == 0 ? LAB_IN : 2 * room;
            room = room < size ? room : size;
            char *grown = realloc(*text, room + 1);
            if (grown == NULL)
                return lab_no_memory(lab);
            *text = grown;
        }
        size_t n = take_some(lab, *text + done, room - done);
        done += n;
        (*text)[done] = '\0';
        if (done == size)
            return LAB_OK;
        lab_timer_moved(lab, &timer, n);
        if (lab->from < lab->to)
            continue;
        if (clock_now() > timer.deadline)
            return lab_fail(lab, LAB_TIMEOUT, _("the server sends its answer too slowly"));
        enum lab_status status = lab_fill(lab, timer.deadline);
        if (status != LAB_OK)
            return status;
    }
}

enum lab_status lab_reply_text(struct lab *lab, int64_t deadline, const char *what, size_t max,
                               char **text, size_t *len)
{
    uint64_t size = 0;
    enum lab_status status = lab_reply(lab, deadline, LAB_DUE_OK, &size);
    if (status != LAB_OK)
        return status;
    if (size > max)
        return lab_fail(lab, LAB_BROKEN, _("the server announces a %s of %" PRIu64 " bytes"), what,
                        size);
    status = text_receive(lab, text, (size_t)size);
    *len = (size_t)size;
    if (status != LAB_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}
