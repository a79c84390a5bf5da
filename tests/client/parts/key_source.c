/* key_source.c: see key_source.h */
#include "key_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

void key_source_begin(struct key_source *source)
{
    memset(source, 0, sizeof *source);
    unit_check(pipe2(source->ends, O_CLOEXEC | O_NONBLOCK) == 0, "pipe: %s", strerror(errno));
}

void key_source_end(const struct key_source *source)
{
    (void)close(source->ends[0]);
    (void)close(source->ends[1]);
}

void key_source_type(struct key_source *source, const char *bytes, size_t len)
{
    if (len > 0)
        unit_check(write(source->ends[1], bytes, len) == (ssize_t)len, "write");
    unit_check(keys_read(&source->keys, source->ends[0]), "an end");
}
