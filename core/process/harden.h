/* core/process/harden.h: what a server gives up before it serves anybody
 *
 * None of it needs root, and nothing of it can be taken back: an attacker who takes over the server
 * gets no more than what is left. docs/security.md has what that promises, and what it does not.
 */
#ifndef CORE_HARDEN_H
#define CORE_HARDEN_H

#include "base/options.h"

/* To be called when folder (its descriptor) and listener are open, before there are threads or
 * children: they inherit it all. No new privileges, no core dumps, no file that others may read by
 * mistake, and, if the kernel has Landlock, no files but the folder's (sandbox.h). Logs a warning
 * if the server runs as root; with -v also which sandbox there is.
 *
 * Returns 0; or an errno value if something could not be given up that every kernel lets a process
 * give up. */
int harden_process(const struct options *options, int folder);

#endif
