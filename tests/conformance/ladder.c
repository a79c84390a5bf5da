#include "ladder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STAGE_SECONDS = 100, MOST_OF_A_STAGE = 60 };

static char (*greeted)[32]; /* shared with the children: the word of the greeting, or empty */

/* ---- which cases ---- */

/* Every case that any server can be tried with is in one stage. */
static void check_stages(void)
{
    for (const struct conformance_case *one = NULL; (one = cases_next(one));) {
        int stages = 0;

        for (const struct ladder_stage *stage = ladder_stages; stage->title; stage++) {
            size_t n = strlen(one->name);

            for (const char *p = stage->cases; (p = strstr(p, one->name)); p += n)
                stages += (p == stage->cases || p[-1] == ' ') && (p[n] == ' ' || !p[n]);
        }
        verdict_check(stages == !(one->flags & CASE_OURS), "%s is in %d stages", one->name, stages);
    }
}

/* Fills the rung with the cases of its stage that apply to the model; those that are left out for
 * another reason have it as their outcome. */
static void choose(struct ladder_rung *rung, const struct ladder_stage *stage)
{
    char *names = strdup(stage->cases), *save = NULL;

    if (!names)
        abort();
    *rung = (struct ladder_rung){stage, outcomes_new(MOST_OF_A_STAGE), 0};
    for (char *name = strtok_r(names, " ", &save); name; name = strtok_r(NULL, " ", &save)) {
        struct outcome *outcome = &rung->outcomes[rung->n];
        const char *why;

        verdict_check((outcome->one = cases_find(name)), "there is no case %s", name);
        verdict_check(rung->n < MOST_OF_A_STAGE, "more than %d cases", MOST_OF_A_STAGE);
        if (!(outcome->one->models & suite.model))
            continue;
        why = cases_why_not(outcome->one);
        if (why) {
            outcome->state = OUTCOME_SKIPPED;
            snprintf(outcome->text, sizeof outcome->text, "%s", why);
        }
        rung->n++;
    }
    free(names);
}

/* ---- a process for each stage ---- */

static void silence(void)
{
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nothing < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0)
        _exit(2);
    close(nothing);
}

/* Those left out before keep their outcome: the others are run as one group. */
static void run_rung(struct ladder_rung *rung)
{
    for (size_t i = 0; i < rung->n; i++)
        if (rung->outcomes[i].state == OUTCOME_NOT_RUN &&
            run_cases(rung->stage->title, &rung->outcomes[i], 1, 1) > 0)
            break;
    snprintf(*greeted, sizeof *greeted, "%s", suite.model_name);
}

static pid_t start(struct ladder_rung *rung)
{
    pid_t parent = getpid(), child;

    fflush(NULL);
    child = fork();
    verdict_check(child >= 0, "fork: %s", strerror(errno));
    if (child > 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (getppid() != parent)
        _exit(2);
    silence();
    run_rung(rung);
    exit(0);
}

/* Waits for all children. Those that take too long are ended: the case that ran has failed then. */
static void finish(const pid_t *children, size_t n)
{
    long end = bound_now() + STAGE_SECONDS * 1000 * bound_scale();

    for (size_t i = 0; i < n; i++) {
        for (int asked = 0; waitpid(children[i], NULL, WNOHANG) == 0; bound_observe(5)) {
            if (run_interrupted() && asked == 0)
                end = bound_now() - 1;
            if (bound_now() > end + asked * 2000L)
                kill(children[i], asked++ ? SIGKILL : SIGTERM);
        }
    }
}

static void run_rungs(struct ladder_rung *rungs, size_t n)
{
    pid_t children[LADDER_STAGES];

    for (size_t i = 0; i < n; i++)
        children[i] = start(&rungs[i]);
    finish(children, n);
    if (run_interrupted())
        exit(130);
}

/* ---- the whole ---- */

/* Nothing can be tried without a greeting. */
static bool greets_as_wanted(struct ladder_rung *first, const char *wanted)
{
    struct outcome *outcome = &first->outcomes[0];

    if (outcome->state != OUTCOME_PASSED)
        return false;
    suite_set_model(*greeted);
    if (!wanted || strcmp(wanted, *greeted) == 0)
        return true;
    for (size_t i = 1; i < first->n; i++)
        first->outcomes[i].state = OUTCOME_NOT_RUN;
    outcome->state = OUTCOME_FAILED;
    snprintf(outcome->text, sizeof outcome->text, "expected: HELLO 1 %s\nreceived: HELLO 1 %s\n",
             wanted, *greeted);
    return false;
}

static int status_of(const struct ladder_rung *rungs, size_t n, int only)
{
    if (only > 0 && ladder_complete(&rungs[0]) && ladder_empty(&rungs[n - 1]))
        return 4;
    for (size_t i = only > 1 ? n - 1 : 0; i < n; i++)
        if (!ladder_complete(&rungs[i]) && !ladder_empty(&rungs[i]))
            return 1;
    return 0;
}

/* The outcomes of all rungs, one after the other. */
static bool write_junit(const char *path, const struct ladder_rung *rungs, size_t n)
{
    struct outcome *all = outcomes_new(n * MOST_OF_A_STAGE);
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < rungs[i].n; k++)
            all[count++] = rungs[i].outcomes[k];
    return junit_write(path, all, count);
}

int ladder_run(const struct ladder_config *config)
{
    struct ladder_rung rungs[LADDER_STAGES];
    size_t n = 1;

    check_stages();
    greeted =
        mmap(NULL, sizeof *greeted, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    verdict_check(greeted != MAP_FAILED, "mmap: %s", strerror(errno));
    suite_set_model("?");
    choose(&rungs[0], &ladder_stages[0]);
    run_rungs(rungs, 1);
    bool greets = greets_as_wanted(&rungs[0], config->greets);
    for (int i = 1; i < LADDER_STAGES; i++)
        if (config->only == 0 || config->only == i + 1)
            choose(&rungs[n++], &ladder_stages[i]);
    if (greets)
        run_rungs(rungs + 1, n - 1);
    if (config->only > 1 && ladder_complete(&rungs[0]))
        ladder_report(&rungs[n - 1], 1);
    else
        ladder_report(rungs, n);
    if (config->junit && !write_junit(config->junit, rungs, n))
        return 2;
    return status_of(rungs, n, config->only);
}
