/* conformance: one suite for all servers that speak the protocol
 *
 *     SERVER='04_select/select-server -p {port} -d {dir} {options}' CASE='chat_*' ./conformance
 *     ./conformance --server './mine.py {port} {dir}' --case 'grammar_*'
 *     ./conformance --list
 *
 * Which cases apply depends on the model, and the model is learned from the greeting.
 */
#include <fnmatch.h>
#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <cmocka.h>

#include "conformance.h"

enum {
    MOST_CASES = 400,
    MOST_FAILURES = 20 /* then the rest is left out: each may take as long as its bound */
};

static const char usage[] =
    "usage: conformance [--server COMMAND] [--case PATTERN] [--list] [--slow] [--times]\n"
    "  COMMAND   starts a server; {port}, {dir} and {options} are replaced  (or SERVER=)\n"
    "  PATTERN   runs only the cases whose names match, * ? @(a|b) as in a shell (or CASE=)\n"
    "  --slow    also runs the cases that take long                          (or SLOW=1)\n"
    "  --times   prints at the end how long every case took                  (or TIMES=1)\n"
    "EXCEPT=FILE leaves out the cases that it names: MODEL CASE reason, a line each.\n"
    "BOUND=5 makes all waiting five times as patient, for valgrind and sanitizers.\n";

static const struct conformance_case *const tables[] = {
    grammar_cases, literal_cases, http_cases,    name_cases,      library_cases,  download_cases,
    upload_cases,  storage_cases, chat_cases,    room_cases,      slow_cases,     console_cases,
    limit_cases,   time_cases,    failure_cases, process_cases,   shutdown_cases, stopped_cases,
    load_cases,    memory_cases,  startup_cases, hardening_cases, ping_cases,     sum_cases,
};

static const char *const model_names[] = {"loop", "fork", "thread", "select", "poll", "epoll"};

static struct {
    struct CMUnitTest tests[MOST_CASES];
    long ms[MOST_CASES];
    size_t n;
    size_t not_for_model;
    struct serverproc *shared;
    bool passed; /* the case that ran last */
    int failures;
    bool times;
} run;

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    interrupted = signal;
    serverproc_kill_all(); /* the running case fails at once, and none is started after it */
}

static void sweep(void)
{
    wire_close_all();
    serverproc_sweep();
    folder_sweep();
}

/* ---- one case ---- */

static void start_server(const struct conformance_case *wanted)
{
    struct serverproc_config config = {.options = wanted->options};

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
    const struct conformance_case *wanted = *state;
    long start = bound_now();

    if (interrupted)
        exit(128 + interrupted);
    run.passed = false;
    verdict_case(wanted->name, suite.model_name);
    if (run.failures >= MOST_FAILURES)
        verdict_skip("%d cases have failed before", run.failures);
    start_server(wanted);
    wanted->run();
    wire_close_all();
    for (struct serverproc *server = serverproc_all(); server; server = server->next) {
        if (!server->running)
            continue;
        suite_check_settled(server);
        if (server != run.shared)
            suite_stop(server);
    }
    for (size_t i = 0; i < run.n; i++) {
        if (run.tests[i].initial_state == wanted)
            run.ms[i] = bound_now() - start;
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

static const struct conformance_case end_shared_case = {"shared_server_ends", end_shared, ON_ALL,
                                                        CASE_OWN, NULL};

/* Runs after a case, also when it has failed: then nothing is kept. */
static int clean_up(void **state)
{
    (void)state;
    wire_close_all();
    if (!run.passed) {
        run.shared = NULL;
        run.failures += !verdict_skipped();
    }
    for (struct serverproc *server = serverproc_all(), *next; server; server = next) {
        next = server->next;
        if (server != run.shared)
            serverproc_free(server);
    }
    if (!run.shared)
        folder_sweep();
    return 0;
}

/* ---- which cases ---- */

static const char *why_not(const struct conformance_case *one)
{
    if ((one->flags & CASE_OURS) && !serverproc_ours())
        return "the command has no {options}: only for the servers of this project";
    if ((one->flags & CASE_SLOW) && !suite.slow)
        return "takes long: only with --slow or SLOW=1";
    return exceptions_reason(one->name);
}

static void add_case(const struct conformance_case *one)
{
    if (run.n == MOST_CASES)
        abort();
    run.tests[run.n++] = (struct CMUnitTest){one->name, run_case, NULL, clean_up, (void *)one};
}

static void choose_cases(const char *pattern)
{
    bool shared = false;

    for (int pass = 0; pass < 2; pass++) { /* those that share a server come first */
        for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
            for (const struct conformance_case *one = tables[t]; one->name; one++) {
                const char *reason = why_not(one);
                bool shares = one->flags & CASE_SHARED;

                if (shares != (pass == 0) || fnmatch(pattern, one->name, FNM_EXTMATCH) != 0)
                    continue;
                if (!(one->models & suite.model)) {
                    run.not_for_model++;
                } else if (reason) {
                    verdict_left_out(one->name, reason);
                } else {
                    add_case(one);
                    shared |= shares;
                }
            }
        }
        if (pass == 0 && shared)
            add_case(&end_shared_case);
    }
}

static int list_cases(const char *pattern)
{
    size_t n = 0;

    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (const struct conformance_case *one = tables[t]; one->name; one++) {
            if (fnmatch(pattern, one->name, FNM_EXTMATCH) != 0)
                continue;
            printf("%-36s", one->name);
            for (unsigned m = 0; m < 6; m++)
                printf(" %-6s", one->models & (1u << m) ? model_names[m] : "-");
            printf("%s%s\n", one->flags & CASE_OURS ? "  own servers only" : "",
                   one->flags & CASE_SLOW ? "  slow" : "");
            n++;
        }
    }
    printf("%zu cases\n", n);
    return 0;
}

/* ---- the program ---- */

/* Starts the server once, to learn its model from the greeting. */
static bool learn_model(void)
{
    struct serverproc *server = suite_start(NULL);
    struct wire *wire = serverproc_connect(server, NULL);

    verdict_check(wire_readable(wire, bound_of(BOUND_GENEROUS)),
                  "the server accepts a connection and sends nothing; expected HELLO 1 <model>");
    const char *line = wire_line(wire);

    for (unsigned m = 0; line && m < 6; m++) {
        if (strncmp(line, "HELLO 1 ", 8) == 0 && strcmp(line + 8, model_names[m]) == 0) {
            suite.model = 1u << m;
            snprintf(suite.model_name, sizeof suite.model_name, "%s", model_names[m]);
        }
    }
    if (!suite.model)
        fprintf(stderr, "conformance: expected HELLO 1 <model>, received %s\n",
                line ? line : "nothing");
    sweep();
    return suite.model != 0;
}

static bool is_on(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value && strcmp(value, "0") != 0;
}

static void print_times(void)
{
    for (size_t i = 0; i < run.n; i++)
        printf("%6ld ms  %s\n", run.ms[i], run.tests[i].name);
}

static int run_cases(const char *pattern)
{
    long start = bound_now();
    int failed;

    choose_cases(pattern);
    if (run.n == 0 && run.not_for_model == 0 && verdict_summary(stdout) == 0) {
        fprintf(stderr, "conformance: no case matches %s\n", pattern);
        return 2;
    }
    failed = _cmocka_run_group_tests(suite.model_name, run.tests, run.n, NULL, NULL);
    if (run.times)
        print_times();
    verdict_summary(stdout);
    printf("conformance: model %s: %zu cases run, %d failed; %zu do not apply to this model; "
           "%.1f s\n",
           suite.model_name, run.n, failed, run.not_for_model,
           (double)(bound_now() - start) / 1000);
    return failed == 0 ? 0 : 1;
}

static void prepare_process(void)
{
    const struct sigaction interrupt = {.sa_handler = on_interrupt};

    prctl(PR_SET_CHILD_SUBREAPER, 1); /* orphans of a server come here, see serverproc.c */
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    sigaction(SIGHUP, &interrupt, NULL);
    atexit(sweep);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"server", required_argument, NULL, 's'},
                                            {"case", required_argument, NULL, 'c'},
                                            {"list", no_argument, NULL, 'l'},
                                            {"slow", no_argument, NULL, 'S'},
                                            {"times", no_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *server = getenv("SERVER"), *pattern = getenv("CASE");
    bool list = false;

    suite.slow = is_on("SLOW");
    run.times = is_on("TIMES");
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case 's': server = optarg; break;
        case 'c': pattern = optarg; break;
        case 'l': list = true; break;
        case 'S': suite.slow = true; break;
        case 't': run.times = true; break;
        case 'h': fputs(usage, stdout); return 0;
        default: fputs(usage, stderr); return 2;
        }
    }
    if (!pattern || !*pattern)
        pattern = "*";
    if (list)
        return list_cases(pattern);
    if (optind < argc || !server || !serverproc_template(server)) {
        fputs(usage, stderr);
        return 2;
    }
    prepare_process();
    return learn_model() ? run_cases(pattern) : 2;
}
