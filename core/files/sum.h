/* core/files/sum.h: the checksum of a file, SHA-256 (FIPS 180-4), in bounded steps
 *
 * The file is opened when the sum begins: what is renamed to its name later is another file. Of a
 * file that is written to meanwhile, not more is read than the size it had then.
 *
 * Functions return 0, or an errno value.
 */
#ifndef CORE_SUM_H
#define CORE_SUM_H

#include <stdbool.h>
#include <stddef.h>

#include "files/store.h"

enum {
    /* Bytes read and hashed in one step: half a millisecond if libmd hashes 128 MB/s. */
    SUM_STEP = 64 * 1024,
    /* Bytes of a sum as text: 64 hexadecimal digits in lower case, LF and NUL. */
    SUM_TEXT = 64 + 2,
};

struct sum;

/* Opens the file. *sum is freed by sum_end. Fails as store_get does, and with ENOMEM. */
int sum_begin(const struct store *store, const char *name, size_t len, struct sum **sum);

/* Hashes the next SUM_STEP bytes. Sets *done; then text is the sum. EIO: the file has become
 * shorter. */
int sum_step(struct sum *sum, bool *done, char text[SUM_TEXT]);

/* Closes the file and frees the sum. NULL is allowed. */
void sum_end(struct sum *sum);

#endif
