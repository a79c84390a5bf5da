/* landlock.h: does this kernel have Landlock? */
#ifndef SUPPORT_LANDLOCK_H
#define SUPPORT_LANDLOCK_H

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The version of its interface; 0 or less if there is none, or it is switched off. */
static inline int landlock_abi(void)
{
    const void *nothing = NULL;
    return (int)syscall(SYS_landlock_create_ruleset, nothing, (size_t)0,
                        LANDLOCK_CREATE_RULESET_VERSION);
}

#endif
