/* test_lab_waits.c: every wait ends by its deadline, whatever the server does meanwhile */
#include <string.h>

#include "bound.h"
#include "labtest.h"

#define LOTS 1000000000ULL

static void connect_times_out(void)
{
    struct labtest_full full;
    labtest_full_open(&full);
    struct lab *lab = labtest_new();
    labtest_expect(lab, LAB_TIMEOUT, lab_connect(lab, "127.0.0.1", full.port, labtest_short()));
    unit_check(strncmp(lab_why(lab), "no answer from 127.0.0.1:", 25) == 0, "%s", lab_why(lab));
    labtest_full_close(&full);
}

/* However the server keeps us waiting, the call ends a timeout after it began. */
static void timeout_one(const struct hostile_step *script, enum labtest_call what,
                        enum lab_status want)
{
    struct lab *lab = labtest_meet(script, labtest_short());
    long begin = bound_now();
    labtest_expect(lab, want, labtest_ask(lab, what, 30000000, labtest_short()));
    long ms = bound_now() - begin;
    unit_check(ms >= labtest_short() - 1 && ms < labtest_short() + bound_of(1500),
               "it took %ld ms, with a timeout of %d ms", ms, labtest_short());
    labtest_stop();
}

#define TIMEOUT_ONE(what, want, ...) timeout_one(HOSTILE_SCRIPT(__VA_ARGS__), what, want)

static void silence(void)
{
    const struct hostile_step never[] = {HOSTILE_HELLO, HOSTILE_END};
    const struct hostile_step body[] = {HOSTILE_ASKED, HOSTILE_SEND("OK 5000\nabc"), HOSTILE_END};
    timeout_one(never, LABTEST_PING, LAB_TIMEOUT);
    TIMEOUT_ONE(LABTEST_PING, LAB_TIMEOUT, HOSTILE_ASKED, HOSTILE_SEND("OK"));
    timeout_one(body, LABTEST_GET, LAB_TIMEOUT);
    timeout_one(body, LABTEST_LIST, LAB_TIMEOUT);
    timeout_one(never, LABTEST_PUT, LAB_TIMEOUT);
    TIMEOUT_ONE(LABTEST_PUT, LAB_TIMEOUT, HOSTILE_ASKED, HOSTILE_GO, HOSTILE_STAY);
    TIMEOUT_ONE(LABTEST_PUT, LAB_TIMEOUT, HOSTILE_ASKED, HOSTILE_GO); /* not stored */
    timeout_one(never, LABTEST_NEXT, LAB_WAITING);
}

static void dripping(void)
{
    const struct hostile_step body[] = {HOSTILE_ASKED, HOSTILE_SEND("OK 900000\n"),
                                        HOSTILE_DRIP("x", LOTS, 15), HOSTILE_END};
    TIMEOUT_ONE(LABTEST_PING, LAB_TIMEOUT, HOSTILE_ASKED, HOSTILE_DRIP("* SAY amy oh ", LOTS, 15));
    TIMEOUT_ONE(LABTEST_PING, LAB_TIMEOUT, HOSTILE_ASKED,
                HOSTILE_TRICKLE("* JOIN amy\n", LOTS, 15));
    timeout_one(body, LABTEST_GET, LAB_TIMEOUT);
    timeout_one(body, LABTEST_LIST, LAB_TIMEOUT);
    TIMEOUT_ONE(LABTEST_NEXT, LAB_WAITING, HOSTILE_HELLO,
                HOSTILE_TRICKLE("* MOOD amy fine\n", LOTS, 15));
}

/* Streams without a pause, of what is passed over, and so is not bounded by memory. */
static void streaming(void)
{
#define STREAM HOSTILE_REPEAT("* MOOD amy fine\n", 100 * LOTS)
    TIMEOUT_ONE(LABTEST_PING, LAB_TIMEOUT, HOSTILE_ASKED, STREAM);
    TIMEOUT_ONE(LABTEST_NEXT, LAB_WAITING, HOSTILE_HELLO, STREAM);
    TIMEOUT_ONE(LABTEST_PUT, LAB_TIMEOUT, HOSTILE_ASKED, HOSTILE_GO, STREAM);
}

/* Slow, but moving: longer than the timeout in all. */
static void slow_is_not_silent(void)
{
    enum { PIECE = 2048, PIECES = 10, PAUSE = 100 };
    static const char piece[PIECE + 1] = "1 x\n";
    const struct hostile_step script[] = {
        HOSTILE_ASKED, HOSTILE_SEND("OK 20480\n"), HOSTILE_TRICKLE(piece, PIECE * PIECES, PAUSE),
        HOSTILE_LINE,  HOSTILE_SEND("OK 20480\n"), HOSTILE_TRICKLE(piece, PIECE * PIECES, PAUSE),
        HOSTILE_END};
    struct lab *lab = labtest_meet(script, (int)bound_of(700));
    labtest_expect(lab, LAB_OK, labtest_ask(lab, LABTEST_GET, 0, 0));
    labtest_expect(lab, LAB_OK, labtest_ask(lab, LABTEST_LIST, 0, 0));
}

/* A server that hashes a large file does not answer for a while. */
static void sum_takes_time(void)
{
    char sum[LAB_SUM];
    struct lab *lab = labtest_meet(
        HOSTILE_SCRIPT(
            HOSTILE_ASKED, HOSTILE_DRIP("OK 65\n", 6, labtest_short() / 3),
            HOSTILE_SEND("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n")),
        labtest_short());
    labtest_expect(lab, LAB_OK, lab_sum(lab, "file", 30 << 20, sum));
    labtest_end();
    lab = labtest_meet(HOSTILE_SCRIPT(HOSTILE_ASKED), labtest_short());
    labtest_expect(lab, LAB_TIMEOUT, lab_sum(lab, "file", 0, sum));
}

static const struct CMUnitTest table[] = {
    LAB(connect_times_out),  LAB(silence),        LAB(dripping), LAB(streaming),
    LAB(slow_is_not_silent), LAB(sum_takes_time),
};
UNIT_MAIN("lab_waits", table)
