/* core/session/requests_put.c: P, from the request to the reply after the body; see requests.h */
#include <errno.h>

#include "session/requests.h"

enum { SCAN_MEMORY = 32 * 1024 }; /* bytes that opendir(3) takes for one folder, as a rule */

static enum proto_code put_code(int error)
{
    if (error == ENOSPC || error == EDQUOT)
        return PROTO_NO_SPACE;
    return error == EFBIG ? PROTO_TOO_LARGE : PROTO_IO;
}

/* Ends the scan, and gives back what it took of the budget. */
static void scan_end(struct session *s)
{
    if (s->scan.walk != NULL)
        budget_give(s->shared->budget, SCAN_MEMORY);
    quota_scan_end(&s->scan);
}

void request_put_end(struct session *s)
{
    scan_end(s);
    upload_end(s->upload);
    s->upload = NULL;
}

static void put_refuse(struct session *s, int error)
{
    request_put_end(s);
    s->state = STATE_LINE;
    request_refuse(s, put_code(error), error);
}

/* The body is whole: give the file its name. */
static void put_finish(struct session *s)
{
    int error = upload_store(s->upload);
    request_put_end(s);
    s->state = STATE_LINE;
    if (error != 0)
        request_refuse(s, put_code(error), error);
    else
        request_ok(s, 0);
}

/* The client sends the body in any case: drops the rest of it, `left` bytes, then replies ERR. */
static void put_drop(struct session *s, uint64_t left, int error)
{
    if (left == 0) {
        put_refuse(s, error);
        return;
    }
    request_put_end(s);
    s->state = STATE_DROP;
    s->drop_errno = error;
    s->drop_left = left;
}

/* Is there space? Asked before GO. */
static void put_count(struct session *s)
{
    int error = ENOMEM;
    if (budget_take(s->shared->budget, SCAN_MEMORY)) {
        error = quota_scan_begin(&s->scan, s->upload);
        if (error != 0)
            budget_give(s->shared->budget, SCAN_MEMORY);
    }
    if (error == 0)
        s->state = STATE_COUNT;
    else
        put_refuse(s, error);
}

/* The same, of an upload that is not reserved, when some of it has come.
 *
 * WHY      what that needs, a descriptor and memory, is kept from the beginning
 * WITHOUT  a file that is written already is refused for want of it [mutant: core-counted-anew] */
static void put_count_again(struct session *s)
{
    quota_scan_again(&s->scan);
    s->state = STATE_COUNT;
}

void request_put(struct session *s, const struct request *request)
{
    const struct store *store = s->shared->store;
    if (request->number > store->max_upload) {
        request_refuse(s, PROTO_TOO_LARGE, 0);
        return;
    }
    int error = upload_begin(store, request->arg, request->arg_len, request->number, &s->upload);
    if (error != 0)
        put_refuse(s, error);
    else
        put_count(s);
}

void request_put_step(struct session *s)
{
    bool done, before = s->upload->uncounted == 0;
    int error = quota_scan_step(&s->scan, s->upload, REQUEST_ENTRIES, &done);
    if (error != 0 && before) {
        put_refuse(s, error);
    } else if (error != 0) {
        put_drop(s, s->upload->left, error);
    } else if (done) {
        if (s->upload->reserved)
            scan_end(s); /* it is never counted again */
        s->state = STATE_BODY;
        if (before)
            request_reply(s, "GO\n");
        if (s->upload->left == 0)
            put_finish(s);
    }
}

static size_t put_body(struct session *s, const char *bytes, size_t len)
{
    size_t part = s->upload->left < len ? (size_t)s->upload->left : len;
    uint64_t left = s->upload->left - part;
    int error = upload_write(s->upload, bytes, part);
    if (error != 0)
        put_drop(s, left, error);
    else if (upload_uncounted(s->upload))
        put_count_again(s);
    else if (left == 0)
        put_finish(s);
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
