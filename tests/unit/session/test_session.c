/* test_session.c: a corpus of conversations, in every way they can arrive and be answered
 *
 * transcripts.c has the corpus. Here each conversation is fed whole, byte by byte and cut in two at
 * every place; what is answered is sent a byte, seven bytes or everything at a time, at once or
 * only when the session can't continue without it. The replies must be the same each time.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session_fixture.h"
#include "transcripts.h"
#include "waits.h"

/* Checks a finished run against the corpus. how: of the run, for the report. */
static void transcript_check(const struct transcript *transcript, struct session_run *run,
                             const char *how)
{
    static struct sink plain, want;
    char what[200];
    (void)snprintf(what, sizeof what, "\"%s\", %s", transcript->name, how);
    const char *wrong = sink_strict(&run->sent, &plain);
    unit_check(wrong == NULL, "%s: %s\n  received %s", what, wrong,
               unit_quote(run->sent.bytes, run->sent.len));
    sink_reset(&want);
    sink_add(&want, SESSION_GREETING, sizeof SESSION_GREETING - 1);
    sink_add(&want, transcript->received, transcript->received_len);
    unit_same(what, transcript->sent, transcript->sent_len, want.bytes, want.len, plain.bytes,
              plain.len);
    sink_take_all(&fixture.alice_received, &fixture.alice.out, SIZE_MAX);
    unit_same("what alice receives", transcript->sent, transcript->sent_len, transcript->alice,
              strlen(transcript->alice), fixture.alice_received.bytes, fixture.alice_received.len);
    session_alice_forget();
    session_fixture_restore(transcript->sent, transcript->sent_len);
    unit_same("files that are left", transcript->sent, transcript->sent_len, transcript->leaves,
              strlen(transcript->leaves), fixture.changes.bytes, fixture.changes.len);
    sink_free(&run->sent);
    sink_free(&plain);
    sink_free(&want);
}

struct sending {
    const char *name;
    size_t send_max;
    bool lazy;
};

static const struct sending sendings[] = {
    {"all at once", SIZE_MAX, false},    {"a byte at a time", 1, false},
    {"seven bytes at a time", 7, false}, {"late, all at once", SIZE_MAX, true},
    {"late, a byte at a time", 1, true}, {"late, seven bytes at a time", 7, true},
};

/* Fed in two parts of which the first has cut bytes. */
static void transcript_cut(const struct transcript *transcript, const struct sending *sending,
                           size_t cut)
{
    struct session_run run;
    char how[120];
    (void)snprintf(how, sizeof how, "cut at byte %zu, sent %s", cut, sending->name);
    session_run_begin(&run, transcript->sent, transcript->sent_len);
    run.send_max = sending->send_max;
    run.lazy = sending->lazy;
    session_run_to(&run, cut);
    session_run_to(&run, transcript->sent_len);
    bool closed = session_waits_for(&run.session) == 0;
    unit_check(closed == transcript->closes, "\"%s\", %s: closed is %d", transcript->name, how,
               closed);
    unit_check(!closed || run.session.in_len == 0, "\"%s\", %s: closed, and keeps %u bytes",
               transcript->name, how, run.session.in_len);
    session_run_end(&run);
    transcript_check(transcript, &run, how);
}

static void test_whole(void)
{
    unit_check(transcripts_count >= 40, "only %zu conversations", transcripts_count);
    for (size_t i = 0; i < transcripts_count; i++)
        for (size_t p = 0; p < UNIT_COUNT(sendings); p++)
            transcript_cut(&transcripts[i], &sendings[p], transcripts[i].sent_len);
}

static void test_byte_by_byte(void)
{
    for (size_t i = 0; i < transcripts_count; i++)
        for (size_t p = 0; p < UNIT_COUNT(sendings); p++) {
            struct session_run run;
            session_run_begin(&run, transcripts[i].sent, transcripts[i].sent_len);
            run.send_max = sendings[p].send_max;
            run.lazy = sendings[p].lazy;
            for (size_t at = 1; at <= transcripts[i].sent_len; at++)
                session_run_to(&run, at);
            session_run_end(&run);
            transcript_check(&transcripts[i], &run, "byte by byte");
        }
}

static void test_every_cut_in_two(void)
{
    for (size_t i = 0; i < transcripts_count; i++)
        for (size_t cut = 1; cut < transcripts[i].sent_len; cut++)
            for (size_t p = 0; p < UNIT_COUNT(sendings); p++)
                if (transcripts[i].sent_len < 300 || p == cut % UNIT_COUNT(sendings))
                    transcript_cut(&transcripts[i], &sendings[p], cut);
}

/* The end of input after every byte: exactly what was answered without it, nothing else; no
 * temporary file, and alice is alone again. */
static void test_end_of_input_after_every_byte(void)
{
    for (size_t i = 0; i < transcripts_count; i++) {
        const struct transcript *transcript = &transcripts[i];
        struct session_run slow;
        session_run_begin(&slow, transcript->sent, transcript->sent_len);
        size_t *answered = calloc(transcript->sent_len + 1, sizeof *answered);
        unit_check(answered != NULL, "out of memory");
        for (size_t at = 0; at <= transcript->sent_len; at++) {
            session_run_to(&slow, at);
            answered[at] = slow.sent.len;
        }
        session_run_end(&slow);
        session_fixture_restore(transcript->sent, transcript->sent_len);
        for (size_t at = 0; at <= transcript->sent_len; at++) {
            struct session_run run;
            session_run_begin(&run, transcript->sent, transcript->sent_len);
            run.lazy = at % 2 == 1;
            session_run_to(&run, at);
            session_run_end(&run);
            unit_same(transcript->name, transcript->sent, at, slow.sent.bytes, answered[at],
                      run.sent.bytes, run.sent.len);
            session_fixture_restore(transcript->sent, at);
            session_alice_is_alone(transcript->sent, at);
            session_alice_forget();
            sink_free(&run.sent);
        }
        session_alice_forget();
        sink_free(&slow.sent);
        free(answered);
    }
}

/* A failure after every byte: it is the last that is sent, and the session is over. */
static void test_failure_after_every_byte(void)
{
    static const enum proto_code codes[] = {PROTO_TIMEOUT, PROTO_SLOW};
    for (size_t i = 0; i < transcripts_count; i++)
        for (size_t at = 0; at <= transcripts[i].sent_len && !transcripts[i].closes; at++) {
            struct session_run run;
            enum proto_code code = codes[at % 2];
            session_run_begin(&run, transcripts[i].sent, transcripts[i].sent_len);
            session_run_to(&run, at);
            size_t before = run.sent.len;
            uint32_t restarts = run.session.restarts;
            session_fail(&run.session, code);
            unit_check(run.session.restarts != restarts, "the timeout is not restarted");
            unit_check(!reads(&run.session) && !continues(&run.session),
                       "\"%s\", failed at byte %zu: goes on", transcripts[i].name, at);
            session_run_to(&run, at);
            unit_check(session_waits_for(&run.session) == 0,
                       "\"%s\", failed at byte %zu: is not done", transcripts[i].name, at);
            char want[200];
            int n = snprintf(want, sizeof want, "ERR %s %s\n", proto_code_word(code),
                             proto_code_text(code));
            unit_same(transcripts[i].name, transcripts[i].sent, at, want, (size_t)n,
                      run.sent.bytes + before, run.sent.len - before);
            session_alice_is_alone(transcripts[i].sent, at);
            session_run_drop(&run);
        }
}

/* A connection that breaks: nothing is sent any more, everything is freed. */
static void test_broken_after_every_byte(void)
{
    for (size_t i = 0; i < transcripts_count; i++)
        for (size_t at = 0; at <= transcripts[i].sent_len; at++)
            for (int sends = 0; sends < 2; sends++) {
                struct session_run run;
                session_run_begin(&run, transcripts[i].sent, transcripts[i].sent_len);
                if (sends == 1) {
                    session_run_to(&run, at);
                } else { /* feed once, and never send the greeting and what follows */
                    size_t most = session_read_size(&run.session);
                    session_feed(&run.session, run.input, at < most ? at : most);
                }
                session_run_drop(&run);
            }
}

static const struct CMUnitTest tests[] = {
    SESSION(test_whole),
    SESSION(test_byte_by_byte),
    SESSION(test_every_cut_in_two),
    SESSION(test_end_of_input_after_every_byte),
    SESSION(test_failure_after_every_byte),
    SESSION(test_broken_after_every_byte),
};
UNIT_MAIN("session", tests)
