/* key_source.h: what somebody types, without a terminal: bytes in a pipe, read as keys */
#ifndef CLIENT_KEY_SOURCE_H
#define CLIENT_KEY_SOURCE_H

#include <stddef.h>

#include "terminal/keys.h"

struct key_source {
    struct keys keys;
    int ends[2]; /* of the pipe */
};

void key_source_begin(struct key_source *source);
void key_source_end(const struct key_source *source);

/* Types the bytes, and reads them: keys_next has what they are. */
void key_source_type(struct key_source *source, const char *bytes, size_t len);

#endif
