/* core/process/harden.c: see harden.h */
#include "process/harden.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "process/sandbox.h"

/* A dump would hold what clients have sent, and land in the folder that the server was started in.
 * The hard limit is set too, so that it can't be raised again. PR_SET_DUMPABLE would do more than
 * that: /proc/PID would belong to root, and the user who runs the server could not use strace or
 * lab-bench on it. */
static int core_dumps_end(void)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    return setrlimit(RLIMIT_CORE, &none) != 0 ? errno : 0;
}

/* Without -v, only a Landlock that exists and fails is logged: a kernel without it is no error. */
static void sandbox_note(const struct options *options, int abi)
{
    char folder[512];
    const char *dir = log_escape(folder, sizeof folder, options->dir, strlen(options->dir));
    if (abi < 0 && abi != -ENOSYS && abi != -EOPNOTSUPP)
        log_line(options->model, "sandbox: none, Landlock fails: %s", strerror(-abi));
    if (!options->verbose)
        return;
    if (abi > 0)
        log_line(options->model, "sandbox: files beneath %s only (Landlock ABI %d)", dir, abi);
    else if (abi == 0)
        log_line(options->model, "sandbox: none in a program built with a sanitizer");
    else if (abi == -ENOSYS)
        log_line(options->model, "sandbox: this kernel has no Landlock");
    else if (abi == -EOPNOTSUPP)
        log_line(options->model, "sandbox: this kernel has its Landlock switched off");
}

int harden_process(const struct options *options, int folder)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0)
        return errno;
    int error = core_dumps_end();
    if (error != 0)
        return error;
    umask(077); /* the modes of stored files are set by fchmod(2), which does not look at it */
    sandbox_note(options, sandbox_enter(folder));
    if (geteuid() == 0)
        log_line(options->model,
                 "warning: running as root; an ordinary user is enough, and can do less harm");
    return 0;
}
