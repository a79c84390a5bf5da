#include <stdlib.h>
#include <string.h>

#include "folder.h"

uint64_t pattern_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

/* An eight-byte word, by its number. */
static uint64_t pattern_word(uint64_t seed, unsigned long long word)
{
    return pattern_mix((seed + 1) * 0x9e3779b97f4a7c15u + word * 0xd1342543de82ef95u);
}

void pattern_fill(void *bytes, size_t n, uint64_t seed, unsigned long long offset)
{
    unsigned char *out = bytes;

    while (n > 0) {
        uint64_t word = pattern_word(seed, offset / 8);
        size_t skip = (size_t)(offset % 8);
        size_t part = 8 - skip < n ? 8 - skip : n;

        memcpy(out, (unsigned char *)&word + skip, part);
        out += part;
        offset += part;
        n -= part;
    }
}

bool pattern_matches(const void *bytes, size_t n, uint64_t seed, unsigned long long offset)
{
    const unsigned char *in = bytes;
    unsigned char chunk[4096];

    while (n > 0) {
        size_t part = n < sizeof chunk ? n : sizeof chunk;

        pattern_fill(chunk, part, seed, offset);
        if (memcmp(chunk, in, part) != 0)
            return false;
        in += part;
        offset += part;
        n -= part;
    }
    return true;
}

unsigned char *pattern_new(size_t n, uint64_t seed)
{
    unsigned char *bytes = malloc(n ? n : 1);

    if (!bytes)
        abort();
    pattern_fill(bytes, n, seed, 0);
    return bytes;
}
