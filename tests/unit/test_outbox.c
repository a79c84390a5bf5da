/* test_outbox.c: what goes in comes out, however it is sent
 *
 * A script is a word of letters, one for each thing that is queued or sent. The same script is
 * done to an outbox and to a model of it: a string of bytes and a list of items.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "outbox.h"
#include "sink.h"

enum { ITEMS = 16, FILE_SIZE = 64 };

static const char file_bytes[FILE_SIZE + 1] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ#0123456789abcdefghijklmnop.";

struct piece {
    bool file, event, body;
    size_t left;
    int fd;
};

struct model {
    const char *script; /* for reports */
    struct outbox out;
    struct sink want, got;
    struct piece pieces[ITEMS];
    size_t first, count;
    int source; /* a file that every file piece is opened from */
};

static void model_begin(struct model *m, const char *script, int source)
{
    *m = (struct model){.script = script, .source = source};
    outbox_init(&m->out);
}

/* A descriptor of its own, that the outbox is to close. */
static int file_open(const struct model *m)
{
    int fd = fcntl(m->source, F_DUPFD_CLOEXEC, 0);
    unit_check(fd >= 0, "%s: no descriptor", m->script);
    return fd;
}

static void piece_add(struct model *m, struct piece piece, const char *bytes)
{
    sink_add(&m->want, bytes, piece.left);
    if (piece.left == 0)
        return;
    unit_check(m->first + m->count < ITEMS, "%s: too long", m->script);
    m->pieces[m->first + m->count++] = piece;
}

static void queue_body(struct model *m, const char *bytes, size_t len)
{
    char *body = malloc(len + 1);
    unit_check(body != NULL, "out of memory");
    memcpy(body, bytes, len);
    unit_check(outbox_body(&m->out, body, len), "%s: outbox_body", m->script);
    piece_add(m, (struct piece){.body = true, .left = len}, bytes);
}

static void queue_file(struct model *m, off_t offset, size_t len)
{
    int fd = file_open(m);
    unit_check(outbox_file(&m->out, fd, offset, len), "%s: outbox_file", m->script);
    piece_add(m, (struct piece){.file = true, .left = len, .fd = fd}, file_bytes + offset);
    unit_check(len > 0 || fcntl(fd, F_GETFD) < 0, "%s: a file of 0 bytes stays open", m->script);
}

/* ---- what must be true after every step ---- */

static void model_check(const struct model *m)
{
    size_t bytes = 0, events = 0, replies = 0;
    unsigned int bodies = 0;
    for (size_t i = m->first; i < m->first + m->count; i++) {
        const struct piece *piece = &m->pieces[i];
        bodies += piece->file || piece->body;
        bytes += piece->file ? 0 : piece->left;
        events += piece->event ? piece->left : 0;
        replies += piece->event || piece->file ? 0 : piece->left;
        unit_check(!piece->file || fcntl(piece->fd, F_GETFD) >= 0, "%s: a file was closed early",
                   m->script);
    }
    unit_check(m->out.bytes == bytes, "%s: %zu bytes wait, received %zu", m->script, bytes,
               m->out.bytes);
    unit_check(m->out.bodies == bodies, "%s: %u bodies wait, received %u", m->script, bodies,
               m->out.bodies);
    /* "as far as we can tell": never less than there are, and never a reply too many */
    unit_check(m->out.event_bytes >= events && m->out.bytes - m->out.event_bytes <= replies,
               "%s: %zu of %zu bytes are events, received %zu", m->script, events, bytes,
               m->out.event_bytes);
    unit_check(outbox_empty(&m->out) == (m->count == 0), "%s: empty is %d", m->script,
               outbox_empty(&m->out));
}

/* How much could be sent now; checks what outbox_peek says about it. */
static size_t model_peek(const struct model *m)
{
    struct outbox_chunk chunk;
    outbox_peek(&m->out, &chunk);
    const struct piece *first = &m->pieces[m->first];
    if (m->count == 0) {
        unit_check(chunk.count == 0 && chunk.file < 0 && !chunk.more, "%s: something of nothing",
                   m->script);
        return 0;
    }
    if (first->file) {
        unit_check(chunk.count == 0 && chunk.file == first->fd && chunk.left == first->left &&
                       !chunk.more,
                   "%s: a file of %zu bytes, received count %d, file %d, left %llu", m->script,
                   first->left, chunk.count, chunk.file, (unsigned long long)chunk.left);
        return first->left;
    }
    size_t run = 0, i = m->first, got = 0;
    for (; i < m->first + m->count && !m->pieces[i].file; i++)
        run += m->pieces[i].left;
    for (int v = 0; v < chunk.count; v++)
        got += chunk.vec[v].iov_len;
    bool more = i < m->first + m->count;
    unit_check(chunk.file < 0 && got == run && chunk.more == more,
               "%s: %zu bytes, more %d; received %zu bytes, more %d", m->script, run, more, got,
               chunk.more);
    return run;
}

static void model_send(struct model *m, size_t len)
{
    if (len == 0)
        return;
    size_t sent = sink_take(&m->got, &m->out, len);
    unit_check(sent == len, "%s: wanted to send %zu, received %zu", m->script, len, sent);
    while (len > 0) {
        struct piece *first = &m->pieces[m->first];
        size_t part = first->left < len ? first->left : len;
        first->left -= part;
        len -= part;
        if (first->left > 0)
            break;
        unit_check(!first->file || fcntl(first->fd, F_GETFD) < 0, "%s: a sent file stays open",
                   m->script);
        m->first++;
        m->count--;
    }
}

static void model_step(struct model *m, char letter)
{
    static const char digits[] = "abcdefgh";
    size_t waits = model_peek(m);
    switch (letter) {
    case 'r': /* replies of one and of three bytes */
        unit_check(outbox_reply(&m->out, "r", 1), "reply");
        piece_add(m, (struct piece){.left = 1}, "r");
        break;
    case 'R':
        unit_check(outbox_reply(&m->out, "xyz", 3), "reply");
        piece_add(m, (struct piece){.left = 3}, "xyz");
        break;
    case 'e':
        unit_check(outbox_event(&m->out, "*!", 2), "event");
        piece_add(m, (struct piece){.event = true, .left = 2}, "*!");
        break;
    case 'b': queue_body(m, digits, 3); break;
    case 'f': queue_file(m, 7, 2); break;
    case '0': /* nothing at all, in four ways */
        unit_check(outbox_reply(&m->out, "", 0) && outbox_event(&m->out, "", 0), "empty");
        queue_body(m, "", 0);
        queue_file(m, 3, 0);
        break;
    case '1': model_send(m, waits > 0 ? 1 : 0); break;
    case '-': model_send(m, waits > 0 ? waits - 1 : 0); break;
    default: model_send(m, waits); break; /* '!' */
    }
    model_check(m);
}

static void model_end(struct model *m)
{
    unit_check(m->count == 0, "%s: %zu pieces are left", m->script, m->count);
    unit_same("what was queued is what was sent", m->script, strlen(m->script), m->want.bytes,
              m->want.len, m->got.bytes, m->got.len);
    unit_check(outbox_empty(&m->out) && m->out.bytes == 0 && m->out.event_bytes == 0,
               "%s: an empty outbox counts something", m->script);
    sink_free(&m->want);
    sink_free(&m->got);
}

static int source_open(void)
{
    int fd = memfd_create("outbox", MFD_CLOEXEC);
    unit_check(fd >= 0 && write(fd, file_bytes, FILE_SIZE) == FILE_SIZE, "memfd_create");
    return fd;
}

/* The next word of that many letters; false after the last. */
static bool word_next(char *word, size_t len, const char *letters)
{
    for (size_t i = len; i-- > 0;) {
        const char *at = strchr(letters, word[i]);
        if (at[1] != '\0') {
            word[i] = at[1];
            return true;
        }
        word[i] = letters[0];
    }
    return false;
}

/* ---- tests ---- */

/* Sends what waits in every way it can be cut: choices[i] bytes in step i, counted up like the
 * digits of a number whose bases are what waits. Returns the number of ways. */
static size_t every_way(const char *script, int source)
{
    size_t choices[64] = {0}, bases[64] = {0}, ways = 0, depth = 0;
    for (;;) {
        struct model m;
        model_begin(&m, script, source);
        for (const char *p = script; *p != '\0'; p++)
            model_step(&m, *p);
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

static size_t word_bytes(const char *word)
{
    size_t bytes = 0;
    for (; *word != '\0'; word++)
        bytes += strchr("Rb", *word) != NULL ? 3 : strchr("ef", *word) != NULL ? 2 : *word == 'r';
    return bytes;
}

static void test_every_pattern_of_sends(void **state)
{
    static const char letters[] = "rRebf0";
    int source = source_open();
    size_t ways = 0;
    (void)state;
    for (size_t len = 1; len <= 4; len++) {
        char word[8] = {0};
        memset(word, letters[0], len);
        do {
            if (word_bytes(word) <= 9) /* n bytes can be cut in 2^(n-1) ways */
                ways += every_way(word, source);
        } while (word_next(word, len, letters));
    }
    unit_check(ways > 50000, "only %zu ways were tried", ways);
    close(source);
}

static void test_every_order_of_queueing_and_sending(void **state)
{
    static const char letters[] = "rebf1-!";
    int source = source_open();
    (void)state;
    for (size_t len = 1; len <= 6; len++) {
        char word[8] = {0};
        memset(word, letters[0], len);
        do {
            struct model m;
            model_begin(&m, word, source);
            for (const char *p = word; *p != '\0'; p++)
                model_step(&m, *p);
            while (m.count > 0)
                model_step(&m, '!');
            model_end(&m);
        } while (word_next(word, len, letters));
    }
    close(source);
}

static void test_clear_in_every_state(void **state)
{
    static const char letters[] = "rebf1-";
    int source = source_open();
    int before = unit_descriptors();
    (void)state;
    for (size_t len = 0; len <= 5; len++) {
        char word[8] = {0};
        memset(word, letters[0], len);
        do {
            struct model m;
            model_begin(&m, word, source);
            for (const char *p = word; *p != '\0'; p++)
                model_step(&m, *p);
            outbox_clear(&m.out);
            unit_check(outbox_empty(&m.out) && m.out.bytes == 0 && m.out.event_bytes == 0 &&
                           m.out.bodies == 0,
                       "%s: something is left after outbox_clear", word);
            unit_check(outbox_reply(&m.out, "again", 5) && m.out.bytes == 5,
                       "%s: not usable after outbox_clear", word);
            outbox_clear(&m.out);
            sink_free(&m.want);
            sink_free(&m.got);
        } while (word_next(word, len, letters));
    }
    unit_check(unit_descriptors() == before, "descriptors: %d before, %d after", before,
               unit_descriptors());
    close(source);
}

static void test_events_are_counted_apart(void **state)
{
    struct outbox out;
    struct sink sink = {0};
    (void)state;
    outbox_init(&out);
    unit_check(outbox_event(&out, "* one\n", 6) && out.event_bytes == 6, "one event");
    unit_check(outbox_reply(&out, "OK 0\n", 5) && out.event_bytes == 6 && out.bytes == 11,
               "an event and a reply: %zu, %zu", out.bytes, out.event_bytes);
    sink_take(&sink, &out, 6);
    unit_check(out.bytes == 5, "the event is sent: %zu bytes wait", out.bytes);
    sink_take_all(&sink, &out, 1);
    unit_check(out.bytes == 0 && out.event_bytes == 0, "all is sent: %zu, %zu", out.bytes,
               out.event_bytes);
    unit_same("an event and a reply", "", 0, "* one\nOK 0\n", 11, sink.bytes, sink.len);
    sink_free(&sink);
}

/* More items than fit into one chunk, and a file behind them. */
static void test_more_items_than_a_chunk_holds(void **state)
{
    (void)state;
    for (size_t bodies = 1; bodies <= 40; bodies++) {
        struct outbox out;
        struct sink sink = {0};
        int source = source_open();
        outbox_init(&out);
        for (size_t i = 0; i < bodies; i++) {
            char *body = malloc(2);
            unit_check(body != NULL, "out of memory");
            memset(body, 'a', 2);
            unit_check(outbox_body(&out, body, 2), "body");
        }
        unit_check(outbox_file(&out, source, 0, FILE_SIZE), "file");
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

static void test_file_ranges(void **state)
{
    (void)state;
    for (size_t offset = 0; offset < FILE_SIZE; offset += 3)
        for (size_t len = 1; offset + len <= FILE_SIZE; len += 5)
            for (size_t step = 1; step <= len; step += 4) {
                struct outbox out;
                struct sink sink = {0};
                int source = source_open();
                outbox_init(&out);
                unit_check(outbox_file(&out, source, (off_t)offset, len), "file");
                unit_check(out.bytes == 0 && out.bodies == 1, "a file counts as memory");
                sink_take_all(&sink, &out, step);
                unit_same("a file range", "", 0, file_bytes + offset, len, sink.bytes, sink.len);
                sink_free(&sink);
            }
}

/* Offsets and lengths beyond 4 GiB, without such a file. */
static void test_huge_file(void **state)
{
    struct outbox out;
    struct outbox_chunk chunk;
    const uint64_t gib = (uint64_t)1 << 30;
    (void)state;
    outbox_init(&out);
    unit_check(outbox_file(&out, source_open(), (off_t)(5 * gib), 9 * gib), "file");
    outbox_sent(&out, (size_t)(4 * gib + 1));
    outbox_peek(&out, &chunk);
    unit_check(chunk.offset == (off_t)(9 * gib + 1) && chunk.left == 5 * gib - 1,
               "after 4 GiB and a byte: offset %lld, left %llu", (long long)chunk.offset,
               (unsigned long long)chunk.left);
    outbox_clear(&out);
}

/* A burst of small events must not cost an allocation each; and a large one must fit. */
static void test_growth(void **state)
{
    enum { EVENTS = 2000, BIG = 100000 };
    static char big[BIG];
    struct outbox out;
    struct sink want = {0}, got = {0};
    size_t largest = 0, chunks = 0;
    (void)state;
    outbox_init(&out);
    for (int i = 0; i < EVENTS; i++) {
        char line[32];
        int n = snprintf(line, sizeof line, "* SAY bob %d\n", i);
        unit_check(outbox_event(&out, line, (size_t)n), "event %d", i);
        sink_add(&want, line, (size_t)n);
    }
    memset(big, 'B', sizeof big);
    unit_check(outbox_reply(&out, big, sizeof big), "a reply of %d bytes", BIG);
    sink_add(&want, big, sizeof big);
    unit_check(out.event_bytes == want.len - BIG && out.bytes == want.len, "%zu, %zu", out.bytes,
               out.event_bytes);
    while (!outbox_empty(&out)) {
        struct outbox_chunk chunk;
        outbox_peek(&out, &chunk);
        chunks++;
        for (int i = 0; i < chunk.count && chunk.vec[i].iov_len < BIG; i++)
            if (chunk.vec[i].iov_len > largest)
                largest = chunk.vec[i].iov_len;
        sink_take(&got, &out, SIZE_MAX);
    }
    unit_check(chunks == 1, "%d events and a reply take %zu calls of sendmsg", EVENTS, chunks);
    unit_check(largest > 4096 && largest <= 16 * 1024, "the largest item has %zu bytes", largest);
    unit_same("a burst", "", 0, want.bytes, want.len, got.bytes, got.len);
    sink_free(&want);
    sink_free(&got);
}

/* The sanitizers that bring a malloc of their own: it ends the program where there is no memory. */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));

/* Memory runs out for the head of a body, and the body would still fit: it must not go out alone. */
static void test_nothing_behind_a_gap(void **state)
{
    static const size_t too_much = PTRDIFF_MAX - 4096;
    struct outbox out;
    char *body = malloc(4);
    (void)state;
    unit_check(body != NULL, "out of memory");
    memset(body, 'b', 4);
    if (__asan_init != NULL || __tsan_init != NULL) {
        free(body);
        unit_skip("memory can't run out under this sanitizer");
    }
    outbox_init(&out);
    unit_check(outbox_reply(&out, "before", 6), "a reply before");
    unit_check(!outbox_reply(&out, "head", too_much), "more than there can be");
    unit_check(!outbox_reply(&out, "x", 1) && !outbox_event(&out, "x", 1) &&
                   !outbox_body(&out, body, 4) &&
                   !outbox_file(&out, open("/dev/null", O_RDONLY | O_CLOEXEC), 0, 1),
               "something stands behind a gap");
    unit_check(out.bytes == 6 && out.bodies == 0, "%zu bytes and %u bodies wait", out.bytes,
               out.bodies);
    outbox_clear(&out);
    unit_check(outbox_reply(&out, "again", 5), "an outbox that was cleared is as new");
    outbox_clear(&out);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        UNIT(test_nothing_behind_a_gap),
        UNIT(test_every_pattern_of_sends),
        UNIT(test_every_order_of_queueing_and_sending),
        UNIT(test_clear_in_every_state),
        UNIT(test_events_are_counted_apart),
        UNIT(test_more_items_than_a_chunk_holds),
        UNIT(test_file_ranges),
        UNIT(test_huge_file),
        UNIT(test_growth),
    };
    return unit_run("outbox", tests, argc, argv);
}
