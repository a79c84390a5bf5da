/* tests/chaos/harness.c: see harness.h */
#include "harness.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "serverproc.h"
#include "verdict.h"

static uint64_t random_state;
static volatile sig_atomic_t interrupted;

/* Asked again, we do not wait for the loop to see it. */
static void on_interrupt(int signal)
{
    (void)signal;
    if (!interrupted) {
        interrupted = 1;
        return;
    }
    serverproc_kill_all();
    _exit(130);
}

void harness_check_interrupt(void)
{
    if (interrupted)
        exit(130);
}

unsigned long harness_number(const char *variable, unsigned long usual)
{
    const char *text = getenv(variable);
    return text != NULL && *text != '\0' ? strtoul(text, NULL, 10) : usual;
}

static void random_begin(void)
{
    uint64_t fresh = 0;
    if (getrandom(&fresh, sizeof fresh, 0) != sizeof fresh)
        fresh = (uint64_t)getpid();
    random_state = harness_number("SEED", (unsigned long)(fresh % 1000000));
    printf("SEED=%llu\n", (unsigned long long)random_state);
}

void harness_begin(const char *program, bool called_rightly, const char *arguments)
{
    if (!called_rightly) {
        (void)fprintf(stderr, "usage: %s %s (see the source)\n", program, arguments);
        exit(2);
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    serverproc_prepare(on_interrupt);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 0);
    verdict_case(NULL, program);
    random_begin();
}

void harness_server(const char *path, const char *prefix)
{
    static char template[1024]; /* serverproc keeps it */
    (void)snprintf(template, sizeof template, "%s %s -p {port} -d {dir} {options}",
                   prefix != NULL ? prefix : "", path);
    verdict_check(serverproc_template(template), "no command: %s", template);
    verdict_case(NULL, harness_model(path));
}

const char *harness_model(const char *path)
{
    static char model[32];
    const char *end = strrchr(path, '/'), *start = end;
    while (start != NULL && start > path && start[-1] != '/')
        start--;
    int n = end != NULL ? (int)(end - start) : 0;
    (void)snprintf(model, sizeof model, "%.*s", n, n > 0 ? start : "");
    return model;
}

/* ---- chance: splitmix64 ---- */

uint64_t random_bits(void)
{
    return pattern_mix(random_state += 0x9e3779b97f4a7c15U);
}

uint32_t random_below(uint32_t n)
{
    return (uint32_t)(((random_bits() >> 32) * n) >> 32);
}
