/* core/session.c: the flow of a conversation; see session.h. What requests do is in requests.c. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "requests.h"

enum {
    READ_LINES = 16 * 1024, /* bytes to read at once while lines come */
    REQUESTS_A_STEP = 512,  /* requests answered in one call, so that the others get their turn */
    REPLIES_ENOUGH = 16 * 1024, /* bytes of replies waiting to be sent: make no more */
};

void session_init(struct session *s, const struct session_shared *shared, void *owner)
{
    *s = (struct session){.shared = shared, .owner = owner, .state = STATE_LINE, .waiting = true};
    outbox_init(&s->out);
    if (!outbox_reply(&s->out, "HELLO 1 ", 8) ||
        !outbox_reply(&s->out, shared->model, strlen(shared->model)) ||
        !outbox_reply(&s->out, "\n", 1))
        s->broken = true;
}

void session_free(struct session *s)
{
    request_abandon(s);
    outbox_clear(&s->out);
    free(s->in);
    s->in = NULL;
    s->in_len = 0;
}

static size_t replies_waiting(const struct session *s)
{
    return s->out.bytes - s->out.event_bytes;
}

/* Can it use input now? Not while a request is under way, nor while the client has enough to
 * read: that is the backpressure, the same in all models. */
static bool hungry(const struct session *s)
{
    bool takes_input = s->state == STATE_LINE || s->state == STATE_BODY || s->state == STATE_DROP;
    if (s->crossed && !outbox_empty(&s->out))
        return false;
    return takes_input && !s->slow && !s->broken && s->out.bodies == 0 &&
           replies_waiting(s) < REPLIES_ENOUGH;
}

/* Takes one line. Returns the bytes used: 0 where the line is not complete yet. */
static size_t take_line(struct session *s, const char *bytes, size_t len)
{
    size_t reach = len < PROTO_LINE_MAX ? len : PROTO_LINE_MAX;
    const char *lf = memchr(bytes, '\n', reach);
    if (lf == NULL) {
        if (reach < PROTO_LINE_MAX)
            return 0;
        session_fail(s, PROTO_TOO_LONG); /* where would the next request begin? */
        return len;
    }
    size_t line_len = (size_t)(lf - bytes);
    bool cr = line_len > 0 && lf[-1] == '\r';
    s->requests++;
    request_line(s, bytes, cr ? line_len - 1 : line_len);
    return line_len + 1;
}

/* Uses as much of the input as it may now. Returns the bytes used. */
static size_t consume(struct session *s, const char *bytes, size_t len)
{
    size_t used = 0;
    s->waiting = false;
    for (int i = 0; i < REQUESTS_A_STEP && hungry(s); i++) {
        size_t part = 0;
        s->crossed = false;
        if (used < len)
            part = s->state == STATE_LINE ? take_line(s, bytes + used, len - used)
                                          : request_body(s, bytes + used, len - used);
        if (part == 0) { /* nothing can be done before more comes */
            s->waiting = true;
            break;
        }
        used += part;
    }
    return s->state == STATE_CLOSING ? len : used;
}

/* Keeps what could not be used for the next time. */
static void keep(struct session *s, const char *bytes, size_t len)
{
    char *in = len == 0 ? NULL : malloc(len);
    if (in != NULL)
        memcpy(in, bytes, len);
    else if (len > 0)
        s->broken = true;
    free(s->in);
    s->in = in;
    s->in_len = in == NULL ? 0 : (uint32_t)len;
}

/* After the end of input: what came is answered, what is incomplete never will be. */
static void close_if_over(struct session *s)
{
    if (s->ended && s->waiting && hungry(s)) {
        request_abandon(s);
        s->state = STATE_CLOSING;
    }
}

bool session_wants_read(const struct session *s)
{
    return !s->ended && s->waiting && hungry(s);
}

size_t session_read_size(const struct session *s)
{
    uint64_t left = s->state == STATE_BODY   ? s->upload->left
                    : s->state == STATE_DROP ? s->drop_left
                                             : READ_LINES;
    return left < SESSION_READ_MAX ? (size_t)left : SESSION_READ_MAX;
}

void session_feed(struct session *s, const char *bytes, size_t len)
{
    if (s->in_len == 0) {
        size_t used = consume(s, bytes, len);
        if (used < len)
            keep(s, bytes + used, len - used);
        return;
    }
    char *in = realloc(s->in, s->in_len + len); /* the rest of a line, most often */
    if (in == NULL) {
        s->broken = true;
        return;
    }
    memcpy(in + s->in_len, bytes, len);
    s->in = in;
    s->in_len += (uint32_t)len;
    session_run(s);
}

void session_end(struct session *s)
{
    s->ended = true;
    close_if_over(s);
}

bool session_runnable(const struct session *s)
{
    if (s->broken || s->state == STATE_CLOSING)
        return false;
    return s->slow || s->state == STATE_LISTING || s->state == STATE_CENSUS ||
           (!s->waiting && hungry(s));
}

void session_run(struct session *s)
{
    if (s->slow && s->state != STATE_CLOSING)
        session_fail(s, PROTO_SLOW);
    request_step(s);
    if (hungry(s)) {
        size_t used = consume(s, s->in, s->in_len);
        if (used > 0)
            keep(s, s->in + used, s->in_len - used);
    }
    close_if_over(s);
}

void session_hear(struct session *s, const char *event, size_t len)
{
    if (s->slow || s->broken)
        return;
    if (s->out.event_bytes + len > s->shared->max_backlog)
        s->slow = true;
    else if (!outbox_event(&s->out, event, len))
        s->broken = true;
}

void session_fail(struct session *s, enum proto_code code)
{
    request_abandon(s);
    request_refuse(s, code, 0);
    s->requests++; /* who watches the clock begins anew */
    s->state = STATE_CLOSING;
    s->slow = false;
}

bool session_done(const struct session *s)
{
    return s->broken || (s->state == STATE_CLOSING && outbox_empty(&s->out));
}

enum session_phase session_phase(const struct session *s)
{
    if (s->state != STATE_LINE || !outbox_empty(&s->out))
        return PHASE_TRANSFER;
    if (s->in_len > 0)
        return PHASE_LINE;
    return s->member != NULL ? PHASE_CHAT : PHASE_IDLE;
}
