/* bench/common/file.h: files that are there complete or not at all */
#ifndef BENCH_FILE_H
#define BENCH_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "common/why.h"

/* Writes what by a function, beside the file first. False, and a sentence in why: the file is as it
 * was. Whether a write failed is seen by ferror(3), so the function need not look. */
bool file_write(const char *path, void (*print)(FILE *out, const void *what), const void *what,
                char why[WHY]);

#endif
