/* bench/common/fail.h: a sentence about what went wrong */
#ifndef BENCH_FAIL_H
#define BENCH_FAIL_H

#include <stdbool.h>

#include "common/why.h"

/* Writes a sentence into why; always false. */
bool fail(char why[WHY], const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
