/* test_session_uploads.c: a session whose uploads fail in the middle, or are large */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session_fixture.h"
#include "waits.h"

/* Lets the upload's writes fail as a disk does that is full just now. */
static void disk_full(struct session *s)
{
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    unit_check(full >= 0 && dup2(full, s->upload->file) >= 0, "/dev/full: %s", strerror(errno));
    close(full);
}

static void test_disk_full_in_the_body(void)
{
    static const char say[] = "P 20 new\n12345678901234567890N\nQ\n";
    const size_t head = 9, body = 20, all = sizeof say - 1 - head;
    for (size_t good = 0; good < body; good++)          /* bytes that are still written */
        for (size_t upto = good; upto <= all; upto++) { /* bytes that come before the end */
            struct session_run run;
            char want[100];
            session_run_text(&run, say);
            session_run_to(&run, head + good);
            disk_full(&run.session);
            session_run_to(&run, head + upto);
            if (upto > good && upto < body)
                unit_check(unit_hidden(fixture.path) == 1, "the temporary file stays");
            (void)snprintf(want, sizeof want, SESSION_GREETING "GO\n%s%s%s",
                           upto >= body ? "ERR no-space\n" : "", upto >= body + 2 ? "OK 0\n" : "",
                           upto >= body + 4 ? "OK 0\n" : "");
            session_run_replied(&run, "a disk that is full in the body", want);
            session_fixture_restore(say, head + upto);
            unit_check(fixture.changes.len == 0, "something is left: %s",
                       unit_quote(fixture.changes.bytes, fixture.changes.len));
        }
}

/* What is left of the body may come in many pieces, and none of it is a request. */
static void test_disk_full_in_pieces(void)
{
    struct session_run run;
    session_run_text(&run, "P 9 new\n12Q\nQ\n345N\n");
    session_run_to(&run, 8);
    disk_full(&run.session);
    for (size_t upto = 9; upto <= run.len; upto++) {
        session_run_to(&run, upto);
        size_t left = upto < 17 ? 17 - upto : 0;
        unit_check(left == 0 || session_read_size(&run.session) == left,
                   "%zu bytes of the body are left, %zu are asked for", left,
                   session_read_size(&run.session));
    }
    session_run_replied(&run, "a disk that is full, in pieces",
                        SESSION_GREETING "GO\nERR no-space\nOK 0\n");
}

static void test_folder_in_the_way_after_go(void)
{
    struct session_run run;
    session_run_text(&run, "P 3 new\nabcN\n");
    session_run_to(&run, 9);
    unit_check(mkdirat(fixture.store.dir, "new", 0755) == 0, "mkdir");
    session_run_to(&run, run.len);
    session_run_replied(&run, "a folder in the way", SESSION_GREETING "GO\nERR io\nOK 0\n");
    unit_check(unit_hidden(fixture.path) == 1, "a temporary file is left");
}

/* How many files this process may have open. Returns how many it was before. */
static rlim_t descriptors_limit(rlim_t most)
{
    struct rlimit limit;
    unit_check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit: %s", strerror(errno));
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = most;
    unit_check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit: %s", strerror(errno));
    return before;
}

/* A body goes straight to its file: nothing of it stays in memory, and no descriptor is opened. */
static void big_upload(uint64_t quota)
{
    enum { SIZE = 8 * 1024 * 1024 };
    static char block[SESSION_READ_MAX];
    struct session_run run;
    struct stat st;
    fixture.store.max_upload = SIZE * 2;
    fixture.store.quota = quota;
    session_run_text(&run, "P 8388608 big\n");
    session_run_to(&run, run.len);
    rlim_t before = descriptors_limit(3);
    memset(block, 'b', sizeof block);
    size_t left = SIZE;
    while (left > 0) {
        unit_check(reads(&run.session), "%zu bytes before the end: wants no more", left);
        size_t most = session_read_size(&run.session);
        unit_check(most <= left, "wants %zu of %zu bytes", most, left);
        session_feed(&run.session, block, most);
        left -= most;
        unit_check(run.session.in_len == 0, "%u bytes are kept", run.session.in_len);
        while (continues(&run.session)) /* what has come is counted */
            session_continue(&run.session);
    }
    session_run_to(&run, run.len);
    (void)descriptors_limit(before);
    session_run_replied(&run, "a big upload", "HELLO 1 test\nGO\nOK 0\n");
    unit_check(fstatat(fixture.store.dir, "big", &st, 0) == 0 && st.st_size == SIZE, "its size");
    unit_unlink(fixture.path, "big");
}

static void test_a_body_takes_no_more(void)
{
    big_upload(64 << 20); /* reserved */
    big_upload(16 << 20); /* counted as it comes */
}

/* What a count takes is part of the budget, as long as it may be needed. */
static void test_counting_beyond_the_budget(void)
{
    enum { NEED = 32 * 1024 };
    fixture.store.max_upload = fixture.store.quota = 16 << 20;
    for (size_t max = NEED - 1; max <= NEED; max++) {
        struct session_run run;
        bool enough = max == NEED;
        fixture.budget.max = max;
        session_run_text(&run, "P 1 small\nP 8388608 big\n");
        session_run_to(&run, 10);
        unit_check(fixture.part.used == 0, "%zu bytes for one that is reserved",
                   (size_t)fixture.part.used);
        if (enough)
            session_feed(&run.session, "1", 1);
        session_run_to(&run, run.len);
        unit_check(fixture.part.used == (enough ? NEED : 0), "%zu bytes for one that is not",
                   (size_t)fixture.part.used);
        session_run_replied(&run, "a budget of 32 KiB, or a byte less",
                            enough ? SESSION_GREETING "GO\nOK 0\nGO\n"
                                   : SESSION_GREETING "ERR io\nERR io\n");
        unit_check(fixture.part.used == 0, "%zu bytes are not given back",
                   (size_t)fixture.part.used);
    }
    unit_unlink(fixture.path, "small");
}

static const struct CMUnitTest tests[] = {
    SESSION(test_disk_full_in_the_body),      SESSION(test_disk_full_in_pieces),
    SESSION(test_folder_in_the_way_after_go), SESSION(test_a_body_takes_no_more),
    SESSION(test_counting_beyond_the_budget),
};
UNIT_MAIN("session_uploads", tests)
