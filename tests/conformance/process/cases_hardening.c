/* What a server gives up before it serves (core/process/harden.h), seen from outside: in /proc, in
 * its log.
 *
 * That the sandbox holds is seen from inside: tests/unit/process/test_sandbox.c, and the shim
 * "escape". */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "family.h"
#include "landlock.h"

/* In every process of a server with a member (02_fork has a session and its forwarder, too) the
 * line of /proc/PID/<file> that begins like this continues with expected. */
static void check_family(const char *file, const char *begin, const char *expected)
{
    struct wire *anna = suite_member("anna");
    struct family all;
    char form[64], rest[256] = "";

    family_take(&all);
    all.pids[all.n++] = suite.server->pid;
    verdict_check(suite.model != ON_FORK || all.n == 3, "%zu processes", all.n);
    snprintf(form, sizeof form, "%s %%255[^\n]", begin);
    for (size_t i = 0; i < all.n; i++) {
        verdict_check(procfs_scan(all.pids[i], file, form, rest) &&
                          strncmp(rest, expected, strlen(expected)) == 0,
                      "/proc/%ld/%s, process %zu of %zu of the server:\nexpected: %s %s\n"
                      "received: %s %s",
                      (long)all.pids[i], file, i + 1, all.n, begin, expected, begin, rest);
    }
    wire_ask_text(anna, "W\n", "anna\n");
}

static void no_new_privileges(void)
{
    check_family("status", "NoNewPrivs:", "1");
}

static void no_core_dumps(void)
{
    struct rlimit limit;

    verdict_check(getrlimit(RLIMIT_CORE, &limit) == 0, "getrlimit");
    if (limit.rlim_max == 0)
        verdict_skip("core dumps are forbidden here already, whatever the server does");
    check_family("limits", "Max core file size", "0                    0 ");
}

/* Which modes stored files get all the same is seen in upload_modes. */
static void umask_is_closed(void)
{
    check_family("status", "Umask:", "0077");
}

/* ---- what it logs about that ---- */

static bool log_has(void *text)
{
    return serverproc_logged(suite.server, text);
}

static void sandbox_is_logged(void)
{
    char expected[FOLDER_PATH + 256];
    int abi = landlock_abi();

    suite_skip_instrumented();
    if (abi > 0)
        snprintf(expected, sizeof expected, "%s: sandbox: files beneath %s only (Landlock ABI %d)",
                 suite.model_name, suite.server->dir, abi);
    else
        snprintf(expected, sizeof expected, "%s: sandbox: this kernel has ", suite.model_name);
    verdict_check(bound_await(log_has, expected, BOUND_GENEROUS), "the log does not say: %s",
                  expected);
}

/* Without -v there is nothing to read about it, if all is as it should be. */
static void no_log_line_by_default(void)
{
    wire_expect_quiet(suite_open());
    verdict_check(!serverproc_logged(suite.server, "sandbox"), "the log speaks of the sandbox");
}

/* In a user name space anybody can be root. */
static void warns_root(void)
{
    struct serverproc_config config = {.disk = geteuid() == 0 ? 0 : 1 << 20};

    wire_expect_quiet(suite_serve(&config));
    verdict_check(serverproc_logged(suite.server, "warning: running as root"),
                  "a server that runs as root does not say so");
}

const struct conformance_case hardening_cases[] = {
    {"hardening_no_new_privileges", ON_ALL, CASE_OURS, .run = no_new_privileges},
    {"hardening_no_core_dumps", ON_ALL, CASE_OURS, .run = no_core_dumps},
    {"hardening_umask_is_closed", ON_ALL, CASE_OURS, .run = umask_is_closed},
    {"hardening_sandbox_is_logged", ON_ALL, CASE_OURS, "-v", .run = sandbox_is_logged},
    {"hardening_no_log_line_by_default", ON_ALL, CASE_OURS, .run = no_log_line_by_default},
    {"hardening_warns_root", ON_ALL, CASE_OURS | CASE_OWN, .run = warns_root},
    {.name = NULL},
};
