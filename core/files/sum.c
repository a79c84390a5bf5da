/* core/files/sum.c: see sum.h, and sha2(3) of libmd */
#include "files/sum.h"

#include <errno.h>
#include <sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024 }; /* on the stack, also on that of a thread */

struct sum {
    int file;
    uint64_t size, done; /* bytes of the file, and how many of them are hashed */
    SHA2_CTX context;
};

int sum_begin(const struct store *store, const char *name, size_t len, struct sum **sum)
{
    int file;
    uint64_t size;
    int error = store_get(store, name, len, &file, &size);
    if (error != 0)
        return error;
    *sum = malloc(sizeof **sum);
    if (*sum == NULL) {
        close(file);
        return ENOMEM;
    }
    (*sum)->file = file;
    (*sum)->size = size;
    (*sum)->done = 0;
    SHA256Init(&(*sum)->context);
    return 0;
}

static void sum_text(struct sum *sum, char text[SUM_TEXT])
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Final(digest, &sum->context);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(text + 2 * i, 4, "%02x\n", digest[i]);
}

int sum_step(struct sum *sum, bool *done, char text[SUM_TEXT])
{
    uint8_t bytes[READ_SIZE];
    for (int i = 0; i < SUM_STEP / READ_SIZE && sum->done < sum->size; i++) {
        uint64_t left = sum->size - sum->done;
        size_t size = left < sizeof bytes ? (size_t)left : sizeof bytes;
        ssize_t n = pread(sum->file, bytes, size, (off_t)sum->done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        SHA256Update(&sum->context, bytes, (size_t)n);
        sum->done += (uint64_t)n;
    }
    *done = sum->done == sum->size;
    if (*done)
        sum_text(sum, text);
    return 0;
}

void sum_end(struct sum *sum)
{
    if (sum == NULL)
        return;
    close(sum->file);
    free(sum);
}
