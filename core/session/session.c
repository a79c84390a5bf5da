/* core/session/session.c: the flow of a conversation; see session.h. What requests do is in requests.c. */
#include "session/session.h"

#include <stdlib.h>
#include <string.h>

#include "session/requests.h"

enum {
    READ_LINES = 16 * 1024, /* bytes to read at once while lines come */
    REQUESTS_A_STEP = 128,  /* requests answered in one call, so that the others get their turn */
    REPLIES_ENOUGH = 16 * 1024, /* bytes of replies waiting to be sent: make no more */
};

void session_init(struct session *s, const struct session_shared *shared, void *owner)
{
    *s = (struct session){.shared = shared, .owner = owner, .state = STATE_LINE, .waiting = true};
    outbox_init(&s->out, shared->budget);
    if (!outbox_reply(&s->out, "HELLO 1 ", 8) ||
        !outbox_reply(&s->out, shared->model, strlen(shared->model)) ||
        !outbox_reply(&s->out, "\n", 1))
        s->broken = true;
}

/* Can it use input now? Not while a request is under way, nor while the client has enough to
 * read: that is the backpressure, the same in all models. */
static bool hungry(const struct session *s)
{
    bool takes_input = s->state == STATE_LINE || s->state == STATE_BODY || s->state == STATE_DROP;
    if (s->out.head != NULL && (s->crossed || budget_tight(s->shared->budget)))
        return false;
    return takes_input && !s->slow && !s->broken && s->out.bodies == 0 &&
           s->out.bytes < REPLIES_ENOUGH;
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

/* Must it wait with this line until the members have read what has been said? */
static bool is_crowded(const struct session *s, const char *bytes, size_t len)
{
    bool speaks = s->member != NULL || (len > 0 && bytes[0] == 'C');
    return speaks && s->state == STATE_LINE && room_crowded(s->shared->room);
}

/* Uses as much of the input as it may now. Returns the bytes used. */
static size_t consume(struct session *s, const char *bytes, size_t len)
{
    size_t used = 0;
    s->waiting = false;
    session_news(s); /* one that wants to leave, and is slow: its events may have gaps by now */
    for (int i = 0; i < REQUESTS_A_STEP && hungry(s); i++) {
        size_t part = 0;
        if (used < len && is_crowded(s, bytes + used, len - used))
            break;
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

/* Of the input that is kept: more than a line counts. */
static size_t counted(size_t len)
{
    return len > PROTO_LINE_MAX ? len : 0;
}

static void set_input(struct session *s, char *in, size_t len)
{
    budget_give(s->shared->budget, counted(s->in_len));
    s->in = in;
    s->in_len = (uint32_t)len;
    budget_count(s->shared->budget, counted(len));
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
    set_input(s, in, in == NULL ? 0 : len);
}

void session_free(struct session *s)
{
    s->broken = true; /* nothing is sent any more */
    request_abandon(s);
    outbox_clear(&s->out);
    keep(s, NULL, 0);
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
    uint64_t left = s->state == STATE_BODY            ? s->upload->left
                    : s->state == STATE_DROP          ? s->drop_left
                    : budget_tight(s->shared->budget) ? PROTO_LINE_MAX
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
    set_input(s, in, s->in_len + len);
    session_run(s);
}

void session_end(struct session *s)
{
    s->ended = true;
    session_news(s);
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

void session_news(struct session *s)
{
    if (s->shared->follows && s->member != NULL && room_too_far_behind(s->shared->room, s->member))
        s->slow = true;
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
