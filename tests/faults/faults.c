/* faults: lets every call of the servers fail, one after another (see faults.h)
 *
 *     faults INJECT.SO MODEL...               all faults
 *     SAMPLE=60 SEED=1 faults INJECT.SO MODEL...     so many per model, chosen by the seed
 *     ONLY='02_fork openat:17:EMFILE once put' faults INJECT.SO     one of them
 *     ONLY='03_thread close:1:EIO once put refused' ...   and somebody has to be refused
 *
 * The models run three at a time: they wait more than they work. Their folders are made in memory,
 * if there is /dev/shm.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"
#include "serverproc.h"
#include "verdict.h"

enum { MODELS = 6, AT_ONCE = 3 };

static struct sweep_totals *model_totals; /* shared with the processes that fill them */

static void on_interrupt(int signal)
{
    serverproc_kill_all();
    _exit(128 + signal);
}

static unsigned int number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text != NULL ? (unsigned int)strtoul(text, NULL, 10) : 0;
}

static void totals_print(const struct sweep_totals *totals)
{
    printf("%s: %lu calls at %lu places, %lu faults (%lu failing calls), %lu not reached, "
           "%lu looks at its sleep, %lu violations, %.1f s\n",
           totals->model, totals->calls, totals->places, totals->faults, totals->failing,
           totals->missed, totals->spins, totals->violations, totals->seconds);
    (void)fflush(stdout);
}

/* A process for each model: it is the parent of its server. */
static pid_t model_start(struct sweep_totals *totals, const char *library, const char *only)
{
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    serverproc_prepare(on_interrupt);
    verdict_case(NULL, totals->model);
    bool ok = sweep_model_all(totals, library, number_of("SAMPLE"), number_of("SEED"), only);
    totals_print(totals);
    exit(ok ? 0 : 1);
}

static int run_models(char **models, int count, const char *library, const char *only)
{
    int failed = 0, status;
    for (int started = 0, ended = 0; ended < count;) {
        if (started < count && started - ended < AT_ONCE) {
            model_totals[started].model = models[started];
            if (model_start(&model_totals[started], library, only) < 0)
                return 1;
            started++;
        } else if (wait(&status) > 0) {
            failed += status != 0;
            ended++;
        }
    }
    return failed;
}

static void total_print(int count)
{
    struct sweep_totals all = {.model = "all"};
    for (int i = 0; i < count; i++) {
        all.faults += model_totals[i].faults;
        all.failing += model_totals[i].failing;
        all.places += model_totals[i].places;
        all.violations += model_totals[i].violations;
    }
    printf(
        "faults: %d models, %lu places, %lu faults injected (%lu failing calls), %lu violations\n",
        count, all.places, all.faults, all.failing, all.violations);
}

int main(int argc, char **argv)
{
    const char *only = getenv("ONLY");
    char model[32] = "";
    char *one[] = {model};
    if (argc < 2 || argc - 2 > MODELS) {
        (void)fprintf(stderr, "usage: faults INJECT.SO MODEL... (see the source)\n");
        return 2;
    }
    /* as it was given: LD_PRELOAD ends at a blank, and an absolute path may have one */
    const char *library = argv[1];
    model_totals = mmap(NULL, MODELS * sizeof *model_totals, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (access(library, R_OK) != 0 || model_totals == MAP_FAILED) {
        perror(argv[1]);
        return 2;
    }
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    if (only != NULL && *only != '\0') {
        int end = 0;
        (void)sscanf(only, "%31s %n", model, &end);
        return run_models(one, 1, library, only + end) == 0 ? 0 : 1;
    }
    int failed = run_models(argv + 2, argc - 2, library, NULL);
    total_print(argc - 2);
    return failed == 0 ? 0 : 1;
}
