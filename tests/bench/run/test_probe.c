/* test_probe.c: what /proc has of a tree of processes, on known trees */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "probe/probe.h"
#include "unit.h"

/* A child that reports when it has reached a point, and continues when it may. */
struct probed {
    pid_t pid;
    int reports, allows; /* our ends */
};

static struct {
    int allows, reports; /* the child's */
} own;

static void point(void)
{
    char byte = 0;
    if (write(own.reports, "x", 1) != 1 || read(own.allows, &byte, 1) != 1)
        _exit(9);
}

static struct probed child_start(void (*body)(void))
{
    int down[2], up[2];
    unit_check(pipe(down) == 0 && pipe(up) == 0, "pipe");
    struct probed child = {.pid = fork(), .reports = up[0], .allows = down[1]};
    unit_check(child.pid >= 0, "fork");
    if (child.pid == 0) {
        own.allows = down[0];
        own.reports = up[1];
        (void)close(up[0]);
        (void)close(down[1]);
        body();
        _exit(0);
    }
    (void)close(down[0]);
    (void)close(up[1]);
    return child;
}

/* What /proc has when the child has reached its next point. */
static struct probe child_probe(const struct probed *child, bool memory)
{
    struct probe probe;
    char byte;
    unit_check(read(child->reports, &byte, 1) == 1, "the child has ended");
    unit_check(probe_read(child->pid, memory, &probe), "probe");
    return probe;
}

static void child_go(const struct probed *child)
{
    unit_check(write(child->allows, "x", 1) == 1, "write");
}

static void child_end(const struct probed *child)
{
    (void)kill(child->pid, SIGKILL);
    unit_check(unit_killed(unit_wait(child->pid)), "the child has ended by itself");
    (void)close(child->allows);
    (void)close(child->reports);
}

/* Uses so much processor time. */
static void burn(double seconds)
{
    struct timespec t = {0};
    do
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    while ((double)t.tv_sec + 1e-9 * (double)t.tv_nsec < seconds);
}

static void body_burning_child(void)
{
    point();
    pid_t pid = fork();
    if (pid == 0) {
        burn(0.2);
        _exit(0);
    }
    unit_check(unit_wait(pid) == 0, "the child's child");
    point();
}

static void test_child_that_ended(void)
{
    double user, system;
    struct probed child = child_start(body_burning_child);
    struct probe before = child_probe(&child, false);
    child_go(&child);
    struct probe after = child_probe(&child, false);
    probe_between(&before, &after, &user, &system);
    child_end(&child);
    unit_check(user + system > 0.17 && user + system < 0.5, "%g s", user + system);
    unit_check(after.processes == 1 && after.threads == 1, "%u processes", after.processes);
}

static void body_living_child(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        burn(0.1);
        point();
    }
    (void)pause();
}

static void test_child_that_lives(void)
{
    struct probed child = child_start(body_living_child);
    struct probe probe = child_probe(&child, true);
    child_end(&child); /* the pipe ends, and with it the child's child */
    unit_check(probe.processes == 2 && probe.threads == 2, "%u processes, %u threads",
               probe.processes, probe.threads);
    unit_check(probe.seconds > 0.09, "%g s", probe.seconds);
    unit_check(probe.pss > 0 && probe.page_tables > 0, "memory");
}

static void *thread_wait(void *arg)
{
    (void)pause();
    return arg;
}

static void body_threads(void)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        unit_check(pthread_create(&thread, NULL, thread_wait, NULL) == 0, "pthread_create");
    point();
}

static void test_threads(void)
{
    struct probed child = child_start(body_threads);
    struct probe probe = child_probe(&child, false);
    child_end(&child);
    unit_check(probe.processes == 1 && probe.threads == 4, "%u threads", probe.threads);
}

enum { TOUCHED = 24 << 20 };

static void body_memory(void)
{
    point();
    char *pages = mmap(NULL, TOUCHED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unit_check(pages != MAP_FAILED, "mmap");
    memset(pages, 1, TOUCHED);
    point();
}

static void test_memory(void)
{
    struct probed child = child_start(body_memory);
    struct probe before = child_probe(&child, true);
    child_go(&child);
    struct probe after = child_probe(&child, true);
    child_end(&child);
    double more = (double)after.pss - (double)before.pss;
    unit_check(more > 0.95 * TOUCHED && more < 1.2 * TOUCHED, "%g bytes more", more);
    unit_check(after.page_tables > before.page_tables, "page tables");
}

static void test_gone(void)
{
    struct probe probe;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    unit_check(unit_wait(pid) == 0, "child");
    unit_check(!probe_read(pid, true, &probe), "it has gone");
}

/* User and system time come in ticks, the sum does not: parts must never be below nothing. */
static void test_between(void)
{
    double user, system;
    struct probe from = {.seconds = 1, .user = 0.5, .system = 0.5}, to = from;
    probe_between(&from, &to, &user, &system);
    unit_check(user == 0 && system == 0, "nothing");
    to = (struct probe){.seconds = 1.4, .user = 0.6, .system = 0.8};
    probe_between(&from, &to, &user, &system);
    unit_check(user > 0.0999 && user < 0.1001 && system > 0.2999 && system < 0.3001, "%g %g", user,
               system);
    to = (struct probe){.seconds = 0.9, .user = 0.4, .system = 0.7};
    probe_between(&from, &to, &user, &system);
    unit_check(user >= 0 && system >= 0, "%g %g", user, system);
}

static void test_machine(void)
{
    struct machine machine;
    struct machine_clock *clocks = calloc(2, sizeof *clocks);
    cpu_set_t second;
    unit_check(clocks != NULL, "memory");
    machine_read(&machine);
    size_t end = strlen(machine.hypervisor); /* "bhyve bhyve " */
    unit_check(end == 0 || machine.hypervisor[end - 1] != ' ', "'%s'", machine.hypervisor);
    unit_check(machine.processors > 0 && machine.memory > 1 << 20, "processors, memory");
    unit_check(strncmp(machine.kernel, "Linux ", 6) == 0 && machine.compiler[0] != '\0', "%s",
               machine.kernel);
    machine_clock_read(&clocks[0]);
    unit_check(clocks[0].cpus[0].total > 0, "clocks");
    memset(clocks, 0, 2 * sizeof *clocks);
    clocks[1].cpus[0].total = clocks[1].cpus[1].total = 100;
    clocks[1].cpus[1].steal = 25;
    CPU_ZERO(&second);
    unit_check(machine_steal(&clocks[0], &clocks[1], NULL) == 0.25, "of the worst");
    CPU_SET(0, &second);
    unit_check(machine_steal(&clocks[0], &clocks[1], &second) == 0, "of those that count");
    double all, tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    clocks[1].when = 100 * tick;
    clocks[1].cpus[0].rest = 70;
    clocks[1].cpus[1].rest = 60;
    unit_check(fabs(machine_busy(&clocks[0], &clocks[1], NULL, &all) - 70 * tick) < 1e-9 &&
                   fabs(all - 200 * tick) < 1e-9,
               "busy, of all");
    unit_check(fabs(machine_busy(&clocks[0], &clocks[1], &second, &all) - 30 * tick) < 1e-9 &&
                   fabs(all - 100 * tick) < 1e-9,
               "busy, of those that count");
    free(clocks);
}

/* From /proc/meminfo: bytes of what stands behind these names. */
static uint64_t meminfo(const char *const *names, size_t count)
{
    char line[128];
    uint64_t sum = 0;
    FILE *in = fopen("/proc/meminfo", "re");
    unit_check(in != NULL, "/proc/meminfo");
    while (fgets(line, sizeof line, in) != NULL)
        for (size_t i = 0; i < count; i++)
            if (strncmp(line, names[i], strlen(names[i])) == 0)
                sum += 1024 * strtoull(line + strlen(names[i]), NULL, 10);
    (void)fclose(in);
    return sum;
}

/* Slab, stacks and page tables, each of them. Other programs change it meanwhile: so it lies
 * between two readings, once at least. */
static void test_kernel_memory(void)
{
    static const char *const names[] = {"Slab:", "KernelStack:", "PageTables:"};
    bool found = false;
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        unit_check(meminfo(&names[i], 1) > 256 * 1024, "%s is not to be noticed", names[i]);
    for (int i = 0; i < 1000 && !found; i++) {
        uint64_t before = meminfo(names, UNIT_COUNT(names)), sum = machine_kernel_memory(false);
        uint64_t after = meminfo(names, UNIT_COUNT(names));
        uint64_t low = before < after ? before : after, high = before < after ? after : before;
        found = sum >= low && sum <= high && high - low < 256 * 1024;
    }
    unit_check(found, "%lu bytes, not %lu", (unsigned long)machine_kernel_memory(false),
               (unsigned long)meminfo(names, UNIT_COUNT(names)));
}

static const struct CMUnitTest tests[] = {TEST(test_child_that_ended),
                                          TEST(test_child_that_lives),
                                          TEST(test_threads),
                                          TEST(test_memory),
                                          TEST(test_gone),
                                          TEST(test_between),
                                          TEST(test_machine),
                                          TEST(test_kernel_memory)};
UNIT_MAIN("probe", tests)
