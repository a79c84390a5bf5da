/* core/process/sandbox.h: Landlock, the kernel's way for a program to shut itself out (landlock(7))
 *
 * It needs no root, it can't be taken off again, and whoever is started afterwards is in it too.
 */
#ifndef CORE_SANDBOX_H
#define CORE_SANDBOX_H

/* From now on this thread, and every thread and process it starts, opens, makes, replaces and
 * removes nothing but regular files beneath the folder dir, makes no folders, links or devices, and
 * executes nothing. From Landlock ABI 4 on it binds no TCP port and connects to none; from 6 on it
 * sends signals to nobody but its own. What is open already can be used as before.
 *
 * Wants PR_SET_NO_NEW_PRIVS. Returns the Landlock ABI of the kernel; 0 where the program is built
 * with a sanitizer, which reads /proc and could not do its work; or, with nothing changed, -errno:
 * ENOSYS where the kernel has no Landlock, EOPNOTSUPP where it is switched off. */
int sandbox_enter(int dir);

#endif
