/* conformance: one suite for all servers that speak the protocol
 *
 *     SERVER='04_select/select-server -p {port} -d {dir} {options}' CASE='chat_*' ./conformance
 *     SERVER='./mine.py {port} {dir}' ./conformance
 *     ./conformance --list
 *
 * Which cases apply depends on the model, and the model is learned from the greeting. A server of
 * somebody else, whose command has no {options}, climbs the ladder (ladder.h) unless single cases
 * are asked for.
 */
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case_run.h"
#include "ladder.h"

enum {
    MOST_CASES = 500,
    MOST_REPEATS = 20,
    MOST_FAILURES = 20 /* then the rest is not run: each may take as long as its bound */
};

static const char usage[] =
    "usage: SERVER=COMMAND [VARIABLE=...] conformance, or conformance --list\n"
    "  SERVER    starts a server; {port}, {dir} and {options} are replaced\n"
    "            {console}: it announces what it reads on standard input\n"
    "            {signals}: SIGTERM and SIGINT end it in order\n"
    "  CASE      runs only the cases whose names match, * ? @(a|b) as in a shell\n"
    "  STAGE     runs only this stage of the ladder\n"
    "  GREETS    on the ladder: the model that the greeting has to name\n"
    "  JUNIT     a file to write JUnit XML to\n"
    "  SLOW=1    also runs the cases that take long\n"
    "  REPEAT=3  runs each case three times, and stops at the first failure\n"
    "  EXCEPT    a file of cases to leave out: MODEL CASE reason, a line each\n"
    "  BOUND=5   makes all waiting five times as patient, for valgrind and sanitizers\n";

static struct {
    struct outcome *outcomes;
    size_t n, not_for_model;
} chosen;

/* ---- which cases ---- */

static void add_case(const struct conformance_case *one)
{
    if (chosen.n == MOST_CASES * MOST_REPEATS)
        abort();
    chosen.outcomes[chosen.n++].one = one;
}

static void choose_cases(const char *pattern, size_t times)
{
    bool shared = false;

    chosen.outcomes = outcomes_new(MOST_CASES * times);
    for (int pass = 0; pass < 2; pass++) { /* those that share a server come first */
        for (const struct conformance_case *one = NULL; (one = cases_next(one));) {
            const char *reason = cases_why_not(one);
            bool shares = one->flags & CASE_SHARED;

            if (shares != (pass == 0) || fnmatch(pattern, one->name, FNM_EXTMATCH) != 0)
                continue;
            if (!(one->models & suite.model)) {
                chosen.not_for_model++;
            } else if (reason) {
                verdict_left_out(one->name, reason);
            } else {
                for (size_t i = 0; i < times; i++)
                    add_case(one);
                shared |= shares;
            }
        }
        if (pass == 0 && shared)
            add_case(&end_shared_case);
    }
}

static const char *wants_of(const struct conformance_case *one)
{
    return one->flags & CASE_OURS      ? "  {options}"
           : one->flags & CASE_INPUT   ? "  {console}"
           : one->flags & CASE_SIGNALS ? "  {signals}"
                                       : "";
}

static int cases_print(const char *pattern)
{
    static const char *const models[] = {"loop", "fork", "thread", "select", "poll", "epoll"};
    size_t n = 0;

    for (const struct conformance_case *one = NULL; (one = cases_next(one));) {
        if (fnmatch(pattern, one->name, FNM_EXTMATCH) != 0)
            continue;
        printf("%-36s", one->name);
        for (unsigned m = 0; m < 6; m++)
            printf(" %-6s", one->models & (1u << m) ? models[m] : "-");
        printf("%s%s\n", wants_of(one), one->flags & CASE_SLOW ? "  slow" : "");
        n++;
    }
    printf("%zu cases\n", n);
    return 0;
}

/* ---- the program ---- */

static size_t repeats(void)
{
    const char *text = getenv("REPEAT");
    size_t n = text ? strtoul(text, NULL, 10) : 1;

    return n < 1 ? 1 : n > MOST_REPEATS ? MOST_REPEATS : n;
}

static int run_chosen(const char *pattern, const char *junit)
{
    long start = bound_now();
    size_t failed, not_run, repeat = repeats();

    choose_cases(pattern, repeat);
    if (chosen.n == 0 && chosen.not_for_model == 0 && verdict_summary(stdout) == 0) {
        fprintf(stderr, "conformance: no case matches %s\n", pattern);
        return 2;
    }
    failed = run_cases(suite.model_name, chosen.outcomes, chosen.n, repeat > 1 ? 1 : MOST_FAILURES);
    not_run = outcomes_count(chosen.outcomes, chosen.n, OUTCOME_NOT_RUN) +
              outcomes_count(chosen.outcomes, chosen.n, OUTCOME_SKIPPED);
    verdict_summary(stdout);
    printf("conformance: model %s: %zu cases run, %zu failed; ", suite.model_name,
           chosen.n - not_run, failed);
    if (not_run > 0)
        printf("%zu were begun and not run; ", not_run);
    printf("%zu do not apply to this model; %.1f s\n", chosen.not_for_model,
           (double)(bound_now() - start) / 1000);
    if (junit && !junit_write(junit, chosen.outcomes, chosen.n))
        return 2;
    return failed == 0 ? 0 : 1;
}

static void prepare_process(void)
{
    serverproc_prepare(run_interrupt);
    signal(SIGXFSZ, SIG_IGN); /* if no large file is allowed, a case is skipped */
    atexit(run_sweep);
}

/* The ladder is for servers that are not finished: what does not come is not waited for long. */
static int climb(struct ladder_config *config, const char *stage)
{
    char *end = NULL;

    if (stage) {
        config->only = (int)strtol(stage, &end, 10);
        if (*end || config->only < 1 || config->only > LADDER_STAGES) {
            fprintf(stderr, "conformance: %s is no stage, 1 to %d\n", stage, LADDER_STAGES);
            return 2;
        }
    }
    setenv("BOUND_MS", "3000", 0);
    return ladder_run(config);
}

static const char *set_or_null(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value ? value : NULL;
}

int main(int argc, char **argv)
{
    const char *server = set_or_null("SERVER"), *pattern = set_or_null("CASE");
    const char *slow = set_or_null("SLOW");
    struct ladder_config ladder = {.greets = set_or_null("GREETS"), .junit = set_or_null("JUNIT")};

    if (argc == 2 && strcmp(argv[1], "--list") == 0)
        return cases_print(pattern ? pattern : "*");
    if (argc > 1 || !server || !serverproc_template(server)) {
        bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
        fputs(usage, help ? stdout : stderr);
        return help ? 0 : 2;
    }
    suite.slow = slow && strcmp(slow, "0") != 0;
    prepare_process();
    if (!pattern && !serverproc_ours())
        return climb(&ladder, set_or_null("STAGE"));
    (void)suite_learn_model();
    run_sweep();
    return run_chosen(pattern ? pattern : "*", ladder.junit);
}
