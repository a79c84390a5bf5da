/* test_session_phases.c: what a server learns of its session, for the timeouts */
#include "unit.h"

#include "session_fixture.h"

static void test_phases(void)
{
    static const struct {
        const char *say;
        enum session_phase phase;
    } cases[] = {{"", PHASE_IDLE},
                 {"N\n", PHASE_IDLE},
                 {"N", PHASE_LINE},
                 {"N\nG a.t", PHASE_LINE},
                 {"P 5 new\n", PHASE_TRANSFER},
                 {"P 5 new\n12", PHASE_TRANSFER},
                 {"P 5 new\n12345", PHASE_IDLE},
                 {"C bob\n", PHASE_CHAT},
                 {"C bob\nS", PHASE_LINE},
                 {"C bob\nX\n", PHASE_IDLE},
                 {"bad\n", PHASE_IDLE},
                 {"Q\n", PHASE_TRANSFER}};
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        struct session_run run;
        session_run_text(&run, cases[i].say);
        unit_check(session_phase(&run.session) == PHASE_TRANSFER, "the greeting waits");
        session_run_to(&run, run.len);
        unit_check(session_phase(&run.session) == cases[i].phase,
                   "fed %s: expected phase %d, received %d", unit_quote(run.input, run.len),
                   cases[i].phase, session_phase(&run.session));
        session_run_drop(&run);
    }
}

/* Each line is counted, and each step of L and P: that restarts the client's timeout. */
static void test_requests_are_counted(void)
{
    struct session_run run;
    session_run_text(&run, "N\nbad\n\nL\nG a.txt\nP 2 new\nabC bob\nX\n");
    session_run_to(&run, run.len);
    unit_check(run.session.restarts == 8 + 2, "expected 8 requests and 2 steps, received %u",
               run.session.restarts);
    session_run_end(&run);
    session_fixture_restore(run.input, run.len);
    sink_free(&run.sent);
}

static const struct CMUnitTest tests[] = {
    SESSION(test_phases),
    SESSION(test_requests_are_counted),
};
UNIT_MAIN("session_phases", tests)
