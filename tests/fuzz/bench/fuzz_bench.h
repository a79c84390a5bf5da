/* fuzz_bench.h: the parts of the target for bench/
 *
 * fuzz_bench.c        which reader an input is for; samples.tsv
 * fuzz_bench_reply.c  the load generator, and a server that answers anything
 */
#ifndef FUZZ_BENCH_H
#define FUZZ_BENCH_H

#include "fuzz.h"

void reply_check(struct fuzz_choices *choices, const uint8_t *bytes, size_t len);

#endif
