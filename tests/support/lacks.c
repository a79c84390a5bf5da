/* lacks.c: see lacks.h */
#include "lacks.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

enum { LACKS_MOST = 16, STEPS = 5 };

/* The half of the argument that counts (the machines of this project are little-endian). */
enum { FIRST_ARGUMENT = offsetof(struct seccomp_data, args) };

static void lack_print(const struct lack *lack, struct sock_filter steps[STEPS])
{
    unsigned int call = (unsigned int)lack->call, error = (unsigned int)lack->error;
    const struct sock_filter these[STEPS] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, FIRST_ARGUMENT),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, lack->from, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
    };
    memcpy(steps, these, sizeof these);
}

bool lacks_begin(const struct lack *lacks)
{
    struct sock_filter steps[STEPS * LACKS_MOST + 1];
    unsigned short count = 0;
    if (lacks == NULL)
        return true;
    for (; lacks->error != 0; lacks++, count += STEPS) {
        if (count == STEPS * LACKS_MOST)
            return false;
        lack_print(lacks, steps + count);
    }
    steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {count, steps};
    return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) == 0 &&
           prctl(PR_SET_SECCOMP, (unsigned long)SECCOMP_MODE_FILTER, &program, 0UL, 0UL) == 0;
}
