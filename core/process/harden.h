/* core/process/harden.h: what a server gives up before it serves anybody
 *
 * None of it needs root, nothing of it can be taken back, and who finds a hole in the server gets
 * no more than what is left. What is promised by that, and what is not, stands in docs/security.md.
 */
#ifndef CORE_HARDEN_H
#define CORE_HARDEN_H

#include "base/options.h"

/* Call it when folder (its descriptor) and listener are open, before there are threads or children:
 * they inherit it all. No new privileges, no core dumps, no file that others may read by mistake,
 * and where the kernel can do that, no files but the folder's (sandbox.h). Tells in the log who
 * runs as root; with -v also which sandbox there is.
 *
 * Returns 0, or an errno value where the process can't be trusted to have given up what every
 * kernel lets it give up. */
int harden_process(const struct options *options, int folder);

#endif
