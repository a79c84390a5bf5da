/* bench/clients/reply.c: are the replies correct?
 *
 * The expected reply is known to the byte, so a reply is compared, not parsed. Only a reply that
 * came in pieces, or is another one, is parsed.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "clients/clients.h"

const char *const load_error_word[LOAD_ERRORS] = {
    [LOAD_REFUSED] = "refused", [LOAD_RESET] = "reset",
    [LOAD_CLOSED] = "closed",   [LOAD_TIMEOUT] = "timeout",
    [LOAD_BUSY] = "busy",       [LOAD_WRONG] = "wrong",
    [LOAD_PORTS] = "ports",     [LOAD_DESCRIPTORS] = "descriptors",
    [LOAD_OTHER] = "other"};

/* ---- the first error, for the user ---- */

/* The first error; but a wrong reply matters more than a connection that fails, for which the count
 * of its kind is enough. */
void load_example(struct worker *w, enum load_error error, const char *what, const char *bytes,
                  size_t n)
{
    bool detailed = error == LOAD_WRONG || error == LOAD_OTHER;
    char *example = w->own.example, shown[100];
    if (example[0] != '\0' && (!detailed || w->example_detailed))
        return;
    w->example_detailed = detailed;
    w->example_at = w->now;
    (void)log_escape(shown, sizeof shown, bytes, n - (n > 0 && bytes[n - 1] == '\n'));
    bool cut = strlen(shown) + sizeof "\\xHH" > sizeof shown;
    const char *end = bytes == NULL ? "" : cut ? "'..." : "'";
    snprintf(example, sizeof w->own.example, "%s%s%s%s", what, bytes == NULL ? "" : ": '", shown,
             end);
}

bool reply_wrong(struct worker *w, struct client *c, const char *bytes, size_t n)
{
    char what[48];
    const char *verb = c->state == CLIENT_GREETING
                           ? "(the greeting)"
                           : w->load->dialect->work[w->load->spec->kind].verb;
    bool busy = n >= 8 && memcmp(bytes, "ERR busy", 8) == 0;
    snprintf(what, sizeof what, "%s was answered", c->idle ? "(silence)" : verb);
    if (!busy)
        load_example(w, LOAD_WRONG, what, bytes, n);
    client_lose(w, c, busy ? LOAD_BUSY : LOAD_WRONG, busy ? "ERR busy" : what);
    return false;
}

/* ---- lines ---- */

const char *reply_line(struct worker *w, struct client *c, const char **bytes, size_t *n,
                       size_t *len)
{
    const char *lf = memchr(*bytes, '\n', *n), *line = *bytes;
    size_t part = lf == NULL ? *n : (size_t)(lf - line) + 1;
    if (lf != NULL && c->line_len == 0) {
        *len = part;
    } else if (c->line_len + part > LOAD_LINE) {
        size_t room = LOAD_LINE - c->line_len;
        memcpy(c->line + c->line_len, line, room);
        reply_wrong(w, c, c->line, LOAD_LINE);
        return NULL;
    } else {
        memcpy(c->line + c->line_len, line, part);
        c->line_len += (unsigned int)part;
        line = lf == NULL ? NULL : c->line;
        *len = c->line_len;
        c->line_len = lf == NULL ? c->line_len : 0;
    }
    *bytes += part;
    *n -= part;
    return line;
}

static bool begins(const struct client *c, const char *text)
{
    size_t len = strlen(text);
    return memcmp(c->line, text, c->line_len < len ? c->line_len : len) == 0;
}

bool reply_pending(struct worker *w, struct client *c, const char *due)
{
    if (c->fd < 0)
        return false;
    return begins(c, due) || begins(c, "ERR ") || reply_wrong(w, c, c->line, c->line_len);
}

bool client_greeted(struct worker *w, struct client *c, const char **bytes, size_t *n)
{
    const char *due = w->load->dialect->greeting;
    size_t len, due_len = strlen(due);
    const char *line = reply_line(w, c, bytes, n, &len);
    if (line == NULL)
        return reply_pending(w, c, due) && false;
    if (len < due_len + 2 || len > LOAD_LINE || memcmp(line, due, due_len) != 0)
        return reply_wrong(w, c, line, len);
    return client_begin(w, c);
}

bool client_begin(struct worker *w, struct client *c)
{
    c->since = w->now;
    if (!c->idle && w->load->spec->kind == LOAD_CHAT)
        return w->load->dialect->room_enter(w, c);
    w->opening--;
    c->state = CLIENT_READY;
    client_tried(w, c, true);
    if (!c->idle && w->load->spec->kind == LOAD_SESSION)
        return client_send(w, c, "N\n", 2);
    if (!c->idle && w->load->spec->kind == LOAD_STORM)
        client_answered(w, c, 0);
    return true;
}

/* ---- replies ---- */

void client_answered(struct worker *w, struct client *c, uint64_t body)
{
    const struct load *load = w->load;
    const struct stamp *stamp = &w->stamps[(size_t)(c - w->clients) * load->pipeline + c->first];
    if (stamp->sent > w->now) /* sent in this very turn */
        w->now = load_now();
    bool open = load->spec->rate > 0;
    bool due = stamp->due >= w->from && stamp->due < w->until;
    bool now = (w->now >= w->from && w->now < w->until) || (open && load->spec->whole && due);
    c->first = c->first + 1 == load->pipeline ? 0 : c->first + 1;
    c->in_flight--;
    w->in_flight--;
    c->since = w->now;
    c->tries = 0;
    atomic_store_explicit(&w->replied, w->now, memory_order_relaxed);
    w->own.sent++;
    if (now) {
        atomic_store_explicit(&w->answered, ++w->own.requests, memory_order_relaxed);
        w->own.bytes += body;
    }
    if (load->spec->kind == LOAD_CHAT || !(open ? due : now))
        return;
    histogram_record(&w->own.latency, w->now - stamp->due, 1); /* closed: it is due when sent */
    if (open)
        histogram_record(&w->own.uncorrected, w->now - stamp->sent, 1);
}

static bool session_reply(struct worker *w, struct client *c)
{
    if (c->step == STEP_QUIT) {
        c->state = CLIENT_LEAVING;
        c->since = w->now;
        return true;
    }
    c->step = STEP_QUIT;
    c->since = w->now;
    return client_send(w, c, "Q\n", 2);
}

/* The first line is correct. */
static bool head_accept(struct worker *w, struct client *c, uint64_t size)
{
    const struct load_spec *spec = w->load->spec;
    if (spec->kind == LOAD_SESSION)
        return session_reply(w, c);
    if (c->step == STEP_GO) {
        c->step = STEP_BODY;
        c->out_left = spec->file_bytes;
        return client_upload(w, c);
    }
    if (w->load->dialect->headers && c->step == STEP_REPLY) {
        c->step = STEP_HEADERS;
        return true;
    }
    c->step = STEP_REPLY;
    c->body_left = c->body = size;
    if (size == 0)
        client_answered(w, c, spec->kind == LOAD_UPLOAD ? spec->file_bytes : 0);
    return true;
}

/* One more line; an empty one is the last. */
static bool headers_receive(struct worker *w, struct client *c, const char **bytes, size_t *n)
{
    size_t len;
    const char *line = reply_line(w, c, bytes, n, &len);
    if (line == NULL)
        return c->fd >= 0;
    return len > 2 || head_accept(w, c, w->body);
}

static bool head_receive(struct worker *w, struct client *c, const char **bytes, size_t *n)
{
    bool go = c->step == STEP_GO;
    const char *due = go ? "GO\n" : w->head;
    size_t due_len = go ? 3 : w->head_len, len;
    if (c->step == STEP_HEADERS)
        return headers_receive(w, c, bytes, n);
    if (c->line_len == 0 && *n >= due_len && memcmp(*bytes, due, due_len) == 0) {
        *bytes += due_len;
        *n -= due_len;
        return head_accept(w, c, go ? 0 : w->body);
    }
    const char *line = reply_line(w, c, bytes, n, &len);
    if (line == NULL)
        return reply_pending(w, c, due);
    if (len != due_len || memcmp(line, due, due_len) != 0)
        return reply_wrong(w, c, line, len);
    return head_accept(w, c, w->body);
}

static bool body_receive(struct worker *w, struct client *c, const char **bytes, size_t *n)
{
    size_t part = c->body_left < *n ? (size_t)c->body_left : *n;
    uint64_t offset = c->body - c->body_left;
    bool same = w->load->spec->kind == LOAD_SUM ? memcmp(*bytes, w->load->sum + offset, part) == 0
                                                : verify_file(*bytes, part, offset);
    if (!same) {
        load_example(w, LOAD_WRONG, "a body has other bytes, here or before", *bytes, part);
        client_lose(w, c, LOAD_WRONG, "a body has other bytes");
        return false;
    }
    *bytes += part;
    *n -= part;
    c->body_left -= part;
    c->since = w->now;
    if (c->body_left == 0)
        client_answered(w, c, c->body);
    return true;
}

bool reply_receive(struct worker *w, struct client *c, const char *bytes, size_t n)
{
    while (n > 0) {
        if (c->in_flight == 0 || c->state != CLIENT_READY || c->step == STEP_BODY) {
            size_t len; /* nothing is due: await the whole line, to report it */
            const char *line = reply_line(w, c, &bytes, &n, &len);
            return line == NULL ? reply_pending(w, c, "ERR ") : reply_wrong(w, c, line, len);
        }
        if (c->body_left > 0 ? !body_receive(w, c, &bytes, &n) : !head_receive(w, c, &bytes, &n))
            return false;
    }
    return true;
}
