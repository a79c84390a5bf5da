/* record.h: what was received, item by item, in a form that can be compared byte by byte */
#ifndef ORACLE_RECORD_H
#define ORACLE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum item_kind {
    ITEM_REPLY,
    ITEM_EVENT,
    ITEM_END,    /* how a connection ended that the client did not close */
    ITEM_FOLDER, /* the library's contents afterwards, if they are not those of the start */
    ITEM_NOTE,   /* something that should never happen */
};

/* In a tape each item is this, then the bytes of what it answers, then its own. */
struct item {
    uint8_t kind, client;
    uint16_t epoch;   /* EVENT: how often its member had entered and left so far */
    uint32_t ask_len; /* REPLY: bytes of the request, the beginning of it */
    uint32_t len;
};

struct tape {
    char *bytes;
    size_t len, room;
    size_t *starts; /* of the items */
    size_t count, slots;
};

void tape_add(struct tape *tape, struct item head, const void *ask, const void *bytes);
void tape_note(struct tape *tape, enum item_kind kind, unsigned int client, const char *text);
void tape_copy(struct tape *to, const struct tape *from, size_t index);
void tape_cut(struct tape *tape, size_t count); /* forgets all but the first items */
void tape_free(struct tape *tape);

/* The item, and where its two texts are. */
struct item tape_item(const struct tape *tape, size_t index, const char **ask, const char **bytes);

/* Finds the items again in bytes that came from elsewhere. */
bool tape_index(struct tape *tape);

/* Prints an item for people, in one line. */
void tape_print(FILE *out, const struct tape *tape, size_t index);

/* The number of the first item that is not the same in both. */
size_t tape_difference(const struct tape *a, const struct tape *b);

bool tape_equal(const struct tape *a, const struct tape *b);

#endif
