/* wire_trail.c: wire.h, what a client has sent and received, and how a failure shows it */
#include "wire_private.h"

#include <string.h>

void trail_add(struct trail *trail, const unsigned char *bytes, size_t n)
{
    size_t keep = n > TRAIL_TAIL ? TRAIL_TAIL : n;

    if (trail->total < TRAIL_HEAD) {
        size_t part = TRAIL_HEAD - (size_t)trail->total;

        memcpy(trail->head + trail->total, bytes, part < n ? part : n);
    }
    for (size_t i = n - keep; i < n; i++)
        trail->tail[(trail->total + i) % TRAIL_TAIL] = bytes[i];
    trail->total += n;
}

/* A command for a shell: many equal bytes are made by tr. */
static void trail_print_runs(FILE *out, const unsigned char *bytes, size_t n)
{
    enum { RUN = 64 };

    for (size_t i = 0, same; i < n; i += same) {
        for (same = 1; i + same < n && bytes[i + same] == bytes[i];)
            same++;
        if (same >= RUN)
            fprintf(out, "'; head -c %zu /dev/zero | tr '\\0' '", same);
        verdict_quote(out, bytes + i, same < RUN ? same : 1);
        if (same >= RUN)
            fprintf(out, "'; printf '");
    }
}

static void trail_print(const struct trail *trail, FILE *out)
{
    unsigned long long head = trail->total < TRAIL_HEAD ? trail->total : TRAIL_HEAD;
    unsigned long long from = trail->total > TRAIL_TAIL ? trail->total - TRAIL_TAIL : 0;

    if (from < head)
        from = head;
    fprintf(out, "printf '");
    trail_print_runs(out, trail->head, (size_t)head);
    if (from > head)
        fprintf(out, "'; head -c %llu /dev/zero; printf '", from - head);
    for (; from < trail->total; from++)
        verdict_quote(out, &trail->tail[from % TRAIL_TAIL], 1);
    fprintf(out, "'");
}

void wire_dump(const struct wire *wire, FILE *out)
{
    static const char *const ends[] = {"", ", then the end", ", then a reset"};

    fprintf(out, "client %d sent:\n  { ", wire->number);
    trail_print(&wire->sent, out);
    fprintf(out, "; } | nc %s %d\n", wire->host, wire->port);
    fprintf(out, "client %d received (%llu bytes%s):\n  { ", wire->number, wire->got.total,
            ends[wire->end]);
    trail_print(&wire->got, out);
    fprintf(out, "; }\n");
}
