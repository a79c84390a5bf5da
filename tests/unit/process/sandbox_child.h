/* sandbox_child.h: a process that may use one folder only, and what is beside that folder */
#ifndef UNIT_SANDBOX_CHILD_H
#define UNIT_SANDBOX_CHILD_H

#include <netinet/in.h>
#include <stdbool.h>

/* Runs it in a process of its own, with two folders and a port that is somebody else's: `place` of
 * attempts.h. It returns 0, or the number of what went wrong. */
void sandbox_child(int (*what)(int), int abi);

/* An entry of the table: such a process on this kernel, if there is a sandbox. */
struct sandbox_case {
    int (*what)(int abi);
};
/* clang-format off */
#define SANDBOX(what) \
    {#what, sandbox_case_run, unit_begin, unit_end, &(struct sandbox_case){what}}
/* clang-format on */
void sandbox_case_run(void **test);

/* In the child: enters the sandbox. False: it is not of this ABI. */
bool sandbox_child_enter(int abi);

/* Listens on any free port of this machine. */
int sandbox_listen(struct sockaddr_in *where);

/* The kernel's ABI; skips the test if there is no sandbox. */
int sandbox_abi_or_skip(void);

#endif
