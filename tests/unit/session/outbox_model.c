/* outbox_model.c: see outbox_model.h */
#include "outbox_model.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- in the place of a room ---- */

static const struct event_log *events_of(const struct room *room)
{
    return (const void *)room;
}

static size_t position_of(const struct member *member)
{
    return *(const size_t *)(const void *)member;
}

int room_peek(const struct room *room, const struct member *member, bool rest, struct iovec *vec,
              int most)
{
    size_t at = position_of(member), end = rest ? at + 1 : events_of(room)->len;
    int count = 0;
    for (; at < end && count < most; count++) {
        size_t part = end - at > 3 ? 3 : end - at; /* in pieces, as at the end of a ring */
        vec[count] = (struct iovec){(void *)(uintptr_t)(events_of(room)->log + at), part};
        at += part;
    }
    return count;
}

void room_sent(const struct room *room, struct member *member, size_t len)
{
    *(size_t *)(void *)member += len;
    unit_check(position_of(member) <= events_of(room)->len, "more is sent than there is");
}

size_t room_unread(const struct room *room, const struct member *member)
{
    return events_of(room)->len - position_of(member);
}

bool room_in_event(const struct member *member)
{
    return position_of(member) % 2 == 1;
}

size_t room_event_rest(const struct room *room, const struct member *member,
                       char rest[PROTO_EVENT_MAX])
{
    rest[0] = events_of(room)->log[position_of(member)];
    return events_of(room)->overwritten ? 0 : 1;
}

/* ---- the file ---- */

const char source_bytes[SOURCE_SIZE + 1] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ#0123456789abcdefghijklmnop.";

static int source;

void source_open(void)
{
    source = memfd_create("outbox", MFD_CLOEXEC);
    unit_check(source >= 0 && write(source, source_bytes, SOURCE_SIZE) == SOURCE_SIZE,
               "memfd_create");
}

void source_close(void)
{
    close(source);
}

int source_file(void)
{
    int fd = fcntl(source, F_DUPFD_CLOEXEC, 0);
    unit_check(fd >= 0, "no descriptor");
    return fd;
}

/* ---- the model ---- */

void model_begin(struct model *m, const char *script)
{
    *m = (struct model){.script = script, .first = ITEMS / 2};
    budget_init(&m->budget, &m->part, BUDGET);
    outbox_init(&m->out, &m->budget);
    outbox_follow(&m->out, (void *)&m->events, (void *)&m->position);
}

static void piece_add(struct model *m, struct piece piece, const char *bytes)
{
    if (piece.left == 0)
        return;
    unit_check(m->first + m->count < ITEMS, "%s: too long", m->script);
    memcpy(piece.bytes, bytes, piece.left);
    m->pieces[m->first + m->count++] = piece;
}

static void queue_reply(struct model *m, const char *bytes, size_t len)
{
    outbox_reply(&m->out, bytes, len);
    unit_check(!m->out.failed, "%s: outbox_reply", m->script);
    piece_add(m, (struct piece){.left = len}, bytes);
}

static void queue_body(struct model *m, const char *bytes, size_t len)
{
    struct body *body = len == 0 ? NULL : body_new(&m->budget, len);
    unit_check(len == 0 || body != NULL, "out of memory");
    if (body != NULL)
        memcpy(body->bytes, bytes, len);
    outbox_body(&m->out, body);
    unit_check(!m->out.failed, "%s: outbox_body", m->script);
    piece_add(m, (struct piece){.body = true, .left = len}, bytes);
}

static void queue_file(struct model *m, off_t offset, size_t len)
{
    int fd = source_file();
    outbox_file(&m->out, fd, offset, len);
    unit_check(!m->out.failed, "%s: outbox_file", m->script);
    piece_add(m, (struct piece){.file = true, .left = len, .fd = fd}, source_bytes + offset);
    unit_check(len > 0 || fcntl(fd, F_GETFD) < 0, "%s: a file of 0 bytes stays open", m->script);
}

static size_t unread(const struct model *m)
{
    return m->events.len - m->position;
}

void model_event(struct model *m)
{
    unit_check(m->events.len + 2 <= LOG_MAX, "%s: too many events", m->script);
    m->events.log[m->events.len] = (char)('A' + m->events.len);
    m->events.log[m->events.len + 1] = '!';
    m->events.len += 2;
}

/* Leaves the room, and enters again. */
static void unfollow(struct model *m, bool all)
{
    const char *events = m->events.log + m->position;
    size_t left = unread(m), rest = m->position % 2;
    if (rest == 1) { /* to the front */
        m->first--;
        m->count++;
        m->pieces[m->first] = (struct piece){.left = 1, .bytes = {events[0]}};
    }
    if (all)
        piece_add(m, (struct piece){.left = left - rest}, events + rest);
    outbox_unfollow(&m->out, all);
    unit_check(!m->out.failed, "%s: outbox_unfollow", m->script);
    m->position = m->events.len;
    outbox_follow(&m->out, (void *)&m->events, (void *)&m->position);
}

/* ---- what must be true after every step ---- */

void model_check(const struct model *m)
{
    size_t bytes = 0, bodies_bytes = 0;
    unsigned int bodies = 0;
    for (size_t i = m->first; i < m->first + m->count; i++) {
        const struct piece *piece = &m->pieces[i];
        bodies += piece->file || piece->body;
        bodies_bytes += piece->body ? 3 : 0;
        bytes += piece->file ? 0 : piece->left;
        unit_check(!piece->file || fcntl(piece->fd, F_GETFD) >= 0, "%s: a file was closed early",
                   m->script);
    }
    unit_check(m->out.bytes == bytes, "%s: %zu bytes wait, received %zu", m->script, bytes,
               m->out.bytes);
    unit_check(m->out.bodies == bodies, "%s: %u bodies wait, received %u", m->script, bodies,
               m->out.bodies);
    unit_check(m->part.used == bodies_bytes, "%s: %zu bytes of the budget, received %zu", m->script,
               bodies_bytes, (size_t)m->part.used);
    unit_check(outbox_empty(&m->out) == (m->count == 0 && unread(m) == 0), "%s: empty is %d",
               m->script, outbox_empty(&m->out));
}

size_t model_peek(const struct model *m)
{
    struct outbox_chunk chunk;
    outbox_peek(&m->out, &chunk);
    const struct piece *first = &m->pieces[m->first];
    bool in_event = m->position % 2 == 1;
    if (!in_event && m->count > 0 && first->file) {
        unit_check(chunk.count == 0 && chunk.file == first->fd && chunk.left == first->left &&
                       !chunk.more,
                   "%s: a file of %zu bytes, received count %d, file %d, left %llu", m->script,
                   first->left, chunk.count, chunk.file, (unsigned long long)chunk.left);
        return first->left;
    }
    size_t run = 0, i = m->first, got = 0;
    for (; !in_event && i < m->first + m->count && !m->pieces[i].file; i++)
        run += m->pieces[i].left;
    bool more = !in_event && i < m->first + m->count;
    if (in_event && m->count > 0)
        run = 1;
    else if (!more)
        run += unread(m);
    for (int v = 0; v < chunk.count; v++)
        got += chunk.vec[v].iov_len;
    unit_check(chunk.file < 0 && got == run && chunk.more == more,
               "%s: %zu bytes, more %d; received %zu bytes, more %d", m->script, run, more, got,
               chunk.more);
    return run;
}

/* The model sends a byte of what stands first. */
static char model_byte(struct model *m, bool in_event)
{
    struct piece *first = &m->pieces[m->first];
    if (in_event || m->count == 0)
        return m->events.log[m->position]; /* which the outbox moves on */
    char byte = first->bytes[0];
    memmove(first->bytes, first->bytes + 1, --first->left);
    if (first->left > 0)
        return byte;
    unit_check(!first->file || fcntl(first->fd, F_GETFD) < 0, "%s: a sent file stays open",
               m->script);
    m->first++;
    m->count--;
    return byte;
}

void model_send(struct model *m, size_t len)
{
    if (len == 0)
        return;
    size_t before = m->position;
    size_t sent = sink_take(&m->got, &m->out, len), after = m->position;
    unit_check(sent == len, "%s: wanted to send %zu, received %zu", m->script, len, sent);
    m->position = before;
    for (; len > 0; len--) {
        bool in_event = m->position % 2 == 1, event = in_event || m->count == 0;
        char byte = model_byte(m, in_event);
        m->position += event;
        sink_add(&m->want, &byte, 1);
    }
    unit_check(m->position == after, "%s: read up to %zu, received %zu", m->script, m->position,
               after);
}

void model_step(struct model *m, char letter)
{
    static const char digits[] = "abcdefgh";
    size_t waits = model_peek(m);
    switch (letter) {
    case 'r': queue_reply(m, "r", 1); break;
    case 'R': queue_reply(m, "xyz", 3); break;
    case 'e': model_event(m); break;
    case 'u': unfollow(m, true); break;
    case 'U': unfollow(m, false); break;
    case 'b': queue_body(m, digits, 3); break;
    case 'f': queue_file(m, 7, 2); break;
    case '0': /* nothing at all, in three ways */
        queue_reply(m, "", 0);
        queue_body(m, "", 0);
        queue_file(m, 3, 0);
        break;
    case '1': model_send(m, waits > 0 ? 1 : 0); break;
    case '-': model_send(m, waits > 0 ? waits - 1 : 0); break;
    default: model_send(m, waits); break; /* '!' */
    }
    model_check(m);
}

void model_play(struct model *m)
{
    for (const char *p = m->script; *p != '\0'; p++)
        model_step(m, *p);
}

void model_free(struct model *m)
{
    outbox_clear(&m->out);
    sink_free(&m->want);
    sink_free(&m->got);
}

void model_end(struct model *m)
{
    unit_check(m->count == 0, "%s: %zu pieces are left", m->script, m->count);
    unit_same("what was queued is what was sent", m->script, strlen(m->script), m->want.bytes,
              m->want.len, m->got.bytes, m->got.len);
    unit_check(outbox_empty(&m->out) && m->out.bytes == 0, "%s: an empty outbox counts something",
               m->script);
    unit_check(m->part.used == 0, "%s: %zu bytes of the budget are not given back", m->script,
               (size_t)m->part.used);
    model_free(m);
}
