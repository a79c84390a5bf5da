/* fuzz_core_speaker.c: a client of the world, and what must hold of it; see fuzz_core.h */
#include <unistd.h>

#include "fuzz_core.h"

void speaker_enter(struct world *world, size_t number)
{
    struct fuzz_speaker *speaker = &world->speakers[number];
    *speaker = (struct fuzz_speaker){.here = true};
    fuzz_text_add(&speaker->pending, "", 0); /* never NULL */
    fuzz_text_add(&speaker->out, "", 0);
    IN_CORE(session_init(&speaker->session, &world->shared, &speaker->session));
    speaker_check(world, speaker);
}

void speaker_leave(struct world *world, size_t number)
{
    struct fuzz_speaker *speaker = &world->speakers[number];
    speaker->cut = speaker->cut || speaker->session.out.failed; /* closed without a word */
    IN_CORE(session_free(&speaker->session));                   /* its events need memory */
    fuzz_check(outbox_empty(&speaker->session.out) && speaker->session.member == NULL &&
                   speaker->session.upload == NULL && speaker->session.listing == 0 &&
                   speaker->session.scan.walk == NULL,
               "something is left of a session");
    oracle_check(world, speaker);
    struct fuzz_text replies = {0}, events = {0};
    frames_split(&speaker->out, &replies, &events);
    fuzz_text_print(&world->log, "speaker %zu receives ", number);
    fuzz_text_add(&world->log, replies.bytes, replies.len);
    fuzz_text_add(&world->log, events.bytes, events.len);
    fuzz_text_free(&replies);
    fuzz_text_free(&events);
    fuzz_text_free(&speaker->pending);
    fuzz_text_free(&speaker->out);
    speaker->here = false;
}

static size_t take_file(struct fuzz_speaker *speaker, const struct outbox_chunk *chunk, size_t max)
{
    char bytes[4096];
    size_t len = chunk->left < max ? (size_t)chunk->left : max;
    len = len < sizeof bytes ? len : sizeof bytes;
    ssize_t n = pread(chunk->file, bytes, len, chunk->offset);
    fuzz_check(n > 0, "a file range ends too soon");
    fuzz_text_add(&speaker->out, bytes, (size_t)n);
    return (size_t)n;
}

void speaker_take(struct fuzz_speaker *speaker, size_t max)
{
    struct outbox_chunk chunk;
    size_t sent = 0;
    outbox_peek(&speaker->session.out, &chunk);
    if (chunk.count == 0 && chunk.file >= 0)
        sent = take_file(speaker, &chunk, max);
    for (int i = 0; i < chunk.count && sent < max; i++) {
        size_t part = chunk.vec[i].iov_len < max - sent ? chunk.vec[i].iov_len : max - sent;
        fuzz_text_add(&speaker->out, chunk.vec[i].iov_base, part);
        sent += part;
    }
    fuzz_check(sent > 0 || outbox_empty(&speaker->session.out) || speaker->slow,
               "nothing to send, and not empty");
    outbox_sent(&speaker->session.out, sent);
}

bool speaker_is_slow(const struct session *s)
{
    return s->member != NULL && room_too_far_behind(s->shared->room, s->member);
}

/* ---- promises ---- */

enum {
    REPLIES_MOST = 16 * 1024 + 4096, /* bytes of replies that wait at the most, bodies apart */
    BODY_MOST = 4096,                /* bytes of a body in memory: a listing of this library */
    INPUT_MOST = 32 * 1024           /* bytes received and not yet looked at */
};

/* Of the log: unread bytes, its own events included. */
static size_t unread(const struct session *s)
{
    return s->member == NULL ? 0 : room_unread(s->shared->room, s->member);
}

/* Replies first, then the log; but an event that has begun is ended before anything else. */
static void outbox_check(const struct session *s, bool slow)
{
    const struct outbox *out = &s->out;
    struct outbox_chunk chunk;
    size_t sum = 0, events = unread(s);
    outbox_peek(out, &chunk);
    for (int i = 0; i < chunk.count; i++)
        sum += chunk.vec[i].iov_len;
    bool in_event = s->member != NULL && room_in_event(s->member);
    bool all = chunk.count < 16 && !chunk.more && chunk.file < 0;
    if (in_event)
        fuzz_check(sum <= events && (sum > 0 || slow) && chunk.file < 0 && !chunk.more,
                   "%zu of %zu bytes of events to send", sum, events);
    else
        fuzz_check(sum <= out->bytes + events && (!all || sum >= out->bytes),
                   "%zu bytes of %zu and %zu to send", sum, out->bytes, events);
    fuzz_check(out->bodies <= 1, "%u bodies at once", out->bodies);
    fuzz_check(chunk.file < 0 || chunk.left > 0, "an empty file range");
    fuzz_check(!outbox_empty(out) || (out->bytes == 0 && out->bodies == 0 && events == 0),
               "empty: %zu bytes, %zu of events", out->bytes, events);
}

void speaker_check(struct world *world, const struct fuzz_speaker *speaker)
{
    const struct session *s = &speaker->session;
    bool wants = (session_waits_for(s) & SESSION_READ) != 0,
         runs = (session_waits_for(s) & SESSION_CONTINUE) != 0, done = session_waits_for(s) == 0;
    world->uploads =
        world->uploads || s->upload != NULL; /* it is counted first: always seen here */
    outbox_check(s, speaker->slow || speaker_is_slow(s));
    size_t size = wants ? session_read_size(s) : 1;
    fuzz_check(size >= 1 && size <= SESSION_READ_MAX, "wants to read %zu bytes", size);
    fuzz_check(!done || (!wants && !runs), "is done, and wants more");
    fuzz_check(!(wants && runs), "waits for input, and could go on without");
    fuzz_check(!s->out.failed || injection.expected || speaker->slow,
               "broken, and there was memory");
    fuzz_check(done || wants || runs || !outbox_empty(&s->out), "stuck");
    /* who has just left is sent what it had not read yet */
    size_t most = REPLIES_MOST + BODY_MOST + 2 * (world->backlog + PROTO_EVENT_MAX);
    fuzz_check(s->out.bytes <= most && s->in_len <= INPUT_MOST, "%zu bytes of replies, %u of input",
               s->out.bytes, s->in_len);
    enum session_phase phase = session_phase(s);
    fuzz_check((phase != PHASE_IDLE && phase != PHASE_CHAT) ||
                   (outbox_empty(&s->out) && s->in_len == 0 &&
                    (s->member != NULL) == (phase == PHASE_CHAT)),
               "phase %d", phase);
}
