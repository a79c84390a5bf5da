/* bench/load/load_verify.c: the bytes of bodies
 *
 * Files repeat after a prime number of bytes: what was left out, sent twice or taken from elsewhere by a
 * server that errs (a page, 64 KiB, a megabyte) then never looks the same. And the period is short
 * enough to stay in the fastest cache while it is compared with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/load_private.h"

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

bool load_file_make(int dir, const char *name, uint64_t bytes)
{
    verify_prepare();
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    bool fine = write_pattern(fd, bytes);
    int error = errno;
    if (close(fd) != 0 && fine)
        return false;
    errno = error;
    return fine;
}

/* ---- listings ---- */

static bool list_grow(struct worker *w, uint64_t needed)
{
    if (needed <= w->list_room)
        return true;
    uint64_t room = needed * 2;
    char *list = realloc(w->list, room);
    if (list == NULL)
        return false;
    w->list = list;
    w->list_room = room;
    return true;
}

/* How many digits a line begins with. It is no string: there may be no NUL behind the listing. */
static size_t digits_at(const char *line, const char *end)
{
    size_t n = 0;
    while (line + n < end && line[n] >= '0' && line[n] <= '9')
        n++;
    return n;
}

/* "<size> <name>\n", sorted by the bytes of the name. */
static bool list_wellformed(const char *list, size_t n)
{
    const char *before = NULL, *end = list + n;
    size_t before_len = 0;
    while (list < end) {
        const char *lf = memchr(list, '\n', (size_t)(end - list));
        if (lf == NULL)
            return false;
        size_t digits = digits_at(list, lf);
        if (digits == 0 || digits > 19 || list[digits] != ' ')
            return false;
        const char *name = list + digits + 1;
        size_t len = (size_t)(lf - name);
        size_t both = len < before_len ? len : before_len;
        int order = before == NULL ? -1 : memcmp(before, name, both);
        if (len == 0 || order > 0 || (order == 0 && before_len >= len))
            return false;
        before = name;
        before_len = len;
        list = lf + 1;
    }
    return true;
}

/* Nobody changes the library meanwhile, so all listings are the same: whoever is ahead of the
 * others says what the rest will be compared with, and once it is complete its form is checked. */
bool verify_list(struct worker *w, const char *bytes, size_t n, uint64_t offset)
{
    uint64_t known = w->list_got > offset ? w->list_got - offset : 0;
    size_t same = known < n ? (size_t)known : n;
    if (same > 0 && memcmp(bytes, w->list + offset, same) != 0)
        return false;
    if (same == n) /* it is as good as the first */
        return w->list_fine || offset + n < w->list_bytes;
    if (!list_grow(w, offset + n))
        return false;
    memcpy(w->list + offset + same, bytes + same, n - same);
    w->list_got = offset + n;
    if (w->list_got < w->list_bytes)
        return true;
    w->list_fine = list_wellformed(w->list, (size_t)w->list_got);
    return w->list_fine;
}
