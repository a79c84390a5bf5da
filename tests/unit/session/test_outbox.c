/* test_outbox.c: what goes in comes out, however it is sent */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "outbox_model.h"

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
        model_event(&m);
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
        model_event(&m);
        model_send(&m, 1);
        m.events.overwritten = true;
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
        outbox_file(&out, source_file(), 0, SOURCE_SIZE);
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
        unit_check(sink.len == bodies * 2 + SOURCE_SIZE &&
                       memcmp(sink.bytes + bodies * 2, source_bytes, SOURCE_SIZE) == 0,
                   "%zu bodies and a file: received %zu bytes", bodies, sink.len);
        sink_free(&sink);
    }
}

static void test_file_ranges(void)
{
    for (size_t offset = 0; offset < SOURCE_SIZE; offset += 3)
        for (size_t len = 1; offset + len <= SOURCE_SIZE; len += 5)
            for (size_t step = 1; step <= len; step += 4) {
                struct outbox out;
                struct sink sink = {0};
                outbox_init(&out, NULL);
                outbox_file(&out, source_file(), (off_t)offset, len);
                unit_check(!out.failed, "file");
                unit_check(out.bytes == 0 && out.bodies == 1, "a file counts as memory");
                sink_take_all(&sink, &out, step);
                unit_same("a file range", "", 0, source_bytes + offset, len, sink.bytes, sink.len);
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
    outbox_file(&out, source_file(), (off_t)(5 * gib), 9 * gib);
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
    model_event(&m);
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

static const struct CMUnitTest tests[] = {
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
UNIT_MAIN("outbox", tests)
