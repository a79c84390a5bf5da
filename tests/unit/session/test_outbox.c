/* test_outbox.c: what goes in comes out, however it is sent
 *
 * A script is a word of letters, one for each thing that is queued or sent. The same script is done
 * to an outbox and to a model of it: a list of pieces, and a log of events in the place of a room.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "session/outbox.h"
#include "sink.h"

/* ---- in the place of a room: every event has two bytes ---- */

enum { LOG_MAX = 64 };

struct room {
    char log[LOG_MAX];
    size_t len;
    bool overwritten;
};

struct member {
    size_t position;
};

int room_peek(const struct room *room, const struct member *member, bool rest, struct iovec *vec,
              int most)
{
    size_t end = rest ? member->position + 1 : room->len;
    int count = 0;
    for (size_t at = member->position; at < end && count < most; count++) {
        size_t part = end - at > 3 ? 3 : end - at; /* in pieces, as at the end of a ring */
        vec[count] = (struct iovec){(void *)(uintptr_t)(room->log + at), part};
        at += part;
    }
    return count;
}

void room_sent(const struct room *room, struct member *member, size_t len)
{
    member->position += len;
    unit_check(member->position <= room->len, "more is sent than there is");
}

size_t room_unread(const struct room *room, const struct member *member)
{
    return room->len - member->position;
}

bool room_in_event(const struct member *member)
{
    return member->position % 2 == 1;
}

size_t room_event_rest(const struct room *room, const struct member *member,
                       char rest[PROTO_EVENT_MAX])
{
    rest[0] = room->log[member->position];
    return room->overwritten ? 0 : 1;
}

/* ---- the model ---- */

enum { ITEMS = 32, FILE_SIZE = 64, BUDGET = 1 << 20 };

static const char file_bytes[FILE_SIZE + 1] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ#0123456789abcdefghijklmnop.";

struct piece {
    bool file, body;
    size_t left;
    int fd;
    char bytes[LOG_MAX]; /* what is left of it */
};

struct model {
    struct budget_part part;
    struct budget budget;
    const char *script; /* for reports */
    struct outbox out;
    struct room room;
    struct member member;
    struct sink want, got;
    struct piece pieces[ITEMS]; /* of the queue, from first on */
    size_t first, count;
};

static int source; /* a file that every file piece is opened from */

static void source_open(void)
{
    source = memfd_create("outbox", MFD_CLOEXEC);
    unit_check(source >= 0 && write(source, file_bytes, FILE_SIZE) == FILE_SIZE, "memfd_create");
}

static void source_close(void)
{
    close(source);
}

#define SOURCE(function) TEST_BETWEEN(source_open, function, source_close)

/* A descriptor of its own, that the outbox is to close. */
static int file_open(void)
{
    int fd = fcntl(source, F_DUPFD_CLOEXEC, 0);
    unit_check(fd >= 0, "no descriptor");
    return fd;
}

static void model_begin(struct model *m, const char *script)
{
    *m = (struct model){.script = script, .first = ITEMS / 2};
    budget_init(&m->budget, &m->part, BUDGET);
    outbox_init(&m->out, &m->budget);
    outbox_follow(&m->out, &m->room, &m->member);
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
    int fd = file_open();
    outbox_file(&m->out, fd, offset, len);
    unit_check(!m->out.failed, "%s: outbox_file", m->script);
    piece_add(m, (struct piece){.file = true, .left = len, .fd = fd}, file_bytes + offset);
    unit_check(len > 0 || fcntl(fd, F_GETFD) < 0, "%s: a file of 0 bytes stays open", m->script);
}

static size_t unread(const struct model *m)
{
    return m->room.len - m->member.position;
}

/* An event, and no two are alike. */
static void log_event(struct model *m)
{
    unit_check(m->room.len + 2 <= LOG_MAX, "%s: too many events", m->script);
    m->room.log[m->room.len] = (char)('A' + m->room.len);
    m->room.log[m->room.len + 1] = '!';
    m->room.len += 2;
}

/* Leaves the room, and enters again. */
static void unfollow(struct model *m, bool all)
{
    const char *events = m->room.log + m->member.position;
    size_t left = unread(m), rest = m->member.position % 2;
    if (rest == 1) { /* to the front */
        m->first--;
        m->count++;
        m->pieces[m->first] = (struct piece){.left = 1, .bytes = {events[0]}};
    }
    if (all)
        piece_add(m, (struct piece){.left = left - rest}, events + rest);
    outbox_unfollow(&m->out, all);
    unit_check(!m->out.failed, "%s: outbox_unfollow", m->script);
    m->member.position = m->room.len;
    outbox_follow(&m->out, &m->room, &m->member);
}

/* ---- what must be true after every step ---- */

static void model_check(const struct model *m)
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

/* How much could be sent now, and checks what outbox_peek returns: the rest of an event, and
 * all events behind it only if nothing else waits; else the queue, and behind it the events. */
static size_t model_peek(const struct model *m)
{
    struct outbox_chunk chunk;
    outbox_peek(&m->out, &chunk);
    const struct piece *first = &m->pieces[m->first];
    bool in_event = m->member.position % 2 == 1;
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
        return m->room.log[m->member.position]; /* which the outbox moves on */
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

static void model_send(struct model *m, size_t len)
{
    if (len == 0)
        return;
    size_t before = m->member.position;
    size_t sent = sink_take(&m->got, &m->out, len), after = m->member.position;
    unit_check(sent == len, "%s: wanted to send %zu, received %zu", m->script, len, sent);
    m->member.position = before;
    for (; len > 0; len--) {
        bool in_event = m->member.position % 2 == 1, event = in_event || m->count == 0;
        char byte = model_byte(m, in_event);
        m->member.position += event;
        sink_add(&m->want, &byte, 1);
    }
    unit_check(m->member.position == after, "%s: read up to %zu, received %zu", m->script,
               m->member.position, after);
}

static void model_step(struct model *m, char letter)
{
    static const char digits[] = "abcdefgh";
    size_t waits = model_peek(m);
    switch (letter) {
    case 'r': queue_reply(m, "r", 1); break;
    case 'R': queue_reply(m, "xyz", 3); break;
    case 'e': log_event(m); break;
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

/* The steps of its script, a letter each. */
static void model_play(struct model *m)
{
    for (const char *p = m->script; *p != '\0'; p++)
        model_step(m, *p);
}

/* Whatever waits still is dropped. */
static void model_free(struct model *m)
{
    outbox_clear(&m->out);
    sink_free(&m->want);
    sink_free(&m->got);
}

static void model_end(struct model *m)
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

/* ---- tests ---- */

/* Sends what waits in every way it can be cut: choices[i] bytes in step i, counted up like the
 * digits of a number whose bases are what waits. Returns the number of ways. */
static size_t every_way(const char *script)
{
    size_t choices[64] = {0}, bases[64] = {0}, ways = 0, depth = 0;
    for (;;) {
        struct model m;
        model_begin(&m, script);
        model_play(&m);
        size_t steps = 0;
        for (size_t waits; (waits = model_peek(&m)) > 0; steps++) {
            if (steps == depth) {
                unit_check(depth < UNIT_COUNT(choices), "%s: too many steps", script);
                choices[depth++] = 1;
            }
            bases[steps] = waits;
            model_send(&m, choices[steps]);
            model_check(&m);
        }
        model_end(&m);
        ways++;
        while (depth > 0 && choices[depth - 1] == bases[depth - 1])
            depth--;
        if (depth == 0)
            return ways;
        choices[depth - 1]++;
    }
}

static size_t ways_tried;

static void short_word_run(const char *word)
{
    size_t bytes = 0;
    for (const char *p = word; *p != '\0'; p++)
        bytes += strchr("Rb", *p) != NULL ? 3 : strchr("ef", *p) != NULL ? 2 : *p == 'r';
    if (bytes <= 9) /* n bytes can be cut in 2^(n-1) ways */
        ways_tried += every_way(word);
}

static void test_every_pattern_of_sends(void)
{
    ways_tried = 0;
    every_word("rRebf0uU", 4, short_word_run);
    unit_check(ways_tried > 50000, "only %zu ways were tried", ways_tried);
}

static void word_run(const char *word)
{
    struct model m;
    model_begin(&m, word);
    model_play(&m);
    while (!outbox_empty(&m.out))
        model_step(&m, '!');
    model_end(&m);
}

static void test_every_order_of_queueing_and_sending(void)
{
    every_word("rebf1-!", 6, word_run);
}

/* Members come and go, in the middle of an event or not. */
static void test_every_order_of_leaving(void)
{
    every_word("ref1-uU", 6, word_run);
}

static void word_clear(const char *word)
{
    struct model m;
    model_begin(&m, word);
    model_play(&m);
    outbox_clear(&m.out);
    unit_check(outbox_empty(&m.out) && m.out.bytes == 0 && m.out.bodies == 0 && m.part.used == 0,
               "%s: something is left after outbox_clear", word);
    outbox_reply(&m.out, "again", 5);
    unit_check(m.out.bytes == 5, "%s: not usable after outbox_clear", word);
    model_free(&m);
}

static void test_clear_in_every_state(void)
{
    int before = unit_descriptors();
    word_clear("");
    every_word("rebf1u", 5, word_clear);
    unit_check(unit_descriptors() == before, "descriptors: %d before, %d after", before,
               unit_descriptors());
}

/* What waits in the log is nobody's memory but the room's. */
static void test_events_are_no_copies(void)
{
    struct model m;
    model_begin(&m, "events");
    for (int i = 0; i < LOG_MAX / 2; i++)
        log_event(&m);
    unit_check(!outbox_empty(&m.out) && m.out.bytes == 0 && m.out.head == NULL && m.part.used == 0,
               "%zu bytes of copies", m.out.bytes);
    outbox_clear(&m.out);
}

/* The rest of the event that a member is in the middle of is gone: the outbox can't be used any
 * more. */
static void test_an_event_that_is_overwritten(void)
{
    for (int all = 0; all < 2; all++) {
        struct model m;
        model_begin(&m, "overwritten");
        log_event(&m);
        model_send(&m, 1);
        m.room.overwritten = true;
        outbox_unfollow(&m.out, all == 1);
        unit_check(m.out.failed, "half an event, and it continues");
        model_free(&m);
    }
}

/* More items than fit into one chunk, and a file behind them. */
static void test_more_items_than_a_chunk_holds(void)
{
    struct budget budget;
    struct budget_part part;
    budget_init(&budget, &part, BUDGET);
    for (size_t bodies = 1; bodies <= 40; bodies++) {
        struct outbox out;
        struct sink sink = {0};
        outbox_init(&out, &budget);
        for (size_t i = 0; i < bodies; i++) {
            struct body *body = body_new(&budget, 2);
            unit_check(body != NULL, "out of memory");
            memset(body->bytes, 'a', 2);
            outbox_body(&out, body);
            unit_check(!out.failed, "body");
        }
        outbox_file(&out, file_open(), 0, FILE_SIZE);
        unit_check(!out.failed, "file");
        size_t left = bodies;
        while (left > 0) {
            struct outbox_chunk chunk;
            outbox_peek(&out, &chunk);
            size_t want = left < UNIT_COUNT(chunk.vec) ? left : UNIT_COUNT(chunk.vec);
            unit_check((size_t)chunk.count == want && chunk.more == (want == left),
                       "%zu items and a file: received %d, more %d", left, chunk.count, chunk.more);
            sink_take(&sink, &out, want * 2);
            left -= want;
        }
        sink_take_all(&sink, &out, 5);
        unit_check(sink.len == bodies * 2 + FILE_SIZE &&
                       memcmp(sink.bytes + bodies * 2, file_bytes, FILE_SIZE) == 0,
                   "%zu bodies and a file: received %zu bytes", bodies, sink.len);
        sink_free(&sink);
    }
}

static void test_file_ranges(void)
{
    for (size_t offset = 0; offset < FILE_SIZE; offset += 3)
        for (size_t len = 1; offset + len <= FILE_SIZE; len += 5)
            for (size_t step = 1; step <= len; step += 4) {
                struct outbox out;
                struct sink sink = {0};
                outbox_init(&out, NULL);
                outbox_file(&out, file_open(), (off_t)offset, len);
                unit_check(!out.failed, "file");
                unit_check(out.bytes == 0 && out.bodies == 1, "a file counts as memory");
                sink_take_all(&sink, &out, step);
                unit_same("a file range", "", 0, file_bytes + offset, len, sink.bytes, sink.len);
                sink_free(&sink);
            }
}

/* Offsets and lengths beyond 4 GiB, without such a file. */
static void test_huge_file(void)
{
    struct outbox out;
    struct outbox_chunk chunk;
    const uint64_t gib = (uint64_t)1 << 30;
    outbox_init(&out, NULL);
    outbox_file(&out, file_open(), (off_t)(5 * gib), 9 * gib);
    unit_check(!out.failed, "file");
    outbox_sent(&out, (size_t)(4 * gib + 1));
    outbox_peek(&out, &chunk);
    unit_check(chunk.offset == (off_t)(9 * gib + 1) && chunk.left == 5 * gib - 1,
               "after 4 GiB and a byte: offset %lld, left %llu", (long long)chunk.offset,
               (unsigned long long)chunk.left);
    outbox_clear(&out);
}

/* A burst of small replies must not cost an allocation each; and a large one must fit. All but the
 * first few bytes count in the budget. */
static void test_growth(void)
{
    enum { REPLIES = 2000, BIG = 100000 };
    static char big[BIG];
    struct outbox out;
    struct budget budget;
    struct budget_part part;
    struct sink want = {0}, got = {0};
    size_t largest = 0, chunks = 0;
    budget_init(&budget, &part, BUDGET);
    outbox_init(&out, &budget);
    for (int i = 0; i < REPLIES; i++) {
        char line[32];
        int n = snprintf(line, sizeof line, "OK 0 or so %d\n", i);
        outbox_reply(&out, line, (size_t)n);
        unit_check(!out.failed, "reply %d", i);
        sink_add(&want, line, (size_t)n);
        unit_check(want.len > 60 || part.used == 0, "a first reply of %zu bytes counts", want.len);
        unit_check(part.used + 200 >= want.len && part.used <= 2 * want.len + 400,
                   "%zu bytes wait, %zu are counted", want.len, (size_t)part.used);
    }
    memset(big, 'B', sizeof big);
    outbox_reply(&out, big, sizeof big);
    unit_check(!out.failed, "a reply of %d bytes", BIG);
    sink_add(&want, big, sizeof big);
    unit_check(out.bytes == want.len, "%zu", out.bytes);
    while (!outbox_empty(&out)) {
        struct outbox_chunk chunk;
        outbox_peek(&out, &chunk);
        chunks++;
        for (int i = 0; i < chunk.count && chunk.vec[i].iov_len < BIG; i++)
            if (chunk.vec[i].iov_len > largest)
                largest = chunk.vec[i].iov_len;
        sink_take(&got, &out, SIZE_MAX);
    }
    unit_check(chunks == 1, "%d replies take %zu calls of sendmsg", REPLIES + 1, chunks);
    unit_check(largest > 4096 && largest <= 16 * 1024, "the largest item has %zu bytes", largest);
    unit_check(part.used == 0, "%zu bytes of the budget are not given back", (size_t)part.used);
    unit_same("a burst", "", 0, want.bytes, want.len, got.bytes, got.len);
    sink_free(&want);
    sink_free(&got);
}

/* The sanitizers that bring a malloc of their own: it ends the program if there is no memory. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

/* Memory runs out for the head of a body, and the body would still fit: it must not go out
 * alone. */
static void test_nothing_behind_a_gap(void)
{
    static const size_t too_much = PTRDIFF_MAX - 4096;
    struct model m;
    if (__asan_init != NULL || __tsan_init != NULL)
        unit_skip("memory can't run out under this sanitizer");
    model_begin(&m, "gap");
    log_event(&m);
    model_send(&m, 1);
    outbox_reply(&m.out, "before", 6);
    unit_check(!m.out.failed, "a reply before");
    outbox_reply(&m.out, "head", too_much);
    unit_check(m.out.failed, "more than there can be");
    struct body *body = body_new(&m.budget, 4);
    outbox_reply(&m.out, "x", 1);
    outbox_body(&m.out, body);
    outbox_file(&m.out, open("/dev/null", O_RDONLY | O_CLOEXEC), 0, 1);
    outbox_unfollow(&m.out, true);
    unit_check(m.out.failed && m.out.bytes == 6 && m.out.bodies == 0 && m.part.used == 0,
               "%zu bytes and %u bodies wait", m.out.bytes, m.out.bodies);
    outbox_clear(&m.out);
    outbox_reply(&m.out, "again", 5);
    unit_check(!m.out.failed && m.out.bytes == 5, "an outbox that was cleared is as new");
    model_free(&m);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_behind_a_gap),
        SOURCE(test_every_pattern_of_sends),
        SOURCE(test_every_order_of_queueing_and_sending),
        SOURCE(test_every_order_of_leaving),
        SOURCE(test_clear_in_every_state),
        TEST(test_events_are_no_copies),
        TEST(test_an_event_that_is_overwritten),
        SOURCE(test_more_items_than_a_chunk_holds),
        SOURCE(test_file_ranges),
        SOURCE(test_huge_file),
        TEST(test_growth),
    };
    return unit_run("outbox", tests, argc, argv);
}
