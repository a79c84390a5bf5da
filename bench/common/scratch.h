/* bench/common/scratch.h: the temporary folder of a process
 *
 * A file in it is locked, flock(2), as long as the process lives. So a process that makes such a
 * folder can recognise those of killed processes, and removes them first.
 */
#ifndef BENCH_SCRATCH_H
#define BENCH_SCRATCH_H

#include <stdbool.h>

#include "common/fail.h"

enum { SCRATCH_PATH = 512 };

/* TMPDIR; NULL: it is not set, or empty. */
const char *scratch_tmpdir(void);

/* Makes <parent>/lab-bench-XXXXXX, one for each process; NULL: in TMPDIR, or else /tmp. False: a
 * sentence in why. */
bool scratch_make(const char *parent, char why[WHY]);

const char *scratch_path(void); /* ""; there is none */

/* With all that is in it; in a signal handler too. False: it is left behind. */
bool scratch_remove(void);

#endif
