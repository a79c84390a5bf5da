/* core/session/requests.c: what each request does; see requests.h, and requests_put.c for P */
#include "session/requests.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void request_reply(struct session *s, const char *text)
{
    outbox_reply(&s->out, text, strlen(text));
}

void request_ok(struct session *s, uint64_t len)
{
    if (len == 0) { /* by far the most frequent reply */
        request_reply(s, "OK 0\n");
        return;
    }
    char line[32];
    (void)snprintf(line, sizeof line, "OK %" PRIu64 "\n", len);
    request_reply(s, line);
}

void request_refuse(struct session *s, enum proto_code code, int errnum)
{
    char line[256];
    if (code == PROTO_IO && errnum != 0)
        (void)snprintf(line, sizeof line, "ERR io %s\n", strerror(errnum));
    else
        (void)snprintf(line, sizeof line, "ERR %s %s\n", proto_code_word(code),
                       proto_code_text(code));
    request_reply(s, line);
}

static void reply_body(struct session *s, struct body *body)
{
    request_ok(s, body == NULL ? 0 : body->len);
    outbox_body(&s->out, body);
}

/* What the system calls ENOENT is no file of the library; so is a link, a FIFO, a folder. */
static void get_refuse(struct session *s, int error)
{
    bool missing = error == ENOENT || error == ELOOP || error == ENXIO || error == ENOTDIR ||
                   error == EISDIR || error == ENAMETOOLONG;
    request_refuse(s, missing ? PROTO_NOT_FOUND : PROTO_IO, error);
}

static void list_begin(struct session *s)
{
    s->listing = catalog_ask(s->shared->catalog);
    s->state = STATE_LISTING;
}

static void list_step(struct session *s)
{
    bool done;
    struct body *body;
    int error = catalog_step(s->shared->catalog, s->listing, REQUEST_ENTRIES, &done, &body);
    if (!done)
        return;
    s->listing = 0;
    s->state = STATE_LINE;
    if (error != 0)
        request_refuse(s, PROTO_IO, error);
    else
        reply_body(s, body);
}

/* G, and R: G is a resume from offset 0. */
static void get(struct session *s, const struct request *request)
{
    int file;
    uint64_t size, offset = request->number;
    int error = store_get(s->shared->store, request->arg, request->arg_len, &file, &size);
    if (error != 0) {
        get_refuse(s, error);
        return;
    }
    if (offset > size) {
        close(file);
        request_refuse(s, PROTO_BAD_RANGE, 0);
        return;
    }
    request_ok(s, size - offset);
    outbox_file(&s->out, file, (off_t)offset, size - offset);
}

static void sum(struct session *s, const struct request *request)
{
    int error = sum_begin(s->shared->store, request->arg, request->arg_len, &s->sum);
    if (error != 0)
        get_refuse(s, error);
    else
        s->state = STATE_SUM;
}

static void sum_continue(struct session *s)
{
    bool done = false;
    char text[SUM_TEXT];
    int error = sum_step(s->sum, &done, text);
    if (error == 0 && !done)
        return;
    sum_end(s->sum);
    s->sum = NULL;
    s->state = STATE_LINE;
    if (error != 0) {
        request_refuse(s, PROTO_IO, error);
    } else {
        request_ok(s, strlen(text));
        request_reply(s, text);
    }
}

static void enter(struct session *s, const struct request *request)
{
    if (s->member != NULL) {
        request_refuse(s, PROTO_IN_CHAT, 0);
        return;
    }
    enum proto_code code =
        room_enter(s->shared->room, request->arg, request->arg_len, s->owner, &s->member);
    s->reply_pending = code == PROTO_OK;
    if (code == PROTO_OK && s->shared->follows)
        outbox_follow(&s->out, s->shared->room, s->member);
    if (code == PROTO_OK)
        request_ok(s, 0);
    else
        request_refuse(s, code, code == PROTO_IO ? EAGAIN : 0);
}

/* WHY      what a member has not received when it leaves is copied, and the budget may be used up
 * WITHOUT  a thousand that do not read, and leave, take a backlog of memory each
 *                                                            [mutant: core-left-beyond-the-budget]
 * As little as a line is kept in any case. With one thread nobody takes the memory meanwhile. */
static bool can_keep_unread(const struct session *s)
{
    size_t unread = room_unread(s->shared->room, s->member);
    if (unread <= PROTO_LINE_MAX)
        return true;
    if (!budget_take(s->shared->budget, unread))
        return false;
    budget_give(s->shared->budget, unread); /* the outbox counts the copies */
    return true;
}

/* By X, by Q, or because the client is gone. In a server with one thread the events that the member
 * has not received are sent before anything else, unless they are too many: then it is slow. */
static void leave(struct session *s)
{
    if (s->member == NULL)
        return;
    room_leave(s->shared->room, s->member);
    if (s->shared->follows) {
        if (!s->out.failed && !can_keep_unread(s))
            s->state = STATE_SLOW;
        outbox_unfollow(&s->out, s->state != STATE_SLOW && !s->out.failed);
        room_release(s->shared->room, s->member);
    } else {
        s->former = s->member;
    }
    s->member = NULL;
}

static void who(struct session *s)
{
    struct body *names = room_names(s->shared->room, s->shared->budget);
    if (names == NULL)
        request_refuse(s, PROTO_IO, ENOMEM);
    else
        reply_body(s, names);
}

static void dispatch(struct session *s, const struct request *request)
{
    if (strchr("SWX", request->verb) != NULL && s->member == NULL) {
        request_refuse(s, PROTO_NOT_IN_CHAT, 0);
        return;
    }
    switch (request->verb) {
    case 'L': list_begin(s); break;
    case 'G':
    case 'R': get(s, request); break;
    case 'P': request_put(s, request); break;
    case 'H': sum(s, request); break;
    case 'C': enter(s, request); break;
    case 'S':
        room_say(s->shared->room, s->member, request->arg, request->arg_len);
        request_ok(s, 0);
        break;
    case 'W': who(s); break;
    case 'X':
        leave(s);
        if (s->state == STATE_SLOW)
            break;
        s->reply_pending = true;
        request_ok(s, 0);
        break;
    case 'N': request_ok(s, 0); break;
    case 'Q':
        leave(s);
        if (s->state == STATE_SLOW)
            break;
        request_ok(s, 0);
        s->state = STATE_CLOSING;
        break;
    }
}

void request_line(struct session *s, const char *line, size_t len)
{
    struct request request;
    enum proto_code code = proto_parse(line, len, &request);
    if (code == PROTO_OK)
        dispatch(s, &request);
    else if (code == PROTO_BAD_REQUEST && proto_is_http(line, len))
        session_fail(s, code); /* a web page, and its body may hold requests */
    else
        request_refuse(s, code, 0);
}

void request_step(struct session *s)
{
    if (s->state == STATE_LISTING)
        list_step(s);
    else if (s->state == STATE_SUM)
        sum_continue(s);
    else if (s->state == STATE_COUNT)
        request_put_step(s);
    else
        return;
    s->restarts++; /* of the timeout: that was progress */
}

void request_abandon(struct session *s)
{
    leave(s);
    request_put_end(s);
    sum_end(s->sum);
    s->sum = NULL;
    if (s->listing != 0)
        catalog_forget(s->shared->catalog, s->listing);
    s->listing = 0;
}
