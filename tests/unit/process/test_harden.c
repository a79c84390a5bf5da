/* test_harden.c: what a server logs if it does not get a sandbox, and if it does */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/instrumented.h"
#include "lacks.h"
#include "landlock.h"
#include "process/harden.h"

static bool all_given_up(void)
{
    struct rlimit limit;
    return prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) == 1 &&
           getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 && umask(0) == 077;
}

enum { NOBODY = 65534, ORDINARY_USER = -1 };

/* Standard error is a file, log, in the folder. Landlock fails with this error; 0: it does not. */
static int child_main(const char *folder, const char *name, bool verbose, int error)
{
    const struct options options = {.model = "unit", .dir = name, .verbose = verbose};
    const struct lack landlock[] = {{SYS_landlock_create_ruleset, error, 0}, {.error = 0}};
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int log = openat(dir, "log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0 || dup2(log, STDERR_FILENO) < 0 || (error > 0 && !lacks_begin(landlock)))
        return 1;
    if (error == ORDINARY_USER && geteuid() == 0 && seteuid(NOBODY) != 0)
        return 1;
    if (harden_process(&options, dir) != 0)
        return 2;
    return all_given_up() ? 0 : 3;
}

/* The log of a process that has given up what it does not need. */
static const char *log_of(const char *name, bool verbose, int error)
{
    static char text[4096];
    char folder[UNIT_PATH];
    size_t len;
    unit_folder(folder);
    pid_t child = fork();
    if (child == 0)
        _exit(child_main(folder, name, verbose, error));
    int status = unit_wait(child);
    char *bytes = unit_read(folder, "log", &len);
    (void)snprintf(text, sizeof text, "%.*s", (int)len, bytes != NULL ? bytes : "");
    free(bytes);
    unit_folder_remove(folder);
    unit_check(status == 0, "status %d of the child (wait status 0x%x)", WEXITSTATUS(status),
               (unsigned int)status);
    return text;
}

/* NULL: the log has nothing about the sandbox. */
static void says(const char *name, bool verbose, int error, const char *expected)
{
    const char *log = log_of(name, verbose, error);
    bool ok = expected != NULL ? strstr(log, expected) != NULL : strstr(log, "sandbox") == NULL;
    unit_check(ok, "Landlock fails with %d: expected in the log: %s\nreceived: %s", error,
               expected != NULL ? expected : "nothing about it", log);
}

static void skip_instrumented(void)
{
    if (INSTRUMENTED)
        unit_skip("built with a sanitizer: there is no sandbox");
}

static void test_no_landlock(void)
{
    skip_instrumented();
    says("files", true, ENOSYS, "unit: sandbox: this kernel has no Landlock\n");
    says("files", true, EOPNOTSUPP, "unit: sandbox: this kernel has its Landlock switched off\n");
    says("files", false, ENOSYS, NULL);
    says("files", false, EOPNOTSUPP, NULL);
}

/* A kernel that has it and refuses it is worth a line to everybody. */
static void test_landlock_fails(void)
{
    skip_instrumented();
    says("files", false, EPERM, "unit: sandbox: none, Landlock fails: Operation not permitted\n");
    says("files", true, EPERM, "unit: sandbox: none, Landlock fails: Operation not permitted\n");
}

static void test_sandbox(void)
{
    char expected[128];
    skip_instrumented();
    if (landlock_abi() <= 0)
        unit_skip("this kernel has no Landlock: what is said about it is not tested");
    says("files", false, 0, NULL);
    (void)snprintf(expected, sizeof expected,
                   "unit: sandbox: files beneath a\\x1bb only (Landlock ABI %d)\n", landlock_abi());
    says("a\033b", true, 0, expected);
}

/* Our own, so that they can fail. */
static int prctl_error, setrlimit_error;
static int given_up_before; /* PR_GET_NO_NEW_PRIVS when this program was started */

int prctl(int what, ...)
{
    unsigned long a[4];
    va_list args;
    va_start(args, what);
    for (size_t i = 0; i < UNIT_COUNT(a); i++)
        a[i] = va_arg(args, unsigned long);
    va_end(args);
    if (prctl_error == 0)
        return (int)syscall(SYS_prctl, what, a[0], a[1], a[2], a[3]);
    errno = prctl_error;
    return -1;
}

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    if (setrlimit_error == 0)
        return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
    errno = setrlimit_error;
    return -1;
}

/* What harden_process logs if these fail: in a process of its own, since what it does before
 * can't be taken back. */
static int hardened(int error_of_prctl, int error_of_setrlimit)
{
    const struct options options = {.model = "unit", .dir = "files"};
    pid_t child = fork();
    if (child == 0) {
        prctl_error = error_of_prctl;
        setrlimit_error = error_of_setrlimit;
        _exit(harden_process(&options, -1));
    }
    int status = unit_wait(child);
    unit_check(WIFEXITED(status), "the child is gone (wait status 0x%x)", (unsigned int)status);
    return WEXITSTATUS(status);
}

/* Then there is no server: it would run with what it should have given up. */
static void test_nothing_to_give_up(void)
{
    int error = hardened(EINVAL, 0);
    unit_check(error == EINVAL, "no_new_privs fails: harden_process says %s", strerror(error));
    error = hardened(0, EPERM);
    unit_check(error == EPERM, "no core dumps fails: harden_process says %s", strerror(error));
    unit_check(prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL) == given_up_before,
               "the test has given up something itself");
}

static void test_warning(void)
{
    const char *log = log_of("files", false, ORDINARY_USER);
    unit_check(log[0] == '\0', "logged for an ordinary user: %s", log);
    if (geteuid() != 0)
        unit_skip("not run by root: that root is warned is tested by the conformance suite only");
    log = log_of("files", false, 0);
    unit_check(strstr(log, "unit: warning: running as root") == log, "logged for root: %s", log);
}

int main(int argc, char **argv)
{
    given_up_before = prctl(PR_GET_NO_NEW_PRIVS, 0UL, 0UL, 0UL, 0UL);
    const struct CMUnitTest tests[] = {
        TEST(test_no_landlock),        TEST(test_landlock_fails), TEST(test_sandbox),
        TEST(test_nothing_to_give_up), TEST(test_warning),
    };
    return unit_run("harden", tests, argc, argv);
}
