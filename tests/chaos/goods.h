/* goods.h: files that tell by themselves whether they are whole
 *
 * A file begins with a line that names its seed and its size; all that follows is known from the
 * seed. So a file can be checked whoever has put it there, and under whatever name.
 */
#ifndef CHAOS_GOODS_H
#define CHAOS_GOODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GOODS_HEAD = 32 };

struct goods {
    uint64_t seed;
    size_t size; /* >= GOODS_HEAD */
};

/* New ones of about so many bytes. */
struct goods goods_new(size_t about);

/* Their n bytes from offset on. */
void goods_fill(const struct goods *goods, void *bytes, size_t n, size_t offset);

/* Reads the line at the start. False: it is none. */
bool goods_read_head(struct goods *goods, const void *bytes, size_t n);

/* Are these its n bytes from offset on? */
bool goods_match(const struct goods *goods, const void *bytes, size_t n, size_t offset);

/* Is dir/name a whole file? Says which. */
bool goods_in_file(struct goods *goods, const char *dir, const char *name);

/* Checks all files of a folder, hidden ones apart. Returns how many there are; the name of one that
 * is not whole goes to torn. */
size_t goods_in_folder(const char *dir, char *torn, size_t size);

#endif
