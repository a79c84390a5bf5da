/* core/outbox.c: see outbox.h */
#include "outbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ITEM_MIN = 72,        /* bytes of the first copy item: two cache lines hold most replies */
    ITEM_MAX = 16 * 1024, /* a burst of events grows its items up to this */
};

enum item_kind { ITEM_COPY, ITEM_BODY, ITEM_FILE };

struct outbox_item {
    struct outbox_item *next;
    uint64_t left; /* bytes not yet sent */
    char *start;   /* the first of them; not of ITEM_FILE */
    union {
        struct {
            uint32_t room;   /* ITEM_COPY: bytes free behind the last one */
            uint32_t events; /* how many of the bytes left are events */
        };
        char *body;   /* ITEM_BODY: what to free */
        off_t offset; /* ITEM_FILE: position in the file of what is left */
    };
    enum item_kind kind;
    int file; /* ITEM_FILE */
    char copy[];
};

void outbox_init(struct outbox *out)
{
    *out = (struct outbox){0};
}

bool outbox_empty(const struct outbox *out)
{
    return out->head == NULL;
}

static void item_append(struct outbox *out, struct outbox_item *item)
{
    if (out->tail != NULL)
        out->tail->next = item;
    else
        out->head = item;
    out->tail = item;
    if (item->kind != ITEM_COPY)
        out->bodies++;
    if (item->kind == ITEM_BODY)
        out->bytes += item->left;
}

/* Ends the first item: it is sent, or dropped. */
static void item_remove(struct outbox *out)
{
    struct outbox_item *item = out->head;
    out->head = item->next;
    if (out->head == NULL)
        out->tail = NULL;
    if (item->kind != ITEM_COPY)
        out->bodies--;
    if (item->kind == ITEM_FILE)
        close(item->file);
    if (item->kind == ITEM_BODY)
        free(item->body);
    free(item);
}

void outbox_clear(struct outbox *out)
{
    while (out->head != NULL)
        item_remove(out);
    *out = (struct outbox){0};
}

/* A new item to copy into, with room for at least len bytes. What is waiting already tells how
 * much may follow: items double, so that a burst of events does not cost a malloc each. */
static struct outbox_item *item_new(struct outbox *out, size_t len)
{
    size_t room = out->bytes < ITEM_MIN ? ITEM_MIN : out->bytes;
    if (room > ITEM_MAX)
        room = ITEM_MAX;
    if (room < len)
        room = len;
    struct outbox_item *item = malloc(sizeof *item + room);
    if (item == NULL) {
        out->torn = true;
        return NULL;
    }
    *item = (struct outbox_item){.kind = ITEM_COPY, .start = item->copy, .room = (uint32_t)room};
    item_append(out, item);
    return item;
}

static bool copy_append(struct outbox *out, const char *bytes, size_t len, size_t events)
{
    struct outbox_item *item = out->tail;
    if (out->torn)
        return false;
    if (item == NULL || item->kind != ITEM_COPY || item->room < len) {
        item = item_new(out, len);
        if (item == NULL)
            return false;
    }
    memcpy(item->start + item->left, bytes, len);
    item->left += len;
    item->room -= (uint32_t)len;
    item->events += (uint32_t)events;
    out->bytes += len;
    out->event_bytes += events;
    return true;
}

bool outbox_reply(struct outbox *out, const char *bytes, size_t len)
{
    return len == 0 || copy_append(out, bytes, len, 0);
}

bool outbox_event(struct outbox *out, const char *bytes, size_t len)
{
    return len == 0 || copy_append(out, bytes, len, len);
}

/* An item for a body of len bytes; NULL where there is no memory, or nothing to send. */
static struct outbox_item *body_new(struct outbox *out, uint64_t len)
{
    if (len == 0 || out->torn)
        return NULL;
    struct outbox_item *item = malloc(sizeof *item);
    out->torn = item == NULL;
    return item;
}

bool outbox_body(struct outbox *out, char *body, size_t len)
{
    struct outbox_item *item = body_new(out, len);
    if (item == NULL) {
        free(body);
        return len == 0;
    }
    *item = (struct outbox_item){.kind = ITEM_BODY, .body = body, .start = body, .left = len};
    item_append(out, item);
    return true;
}

bool outbox_file(struct outbox *out, int file, off_t offset, uint64_t len)
{
    struct outbox_item *item = body_new(out, len);
    if (item == NULL) {
        close(file);
        return len == 0;
    }
    *item = (struct outbox_item){.kind = ITEM_FILE, .file = file, .offset = offset, .left = len};
    item_append(out, item);
    return true;
}

void outbox_peek(const struct outbox *out, struct outbox_chunk *chunk)
{
    enum { VECS = sizeof chunk->vec / sizeof chunk->vec[0] };
    const struct outbox_item *item = out->head;
    chunk->count = 0;
    chunk->file = -1;
    chunk->more = false;
    if (item != NULL && item->kind == ITEM_FILE) {
        chunk->file = item->file;
        chunk->offset = item->offset;
        chunk->left = item->left;
        return;
    }
    for (; item != NULL && item->kind != ITEM_FILE && chunk->count < VECS; item = item->next)
        chunk->vec[chunk->count++] = (struct iovec){item->start, item->left};
    chunk->more = item != NULL && item->kind == ITEM_FILE;
}

void outbox_sent(struct outbox *out, size_t len)
{
    while (len > 0 && out->head != NULL) {
        struct outbox_item *item = out->head;
        size_t part = item->left < len ? (size_t)item->left : len;
        item->left -= part;
        len -= part;
        if (item->kind == ITEM_FILE) {
            item->offset += (off_t)part;
        } else {
            item->start += part;
            out->bytes -= part;
        }
        if (item->kind == ITEM_COPY && item->events > item->left) {
            /* what is gone was an event, as far as we can tell */
            out->event_bytes -= item->events - (size_t)item->left;
            item->events = (uint32_t)item->left;
        }
        if (item->left == 0)
            item_remove(out);
    }
}
