/* test_lab_sink.c: downloads whose local file is opened only when the server has agreed */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "folder.h"
#include "labtest.h"

enum { SIZE = 300000, HALF = 150000 };

/* What open is to answer, and what it was asked. */
struct sink_answer {
    enum lab_status status;
    int error, to, calls;
    uint64_t total;
};

static enum lab_status answer_open(void *context, uint64_t total, int *to)
{
    struct sink_answer *answer = context;
    answer->calls++;
    answer->total = total;
    *to = answer->to;
    errno = answer->error;
    return answer->status;
}

static void opened_when_agreed(struct test_server *server)
{
    struct lab *lab = labtest_open(server->port);
    struct sink_answer answer = {.to = labtest_file(0, 1)};
    struct lab_sink sink = {.open = answer_open, .context = &answer};
    folder_write_pattern(server->dir, "file", SIZE, 7);
    labtest_refused(lab, "not-found", lab_get_to(lab, "none", &sink));
    sink.offset = SIZE + 1;
    labtest_refused(lab, "bad-range", lab_get_to(lab, "file", &sink));
    unit_check(answer.calls == 0, "opened, and the server has refused");
    sink.offset = 0;
    labtest_expect(lab, LAB_OK, lab_get_to(lab, "file", &sink));
    unit_check(answer.calls == 1 && answer.total == SIZE, "%d calls, %llu bytes", answer.calls,
               (unsigned long long)answer.total);
    unit_check(labtest_file_holds(answer.to, SIZE, 7), "other bytes");
}

/* It can't be opened, or nobody wants it any more: the body comes, so the connection ends. */
static void not_opened(void)
{
    static const enum lab_status want[] = {LAB_LOCAL, LAB_CANCELLED};
    struct test_server *server = server_start("epoll", NULL);
    folder_write_pattern(server->dir, "file", SIZE, 7);
    for (size_t i = 0; i < UNIT_COUNT(want); i++) {
        struct sink_answer answer = {.status = want[i], .error = EROFS, .to = -1};
        const struct lab_sink sink = {.open = answer_open, .context = &answer};
        struct lab *lab = labtest_open(server->port);
        labtest_expect(lab, want[i], lab_get_to(lab, "file", &sink));
        unit_check(want[i] != LAB_LOCAL || lab_errno(lab) == EROFS, "errno: %d", lab_errno(lab));
    }
}

/* The rest of a file, and some of what is here again. */
static void checked(uint64_t check, uint64_t seed, enum lab_status want)
{
    struct test_server *server = server_start("epoll", NULL);
    struct lab *lab = labtest_open(server->port);
    struct sink_answer answer = {.to = labtest_file(HALF, seed)};
    const struct lab_sink sink = {
        .open = answer_open, .context = &answer, .offset = HALF, .check = check};
    folder_write_pattern(server->dir, "file", SIZE, 7);
    unit_check(lseek(answer.to, HALF, SEEK_SET) == HALF, "lseek");
    labtest_expect(lab, want, lab_get_to(lab, "file", &sink));
    if (want == LAB_OK)
        unit_check(labtest_file_holds(answer.to, SIZE, 7), "other bytes");
    else
        unit_check(labtest_file_holds(answer.to, HALF, seed), "it was written to");
    unit_check(answer.total == SIZE, "%llu bytes", (unsigned long long)answer.total);
    labtest_end();
    server_stop(server);
}

static void what_is_here_is_compared(void)
{
    checked(1, 7, LAB_OK);
    checked(4096, 7, LAB_OK);
    checked(100000, 7, LAB_OK);
    checked(UINT64_MAX, 7, LAB_OK);
    checked(4096, 8, LAB_LOCAL);
    checked(UINT64_MAX, 8, LAB_LOCAL);
}

static const struct CMUnitTest table[] = {
    LAB_EACH(opened_when_agreed, NULL),
    LAB(not_opened),
    LAB(what_is_here_is_compared),
};
UNIT_MAIN("the client library: where downloads go", table)
