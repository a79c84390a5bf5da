/* core/session/session.c: the flow of a conversation; see session.h, and requests.c for what the
 * requests do. */
#include "session/session.h"

#include <stdlib.h>
#include <string.h>

#include "session/requests.h"

enum {
    REQUESTS_A_STEP = 256,      /* requests answered in one call: other clients wait */
    REPLIES_ENOUGH = 16 * 1024, /* bytes of replies waiting to be sent: make no more */
};

void session_init(struct session *s, const struct session_shared *shared, void *owner)
{
    *s = (struct session){
        .shared = shared, .owner = owner, .state = STATE_LINE, .needs_input = true};
    outbox_init(&s->out, shared->budget);
    request_reply(s, "HELLO 1 ");
    request_reply(s, shared->model);
    request_reply(s, "\n");
}

/* Not while a listing or another long answer is made, nor while the client has enough to read: that
 * is the backpressure, the same in all models. */
static bool can_consume(const struct session *s)
{
    bool takes_input = s->state == STATE_LINE || s->state == STATE_BODY || s->state == STATE_DROP;
    if (s->out.head != NULL && (s->reply_pending || budget_tight(s->shared->budget)))
        return false;
    return takes_input && !s->out.failed && s->out.bodies == 0 && s->out.bytes < REPLIES_ENOUGH;
}

/* Takes one line. Returns the bytes used: 0 if the line is not complete yet. */
static size_t take_line(struct session *s, const char *bytes, size_t len)
{
    size_t reach = len < PROTO_LINE_MAX ? len : PROTO_LINE_MAX;
    const char *lf = memchr(bytes, '\n', reach);
    if (lf == NULL) {
        if (reach < PROTO_LINE_MAX)
            return 0;
        session_fail(s, PROTO_TOO_LONG); /* the next request can't be found */
        return len;
    }
    size_t line_len = (size_t)(lf - bytes);
    bool cr = line_len > 0 && lf[-1] == '\r';
    s->restarts++;
    request_line(s, bytes, cr ? line_len - 1 : line_len);
    return line_len + 1;
}

/* Must it wait with this line until the members have received more of the log? */
static bool must_wait_for_room(const struct session *s, const char *bytes, size_t len)
{
    bool speaks = s->member != NULL || (len > 0 && bytes[0] == 'C');
    return speaks && s->state == STATE_LINE && room_crowded(s->shared->room);
}

/* Uses as much of the input as it may now. Returns the bytes used. */
static size_t consume(struct session *s, const char *bytes, size_t len)
{
    size_t used = 0;
    s->needs_input = false;
    session_check_lag(s); /* if it leaves now, the events queued for it must have no gap */
    for (int i = 0; i < REQUESTS_A_STEP && can_consume(s); i++) {
        size_t part = 0;
        if (used < len && must_wait_for_room(s, bytes + used, len - used))
            break;
        s->reply_pending = false;
        if (used < len)
            part = s->state == STATE_LINE ? take_line(s, bytes + used, len - used)
                                          : request_body(s, bytes + used, len - used);
        if (part == 0) { /* nothing can be done before more comes */
            s->needs_input = true;
            break;
        }
        used += part;
    }
    return s->state == STATE_CLOSING ? len : used;
}

/* What the budget counts of input that is kept: only what is more than a line. */
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

/* Keeps for the next step what could not be used in this one. */
static void keep(struct session *s, const char *bytes, size_t len)
{
    char *in = len == 0 ? NULL : malloc(len);
    if (in != NULL)
        memcpy(in, bytes, len);
    else if (len > 0)
        s->out.failed = true;
    free(s->in);
    set_input(s, in, in == NULL ? 0 : len);
}

void session_free(struct session *s)
{
    s->out.failed = true; /* nothing is queued any more */
    request_abandon(s);
    outbox_clear(&s->out);
    if (s->in != NULL)
        keep(s, NULL, 0);
}

/* After the end of input: requests are answered, except for an incomplete one. */
static void close_if_over(struct session *s)
{
    if (s->input_ended && s->needs_input && can_consume(s)) {
        request_abandon(s);
        if (s->state != STATE_SLOW)
            s->state = STATE_CLOSING;
    }
}

/* If the input has ended, and no more can be done with it, the next step is to close. A sum can
 * take long: the replies before its own are sent first. */
static bool can_continue(const struct session *s)
{
    if (s->state == STATE_CLOSING)
        return false;
    if (s->state == STATE_SUM)
        return s->out.head == NULL;
    return s->state == STATE_SLOW || s->state == STATE_LISTING || s->state == STATE_COUNT ||
           ((!s->needs_input || s->input_ended) && can_consume(s));
}

unsigned int session_waits_for(const struct session *s)
{
    if (s->out.failed)
        return 0;
    bool read = !s->input_ended && s->needs_input && can_consume(s);
    return (read ? SESSION_READ : 0U) | (outbox_empty(&s->out) ? 0U : SESSION_WRITE) |
           (can_continue(s) ? SESSION_CONTINUE : 0U);
}

size_t session_read_size(const struct session *s)
{
    uint64_t left = s->state == STATE_BODY            ? s->upload->left
                    : s->state == STATE_DROP          ? s->drop_left
                    : budget_tight(s->shared->budget) ? PROTO_LINE_MAX
                                                      : SESSION_READ_LINES;
    return left < SESSION_READ_MAX ? (size_t)left : SESSION_READ_MAX;
}

static void end_input(struct session *s)
{
    s->input_ended = true;
    session_check_lag(s);
    close_if_over(s);
}

void session_feed(struct session *s, const char *bytes, size_t len)
{
    if (len == 0) {
        end_input(s);
        return;
    }
    if (s->in_len == 0) {
        size_t used = consume(s, bytes, len);
        if (used < len)
            keep(s, bytes + used, len - used);
        return;
    }
    char *in = realloc(s->in, s->in_len + len); /* the rest of a line, most often */
    if (in == NULL) {
        s->out.failed = true;
        return;
    }
    memcpy(in + s->in_len, bytes, len);
    set_input(s, in, s->in_len + len);
    session_continue(s);
}

void session_continue(struct session *s)
{
    if (s->state == STATE_SLOW)
        session_fail(s, PROTO_SLOW);
    request_step(s);
    if (can_consume(s)) {
        size_t used = consume(s, s->in, s->in_len);
        if (used > 0)
            keep(s, s->in + used, s->in_len - used);
    }
    close_if_over(s);
}

void session_check_lag(struct session *s)
{
    if (s->shared->follows && s->member != NULL && room_too_far_behind(s->shared->room, s->member))
        s->state = STATE_SLOW;
}

void session_fail(struct session *s, enum proto_code code)
{
    request_abandon(s);
    request_refuse(s, s->state == STATE_SLOW ? PROTO_SLOW : code, 0);
    s->restarts++; /* of the timeout: the reply has to be sent */
    s->state = STATE_CLOSING;
}

struct member *session_left_room(struct session *s)
{
    struct member *former = s->former;
    s->former = NULL;
    return former;
}

enum session_phase session_phase(const struct session *s)
{
    if (s->state != STATE_LINE || !outbox_empty(&s->out))
        return PHASE_TRANSFER;
    if (s->in_len > 0)
        return PHASE_LINE;
    return s->member != NULL ? PHASE_CHAT : PHASE_IDLE;
}

bool session_can_end(const struct session *s)
{
    return session_phase(s) != PHASE_TRANSFER && session_waits_for(s) == SESSION_READ;
}
