/* core/process/sandbox.h: Landlock, with which a program restricts itself (landlock(7))
 *
 * It needs no root and can't be taken back; threads and processes started later inherit it.
 */
#ifndef CORE_SANDBOX_H
#define CORE_SANDBOX_H

/* From now on this thread, and every thread and process it starts, opens, makes, replaces and
 * removes nothing but regular files beneath the folder dir, makes no folders, links or devices, and
 * executes nothing. From Landlock ABI 4 on it binds no TCP port and connects to none; from 6 on it
 * sends signals to no processes but its own. What is open already can be used as before.
 *
 * Wants PR_SET_NO_NEW_PRIVS. Returns the Landlock ABI of the kernel; 0 if the program is built with
 * a sanitizer, which has to read /proc; or, with nothing changed, -errno: ENOSYS if the kernel has
 * no Landlock, EOPNOTSUPP if it is switched off. */
int sandbox_enter(int dir);

#endif
