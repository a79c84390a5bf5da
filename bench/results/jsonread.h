/* bench/results/jsonread.h: JSON (RFC 8259), walked through */
#ifndef BENCH_JSONREAD_H
#define BENCH_JSONREAD_H

#include <stdbool.h>

/* Calls each with every string, number and word of a text that is one JSON value, and with the path to it:
 * "servers.0.name". Strings come without quotes and escapes; what is longer than 1023 bytes is cut.
 * False: it is no JSON, and why says where. each may be NULL: only to check. */
bool jsonread(const char *text, void (*each)(void *context, const char *path, const char *value),
              void *context, char why[160]);

#endif
