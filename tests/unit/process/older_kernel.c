/* older_kernel.c: see older_kernel.h */
#include "older_kernel.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <ucontext.h>

#include "landlock.h"
#include "unit.h"

#if defined(__x86_64__)
#define RESULT(context) ((context)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define RESULT(context) ((context)->uc_mcontext.regs[0])
#endif

#ifdef RESULT
static int older_abi;

static void older_answers(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    RESULT((ucontext_t *)context) = (unsigned char)older_abi;
}

bool kernel_is_older(int abi)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LANDLOCK_CREATE_RULESET_VERSION, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {UNIT_COUNT(steps), steps};
    const struct sigaction trap = {.sa_sigaction = older_answers, .sa_flags = SA_SIGINFO};
    older_abi = abi;
    return sigaction(SIGSYS, &trap, NULL) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0 &&
           prctl(PR_SET_SECCOMP, (unsigned long)SECCOMP_MODE_FILTER, &filter, 0UL, 0UL) == 0;
}
#else
bool kernel_is_older(int abi)
{
    (void)abi;
    return false;
}
#endif
