/* core/session/outbox.c: see outbox.h */
#include "session/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ITEM_MIN = 72,        /* bytes of the first copy item: two cache lines hold most replies */
    ITEM_MAX = 16 * 1024, /* a burst of replies grows its items up to this */
};

void outbox_init(struct outbox *out, struct budget *budget)
{
    *out = (struct outbox){.budget = budget};
}

bool outbox_empty(const struct outbox *out)
{
    return out->head == NULL && (out->room == NULL || room_unread(out->room, out->member) == 0);
}

static void item_append(struct outbox *out, struct outbox_item *item)
{
    if (out->tail != NULL)
        out->tail->next = item;
    else
        out->head = item;
    out->tail = item;
    if (item->kind != OUTBOX_COPY)
        out->bodies++;
    if (item->kind == OUTBOX_BODY)
        out->bytes += item->left;
}

/* Ends the first item: it is sent, or dropped. */
static void item_remove(struct outbox *out)
{
    struct outbox_item *item = out->head;
    out->head = item->next;
    if (out->head == NULL)
        out->tail = NULL;
    if (item->kind != OUTBOX_COPY)
        out->bodies--;
    if (item->kind == OUTBOX_FILE)
        close(item->file);
    if (item->kind == OUTBOX_BODY)
        body_release(item->body);
    if (item->counted > 0)
        budget_give(out->budget, item->counted);
    if (item != &out->first)
        free(item);
}

void outbox_clear(struct outbox *out)
{
    while (out->head != NULL)
        item_remove(out);
    *out = (struct outbox){.budget = out->budget};
}

static struct outbox_item *first_item(struct outbox *out)
{
    struct outbox_item *item = &out->first;
    *item = (struct outbox_item){
        .kind = OUTBOX_COPY, .start = out->first_bytes, .space = sizeof out->first_bytes};
    item_append(out, item);
    return item;
}

/* A new item to copy into, with space for at least len bytes. The more waits already, the more
 * space it gets: so a burst of replies does not cost a malloc each. */
static struct outbox_item *item_new(struct outbox *out, size_t len)
{
    if (out->first.left == 0 && len <= sizeof out->first_bytes)
        return first_item(out);
    size_t space = out->bytes < ITEM_MIN ? ITEM_MIN : out->bytes;
    if (space > ITEM_MAX)
        space = ITEM_MAX;
    if (space < len)
        space = len;
    struct outbox_item *item = malloc(sizeof *item + space);
    if (item == NULL) {
        out->failed = true;
        return NULL;
    }
    *item = (struct outbox_item){
        .kind = OUTBOX_COPY, .start = (char *)(item + 1), .space = (uint32_t)space};
    if (space > ITEM_MIN && out->budget != NULL) {
        item->counted = (uint32_t)(sizeof *item + space);
        budget_count(out->budget, item->counted);
    }
    item_append(out, item);
    return item;
}

void outbox_reply(struct outbox *out, const char *bytes, size_t len)
{
    struct outbox_item *item = out->tail;
    if (out->failed || len == 0)
        return;
    if (item == NULL || item->kind != OUTBOX_COPY || item->space < len)
        item = item_new(out, len);
    if (item == NULL)
        return;
    memcpy(item->start + item->left, bytes, len);
    item->left += len;
    item->space -= (uint32_t)len;
    out->bytes += len;
}

void outbox_follow(struct outbox *out, struct room *room, struct member *member)
{
    out->room = room;
    out->member = member;
}

/* Puts the rest of an event that was sent in part before all replies. */
static void rest_first(struct outbox *out)
{
    char rest[PROTO_EVENT_MAX];
    size_t len = room_event_rest(out->room, out->member, rest);
    struct outbox_item *head = out->head, *tail = out->tail;
    out->head = out->tail = NULL;
    if (len > 0)
        outbox_reply(out, rest, len);
    else
        out->failed = true; /* the event can't be completed */
    if (out->head == NULL) {
        out->head = head;
        out->tail = tail;
    } else if (head != NULL) {
        out->tail->next = head;
        out->tail = tail;
    }
    room_sent(out->room, out->member, len);
}

void outbox_unfollow(struct outbox *out, bool all)
{
    struct iovec vec[8];
    int count;
    if (room_in_event(out->member))
        rest_first(out);
    while (all && !out->failed && (count = room_peek(out->room, out->member, false, vec, 8)) > 0)
        for (int i = 0; i < count; i++) {
            outbox_reply(out, vec[i].iov_base, vec[i].iov_len);
            room_sent(out->room, out->member, vec[i].iov_len);
        }
    out->room = NULL;
    out->member = NULL;
}

/* An item for a body of len bytes; NULL if there is no memory, or nothing to send. */
static struct outbox_item *body_item(struct outbox *out, uint64_t len)
{
    if (len == 0 || out->failed)
        return NULL;
    struct outbox_item *item = malloc(sizeof *item);
    out->failed = item == NULL;
    return item;
}

void outbox_body(struct outbox *out, struct body *body)
{
    size_t len = body == NULL ? 0 : body->len;
    struct outbox_item *item = body_item(out, len);
    if (item == NULL) {
        body_release(body);
        return;
    }
    *item =
        (struct outbox_item){.kind = OUTBOX_BODY, .body = body, .start = body->bytes, .left = len};
    item_append(out, item);
}

void outbox_file(struct outbox *out, int file, off_t offset, uint64_t len)
{
    struct outbox_item *item = body_item(out, len);
    if (item == NULL) {
        close(file);
        return;
    }
    *item = (struct outbox_item){.kind = OUTBOX_FILE, .file = file, .offset = offset, .left = len};
    item_append(out, item);
}

void outbox_peek(const struct outbox *out, struct outbox_chunk *chunk)
{
    enum { VECS = sizeof chunk->vec / sizeof chunk->vec[0] };
    const struct outbox_item *item = out->head;
    bool in_event = out->room != NULL && room_in_event(out->member);
    chunk->count = 0;
    chunk->file = -1;
    chunk->more = false;
    if (in_event) {
        chunk->count = room_peek(out->room, out->member, item != NULL, chunk->vec, VECS);
        return;
    }
    if (item != NULL && item->kind == OUTBOX_FILE) {
        chunk->file = item->file;
        chunk->offset = item->offset;
        chunk->left = item->left;
        return;
    }
    for (; item != NULL && item->kind != OUTBOX_FILE && chunk->count < VECS; item = item->next)
        chunk->vec[chunk->count++] = (struct iovec){item->start, item->left};
    chunk->more = item != NULL && item->kind == OUTBOX_FILE;
    if (item == NULL && out->room != NULL)
        chunk->count += room_peek(out->room, out->member, false, chunk->vec + chunk->count,
                                  VECS - chunk->count);
}

/* Removes len bytes from the queue; returns how many of them were not the queue's, but the
 * log's. */
static size_t queue_sent(struct outbox *out, size_t len)
{
    while (len > 0 && out->head != NULL) {
        struct outbox_item *item = out->head;
        size_t part = item->left < len ? (size_t)item->left : len;
        item->left -= part;
        len -= part;
        if (item->kind == OUTBOX_FILE) {
            item->offset += (off_t)part;
        } else {
            item->start += part;
            out->bytes -= part;
        }
        if (item->left == 0)
            item_remove(out);
    }
    return len;
}

void outbox_sent(struct outbox *out, size_t len)
{
    if (out->room == NULL || !room_in_event(out->member))
        len = queue_sent(out, len);
    if (len > 0 && out->room != NULL)
        room_sent(out->room, out->member, len);
}
