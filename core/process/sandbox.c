/* core/process/sandbox.c: see sandbox.h
 *
 * A ruleset lists what is forbidden unless a rule allows it; there is one rule, for the folder.
 * Each version of the interface (ABI) can forbid more, and an old kernel refuses a ruleset with
 * rights that it does not know: so its version is read first. See
 * Documentation/userspace-api/landlock.rst.
 */
#include "process/sandbox.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/instrumented.h"

/* The kernel may be younger than the headers (these are from linux/landlock.h of Linux 6.12). */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15)
#endif
#ifndef LANDLOCK_ACCESS_NET_BIND_TCP
#define LANDLOCK_ACCESS_NET_BIND_TCP    (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP (1ULL << 1)
#endif
#ifndef LANDLOCK_SCOPE_SIGNAL
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL               (1ULL << 1)
#endif

/* struct landlock_ruleset_attr as ABI 6 has it. An older kernel takes it too, if what it does
 * not know is 0. */
struct forbidden {
    uint64_t files, ports, scopes;
};

/* All that a kernel of this ABI can forbid. */
static struct forbidden forbid(long abi)
{
    struct forbidden all = {.files = 2 * LANDLOCK_ACCESS_FS_MAKE_SYM - 1}; /* the last of ABI 1 */
    if (abi >= 2)
        all.files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        all.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi >= 4)
        all.ports = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
    if (abi >= 5)
        all.files |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    if (abi >= 6)
        all.scopes = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
    return all;
}

/* What core/files/store.c and core/files/upload.c do. A rename within one folder is no REFER. */
static const uint64_t needed = LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_READ_FILE |
                               LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |
                               LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;

int sandbox_enter(int dir)
{
    if (INSTRUMENTED)
        return 0;
    long abi =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 0)
        return -errno;
    const struct forbidden all = forbid(abi);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0)
        return -errno;
    const struct landlock_path_beneath_attr folder = {.allowed_access = needed & all.files,
                                                      .parent_fd = dir};
    int error = 0;
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &folder, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        error = errno;
    close(rules);
    return error != 0 ? -error : (int)abi;
}
