/* core/requests.c: what each request does; see requests.h */
#include "requests.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES_A_STEP = 256 }; /* folder entries looked at in one step */

static void say(struct session *s, const char *text)
{
    if (!outbox_reply(&s->out, text, strlen(text)))
        s->broken = true;
}

static void say_ok(struct session *s, uint64_t len)
{
    if (len == 0) { /* by far the most frequent reply */
        say(s, "OK 0\n");
        return;
    }
    char line[32];
    (void)snprintf(line, sizeof line, "OK %" PRIu64 "\n", len);
    say(s, line);
}

void request_refuse(struct session *s, enum proto_code code, int errnum)
{
    char line[256];
    if (code == PROTO_IO && errnum != 0)
        (void)snprintf(line, sizeof line, "ERR io %s\n", strerror(errnum));
    else
        (void)snprintf(line, sizeof line, "ERR %s %s\n", proto_code_word(code),
                       proto_code_text(code));
    say(s, line);
}

static void say_body(struct session *s, struct body *body)
{
    say_ok(s, body == NULL ? 0 : body->len);
    if (!outbox_body(&s->out, body))
        s->broken = true;
}

/* What the system calls ENOENT is no file of the library; so is a link, a FIFO, a folder. */
static void get_refuse(struct session *s, int error)
{
    bool missing = error == ENOENT || error == ELOOP || error == ENXIO || error == ENOTDIR ||
                   error == EISDIR || error == ENAMETOOLONG;
    request_refuse(s, missing ? PROTO_NOT_FOUND : PROTO_IO, error);
}

static enum proto_code put_code(int error)
{
    if (error == ENOSPC || error == EDQUOT)
        return PROTO_NO_SPACE;
    return error == EFBIG ? PROTO_TOO_LARGE : PROTO_IO;
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
    int error = catalog_step(s->shared->catalog, s->listing, ENTRIES_A_STEP, &done, &body);
    if (!done)
        return;
    s->listing = 0;
    s->state = STATE_LINE;
    if (error != 0)
        request_refuse(s, PROTO_IO, error);
    else
        say_body(s, body);
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
    say_ok(s, size - offset);
    if (!outbox_file(&s->out, file, (off_t)offset, size - offset))
        s->broken = true;
}

static void put_refuse(struct session *s, int error)
{
    census_end(&s->census);
    upload_end(s->upload);
    s->upload = NULL;
    s->state = STATE_LINE;
    request_refuse(s, put_code(error), error);
}

static void put_begin(struct session *s, const struct request *request)
{
    const struct store *store = s->shared->store;
    if (request->number > store->max_upload) {
        request_refuse(s, PROTO_TOO_LARGE, 0);
        return;
    }
    int error = upload_begin(store, request->arg, request->arg_len, request->number, &s->upload);
    if (error == 0)
        error = census_begin(&s->census, s->upload);
    if (error != 0)
        put_refuse(s, error);
    else
        s->state = STATE_CENSUS;
}

/* The body is whole: give the file its name. */
static void put_finish(struct session *s)
{
    int error = upload_store(s->upload);
    upload_end(s->upload);
    s->upload = NULL;
    s->state = STATE_LINE;
    if (error != 0)
        request_refuse(s, put_code(error), error);
    else
        say_ok(s, 0);
}

static void put_step(struct session *s)
{
    bool done;
    int error = census_step(&s->census, s->upload, ENTRIES_A_STEP, &done);
    if (error != 0) {
        put_refuse(s, error);
    } else if (done) {
        census_end(&s->census);
        s->state = STATE_BODY;
        say(s, "GO\n");
        if (s->upload->left == 0)
            put_finish(s);
    }
}

static size_t put_body(struct session *s, const char *bytes, size_t len)
{
    size_t part = s->upload->left < len ? (size_t)s->upload->left : len;
    uint64_t left = s->upload->left - part;
    int error = upload_write(s->upload, bytes, part);
    if (error != 0) { /* the client will not stop sending: read the rest, then say why */
        upload_end(s->upload);
        s->upload = NULL;
        s->state = STATE_DROP;
        s->drop_errno = error;
        s->drop_left = left;
    } else if (left == 0) {
        put_finish(s);
    }
    return part;
}

static size_t drop_body(struct session *s, size_t len)
{
    size_t part = s->drop_left < len ? (size_t)s->drop_left : len;
    s->drop_left -= part;
    return part;
}

size_t request_body(struct session *s, const char *bytes, size_t len)
{
    size_t part = s->state == STATE_BODY ? put_body(s, bytes, len) : drop_body(s, len);
    if (s->state == STATE_DROP && s->drop_left == 0) {
        s->state = STATE_LINE;
        request_refuse(s, put_code(s->drop_errno), s->drop_errno);
    }
    return part;
}

static void enter(struct session *s, const struct request *request)
{
    if (s->member != NULL) {
        request_refuse(s, PROTO_IN_CHAT, 0);
        return;
    }
    enum proto_code code =
        room_enter(s->shared->room, request->arg, request->arg_len, s->owner, &s->member);
    s->crossed = code == PROTO_OK;
    if (code == PROTO_OK && s->shared->follows)
        outbox_follow(&s->out, s->shared->room, s->member);
    if (code == PROTO_OK)
        say_ok(s, 0);
    else
        request_refuse(s, code, code == PROTO_IO ? EAGAIN : 0);
}

/* By X, by Q, or because the client is gone. In a server with one thread what the member has not heard
 * yet goes out before anything else, unless that is too much. */
static void leave(struct session *s)
{
    if (s->member == NULL)
        return;
    room_leave(s->shared->room, s->member);
    if (s->shared->follows) {
        if (!outbox_unfollow(&s->out, !s->slow && !s->broken))
            s->broken = true;
        room_release(s->shared->room, s->member);
    }
    s->member = NULL;
}

static void who(struct session *s)
{
    struct body *names = room_names(s->shared->room, s->shared->budget);
    if (names == NULL)
        request_refuse(s, PROTO_IO, ENOMEM);
    else
        say_body(s, names);
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
    case 'P': put_begin(s, request); break;
    case 'C': enter(s, request); break;
    case 'S':
        room_say(s->shared->room, s->member, request->arg, request->arg_len);
        say_ok(s, 0);
        break;
    case 'W': who(s); break;
    case 'X':
        leave(s);
        s->crossed = true;
        say_ok(s, 0);
        break;
    case 'N': say_ok(s, 0); break;
    case 'Q':
        leave(s);
        say_ok(s, 0);
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
    else if (s->state == STATE_CENSUS)
        put_step(s);
}

void request_abandon(struct session *s)
{
    leave(s);
    census_end(&s->census);
    upload_end(s->upload);
    s->upload = NULL;
    if (s->listing != 0)
        catalog_forget(s->shared->catalog, s->listing);
    s->listing = 0;
}
