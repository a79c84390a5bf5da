/* tests/oracle/together.c: who speaks at the same time, and how that is recorded; see stage.h */
#include <stdlib.h>
#include <string.h>

#include "stage.h"

void stage_together_begin(void)
{
    stage_settle_but(NULL);
    for (unsigned int i = 0; i < stage.session->clients && stage.n_spans < SPANS; i++)
        stage.spans[stage.n_spans++] = (struct span){i, stage.clients[i].expected, SIZE_MAX};
    stage.together = true;
}

void stage_together_end(void)
{
    stage_settle_but(NULL);
    for (size_t i = 0; i < stage.n_spans; i++)
        if (stage.spans[i].to == SIZE_MAX)
            stage.spans[i].to = stage.clients[stage.spans[i].client].expected;
    stage.together = false;
}

/* What is sent while others speak must be whole requests that do nothing but speak. */
bool stage_all_between(void)
{
    for (unsigned int i = 0; i < CLIENTS; i++)
        if (stage.clients[i].fd >= 0 && !client_between(&stage.clients[i]))
            return false;
    return true;
}

/* "* SAY <nick> <text>": the same speaker? */
static bool same_speaker(const struct tape *events, size_t a, size_t b)
{
    const char *ask, *one, *other;
    struct item first = tape_item(events, a, &ask, &one);
    struct item second = tape_item(events, b, &ask, &other);
    size_t i = 6;
    while (i < first.len && i < second.len && one[i] == other[i] && one[i] != ' ')
        i++;
    return i < first.len && i < second.len && one[i] == ' ' && other[i] == ' ';
}

static int event_compare(const struct tape *events, size_t a, size_t b)
{
    const char *ask, *one, *other;
    struct item first = tape_item(events, a, &ask, &one);
    struct item second = tape_item(events, b, &ask, &other);
    size_t len = first.len < second.len ? first.len : second.len;
    return same_speaker(events, a, b) ? 0 : memcmp(one, other, len);
}

/* Sorts what was said at once by the speakers; what one of them said keeps its order. */
static void span_sort(const struct tape *events, size_t *order, const struct span *span)
{
    for (size_t i = span->from + 1; i < span->to && i < events->count; i++)
        for (size_t k = i; k > span->from && event_compare(events, order[k - 1], order[k]) > 0;
             k--) {
            size_t swap = order[k];
            order[k] = order[k - 1];
            order[k - 1] = swap;
        }
}

static void record_events(struct tape *record, unsigned int number)
{
    const struct tape *events = &stage.clients[number].events;
    size_t *order = calloc(events->count + 1, sizeof *order);
    if (order == NULL)
        abort();
    for (size_t i = 0; i < events->count; i++)
        order[i] = i;
    for (size_t i = 0; i < stage.n_spans; i++)
        if (stage.spans[i].client == number)
            span_sort(events, order, &stage.spans[i]);
    for (size_t i = 0; i < events->count; i++)
        tape_copy(record, events, order[i]);
    free(order);
}

void stage_record(struct tape *record, unsigned int number)
{
    const struct tape *replies = &stage.clients[number].replies;
    for (size_t i = 0; i < replies->count; i++)
        tape_copy(record, replies, i);
    record_events(record, number);
}
