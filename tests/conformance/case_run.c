#include "case_run.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct conformance_case *const tables[] = {
    grammar_cases,       piece_cases,      literal_cases,   http_cases,
    byte_cases,          name_cases,       list_cases,      library_cases,
    swapped_cases,       download_cases,   upload_cases,    uploads_at_once_cases,
    storage_cases,       disk_cases,       chat_cases,      leaving_cases,
    room_cases,          slow_cases,       strain_cases,    console_cases,
    busy_cases,          descriptor_cases, task_cases,      time_cases,
    failure_cases,       greedy_cases,     child_cases,     process_cases,
    shutdown_cases,      stopped_cases,    load_cases,      memory_cases,
    startup_cases,       hardening_cases,  ping_cases,      sum_cases,
    greeting_step_cases, file_step_cases,  line_step_cases, hygiene_cases,
};

static struct {
    struct serverproc *shared;
    size_t failures, most_failures;
    bool passed; /* the case that ran last */
    long start;
} run;

static volatile sig_atomic_t interrupted;

void run_interrupt(int signal)
{
    interrupted = signal;
    serverproc_kill_all(); /* the running case fails at once, and none is started after it */
}

bool run_interrupted(void)
{
    return interrupted != 0;
}

/* A server may have left its session: then what it has started comes to us, a subreaper. */
static void end_orphans(void)
{
    pid_t pid;

    while (procfs_children(getpid(), &pid, 1) > 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
}

void run_sweep(void)
{
    wire_close_all();
    serverproc_sweep();
    if (!serverproc_ours())
        end_orphans();
    folder_sweep();
}

/* ---- the tables ---- */

const struct conformance_case *cases_next(const struct conformance_case *before)
{
    enum { TABLES = sizeof tables / sizeof tables[0] };

    if (before && before[1].name)
        return before + 1;
    for (size_t t = 0; t < TABLES; t++) {
        const struct conformance_case *last = tables[t];

        if (!before)
            return last;
        while (last[1].name)
            last++;
        if (last == before)
            return t + 1 < TABLES ? tables[t + 1] : NULL;
    }
    return NULL;
}

const struct conformance_case *cases_find(const char *name)
{
    const struct conformance_case *one = NULL;

    while ((one = cases_next(one)) && strcmp(one->name, name) != 0)
        continue;
    return one;
}

const char *cases_why_not(const struct conformance_case *one)
{
    if ((one->flags & CASE_OURS) && !serverproc_ours())
        return "the command has no {options}: only for the servers of this project";
    if ((one->flags & CASE_INPUT) && !serverproc_has(SERVERPROC_INPUT))
        return "the command has no {console}";
    if ((one->flags & CASE_SIGNALS) && !serverproc_has(SERVERPROC_SIGNALS))
        return "the command has no {signals}";
    if ((one->flags & CASE_SLOW) && !suite.slow)
        return "takes long: only with SLOW=1";
    return exceptions_reason(one->name);
}

/* ---- one case ---- */

static void start_server(const struct conformance_case *wanted)
{
    struct serverproc_config config = wanted->config;

    config.options = wanted->options;
    suite.server = NULL;
    if (wanted->flags & CASE_OWN)
        return;
    if (!(wanted->flags & CASE_SHARED)) {
        suite.server = serverproc_start(&config);
        return;
    }
    if (!run.shared)
        run.shared = serverproc_start(&config);
    suite.server = run.shared;
}

static void run_case(void **state)
{
    struct outcome *outcome = *state;
    const struct conformance_case *wanted = outcome->one;

    if (interrupted)
        exit(128 + interrupted);
    run.passed = false;
    run.start = bound_now();
    verdict_case(wanted->name, suite.model_name);
    if (run.failures >= run.most_failures)
        verdict_skip("%zu cases have failed before", run.failures);
    outcome->state = OUTCOME_FAILED; /* unless we get to its end */
    snprintf(outcome->text, sizeof outcome->text, "it takes too long, or the test was killed\n");
    start_server(wanted);
    if (wanted->talk)
        wanted->talk(suite_open());
    else
        wanted->run();
    wire_close_all();
    for (struct serverproc *server = serverproc_all(); server; server = server->next) {
        if (!server->running)
            continue;
        suite_check_settled(server);
        if (server != run.shared)
            suite_stop(server);
    }
    run.passed = true;
}

/* The last of the cases that share a server: the server ends as it should. */
static void end_shared(void)
{
    if (run.shared)
        suite_stop(run.shared);
    run.shared = NULL;
}

const struct conformance_case end_shared_case = {"shared_server_ends", ON_ALL, CASE_OWN,
                                                 .run = end_shared};

static void keep_outcome(struct outcome *outcome)
{
    bool skipped = !run.passed && verdict_skipped();

    outcome->ms = bound_now() - run.start;
    if (skipped && run.failures >= run.most_failures)
        return; /* it was not run */
    outcome->state = run.passed ? OUTCOME_PASSED : skipped ? OUTCOME_SKIPPED : OUTCOME_FAILED;
    if (!run.passed)
        snprintf(outcome->text, sizeof outcome->text, "%s", verdict_report());
    run.failures += outcome->state == OUTCOME_FAILED;
}

/* Runs after a case, also when it has failed: then nothing is kept. */
static int clean_up(void **state)
{
    keep_outcome(*state);
    wire_close_all();
    if (!run.passed)
        run.shared = NULL;
    for (struct serverproc *server = serverproc_all(), *next; server; server = next) {
        next = server->next;
        if (server != run.shared)
            serverproc_free(server);
    }
    if (!run.shared)
        folder_sweep();
    return 0;
}

/* ---- many ---- */

struct outcome *outcomes_new(size_t n)
{
    struct outcome *outcomes =
        mmap(NULL, n * sizeof *outcomes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (outcomes == MAP_FAILED)
        abort();
    return outcomes;
}

size_t outcomes_count(const struct outcome *outcomes, size_t n, enum outcome_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += outcomes[i].state == (int)state;
    return count;
}

size_t run_cases(const char *group, struct outcome *outcomes, size_t n, size_t most_failures)
{
    struct CMUnitTest *tests = calloc(n + 1, sizeof *tests);

    if (!tests)
        abort();
    run.failures = 0;
    run.most_failures = most_failures;
    for (size_t i = 0; i < n; i++)
        tests[i] =
            (struct CMUnitTest){outcomes[i].one->name, run_case, NULL, clean_up, &outcomes[i]};
    (void)_cmocka_run_group_tests(group, tests, n, NULL, NULL);
    free(tests);
    return run.failures;
}
