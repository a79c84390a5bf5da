/* bench/clients/chat.c: the chat room
 *
 * Every message carries the time at which it was due and a sequence number. All clients share one
 * clock, so a receiver can compute the latency; by the numbers it checks that none is missing, none
 * comes twice, and those of one speaker come in order.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clients/clients.h"

/* Nicks are "l<process><run>-<member>": two loads in one room never have the same. */
void chat_prepare(struct load *load)
{
    load->prefix_len = (size_t)snprintf(load->prefix, sizeof load->prefix, "* SAY l%08x%04x-",
                                        (unsigned int)getpid(), load->run & 0xffffU);
    load->frames[FRAME_SAY] = (struct load_frame){.known = 2, .len = CHAT_REQUEST, .bytes = "S "};
    if (load->dialect->room_prepare != NULL)
        load->dialect->room_prepare(load);
}

bool chat_enter(struct worker *w, struct client *c)
{
    char request[48];
    int n = snprintf(request, sizeof request, "C %s%06x\n", w->load->prefix + 6, c->number);
    c->state = CLIENT_ENTERING;
    return client_send(w, c, request, (size_t)n);
}

/* A member that enters before the first message receives all messages of every speaker, from number
 * 0; one that comes back later, from any number on. Stored is the expected number plus one; 0:
 * any. */
void chat_entered(struct worker *w, struct client *c)
{
    unsigned int speakers = w->load->speakers;
    uint32_t *due = w->expected + (size_t)(c - w->clients) * speakers;
    for (unsigned int i = 0; i < speakers; i++)
        due[i] = w->phase == PHASE_CONNECT;
    w->opening--;
    c->state = CLIENT_READY;
    c->since = w->now;
    if (c->number < speakers && c->number < atomic_load(&w->speaker))
        atomic_store(&w->speaker, c->number);
    client_tried(w, c, true);
}

/* ---- sending ---- */

static void hex_put(char *to, int digits, uint64_t value)
{
    for (int i = digits - 1; i >= 0; i--, value >>= 4)
        to[i] = "0123456789abcdef"[value & 15];
}

bool chat_send(struct worker *w, struct client *c, unsigned int count, uint64_t due, uint64_t sent)
{
    const struct load_frame *say = &w->load->frames[FRAME_SAY];
    const char *end = w->load->dialect->say_end;
    for (unsigned int i = 0; i < count; i++) {
        char *request = w->script + (size_t)i * say->len, *text = request + say->known;
        memcpy(request, say->bytes, say->known);
        memset(text, ' ', CHAT_TEXT);
        hex_put(text, CHAT_TIME, due - w->load->epoch);
        hex_put(text + CHAT_LATE_AT, CHAT_TIME, sent - due);
        hex_put(text + CHAT_COUNT_AT, CHAT_COUNT, c->next++);
        memcpy(text + CHAT_TEXT, end, say->len - say->known - CHAT_TEXT);
    }
    w->sent_count += count;
    atomic_store_explicit(&w->sent, w->sent_count, memory_order_relaxed);
    return client_send(w, c, w->script, count * say->len);
}

void chat_count(const struct load *load, uint64_t *sent, uint64_t *received)
{
    *sent = *received = 0;
    for (unsigned int i = 0; i < load->threads; i++) {
        *sent += atomic_load(&load->workers[i].sent);
        *received += atomic_load(&load->workers[i].received);
    }
}

/* In a closed loop a speaker's next message waits until all have received the one before (with a
 * pipeline of K: the one K before). A speaker that waited only for its own reply would get ahead of
 * its listeners: a server with a thread for each would send them many messages at once, which is
 * cheap, and late. */
bool chat_held(const struct worker *w)
{
    const struct load *load = w->load;
    uint64_t sent, received, others = load->spec->clients - 1;
    if (load->spec->rate > 0 || atomic_load_explicit(&load->lost, memory_order_relaxed))
        return false;
    chat_count(load, &sent, &received);
    uint64_t ahead = (uint64_t)load->pipeline * (load->speakers - 1) + load->window - 1;
    return sent * others > received + ahead * others;
}

/* ---- receiving ---- */

static bool hex_take(const char *from, int digits, uint64_t *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++) {
        unsigned int digit = (unsigned char)from[i];
        digit = digit - '0' < 10 ? digit - '0' : digit - 'a' < 6 ? digit - 'a' + 10 : 16;
        if (digit > 15)
            return false;
        *value = *value << 4 | digit;
    }
    return true;
}

static bool message_parse(const struct load *load, const char *event, struct chat_message *message)
{
    const char *number = event + 6 + CHAT_NICK - 6, *text = event + 6 + CHAT_NICK + 1;
    uint64_t count, speaker;
    if (!hex_take(number, 6, &speaker) || text[-1] != ' ' || text[CHAT_LATE_AT - 1] != ' ' ||
        text[CHAT_COUNT_AT - 1] != ' ' || !hex_take(text, CHAT_TIME, &message->due) ||
        !hex_take(text + CHAT_LATE_AT, CHAT_TIME, &message->late) ||
        !hex_take(text + CHAT_COUNT_AT, CHAT_COUNT, &count))
        return false;
    message->speaker = (unsigned int)speaker;
    message->count = (uint32_t)count;
    message->due += load->epoch;
    return speaker < load->speakers;
}

/* False: it comes from the future. A message that was sent after this turn's wait can be received
 * in this turn, so the clock is read again. */
static bool message_measure(struct worker *w, const struct chat_message *message)
{
    uint64_t sent = message->due + message->late;
    if (sent > w->now)
        w->now = load_now();
    if (sent > w->now || message->due > sent)
        return false;
    bool open = w->load->spec->rate > 0, now = w->now >= w->from && w->now < w->until;
    atomic_store_explicit(&w->replied, w->now, memory_order_relaxed);
    w->own.received++;
    w->own.deliveries += now;
    if (!(open ? message->due >= w->from && message->due < w->until : now))
        return true;
    histogram_record(&w->own.latency, w->now - message->due, 1);
    if (open)
        histogram_record(&w->own.uncorrected, w->now - sent, 1);
    return true;
}

/* Is it the one that is due from this speaker? Once a client was lost, some may be missing. */
bool chat_take(struct worker *w, struct client *c, const char *event)
{
    const struct load *load = w->load;
    struct chat_message *message = &w->message;
    if (memcmp(event, w->last, CHAT_EVENT) != 0) {
        w->last[0] = '\0';
        if (!message_parse(load, event, message))
            return false;
        memcpy(w->last, event, CHAT_EVENT);
    }
    uint32_t *due = &w->expected[(size_t)(c - w->clients) * load->speakers + message->speaker];
    uint32_t this = message->count + 1;
    bool gap = this > *due && atomic_load_explicit(&load->lost, memory_order_relaxed);
    if (message->speaker == c->number || (*due != 0 && this != *due && !gap))
        return false;
    *due = this + 1;
    return message_measure(w, message);
}

static bool chat_heard(const struct worker *w, const struct client *c)
{
    unsigned int speakers = w->load->speakers;
    const uint32_t *due = &w->expected[(size_t)(c - w->clients) * speakers];
    while (speakers > 0 && due[speakers - 1] <= 1)
        speakers--;
    return speakers > 0;
}

/* Has one of our members entered after this one had received the first message? */
static bool chat_late(const struct worker *w, const struct client *c, const char *line, size_t len)
{
    const struct load *load = w->load;
    return w->phase != PHASE_CONNECT && len == 7 + CHAT_NICK + 1 && chat_heard(w, c) &&
           memcmp(line, "* JOIN ", 7) == 0 &&
           memcmp(line + 7, load->prefix + 6, load->prefix_len - 6) == 0 && /* after "* SAY " */
           !atomic_load_explicit(&load->lost, memory_order_relaxed);
}

/* Events of members who are no clients of ours: ignored. */
static bool chat_foreign(const struct load *load, const char *line, size_t len)
{
    static const char *const passed[] = {"* JOIN ", "* LEAVE ", "* ADMIN "};
    for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
        if (len > strlen(passed[i]) && memcmp(line, passed[i], strlen(passed[i])) == 0)
            return true;
    return len > 8 && memcmp(line, "* SAY ", 6) == 0 &&
           (len < load->prefix_len || memcmp(line, load->prefix, load->prefix_len) != 0);
}

static bool chat_line(struct worker *w, struct client *c, const char *line, size_t len)
{
    bool ready = c->state == CLIENT_READY;
    if (ready && len == CHAT_EVENT && memcmp(line, w->load->prefix, w->load->prefix_len) == 0)
        return chat_take(w, c, line) || reply_wrong(w, c, line, len);
    if (ready && chat_late(w, c, line, len))
        return reply_wrong(w, c, line, len);
    if (ready && chat_foreign(w->load, line, len))
        return true;
    if (len != 5 || memcmp(line, "OK 0\n", 5) != 0 || (ready && c->in_flight == 0))
        return reply_wrong(w, c, line, len);
    if (c->state == CLIENT_ENTERING)
        chat_entered(w, c);
    else
        client_answered(w, c, 0);
    return true;
}

/* An announcement may be longer than the lines that are stored: once its beginning identifies it,
 * the rest is skipped. */
static bool chat_skip(const struct load *load, struct client *c, const char **bytes, size_t *n)
{
    const char *lf = memchr(*bytes, '\n', *n);
    size_t part = lf == NULL ? *n : (size_t)(lf - *bytes) + 1;
    bool kept = c->line_len > 0 || lf == NULL; /* else it is whole, however long */
    if (!c->skipping && kept && c->line_len + part > LOAD_LINE) {
        memcpy(c->line + c->line_len, *bytes, LOAD_LINE - c->line_len);
        c->skipping = c->state == CLIENT_READY && chat_foreign(load, c->line, LOAD_LINE);
    }
    if (!c->skipping)
        return false;
    c->line_len = 0;
    c->skipping = lf == NULL;
    *bytes += part;
    *n -= part;
    return true;
}

bool chat_receive(struct worker *w, struct client *c, const char *bytes, size_t n)
{
    while (n > 0) {
        size_t len = CHAT_EVENT;
        const char *line = bytes;
        if (c->line_len == 0 && !c->skipping && n >= CHAT_EVENT &&
            memchr(bytes, '\n', CHAT_EVENT) == bytes + CHAT_EVENT - 1) {
            bytes += CHAT_EVENT;
            n -= CHAT_EVENT;
        } else if (chat_skip(w->load, c, &bytes, &n)) {
            continue;
        } else if ((line = reply_line(w, c, &bytes, &n, &len)) == NULL) {
            return c->fd >= 0 && (c->line[0] == '*' || reply_pending(w, c, "OK 0\n"));
        }
        if (!chat_line(w, c, line, len))
            return false;
    }
    return true;
}
