/* test_lab_memory.c: a flood takes no memory */
#include <stdio.h>
#include <unistd.h>

#include "bound.h"
#include "labtest.h"
#include "procfs.h"

/* The most memory this process has had since the last memory_reset, in KiB (proc(5)). */
static long memory_peak(void)
{
    long kb = -1;
    (void)procfs_scan(getpid(), "status", "VmHWM: %ld", &kb);
    return kb;
}

static long memory_reset(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "we");
    bool reset = file != NULL && fputs("5", file) >= 0;
    if (file != NULL && fclose(file) != 0)
        reset = false;
    return reset ? memory_peak() : -1;
}

static void memory_one(const struct hostile_step *script, enum labtest_call what,
                       enum lab_status want)
{
    enum { MORE_KB = 16 * 1024 };
    struct lab *lab = labtest_meet(script, (int)bound_of(2000));
    long before = memory_reset();
    labtest_expect(lab, want, labtest_ask(lab, what, 10, labtest_long()));
    long peak = memory_peak();
    unit_check(before < 0 || peak - before < MORE_KB, "the memory grew from %ld to %ld KiB", before,
               peak);
    labtest_stop();
}

static void memory(void)
{
    const struct hostile_step events[] = {
        HOSTILE_ASKED, HOSTILE_REPEAT("* SAY amy hello\n", 1000000000), HOSTILE_END};
    memory_one(events, LABTEST_PING, LAB_BROKEN);
    memory_one(events, LABTEST_LIST, LAB_BROKEN);
    memory_one(
        HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_GO, HOSTILE_REPEAT("* SAY amy hello\n", 1000000000)),
        LABTEST_PUT, LAB_BROKEN);
    memory_one(HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_SEND("OK 67108864\n1 a\n"), HOSTILE_CLOSE),
               LABTEST_LIST, LAB_LOST);
    memory_one(HOSTILE_SCRIPT(HOSTILE_ASKED, HOSTILE_REPEAT("a", 1000000000)), LABTEST_GET,
               LAB_BROKEN);
}

static const struct CMUnitTest table[] = {LAB(memory)};
UNIT_MAIN("lab_memory", table)
