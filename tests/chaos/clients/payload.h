/* payload.h: files whose content shows whether they are complete
 *
 * A file begins with a line that names its seed and its size; all that follows is known from the
 * seed. So a file can be checked under any name, and from any client.
 */
#ifndef CHAOS_PAYLOAD_H
#define CHAOS_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAYLOAD_HEAD = 34 };

struct payload {
    uint64_t seed;
    size_t size; /* >= PAYLOAD_HEAD */
};

/* New ones of about so many bytes. */
struct payload payload_new(size_t about);

/* Their n bytes from offset on. */
void payload_fill(const struct payload *payload, void *bytes, size_t n, size_t offset);

/* Are these its n bytes from offset on? */
bool payload_match(const struct payload *payload, const void *bytes, size_t n, size_t offset);

/* Is dir/name a whole file? Prints which. */
bool payload_in_file(struct payload *payload, const char *dir, const char *name);

/* Checks that all files of a folder are whole, and that no temporary one stays. Returns how many
 * there are. */
size_t payload_check_folder(const char *dir);

#endif
