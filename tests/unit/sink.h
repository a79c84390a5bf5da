/* sink.h: where a test collects what would go to a socket */
#ifndef SINK_H
#define SINK_H

#include <stddef.h>

#include "session/outbox.h"

struct sink {
    char *bytes;
    size_t len, room;
};

void sink_add(struct sink *sink, const char *bytes, size_t len);
void sink_reset(struct sink *sink); /* empty again; keeps its memory */
void sink_free(struct sink *sink);

/* Sends up to max bytes of what stands first in the outbox, as a socket would take them that takes
 * no more than that now. File ranges are read with pread(2). Returns the bytes that went out. */
size_t sink_take(struct sink *sink, struct outbox *out, size_t max);

/* Sends everything, in steps of at most max bytes. */
void sink_take_all(struct sink *sink, struct outbox *out, size_t max);

/* Takes the texts for people out of "ERR <code> <text>", since they are not part of the protocol,
 * and checks on the way that all are whole frames. Returns NULL, or what is wrong with them. */
const char *sink_strict(const struct sink *raw, struct sink *plain);

/* Does something with every word of at most so many of these letters. */
void every_word(const char *letters, size_t most, void (*run)(const char *word));

#endif
