/* bench/clients/verify.c: the bytes of bodies
 *
 * Files repeat after a prime number of bytes: so a block that a server leaves out, sends twice or
 * takes from elsewhere (a page, 64 KiB, a megabyte) never looks the same. And the period is short
 * enough to stay in the fastest cache.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clients/clients.h"

unsigned char load_pattern[LOAD_CHUNK + LOAD_PATTERN];

unsigned char load_file_byte(uint64_t offset)
{
    uint32_t x = (uint32_t)(offset % LOAD_PATTERN) * 2654435761U; /* Knuth's multiplicative hash */
    return (unsigned char)(x >> 19 ^ x >> 27);
}

static void pattern_fill(void)
{
    for (uint64_t i = 0; i < sizeof load_pattern; i++)
        load_pattern[i] = load_file_byte(i);
}

void verify_prepare(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, pattern_fill);
}

bool verify_file(const char *bytes, size_t n, uint64_t offset)
{
    while (n > 0) {
        size_t part = n < LOAD_PATTERN ? n : LOAD_PATTERN;
        if (memcmp(bytes, load_pattern + offset % LOAD_PATTERN, part) != 0)
            return false;
        bytes += part;
        offset += part;
        n -= part;
    }
    return true;
}

void verify_sum(uint64_t bytes, char text[LOAD_SUM_TEXT + 1])
{
    SHA2_CTX context;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256Init(&context);
    for (uint64_t at = 0; at < bytes; at += LOAD_CHUNK)
        SHA256Update(&context, load_pattern + at % LOAD_PATTERN,
                     bytes - at < LOAD_CHUNK ? (size_t)(bytes - at) : LOAD_CHUNK);
    SHA256Final(digest, &context);
    for (size_t i = 0; i < sizeof digest; i++)
        (void)snprintf(text + 2 * i, 4, "%02x\n", digest[i]);
}

static bool write_pattern(int fd, uint64_t bytes)
{
    for (uint64_t at = 0; at < bytes;) {
        size_t part = bytes - at < LOAD_CHUNK ? (size_t)(bytes - at) : LOAD_CHUNK;
        ssize_t n = write(fd, load_pattern + at % LOAD_PATTERN, part);
        if (n < 0 && errno != EINTR)
            return false;
        at += n > 0 ? (uint64_t)n : 0;
    }
    return true;
}

bool load_file_make(const char *dir, const char *name, uint64_t bytes)
{
    char path[PATH_MAX];
    verify_prepare();
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool ok = write_pattern(fd, bytes);
    int error = errno;
    if (close(fd) != 0 && ok)
        return false;
    errno = error;
    return ok;
}
