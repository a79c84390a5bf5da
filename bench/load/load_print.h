/* bench/load/load_print.h: the result of a load, in a few lines for people */
#ifndef BENCH_LOAD_PRINT_H
#define BENCH_LOAD_PRINT_H

#include <stdio.h>

#include "clients/spec.h"

extern const char *const load_kind_word[LOAD_KINDS]; /* "ping", "session", … */

/* "reset 3, timeout 1; first: ..."; text is cut at size. */
void load_print_errors(const struct load_result *result, char *text, size_t size);
uint64_t load_errors(const struct load_result *result); /* how many, of all kinds */

/* measured: what load_run has returned. */
void load_print(FILE *out, const struct load_spec *spec, const struct load_result *result,
                bool measured);

#endif
