/* tests/oracle/record.c: see record.h */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "grow.h"
#include "verdict.h"

static void tape_start(struct tape *tape)
{
    tape->starts = grow(tape->starts, &tape->slots, tape->count + 1, sizeof *tape->starts);
    tape->starts[tape->count++] = tape->len;
}

static void tape_put(struct tape *tape, const void *bytes, size_t len)
{
    tape->bytes = grow(tape->bytes, &tape->room, tape->len + len, 1);
    if (len > 0)
        memcpy(tape->bytes + tape->len, bytes, len);
    tape->len += len;
}

void tape_add(struct tape *tape, struct item head, const void *ask, const void *bytes)
{
    tape_start(tape);
    tape_put(tape, &head, sizeof head);
    tape_put(tape, ask, head.ask_len);
    tape_put(tape, bytes, head.len);
}

void tape_note(struct tape *tape, enum item_kind kind, unsigned int client, const char *text)
{
    struct item head = {
        .kind = (uint8_t)kind, .client = (uint8_t)client, .len = (uint32_t)strlen(text)};
    tape_add(tape, head, "", text);
}

struct item tape_item(const struct tape *tape, size_t index, const char **ask, const char **bytes)
{
    struct item head;
    const char *at = tape->bytes + tape->starts[index];
    memcpy(&head, at, sizeof head);
    *ask = at + sizeof head;
    *bytes = *ask + head.ask_len;
    return head;
}

void tape_copy(struct tape *to, const struct tape *from, size_t index)
{
    const char *ask, *bytes;
    struct item head = tape_item(from, index, &ask, &bytes);
    tape_add(to, head, ask, bytes);
}

void tape_cut(struct tape *tape, size_t count)
{
    if (count < tape->count) {
        tape->len = tape->starts[count];
        tape->count = count;
    }
}

void tape_free(struct tape *tape)
{
    free(tape->bytes);
    free(tape->starts);
    *tape = (struct tape){0};
}

bool tape_index(struct tape *tape)
{
    size_t end = tape->len;
    tape->count = 0;
    for (size_t at = 0; at < end;) {
        struct item head;
        if (end - at < sizeof head)
            return false;
        memcpy(&head, tape->bytes + at, sizeof head);
        size_t whole = sizeof head + head.ask_len + head.len;
        if (end - at < whole)
            return false;
        tape->len = at;
        tape_start(tape);
        at += whole;
    }
    tape->len = end;
    return true;
}

void tape_print(FILE *out, const struct tape *tape, size_t index)
{
    const char *ask, *bytes;
    if (index >= tape->count) {
        fprintf(out, "nothing more\n");
        return;
    }
    struct item head = tape_item(tape, index, &ask, &bytes);
    switch ((enum item_kind)head.kind) {
    case ITEM_REPLY:
        fprintf(out, "client %u, to %s: ", head.client + 1U, verdict_quoted(ask, head.ask_len));
        break;
    case ITEM_EVENT:
        fprintf(out, "client %u, %s: ", head.client + 1U,
                head.epoch % 2 != 0 ? "in the room" : "not in the room");
        break;
    case ITEM_END: fprintf(out, "client %u, the end: ", head.client + 1U); break;
    case ITEM_FOLDER: fprintf(out, "the folder: "); break;
    case ITEM_NOTE: fprintf(out, "noted: "); break;
    }
    fprintf(out, "%s\n", verdict_quoted(bytes, head.len));
}

static size_t item_size(const struct tape *tape, size_t index)
{
    size_t end = index + 1 < tape->count ? tape->starts[index + 1] : tape->len;
    return end - tape->starts[index];
}

size_t tape_difference(const struct tape *a, const struct tape *b)
{
    size_t i = 0;
    while (i < a->count && i < b->count && item_size(a, i) == item_size(b, i) &&
           memcmp(a->bytes + a->starts[i], b->bytes + b->starts[i], item_size(a, i)) == 0)
        i++;
    return i;
}

bool tape_equal(const struct tape *a, const struct tape *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}
